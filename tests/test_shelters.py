"""A city's own list beside the national one. Tables made here are 架空データ; real lists are named as such."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pandas as pd
import pytest

from machimap import datasets, places, shelters
from machimap.assignment import choose
from machimap.errors import MachimapError

LAT, LON = 35.65, 139.33
METRE_NORTH = 1 / 110_940
FLOOD = "災害種別_洪水"


def listing(*rows: tuple, **columns: list) -> pd.DataFrame:
    """架空データ: rows of (名称, metres north of a fixed point[, 所在地])."""
    lines = [(row[0], LAT + row[1] * METRE_NORTH, LON, row[2] if len(row) > 2 else "") for row in rows]
    table = pd.DataFrame(lines, columns=["名称", "緯度", "経度", "所在地_連結表記"])
    return table.assign(**columns)


def names(comparison: shelters.Comparison) -> set[tuple[str, str]]:
    return set(zip(comparison.matched["city_name"], comparison.matched["national_name"], strict=True))


def only_match(city: pd.DataFrame, national: pd.DataFrame) -> pd.Series:
    matched = shelters.compare(city, national).matched
    assert len(matched) == 1
    return matched.iloc[0]


def hachioji_indoor() -> pd.DataFrame:
    own = datasets.own_list(places.find("八王子市"))
    return own[own["一覧"].str.contains("屋内")]


def source(*parts: str) -> Path:
    root = os.environ.get("MACHIMAP_SOURCE_DATA")
    if not root:
        pytest.skip("MACHIMAP_SOURCE_DATA が無いため、公開元のままのファイルでは確かめない")
    return Path(root, *parts)


# The bundled lists (real)


def test_hachioji_against_places_to_flee_by_independent_count() -> None:
    national = datasets.shelters(places.find("八王子市"), "指定緊急避難場所")
    found = shelters.compare(hachioji_indoor(), national, hazard="洪水")
    by_address = hachioji_indoor().merge(national, on="所在地_連結表記")
    # The same place under a new name, a house number cut off, and two with the building's name in the address.
    by_hand = {
        ("第二小学校", "たがの杜小中学校（第二小学校）"),
        ("由井第一小学校", "由井第一小学校"),
        ("川口市民センター", "川口市民センター"),
        ("南大沢市民センター", "南大沢市民センター"),
    }
    assert names(found) == set(zip(by_address["名称_x"], by_address["名称_y"], strict=True)) | by_hand
    assert found.only_city["city_name"].tolist() == ["第四中学校"]
    flags = national.drop_duplicates("名称").set_index("名称")[FLOOD]
    assert all(flags[found.not_designated()["national_name"]] == "")
    assert len(found.not_designated()) == sum(flags[other] == "" for _, other in names(found))


def test_hachioji_figures_of_the_document() -> None:
    place = places.find("八王子市")
    flee = shelters.compare(hachioji_indoor(), datasets.shelters(place, "指定緊急避難場所"), hazard="洪水")
    stay = shelters.compare(hachioji_indoor(), datasets.shelters(place, "指定避難所"))
    text = (Path(__file__).parents[1] / "docs" / "shelters-hachioji.md").read_text(encoding="utf-8")
    for comparison, heading in ((flee, "## 指定緊急避難場所との比較"), (stay, "## 指定避難所との比較")):
        section = text.split(heading)[1].split("\n## ")[0]
        for line in comparison.report().itertuples():
            assert f"| {line.項目} | {line.値} {line.単位} |" in section, line.項目
    for name in flee.not_designated()["city_name"]:
        assert name in text
    for comparison in (flee, stay):
        for pair in comparison.far().itertuples():
            assert f"{pair.city_name} | {pair.distance_m}m" in text


def test_hachioji_renamed_school_is_to_be_checked() -> None:
    found = shelters.compare(hachioji_indoor(), datasets.shelters(places.find("八王子市"), "指定避難所"))
    renamed = found.matched[found.matched["needs_check"]]
    assert renamed["national_name"].tolist() == ["たがの杜小中学校（第二小学校）"]
    assert "かっこ書きの名前が相手の名前と同じ" in renamed["reason"].iloc[0]
    assert renamed["reason"].iloc[0].count("要確認") == 1


def test_yaizu_moved_centre_is_found_and_flagged() -> None:
    place = places.find("焼津市")
    own = datasets.own_list(place)
    found = shelters.compare(own[own["一覧"] == "避難所"], datasets.shelters(place, "指定避難所"))
    assert len(found.matched) == 56
    assert found.far()["city_name"].tolist() == ["豊田地域交流センター"]
    assert "所在地が違う" in found.far()["reason"].iloc[0]


def test_row_order_changes_nothing_on_a_real_list() -> None:
    national = datasets.shelters(places.find("八王子市"), "指定緊急避難場所")
    city = hachioji_indoor()
    straight = shelters.compare(city, national, hazard="洪水")
    shuffled = shelters.compare(city.sample(frac=1, random_state=3), national.sample(frac=1, random_state=4))
    pairs = ["city_row", "national_row", "distance_m", "score", "reason", "needs_check"]
    pd.testing.assert_frame_equal(
        straight.matched[pairs].sort_values("city_row", ignore_index=True),
        shuffled.matched[pairs].sort_values("city_row", ignore_index=True),
    )


# The publishers' own files (real, where present)


def test_hachioji_file_as_published_gives_the_tidy_answer() -> None:
    (path,) = source("hachioji", "csv").glob("02*.csv")
    raw, _ = datasets.read_table(path)
    raw = raw.rename(columns={"name": "名称", "lat": "緯度", "lon": "経度"})
    national = datasets.shelters(places.find("八王子市"), "指定緊急避難場所")
    tidy = shelters.compare(hachioji_indoor(), national)
    found = shelters.compare(raw, national)
    assert set(found.matched["national_row"]) == set(tidy.matched["national_row"])
    assert found.matched["distance_m"].tolist() == pytest.approx(tidy.matched["distance_m"].tolist(), abs=0.2)


def test_nanao_and_suzu_are_matched_without_mixing_neighbours() -> None:
    nanao, _ = datasets.read_table(source("nanao", "reference_data.csv"))
    found = shelters.compare(nanao, datasets.shelters(places.find("七尾市"), "指定緊急避難場所"))
    assert ("旧御祓中学校　運動場", "旧　御祓中学校（運動場）") in names(found)
    assert "田鶴浜勤労者体育センター" in set(found.only_city["city_name"])
    suzu, _ = datasets.read_table(source("suzu", "suzukinkyushelter.csv"))
    found = shelters.compare(suzu, datasets.shelters(places.find("珠洲市"), "指定緊急避難場所"))
    for letter, wide in zip("ABCDE", "ＡＢＣＤＥ", strict=True):
        assert (f"のとスターライン{letter}", f"のとスターライン{wide}") in names(found)
    assert "中野山道②" in set(found.only_city["city_name"])
    assert {"白山神社（南黒丸）", "白山神社（雲津）", "白山神社（真浦）"} <= set(found.matched["national_name"])
    assert "白山神社（出田）" in set(found.only_city["city_name"])


# Names (架空データ)


@pytest.mark.parametrize(
    ("city_name", "national_name"),
    [
        ("第一小学校", "市立第一小学校"),
        ("第一小学校", "八王子市立第１小学校"),
        ("第一小", "第一小学校"),
        ("髙﨑中学校", "高崎中学校"),
        ("緑が丘公民館", "緑ヶ丘公民館"),
        ("緑ケ丘公民館", "緑ヶ丘公民館"),
        ("甲の原公民館", "甲ノ原公民館"),
        ("松風高校", "都立松風高等学校"),
        ("ﾊﾞｲﾊﾟｽ広場", "バイパス広場"),
        ("みどりホ－ム", "みどりホーム"),
        ("本町 公民館", "本町　公民館"),
        ("松風高等学校", "（県）松風高等学校"),
        ("本町公民館（3階）", "本町公民館〔４階〕"),
    ],
)
def test_ways_of_writing_one_name(city_name: str, national_name: str) -> None:
    pair = only_match(listing((city_name, 0)), listing((national_name, 20)))
    assert not pair["needs_check"], pair["reason"]
    assert pair["score"] > 0.9
    assert city_name in pair["reason"]
    assert national_name in pair["reason"]


def test_municipality_name_before_the_facility_is_no_difference() -> None:
    national = listing(("八王子市中央武道館", 5), 全国地方公共団体コード=["132012"])
    assert not only_match(listing(("中央武道館", 0)), national)["needs_check"]


def test_equal_names_say_so_with_the_distance() -> None:
    pair = only_match(listing(("桜公民館", 0, "架空町1-2")), listing(("桜公民館", 23, "架空町1番地2")))
    assert pair["reason"] == "名前が同じで、距離は23m、所在地も同じ"
    assert pair["distance_m"] == pytest.approx(23, abs=0.1)


@pytest.mark.parametrize(
    ("city_name", "national_name"),
    [
        ("第一小学校", "第二小学校"),
        ("桜山小学校", "桜山中学校"),
        ("由木東小学校", "由木西小学校"),
        ("上柚木小学校", "下柚木小学校"),
        ("市営住宅Ａ棟", "市営住宅Ｂ棟"),
        ("桜公民館", "松公園"),
        ("桜小中学校 本校舎", "桜小中学校 分校舎"),
    ],
)
def test_near_but_different_names_stay_apart(city_name: str, national_name: str) -> None:
    found = shelters.compare(listing((city_name, 0)), listing((national_name, 10)))
    assert found.matched.empty
    assert "10m先に" in found.only_city["reason"].iloc[0]
    assert "名前が違う" in found.only_national["reason"].iloc[0]


def test_similar_name_close_by_is_matched_but_to_be_checked() -> None:
    pair = only_match(listing(("みどり会館ホール", 0)), listing(("みどり会館のホール", 30)))
    assert pair["needs_check"]
    assert "名前は似ている" in pair["reason"]
    assert shelters.compare(listing(("みどり会館ホール", 0)), listing(("みどり会館のホール", 400))).matched.empty


def test_longer_name_is_taken_only_at_the_same_address() -> None:
    city = listing(("ひかりホテル", 0, "架空町3-1"))
    assert only_match(city, listing(("ひかりホテル駅東（４Ｆ）", 8, "架空町3-1")))["needs_check"]
    assert shelters.compare(city, listing(("ひかりホテル駅東（４Ｆ）", 8, "架空町9-9"))).matched.empty


def test_former_name_in_brackets_is_matched_but_to_be_checked() -> None:
    pair = only_match(listing(("森の学び舎（旧桜小学校）", 0)), listing(("桜小学校", 40)))
    assert pair["needs_check"]
    assert "かっこ書き" in pair["reason"]


# Distance and assignment (架空データ)


def test_same_name_too_far_is_two_places() -> None:
    found = shelters.compare(listing(("中央公園", 0)), listing(("中央公園", 2300)))
    assert found.matched.empty
    assert "2.3km先" in found.only_city["reason"].iloc[0]
    near = shelters.compare(listing(("中央公園", 0)), listing(("中央公園", 2300)), max_distance=3000)
    assert near.matched["needs_check"].all()
    assert near.far()["distance_m"].tolist() == pytest.approx([2300], rel=0.001)


def test_same_name_and_address_far_apart_is_a_doubtful_coordinate() -> None:
    pair = only_match(listing(("中央公園", 0, "架空町5-6")), listing(("中央公園", 9000, "東京都架空市架空町5-6")))
    assert pair["needs_check"]
    assert "離れている" in pair["reason"]


def test_crossing_names_follow_the_name_not_the_nearest_point() -> None:
    city = listing(("第一小学校", 0), ("第二小学校", 60))
    national = listing(("第二小学校", 5), ("第一小学校", 65))
    assert names(shelters.compare(city, national)) == {("第一小学校", "第一小学校"), ("第二小学校", "第二小学校")}


def test_same_name_in_two_wards_goes_to_the_nearer_each() -> None:
    city = listing(("中央公園", 0), ("中央公園", 600))
    national = listing(("中央公園", 610), ("中央公園", 20))
    found = shelters.compare(city, national)
    assert dict(zip(found.matched["city_row"], found.matched["national_row"], strict=True)) == {0: 1, 1: 0}
    assert not found.matched["needs_check"].any()


def test_sibling_rows_of_one_place_give_one_pair_and_a_reason() -> None:
    national = listing(("桜小学校（校庭）", 15), ("桜小学校（体育館）", 30))
    found = shelters.compare(listing(("桜小学校", 0)), national)
    assert len(found.matched) == 1
    assert "同じ名前の別の行「桜小学校（" in found.only_national["reason"].iloc[0]
    whole = shelters.compare(listing(("桜小学校 体育館", 0)), national)
    assert names(whole) == {("桜小学校 体育館", "桜小学校（体育館）")}


def test_two_equally_good_partners_are_to_be_checked() -> None:
    pair = only_match(listing(("桜公園", 0)), listing(("桜公園", 20), ("桜公園", -20)))
    assert pair["needs_check"]
    assert "同じくらい合う行" in pair["reason"]


def test_assignment_is_the_best_of_all_choices() -> None:
    rng = random.Random(20)
    for _ in range(60):
        rows, columns = rng.randint(1, 5), rng.randint(1, 5)
        pairs = {
            (row, column): rng.choice([0.6, 0.8, 0.9, 1.0])
            for row, column in itertools.product(range(rows), range(columns))
            if rng.random() < 0.6
        }
        chosen = choose(pairs)
        assert len({row for row, _ in chosen}) == len({column for _, column in chosen}) == len(chosen)
        possible = (
            subset
            for size in range(len(pairs) + 1)
            for subset in itertools.combinations(pairs, min(size, 5))
            if len({row for row, _ in subset}) == len({column for _, column in subset}) == len(subset)
        )
        best = max(sum(pairs[pair] ** 8 for pair in subset) for subset in possible)
        assert sum(pairs[pair] ** 8 for pair in chosen) == pytest.approx(best)


# Coordinates that cannot be used (架空データ)


@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [
        ("", "", "空"),
        (None, "139.33", "空"),
        ("北緯35度", "139.33", "数字でない"),
        ("139.33", "35.65", "入れ替えると日本の範囲に入る"),
        ("5.0", "9.0", "日本の範囲の外"),
    ],
)
def test_unusable_coordinates_match_by_name_or_are_set_aside(lat: str | None, lon: str, said: str) -> None:
    city = pd.DataFrame({"名称": ["桜公民館", "竹公民館"], "緯度": [lat, lat], "経度": [lon, lon]})
    found = shelters.compare(city, listing(("桜公民館", 0), ("梅公民館", 0)))
    assert names(found) == {("桜公民館", "桜公民館")}
    assert found.matched["needs_check"].all()
    assert found.matched["distance_m"].isna().all()
    assert said in found.matched["reason"].iloc[0]
    assert found.set_aside[["side", "name"]].values.tolist() == [["市", "竹公民館"]]
    assert said in found.set_aside["reason"].iloc[0]
    assert found.unusable_coordinates["matched"].tolist() == [True, False]


def test_unusable_national_coordinates_are_set_aside_too() -> None:
    national = listing(("桜公民館", 0), ("梅公民館", 0)).assign(緯度=[None, None])
    found = shelters.compare(listing(("桜公民館", 0)), national)
    assert names(found) == {("桜公民館", "桜公民館")}
    assert found.set_aside[["side", "name"]].values.tolist() == [["国", "梅公民館"]]


def test_name_without_place_is_not_taken_against_another_address() -> None:
    city = listing(("中央公園", 0, "架空町1-1")).assign(緯度="", 経度="")
    found = shelters.compare(city, listing(("中央公園", 0, "別町8-8")))
    assert found.matched.empty
    assert "決められない" in found.set_aside["reason"].iloc[0]


def test_full_width_digits_are_read_as_numbers() -> None:
    city = pd.DataFrame({"名称": ["桜公民館"], "緯度": ["３５．６５"], "経度": ["１３９．３３"]})
    assert only_match(city, listing(("桜公民館", 0)))["distance_m"] == pytest.approx(0, abs=0.1)


def test_utm_zone_follows_the_coordinates_and_a_wrong_one_is_refused() -> None:
    for lon, epsg in ((124.2, 6688), (130.5, 6689), (136.9, 6690), (139.3, 6691), (145.6, 6692), (153.98, 6692)):
        table = pd.DataFrame({"名称": ["桜公民館"], "緯度": [35.0], "経度": [lon]})
        assert shelters.compare(table, table).utm_epsg == epsg
    for wrong in (6687, 4326, 6689):
        with pytest.raises(shelters.ShelterError, match="UTM座標系"):
            shelters.compare(listing(("桜公民館", 0)), listing(("桜公民館", 0)), utm_epsg=wrong)


# Which list, which hazard (架空データ)


def test_not_designated_reads_the_hazard_and_refuses_what_is_not_there() -> None:
    city = listing(("桜公民館", 0), ("梅公民館", 3000))
    flee = listing(("桜公民館", 0), ("梅公民館", 3000), **{FLOOD: ["1", ""], "災害種別_地震": ["1", "1"]})
    found = shelters.compare(city, flee, city_list="指定避難所［屋内］")
    assert found.not_designated("洪水")["city_name"].tolist() == ["梅公民館"]
    assert found.not_designated("地震").empty
    with pytest.raises(shelters.ShelterError, match="洪水／地震 のどれか"):
        found.not_designated("竜巻")
    with pytest.raises(shelters.ShelterError, match="指定緊急避難場所の一覧と比べて"):
        shelters.compare(city, listing(("桜公民館", 0))).not_designated("洪水")


def test_report_names_both_lists_and_says_when_they_are_of_two_kinds() -> None:
    city, stay = listing(("桜公民館", 0)), listing(("桜公民館", 0))
    flee = stay.assign(**{FLOOD: ["1"]})
    told = shelters.compare(city, flee, city_list="指定避難所［屋内］", hazard="洪水").report().set_index("項目")
    assert told.loc["市の一覧", "説明"] == "指定避難所［屋内］"
    assert told.loc["国の一覧", "説明"].startswith("指定緊急避難場所（市の一覧とは種類が違う")
    assert told.loc["うち洪水の指定あり", "値"] == 1
    same_kind = shelters.compare(city, stay, city_list="指定避難所［屋内］").report().set_index("項目")
    assert same_kind.loc["国の一覧", "説明"] == "指定避難所"


def test_missing_columns_and_repeated_row_numbers_are_one_sentence() -> None:
    good = listing(("桜公民館", 0))
    for city, said in (
        (good.drop(columns="名称"), "「名称」という列がない"),
        (good.drop(columns="緯度"), "「緯度」という列がない"),
        (pd.concat([good, good]), "行番号が重なっている"),
    ):
        with pytest.raises(MachimapError, match=said) as caught:
            shelters.compare(city, good)
        assert str(caught.value).count("。") == 1


# Nothing is lost


def test_no_rows_on_one_side_or_both() -> None:
    some, none = listing(("桜公民館", 0)), listing(("桜公民館", 0)).iloc[:0]
    assert shelters.compare(some, none).only_city["city_name"].tolist() == ["桜公民館"]
    assert shelters.compare(none, some).only_national["national_name"].tolist() == ["桜公民館"]
    empty = shelters.compare(none, none)
    assert empty.to_frame().empty
    assert empty.far().empty
    assert empty.report().set_index("項目").loc["一致", "値"] == 0


def random_list(rng: random.Random, count: int) -> pd.DataFrame:
    """架空データ: clashing names, near and far places, and every kind of unusable coordinate."""
    head, tail = ["第一", "第二", "桜", "桜東", "中央", ""], ["小学校", "中学校（体育館）", "公園", "会館 校庭", ""]
    spoil = [lambda y, x: (y, x)] * 6 + [
        lambda y, x: ("", x),
        lambda y, x: (x, y),
        lambda y, x: ("?", x),
        lambda y, x: (0, 0),
    ]
    rows = []
    for _ in range(count):
        lat, lon = rng.choice(spoil)(LAT + rng.random() * 0.02, LON + rng.random() * 0.02)
        rows.append((rng.choice(head) + rng.choice(tail), lat, lon, rng.choice(["架空町1-1", "別町2", ""])))
    return pd.DataFrame(rows, columns=["名称", "緯度", "経度", "住所"])


@pytest.mark.parametrize("seed", range(12))
def test_every_row_stands_in_exactly_one_table_whatever_the_order(seed: int) -> None:
    rng = random.Random(seed)
    city, national = random_list(rng, rng.randint(0, 60)), random_list(rng, rng.randint(1, 60))
    found = shelters.compare(city, national)
    whole = found.to_frame()
    assert sorted(row for row in whole["市の行"] if row != "") == list(city.index)
    assert sorted(row for row in whole["国の行"] if row != "") == list(national.index)
    assert (whole["理由"] != "").all()
    assert found.matched["score"].between(0, 1).all()
    again = shelters.compare(city.sample(frac=1, random_state=seed), national.sample(frac=1, random_state=seed + 1))
    columns = ["city_row", "national_row", "reason"]
    assert sorted(found.matched[columns].values.tolist()) == sorted(again.matched[columns].values.tolist())


def test_to_frame_survives_a_csv(tmp_path: Path) -> None:
    found = shelters.compare(hachioji_indoor(), datasets.shelters(places.find("八王子市"), "指定緊急避難場所"))
    found.to_frame().to_csv(tmp_path / "比較.csv", index=False, encoding="utf-8-sig")
    read, _ = datasets.read_table(tmp_path / "比較.csv")
    assert read["結果"].value_counts().to_dict() == {"一致": 134, "国の一覧だけ": 16, "市の一覧だけ": 1}


def test_twelve_thousand_rows_hold_few_candidates_each() -> None:
    from machimap.shelters.candidates import MOST_CANDIDATES, Limits, pairs
    from machimap.shelters.sides import read, side

    rng = random.Random(7)
    titles = [f"架空{number % 600}番公民館" for number in range(9_000)] + ["中央公園"] * 3_000
    rows = [(title, LAT + rng.random() * 0.2, LON + rng.random() * 0.2) for title in titles]
    table = pd.DataFrame(rows, columns=["名称", "緯度", "経度"])
    one = side(*read(table, "市の一覧"), 6691, frozenset())
    found = pairs(one, one, Limits(1000.0, 250.0))
    assert all((row, row) in found for row in range(12_000))
    assert len(found) <= 12_000 * MOST_CANDIDATES * 5
    assert len(shelters.compare(table, table).matched) == 12_000
