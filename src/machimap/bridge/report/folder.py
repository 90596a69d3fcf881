"""The folder of the output: what is for publication, and apart from it what is not."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from machimap.bridge import recipe as recipes
from machimap.bridge.records import BridgeError
from machimap.bridge.report import excel, package, page
from machimap.bridge.report.account import Account
from machimap.spreadsheet import safe_cell

if TYPE_CHECKING:
    from machimap.bridge.pipeline import Bridged

REPORT = "報告"
PRIVATE = "公開しない"
LEFT_OVER = "もとの列の残り.csv"
SET_ASIDE = "取り分けた行.csv"
_ENDING = re.compile(r"\.(?:csv|tsv|txt|xlsx|xlsm|xls|json|geojson|zip)$", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)
_LONGEST = 60
_READ_ME = "はじめに読んでください.txt"
_WARNING = """\
このフォルダのファイルは、そのまま公開しないでください。

{left_over}：標準の一覧に入らなかった列です（行の番号つき）。{persons}
{set_aside}：公開する一覧に入れなかった行と、その理由です。

氏名、電話番号、鍵の保管場所など、公開してはいけないことが入っているかもしれません。
公開するときは、担当課が1列ずつ見て決めてください。
"""


def folder_name(source: str) -> str:
    """Return a name for the folder of a source's list, for every system: 「避難所一覧」 of 「避難所一覧.csv」.

    source: the name of the source, as of `Reading.name`. Characters and names that Windows does not take are replaced.
    """
    base = unicodedata.normalize("NFC", source).replace("\\", "/").rstrip("/").split("/")[-1]
    stem = base[: -len(ending.group())] if (ending := _ENDING.search(base)) else base
    name = _FORBIDDEN.sub("_", stem)[:_LONGEST].strip(" .　")
    # Windows knows its devices by what stands before the first dot: NUL.2025 is NUL.
    return f"_{name}" if not name or _DEVICES.fullmatch(name.split(".")[0].strip()) else name


def write(bridged: Bridged, folder: Path, *, replace: bool = False) -> list[Path]:
    """Write everything; files of the same names are replaced, others stay. Returns the paths written, the list first.

    What a person added to datapackage.json (licenses, contributors, keywords …) stays there. Without a row to publish, or `blocked`,
    neither list nor datapackage.json is written, and those of an earlier run stay; the recipe too is written only where
    no list stands, since the one beside a list is the one that made it, while a first undecided one is of use.

    Raises BridgeError, and writes nothing, for a folder that cannot be written to, one with the list of another source,
    municipality or kind (unless `replace`), and one with a datapackage.json that cannot be read (unless `replace`).
    """
    try:
        known = _known(bridged, folder, replace)
        (folder / PRIVATE).mkdir(parents=True, exist_ok=True)
        return _written(bridged, folder, known)
    except OSError as error:
        raise BridgeError(
            f"「{folder}」に書き込めないので、開いているファイルを閉じるか、別のフォルダを選んでください。"
        ) from error


def _known(bridged: Bridged, folder: Path, replace: bool) -> dict:
    """Return the descriptor of the run before."""
    try:
        known = package.found(folder)
    except BridgeError:
        if not replace:
            raise
        return {}
    other = package.stranger(known, bridged)
    if other and not replace:
        raise BridgeError(
            f"「{folder.name}」には別の表から作った一覧（{other}）が入っているので、別のフォルダを選ぶか、"
            "置きかえてよいなら --replace（ノートでは replace=True）を付けてください。"
        )
    return known if not other or known.get("name") == package.made(bridged, {})["name"] else {}


def _written(bridged: Bridged, folder: Path, known: dict) -> list[Path]:
    published = _published(bridged, folder, known) if len(bridged.table) and not bridged.blocked else []
    if published or not (folder / f"{bridged.target.name}.csv").exists():
        published.append(folder / recipes.NAME)
        published[-1].write_text(recipes.dump(bridged.recipe), encoding="utf-8")
    account = Account.of(bridged, licences=package.licences(known))
    reports = [folder / f"{REPORT}.{form}" for form in ("html", "xlsx", "csv")]
    reports[0].write_text(page.html(account), encoding="utf-8")
    excel.write(account, reports[1])
    _csv(account.parts(), reports[2])
    return [*published, *reports, *_private(bridged, folder / PRIVATE)]


def _published(bridged: Bridged, folder: Path, known: dict) -> list[Path]:
    paths = [folder / f"{bridged.target.name}.csv", folder / package.NAME]
    _csv([bridged.table], paths[0])
    text = json.dumps(package.made(bridged, known), ensure_ascii=False, indent=2)
    paths[1].write_text(text + "\n", encoding="utf-8")
    return paths


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
