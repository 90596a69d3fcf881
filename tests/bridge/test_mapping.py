"""Columns to the standard. Real tables are judged by hand-made answers; tables made here are 架空データ."""

from __future__ import annotations

import further_layouts
import pandas as pd
import pytest
from answering import SURE, answers, judge

from machimap import places
from machimap.bridge import BridgeError, Mapping, Match, apply, propose, read, target
from machimap.bridge.mapping import carry
from machimap.bridge.mapping.hazards import named
from machimap.bridge.mapping.vocabulary import heading, is_other, speaks_of_persons

SITES, FACILITIES = "指定緊急避難場所一覧", "公共施設一覧"
HAZARDS = [name for name in target(SITES).names if name.startswith("災害種別_")]
REAL = [answer for answer in answers() if answer.source]
LAYOUTS = [answer for answer in answers() if answer.layout]


def table(**columns: list[str]) -> pd.DataFrame:
    made = pd.DataFrame(columns, dtype="str")
    made.index = pd.RangeIndex(2, len(made) + 2, name="行")
    return made


def found(made: pd.DataFrame, title: str = "", name: str = SITES, place=None) -> dict[str, Match]:
    return {match.target: match for match in propose(made, target(name), title=title, place=place).matches}


def town(rows: int = 4, **columns: list[str]) -> pd.DataFrame:
    """架空データ: names and coordinates, and whatever a test adds."""
    numbers = range(1, rows + 1)
    return table(施設名=[f"架空第{n}小学校" for n in numbers], lat=[f"35.6512{n}" for n in numbers], **columns)


# The hand-made answers


@pytest.mark.parametrize("answer", REAL, ids=lambda answer: answer.name)
def test_every_real_table_is_mapped_as_a_person_maps_it(answer, source_data):
    reading = read(source_data / answer.source)
    mapping = propose(reading.table, target(answer.target), title=reading.name)
    verdict = judge(mapping.matches, answer)
    assert verdict.wrong == []
    assert verdict.right >= 0.95 * verdict.asked, verdict.missed
    assert {match.source for match in mapping.matches} | set(mapping.unmapped) == set(reading.table.columns)


def test_over_all_real_tables_19_of_20_columns_are_right_and_none_is_wrong_though_sure(source_data):
    verdicts = []
    for answer in REAL:
        reading = read(source_data / answer.source)
        verdicts.append(judge(propose(reading.table, target(answer.target), title=reading.name).matches, answer))
    assert sum(verdict.right for verdict in verdicts) >= 0.95 * sum(verdict.asked for verdict in verdicts)
    assert [wrong for verdict in verdicts for wrong in verdict.wrong] == []


def test_a_prefecture_whose_values_left_their_heads_is_mapped_by_the_values_and_says_so(source_data):
    reading = read(source_data / "ishikawa" / "170003_evacuation_space.csv")
    matches = found(reading.table)
    assert matches["市区町村コード"].source == "内線番号"
    assert matches["地方公共団体名"].source == "連絡先FormURL"
    assert "ずれている" in matches["市区町村コード"].evidence
    assert all(matches[name].confidence < 0.7 for name in ("市区町村コード", "地方公共団体名"))
    assert all(matches[name].confidence < SURE for name in HAZARDS)


@pytest.mark.parametrize("answer", LAYOUTS, ids=lambda answer: answer.name)
def test_every_layout_is_mapped_as_a_person_maps_it(answer):
    reading = read(further_layouts.ALL[answer.layout](), name=answer.name)
    mapping = propose(reading.table, target(answer.target), title=reading.name)
    verdict = judge(mapping.matches, answer)
    assert verdict.wrong == []
    assert verdict.right >= 0.95 * verdict.asked, verdict.missed


# Heads


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("避難場所名称", "名称"),
        ("施設名（ふりがな）", "名称_カナ"),
        ("所在地（住所）", "所在地_連結表記"),
        ("Latitude", "緯度"),
        ("経度\n（世界測地系）", "経度"),
        ("ＴＥＬ", "電話番号"),
        ("① 電話番号", "電話番号"),
        ("収容人数（人）", "想定収容人数"),
        ("災害種別（洪水）", "災害種別_洪水"),
        ("対象とする災害_津波", "災害種別_津波"),
        ("土砂災害", "災害種別_崖崩れ、土石流及び地滑り"),
        ("tunami", "災害種別_津波"),
        ("flood_L2", "災害種別_洪水"),
        ("地震（屋外）", "災害種別_地震"),
        ("大規模火災", "災害種別_大規模な火事"),
        ("災害の種類／内水はん濫", "災害種別_内水氾濫"),
        ("指定緊急避難場所の名称", "名称"),
        ("収容人数（令和5年4月1日現在）", "想定収容人数"),
        ("洪水時の使用可否", "災害種別_洪水"),
        ("災害種別（○：指定あり）_高潮", "災害種別_高潮"),
        ("①施設の名称", "名称"),
        ("施設の基本情報_施設名", "名称"),
        ("Shelter Name (Japanese)", "名称"),
        ("FacilityNameEn", "名称_英字"),
        ("Shelter Name (English)", "名称_英字"),
        ("学校名ふりがな", "名称_カナ"),
        ("学校のホームページ", "URL"),
        ("PhoneNo", "電話番号"),
        ("地図上の位置_緯度", "緯度"),
        ("緯度[deg]", "緯度"),
        ("標高（T.P.m）", "標高"),
        ("地盤高TP(m)", "標高"),
        ("Max. Capacity (people)", "想定収容人数"),
        ("住所3（町名）", "所在地_町字"),
        ("町名・番地", "所在地_連結表記"),
        ("○×対応災害_津波", "災害種別_津波"),
        ("土砂災害時の利用", "災害種別_崖崩れ、土石流及び地滑り"),
        ("津波発生時の使用可否", "災害種別_津波"),
        ("休館日等", "利用可能時間特記事項"),
        ("管理No.", "ID"),
        ("車いすトイレ", "バリアフリートイレ"),
        ("図書館名", "名称"),
        ("避難先名称（避難所・避難場所）", "名称"),
        ("介護サービス事業所名称_カナ", "名称_カナ"),
        ("施設名称フリガナ（全角カナ）", "名称_カナ"),
        ("事業所の所在地", "所在地_連結表記"),
        ("指定区市町村名", "所在地_市区町村"),
        ("避難所の緯度（世界測地系）", "緯度"),
        ("POINT_X（経度）", "経度"),
        ("お問い合わせ先電話番号（代表）", "電話番号"),
        ("01洪水", "災害種別_洪水"),
        ("洪水に対する安全性", "災害種別_洪水"),
        ("地震の場合", "災害種別_地震"),
        ("landslides_debrisflow", "災害種別_崖崩れ、土石流及び地滑り"),
        ("internal_flood", "災害種別_内水氾濫"),
        ("volcanic_phenomena", "災害種別_火山現象"),
        ("disaster3", "災害種別_高潮"),
        ("P20_008", "災害種別_津波"),
        ("受入れ可能名数", "想定収容人数"),
        ("避難人数（想定）", "想定収容人数"),
        ("法人の名称", "団体名"),
        ("診療曜日", "利用可能曜日"),
        ("診療終了時間", "終了時間"),
        ("車いすの貸し出し", "車椅子貸出"),
        ("オムツ交換台", "おむつ替えコーナー"),
    ],
)
def test_heads_that_towns_write_are_known(head, column):
    assert heading(head, column).score > 0.9


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("ﾒｲｼｮｳ", "名称"),
        ("ジュウショ", "所在地_連結表記"),
        ("jusho", "所在地_連結表記"),
        ("JUUSHO", "所在地_連結表記"),
        ("zyusyo", "所在地_連結表記"),
        ("でんわ", "電話番号"),
        ("yubin_bango", "郵便番号"),
        ("ido", "緯度"),
        ("KEIDO", "経度"),
        ("meisho_kana", "名称_カナ"),
        ("kozui", "災害種別_洪水"),
        ("ﾂﾅﾐ", "災害種別_津波"),
        ("bikō", "備考"),
    ],
)
def test_heads_in_kana_and_romaji_are_read_as_they_sound(head, column):
    assert heading(head, column).score > 0.9


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("学校コード", "ID"),
        ("水害時の利用", "災害種別_洪水"),
        ("使用する町内会", "対象となる町会・自治会"),
        ("駐車場（車椅子用）", "優先駐車場"),
        ("窓口時間の補足", "利用可能時間特記事項"),
        ("車いす使用者に配慮した便所", "バリアフリートイレ"),
        ("避難できる人数", "想定収容人数"),
        ("公衆トイレ名", "名称"),
    ],
)
def test_heads_that_may_mean_a_column_are_proposed_for_a_tick(head, column):
    assert 0.7 < heading(head, column).score < SURE


@pytest.mark.parametrize(
    "head",
    [
        "洪水浸水想定区域",
        "土砂災害警戒区域",
        "津波浸水深（m）",
        "洪水浸水レベル（最大）",
        "高潮浸水想定",
        "想定津波高",
        "ﾂﾅﾐｼﾝｽｲ",
        "tsunami_shinsui",
        "洪水時の危険",
        "津波避難経路",
        "地震時の倒壊",
        "土砂災害指定",
    ],
)
def test_a_danger_of_the_place_is_never_a_flag_of_use(head):
    assert all(heading(head, name).score == 0 for name in HAZARDS)
    marked = town(**{head: ["○", "", "○", ""]})
    assert not set(HAZARDS) & set(found(marked))


@pytest.mark.parametrize(
    "head", ["開設される災害の種類（地震・津波）", "開設される災害の種類（土砂災害）", "開設_洪水"]
)
def test_the_disaster_for_which_a_place_to_stay_is_opened_is_never_a_flag_of_use(head):
    assert all(heading(head, name).score == 0 for name in HAZARDS)
    assert not set(HAZARDS) & set(found(town(**{head: ["○", "", "○", ""]})))


@pytest.mark.parametrize(
    "head", ["FAX番号", "鍵の管理者", "代表者氏名", "人数_令和6年1月9日午後6時時点", "開設状況", "面積（㎡）"]
)
def test_heads_of_other_things_stay_beside(head):
    assert is_other(head)
    values = ["042-000-0001", "042-000-0002", "042-000-0003", "042-000-0004"]
    assert all(match.source != head for match in found(town(**{head: values})).values())


def test_heads_of_people_are_known():
    assert speaks_of_persons("施錠責任者")
    assert not speaks_of_persons("電話番号（代表）")


# Values


def test_coordinates_are_known_whatever_stands_above_them():
    made = table(なまえ=["架空公民館", "架空中学校"], あ=["35.651234", "35.662345"], い=["139.331234", "139.342345"])
    matches = found(made)
    assert (matches["緯度"].source, matches["経度"].source) == ("あ", "い")
    assert matches["緯度"].confidence < SURE
    inside = found(made, place=places.find("八王子市"))
    assert inside["緯度"].confidence > SURE


def test_swapped_heads_are_read_by_the_values_and_not_trusted():
    matches = found(
        table(名称=["架空公民館", "架空中学校"], 緯度=["139.331234", "139.342345"], 経度=["35.651234", "35.662345"])
    )
    assert (matches["緯度"].source, matches["経度"].source) == ("経度", "緯度")
    assert matches["緯度"].confidence < 0.85
    assert "ずれている" in matches["緯度"].evidence


def test_a_contradicted_head_is_never_sure():
    made = town(
        電話番号=["架空市本町1-1", "架空市本町1-2", "架空市西町3", "架空市西町4"], 郵便番号=["あ", "い", "う", "え"]
    )
    matches = found(made)
    assert "郵便番号" not in matches
    assert matches.get("電話番号", Match("電話番号")).confidence < 0.6


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (["〒192-8501", "192-0001", "192-0002", "〒1920003"], "郵便番号"),
        (["042-626-3111", "042-000-0000", "(042)000-0001", "042-000-0002"], "電話番号"),
        (["カクウショウ", "カクウチュウ", "カクウコウ", "カクウカン"], "名称_カナ"),
        (["a@example.jp", "b@example.jp", "c@example.jp", "d@example.jp"], "連絡先メールアドレス"),
        (["132012", "132012", "131016", "132021"], "市区町村コード"),
        (["東京都", "東京都", "埼玉県", "東京都"], "所在地_都道府県"),
        (["八王子市", "立川市", "千代田区", "八王子市"], "所在地_市区町村"),
        (
            ["八王子市元本郷町3-24-1", "東京都立川市泉町1156-9", "千代田区九段南1-2-1", "八王子市本町1"],
            "所在地_連結表記",
        ),
        (["https://example.jp/1", "https://example.jp/2", "", ""], "URL"),
    ],
)
def test_values_speak_where_the_head_says_nothing(values, column):
    matches = found(town(なぞの列=values))
    assert matches[column].source == "なぞの列"
    assert matches[column].confidence < SURE


def test_all_heads_one_column_off_are_moved_back():
    right = town(
        住所=[f"八王子市本町{n}" for n in range(1, 5)],
        経度=[f"139.3312{n}" for n in range(1, 5)],
        電話番号=[f"042-000-000{n}" for n in range(1, 5)],
        洪水=["○", "", "○", ""],
        津波=["", "○", "", ""],
    )
    moved = right.set_axis(["整理番号", *right.columns[:-1]], axis=1)
    matches = found(moved)
    really = dict(zip(moved.columns, right.columns, strict=True))
    assert {really[match.source]: name for name, match in matches.items()} == {
        "施設名": "名称",
        "lat": "緯度",
        "住所": "所在地_連結表記",
        "経度": "経度",
        "電話番号": "電話番号",
        "洪水": "災害種別_洪水",
    }
    assert all(match.confidence < SURE and "ずれている" in match.evidence for match in matches.values())


def test_flags_in_words_are_mapped_for_a_person_to_read():
    matches = found(town(洪水=["可（2階以上）", "不可", "可", "3階のみ可"], 津波=["区域外", "0.5m", "1m", "区域外"]))
    assert 0.4 < matches["災害種別_洪水"].confidence < SURE
    assert "災害種別_津波" not in matches


def test_two_columns_for_one_hazard_are_for_a_person_to_choose():
    matches = found(town(flood_L1=["○", "○", "", ""], flood_L2=["○", "", "", ""]))
    assert matches["災害種別_洪水"].source == "flood_L2"
    assert matches["災害種別_洪水"].confidence < SURE


def test_two_columns_in_one_cell_are_taken_apart():
    made = table(名称=["架空公民館", "架空中学校"], 位置=["35.651234,139.331234", "35.662345, 139.342345"])
    mapped, beside = apply(made, propose(made, target(SITES)), target(SITES))
    assert list(mapped["緯度"]) == ["35.651234", "35.662345"]
    assert list(mapped["経度"]) == ["139.331234", "139.342345"]
    assert "位置" in beside


def test_a_label_before_the_value_is_read_and_taken_off():
    made = town(備考1=["標高:34.90m", "標高:31.00m", "標高:8m", "標高：2.5m"])
    mapping = propose(made, target(SITES))
    assert {match.target: match.pick for match in mapping.matches}["標高"] == "標高"
    applied = carry(made, mapping, target(SITES))
    assert list(applied.mapped["標高"]) == ["34.90m", "31.00m", "8m", "2.5m"]
    assert len(applied.changes) == 4


# Heads and values together


LIKELY = {
    "X座標": [f"139.3312{n}" for n in range(4)],
    "連絡先": [f"042-000-000{n}" for n in range(4)],
    "施設の看板_ふりがな": ["かくうしょう", "かくうちゅう", "かくうこう", "かくうかん"],
    "住所（わかる範囲）": [f"八王子市架空町{n}-1" for n in range(4)],
}


@pytest.mark.parametrize("head", LIKELY)
def test_a_likely_head_is_sure_when_no_other_column_has_such_values(head):
    alone = next(match for match in found(town(**{head: LIKELY[head]})).values() if match.source == head)
    assert alone.confidence > SURE
    assert "ほかにない" in alone.evidence
    beside = found(town(**{head: LIKELY[head], "なぞの列": LIKELY[head]}))
    assert beside[alone.target].confidence < SURE


def test_a_name_is_sure_when_no_other_head_speaks_of_one():
    names = [f"架空第{n}公園" for n in range(4)]
    assert found(table(公衆トイレ名=names))["名称"].confidence > SURE
    assert found(table(公衆トイレ名=["架空"] * 4))["名称"].confidence < SURE


DECOYS = {
    "最寄り施設名": "架空第{n}公民館",
    "旧施設名": "架空第{n}公民館",
    "施設名（旧）": "架空第{n}公民館",
    "通学区の小学校名": "架空第{n}小学校",
    "管理者住所": "八王子市架空町{n}-1",
    "旧住所": "八王子市架空町{n}-1",
    "管理者の電話": "042-000-000{n}",
    "電話FAX": "042-000-000{n}",
    "住所（カナ）": "カクウチョウ{n}",
    "地区名ふりがな": "かくう{n}ちく",
    "中心_緯度": "35.6612{n}",
    "駅の緯度": "35.6612{n}",
    "建物標高": "1{n}.5",
    "現在の収容人数": "1{n}0人",
    "車両収容台数": "1{n}0台",
    "指定管理者ホームページ": "https://kakuu.example/{n}",
    "避難開始時刻": "1{n}:00",
}


@pytest.mark.parametrize("name", [SITES, FACILITIES])
@pytest.mark.parametrize("head", DECOYS)
def test_what_only_resembles_a_column_of_the_standard_is_never_sure(head, name):
    made = table(番号=list("1234"), **{head: [DECOYS[head].format(n=n) for n in range(4)]})
    assert all(match.confidence < SURE for match in found(made, name=name).values() if match.source == head)


ANOTHERS = [
    "旧",
    "前の",
    "新",
    "元の",
    "最寄り駅の",
    "最寄りの",
    "近隣の",
    "隣接",
    "併設",
    "管理者",
    "責任者",
    "担当課",
    "所管課",
    "申請者",
    "作成者",
    "入力者",
    "提供元",
    "所有者",
    "親施設の",
    "本部",
    "支所",
    "代替",
    "廃止",
    "廃止予定",
    "移転前",
    "変更前",
    "仮設",
    "過去の",
    "現在の",
    "夜間",
    "休日",
    "浸水想定",
    "警戒区域",
    "非公開",
    "予備",
    "通学区",
    "協定",
]
ASPECTS = [
    "の変更日",
    "までの距離",
    "からの所要時間",
    "更新日",
    "の精度",
    "の根拠",
    "変更理由",
    "の取得方法",
    "の区分",
    "種別",
    "（旧）",
    "（廃止）",
    "（管理者）",
    "（最寄り駅）",
    "（本部）",
]
OWN_VALUES = {
    ("名称", "避難所名"): "架空第{n}公民館",
    ("住所", "所在地"): "八王子市架空町{n}-1",
    ("電話番号", "TEL"): "042-000-000{n}",
    ("緯度", "lat"): "35.6612{n}",
    ("経度", "東経"): "139.3312{n}",
    ("標高", "海抜"): "1{n}.5",
    ("郵便番号",): "192-000{n}",
    ("収容人数", "収容可能人数"): "1{n}0",
    ("メールアドレス",): "kakuu{n}@example.jp",
    ("ホームページ", "URL"): "https://kakuu.example/{n}",
}


@pytest.mark.parametrize("name", [SITES, FACILITIES])
@pytest.mark.parametrize("heads", OWN_VALUES, ids=lambda heads: heads[0])
def test_a_word_for_another_thing_person_or_time_keeps_every_head_from_being_sure(heads, name):
    values = [OWN_VALUES[heads].format(n=n) for n in range(4)]
    sure = []
    for head in heads:
        for told in [f"{word}{head}" for word in ANOTHERS] + [f"{head}{word}" for word in ASPECTS]:
            made = table(番号=list("1234"), **{told: values})
            matches = found(made, name=name, place=places.find("八王子市")).values()
            sure += [(told, match.target) for match in matches if match.source == told and match.confidence > SURE]
    # The name of who runs a place is a column of its own.
    assert set(sure) <= {("管理者名称", "団体名")}


@pytest.mark.parametrize("hazard", ["洪水", "土砂災害", "高潮", "地震", "津波", "大規模火災", "内水氾濫", "火山"])
@pytest.mark.parametrize(
    "told",
    [
        "{}の備考",
        "{}時×の理由",
        "旧{}",
        "{}警戒区域",
        "想定{}浸水深",
        "{}の履歴",
        "{}種別",
        "{}の更新日",
        "{}リスク",
        "{}（予定）",
    ],
)
def test_a_word_for_another_thing_keeps_a_flag_from_being_sure(hazard, told):
    head = told.format(hazard)
    matches = found(town(**{head: ["○", "", "○", ""]})).values()
    assert all(match.confidence < SURE for match in matches if match.source == head)


def test_a_weak_head_with_other_values_says_nothing_of_the_rest():
    made = town(施設の場所=[f"八王子市架空町{n}-1" for n in range(4)], 洪水=["○", "", "○", ""])
    matches = found(made)
    assert matches["所在地_連結表記"].source == "施設の場所"
    assert matches["災害種別_洪水"].confidence > SURE


# Hazards


def test_hazards_in_one_cell_become_flags_with_an_account():
    made = town(対象災害=["洪水、地震", "がけ崩れ・津波", "崖崩れ、土石流及び地滑り", ""])
    mapping = propose(made, target(SITES))
    applied = carry(made, mapping, target(SITES))
    flags = applied.mapped[HAZARDS]
    assert flags.loc[2].to_dict() == {name: "1" if name in (HAZARDS[0], HAZARDS[3]) else "" for name in HAZARDS}
    assert flags.loc[3][flags.loc[3] == "1"].index.tolist() == [HAZARDS[1], HAZARDS[4]]
    assert flags.loc[4][flags.loc[4] == "1"].index.tolist() == [HAZARDS[1]]
    assert (flags.loc[5] == "").all()
    assert len(applied.changes) == 5
    assert list(applied.beside["対象災害"]) == list(made["対象災害"])


def test_hazards_in_one_cell_are_sure_only_where_the_head_says_that_they_may_be_fled_from():
    cells = ["洪水、地震", "がけ崩れ・津波", "洪水", ""]
    for head in ("対象災害", "⑦対象とする異常な現象の種類", "対応する災害（種別）"):
        assert found(town(**{head: cells}))["災害種別_洪水"].confidence > SURE
    for head in ("分類", "想定災害", "非対応災害", "対応できない災害", "対象災害リスク", "指定災害区域"):
        assert found(town(**{head: cells})).get("災害種別_洪水", Match("")).confidence < SURE
    mixed = found(town(対象災害=["洪水、地震", "洪水", "地震", "水深0.5m"]))
    assert mixed["災害種別_洪水"].confidence < SURE


@pytest.mark.parametrize("cell", ["津波を除く", "洪水以外", "地震は不可", "洪水×", "洪水のときは使用できない"])
def test_a_denial_gives_no_flag_and_is_to_be_checked(cell):
    assert named(cell).hazards == frozenset()
    made = town(対象災害=["洪水、地震", "洪水", "地震", cell])
    applied = carry(made, propose(made, target(SITES)), target(SITES))
    assert (applied.mapped.loc[5, HAZARDS] == "").all()
    assert list(applied.checks["行"]) == [5]


def test_all_hazards_at_once_are_taken_at_the_towns_word_but_not_trusted():
    matches = found(town(対象災害=["全災害", "全災害", "地震時", "全災害"]))
    assert set(HAZARDS) <= set(matches)
    assert all(matches[name].confidence < 0.6 and "全災害" in matches[name].evidence for name in HAZARDS)


def test_a_list_of_shelters_to_stay_in_makes_no_flags():
    columns = {"洪水": ["○", "○", "", ""], "地震": ["○", "", "", "○"]}
    by_title = propose(town(**columns), target(SITES), title="令和7年度指定避難所一覧.csv")
    by_values = propose(town(**columns, 区分=["指定避難所"] * 4), target(SITES), title="一覧.csv")
    in_one_cell = propose(town(対象災害=["洪水", "地震", "洪水", "地震"]), target(SITES), title="指定避難所.xlsx")
    for mapping in (by_title, by_values, in_one_cell):
        assert not set(HAZARDS) & {match.target for match in mapping.matches}
    assert {"洪水", "地震"} <= set(by_title.unmapped)
    both = found(town(**columns), title="指定緊急避難場所及び指定避難所.csv")
    assert "災害種別_洪水" in both


# Applying


def test_every_column_goes_somewhere_and_every_row_stays():
    made = town(備考=["あ", "い", "う", "え"], 謎=["1", "2", "3", "4"])
    mapping = propose(made, target(SITES))
    mapped, beside = apply(made, mapping, target(SITES))
    assert list(mapped.columns) == target(SITES).names
    assert list(mapped.index) == list(beside.index) == [2, 3, 4, 5]
    assert list(beside.columns) == list(mapping.unmapped) == ["謎"]
    assert list(mapped["備考"]) == ["あ", "い", "う", "え"]


def test_a_constant_stands_in_every_row_and_in_the_account():
    made = town()
    mapping = Mapping((Match("名称", "施設名"), Match("市区町村コード", constant="132012", by="人")), ("lat",))
    applied = carry(made, mapping, target(SITES))
    assert set(applied.mapped["市区町村コード"]) == {"132012"}
    assert len(applied.changes) == 4


@pytest.mark.parametrize(
    "match",
    [Match("ない列", "施設名"), Match("名称", "ない列"), Match("名称", "施設名", constant="あ")],
)
def test_a_mapping_that_cannot_be_is_refused_in_one_sentence(match, assert_one_sentence):
    with pytest.raises(BridgeError) as caught:
        apply(town(), Mapping((match,), ()), target(SITES))
    assert_one_sentence(caught.value)


def test_a_column_of_the_standard_is_given_once(assert_one_sentence):
    with pytest.raises(BridgeError) as caught:
        apply(town(), Mapping((Match("名称", "施設名"), Match("名称", "lat")), ()), target(SITES))
    assert_one_sentence(caught.value)


def test_public_facilities_have_their_own_columns():
    made = table(施設名=["架空公民館"], 開館時刻=["9:00"], 閉館時刻=["21:30"], 多目的トイレ=["有"], 洪水=["○"])
    matches = found(made, name=FACILITIES)
    assert {name: match.source for name, match in matches.items()} == {
        "名称": "施設名",
        "開始時間": "開館時刻",
        "終了時間": "閉館時刻",
        "バリアフリートイレ": "多目的トイレ",
    }
