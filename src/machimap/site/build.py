"""Make the site's folder in one go: beside the old one first, then in its place."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FunctionLoader, select_autoescape

from machimap import datasets, hazards, maps, store
from machimap.maps.content import marked
from machimap.maps.hazard_map import leaflet_folder, safe_json
from machimap.places import Place
from machimap.site.folder import SiteError, own_files, put_in_place, write_marker

DATASETS = ("shelters", "boundaries", "hazards")
LEADS = {
    "指定緊急避難場所": "命を守るために逃げる場所です。災害の種類ごとに指定されています。",
    "指定避難所": "家に戻れない人が、しばらくとどまる場所です。",
}
LICENCES = {
    "CC-BY-4.0": ("https://creativecommons.org/licenses/by/4.0/deed.ja", "出典を書けば、だれでも自由に使えます"),
    "CC-BY-SA-4.0": (
        "https://creativecommons.org/licenses/by-sa/4.0/deed.ja",
        "出典を書き、作り変えたものも同じ条件で公開すれば、だれでも自由に使えます",
    ),
}
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


@dataclass(frozen=True)
class SiteReport:
    """What was written: the folder, its files (relative), the rows of each list, the credit lines."""

    folder: Path
    files: tuple[str, ...]
    counts: dict[str, int]
    credits: tuple[str, ...]


def build(
    place: Place,
    output_dir: str | Path,
    *,
    hazard: str | None = None,
    sites: pd.DataFrame | None = None,
    shelters: pd.DataFrame | None = None,
    licence: str = "CC-BY-4.0",
) -> SiteReport:
    """Write the site of a municipality into a folder and return what was written.

    hazard: the one that the map opens with, by default `hazards.usual`; sites, shelters: tables in the standard's
    column names, by default the national lists; licence: a key of `LICENCES`. The folder may be absent, empty, or
    an earlier site of this kit (its .git and every file of one's own in it stay); a folder with other files is
    refused and nothing is written. A failure midway leaves the old site whole. Raises SiteError,
    hazards.HazardError, datasets.TableError, store.DatasetError.
    """
    if licence not in LICENCES:
        raise SiteError(f"「{licence}」は選べないので、{' か '.join(LICENCES)} を指定してください。")
    target = Path(output_dir)
    tables = {
        "指定緊急避難場所": datasets.shelters(place, "指定緊急避難場所") if sites is None else sites,
        "指定避難所": datasets.shelters(place, "指定避難所") if shelters is None else shelters,
    }
    _check_names(tables)
    credits = tuple(datasets.credits(*DATASETS))
    opening = hazard or hazards.usual(tables["指定緊急避難場所"])
    try:
        earlier = own_files(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".site-") as scratch:
            work = Path(scratch) / "site"
            _write_all(work, place, tables, opening, licence, credits)
            files = write_marker(work)
            put_in_place(work, target, earlier)
    except OSError as error:
        raise SiteError(
            f"「{target.name}」に書き込めなかったので、空き容量と書き込みの権限を確かめてから、もう一度実行してください。"
        ) from error
    return SiteReport(target, files, {kind: len(table) for kind, table in tables.items()}, credits)


def _check_names(tables: dict[str, pd.DataFrame]) -> None:
    for kind, table in tables.items():
        if len(table) and "名称" not in table.columns:
            found = "、".join(map(str, table.columns[:8]))
            raise SiteError(f"{kind}の表に「名称」という列がないので、列の名前（{found}）を直してください。")


def _write_all(
    work: Path, place: Place, tables: dict[str, pd.DataFrame], hazard: str, licence: str, credits: tuple[str, ...]
) -> None:
    (work / "data").mkdir(parents=True)
    page = maps.hazard_map(place, hazard=hazard, sites=tables["指定緊急避難場所"], shelters=tables["指定避難所"])
    day = date.fromisoformat(store.descriptor("shelters")["retrieved"])
    facts = {
        "place": place,
        "official": place.url if re.match(r"https?://", place.url) else "",
        "credits": credits,
        "licence": licence,
        "licence_url": LICENCES[licence][0],
        "licence_words": LICENCES[licence][1],
        "dated": f"{day.year}年{day.month}月{day.day}日",
        "year": day.year,
        "counts": [len(table) for table in tables.values()],
        "lists": [_list(kind, table) for kind, table in tables.items()],
    }
    for name in ("index.html", "README.md", "LICENSE"):
        (work / name).write_text(_templates().get_template(name).render(facts), encoding="utf-8")
    (work / "site.css").write_text(_text("machimap.site", "site.css"), encoding="utf-8")
    for name in ("map.css", "map.js"):
        (work / name).write_text(_text("machimap.maps", name), encoding="utf-8")
    (work / "config.js").write_text(f'machimap("map", {safe_json(page.config)});\n', encoding="utf-8")
    (work / ".nojekyll").write_text("", encoding="utf-8")
    shutil.copytree(leaflet_folder() / "images", work / "leaflet" / "images")
    for name in ("leaflet.js", "leaflet.css"):
        shutil.copyfile(leaflet_folder() / name, work / "leaflet" / name)
    _write_data(work / "data", place, tables, licence, credits)


def _list(kind: str, table: pd.DataFrame) -> dict:
    names = {column: key for key, column in hazards.kinds()[["key", "column"]].itertuples(index=False)}
    flags = [column for column in table.columns if column in names]
    text = table.reindex(columns=["名称", "所在地_連結表記"]).astype("object").fillna("")
    rows = [
        {
            "name": row["名称"],
            "address": row["所在地_連結表記"],
            "hazards": "、".join(names[column] for column in flags if row[column]) or "記載なし",
        }
        for row in text.assign(**{column: marked(table[column]) for column in flags}).to_dict("records")
    ]
    return {
        "id": "sites" if flags or kind == "指定緊急避難場所" else "shelters",
        "title": kind,
        "lead": LEADS[kind],
        "rows": rows,
        "hazards": kind == "指定緊急避難場所",
    }


def _write_data(
    folder: Path, place: Place, tables: dict[str, pd.DataFrame], licence: str, credits: tuple[str, ...]
) -> None:
    entries = []
    for kind, table in tables.items():
        path = folder / f"{kind}.csv"
        table.map(safe_cell).rename(columns=safe_cell).to_csv(
            path, index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
        entries.append(
            {
                "name": "sites" if kind == "指定緊急避難場所" else "shelters",
                "path": path.name,
                "title": kind,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {"fields": [{"name": safe_cell(name), "type": _type(table[name])} for name in table.columns]},
            }
        )
    package = {
        "name": f"machimap-{place.lg_code}",
        "title": f"{place.full_name}の指定緊急避難場所・指定避難所",
        "licenses": [{"name": licence, "path": LICENCES[licence][0]}],
        "retrieved": store.descriptor("shelters")["retrieved"],
        "sources": [{"title": credit} for credit in credits],
        "resources": entries,
    }
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _type(column: pd.Series) -> str:
    return "number" if pd.api.types.is_numeric_dtype(column) else "string"


def safe_cell(value: object) -> object:
    """Return a cell that a spreadsheet shows as text: a leading =, +, - or @ gets an apostrophe, numbers stay."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return "'" + value
    return value


def _templates() -> Environment:
    return Environment(
        loader=FunctionLoader(lambda name: _text("machimap.site", name)),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")
