"""The one reader of text: encoding, delimiter and records of whatever a town hall saved as text."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from machimap.errors import MachimapError

ENCODING_NAMES = {
    "utf-8-sig": "UTF-8（BOM付き）",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp932": "CP932（Shift_JIS）",
    "euc_jp": "EUC-JP",
}
DELIMITER_NAMES = {",": "コンマ", "\t": "タブ", ";": "セミコロン"}
OTHER_FILES = {
    b"PK\x03\x04": "Excel",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"%PDF": "PDF",
    b"\x89PNG": "画像",
    b"\xff\xd8\xff": "画像",
    b"GIF8": "画像",
    b"\x1f\x8b": "圧縮された形",
}
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_MAX_CONTROL = 0.01
_MIN_ZEROS = 0.02
_SAMPLE = 200_000
_SAMPLE_LINES = 60
_END = "\x03"


class TableError(MachimapError):
    """A table cannot be read."""


def decode(body: bytes, name: str, encoding: str = "") -> tuple[str, str]:
    """Return the encoding and the text of a file; `encoding` "" finds it out by reading.

    name stands in the messages. Raises TableError for an empty file, a file of another kind, a broken one, and
    one that is no text in UTF-8, UTF-16, CP932 or EUC-JP (or in the encoding given).
    """
    other = next((what for head, what in OTHER_FILES.items() if body.startswith(head)), None)
    if other:
        raise TableError(
            f"{name}は{other}のファイルなので、表計算ソフトで開いて「CSV UTF-8」の形で保存し直してから選んでください。"
        )
    best, text = _in(body, name, encoding) if encoding else _found(body)
    if best != "utf-8" and not encoding and "utf-8" in _candidates(body) and _is_broken_utf8(body):
        raise TableError(f"{name}は途中で切れているか一部が壊れているので、もう一度ダウンロードしてください。")
    if body and (not best or _is_binary(text)):
        raise TableError(
            f"{name}の文字を読み取れないので、CSV（UTF-8 または Shift_JIS）で保存し直してから選んでください。"
        )
    if not text.strip():
        raise TableError(f"{name}は空なので、中身の入ったCSVファイルを選び直してください。")
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        raise TableError(
            f"{name}はCSVではなくウェブページなので、配布元のページからCSVをダウンロードし直してください。"
        )
    return best, text


def delimiter(text: str) -> str:
    """Return what parts the cells, a comma, a tab or a semicolon: the one that stands equally often in most lines."""
    lines = list(itertools.islice((line for line in text[:_SAMPLE].splitlines() if line.strip()), _SAMPLE_LINES))
    return max(DELIMITER_NAMES, key=lambda mark: _steadiness(line.count(mark) for line in lines))


def records(text: str, mark: str, name: str) -> list[list[str]]:
    """Return the records, [] for a blank line. Raises TableError for a quote that is never closed."""
    # A row of its own after the text would be swallowed by such a quote.
    gap = "" if text.endswith(("\n", "\r")) else "\n"
    stream = io.StringIO(text + gap + _END, newline="")
    try:
        *found, last = csv.reader(stream, delimiter=mark, skipinitialspace=True)
    except csv.Error:
        last = []
    if last != [_END]:
        raise TableError(
            f'{name}の引用符（"）が閉じていないか、1つのセルが長すぎるようなので、'
            "表計算ソフトで開いてCSVで保存し直してから選んでください。"
        )
    return found


def unique(names: list[str]) -> list[str]:
    """Return names that differ: one without a name becomes 無題N (N: its place from 1), a doubled one gains _2."""
    result: list[str] = []
    taken: set[str] = set()
    for position, name in enumerate(names, start=1):
        base = name or f"無題{position}"
        numbered = (f"{base}_{n}" for n in itertools.count(2))
        own = base if base not in taken else next(new for new in numbered if new not in taken and new not in names)
        result.append(own)
        taken.add(own)
    return result


def _found(body: bytes) -> tuple[str, str]:
    decoded: dict[str, str] = {}
    for encoding in _candidates(body):
        with contextlib.suppress(UnicodeDecodeError):
            decoded[encoding] = body.decode(encoding)
            if encoding == "utf-8":
                break
    best = min(decoded, key=lambda key: _strangeness(decoded[key]), default="")
    return best, decoded.get(best, "")


def _in(body: bytes, name: str, encoding: str) -> tuple[str, str]:
    try:
        return encoding, body.decode(encoding)
    except LookupError as error:
        raise TableError(
            f"「{encoding}」という文字コードは知らないので、utf-8、cp932、euc_jp、utf-16 のどれかを書いてください。"
        ) from error
    except UnicodeError as error:
        raise TableError(
            f"{name}は「{encoding}」では読めないので、文字コードの指定を消すか、別の文字コードを書いてください。"
        ) from error


def _candidates(body: bytes) -> list[str]:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if body.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig"]
    zeros = {"utf-16-be": body[0::2].count(0), "utf-16-le": body[1::2].count(0)}
    few, many = sorted(zeros, key=zeros.get)
    if zeros[many] > len(body) * _MIN_ZEROS and zeros[few] * 10 < zeros[many]:
        return [many]
    return ["utf-8", "cp932", "euc_jp"]


def _is_broken_utf8(body: bytes) -> bool:
    """Tell whether only a few bytes are wrong: CP932 would read the rest as other characters without complaint."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = len(text) - broken - len(text.encode("ascii", "ignore"))
    return good > 10 * broken


def _is_binary(text: str) -> bool:
    return "\x00" in text or len(_CONTROL.findall(text)) > len(text) * _MAX_CONTROL


def _strangeness(text: str) -> float:
    """Share of half-width katakana and private characters: EUC-JP bytes read as CP932 are full of them."""
    sample = text[:_SAMPLE]
    odd = sum("｡" <= char <= "ﾟ" or unicodedata.category(char) in ("Co", "Cn") for char in sample)
    return odd / max(len(sample), 1)


def _steadiness(counts: Iterable[int]) -> tuple[int, int]:
    """Return how many lines hold a mark as often as most lines do, and how often; (0, 0) when most hold none."""
    found = Counter(count for count in counts if count)
    if not found:
        return 0, 0
    often, lines = max(found.items(), key=lambda item: (item[1], item[0]))
    return lines, often
