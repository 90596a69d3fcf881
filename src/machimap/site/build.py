"""Make the site's folder in one go: beside the old one first, then in its place."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import pandas as pd
import rcssmin
import rjsmin

from machimap import datasets, hazards, store
from machimap.maps.hazard_map import leaflet_folder, safe_json
from machimap.places import Place
from machimap.site import own_layer, pages, shell
from machimap.site.folder import LEFT_BEHIND, SiteError, keep_edits, put_in_place, read_marker, write_marker
from machimap.site.languages import fill, languages
from machimap.site.map_data import SHELTERS, SITES, link_names, map_data
from machimap.site.mismatch import Mismatch, mismatch
from machimap.site.own_layer import OwnLayer
from machimap.site.pages import Facts
from machimap.site.standard import write_standard
from machimap.site.tables import write_tables
from machimap.site.terms import LICENCES

DATASETS = ("shelters", "boundaries", "hazards")


_UNUSED = re.compile(r"popup|tooltip|control-layers|marker|div-icon|zoom-box|vml|oldie")


@dataclass(frozen=True)
class SiteReport:
    """What was written: folder, files (relative), rows of each list, credit lines.

    kept: the kit's own files that a person had changed and that were not lost; notes: lines for the learner.
    """

    folder: Path
    files: tuple[str, ...]
    counts: dict[str, int]
    credits: tuple[str, ...]
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def build(
    place: Place,
    output_dir: str | Path,
    *,
    hazard: str | None = None,
    sites: pd.DataFrame | None = None,
    shelters: pd.DataFrame | None = None,
    own: pd.DataFrame | None = None,
    layer: OwnLayer | None = None,
    licence: str = "CC-BY-4.0",
    url: str = "",
    dated: str | None = None,
) -> SiteReport:
    """Write the site of a municipality into a folder and return what was written.

    hazard: the one that the map opens with, by default `hazards.usual`; sites, shelters: tables in the standard's
    column names, by default the national lists; own: the city's own list for the notice where the lists differ, by
    default the bundled one; layer: the municipality's own areas; licence: a key of `LICENCES`; url: the address
    at which the site will stand (for its QR code); dated: the day (ISO) of the lists, by default that of the
    bundled ones. The folder may be absent, empty, or an earlier site of this kit (its .git and every file of one's
    own in it stay, and so does what a person changed in the kit's own files); a folder with other files is refused
    and nothing is written. A failure midway leaves the old site whole. Raises SiteError, hazards.HazardError,
    maps.MapError, datasets.TableError, store.DatasetError.
    """
    _check(licence, url)
    target = Path(output_dir).absolute()
    tables = {
        SITES: datasets.shelters(place, SITES) if sites is None else sites,
        SHELTERS: datasets.shelters(place, SHELTERS) if shelters is None else shelters,
    }
    _check_names(tables)
    opening = hazards.kind(hazard)["key"] if hazard else hazards.usual(tables[SITES])
    dated = dated or store.descriptor("shelters")["retrieved"]
    facts = _facts(place, tables, opening, licence, url, dated, own, layer)
    options = {"place": place.lg_code, "hazard": opening, "licence": licence, "url": facts.url, "dated": dated}
    try:
        earlier = read_marker(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".site-") as scratch:
            work = Path(scratch) / "site"
            _write_all(work, facts, tables, layer)
            files = write_marker(work, options | ({"layer": _layer_options(layer)} if layer else {}))
            kept = keep_edits(work, target, earlier)
            put_in_place(work, target, tuple(earlier.files))
    except OSError as error:
        raise SiteError(
            f"「{target.name}」に書き込めなかったので、空き容量と書き込みの権限を確かめてから、もう一度実行してください。"
        ) from error
    notes = (layer.summary,) if layer else ()
    return SiteReport(target, files, {kind: len(table) for kind, table in tables.items()}, facts.credits, kept, notes)


def _check(licence: str, url: str) -> None:
    if licence not in LICENCES:
        raise SiteError(f"「{licence}」は選べないので、{' か '.join(LICENCES)} を指定してください。")
    if url and not re.fullmatch(r"https?://[^\s\"'<>?#]+", url):
        raise SiteError(f"公開する住所「{url}」が使えないので、https://example.jp/map/ のように書いてください。")


def _check_names(tables: dict[str, pd.DataFrame]) -> None:
    for kind, table in tables.items():
        if len(table) and "名称" not in table.columns:
            found = "、".join(map(str, table.columns[:8]))
            raise SiteError(f"{kind}の表に「名称」という列がないので、列の名前（{found}）を直してください。")


def _facts(
    place: Place,
    tables: dict[str, pd.DataFrame],
    opening: str,
    licence: str,
    url: str,
    dated: str,
    own: pd.DataFrame | None,
    layer: OwnLayer | None,
) -> Facts:
    linked = {kind: table.assign(link=link_names(table, kind)) for kind, table in tables.items()}
    found = map_data(place, linked)
    bundled = datasets.own_list(place) if own is None else None
    differences = _differences(own if bundled is None else bundled, tables)
    own_credit = [store.credit(datasets.OWN_LIST_DATASETS[place.lg_code])] if bundled is not None else []
    listed = _dated_credit(store.credit("shelters"), dated)
    credits = [listed, *datasets.credits(*DATASETS[1:]), *own_credit, *([layer.credit] if layer else [])]
    facts = Facts(
        place=place,
        tables=linked,
        data=found.data | {"dated": dated, "opening": opening, "address": url, "own": _own(layer)},
        opening=opening,
        licence=licence,
        credits=tuple(dict.fromkeys(credits)),
        dated=dated,
        url=url.rstrip("/") + "/" if url else "",
        not_drawn=found.not_drawn,
        mismatch=differences,
        own_title=layer.title if layer else "",
        version="",
        languages=languages(),
    )
    return replace(facts, version=_version(facts, layer))


def _dated_credit(credit: str, dated: str) -> str:
    """The credit line of the lists with the day on which these lists were taken."""
    return credit.replace(pages.japanese_day(store.descriptor("shelters")["retrieved"]), pages.japanese_day(dated))


def _differences(own: pd.DataFrame | None, tables: dict[str, pd.DataFrame]) -> Mismatch | None:
    return mismatch(own, tables) if own is not None and any(len(table) for table in tables.values()) else None


def _own(layer: OwnLayer | None) -> dict | None:
    if layer is None:
        return None
    classes = [{"label": label, "hex": colour} for label, colour in layer.classes.items()]
    return {
        "file": "layer.js",
        "title": layer.title,
        "credit": layer.credit,
        "classes": classes,
        "metres": layer.metres,
    }


def _layer_options(layer: OwnLayer) -> dict:
    told = ("title", "credit", "column", "metres", "changed", "set_aside")
    return {name: getattr(layer, name) for name in told}


def _version(facts: Facts, layer: OwnLayer | None) -> str:
    """A short name for this content: the same facts and the same program give the same."""
    told = [facts.opening, facts.licence, facts.url, facts.official, *facts.credits, repr(facts.mismatch)]
    tables = [table.to_csv() for table in facts.tables.values()]
    parts = [
        safe_json(facts.data),
        app_script(),
        pages.sources(),
        *told,
        *tables,
        own_layer.script(layer) if layer else "",
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def app_script() -> str:
    """Return the page's own script: its parts in the order of their names, in one closed scope."""
    folder = resources.files("machimap.site").joinpath("app")
    parts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if entry.is_file())
    shared = resources.files("machimap.maps").joinpath("templates", "common.js").read_text(encoding="utf-8")
    return rjsmin.jsmin(shared + '(function () {\n"use strict";\n' + "".join(text for _, text in parts) + "})();\n")


def later_script(name: str) -> str:
    """Return a script that the page loads when it is asked for."""
    path = resources.files("machimap.site").joinpath("app", "later", name)
    return rjsmin.jsmin(path.read_text(encoding="utf-8"))


def _write_all(work: Path, facts: Facts, tables: dict[str, pd.DataFrame], layer: OwnLayer | None) -> None:
    spoken = facts.languages
    (work / "icons").mkdir(parents=True)
    for name, page in pages.pages(facts).items():
        _write(work / name, page)
    for name in ("README.md", "LICENSE"):
        _write(work / name, pages.text_file(name, facts))
    _write(work / "style.css", _style())
    _write(work / "app.js", app_script())
    _write(work / "print.js", later_script("print.js"))
    _write(work / "data.js", f"window.machimapData={safe_json(facts.data | {'version': facts.version})};\n")
    if layer:
        _write(work / "layer.js", own_layer.script(layer) + later_script("own.js"))
        _write(work / "data" / "layer.geojson", own_layer.as_geojson(layer))
    if facts.url:
        _write(work / "qr.svg", shell.qr_code(facts.url))
    for size in (shell.FAVICON, *shell.SIZES):
        (work / "icons" / f"{size}.png").write_bytes(shell.icon(size))
    _write(
        work / "manifest.webmanifest",
        shell.manifest(facts.place, fill(spoken[0].page["title"], place=facts.place.name)),
    )
    _write(work / "version.json", json.dumps({"version": facts.version, "dated": facts.dated}) + "\n")
    _write(work / ".nojekyll", "")
    _write(work / ".gitattributes", "* -text\n")
    _write(work / ".gitignore", "".join(f"{name}/\n" for name in LEFT_BEHIND))
    _write(work / "leaflet.js", _leaflet())
    write_tables(work / "data", facts.place, tables, facts.licence, facts.credits, facts.dated, layer)
    write_standard(
        work / "data" / "標準",
        tables[SITES],
        facts.place,
        licence=facts.licence,
        credits=facts.credits,
        dated=facts.dated,
    )
    _write(work / "sw.js", rjsmin.jsmin(_worker(work, facts)))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _leaflet() -> str:
    """Leaflet with its notice of copyright, without the address of a map that is not there."""
    text = (leaflet_folder() / "leaflet.js").read_text(encoding="utf-8")
    notice = re.match(r"\s*/\*.*?\*/", text, flags=re.DOTALL)
    return (notice.group().strip() + "\n" if notice else "") + rjsmin.jsmin(text) + "\n"


def _style() -> str:
    """Leaflet's rules for what the page uses of it, and the site's own, as one file."""
    leaflet = rcssmin.cssmin((leaflet_folder() / "leaflet.css").read_text(encoding="utf-8"))
    rules = re.findall(r"([^{}]+)(\{(?:[^{}]|\{[^{}]*\})*\})", leaflet)
    used = [selectors + body for selectors, body in rules if not all(map(_UNUSED.search, selectors.split(",")))]
    return "".join(used) + rcssmin.cssmin(pages.render("style.css", kinds=len(hazards.kinds()))) + "\n"


def _worker(work: Path, facts: Facts) -> str:
    """The worker keeps what the page loads by the addresses under which the page loads it."""
    scripts = ("style.css", "leaflet.js", "data.js", "app.js", "print.js", "layer.js")
    versioned = [name for name in scripts if (work / name).exists()]
    plain = ["manifest.webmanifest", "icons/32.png", "icons/192.png"]
    first = [f"{language.folder}/index.html" if language.folder else "index.html" for language in facts.languages]
    return pages.render(
        "sw.js",
        version=facts.version,
        files=[*first, *(f"{name}?{facts.version}" for name in versioned), *plain, *(["qr.svg"] if facts.url else [])],
        tile_hosts=pages.tile_hosts(facts.data),
        most_tiles=shell.MOST_TILES,
        patience_ms=shell.PATIENCE_MS,
    )
