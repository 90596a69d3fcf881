"""Latitude and longitude of whole rows: swapped, outside of Japan, far from the municipality, in the old datum."""

from __future__ import annotations

import numpy as np

from machimap.bridge import national
from machimap.bridge.cleaning.locating import ADDRESS, Located
from machimap.bridge.cleaning.positions import DOUBTFUL, LAT, LON, METRES_PER_DEGREE, distances, numbers, within
from machimap.bridge.sheet import Sheet
from machimap.datasets.tables import JAPAN

# Beyond IMPOSSIBLE metres from the municipality the value cannot stand.
IMPOSSIBLE = 50_000.0
FROM_BORDER = "境界から"
CHECK_MAP = "地図で位置を確かめて、正しい緯度と経度を書いてください。"
MIN_PAIRS, MOST_PAIRS = 5, 300
DATUM_SHIFT = (250.0, 700.0)
OUTSIDE = "日本の範囲の外にある行を、緯度も経度も空にする"
UNREADABLE = "緯度や経度として読めない値の行を、緯度も経度も空にする"
AWAY = "市区町村から離れすぎた位置を空にする"
SUSPECTED = "日本測地系の疑いがある"
TURN = (
    "もとの座標系を確かめ、日本測地系なら、コマンドに --tokyo-datum を付けるか、"
    'ノートでは2を options = {"tokyo_datum": True} にして、もう一度変換してください。'
)
WRONGLY_TURNED = "日本測地系から直す前の位置のほうが、国の一覧に合う"
TURN_BACK = (
    "もとの座標系を確かめ、世界測地系なら、--tokyo-datum（ノートでは2の tokyo_datum）を外し、"
    "レシピの「読み取り」に tokyo_datum があれば消して、もう一度変換してください。"
)
DATUM_SOURCE = "国土地理院が測地成果2000で公表した3つのパラメータ（EPSG:15483）による。誤差10mほど"
# From the Tokyo Datum (Bessel) to JGD2011, by the three parameters that 国土地理院 published for 測地成果2000: good to
# about ten metres on the four main islands.
_TOKYO_TO_JGD = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 +step +proj=cart +ellps=bessel "
    "+step +proj=helmert +x=-146.414 +y=507.337 +z=680.507 +step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def settle(sheet: Sheet, located: Located, *, tokyo_datum: bool) -> None:
    """Bring the coordinates of every row into order, or out of the table where they cannot be right.

    Swapped ones are swapped back. What is no coordinate of Japan, or lies more than IMPOSSIBLE metres from the
    row's municipality, leaves its cells; more than DOUBTFUL metres is a check. With tokyo_datum all are turned
    into JGD2011; a list whose places lie off the national lists as the other datum would is a check either way.
    """
    _swap(sheet)
    _remove_unreadable(sheet)
    _remove_outside_japan(sheet)
    given = numbers(sheet)
    if tokyo_datum:
        _convert(sheet)
    lat, lon = numbers(sheet)
    half = np.flatnonzero(np.isnan(lat) != np.isnan(lon))
    for column, values in ((LAT, lat), (LON, lon)):
        sheet.doubt(column, half[~np.isnan(values[half])], "緯度と経度の一方しかない", CHECK_MAP)
    _judge_distance(sheet, located)
    _judge_datum(sheet, located, given, tokyo_datum)


def _swap(sheet: Sheet) -> None:
    lat, lon = numbers(sheet)
    rows = np.flatnonzero(within(lat, LON) & within(lon, LAT))
    first, second = sheet.cells[LAT][rows], sheet.cells[LON][rows]
    rule = "緯度と経度が入れ替わっている行を、入れ替えて戻す"
    sheet.put(LAT, rows, second, rule, "値の範囲", 0.99)
    sheet.put(LON, rows, first, rule, "値の範囲", 0.99)


def _remove(sheet: Sheet, rows: np.ndarray, rule: str, evidence: str | np.ndarray = "") -> None:
    """Empty both cells of some rows: one without the other is no place, and what is known elsewhere may fill both."""
    for column in (LAT, LON):
        sheet.put(column, rows, np.full(len(rows), "", dtype=object), rule, evidence, 0.9)


def _remove_unreadable(sheet: Sheet) -> None:
    lat, lon = numbers(sheet)
    rows = np.flatnonzero((np.isnan(lat) & ~sheet.blank(LAT)) | (np.isnan(lon) & ~sheet.blank(LON)))
    _remove(sheet, rows, UNREADABLE)


def _remove_outside_japan(sheet: Sheet) -> None:
    lat, lon = numbers(sheet)
    outside = {column: ~np.isnan(of) & ~within(of, column) for column, of in ((LAT, lat), (LON, lon))}
    for column, which in outside.items():
        low, high = JAPAN[column]
        problem = f"{column}が日本の範囲（{low:g}〜{high:g}度）の外にある"
        sheet.doubt(column, np.flatnonzero(which), problem, CHECK_MAP)
    rows = np.flatnonzero(outside[LAT] | outside[LON])
    _remove(sheet, rows, OUTSIDE)


def _judge_distance(sheet: Sheet, located: Located) -> None:
    lat, lon = numbers(sheet)
    away = distances(lat, lon, located.places)
    with np.errstate(invalid="ignore"):
        far = np.flatnonzero(away > DOUBTFUL)
    told = [f"{located.places[row].full_name}の{FROM_BORDER}{away[row] / 1000:.0f}km離れている" for row in far]
    told = np.array(told, dtype=object)
    sheet.doubt(LAT, far, told, CHECK_MAP)
    out = away[far] > IMPOSSIBLE
    _remove(sheet, far[out], AWAY, told[out])


def _convert(sheet: Sheet) -> None:
    lat, lon = numbers(sheet)
    rows = np.flatnonzero(~np.isnan(lat) & ~np.isnan(lon))
    x, y = _to_jgd(lon[rows], lat[rows])
    rule, why = "日本測地系から世界測地系（JGD2011）に直す", DATUM_SOURCE
    for column, values in ((LAT, y), (LON, x)):
        sheet.put(column, rows, np.array([f"{value:.6f}" for value in values], dtype=object), rule, why, 0.9)


def _to_jgd(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from pyproj import Transformer

    return Transformer.from_pipeline(_TOKYO_TO_JGD).transform(lon, lat)


def _judge_datum(sheet: Sheet, located: Located, given: tuple[np.ndarray, np.ndarray], turned: bool) -> None:
    """Tell when the whole list lies some 400 m off the national lists, and would not if it were in the other datum."""
    rows, known = _known(sheet, located)
    if len(rows) < MIN_PAIRS:
        return
    lat, lon = (axis[rows] for axis in given)
    as_given = np.hypot(*np.median(_apart(np.column_stack([lon, lat]), known), axis=0))
    as_tokyo = np.hypot(*np.median(_apart(np.column_stack(_to_jgd(lon, lat)), known), axis=0))
    here, other = (as_tokyo, as_given) if turned else (as_given, as_tokyo)
    if DATUM_SHIFT[0] < here < DATUM_SHIFT[1] and other * 3 < here:
        off = f"一覧全体の位置が、国の一覧から同じ向きに約{here:.0f}mずれていて、"
        problem, action = (WRONGLY_TURNED, TURN_BACK) if turned else (SUSPECTED, TURN)
        sheet.doubt(LAT, rows[:1], off + problem, action)


def _known(sheet: Sheet, located: Located) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that are in a national list beyond doubt, and where they lie there (longitude, latitude)."""
    lat, lon = numbers(sheet)
    usable = np.flatnonzero(~np.isnan(lat) & ~np.isnan(lon))
    rows, there = [], []
    for row in usable[:: max(len(usable) // MOST_PAIRS, 1)]:
        if located.places[row] is not None:
            found = national.find(sheet.cells["名称"][row], sheet.cells[ADDRESS][row], located.places[row])
            if found.is_certain:
                rows.append(row)
                there.append((found.lon, found.lat))
    return np.array(rows, dtype=np.int64), np.array(there)


def _apart(points: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the metres east and north from the known places to the points."""
    scale = np.column_stack([np.cos(np.radians(known[:, 1])), np.ones(len(known))])
    return (points - known) * scale * METRES_PER_DEGREE
