"""Addresses: their form, and their parts by the names of the municipalities, without any service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from machimap import places
from machimap.bridge.cleaning.cell import LONGEST, Cell, cleaner, doubtful, word_set
from machimap.bridge.cleaning.text import DASHES
from machimap.facilities.names import OLD_FORMS
from machimap.places import Place

_LIKE_NUMBER = "0-9A-Za-z一二三四五六七八九十百甲乙丙丁イロハニホヘト"
_FOLD = OLD_FORMS | str.maketrans("ヶヵ龍", "ケカ竜")
_DASH = re.compile(rf"(?<=[{_LIKE_NUMBER}])\s?[{DASHES}]\s?(?=[{_LIKE_NUMBER}])")
_LONG_VOWEL = re.compile(r"(?<=[0-9A-Za-z])\s?ー+\s?(?=[0-9A-Za-z])")
_LOST_SIGN = re.compile(r"(?<=[0-9])\?(?=[0-9])")
_POSTAL = re.compile(rf"〒\s?([0-9]{{3}})\s?[{DASHES}ー]?\s?([0-9]{{4}})(?!\s?〒)\s?")
_BLOCK = r"(?:[^0-9]*[0-9]+(?:字|部|地割|条|線|区))*"
_TOWN = re.compile(rf"{_BLOCK}[^0-9]*?(?:[0-9]+丁目|[一二三四五六七八九十]+丁目)|{_BLOCK}[^0-9]*")
_LOT = re.compile(
    r"[0-9][0-9-]*(?:(?:番地|番|号|の|丁目|ノ|[甲乙丙丁イロハニホ](?=[0-9-]|$|\s)|(?<=-)[東西南北](?=[0-9]))[0-9-]*)*"
    r"(?:(?:ほか|他)(?:[0-9]+筆)?|地先|先|付近|地内|番外地)?"
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SPOILT = re.compile(
    rf"[0-9]{{1,2}}月[0-9]{{1,2}}日|(?:{'|'.join(_MONTHS)})-[0-9]{{1,2}}|[0-9]{{1,2}}-(?:{'|'.join(_MONTHS)})"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]00:00:00)?"
)
# A spreadsheet's number of a day between 1990 and 2050.
_DAY_NUMBER = re.compile(r"(?:3[3-9]|4[0-9]|5[0-4])[0-9]{3}(?:\.0+)?")


@dataclass(frozen=True)
class Split:
    """The parts of an address; those that it does not hold are "".

    Joined in order they give the address again. place: the municipality or ward that it names (or, by `guess`, the
    one that the hint names), None when it cannot be told. ambiguous: several municipalities bear the name.
    """

    prefecture: str
    municipality: str
    town: str
    lot: str
    building: str
    place: Place | None
    guessed: bool = False
    ambiguous: bool = False


@cleaner("address", "address_part")
def address(text: str) -> Cell:
    """Return an address with half-width numbers and `-` between them; ー within katakana stays.

    A lot that a spreadsheet made a date of (1月2日, Jan-43, 45375), a `?` between numbers and what is no address
    (不明, 〃) stay, to be looked at.
    """
    if _SPOILT.fullmatch(text):
        return doubtful(
            "番地が表計算ソフトで日付に変わったらしい",
            "もとの資料から番地を、1-2 のように書き写してください。",
        )
    if _DAY_NUMBER.fullmatch(text):
        return doubtful(
            "番地が表計算ソフトで日付の番号に変わったらしい",
            "本当の番地でなければ、もとの資料から、1-2 のように書き写してください。",
        )
    if text in word_set("no_address"):
        return doubtful("住所が書かれていない", "分かるなら住所を書き、分からなければ空にしてください。")
    if _LOST_SIGN.search(text):
        return doubtful("番地のあいだの文字が「?」に変わっている", "もとの資料から番地を書き写してください。")
    value = _LONG_VOWEL.sub("-", _DASH.sub("-", text))
    if postal := _POSTAL.match(value):
        return Cell(value[postal.end() :], "住所の前の郵便番号を分ける", apart="".join(postal.groups()))
    return Cell(value, "住所の横棒をそろえる")


@lru_cache(maxsize=200_000)
def split(text: str, hint: str = "") -> Split:
    """Return the parts of a cleaned address.

    hint: the 6-digit code of the municipality (or prefecture) to which the row, or the whole list, belongs: it decides
    between 府中市 and 府中市, tells the town 府中町 from the municipality of that name, and a municipality stands in
    where the address names none (`guessed`). A ward of a designated city is part of the town, as in the standard's
    own example, while `place` is the ward.
    """
    if len(text) > LONGEST or _is_none(text):
        return Split("", "", text, "", "", None)
    hinted = place_of(hint)
    prefecture = next((text[:end] for end in (3, 4) if text[:end] in _index().prefectures), "")
    rest = text[len(prefecture) :].lstrip()
    found, length, ambiguous = _municipality(rest, prefecture, hinted, hint[:2])
    if found is None and hinted is not None and prefecture in ("", hinted.prefecture) and not ambiguous:
        return Split(prefecture, "", *_local(rest), hinted, guessed=True)
    ward = len(found.own_name) if found and found.parent_lg_code else 0
    return Split(prefecture, rest[: length - ward], *_local(rest[length - ward :]), found, ambiguous=ambiguous)


def _is_none(text: str) -> bool:
    """Tell whether no municipality may be put before a text, because it is no address."""
    is_spoilt = _SPOILT.fullmatch(text) or _DAY_NUMBER.fullmatch(text)
    return bool(is_spoilt) or text in word_set("no_address") or text in word_set("same_as_above")


def spoilt_lot(text: str) -> str:
    """Return the two numbers of a lot that a spreadsheet made a date of: 1-20 of 1月20日, 20-Jan and Jan-20, else ""."""
    if not _SPOILT.fullmatch(text) or re.match("[0-9]{4}-", text):
        return ""
    month = re.search("[A-Z][a-z]{2}", text)
    months = [str(_MONTHS.index(month.group()) + 1)] if month else []
    return "-".join([*months, *re.findall("[0-9]+", text)])


def belongs(place: Place, other: Place) -> bool:
    """Tell whether two are the same municipality, or one is a ward of the other."""
    return other.lg_code in (place.lg_code, place.parent_lg_code) or other.parent_lg_code == place.lg_code


def city(place: Place) -> Place | None:
    """Return the designated city of a ward, any other municipality itself."""
    return place_of(place.parent_lg_code) if place.parent_lg_code else place


@lru_cache(maxsize=4096)
def place_of(lg_code: str) -> Place | None:
    """Return the municipality of a code, None for a prefecture's and any other text."""
    try:
        return places.by_code(lg_code)
    except places.PlaceError:
        return None


def _local(text: str) -> tuple[str, str, str]:
    """Return town, lot and building of what follows the municipality."""
    text = text.lstrip()
    town = _TOWN.match(text).group()
    rest = text[len(town) :].lstrip()
    lot = _LOT.match(rest)
    if lot is None:
        return text.rstrip(), "", ""
    return town.rstrip(), lot.group().rstrip(), rest[lot.end() :].strip()


def _municipality(
    rest: str, prefecture: str, hinted: Place | None, prefecture_code: str
) -> tuple[Place | None, int, bool]:
    """Return the municipality at the beginning, the length of its name there, and whether several fit."""
    folded = rest.translate(_FOLD)
    index = _index()
    for length in range(min(len(folded), index.longest), 1, -1):
        named = index.names.get(folded[:length])
        if named:
            fits = [place for place in named if _fits(place, folded[:length], prefecture, hinted, prefecture_code)]
            near = [place for place in fits if _is_near(place, hinted, prefecture_code)] or fits
            if len(near) == 1:
                return near[0], length, False
            if near and not prefecture:
                return None, 0, True
    return None, 0, False


def _fits(place: Place, written: str, prefecture: str, hinted: Place | None, prefecture_code: str) -> bool:
    """Tell whether what is written may be the name of the place, and not of a town that bears the same name."""
    is_bare_ward = bool(place.parent_lg_code) and written == place.own_name
    if prefecture:
        return place.prefecture == prefecture and not is_bare_ward
    if hinted is not None and belongs(place, hinted):
        return True
    is_same_prefecture = place.prefecture_code == prefecture_code
    has_county = bool(place.county) and written.startswith(place.county)
    if hinted is None:
        return is_same_prefecture or has_county or written[-1] in ("市" if prefecture_code else "市区")
    return has_county or written[-1] == "市" or (written[-1] == "区" and is_same_prefecture and not is_bare_ward)


def _is_near(place: Place, hinted: Place | None, prefecture_code: str) -> bool:
    return belongs(place, hinted) if hinted else place.prefecture_code == prefecture_code


@dataclass(frozen=True)
class _Index:
    names: dict[str, list[Place]]
    longest: int
    prefectures: frozenset[str]


@lru_cache(maxsize=1)
def _index() -> _Index:
    names: dict[str, list[Place]] = {}
    for place in places.all_places():
        for name in {place.name, place.county + place.name, place.own_name}:
            names.setdefault(name.translate(_FOLD), []).append(place)
    return _Index(names, max(map(len, names)), frozenset(places.prefectures()))
