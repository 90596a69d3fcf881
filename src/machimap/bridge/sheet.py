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
        rows, values = np.asarray(rows, dtype=np.int64), _objects(values, len(rows))
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
        """Return one row a changed cell (CHANGE_COLUMNS), in the order of rows and columns."""
        table = self._gathered(self._changes, CHANGE_COLUMNS)
        twice = table.duplicated(["at", "列"], keep=False)
        if twice.any():
            merged = _merged(table[twice])
            table = pd.concat([table[~twice], merged[merged["前"] != merged["後"]]], ignore_index=True)
        return self._finished(table, CHANGE_COLUMNS, {"確信度": float})

    def checks(self) -> pd.DataFrame:
        """Return one row a doubt (CHECK_COLUMNS), in the order of rows and columns."""
        return self._finished(self._gathered(self._checks, CHECK_COLUMNS), CHECK_COLUMNS, {"重さ": int})

    def _gathered(self, pieces: list[dict], columns: Sequence[str]) -> pd.DataFrame:
        if not pieces:
            return pd.DataFrame({name: [] for name in ("at", *columns[1:])})
        lengths = [len(piece["at"]) for piece in pieces]
        joined = {name: np.concatenate([piece[name] for piece in pieces]) for name in ("at", *columns[2:])}
        joined["列"] = np.repeat(np.array([piece["列"] for piece in pieces], dtype=object), lengths)
        return pd.DataFrame(joined, columns=["at", *columns[1:]])

    def _finished(self, table: pd.DataFrame, columns: Sequence[str], numbers: dict[str, type]) -> pd.DataFrame:
        place = {name: number for number, name in enumerate(self.target.names)}
        at = table["at"].to_numpy(dtype=np.int64)
        order = np.lexsort((table["列"].map(place).to_numpy(dtype=np.int64), at))
        table = table.assign(行=self.index.to_numpy()[at])[list(columns)].iloc[order].reset_index(drop=True)
        texts = {name: "str" for name in columns if name != "行" and name not in numbers}
        return table.astype(texts | numbers)


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """Return one change a cell: from what stood there first to what stands there last, by all rules on the way."""
    cells: dict[tuple, list] = {}
    names = ("前", "後", "規則", "根拠", "確信度")
    for at, column, *change in zip(table["at"], table["列"], *(table[name] for name in names), strict=True):
        cells.setdefault((at, column), []).append(change)
    lines = [
        (
            *cell,
            changes[0][0],
            changes[-1][1],
            "、".join(dict.fromkeys(change[2] for change in changes)),
            "、".join(dict.fromkeys(change[3] for change in changes if change[3])),
            min(change[4] for change in changes),
        )
        for cell, changes in cells.items()
    ]
    return pd.DataFrame(lines, columns=["at", "列", *names])


def _texts(column: pd.Series) -> np.ndarray:
    if column.dtype == "str":
        return column.to_numpy(dtype=object, na_value="", copy=True)
    return np.array([cell if isinstance(cell, str) else "" for cell in column], dtype=object)


def _blanks(length: int) -> np.ndarray:
    return np.full(length, "", dtype=object)


def _objects(values: Sequence[str] | np.ndarray, length: int) -> np.ndarray:
    return (
        np.asarray(values, dtype=object)
        if len(values) == length and not isinstance(values, str)
        else _broadcast(values, length)
    )


def _broadcast(part: object, length: int) -> np.ndarray:
    return part if isinstance(part, np.ndarray) else np.full(length, part, dtype=object)
