"""A mapping that is saved, edited by hand, and run again next year. Tables made here are 架空データ."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

from machimap.bridge import BridgeError, Mapping, Match, apply, propose, read, target
from machimap.bridge.asking import about_differences
from machimap.bridge.recipe import dump, load, make, rerun

SITES = target("指定緊急避難場所一覧")


def table(**columns: list[str]) -> pd.DataFrame:
    made = pd.DataFrame(columns, dtype="str")
    made.index = pd.RangeIndex(2, len(made) + 2, name="行")
    return made


@pytest.fixture
def last_year() -> pd.DataFrame:
    return table(
        施設名=["架空第一小学校", "架空公民館", "架空体育館"],
        住所=["八王子市本町1-1", "八王子市本町2-2", "八王子市西町3-3"],
        電話=["042-000-0001", "042-000-0002", "042-000-0003"],
        洪水=["○", "", "○"],
        人数_令和6年1月9日午後6時時点=["12", "0", "30"],
    )


@pytest.fixture
def saved(last_year, tmp_path):
    """The recipe of last year's table, as a file."""

    def save(mapping: Mapping | None = None, **more) -> object:
        path = tmp_path / "recipe.yml"
        made = make(last_year, mapping or propose(last_year, SITES), SITES.name, **more)
        path.write_text(dump(made), encoding="utf-8")
        return path

    return save


def kinds(differences) -> dict[str, str]:
    return {told.column: told.kind for told in differences}


def test_the_same_file_gives_the_same_table_and_nothing_to_say(saved, last_year):
    mapping, differences = rerun(load(saved()), last_year, SITES)
    assert differences == []
    pd.testing.assert_frame_equal(
        apply(last_year, mapping, SITES)[0], apply(last_year, propose(last_year, SITES), SITES)[0]
    )
    assert mapping.unmapped == propose(last_year, SITES).unmapped
    assert {match.by for match in mapping.matches} == {"レシピ"}


def test_a_recipe_is_short_readable_and_comes_back_unchanged(saved):
    path = saved(place="132012", options={"encoding": "cp932", "header_row": 3, "keep_rows": (5,)}, source="一覧.csv")
    text = path.read_text(encoding="utf-8")
    assert "標準の列: 名称" in text
    assert "もとの列: 施設名" in text
    assert len(text.splitlines()) < 60
    known = load(path)
    assert (known.place, known.source) == ("132012", "一覧.csv")
    assert known.options == {"encoding": "cp932", "header_row": 3}
    assert dump(known) == text


def test_a_head_that_only_changed_its_date_is_the_same_column(saved, last_year):
    this_year = last_year.rename(columns={"人数_令和6年1月9日午後6時時点": "人数"})
    mapping, differences = rerun(load(saved()), this_year, SITES)
    assert kinds(differences) == {"人数": "列名が変わった"}
    assert "人数" in mapping.unmapped


def test_a_used_column_that_is_renamed_is_used_again_and_said(saved, last_year):
    this_year = last_year.rename(columns={"住所": "所在地", "施設名": "施設名 ※"})
    mapping, differences = rerun(load(saved()), this_year, SITES)
    found = {match.target: match.source for match in mapping.matches}
    assert (found["所在地_連結表記"], found["名称"]) == ("所在地", "施設名 ※")
    assert sorted(told.kind for told in differences) == ["列名が変わった", "列名が変わった"]


def test_a_column_that_is_gone_is_said(saved, last_year):
    mapping, differences = rerun(load(saved()), last_year.drop(columns="電話"), SITES)
    assert kinds(differences) == {"電話": "列がなくなった"}
    assert "電話番号" not in {match.target for match in mapping.matches}


def test_a_column_that_was_not_used_and_is_gone_is_told_calmly(last_year, saved):
    with_keys = last_year.assign(鍵の管理者=["架空 太郎", "架空 花子", "架空 次郎"])
    known = make(with_keys, propose(with_keys, SITES), SITES.name)
    mapping, (told,) = rerun(known, last_year, SITES)
    assert told.column == "鍵の管理者"
    assert told.text == "列「鍵の管理者」がなくなりました。使っていなかった列なので、一覧は変わりません。"
    assert {match.target for match in mapping.matches} == {match.target for match in propose(last_year, SITES).matches}
    line = about_differences([told]).iloc[0]
    assert line["すること"] == "このままでかまいません"
    _, (used,) = rerun(load(saved()), last_year.drop(columns="電話"), SITES)
    assert about_differences([used]).iloc[0]["重さ"] > line["重さ"]


def test_new_columns_are_offered_or_kept_beside_and_said(saved, last_year):
    this_year = last_year.assign(郵便番号=["192-0051", "192-0052", "192-0053"], 謎=["a", "b", "c"])
    mapping, differences = rerun(load(saved()), this_year, SITES)
    assert kinds(differences) == {"郵便番号": "新しい列", "謎": "新しい列"}
    assert {match.target: match.source for match in mapping.matches}["郵便番号"] == "郵便番号"
    assert "謎" in mapping.unmapped


def test_a_new_hazard_is_told_and_waits_however_clear_it_is(saved, last_year):
    mapping, (told,) = rerun(load(saved()), last_year.assign(津波=["○", "", ""]), SITES)
    assert "災害種別_津波" not in {match.target for match in mapping.matches}
    assert "津波" in mapping.unmapped
    assert told.text == (
        "新しい列「津波」は「災害種別_津波」に当たりそうですが、災害などの印なので、人が使うと決めるまで使いません。"
    )


def test_a_hazard_whose_column_is_gone_takes_no_other_by_itself(saved, last_year):
    this_year = last_year.drop(columns="洪水").assign(浸水時=["○", "", "○"])
    assert "災害種別_洪水" in {match.target for match in propose(this_year, SITES).matches}
    mapping, differences = rerun(load(saved()), this_year, SITES)
    assert "災害種別_洪水" not in {match.target for match in mapping.matches}
    assert kinds(differences) == {"洪水": "列がなくなった", "浸水時": "新しい列"}
    assert "人が使うと決めるまで使いません" in differences[1].text


def test_a_column_whose_values_changed_their_shape_is_said(saved, last_year):
    swapped = last_year.assign(電話=last_year["住所"], 住所=last_year["電話"])
    _, differences = rerun(load(saved()), swapped, SITES)
    assert kinds(differences) == {"電話": "値の形が変わった", "住所": "値の形が変わった"}


def test_what_a_person_wrote_into_the_file_is_done(saved, last_year):
    path = saved()
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["列の対応"] = [entry for entry in data["列の対応"] if entry["標準の列"] != "電話番号"]
    data["列の対応"] += [
        {"標準の列": "市区町村コード", "決まった値": 132012, "決めたのは": "人"},
        {"標準の列": "備考", "もとの列": "人数_令和6年1月9日午後6時時点", "決めたのは": "人"},
    ]
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    mapping, differences = rerun(load(path), last_year, SITES)
    mapped, beside = apply(last_year, mapping, SITES)
    assert differences == []
    assert set(mapped["市区町村コード"]) == {"132012"}
    assert list(mapped["備考"]) == ["12", "0", "30"]
    assert list(beside.columns) == ["電話"]
    assert {match.by for match in mapping.matches if match.target == "備考"} == {"人"}


def test_a_proposal_of_a_model_is_used_only_when_a_person_says_yes(saved, last_year):
    offer = Match("備考", "人数_令和6年1月9日午後6時時点", confidence=0.5, evidence="生成AIの提案", by="生成AI")
    path = saved(offers=(offer,))
    assert "備考" not in {match.target for match in load(path).matches}
    path.write_text(path.read_text(encoding="utf-8").replace("採用: いいえ", "採用: はい"), encoding="utf-8")
    assert {match.target: match.by for match in load(path).matches}["備考"] == "生成AI"


def test_a_guess_of_the_rules_is_a_persons_as_soon_as_it_is_ticked(saved):
    offer = Match("災害種別_高潮", "洪水", confidence=0.55, evidence="そうかもしれない")
    path = saved(offers=(offer,))
    assert "災害種別_高潮" not in {match.target for match in load(path).matches}
    path.write_text(path.read_text(encoding="utf-8").replace("採用: いいえ", "採用: はい"), encoding="utf-8")
    ticked = next(match for match in load(path).matches if match.target == "災害種別_高潮")
    assert (ticked.source, ticked.by) == ("洪水", "人")


def test_offers_under_the_name_they_once_had_still_count(tmp_path):
    path = tmp_path / "recipe.yml"
    entry = "{標準の列: 備考, もとの列: 謎, 決めたのは: 生成AI, 採用: はい}"
    path.write_text(GOOD + f"列の対応: []\n生成AIの提案: [{entry}]\n", encoding="utf-8")
    (match,) = load(path).matches
    assert (match.target, match.source, match.by) == ("備考", "謎", "生成AI")
    assert load(path).declined == ()


# Columns that a person wants from nowhere


@pytest.fixture
def without_notes(last_year, tmp_path):
    """Last year's table with notes on people in it, and the recipe of a person who wants no notes published."""
    noted = last_year.assign(備考=["鍵は架空さんが持つ", "", "裏口"])
    proposed = propose(noted, SITES)
    kept = tuple(match for match in proposed.matches if match.target != "備考")
    path = tmp_path / "recipe.yml"
    mapping = Mapping(kept, (*proposed.unmapped, "備考"), declined=("備考",))
    path.write_text(dump(make(noted, mapping, SITES.name)), encoding="utf-8")
    return noted, path


def test_a_declined_column_stays_declined_next_year(without_notes):
    noted, path = without_notes
    text = path.read_text(encoding="utf-8")
    assert "使わない標準の列:\n- 備考\n" in text
    assert dump(load(path)) == text
    mapping, differences = rerun(load(path), noted, SITES)
    assert (mapping.declined, differences) == (("備考",), [])
    mapped, beside = apply(noted, mapping, SITES)
    assert (mapped["備考"] == "").all()
    assert "備考" in beside


@pytest.mark.parametrize("head", ["備考欄", "備考 ※", "備考（令和7年4月1日現在）", "特記事項"])
def test_a_declined_column_takes_no_source_under_another_head(without_notes, head):
    noted, path = without_notes
    this_year = noted.rename(columns={"備考": head})
    assert head in {match.source for match in propose(this_year, SITES).matches if match.target == "備考"}
    mapping, differences = rerun(load(path), this_year, SITES)
    assert (apply(this_year, mapping, SITES)[0]["備考"] == "").all()
    assert head in mapping.unmapped
    told = " ".join(difference.text for difference in differences)
    assert "入れました" not in told
    assert "同じ列として使いました" not in told
    new = f"新しい列「{head}」は、使わないと決めた「備考」に当たりそうなので、使っていません。"
    assert new in told or f"「備考」から「{head}」に変わりました。使っていない列なので" in told


def test_a_mapping_that_both_uses_and_declines_a_column_is_refused(last_year, assert_one_sentence):
    proposed = propose(last_year, SITES)
    for declined in (("名称",), ("ない列",)):
        with pytest.raises(BridgeError) as caught:
            apply(last_year, Mapping(proposed.matches, proposed.unmapped, declined), SITES)
        assert_one_sentence(caught.value)


def test_nanaos_snapshots_run_with_the_first_ones_recipe(source_data, tmp_path):
    folder = source_data / "nanao" / "history"
    first, later = (
        read(folder / f"open_shelter_Nanao-shi_{date}.csv") for date in ("2024-01-09-1800", "2024-01-11-1800")
    )
    path = tmp_path / "recipe.yml"
    path.write_text(dump(make(first.table, propose(first.table, SITES), SITES.name)), encoding="utf-8")
    mapping, differences = rerun(load(path), later.table, SITES)
    told = {(difference.kind, difference.column) for difference in differences}
    assert ("列名が変わった", "人数") in told
    assert ("新しい列", "時点") in told
    assert ("列がなくなった", "名称_カナ") in told
    assert {match.target: match.source for match in mapping.matches}["災害種別_津波"] == "災害種別_津波"


GOOD = "まちマップのレシピ: 1\n一覧: 指定緊急避難場所一覧\n"
BAD = {
    "not YAML": "列: [",
    "another file": "名称,緯度\n架空公民館,35.6\n",
    "a list": "- 1\n- 2\n",
    "empty": "",
    "another version": "まちマップのレシピ: 99\n一覧: 指定緊急避難場所一覧\n列の対応: []\n",
    "an unknown list": "まちマップのレシピ: 1\n一覧: 架空一覧\n列の対応: []\n",
    "a list that is a list": "まちマップのレシピ: 1\n一覧: [指定緊急避難場所一覧]\n列の対応: []\n",
    "no columns": GOOD,
    "columns of another kind": GOOD + "列の対応: 名称\n",
    "an entry of another kind": GOOD + "列の対応: [名称]\n",
    "an unknown column": GOOD + "列の対応: [{標準の列: ない列, もとの列: あ}]\n",
    "a column twice": GOOD + "列の対応: [{標準の列: 名称, もとの列: あ}, {標準の列: 名称, もとの列: い}]\n",
    "neither column nor constant": GOOD + "列の対応: [{標準の列: 名称}]\n",
    "column and constant": GOOD + "列の対応: [{標準の列: 名称, もとの列: あ, 決まった値: い}]\n",
    "an option that is none": GOOD + "列の対応: []\n読み取り: {password: あ}\n",
    "an option of another type": GOOD + "列の対応: []\n読み取り: {header_row: あ}\n",
    "options of another kind": GOOD + "列の対応: []\n読み取り: あ\n",
    "a python object": GOOD + "列の対応: !!python/object/apply:os.getcwd []\n",
    "references that unfold": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + GOOD
    + "列の対応: [{標準の列: *j, もとの列: あ}]\n",
    "proposals of another kind": GOOD + "列の対応: []\n生成AIの提案: あ\n",
    "offers of another kind": GOOD + "列の対応: []\nまだ使っていない案: あ\n",
    "declined columns of another kind": GOOD + "列の対応: []\n使わない標準の列: 備考\n",
    "an unknown declined column": GOOD + "列の対応: []\n使わない標準の列: [ない列]\n",
    "a declined column of another kind": GOOD + "列の対応: []\n使わない標準の列: [{備考: あ}]\n",
    "a column both used and declined": GOOD + "列の対応: [{標準の列: 備考, もとの列: あ}]\n使わない標準の列: [備考]\n",
    "a ticked offer for a declined column": GOOD
    + "列の対応: []\nまだ使っていない案: [{標準の列: 備考, もとの列: あ, 採用: はい}]\n使わない標準の列: [備考]\n",
}


@pytest.mark.parametrize("bad", BAD)
def test_a_broken_or_foreign_recipe_is_refused_in_one_sentence(bad, tmp_path, assert_one_sentence):
    path = tmp_path / "recipe.yml"
    path.write_text(BAD[bad], encoding="utf-8")
    with pytest.raises(BridgeError) as caught:
        load(path)
    assert_one_sentence(caught.value)


def test_a_missing_a_binary_and_a_huge_recipe_are_refused(tmp_path, assert_one_sentence):
    binary, huge = tmp_path / "binary.yml", tmp_path / "huge.yml"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    huge.write_bytes(b"a" * 1_100_000)
    for path in (tmp_path / "missing.yml", binary, huge, tmp_path):
        with pytest.raises(BridgeError) as caught:
            load(path)
        assert_one_sentence(caught.value)


def test_a_recipe_keeps_that_the_coordinates_are_of_the_old_datum(saved):
    path = saved(options={"tokyo_datum": True, "encoding": "cp932"})
    assert load(path).options == {"tokyo_datum": True, "encoding": "cp932"}
