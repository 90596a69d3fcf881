"""Which municipality a row lies in when neither its address, its codes nor a given place tell: less sure, and said so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from machimap import datasets, places
from machimap.bridge.cleaning.addresses import Split, belongs, city, split
from machimap.bridge.cleaning.positions import DOUBTFUL, LAT, as_meant, distances, numbers
from machimap.bridge.sheet import Sheet
from machimap.places import Place

if TYPE_CHECKING:
    from machimap.bridge.address_search import Search

BY_MOST = 0.8
LEAST = 4
# The boundaries are simplified: a point so near to one (metres) may lie on either side.
BORDER = 300.0
# FROM_SEARCH is the end of every rule that uses the address search: whoever publishes the result has to credit it.
FROM_SEARCH, CREDIT = "住所検索から補う", "出典：国土地理院"
COMPLETED, SEARCHED = "住所に都道府県・市区町村を補う", f"住所の市区町村を{FROM_SEARCH}"
# How a suggestion begins; it is asked of the whole table.
SUGGESTED = "位置はどれも"
OTHER_TOWN = "違う市区町村の施設でないか確かめてください。"
IN_FULL = "都道府県から住所を書いてください。"


@dataclass(frozen=True)
class Guess:
    """A municipality that is likely but not told by the row: the parts of the address with and without it, and why.

    asked: the address as it was asked of the address search, "" when it was not.
    """

    part: Split
    before: Split
    rule: str
    evidence: str
    confidence: float
    problem: str
    asked: str = ""


def by_most(addresses: np.ndarray, splits: list[Split], rows: list[int], sheet: Sheet) -> dict[int, Guess]:
    """Return guesses for rows that name no municipality, by the one that four in five addresses of the list name.

    None is made where the row's own prefecture or its place on the map speaks against it.
    """
    named = [city(part.place) for part in splits if part.place and not part.guessed]
    counted = Counter(one.lg_code for one in named if one).most_common(1)
    written = int((addresses != "").sum())
    if not rows or not counted or counted[0][1] < LEAST or counted[0][1] * 5 < written * 4:
        return {}
    town = places.by_code(counted[0][0])
    told = f"一覧の住所{written:,}件のうち{counted[0][1]:,}件が{town.full_name}なので、この行もそうみた"
    problem = f"住所に市区町村がなく、一覧のほかの行から{town.full_name}とみた"
    parts = {row: split(addresses[row], town.lg_code) for row in rows}
    fits = [row for row, part in parts.items() if part.place and belongs(part.place, town)]
    near = _near(sheet, fits, [parts[row].place for row in fits])
    return {row: Guess(parts[row], splits[row], COMPLETED, told, BY_MOST, problem) for row in near}


def by_search(
    addresses: np.ndarray, splits: list[Split], rows: list[int], sheet: Sheet, search: Search, prefectures: list[str]
) -> tuple[dict[int, Guess], dict[int, str]]:
    """Ask the address search about addresses; return the guesses, and for the other rows why there is none."""
    guesses, troubles = {}, {}
    for row, prefecture in zip(rows, prefectures, strict=True):
        address = addresses[row]
        told = search.municipality(address, prefecture)
        if told.place is None:
            troubles[row] = told.trouble
        elif not _near(sheet, [row], [told.place]):
            troubles[row] = f"住所検索の答え（{told.place.full_name}）は、この行の緯度経度から離れている"
        else:
            part = split(address, told.place.lg_code)
            if part.place and belongs(part.place, told.place):
                problem = f"住所検索の答えから{told.place.full_name}とみた"
                guesses[row] = Guess(
                    part, splits[row], SEARCHED, f"{CREDIT}、{told.entry}", told.confidence, problem, address
                )
    return guesses, troubles


def suggest(sheet: Sheet, towns: list[Place | None]) -> None:
    """Where no row's municipality is known but all their places lie in one, say so: to be confirmed, not filled in."""
    lat, lon = numbers(sheet)
    rows = np.flatnonzero(~np.isnan(lat) & ~np.isnan(lon))
    if not len(rows) or any(towns):
        return
    town = around(lat[rows], lon[rows])
    if town is None:
        return
    name = _shortest(town)
    action = (
        f"{town.full_name}の一覧なら、まちの名前を1度決めれば、全部の行に入ります。ノートでは1の「どこの表か」を「{name}」にして、"
        f"コマンドでは --place {name} を付けて、やり直してください。"
    )
    problem = f"{SUGGESTED}{town.full_name}の中なので、その一覧らしい（住所にもコードにも市区町村がない）"
    sheet.doubt(LAT, rows[:1], problem, action, 5)


def _near(sheet: Sheet, rows: list[int], towns: list[Place]) -> list[int]:
    """Return the rows that lie near their municipality, or whose place nobody knows."""
    if not rows:
        return []
    lat, lon = as_meant(sheet)
    away = distances(lat[rows], lon[rows], towns)
    return [row for row, metres in zip(rows, away, strict=True) if not metres > DOUBTFUL]


def around(lat: np.ndarray, lon: np.ndarray) -> Place | None:
    """Return the municipality in which all the points lie (a designated city for its wards), None when there is none."""
    areas = datasets.polygons("boundaries", "boundaries")
    points, shapes = areas.sindex.query(shapely.points(lon, lat), predicate="within")
    if not len(shapes):
        return None
    known = {place.boundary_code: place for place in places.all_places() if place.boundary_code}
    wards = [known.get(code) for code in areas["code"].iloc[shapes]]
    counted = Counter(city(ward).lg_code for ward in wards if ward and city(ward)).most_common(1)
    if not counted:
        return None
    town = places.by_code(counted[0][0])
    inside = {point for point, ward in zip(points, wards, strict=True) if ward and belongs(ward, town)}
    rest = np.array([point for point in range(len(lat)) if point not in inside], dtype=np.int64)
    own = [ward for ward in dict.fromkeys(filter(None, wards)) if belongs(ward, town)]
    away = np.array([distances(lat[rest], lon[rest], [ward] * len(rest)) for ward in own]).min(axis=0)
    return town if len(inside) * 5 >= len(lat) * 4 and not (away > BORDER).any() else None


def _shortest(town: Place) -> str:
    """Return the shortest name that `--place` takes for it."""
    for name in (town.name, town.full_name):
        try:
            if places.find(name).lg_code == town.lg_code:
                return name
        except places.PlaceError:
            continue
    return town.lg_code
