"""A head taken apart into its words: widths, marks, numbers, capitals, kana and romaji make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s_\-‐‑–—―−・･/\\:;,.、。|()\[\]{}<>「」『』【】〔〕《》〈〉'\"“”＝=~〜]+")
_MARKS = re.compile(r"[*※★☆●■◆▲▼◎○◯〇□◇△▶#＊×✕]+")
_CIRCLED = re.compile(r"^\s*[①-⑳㉑-㉟㊱-㊿⑴-⒇⒈-⒛❶-❿]\s*(?=\S)")
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}[).:\s]+|[①-⑳]\s*)(?=\D)")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBER_SIGN = re.compile(r"(?<=[぀-ヿ一-鿿])no$")
_CODE_SIGN = re.compile(r"(?<=[぀-ヿ一-鿿])cd$")
_ALL_KANA = re.compile(r"[぀-ヿ]+")
_ALL_LETTERS = re.compile(r"[a-zāīūēō]+")
_TAIL = re.compile(r"(?:等|など|ほか)$")
# Of a word made of others, each has at least so many letters as it sounds.
_SHORT = 3
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "g": "がぎぐげご",
    "s": "さしすせそ",
    "z": "ざじずぜぞ",
    "t": "たちつてと",
    "d": "だぢづでど",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
    "m": "まみむめも",
    "r": "らりるれろ",
}
_SOUNDS = {kana: row + vowel for row, line in _ROWS.items() for kana, vowel in zip(line, "aiueo", strict=True)}
_SOUNDS |= {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n", "っ": "", "ー": ""}
_GLIDES = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
# Hepburn and kunrei, long and short vowels come to the same.
_SPELLINGS = (
    *zip("āīūēō", "aiueo", strict=True),
    ("sh", "sy"),
    ("ch", "ty"),
    ("ts", "t"),
    ("j", "zy"),
    ("f", "h"),
    ("yy", "y"),
    ("yi", "i"),
    ("ou", "o"),
    ("oo", "o"),
    ("uu", "u"),
    ("mb", "nb"),
    ("mp", "np"),
)


def words_of(head: str, readings: dict[str, str], respell: Callable[[str], str]) -> list[str]:
    """Return the words of a head in small letters, each in one spelling; kana and romaji that `readings` knows as written."""
    text = _NUMBERING.sub("", unicodedata.normalize("NFKC", _CIRCLED.sub("", head)))
    text = _MARKS.sub("", text) or text
    parts = [part for part in _SEPARATORS.split(respell(_CAPITAL.sub(" ", text).casefold())) if part]
    parts = [_CODE_SIGN.sub("コード", _NUMBER_SIGN.sub("番号", part)) for part in parts]
    for place in range(1, len(parts)):
        if parts[place] == "no" and parts[place - 1].isascii():
            parts[place] = "number"
    return [_read(part, readings) for part in parts]


def _read(part: str, readings: dict[str, str]) -> str:
    """Return a word in kana or romaji as it is written; one made of two or three known words as these together."""
    heard = sound(part.rstrip("0123456789"))
    if not heard or heard in readings:
        return readings.get(heard, part)
    return "".join(_pieces(heard, readings)) or part


def _pieces(heard: str, readings: dict[str, str], most: int = 3) -> list[str]:
    if heard in readings:
        return [readings[heard]]
    for end in range(len(heard) - _SHORT, _SHORT - 1, -1) if most > 1 else ():
        if heard[:end] in readings and (rest := _pieces(heard[end:], readings, most - 1)):
            return [readings[heard[:end]], *rest]
    return []


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Return how a word in kana or romaji sounds, the same for all spellings (ジュウショ, juusho, zyusyo); "" for others."""
    folded = "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in word)
    if _ALL_KANA.fullmatch(folded):
        spelt = ""
        for char in folded:
            glide = _GLIDES.get(char)
            spelt = spelt[:-1] + glide if glide and spelt else spelt + _SOUNDS.get(char, "?")
        folded = spelt
    elif not _ALL_LETTERS.fullmatch(folded):
        return ""
    for written, heard in _SPELLINGS:
        folded = folded.replace(written, heard)
    return re.sub(r"(.)\1", r"\1", folded)


def bare(words: list[str], context: frozenset[str]) -> list[str]:
    """Return the words without those of context; context glued to a word's front or end is cut off."""
    worn = [cores(word, context)[-1] for word in words if word.rstrip("0123456789") not in context]
    return [word for word in worn if word not in context]


@lru_cache(maxsize=20_000)
def cores(word: str, context: frozenset[str]) -> tuple[str, ...]:
    """Return what is left of a word as context is cut from its front and end, step by step, the whole word first."""
    found = [word]
    longest = sorted((one for one in context if len(one) >= 2), key=len, reverse=True)
    while shorter := _cut(found[-1], longest):
        found.append(shorter)
    return tuple(found)


def _cut(word: str, longest: list[str]) -> str:
    without = _TAIL.sub("", word).strip("の")
    if without and without != word:
        return without
    for one in longest:
        if len(word) > len(one):
            if word.startswith(one):
                return word.removeprefix(one).removeprefix("の")
            if word.endswith(one):
                return word.removesuffix(one).removesuffix("の")
    return ""
