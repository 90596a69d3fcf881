"""Fill in what is missing from what is known elsewhere: every filled cell with its source and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from machimap.bridge import national
from machimap.bridge.cleaning.coordinates import AWAY, OUTSIDE, UNREADABLE
from machimap.bridge.cleaning.guessing import CREDIT, FROM_SEARCH
from machimap.bridge.cleaning.locating import ADDRESS, whereabouts
from machimap.bridge.cleaning.positions import DOUBTFUL, LAT, LON, distances
from machimap.bridge.national import Found
from machimap.bridge.records import CHECK_COLUMNS
from machimap.bridge.sheet import Sheet
from machimap.bridge.targets import Target
from machimap.places import Place

if TYPE_CHECKING:
    from machimap.bridge.address_search import Search

NAME = "名称"
SURE_ENOUGH = 0.9
FROM_LIST = "緯度経度を国の一覧から補う"
LOOK = "地図で位置を確かめてください。"
WRITE = "地図で位置を調べ、緯度と経度を書いてください。"
UNSURE = "補った位置が、この施設のものか確かでない"
_SET_ASIDE = {
    OUTSIDE: "日本の範囲の外だった",
    UNREADABLE: "緯度や経度として読めなかった",
    AWAY: "市区町村から離れすぎていた",
}


@dataclass(frozen=True)
class Filled:
    """A filled table, the cells that were filled (CHANGE_COLUMNS) and what is doubtful about them (CHECK_COLUMNS)."""

    table: pd.DataFrame
    changes: pd.DataFrame
    checks: pd.DataFrame


def fill(table: pd.DataFrame, target: Target, *, place: Place | None = None, search: Search | None = None) -> Filled:
    """Fill missing coordinates of a cleaned table from the national lists by name and address.

    place: the municipality whose list it is, when known. search: the address search of 国土地理院, asked about rows that
    are still without. A given coordinate is never replaced, and hazards are never filled. What lies more than DOUBTFUL
    metres from the municipality is refused.
    """
    sheet = Sheet(table, target)
    towns = whereabouts(sheet, place)[1]
    lacking = np.flatnonzero(sheet.blank(LAT) & sheet.blank(LON))
    rows = [row for row in lacking if towns[row] is not None]
    names, addresses = sheet.cells[NAME], sheet.cells[ADDRESS]
    found = {row: national.find(names[row], addresses[row], towns[row]) for row in rows}
    filled = _write(sheet, towns, found, FROM_LIST, national.credit())
    left = {row: found[row] for row in rows if row not in filled}
    if search is not None:
        left |= (answers := _searched(sheet, towns, list(left), search))
        filled |= _write(sheet, towns, answers, f"緯度経度を{FROM_SEARCH}", CREDIT)
    known = {row: one for row, one in left.items() if row not in filled}
    homeless = {row: Found(trouble="市区町村が分からない") for row in lacking if towns[row] is None}
    _tell_left(sheet, known | homeless)
    return Filled(sheet.table(), sheet.changes(), sheet.checks())


def about_replaced(checks: pd.DataFrame, cleaned: pd.DataFrame, filled: pd.DataFrame) -> pd.DataFrame:
    """Return the checks without those about coordinates that were set aside and then filled from elsewhere.

    checks, and the changes of cleaning and of `fill`. Of such a row one question stays: what stood there, why it was not
    used, and whether the place that is published now is right.
    """
    own = cleaned[cleaned["列"].isin((LAT, LON)) & cleaned["行"].isin(filled["行"])]
    own = own[own["後"] == ""]
    found = dict(iter(filled[filled["行"].isin(own["行"])].groupby("行")))
    unsure = set(checks.loc[checks["問題"] == UNSURE, "行"])
    lines = []
    for row, cells in own.groupby("行"):
        if why := next((words for rule, words in _SET_ASIDE.items() if rule in "、".join(cells["規則"])), ""):
            lines.append((row, *_replaced(cells, why, found[row], is_sure=row not in unsure)))
    settled = checks["行"].isin([line[0] for line in lines]) & checks["列"].isin((LAT, LON))
    return pd.concat([checks[~settled], pd.DataFrame(lines, columns=list(CHECK_COLUMNS))], ignore_index=True)


def _replaced(own: pd.DataFrame, why: str, filled: pd.DataFrame, *, is_sure: bool) -> tuple:
    told = "、".join(f"{column} {cell}" for column, cell in zip(own["列"], own["前"], strict=True))
    whence = "国の一覧" if FROM_LIST in filled["規則"].iloc[0] else "住所検索"
    doubt = "" if is_sure else "が、この施設のものか確かでない"
    problem = f"もとの値（{told}）は{why}ので、{whence}から補った{doubt}"
    return LAT, filled["後"].iloc[0], problem, "公開する位置が合っているか、地図で見てください。", 4


def _write(sheet: Sheet, towns: list[Place | None], found: dict[int, Found], rule: str, source: str) -> set[int]:
    """Write what was found near its municipality; return the rows."""
    rows = np.array([row for row, one in found.items() if one.confidence], dtype=np.int64)
    if not len(rows):
        return set()
    lat, lon = (np.array([getattr(found[row], axis) for row in rows]) for axis in ("lat", "lon"))
    away = distances(lat, lon, [towns[row] for row in rows])
    near = ~(away > DOUBTFUL)
    rows, lat, lon = rows[near], lat[near], lon[near]
    evidence = np.array([f"{source}、{found[row].entry}" for row in rows], dtype=object)
    confidence = np.array([found[row].confidence for row in rows], dtype=object)
    for column, values in ((LAT, lat), (LON, lon)):
        texts = np.array([f"{value:.6f}" for value in values], dtype=object)
        sheet.put(column, rows, texts, rule, evidence, confidence)
    unsure = rows[confidence.astype(float) < SURE_ENOUGH]
    sheet.doubt(LAT, unsure, UNSURE, LOOK, 3)
    return set(rows.tolist())


def _searched(sheet: Sheet, towns: list[Place | None], rows: list[int], search: Search) -> dict[int, Found]:
    """Return what the address search knows of the rows that have an address."""
    return {row: search.point(sheet.cells[ADDRESS][row], towns[row]) for row in rows if sheet.cells[ADDRESS][row]}


def _tell_left(sheet: Sheet, left: dict[int, Found]) -> None:
    rows = np.array(list(left), dtype=np.int64)
    problems = [f"緯度と経度がない（{one.trouble}）" if one.trouble else "緯度と経度がない" for one in left.values()]
    sheet.doubt(LAT, rows, np.array(problems, dtype=object), WRITE, 3)
