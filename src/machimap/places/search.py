"""The register of all municipalities, and finding the one that a text names."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from machimap import store
from machimap.places.place import AmbiguousPlace, Place, UnknownPlace, check_digit
from machimap.places.spelling import (
    fold_romaji,
    hiragana,
    is_kana,
    kana_stem,
    loose_romaji,
    normalise,
    romaji_spellings,
    short_prefecture,
    shown,
    split_hint,
    stem,
)

MAX_NAMED_CANDIDATES = 30
MAX_COMPARED = 60
CHECK_CODE = "5桁か6桁のコードを確かめてください"


def all_places() -> tuple[Place, ...]:
    """Return every municipality and ward, in the order of the codes."""
    return _register().places


def by_code(lg_code: str) -> Place:
    """Return the place of a 6-digit code; raises UnknownPlace."""
    try:
        return _register().by_code[lg_code]
    except KeyError as error:
        raise _unknown_code(lg_code) from error


def prefectures() -> dict[str, list[Place]]:
    """Return the places of each prefecture, in the order of the codes."""
    grouped: dict[str, list[Place]] = {}
    for place in all_places():
        grouped.setdefault(place.prefecture, []).append(place)
    return grouped


def find(text: str) -> Place:
    """Return the one place that a name, a reading or a code names.

    Takes 「八王子市」「八王子」「東京都八王子市」「府中市（広島県）」「大阪北区」「13201」「132012」「はちおうじ」
    「はちおうじ市」「Hachiōji」. A code may have lost its leading zero; five digits are read as a 5-digit code first.
    Raises AmbiguousPlace with the candidates, UnknownPlace with the three nearest spellings.
    """
    text = str(text)
    key = normalise(text)
    if not shown(key):
        raise UnknownPlace("市区町村の名前が空なので、「八王子市」のように入力してください。")
    if key.isdecimal():
        return _find_code(key)
    key, hint = split_hint(key)
    matches = tuple(place for place in _exact(key) if not hint or _belongs(place, hint))
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise AmbiguousPlace(_ambiguous_sentence(text, matches), matches)
    raise _unknown(text, hint + key)


@dataclass(frozen=True, eq=False)
class _Register:
    """The table in memory; `tables` hold the places by every key that people write, the strictest first."""

    places: tuple[Place, ...]
    by_code: dict[str, Place]
    tables: dict[str, dict[str, tuple[Place, ...]]]


def _register() -> _Register:
    path = store.resource_path("municipalities", "municipalities")
    return _read_register(str(path), store.stamp("municipalities", "municipalities"))


@lru_cache(maxsize=4)
def _read_register(path: str, stamp: str) -> _Register:
    with Path(path).open(encoding="utf-8", newline="") as stream:
        places = tuple(Place.from_row(row) for row in csv.DictReader(stream))
    tables = _tables(places, ("code", "full", "name", "short", "kana"), _keys)
    return _Register(places, {place.lg_code: place for place in places}, tables)


@lru_cache(maxsize=4)
def _latin_tables(register: _Register) -> dict[str, dict[str, tuple[Place, ...]]]:
    """The places by their spellings in Latin letters, made when somebody first writes them so."""
    return _tables(register.places, ("romaji", "loose"), _latin_keys)


def _tables(
    places: Iterable[Place], kinds: Iterable[str], keys: Callable[[Place], set[tuple[str, str]]]
) -> dict[str, dict[str, tuple[Place, ...]]]:
    tables: dict[str, dict[str, list[Place]]] = {kind: {} for kind in kinds}
    for place in places:
        for kind, key in keys(place):
            if key:
                tables[kind].setdefault(key, []).append(place)
    return {kind: {key: tuple(found) for key, found in table.items()} for kind, table in tables.items()}


def _keys(place: Place) -> set[tuple[str, str]]:
    """Return (table, key) for every way of writing a place in Japanese."""
    name, own, city = normalise(place.name), normalise(place.own_name), normalise(place.parent_name)
    keys = {("code", place.lg_code), ("code", place.code)}
    keys |= {("name", name), ("name", own), ("short", stem(own))}
    if place.county:
        keys.add(("full", place.county + name))
    for region in (place.prefecture, short_prefecture(place.prefecture)):
        keys |= {("full", region + name), ("full", region + place.county + name), ("full", region + own)}
        keys.add(("short", region + stem(own)))
    if city:
        keys |= {("full", stem(city) + own), ("short", city + stem(own)), ("short", stem(city) + stem(own))}
    for reading in (place.kana.replace(" ", ""), place.kana.rpartition(" ")[2]):
        bare = kana_stem(reading, own)
        keys |= {("kana", reading), ("kana", bare), ("kana", bare + own[-1:])}
    return keys


def _latin_keys(place: Place) -> set[tuple[str, str]]:
    spellings = place.romaji.split()
    return {("romaji", text) for text in spellings} | {("loose", loose_romaji(text)) for text in spellings}


def _exact(key: str) -> tuple[Place, ...]:
    register = _register()
    latin = romaji_spellings(key)
    tries = [("full", key), ("name", key), ("short", key), ("kana", hiragana(key))]
    found = _first(register.tables, tries)
    if found or not latin:
        return found
    tries = [("romaji", fold_romaji(text)) for text in latin] + [("loose", loose_romaji(text)) for text in latin]
    return _first(_latin_tables(register), tries)


def _first(tables: dict[str, dict[str, tuple[Place, ...]]], tries: list[tuple[str, str]]) -> tuple[Place, ...]:
    return next((tables[kind][text] for kind, text in tries if text in tables[kind]), ())


def _belongs(place: Place, hint: str) -> bool:
    regions = {place.prefecture, place.parent_name, place.county}
    names = {normalise(name) for name in regions} | {short_prefecture(place.prefecture), stem(place.parent_name)}
    return hint in names - {""} or hint.removeprefix("コード") in (place.lg_code, place.code)


def _find_code(key: str) -> Place:
    by_code = _register().tables["code"]
    tries = (key, key.zfill(5), key.zfill(6))
    for code in tries:
        if code in by_code:
            return by_code[code][0]
    gone = next((found for code in tries if (found := _reorganised(code, f"団体コード「{shown(key)}」"))), None)
    raise gone or _prefecture_only(key) or _unknown_code(key)


def _unknown_code(key: str) -> UnknownPlace:
    return UnknownPlace(f"団体コード「{shown(key)}」の市区町村はないので、{CHECK_CODE}。")


def _label(place: Place) -> str:
    if len(_register().tables["full"][normalise(place.full_name)]) == 1:
        return place.full_name
    return f"{place.prefecture}{place.county}{place.name}（コード{place.lg_code}）"


def _ambiguous_sentence(text: str, matches: tuple[Place, ...]) -> str:
    named = "、".join(_label(place) for place in matches[:MAX_NAMED_CANDIDATES])
    more = "など" if len(matches) > MAX_NAMED_CANDIDATES else "の"
    return (
        f"「{shown(text)}」は{named}{more}{len(matches)}か所にあるので、"
        "この中から1つを選び、そのとおりに入力してください。"
    )


def _unknown(text: str, key: str) -> UnknownPlace:
    return _prefecture_only(key) or _reorganised(key, f"「{shown(text)}」") or _suggest(text, key)


def _prefecture_only(key: str) -> UnknownPlace | None:
    for prefecture, members in prefectures().items():
        code = members[0].prefecture_code
        if key in (prefecture, short_prefecture(prefecture), code, f"{code}000") or key[:-1] == f"{code}000":
            what = "コード" if key.isdecimal() else "名前"
            return UnknownPlace(
                f"「{shown(key)}」は都道府県の{what}なので、"
                f"「{members[0].full_name}」のように市区町村名まで入力してください。"
            )
    return None


def _reorganised(key: str, quoted: str) -> UnknownPlace | None:
    path = store.resource_path("municipalities", "changes")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if key in _old_keys(row)]
    rows = [row for row in rows if row["旧コード"] == rows[0]["旧コード"]]
    if not rows:
        return None
    successors = tuple(by_code(row["新コード"]) for row in rows)
    names = "か".join(f"「{place.name}」" for place in successors)
    day = "{}年{}月{}日の".format(*map(int, rows[0]["施行日"].split("-"))) if rows[0]["施行日"] else ""
    former = "" if rows[0]["旧名称"] in quoted else f"（旧{rows[0]['旧名称']}）"
    return UnknownPlace(f"{quoted}{former}は{day}再編でなくなったので、{names}と入力してください。", successors)


def _old_keys(row: dict[str, str]) -> set[str]:
    code, name = row["旧コード"], row["旧名称"]
    return {code, code + check_digit(code), name, row["都道府県"] + name, name.rpartition("市")[2]}


def _suggest(text: str, key: str) -> UnknownPlace:
    from rapidfuzz import fuzz, process

    key = key[:MAX_COMPARED]
    reading = hiragana(stem(key))
    script = "romaji" if key.isascii() else "kana" if is_kana(reading) else "kanji"
    typed = {"romaji": fold_romaji(key), "kana": reading, "kanji": hiragana(key)}[script]
    spellings = _spellings(_register(), script)
    ranked = process.extract(typed, spellings.keys(), scorer=fuzz.ratio, limit=40, score_cutoff=1)
    # Of names that are equally near, one that stands in the typed text or begins like it is the likelier.
    ranked.sort(key=lambda one: (-one[1], one[0] not in typed, one[0][0] != typed[0]))
    suggestions = tuple(dict.fromkeys(spellings[spelling] for spelling, _, _ in ranked))[:3]
    if not suggestions:
        return UnknownPlace(f"「{shown(text)}」は見つからないので、「八王子市」のように入力してください。")
    names = "".join(f"「{_label(place)}」" for place in suggestions)
    return UnknownPlace(
        f"「{shown(text)}」は見つからないので、{names}などではないか確かめて、正しい名前を入れてください。",
        suggestions,
    )


@lru_cache(maxsize=6)
def _spellings(register: _Register, script: str) -> dict[str, Place]:
    """Return a place for every spelling that a mistyped name is compared with, by script (romaji, kana, kanji)."""
    found: dict[str, Place] = {}
    for place in register.places:
        name = hiragana(normalise(place.name))
        texts = {
            "romaji": place.romaji.split(),
            "kana": [place.kana.replace(" ", "")],
            "kanji": [name, stem(name), place.prefecture + name],
        }
        for text in filter(None, texts[script]):
            found.setdefault(text, place)
    return found
