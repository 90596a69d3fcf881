"""Read any town hall's CSV as it is: encoding, delimiter, ragged rows; and set unusable coordinates aside."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import unicodedata
from pathlib import Path

import pandas as pd

from machimap.errors import MachimapError

JAPAN = {"緯度": (20.0, 46.0), "経度": (122.0, 154.5)}
_ENCODING_NAMES = {
    "utf-8-sig": "UTF-8（BOM付き）",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp932": "CP932（Shift_JIS）",
    "euc_jp": "EUC-JP",
}
_OTHER_FILES = {
    b"PK\x03\x04": "Excel",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"%PDF": "PDF",
    b"\x89PNG": "画像",
    b"\xff\xd8\xff": "画像",
    b"GIF8": "画像",
    b"\x1f\x8b": "圧縮された形",
}
_MAX_CONTROL = 0.01
_MIN_ZEROS = 0.02
_END = "\x03"


class TableError(MachimapError):
    """A table cannot be read."""


def read_table(source: str | Path | bytes) -> tuple[pd.DataFrame, dict]:
    """Read a CSV or TSV (UTF-8, UTF-16, CP932 or EUC-JP, found out by reading); every cell a string, blanks "".

    Returns the table and notes: encoding, encoding_label (in Japanese), delimiter, rows, blank_rows (left
    out), ragged_rows (shorter or longer than the head; short ones are filled up, cells beyond the head go
    into columns 余り1, 余り2 …; a head without name becomes 無題N, a doubled one gains _2). Raises TableError
    for a missing or empty file, one without rows below the head, and one that is no table of text.
    """
    body, name = _bytes(source)
    encoding, text = _decode(body, name)
    delimiter = _delimiter(text)
    records = _records(text, delimiter, name)
    filled = [record for record in records if any(cell.strip() for cell in record)]
    if len(filled) < 2:
        raise TableError(f"{name}には見出しの下にデータの行がないので、中身の入ったCSVファイルを選び直してください。")
    head, rows = filled[0], filled[1:]
    width = max(len(head), max(map(len, rows)))
    columns = _unique([cell.strip() for cell in head] + [f"余り{n}" for n in range(1, width - len(head) + 1)])
    notes = {
        "encoding": encoding,
        "encoding_label": _ENCODING_NAMES[encoding],
        "delimiter": delimiter,
        "rows": len(rows),
        "blank_rows": len(records) - len(filled),
        "ragged_rows": sum(len(row) != len(head) for row in rows),
    }
    return pd.DataFrame([row + [""] * (width - len(row)) for row in rows], columns=columns, dtype="str"), notes


def clean_coordinates(table: pd.DataFrame, lat: str = "緯度", lon: str = "経度") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a table into rows whose coordinates can be drawn and rows set aside with a reason.

    Full-width digits are read as numbers; 緯度 and 経度 become floats (degrees) in the kept rows. The rows
    set aside keep their cells and gain 理由. Rows in = rows kept + rows set aside, in their order and index.
    Raises TableError when a column is missing.
    """
    for column in (lat, lon):
        if column not in table.columns:
            found = "、".join(map(str, table.columns[:8]))
            raise TableError(
                f"「{column}」という列がないので、列の名前（{found}）を確かめて、緯度と経度の列を教えてください。"
            )
    y, x = _numbers(table[lat]), _numbers(table[lon])
    blank = (table[lat].astype("str").str.strip() == "") | (table[lon].astype("str").str.strip() == "")
    blank |= table[lat].isna() | table[lon].isna()
    reason = pd.Series("", index=table.index, dtype="object")
    reason[~(_within(y, "緯度") & _within(x, "経度"))] = "日本の範囲の外"
    reason[_within(x, "緯度") & _within(y, "経度")] = "緯度と経度が逆"
    reason[y.isna() | x.isna()] = "緯度か経度が数字でない"
    reason[blank] = "緯度か経度が空"
    good = reason == ""
    kept = table[good].copy()
    kept[lat], kept[lon] = y[good].astype(float), x[good].astype(float)
    return kept, table[~good].assign(理由=reason[~good])


def _bytes(source: str | Path | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "このファイル"
    path = Path(source)
    try:
        return path.read_bytes(), f"「{path.name}」"
    except OSError as error:
        raise TableError(f"「{path.name}」を開けないので、ファイルの場所と名前を確かめてください。") from error


def _decode(body: bytes, name: str) -> tuple[str, str]:
    other = next((what for head, what in _OTHER_FILES.items() if body.startswith(head)), None)
    if other:
        raise TableError(
            f"{name}は{other}のファイルなので、表計算ソフトで開いて「CSV UTF-8」の形で保存し直してから選んでください。"
        )
    decoded = {}
    for encoding in _candidates(body):
        with contextlib.suppress(UnicodeDecodeError):
            decoded[encoding] = body.decode(encoding)
    best = "utf-8" if "utf-8" in decoded else min(decoded, key=lambda key: _strangeness(decoded[key]), default="")
    text = decoded.get(best, "")
    if best != "utf-8" and "utf-8" in _candidates(body) and _is_broken_utf8(body):
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
    good = sum(char > "\x7f" for char in text) - text.count("\ufffd")
    return good > 10 * text.count("\ufffd")


def _is_binary(text: str) -> bool:
    control = sum(char < " " and char not in "\t\n\v\f\r\x1a" for char in text)
    return "\x00" in text or control > len(text) * _MAX_CONTROL


def _records(text: str, delimiter: str, name: str) -> list[list[str]]:
    """Return the records; a row of its own after the text would be swallowed by a quote that is never closed."""
    gap = "" if text.endswith(("\n", "\r")) else "\n"
    stream = io.StringIO(text + gap + _END, newline="")
    try:
        *records, last = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        last = []
    if last != [_END]:
        raise TableError(
            f'{name}の引用符（"）が閉じていないようなので、表計算ソフトで開いてCSVで保存し直してから選んでください。'
        )
    return records


def _strangeness(text: str) -> float:
    """Share of half-width katakana and private characters: EUC-JP bytes read as CP932 are full of them."""
    odd = sum("｡" <= char <= "ﾟ" or unicodedata.category(char) in ("Co", "Cn") for char in text)
    return odd / max(len(text), 1)


def _delimiter(text: str) -> str:
    first = next(line for line in text.splitlines() if line.strip())
    return "\t" if first.count("\t") > first.count(",") else ","


def _unique(names: list[str]) -> list[str]:
    result: list[str] = []
    for position, name in enumerate(names, start=1):
        base = name or f"無題{position}"
        numbered = (f"{base}_{n}" for n in itertools.count(2))
        result.append(base if base not in result else next(new for new in numbered if new not in result + names))
    return result


def _numbers(column: pd.Series) -> pd.Series:
    text = column.astype("str").map(lambda cell: unicodedata.normalize("NFKC", str(cell)).strip())
    return pd.to_numeric(text.replace("", None), errors="coerce")


def _within(values: pd.Series, axis: str) -> pd.Series:
    low, high = JAPAN[axis]
    return values.between(low, high)
