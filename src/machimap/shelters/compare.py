"""Match a city's own list to a national list, one-to-one, by name, distance and address."""

from __future__ import annotations

from collections import defaultdict
from math import isnan

import pandas as pd

from machimap.assignment import choose
from machimap.facilities import NAMESAKES, Agreement
from machimap.shelters.candidates import Limits, Pair, pairs
from machimap.shelters.comparison import HAZARD_PREFIX, Comparison
from machimap.shelters.leftovers import explain, metres
from machimap.shelters.sides import ShelterError, Side, municipalities, read, side, zone_epsg

SURELY_FAR, PERHAPS_FAR = 300.0, 100.0
NEARLY_AS_GOOD = 0.03
Numbers = tuple[int, int]


def compare(
    city: pd.DataFrame,
    national: pd.DataFrame,
    *,
    hazard: str | None = None,
    max_distance: float = 1000.0,
    near_distance: float = 250.0,
    utm_epsg: int | None = None,
    city_list: str | None = None,
) -> Comparison:
    """Match a city's own list to ONE national list: 指定緊急避難場所 or 指定避難所, never both at once.

    The two national lists answer two questions (where to flee, per hazard; where to stay) and may hold the
    same building: compare with each apart. Which one `national` is, is read from its columns and named in the
    result.

    city: 名称, 緯度, 経度 (degrees, text allowed), 所在地_連結表記 or 住所 if there; national: rows of
    `datasets.shelters`. Rows are matched one-to-one with the greatest summed evidence (name 0.6, distance
    0.3, address 0.1). Same names may be `max_distance` metres apart (farther only at the same address), names
    that are only similar `near_distance`. Distances are metres in the JGD2011 / UTM zone of the coordinates
    (EPSG 6688–6692), or in `utm_epsg`. Rows with unusable coordinates can match by name and address and are
    then to be checked. `hazard` (洪水 …) is counted in the report. `city_list` names the city's list;
    otherwise its column 一覧 does. The order of the rows changes nothing.

    Raises ShelterError (a column or hazard is missing, a wrong UTM zone), datasets.TableError (no coordinates).
    """
    if not 0 < near_distance <= max_distance:
        raise ShelterError("距離の上限 near_distance は0より大きく、max_distance 以下にしてください。")
    city_rows, city_faults = read(city, "市の一覧")
    national_rows, national_faults = read(national, "国の一覧")
    epsg = zone_epsg(pd.concat([city_rows["lon"], national_rows["lon"]]).dropna(), utm_epsg)
    prefixes = municipalities(city, national)
    ours, theirs = side(city_rows, city_faults, epsg, prefixes), side(national_rows, national_faults, epsg, prefixes)

    candidates = pairs(ours, theirs, Limits(max_distance, near_distance))
    chosen = choose({numbers: pair.score for numbers, pair in candidates.items()})
    rivals = _rivals(candidates, chosen)
    backwards = {other: row for row, other in chosen}
    only_city, city_aside = explain(ours, theirs, dict(chosen), max_distance)
    only_national, national_aside = explain(theirs, ours, backwards, max_distance)
    result = Comparison(
        city=city,
        national=national,
        city_list=city_list or _own_label(city),
        national_list=_national_label(national),
        matched=_matched([_line(ours, theirs, pair, candidates[pair], rivals.get(pair, "")) for pair in chosen], city),
        only_city=_leftover(only_city, city, "city_"),
        only_national=_leftover(only_national, national, "national_"),
        set_aside=pd.concat(
            [_leftover(city_aside, city).assign(side="市"), _leftover(national_aside, national).assign(side="国")],
            ignore_index=True,
        )[["side", "row", "name", "address", "reason"]],
        unusable_coordinates=pd.concat(
            [
                _unusable(ours, city, dict(chosen)).assign(side="市"),
                _unusable(theirs, national, backwards).assign(side="国"),
            ],
            ignore_index=True,
        )[["side", "row", "name", "reason", "matched"]],
        utm_epsg=epsg,
        hazard=hazard,
    )
    if hazard is not None:
        result.not_designated()
    return result


def _own_label(city: pd.DataFrame) -> str:
    labels = city["一覧"].unique() if "一覧" in city.columns else []
    return "／".join(map(str, labels)) or "一覧の種類は示されていない"


def _national_label(national: pd.DataFrame) -> str:
    by_hazard = any(column.startswith(HAZARD_PREFIX) for column in national.columns)
    return "指定緊急避難場所" if by_hazard else "指定避難所"


def _line(city: Side, national: Side, numbers: Numbers, pair: Pair, rival: str) -> dict:
    row, other = numbers
    doubts = _doubts(city, national, numbers, pair, rival)
    reason = _reason(city, national, numbers, pair) + (f"。要確認：{'、'.join(doubts)}" if doubts else "")
    return {
        "city_row": city.labels[row],
        "national_row": national.labels[other],
        "city_name": city.names[row],
        "national_name": national.names[other],
        "city_address": city.addresses[row],
        "national_address": national.addresses[other],
        "distance_m": round(pair.distance, 1),
        "score": round(pair.score, 3),
        "reason": reason,
        "needs_check": bool(doubts),
    }


def _reason(city: Side, national: Side, numbers: Numbers, pair: Pair) -> str:
    row, other = numbers
    name = pair.likeness.words(city.names[row], national.names[other])
    place = "距離は分からない" if isnan(pair.distance) else f"距離は{metres(pair.distance)}"
    return f"{name}{place}、{pair.agreement.words(city.addresses[row], national.addresses[other])}"


def _doubts(city: Side, national: Side, numbers: Numbers, pair: Pair, rival: str) -> list[str]:
    row, other = numbers
    doubts = [
        f"{whose}の座標は{fault}"
        for whose, fault in (("市", city.faults[row]), ("国", national.faults[other]))
        if fault
    ]
    if pair.likeness not in NAMESAKES:
        doubts.append("名前が違うので同じ施設かどうか")
    elif ("旧" in city.keys[row].details) != ("旧" in national.keys[other].details):
        doubts.append("片方だけに「旧」が付く")
    if pair.agreement is Agreement.DIFFERENT:
        doubts.append("所在地が違う")
    if pair.distance > SURELY_FAR or (pair.distance > PERHAPS_FAR and pair.agreement is not Agreement.SAME):
        doubts.append("位置が離れている")
    return [*doubts, rival] if rival else doubts


def _rivals(candidates: dict[Numbers, Pair], chosen: list[Numbers]) -> dict[Numbers, str]:
    """Say of each chosen pair whether another choice would have been nearly as good."""
    partner_of_city, partner_of_national = dict(chosen), {other: row for row, other in chosen}
    by_city, by_national = defaultdict(list), defaultdict(list)
    for row, other in sorted(candidates):
        by_city[row].append(other)
        by_national[other].append(row)

    def loss(row: int, other: int, pair: Numbers) -> float:
        """What exchanging `pair` for (row, other) would lose, the displaced partners exchanged too."""
        displaced = (pair[0], partner_of_city.get(row)) if row != pair[0] else (partner_of_national.get(other), pair[1])
        before = candidates[pair].score
        if None in displaced:
            return before - candidates[row, other].score
        if displaced not in candidates:
            return float("inf")
        standing = (row, partner_of_city[row]) if row != pair[0] else (partner_of_national[other], other)
        return before + candidates[standing].score - candidates[row, other].score - candidates[displaced].score

    rivals = {}
    for pair in chosen:
        others = [(pair[0], other) for other in by_city[pair[0]]] + [(row, pair[1]) for row in by_national[pair[1]]]
        close = [numbers for numbers in others if numbers != pair and loss(*numbers, pair) < NEARLY_AS_GOOD]
        if close:
            rivals[pair] = "同じくらい合う行がほかにもある"
    return rivals


def _matched(lines: list[dict], city: pd.DataFrame) -> pd.DataFrame:
    columns = ["city_row", "national_row", "city_name", "national_name", "city_address", "national_address"]
    table = pd.DataFrame(lines, columns=[*columns, "distance_m", "score", "reason", "needs_check"])
    types = {"distance_m": float, "score": float, "needs_check": bool}
    return _ordered(table, "city_row", city).astype(types)


def _leftover(lines: list[dict], table: pd.DataFrame, prefix: str = "") -> pd.DataFrame:
    found = _ordered(pd.DataFrame(lines, columns=["row", "name", "address", "reason"]), "row", table)
    return found.rename(columns={column: prefix + column for column in ("row", "name", "address")})


def _unusable(of: Side, table: pd.DataFrame, partners: dict[int, int]) -> pd.DataFrame:
    lines = [
        {"row": of.labels[row], "name": of.names[row], "reason": fault, "matched": row in partners}
        for row, fault in enumerate(of.faults)
        if fault
    ]
    return _ordered(pd.DataFrame(lines, columns=["row", "name", "reason", "matched"]), "row", table)


def _ordered(found: pd.DataFrame, column: str, table: pd.DataFrame) -> pd.DataFrame:
    """Sort rows as they stand in the table they came from."""
    position = {label: number for number, label in enumerate(table.index)}
    return found.sort_values(column, key=lambda labels: labels.map(position), ignore_index=True)
