"""`hazard_map`: base tiles, hazard layers with text legends, places by what they are designated for."""

from __future__ import annotations

import base64
import html
import json
import re
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import ClassVar

import folium
import geopandas as gpd
import pandas as pd
import yaml
from branca.element import Element, Figure
from folium.template import Template

from machimap import datasets, hazards, store
from machimap.errors import MachimapError
from machimap.maps import content
from machimap.places import Place

WIDE_DEGREES = 2.0


class MapError(MachimapError):
    """The map cannot be drawn from what was given."""


class Page(Figure):
    """A whole page in Japanese, with a title, and no asset from elsewhere."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="ja">
<head>
<title>{{ this.title|e }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{{ this.header.render(**kwargs) }}
</head>
<body>
{{ this.html.render(**kwargs) }}
</body>
<script>
{{ this.script.render(**kwargs) }}
</script>
</html>
"""
    )


class HazardMap(folium.Map):
    """A folium map whose library and data stand in the page itself; learners add folium things to it."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <style>{{ this.css }}</style>
        <script>{{ this.js }}</script>
        {% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = machimap({{ this.get_name()|tojson }}, {{ this.config_json }});
        {% endmacro %}
        """
    )
    default_js: ClassVar[list] = []
    default_css: ClassVar[list] = []

    def __init__(self, config: dict, *, page_title: str, height: int) -> None:
        west, south, east, north = config["bounds"]
        super().__init__(location=[(south + north) / 2, (west + east) / 2], tiles=None)
        self.config = config
        self.frame_height = height
        self.page_title = page_title
        page = Page(title=page_title)
        page.add_child(self)
        page.header.add_child(Element(_leaflet()), name="leaflet")

    @property
    def css(self) -> str:
        """The style of the kit's own controls."""
        return _template_text("map.css")

    @property
    def js(self) -> str:
        """The script that draws the map, and what folium's own classes ask of the page."""
        return "".join(map(_template_text, ("common.js", "map.js", "folium.js")))

    @property
    def config_json(self) -> str:
        """The data of the map as JSON that cannot end a script element."""
        return safe_json(self.config)

    def save(self, outfile: str | Path, close_file: bool = True, **kwargs) -> None:
        """Write the map as one page that opens from disk (its folder is made); raises MapError."""
        path, page = Path(outfile), self.get_root().render()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
        except OSError as error:
            raise MapError(f"「{path}」に地図を書き込めないので、別の場所か名前を指定してください。") from error

    def _repr_html_(self, **kwargs) -> str:
        page = html.escape(self.get_root().render(**kwargs))
        return (
            f'<div style="position:relative;width:100%;height:min({self.frame_height}px,max(360px,62vh))">'
            f'<p style="padding:1em">{words()["stripped"]}</p>'
            f'<iframe srcdoc="{page}" title="{html.escape(self.page_title)}" allowfullscreen '
            'style="position:absolute;inset:0;width:100%;height:100%;border:1px solid #bbb;background:#fff"></iframe></div>'
        )


def hazard_map(
    place: Place,
    *,
    hazard: str | None = None,
    layers: list[str] | None = None,
    sites: pd.DataFrame | None = None,
    shelters: pd.DataFrame | None = None,
    own: pd.DataFrame | None = None,
    own_credit: str = "",
    areas: gpd.GeoDataFrame | None = None,
    areas_label: str = "",
    areas_title: str = "",
    areas_credit: str = "",
    point: tuple[float, float] | None = None,
    height: int = 560,
) -> HazardMap:
    """Return the map of a municipality.

    hazard: a key of `hazards.kinds()` (洪水 …): its layers lie over the base map and only sites designated for it
    stand out; None shows all sites. layers: ids of `hazards.layers()` instead of the hazard's own. sites,
    shelters: tables with 名称, 所在地_連結表記, 緯度, 経度 (degrees; unusable ones are counted, not drawn), by
    default the national lists of the place. own: the city's own list in the same columns, drawn besides (as
    「unknown」 for a chosen hazard when it has no hazard columns), and its credit line. areas: polygons in any CRS with a class column `areas_label`, and their credit line.
    point: (lat, lon) to mark. height: pixels in a notebook, less on a low screen. Raises MapError, hazards.HazardError,
    datasets.TableError, store.DatasetError.
    """
    if areas is not None and areas.crs is None:
        raise MapError("区域に測り方（CRS）の名札がありません。set_crs で付けてから渡してください。")
    if areas is not None and areas_label not in areas.columns:
        raise MapError(
            f"区域の表に「{areas_label}」という列がありません。区分の列の名前を areas_label に書いてください。"
        )
    kind = None if hazard is None else hazards.kind(hazard)
    sites = datasets.shelters(place, "指定緊急避難場所") if sites is None else sites
    shelters = datasets.shelters(place, "指定避難所") if shelters is None else shelters
    drawn = content.places(sites, shelters, own, kind)
    overlays = content.overlays(kind, layers, place.prefecture_code)
    config = {
        "title": place.full_name,
        "subtitle": f"{kind['key']}に使える避難場所" if kind is not None else words()["all_hazards"],
        "bounds": view_bounds(place, drawn.table),
        "bases": content.bases(),
        "overlays": overlays,
        "boundary": content.boundary(place),
        "areas": None if areas is None else content.areas(areas, areas_label, areas_title or areas_label, words()),
        "point": _point(point),
        "places": content.columns(drawn.table),
        "styleKeys": content.STYLE_KEYS,
        "styles": content.styles(kind),
        "suitable": dict.fromkeys(("site", "designated"), True),
        "hazards": list(hazards.kinds()["key"]),
        "notes": _notes(place, drawn),
        "official": place.url if re.match(r"https?://", place.url) else "",
        "credits": [html.escape(line) for line in [*_credits(place), own_credit, areas_credit] if line],
        "words": {key: words()[key] for key in _JS_WORDS},
    }
    title = f"{place.name} ハザードマップ" + (f"（{kind['key']}）" if kind is not None else "")
    return HazardMap(config, page_title=title, height=height)


_JS_WORDS = (
    *("honest", "official", "places", "nearest", "straight", "noSuitable", "noBase", "noLayer"),
    *("zoomIn", "zoomOut", "chooseLayers", "close", "mapOf"),
)


@lru_cache(maxsize=1)
def words() -> dict[str, str]:
    """Return what the map says to its reader, by key."""
    return yaml.safe_load(resources.files("machimap.maps").joinpath("words.yml").read_text(encoding="utf-8"))


def safe_json(value) -> str:
    """Return JSON that may stand inside a script element: no character of it is markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _point(point: tuple[float, float] | None) -> list[float] | None:
    if point is None:
        return None
    try:
        row = pd.DataFrame([point], columns=["緯度", "経度"])
    except ValueError as error:
        raise MapError("point は (緯度, 経度) の2つの数で書いてください。") from error
    kept, set_aside = datasets.clean_coordinates(row)
    if kept.empty:
        raise MapError(f"point が使えない（{set_aside['理由'].iloc[0]}）ので、(緯度, 経度) の順に書いてください。")
    return [float(value) for value in kept.iloc[0]]


def _notes(place: Place, drawn: content.Drawn) -> list[str]:
    day = date.fromisoformat(store.descriptor("shelters")["retrieved"])
    notes = [words()["dated"].format(date=f"{day.year}年{day.month}月{day.day}日")]
    if drawn.table.empty and not drawn.not_drawn:
        notes.insert(0, words()["empty"])
    if drawn.not_drawn:
        notes.append(words()["not_drawn"].format(count=drawn.not_drawn))
    if place.boundary_note:
        notes.append(place.boundary_note)
    return notes


def _credits(place: Place) -> list[str]:
    return datasets.credits("shelters", *(["boundaries"] if place.boundary_code else []))


def view_bounds(place: Place, drawn: pd.DataFrame) -> list[float]:
    """Return west, south, east, north (degrees) of the view: the municipality's bounds.

    For islands far apart those of its rows (緯度, 経度) and office; never an empty box. Raises MapError for a place
    of which no position is known.
    """
    box = place.bounds
    if (box is None or max(box[2] - box[0], box[3] - box[1]) > WIDE_DEGREES) and len(drawn):
        box = (drawn["経度"].min(), drawn["緯度"].min(), drawn["経度"].max(), drawn["緯度"].max())
    if box is None and place.lat is not None:
        box = (place.lon, place.lat, place.lon, place.lat)
    if box is None:
        raise MapError(
            f"{place.full_name}の位置が分かるデータがないため、地図を描けません。別の市区町村を選んでください。"
        )
    pad = 0.002
    return [round(value, 6) for value in (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad)]


@lru_cache(maxsize=4)
def _template_text(name: str) -> str:
    return resources.files("machimap.maps").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _leaflet() -> str:
    """Leaflet 1.9.3 of XStatic-Leaflet as inline style and script, its three pictures as data URIs."""
    folder = leaflet_folder()

    def inline(match: re.Match) -> str:
        picture = base64.b64encode((folder / match.group(1)).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    css = re.sub(r"url\((images/[\w.-]+\.png)\)", inline, (folder / "leaflet.css").read_text(encoding="utf-8"))
    js = re.sub(r"//# sourceMappingURL=.*", "", (folder / "leaflet.js").read_text(encoding="utf-8"))
    return f"<style>{css}</style><script>{js}</script>"


def leaflet_folder() -> Path:
    """Return the folder of the installed Leaflet (leaflet.js, leaflet.css, images/)."""
    from xstatic.pkg import leaflet

    return Path(leaflet.BASE_DIR)
