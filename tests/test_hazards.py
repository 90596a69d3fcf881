"""Hazard layers as data, and the class at a point read from real PNG tiles of the local server (servers.py)."""

from __future__ import annotations

import csv
import json
import re
from urllib.parse import urlsplit

import frictionless
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from shapely import Point, box

from machimap import datasets, hazards, online, store
from servers import FAULTS, GOOD, Reply, encode, png

QUICK = online.Limits(connect=2, read=1.5, deadline=3, retries=0, backoff=0.01)
HERE = (139.3389, 35.6556)
EARTH = 6378137.0
ALL_LAYERS = list(hazards.layers().index)
READABLE = [name for name, row in hazards.layers().iterrows() if row["readable"]]
PATTERNS = [name for name in ALL_LAYERS if name not in READABLE]
FALLING_BACK = [name for name, row in hazards.layers().iterrows() if row["fallback"]]


def centres(tile: tuple[int, int], pixels: list[tuple[int, int]], zoom: int = 17) -> gpd.GeoSeries:
    """The middles of pixels of a tile, by way of metres in EPSG:3857 (not by the formula under test)."""
    metres = 2 * np.pi * EARTH / 2**zoom / 256
    points = [
        Point(
            -np.pi * EARTH + (tile[0] * 256 + column + 0.5) * metres,
            np.pi * EARTH - (tile[1] * 256 + row + 0.5) * metres,
        )
        for column, row in pixels
    ]
    return gpd.GeoSeries(points, crs=3857).to_crs(6668)


def tile_of(lon: float = HERE[0], lat: float = HERE[1], zoom: int = 17) -> tuple[int, int]:
    point = gpd.GeoSeries([Point(lon, lat)], crs=6668).to_crs(3857).iloc[0]
    metres = 2 * np.pi * EARTH / 2**zoom
    return int((point.x + np.pi * EARTH) // metres), int((np.pi * EARTH - point.y) // metres)


def path(row: pd.Series, tile: tuple[int, int], prefecture: str = "13") -> str:
    return urlsplit(row["url"]).path.format(z=17, x=tile[0], y=tile[1], pp=prefecture)


def one_point(crs: object = 6668) -> gpd.GeoSeries:
    return gpd.GeoSeries([Point(*HERE)], crs=6668).to_crs(crs)


def classes(layer: str) -> pd.DataFrame:
    """Every colour of a layer, the old ones that the text legend leaves out too."""
    row, table = hazards.layer(layer), datasets.table("hazards", "legend")
    table = table[table["legend"] == row["legend"]]
    return table[table["part"] == row["only"]] if row["only"] else table


def colour(layer: str, label: str) -> tuple[int, int, int, int]:
    row = classes(layer).set_index("label").loc[label]
    return int(row["r"]), int(row["g"]), int(row["b"]), 255


# The tables


def test_the_tables_are_what_their_descriptor_says():
    report = frictionless.validate(str(store.datasets_root() / "hazards" / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])
    assert all(entry["rows"] > 0 for entry in store.descriptor("hazards")["resources"])


@pytest.mark.parametrize("layer", ALL_LAYERS)
def test_a_layer_is_complete(layer):
    row = hazards.layer(layer)
    assert not classes(layer).empty
    assert 0 <= row["minzoom"] < row["maxzoom"] <= 17
    assert ("{pp}" in row["url"]) == bool(row["prefectures"])
    assert row["credit"].startswith("出典：")
    assert 1 <= row["caveat"].count("。") <= 2
    assert row["kind"] in {*hazards.kinds()["key"], "雪崩"}
    if row["fallback"]:
        fallback = hazards.layer(row["fallback"])
        assert "{pp}" in fallback["url"]
        assert (fallback["legend"], fallback["only"], fallback["maxzoom"]) == (
            row["legend"],
            row["only"],
            row["maxzoom"],
        )


def test_the_kinds_are_the_eight_columns_of_the_standard_in_order():
    kinds = hazards.kinds()
    assert list(kinds["column"]) == [name for name in _shelter_columns() if name.startswith("災害種別_")]
    assert list(kinds["skhb"]) == list("12345678")
    assert kinds.set_index("key").loc["地震", "layers"] == []
    for row in kinds.itertuples():
        assert all(hazards.layer(layer)["kind"] == row.key for layer in row.layers)


def _shelter_columns() -> list[str]:
    name = next(
        entry["name"] for entry in store.descriptor("shelters")["resources"] if entry["name"].startswith("sites")
    )
    return list(datasets.table("shelters", name).columns)


def test_a_kind_is_found_by_its_key_or_its_column():
    assert hazards.kind("洪水")["key"] == hazards.kind("災害種別_洪水")["key"] == "洪水"


def test_what_is_offered_for_a_kind_works_all_over_japan():
    table = hazards.layers()
    offered = table[table["offered"]]
    assert {"洪水", "崖崩れ等", "高潮", "津波", "内水氾濫"} == set(offered["kind"])
    assert not offered["url"].str.contains("{pp}", regex=False).any()
    assert offered["readable"].all()


@pytest.mark.parametrize("layer", ALL_LAYERS)
def test_no_two_classes_of_a_layer_can_be_taken_for_each_other(layer):
    rows = [
        (row.label, (row.r, row.g, row.b)) for row in classes(layer).astype({"r": int, "g": int, "b": int}).itertuples()
    ]
    for place, (label, rgb) in enumerate(rows):
        for other, other_rgb in rows[place + 1 :]:
            assert label == other or max(abs(a - b) for a, b in zip(rgb, other_rgb, strict=True)) > hazards.TOLERANCE


def test_a_legend_names_each_colour_in_words():
    legend = hazards.legend("flood_l2")
    assert list(legend["label"])[-1] == "20m以上"
    assert legend["hex"].is_unique
    assert set(hazards.legend("debris")["hex"]).isdisjoint(hazards.legend("steep")["hex"])
    assert legend.loc[legend["label"] == "0.5m以上3m未満", "fine_label"].item() == "1m以上3m未満"


def test_a_table_that_a_learner_changes_does_not_change_the_next_one():
    layers, legend = hazards.layers(), hazards.legend("flood_l2")
    layers.loc["flood_l2", "url"] = legend.loc[0, "label"] = "x"
    assert hazards.layer("flood_l2")["url"].startswith("https://")
    assert hazards.legend("flood_l2").loc[0, "label"] != "x"


def test_conditions_of_a_prefecture_stand_with_the_layers_they_are_about():
    assert any("商用" in text for text in hazards.conditions("debris", "26"))
    assert any("広島県Dobox" in text for text in hazards.conditions("steep_pref", "34"))
    assert hazards.conditions("flood_l2", "26") == hazards.conditions("debris", "13") == []
    assert hazards.conditions("debris_stream", "26") == []
    known = set(ALL_LAYERS)
    assert all(set(ids.split()) <= known for ids in datasets.table("hazards", "prefecture-terms")["layers"])


def test_base_maps_have_an_address_a_credit_and_a_link():
    bases = hazards.base_layers()
    assert bases["key"].iloc[0] == "pale"
    assert all(url.startswith("https://cyberjapandata.gsi.go.jp/xyz/") for url in bases["url"])
    assert (bases["credit"] == "国土地理院").all()
    assert (bases["minzoom"] < bases["maxzoom"]).all()


def test_places_are_told_apart_by_shape_and_stand_out_from_every_layer():
    styles = hazards.styles()
    drawn_together = styles.loc[["designated", "not_designated", "unknown", "shelter_background"]]
    assert drawn_together["shape"].is_unique
    everything = {text for layer in ALL_LAYERS for text in hazards.legend(layer)["hex"]}
    depths = set(hazards.legend("flood_l2")["hex"])
    for key, style in styles.iterrows():
        for behind in (depths if key == "not_designated" else everything) | {"#FFFFFF"}:
            over = [0.7 * value + 0.3 * 255 for value in _rgb(behind)]
            marks = [_rgb(text) for text in (style["fill"], style["stroke"]) if text]
            assert max(_contrast(mark, over) for mark in marks) >= 3, (key, behind)


def _rgb(text: str) -> list[float]:
    return [int(text[place : place + 2], 16) for place in (1, 3, 5)]


def _contrast(one: list[float], other: list[float]) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(rgb: list[float]) -> float:
        parts = [value / 255 for value in rgb]
        red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_tables_say_what_their_sources_say(source_data):
    with (source_data / "hazard" / "hazard_layers.csv").open(encoding="utf-8", newline="") as stream:
        theirs = {row["layer"]: row for row in csv.DictReader(stream)}
    assert set(theirs) == set(ALL_LAYERS)
    for name, row in hazards.layers().iterrows():
        told = theirs[name]
        assert (row["url"], row["name"], row["evidence"]) == (told["url"], told["name"], told["evidence"])
        assert (row["minzoom"], row["maxzoom"], row["tile_px"]) == tuple(
            int(told[key]) for key in ("minzoom", "maxzoom", "tile_px")
        )
    with (source_data / "hazard" / "hazard_legend.csv").open(encoding="utf-8", newline="") as stream:
        told = [(row["legend"], row["r"], row["g"], row["b"], row["from"], row["to"]) for row in csv.DictReader(stream)]
    ours = datasets.table("hazards", "legend").itertuples()
    numbers = [
        (row.legend, row.r, row.g, row.b, *("" if pd.isna(end) else f"{end:g}" for end in (row.low, row.high)))
        for row in ours
    ]
    assert sorted(numbers) == sorted(told)


def test_the_colours_are_in_the_official_legend_pictures(source_data):
    checked = 0
    for row in datasets.table("hazards", "legend").itertuples():
        named = re.search(r"[\w-]+\.png", row.evidence, re.ASCII)
        if named:
            picture = Image.open(source_data / "hazard" / "legend_png" / named[0]).convert("RGBA").convert("RGB")
            assert (int(row.r), int(row.g), int(row.b)) in {rgb for _, rgb in picture.getcolors(1 << 20)}, row.label
            checked += 1
    assert checked >= 20


# Where a point lies in a tile, and what an address looks like


def test_pixels_agree_with_web_mercator_of_proj():
    rng = np.random.default_rng(20261123)
    lons, lats = rng.uniform(122.9, 153.9, 200), rng.uniform(20.4, 45.6, 200)
    metres = gpd.GeoSeries(gpd.points_from_xy(lons, lats), crs=4326).to_crs(3857)
    for zoom in (2, 10, 17):
        size = 2 * np.pi * EARTH / 2**zoom / 256
        expected = zip((metres.x + np.pi * EARTH) // size, (np.pi * EARTH - metres.y) // size, strict=True)
        found = [hazards.pixel(lat, lon, zoom) for lon, lat in zip(lons, lats, strict=True)]
        assert [(x * 256 + column, y * 256 + row) for x, y, column, row in found] == list(expected)


def test_the_north_west_corner_of_the_world_is_the_first_pixel():
    assert hazards.pixel(85.0511, -180, 0) == (0, 0, 0, 0)
    assert hazards.pixel(0, 0, 1) == (1, 1, 0, 0)


def test_an_address_is_the_published_one():
    assert hazards.tile_url("flood_l2", 17, 116271, 51701) == (
        "https://disaportaldata.gsi.go.jp/raster/01_flood_l2_shinsuishin_data/17/116271/51701.png"
    )
    assert "/05_dosekiryukeikaikuiki_data/13/17/1/2.png" in hazards.tile_url("debris_pref", 17, 1, 2, "13")


@pytest.mark.parametrize("code", [None, "", "1", "48", "00", "132012", "../x", "１３"])
def test_a_layer_by_prefecture_needs_a_prefecture(code, assert_one_sentence):
    with pytest.raises(hazards.HazardError) as caught:
        hazards.tile_url("debris_pref", 17, 1, 2, code)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    "call", [hazards.layer, hazards.legend, hazards.kind, lambda name: hazards.depth_at(one_point(), name)]
)
def test_an_unknown_name_is_one_sentence_with_the_known_ones(call, assert_one_sentence):
    with pytest.raises(hazards.HazardError) as caught:
        call("洪水浸水")
    assert_one_sentence(caught.value)
    assert re.search("flood_l2|内水氾濫", str(caught.value))


# One pixel


@pytest.mark.parametrize("layer", READABLE)
def test_every_class_of_a_layer_comes_back_through_a_tile(tile_server, layer):
    row, table, tile = tile_server.on(hazards.layer(layer)), classes(layer), tile_of()
    picture = Image.new("RGBA", (256, 256))
    pixels = [(3 + 7 * place, 250 - 9 * place) for place in range(len(table))]
    for pixel, shade in zip(pixels, table.itertuples(), strict=True):
        picture.putpixel(pixel, (int(shade.r), int(shade.g), int(shade.b), 255))
    tile_server.serve(path(row, tile), Reply(encode(picture)))
    found = hazards.depth_at(centres(tile, [*pixels, (200, 10)]), row, prefecture_code="13", limits=QUICK)
    assert list(found["区分"]) == [*table["label"], "区域外"]
    assert not found["期限切れ"].any()
    assert tile_server.hits.total() == 1


@pytest.mark.parametrize(
    ("rgba", "layer", "expected"),
    [
        ((247, 245, 169, 255), "flood_l2", "0.5m未満"),
        ((249, 243, 165, 255), "flood_l2", "0.5m未満"),
        ((247, 245, 169, 90), "flood_l2", "0.5m未満"),
        ((220, 122, 188, 255), "tsunami", "20m以上"),
        ((251, 250, 174, 255), "flood_l2", None),
        ((247, 245, 155, 255), "flood_l2", None),
        ((0, 0, 0, 255), "flood_l2", None),
        ((255, 255, 255, 255), "flood_l2", None),
        ((0, 0, 0, 0), "flood_l2", "区域外"),
        ((255, 183, 183, 0), "flood_l2", "区域外"),
        ((230, 200, 50, 255), "debris", "警戒区域"),
        ((250, 230, 0, 255), "steep", "警戒区域"),
        ((250, 230, 0, 255), "debris", None),
        ((255, 153, 0, 255), "slide", "警戒区域"),
        ((255, 153, 0, 255), "flood_l2_duration", "3日以上1週間未満"),
    ],
)
def test_a_colour_is_read_by_the_legend_of_its_layer(rgba, layer, expected):
    assert hazards.classify(rgba, layer) == expected


def test_a_palette_picture_is_read_like_any_other(tile_server):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    picture = Image.new("P", (256, 256), 0)
    picture.putpalette([0, 0, 0, 255, 145, 145])
    picture.putpixel((10, 20), 1)
    picture.info["transparency"] = 0
    tile_server.serve(path(row, tile), Reply(encode(picture)))
    assert list(hazards.depth_at(centres(tile, [(10, 20), (11, 20)]), row, limits=QUICK)["区分"]) == [
        "5m以上10m未満",
        "区域外",
    ]


# Outside the area and no data are two answers


def test_a_blank_pixel_is_outside_and_says_that_this_proves_nothing(tile_server):
    row = tile_server.on(hazards.layer("flood_l2"))
    tile_server.serve(path(row, tile_of()), Reply(png()))
    found = hazards.depth_at(one_point(), row, limits=QUICK).iloc[0]
    assert found["区分"] == "区域外"
    assert "安全だという意味ではありません" in found["説明"]
    assert row["caveat"] in found["説明"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["取得日"])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("404", "404"),
        ("html", "種類"),
        ("truncated", "途中"),
        ("empty", "空"),
        ("500", "500"),
        ("slow", "遅すぎる"),
        ("dropped", "つながらない"),
    ],
)
def test_a_fault_is_no_data_and_says_why(tile_server, fault, words):
    row = tile_server.on(hazards.layer("flood_l2"))
    tile_server.serve(path(row, tile_of()), FAULTS[fault])
    found = hazards.depth_at(one_point(), row, limits=online.Limits(read=0.5, deadline=1, retries=0)).iloc[0]
    assert found["区分"] == "データなし"
    assert words in found["説明"]
    assert found["取得日"] == ""
    assert tile_server.url not in found["説明"]


def test_a_missing_tile_does_not_sound_safe(tile_server):
    row = tile_server.on(hazards.layer("flood_l2"))
    assert "安全だという意味ではありません" in hazards.depth_at(one_point(), row, limits=QUICK)["説明"].iloc[0]


@pytest.mark.parametrize(
    ("body", "words"), [(png((1, 2, 3, 255)), "凡例にない色"), (png((255, 183, 183, 255), 512), "大きさ")]
)
def test_a_picture_that_cannot_be_read_is_no_data(tile_server, body, words):
    row = tile_server.on(hazards.layer("flood_l2"))
    tile_server.serve(path(row, tile_of()), Reply(body))
    found = hazards.depth_at(one_point(), row, limits=QUICK).iloc[0]
    assert found["区分"] == "データなし"
    assert words in found["説明"]


@pytest.mark.parametrize("layer", PATTERNS)
def test_a_pattern_is_never_read(tile_server, layer):
    row = tile_server.on(hazards.layer(layer))
    tile_server.serve(path(row, tile_of()), Reply(png((255, 0, 0, 255))))
    found = hazards.depth_at(one_point(), row, limits=QUICK).iloc[0]
    assert found["区分"] == "データなし"
    assert "模様" in found["説明"]
    assert not tile_server.hits


def test_offline_is_no_data_unless_the_tile_is_kept(tile_server, monkeypatch):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    tile_server.serve(path(row, tile), Reply(png((255, 145, 145, 255))))
    near, far = centres(tile, [(5, 5)]), centres((tile[0] + 1, tile[1]), [(5, 5)])
    hazards.depth_at(near, row, limits=QUICK)
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    found = hazards.depth_at(pd.concat([near, far]), row, limits=QUICK)
    assert list(found["区分"]) == ["5m以上10m未満", "データなし"]
    assert list(found["期限切れ"]) == [True, False]
    assert "MACHIMAP_OFFLINE" in found["説明"].iloc[1]
    assert tile_server.hits.total() == 1


def test_points_without_coordinates_are_no_data_and_cost_no_request(tile_server):
    row = tile_server.on(hazards.layer("flood_l2"))
    points = gpd.GeoSeries([None, Point(), Point(float("nan"), 35), Point(180, 89.9), Point(139, 90)], crs=4326)
    found = hazards.depth_at(points, row, limits=QUICK)
    assert (found["区分"] == "データなし").all()
    assert found["説明"].str.contains("座標").all()
    assert not tile_server.hits


# The whole call


@pytest.mark.parametrize("crs", [4326, 6668, 6691, 2451, 3857])
def test_points_in_any_reference_system_are_read_at_the_same_pixel(tile_server, crs):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    picture = Image.new("RGBA", (256, 256))
    picture.putpixel((100, 100), (255, 145, 145, 255))
    tile_server.serve(path(row, tile), Reply(encode(picture)))
    points = centres(tile, [(100, 100), (101, 100), (100, 101)]).to_crs(crs)
    assert list(hazards.depth_at(points, row, limits=QUICK)["区分"]) == ["5m以上10m未満", "区域外", "区域外"]


def test_the_answer_stands_on_the_index_of_the_points(tile_server):
    row = tile_server.on(hazards.layer("flood_l2"))
    tile_server.serve(path(row, tile_of()), GOOD["png"])
    points = gpd.GeoDataFrame(
        {"名称": ["架空A", "架空B", "架空C"]}, geometry=[Point(*HERE), None, Point(*HERE)], crs=6668, index=[7, 7, 2]
    )
    found = hazards.depth_at(points, row, limits=QUICK)
    assert list(found.index) == [7, 7, 2]
    assert list(found["区分"]) == ["3m以上5m未満", "データなし", "3m以上5m未満"]
    assert list(found.columns) == ["区分", "説明", "取得日", "期限切れ"]
    assert found["期限切れ"].dtype == bool


def test_no_points_give_an_empty_table(tile_server):
    found = hazards.depth_at(one_point().iloc[:0], tile_server.on(hazards.layer("flood_l2")))
    assert found.empty
    assert list(found.columns) == ["区分", "説明", "取得日", "期限切れ"]


@pytest.mark.parametrize(
    "points",
    [
        gpd.GeoSeries([Point(*HERE)]),
        gpd.GeoSeries([box(139, 35, 140, 36)], crs=4326),
        pd.DataFrame({"緯度": [35.0], "経度": [139.0]}),
        pd.DataFrame({"geometry": [Point(*HERE)]}),
        gpd.GeoDataFrame({"名称": ["架空"]}),
    ],
    ids=["no CRS", "polygon", "table", "table with shapes", "no geometry"],
)
def test_what_is_no_point_on_the_earth_is_one_sentence(points, assert_one_sentence):
    with pytest.raises(hazards.HazardError) as caught:
        hazards.depth_at(points, "flood_l2")
    assert_one_sentence(caught.value)


def test_each_tile_is_asked_for_once(tile_server):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    tiles = [(tile[0] + right, tile[1] + down) for right in range(3) for down in range(2)]
    for each in tiles[:-1]:
        tile_server.serve(path(row, each), GOOD["png"])
    points = pd.concat([centres(each, [(n, n) for n in range(0, 250, 10)]) for each in tiles])
    found = hazards.depth_at(points, row, limits=QUICK)
    assert set(tile_server.hits.values()) == {1}
    assert found["区分"].value_counts().to_dict() == {"3m以上5m未満": 125, "データなし": 25}


def test_a_source_that_fails_again_and_again_is_left_alone(tile_server):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    tiles = [(tile[0] + n, tile[1]) for n in range(30)]
    tile_server.serve(path(row, tiles[-1]), GOOD["png"])
    hazards.depth_at(centres(tiles[-1], [(1, 1)]), row, limits=QUICK)
    for each in tiles:
        tile_server.serve(path(row, each), FAULTS["slow"])
    points = pd.concat([centres(each, [(1, 1)]) for each in tiles])
    found = hazards.depth_at(points, row, limits=online.Limits(read=0.3, deadline=0.5, retries=0, fresh_days=0))
    assert tile_server.hits.total() - 1 <= hazards.GIVE_UP_AFTER + online.PARALLEL
    assert list(found["区分"]) == ["データなし"] * 29 + ["3m以上5m未満"]
    assert found["期限切れ"].iloc[-1]
    assert "調べていません" in found["説明"].iloc[-2]


def test_kept_tiles_are_used_without_waiting_for_a_dead_source_each_time(tile_server):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    tiles = [(tile[0] + n, tile[1]) for n in range(20)]
    for each in tiles:
        tile_server.serve(path(row, each), GOOD["png"], FAULTS["slow"])
    points = pd.concat([centres(each, [(1, 1)]) for each in tiles])
    hazards.depth_at(points, row, limits=QUICK)
    found = hazards.depth_at(points, row, limits=online.Limits(read=0.3, deadline=0.5, retries=0, fresh_days=0))
    assert (found["区分"] == "3m以上5m未満").all()
    assert found["期限切れ"].all()
    assert tile_server.hits.total() - 20 <= hazards.GIVE_UP_AFTER + online.PARALLEL


def test_the_date_of_a_tile_is_the_date_in_japan(tile_server, fresh_cache, monkeypatch):
    row = tile_server.on(hazards.layer("flood_l2"))
    tile_server.serve(path(row, tile_of()), GOOD["png"])
    hazards.depth_at(one_point(), row, limits=QUICK)
    (kept,) = fresh_cache.glob("*.json")
    answer = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps(answer | {"created_at": "2026-01-01T20:00:00+00:00"}), encoding="utf-8")
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    assert hazards.depth_at(one_point(), row)["取得日"].item() == "2026-01-02"


def test_one_broken_tile_does_not_spoil_the_others(tile_server):
    row, tile = tile_server.on(hazards.layer("flood_l2")), tile_of()
    tiles = [(tile[0] + n, tile[1]) for n in range(12)]
    for each in tiles:
        tile_server.serve(path(row, each), FAULTS["500"] if each == tiles[0] else GOOD["png"])
    points = pd.concat([centres(each, [(1, 1)]) for each in tiles])
    assert list(hazards.depth_at(points, row, limits=QUICK)["区分"]) == ["データなし"] + ["3m以上5m未満"] * 11


# Both forms of the landslide layers


@pytest.mark.parametrize("layer", FALLING_BACK)
def test_a_layer_without_its_national_form_is_read_by_prefecture(local_tables, layer):
    row = hazards.layer(layer)
    fallback, label = hazards.layer(row["fallback"]), "特別警戒区域"
    local_tables.serve(path(fallback, tile_of(), "13"), Reply(png(colour(layer, label))))
    found = hazards.depth_at(one_point(), layer, prefecture_code="13", limits=QUICK).iloc[0]
    assert found["区分"] == label
    assert list(local_tables.hits) == [path(row, tile_of()), path(fallback, tile_of(), "13")]


def test_the_national_form_comes_first(local_tables):
    row, fallback = hazards.layer("debris"), hazards.layer("debris_pref")
    local_tables.serve(path(row, tile_of()), Reply(png(colour("debris", "警戒区域"))))
    local_tables.serve(path(fallback, tile_of()), Reply(png(colour("debris", "特別警戒区域"))))
    assert hazards.depth_at(one_point(), "debris", prefecture_code="13", limits=QUICK)["区分"].item() == "警戒区域"


def test_without_a_prefecture_there_is_nothing_to_fall_back_on(local_tables):
    local_tables.serve(path(hazards.layer("debris_pref"), tile_of()), Reply(png(colour("debris", "警戒区域"))))
    assert hazards.depth_at(one_point(), "debris", limits=QUICK)["区分"].item() == "データなし"


def test_neither_form_is_no_data(local_tables):
    found = hazards.depth_at(one_point(), "debris", prefecture_code="13", limits=QUICK).iloc[0]
    assert found["区分"] == "データなし"
    assert local_tables.hits.total() == 2


def test_a_server_in_trouble_is_no_reason_to_fall_back(local_tables):
    local_tables.serve(path(hazards.layer("debris"), tile_of()), FAULTS["500"])
    local_tables.serve(path(hazards.layer("debris_pref"), tile_of()), Reply(png()))
    assert hazards.depth_at(one_point(), "debris", prefecture_code="13", limits=QUICK)["区分"].item() == "データなし"


@pytest.mark.parametrize("layer", ["debris", "debris_pref"])
def test_a_wrong_prefecture_is_told_before_anything_is_asked(local_tables, layer, assert_one_sentence):
    with pytest.raises(hazards.HazardError) as caught:
        hazards.depth_at(one_point(), layer, prefecture_code="13201", limits=QUICK)
    assert_one_sentence(caught.value)
    assert not local_tables.hits
