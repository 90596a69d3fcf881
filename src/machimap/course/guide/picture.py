"""A town as a small drawing for a slide: its boundary and its 指定緊急避難場所, from the same tables as the map."""

from __future__ import annotations

import html
from math import cos, radians

import numpy as np
from shapely.geometry.base import BaseGeometry

from machimap import datasets, hazards
from machimap.places import Place

_WIDTH, _HEIGHT, _EDGE = 560, 380, 12


def town_map(place: Place, hazard: str = "") -> str:
    """Return an SVG of a place: every site as a dot, or by whether it is designated for a hazard ("洪水").

    Colours and shapes are those of `hazards.styles()`; the same place always gives the same text.
    """
    shape, sites = place.boundary.geometry.iloc[0], datasets.shelters(place, datasets.KINDS[0])
    west, south, east, north = shape.bounds
    narrow = cos(radians((south + north) / 2))
    scale = min((_WIDTH - 2 * _EDGE) / ((east - west) * narrow), (_HEIGHT - 2 * _EDGE) / (north - south))
    corner = np.array([west, north])
    stretch = np.array([narrow * scale, -scale])

    def flat(lonlat: np.ndarray) -> np.ndarray:
        return _EDGE + (lonlat - corner) * stretch

    usable = sites[hazards.kind(hazard)["column"]] == "1" if hazard else np.ones(len(sites), dtype=bool)
    at = flat(sites[["経度", "緯度"]].astype(float).to_numpy())
    styles = hazards.styles()
    drawn = [_mark(*xy, styles.loc["not_designated"]) for xy, good in zip(at, usable, strict=True) if not good]
    drawn += [_mark(*xy, styles.loc["designated"]) for xy, good in zip(at, usable, strict=True) if good]
    words = f"{place.name}の指定緊急避難場所{len(sites)}か所"
    words += (
        f"のうち、{hazard}に指定された{int(np.sum(usable))}か所を丸、ほかをばつで示した図"
        if hazard
        else "を丸で示した図"
    )
    wide, high = 2 * _EDGE + (east - west) * narrow * scale, 2 * _EDGE + (north - south) * scale
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {wide:.0f} {high:.0f}' role='img' "
        f"aria-label='{html.escape(words)}'><path d='{_outline(shape, flat)}' fill='#f2f2f2' stroke='#595959' "
        f"stroke-width='2'/>{''.join(drawn)}</svg>"
    )


def _outline(shape: BaseGeometry, flat) -> str:
    parts = getattr(shape, "geoms", [shape])
    rings = [flat(np.asarray(part.exterior.coords)[:, :2]) for part in parts]
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings)


def _mark(x: float, y: float, style) -> str:
    if style["shape"] == "circle":
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{style['fill']}' stroke='{style['stroke']}'/>"
    return (
        f"<path d='M{x - 4.5:.1f} {y - 4.5:.1f}l9 9m0 -9l-9 9' stroke='{style['stroke']}' stroke-width='2.5' "
        "fill='none'/>"
    )
