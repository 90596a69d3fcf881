"""The map as an object and as a page: what is drawn, what is counted, what never becomes markup."""

import json
import re
import sys

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from machimap import datasets, hazards, maps, places
from machimap.maps import MapError, hazard_map
from machimap.maps.hazard_map import safe_json

LIBRARY = sys.modules["machimap.maps.hazard_map"]._leaflet()


@pytest.fixture(scope="module")
def hachioji():
    return places.find("八王子市")


def _page(one) -> str:
    return one.get_root().render()


def _places(one) -> pd.DataFrame:
    table = pd.DataFrame(one.config["places"])
    table["style"] = [one.config["styleKeys"][number] for number in table["style"]]
    return table


def test_every_site_and_shelter_of_the_place_is_drawn(hachioji):
    styles = _places(hazard_map(hachioji))["style"].value_counts()
    assert styles.to_dict() == {
        "site": hachioji.counts["指定緊急避難場所"],
        "shelter": hachioji.counts["指定避難所"],
    }


@pytest.mark.parametrize("key", list(hazards.kinds()["key"]))
def test_a_site_stands_out_only_for_the_hazards_it_is_designated_for(hachioji, key):
    sites = datasets.shelters(hachioji, "指定緊急避難場所")
    designated = (sites[hazards.kind(key)["column"]] == "1").sum()
    styles = _places(hazard_map(hachioji, hazard=key))["style"]
    assert (styles == "designated").sum() == designated
    assert (styles == "not_designated").sum() == len(sites) - designated
    assert "site" not in set(styles)


def test_designated_and_other_sites_differ_in_shape_and_colour(hachioji):
    styles = hazard_map(hachioji, hazard="洪水").config["styles"]
    for property_name in ("shape", "fill", "stroke"):
        assert styles["designated"][property_name] != styles["not_designated"][property_name]


def test_a_list_without_hazard_flags_is_drawn_as_unknown(hachioji):
    own = datasets.own_list(hachioji)
    drawn = _places(hazard_map(hachioji, hazard="洪水", sites=own))
    assert (drawn["style"] == "unknown").sum() == len(own)


def test_an_unknown_hazard_is_one_sentence(hachioji):
    with pytest.raises(hazards.HazardError, match="洪水"):
        hazard_map(hachioji, hazard="大雪")


def test_rows_without_usable_coordinates_are_counted_and_not_drawn(hachioji):
    rows = pd.DataFrame(
        {
            "名称": ["空（架空データ）", "逆（架空データ）", "全角（架空データ）"],
            "緯度": ["", "139.33", "３５．６６"],
            "経度": ["139.3", "35.66", "１３９．３３"],
        }
    )
    one = hazard_map(hachioji, sites=rows, shelters=rows.iloc[0:0])
    assert list(_places(one)["name"]) == ["全角（架空データ）"]
    assert any("2件" in note for note in one.config["notes"])


def test_a_town_in_no_list_is_told_that_this_is_not_the_same_as_none():
    one = hazard_map(places.find("青森県藤崎町"))
    assert _places(one).empty
    assert "「避難場所がない」という意味ではありません" in one.config["notes"][0]


def test_a_ward_whose_boundary_is_the_whole_city_says_so():
    notes = hazard_map(places.find("浜松市中央区")).config["notes"]
    assert any("市全体の境界" in note for note in notes)


def test_islands_far_apart_open_on_the_inhabited_ones():
    west, south, east, north = hazard_map(places.find("小笠原村")).config["bounds"]
    assert east - west < 1
    assert north - south < 1


def test_the_page_needs_no_script_and_no_style_from_elsewhere(hachioji):
    page = _page(hazard_map(hachioji, hazard="洪水")).replace(LIBRARY, "")
    assert not re.findall(r"<(?:script|link)[^>]+(?:src|href)=", page)
    assert "cdn" not in page.lower()
    assert '<html lang="ja">' in page
    assert "user-scalable" not in page
    assert "<title>八王子市 ハザードマップ（洪水）</title>" in page


def test_the_notebook_shows_a_titled_frame_and_never_the_words_of_folium(hachioji):
    shown = hazard_map(hachioji)._repr_html_()
    assert 'title="八王子市 ハザードマップ"' in shown
    assert "Notebook Trusted" not in shown
    without_frame = re.sub(r"<iframe.*</iframe>", "", shown, flags=re.DOTALL)
    assert "セルを動かして" in without_frame


def test_135_shelters_weigh_at_most_60_kb_without_the_library(hachioji):
    own = datasets.own_list(hachioji)
    shelters = own[own["一覧番号"] == "02"]
    assert len(shelters) == 135
    page = _page(hazard_map(hachioji, sites=shelters, shelters=shelters.iloc[0:0]))
    assert len(page.encode()) - len(LIBRARY.encode()) <= 60_000


def test_layers_legends_and_conditions_come_from_the_tables():
    one = hazard_map(places.find("京都市左京区"), hazard="崖崩れ等")
    shown = {layer["label"]: layer for layer in one.config["overlays"]}
    for layer_id in hazards.kind("崖崩れ等")["layers"]:
        row = hazards.layer(layer_id)
        layer = shown[row["label"]]
        assert layer["url"] == row["url"]
        assert [klass["hex"] for klass in layer["classes"]] == list(hazards.legend(layer_id)["hex"])
        assert any("商用の二次利用" in note for note in layer["notes"])


def test_every_credit_of_what_is_shown_stands_on_the_map(hachioji):
    zone = gpd.GeoDataFrame({"区分": ["a"]}, geometry=[shapely.box(139.3, 35.6, 139.4, 35.7)], crs=4326)
    one = hazard_map(hachioji, hazard="洪水", areas=zone, areas_label="区分", areas_credit="出典：架空データ")
    assert set(datasets.credits("shelters", "boundaries")) | {"出典：架空データ"} <= set(one.config["credits"])
    assert hazards.layer("flood_l2")["credit"] in one.config["overlays"][0]["credit"]


def test_areas_in_any_crs_are_drawn_with_a_legend_from_shallow_to_deep(hachioji):
    zone = datasets.polygons("yaizu", "naisui")
    yaizu = places.find("焼津市")
    drawn = [
        hazard_map(yaizu, areas=table, areas_label="浸水深", areas_title="内水").config["areas"]
        for table in (zone, zone.to_crs(2450))
    ]
    labels = [klass["label"] for klass in drawn[0]["classes"]]
    assert labels[0] == "0.3m未満"
    assert labels[-1] == "5m以上10m未満"
    depth = dict(zip(hazards.legend("flood_l2")["fine_label"], hazards.legend("flood_l2")["hex"], strict=True))
    assert {klass["label"]: klass["hex"] for klass in drawn[0]["classes"]} == {label: depth[label] for label in labels}
    areas = [
        sum(shapely.from_geojson(json.dumps(feature["geometry"])).area for feature in one["geojson"]["features"])
        for one in drawn
    ]
    assert areas[0] == pytest.approx(zone.make_valid().area.sum(), rel=0.02)
    assert areas[1] == pytest.approx(areas[0], rel=0.01)


def test_areas_without_a_crs_or_class_column_are_refused_in_one_sentence(hachioji):
    bare = gpd.GeoDataFrame({"区分": ["a"]}, geometry=[shapely.box(139, 35, 140, 36)])
    with pytest.raises(MapError, match="set_crs"):
        hazard_map(hachioji, areas=bare, areas_label="区分")
    with pytest.raises(MapError, match="深さ"):
        hazard_map(hachioji, areas=bare.set_crs(4326), areas_label="深さ")


@pytest.mark.parametrize("nasty", ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u2028'\"&"])
def test_text_of_a_cell_cannot_leave_its_string(hachioji, nasty):
    rows = pd.DataFrame({"名称": [nasty], "所在地_連結表記": [nasty], "緯度": ["35.66"], "経度": ["139.33"]})
    one = hazard_map(hachioji, sites=rows, shelters=rows.iloc[0:0])
    assert nasty not in _page(one)
    assert json.loads(safe_json(one.config))["places"]["name"] == [nasty]


def test_a_learner_can_add_folium_things(hachioji):
    import folium

    one = hazard_map(hachioji)
    folium.Circle([35.66, 139.33], radius=1000).add_to(one)
    assert "L.circle(" in _page(one)


def test_save_makes_the_folder_and_writes_utf8(hachioji, tmp_path):
    path = tmp_path / "まだない" / "地図.html"
    hazard_map(hachioji).save(path)
    assert "東京都八王子市" in path.read_text(encoding="utf-8")


def test_the_largest_list_of_japan_is_one_layer(hachioji):
    sites = pd.concat([datasets.shelters(hachioji, "指定緊急避難場所")] * 80, ignore_index=True)
    one = maps.hazard_map(hachioji, sites=sites, shelters=sites.iloc[0:0])
    assert len(one.config["places"]["lat"]) == 12_000
    assert _page(one).replace(LIBRARY, "").count("L.geoJSON(") == 3  # boundary, areas, places


def test_the_citys_own_list_is_drawn_besides_the_national_ones_with_its_credit(hachioji):
    own = datasets.own_list(hachioji)
    without, plain, flood = (
        hazard_map(hachioji, hazard=hazard, own=table, own_credit="出典：架空データ")
        for hazard, table in ((None, None), (None, own), ("洪水", own))
    )
    assert (_places(plain)["style"] == "own").sum() == len(own)
    assert len(_places(plain)) == len(_places(without)) + len(own)
    assert (_places(flood)["style"] == "unknown").sum() == len(own)
    assert "出典：架空データ" in plain.config["credits"]


def test_an_own_list_with_hazard_columns_is_drawn_by_them(hachioji):
    own = datasets.own_list(hachioji).head(3).assign(災害種別_洪水=["○", "", "1"])
    nothing = own.iloc[0:0]
    drawn = _places(hazard_map(hachioji, hazard="洪水", sites=nothing, shelters=nothing, own=own))
    assert drawn["style"].value_counts().to_dict() == {"designated": 2, "not_designated": 1}


@pytest.mark.parametrize("point", [(139.33, 35.66), (35.66,), ("ここ", 139.33), (float("nan"), 139.33)])
def test_a_point_that_cannot_be_meant_is_one_sentence(hachioji, point, assert_one_sentence):
    with pytest.raises(MapError) as caught:
        hazard_map(hachioji, point=point)
    assert_one_sentence(caught.value)


def test_a_place_that_cannot_be_written_to_is_one_sentence(hachioji, tmp_path, assert_one_sentence):
    with pytest.raises(MapError) as caught:
        hazard_map(hachioji).save(tmp_path)
    assert_one_sentence(caught.value)
