"""Every municipality is found by any way of writing it, and what is not one is answered in one sentence."""

from __future__ import annotations

import random
import re
import subprocess
import sys

import pytest
from pyproj import CRS
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from machimap import places
from machimap.places import AmbiguousPlace, PlaceError, UnknownPlace, all_places, find


def candidates(text: str) -> tuple[places.Place, ...]:
    """Return the place that a text names, or all that an ambiguous one may mean."""
    try:
        return (find(text),)
    except AmbiguousPlace as error:
        return error.candidates


@pytest.mark.parametrize(
    ("text", "lg_code"),
    [
        ("八王子市", "132012"),
        ("八王子", "132012"),
        ("東京都八王子市", "132012"),
        ("東京都 八王子市", "132012"),
        ("東京八王子", "132012"),
        ("　八王子市\n", "132012"),
        ("13201", "132012"),
        ("132012", "132012"),
        ("１３２０１２", "132012"),
        ("東京都八王子市（132012）", "132012"),
        ("はちおうじ", "132012"),
        ("ハチオウジシ", "132012"),
        ("はちおうじ市", "132012"),
        ("ﾀｶﾏﾂ市", "372013"),
        ("ﾊﾁｵｳｼﾞ", "132012"),
        ("はちおーじ", "132012"),
        ("Hachioji", "132012"),
        ("HACHIOJI-SHI", "132012"),
        ("Hachiōji City", "132012"),
        ("hachiouji", "132012"),
        ("hatiouzi", "132012"),
        ("Ｈａｃｈｉｏｊｉ", "132012"),
        ("Kōtō", "131083"),
        ("Niigata", "151009"),
        ("にーがた", "151009"),
        ("大阪", "271004"),
        ("おーさか", "271004"),
        ("大阪市北区", "271276"),
        ("大阪府大阪市北区", "271276"),
        ("大阪市 北区", "271276"),
        ("北区（大阪市）", "271276"),
        ("札幌中央区", "011011"),
        ("府中市（広島県）", "342084"),
        ("府中市（東京）", "132063"),
        ("府中市(東京都", "132063"),
        ("広島府中市", "342084"),
        ("四日市", "242021"),
        ("大町市", "202126"),
        ("金ヶ崎町", "033812"),
        ("鎌ヶ谷", "122246"),
        ("ニセコ町", "013951"),
        ("にせこ", "013951"),
        ("小笠原村", "134210"),
        ("古宇郡泊村", "014036"),
        ("北海道国後郡泊村", "016969"),
        ("泊村（016969）", "016969"),
        ("札幌", "011002"),
        ("01100", "011002"),
        ("1100", "011002"),
        ("11002", "011002"),
        ("14036", "014036"),
        ("浜松市", "221309"),
        ("天竜区", "221406"),
    ],
)
def test_a_place_is_found_by_what_people_write(text, lg_code):
    assert find(text).lg_code == lg_code


def test_a_number_as_a_spreadsheet_gives_it():
    assert find(13201).lg_code == "132012"
    assert find(1100).lg_code == "011002"


def test_five_digits_are_a_five_digit_code_before_they_are_a_code_without_its_zero():
    assert find("12211").name == "成田市"
    assert places.by_code("012211").name == "名寄市"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("府中市", ["東京都府中市", "広島県府中市"]),
        ("伊達市", ["北海道伊達市", "福島県伊達市"]),
        ("泊村", ["北海道古宇郡泊村", "北海道国後郡泊村"]),
        ("北海道泊村", ["北海道古宇郡泊村", "北海道国後郡泊村"]),
        ("府中", ["東京都府中市", "広島県府中市", "広島県府中町"]),
        ("Fuchū", ["東京都府中市", "広島県府中市", "広島県府中町"]),
        ("池田町", ["北海道池田町", "福井県池田町", "長野県池田町", "岐阜県池田町"]),
        ("大阪府北区", ["大阪府大阪市北区", "大阪府堺市北区"]),
    ],
)
def test_an_ambiguous_name_lists_every_candidate_in_one_sentence(assert_one_sentence, text, named):
    with pytest.raises(AmbiguousPlace) as caught:
        find(text)
    assert_one_sentence(caught.value)
    assert len(caught.value.candidates) == len(named)
    assert all(name in str(caught.value) for name in named)
    assert f"{len(named)}か所" in str(caught.value)


def test_every_kita_ku_is_named_with_prefecture_and_city(assert_one_sentence):
    with pytest.raises(AmbiguousPlace) as caught:
        find("北区")
    assert_one_sentence(caught.value)
    expected = [place for place in all_places() if place.name == "北区" or place.name.endswith("市北区")]
    assert set(caught.value.candidates) == set(expected)
    assert "東京都北区" in str(caught.value)
    assert all(place.full_name in str(caught.value) for place in expected)


@pytest.mark.parametrize("text", ["府中市", "北区", "伊達市", "泊村", "中央", "南", "堺", "minato", "みなと"])
def test_a_candidate_typed_as_shown_is_found(text):
    with pytest.raises(AmbiguousPlace) as caught:
        find(text)
    shown = re.search("」は(.+)の[0-9]+か所", str(caught.value)).group(1).split("、")
    assert [find(label) for label in shown] == list(caught.value.candidates)


@pytest.mark.parametrize(
    ("text", "lg_code"),
    [
        ("八王寺市", "132012"),
        ("東京都八王市", "132012"),
        ("八王子市役所", "132012"),
        ("竜ケ崎市", "082082"),
        ("飛驒市", "212172"),
        ("四条畷市", "272299"),
        ("はちおおし", "132012"),
        ("Hachiojo", "132012"),
        ("Yokohanna", "141003"),
        ("八王子市（神奈川県）", "132012"),
    ],
)
def test_an_unknown_name_gets_the_three_nearest(assert_one_sentence, text, lg_code):
    with pytest.raises(UnknownPlace) as caught:
        find(text)
    assert_one_sentence(caught.value)
    assert len(caught.value.suggestions) == 3
    assert lg_code in [place.lg_code for place in caught.value.suggestions]
    assert all(place.full_name in str(caught.value) for place in caught.value.suggestions)


@pytest.mark.parametrize(("text", "nearest"), [("珠州市", "珠洲市"), ("八王士市", "八王子市"), ("焼律市", "焼津市")])
def test_of_equally_near_names_the_one_that_begins_alike_comes_first(text, nearest):
    with pytest.raises(UnknownPlace) as caught:
        find(text)
    assert caught.value.suggestions[0].name == nearest


def test_nearly_every_name_with_one_letter_missing_is_suggested():
    chance = random.Random(20251027)
    answered = missed = 0
    for place in chance.sample(all_places(), 300):
        cut = chance.randrange(len(place.prefecture), len(place.full_name) - 1)
        try:
            find(place.full_name[:cut] + place.full_name[cut + 1 :])
        except UnknownPlace as error:
            answered += 1
            missed += place not in error.suggestions
        except AmbiguousPlace:
            continue
    assert answered > 250
    assert missed < answered * 0.05


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "空"),
        (" 　\n", "空"),
        ("\x00", "空"),
        ("東京都", "都道府県の名前"),
        ("東京", "都道府県の名前"),
        ("北海道", "都道府県の名前"),
        ("13", "都道府県のコード"),
        ("130001", "都道府県のコード"),
        ("99999", "団体コード"),
        ("1" * 50, "団体コード"),
        ("🗾", "八王子市"),
        ("！？", "八王子市"),
    ],
)
def test_what_is_no_municipality_is_told_so(assert_one_sentence, text, part):
    with pytest.raises(UnknownPlace, match=part) as caught:
        find(text)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("text", ["浜松市北区", "静岡県浜松市北区", "22135", "221350"])
def test_a_vanished_ward_leads_to_its_successors(assert_one_sentence, text):
    with pytest.raises(UnknownPlace, match="2024年1月1日") as caught:
        find(text)
    assert_one_sentence(caught.value)
    assert [place.name for place in caught.value.suggestions] == ["浜松市中央区", "浜松市浜名区"]


def test_the_code_of_a_vanished_ward_whose_name_lives_on(assert_one_sentence):
    for text in ("22137", "221376"):
        with pytest.raises(UnknownPlace, match="浜松市天竜区") as caught:
            find(text)
        assert_one_sentence(caught.value)
        assert [place.lg_code for place in caught.value.suggestions] == ["221406"]
    with pytest.raises(UnknownPlace, match="浜名区"):
        find("浜北区")


def test_long_and_strange_text_is_quoted_short_and_on_one_line(assert_one_sentence):
    for text in ("あ" * 100_000, "x" * 100_000, "<script>alert(1)</script>", "\x1b[31m赤\x07", "八王\n子\n町\u202e"):
        with pytest.raises(UnknownPlace) as caught:
            find(text)
        assert_one_sentence(caught.value)
        assert str(caught.value).isprintable()


def test_random_text_never_raises_anything_else():
    chance = random.Random(6668)
    names = [place.full_name for place in all_places()]
    alphabets = (
        "市区町村東西南北中央府都道県大小山川田",
        "あいうえおかきくけこがぎぐーゃっん",
        "アイウエオヶヵ・",
        "abcdefghijklmnop-' ",
        "0123456789",
        "()（）[]〔「」、。,.\\/*+?^$|",
        "\x00\t\n\u3000\u200b\u202e\ufeff\ud800é①㍿Å髙🗾",
    )
    for _ in range(1500):
        letters = "".join(chance.choice(chance.choice(alphabets)) for _ in range(chance.randrange(12)))
        text = chance.choice(["", chance.choice(names)[: chance.randrange(8)]]) + letters
        try:
            answer = str(find(text))
        except PlaceError as error:
            answer = str(error)
        assert answer.endswith(("ください。", "）"))


def test_every_place_is_found_by_its_own_names():
    for place in all_places():
        assert find(place.lg_code) is place
        assert find(place.code) is place
        assert find(str(place)) is place
        assert find(place.prefecture + place.county + place.name) is place
        for text in (place.full_name, place.name, place.own_name):
            assert place in candidates(text)


def test_every_reading_leads_to_its_place():
    for place in all_places():
        for text in filter(None, (place.kana.replace(" ", ""), *place.romaji.split())):
            assert place in candidates(text), text


def test_names_of_a_ward():
    ward = find("大阪市北区")
    assert (ward.own_name, ward.parent_name, ward.full_name) == ("北区", "大阪市", "大阪府大阪市北区")
    assert places.by_code(ward.parent_lg_code).name == "大阪市"
    city = find("四日市市")
    assert (city.own_name, city.parent_name) == ("四日市市", "")


def test_every_parent_is_a_designated_city_of_the_same_prefecture():
    wards = [place for place in all_places() if place.parent_lg_code]
    for ward in wards:
        parent = places.by_code(ward.parent_lg_code)
        assert parent.name == ward.parent_name
        assert parent.prefecture == ward.prefecture
        assert parent.parent_lg_code == ""
    assert len({ward.parent_lg_code for ward in wards}) == 20


def test_every_check_digit_is_right():
    assert all(place.lg_code == place.code + places.check_digit(place.code) for place in all_places())


@pytest.mark.parametrize(
    ("name", "epsg"), [("那覇市", 6689), ("福岡市", 6689), ("八王子市", 6691), ("小笠原村", 6691), ("根室市", 6692)]
)
def test_the_utm_zone_is_the_one_that_epsg_gives_for_the_place(name, epsg):
    place = find(name)
    here = AreaOfInterest(place.lon, place.lat, place.lon, place.lat)
    [registered] = query_utm_crs_info(datum_name="JGD2011", area_of_interest=here, contains=True)
    assert place.utm_epsg == epsg == int(registered.code)


def test_every_place_lies_in_the_area_of_use_of_its_utm_zone():
    areas = {epsg: CRS(epsg).area_of_use for epsg in range(6688, 6693)}
    for place in all_places():
        lon = place.lon if place.lon is not None else place.label_lon
        area = areas[place.utm_epsg]
        east = 154 if place.utm_epsg == 6692 else area.east
        assert area.west <= lon <= east, place


def test_an_unknown_code_is_told_in_one_sentence(assert_one_sentence):
    with pytest.raises(UnknownPlace, match="999999") as caught:
        places.by_code("999999")
    assert_one_sentence(caught.value)


def test_the_prefectures_hold_every_place_once():
    grouped = places.prefectures()
    assert len(grouped) == 47
    assert sum(map(len, grouped.values())) == len(all_places())
    assert list(grouped)[12] == "東京都"


def test_importing_places_does_not_load_geopandas():
    code = "import sys, machimap.places as p; p.find('八王子市'); sys.exit('geopandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
