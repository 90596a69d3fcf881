"""Boundaries of all municipalities from N03 (国土数値情報 行政区域データ)."""

from __future__ import annotations

from pathlib import Path

import geopandas
import shapely
from geopandas import GeoDataFrame

from machimap.datasets.build.sources import BuildError
from machimap.places import JGD2011


def read_n03(folder: Path) -> GeoDataFrame:
    """Return one valid polygon a code from the N03 file in `folder`.

    Columns code, prefecture, county, city, ward, geometry (EPSG:6668). Areas without a code (所属未定地)
    belong to no municipality and are left out; their number stands in `.attrs["without_code"]`.
    Raises BuildError when there is not exactly one such file.
    """
    raw = _read(folder)
    table = raw[raw["N03_007"].notna()].rename(
        columns={"N03_007": "code", "N03_001": "prefecture", "N03_003": "city", "N03_004": "ward"}
    )
    is_county = table["city"].fillna("").str.endswith("郡")
    table = table.assign(county=table["city"].where(is_county, ""), city=table["city"].where(~is_county, table["ward"]))
    table["geometry"] = [_valid(shape) for shape in table.geometry]
    merged = table.dissolve(by="code", as_index=False)[["code", "prefecture", "county", "city", "ward", "geometry"]]
    merged["geometry"] = [_valid(shape) for shape in merged.geometry]
    merged.attrs["without_code"] = int(raw["N03_007"].isna().sum())
    return merged.set_crs(JGD2011, allow_override=True).fillna({"county": "", "city": "", "ward": ""})


def with_designated_cities(table: GeoDataFrame, parents: dict[str, str], names: dict[str, str]) -> GeoDataFrame:
    """Return (code, name, geometry) of `table` and of every designated city, its wards merged.

    parents: ward's 5-digit code → city's; names: code → name. EPSG:6668.
    """
    own = table[["code", "city", "ward", "geometry"]].copy()
    own["name"] = [
        names.get(row.code, row.city + (row.ward if row.ward != row.city else "")) for row in own.itertuples()
    ]
    cities = own.assign(code=own["code"].map(parents)).dropna(subset="code").dissolve(by="code", as_index=False)
    cities["name"] = cities["code"].map(names)
    cities["geometry"] = [_valid(shape) for shape in cities.geometry]
    whole = geopandas.pd.concat([own[["code", "name", "geometry"]], cities[["code", "name", "geometry"]]])
    return whole.sort_values("code", ignore_index=True)


def _read(folder: Path) -> GeoDataFrame:
    for path in sorted([*folder.rglob("N03*.json"), *folder.rglob("N03*.geojson"), *folder.rglob("N03*.shp")]):
        if "designated_city" in path.name:
            continue
        table = geopandas.read_file(path)
        if "N03_007" in table.columns:
            return table
    raise BuildError(
        "行政区域データ（N03）のファイルが見つからないので、N03*.json、N03*.geojson、N03*.shp のどれかを置いてください。"
    )


def _valid(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.is_valid and shape.geom_type == "MultiPolygon":
        return shape
    fixed = shapely.make_valid(shape)
    polygons = [part for part in shapely.get_parts(shapely.get_parts(fixed)) if part.geom_type == "Polygon"]
    return shapely.multipolygons(polygons)
