"""Text that was decoded wrongly and saved again: recognised and undone only where nothing is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass

_JAPANESE = re.compile("[ぁ-んァ-ヶ一-鿿]")
_MISTAKEN_KANA = re.compile("[縺繧繝]")
_SAMPLE = 50_000
_MIN_JAPANESE = 0.05


@dataclass(frozen=True)
class _Way:
    """How a text came to be garbled: read with `wrong` although it was written in `right`."""

    wrong: str
    right: str
    words: str


# UTF-8 comes first: bytes that are valid in it are hardly ever anything else.
_WAYS = (
    _Way("latin-1", "utf-8", "UTF-8の文字を、欧文（Latin-1）と取り違えて"),
    _Way("latin-1", "cp932", "CP932（Shift_JIS）の文字を、欧文（Latin-1）と取り違えて"),
    _Way("cp1252", "utf-8", "UTF-8の文字を、欧文（Windows-1252）と取り違えて"),
    _Way("cp1252", "cp932", "CP932（Shift_JIS）の文字を、欧文（Windows-1252）と取り違えて"),
    _Way("latin-1", "euc_jp", "EUC-JPの文字を、欧文（Latin-1）と取り違えて"),
    _Way("cp932", "utf-8", "UTF-8の文字を、CP932（Shift_JIS）と取り違えて"),
)


def undone(text: str) -> tuple[str, str]:
    """Return the text as it was before it was garbled, and in Japanese what had happened; the text and "" if nothing had.

    A way back counts only when every character can be taken back (so nothing is lost) and the text gains Japanese.
    """
    body = text.removeprefix("\ufeff")
    japanese = _share(body) > _MIN_JAPANESE
    for way in _WAYS:
        # Kana of UTF-8 taken as CP932 always begin with one of three characters.
        if not (_MISTAKEN_KANA.search(body[:_SAMPLE]) if way.wrong == "cp932" else not japanese):
            continue
        back = _back(body, way)
        if back is not None and back != body and _share(back) > _MIN_JAPANESE:
            return back, f"{way.words}保存し直した文字化けでした。1文字も失わずに元へ戻せたので、戻して読みました。"
    return text, ""


def _back(text: str, way: _Way) -> str | None:
    try:
        return text.encode(way.wrong).decode(way.right)
    except UnicodeError:
        return None


def _share(text: str) -> float:
    sample = text[:_SAMPLE]
    return len(_JAPANESE.findall(sample)) / max(len(sample), 1)
