"""焼津市: the one place with a boundary, lists and its own flood polygons under one licence."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
import shapely

from machimap.datasets.build.descriptor import csv_resource, geo_resource
from machimap.datasets.build.sources import BuildError

LG_CODE = "222127"
ZONE_CLASSES = {
    "0.3m未満の区域": ("0.3m未満", 0.0, 0.3),
    "0.3~0.5m未満の区域": ("0.3m以上0.5m未満", 0.3, 0.5),
    "0.5~1.0m未満の区域": ("0.5m以上1m未満", 0.5, 1.0),
    "1.0~3.0m未満の区域": ("1m以上3m未満", 1.0, 3.0),
    "3.0~5.0m未満の区域": ("3m以上5m未満", 3.0, 5.0),
    "5.0~10.0m未満の区域": ("5m以上10m未満", 5.0, 10.0),
}
_FLAGS = ["災害種別_洪水", "災害種別_崖崩れ、土石流及び地滑り", "災害種別_高潮", "災害種別_地震", "災害種別_津波"]
_FLAGS += ["災害種別_大規模な火事", "災害種別_内水氾濫", "災害種別_火山現象"]
_OPENED = {
    "開設される災害の種類（地震・津波）": "開設_地震・津波",
    "開設される災害の種類（風水害）": "開設_風水害",
    "開設される災害の種類（土砂災害）": "開設_土砂災害",
    "開設される災害の種類（南海トラフ地震臨時情報）": "開設_南海トラフ地震臨時情報",
}
_LEVELS = {
    "洪水浸水レベル（最大）": "洪水浸水レベル",
    "家屋倒壊危険区域": "家屋倒壊危険区域",
    "土砂災害警戒区域": "土砂災害警戒区域",
    "津波浸水レベル": "津波浸水レベル",
    "高潮浸水レベル": "高潮浸水レベル",
}


def build(source: Path, target: Path) -> list[dict]:
    """Write the zone, the history, the districts and the four lists below `target`; return their resources.

    Geometries and CRS stay as published (four of six zones are invalid, the history comes in two CRSs):
    lesson 02 meets and mends them. Phone numbers are left out. Raises BuildError for an unknown depth class.
    """
    return [
        _zone(source, target),
        *_history(source, target),
        _districts(source, target),
        _sites(source, target),
        _shelters(source, target),
        _tsunami_buildings(source, target),
        _care_facilities(source, target),
    ]


def _find(source: Path, name: str) -> Path:
    found = sorted(source.rglob(name))
    if not found:
        raise BuildError(
            f"焼津市のファイル {name} が見つからないので、オープンデータカタログからもう一度取得してください。"
        )
    return found[0]


def _zone(source: Path, target: Path) -> dict:
    raw = geopandas.read_file(_find(source, "内水浸水想定区域.geojson"))
    unknown = set(raw["最大浸水深"]) - set(ZONE_CLASSES)
    if unknown:
        raise BuildError(
            f"内水浸水想定区域に知らない深さの区分がある（{'、'.join(sorted(unknown))}）ので、区分の表を直してください。"
        )
    classes = [ZONE_CLASSES[text] for text in raw["最大浸水深"]]
    table = geopandas.GeoDataFrame(
        {
            "浸水深": [label for label, _, _ in classes],
            "下限_m": [low for _, low, _ in classes],
            "上限_m": [high for _, _, high in classes],
        },
        geometry=raw.geometry,
        crs=raw.crs,
    )
    return _geo(table, target, "naisui", "内水浸水想定区域（公共下水道の区域内、6区分）")


def _history(source: Path, target: Path) -> list[dict]:
    lonlat, plane = [], []
    for year in ("令和元年", "令和4年", "令和6年", "令和7年"):
        raw = geopandas.read_file(_find(source, f"浸水履歴_{year}.shp"))
        table = geopandas.GeoDataFrame(geometry=raw.geometry, crs=raw.crs)
        table["年度"] = year
        table["日付"] = pd.to_datetime(raw["日付"]).dt.strftime("%Y-%m-%d") if "日付" in raw else ""
        table["異常気象"], table["地域"] = raw.get("異常気", ""), raw.get("地域", "")
        (lonlat if raw.crs.is_geographic else plane).append(table)
    return [
        _geo(pd.concat(lonlat), target, "history-lonlat", "浸水履歴（令和元年・令和4年、緯度経度 EPSG:4326）"),
        _geo(pd.concat(plane), target, "history-plane", "浸水履歴（令和6年・令和7年、平面直角座標 EPSG:2450）"),
    ]


def _districts(source: Path, target: Path) -> dict:
    raw = geopandas.read_file(_find(source, "自主防災会区域更新.shp"))
    table = geopandas.GeoDataFrame({"自主防災会": raw["SAFIELD001"]}, geometry=raw.geometry, crs=raw.crs)
    return _geo(table.sort_values("自主防災会"), target, "districts", "自主防災会の区域（平面直角座標 EPSG:2450）")


def _geo(table: geopandas.GeoDataFrame, target: Path, name: str, title: str) -> dict:
    path = target / f"{name}.fgb"
    path.unlink(missing_ok=True)
    table.set_geometry(shapely.force_2d(table.geometry.values)).to_file(path, driver="FlatGeobuf")
    invalid = int((~table.geometry.is_valid).sum())
    more = {"crs": f"EPSG:{table.crs.to_epsg()}", "features": len(table), "invalid_geometries": invalid}
    return geo_resource(name, path.name, title=title, **more)


def _read(source: Path, name: str, encoding: str) -> pd.DataFrame:
    return pd.read_csv(_find(source, name), dtype=str, keep_default_na=False, encoding=encoding)


def _csv(table: pd.DataFrame, target: Path, name: str, title: str) -> dict:
    table.to_csv(target / f"{name}.csv", index=False, lineterminator="\n")
    numbers = {"緯度", "経度", "避難所面積_㎡"}
    fields = [{"name": column, "type": "number" if column in numbers else "string"} for column in table.columns]
    return csv_resource(name, f"{name}.csv", fields, title=title)


def _common(raw: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "全国地方公共団体コード": raw["市区町村コード"],
        "名称": raw["名称"].str.strip(),
        "名称_カナ": raw["名称_カナ"].str.strip(),
        "所在地_連結表記": raw["住所"].str.strip(),
        "建物名等(方書)": raw["方書"].str.strip(),
        "緯度": raw["緯度"].str.strip(),
        "経度": raw["経度"].str.strip(),
    }


def _flag(marks: pd.Series) -> pd.Series:
    known = {"○": "1", "": ""}
    unknown = sorted(set(marks.str.strip()) - set(known))
    if unknown:
        raise BuildError(
            f"焼津市の列「{marks.name}」に知らない印（{'、'.join(unknown)}）があるので、意味を確かめて印の表を直してください。"
        )
    return marks.str.strip().map(known)


def _sites(source: Path, target: Path) -> dict:
    raw = _read(source, "222127_evacuation_space.csv", "utf-8-sig")
    columns = _common(raw) | {flag: _flag(raw[flag]) for flag in _FLAGS}
    columns["指定避難所との重複"] = _flag(raw["指定避難所との重複"])
    columns["備考"] = raw["備考"].str.strip()
    return _csv(pd.DataFrame(columns), target, "sites", "市の指定緊急避難場所一覧")


def _shelters(source: Path, target: Path) -> dict:
    raw = _read(source, "222127_hinannjo.csv", "utf-8-sig")
    columns = _common(raw) | {new: _flag(raw[old]) for old, new in _OPENED.items()}
    columns["避難所面積_㎡"] = raw["避難所面積平方メートル"].str.replace(",", "")
    columns["備考"] = raw["備考"].str.strip()
    return _csv(pd.DataFrame(columns), target, "shelters", "市の避難所一覧（開設_… は、その災害で開くと市が示すもの）")


def _tsunami_buildings(source: Path, target: Path) -> dict:
    raw = _read(source, "222127_shiteitsunamihinanbiru.csv", "utf-8-sig")
    columns = _common(raw) | {"区分": raw["区分"].str.strip(), "備考": raw["備考"].str.strip()}
    return _csv(pd.DataFrame(columns), target, "tsunami-buildings", "市の指定津波避難ビル一覧")


def _care_facilities(source: Path, target: Path) -> dict:
    raw = _read(source, "yohairyosya.csv", "cp932")
    columns = {
        "名称": raw["要配慮者利用施設名称"].str.strip(),
        "区分": raw["区分"].str.replace(r"\s*[\r\n]+\s*", "、", regex=True).str.strip(),
        "地域防災計画分類": raw["地域防災計画分類"].str.replace(r"^[①-⑳]", "", regex=True).str.strip(),
        "避難確保計画対象": raw["避難確保計画対象"].str.strip(),
        "所在地_連結表記": raw["所在地"].str.strip(),
        "緯度": raw["緯度"].str.strip(),
        "経度": raw["経度"].str.strip(),
    } | {new: raw[old].str.strip() for old, new in _LEVELS.items()}
    return _csv(pd.DataFrame(columns), target, "care-facilities", "要配慮者利用施設一覧（電話番号を除く）")
