"""Which municipality's list a table is: asked once of the whole, and a reason to publish nothing where it is another's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from machimap.bridge.asking import NAMELESS, STAYS, WHOLE_TABLE, cut, frame
from machimap.bridge.cleaning.addresses import belongs, place_of, split
from machimap.bridge.cleaning.coordinates import FROM_BORDER
from machimap.bridge.cleaning.guessing import SUGGESTED, around
from machimap.bridge.cleaning.locating import ADDRESS, LIST_CODE, LOCATION_CODE, PUBLISHER, PUBLISHER_CODE
from machimap.bridge.cleaning.positions import LAT, LON, within
from machimap.bridge.validating import PROBLEMS
from machimap.places import Place

_TOWNLESS, _AMBIGUOUS = "市区町村が分からない", "同じ名前の市区町村がいくつもあり"
_OF_THE_TOWN = (LIST_CODE, PUBLISHER_CODE, PUBLISHER, LOCATION_CODE)
# So few rows say too little to hold a list back.
_FEW = 3
_LOOK = (
    "まちの名前（ノートでは1の「どこの表か」、コマンドでは --place）か、選んだファイルが違っていないか見て、直してから、"
    "やり直してください。ほかのまちの施設も載せる一覧なら、まちの名前を空にして、やり直します"
)


@dataclass(frozen=True)
class Told:
    """checks: those of the rows, and what is said of the whole table; blocked: why no list may be written, or ""."""

    checks: pd.DataFrame
    blocked: str = ""


def about_town(
    mapped: pd.DataFrame, table: pd.DataFrame, changes: pd.DataFrame, checks: pd.DataFrame, place: Place | None
) -> Told:
    """Say once of the whole table what it says of the municipality: nothing at all, or another one than was given.

    mapped: the source in the target's columns, before cleaning; table: the rows kept, cleaned. Checks of rows that
    naming the right municipality would answer are left out.
    """
    if place is None:
        return Told(_without_town(table, checks))
    elsewhere = _by_addresses(table, place) or _by_positions(mapped.loc[table.index], changes, checks, place)
    if not elsewhere:
        return Told(checks)
    what, count = elsewhere
    told = frame([(WHOLE_TABLE, ADDRESS, "", f"「どこの表か」が違うようです。{what}", _LOOK, NAMELESS)])
    away = checks["問題"].str.contains(FROM_BORDER, regex=False)
    blocked = (
        f"{what}ので、一覧を書いていません。まちの名前（ノートでは1の「どこの表か」、コマンドでは --place）か、選んだファイルを"
        "見直して、やり直してください。"
    )
    return Told(pd.concat([told, checks[~away]], ignore_index=True), blocked if count > _FEW else "")


def _by_addresses(table: pd.DataFrame, place: Place) -> tuple[str, int] | None:
    """Tell when most rows lie in other municipalities than the one that was given, and how many do."""
    codes = table.loc[table[ADDRESS] != "", LOCATION_CODE]
    counts = codes.value_counts()
    towns = {code: town for code in counts.index if (town := place_of(code))}
    others: dict[str, int] = {}
    for code, town in towns.items():
        if not belongs(town, place):
            name = town.prefecture + (town.parent_name or town.county + town.name)
            others[name] = others.get(name, 0) + int(counts[code])
    known, away = sum(int(counts[code]) for code in towns), sum(others.values())
    if 2 * away <= known:
        return None
    name, most = max(others.items(), key=lambda one: one[1])
    whose = f"{name}のもの" if 2 * most > known else "ほかの市区町村のもの"
    count = most if 2 * most > known else away
    what = f"住所は{whose}が多い（住所のある{len(codes)}行のうち{count}行）のに、{place.full_name}の表として変換した"
    return what, away


def _by_positions(
    mapped: pd.DataFrame, changes: pd.DataFrame, checks: pd.DataFrame, place: Place
) -> tuple[str, int] | None:
    """Tell when most positions lie away from the municipality that was given, and no address names it."""
    placed = mapped.index[(mapped[LAT].str.strip() != "") & (mapped[LON].str.strip() != "")]
    away = sorted(set(checks.loc[checks["問題"].str.contains(FROM_BORDER, regex=False), "行"]) & set(placed))
    if 2 * len(away) <= len(placed) or _names(mapped, place):
        return None
    town = _lie_in(changes, away)
    where = f"{town.full_name}の中" if town else f"{place.full_name}から遠い所"
    what = f"位置は{where}が多い（位置のある{len(placed)}行のうち{len(away)}行が遠い）のに、{place.full_name}の表として変換した"
    return what, len(away)


def _names(mapped: pd.DataFrame, place: Place) -> bool:
    """Tell whether most addresses name the municipality themselves: then the positions are wrong, not the town."""
    written = [text for text in mapped[ADDRESS] if text.strip()]
    parts = [split(text, place.lg_code) for text in written]
    own = [part for part in parts if part.place and not part.guessed and belongs(part.place, place)]
    return 2 * len(own) > len(written)


def _lie_in(changes: pd.DataFrame, rows: list[int]) -> Place | None:
    """Return the municipality in which the positions lay that were taken out of these rows."""
    taken = changes[changes["行"].isin(rows) & changes["列"].isin([LAT, LON])].drop_duplicates(["行", "列"])
    pairs = taken.pivot(index="行", columns="列", values="前").reindex(columns=[LAT, LON])
    points = pairs.apply(pd.to_numeric, errors="coerce").dropna().to_numpy(float)
    lat, lon = (points[:, number] for number in range(2))
    inside = within(lat, LAT) & within(lon, LON)
    return around(lat[inside], lon[inside]) if np.any(inside) else None


def _without_town(table: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    offered = checks["問題"].str.startswith(SUGGESTED)
    offer, checks = checks[offered], checks[~offered]
    rows, what = _unknown(table, checks)
    if not what and offer.empty:
        return checks
    todo = (
        "まちの名前を1度決めれば、全部の行に入ります。ノートでは1の「どこの表か」に、コマンドでは --place に書いて、"
        "やり直してください"
    )
    if len(offer):
        what = "。".join(filter(None, [what, offer["問題"].iloc[0]]))
        todo = offer["すること"].iloc[0]
    follows = checks["列"].isin(_OF_THE_TOWN) & (checks["問題"] == PROBLEMS["required"])
    answered = checks["行"].isin(rows) & (_homeless(checks) | follows)
    return pd.concat([frame([(WHOLE_TABLE, ADDRESS, "", what, todo, STAYS)]), checks[~answered]], ignore_index=True)


def _unknown(table: pd.DataFrame, checks: pd.DataFrame) -> tuple[set[int], str]:
    """Return the rows whose municipality cannot be told, and what to say when they are most of the table, else ""."""
    written = table.index[(table[ADDRESS] != "").to_numpy()]
    rows = set(checks.loc[_homeless(checks) & (checks["列"] == ADDRESS), "行"])
    codes = [name for name in _OF_THE_TOWN if name in table.columns]
    if len(table) and not len(written) and (table[codes] == "").all(axis=None):
        return set(table.index), "住所がないので、どのまちの表か分かりません"
    if rows and 2 * len(rows) >= len(written):
        is_ambiguous = checks["問題"].str.startswith(_AMBIGUOUS).any()
        return rows, _on_addresses(table, rows, len(written), is_ambiguous=is_ambiguous)
    return set(), ""


def _homeless(checks: pd.DataFrame) -> pd.Series:
    return checks["問題"].str.contains(_TOWNLESS, regex=False) | checks["問題"].str.startswith(_AMBIGUOUS)


def _on_addresses(table: pd.DataFrame, rows: set[int], written: int, *, is_ambiguous: bool) -> str:
    why = "都道府県の名前がなく、同じ名前の市区町村がいくつもある" if is_ambiguous else "市区町村の名前がない"
    many = "どの行も" if len(rows) == written else f"{written}行のうち{len(rows)}行は"
    return f"{many}、住所に{why}ので、どのまちか決められません（例：{min(rows)}行目「{cut(table.loc[min(rows), ADDRESS])}」）"
