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
from machimap.errors import MachimapError
from machimap.maps.hazard_map import leaflet_folder, safe_json
from machimap.places import Place

MARKER = ".machimap-site.json"
DATASETS = ("shelters", "boundaries", "hazards")
LEADS = {
    "指定緊急避難場所": "命を守るために逃げる場所です。災害の種類ごとに指定されています。",
    "指定避難所": "家に戻れない人が、しばらくとどまる場所です。",
}
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


class SiteError(MachimapError):
    """The site cannot be written where it was asked for."""


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

    hazard: the one that the map opens with, by default `hazards.usual`; sites, shelters: tables in the standard's column names, by default
    the national lists. The folder may be absent, empty, or an earlier site of this kit (its .git and files of
    one's own beside it stay); a folder with other files is refused and nothing is written. A failure midway
    leaves the old site whole. Raises SiteError, hazards.HazardError, store.DatasetError.
    """
    target = Path(output_dir)
    earlier = _own_files(target)
    tables = {
        "指定緊急避難場所": datasets.shelters(place, "指定緊急避難場所") if sites is None else sites,
        "指定避難所": datasets.shelters(place, "指定避難所") if shelters is None else shelters,
    }
    credits = tuple(datasets.credits(*DATASETS))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".site-") as scratch:
        work = Path(scratch) / "site"
        opening = hazard or hazards.usual(tables["指定緊急避難場所"])
        _write_all(work, place, tables, opening, licence, credits)
        files = tuple(
            sorted([MARKER, *(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())])
        )
        (work / MARKER).write_text(json.dumps({"files": files}, ensure_ascii=False, indent=1), encoding="utf-8")
        _put_in_place(work, target, earlier)
    return SiteReport(target, files, {kind: len(table) for kind, table in tables.items()}, credits)


def _own_files(target: Path) -> tuple[str, ...]:
    """Return the files that an earlier build wrote; raises SiteError for a folder with foreign files."""
    if not target.exists():
        return ()
    if not target.is_dir():
        raise SiteError(f"「{target.name}」はフォルダではありません。別の名前のフォルダを指定してください。")
    marker = target / MARKER
    if marker.exists():
        try:
            return tuple(json.loads(marker.read_text(encoding="utf-8"))["files"])
        except (ValueError, KeyError) as error:
            raise SiteError(
                f"「{target.name}」の記録 {MARKER} が壊れています。フォルダの名前を変えてから作り直してください。"
            ) from error
    foreign = sorted(path.name for path in target.iterdir() if path.name != ".git")
    if foreign:
        raise SiteError(
            f"「{target.name}」には、ほかのファイル（{'、'.join(foreign[:3])}）が入っています。"
            "何も書き換えていないので、空のフォルダを指定してください。"
        )
    return ()


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
    rows = [
        {
            "name": row["名称"],
            "address": row.get("所在地_連結表記", ""),
            "hazards": "、".join(names[column] for column in flags if row[column] == "1") or "記載なし",
        }
        for row in table.to_dict("records")
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
        table.map(safe_cell).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        entries.append(
            {
                "name": "sites" if kind == "指定緊急避難場所" else "shelters",
                "path": path.name,
                "title": kind,
                "encoding": "utf-8",
            }
        )
    package = {
        "name": f"machimap-{place.lg_code}",
        "title": f"{place.full_name}の指定緊急避難場所・指定避難所",
        "licenses": [{"name": licence}],
        "sources": [{"title": credit} for credit in credits],
        "resources": entries,
    }
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def safe_cell(value: object) -> object:
    """Return a cell that a spreadsheet shows as text: a leading =, +, - or @ gets an apostrophe, numbers stay."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return "'" + value
    return value


def _put_in_place(work: Path, target: Path, earlier: tuple[str, ...]) -> None:
    """Put the new site where the old one is: a new folder takes over what is not the kit's own, then the name."""
    if target.exists():
        for path in sorted(target.iterdir()):
            if path.name == MARKER or _is_own(path, target, earlier):
                continue
            shutil.move(str(path), str(work / path.name))
        old = work.parent / "old"
        target.rename(old)
    work.rename(target)


def _is_own(path: Path, target: Path, earlier: tuple[str, ...]) -> bool:
    if path.is_file():
        return path.relative_to(target).as_posix() in earlier
    return any(name.startswith(path.name + "/") for name in earlier)


def _templates() -> Environment:
    return Environment(
        loader=FunctionLoader(lambda name: _text("machimap.site", name)),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")
