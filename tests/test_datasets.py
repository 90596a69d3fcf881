"""The bundled datasets are what their descriptors say, and one place's part of them is right."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely
from frictionless import Checklist, Package, Resource

from machimap import datasets, places, store
from machimap.datasets import sealing

DESCRIPTORS = sorted(store.datasets_root().glob("*/datapackage.json"))
RAGGED = "見出しにだけ「備考」があり、行の側に値がない"
ROWS = {"指定緊急避難場所": 115_402, "指定避難所": 82_557}
CREDITS = {
    "boundaries": "出典：国土数値情報（行政区域データ）（国土交通省）を加工して作成",
    "hachioji": "出典：八王子市ハザードマップ（八王子市）",
    "shelters": "出典：国土地理院 指定緊急避難場所データ（2025年10月27日取得）を加工して作成",
    "yaizu": "出典：焼津市オープンデータカタログ（焼津市）を加工して作成",
}
WARDS = [place for place in places.all_places() if place.parent_lg_code]


@pytest.fixture(scope="module")
def boundaries() -> geopandas.GeoDataFrame:
    return geopandas.read_file(store.resource_path("boundaries", "boundaries"))


@pytest.fixture(scope="module", params=datasets.KINDS)
def national(request) -> tuple[str, pd.DataFrame]:
    prefix = datasets.bundled.RESOURCE_PREFIX[request.param]
    names = [entry["name"] for entry in store.descriptor("shelters")["resources"]]
    parts = [datasets.table("shelters", name) for name in names if name.startswith(f"{prefix}-")]
    return request.param, pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("path", DESCRIPTORS, ids=lambda path: path.parent.name)
def test_every_package_is_valid_and_true(path):
    package = Package(str(path))
    for resource in package.resources:
        ragged = RAGGED in resource.custom.get("dirt", [])
        report = resource.validate(Checklist(skip_errors=["missing-cell"] if ragged else []))
        assert report.valid, report.flatten(["title", "message"])[:3]


@pytest.mark.parametrize("wrong", [{"rows": 56}, {"bytes": 1}, {"hash": "sha256:" + "0" * 64}])
def test_a_measure_that_is_not_true_would_be_found(wrong):
    package = Package(str(store.datasets_root() / "yaizu" / "datapackage.json"))
    descriptor = package.get_resource("sites").to_descriptor() | wrong
    assert not Resource.from_descriptor(descriptor, basepath=package.basepath).validate().valid


@pytest.mark.parametrize("path", DESCRIPTORS, ids=lambda path: path.parent.name)
def test_every_descriptor_tells_title_source_licence_credit_and_date(path):
    package = json.loads(path.read_text(encoding="utf-8"))
    assert package["name"] == path.parent.name
    assert package["title"]
    assert package["credit"].startswith("出典：")
    assert date(2020, 1, 1) < date.fromisoformat(package["retrieved"]) < date(2100, 1, 1)
    assert all(source["title"] and source["path"].startswith("https://") for source in package["sources"])
    assert all(licence["name"] and licence["path"].startswith("https://") for licence in package["licenses"])
    assert len(package["sources"]) * len(package["licenses"]) > 0
    files = {entry["path"] for entry in package["resources"]}
    present = {file.relative_to(path.parent).as_posix() for file in path.parent.rglob("*") if file.is_file()}
    assert present - {"datapackage.json"} == files


@pytest.mark.parametrize("path", DESCRIPTORS, ids=lambda path: path.parent.name)
def test_every_file_has_the_measures_that_sealing_takes(path, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for child in path.parent.iterdir():
        if child != path:
            (copy / child.name).symlink_to(child)
    (copy / path.name).write_bytes(path.read_bytes())
    assert sealing.seal(copy) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("dataset", CREDITS)
def test_the_credit_is_the_line_that_the_publisher_asks_for(dataset):
    assert store.credit(dataset) == CREDITS[dataset]


def test_the_credit_of_the_municipalities_names_all_five_publishers():
    line = store.credit("municipalities")
    for source in (
        "全国地方公共団体コード（総務省）",
        "令和2年国勢調査（総務省）",
        "全市町村の主要財政指標（総務省）",
        "localgovjp",
        "国土数値情報（行政区域データ）（国土交通省）",
    ):
        assert source in line


def test_credits_come_once_and_in_order():
    assert datasets.credits("yaizu", "shelters", "yaizu") == [CREDITS["yaizu"], CREDITS["shelters"]]


def test_the_datasets_are_small_enough_for_a_checkout():
    size = sum(file.stat().st_size for file in store.datasets_root().rglob("*") if file.is_file())
    assert size < 40_000_000


def test_all_places_are_there():
    table = datasets.table("municipalities", "municipalities")
    assert len(table) == len(places.all_places()) == 1_918
    assert table["lg_code"].is_unique
    assert (table["lg_code"].str[:5] == table["code"]).all()


def test_no_row_of_the_national_lists_is_lost(national):
    kind, table = national
    assert len(table) == ROWS[kind]
    assert table["ID"].is_unique
    assert (table["全国地方公共団体コード"].str[:5] == table["ID"].str[1:6]).all()
    codes = {place.lg_code for place in places.all_places()}
    assert set(table["全国地方公共団体コード"]) | set(table["所在地_全国地方公共団体コード"]) <= codes


def test_names_and_addresses_are_without_blanks_at_the_ends_and_line_breaks(national):
    for column in ("名称", "所在地_連結表記", "備考"):
        text = national[1][column]
        assert (text == text.str.strip()).all()
        assert not text.str.contains("[\r\n]").any()
    assert (national[1]["名称"] != "").all()


def test_every_row_stands_in_japan_and_most_within_a_kilometre_of_their_municipality(national, boundaries):
    table = national[1]
    assert table["緯度"].between(20, 46).all()
    assert table["経度"].between(122, 154.5).all()
    boundary = {place.lg_code: place.boundary_code for place in places.all_places()}
    polygons = boundaries.set_index("code").geometry.reindex(table["全国地方公共団体コード"].map(boundary))
    degrees = shapely.distance(polygons.to_numpy(), shapely.points(table["経度"], table["緯度"]))
    assert (degrees > 0.01).mean() < 0.002


def test_the_lists_of_all_places_make_up_the_national_list(national):
    kind, table = national
    whole = [place for place in places.all_places() if not place.parent_lg_code]
    parts = [datasets.shelters(place, kind) for place in whole]
    assert sum(map(len, parts)) == len(table)
    assert [len(part) for part in parts] == [place.counts[kind] for place in whole]
    assert all(set(part["全国地方公共団体コード"]) <= {place.lg_code} for place, part in zip(whole, parts, strict=True))


@pytest.mark.parametrize("kind", datasets.KINDS)
def test_the_wards_of_a_designated_city_share_out_all_of_its_rows(kind):
    for city in {ward.parent_lg_code for ward in WARDS}:
        wards = [ward for ward in WARDS if ward.parent_lg_code == city]
        rows = pd.concat([datasets.shelters(ward, kind) for ward in wards])
        assert rows["ID"].is_unique
        assert set(rows["ID"]) == set(datasets.shelters(places.by_code(city), kind)["ID"]), city
        assert [len(datasets.shelters(ward, kind)) for ward in wards] == [ward.counts[kind] for ward in wards]


def test_a_ward_gets_only_the_rows_that_stand_in_it(boundaries):
    ward = places.find("大阪市北区")
    for kind in datasets.KINDS:
        rows = datasets.shelters(ward, kind)
        assert len(rows) > 10
        assert (rows["全国地方公共団体コード"] == ward.parent_lg_code).all()
        assert (rows["所在地_全国地方公共団体コード"] == ward.lg_code).all()
        assert rows["所在地_連結表記"].str.contains("大阪市北区").all()
    polygon = ward.boundary.to_crs(ward.utm_epsg).geometry.iloc[0]
    points = geopandas.points_from_xy(rows["経度"], rows["緯度"], crs="EPSG:6668").to_crs(ward.utm_epsg)
    assert (polygon.distance(points) < 500).all()


def test_an_address_with_a_compatibility_ideograph_names_its_ward():
    rows = datasets.shelters(places.find("横浜市"), "指定緊急避難場所")
    odd = rows[rows["所在地_連結表記"].str.contains("\ufa10")]
    assert len(odd) > 0
    assert (odd["所在地_全国地方公共団体コード"] == places.find("横浜市戸塚区").lg_code).all()


def test_tomari_has_its_rows_and_the_village_of_the_same_name_has_none():
    tomari, namesake = places.by_code("014036"), places.by_code("016969")
    assert tomari.name == namesake.name == "泊村"
    assert [len(datasets.shelters(tomari, kind)) for kind in datasets.KINDS] == [19, 17]
    assert [len(datasets.shelters(namesake, kind)) for kind in datasets.KINDS] == [0, 0]
    polygon = tomari.boundary.geometry.iloc[0]
    for kind in datasets.KINDS:
        rows = datasets.shelters(tomari, kind)
        assert (shapely.distance(polygon, shapely.points(rows["経度"], rows["緯度"])) < 0.01).all()


def test_hamamatsu_and_its_three_wards():
    city = places.find("浜松市")
    wards = {ward.name: ward for ward in WARDS if ward.parent_lg_code == city.lg_code}
    assert list(wards) == ["浜松市中央区", "浜松市浜名区", "浜松市天竜区"]
    assert wards["浜松市天竜区"].boundary_code == "22137"
    for ward in wards.values():
        assert ward.boundary_note
        assert ward.boundary.shape[0] == 1
        assert all(len(datasets.shelters(ward, kind)) > 10 for kind in datasets.KINDS)
    assert wards["浜松市中央区"].boundary_code == wards["浜松市浜名区"].boundary_code == city.code
    assert "市全体" in wards["浜松市中央区"].boundary_note
    misspelt = datasets.shelters(wards["浜松市中央区"], "指定避難所").query("名称 == '竜禅寺小学校'")
    assert len(misspelt) == 1


def test_a_place_without_a_list_gets_no_rows_but_all_columns():
    place = places.find("青ヶ島村")
    for kind in datasets.KINDS:
        rows = datasets.shelters(place, kind)
        assert rows.empty
        assert list(rows.columns) == list(datasets.shelters(places.find("八王子市"), kind).columns)


def test_the_columns_are_those_of_the_standard_and_coordinates_are_numbers():
    rows = datasets.shelters(places.find("八王子市"), "指定緊急避難場所")
    assert rows["緯度"].dtype == rows["経度"].dtype == float
    flags = [column for column in rows.columns if column.startswith("災害種別_")]
    assert len(flags) == 8
    assert set(rows[flags].to_numpy().ravel()) == {"", "1"}


def test_what_a_caller_does_to_its_rows_does_not_reach_the_next(copied_datasets):
    place = places.find("八王子市")
    rows = datasets.shelters(place, "指定避難所")
    rows["名称"] = "架空データ"
    assert "架空データ" not in set(datasets.shelters(place, "指定避難所")["名称"])


def test_an_unknown_kind_is_told_in_one_sentence(assert_one_sentence):
    with pytest.raises(datasets.UnknownList, match="避難所一覧") as caught:
        datasets.shelters(places.find("八王子市"), "避難所一覧")
    assert_one_sentence(caught.value)


def test_every_polygon_is_valid_and_in_jgd2011(boundaries):
    assert boundaries.crs.to_epsg() == 6668
    assert boundaries.geometry.is_valid.all()
    assert set(boundaries.geometry.geom_type) == {"MultiPolygon"}
    assert boundaries["code"].is_unique


def test_every_place_has_a_polygon_with_its_label_point_inside_and_its_bounds_around(boundaries):
    polygons = boundaries.set_index("code").geometry
    for place in places.all_places():
        polygon = polygons[place.boundary_code]
        assert shapely.contains_xy(polygon, place.label_lon, place.label_lat), place
        west, south, east, north = place.bounds
        assert west <= place.label_lon <= east, place
        assert south <= place.label_lat <= north, place
        assert polygon.bounds == pytest.approx(place.bounds, abs=1e-6), place


def test_every_place_reads_exactly_one_row():
    for place in places.all_places():
        row = place.boundary
        assert len(row) == 1, place
        assert row.crs.to_epsg() == 6668
        assert row["code"].iloc[0] == place.boundary_code


def test_a_boundary_that_is_not_the_place_s_own_is_told():
    borrowed = [place for place in places.all_places() if place.boundary_code != place.code]
    assert borrowed == [place for place in places.all_places() if place.boundary_note]
    assert {place.parent_name for place in borrowed} == {"浜松市"}


def test_the_office_of_every_municipality_is_near_its_polygon(boundaries):
    polygons = boundaries.set_index("code").geometry
    far = []
    for place in places.all_places():
        if place.lat is not None:
            metres = polygons[place.boundary_code].distance(shapely.Point(place.lon, place.lat)) * 111_000
            far += [place.name] if metres > 1_000 else []
    # Offices on another island or the mainland, and one that had moved away after the nuclear accident of 2011.
    assert set(far) <= {"竹富町", "三島村", "十島村", "双葉町"}, far


def test_the_lists_that_cities_publish_themselves():
    own = datasets.own_list(places.find("八王子市"))
    assert own.groupby("一覧番号").size().tolist() == [15, 135, 14, 119, 19, 19, 15, 8]
    assert own[["緯度", "経度"]].notna().all().all()
    assert datasets.own_list(places.find("焼津市")).groupby("一覧").size().to_dict() == {
        "指定緊急避難場所": 31,
        "避難所": 56,
        "津波避難ビル": 125,
    }
    assert datasets.own_list(places.find("府中市（東京都）")) is None


def test_the_handed_over_lists_have_the_dirt_that_their_descriptor_tells():
    resources = {entry["name"]: entry for entry in store.descriptor("hachioji")["resources"]}
    handed = [entry for name, entry in resources.items() if name.startswith("handover-")]
    assert len(handed) == 8
    text = {}
    for entry in handed:
        body = store.resource_path("hachioji", entry["name"]).read_bytes()
        text[entry["name"]] = body.decode("cp932")
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")
        assert "▶" in entry["path"]
        assert (RAGGED in entry["dirt"]) == ("備考" in text[entry["name"]].splitlines()[0])
    every = {line for entry in handed for line in entry["dirt"]}
    assert len(every) == 7
    assert '""url""' in text["handover-01"]


def test_the_tidy_twin_holds_the_same_facts():
    tidy = datasets.table("hachioji", "tidy")
    for number, rows in tidy.groupby("一覧番号"):
        handed = datasets.table("hachioji", f"handover-{number}")
        assert handed["緯度"].astype(float).tolist() == rows["緯度"].tolist()
        assert handed["経度"].astype(float).tolist() == rows["経度"].tolist()
    assert (tidy["名称"] == tidy["名称"].str.strip()).all()
    assert tidy["所在地_連結表記"].str.startswith("東京都").all()
    assert not tidy["所在地_連結表記"].str.contains("[０-９−－]").any()


def test_yaizu_keeps_the_flaws_that_the_lesson_mends():
    zone = datasets.polygons("yaizu", "naisui")
    assert len(zone) == 6
    assert (~zone.geometry.is_valid).sum() == 4
    crs = {datasets.polygons("yaizu", name).crs.to_epsg() for name in ("history-lonlat", "history-plane")}
    assert crs == {4326, 2450}
    assert len(datasets.polygons("yaizu", "districts")) == 78
    care = datasets.table("yaizu", "care-facilities")
    assert len(care) == 277
    assert not care.apply(lambda column: column.astype(str).str.contains(r"054[-(（]|\d{3}-\d{4}$")).any().any()


def test_a_blank_number_is_nan_and_a_blank_text_is_empty():
    table = datasets.table("municipalities", "municipalities")
    village = table[table["lg_code"] == "016969"].iloc[0]
    assert pd.isna(village["lat"])
    assert village["kana"] == ""


def test_the_facts_about_a_known_city():
    place = places.find("八王子市")
    assert place.kana == "はちおうじし"
    assert place.url.startswith("https://www.city.hachioji.tokyo.jp")
    assert 550_000 < place.population_2020 < 600_000
    assert place.fiscal["財政力指数"] == pytest.approx(0.95, abs=0.1)
    assert places.find("三島村").fiscal["財政力指数"] == 0.06
    assert places.find("飛島村").fiscal["財政力指数"] == 2.1


def test_the_bundled_rows_are_those_of_the_publisher(source_data: Path, national):
    kind, table = national
    parts = [
        pd.read_csv(path, dtype=str, keep_default_na=False) for path in (source_data / "gsi_shelters" / kind).iterdir()
    ]
    raw = pd.concat(parts).set_index("共通ID").loc[table["ID"]]
    assert len(raw) == len(table)
    assert raw["緯度"].astype(float).tolist() == table["緯度"].tolist()
    assert raw["経度"].astype(float).tolist() == table["経度"].tolist()
    assert raw["施設・場所名"].str.split().str.join(" ").tolist() == table["名称"].str.split().str.join(" ").tolist()
    for flag in [name for name in table.columns if name.startswith("災害種別_")]:
        assert raw[flag.removeprefix("災害種別_")].tolist() == table[flag].tolist()
    mended = raw["全国地方公共団体コード"].to_numpy() != table["全国地方公共団体コード"].to_numpy()
    assert set(table.loc[mended, "全国地方公共団体コード"]) == {"014036"}
