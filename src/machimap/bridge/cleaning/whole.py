"""A whole table: every column by its kind, then what only the whole row can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from machimap.bridge.cleaning import coordinates, guessing, identifiers, locating
from machimap.bridge.cleaning.cell import clean_cell
from machimap.bridge.records import ASIDE_COLUMNS
from machimap.bridge.sheet import Sheet
from machimap.bridge.targets import Target
from machimap.places import Place

if TYPE_CHECKING:
    from machimap.bridge.address_search import Search

NAME = "名称"
# A half designation (△) that becomes blank is no mere rewriting.
HALF = 0.5
# Where that belongs which a cleaner takes out of a cell.
HOMES = {"電話番号": "内線番号", "緯度": "経度", "経度": "緯度", "所在地_連結表記": "郵便番号"}
NAMELESS = "名称がない行は公開できないので、名称を書き足してから、もう一度変換してください"


@dataclass(frozen=True)
class Cleaned:
    """A cleaned table.

    table: in the target's columns, all str, the index of the input. changes: CHANGE_COLUMNS, one row a changed cell.
    checks: CHECK_COLUMNS, what is doubtful. aside: ASIDE_COLUMNS, rows without a name. Rows in = table + aside.
    """

    table: pd.DataFrame
    changes: pd.DataFrame
    checks: pd.DataFrame
    aside: pd.DataFrame


def clean(
    mapped: pd.DataFrame,
    target: Target,
    *,
    place: Place | None = None,
    tokyo_datum: bool = False,
    search: Search | None = None,
) -> Cleaned:
    """Clean a table that stands in the columns of a target (missing columns are blank, others are left out).

    place: the municipality whose list it is, when one is known; a row's own codes and address go before it.
    tokyo_datum: take the coordinates for degrees of the old Tokyo Datum and turn them into JGD2011 (never done unless
    asked for; a suspicion of it is a check). search: ask the address search about addresses whose municipality cannot
    be told. Nothing is invented: see the cleaners of each kind, `locating`, `guessing`, `coordinates` and `identifiers`
    for what is derived, and from what.
    """
    named = _is_named(mapped)
    aside = mapped[~named]
    sheet = Sheet(mapped[named], target)
    apart = [_clean_column(sheet, column, kind) for column, kind in target.kinds.items()]
    for column, rows, texts, before in apart:
        _put_apart(sheet, column, rows, texts, before)
    located = locating.locate(sheet, place, search)
    coordinates.settle(sheet, located, tokyo_datum=tokyo_datum)
    guessing.suggest(sheet, located.places)
    identifiers.complete(sheet, located)
    return Cleaned(sheet.table(), sheet.changes(), sheet.checks(), _set_aside(aside))


def _is_named(mapped: pd.DataFrame) -> np.ndarray:
    if NAME not in mapped.columns:
        return np.zeros(len(mapped), dtype=bool)
    names = mapped[NAME].fillna("")
    blank = {name for name in names.unique() if clean_cell("name", name).value == ""}
    return ~names.isin(blank).to_numpy()


def _set_aside(rows: pd.DataFrame) -> pd.DataFrame:
    contents = [
        "、".join(
            f"{name}：{cell}" for name, cell in zip(rows.columns, row, strict=True) if isinstance(cell, str) and cell
        )
        for row in rows.itertuples(index=False, name=None)
    ]
    table = pd.DataFrame({"行": rows.index, "理由": NAMELESS, "内容": contents}, columns=list(ASIDE_COLUMNS))
    return table.astype({"理由": "str", "内容": "str"})


def _clean_column(sheet: Sheet, column: str, kind: str) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """Clean each different text of a column once; return what was taken out: column, rows, what, out of what."""
    numbers, texts = pd.factorize(sheet.cells[column])
    found = [clean_cell(kind, text) for text in texts]
    before, every = sheet.cells[column].copy(), np.arange(len(sheet))
    values = _each(cell.value for cell in found)[numbers]
    doubts = _each(cell.doubt for cell in found)[numbers]
    confidence = np.where((doubts != "") & (kind == "flag"), HALF, 1.0)
    sheet.put(column, every, values, _each(cell.rule for cell in found)[numbers], "", confidence)
    rows = np.flatnonzero(doubts != "")
    sheet.doubt(column, rows, doubts[rows], _each(cell.action for cell in found)[numbers][rows], values=before[rows])
    apart = _each(cell.apart for cell in found)[numbers]
    rows = np.flatnonzero(apart != "")
    return column, rows, apart[rows], before[rows]


def _put_apart(sheet: Sheet, column: str, rows: np.ndarray, apart: np.ndarray, before: np.ndarray) -> None:
    """Put what was taken out of a column into the one where it belongs, if that is blank."""
    home = HOMES.get(column, "")
    if not len(rows) or not sheet.has(home):
        return
    free = sheet.blank(home)[rows]
    evidence = _each(f"{column}「{text}」" for text in before)
    sheet.put(home, rows[free], apart[free], f"{column}の欄から分ける", evidence[free])
    kept = ~free & (sheet.cells[home][rows] != apart)
    problem = _each(f"{column}の欄にも「{text}」とあり、{home}と違う" for text in apart[kept])
    sheet.doubt(home, rows[kept], problem, "どちらが正しいか確かめてください。")


def _each(values) -> np.ndarray:
    listed = list(values)
    result = np.empty(len(listed), dtype=object)
    result[:] = listed
    return result
