"""The folder of the output: what is for publication, and apart from it what is not."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from machimap import store
from machimap.bridge import recipe as recipes
from machimap.bridge.records import BridgeError
from machimap.bridge.report import excel, page
from machimap.bridge.report.account import Account
from machimap.spreadsheet import safe_cell

if TYPE_CHECKING:
    from machimap.bridge.pipeline import Bridged

REPORT = "報告"
PRIVATE = "公開しない"
LEFT_OVER = "もとの列の残り.csv"
SET_ASIDE = "取り分けた行.csv"
_READ_ME = "はじめに読んでください.txt"
_WARNING = """\
このフォルダのファイルは、そのまま公開しないでください。

{left_over}：標準の一覧に入らなかった列です（行の番号つき）。{persons}
{set_aside}：公開する一覧に入れなかった行と、その理由です。

氏名、電話番号、鍵の保管場所など、公開してはいけないことが入っているかもしれません。
公開するときは、担当課が1列ずつ見て決めてください。
"""


def write(bridged: Bridged, folder: Path) -> list[Path]:
    """Write everything; files of the same names are replaced, others stay. Returns the paths, the list first.

    Raises BridgeError when the folder cannot be written to.
    """
    try:
        (folder / PRIVATE).mkdir(parents=True, exist_ok=True)
        return _written(bridged, folder)
    except OSError as error:
        raise BridgeError(
            f"「{folder}」に書き込めないので、開いているファイルを閉じるか、別のフォルダを選んでください。"
        ) from error


def _written(bridged: Bridged, folder: Path) -> list[Path]:
    account = Account.of(bridged)
    name = bridged.target.name
    paths = [folder / f"{name}.csv", folder / "datapackage.json", folder / recipes.NAME]
    _csv([bridged.table], paths[0])
    paths[1].write_text(json.dumps(_package(bridged), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    paths[2].write_text(recipes.dump(bridged.recipe), encoding="utf-8")
    reports = [folder / f"{REPORT}.{form}" for form in ("html", "xlsx", "csv")]
    reports[0].write_text(page.html(account), encoding="utf-8")
    excel.write(account, reports[1])
    _csv(account.parts(), reports[2])
    return [*paths, *reports, *_private(bridged, folder / PRIVATE)]


def _private(bridged: Bridged, folder: Path) -> list[Path]:
    paths = [folder / LEFT_OVER, folder / SET_ASIDE, folder / _READ_ME]
    _csv([bridged.beside.reset_index(names="もとの行")], paths[0])
    _csv([bridged.aside], paths[1])
    persons = bridged.persons
    told = f"人のことが書かれていそうな列：{'、'.join(persons)}。" if persons else ""
    text = _WARNING.format(left_over=LEFT_OVER, set_aside=SET_ASIDE, persons=told)
    paths[2].write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    return paths


def _csv(tables: list[pd.DataFrame], path: Path) -> None:
    """Write tables with the same heads one below the other: UTF-8 with BOM, CRLF, no cell that a spreadsheet runs."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        # The mark by hand: Python's own "utf-8-sig" takes much longer for each row.
        stream.write("\ufeff")
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(map(safe_cell, tables[0].columns))
        for table in tables:
            columns = [_safe(table[name]) for name in table.columns]
            writer.writerows(zip(*columns, strict=True))


def _safe(column: pd.Series) -> list:
    if pd.api.types.is_numeric_dtype(column):
        return ["" if value != value else value for value in column.tolist()]
    known: dict[object, object] = {}
    return [
        known[cell] if cell in known else known.setdefault(cell, "" if cell != cell else safe_cell(cell))
        for cell in column.tolist()
    ]


def _package(bridged: Bridged) -> dict:
    """Return the descriptor; who publishes and under which licence is for the town to say, so it is said to be open."""
    goal, place = bridged.target, bridged.place
    resource = store.descriptor("schemas")
    slug = next(entry["name"] for entry in resource["resources"] if entry.get("target") == goal.name)
    return {
        "name": slug.replace("_", "-") + (f"-{place.lg_code}" if place else ""),
        "title": f"{place.full_name}の{goal.name}" if place else goal.name,
        "description": (
            "自治体標準オープンデータセットの形にした表です。ライセンス（licenses）は、まだ書かれていません。"
            "公開する前に、担当課で決めて書き足してください（例：CC BY 4.0）。"
        ),
        "created": f"{date.today().isoformat()}T00:00:00+09:00",
        "sources": [{"title": text} for text in (bridged.reading.name, *bridged.credits)],
        "resources": [
            {
                "name": slug,
                "type": "table",
                "path": f"{goal.name}.csv",
                "title": goal.name,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8-sig",
                "dialect": {"csv": {"lineTerminator": "\r\n"}},
                "schema": goal.schema,
            }
        ],
    }
