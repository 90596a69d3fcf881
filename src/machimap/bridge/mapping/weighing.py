"""How likely each column of a source is each column of the standard: heads weighed with values, and with their rivals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from machimap.bridge.mapping.values import Profile, fits
from machimap.bridge.mapping.vocabulary import (
    IN_CONTEXT,
    LAST_WORD,
    OFFICIAL,
    WEAK,
    Heading,
    heading,
    is_other,
    speaks_of_another,
    vocabulary,
)
from machimap.places import Place

SAME = 0.985
KEPT = 0.31
LIKELY = 0.7
GOOD, POOR = 0.8, 0.3
SURE_TOGETHER = 0.93
ASTRAY = "見出しと値がずれているらしい"
_SIDE_BY_SIDE = 0.06
# Just above an empty column under the very name, below a filled one.
_OUT_OF_PLACE = 0.925
_TWO_FOR_ONE_HAZARD = 0.85
_IN_THE_TOWN = 0.95
# The standard's own name over values that are no flags: for a person to look at.
_AT_ITS_WORD = 0.5
# Values that prove a likely head when only one column of the table has them.
_PLAIN = {
    "緯度": "fine_latitude",
    "経度": "fine_longitude",
    "郵便番号": "sure_postal",
    "電話番号": "sure_phone",
    "名称_カナ": "kana",
    "名称_英字": "romaji",
    "連絡先メールアドレス": "email",
    "URL": "url",
    "所在地_連結表記": "sure_address",
    "所在地_都道府県": "prefecture",
    "所在地_市区町村": "municipality",
    "利用可能曜日": "days",
}
_MAY_REPEAT = frozenset(["prefecture", "municipality", "days"])
_FEW = 3
NAMED_SO = 0.87
_PROOF = _PLAIN | {"名称": "sure_name"}
_MARGIN = 0.01
_STRICT = frozenset(
    [
        "latitude",
        "longitude",
        "postal",
        "lg_code",
        "url",
        "email",
        "prefecture",
        "body",
        "municipality",
        "flag",
        "days",
        "elevation",
        "extension",
        "corporate",
        "time",
    ]
)
# What values alone can tell: look of the values → columns it speaks for, share needed, confidence.
_TELLING = (
    ("fine_latitude", ("緯度",), 0.8, 0.86),
    ("fine_longitude", ("経度",), 0.8, 0.86),
    ("sure_postal", ("郵便番号",), 0.9, 0.7),
    ("sure_phone", ("電話番号",), 0.9, 0.72),
    ("kana", ("名称_カナ",), 0.9, 0.74),
    ("email", ("連絡先メールアドレス",), 0.9, 0.82),
    ("sure_image", ("画像",), 0.9, 0.74),
    ("url", ("URL",), 0.9, 0.68),
    ("lg_code", ("市区町村コード", "全国地方公共団体コード"), 0.95, 0.74),
    ("prefecture", ("所在地_都道府県", "地方公共団体名"), 0.9, 0.72),
    ("municipality", ("所在地_市区町村", "地方公共団体名"), 0.9, 0.74),
    ("body", ("地方公共団体名",), 0.9, 0.64),
    ("sure_address", ("所在地_連結表記",), 0.7, 0.82),
    ("lot_address", ("所在地_連結表記",), 0.8, 0.62),
    ("sure_name", ("名称",), 0.5, 0.68),
    ("sure_capacity", ("想定収容人数",), 0.8, 0.6),
    ("sure_id", ("ID",), 0.9, 0.66),
)
_LOOK_WORDS = {
    "fine_latitude": "日本の緯度の数",
    "fine_longitude": "日本の経度の数",
    "sure_postal": "郵便番号の形",
    "sure_phone": "電話番号の形",
    "kana": "かな",
    "email": "メールアドレスの形",
    "sure_image": "画像のアドレス",
    "url": "ウェブのアドレス",
    "lg_code": "検査数字の合う自治体のコード",
    "prefecture": "都道府県の名前",
    "municipality": "市区町村の名前",
    "body": "自治体の名前",
    "sure_address": "市区町村の名前から始まる住所",
    "lot_address": "住所の形",
    "sure_name": "施設の名前",
    "sure_capacity": "人数",
    "sure_id": "符号の形",
}


@dataclass(frozen=True)
class Pair:
    """One column of the source for one of the target.

    score: the confidence; weight: what it counts in the assignment (values out of place outweigh an empty column); by_head: the head
    speaks for it and the values agree.
    """

    score: float
    why: str
    pick: str = ""
    weight: float = 0.0
    by_head: bool = False


def weigh(
    heads: list[str], profiles: list[Profile], wanted: list[str], place: Place | None
) -> dict[tuple[int, int], Pair]:
    """Return the pairs worth a thought, by (number in `wanted`, number of the column); heads and profiles go together."""
    found: dict[tuple[int, int], Pair] = {}
    for number, (head, values) in enumerate(zip(heads, profiles, strict=True)):
        by_head = {name: pair for name in wanted if (pair := _by_head(head, name, values, wanted))}
        believed = max((pair.score for pair in by_head.values()), default=0.0)
        by_values = _by_values(head, values, believed, wanted, place)
        for position, name in enumerate(wanted):
            best = max((by_head.get(name), by_values.get(name)), key=lambda pair: pair.score if pair else -1.0)
            if best and best.score >= KEPT:
                found[position, number] = best
    return _doubted(_plain(found, profiles, wanted), wanted)


def _plain(
    found: dict[tuple[int, int], Pair], profiles: list[Profile], wanted: list[str]
) -> dict[tuple[int, int], Pair]:
    """Be sure of a likely head whose values hardly any other column has, where no other column of the table has them."""
    alone = {}
    for look in set(_PLAIN.values()):
        like = [number for number, values in enumerate(profiles) if values.share(look) >= 0.5]
        if len(like) == 1 and profiles[like[0]].share(look) >= 0.97 and _vary(profiles[like[0]], look):
            alone[look] = like[0]
    if (named := _only_name(found, profiles, wanted)) is not None:
        alone["sure_name"] = named
    return {
        (position, number): replace(pair, score=SURE_TOGETHER, why=f"{pair.why}。このような値の列はほかにない")
        if pair.by_head and LIKELY < pair.score < SURE_TOGETHER and alone.get(_PROOF.get(wanted[position])) == number
        else pair
        for (position, number), pair in found.items()
    }


def _only_name(found: dict[tuple[int, int], Pair], profiles: list[Profile], wanted: list[str]) -> int | None:
    """Return the number of the one column whose head speaks of a name and whose values are different names, or None.

    A head that all but says so needs no more; another needs values that end as places do, and no other such column.
    """
    believed = {
        number: pair.score
        for (position, number), pair in found.items()
        if wanted[position] == "名称" and pair.score > LIKELY and pair.by_head
    }
    if len(believed) != 1:
        return None
    number, score = next(iter(believed.items()))
    like = [values for values in profiles if values.share("sure_name") >= 0.5 and values.share("lot_address") < 0.5]
    if profiles[number].unique <= 0.9:
        return None
    ends = profiles[number].share("sure_name") >= 0.6
    return number if score >= NAMED_SO or (ends and (score >= WEAK or len(like) == 1)) else None


def _vary(values: Profile, look: str) -> bool:
    """Tell whether the values are those of many places, not one office's again and again."""
    return look in _MAY_REPEAT or values.unique > 0.5 or values.filled < _FEW


def _by_head(head: str, name: str, values: Profile, wanted: list[str]) -> Pair | None:
    told, pick = heading(head, name), ""
    if (other := vocabulary().or_else(name)) and other not in wanted:
        told = max(told, heading(head, other), key=lambda one: one.score)
    if values.label and told.score < OFFICIAL:
        label = heading(values.label, name)
        if label.score > max(told.score, LIKELY):
            told, pick = Heading(label.score * 0.85, f"値の前に「{values.label}」と書かれている"), values.label
    if not told.score:
        return None
    look = vocabulary().look(name)
    if values.blank:
        return Pair(_for_blank(told), f"{told.why}（中身は空）")
    if pick:
        return Pair(told.score, told.why, pick)
    fit = fits(values, look)
    if fit >= GOOD:
        return Pair(min(told.score, 0.99) * (0.95 + 0.05 * fit), f"{told.why}。値も合う", by_head=not told.spelt)
    if fit >= POOR:
        return Pair(told.score * (0.5 + 0.45 * fit), f"{told.why}。ただし値の{1 - fit:.0%}は合わない")
    if told.score >= OFFICIAL and look == "flag":
        return Pair(_AT_ITS_WORD, f"{told.why}。ただし値がほとんど合わない")
    if look in _STRICT:
        return None
    return Pair(0.4 * told.score, f"{told.why}。ただし値がほとんど合わない")


def _for_blank(told: Heading) -> float:
    if told.score >= OFFICIAL:
        return 0.92
    return 0.88 if told.score >= IN_CONTEXT else told.score * 0.8


def _by_values(head: str, values: Profile, believed: float, wanted: list[str], place: Place | None) -> dict[str, Pair]:
    if values.blank or believed >= LIKELY:
        return {}
    another = speaks_of_another(head)
    unknown = another or is_other(head)
    named = any(heading(head, name).score >= LAST_WORD for name in vocabulary().columns)
    found: dict[str, Pair] = {}
    for look, names, needed, confidence in _TELLING:
        if unknown and look not in ("fine_latitude", "fine_longitude"):
            continue
        share = values.share(look)
        if share < needed or (look == "sure_name" and values.unique < 0.7 and values.rows > 3):
            continue
        if look.startswith("fine_") and not named and not another and _inside(values, look, place):
            confidence = _IN_THE_TOWN
        for rank, name in enumerate(names):
            if name in wanted and name not in found:
                score = (confidence - 0.04 * rank) * (0.9 if named else 1.0)
                weight = _OUT_OF_PLACE + 0.01 * score if named else 0.0
                found[name] = Pair(score, _told_by_values(head, look, share, named), weight=weight)
    return found


def _inside(values: Profile, look: str, place: Place | None) -> bool:
    """Tell whether nearly all values of a coordinate lie within the municipality's bounds."""
    if place is None or place.bounds is None:
        return False
    west, south, east, north = place.bounds
    low, high = (south, north) if look == "fine_latitude" else (west, east)
    numbers = pd.to_numeric(pd.Series(values.cells, dtype="str"), errors="coerce")
    return bool(numbers.between(low - _MARGIN, high + _MARGIN).mean() >= 0.95)


def _told_by_values(head: str, look: str, share: float, named: bool) -> str:
    words = f"値の{share:.0%}が{_LOOK_WORDS[look]}"
    return (
        f"見出しは「{head}」だが、{words}なので、見出しと値がずれているらしい"
        if named
        else f"見出しでは分からないが、{words}"
    )


def _doubted(found: dict[tuple[int, int], Pair], wanted: list[str]) -> dict[tuple[int, int], Pair]:
    """Lower the confidence of a pair that has a rival nearly as good for the same column of the target."""
    rivals: dict[int, list[float]] = {}
    best: dict[int, float] = {}
    for (_, number), pair in found.items():
        best[number] = max(pair.score, best.get(number, 0.0))
    for (position, number), pair in found.items():
        if pair.score >= best[number] - _SIDE_BY_SIDE:
            rivals.setdefault(position, []).append(pair.score)
    return {place: _beside_rivals(pair, rivals.get(place[0], []), wanted[place[0]]) for place, pair in found.items()}


def _beside_rivals(pair: Pair, rivals: list[float], name: str) -> Pair:
    close = [score for score in rivals if score >= pair.score - _SIDE_BY_SIDE]
    likely = [score for score in rivals if score >= LIKELY]
    score = pair.score
    if len(close) > 1 and pair.score < SAME:
        score = pair.score * 0.88
    elif len(likely) > 1 and pair.score < SAME and vocabulary().hazard(name):
        score = min(pair.score, _TWO_FOR_ONE_HAZARD)
    why = pair.why if score == pair.score else f"{pair.why}。ほかにも候補の列がある"
    return replace(pair, score=score, weight=pair.weight or score, why=why)
