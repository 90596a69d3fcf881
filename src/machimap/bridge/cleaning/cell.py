"""One cell on its way: what it becomes, by which rule, and what is doubtful about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import yaml

from machimap.bridge.cleaning.text import DASH_MARKS, tidy

WIDTHS = "文字の幅と空白をそろえる"
BLANK = "空白だけの欄を空にする"
NOTHING = "「なし」を表す記号の欄を空にする"
ASK = "もとの資料で確かめて、書き直してください。"


class Cell(NamedTuple):
    """What a cleaner makes of a cell.

    value: the new text, None for "as it was". rule: what was done ("" when nothing). doubt and action: the problem and
    what to do about it, two Japanese texts for the check list ("" when there is none). apart: what was taken out of
    the cell because it belongs into another column (the extension of a telephone number).
    """

    value: str | None
    rule: str = ""
    doubt: str = ""
    action: str = ""
    apart: str = ""


Cleaner = Callable[[str], Cell]
CLEANERS: dict[str, Cleaner] = {}
LONGEST = 1_000
FREE_TEXT = ("text", "name", "list", "address", "address_part", "kana", "latin")


def cleaner(*kinds: str) -> Callable[[Cleaner], Cleaner]:
    """Register a cleaner for some kinds. It is given tidy, non-blank text."""

    def register(function: Cleaner) -> Cleaner:
        CLEANERS.update(dict.fromkeys(kinds, function))
        return function

    return register


def doubtful(doubt: str, action: str = ASK) -> Cell:
    """Return a cell that stays as it was and is to be looked at."""
    return Cell(None, doubt=doubt, action=action)


@lru_cache(maxsize=1)
def words() -> dict:
    """Return the words and marks of `words.yml`."""
    text = resources.files("machimap.bridge.cleaning").joinpath("words.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def clean_cell(kind: str, text: str) -> Cell:
    """Return what the cleaner of a kind makes of a cell; its rule is "" when the text stays as it was.

    Never raises for any text, and gives the same again for its own value.
    """
    base = tidy(text)
    found = _blank(kind, base) or _as_above(base) or _too_long(kind, base) or CLEANERS[kind](base)
    if found.value is None or found.value == text:
        return found._replace(value=text, rule="") if found.rule or found.value is None else found
    if not found.rule or found.value == base:
        return found._replace(rule=WIDTHS)
    return found


def _blank(kind: str, base: str) -> Cell | None:
    if not base:
        return Cell("", BLANK)
    small = base.casefold()
    if small in word_set("excel_errors"):
        return doubtful("表計算ソフトのエラーの値が入っている")
    is_nothing = kind not in FREE_TEXT and small in word_set("nothing")
    return Cell("", NOTHING) if is_nothing or not base.strip(DASH_MARKS + "ー") else None


def _as_above(base: str) -> Cell | None:
    if base not in word_set("same_as_above"):
        return None
    return doubtful("「上と同じ」という印で、値が書かれていない", "同じ値を、この欄にも書いてください。")


def _too_long(kind: str, base: str) -> Cell | None:
    if kind == "text" or len(base) <= LONGEST:
        return None
    return doubtful(f"文字が{LONGEST:,}字を超えている", "1つの欄に1つの値だけを書いてください。")


@lru_cache(maxsize=8)
def word_set(name: str) -> frozenset[str]:
    return frozenset(map(str, words()[name]))
