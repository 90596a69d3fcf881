"""Read any town hall's CSV as it is: encoding, delimiter, ragged rows; and set unusable coordinates aside."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd

from machimap.datasets.text import ENCODING_NAMES, TableError, decode, delimiter, records, unique

JAPAN = {"緯度": (20.0, 46.0), "経度": (122.0, 154.5)}


def read_table(source: str | Path | bytes) -> tuple[pd.DataFrame, dict]:
    """Read a CSV or TSV (UTF-8, UTF-16, CP932 or EUC-JP, found out by reading); every cell a string, blanks "".

    Returns the table and notes: encoding, encoding_label (in Japanese), delimiter, rows, blank_rows (left
    out), ragged_rows (shorter or longer than the head; short ones are filled up, cells beyond the head go
    into columns 余り1, 余り2 …; a head without name becomes 無題N, a doubled one gains _2). Raises TableError
    for a missing or empty file, one without rows below the head, and one that is no table of text.
    """
    body, name = _bytes(source)
    encoding, text = decode(body, name)
    mark = delimiter(text)
    found = records(text, mark, name)
    filled = [record for record in found if any(cell.strip() for cell in record)]
    if len(filled) < 2:
        raise TableError(f"{name}には見出しの下にデータの行がないので、中身の入ったCSVファイルを選び直してください。")
    head, rows = filled[0], filled[1:]
    width = max(len(head), max(map(len, rows)))
    columns = unique([cell.strip() for cell in head] + [f"余り{n}" for n in range(1, width - len(head) + 1)])
    notes = {
        "encoding": encoding,
        "encoding_label": ENCODING_NAMES[encoding],
        "delimiter": mark,
        "rows": len(rows),
        "blank_rows": len(found) - len(filled),
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


def _numbers(column: pd.Series) -> pd.Series:
    text = column.astype("str").map(lambda cell: unicodedata.normalize("NFKC", str(cell)).strip())
    return pd.to_numeric(text.replace("", None), errors="coerce")


def _within(values: pd.Series, axis: str) -> pd.Series:
    low, high = JAPAN[axis]
    return values.between(low, high)
