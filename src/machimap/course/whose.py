"""Whose table it is: what its name, its title, its codes and its addresses say of the municipality."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import pandas as pd

from machimap import places
from machimap.bridge import Reading
from machimap.bridge.mapping.values import municipality_names
from machimap.places import Place

_LOOKED_AT, _NEARLY_ALL, _MOSTLY = 500, 0.95, 0.5
_BEFORE = re.compile(r"^(東京都|北海道|(?:京都|大阪)府|..?.県)?(?:[^\s市区町村]{1,4}郡)?")
_DEGREES = r"\s*\d{2,3}\.\d{2,}\s*"
_LATITUDES, _LONGITUDES = (20.0, 46.0), (122.0, 154.0)
# Degrees: a list may hold places just across the border.
_AROUND = 0.05
_LONGEST, _SHORTEST_TITLE = 7, 3
_CODE = re.compile(r"(\d{6})(?=[_\-. ])")
_LG_CODE = re.compile(r"\d{6}")
_TITLES = ("表の前", "シート")
_Told = tuple[Place | None, str]


@dataclass(frozen=True)
class Whose:
    """place: the municipality of the whole table, or None; why: what says so, for the clerk; by_row: whether the rows
    name their municipality; mostly: the one that more than half of these name, or None; points: (latitude, longitude)
    of the rows, in degrees, where two columns hold them.
    """

    place: Place | None
    why: str = ""
    by_row: bool = False
    mostly: Place | None = None
    points: tuple[tuple[float, float], ...] = ()

    def lies_elsewhere(self, place: Place) -> bool:
        """Tell whether most of the rows' points are away from a municipality; False where either is not known."""
        if not self.points or place.bounds is None:
            return False
        west, south, east, north = place.bounds
        near = sum(
            west - _AROUND <= lon <= east + _AROUND and south - _AROUND <= lat <= north + _AROUND
            for lat, lon in self.points
        )
        return near <= _MOSTLY * len(self.points)


def whose(reading: Reading, own: Place) -> Whose:
    """Return whose table it is, as far as it says so itself; `own` decides between municipalities of one name."""
    named, mostly, share = _rows(reading, own)
    place, why = _by_file_code(reading.name)
    if place is None and named:
        place, why = (mostly, f"住所が{mostly.name}なので") if mostly and share >= _NEARLY_ALL else (None, "")
    elif place is None:
        place, why = _by_title(reading, own)
    return Whose(place, why, named, mostly, _points(_sample(reading)))


def _rows(reading: Reading, own: Place) -> tuple[bool, Place | None, float]:
    """Tell whether the rows name their municipality (in one column, half of them), which most name, and their share."""
    rows = _sample(reading)
    best: list[tuple[str, str]] = []
    for head in rows.columns:
        cells = [cell for cell in rows[head] if cell.strip()]
        known = [named for cell in cells if (named := _named_by(cell.strip()))]
        if len(known) >= max(1, _MOSTLY * len(cells)) and len(known) > len(best):
            best = known
    (most, count), *_ = Counter(town for _, town in best).most_common(1) or [("", 0)]
    most = most if count > _MOSTLY * len(best) else ""
    prefectures = {prefecture for prefecture, town in best if town == most} - {""}
    place = _place(next(iter(prefectures)) if len(prefectures) == 1 else "", most, own)
    return bool(best), place, count / max(1, len(best))


def _sample(reading: Reading) -> pd.DataFrame:
    return reading.table.iloc[:: max(1, len(reading.table) // _LOOKED_AT)]


def _points(rows: pd.DataFrame) -> tuple[tuple[float, float], ...]:
    """Return the points of the rows, where one column holds latitudes of Japan and another longitudes."""
    degrees = {head: pd.to_numeric(rows[head].where(rows[head].str.fullmatch(_DEGREES))) for head in rows.columns}
    filled = {head: (rows[head].str.strip() != "").sum() for head in rows.columns}

    def held(low: float, high: float) -> pd.Series | None:
        within = ((head, numbers.where(numbers.between(low, high))) for head, numbers in degrees.items())
        return next((one for head, one in within if filled[head] and one.count() > _MOSTLY * filled[head]), None)

    lat, lon = held(*_LATITUDES), held(*_LONGITUDES)
    if lat is None or lon is None:
        return ()
    both = lat.notna() & lon.notna()
    return tuple(zip(lat[both].tolist(), lon[both].tolist(), strict=True))


def _named_by(cell: str) -> tuple[str, str] | None:
    """Return prefecture ("" where it is not written) and municipality with which a cell begins, or that it is."""
    if _LG_CODE.fullmatch(cell):
        found = _by_code(cell)
        return (found.prefecture, found.name) if found else None
    before = _BEFORE.match(cell)
    town = _town_at(cell, before.end(), 2)
    return (before.group(1) or "", town) if town else None


def _place(prefecture: str, town: str, own: Place) -> Place | None:
    if town in (own.name, own.own_name) and prefecture in ("", own.prefecture):
        return own
    try:
        return places.find(prefecture + town) if town else None
    except places.PlaceError:
        return None


def _by_code(code: str) -> Place | None:
    try:
        return places.by_code(code)
    except places.PlaceError:
        return None


def _by_file_code(name: str) -> _Told:
    """Return the municipality whose code the name of a file begins with."""
    found = _CODE.match(name)
    place = _by_code(found.group(1)) if found else None
    return place, f"ファイルの名前が{place.lg_code}で始まるので" if place else ""


def _by_title(reading: Reading, own: Place) -> _Told:
    """Return the one municipality that the name of the file, or what stands over the table, names."""
    texts = [("ファイルの名前", PurePath(reading.name).stem)]
    texts += [
        ("表の題", one.why if one.about == "表の前" else one.value)
        for one in reading.conclusions
        if one.about in _TITLES
    ]
    for where, text in texts:
        towns = {place for town in _towns_in(text) if (place := _place("", town, own))}
        if len(towns) == 1:
            (place,) = towns
            return place, f"{where}に「{place.name}」とあるので"
    return None, ""


def _towns_in(text: str) -> Iterator[str]:
    """Yield the municipalities that a text names, at each place the longest name."""
    start = 0
    while start < len(text):
        found = _town_at(text, start, _SHORTEST_TITLE)
        if found:
            yield found
        start += len(found) or 1


def _town_at(text: str, start: int, shortest: int) -> str:
    names = municipality_names()
    return next(
        (text[start : start + n] for n in range(_LONGEST, shortest - 1, -1) if text[start : start + n] in names), ""
    )
