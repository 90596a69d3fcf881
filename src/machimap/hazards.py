"""Hazard layers, their legends and the class at a point; "unknown" is never "safe"."""

from __future__ import annotations

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import lru_cache
from math import asinh, floor, isfinite, pi, radians, tan

import geopandas as gpd
import pandas as pd
from PIL import Image

from machimap import datasets, online, store
from machimap.errors import MachimapError

OUTSIDE, NO_DATA = "区域外", "データなし"
TOLERANCE = 6
GIVE_UP_AFTER = 3
OUTSIDE_NOTE = "この点は塗られていません。安全だという意味ではありません。"
MISSING_NOTE = "この場所の地図が配信されていません（404）。安全だという意味ではありません。"
PATTERN_NOTE = "この層は模様で描かれているため、1点ごとの判定はできません。"
UNKNOWN_COLOUR_NOTE = "凡例にない色のため、判定できません。"
ODD_SIZE_NOTE = "地図の画像の大きさが決まりと違うため、判定できません。"
GAVE_UP_NOTE = "配信元から続けて答えがなかったため、この点は調べていません。"
NO_POINT_NOTE = "点の座標が空か、地図の範囲の外です。"
JAPAN_TIME = timezone(timedelta(hours=9))


class HazardError(MachimapError):
    """A layer or the points cannot be used."""


@dataclass(frozen=True)
class _Reading:
    """The class at one point, why, the date of the tile, and whether that tile could not be asked for anew."""

    klass: str
    reason: str
    date: str = ""
    stale: bool = False


def layers() -> pd.DataFrame:
    """Return the layer table, index `layer`: kind, name, label, url, prefectures, minzoom, maxzoom, tile_px, legend,
    only, readable (bool), offered (bool), fallback, credit, licence, caveat, evidence, checked.
    """
    return _layers(store.stamp("hazards", "layers")).copy()


def layer(layer_id: str) -> pd.Series:
    """Return one row of `layers()`; raises HazardError naming the offered ones."""
    table = layers()
    if layer_id not in table.index:
        known = "、".join(table.index[table["offered"]])
        raise HazardError(f"「{layer_id}」というハザードの層はないので、{known} のどれかを指定してください。")
    return table.loc[layer_id]


def classes(layer_id: str | pd.Series) -> pd.DataFrame:
    """Return every colour by which a layer is read: label, r, g, b, and shown ("1" where the legend names it)."""
    return _classes(_row(layer_id))[["label", "r", "g", "b", "shown"]].reset_index(drop=True)


def legend(layer_id: str | pd.Series) -> pd.DataFrame:
    """Return the classes shown as text for a layer: label, fine_label, low, high, unit, r, g, b, note, hex.

    label is how a pixel is read; where one colour has two meanings it is the wider class, and fine_label the
    narrower one. low, high: metres of depth or hours (`unit`), NaN where the class is no range.
    """
    rows = _classes(_row(layer_id))
    return rows[rows["shown"] == "1"].drop(columns=["legend", "part", "shown", "evidence"]).reset_index(drop=True)


def kinds() -> pd.DataFrame:
    """Return the eight hazards in the order of the standard: key, column, label, layers (list of ids), skhb."""
    table = datasets.table("hazards", "hazard-kinds")
    return table.assign(layers=[ids.split() for ids in table["layers"]])


def kind(key: str) -> pd.Series:
    """Return one row of `kinds()` by its key or its official column name; raises HazardError."""
    table = kinds()
    found = table[(table["key"] == key) | (table["column"] == key) | (table["column"] == f"災害種別_{key}")]
    if found.empty:
        raise HazardError(
            f"「{key}」という災害の種類はないので、{'、'.join(table['key'])} のどれかを指定してください。"
        )
    return found.iloc[0]


def usual(sites: pd.DataFrame) -> str:
    """Return the hazard to begin with: 洪水 where any site is designated for it, else the most frequent one.

    Hazards that have a layer to draw go first. sites: a list in the standard's columns; an empty one gives 洪水.
    """
    table = kinds()
    counts = [int((sites[column] == "1").sum()) if column in sites.columns else 0 for column in table["column"]]
    table = table.assign(count=counts, drawn=table["layers"].map(bool)).query("count > 0")
    if table.empty or "洪水" in set(table["key"]):
        return "洪水"
    return table.sort_values(["drawn", "count"], ascending=False, kind="stable")["key"].iloc[0]


def styles() -> pd.DataFrame:
    """Return how places are drawn, index `key`: label, shape, fill, stroke, radius (px), dashed ("1" or "")."""
    return datasets.table("hazards", "shelter-styles").set_index("key")


def base_layers() -> pd.DataFrame:
    """Return the background maps: key, name, url, minzoom, maxzoom, credit, link."""
    return datasets.table("hazards", "base-layers").astype({"minzoom": int, "maxzoom": int})


def conditions(layer_id: str | pd.Series, prefecture_code: str) -> list[str]:
    """Return the sentences (conditions of use and credits) that a prefecture asks to show with a layer."""
    table = datasets.table("hazards", "prefecture-terms")
    rows = table[table["prefecture_code"] == prefecture_code]
    asked = [row for row in rows.itertuples(index=False) if _row(layer_id).name in row.layers.split()]
    return [text for row in asked for text in (row.condition, row.credit) if text]


def services() -> pd.DataFrame:
    """Return the services that a page may ask, index `key`: name, url, credit, link, note."""
    return datasets.table("hazards", "services").set_index("key")


def tile_url(layer_id: str | pd.Series, z: int, x: int, y: int, prefecture_code: str | None = None) -> str:
    """Return the address of one tile; raises HazardError when a per-prefecture layer lacks its 2-digit prefecture."""
    row = _row(layer_id)
    if "{pp}" in row["url"]:
        _check_prefecture(row, prefecture_code)
    return row["url"].format(z=z, x=x, y=y, pp=prefecture_code)


def pixel(lat: float, lon: float, zoom: int, tile_px: int = 256) -> tuple[int, int, int, int]:
    """Return (tile x, tile y, column, row) of a point (degrees) in the XYZ scheme.

    Web Mercator: x = (lon + 180) / 360, y = (1 - asinh(tan(lat)) / pi) / 2, each times 2^zoom
    (地理院タイル仕様, 国土地理院, https://maps.gsi.go.jp/development/siyou.html).
    """
    size = 2**zoom
    x = (lon + 180) / 360 * size
    y = (1 - asinh(tan(radians(lat))) / pi) / 2 * size
    return floor(x), floor(y), int(x % 1 * tile_px), int(y % 1 * tile_px)


def classify(rgba: Iterable[int], layer_id: str | pd.Series) -> str | None:
    """Return the class of a pixel: a label of the legend, 区域外 when transparent, None for an unknown colour.

    A colour counts when every channel is within TOLERANCE of a class and no other class is as near.
    """
    red, green, blue, alpha = rgba
    if alpha == 0:
        return OUTSIDE
    classes = _classes(_row(layer_id))
    distance = (classes[["r", "g", "b"]] - [red, green, blue]).abs().max(axis=1)
    nearest = set(classes.loc[(distance == distance.min()) & (distance <= TOLERANCE), "label"])
    return nearest.pop() if len(nearest) == 1 else None


def depth_at(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    layer_id: str | pd.Series,
    *,
    prefecture_code: str | None = None,
    limits: online.Limits = online.DEFAULT,
) -> pd.DataFrame:
    """Return the class of a layer at every point, read from the tile's pixel at the layer's largest zoom.

    points: in any CRS (required). Columns, on the index of `points`: 区分 (a label of the legend, 区域外, or
    データなし), 説明, 取得日 (ISO date in Japan, or ""), 期限切れ (bool: an earlier tile, because the source could
    not be asked). 区域外 means that the tile exists and the pixel is blank; データなし that there is no tile, no
    answer, or a colour that the legend does not know. Neither means safe. A layer with a `fallback` is read from
    that where its own tile is 404 and `prefecture_code` (2 digits) is given. Each tile is asked for once; after
    GIVE_UP_AFTER failures of the source only kept tiles are used. Raises HazardError for an unknown layer,
    points without a CRS, shapes that are no points, or a prefecture that is none.
    """
    row = _row(layer_id)
    lonlat = _lonlat(points)
    if not row["readable"]:
        return _table([_Reading(NO_DATA, PATTERN_NOTE)] * len(lonlat), points.index)
    if prefecture_code is not None or "{pp}" in row["url"]:
        _check_prefecture(row, prefecture_code)
    places = [_pixel_of(point, row) for point in lonlat]
    wanted = sorted({place[:2] for place in places if place})
    source = _Source(row, prefecture_code, limits)
    with ThreadPoolExecutor(online.PARALLEL) as pool:
        tiles = dict(zip(wanted, pool.map(lambda tile: source.tile(row, *tile), wanted), strict=True))
    known: dict[tuple[int, ...], str | None] = {}
    return _table([_reading(place, tiles, row, known) for place in places], points.index)


class _Source:
    """The tiles of one call of `depth_at`; a source that has failed GIVE_UP_AFTER times is not asked again."""

    def __init__(self, row: pd.Series, prefecture_code: str | None, limits: online.Limits):
        self.zoom = row["maxzoom"]
        self.prefecture_code = prefecture_code
        self.limits = limits
        self.failures: list[str] = []

    def tile(self, row: pd.Series, x: int, y: int) -> tuple[Image.Image, online.Answer] | str:
        """Return a tile's picture with its answer, or the reason in words why there is none."""
        try:
            answer = self._fetch(tile_url(row, self.zoom, x, y, self.prefecture_code))
        except online.NotFound:
            if row["fallback"] and self.prefecture_code:
                return self.tile(layer(row["fallback"]), x, y)
            return MISSING_NOTE
        except online.OnlineError as error:
            return str(error)
        picture = Image.open(io.BytesIO(answer.body)).convert("RGBA")
        return (picture, answer) if picture.size == (row["tile_px"],) * 2 else ODD_SIZE_NOTE

    def _fetch(self, url: str) -> online.Answer:
        if len(self.failures) >= GIVE_UP_AFTER:
            try:
                return online.kept(url, "png")
            except online.Offline as error:
                raise online.Unreachable(GAVE_UP_NOTE) from error
        try:
            answer = online.fetch(url, "png", self.limits)
        except (online.Unreachable, online.TimedOut, online.ServerFault):
            self.failures.append(url)
            raise
        if answer.stale:
            self.failures.append(url)
        return answer


def _row(layer_id: str | pd.Series) -> pd.Series:
    return layer(layer_id) if isinstance(layer_id, str) else layer_id


def _check_prefecture(row: pd.Series, code: str | None) -> None:
    valid = isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 2 and "01" <= code <= "47"
    if not valid:
        raise HazardError(
            f"「{row['label']}」を都道府県ごとに調べるには、prefecture_code に「13」のような2桁の都道府県コードを指定してください。"
        )


def _lonlat(points: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
    geometry = points if isinstance(points, gpd.GeoSeries) else getattr(points, "geometry", None)
    if not isinstance(geometry, gpd.GeoSeries):
        raise HazardError("点の列（geometry）がないので、geopandas の GeoDataFrame にしてから渡してください。")
    if geometry.crs is None:
        raise HazardError('点に測り方（CRS）の名札がないので、crs="EPSG:6668" のように付けてから渡してください。')
    if not geometry.geom_type.dropna().eq("Point").all():
        raise HazardError("点ではない形がまざっているので、representative_point() などで点にしてから渡してください。")
    return geometry.to_crs(4326)


def _pixel_of(point, row: pd.Series) -> tuple[int, int, int, int] | None:
    if point is None or point.is_empty or not (isfinite(point.x) and isfinite(point.y)):
        return None
    place = pixel(point.y, point.x, row["maxzoom"], row["tile_px"])
    return place if all(0 <= number < 2 ** row["maxzoom"] for number in place[:2]) else None


def _reading(place: tuple[int, int, int, int] | None, tiles: dict, row: pd.Series, known: dict) -> _Reading:
    if place is None:
        return _Reading(NO_DATA, NO_POINT_NOTE)
    found = tiles[place[:2]]
    if isinstance(found, str):
        return _Reading(NO_DATA, found)
    picture, answer = found
    colour = picture.getpixel(place[2:])
    if colour not in known:
        known[colour] = classify(colour, row)
    klass = known[colour]
    day = answer.date.astimezone(JAPAN_TIME).date().isoformat()
    if klass is None:
        return _Reading(NO_DATA, UNKNOWN_COLOUR_NOTE, day, answer.stale)
    return _Reading(klass, OUTSIDE_NOTE + row["caveat"] if klass == OUTSIDE else "", day, answer.stale)


def _table(readings: list[_Reading], index: pd.Index) -> pd.DataFrame:
    columns = {
        "区分": pd.Series([reading.klass for reading in readings], index=index, dtype="str"),
        "説明": pd.Series([reading.reason for reading in readings], index=index, dtype="str"),
        "取得日": pd.Series([reading.date for reading in readings], index=index, dtype="str"),
        "期限切れ": pd.Series([reading.stale for reading in readings], index=index, dtype="bool"),
    }
    return pd.DataFrame(columns, index=index)


def _classes(row: pd.Series) -> pd.DataFrame:
    table = _legend(store.stamp("hazards", "legend"))
    chosen = table[table["legend"] == row["legend"]]
    return chosen[chosen["part"] == row["only"]] if row["only"] else chosen


@lru_cache(maxsize=4)
def _layers(stamp: str) -> pd.DataFrame:
    table = datasets.table("hazards", "layers").set_index("layer")
    flags = {name: table[name] == "1" for name in ("readable", "offered")}
    return table.assign(**flags).astype({"minzoom": int, "maxzoom": int, "tile_px": int})


@lru_cache(maxsize=4)
def _legend(stamp: str) -> pd.DataFrame:
    table = datasets.table("hazards", "legend").astype({"r": int, "g": int, "b": int})
    hexes = [f"#{row.r:02X}{row.g:02X}{row.b:02X}" for row in table.itertuples(index=False)]
    return table.assign(hex=hexes)
