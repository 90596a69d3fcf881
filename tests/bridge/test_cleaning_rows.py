"""What only a whole row can tell: its municipality, its coordinates, its ID; and the account of every change."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from machimap import bridge, datasets, places
from machimap.bridge.cleaning import Cleaned, clean, clean_cell
from machimap.bridge.cleaning.addresses import split
from machimap.bridge.records import ASIDE_COLUMNS, CHANGE_COLUMNS, CHECK_COLUMNS
from machimap.bridge.targets import target
from machimap.cli.bridge import bridge as command

settings.register_profile("the same every time", derandomize=True)
settings.load_profile("the same every time")
HACHIOJI, YAIZU = "132012", "222127"
ADDRESS = "所在地_連結表記"


def table(*rows: dict[str, str], name: str = "指定緊急避難場所一覧") -> pd.DataFrame:
    """A table in the columns of a list; a row without a name gets an invented one (架空データ)."""
    full = [{"名称": f"架空データ{number}"} | row for number, row in enumerate(rows, start=1)]
    index = pd.RangeIndex(2, len(rows) + 2, name="行")
    return pd.DataFrame(full, index=index).fillna("").reindex(columns=target(name).names, fill_value="").astype("str")


def cleaned(*rows: dict[str, str], place: str = "", **options) -> Cleaned:
    return clean(table(*rows), target(), place=places.by_code(place) if place else None, **options)


def change(result: Cleaned, row: int, column: str) -> pd.Series:
    found = result.changes[(result.changes["行"] == row) & (result.changes["列"] == column)]
    assert len(found) == 1
    return found.iloc[0]


def problems(result: Cleaned, column: str) -> list[str]:
    return result.checks.loc[result.checks["列"] == column, "問題"].tolist()


# --- addresses


@pytest.mark.parametrize(
    ("address", "hint", "parts", "code"),
    [
        ("東京都八王子市元本郷町3-24-1", "", ("東京都", "八王子市", "元本郷町", "3-24-1", ""), "132012"),
        (
            "八王子市元本郷町三丁目24番1号 本館2階",
            "",
            ("", "八王子市", "元本郷町三丁目", "24番1号", "本館2階"),
            "132012",
        ),
        ("元横山町2-14-3", HACHIOJI, ("", "", "元横山町", "2-14-3", ""), "132012"),
        ("東京都府中市宮西町2-24", "", ("東京都", "府中市", "宮西町", "2-24", ""), "132063"),
        ("広島県府中市府川町315", "", ("広島県", "府中市", "府川町", "315", ""), "342084"),
        ("府中市府川町315", "342084", ("", "府中市", "府川町", "315", ""), "342084"),
        ("府中市宮西町2-24", "", ("", "", "府中市宮西町", "2-24", ""), None),
        ("府中町1-2", "342076", ("", "", "府中町", "1-2", ""), "342076"),
        ("安芸郡府中町大通三丁目5-1", "", ("", "安芸郡府中町", "大通三丁目", "5-1", ""), "343021"),
        ("鳳珠郡能登町字宇出津ト50-1", "", ("", "鳳珠郡能登町", "字宇出津ト", "50-1", ""), "174637"),
        ("石川県能登町字宇出津ト50-1", "", ("石川県", "能登町", "字宇出津ト", "50-1", ""), "174637"),
        (
            "北海道札幌市厚別区厚別中央1条5丁目4-20",
            "",
            ("北海道", "札幌市", "厚別区厚別中央1条5丁目", "4-20", ""),
            "011088",
        ),
        ("札幌市白石区南郷通10-南3-1", "", ("", "札幌市", "白石区南郷通", "10-南3-1", ""), "011045"),
        ("北区中之島1-3-20", "271004", ("", "", "北区中之島", "1-3-20", ""), "271276"),
        ("北区王子本町1-15-22", "131172", ("", "北区", "王子本町", "1-15-22", ""), "131172"),
        ("北区中之島1-3-20", "", ("", "", "北区中之島", "1-3-20", ""), None),
        ("四日市市諏訪町1-5", "", ("", "四日市市", "諏訪町", "1-5", ""), "242021"),
        ("龍ヶ崎市3710", "", ("", "龍ヶ崎市", "", "3710", ""), "082082"),
        ("珠洲市宝立町鵜島4字30番地", "", ("", "珠洲市", "宝立町鵜島4字", "30番地", ""), "172057"),
        ("上野原市上野原1-1", "141500", ("", "上野原市", "上野原", "1-1", ""), "192121"),
        ("金沢市弥生1丁目753番2ほか", "", ("", "金沢市", "弥生1丁目", "753番2ほか", ""), "172014"),
    ],
)
def test_an_address_is_split_at_the_municipality_that_it_means(address, hint, parts, code):
    found = split(address, hint)
    assert (found.prefecture, found.municipality, found.town, found.lot, found.building) == parts
    assert (found.place.lg_code if found.place else None) == code


def test_the_national_list_s_addresses_name_the_municipality_of_their_code():
    rows = pd.concat([datasets.table("shelters", f"sites-{code}") for code in ("13", "17", "27", "34")])
    found = [split(text, code).place for text, code in zip(rows[ADDRESS], rows["全国地方公共団体コード"], strict=True)]
    right = [one.lg_code == code for one, code in zip(found, rows["所在地_全国地方公共団体コード"], strict=True)]
    assert np.mean(right) > 0.99


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=40), hint=st.sampled_from(["", HACHIOJI, "271004", "170003"]))
def test_the_parts_of_any_text_joined_give_the_text(text, hint):
    found = split(text, hint)
    joined = "".join((found.prefecture, found.municipality, found.town, found.lot, found.building))
    assert "".join(joined.split()) == "".join(text.split())


def test_blank_columns_beside_the_address_follow_from_it_with_a_reason():
    result = cleaned({ADDRESS: "元横山町２－１４－３\u3000市民会館１階"}, place=HACHIOJI)
    row = result.table.loc[2]
    assert row[ADDRESS] == "東京都八王子市元横山町2-14-3 市民会館1階"
    assert list(row[["所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下", "建物名等(方書)"]]) == [
        "東京都",
        "八王子市",
        "元横山町",
        "2-14-3",
        "市民会館1階",
    ]
    assert row["市区町村コード"] == row["全国地方公共団体コード"] == row["所在地_全国地方公共団体コード"] == HACHIOJI
    assert row["地方公共団体名"] == "東京都八王子市"
    told = change(result, 2, ADDRESS)
    assert told["前"] == "元横山町２－１４－３\u3000市民会館１階"
    assert "補う" in told["規則"]
    assert told["確信度"] < 1


def test_a_list_of_a_prefecture_takes_each_row_s_own_municipality():
    result = cleaned(
        {ADDRESS: "金沢市弥生1丁目26番1号", "全国地方公共団体コード": "170003"},
        {ADDRESS: "石川県珠洲市宝立町鵜島4字30番地", "全国地方公共団体コード": "170003"},
    )
    assert result.table["市区町村コード"].tolist() == ["172014", "172057"]
    assert result.table["全国地方公共団体コード"].tolist() == ["170003", "170003"]
    assert result.table["地方公共団体名"].tolist() == ["石川県", "石川県"]


def test_a_city_s_site_beyond_its_border_stays_the_city_s_own():
    result = cleaned({ADDRESS: "相模原市緑区橋本6-2-1"}, {ADDRESS: "山梨県上野原市上野原3832"}, place="141500")
    assert result.table["市区町村コード"].tolist() == ["141500", "141500"]
    assert result.table["所在地_全国地方公共団体コード"].tolist() == ["141518", "192121"]


def test_given_parts_are_not_overwritten_and_no_half_address_is_made():
    result = cleaned({ADDRESS: "金沢市野町3丁目11番1号", "所在地_町字": "野町"})
    assert result.table.loc[2, "所在地_町字"] == "野町"
    assert result.table.loc[2, "所在地_番地以下"] == ""


def test_an_address_given_in_parts_only_is_joined():
    result = cleaned(
        {"所在地_都道府県": "石川県", "所在地_市区町村": "金沢市", "所在地_町字": "弥生", "所在地_番地以下": "1-2"}
    )
    assert result.table.loc[2, ADDRESS] == "石川県金沢市弥生1-2"


def test_a_name_that_several_municipalities_bear_is_asked_about():
    result = cleaned({ADDRESS: "府中市宮西町2-24"})
    assert problems(result, ADDRESS) == ["同じ名前の市区町村がいくつもあり、どこか決められない"]
    assert result.table.loc[2, "市区町村コード"] == ""


def test_a_code_against_the_address_is_asked_about():
    result = cleaned({ADDRESS: "石川県白山市倉光二丁目1番地", "所在地_全国地方公共団体コード": "172014"})
    assert problems(result, "所在地_全国地方公共団体コード") == ["住所は石川県白山市だが、コードは違う"]


def test_the_address_chooses_between_two_readings_of_five_digits():
    result = cleaned({ADDRESS: "千葉県成田市花崎町760", "所在地_全国地方公共団体コード": "12211"})
    assert result.table.loc[2, "所在地_全国地方公共団体コード"] == "122114"
    assert problems(result, "所在地_全国地方公共団体コード") == []


@pytest.mark.parametrize(("spoilt", "mended"), [("1月20日", "1-20"), ("20-Jan", "1-20"), ("2月20日", "2月20日")])
def test_a_lot_that_became_a_date_is_mended_only_where_the_whole_address_agrees(spoilt, mended):
    result = cleaned({ADDRESS: "石川県金沢市鞍月1-20", "所在地_町字": "鞍月", "所在地_番地以下": spoilt})
    assert result.table.loc[2, "所在地_番地以下"] == mended
    assert bool(problems(result, "所在地_番地以下")) == (spoilt == mended)


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(st.text(max_size=20), st.sampled_from(["八王子市", "東京都", "北区1-2", "府中市1"])),
    code=st.sampled_from(["", HACHIOJI, "271276", "342084", "170003"]),
)
def test_an_address_gains_nothing_but_names_of_its_municipality_before_it(text, code):
    result = cleaned({ADDRESS: text, "所在地_全国地方公共団体コード": code})
    alone = clean_cell("address", text).value
    found = split(alone, code)
    bare = alone.removeprefix(found.prefecture).strip()
    made = result.table.loc[2, ADDRESS]
    assert made.endswith(bare)
    added = made.removesuffix(bare)
    own = found.place
    assert added in (
        {"", own.prefecture, own.prefecture + own.parent_name, own.prefecture + own.county + own.name}
        if own
        else {alone.removesuffix(bare)}
    )


@pytest.mark.parametrize("written", ["同上", "〃", "不明", "市内一円", "45375", "2024-03-24 00:00:00", "1月20日"])
def test_what_is_no_address_gets_no_municipality_put_before_it(written):
    result = cleaned({ADDRESS: written}, place=HACHIOJI)
    assert result.table.loc[2, ADDRESS] == written
    assert result.table.loc[2, ["所在地_市区町村", "所在地_全国地方公共団体コード"]].tolist() == ["", ""]
    assert problems(result, ADDRESS)


def test_a_name_of_another_town_that_cannot_be_told_gets_no_code_of_the_list_s_own():
    result = cleaned({ADDRESS: "府中市宮西町2-24"}, place=HACHIOJI)
    assert result.table.loc[2, "所在地_全国地方公共団体コード"] == ""


# --- coordinates

HERE = {ADDRESS: "東京都八王子市元本郷町3-24-1"}


def test_swapped_coordinates_are_put_right_and_both_cells_told():
    result = cleaned(HERE | {"緯度": "139.315806", "経度": "35.666312"})
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == ["35.666312", "139.315806"]
    assert {change(result, 2, column)["規則"] for column in ("緯度", "経度")} == {
        "緯度と経度が入れ替わっている行を、入れ替えて戻す"
    }


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("0", "0"), ("51.5074", "0.1278"), ("調査中", "調査中"), ("43.064310", "141.346814"), ("35.666312", "169.315806")],
)
def test_a_place_that_cannot_be_leaves_its_cells_the_row_stays_and_somebody_must_look(lat, lon):
    result = cleaned(HERE | {"緯度": lat, "経度": lon})
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == ["", ""]
    assert change(result, 2, "緯度")["前"] == lat
    assert len(result.table) == 1
    assert problems(result, "緯度") or problems(result, "経度")


def test_a_place_some_kilometres_off_stays_and_is_asked_about():
    result = cleaned(HERE | {"緯度": "35.8400", "経度": "139.2900"})
    assert result.table.loc[2, "緯度"] == "35.8400"
    (told,) = problems(result, "緯度")
    kilometres = int(re.fullmatch(r"東京都八王子市の境界から(\d+)km離れている", told).group(1))
    shape = places.by_code(HACHIOJI).boundary.to_crs("EPSG:6690").geometry.iloc[0]
    point = gpd.GeoSeries.from_xy([139.29], [35.84], crs="EPSG:6668").to_crs("EPSG:6690").iloc[0]
    assert abs(kilometres - shape.distance(point) / 1000) <= 0.6


def test_half_a_place_is_asked_about():
    result = cleaned(HERE | {"緯度": "35.666312"})
    assert problems(result, "緯度") == ["緯度と経度の一方しかない"]


def test_one_cell_with_both_fills_both_columns():
    result = cleaned(HERE | {"緯度": "35.666312,139.315806"})
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == ["35.666312", "139.315806"]
    assert result.checks.empty


def in_tokyo_datum(rows: pd.DataFrame) -> pd.DataFrame:
    """The list with degrees of the old datum, by the well-known approximation (not by the parameters under test)."""
    lat, lon = rows["緯度"].astype(float), rows["経度"].astype(float)
    old_lat = lat + lat * 0.00010696 - lon * 0.000017467 - 0.0046020
    old_lon = lon + lat * 0.000046047 + lon * 0.000083049 - 0.010041
    return rows.assign(緯度=old_lat.map("{:.6f}".format), 経度=old_lon.map("{:.6f}".format))


@pytest.fixture(scope="module")
def yaizu() -> pd.DataFrame:
    rows = datasets.shelters(places.by_code(YAIZU), "指定緊急避難場所").head(40)
    rows = rows.assign(緯度=rows["緯度"].map("{:.6f}".format), 経度=rows["経度"].map("{:.6f}".format))
    return table(*rows[["名称", ADDRESS, "緯度", "経度"]].to_dict("records"))


def test_the_old_datum_is_suspected_once_and_turned_only_when_asked_for(yaizu):
    place, old = places.by_code(YAIZU), in_tokyo_datum(yaizu)
    assert clean(yaizu, target(), place=place).checks.empty
    suspected = clean(old, target(), place=place)
    assert ["日本測地系" in text for text in problems(suspected, "緯度")] == [True]
    assert suspected.table["緯度"].tolist() == old["緯度"].tolist()
    turned = clean(old, target(), place=place, tokyo_datum=True)
    metres = (turned.table["緯度"].astype(float) - yaizu["緯度"].astype(float)).abs() * 111_000
    assert metres.max() < 15
    assert turned.checks.empty


def by_hand(degrees: int, minutes: int, seconds: float) -> float:
    return degrees + minutes / 60 + seconds / 3600


def test_the_origin_of_japan_s_degrees_comes_from_the_old_datum_to_within_two_metres():
    """The origin as 測量法施行令 gave it until 2002 and gives it now (before the earthquake of 2011 moved it)."""
    old = {"緯度": by_hand(35, 39, 17.5148), "経度": by_hand(139, 44, 40.5020)}
    result = cleaned({column: f"{value:.8f}" for column, value in old.items()}, tokyo_datum=True)
    lat, lon = result.table.loc[2, ["緯度", "経度"]].astype(float)
    assert abs(lat - by_hand(35, 39, 29.1572)) * 111_000 < 2
    assert abs(lon - by_hand(139, 44, 28.8759)) * 90_000 < 2


def test_the_old_datum_is_turned_as_the_epsg_registry_turns_it_all_over_japan():
    offices = [place for place in places.all_places() if place.lat and not place.parent_lg_code][::40]
    rows = [{"緯度": f"{place.lat:.6f}", "経度": f"{place.lon:.6f}"} for place in offices]
    result = cleaned(*rows, tokyo_datum=True)
    registry = Transformer.from_crs("EPSG:4301", "EPSG:4612", always_xy=True)
    lon, lat = registry.transform([place.lon for place in offices], [place.lat for place in offices])
    assert len(offices) > 30
    assert np.abs(result.table["緯度"].astype(float) - lat).max() < 2e-6
    assert np.abs(result.table["経度"].astype(float) - lon).max() < 2e-6
    north = np.abs(np.array(lat) - [place.lat for place in offices]) * 111_000
    assert north.min() > 200


def test_every_turned_cell_is_accounted_for_with_the_source_of_the_formula():
    result = cleaned(HERE | {"緯度": "35.663078", "経度": "139.319040"}, HERE, tokyo_datum=True)
    for column in ("緯度", "経度"):
        told = change(result, 2, column)
        assert told["規則"] == "日本測地系から世界測地系（JGD2011）に直す"
        assert all(word in told["根拠"] for word in ("国土地理院", "EPSG:15483"))
        assert told["確信度"] == 0.9
    assert result.table.loc[3, ["緯度", "経度"]].tolist() == ["", ""]


def test_a_suspicion_says_how_to_switch_the_turning_on_and_a_wrong_turning_how_to_switch_it_off(yaizu):
    place, old = places.by_code(YAIZU), in_tokyo_datum(yaizu)
    suspected = clean(old, target(), place=place).checks
    (action,) = suspected.loc[suspected["問題"].str.contains("日本測地系の疑い"), "すること"]
    assert all(word in action for word in ("--tokyo-datum", 'options = {"tokyo_datum": True}'))
    turned = clean(yaizu, target(), place=place, tokyo_datum=True).checks
    (action,) = turned.loc[turned["問題"].str.contains("直す前の位置のほうが"), "すること"]
    assert "外し" in action


def as_csv(rows: pd.DataFrame) -> bytes:
    return rows[["名称", ADDRESS, "緯度", "経度"]].to_csv(index=False).encode()


def test_the_datum_is_an_option_of_the_whole_way_and_a_recipe_in_hand_keeps_it(yaizu):
    body = as_csv(in_tokyo_datum(yaizu))
    plain = bridge.convert(body, place=YAIZU)
    turned = bridge.convert(body, place=YAIZU, tokyo_datum=True)
    again = bridge.convert(body, recipe=turned.recipe)
    assert plain.table["緯度"].tolist() != turned.table["緯度"].tolist() == again.table["緯度"].tolist()
    assert plain.checks["問題"].str.contains("日本測地系の疑い").sum() == 1
    assert not turned.checks["問題"].str.contains("日本測地系").any()
    assert len(turned.changes[turned.changes["規則"].str.contains("日本測地系から")]) == 2 * len(yaizu)


def test_the_command_turns_the_old_datum_when_it_is_told_to(yaizu, tmp_path):
    source = tmp_path / "避難所.csv"
    source.write_bytes(as_csv(in_tokyo_datum(yaizu)))
    lists = []
    for folder, more in (("そのまま", []), ("直した", ["--tokyo-datum"])):
        done = CliRunner().invoke(command, [str(source), "-o", str(tmp_path / folder), "--place", "焼津市", *more])
        assert done.exit_code == 0, done.output
        lists.append(pd.read_csv(tmp_path / folder / "指定緊急避難場所一覧.csv", dtype=str)["緯度"].astype(float))
    assert ((lists[1] - lists[0]) * 111_000).between(300, 450).all()


# --- a municipality that only the rest of the list, or the map, tells

NAMED = [{ADDRESS: f"東京都八王子市元本郷町3-24-{number}"} for number in range(1, 9)]


def test_a_row_without_a_municipality_is_completed_from_the_rest_of_the_list_less_surely():
    result = cleaned(*NAMED, {ADDRESS: "元横山町2-14-3"}, {ADDRESS: ""})
    row = result.table.loc[10]
    assert row[ADDRESS] == "東京都八王子市元横山町2-14-3"
    assert row[["所在地_市区町村", "所在地_町字", "所在地_全国地方公共団体コード"]].tolist() == [
        "八王子市",
        "元横山町",
        HACHIOJI,
    ]
    told = result.changes[(result.changes["行"] == 10) & result.changes["列"].str.startswith("所在地")]
    assert set(told["確信度"]) == {0.8}
    assert set(told["根拠"]) == {"一覧の住所9件のうち8件が東京都八王子市なので、この行もそうみた"}
    by_place = cleaned(*NAMED, {ADDRESS: "元横山町2-14-3"}, place=HACHIOJI)
    assert told["確信度"].max() < change(by_place, 10, ADDRESS)["確信度"]
    assert problems(result, ADDRESS) == ["住所に市区町村がなく、一覧のほかの行から東京都八王子市とみた"]
    assert result.table.loc[11, ADDRESS] == ""


def test_an_id_does_not_depend_on_what_the_rest_of_the_list_names():
    row = {"名称": "架空データ公園", ADDRESS: "元横山町2-14-3"}
    assert cleaned(*NAMED, row).table["ID"].iloc[-1] == cleaned(row).table["ID"].iloc[-1]


@pytest.mark.parametrize(
    ("others", "row"),
    [
        (NAMED[:7] + [{ADDRESS: "東京都日野市神明1-12-1"}] * 2, {ADDRESS: "元横山町2-14-3"}),
        (NAMED[:3], {ADDRESS: "元横山町2-14-3"}),
        (NAMED, {ADDRESS: "神奈川県元横山町2-14-3"}),
        (NAMED, {ADDRESS: "元横山町2-14-3", "所在地_都道府県": "神奈川県"}),
        (NAMED, {ADDRESS: "元横山町2-14-3", "所在地_市区町村": "架空市"}),
        (NAMED, {ADDRESS: "元横山町2-14-3", "全国地方公共団体コード": "130001"}),
        (NAMED, {ADDRESS: "元横山町2-14-3", "緯度": "35.4437", "経度": "139.6380"}),
        (NAMED, {ADDRESS: "日の出町平井2780"}),
    ],
)
def test_the_rest_of_the_list_completes_nothing_where_it_is_mixed_short_or_contradicted(others, row):
    result = cleaned(*others, row).table.iloc[-1]
    assert "八王子市" not in "".join(result[[ADDRESS, "所在地_市区町村"]])


INSIDE = [
    {ADDRESS: "元本郷町3-24-1", "緯度": "35.666312", "経度": "139.315806"},
    {"緯度": "35.6550", "経度": "139.3390"},
]


def test_places_that_all_lie_in_one_municipality_suggest_it_and_fill_nothing():
    result = cleaned(*INSIDE, INSIDE[0] | {"緯度": "139.300000", "経度": "35.650000"})
    told = result.checks[result.checks["問題"].str.contains("位置はどれも")]
    assert told["問題"].tolist() == [
        "位置はどれも東京都八王子市の中なので、その一覧らしい（住所にもコードにも市区町村がない）"
    ]
    assert "--place 八王子市" in told["すること"].iloc[0]
    assert result.table[ADDRESS].tolist() == ["元本郷町3-24-1", "", "元本郷町3-24-1"]
    assert (result.table["所在地_全国地方公共団体コード"] == "").all()


def test_the_suggested_name_is_one_that_the_command_takes():
    result = cleaned({"緯度": "35.6689", "経度": "139.4777"})
    action = result.checks.loc[result.checks["問題"].str.contains("位置はどれも"), "すること"].iloc[0]
    name = re.search(r"--place (\S+)", action).group(1)
    assert places.find(name).lg_code == "132063"


def test_wards_suggest_their_city():
    result = cleaned({"緯度": "43.0621", "経度": "141.3544"}, {"緯度": "43.0908", "経度": "141.3409"})
    assert "--place 札幌市" in result.checks.loc[result.checks["問題"].str.contains("位置はどれも"), "すること"].iloc[0]


@pytest.mark.parametrize(
    "rows",
    [
        [*INSIDE, {"緯度": "35.6713", "経度": "139.3951"}],
        [*INSIDE, {ADDRESS: "東京都日野市神明1-12-1"}],
        [{ADDRESS: "元本郷町3-24-1"}],
        [{"緯度": "30.0", "経度": "140.0"}],
    ],
)
def test_nothing_is_suggested_where_the_places_or_the_rows_say_otherwise(rows):
    assert not cleaned(*rows).checks["問題"].str.contains("位置はどれも").any()


# --- IDs

SITES = [
    {"名称": "架空データ第一小学校", ADDRESS: "元横山町2-14-3"},
    {"名称": "架空データ第二小学校", ADDRESS: "八木町7-1"},
    {"名称": "架空データ中央公園", ADDRESS: "明神町3-5-1"},
]


def test_a_row_keeps_its_id_when_rows_are_added_reordered_or_written_another_way():
    this_year = cleaned(*SITES, place=HACHIOJI).table.set_index("名称")["ID"]
    added = {"名称": "架空データ新しい公園", ADDRESS: "子安町1-1-1"}
    respelt = SITES[0] | {ADDRESS: "東京都八王子市元横山町２－１４－３", "備考": "改修"}
    next_year = cleaned(added, SITES[2], respelt, SITES[1], place=HACHIOJI).table.set_index("名称")["ID"]
    assert next_year[this_year.index].tolist() == this_year.tolist()
    assert next_year.is_unique
    assert all(this_year.str.fullmatch(f"{HACHIOJI}-[0-9a-f]{{10}}"))


def test_rows_alike_in_name_and_lot_get_different_ids_and_given_ids_stay():
    twins = [SITES[0] | {"緯度": "35.661451", "経度": lon} for lon in ("139.336079", "139.336999")]
    result = cleaned(*twins, SITES[0], SITES[0], SITES[1] | {"ID": "A-1"}, place=HACHIOJI).table["ID"]
    assert result.is_unique
    assert result.iloc[-1] == "A-1"


def test_ids_that_come_twice_are_asked_about_and_left():
    result = cleaned(SITES[0] | {"ID": "A1"}, SITES[1] | {"ID": "A1"}, place=HACHIOJI)
    assert problems(result, "ID") == ["同じIDの行がほかにもある"] * 2
    assert result.table["ID"].tolist() == ["A1", "A1"]


# --- the account

WRITTEN = st.sampled_from(
    [
        "",
        "○",
        "△",
        "－",
        "1",
        "１",
        "東京都八王子市元本郷町3-24-1",
        "八王子市",
        "35.666312",
        "139.315806",
        "042-626-3111",
        "nan",
        "?",
        "架空データ公園",
    ]
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_change_is_one_line_and_no_row_is_lost(data):
    columns = data.draw(st.lists(st.sampled_from(target().names), min_size=1, max_size=8, unique=True))
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, WRITTEN)), min_size=1, max_size=6))
    before = table(*rows)
    place = data.draw(st.sampled_from([None, places.by_code(HACHIOJI)]))
    result = clean(before, target(), place=place)
    assert len(result.table) + len(result.aside) == len(before)
    assert tuple(result.changes.columns) == CHANGE_COLUMNS
    assert tuple(result.checks.columns) == CHECK_COLUMNS
    assert tuple(result.aside.columns) == ASIDE_COLUMNS
    kept = before.loc[result.table.index]
    differing = {
        (row, name) for name in kept for row in kept.index if kept.loc[row, name] != result.table.loc[row, name]
    }
    told = list(zip(result.changes["行"], result.changes["列"], strict=True))
    assert len(told) == len(set(told))
    assert set(told) == differing
    for row in result.changes.to_dict("records"):
        assert row["前"] == before.loc[row["行"], row["列"]]
        assert row["後"] == result.table.loc[row["行"], row["列"]]
        assert row["規則"]
        assert 0 < row["確信度"] <= 1
    again = clean(result.table, target(), place=place)
    pd.testing.assert_frame_equal(again.table, result.table)
    assert again.changes.empty


def test_a_row_without_a_name_is_set_aside_with_its_reason_and_contents():
    before = table(SITES[0], {"名称": "―", ADDRESS: "八木町7-1"}, {"名称": "\u3000", "備考": "合計 2"})
    result = clean(before, target(), place=places.by_code(HACHIOJI))
    assert result.table.index.tolist() == [2]
    assert result.aside["行"].tolist() == [3, 4]
    assert result.aside["内容"].tolist()[0] == f"名称：―、{ADDRESS}：八木町7-1"
    assert all("名称がない" in reason for reason in result.aside["理由"])


def test_an_extension_and_a_postal_code_reach_their_own_columns():
    result = cleaned({ADDRESS: "〒192-8501 東京都八王子市元本郷町3-24-1", "電話番号": "042-626-3111（内線2345）"})
    assert result.table.loc[2, ["電話番号", "内線番号", "郵便番号"]].tolist() == ["042-626-3111", "2345", "1928501"]


def test_hazards_are_never_filled_and_half_designations_weigh_most():
    result = cleaned(HERE | {"災害種別_洪水": "△", "災害種別_地震": "○"})
    flags = result.table.loc[2, target().of_kind("flag")]
    assert flags[flags == "1"].index.tolist() == ["災害種別_地震"]
    assert result.checks.loc[result.checks["列"] == "災害種別_洪水", ["値", "重さ"]].to_numpy().tolist() == [["△", 5]]
    assert (change(result, 2, "災害種別_洪水")["確信度"], change(result, 2, "災害種別_地震")["確信度"]) == (0.5, 1.0)


def test_the_other_list_of_the_standard_is_cleaned_by_the_same_rules():
    rows = table(
        {ADDRESS: "金沢市鞍月１ー１", "開始時間": "8:30", "車椅子可": "可", "授乳室": "○"}, name="公共施設一覧"
    )
    row = clean(rows, target("公共施設一覧")).table.loc[2]
    assert row[[ADDRESS, "開始時間", "車椅子可", "授乳室"]].tolist() == ["石川県金沢市鞍月1-1", "08:30", "可", "有"]


# --- real tables


def test_ishikawa_s_aed_list_22_rows_swapped_and_two_in_other_prefectures(source_data):
    facilities = target("公共施設一覧")
    rows = pd.read_csv(source_data / "ishikawa" / "170003_aed.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    rows = rows.map(lambda cell: cell.encode("latin1").decode("cp932"))
    rows.columns = [name.encode("latin1").decode("cp932") for name in rows.columns]
    rows.index = pd.RangeIndex(2, len(rows) + 2, name="行")
    result = clean(rows.reindex(columns=facilities.names, fill_value="").astype("str"), facilities)
    rules = result.changes.groupby(["列", "規則"]).size()
    assert rules["緯度", "緯度と経度が入れ替わっている行を、入れ替えて戻す"] == 22
    assert rules["緯度", "緯度経度を度の数だけにする"] == 3
    lost = problems(result, "法人番号").count("表計算ソフトで桁が失われた数で、もとの番号は分からない")
    assert lost == 233
    assert (result.changes["列"] == "法人番号").sum() == 2
    far = result.checks[result.checks["問題"].str.contains("離れている")]
    assert sorted(far["行"]) == [106, 118, 241, 245, 287]
    assert len(result.table) == 286


def test_ishikawa_s_sites_three_rows_of_dashes_go_aside(source_data):
    path = source_data / "ishikawa" / "170003_evacuation_space.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    rows.index = pd.RangeIndex(2, len(rows) + 2, name="行")
    result = clean(rows, target())
    assert (len(result.table), len(result.aside)) == (1525, 3)
    assert set(np.unique(result.table[target().of_kind("flag")])) == {"", "1"}
    assert problems(result, "想定収容人数")
    assert "100人2.0㎡あたり1人" in set(result.table["想定収容人数"])
