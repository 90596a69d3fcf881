"""Rows without a partner, each with the reason a clerk needs to go on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from machimap.facilities import NAMESAKES, likeness
from machimap.shelters.sides import Side

SAME_SPOT = 50.0


def metres(distance: float) -> str:
    """Return a distance as people say it: 23m, 2.3km."""
    return f"{distance:.0f}m" if distance < 1000 else f"{distance / 1000:.1f}km"


def explain(side: Side, other: Side, partners: dict[int, int], reach: float) -> tuple[list[dict], list[dict]]:
    """Return the unmatched rows of `side` (row, name, address, reason): those with usable coordinates, the others.

    `partners` maps matched rows of `side` to rows of `other`; `reach` is how far (metres) a sibling may be.
    """
    siblings, namesakes = _by_core(side, set(partners)), _by_core(other, set(range(len(other))))
    free = np.array(sorted(set(range(len(other))) - set(partners.values())), dtype=int)
    only, aside = [], []
    for row in range(len(side)):
        if row in partners:
            continue
        core = side.keys[row].core
        reason = (
            _sibling(side, row, siblings.get(core, []), other, partners, reach)
            or _namesake(side, row, namesakes.get(core, []), other)
            or _neighbour(side, row, other, free)
            or "相手の一覧に同じ名前も似た名前も見つからない"
        )
        fault = side.faults[row]
        line = {"row": side.labels[row], "name": side.names[row], "address": side.addresses[row]}
        (aside if fault else only).append(line | {"reason": f"{fault}。{reason}" if fault else reason})
    return only, aside


def _by_core(side: Side, rows: set[int]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for row in sorted(rows):
        if side.keys[row].core:
            found[side.keys[row].core].append(row)
    return found


def _distances(side: Side, row: int, other: Side, rows: list[int] | np.ndarray) -> np.ndarray:
    numbers = np.asarray(rows, dtype=int)
    return np.hypot(other.x[numbers] - side.x[row], other.y[numbers] - side.y[row])


def _nearest(side: Side, row: int, other: Side, rows: list[int] | np.ndarray) -> tuple[int, float]:
    away = _distances(side, row, other, rows)
    place = 0 if np.isnan(away).all() else int(np.nanargmin(away))
    return int(rows[place]), float(away[place])


def _away(distance: float) -> str:
    return "" if np.isnan(distance) else f"（{metres(distance)}離れている）"


def _sibling(side: Side, row: int, rows: list[int], other: Side, partners: dict[int, int], reach: float) -> str:
    if not rows:
        return ""
    sibling, distance = _nearest(side, row, side, rows)
    if distance > reach:
        return ""
    return (
        f"同じ名前の別の行「{side.names[sibling].strip()}」{_away(distance)}が"
        f"「{other.names[partners[sibling]].strip()}」と一致したため、この行には相手が残っていない"
    )


def _namesake(side: Side, row: int, rows: list[int], other: Side) -> str:
    key, name = side.keys[row], side.names[row]
    rows = [found for found in rows if likeness(key, other.keys[found], name, other.names[found]) in NAMESAKES]
    if not rows:
        return ""
    namesake, distance = _nearest(side, row, other, rows)
    if np.isnan(distance):
        return f"同じ名前の「{other.names[namesake].strip()}」があるが、座標が使えず所在地も合わないため決められない"
    return f"同じ名前の「{other.names[namesake].strip()}」は{metres(distance)}先にあり、同じ施設とは決められない"


def _neighbour(side: Side, row: int, other: Side, free: np.ndarray) -> str:
    if not len(free) or not side.located(row):
        return ""
    neighbour, distance = _nearest(side, row, other, free)
    if not distance <= SAME_SPOT:
        return ""
    return f"{metres(distance)}先に「{other.names[neighbour].strip()}」があるが、名前が違う（改称なら人が確かめる）"
