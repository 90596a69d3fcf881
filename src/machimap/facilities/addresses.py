"""Addresses as third evidence: whether two of them name the same lot, the same quarter, or neither."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache

from machimap.facilities.names import OLD_FORMS

_DASHES = "-‐‑‒–—―−─━ー－"
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)(?:丁目|番地の?|番町|番|号|地割|字|部|の|乙|甲|丙)+")
_QUARTER_WORDS = re.compile(r"大字|字|の部|部(?=$|\d)|地内|ほか|他")
_KANJI_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")}
# Katakana and kanji of the same shape stand for each other in lot names (町ニ and 町二).
_LOOKALIKES = str.maketrans("二八力口工卜夕へ", "ニハカロエトタヘ")


class Agreement(Enum):
    """How two addresses agree: their weight in the score, and the words for it."""

    SAME = (1.0, "所在地も同じ")
    QUARTER = (0.5, "所在地は番地までは同じでない（{0} ↔ {1}）")
    UNKNOWN = (0.5, "所在地では比べられない")
    DIFFERENT = (0.0, "所在地が違う（{0} ↔ {1}）")

    @property
    def weight(self) -> float:
        return self.value[0]

    def words(self, one: str, other: str) -> str:
        """Return the Japanese clause for two addresses as they were written."""
        return self.value[1].format(one.strip(), other.strip())


@lru_cache(maxsize=200_000)
def address_key(address: str) -> tuple[str, tuple[str, ...]]:
    """Return the quarter and the numbers after it: 「元横山町2丁目14番3号」 → ("元横山町", ("2", "14", "3"))."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", address)).casefold()
    text = re.sub(r"[一二三四五六七八九](?=丁目)", lambda match: _KANJI_DIGITS[match.group()], text)
    text = re.sub(rf"[{_DASHES}]", "-", text).translate(_LOOKALIKES | OLD_FORMS)
    text = _BETWEEN_NUMBERS.sub("-", text)
    match = re.match(r"(\D*)([\d-]*)", text)
    quarter = _QUARTER_WORDS.sub("", match.group(1)).rstrip("-").removesuffix("町")
    return quarter, tuple(re.findall(r"\d+", match.group(2)))


def agreement(one: tuple[str, tuple[str, ...]], other: tuple[str, tuple[str, ...]]) -> Agreement:
    """Compare two keys; prefecture and municipality may be missing on one side, and so may the last numbers."""
    (quarter, numbers), (other_quarter, other_numbers) = sorted((one, other), key=lambda key: len(key[0]))
    if not quarter:
        return Agreement.UNKNOWN
    if not other_quarter.endswith(quarter):
        return Agreement.QUARTER if quarter in other_quarter and not numbers else Agreement.DIFFERENT
    if numbers and numbers == other_numbers:
        return Agreement.SAME
    shared = min(len(numbers), len(other_numbers))
    return Agreement.QUARTER if numbers[:shared] == other_numbers[:shared] else Agreement.DIFFERENT
