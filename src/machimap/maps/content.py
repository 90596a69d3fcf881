"""What stands on the map, as plain data for its script."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from machimap import datasets, hazards
from machimap.places import Place

STYLE_KEYS = ["designated", "site", "unknown", "shelter", "not_designated", "shelter_background", "own"]
SIMPLIFY_DEGREES = 0.00003
SIMPLIFY_METRES = 3
_BELOW_FIRST = ["shelter_background", "shelter", "own", "not_designated", "unknown", "site", "designated"]
_FALLBACK_COLOURS = ["#FEE8C8", "#FDBB84", "#FC8D59", "#EF6548", "#D7301F", "#990000", "#660000", "#330000"]
_TEXT = ("名称", "所在地_連結表記")
_MARKED = ("1", "1.0", "○", "〇")


@dataclass(frozen=True)
class Drawn:
    """The rows that stand on the map (名称, 所在地_連結表記, 緯度, 経度, style, flags), and how many cannot."""

    table: pd.DataFrame
    not_drawn: int


def places(sites: pd.DataFrame, shelters: pd.DataFrame, own: pd.DataFrame | None, kind: pd.Series | None) -> Drawn:
    """Return sites, shelters and the city's own list as one table with style keys; suitable sites on top."""
    parts, lost = [], 0
    for table, style_of in ((shelters, _shelter_style), (own, _own_style), (sites, _site_style)):
        if table is None or table.empty:
            continue
        kept, set_aside = datasets.clean_coordinates(table)
        lost += len(set_aside)
        text = {column: kept[column].astype("object").fillna("") if column in kept.columns else "" for column in _TEXT}
        parts.append(kept[["緯度", "経度"]].assign(**text, style=style_of(kept, kind), flags=_flags(kept)))
    if not parts:
        return Drawn(pd.DataFrame(columns=["名称", "所在地_連結表記", "緯度", "経度", "style", "flags"]), lost)
    whole = pd.concat(parts, ignore_index=True)
    order = {key: rank for rank, key in enumerate(_BELOW_FIRST)}
    return Drawn(whole.sort_values("style", key=lambda keys: keys.map(order), kind="stable", ignore_index=True), lost)


def columns(table: pd.DataFrame) -> dict[str, list]:
    """Return the rows column by column: shorter than a list of objects, and no key is written twice."""
    return {
        "name": table["名称"].astype(str).tolist(),
        "address": table["所在地_連結表記"].astype(str).tolist(),
        "lat": table["緯度"].astype(float).round(6).tolist(),
        "lon": table["経度"].astype(float).round(6).tolist(),
        "style": [STYLE_KEYS.index(key) for key in table["style"]],
        "flags": table["flags"].astype(int).tolist(),
    }


def styles(kind: pd.Series | None) -> dict[str, dict]:
    """Return shape, colours and label of every style; the labels name the chosen hazard."""
    result = {}
    for key, style in hazards.styles().iterrows():
        label = style["label"] if kind is None else style["label"].replace("この災害", kind["key"])
        result[key] = {
            "label": label,
            "shape": style["shape"],
            "fill": style["fill"],
            "stroke": style["stroke"],
            "radius": float(style["radius"]),
            "dashed": style["dashed"] == "1",
        }
    return result


def bases() -> list[dict]:
    """Return the background maps, their credit as a link."""
    return [
        {
            "label": row.name,
            "url": row.url,
            "minzoom": row.minzoom,
            "maxzoom": row.maxzoom,
            "credit": f'<a href="{html.escape(row.link)}">{html.escape(row.credit)}</a>',
        }
        for row in hazards.base_layers().itertuples(index=False)
    ]


def overlays(kind: pd.Series | None, layer_ids: list[str] | None, prefecture_code: str) -> list[dict]:
    """Return the hazard layers to offer; those of `layer_ids`, else the hazard's `offered` ones, are switched on."""
    ids = layer_ids if layer_ids is not None else (list(kind["layers"]) if kind is not None else [])
    result = []
    for layer_id in ids:
        layer = hazards.layer(layer_id)
        result.append(
            {
                "label": layer["label"],
                "url": layer["url"].replace("{pp}", prefecture_code),
                "minzoom": int(layer["minzoom"]),
                "maxzoom": int(layer["maxzoom"]),
                "credit": html.escape(layer["credit"]),
                "on": layer_ids is not None or bool(layer["offered"]),
                "classes": [{"label": row.label, "hex": row.hex} for row in hazards.legend(layer_id).itertuples()],
                "notes": [layer["caveat"], *hazards.conditions(layer_id, prefecture_code)],
            }
        )
    return result


def boundary(place: Place) -> dict | None:
    """Return the boundary as GeoJSON (EPSG:4326), or None where no polygon is known."""
    shape = place.boundary
    return None if shape.empty else geojson(shape.to_crs(4326).geometry, [0] * len(shape))


def areas(table: gpd.GeoDataFrame, label: str, title: str, text: dict[str, str]) -> dict:
    """Return polygons as GeoJSON with their classes; colours of the depth legend where the words agree."""
    colours = class_colours(table[label].astype(str))
    classes = list(colours)
    shapes = table.to_crs(4326).geometry.make_valid().simplify(SIMPLIFY_DEGREES)
    return {
        "title": title,
        "classes": [{"label": name, "hex": colour, "stroke": "#7A6A5A"} for name, colour in colours.items()],
        "geojson": geojson(shapes, [classes.index(str(name)) for name in table[label]]),
        "notes": [text["simplified"].format(metres=SIMPLIFY_METRES)],
    }


def class_colours(labels: pd.Series) -> dict[str, str]:
    """Return each class once with its colour: those of the depth legend, shallow first, where the words agree."""
    legend = hazards.legend("flood_l2")
    known = {words: row.hex for row in legend.itertuples() for words in (row.fine_label, row.label)}
    rank = {name: n for n, name in enumerate(known)}
    classes = sorted(dict.fromkeys(labels), key=lambda name: rank.get(name, len(known)))
    return {name: known.get(name, _FALLBACK_COLOURS[n % len(_FALLBACK_COLOURS)]) for n, name in enumerate(classes)}


def geojson(shapes: gpd.GeoSeries, keys: list[int]) -> dict:
    """Return shapes (EPSG:4326, rounded to about a metre) with their keys `k` as a FeatureCollection."""
    rounded = shapely.set_precision(shapely.force_2d(shapes.values), 1e-5, mode="pointwise")
    parts = [
        {"type": "Feature", "properties": {"k": key}, "geometry": json.loads(shapely.to_geojson(shape))}
        for key, shape in zip(keys, rounded, strict=True)
        if shape is not None and not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": parts}


def _shelter_style(table: pd.DataFrame, kind: pd.Series | None) -> str:
    """Where to stay is not where to flee: once a hazard is chosen, shelters step back."""
    return "shelter" if kind is None else "shelter_background"


def _site_style(table: pd.DataFrame, kind: pd.Series | None) -> pd.Series:
    if kind is None:
        return pd.Series("site", index=table.index)
    if kind["column"] not in table.columns:
        return pd.Series("unknown", index=table.index)
    return marked(table[kind["column"]]).map({True: "designated", False: "not_designated"})


def _own_style(table: pd.DataFrame, kind: pd.Series | None) -> pd.Series:
    """Whether the city's own list names hazards decides: without them nobody knows what a place is fit for."""
    return pd.Series("own", index=table.index) if kind is None else _site_style(table, kind)


def marked(flags: pd.Series) -> pd.Series:
    """Return which cells of a hazard column mean "designated", in the ways of writing it that lists use."""
    return flags.astype(str).str.strip().isin(_MARKED)


def _flags(table: pd.DataFrame) -> pd.Series:
    total = pd.Series(0, index=table.index)
    for bit, column in enumerate(hazards.kinds()["column"]):
        if column in table.columns:
            total += marked(table[column]).astype(int) * (1 << bit)
    return total
