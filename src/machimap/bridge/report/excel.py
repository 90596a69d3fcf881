"""The account as an Excel file of several sheets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from machimap.bridge.report.account import SHOWN, Account
from machimap.spreadsheet import safe_cell

_WIDTHS = {"行": 8, "重さ": 8, "確信度": 8, "回数": 8, "必須": 6, "列": 24, "標準の列": 30, "もとの列": 30}
_WIDE = 44
_LONGEST = 32_000
_WRAPPED = 300
# Characters that an .xlsx cannot hold (XML 1.0).
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def write(account: Account, path: Path) -> None:
    """Write the sheets まとめ, 要確認, 列の対応, 変えたところ, 取り分けた行 (and 生成AI)."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _sheet(book, "まとめ", account.summary, account.words, account.formula, account.reading, account.rules)
    _sheet(book, "要確認", account.checks)
    _sheet(book, "列の対応", account.mapping)
    _sheet(book, "変えたところ", account.changes)
    _sheet(book, "取り分けた行", account.aside)
    if len(account.model_log):
        _sheet(book, "生成AI", account.model_log)
    book.save(path)


def _sheet(book, title: str, *tables: pd.DataFrame) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(title)
    for number, name in enumerate(tables[0].columns):
        sheet.column_dimensions[chr(ord("A") + number)].width = _WIDTHS.get(name, _WIDE)
    sheet.freeze_panes = "A2"
    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for table in tables:
        heads = [WriteOnlyCell(sheet, value=name) for name in table.columns]
        for head in heads:
            head.font = bold
        sheet.append(heads)
        # Styles cost most of the time, so only what is read line by line is wrapped.
        style = wrapped if len(table) <= _WRAPPED else None
        for line in table.head(SHOWN).itertuples(index=False, name=None):
            sheet.append([_cell(sheet, value, style, WriteOnlyCell) for value in line])
        if len(table) > SHOWN:
            sheet.append([f"ほかに {len(table) - SHOWN} 行あります。全部は 報告.csv にあります。"])
        sheet.append([])


def _cell(sheet, value: object, style, kind):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None if pd.isna(value) else value
    text = str(safe_cell(str(value)))[:_LONGEST].translate(_FORBIDDEN)
    if style is None and not text.startswith(("#", "'")):
        return text
    cell = kind(sheet, value=text)
    # Text stays text, whatever it begins with (#N/A would become a fault).
    cell.data_type = "s"
    if style is not None:
        cell.alignment = style
    return cell
