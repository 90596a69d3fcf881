"""Check a table against the Table Schema of its list, and say in Japanese what to do about each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from machimap.bridge.cleaning.codes import is_corporate_number, is_lg_code
from machimap.bridge.records import CHECK_COLUMNS
from machimap.bridge.sheet import LIGHT, Sheet, weight
from machimap.bridge.targets import Target

if TYPE_CHECKING:
    from frictionless.schema import Field

# What each kind of column asks for, as the end of 「…ください。」.
ASKED = {
    "flag": "指定があれば半角の 1、なければ空にして",
    "latitude": "日本の中の緯度を「35.666312」のような度の数で書いて",
    "longitude": "日本の中の経度を「139.315806」のような度の数で書いて",
    "number": "単位をつけず、半角の数だけを書いて",
    "lg_code": "6桁の全国地方公共団体コードを半角の数字で書いて",
    "corporate_number": "13桁の法人番号を半角の数字で書いて",
    "id": "半角の英字、数字、-、_ だけで、行ごとに違う番号を書いて",
    "phone": "市外局番から、03-1234-5678 のように半角で書いて",
    "extension": "内線番号を半角の数字だけで書いて",
    "postal": "7桁の郵便番号を半角の数字だけで書いて",
    "url": "https:// から始まるアドレスを書いて",
    "email": "xxx@example.lg.jp の形で書いて",
    "kana": "名前の読みを全角カタカナで書いて",
    "latin": "半角の英字と数字で書いて",
    "presence": "有か無（入れるかどうかなら可か不可）と書いて",
    "weekdays": "使える曜日を、月曜から順に「月火水木金」のように書いて",
    "time": "時刻を 09:00 のように書いて",
    "date": "日付を 2025-01-09 のように書いて",
}
PROBLEMS = {
    "required": "標準で必ず書く列なのに、空になっている",
    "type": "数や日付として読めない",
    "enum": "決められた値でない",
    "pattern": "決められた形でない",
    "minimum": "小さすぎる",
    "maximum": "大きすぎる",
}
CHECK_DIGITS = {"lg_code": is_lg_code, "corporate_number": is_corporate_number}


def validate(table: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the faults of a table against the standard: CHECK_COLUMNS, one row a faulty cell, in their order.

    Each column's different values go through the field readers of frictionless once; `unique`, which needs the whole
    column, and the check digits of codes are checked beside. A column that is not there is one fault, at the first row.
    """
    sheet = Sheet(table, target)
    for entry in target.schema["fields"]:
        if entry["name"] in table.columns:
            _check_column(sheet, _field(entry))
    missing = [name for name in target.names if name not in table.columns]
    return pd.concat([_told_missing(sheet, missing), sheet.checks()], ignore_index=True)


def _field(entry: dict) -> Field:
    """Return the reader of a field. Schema.from_descriptor would judge the schema too, and load jsonschema's parsers."""
    from frictionless import fields

    kinds = {"string": fields.StringField, "number": fields.NumberField, "date": fields.DateField}
    return kinds[entry["type"]](name=entry["name"], constraints=entry.get("constraints", {}), missing_values=[""])


def _check_column(sheet: Sheet, field: Field) -> None:
    kind = sheet.target.kinds[field.name]
    numbers, texts = pd.factorize(sheet.cells[field.name])
    read = field.create_cell_reader()
    problems = [_problem(text, kind, read(text)[1]) for text in texts]
    column = np.array(problems or [""], dtype=object)[numbers]
    if field.constraints.get("unique"):
        counts = np.bincount(numbers, minlength=len(texts))
        twice = (counts[numbers] > 1) & ~sheet.blank(field.name) & (column == "")
        column[twice] = "同じ値の行がほかにもある"
    rows = np.flatnonzero(column != "")
    blank = sheet.blank(field.name)[rows]
    for some, action in ((rows[blank], _action_for_blank(field.name)), (rows[~blank], f"{_asked(kind)}ください。")):
        sheet.doubt(field.name, some, column[some], action, weight(kind))


def _problem(text: str, kind: str, notes: dict[str, str] | None) -> str:
    """Return what is wrong with a value in words, "" when nothing is."""
    if notes:
        name = next(iter(notes))
        return PROBLEMS.get(name, f"標準の決まり（{name}）に合わない")
    if text and kind in CHECK_DIGITS and not CHECK_DIGITS[kind](text):
        return "検査数字が合わない"
    return ""


def _asked(kind: str) -> str:
    return ASKED.get(kind, "標準の決まりに合うように直して")


def _action_for_blank(name: str) -> str:
    return f"もとの資料で調べて、「{name}」を書いてください。"


def _told_missing(sheet: Sheet, names: list[str]) -> pd.DataFrame:
    first = sheet.index[0] if len(sheet) else 0
    rows = [
        (first, name, "", "標準の列がない", f"「{name}」の列を足してください（値がなければ空のままでよい）。", LIGHT)
        for name in names
    ]
    table = pd.DataFrame(rows, columns=list(CHECK_COLUMNS))
    return table.astype({name: "str" for name in CHECK_COLUMNS if name not in ("行", "重さ")} | {"重さ": int})
