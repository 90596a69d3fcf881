"""Free text, names, readings, lists, web and mail addresses."""

from __future__ import annotations

import re

from machimap.bridge.cleaning.cell import Cell, cleaner, doubtful
from machimap.bridge.cleaning.text import DASH_MARKS, DASHES, hiragana_to_katakana

_GROUP_END = r"(?:町会|自治会|町内会|会|区|町|丁目|組|班|団地)$"


@cleaner("text", "name")
def text(given: str) -> Cell:
    """Return text with its widths and blanks settled, and nothing else."""
    return Cell(given)


@cleaner("kana")
def kana(given: str) -> Cell:
    """Return a reading in katakana; one with kanji in it stays as it was."""
    value = given.translate(hiragana_to_katakana())
    value = re.sub(rf"(?<=[ァ-ヺー])[{DASHES}](?=[ァ-ヺー]|$)", "ー", value)
    if re.search(r"[一-鿿々]", value):
        return doubtful("読みに漢字がある", "カタカナで読みを書いてください。")
    return Cell(value, "読みを全角カタカナにする")


@cleaner("latin")
def latin(given: str) -> Cell:
    """Return a name in half-width letters; other letters are to be looked at."""
    value = given.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    value = re.sub(rf"[{DASHES}]", "-", value)
    if not value.isascii():
        return doubtful("英字の名前に半角の英数字でない文字がある", "半角の英字と数字で書いてください。")
    return Cell(value, "英字の名前を半角にする")


@cleaner("list")
def several(given: str) -> Cell:
    """Return entries with `;` between them.

    Separators inside of brackets stay; 「・」 and a blank part entries only where each part ends as a group does.
    """
    entries = _split(given, ";,、，，/／\n")
    if len(entries) < 2:
        entries = next((parts for mark in "・ " if _are_groups(parts := _split(entries[0], mark))), entries)
    return Cell(";".join(entries), "並んだ名前を ; で区切る")


@cleaner("url")
def url(given: str) -> Cell:
    """Return the one web address of a cell, also out of a scrap of JSON (`"url": "https…"`)."""
    action = "https:// から始まるアドレスを1つだけ書いてください。"
    found = re.findall(r"(?i)https?://[^\s\"'<>、。「」（）]+", given)
    if not found:
        return doubtful("メールアドレスが入っている" if "@" in given else "ウェブのアドレスでない", action)
    rest = given.replace(found[0], "", 1)
    if len(found) > 1 or re.sub(r"(?i)url|[\s\"':,{}<>=]", "", rest):
        return doubtful("ウェブのアドレスのほかにも文字があるか、アドレスが2つ以上ある", action)
    return Cell(found[0], "まわりの記号をとり、アドレスだけにする")


@cleaner("email")
def email(given: str) -> Cell:
    """Return a mail address."""
    value = re.sub(r"(?i)^(?:mailto|e-?mail|メール)\s?:\s?", "", given)
    value = value[1:-1] if value.startswith("<") and value.endswith(">") else value
    if not re.fullmatch(r"[^@\s<>()\[\],;:\"]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+", value) or not value.isascii():
        return doubtful("メールアドレスとして読めない", "xxx@example.lg.jp の形で書いてください。")
    return Cell(value, "メールアドレスだけにする")


def _split(given: str, marks: str) -> list[str]:
    entries, depth = [""], 0
    for char in given:
        depth = max(depth + (char in "([{（「『【") - (char in ")]}）」』】"), 0)
        if char in marks and depth == 0:
            entries.append("")
        else:
            entries[-1] += char
    return [entry.strip() for entry in entries if entry.strip(DASH_MARKS + "ー ")] or [given]


def _are_groups(entries: list[str]) -> bool:
    return len(entries) > 1 and all(re.search(_GROUP_END, entry) for entry in entries)
