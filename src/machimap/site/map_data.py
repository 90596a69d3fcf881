"""What the page's script needs of a municipality, as one plain object."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass

import pandas as pd

from machimap import datasets, hazards
from machimap.maps import content
from machimap.maps.hazard_map import view_bounds
from machimap.places import Place

OLD_DAYS = 30
SITES, SHELTERS = "指定緊急避難場所", "指定避難所"
STYLES = ("designated", "not_designated", "unknown", "site", "shelter", "shelter_background")


@dataclass(frozen=True)
class MapData:
    """The object for the script, and how many rows have no usable coordinates (they stand in the list only)."""

    data: dict
    not_drawn: int


def map_data(place: Place, tables: dict[str, pd.DataFrame]) -> MapData:
    """Return places, layers, legends and styles of a municipality for the script of the page.

    tables: the two national lists, each row with its link name (`link`). Coordinates are whole numbers of 0.00001
    degrees (about a metre). Raises maps.MapError, datasets.TableError, store.DatasetError.
    """
    kept, lost = {}, 0
    for kind, table in tables.items():
        kept[kind], aside = datasets.clean_coordinates(table) if len(table) else (table, table)
        lost += len(aside)
    both = pd.concat([kept[SITES], kept[SHELTERS]], ignore_index=True)
    kinds = hazards.kinds()
    shown = _layers(place.prefecture_code)
    labels = list(dict.fromkeys(label for layer in shown.values() for label, *_ in layer["classes"]))
    for layer in shown.values():
        layer["classes"] = [[labels.index(label), *rest] for label, *rest in layer["classes"]]
    data = {
        "name": place.name,
        "fullName": place.full_name,
        "bounds": _corners(view_bounds(place, both)),
        "boundary": content.boundary(place),
        "places": _places(both, len(kept[SITES]), kinds),
        "kinds": [
            {
                "key": row.key,
                "layers": [layer for layer in row.layers if layer in shown],
                "known": row.column in tables[SITES].columns,
            }
            for row in kinds.itertuples(index=False)
        ],
        "layers": shown,
        "labels": labels,
        "bases": [
            {
                "url": base.url,
                "min": base.minzoom,
                "max": base.maxzoom,
                "credit": f'<a href="{html.escape(base.link)}" rel="noopener">{html.escape(base.credit)}</a>',
            }
            for base in hazards.base_layers().itertuples(index=False)
        ],
        "styles": {key: _drawn(content.styles(None)[key]) for key in STYLES},
        "tolerance": hazards.TOLERANCE,
        "oldDays": OLD_DAYS,
        "addressSearch": hazards.services().loc["address_search", "url"],
    }
    return MapData(data, lost)


def _drawn(style: dict) -> dict:
    return {name: value for name, value in style.items() if name != "label" and value not in ("", False)}


def link_names(table: pd.DataFrame, kind: str) -> pd.Series:
    """Return what the links call each row: its ID where the column names rows one by one, else its number."""
    ids = table["ID"].astype(str).str.strip() if "ID" in table.columns else pd.Series("", index=table.index)
    numbers = pd.Series([f"{'s' if kind == SITES else 'h'}{n}" for n in range(1, len(table) + 1)], index=table.index)
    plain = ids.str.fullmatch(r"[A-Za-z0-9_-]{1,40}") & ~ids.duplicated(keep=False)
    return ids.where(plain, numbers).astype(object)


def _layers(prefecture_code: str) -> dict[str, dict]:
    table = hazards.layers()
    stand_ins = set(table["fallback"]) - {""}
    return {
        layer_id: {
            "url": hazards_url(row["url"], prefecture_code),
            "min": int(row["minzoom"]),
            "max": int(row["maxzoom"]),
            "px": int(row["tile_px"]),
            "offered": bool(row["offered"]),
            "readable": bool(row["readable"]),
            "fallback": hazards_url(table.loc[row["fallback"], "url"], prefecture_code) if row["fallback"] else "",
            "credit": html.escape(row["credit"]),
            "classes": [
                [one.label, int(one.r), int(one.g), int(one.b), int(one.shown == "1")]
                for one in hazards.classes(layer_id).itertuples(index=False)
            ],
        }
        for layer_id, row in table[~table.index.isin(stand_ins)].iterrows()
    }


def hazards_url(url: str, prefecture_code: str) -> str:
    """Return the address of a layer's tiles with the prefecture filled in."""
    return url.replace("{pp}", prefecture_code)


def _corners(box: list[float]) -> list[list[float]]:
    west, south, east, north = box
    return [[south, west], [north, east]]


def _places(both: pd.DataFrame, sites: int, kinds: pd.DataFrame) -> dict:
    text = both.reindex(columns=["名称", "所在地_連結表記"]).astype("object").fillna("").astype(str)
    addresses = text["所在地_連結表記"].tolist()
    prefix = _shared_start([address for address in addresses if address])
    links = both["link"].tolist() if len(both) else []
    lat, lon = _whole(both, "緯度"), _whole(both, "経度")
    flags = pd.Series(0, index=both.index)
    for bit, column in enumerate(kinds["column"]):
        if column in both.columns:
            flags += content.marked(both[column]).astype(int) * (1 << bit)
    south, west = min(lat, default=0), min(lon, default=0)
    return {
        "sites": sites,
        **_packed_links(links),
        "name": text["名称"].tolist(),
        "prefix": prefix,
        "address": [address.removeprefix(prefix) if address else None for address in addresses],
        "origin": [south, west],
        "lat": [value - south for value in lat],
        "lon": [value - west for value in lon],
        "flags": flags.tolist(),
    }


def _packed_links(links: list[str]) -> dict:
    """Link names as one shared start and, where the rest are numbers of one width, as steps from row to row."""
    start = _shared_start(links)
    rest = [link.removeprefix(start) for link in links]
    width = len(rest[0]) if rest else 0
    if not width or not all(len(one) == width and re.fullmatch("[0-9]+", one) for one in rest):
        return {"idStart": start, "ids": rest, "idWidth": 0}
    numbers = [0, *map(int, rest)]
    return {"idStart": start, "ids": [b - a for a, b in itertools.pairwise(numbers)], "idWidth": width}


def _whole(table: pd.DataFrame, column: str) -> list[int]:
    return (table[column].astype(float) * 1e5).round().astype(int).tolist() if len(table) else []


def _shared_start(texts: list[str]) -> str:
    """What all texts begin with: what the first and the last of the order share."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    differ = (n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, min(len(first), len(last)))]
