"""要確認 as a clerk reads it: what is asked of the whole table, and what of a row. Tables made here are 架空データ."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from machimap.bridge import Bridged, Mapping, Match, convert, propose, questions, read, target
from machimap.bridge.mapping import SURE
from machimap.cli.bridge import summary

SITES = target("指定緊急避難場所一覧")
HAZARDS = [name.removeprefix("災害種別_") for name in SITES.names if name.startswith("災害種別_")]
HEAD = ["施設名", "住所", "緯度", "経度", "洪水", "地震", "津波", "備考"]
ROWS = [
    ["架空第一小学校", "八王子市本町1-1", "35.656123", "139.338123", "○", "○", "", ""],
    ["架空公民館", "八王子市本町2-2", "35.657123", "139.339123", "", "○", "", ""],
    ["架空体育館", "八王子市西町3-3", "35.658123", "139.337123", "○", "", "", ""],
]


def as_csv(rows: list[list[str]], head: list[str] = HEAD) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([head, *rows])
    return stream.getvalue().encode()


def with_column(name: str, cells: list[str], head: list[str] = HEAD) -> bytes:
    place = head.index(name)
    return as_csv([[*row[:place], cell, *row[place + 1 :]] for row, cell in zip(ROWS, cells, strict=True)], head)


def decided(body: bytes, *more: Match, without: tuple[str, ...] = ()) -> Mapping:
    """What the form hands over when a clerk says yes to nothing: the sure matches, and those chosen by hand."""
    table = read(body).table
    own = {match.target for match in more}
    sure = [match for match in propose(table, SITES).matches if match.confidence >= SURE]
    matches = [*(match for match in sure if match.target not in own and match.target not in without), *more]
    used = {match.source for match in matches}
    order = {name: number for number, name in enumerate(SITES.names)}
    matches.sort(key=lambda match: order[match.target])
    return Mapping(tuple(matches), tuple(name for name in table.columns if name not in used))


def by_hand(column: str, **what: str) -> Match:
    return Match(column, **what, confidence=1.0, evidence="人が選んだ", by="人")


def asked(bridged: Bridged, words: str) -> list[dict]:
    return bridged.checks[bridged.checks["問題"].str.contains(words, regex=False)].to_dict("records")


def whole(bridged: Bridged, words: str) -> dict:
    (line,) = asked(bridged, words)
    assert line["行"] == 0
    return line


# The municipality


def test_a_table_whose_addresses_name_no_town_is_told_so_once(source_data):
    (source,) = (source_data / "hachioji" / "csv").glob("02-*.csv")
    bridged = convert(source)
    (line,) = bridged.checks[bridged.checks["列"] == "所在地_連結表記"].to_dict("records")
    assert line["行"] == 0
    assert "どの行も、住所に市区町村の名前がない" in line["問題"]
    assert "元横山町2-14-3" in line["問題"]
    assert "どこの表か" in line["すること"]
    assert "--place" in line["すること"]
    assert not bridged.checks["列"].isin(["市区町村コード"]).any()
    named = convert(source, place="八王子市")
    assert not (named.checks["列"] == "所在地_連結表記").any()
    assert set(named.table["市区町村コード"]) == {"132012"}


def test_few_rows_without_a_town_are_asked_about_one_by_one():
    rows = [*ROWS, [ROWS[0][0] + "別館", "架空町9-9", *ROWS[0][2:]]]
    bridged = convert(as_csv(rows))
    assert [line["行"] for line in asked(bridged, "住所から市区町村が分からない")] == [5]
    assert (
        "直すのは、もとの表です。直したら、読み直してください。"
        in asked(bridged, "住所から市区町村が分からない")[0]["すること"]
    )


def test_most_rows_without_a_town_are_counted():
    rows = [ROWS[0], *([row[0], row[1].removeprefix("八王子市"), *row[2:]] for row in ROWS[1:])]
    line = whole(convert(as_csv(rows)), "どのまちか決められません")
    assert "3行のうち2行は、住所に市区町村の名前がない" in line["問題"]
    assert "3行目「本町2-2」" in line["問題"]
    rows[1][1] = "本町2-2\n" + "架空ビル" * 100
    assert "3行目「本町2-2 架空ビル" in whole(convert(as_csv(rows)), "どのまちか決められません")["問題"]
    assert len(whole(convert(as_csv(rows)), "どのまちか決められません")["問題"]) < 100


def test_a_name_that_several_towns_bear_is_told_once():
    rows = [[row[0], row[1].replace("八王子市", "府中市"), *row[2:]] for row in ROWS]
    line = whole(convert(as_csv(rows)), "どのまちか決められません")
    assert "同じ名前の市区町村がいくつもある" in line["問題"]
    assert not asked(convert(as_csv(rows), place="広島県府中市"), "どのまちか")


def test_a_table_without_any_address_asks_for_the_town():
    bridged = convert(as_csv([[row[0], row[4]] for row in ROWS], ["施設名", "洪水"]))
    assert "--place" in whole(bridged, "住所がないので、どのまちの表か分かりません")["すること"]


def test_a_town_that_the_addresses_contradict_is_told_first(source_data):
    bridged = convert(source_data / "takamatsu" / "evacuation_space.xlsx", place="八王子市")
    first = bridged.checks.to_dict("records")[0]
    written = int((bridged.table["所在地_連結表記"] != "").sum())
    assert first["行"] == 0
    assert first["問題"].startswith("「どこの表か」が違うようです。住所は香川県高松市のものが多い")
    assert "住所は香川県高松市のものが多い" in bridged.blocked
    assert f"（住所のある{written}行のうち" in first["問題"]
    assert "東京都八王子市の表として" in first["問題"]
    assert "--place" in first["すること"]
    assert not asked(convert(source_data / "takamatsu" / "evacuation_space.xlsx", place="高松市"), "ものが多い")


def test_a_table_of_many_towns_is_no_one_towns(source_data):
    source = source_data / "tokyo" / "130001_evacuation_area.csv"
    assert "ほかの市区町村のものが多い" in whole(convert(source, place="八王子市"), "ものが多い")["問題"]
    assert not asked(convert(source), "ものが多い")


AWAY = [[row[0], row[1].removeprefix("八王子市"), *row[2:]] for row in ROWS]
AWAY += [["架空集会所", "西町9", "35.659123", "139.336123", "○", "", "", ""]]


def test_places_that_lie_in_another_town_than_the_given_one_hold_the_list_back(tmp_path):
    bridged = convert(as_csv(AWAY), place="高松市")
    first = bridged.checks.to_dict("records")[0]
    assert first["問題"].startswith(
        "「どこの表か」が違うようです。位置は東京都八王子市の中が多い（位置のある4行のうち4行が遠い）"
    )
    assert "香川県高松市の表として" in first["問題"]
    assert not asked(bridged, "境界から")
    paths = {path.name for path in bridged.write(tmp_path)}
    assert not paths & {f"{SITES.name}.csv", "datapackage.json"}
    assert "報告.html" in paths
    page = (tmp_path / "報告.html").read_text(encoding="utf-8")
    assert bridged.blocked in page
    assert convert(as_csv(AWAY), place="八王子市").blocked == ""


def test_few_rows_a_minority_and_wrong_positions_hold_nothing_back():
    assert "どこの表か" in whole(convert(as_csv(AWAY[:3]), place="高松市"), "が違うようです")["問題"]
    assert convert(as_csv(AWAY[:3]), place="高松市").blocked == ""
    at_home = [[*row[:2], "34.342", "134.046", *row[4:]] for row in AWAY]
    mixed = convert(as_csv([*at_home, *AWAY[:3]]), place="高松市")
    assert mixed.blocked == ""
    assert len(asked(mixed, "境界から")) == 3
    named = [[row[0], f"香川県高松市番町{row[1]}", *row[2:]] for row in AWAY]
    wrong = convert(as_csv(named), place="高松市")
    assert wrong.blocked == ""
    assert len(asked(wrong, "境界から")) == 4


def test_where_all_places_lie_is_part_of_the_question_which_town_it_is():
    bridged = convert(as_csv(AWAY))
    line = whole(bridged, "どのまちか決められません")
    assert "位置はどれも東京都八王子市の中なので、その一覧らしい" in line["問題"]
    assert "--place 八王子市" in line["すること"]
    assert "「どこの表か」を「八王子市」にして" in line["すること"]
    assert len(asked(bridged, "位置はどれも")) == 1


# One question


def test_many_hazards_of_one_doubtful_source_are_one_question():
    head = [*HEAD[:4], "category3", "備考"]
    body = as_csv([[*row[:4], "全災害", ""] for row in ROWS], head)
    offers = [match for match in propose(read(body).table, SITES).matches if match.source == "category3"]
    assert len(offers) > 2
    assert all(offer.confidence < SURE for offer in offers)
    bridged = convert(body, mapping=propose(read(body).table, SITES))
    (line,) = [told for told in asked(bridged, "とみなしました") if "category3" in told["問題"]]
    assert f"{len(offers)}つの列（洪水、" in line["問題"]


@pytest.mark.parametrize("constant", ["1", "○"])
def test_a_yes_for_every_row_is_asked_about(constant):
    body = as_csv(ROWS)
    more = (by_hand("災害種別_高潮", constant=constant), by_hand("災害種別_津波", constant=constant))
    bridged = convert(body, mapping=decided(body, *more))
    line = whole(bridged, "全部の行（3行）を、高潮、津波のときに使えるとしました")
    assert f"決まった値「{constant}」" in line["問題"]
    assert "担当課に確かめてください" in line["すること"]
    assert line["重さ"] >= 5
    assert not asked(convert(body, mapping=decided(body)), "全部の行")


def test_a_cell_that_is_asked_about_is_not_asked_about_again_by_the_standard():
    body = with_column("洪水", ["検討中", "○", ""])
    bridged = convert(body, place="八王子市", mapping=propose(read(body).table, SITES))
    told = bridged.checks[(bridged.checks["列"] == "災害種別_洪水") & (bridged.checks["行"] == 2)]
    assert len(told) == 1
    assert "決められた値でない" not in told["問題"].iloc[0]


# Flags that are blank in every row


def test_a_hazard_taken_from_a_blank_column_is_not_settled():
    body = with_column("備考", ["", "", ""])
    bridged = convert(body, mapping=decided(body, by_hand("災害種別_高潮", source="備考"), without=("備考",)))
    line = whole(bridged, "どの行も空です")
    assert "高潮 ← 「備考」" in line["問題"]
    assert "空は「指定なし」ではなく「まだ分からない」です" in line["すること"]
    assert "高潮" not in whole(bridged, "見あたらない")["問題"]
    assert bridged.score_after.cells["災害種別_高潮"] == 0.0
    assert bridged.score_after.cells["災害種別_洪水"] == 1.0


def test_dashes_and_spaces_say_nothing_either():
    body = with_column("津波", ["－", "　", "ー"])
    bridged = convert(body, mapping=decided(body))
    line = whole(bridged, "どの行も横棒などの印です")
    assert line["問題"].endswith("津波 ← 「津波」（「－」「ー」だけ）")
    assert "「指定なし」なのか「まだ聞いていない」のか、担当課に確かめてください" in line["すること"]
    assert not [told for told in asked(bridged, "どの行も空です") if "津波" in told["問題"]]
    assert bridged.score_after.cells["災害種別_津波"] == 0.0


@pytest.mark.parametrize("constant", ["-", "　", ""])
def test_a_constant_that_says_nothing_settles_nothing(constant):
    body = as_csv(ROWS)
    bridged = convert(body, mapping=decided(body, by_hand("災害種別_高潮", constant=constant)))
    assert f"高潮 ← 「{constant}」" in whole(bridged, "どの行も空です")["問題"]
    assert bridged.score_after.cells["災害種別_高潮"] == 0.0


@pytest.mark.parametrize("constant", ["なし", "0", "×"])
def test_a_no_for_every_row_is_a_decision_and_its_blank_is_explained(constant):
    body = as_csv(ROWS)
    bridged = convert(body, mapping=decided(body, by_hand("災害種別_高潮", constant=constant)))
    assert (bridged.table["災害種別_高潮"] == "").all()
    line = whole(bridged, "指定のある場所（1）が1つもない")
    assert f"高潮（どの行にも「{constant}」と決めた）" in line["問題"]
    assert "「まだ分からない」と見分けがつきません" in line["すること"]
    assert "確かめてあれば、このままでかまいません" in line["すること"]


def test_a_column_of_crosses_is_an_answer_that_somebody_should_know_of():
    body = with_column("津波", ["×", "×", "-"])
    bridged = convert(body, mapping=decided(body))
    assert "津波（「津波」の列に「はい」の印がない。あるのは「×」「-」だけ）" in whole(bridged, "1つもない")["問題"]
    assert not [line for line in asked(bridged, "どの行も空です") if "津波" in line["問題"]]
    body = with_column("津波", ["×", "○", "-"])
    assert not asked(convert(body, mapping=decided(body)), "1つもない")


# Columns that wait, are absent, or have a rival


def test_what_waits_for_a_yes_and_what_is_absent_are_two_lines():
    head = [*HEAD[:4], "浸水時", *HEAD[5:6], "火山か", HEAD[7]]
    body = as_csv(ROWS, head)
    offers = {match.target: match for match in propose(read(body).table, SITES).matches}
    assert offers["災害種別_洪水"].confidence < SURE
    bridged = convert(body, mapping=decided(body))
    line = whole(bridged, "まだ「はい」になっていない")
    assert "洪水 ← 「浸水時」" in line["問題"]
    assert "「はい」に印を付ける" in line["すること"]
    assert "「まだ分からない」です" in line["すること"]
    absent = whole(bridged, "見あたらないもの")["問題"]
    assert "高潮" in absent
    assert "洪水" not in absent
    assert "災害種別_洪水" in {match.target for match in bridged.waiting}
    ticked = decided(body, replace(offers["災害種別_洪水"], by="人"))
    assert not [line for line in asked(convert(body, mapping=ticked), "まだ「はい」に") if "浸水時" in line["問題"]]


def test_nothing_waits_when_all_proposals_are_used():
    assert convert(with_column("津波", ["○", "", ""])).waiting == ()


def test_a_hazard_that_a_person_declined_is_not_offered_but_not_known_either():
    body = as_csv(ROWS, [*HEAD[:4], "浸水時", *HEAD[5:]])
    bridged = convert(body, mapping=replace(decided(body), declined=("災害種別_洪水",)))
    assert not asked(bridged, "浸水時")
    line = whole(bridged, "使わないと決めたので、空のまま")
    assert line["問題"].endswith("：洪水")
    assert "空は「指定なし」ではなく「まだ分からない」です" in line["すること"]
    assert "洪水" not in whole(bridged, "見あたらないもの")["問題"]


def test_names_that_a_person_declined_are_told_as_a_decision():
    body = as_csv(ROWS)
    bridged = convert(body, mapping=replace(decided(body, without=("名称",)), declined=("名称",)))
    assert "使う列がなしと決まっている" in bridged.checks["問題"].iloc[0]


def test_a_required_column_that_waits_is_not_asked_for_cell_by_cell():
    body = as_csv(ROWS)
    mapping = decided(body, without=("所在地_連結表記",))
    bridged = convert(body, mapping=mapping, place="八王子市")
    assert "所在地_連結表記 ← 「住所」" in whole(bridged, "まだ「はい」に")["問題"]
    assert not (
        bridged.checks["列"].eq("所在地_連結表記") & bridged.checks["問題"].str.contains("空になっている")
    ).any()


@pytest.mark.parametrize(
    ("heads", "taken", "other"),
    [
        (("洪水（計画規模）", "洪水（想定最大規模）"), "洪水（想定最大規模）", "洪水（計画規模）"),
        (("flood_L1", "flood_L2"), "flood_L2", "flood_L1"),
    ],
)
def test_a_second_column_that_speaks_of_the_same_hazard_is_named(heads, taken, other):
    body = as_csv([[*row[:4], "○", "○"] for row in ROWS], [*HEAD[:4], *heads])
    offers = [match for match in propose(read(body).table, SITES).matches if match.target == "災害種別_洪水"]
    choice = offers[0] if offers and offers[0].source == taken else by_hand("災害種別_洪水", source=taken)
    bridged = convert(body, mapping=decided(body, replace(choice, by="人")))
    line = whole(bridged, "使えそうな列がほかにもあります")
    assert line["問題"] == f"「洪水」に使えそうな列がほかにもあります：{other}（いまは「{taken}」）"
    assert "担当課に確かめて" in line["すること"]
    undecided = convert(body, mapping=decided(body, without=("災害種別_洪水",)))
    assert "（案は「" in whole(undecided, "使えそうな列がほかにもあります")["問題"]
    assert not asked(convert(as_csv(ROWS)), "ほかにもあります")


# Rows that were set aside


def test_rows_are_not_called_nameless_while_nobody_chose_the_column_of_names():
    body = as_csv(ROWS)
    bridged = convert(body, mapping=decided(body, without=("名称",)))
    assert bridged.account == "読んだ行 3 ＝ 使った行 0 ＋ 取り分けた行 3"
    assert set(bridged.aside["理由"]) == {"「名称」の列がまだ決まっていないので、この行は公開できません"}
    assert "（案は「施設名」）" in whole(bridged, "名称に使う列がまだ決まっていない")["問題"]
    assert not asked(bridged, "名称がないので")


def test_a_row_without_a_name_stands_in_both_lists():
    bridged = convert(as_csv([*ROWS, ["", *ROWS[0][1:]]]), place="八王子市")
    assert list(bridged.aside["行"]) == [5]
    assert "名称がない" in bridged.aside["理由"].iloc[0]
    (line,) = asked(bridged, "名称がないので")
    assert line["行"] == 5
    assert "もとの表に名称を書き足して、読み直してください" in line["すること"]
    assert list(bridged.checks.loc[bridged.checks["行"] == 5, "列"]) == ["名称"]


def test_doubles_are_named_row_by_row():
    line = whole(convert(as_csv([*ROWS, ROWS[1]])), "まったく同じ行が1行")
    assert "（5行目は3行目とまったく同じ）" in line["問題"]


def test_many_doubles_are_counted_after_the_first_few():
    line = whole(convert(as_csv([*ROWS, *[ROWS[0]] * 9])), "まったく同じ行が9行")
    assert "5行目は2行目とまったく同じ" in line["問題"]
    assert "9行目は2行目とまったく同じ、ほか4行" in line["問題"]
    assert "10行目" not in line["問題"]


# What to do


def test_whoever_is_told_to_write_is_told_where():
    rows = [*ROWS, ["架空の海の家", "八王子市西町9-9", "35.6", "5", "？", "○", "", ""]]
    bridged = convert(as_csv(rows), place="八王子市")
    for todo in bridged.checks["すること"]:
        if any(word in todo for word in ("書いて", "書き直", "書き足", "空にして")):
            assert "もとの表" in todo or "列の対応" in todo or "--place" in todo, todo


AEDS = [
    ["架空公民館", "八王子市本町2-2", "35.657123", "139.339123", "玄関", "架空データ"],
    ["架空体育館", "八王子市西町3-3", "35.658123", "139.337123", "事務室", "架空データ"],
]
AED_HEAD = ["施設名", "住所", "緯度", "経度", "設置場所", "備考"]


def test_a_table_that_says_nothing_of_fleeing_is_doubted_as_a_whole():
    line = whole(convert(as_csv(AEDS, AED_HEAD), name="AED設置場所.csv"), "「避難」という言葉がなく")
    assert line["重さ"] == 9
    assert "--target 公共施設一覧" in line["すること"]


@pytest.mark.parametrize(
    ("name", "rows", "head", "goal"),
    [
        ("避難場所.csv", AEDS, AED_HEAD, SITES.name),
        ("一覧.csv", [[*row[:5], "一時避難所"] for row in AEDS], AED_HEAD, SITES.name),
        ("places.csv", AEDS, [*AED_HEAD[:4], "Evacuation area", "備考"], SITES.name),
        ("一覧.csv", ROWS, HEAD, SITES.name),
        ("AED設置場所.csv", AEDS, AED_HEAD, "公共施設一覧"),
    ],
)
def test_a_table_that_speaks_of_fleeing_or_is_meant_for_another_list_is_not(name, rows, head, goal):
    assert asked(convert(as_csv(rows, head), name=name, target=goal), "「避難」という言葉がなく") == []


def test_a_question_of_many_rows_stands_once_with_where_it_is(tmp_path):
    rows = [*ROWS, ["架空集会所", "八王子市西町9", "35.658", "139.337", "△", "○", "", ""]]
    rows += [["架空会館", "八王子市西町8", "35.658223", "139.337223", "△", "○", "", ""]]
    done = convert(as_csv(rows), place="八王子市")
    told = questions(done.checks).set_index("どこ")
    assert "条件つきの指定らしく" in told.loc["5行目など2件", "問題"]
    assert "小数点より下が3桁" in told.loc["5行目の1件", "問題"].to_list()[0]
    assert len(told) < len(done.checks)
    said = summary(done, tmp_path, done.write(tmp_path))
    (number,) = [number for number, line in enumerate(said) if line.startswith("　5行目など2件「災害種別_洪水」")]
    assert said[number + 1].startswith("　　→ ")


def test_without_checks_nothing_is_asked():
    assert questions(convert(as_csv(ROWS), place="八王子市").checks.head(0)).empty
