"""The ways in which people write the name of a municipality, brought to one."""

from __future__ import annotations

import re
import unicodedata

MAX_SHOWN = 30
_BRACKETS = re.compile(r"[(（〔\[](.*?)(?:[)）〕\]]|$)")
_SUFFIX = re.compile(r"[市区町村]$")
_ROMAJI_SUFFIX = re.compile(r"[- ]?(shi|city|ku|ward|machi|cho|town|mura|son|village)$")
_HEPBURN_TO_KUNREI = (
    ("shi", "si"),
    ("sh", "sy"),
    ("chi", "ti"),
    ("ch", "ty"),
    ("tsu", "tu"),
    ("fu", "hu"),
    ("ji", "zi"),
    ("jy", "zy"),
    ("j", "zy"),
)


def normalise(text: str) -> str:
    """Return a typed name in NFKC without blanks and marks; Latin letters small, their macrons dropped."""
    text = unicodedata.normalize("NFKC", "".join(char if char.isprintable() else " " for char in text)).strip()
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    if plain.isascii():
        return plain.lower()
    return re.sub(r"[\s、,・]+", "", text).replace("ヶ", "ケ").replace("ヵ", "カ")


def shown(text: str) -> str:
    """Return a typed text as a message may quote it: printable, on one line, at most MAX_SHOWN characters."""
    printable = "".join(char if char.isprintable() else " " for char in text[: MAX_SHOWN * 4])
    words = " ".join(printable.split())
    return words if len(words) <= MAX_SHOWN else words[:MAX_SHOWN] + "…"


def split_hint(key: str) -> tuple[str, str]:
    """Return a name and what stood in brackets after it: 府中市, 広島県 of 「府中市（広島県）」."""
    found = _BRACKETS.search(key)
    return (_BRACKETS.sub("", key), found.group(1)) if found else (key, "")


def stem(name: str) -> str:
    """Return a name without 市, 区, 町 or 村 at its end."""
    return _SUFFIX.sub("", name)


def short_prefecture(prefecture: str) -> str:
    """Return a prefecture's name as people shorten it: 東京 of 東京都, but 北海道."""
    return prefecture if prefecture == "北海道" else prefecture[:-1]


def hiragana(text: str) -> str:
    """Return text with its katakana as hiragana."""
    return "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヴ" else char for char in text)


def is_kana(text: str) -> bool:
    """Tell whether text holds hiragana (and the long-vowel mark) only."""
    return bool(text) and all("ぁ" <= char <= "ゖ" or char == "ー" for char in text)


def kana_stem(reading: str, own: str) -> str:
    """Return a reading in hiragana without that of 市, 区, 町 or 村, with which the name `own` ends."""
    endings = {"市": ("し",), "区": ("く",), "町": ("ちょう", "まち"), "村": ("そん", "むら")}.get(own[-1:], ())
    for ending in endings:
        if reading.endswith(ending) and len(reading) > len(ending):
            return reading.removesuffix(ending)
    return reading


def fold_romaji(text: str) -> str:
    """Return a romaji spelling without the marks that people write differently (long vowels, n/m)."""
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(char for char in text if char.isascii() and char.isalpha())
    text = re.sub(r"m(?=[bpm])", "n", text)
    for long, short in (("ou", "o"), ("oo", "o"), ("uu", "u"), ("oh", "o")):
        text = text.replace(long, short)
    return text


def loose_romaji(text: str) -> str:
    """Return a folded spelling with every vowel short and in 訓令式: `nigata` of niigata, `hatiozi` of hachioji."""
    text = re.sub(r"([aeiou])\1+", r"\1", fold_romaji(text))
    for hepburn, kunrei in _HEPBURN_TO_KUNREI:
        text = text.replace(hepburn, kunrei)
    return text


def romaji_spellings(key: str) -> tuple[str, ...]:
    """Return the Latin spellings of a key in Latin letters or hiragana, with and without -shi, City and the like."""
    if key.isascii():
        return key, _ROMAJI_SUFFIX.sub("", key)
    if is_kana(hiragana(key)):
        import jaconv

        return (jaconv.kana2alphabet(hiragana(key)),)
    return ()
