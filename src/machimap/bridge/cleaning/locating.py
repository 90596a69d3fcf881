"""Which municipality each row belongs to, by its own codes and address; and the columns that follow from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from machimap import places
from machimap.bridge.cleaning.addresses import Split, belongs, city, place_of, split, spoilt_lot
from machimap.bridge.cleaning.codes import code_candidates, known_codes
from machimap.bridge.cleaning.guessing import COMPLETED, IN_FULL, OTHER_TOWN, Guess, by_most, by_search
from machimap.bridge.sheet import Sheet
from machimap.places import Place

if TYPE_CHECKING:
    from machimap.bridge.address_search import Search

ADDRESS = "所在地_連結表記"
LOCATION_CODE, PUBLISHER_CODE, LIST_CODE = "所在地_全国地方公共団体コード", "全国地方公共団体コード", "市区町村コード"
PREFECTURE, MUNICIPALITY, TOWN, LOT = "所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下"
BUILDING, PUBLISHER = "建物名等(方書)", "地方公共団体名"
PARTS = (PREFECTURE, MUNICIPALITY, TOWN, LOT)
# Codes say more than a list's own municipality: a row's place first, then its publisher.
CODES = (LOCATION_CODE, LIST_CODE, PUBLISHER_CODE)
CERTAIN, FROM_CODE, FROM_LIST = 0.98, 0.95, 0.9


@dataclass(frozen=True)
class Located:
    """What is known of each row's place: the parts of its address, the municipality (or ward), the publisher.

    guesses: the rows whose municipality is likely, but told by no word of their own; troubles: why the address search
    did not tell it either.
    """

    splits: list[Split]
    places: list[Place | None]
    publishers: list[Place | None]
    guesses: dict[int, Guess]
    troubles: dict[int, str]

    def own_split(self, row: int) -> Split:
        """Return the parts of an address as the row alone tells them."""
        return self.guesses[row].before if row in self.guesses else self.splits[row]


def locate(sheet: Sheet, place: Place | None, search: Search | None = None) -> Located:
    """Find each row's municipality, and fill the blank columns that follow from its address and codes.

    所在地_連結表記 is joined from its parts where only they are given, and gains the prefecture and municipality that
    it lacks. The other columns get what the address says, so that the parts joined in order give the address; a
    part that is given and differs is left alone. search: asked about addresses whose municipality cannot be told
    otherwise (see `guessing` for what counts without any). Publisher columns (全国地方公共団体コード, 市区町村コード,
    地方公共団体名) of a list that is one municipality's own get that one; else each row gets its own.
    """
    _join_parts(sheet)
    splits, found = whereabouts(sheet, place)
    guesses, troubles = _guesses(sheet, splits, found, place, search)
    for row, guess in guesses.items():
        splits[row], found[row] = guess.part, guess.part.place
    located = Located(splits, found, _publishers(sheet, splits, found, place), guesses, troubles)
    _settle_codes(sheet, located)
    _tell_doubts(sheet, located)
    _complete_address(sheet, located, place)
    if search is not None:
        search.share({guess.asked: sheet.cells[ADDRESS][row] for row, guess in guesses.items() if guess.asked})
    _mend_lots(sheet, located)
    _fill_parts(sheet, located, place)
    _fill_codes(sheet, located)
    return located


def whereabouts(sheet: Sheet, place: Place | None) -> tuple[list[Split], list[Place | None]]:
    """Return the parts of each row's address, and its municipality (or ward) by address, codes and the list's own."""
    hints = _hints(sheet, place)
    splits = [split(text, hint) for text, hint in zip(sheet.cells[ADDRESS], hints, strict=True)]
    return splits, [part.place or place_of(hint) for part, hint in zip(splits, hints, strict=True)]


def _guesses(
    sheet: Sheet, splits: list[Split], found: list[Place | None], place: Place | None, search: Search | None
) -> tuple[dict[int, Guess], dict[int, str]]:
    """Return guesses for written addresses whose municipality is unknown, and why the search has none for the others."""
    addresses = sheet.cells[ADDRESS]
    lost = [row for row, part in enumerate(splits) if addresses[row] and (found[row] is None or part.ambiguous)]
    columns = [*(column for column in CODES if sheet.has(column)), MUNICIPALITY]
    bare = [row for row in lost if not any(sheet.cells[column][row] for column in columns)]
    own = {row: splits[row].prefecture or _prefecture(sheet, row) for row in lost}
    guesses = {} if place else by_most(addresses, splits, bare, sheet)
    guesses = {row: one for row, one in guesses.items() if own[row] in ("", one.part.place.prefecture)}
    asked = [row for row in lost if row not in guesses]
    if search is None:
        return guesses, {}
    near = (place.lg_code if place else _prefecture_of_most(sheet))[:2]
    more, troubles = by_search(addresses, splits, asked, sheet, search, [own[row] for row in asked])
    for row, one in list(more.items()):
        if own[row] == "" and near not in ("", one.part.place.prefecture_code):
            troubles[row] = (
                f"住所検索の答え（{more.pop(row).part.place.full_name}）は、一覧のほかの住所と都道府県が違う"
            )
    return guesses | more, troubles


def _prefecture(sheet: Sheet, row: int) -> str:
    """Return the prefecture that a row's own columns name, "" when they name none."""
    codes = (sheet.cells[column][row] for column in CODES if sheet.has(column))
    return _prefecture_of(sheet.cells[PREFECTURE][row], next(filter(None, codes), ""))


@lru_cache(maxsize=1_024)
def _prefecture_of(name: str, code: str) -> str:
    members = places.prefectures()
    if name in members:
        return name
    known = code if code in known_codes() else ""
    return next((name for name, towns in members.items() if known and towns[0].prefecture_code == known[:2]), "")


def _join_parts(sheet: Sheet) -> None:
    rows = np.flatnonzero(sheet.blank(ADDRESS) & ~sheet.blank(TOWN))
    joined = ["".join(sheet.cells[part][row] for part in PARTS) for row in rows]
    sheet.put(ADDRESS, rows, np.array(joined, dtype=object), "住所の部分をつなぐ", "所在地の列", CERTAIN)


def _hints(sheet: Sheet, place: Place | None) -> list[str]:
    """Return for each row the code of the municipality (else of the prefecture) that its own columns or the list name."""
    given = [sheet.cells[column] for column in CODES if sheet.has(column)]
    rest = place.lg_code if place else _prefecture_of_most(sheet)
    named: dict[tuple[str, ...], str] = {}
    hints = []
    for row in zip(*given, sheet.cells[PREFECTURE], sheet.cells[MUNICIPALITY], strict=True):
        if row not in named:
            named[row] = _hint(row[: len(given)], *row[len(given) :], rest)
        hints.append(named[row])
    return hints


def _hint(codes: tuple[str, ...], prefecture: str, municipality: str, rest: str) -> str:
    known = [code for code in codes if code in known_codes()]
    whole = [code for code in known if place_of(code)]
    if whole:
        return whole[0]
    if municipality:
        named = split(prefecture + municipality, known[0] if known else rest)
        if named.place and not named.guessed:
            return named.place.lg_code
    inside = next((code for code in known if not rest.startswith(code[:2])), "")
    return inside or rest or (known[0] if known else "")


def _prefecture_of_most(sheet: Sheet) -> str:
    """Return the code of the prefecture that four in five of the addresses name, "" when there is none."""
    addresses = sheet.cells[ADDRESS]
    sample = [split(text).place for text in addresses[:: max(len(addresses) // 500, 1)] if text]
    counted = Counter(found.prefecture_code for found in sample if found).most_common(1)
    if not counted or counted[0][1] * 5 < len(sample) * 4:
        return ""
    code = counted[0][0] + "000"
    return code + places.check_digit(code)


def _publishers(
    sheet: Sheet, splits: list[Split], found: list[Place | None], place: Place | None
) -> list[Place | None]:
    named = [part.place for part in splits if part.place and not part.guessed]
    if place and 2 * sum(belongs(one, place) for one in named) >= len(named):
        return [place] * len(sheet)
    return [city(one) if one else None for one in found]


def _settle_codes(sheet: Sheet, located: Located) -> None:
    """Let the address choose between the two codes that five digits may stand for."""
    for column in CODES:
        if not sheet.has(column):
            continue
        rows, codes = [], []
        for row, cell in enumerate(sheet.cells[column]):
            one = located.splits[row].place if len(cell) == 5 else None
            named = [place_of(code) for code in code_candidates(cell)] if one else []
            fits = [found.lg_code for found in named if found and belongs(found, one)]
            if len(fits) == 1 and not located.splits[row].guessed:
                rows.append(row)
                codes.append(fits[0])
        sheet.settle(column, rows)
        _put(sheet, column, rows, codes, "5桁のコードを、住所に合う6桁にする", ADDRESS, CERTAIN)


def _tell_doubts(sheet: Sheet, located: Located) -> None:
    written = ~sheet.blank(ADDRESS)
    several = np.array([part.ambiguous for part in located.splits], dtype=bool) & written
    unknown = np.array([one is None for one in located.places], dtype=bool) & written & ~several
    for rows, problem, action in (
        (several, "同じ名前の市区町村がいくつもあり、どこか決められない", IN_FULL),
        (unknown, "住所から市区町村が分からない", "都道府県と市区町村から住所を書いてください。"),
    ):
        rows = np.flatnonzero(rows)
        troubles = [located.troubles.get(row, "") for row in rows]
        told = [f"{problem}（{trouble}）" if trouble else problem for trouble in troubles]
        sheet.doubt(ADDRESS, rows, np.array(told, dtype=object), action)
    guessed = [one.problem for one in located.guesses.values()]
    sheet.doubt(ADDRESS, list(located.guesses), np.array(guessed, dtype=object), OTHER_TOWN)
    codes = sheet.cells[LOCATION_CODE]
    against = [
        row
        for row, part in enumerate(located.splits)
        if codes[row] and part.place and not part.guessed and _contradicts(part.place, codes[row])
    ]
    problem = np.array(
        [f"住所は{located.splits[row].place.full_name}だが、コードは違う" for row in against], dtype=object
    )
    sheet.doubt(LOCATION_CODE, against, problem, "住所とコードのどちらが正しいか確かめてください。")


def _contradicts(named: Place, code: str) -> bool:
    coded = place_of(code)
    return coded is not None and not belongs(named, coded)


def _complete_address(sheet: Sheet, located: Located, place: Place | None) -> None:
    """Put the prefecture and municipality before an address that lacks them."""
    rows, values = [], []
    for row, (text, part) in enumerate(zip(sheet.cells[ADDRESS], located.splits, strict=True)):
        if not text or part.place is None or (part.prefecture and not part.guessed):
            continue
        rest = text.removeprefix(part.prefecture).lstrip()
        lacking = part.place.parent_name if not part.municipality and not part.guessed else ""
        lacking = part.place.county + part.place.name if part.guessed else lacking
        rows.append(row)
        values.append(part.place.prefecture + lacking + rest)
    rules = [located.guesses[row].rule if row in located.guesses else COMPLETED for row in rows]
    _put(sheet, ADDRESS, rows, values, rules, *_grounds(located, rows, place))


def _mend_lots(sheet: Sheet, located: Located) -> None:
    """Write a lot that a spreadsheet made a date of (1月20日, Jan-20) as the whole address has it (1-20)."""
    read = [(row, spoilt_lot(cell)) for row, cell in enumerate(sheet.cells[LOT]) if cell]
    rows = [row for row, lot in read if lot and (located.splits[row].lot + "-").startswith(f"{lot}-")]
    lots = [located.splits[row].lot for row in rows]
    sheet.settle(LOT, rows)
    _put(sheet, LOT, rows, lots, "日付に変わった番地を、住所の全体から書き直す", ADDRESS, CERTAIN)


def _fill_parts(sheet: Sheet, located: Located, place: Place | None) -> None:
    """Fill the blank parts of the address, each only beside parts that agree with it."""
    known = [row for row, part in enumerate(located.splits) if part.place and sheet.cells[ADDRESS][row]]
    _fill(sheet, located, place, PREFECTURE, known, lambda part: part.place.prefecture)
    _fill(sheet, located, place, MUNICIPALITY, known, _municipality)
    lots = sheet.cells[LOT].copy()
    free = [row for row in known if lots[row] in ("", located.splits[row].lot)]
    _fill(sheet, located, place, TOWN, free, _town)
    towns = sheet.cells[TOWN]
    agreeing = [row for row in known if towns[row] == _town(located.splits[row])]
    _fill(sheet, located, place, LOT, agreeing, lambda part: part.lot)
    lots = sheet.cells[LOT]
    agreeing = [row for row in agreeing if lots[row] == located.splits[row].lot]
    _fill(sheet, located, place, BUILDING, agreeing, lambda part: part.building)


def _municipality(part: Split) -> str:
    return part.place.parent_name or part.place.county + part.place.name


def _town(part: Split) -> str:
    ward = part.place.own_name if part.place.parent_lg_code and part.guessed else ""
    return ward + part.town


def _fill(sheet: Sheet, located: Located, place: Place | None, column: str, among: list[int], value) -> None:
    blank = sheet.blank(column)
    rows = [row for row in among if blank[row]]
    parts = [located.splits[row] for row in rows]
    values = [value(part) for part in parts]
    _put(sheet, column, rows, values, "住所から分ける", *_grounds(located, rows, place))


def _fill_codes(sheet: Sheet, located: Located) -> None:
    blank = sheet.blank(LOCATION_CODE)
    written = ~sheet.blank(ADDRESS)
    own = [row for row, part in enumerate(located.splits) if blank[row] and written[row] and part.place]
    codes = [located.splits[row].place.lg_code for row in own]
    _put(sheet, LOCATION_CODE, own, codes, "住所の市区町村のコードを書く", *_as_sure(located, own, ADDRESS, FROM_CODE))
    for column in (LIST_CODE, PUBLISHER_CODE):
        if sheet.has(column):
            rows = [row for row, one in enumerate(located.publishers) if one and sheet.cells[column][row] == ""]
            codes = [located.publishers[row].lg_code for row in rows]
            grounds = _as_sure(located, rows, "住所と指定したまち", FROM_LIST)
            _put(sheet, column, rows, codes, "一覧を出した市区町村のコードを書く", *grounds)
    _fill_publisher(sheet)


def _fill_publisher(sheet: Sheet) -> None:
    """Fill the publisher's name by its code."""
    codes, blank = sheet.cells[PUBLISHER_CODE], sheet.blank(PUBLISHER)
    names = {code: _name_of(code) for code in set(codes)}
    rows = [row for row in np.flatnonzero(blank) if names[codes[row]]]
    values = [names[codes[row]] for row in rows]
    _put(sheet, PUBLISHER, rows, values, "コードから団体の名前を書く", PUBLISHER_CODE, FROM_CODE)


def _name_of(code: str) -> str:
    if one := place_of(code):
        return one.full_name
    if code not in known_codes():
        return ""
    return next(name for name, members in places.prefectures().items() if members[0].prefecture_code == code[:2])


def _grounds(located: Located, rows: list[int], place: Place | None) -> tuple[list[str], list[float]]:
    """Return for each row where its municipality is known from, and how sure that is."""
    known = {}
    for row in rows:
        part, guess = located.splits[row], located.guesses.get(row)
        known[row] = (guess.evidence, guess.confidence) if guess else (_source(part, place), _confidence(part, place))
    return [known[row][0] for row in rows], [known[row][1] for row in rows]


def _as_sure(located: Located, rows: list[int], evidence: str, confidence: float) -> tuple[list[str], list[float]]:
    """Return evidence and confidence for each row, those of its guess where there is one."""
    guesses = [located.guesses.get(row) for row in rows]
    return [one.evidence if one else evidence for one in guesses], [
        one.confidence if one else confidence for one in guesses
    ]


def _source(part: Split, place: Place | None) -> str:
    if not part.guessed:
        return "住所にある市区町村の名前"
    return f"指定したまち（{place.full_name}）" if _is_given(part, place) else "この行のコード"


def _confidence(part: Split, place: Place | None) -> float:
    if not part.guessed:
        return CERTAIN
    return FROM_LIST if _is_given(part, place) else FROM_CODE


def _is_given(part: Split, place: Place | None) -> bool:
    return place is not None and part.place.lg_code == place.lg_code


def _put(sheet: Sheet, column: str, rows, values, rule, evidence, confidence) -> None:
    if rows:
        rule = np.array(rule, dtype=object) if isinstance(rule, list) else rule
        evidence = np.array(evidence, dtype=object) if isinstance(evidence, list) else evidence
        confidence = np.array(confidence, dtype=object) if isinstance(confidence, list) else confidence
        sheet.put(column, np.array(rows), np.array(values, dtype=object), rule, evidence, confidence)
