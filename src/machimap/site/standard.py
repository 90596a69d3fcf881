"""The list of emergency evacuation sites in the 39 columns of the national standard, with its descriptor."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from machimap.bridge.targets import target
from machimap.places import Place
from machimap.site.terms import LICENCES
from machimap.spreadsheet import safe_cell

NAME = "指定緊急避難場所一覧"


def columns() -> pd.DataFrame:
    """Return the columns of the standard in order: column, required ("1"), type, meaning, kind."""
    return target(NAME).columns


def standard_table(sites: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Return the sites of a municipality in the standard's columns, all of them text; what is not known stays blank.

    sites: a list in the standard's column names, complete or not; columns that the standard lacks are left out.
    """
    names = list(columns()["column"])
    table = sites.reindex(columns=names).astype("object").where(lambda cells: cells.notna(), "").map(_text)
    given = {
        "全国地方公共団体コード": place.lg_code,
        "市区町村コード": place.lg_code,
        "地方公共団体名": place.full_name,
    }
    for column, value in given.items():
        table[column] = table[column].where(table[column] != "", value)
    return table.astype("str").reset_index(drop=True)


def missing_required(table: pd.DataFrame) -> pd.DataFrame:
    """Return the required columns in which the list is blank: 列, 空の行数.

    A blank flag is an answer (the lists write 1 or nothing), so flags do not count.
    """
    required = columns().query("required == '1' and kind != 'flag'")["column"]
    blank = {column: int((table[column] == "").sum()) for column in required}
    return pd.DataFrame([(column, rows) for column, rows in blank.items() if rows], columns=["列", "空の行数"])


def write_standard(
    folder: Path, sites: pd.DataFrame, place: Place, *, licence: str, credits: tuple[str, ...], dated: str
) -> list[Path]:
    """Write 指定緊急避難場所一覧.csv (UTF-8 with BOM, CRLF) and its datapackage.json; return both paths."""
    table = standard_table(sites, place)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.csv"
    table.map(safe_cell).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    descriptor = folder / "datapackage.json"
    package = _package(table, place, licence, credits, dated)
    descriptor.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [path, descriptor]


def _package(table: pd.DataFrame, place: Place, licence: str, credits: tuple[str, ...], dated: str) -> dict:
    blank = missing_required(table)
    told = "、".join(f"{row.列}（{row.空の行数}行）" for row in blank.itertuples(index=False))
    return {
        "name": f"evacuation-sites-{place.lg_code}",
        "title": f"{place.full_name} {NAME}（自治体標準オープンデータセットの39列）",
        "description": f"標準で必須の列のうち、もとの一覧に書かれていないもの：{told or 'なし'}。空のままにしている。",
        "licenses": [{"name": licence, "path": LICENCES[licence][0]}],
        "retrieved": dated,
        "sources": [{"title": credit} for credit in credits],
        "resources": [
            {
                "name": "evacuation-sites",
                "path": f"{NAME}.csv",
                "title": NAME,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {
                    "fields": [
                        {"name": row.column, "type": "string", "description": row.meaning}
                        for row in columns().itertuples(index=False)
                    ]
                },
            }
        ],
    }


def _text(cell: object) -> str:
    return f"{cell:.6f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
