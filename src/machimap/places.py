"""Which municipality: a name or a code as people write it → `Place`."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from machimap import store
from machimap.errors import MachimapError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

JGD2011 = "EPSG:6668"
MAX_NAMED_CANDIDATES = 30
_SUFFIX = re.compile(r"[市区町村]$")
_BRACKETS = re.compile(r"[(（〔\[](.*?)[)）〕\]]")
_ROMAJI_SUFFIX = re.compile(r"[- ]?(shi|city|ku|ward|machi|cho|town|mura|son|village)$")


class PlaceError(MachimapError, LookupError):
    """The text does not name exactly one municipality."""


class AmbiguousPlace(PlaceError):
    """Several municipalities bear the name; `candidates` holds them."""

    def __init__(self, message: str, candidates: tuple[Place, ...]) -> None:
        super().__init__(message)
        self.candidates = candidates


class UnknownPlace(PlaceError):
    """No municipality bears the name; `suggestions` holds the nearest spellings."""

    def __init__(self, message: str, suggestions: tuple[Place, ...] = ()) -> None:
        super().__init__(message)
        self.suggestions = suggestions


@dataclass(frozen=True)
class Place:
    """One municipality, or one ward of a designated city.

    Codes are strings: `code` is the 5-digit JIS X 0402 code, `lg_code` the 6-digit 全国地方公共団体コード.
    `lat`, `lon` (the office) and `label_lat`, `label_lon` (a point inside the polygon) are degrees in
    JGD2011, `bounds` is (west, south, east, north) in the same; None where the source has none.
    `counts` gives the rows that the national lists hold for it, by the list's name.
    """

    lg_code: str
    prefecture: str
    county: str
    name: str
    kana: str
    romaji: str
    parent_lg_code: str
    lat: float | None
    lon: float | None
    url: str
    population_2020: int | None
    bounds: tuple[float, float, float, float] | None
    label_lat: float | None
    label_lon: float | None
    boundary_code: str
    boundary_note: str
    counts: dict[str, int] = field(hash=False)
    fiscal: dict[str, float | None] = field(hash=False)

    @property
    def code(self) -> str:
        """The 5-digit JIS X 0402 code."""
        return self.lg_code[:5]

    @property
    def prefecture_code(self) -> str:
        """The 2-digit JIS X 0401 code of the prefecture."""
        return self.lg_code[:2]

    @property
    def full_name(self) -> str:
        """Prefecture and name, as 「東京都八王子市」."""
        return self.prefecture + self.name

    @property
    def own_name(self) -> str:
        """The name without the parent city: 「北区」 of 「大阪市北区」."""
        parent = _parent_name(self)
        return self.name.removeprefix(parent) if parent else self.name

    @property
    def slug(self) -> str:
        """The name of the place's work folder, as 「132012_八王子市」."""
        return f"{self.lg_code}_{self.name}"

    @property
    def utm_epsg(self) -> int:
        """EPSG code of the JGD2011 / UTM zone (51N–55N: 6688–6692) in which distances are metres.

        The zone is that of the office, or of the label point; east of 150°E (南鳥島) zone 55N is the last.
        Raises PlaceError for a place without any coordinates.
        """
        lon = self.lon if self.lon is not None else self.label_lon
        if lon is None:
            raise PlaceError(
                f"{self.full_name}の座標が分からないため距離を計算できません。別の市区町村を選んでください。"
            )
        zone = min(max(int((lon + 180) // 6) + 1, 51), 55)
        return 6688 + zone - 51

    @cached_property
    def boundary(self) -> GeoDataFrame:
        """The boundary: one row (code, name, geometry) in EPSG:6668, or none where no polygon is known.

        Raises machimap.store.DatasetError when the bundled file is missing or damaged.
        """
        import geopandas
        from pyogrio import read_dataframe

        if not self.boundary_code:
            return geopandas.GeoDataFrame({"code": [], "name": []}, geometry=[], crs=JGD2011)
        path = store.resource_path("boundaries", "boundaries")
        table = read_dataframe(path, where=f"code = '{self.boundary_code}'", bbox=self.bounds, columns=["code", "name"])
        return table.set_crs(JGD2011, allow_override=True)

    def __str__(self) -> str:
        return f"{self.full_name}（{self.lg_code}）"


def all_places() -> tuple[Place, ...]:
    """Return every municipality and ward, in the order of the codes."""
    return _register().places


def by_code(lg_code: str) -> Place:
    """Return the place of a 6-digit code; raises UnknownPlace."""
    try:
        return _register().by_code[lg_code]
    except KeyError as error:
        raise UnknownPlace(
            f"団体コード {lg_code} の市区町村はありません。5桁か6桁のコードを確かめてください。"
        ) from error


def prefectures() -> dict[str, list[Place]]:
    """Return the places of each prefecture, in the order of the codes."""
    grouped: dict[str, list[Place]] = {}
    for place in all_places():
        grouped.setdefault(place.prefecture, []).append(place)
    return grouped


def find(text: str) -> Place:
    """Return the one place that a name, a reading or a code names.

    Takes 「八王子市」「八王子」「東京都八王子市」「府中市（広島県）」「13201」「132012」「はちおうじ」「Hachioji」.
    Raises AmbiguousPlace with the candidates, UnknownPlace with the three nearest spellings.
    """
    key = _normalise(str(text))
    if not key:
        raise UnknownPlace("市区町村の名前が空です。「八王子市」のように入力してください。")
    if key.isdigit():
        return _find_code(key)
    key, hint = _split_hint(key)
    matches = _exact(key)
    if hint:
        narrowed = tuple(place for place in matches if _belongs(place, hint))
        matches = narrowed or (() if matches else matches)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise AmbiguousPlace(_ambiguous_sentence(text, matches), matches)
    raise _unknown(str(text), key)


def _place(row: dict[str, str]) -> Place:
    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    corners = [number(name) for name in ("west", "south", "east", "north")]
    return Place(
        lg_code=row["lg_code"],
        prefecture=row["prefecture"],
        county=row["county"],
        name=row["name"],
        kana=row["kana"],
        romaji=row["romaji"],
        parent_lg_code=row["parent_lg_code"],
        lat=number("lat"),
        lon=number("lon"),
        url=row["url"],
        population_2020=int(row["population_2020"]) if row["population_2020"] else None,
        bounds=None if None in corners else tuple(corners),
        label_lat=number("label_lat"),
        label_lon=number("label_lon"),
        boundary_code=row["boundary_code"],
        boundary_note=row["boundary_note"],
        counts={kind: int(row[f"{kind}_件数"]) for kind in ("指定緊急避難場所", "指定避難所")},
        fiscal={
            name: number(name)
            for name in ("財政力指数", "経常収支比率", "実質公債費比率", "将来負担比率", "ラスパイレス指数")
        },
    )


def _normalise(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    text = re.sub(r"[\s、,・]+", "", text) if not text.isascii() else text.lower()
    return text.replace("ヶ", "ケ").replace("ヵ", "カ")


def _hiragana(text: str) -> str:
    return "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヴ" else char for char in text)


def fold_romaji(text: str) -> str:
    """Return a romaji spelling without the marks that people write differently (long vowels, n/m)."""
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(char for char in text if char.isascii() and char.isalpha())
    text = re.sub(r"m(?=[bpm])", "n", text)
    for long, short in (("ou", "o"), ("oo", "o"), ("uu", "u"), ("oh", "o")):
        text = text.replace(long, short)
    return text


def _split_hint(key: str) -> tuple[str, str]:
    found = _BRACKETS.search(key)
    if not found:
        return key, ""
    return _BRACKETS.sub("", key), found.group(1)


def _belongs(place: Place, hint: str) -> bool:
    names = {place.prefecture, _short_prefecture(place.prefecture), _parent_name(place), place.county, place.lg_code}
    return hint in {_normalise(name) for name in names if name}


def _parent_name(place: Place) -> str:
    return _register().by_code[place.parent_lg_code].name if place.parent_lg_code else ""


def _exact(key: str) -> tuple[Place, ...]:
    index = _register()
    if key in index.full:
        return index.full[key]
    if key in index.name:
        return index.name[key]
    if key in index.short:
        return index.short[key]
    folded = _hiragana(key)
    if folded in index.kana:
        return index.kana[folded]
    if key.isascii():
        for spelling in (key, _ROMAJI_SUFFIX.sub("", key)):
            matches = index.romaji.get(fold_romaji(spelling))
            if matches:
                return matches
    return ()


@dataclass(frozen=True)
class _Register:
    """The table in memory, and the places by every key that people write."""

    places: tuple[Place, ...]
    by_code: dict[str, Place]
    full: dict[str, tuple[Place, ...]]
    name: dict[str, tuple[Place, ...]]
    short: dict[str, tuple[Place, ...]]
    kana: dict[str, tuple[Place, ...]]
    romaji: dict[str, tuple[Place, ...]]


def _register() -> _Register:
    path = store.resource_path("municipalities", "municipalities")
    return _read_register(str(path), store.stamp("municipalities", "municipalities"))


@lru_cache(maxsize=4)
def _read_register(path: str, stamp: str) -> _Register:
    with Path(path).open(encoding="utf-8", newline="") as stream:
        places = tuple(_place(row) for row in csv.DictReader(stream))
    by_code = {place.lg_code: place for place in places}
    index: dict[str, dict[str, list[Place]]] = {kind: {} for kind in ("full", "name", "short", "kana", "romaji")}
    for place in places:
        parent = by_code[place.parent_lg_code].name if place.parent_lg_code else ""
        for kind, key in _keys(place, place.name.removeprefix(parent)):
            known = index[kind].setdefault(key, [])
            if key and not any(place is other for other in known):
                known.append(place)
    tables = {kind: {key: tuple(found) for key, found in table.items()} for kind, table in index.items()}
    return _Register(places, by_code, **tables)


def _keys(place: Place, own_name: str) -> set[tuple[str, str]]:
    """Return (table, key) for every way of writing a place; `own_name` is its name without the parent city."""
    name, own = _normalise(place.name), _normalise(own_name)
    keys = {("name", name), ("name", own)}
    for region in (place.prefecture, _short_prefecture(place.prefecture)):
        keys |= {("full", region + name), ("full", region + place.county + name)}
        keys.add(("short", region + _SUFFIX.sub("", own)))
    if place.county:
        keys.add(("full", place.county + name))
    keys.add(("short", _SUFFIX.sub("", own)))
    for reading in (place.kana.replace(" ", ""), place.kana.rpartition(" ")[2]):
        keys |= {("kana", reading), ("kana", kana_stem(reading, own))}
    return keys | {("romaji", spelling) for spelling in place.romaji.split()}


def _short_prefecture(prefecture: str) -> str:
    return prefecture if prefecture == "北海道" else prefecture[:-1]


def kana_stem(reading: str, own: str) -> str:
    """Return a reading in hiragana without that of 市, 区, 町 or 村, with which the name `own` ends."""
    endings = {"市": ("し",), "区": ("く",), "町": ("ちょう", "まち"), "村": ("そん", "むら")}.get(own[-1:], ())
    for ending in endings:
        if reading.endswith(ending) and len(reading) > len(ending):
            return reading.removesuffix(ending)
    return reading


def _find_code(key: str) -> Place:
    key = key.zfill(5) if len(key) < 5 else key
    for place in all_places():
        if key in (place.lg_code, place.code):
            return place
    changed = _changed(key)
    if changed:
        raise changed
    raise UnknownPlace(f"団体コード「{key}」の市区町村はありません。5桁か6桁のコードを確かめてください。")


def _ambiguous_sentence(text: str, matches: tuple[Place, ...]) -> str:
    names = [place.full_name for place in matches]
    labels = [
        f"{place.prefecture}{place.county}{place.name}（コード{place.lg_code}）"
        if names.count(place.full_name) > 1
        else name
        for place, name in zip(matches, names, strict=True)
    ]
    shown = "、".join(labels[:MAX_NAMED_CANDIDATES])
    more = f"など{len(labels)}か所" if len(labels) > MAX_NAMED_CANDIDATES else f"の{len(labels)}か所"
    return f"「{text.strip()}」は{shown}{more}にあります。この中から1つを選び、そのとおりに入力してください。"


def _unknown(text: str, key: str) -> UnknownPlace:
    for prefecture, members in prefectures().items():
        if key in (prefecture, _short_prefecture(prefecture)):
            example = members[0].full_name
            return UnknownPlace(
                f"「{text}」は都道府県の名前です。「{example}」のように市区町村名まで入力してください。"
            )
    return _changed(key) or _suggest(text, key)


def _changed(key: str) -> UnknownPlace | None:
    path = store.resource_path("municipalities", "changes")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if key in _old_keys(row)]
    if not rows:
        return None
    successors = tuple(by_code(row["新コード"]) for row in rows)
    names = "または".join(f"「{place.name}」" for place in successors)
    year, month, day = map(int, rows[0]["施行日"].split("-"))
    return UnknownPlace(
        f"「{rows[0]['旧名称']}」は{year}年{month}月{day}日に再編されました。{names}と入力してください。", successors
    )


def _old_keys(row: dict[str, str]) -> set[str]:
    return {row["旧名称"], row["都道府県"] + row["旧名称"], row["旧コード"], row["旧コード"][:5]}


def _suggest(text: str, key: str) -> UnknownPlace:
    from rapidfuzz import fuzz, process

    spellings: dict[str, Place] = {}
    for place in all_places():
        for spelling in _spellings(place, key):
            spellings.setdefault(spelling, place)
    ranked = process.extract(
        fold_romaji(key) if key.isascii() else _hiragana(key), list(spellings), scorer=fuzz.ratio, limit=12
    )
    nearest: list[Place] = []
    for spelling, _, _ in ranked:
        if spellings[spelling] not in nearest:
            nearest.append(spellings[spelling])
    suggestions = tuple(nearest[:3])
    names = "、".join(f"「{place.full_name}」" for place in suggestions)
    return UnknownPlace(f"「{text.strip()}」という市区町村は見つかりません。もしかして{names}ですか。", suggestions)


def _spellings(place: Place, key: str) -> tuple[str, ...]:
    if key.isascii():
        return tuple(place.romaji.split())
    reading = _hiragana(key)
    if reading == key and all("ぁ" <= char <= "ゖ" or char == "ー" for char in key):
        return (place.kana.replace(" ", ""),)
    name = _normalise(place.name)
    return (name, _SUFFIX.sub("", name), place.prefecture + name)
