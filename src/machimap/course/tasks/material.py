"""What the exercises work with: the chosen municipality's lists, and tables with seeded faults (架空データ)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

from machimap import datasets, hazards, places, store
from machimap.course.tasks import messy
from machimap.places import Place

SITES, SHELTERS = datasets.KINDS
EXAMPLE_LG_CODE, OTHER_EXAMPLE_LG_CODE = "132012", "222127"
WGS84, JGD2011 = 4326, 6668
FAULTY = {"緯度": 3, "経度": 2}
NEAREST = 3
_FEWEST = 2 * sum(FAULTY.values())
_MARK = "架空データ"


def practice_place(place: Place) -> Place:
    """Return the place of the exercises: the chosen one, or 八王子市 where the national list has too few rows."""
    table = sites(place)
    enough = len(table) > _FEWEST and int((table[hazard_column(place)] == "1").sum()) > NEAREST
    return place if enough else places.by_code(EXAMPLE_LG_CODE)


def hazard_column(place: Place) -> str:
    """Return the column of the hazard for which the place designates sites (災害種別_洪水 where it does for floods)."""
    return hazards.kind(hazards.usual(sites(place)))["column"]


def sites(place: Place) -> pd.DataFrame:
    """Return the place's 指定緊急避難場所 in the columns of `datasets.shelters`."""
    return datasets.shelters(place, SITES)


def points(place: Place) -> gpd.GeoDataFrame:
    """Return the place's 指定緊急避難場所 as points (JGD2011)."""
    table = sites(place)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["経度"], table["緯度"]), crs=JGD2011)


def metres(place: Place) -> gpd.GeoDataFrame:
    """Return the place's 指定緊急避難場所 as points in its UTM zone (m)."""
    return points(place).to_crs(place.utm_epsg)


def office(place: Place) -> gpd.GeoDataFrame:
    """Return the town hall (or, where its position is unknown, the middle of the place) as one point (JGD2011)."""
    lon, lat = place.lon or place.label_lon, place.lat or place.label_lat
    return gpd.GeoDataFrame({"名称": [f"{place.name}の役所"]}, geometry=gpd.points_from_xy([lon], [lat]), crs=JGD2011)


def handover(_place: Place) -> pd.DataFrame:
    """Return 八王子市's 指定避難所 as it is handed over: 施設名, 種別, 所在地, 緯度, 経度, 備考, all text."""
    return pd.read_csv(store.resource_path("hachioji", "handover-02"), encoding="cp932", dtype="str")


def with_faults(place: Place) -> pd.DataFrame:
    """Return the place's sites with some positions wiped out (FAULTY; the same rows every time), as practice.

    Columns 名称, 所在地_連結表記, 緯度, 経度 and 備考, in which the wiped rows are marked 架空データ.
    """
    table = sites(place)[["名称", "所在地_連結表記", "緯度", "経度"]].assign(備考="")
    rows = random.Random(place.lg_code).sample(range(len(table)), sum(FAULTY.values()))
    start = 0
    for column, count in FAULTY.items():
        labels = table.index[rows[start : start + count]]
        table.loc[labels, column] = float("nan")
        table.loc[labels, "備考"] = f"{column}を消した（{_MARK}）"
        start += count
    return table


def staff_list(place: Place) -> pd.DataFrame:
    """Return a list as an office keeps it, with columns that must not be published (架空データ).

    Columns 名称, 所在地_連結表記, 緯度, 経度, 施設の電話番号, 担当者名, 担当者の携帯.
    """
    table = sites(place)[["名称", "所在地_連結表記", "緯度", "経度"]].head(8).reset_index(drop=True)
    numbers = range(1, len(table) + 1)
    return table.assign(
        施設の電話番号=[f"000-000-{number:04d}（{_MARK}）" for number in numbers],
        担当者名=[f"担当{number}（{_MARK}）" for number in numbers],
        担当者の携帯=[f"000-0000-{number:04d}（{_MARK}）" for number in numbers],
    )


def care_facilities(_place: Place) -> gpd.GeoDataFrame:
    """Return 焼津市's 要配慮者利用施設 as points (WGS84)."""
    table = datasets.table("yaizu", "care-facilities")
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["経度"], table["緯度"]), crs=WGS84)


def flooded_before(_place: Place | None = None) -> gpd.GeoDataFrame:
    """Return where 焼津市 has been under water, in the plane coordinates in which it was published."""
    return datasets.polygons("yaizu", "history-plane")


MATERIAL: dict[str, Callable[[Place], Any]] = {
    "01-1": sites,
    "01-2": sites,
    "01-3": handover,
    "01-4": with_faults,
    "02-1": sites,
    "02-2": points,
    "02-3": office,
    "02-4": points,
    "02-5": care_facilities,
    "03-1": sites,
    "03-2": staff_list,
    "10-1": messy.messy_list,
    "10-4": lambda place: messy.messy_list(place, next_year=True),
}
