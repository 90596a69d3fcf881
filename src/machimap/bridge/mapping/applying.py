"""Carry the values of the source into the columns of the target, as the mapping says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from machimap.bridge.mapping.hazards import named
from machimap.bridge.mapping.proposing import SURE
from machimap.bridge.mapping.values import labelled, pair
from machimap.bridge.mapping.vocabulary import vocabulary
from machimap.bridge.records import CHANGE_COLUMNS, CHECK_COLUMNS, BridgeError, Mapping, Match
from machimap.bridge.targets import Target

NUMBER_HERE = "〔数〕"
_UNCLEAR = 5
# A proposal of the generative AI comes into a mapping only when a person has ticked it.
_BY_MACHINE = ("規則", "レシピ")


@dataclass(frozen=True, eq=False)
class Applied:
    """mapped: the columns of the target; beside: the source's columns without a place there, and those taken apart.

    changes, checks: what taking a cell apart changed, and the cells of which it could not be sure.
    """

    mapped: pd.DataFrame
    beside: pd.DataFrame
    changes: pd.DataFrame
    checks: pd.DataFrame


def apply(table: pd.DataFrame, mapping: Mapping, target: Target) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (the table in the target's columns, the source's columns kept beside), both with the source's rows.

    Raises BridgeError when the mapping names a column that the table or the target does not have, one of the target
    twice, or one that it declines.
    """
    applied = carry(table, mapping, target)
    return applied.mapped, applied.beside


def carry(table: pd.DataFrame, mapping: Mapping, target: Target) -> Applied:
    """Like `apply`, with an account of the cells that were taken apart."""
    _checked(table, mapping, target)
    mapped = pd.DataFrame("", index=table.index, columns=target.names, dtype="str")
    changes, checks = [], []
    for match in mapping.matches:
        if match.source and match.pick:
            mapped[match.target], changed, doubted = _picked(table[match.source], match)
            changes += changed
            checks += doubted
        elif match.source:
            mapped[match.target] = table[match.source].astype("str")
        else:
            mapped[match.target] = match.constant
            changes += [
                (row, match.target, "", match.constant, "決まった値を入れた", match.evidence or "人が決めた値", 1.0)
                for row in table.index
                if match.constant
            ]
    used = {match.source for match in mapping.matches if not match.pick}
    beside = table[[name for name in table.columns if name not in used]]
    unique_checks = list(dict.fromkeys(checks))
    return Applied(
        mapped.astype("str"),
        beside,
        pd.DataFrame(changes, columns=list(CHANGE_COLUMNS)),
        pd.DataFrame(unique_checks, columns=list(CHECK_COLUMNS)),
    )


def settled(mapping: Mapping, target: Target, heads: Sequence[str]) -> tuple[Mapping, tuple[Match, ...]]:
    """Return a mapping without the flags that are only guessed (below SURE, and nobody has said yes), and these.

    heads: the columns of the source, in their order. A guess may give a place its name, but it must not say where to
    flee to.
    """
    flags = target.of_kind("flag")
    guessed = tuple(
        match
        for match in mapping.matches
        if match.target in flags and match.confidence < SURE and match.by in _BY_MACHINE
    )
    kept = tuple(match for match in mapping.matches if match not in guessed)
    used = {match.source for match in kept}
    return replace(mapping, matches=kept, unmapped=tuple(head for head in heads if head not in used)), guessed


def number_pattern(pick: str) -> re.Pattern[str]:
    """Return the pattern of a pick such as 「収容人数:〔数〕人」: the number between the words before and after."""
    before, _, after = pick.partition(NUMBER_HERE)
    return re.compile(rf"{re.escape(before)}\s*([0-9０-９][0-9０-９,，]*)\s*{re.escape(after)}")


def _checked(table: pd.DataFrame, mapping: Mapping, target: Target) -> None:
    seen = set()
    if odd := next((name for name in mapping.declined if name not in target.names), ""):
        raise BridgeError(f"「{odd}」は「{target.name}」の列ではないので、列の対応を直してください。")
    for match in mapping.matches:
        if match.target in mapping.declined:
            raise BridgeError(
                f"「{match.target}」は使わないと決めた列なので、対応させるか、使わないか、決めてください。"
            )
        if match.target not in target.names:
            raise BridgeError(f"「{match.target}」は「{target.name}」の列ではないので、列の対応を直してください。")
        if match.target in seen:
            raise BridgeError(f"「{match.target}」に2つの列を対応させているので、1つにしてください。")
        if match.source and match.source not in table.columns:
            raise BridgeError(f"表に「{match.source}」という列がないので、列の対応を直してください。")
        if match.source and match.constant:
            raise BridgeError(f"「{match.target}」に列と決まった値の両方があるので、どちらか1つにしてください。")
        seen.add(match.target)


def _picked(column: pd.Series, match: Match) -> tuple[pd.Series, list[tuple], list[tuple]]:
    texts = column.astype("str")
    known: dict[str, tuple[str, bool]] = {cell: _part(cell, match) for cell in texts.unique()}
    result = texts.map(lambda cell: known[cell][0])
    rule = _rule(match)
    changes = [
        (row, match.target, cell, known[cell][0], rule, f"「{match.source}」のセルから", match.confidence)
        for row, cell in texts.items()
        if cell.strip() and known[cell][0] and known[cell][0] != cell
    ]
    checks = [
        (
            row,
            match.source,
            cell,
            "セルに書かれていることを、機械だけでは読み切れません",
            f"「{match.source}」を読んで、出てきた列の値を確かめ、違うときは、もとの表を直して、読み直してください",
            _UNCLEAR,
        )
        for row, cell in texts.items()
        if cell.strip() and not known[cell][1]
    ]
    return result, changes, checks


def _rule(match: Match) -> str:
    if vocabulary().hazard(match.target):
        return "1つのセルに書かれた災害を分けた"
    if NUMBER_HERE in match.pick:
        return f"「{match.pick}」の数を取り出した"
    return "緯度と経度を分けた" if match.pick in ("緯度", "経度") else f"「{match.pick}」という前置きを取った"


def _part(cell: str, match: Match) -> tuple[str, bool]:
    """Return what a cell gives to a column, and whether that is sure."""
    if not cell.strip():
        return "", True
    if vocabulary().hazard(match.target):
        found = named(cell)
        return ("1" if match.pick in found.hazards else ""), found.clear
    if match.pick in ("緯度", "経度"):
        both = pair(cell)
        return (both[0 if match.pick == "緯度" else 1], True) if both else (cell, False)
    if NUMBER_HERE in match.pick:
        number = number_pattern(match.pick).search(cell)
        return (number.group(1), True) if number else ("", True)
    found = labelled(cell)
    return (found[1], True) if found and found[0] == match.pick else (cell, False)
