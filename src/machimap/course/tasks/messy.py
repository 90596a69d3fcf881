"""A list as an office keeps it in Excel, with the faults that real ones have (架空データ where a fact is invented)."""

from __future__ import annotations

import io
import random
from functools import cache

import openpyxl
import pandas as pd

from machimap import datasets
from machimap.places import Place

MARK = "架空データ"
ROWS, LACKING = 24, 3
_HAZARDS = {
    "洪水": "災害種別_洪水",
    "土砂災害": "災害種別_崖崩れ、土石流及び地滑り",
    "地震": "災害種別_地震",
    "津波": "災害種別_津波",
}
_BEFORE = ["No.", "箇所", "住所", "北緯", "東経"]
_AFTER = ["収容人数", "鍵の管理者", "備考"]
_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


@cache
def messy_list(place: Place, *, next_year: bool = False) -> bytes:
    """Return an Excel book of the place's 指定緊急避難場所: real names, addresses, positions and hazards, put into disorder.

    A title, a head of two rows, notes and a total; LACKING rows without a position, one with latitude and longitude
    swapped, one row twice, one without a name. People and capacities are invented and marked. next_year: the
    same with a new column, one column under another head, and one gone.
    """
    chance = random.Random(place.lg_code)
    sites = _chosen(place, chance)
    rows = [_row(number, site, chance) for number, site in enumerate(sites.to_dict("records"), start=1)]
    for number in range(LACKING):
        rows[2 + 3 * number][3:5] = ["", ""]
    rows[1][3:5] = rows[1][4:2:-1]
    rows.insert(6, list(rows[3]))
    rows.insert(9, ["", "", rows[4][2], "", "", *[""] * len(_HAZARDS), "", "", f"名前を調べている（{MARK}）"])
    return _book(place, rows, next_year)


def file_name(place: Place) -> str:
    """Return what the book is called."""
    return f"{place.name}_指定緊急避難場所（{MARK}）.xlsx"


def _chosen(place: Place, chance: random.Random) -> pd.DataFrame:
    """Return at most ROWS sites whose names stand once in both national lists."""
    sites = datasets.shelters(place, "指定緊急避難場所")
    names = pd.concat([sites["名称"], datasets.shelters(place, "指定避難所")["名称"]])
    counts = names.value_counts()
    clear = sites[
        sites["名称"].map(counts).le(2) & ~sites["名称"].duplicated(keep=False) & sites["所在地_連結表記"].ne("")
    ]
    return clear.iloc[sorted(chance.sample(range(len(clear)), min(ROWS, len(clear))))]


def _row(number: int, site: dict, chance: random.Random) -> list:
    address = site["所在地_連結表記"]
    return [
        number,
        site["名称"],
        address.translate(_WIDE) if number % 2 else address,
        site["緯度"],
        site["経度"],
        *("○" if site[column] == "1" else "－" for column in _HAZARDS.values()),
        f"{'約' if number % 6 == 0 else ''}{chance.randrange(5, 90) * 10:,}人",
        f"担当{number}（{MARK}）",
        f"収容人数と鍵の管理者は{MARK}",
    ]


def _book(place: Place, rows: list[list], next_year: bool) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "一覧"
    year = 8 if next_year else 7
    sheet.append([f"{place.name} 指定緊急避難場所 一覧（{MARK}をまぜた練習用）"])
    sheet.append([f"令和{year}年4月1日現在"])
    after = ["収容人数（令和8年4月1日）", "Wi-Fi", "備考"] if next_year else _AFTER
    sheet.append([*_BEFORE, "使える災害", *[""] * (len(_HAZARDS) - 1), *after])
    sheet.append([*[""] * len(_BEFORE), *_HAZARDS, *[""] * len(after)])
    first, last = len(_BEFORE) + 1, len(_BEFORE) + len(_HAZARDS)
    sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=last)
    for row in rows:
        sheet.append([*row[:-2], "有", row[-1]] if next_year else row)
    sheet.append(["", "合計", f"{len(rows)}か所"])
    sheet.append([f"※ 収容人数と鍵の管理者は{MARK}です。"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
