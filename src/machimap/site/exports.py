"""Ways out of the site: a zip, the municipal map template's folder, and the sheet for the decision to publish."""

from __future__ import annotations

import contextlib
import json
import os
import re
import zipfile
from pathlib import Path

import pandas as pd

from machimap import datasets, hazards, store
from machimap.places import Place
from machimap.site import pages
from machimap.site.folder import LEFT_BEHIND, MARKER, SiteError, read_marker
from machimap.site.map_data import SHELTERS, SITES
from machimap.site.terms import LICENCES
from machimap.spreadsheet import safe_cell

PORTAL = "https://disaportal.gsi.go.jp/hazardmap/copyright/opendata.html"
LEFT_OUT = "csvに入らなかった行.csv"
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_DAY_ZERO = (1980, 1, 1, 0, 0, 0)


def write_zip(site_folder: Path, path: Path) -> Path:
    """Write a site's folder without its .git as one zip (the same folder gives the same bytes); return its path.

    The zip is written beside its place and renamed, so that a failure leaves no half of it. Raises SiteError.
    """
    site_folder, path = site_folder.resolve(), path.resolve()
    if not (site_folder / MARKER).is_file():
        raise SiteError(
            f"「{site_folder.name}」はサイトのフォルダではないので、先に `machimap site まち` でつくってください。"
        )
    if path.is_relative_to(site_folder):
        raise SiteError("zip をサイトのフォルダの中に書くと公開されてしまうので、フォルダの外を指定してください。")
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(_files(site_folder)):
                entry = zipfile.ZipInfo(f"{site_folder.name}/{file.relative_to(site_folder).as_posix()}", _DAY_ZERO)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                packed.writestr(entry, file.read_bytes())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise SiteError(f"「{path.name}」に書き込めないので、空き容量と場所を確かめてください。") from error
    return path


def write_template(folder: Path, place: Place, tables: dict[str, pd.DataFrame]) -> list[Path]:
    """Write a municipality in the form of the municipal hazard map template; return the paths.

    hazardmap-config.jsonc (prefecture, city, shikuchoson, tiles) and csv/NN-名前.csv (name, lat, lon, then what a
    tap shows), as the template reads them (https://github.com/sankichi92/shikuchoson-hazardmap-template). tables:
    by the name of each list, in the standard's columns. Rows without usable coordinates stand with their reason in
    LEFT_OUT. A folder that holds files already is refused. Raises SiteError, datasets.TableError.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise SiteError(f"「{folder}」にはもうファイルがあり、上書きしないので、別のフォルダを指定してください。")
    written, left = [folder / "hazardmap-config.jsonc", folder / "README.md"], []
    try:
        (folder / "csv").mkdir(parents=True, exist_ok=True)
        written[0].write_text(_config(place), encoding="utf-8")
        written[1].write_text(pages.render("exports/template.md", place=place, credits=_credits()), encoding="utf-8")
        for number, (name, table) in enumerate(tables.items(), start=1):
            kept, aside = datasets.clean_coordinates(table) if len(table) else (table, table)
            path = folder / "csv" / f"{number:02d}-{_file_name(name)}.csv"
            _template_rows(kept).map(safe_cell).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
            written.append(path)
            left += [aside.assign(一覧=name)] if len(aside) else []
        if left:
            path = folder / LEFT_OUT
            pd.concat(left).map(safe_cell).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
            written.append(path)
    except OSError as error:
        raise SiteError(f"「{folder}」に書き込めないので、空き容量と場所を確かめてください。") from error
    return written


def write_approval_sheet(path: Path, site_folder: Path, place: Place, answers: dict | None = None) -> Path:
    """Write the one-page sheet on which a municipality decides to publish a site; return its path.

    It tells what is published, whose data and licence, the dates, and leaves the boxes of the deciders blank.
    answers: those of the publication gate (contact, review_date …) where they are known. Raises SiteError.
    """
    site_folder = site_folder.resolve()
    options = read_marker(site_folder).options
    if not options:
        raise SiteError(
            f"「{site_folder.name}」はサイトのフォルダではないので、先に `machimap site まち` でつくってください。"
        )
    answers = answers or {}
    words = {
        "place": place,
        "rows": _data_rows(place, site_folder, options),
        "licence": options["licence"],
        "licence_words": LICENCES[options["licence"]][1],
        "url": options["url"],
        "contact": answers.get("contact", ""),
        "purpose": answers.get("value", ""),
        "review": str(answers.get("review_date", "")),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages.render("exports/approval.html", **words), encoding="utf-8")
    except OSError as error:
        raise SiteError(f"「{path.name}」に書き込めないので、空き容量と場所を確かめてください。") from error
    return path


def write_all(out: Path, site_folder: Path, place: Place) -> dict[str, Path]:
    """Write zip, template folder and approval sheet of a site; return them by name. Raises SiteError."""
    site_folder, out = site_folder.resolve(), out.resolve()
    if out.is_relative_to(site_folder):
        raise SiteError("サイトのフォルダの中に書くと公開されてしまうので、フォルダの外を指定してください。")
    tables = {kind: site_table(site_folder, kind) for kind in (SITES, SHELTERS)}
    write_template(out / "テンプレート", place, tables)
    return {
        "zip": write_zip(site_folder, out / f"{_file_name(place.name)}.zip"),
        "template": out / "テンプレート",
        "approval": write_approval_sheet(out / "決裁.html", site_folder, place),
    }


def site_table(site_folder: Path, kind: str) -> pd.DataFrame:
    """Return a list as it stands in a site's folder: 緯度, 経度 floats, all other cells text. Raises SiteError."""
    path = site_folder / "data" / f"{kind}.csv"
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise SiteError(
            f"サイトのフォルダの data/{kind}.csv を読めないので、`machimap site まち` で作り直してください。"
        ) from error
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ("緯度", "経度") if name in table.columns}
    return table.map(lambda cell: cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell).assign(**numbers)


def _files(folder: Path) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", *LEFT_BEHIND)]
        found += [Path(root) / name for name in names if not (Path(root) / name).is_symlink()]
    return found


def _file_name(name: str) -> str:
    return _FORBIDDEN.sub("_", name).strip(" .") or "無題"


def _credits() -> list[str]:
    return datasets.credits("shelters", "hazards")


def _config(place: Place) -> str:
    ids = list(dict.fromkeys(layer for layers in hazards.kinds()["layers"] for layer in layers))
    tiles = [
        {
            "name": row["name"],
            "url": row["url"].replace("{pp}", place.prefecture_code),
            "attribution": f'<a href="{PORTAL}">ハザードマップポータルサイト</a>',
        }
        for row in (hazards.layer(layer_id) for layer_id in ids)
    ]
    tiles[0]["checked"] = True
    listed = ",\n".join("    " + json.dumps(tile, ensure_ascii=False) for tile in tiles)
    note = (
        "  // このテンプレートは政令指定都市の全体を受け付けません。区の名前に直してください。\n"
        if _has_wards(place)
        else ""
    )
    return (
        "{\n"
        "  // 都道府県\n"
        f'  "prefecture": {json.dumps(place.prefecture, ensure_ascii=False)},\n'
        "  // 政令指定都市の区なら市の名前、そうでなければ null\n"
        f'  "city": {json.dumps(place.parent_name or None, ensure_ascii=False)},\n'
        f"{note}"
        "  // 市区町村（郡は書かない）\n"
        f'  "shikuchoson": {json.dumps(place.own_name, ensure_ascii=False)},\n'
        "  // 重ねる区域。まちに関係のないものは { } の1行ごと消せます。\n"
        f'  "tiles": [\n{listed}\n  ]\n'
        "}\n"
    )


def _has_wards(place: Place) -> bool:
    table = datasets.table("municipalities", "municipalities")
    return bool((table["parent_lg_code"] == place.lg_code).any())


def _template_rows(table: pd.DataFrame) -> pd.DataFrame:
    text = table.reindex(columns=["名称", "所在地_連結表記"]).astype("object").fillna("")
    rows = pd.DataFrame(
        {"name": text["名称"], "lat": table.get("緯度"), "lon": table.get("経度"), "住所": text["所在地_連結表記"]}
    )
    fit = pages.fit_words(table)
    return rows.assign(使える災害=fit) if fit is not None else rows


def _data_rows(place: Place, site_folder: Path, options: dict) -> list[dict]:
    shelters = store.descriptor("shelters")
    rows = [
        {
            "title": kind,
            "count": f"{len(site_table(site_folder, kind)):,}件",
            "dated": options["dated"],
            "credit": store.credit("shelters"),
            "terms": shelters["licenses"][0]["title"],
        }
        for kind in (SITES, SHELTERS)
    ]
    own = datasets.OWN_LIST_DATASETS.get(place.lg_code)
    for name in ("boundaries", "hazards", *([own] if own else [])):
        package = store.descriptor(name)
        rows.append(
            {
                "title": package["title"],
                "count": "―",
                "dated": package["retrieved"],
                "credit": package["credit"],
                "terms": package["licenses"][0]["title"],
            }
        )
    layer = options.get("layer")
    return rows + (
        [{"title": layer["title"], "count": "―", "dated": "", "credit": layer["credit"], "terms": ""}] if layer else []
    )
