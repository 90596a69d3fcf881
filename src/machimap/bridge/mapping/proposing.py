"""Which column of a source goes to which column of the standard: heads and values weighed, one to one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from machimap.assignment import choose
from machimap.bridge.mapping.hazards import names_hazards, only_stays, says_all
from machimap.bridge.mapping.values import Profile, fits, profile
from machimap.bridge.mapping.vocabulary import (
    IN_CONTEXT,
    heading,
    says_suited,
    speaks_of_danger,
    vocabulary,
)
from machimap.bridge.mapping.weighing import ASTRAY, GOOD, LIKELY, POOR, SURE_TOGETHER, Pair, weigh
from machimap.bridge.records import Mapping, Match
from machimap.bridge.targets import Target
from machimap.places import Place

SURE = 0.9
_SHIFTED = 0.8
_ALL_AT_ONCE = 0.55
_ENOUGH = 3
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
    scores = weigh(heads, [profiles[name] for name in columns], wanted, place)
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
    return 1.0 if fit >= GOOD else -1.0 if fit < POOR else 0.0


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
    astray = [match for match in matches if ASTRAY in match.evidence]
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


def _assigned(columns: list[str], wanted: list[str], scores: dict[tuple[int, int], Pair]) -> list[Match]:
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
        if profiles[head].share("pair") >= GOOD:
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
        if profiles[head].blank or speaks_of_danger(str(head)) or (bound and bound.confidence >= LIKELY):
            continue
        share, hazards = names_hazards(table[head])
        if share >= 0.5:
            why = f"「{head}」のセルに災害の名前が書かれている（値の{share:.0%}）"
            kept = [match for match in matches if match.source != head]
            confidence = round(0.6 + 0.25 * share, 3)
            if share == 1.0 and says_suited(str(head)):
                why, confidence = f"見出し「{head}」は使える災害のこと。{why}", SURE_TOGETHER
            if says_all(table[head]):
                why = f"{why}。「全災害」のような書き方には、すべての災害の印を付ける"
                confidence = _ALL_AT_ONCE
            return kept + [
                Match(name, str(head), pick=hazard, confidence=confidence, evidence=why)
                for name, hazard in flags.items()
                if hazard in hazards
            ]
    return matches
