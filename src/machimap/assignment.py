"""The best one-to-one choice among scored pairs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

# A sure pair must outweigh two doubtful ones (1.0 > 0.9 ** 8 * 2), so scores count by their eighth power.
EMPHASIS = 8
MAX_EXACT = 200


def choose(pairs: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Return the one-to-one subset of pairs (row, column) → score in (0, 1] with the greatest summed weight.

    Connected groups are solved apart and exactly (Kuhn 1955, Munkres 1957; shortest augmenting paths); a
    group of more than MAX_EXACT rows or columns is solved by taking the best pair again and again. Equal
    weights: the lower numbers win, so the answer depends on the numbering only.
    """
    chosen: list[tuple[int, int]] = []
    for group in _groups(pairs):
        weights = {pair: pairs[pair] ** EMPHASIS for pair in group}
        rows, columns = sorted({row for row, _ in group}), sorted({column for _, column in group})
        small = max(len(rows), len(columns)) <= MAX_EXACT
        chosen += _exact(weights, rows, columns) if small else _best_first(weights)
    return sorted(chosen)


def _groups(pairs: dict[tuple[int, int], float]) -> list[list[tuple[int, int]]]:
    by_row, by_column = defaultdict(list), defaultdict(list)
    for pair in sorted(pairs):
        by_row[pair[0]].append(pair)
        by_column[pair[1]].append(pair)
    groups, seen = [], set()
    for row in by_row:
        group, waiting = [], [("row", row)]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            side, number = node
            if side == "row":
                group += by_row[number]
                waiting += [("column", column) for _, column in by_row[number]]
            else:
                waiting += [("row", other) for other, _ in by_column[number]]
        if group:
            groups.append(sorted(group))
    return groups


def _best_first(weights: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    rows, columns, chosen = set(), set(), []
    for row, column in sorted(weights, key=lambda pair: (-weights[pair], pair)):
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            chosen.append((row, column))
    return chosen


def _exact(weights: dict[tuple[int, int], float], rows: list[int], columns: list[int]) -> list[tuple[int, int]]:
    # One spare column a row, of cost nothing, lets every row stay alone.
    cost = np.zeros((len(rows), len(columns) + len(rows)))
    cost[:, : len(columns)] = 1.0
    row_at = {row: number for number, row in enumerate(rows)}
    column_at = {column: number for number, column in enumerate(columns)}
    for (row, column), weight in weights.items():
        cost[row_at[row], column_at[column]] = -weight
    pairs = ((rows[row], columns[column]) for row, column in _cheapest(cost) if column < len(columns))
    return [pair for pair in pairs if pair in weights]


def _cheapest(cost: np.ndarray) -> list[tuple[int, int]]:
    """Assign each row of a cost matrix with at least as many columns, at the least total cost."""
    count, width = cost.shape
    row_price, column_price = np.zeros(count), np.zeros(width + 1)
    owner = np.full(width + 1, -1)
    for start in range(count):
        owner[width] = start
        column, visited = width, np.zeros(width + 1, dtype=bool)
        slack, came_from = np.full(width, np.inf), np.full(width, width)
        while owner[column] != -1:
            visited[column] = True
            reduced = cost[owner[column]] - row_price[owner[column]] - column_price[:width]
            better = ~visited[:width] & (reduced < slack)
            slack[better], came_from[better] = reduced[better], column
            open_slack = np.where(visited[:width], np.inf, slack)
            following = int(open_slack.argmin())
            step = open_slack[following]
            used = np.flatnonzero(visited)
            row_price[owner[used]] += step
            column_price[used] -= step
            slack[~visited[:width]] -= step
            column = following
        while column != width:
            previous = came_from[column]
            owner[column] = owner[previous]
            column = int(previous)
    return sorted((int(owner[column]), column) for column in range(width) if owner[column] != -1)
