"""Which column of a source goes to which column of the standard: heads and values weighed, one to one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from machimap.assignment import choose
from machimap.bridge.mapping.hazards import names_hazards, only_stays, says_all
from machimap.bridge.mapping.values import Profile, fits, profile
from machimap.bridge.mapping.vocabulary import IN_CONTEXT, OFFICIAL, Heading, heading, is_other, vocabulary
from machimap.bridge.records import Mapping, Match
from machimap.bridge.targets import Target
from machimap.places import Place

SURE = 0.9
SAME = 0.985
KEPT = 0.31
_LIKELY = 0.7
_GOOD, _POOR = 0.8, 0.3
_SIDE_BY_SIDE = 0.06
# Just above an empty column under the very name, below a filled one.
_OUT_OF_PLACE = 0.925
_TWO_FOR_ONE_HAZARD = 0.85
_IN_THE_TOWN = 0.95
_SHIFTED = 0.8
_ALL_AT_ONCE = 0.55
_ENOUGH = 3
_ASTRAY = "見出しと値がずれているらしい"
# Looks that a wrong column hardly has by chance.
_TELLING_LOOKS = frozenset(
    [
        "latitude",
        "longitude",
        "postal",
        "lg_code",
        "prefecture",
        "municipality",
        "kana",
        "url",
        "email",
        "phone",
        "address",
    ]
)
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
class _Pair:
    """score: the confidence; weight: what it counts in the assignment (values out of place outweigh an empty column)."""

    score: float
    why: str
    pick: str = ""
    weight: float = 0.0


def propose(table: pd.DataFrame, target: Target, *, place: Place | None = None, title: str = "") -> Mapping:
    """Return the best one-to-one mapping of a table's columns to a list of the standard.

    table: strings, blanks ""; place: the municipality, if all rows lie in it; title: the name of the table or file, which may tell what kind of list it is. Every
    match has a confidence (above 0.9 no tick is needed) and Japanese evidence. Several hazards in one cell, latitude and
    longitude in one cell and values with a label before them are taken apart by `Match.pick`. A list of 指定避難所
    gives no hazard flags.
    """
    columns = [str(name) for name in table.columns]
    profiles = {name: profile(table[name]) for name in columns}
    stays = only_stays(title, table)
    # A flag of a list of 指定避難所 says when it is opened, not what it protects from.
    wanted = [name for name in target.names if not (stays and vocabulary().hazard(name))]
    heads, moved = _heads(columns, profiles)
    scores = _scores(heads, [profiles[name] for name in columns], wanted, place)
    matches = _assigned(columns, wanted, scores)
    matches = _out_of_place(matches, moved)
    matches = _with_pairs(matches, columns, profiles)
    matches = _with_hazards(matches, table, profiles, wanted)
    order = {name: number for number, name in enumerate(target.names)}
    matches = sorted(matches, key=lambda match: order[match.target])
    used = {match.source for match in matches}
    return Mapping(tuple(matches), tuple(name for name in columns if name not in used))


def _heads(columns: list[str], profiles: dict[str, Profile]) -> tuple[list[str], str]:
    """Return the head of each column, and how heads and values were brought together ("" when they stand together).

    From some column on, all values may stand one column to the right of their heads (a column was put in) or to the
    left (one was taken out); the place is where most values fit.
    """
    values = [profiles[name] for name in columns]
    promised = [_telling(head) for head in columns]
    fit = {step: _borne_out(promised, values, step) for step in (0, 1, -1)}
    best, heads, told = sum(fit[0]), columns, ""
    enough = sum(one > 0 for one in fit[0]) + _ENOUGH
    for number in range(len(columns)):
        for step, words in ((1, "右"), (-1, "左")):
            both = [*fit[0][:number], *fit[step][number + max(step, 0) :]]
            gain = sum(both) + (0.1 if step > 0 and values[number].blank else 0.0)
            if gain > best and sum(one > 0 for one in both) >= enough:
                best, heads = gain, _moved(columns, number, step)
                told = f"「{columns[number]}」から後ろの値が、見出しの1列{words}にずれている"
    return heads, told


def _moved(columns: list[str], number: int, step: int) -> list[str]:
    if step > 0:
        return [*columns[:number], "", *columns[number:-1]]
    return [*columns[:number], *columns[number + 1 :], ""]


def _borne_out(promised: list[str], values: list[Profile], step: int) -> list[float]:
    """Return for each column whether its values bear out the head `step` columns to the left: 1, 0 (open) or -1."""
    return [
        _bears_out(promised[number - step], cells) if 0 <= number - step < len(promised) else 0.0
        for number, cells in enumerate(values)
    ]


def _telling(head: str) -> str:
    """Return the look that a head promises, if hardly any other column has it by chance."""
    name = next((name for name in vocabulary().columns if heading(head, name).score >= IN_CONTEXT), "")
    look = vocabulary().look(name) if name else ""
    return look if look in _TELLING_LOOKS else ""


def _bears_out(look: str, values: Profile) -> float:
    if not look or values.blank:
        return 0.0
    fit = fits(values, look)
    return 1.0 if fit >= _GOOD else -1.0 if fit < _POOR else 0.0


def _out_of_place(matches: list[Match], moved: str) -> list[Match]:
    """Say where heads and values do not stand together, and trust no flag there without a look."""
    if moved:
        return [
            replace(
                match,
                confidence=min(match.confidence, _SHIFTED),
                evidence=f"{moved}ので、ずらして読んだ。{match.evidence}",
            )
            for match in matches
        ]
    astray = [match for match in matches if _ASTRAY in match.evidence]
    # Latitude and longitude under each other's heads say nothing about the rest of the table.
    if not astray or {match.target for match in astray} <= {"緯度", "経度"}:
        return matches
    why = f"。ただし「{astray[0].source}」で見出しと値がずれているので、この列も確かめる"
    return [
        replace(match, confidence=min(match.confidence, _SHIFTED), evidence=match.evidence + why)
        if vocabulary().look(match.target) == "flag"
        else match
        for match in matches
    ]


def _scores(
    heads: list[str], profiles: list[Profile], wanted: list[str], place: Place | None
) -> dict[tuple[int, int], _Pair]:
    found: dict[tuple[int, int], _Pair] = {}
    for number, (head, values) in enumerate(zip(heads, profiles, strict=True)):
        by_head = {name: pair for name in wanted if (pair := _by_head(head, name, values))}
        believed = max((pair.score for pair in by_head.values()), default=0.0)
        by_values = _by_values(head, values, believed, wanted, place)
        for position, name in enumerate(wanted):
            best = max((by_head.get(name), by_values.get(name)), key=lambda pair: pair.score if pair else -1.0)
            if best and best.score >= KEPT:
                found[position, number] = best
    return _doubted(found, wanted)


def _by_head(head: str, name: str, values: Profile) -> _Pair | None:
    told, pick = heading(head, name), ""
    if values.label and told.score < OFFICIAL:
        label = heading(values.label, name)
        if label.score > max(told.score, _LIKELY):
            told, pick = Heading(label.score * 0.85, f"値の前に「{values.label}」と書かれている"), values.label
    if not told.score:
        return None
    look = vocabulary().look(name)
    if values.blank:
        return _Pair(_for_blank(told), f"{told.why}（中身は空）")
    if pick:
        return _Pair(told.score, told.why, pick)
    fit = fits(values, look)
    if fit >= _GOOD:
        return _Pair(min(told.score, 0.99) * (0.95 + 0.05 * fit), f"{told.why}。値も合う")
    if fit >= _POOR:
        return _Pair(told.score * (0.5 + 0.45 * fit), f"{told.why}。ただし値の{1 - fit:.0%}は合わない")
    if look in _STRICT:
        return None
    return _Pair(0.4 * told.score, f"{told.why}。ただし値がほとんど合わない")


def _for_blank(told: Heading) -> float:
    if told.score >= OFFICIAL:
        return 0.92
    return 0.88 if told.score >= IN_CONTEXT else told.score * 0.8


def _by_values(head: str, values: Profile, believed: float, wanted: list[str], place: Place | None) -> dict[str, _Pair]:
    if values.blank or believed >= _LIKELY:
        return {}
    unknown = is_other(head)
    named = any(heading(head, name).score >= _LIKELY for name in vocabulary().columns)
    found: dict[str, _Pair] = {}
    for look, names, needed, confidence in _TELLING:
        if unknown and look not in ("fine_latitude", "fine_longitude"):
            continue
        share = values.share(look)
        if share < needed or (look == "sure_name" and values.unique < 0.7 and values.rows > 3):
            continue
        if look.startswith("fine_") and not named and _inside(values, look, place):
            confidence = _IN_THE_TOWN
        for rank, name in enumerate(names):
            if name in wanted and name not in found:
                score = (confidence - 0.04 * rank) * (0.9 if named else 1.0)
                weight = _OUT_OF_PLACE + 0.01 * score if named else 0.0
                found[name] = _Pair(score, _told_by_values(head, look, share, named), weight=weight)
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


def _doubted(found: dict[tuple[int, int], _Pair], wanted: list[str]) -> dict[tuple[int, int], _Pair]:
    """Lower the confidence of a pair that has a rival nearly as good for the same column of the target."""
    rivals: dict[int, list[float]] = {}
    for (position, _), pair in found.items():
        rivals.setdefault(position, []).append(pair.score)
    return {place: _beside_rivals(pair, rivals[place[0]], wanted[place[0]]) for place, pair in found.items()}


def _beside_rivals(pair: _Pair, rivals: list[float], name: str) -> _Pair:
    close = [score for score in rivals if score >= pair.score - _SIDE_BY_SIDE]
    likely = [score for score in rivals if score >= _LIKELY]
    score = pair.score
    if len(close) > 1 and pair.score < SAME:
        score = pair.score * 0.88
    elif len(likely) > 1 and pair.score < SAME and vocabulary().hazard(name):
        score = min(pair.score, _TWO_FOR_ONE_HAZARD)
    why = pair.why if score == pair.score else f"{pair.why}。ほかにも候補の列がある"
    return replace(pair, score=score, weight=pair.weight or score, why=why)


def _assigned(columns: list[str], wanted: list[str], scores: dict[tuple[int, int], _Pair]) -> list[Match]:
    chosen = choose({pair: told.weight for pair, told in scores.items()})
    return [
        Match(
            target=wanted[position],
            source=columns[number],
            pick=scores[position, number].pick,
            confidence=round(scores[position, number].score, 3),
            evidence=scores[position, number].why,
        )
        for position, number in chosen
    ]


def _with_pairs(matches: list[Match], columns: list[str], profiles: dict[str, Profile]) -> list[Match]:
    """Take latitude and longitude from a column that holds both, where no column of their own was found."""
    missing = [name for name in ("緯度", "経度") if name not in {match.target for match in matches}]
    if len(missing) < 2:
        return matches
    for head in columns:
        if profiles[head].share("pair") >= _GOOD:
            why = f"「{head}」の1つのセルに緯度と経度が入っている"
            kept = [match for match in matches if match.source != head]
            return kept + [Match(name, head, pick=name, confidence=0.86, evidence=why) for name in missing]
    return matches


def _with_hazards(
    matches: list[Match], table: pd.DataFrame, profiles: dict[str, Profile], wanted: list[str]
) -> list[Match]:
    """Take hazards from the cells of one column, where no hazard has a column of its own."""
    flags = {name: hazard for name in wanted if (hazard := vocabulary().hazard(name))}
    taken = {match.target for match in matches}
    if not flags or taken & set(flags):
        return matches
    for head in table.columns:
        bound = next((match for match in matches if match.source == head), None)
        if profiles[head].blank or (bound and bound.confidence >= _LIKELY):
            continue
        share, hazards = names_hazards(table[head])
        if share >= 0.5:
            why = f"「{head}」のセルに災害の名前が書かれている（値の{share:.0%}）"
            kept = [match for match in matches if match.source != head]
            confidence = round(0.6 + 0.25 * share, 3)
            if says_all(table[head]):
                why = f"{why}。「全災害」のような書き方には、すべての災害の印を付ける"
                confidence = _ALL_AT_ONCE
            return kept + [
                Match(name, str(head), pick=hazard, confidence=confidence, evidence=why)
                for name, hazard in flags.items()
                if hazard in hazards
            ]
    return matches
