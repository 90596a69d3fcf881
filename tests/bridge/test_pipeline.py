"""The whole way across, on real tables and on 架空データ: rows are never lost, flags never invented."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace

import further_layouts
import pandas as pd
import pytest
import yaml
from answering import answers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_model import Chat

from machimap import datasets, places, shelters
from machimap.bridge import BridgeError, Mapping, Match, convert, propose, read, recipe, target
from machimap.bridge.mapping import SURE
from machimap.bridge.model import BASE_URL, KEY, NAME, prompt
from machimap.bridge.pipeline import cross
from machimap.bridge.records import ASIDE_COLUMNS, CHANGE_COLUMNS, CHECK_COLUMNS, Reading
from test_cli import assert_one_sentence as one_line
from test_cli import machimap

SITES = "指定緊急避難場所一覧"
HAZARDS = [name for name in target(SITES).names if name.startswith("災害種別_")]
REAL = [answer for answer in answers() if answer.source]
LAYOUTS = [answer for answer in answers() if answer.layout]
HEAD = ["施設名", "住所", "緯度", "経度", "洪水", "備考"]
TOWN = [
    ["架空第一小学校", "八王子市本町1-1", "35.656", "139.338", "○", ""],
    ["架空公民館", "八王子市本町2-2", "35.657", "139.339", "", "2階"],
    ["架空体育館", "八王子市西町3-3", "35.658", "139.337", "○", ""],
]


def as_csv(*rows: list[str], head: list[str] = HEAD) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([head, *rows])
    return stream.getvalue().encode()


def accounted(bridged) -> None:
    """What holds after every crossing: all rows are somewhere once, and the tables have their form."""
    kept, aside = list(bridged.table.index), [int(row) for row in bridged.aside["行"]]
    assert bridged.reading.rows_in == len(kept) + len(aside) == len({*kept, *aside})
    assert list(bridged.table.columns) == bridged.target.names
    assert list(bridged.beside.index) == kept
    assert set(bridged.beside.columns) >= set(bridged.mapping.unmapped)
    assert list(bridged.changes.columns) == list(CHANGE_COLUMNS)
    assert list(bridged.checks.columns) == list(CHECK_COLUMNS)
    assert list(bridged.aside.columns) == list(ASIDE_COLUMNS)
    assert (bridged.aside["理由"].str.len() > 0).all()
    assert set(bridged.changes["行"]) <= set(kept)
    assert (bridged.changes["前"] != bridged.changes["後"]).all()
    assert (bridged.table["名称"] != "").all()
    assert set(bridged.checks["行"]) <= {0, *kept, *aside}
    assert (bridged.checks[["問題", "すること"]] != "").all(axis=None)
    asked = set(zip(bridged.checks["行"], bridged.checks["列"], strict=True))
    for name in [name for name in HAZARDS if name in bridged.table]:
        odd = bridged.table.index[~bridged.table[name].isin(["", "1"])]
        assert {(row, name) for row in odd} <= asked | {
            (row, column) for row in odd for whole, column in asked if not whole
        }
    explained(bridged)


def explained(bridged) -> None:
    """Every cell of the output is that of the source's column, or the account says why it is not."""
    changed = {(row, name) for row, name in zip(bridged.changes["行"], bridged.changes["列"], strict=True)}
    for match in bridged.mapping.matches:
        if not match.source or match.pick:
            continue
        source = bridged.reading.table.loc[bridged.table.index, match.source]
        differs = bridged.table.index[(bridged.table[match.target] != source).to_numpy()]
        assert {(row, match.target) for row in differs} <= changed, match.target
    mapped = {match.target for match in bridged.mapping.matches}
    for name in set(bridged.target.names) - mapped:
        filled = bridged.table.index[(bridged.table[name] != "").to_numpy()]
        assert {(row, name) for row in filled} <= changed, name


@pytest.mark.parametrize("answer", REAL, ids=lambda answer: answer.name)
def test_every_real_table_crosses_and_is_accounted_for(answer, source_data, tmp_path):
    bridged = convert(source_data / answer.source, target=answer.target)
    assert len(bridged.reading.table) == answer.rows
    accounted(bridged)
    decided = bridged
    if bridged.waiting:
        matches = (*bridged.mapping.matches, *bridged.waiting)
        left = set(bridged.mapping.unmapped) - {match.source for match in bridged.waiting}
        decided = convert(source_data / answer.source, target=answer.target, mapping=Mapping(matches, tuple(left)))
    assert decided.score_after.total > bridged.score_before.total
    paths = bridged.write(tmp_path)
    rows = list(csv.reader(io.StringIO(paths[0].read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(bridged.table) + 1


@pytest.mark.parametrize("answer", LAYOUTS, ids=lambda answer: answer.name)
def test_every_layout_crosses_and_is_accounted_for(answer):
    accounted(convert(further_layouts.ALL[answer.layout](), target=answer.target, name=answer.name))


def test_hachiojis_output_goes_into_the_comparison_as_it_is(source_data, tmp_path):
    (source,) = (source_data / "hachioji" / "csv").glob("02-*.csv")
    bridged = convert(source, place="八王子市")
    assert bridged.account == "読んだ行 135 ＝ 使った行 135 ＋ 取り分けた行 0"
    assert (bridged.table[HAZARDS] == "").all(axis=None)
    assert bridged.checks["問題"].str.contains("指定避難所の一覧").any()
    city, _ = datasets.read_table(bridged.write(tmp_path)[0])
    national = datasets.shelters(places.find("八王子市"), "指定緊急避難場所")
    from_file = shelters.compare(city, national)
    from_memory = shelters.compare(bridged.table, national)
    assert len(from_file.matched) == len(from_memory.matched) >= 130
    raw, _ = datasets.read_table(source)
    by_hand = raw.rename(columns={"name": "名称", "lat": "緯度", "lon": "経度"})
    assert len(from_file.matched) >= len(shelters.compare(by_hand, national).matched)


def test_a_prefecture_keeps_each_row_in_its_own_town(source_data):
    bridged = convert(source_data / "tokyo" / "130001_evacuation_area.csv")
    assert bridged.place is None
    assert bridged.table["所在地_市区町村"].nunique() > 40
    named = bridged.table[bridged.table["所在地_市区町村"] != ""]
    codes = named.groupby("所在地_市区町村")["市区町村コード"].nunique()
    assert (codes == 1).all()


def test_takamatsus_triangles_are_no_designation_but_a_question(source_data):
    bridged = convert(source_data / "takamatsu" / "evacuation_space.xlsx")
    source = bridged.reading.table.loc[bridged.table.index]
    half = source.index[source["tunami"] == "△"]
    assert len(half) == 25
    assert (bridged.table.loc[half, "災害種別_津波"] == "").all()
    asked = bridged.checks[bridged.checks["列"] == "災害種別_津波"]
    assert set(half) <= set(asked["行"])
    assert (bridged.table.loc[source["tunami"] == "○", "災害種別_津波"] == "1").all()


def test_yaizus_danger_levels_are_no_flags(source_data):
    source = source_data / "yaizu" / "要配慮者利用施設" / "yohairyosya.csv"
    bridged = convert(source, target=SITES)
    assert (bridged.table[HAZARDS] == "").all(axis=None)
    assert "土砂災害警戒区域" in bridged.beside


@pytest.mark.parametrize(
    ("head", "values"),
    [
        ("指定緊急避難場所", ["○", "", "○"]),
        ("区分", ["指定緊急避難場所", "指定避難所", "指定緊急避難場所・指定避難所"]),
    ],
)
def test_a_row_of_a_mixed_list_that_is_no_place_to_flee_to_is_asked_about(head, values):
    rows = [[*row, value] for row, value in zip(TOWN, values, strict=True)]
    bridged = convert(as_csv(*rows, head=[*HEAD, head]))
    accounted(bridged)
    asked = bridged.checks[bridged.checks["問題"].str.contains("指定緊急避難場所ではなく")]
    assert list(asked["行"]) == [3]


# Rows


def test_a_double_is_set_aside_with_the_row_it_doubles_and_a_near_double_stays():
    near = [*TOWN[0][:5], "体育館だけ"]
    bridged = convert(as_csv(*TOWN, TOWN[0], near, TOWN[1], TOWN[0]), place="八王子市")
    accounted(bridged)
    assert dict(zip(bridged.aside["行"], bridged.aside["理由"], strict=True)) == {
        5: "2行目とまったく同じ",
        7: "3行目とまったく同じ",
        8: "2行目とまったく同じ",
    }
    assert all("架空" in text for text in bridged.aside["内容"])
    assert 6 in bridged.table.index
    assert bridged.checks["問題"].str.contains("まったく同じ行が3行").any()


def test_a_row_without_a_name_is_set_aside_whole():
    bridged = convert(as_csv(*TOWN, ["", "八王子市西町9-9", "35.6", "139.3", "○", "なまえなし"]))
    accounted(bridged)
    (row,) = bridged.aside.to_dict("records")
    assert row["行"] == 5
    assert "八王子市西町9-9" in row["内容"]
    assert "なまえなし" in row["内容"]


def test_a_table_without_names_is_not_lost_and_says_first_what_is_missing(tmp_path):
    bridged = convert(as_csv(["消火栓", "八王子市本町1-1"], ["防火水槽", "八王子市本町2-2"], head=["種別", "所在地"]))
    accounted(bridged)
    assert len(bridged.aside) == 2
    assert "名称に使う列がまだ決まっていない" in bridged.checks["問題"].iloc[0]
    assert all(path.exists() for path in bridged.write(tmp_path))


def test_a_row_whose_place_cannot_be_is_kept_and_asked_about():
    bridged = convert(as_csv(*TOWN, ["架空の海の家", "八王子市西町9-9", "35.6", "5", "○", ""]), place="八王子市")
    accounted(bridged)
    assert 5 in bridged.table.index
    assert 5 in set(bridged.checks["行"])


def test_a_lost_row_stops_everything():
    bridged = convert(as_csv(*TOWN))
    for broken in (
        {"table": bridged.table.iloc[1:]},
        {"table": pd.concat([bridged.table, bridged.table.iloc[:1]])},
        {"aside": pd.DataFrame([(2, "二重", "")], columns=list(ASIDE_COLUMNS))},
    ):
        with pytest.raises(AssertionError, match="rows lost or counted twice"):
            replace(bridged, **broken)


HEADS = st.sampled_from(
    [
        "名称",
        "施設名",
        "住所",
        "所在地_連結表記",
        "緯度",
        "経度",
        "lat",
        "電話番号",
        "対象災害",
        "洪水",
        "災害種別_津波",
        "指定避難所との重複",
        "収容人数",
        "ID",
        "NO",
        "備考",
        "謎",
        "URL",
    ]
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "",
            "○",
            "×",
            "△",
            "1",
            "架空第一小学校",
            "八王子市本町1-1",
            "35.65",
            "139.33",
            "139.33,35.65",
            "洪水、地震",
            "津波を除く",
            "０４２－０００－０００１",
            "なし",
            "=1+1",
            "架空\n館",
            "100人",
            "https://example.jp/",
            "標高:3m",
            "132012",
        ]
    ),
    st.text(max_size=12),
)


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_in_a_table_no_row_is_lost_and_no_cell_changes_in_silence(data):
    heads = data.draw(st.lists(HEADS, min_size=1, max_size=7, unique=True))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(heads), max_size=len(heads)), min_size=1, max_size=8))
    again = data.draw(st.lists(st.sampled_from(rows), max_size=3))
    table = pd.DataFrame([*rows, *again], columns=heads, dtype="str")
    table.index = pd.RangeIndex(2, len(table) + 2, name="行")
    reading = Reading("架空データ", table, pd.DataFrame(columns=list(ASIDE_COLUMNS)), ())
    offered = propose(table, target(SITES))
    bridged = cross(reading, offered, target(SITES))
    accounted(bridged)
    said_yes = tuple(match for match in offered.matches if data.draw(st.booleans()))
    left = tuple(name for name in heads if name not in {match.source for match in said_yes})
    undecided = cross(reading, Mapping(said_yes, left), target(SITES), offered=offered)
    accounted(undecided)
    assert {match.target for match in undecided.waiting} <= {match.target for match in offered.matches} - {
        match.target for match in said_yes
    }
    known = {row for row in bridged.table.index if (bridged.table.loc[row, HAZARDS] == "1").any()}
    assert known <= {row for row in table.index if any(mark in "".join(table.loc[row]) for mark in "○1洪地")}


# Choices


def test_the_place_is_taken_from_the_name_of_the_file_and_said():
    bridged = convert(as_csv(*TOWN), name="132012_evacuation_space.csv")
    assert bridged.place == places.find("八王子市")
    assert ("まち", "東京都八王子市") in {(told.about, told.value) for told in bridged.reading.conclusions}
    assert convert(as_csv(*TOWN), name="130001_evacuation_space.csv").place is None


def test_a_persons_mapping_goes_first_and_needs_no_tick():
    reading = read(as_csv(*TOWN))
    known = propose(reading.table, target(SITES))
    kept = tuple(match for match in known.matches if match.target not in ("備考", "災害種別_洪水"))
    own = Mapping((*kept, Match("災害種別_地震", "洪水", confidence=1.0, by="人")), ("備考",))
    bridged = convert(as_csv(*TOWN), mapping=own)
    accounted(bridged)
    assert list(bridged.table["災害種別_地震"]) == ["1", "", "1"]
    assert (bridged.table["災害種別_洪水"] == "").all()
    assert list(bridged.beside["備考"]) == ["", "2階", ""]
    assert not bridged.checks["問題"].str.contains("とみなしました").any()


ALL_AT_ONCE = as_csv(*[[*row[:4], "全災害"] for row in TOWN], head=[*HEAD[:4], "category3"])


def test_a_guess_that_nobody_said_yes_to_marks_no_hazard(tmp_path):
    offers = {match.target: match for match in propose(read(ALL_AT_ONCE).table, target(SITES)).matches}
    assert all(offers[name].confidence < SURE for name in HAZARDS)
    bridged = convert(ALL_AT_ONCE, place="八王子市")
    accounted(bridged)
    assert (bridged.table[HAZARDS] == "").all(axis=None)
    assert {match.target for match in bridged.waiting} == set(HAZARDS)
    assert "category3" in bridged.beside.columns
    assert bridged.checks["問題"].str.contains("洪水 ← 「category3」").any()
    assert not bridged.checks["問題"].str.contains("とみなしました").any()
    bridged.write(tmp_path)
    path = tmp_path / "recipe.yml"
    assert (convert(ALL_AT_ONCE, recipe=path).table[HAZARDS] == "").all(axis=None)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in data["まだ使っていない案"]:
        assert (entry["採用"], entry["決めたのは"]) == ("いいえ", "規則")
        entry["採用"] = "はい" if entry["標準の列"] == "災害種別_洪水" else "いいえ"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    ticked = convert(ALL_AT_ONCE, recipe=path)
    assert (ticked.table["災害種別_洪水"] == "1").all()
    assert (ticked.table["災害種別_津波"] == "").all()
    assert {match.target: match.by for match in ticked.mapping.matches}["災害種別_洪水"] == "人"
    assert {match.target for match in ticked.waiting} == {*HAZARDS} - {"災害種別_洪水"}
    again = convert(ALL_AT_ONCE, recipe=ticked.recipe)
    pd.testing.assert_frame_equal(again.table, ticked.table)


def test_a_guess_for_what_is_no_flag_is_used_and_asked_about():
    body = as_csv(*TOWN, head=["施設名", "住所の案", *HEAD[2:]])
    guesses = [match for match in propose(read(body).table, target(SITES)).matches if match.confidence < SURE]
    assert [match.source for match in guesses] == ["住所の案"]
    bridged = convert(body)
    assert bridged.waiting == ()
    assert (bridged.table[guesses[0].target] != "").all()
    assert bridged.checks["問題"].str.startswith(f"「住所の案」を「{guesses[0].target}」とみなしました").any()


def test_a_recipe_that_took_a_guess_for_a_hazard_does_so_no_more():
    guessed = propose(read(ALL_AT_ONCE).table, target(SITES))
    known = recipe.make(read(ALL_AT_ONCE).table, guessed, SITES)
    bridged = convert(ALL_AT_ONCE, recipe=known)
    assert (bridged.table[HAZARDS] == "").all(axis=None)
    assert {match.target for match in bridged.waiting} == set(HAZARDS)
    given = convert(ALL_AT_ONCE, mapping=guessed)
    assert (given.table["災害種別_地震"] == "1").all()


def test_a_new_hazard_of_next_year_waits_until_a_person_has_seen_it(tmp_path):
    convert(as_csv(*TOWN), place="八王子市").write(tmp_path)
    body = as_csv(*[[*row, "○"] for row in TOWN], head=[*HEAD, "津波"])
    assert (convert(body).table["災害種別_津波"] == "1").all()
    bridged = convert(body, recipe=tmp_path / "recipe.yml")
    accounted(bridged)
    assert (bridged.table["災害種別_津波"] == "").all()
    assert list(bridged.table["災害種別_洪水"]) == ["1", "", "1"]
    assert [match.target for match in bridged.waiting] == ["災害種別_津波"]
    assert "新しい列「津波」は「災害種別_津波」に当たりそうですが" in bridged.differences[0].text


def test_what_a_person_declined_is_neither_offered_nor_used_again():
    proposed = propose(read(as_csv(*TOWN)).table, target(SITES))
    kept = tuple(match for match in proposed.matches if match.target != "備考")
    bridged = convert(as_csv(*TOWN), mapping=Mapping(kept, ("備考",), declined=("備考",)))
    accounted(bridged)
    assert bridged.waiting == ()
    assert not bridged.checks["問題"].str.contains("備考").any()
    assert bridged.recipe.declined == ("備考",)
    next_year = as_csv(*TOWN, head=[*HEAD[:5], "備考欄"])
    again = convert(next_year, recipe=bridged.recipe)
    assert (again.table["備考"] == "").all()
    assert list(again.beside["備考欄"]) == ["", "2階", ""]
    assert "備考" not in {match.target for match in again.waiting}
    assert again.recipe.declined == ("備考",)
    assert '"備考"' not in prompt(again.reading.table, again.mapping, again.target).split("残りの列")[-2]


def test_reading_can_be_overridden_and_the_recipe_remembers_it(tmp_path):
    body = "\r\n".join(["名前,緯度,経度", "施設名,緯度,経度", "架空公民館,35.6,139.3"]).encode("cp932")
    bridged = convert(body, options={"header_row": 2, "encoding": "cp932"})
    assert list(bridged.table["名称"]) == ["架空公民館"]
    bridged.write(tmp_path)
    again = convert(body, recipe=tmp_path / "recipe.yml")
    pd.testing.assert_frame_equal(again.table, bridged.table)


def test_an_unknown_target_is_one_sentence(assert_one_sentence):
    with pytest.raises(BridgeError) as caught:
        convert(as_csv(*TOWN), target="架空一覧")
    assert_one_sentence(caught.value)


def test_the_second_target_works_the_same_way():
    bridged = convert(as_csv(*TOWN), target="公共施設一覧", place="八王子市")
    accounted(bridged)
    assert "洪水" in bridged.beside
    assert bridged.table["名称"].iloc[0] == "架空第一小学校"


def test_importing_the_bridge_loads_nothing_heavy():
    script = (
        "import sys; from machimap import bridge; bridge.__all__;"
        "print([name for name in ('pandas', 'numpy', 'frictionless', 'openpyxl', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


# The command line


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "架空の一覧.csv"
    path.write_bytes(as_csv(*[[*row, "謎"] for row in TOWN], head=[*HEAD, "なぞの列"]))
    return path


def test_the_command_tells_what_was_read_mapped_counted_scored_and_what_to_do(source, tmp_path):
    done = machimap("bridge", str(source), "-o", str(tmp_path / "出口"), "--place", "八王子市")
    assert done.returncode == 0, done.stderr
    for words in (
        "見出しの行：1行目",
        "名称 ← 「施設名」（0.97・規則）",
        "別に残した列：なぞの列",
        "読んだ行 3 ＝ 使った行 3 ＋ 取り分けた行 0",
        "100点満点",
        "■ 要確認",
        "■ 次にすること",
        "recipe.yml",
    ):
        assert words in done.stdout
    assert (tmp_path / "出口" / f"{SITES}.csv").exists()
    assert done.stderr == ""


def test_the_command_runs_a_recipe_again_and_says_what_changed(source, tmp_path):
    machimap("bridge", str(source), "-o", str(tmp_path / "今年"), "--place", "八王子市")
    next_year = tmp_path / "来年.csv"
    next_year.write_bytes(as_csv(*[[*row, "○"] for row in TOWN], head=["名称 ", *HEAD[1:], "津波"]))
    done = machimap(
        "bridge", str(next_year), "-o", str(tmp_path / "来年"), "--recipe", str(tmp_path / "今年" / "recipe.yml")
    )
    assert done.returncode == 0, done.stderr
    assert "■ レシピを作ったときと違うところ" in done.stdout
    assert "「なぞの列」" not in done.stdout.split("■ 行とセル")[0].split("■ レシピ")[0]
    assert "新しい列「津波」は「災害種別_津波」に当たりそうですが" in done.stdout
    saved = yaml.safe_load((tmp_path / "来年" / "recipe.yml").read_text(encoding="utf-8"))
    assert saved["まち"] == "132012"
    assert [entry["標準の列"] for entry in saved["まだ使っていない案"]] == ["災害種別_津波"]


def test_the_command_writes_no_list_for_another_town_and_says_so_in_one_sentence(tmp_path):
    path = tmp_path / "避難場所.csv"
    rows = [[f"架空{n}館", f"八王子市本町{n}-1", "○"] for n in range(1, 6)]
    path.write_bytes(as_csv(*rows, head=["施設名", "住所", "洪水"]))
    done = machimap("bridge", str(path), "-o", str(tmp_path / "出口"), "--place", "高松市")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "住所は東京都八王子市のものが多い（住所のある5行のうち5行）" in line
    assert "一覧を書いていません" in line
    assert "できました" not in done.stdout
    assert not (tmp_path / "出口" / f"{SITES}.csv").exists()
    assert not (tmp_path / "出口" / "datapackage.json").exists()
    assert (tmp_path / "出口" / "報告.html").exists()


def test_the_command_without_a_row_to_publish_fails_in_one_sentence_and_tells_why(tmp_path):
    path = tmp_path / "名称のない表.csv"
    path.write_bytes(as_csv(["消火栓", "八王子市本町1-1"], ["防火水槽", "八王子市本町2-2"], head=["種別", "所在地"]))
    done = machimap("bridge", str(path), "-o", str(tmp_path / "出口"))
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("公開できる行が1行もなく、一覧を書いていないので、")
    assert line.endswith("ください。")
    assert "読んだ行 2 ＝ 使った行 0 ＋ 取り分けた行 2" in done.stdout
    assert "名称に使う列がまだ決まっていない" in done.stdout
    assert "できました" not in done.stdout
    assert not (tmp_path / "出口" / f"{SITES}.csv").exists()
    assert (tmp_path / "出口" / "報告.html").exists()


def test_the_command_says_what_to_do_about_the_whole_table(tmp_path):
    path = tmp_path / "住所だけの表.csv"
    path.write_bytes(as_csv(*[[row[0], row[1].removeprefix("八王子市"), *row[2:]] for row in TOWN]))
    shown = machimap("bridge", str(path), "-o", str(tmp_path / "出口")).stdout
    assert shown.count("市区町村の名前がない") == 1
    assert "位置はどれも東京都八王子市の中" in shown
    assert "まちの名前を1度決めれば、全部の行に入ります。" in shown
    assert "--place 八王子市" in shown


def test_the_command_does_not_cover_another_list_unless_it_is_told_to(source, tmp_path):
    other = tmp_path / "別の一覧.csv"
    other.write_bytes(as_csv(*TOWN[:1]))
    machimap("bridge", str(source), "-o", str(tmp_path / "出口"), "--place", "八王子市")
    line = one_line(machimap("bridge", str(other), "-o", str(tmp_path / "出口"), "--place", "八王子市"))
    assert "架空の一覧.csv" in line
    table, _ = datasets.read_table(tmp_path / "出口" / f"{SITES}.csv")
    assert len(table) == 3
    done = machimap("bridge", str(other), "-o", str(tmp_path / "出口"), "--place", "八王子市", "--replace")
    assert done.returncode == 0, done.stderr
    table, _ = datasets.read_table(tmp_path / "出口" / f"{SITES}.csv")
    assert len(table) == 1


def test_the_command_asks_for_a_licence_only_while_there_is_none(source, tmp_path):
    arguments = ("bridge", str(source), "-o", str(tmp_path / "出口"), "--place", "八王子市")
    assert "datapackage.json にライセンスを書き足してから公開する" in machimap(*arguments).stdout
    path = tmp_path / "出口" / "datapackage.json"
    data = {**json.loads(path.read_text(encoding="utf-8")), "licenses": [{"name": "CC-BY-4.0"}]}
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    again = machimap(*arguments).stdout
    assert "ライセンス（CC-BY-4.0）が、このままでよいか" in again
    assert "書き足してから" not in again


@pytest.mark.parametrize(
    "arguments",
    [
        ("ない.csv",),
        ("--target", "架空一覧"),
        ("--place", "架空市"),
        ("--recipe", "ない.yml"),
        ("--header-row", "99"),
        ("--ai",),
    ],
    ids=" ".join,
)
def test_a_fault_of_the_command_is_one_sentence(arguments, source, tmp_path):
    file = () if arguments[0].endswith(".csv") else (str(source),)
    one_line(
        machimap("bridge", *file, *arguments, "-o", str(tmp_path / "出口"), cwd=tmp_path, **{BASE_URL: "", NAME: ""})
    )


def test_the_help_page_is_in_japanese():
    done = machimap("bridge", "--help")
    assert done.stdout.startswith("使い方：machimap bridge")
    assert "Options" not in done.stdout


@pytest.fixture
def chat(fresh_cache):
    server = Chat()
    server.answers({"columns": [{"source": "なぞの列", "target": "画像_ライセンス", "reason": "そう見える"}]})
    yield server
    server.close()


def service(chat: Chat) -> dict[str, str]:
    return {BASE_URL: chat.url, NAME: "架空モデル", KEY: "sk-made-up", "MACHIMAP_OFFLINE": "", "NO_PROXY": "127.0.0.1"}


def test_without_the_flag_nothing_is_sent(chat, source, tmp_path):
    assert machimap("bridge", str(source), "-o", str(tmp_path / "出口"), **service(chat)).returncode == 0
    assert chat.received == []


def test_with_the_flag_the_text_is_shown_sent_and_only_proposed(chat, source, tmp_path):
    done = machimap("bridge", str(source), "-o", str(tmp_path / "出口"), "--ai", "--yes", **service(chat))
    assert done.returncode == 0, done.stderr
    ((_, _, body),) = chat.received
    shown = done.stdout.split("----- ここから -----\n")[1].split("\n----- ここまで -----")[0]
    assert body["messages"][0]["content"] == shown
    reading = read(source)
    assert shown == prompt(reading.table, propose(reading.table, target(SITES), title=reading.name), target(SITES))
    assert "■ 生成AIの提案" in done.stdout
    assert "sk-made-up" not in done.stdout + done.stderr
    table, _ = datasets.read_table(tmp_path / "出口" / f"{SITES}.csv")
    assert set(table["画像_ライセンス"]) == {""}
    saved = tmp_path / "出口" / "recipe.yml"
    assert "生成AI" in saved.read_text(encoding="utf-8")
    assert "sk-made-up" not in saved.read_text(encoding="utf-8")
    saved.write_text(saved.read_text(encoding="utf-8").replace("採用: いいえ", "採用: はい"), encoding="utf-8")
    machimap("bridge", str(source), "-o", str(tmp_path / "採用"), "--recipe", str(saved))
    table, _ = datasets.read_table(tmp_path / "採用" / f"{SITES}.csv")
    assert set(table["画像_ライセンス"]) == {"謎"}
    assert len(chat.received) == 1


def test_a_clerk_who_says_no_sends_nothing(chat, source, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "machimap.cli", "bridge", str(source), "-o", str(tmp_path / "出口"), "--ai"],
        input="n\n",
        env={**os.environ, **service(chat), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "送らずに、生成AIなしで続けます。" in done.stdout
    assert chat.received == []
