"""Read any town hall's CSV as it is: encoding, delimiter, ragged rows; and set unusable coordinates aside."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pandas as pd

from machimap.errors import MachimapError

JAPAN = {"緯度": (20.0, 46.0), "経度": (122.0, 154.5)}
_ENCODING_NAMES = {
    "utf-8-sig": "UTF-8（BOM付き）",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp932": "CP932（Shift_JIS）",
    "euc_jp": "EUC-JP",
}


class TableError(MachimapError):
    """A table cannot be read."""


def read_table(source: str | Path | bytes) -> tuple[pd.DataFrame, dict]:
    """Read a CSV or TSV whose encoding is unknown; every cell a string, blanks "".

    Returns the table and notes: encoding, encoding_label (in Japanese), delimiter, rows, blank_rows (left
    out), ragged_rows (shorter or longer than the head; short ones are filled up, cells beyond the head go
    into columns 余り1, 余り2 …). Raises TableError for an empty file, a missing one, or one that is no text.
    """
    body, name = _bytes(source)
    encoding, text = _decode(body, name)
    delimiter = _delimiter(text)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))
    filled = [record for record in records if any(cell.strip() for cell in record)]
    if len(filled) < 2:
        raise TableError(f"{name}には見出しとデータの行がありません。中身の入ったCSVファイルを選び直してください。")
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
                f"「{column}」という列がありません。列の名前（{found}）を確かめ、緯度と経度の列を教えてください。"
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
        raise TableError(f"「{path.name}」を開けません。ファイルの場所と名前を確かめてください。") from error


def _decode(body: bytes, name: str) -> tuple[str, str]:
    if not body.strip():
        raise TableError(f"{name}は空です。中身の入ったCSVファイルを選び直してください。")
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise TableError(
            f"{name}はExcelのファイルです。Excelで開き、「CSV UTF-8」の形で保存し直してから選んでください。"
        )
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif body.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "cp932", "euc_jp"]
    decoded = {}
    for encoding in candidates:
        try:
            decoded[encoding] = body.decode(encoding)
        except UnicodeDecodeError:
            continue
    if not decoded or "\x00" in next(iter(decoded.values())):
        raise TableError(
            f"{name}の文字を読み取れません。CSV（UTF-8 または Shift_JIS）で保存し直してから選んでください。"
        )
    if "utf-8" in decoded:
        return "utf-8", decoded["utf-8"]
    best = min(decoded, key=lambda encoding: _strangeness(decoded[encoding]))
    return best, decoded[best]


def _strangeness(text: str) -> float:
    """Share of half-width katakana and private characters: EUC-JP bytes read as CP932 are full of them."""
    odd = sum("｡" <= char <= "ﾟ" or unicodedata.category(char) in ("Co", "Cn") for char in text)
    return odd / len(text)


def _delimiter(text: str) -> str:
    first = next(line for line in text.splitlines() if line.strip())
    return "\t" if first.count("\t") > first.count(",") else ","


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for position, name in enumerate(names, start=1):
        name = name or f"無題{position}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def _numbers(column: pd.Series) -> pd.Series:
    text = column.astype("str").map(lambda cell: unicodedata.normalize("NFKC", str(cell)).strip())
    return pd.to_numeric(text.replace("", None), errors="coerce")


def _within(values: pd.Series, axis: str) -> pd.Series:
    low, high = JAPAN[axis]
    return values.between(low, high)
