"""The pages that residents read, one map and one list in each language, from the same facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from importlib import resources

import pandas as pd
from jinja2 import Environment, FunctionLoader, select_autoescape

from machimap import hazards
from machimap.maps.content import marked
from machimap.maps.hazard_map import safe_json
from machimap.places import Place
from machimap.site import shell
from machimap.site.languages import Language, fill, plain, ruby
from machimap.site.map_data import SHELTERS, SITES
from machimap.site.mismatch import Mismatch
from machimap.site.terms import LICENCES


@dataclass(frozen=True)
class Facts:
    """All that the pages of one site tell: the place, its tables, dates, licence, address, and how the lists differ."""

    place: Place
    tables: dict[str, pd.DataFrame]
    data: dict
    opening: str
    licence: str
    credits: tuple[str, ...]
    dated: str
    url: str
    not_drawn: int
    mismatch: Mismatch | None
    own_title: str
    version: str
    languages: tuple[Language, ...]

    @property
    def official(self) -> str:
        """The municipality's own site, or "" where its address is none."""
        return self.place.url if re.match(r"https?://", self.place.url) else ""


def pages(facts: Facts) -> dict[str, str]:
    """Return every page by its path: index.html and list.html of each language."""
    result = {}
    environment = _loader()
    for language in facts.languages:
        common = _common(facts, language) | _words(language, facts)
        folder = f"{language.folder}/" if language.folder else ""
        for name in ("index.html", "list.html"):
            result[folder + name] = environment.get_template(name).render(common | {"here": name})
    return result


def text_file(name: str, facts: Facts) -> str:
    """Return README.md or LICENSE of the site's folder."""
    words = {
        "place": facts.place,
        "official": facts.official,
        "credits": facts.credits,
        "licence": facts.licence,
        "licence_url": LICENCES[facts.licence][0],
        "licence_words": LICENCES[facts.licence][1],
        "dated": japanese_day(facts.dated),
        "year": date.fromisoformat(facts.dated).year,
        "counts": [len(table) for table in facts.tables.values()],
        "files": sorted(facts.tables),
    }
    return _loader().get_template(name).render(words)


def render(template: str, **values: object) -> str:
    """Return a template of the kit filled with values; in HTML every value is text."""
    return _loader().get_template(template).render(values)


def template_text(name: str) -> str:
    """Return a template as it stands."""
    return resources.files("machimap.site").joinpath("templates", *name.split("/")).read_text(encoding="utf-8")


def sources() -> str:
    """Return all templates and words of the pages as one text: what changes them changes the edition."""
    folders = [resources.files("machimap.site").joinpath(name) for name in ("templates", "strings")]
    files = [entry for folder in folders for entry in folder.iterdir() if entry.is_file()]
    return "\n".join(entry.read_text(encoding="utf-8") for entry in sorted(files, key=lambda entry: entry.name))


def policy(facts: Facts) -> str:
    """Return the Content-Security-Policy: own scripts only, and pictures and questions only to the named services."""
    tiles = " ".join(tile_hosts(facts.data))
    search = shell.origin(facts.data["addressSearch"])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: {tiles}; "
        f"connect-src 'self' {tiles} {search}; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
    )


def tile_hosts(data: dict) -> list[str]:
    """Return the hosts (with scheme) of all layers and background maps."""
    urls = [layer[key] for layer in data["layers"].values() for key in ("url", "fallback") if layer[key]]
    return sorted({shell.origin(url) for url in [*urls, *(base["url"] for base in data["bases"])]})


def _common(facts: Facts, language: Language) -> dict:
    return {
        "facts": facts,
        "language": language,
        "languages": facts.languages,
        "root": language.root,
        "version": facts.version,
        "policy": policy(facts),
        "hosts": tile_hosts(facts.data),
        "theme": shell.THEME,
        "kinds": [(kind["key"], plain(language.kinds[kind["key"]])) for kind in facts.data["kinds"]],
        "bases": [plain(language.bases[key]) for key in hazards.base_layers()["key"]],
        "text": safe_json(_app_text(facts, language)),
        "lists": [_list(kind, facts.tables[kind], language) for kind in (SITES, SHELTERS)],
        "dated": _day(facts.dated, language),
        "licence_url": LICENCES[facts.licence][0],
        "differences": _differences(facts.mismatch, language) if facts.mismatch else [],
    }


def _app_text(facts: Facts, language: Language) -> dict:
    shown = facts.data["layers"]
    prefecture = facts.place.prefecture_code
    return {
        "root": language.root,
        "listPage": f"{language.folder}/list.html" if language.folder else "list.html",
        "app": language.app,
        "directions": language.directions,
        "kinds": language.kinds,
        "layers": {key: {"label": language.layers[key], "notes": language.notes(key, prefecture)} for key in shown},
        "classes": {label: words for label in facts.data["labels"] if (words := language.classes[label]) != label},
        "styles": {key: language.styles[key] for key in facts.data["styles"]},
    }


def fit_words(table: pd.DataFrame) -> pd.Series | None:
    """Return the hazards for which each row is designated, in words, or None for a list without hazards."""
    columns = [(row.key, row.column) for row in hazards.kinds().itertuples(index=False) if row.column in table.columns]
    if not columns:
        return None
    marks = pd.DataFrame({key: marked(table[column]) for key, column in columns}, index=table.index)
    return marks.apply(lambda row: "、".join(row.index[row]), axis=1) if len(marks) else pd.Series(dtype=object)


def _list(kind: str, table: pd.DataFrame, language: Language) -> dict:
    columns = {row.column: row.key for row in hazards.kinds().itertuples(index=False) if row.column in table.columns}
    text = table.reindex(columns=["名称", "所在地_連結表記", "link"]).astype("object").fillna("")
    flags = pd.DataFrame({key: marked(table[column]) for column, key in columns.items()}, index=table.index)
    numbers = {key: n for n, key in enumerate(hazards.kinds()["key"])}
    rows = [
        {
            "name": name,
            "address": address,
            "link": link,
            "fit": [key for key, on in zip(flags.columns, marks, strict=True) if on],
        }
        for name, address, link, marks in zip(
            text["名称"],
            text["所在地_連結表記"],
            text["link"],
            flags.to_numpy().tolist() or [[]] * len(text),
            strict=True,
        )
    ]
    return {
        "id": "sites" if kind == SITES else "shelters",
        "rows": rows,
        "numbers": numbers,
        "counts": [(key, numbers[key], int(flags[key].sum())) for key in flags.columns],
        "by_hazard": kind == SITES,
    }


def _differences(found: Mismatch, language: Language) -> list[dict]:
    words = language.page
    own = [{"what": "mismatch_own", **row} for row in found.own.to_dict("records")]
    national = [{"what": "mismatch_national", **row} for row in found.national.to_dict("records")]
    far = [
        {**row, "what": "mismatch_far", "list": fill(words["mismatch_distance"], metres=f"{row['metres']:.0f}")}
        for row in found.far.to_dict("records")
    ]
    return [*own, *national, *far]


def _day(day: str, language: Language) -> str:
    return day if language.lang == "en" else japanese_day(day)


def japanese_day(day: str) -> str:
    """Return an ISO date as 「2026年11月1日」."""
    parts = date.fromisoformat(day)
    return f"{parts.year}年{parts.month}月{parts.day}日"


def _words(language: Language, facts: Facts) -> dict:
    """What the templates call to speak: `t` for markup, `label` for titles and attributes."""
    known = {"place": language.place_name(facts.place), "full": language.full_name(facts.place)}

    def words(key: str, **values: object) -> str:
        return fill(language.page[key], **known, **values)

    return {
        "t": lambda key, **values: ruby(words(key, **values)),
        "label": lambda key, **values: re.sub(r"</?b>", "", plain(words(key, **values))),
        "kind_words": {key: ruby(text) for key, text in language.kinds.items()},
    }


def _loader() -> Environment:
    return Environment(
        loader=FunctionLoader(template_text),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
