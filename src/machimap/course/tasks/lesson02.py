"""What the exercise of lesson 02 expects, and the wrong answers known of it."""

from __future__ import annotations

from numbers import Real
from typing import Any

import geopandas as gpd
import numpy as np

from machimap.course.tasks import material
from machimap.course.tasks.kinds import LENGTHS, NUMBER, POINTS, POINTS_FROM_SITES, TEXTS, Answer, not_called, now
from machimap.places import Place

_WEB_MERCATOR = 3857


def _no_crs(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if given.crs is None:
        return '測り方（CRS）の名札がないので、`crs="EPSG:6668"` を加えてください。'
    return ""


def _swapped(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if np.array_equal(given.get_coordinates().to_numpy()[:, ::-1], expected.get_coordinates().to_numpy()):
        return f"緯度と経度が逆なので、`{POINTS_FROM_SITES}` のように経度を先に書いてください。"
    return ""


def _world_crs(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if given.crs.to_epsg() == material.WGS84:
        return "EPSG:4326 は世界の測り方なので、国の一覧に合う日本の測り方 EPSG:6668 にしてください。"
    return ""


def _metric_label(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if given.crs.is_projected:
        return "数字は緯度と経度（度）なのに名札がメートルの測り方なので、EPSG:6668 にしてください。"
    return ""


def _not_a_table_of_points(given: Any, expected: gpd.GeoDataFrame, place: Place) -> str:
    if not_called(given):
        return ""
    what = "点の列だけなので" if isinstance(given, gpd.GeoSeries) else f"点の表ではないので{now(given)}"
    return f"答えが{what}、`points.to_crs(utm)` のように、表を丸ごと変えてください。"


def _still_degrees(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if given.crs == material.points(place).crs:
        return "まだ緯度と経度（度）のままなので、`points.to_crs(utm)` でメートルに変えてください。"
    return ""


def _only_relabelled(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if np.array_equal(given.get_coordinates().to_numpy(), material.points(place).get_coordinates().to_numpy()):
        return "名札だけが替わり、数字は度のままなので、`set_crs` ではなく `to_crs` を使ってください。"
    return ""


def _web_map(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if given.crs is not None and given.crs.to_epsg() == _WEB_MERCATOR:
        return "EPSG:3857 は長さが実際より伸びるので、まちに合った番号の `utm` を使ってください。"
    return ""


def _other_zone(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame, place: Place) -> str:
    if given.crs is not None and given.crs.is_projected and given.crs != expected.crs:
        return f"EPSG:{given.crs.to_epsg()} はこのまちの番号ではないので、数字を書かずに `utm` を使ってください。"
    return ""


def _distances(place: Place) -> np.ndarray:
    office = material.office(place).to_crs(place.utm_epsg).geometry.iloc[0]
    return material.metres(place).distance(office)


def _in_degrees(given: Any, expected: Any, place: Place) -> str:
    if len(given) == len(expected) and max(given) < 10 < max(expected):
        return "いちばん遠いところが10に届かず、度で測ったようなので、`metres` と `office` をどちらもメートルにしてください。"
    return ""


def _in_kilometres(given: Any, expected: Any, place: Place) -> str:
    if len(given) == len(expected) and np.allclose(np.asarray(given, dtype=float) * 1000, expected, atol=1):
        return "キロメートルになっているので、1000で割らずにメートルのまま入れてください。"
    return ""


def _mixed_crs(given: Any, expected: Any, place: Place) -> str:
    if min(given) > 1_000_000:
        return "どれも1,000km より遠く、度とメートルがまざったようなので、役所の点も `to_crs(utm)` で変えてください。"
    return ""


def _from_first_site(given: Any, expected: Any, place: Place) -> str:
    metres = material.metres(place)
    if len(given) == len(metres) and np.allclose(
        np.asarray(given, dtype=float), metres.distance(metres.geometry.iloc[0]), atol=1
    ):
        return "それは一覧の1番目の場所からの距離なので、`office` から測ってください。"
    return ""


def _ordered(place: Place) -> gpd.GeoDataFrame:
    return material.points(place).assign(役所からの距離_m=_distances(place)).sort_values("役所からの距離_m")


def _suitable(place: Place) -> gpd.GeoDataFrame:
    ordered = _ordered(place)
    return ordered[ordered[material.hazard_column(place)] == "1"]


def _nearest(place: Place) -> list[str]:
    return _suitable(place)["名称"].head(material.NEAREST).tolist()


def _chose_none(given: Any, expected: list[str], place: Place) -> str:
    if hasattr(given, "__len__") and len(given) == 0:
        return '1つも選ばれていないので、`points[column] == "1"` のように、1 を引用符で囲んで比べてください。'
    return ""


def _distances_as_names(given: Any, expected: list[str], place: Place) -> str:
    if all(isinstance(one, (Real, np.number)) for one in given):
        return "それは名前ではなく数字なので、並べたあとに「名称」の列を選んでください。"
    return ""


def _one_name(given: Any, expected: list[str], place: Place) -> str:
    if isinstance(given, str) and given:
        return f"答えが1つの文字なので、「名称」の列から `.head({material.NEAREST})` で{material.NEAREST}つ取ってください。"
    return ""


def _all_sites(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == _ordered(place)["名称"].head(len(given)).tolist():
        return f'使えない場所も入っているので、「{material.hazard_column(place)}」が "1" の行だけを先に選んでください。'
    return ""


def _farthest(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == _suitable(place)["名称"].iloc[::-1].head(len(given)).tolist():
        return "遠い順に並んでいるので、`ascending=False` を付けずに、近い順に並べてください。"
    return ""


def _unsorted(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == _suitable(place).sort_index()["名称"].head(len(given)).tolist():
        return '一覧の順のままなので、`sort_values("役所からの距離_m")` で近い順に並べてください。'
    return ""


def _too_many(given: Any, expected: list[str], place: Place) -> str:
    if len(given) > len(expected) and list(given) == _suitable(place)["名称"].head(len(given)).tolist():
        return f"並べ方は合っていて数が{len(given)}なので、`.head({material.NEAREST})` で{material.NEAREST}つにしてください。"
    return ""


def _within(place: Place) -> int:
    history = material.flooded_before()
    inside = material.care_facilities(place).to_crs(history.crs).sjoin(history, predicate="within")
    return inside.index.nunique()


def _label_only(given: Any, expected: int, place: Place) -> str:
    if given == 0:
        return "0件は測り方が違うときの答えなので、`care.to_crs(history.crs)` でそろえてから重ねてください。"
    return ""


def _counted_all_facilities(given: Any, expected: int, place: Place) -> str:
    if given == len(material.care_facilities(place)):
        return "それは施設の全部の数なので、`sjoin` で重なったものだけを数えてください。"
    return ""


def _counted_areas(given: Any, expected: int, place: Place) -> str:
    if given == len(material.flooded_before()):
        return "それは区域の数なので、重なった施設の数を数えてください。"
    return ""


def _counted_outside(given: Any, expected: int, place: Place) -> str:
    if given == len(material.care_facilities(place)) - expected:
        return "それは区域の「外」の施設の数なので、重なったほうを数えてください。"
    return ""


ANSWERS = {
    "02-1": Answer(POINTS, material.points, (_no_crs, _swapped, _world_crs, _metric_label)),
    "02-2": Answer(
        POINTS, material.metres, (_still_degrees, _only_relabelled, _web_map, _other_zone), (_not_a_table_of_points,)
    ),
    "02-3": Answer(LENGTHS, _distances, (_in_degrees, _in_kilometres, _mixed_crs, _from_first_site)),
    "02-4": Answer(
        TEXTS,
        _nearest,
        (_chose_none, _distances_as_names, _too_many, _all_sites, _farthest, _unsorted),
        (_chose_none, _one_name),
    ),
    "02-5": Answer(NUMBER, _within, (_label_only, _counted_all_facilities, _counted_areas, _counted_outside)),
}
