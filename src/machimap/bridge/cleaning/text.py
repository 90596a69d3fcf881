"""Widths, blanks and dashes, without touching the characters that people chose (﨑, 髙, ①, ㎡)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

DASH_MARKS = "-‐‑‒–—―−─━－﹣"
DASHES = DASH_MARKS.replace("-", r"\-")  # inside of the brackets of a pattern
# Full-width signs, letters and digits, but not ～, which stands between two values; half-width kana and signs.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5E)}
_SIGNS = (
    r"\uff61-\uff9f\uffe0-\uffe2\uffe4-\uffe6\u2e9f\u2ef3\u2f00-\u2fd5"  # the last three: radicals, as PDFs have them
)
_INVISIBLE = r"\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad"
_CONTROL = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_UNSEEN = re.compile(f"[{_INVISIBLE}{_CONTROL}]")
_NARROW = re.compile(f"[{_SIGNS}]+")
_BLANKS = re.compile(r"\s+")
_VOICED = re.compile(r"[ぁ-ヿ][\u3099\u309a]")
_DIRTY = re.compile(rf"[\uff01-\uff5d{_SIGNS}{_INVISIBLE}{_CONTROL}\u3099\u309a]|[^\S ]|  |^ | $")


def tidy(text: str) -> str:
    """Return text with half-width letters, digits and signs, full-width kana, and one blank between words.

    As NFKC for these, but kanji variants (﨑 as well as compatibility ideographs), circled numbers, fractions and
    squared units stay as they are: NFKC would make another name of the first and another number of the others.
    """
    return _tidy(text) if _DIRTY.search(text) else text


def _tidy(text: str) -> str:
    text = _UNSEEN.sub("", text).translate(_WIDE)
    text = _NARROW.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = _VOICED.sub(lambda match: unicodedata.normalize("NFC", match.group()), text)
    return _BLANKS.sub(" ", text).strip()


def compact(text: str) -> str:
    """Return text in NFKC, small letters, without blanks: for comparing, never for writing."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=1)
def hiragana_to_katakana() -> dict[int, str]:
    """Return the table that makes katakana of hiragana."""
    return {code: chr(code + 0x60) for code in range(0x3041, 0x3097)}


def plain_integer(text: str) -> str | None:
    """Return the digits of a number as a spreadsheet spoils it (`'132012`, `132012.0`, `1.32012E+05`).

    None when it is no whole number, or when the spreadsheet has thrown digits away.
    """
    text = text.lstrip("'").strip()
    if match := re.fullmatch(r"([0-9]+)(?:\.0+)?", text):
        return match.group(1)
    if match := re.fullmatch(r"([0-9])(?:\.([0-9]+))?[Ee]\+?([0-9]{1,2})", text):
        first, rest, power = match.group(1), match.group(2) or "", int(match.group(3))
        return first + rest if len(rest) == power else None
    return None


def is_spoilt(text: str) -> bool:
    """Tell whether text is a number in the form 5.22001E+12, whose last digits are gone."""
    return bool(re.fullmatch(r"'?[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,2}", text)) and plain_integer(text) is None
