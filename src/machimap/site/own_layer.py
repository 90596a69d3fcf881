"""The municipality's own areas (内水 …): any file, any CRS, made light enough for a phone and honest about it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from machimap.maps import content
from machimap.places import Place
from machimap.site.folder import SiteError

BUDGET_BYTES = 200_000
STEPS_M = (1, 2, 5, 10, 20, 40)
FAR_DEGREES = 0.5
MOST_CLASSES = 12


@dataclass(frozen=True)
class OwnLayer:
    """Areas of one municipality: title, credit, classes with colours, shapes (EPSG:4326), and what was simplified.

    metres: the tolerance of the simplification; changed: the share of the area that lies elsewhere after it;
    set_aside: rows without a class or without a shape.
    """

    title: str
    credit: str
    column: str
    classes: dict[str, str]
    shapes: dict
    metres: int
    changed: float
    set_aside: int

    @property
    def summary(self) -> str:
        """One line for the learner: how much was simplified, and what was left out."""
        left = f"、区分か形のない{self.set_aside}行は載せていません" if self.set_aside else ""
        return f"{self.title}：{len(self.classes)}区分、約{self.metres}mまで簡略（面積の{self.changed:.1%}が動きました）{left}"


def read_layer(
    path: str | Path,
    place: Place,
    *,
    column: str | None = None,
    title: str | None = None,
    credit: str = "",
    crs: str | None = None,
) -> OwnLayer:
    """Return the areas of a file (GeoJSON, Shapefile, GeoPackage …) as a layer of the site.

    column: the one that holds the class, by default the only one with 2 to MOST_CLASSES different texts; title:
    its name on the page, by default the file's; credit: its credit line, which must not be empty; crs: of a file that does not tell.
    Shapes are joined class by class and simplified in the place's UTM zone in steps of STEPS_M until they weigh no
    more than BUDGET_BYTES (gzip). Raises SiteError.
    """
    table = _read(Path(path), crs)
    chosen = _column(table, column)
    if not credit.strip():
        raise SiteError("独自の区域には出典が要るので、--layer-credit に「出典：○○市」のように書いてください。")
    text = table[chosen].astype("object").where(table[chosen].notna(), "").astype(str).str.strip()
    usable = (text != "") & table.geometry.notna() & ~table.geometry.is_empty
    parts = table[usable].set_geometry(shapely.make_valid(table.geometry[usable].values), crs=table.crs)
    if not usable.any() or not parts.geom_type.isin(["Polygon", "MultiPolygon", "GeometryCollection"]).all():
        raise SiteError("独自の区域に面（ポリゴン）の形がないので、区域の面が入ったファイルを指定してください。")
    joined = parts.assign(klass=text[usable]).dissolve("klass").to_crs(place.utm_epsg).geometry
    _check_place(joined, place)
    return _lightened(joined, title or Path(path).stem, credit.strip(), chosen, int((~usable).sum()))


def script(layer: OwnLayer) -> str:
    """Return the layer as the script that the page loads after its first view."""
    return f"window.machimapOwnShapes={_packed(layer.shapes)};\n"


def as_geojson(layer: OwnLayer) -> str:
    """Return the layer as GeoJSON for those who use the data: each shape with its class in words."""
    names = list(layer.classes)
    features = [
        feature | {"properties": {layer.column: names[feature["properties"]["k"]]}}
        for feature in layer.shapes["features"]
    ]
    whole = {
        "type": "FeatureCollection",
        "credit": layer.credit,
        "simplified_metres": layer.metres,
        "features": features,
    }
    return json.dumps(whole, ensure_ascii=False) + "\n"


def from_site(site_folder: Path, told: dict | None) -> OwnLayer | None:
    """Return the layer that stands in a site's folder, as its marker tells of it; None where it has none."""
    if not told:
        return None
    try:
        drawn = json.loads((site_folder / "data" / "layer.geojson").read_text(encoding="utf-8"))["features"]
        classes = pd.Series([feature["properties"][told["column"]] for feature in drawn])
        colours = content.class_colours(classes)
        names = list(colours)
        features = [
            feature | {"properties": {"k": names.index(name)}} for feature, name in zip(drawn, classes, strict=True)
        ]
        return OwnLayer(
            title=told["title"],
            credit=told["credit"],
            column=told["column"],
            classes=colours,
            shapes={"type": "FeatureCollection", "features": features},
            metres=told["metres"],
            changed=told["changed"],
            set_aside=told["set_aside"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SiteError("サイトの data/layer.geojson を読めないので、--layer を付けて作り直してください。") from error


def _packed(shapes: dict) -> str:
    """Rings as whole steps of 0.00001 degrees from point to point: half the weight of GeoJSON."""
    packed = [[feature["properties"]["k"], _polygons(feature["geometry"])] for feature in shapes["features"]]
    return json.dumps(packed, separators=(",", ":"))


def _polygons(geometry: dict) -> list[list[list[int]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[_steps(ring) for ring in polygon] for polygon in polygons]


def _steps(ring: list[list[float]]) -> list[int]:
    whole = np.rint(np.asarray(ring) * 1e5).astype(int)
    return np.diff(whole, axis=0, prepend=[[0, 0]]).ravel().tolist()


def _read(path: Path, crs: str | None) -> gpd.GeoDataFrame:
    if not path.exists():
        raise SiteError(f"「{path}」が見つからないので、独自の区域のファイルの場所を確かめてください。")
    try:
        table = gpd.read_file(path)
    except Exception as error:
        raise SiteError(
            f"「{path.name}」を地図のデータとして読めないので、GeoJSON・Shapefile・GeoPackage のどれかを指定してください。"
        ) from error
    if not isinstance(table, gpd.GeoDataFrame) or table.empty:
        raise SiteError(f"「{path.name}」に形が1つも入っていないので、区域の入ったファイルを指定してください。")
    if crs is not None or table.crs is None:
        table = _named_crs(table, path, crs)
    return table


def _named_crs(table: gpd.GeoDataFrame, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    if crs is None:
        raise SiteError(
            f"「{path.name}」に測り方（CRS）の名札がないので、--layer-crs に EPSG:2450 のように書いてください。"
        )
    try:
        return table.set_crs(crs, allow_override=True)
    except Exception as error:
        raise SiteError(f"測り方（CRS）「{crs}」が分からないので、EPSG:2450 のような番号で書いてください。") from error


def _column(table: gpd.GeoDataFrame, column: str | None) -> str:
    names = [str(name) for name in table.columns if name != table.geometry.name]
    if column is not None:
        if column not in names:
            raise SiteError(
                f"「{column}」という列がないので、--layer-class に {'、'.join(names) or '（列がない）'} のどれかを書いてください。"
            )
        return column
    words = [name for name in names if not pd.api.types.is_numeric_dtype(table[name])]
    fit = [name for name in words if 2 <= table[name].astype(str).nunique() <= MOST_CLASSES]
    if len(fit) != 1:
        raise SiteError(
            f"区分の列を1つに決められないので、--layer-class に {'、'.join(fit or names) or '列の名前'} のどれかを書いてください。"
        )
    return fit[0]


def _check_place(shapes: gpd.GeoSeries, place: Place) -> None:
    """A wrong CRS puts the areas elsewhere; shapes that touch nothing of the town are refused."""
    if place.bounds is None:
        return
    west, south, east, north = shapes.to_crs(4326).total_bounds
    box = place.bounds
    apart = (
        west > box[2] + FAR_DEGREES
        or east < box[0] - FAR_DEGREES
        or south > box[3] + FAR_DEGREES
        or north < box[1] - FAR_DEGREES
    )
    if apart or not all(map(_finite, (west, south, east, north))):
        raise SiteError(
            f"独自の区域が{place.name}から遠く離れた所にあるので、測り方（CRS）を --layer-crs で指定し直してください。"
        )


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")


def _lightened(shapes: gpd.GeoSeries, title: str, credit: str, column: str, set_aside: int) -> OwnLayer:
    colours = content.class_colours(shapes.index.to_series())
    names = list(colours)
    shapes = shapes.loc[names]
    for step in STEPS_M:
        simple = shapes.simplify(step).buffer(0)
        drawn = content.geojson(simple.to_crs(4326), list(range(len(names))))
        if len(gzip.compress(_packed(drawn).encode())) <= BUDGET_BYTES:
            moved = shapes.symmetric_difference(simple, align=False).area.sum() / max(shapes.area.sum(), 1e-9)
            return OwnLayer(title, credit, column, colours, drawn, step, float(moved), set_aside)
    raise SiteError(
        f"独自の区域が細かすぎて、約{STEPS_M[-1]}mまで簡略にしても重いので、区域を分けるか、もっと簡単な図を指定してください。"
    )
