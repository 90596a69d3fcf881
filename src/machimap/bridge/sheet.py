"""A table while it is worked on: its cells by column, and the record of every change and every doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from machimap.bridge.records import CHANGE_COLUMNS, CHECK_COLUMNS
from machimap.bridge.targets import Target

# How much a doubt matters: 5 where it sends people to a wrong place, 1 where it only looks untidy.
WEIGHTS = {
    "flag": 5,
    "latitude": 5,
    "longitude": 5,
    "name": 4,
    "id": 4,
    "lg_code": 4,
    "address": 3,
    "phone": 3,
    "capacity": 3,
    "presence": 3,
    "corporate_number": 2,
    "number": 2,
    "date": 2,
    "time": 2,
    "weekdays": 2,
    "postal": 2,
    "url": 2,
    "email": 2,
    "address_part": 2,
}
LIGHT = 1
NUMBERS = {"確信度": float, "重さ": int}


def weight(kind: str) -> int:
    """Return how much a doubt about a cell of this kind matters (1 to 5)."""
    return WEIGHTS.get(kind, LIGHT)


class Sheet:
    """The cells of a table in the columns of a target, as arrays of str; rows are known by their position."""

    def __init__(self, table: pd.DataFrame, target: Target) -> None:
        self.target = target
        self.index = table.index
        self.cells = {name: _texts(table[name]) if name in table else _blanks(len(table)) for name in target.names}
        self._changes: list[dict] = []
        self._checks: list[dict] = []

    def __len__(self) -> int:
        return len(self.index)

    def has(self, *columns: str) -> bool:
        """Whether the target has these columns."""
        return all(column in self.cells for column in columns)

    def blank(self, column: str) -> np.ndarray:
        """Return which rows are blank in a column."""
        return self.cells[column] == ""

    def put(
        self,
        column: str,
        rows: np.ndarray,
        values: Sequence[str] | np.ndarray,
        rule: str | np.ndarray,
        evidence: str | np.ndarray = "",
        confidence: float | np.ndarray = 1.0,
    ) -> None:
        """Write values into some rows (positions) of a column and record those that differ.

        rule, evidence and confidence are one for all or one a row.
        """
        rows, values = np.asarray(rows, dtype=np.int64), np.asarray(values, dtype=object)
        before = self.cells[column][rows]
        differs = before != values
        if not differs.any():
            return
        self.cells[column][rows] = values
        parts = {"前": before, "後": values, "規則": rule, "根拠": evidence, "確信度": confidence}
        picked = {name: _broadcast(part, len(rows))[differs] for name, part in parts.items()}
        self._changes.append({"at": rows[differs], "列": column} | picked)

    def doubt(
        self,
        column: str,
        rows: np.ndarray,
        problem: str | np.ndarray,
        action: str | np.ndarray,
        heavy: int | None = None,
        values: np.ndarray | None = None,
    ) -> None:
        """Record that some rows (positions) of a column are to be looked at; values: what stood there, if not now."""
        rows = np.asarray(rows, dtype=np.int64)
        if len(rows):
            shown = self.cells[column][rows] if values is None else values
            heavy = weight(self.target.kinds[column]) if heavy is None else heavy
            parts = {"値": shown, "問題": problem, "すること": action, "重さ": heavy}
            broad = {name: _broadcast(part, len(rows)) for name, part in parts.items()}
            self._checks.append({"at": rows, "列": column} | broad)

    def settle(self, column: str, rows: np.ndarray) -> None:
        """Take back the doubts about some rows of a column that have found their answer elsewhere."""
        for piece in self._checks:
            if piece["列"] == column:
                keep = ~np.isin(piece["at"], rows)
                piece.update({name: part[keep] for name, part in piece.items() if name != "列"})

    def table(self) -> pd.DataFrame:
        """Return the cells as they are now."""
        return pd.DataFrame(self.cells, index=self.index, columns=self.target.names, dtype="str")

    def changes(self) -> pd.DataFrame:
        """Return one row a changed cell (CHANGE_COLUMNS), in the order of rows and columns.

        A cell that was changed twice is one row: from the first 前 to the last 後, by both rules.
        """
        cells, parts = self._sorted(self._changes, CHANGE_COLUMNS)
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        ends = np.append(starts, len(cells))[1:] - 1
        for start, end in zip(starts[starts < ends], ends[starts < ends], strict=True):
            self._merge(parts, start, end)
        kept = ends[parts["前"][ends] != parts["後"][ends]]
        return _frame({name: part[kept] for name, part in parts.items()})

    def checks(self) -> pd.DataFrame:
        """Return one row a doubt (CHECK_COLUMNS), in the order of rows and columns."""
        return _frame(self._sorted(self._checks, CHECK_COLUMNS)[1])

    def _sorted(self, pieces: list[dict], columns: Sequence[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return a number for each record's cell, ascending, and the records' columns in that order."""
        place = {name: number for number, name in enumerate(self.target.names)}
        at = _joined([piece["at"] for piece in pieces], np.int64)
        of = np.repeat([place[piece["列"]] for piece in pieces], [len(piece["at"]) for piece in pieces]).astype(
            np.int64
        )
        cells = at * len(place) + of
        order = np.argsort(cells, kind="stable")
        names = np.array(self.target.names, dtype=object)
        parts = {"行": self.index.to_numpy()[at[order]], "列": names[of[order]]}
        for name in columns[2:]:
            parts[name] = _joined([piece[name] for piece in pieces], NUMBERS.get(name, object))[order]
        return cells[order], parts

    @staticmethod
    def _merge(parts: dict[str, np.ndarray], start: int, end: int) -> None:
        """Put what several records say of one cell into the last of them."""
        several = slice(start, end + 1)
        parts["前"][end] = parts["前"][start]
        for name in ("規則", "根拠"):
            parts[name][end] = "、".join(dict.fromkeys(filter(None, parts[name][several])))
        parts["確信度"][end] = parts["確信度"][several].min()


def _joined(pieces: list[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(pieces).astype(kind, copy=False) if pieces else np.array([], dtype=kind)


def _frame(parts: dict[str, np.ndarray]) -> pd.DataFrame:
    texts = [name for name in parts if name != "行" and name not in NUMBERS]
    return pd.DataFrame(parts, copy=False).astype(dict.fromkeys(texts, "str"))


def _texts(column: pd.Series) -> np.ndarray:
    if column.dtype == "str":
        return column.to_numpy(dtype=object, na_value="", copy=True)
    return np.array([cell if isinstance(cell, str) else "" for cell in column], dtype=object)


def _blanks(length: int) -> np.ndarray:
    return np.full(length, "", dtype=object)


def _broadcast(part: object, length: int) -> np.ndarray:
    """Return one value for all rows, or one a row, as an array: of objects for texts."""
    if isinstance(part, np.ndarray):
        return part
    return np.full(length, part, dtype=object if isinstance(part, str) else None)
