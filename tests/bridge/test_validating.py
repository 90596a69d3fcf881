"""A table is checked against the standard's schema: the same faults as frictionless finds, said so that a clerk can act."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from frictionless import Resource, Schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machimap.bridge.records import CHECK_COLUMNS
from machimap.bridge.targets import target
from machimap.bridge.validating import validate

settings.register_profile("the same every time", derandomize=True)
settings.load_profile("the same every time")
SITES, FACILITIES = "指定緊急避難場所一覧", "公共施設一覧"
GOOD = {
    "ID": "132012-0123456789",
    "名称": "架空データ小学校",
    "所在地_連結表記": "東京都八王子市元本郷町3-24-1",
    "電話番号": "042-626-3111",
    "市区町村コード": "132012",
}


def table(*rows: dict[str, str], name: str = SITES) -> pd.DataFrame:
    index = pd.RangeIndex(2, len(rows) + 2, name="行")
    return (
        pd.DataFrame(list(rows), index=index)
        .fillna("")
        .reindex(columns=target(name).names, fill_value="")
        .astype("str")
    )


def faults(*rows: dict[str, str], name: str = SITES) -> list[tuple[int, str, str]]:
    found = validate(table(*rows, name=name), target(name))
    return list(found[["行", "列", "問題"]].itertuples(index=False, name=None))


def test_a_row_with_what_the_standard_requires_has_no_fault():
    whole = GOOD | {
        "緯度": "35.666312",
        "経度": "139.315806",
        "災害種別_洪水": "1",
        "標高": "-1.5",
        "URL": "https://example.lg.jp/",
    }
    assert faults(whole) == []


def test_blank_required_cells_are_told_but_blank_flags_are_an_answer():
    assert [fault[1] for fault in faults({})] == ["ID", "名称", "所在地_連結表記", "電話番号", "市区町村コード"]
    assert [fault[1] for fault in faults({}, name=FACILITIES)] == ["名称", "所在地_連結表記"]


@pytest.mark.parametrize(
    ("column", "value", "problem", "action"),
    [
        ("災害種別_洪水", "○", "決められた値でない", "半角の 1"),
        ("災害種別_津波", "0", "決められた値でない", "半角の 1"),
        ("緯度", "緯度不明", "数や日付として読めない", "度の数"),
        ("緯度", "139.3", "大きすぎる", "度の数"),
        ("経度", "35.6", "小さすぎる", "度の数"),
        ("標高", "30m", "数や日付として読めない", "単位をつけず"),
        ("電話番号", "626-3111", "決められた形でない", "市外局番から"),
        ("電話番号", "０４２－６２６－３１１１", "決められた形でない", "半角"),
        ("郵便番号", "192-8501", "決められた形でない", "7桁"),
        ("市区町村コード", "13201", "決められた形でない", "6桁"),
        ("市区町村コード", "132013", "検査数字が合わない", "6桁"),
        ("名称_カナ", "はちおうじ", "決められた形でない", "カタカナ"),
        ("名称_カナ", "ﾊﾁｵｳｼﾞ", "決められた形でない", "カタカナ"),
        ("名称_英字", "八王子", "決められた形でない", "半角の英字"),
        ("ID", "避難所 1", "決められた形でない", "半角の英字"),
        ("URL", "www.example.lg.jp", "決められた形でない", "https://"),
        ("連絡先メールアドレス", "bousai", "決められた形でない", "@"),
    ],
)
def test_a_fault_is_told_with_row_column_value_and_what_to_do(column, value, problem, action):
    found = validate(table(GOOD, GOOD | {"ID": "B-2", column: value}), target())
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["行"], row["列"], row["値"], row["問題"]) == (3, column, value, problem)
    assert action in row["すること"]
    assert row["すること"].endswith("ください。")
    assert 1 <= row["重さ"] <= 5


@pytest.mark.parametrize("value", ["042-626-3111", "(042)626-3111", "0120-123-456", "090-1234-5678", "04-7123-4567"])
def test_every_usual_telephone_number_passes(value):
    assert faults(GOOD | {"電話番号": value}) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("開始時間", "8:30"),
        ("終了時間", "24:30"),
        ("利用可能曜日", "金月"),
        ("授乳室", "○"),
        ("法人番号", "2000020170004"),
    ],
)
def test_the_other_list_has_its_own_faults(column, value):
    assert [fault[1] for fault in faults(GOOD | {column: value}, name=FACILITIES)] == [column]


def test_an_id_that_comes_twice_is_told_on_every_row_that_has_it():
    assert faults(GOOD, GOOD | {"ID": "B-2"}, GOOD) == [(row, "ID", "同じ値の行がほかにもある") for row in (2, 4)]


def test_a_column_that_is_not_there_is_told_once():
    found = validate(table(GOOD, GOOD | {"ID": "B-2"}).drop(columns="備考"), target())
    assert found[["列", "問題"]].to_numpy().tolist() == [["備考", "標準の列がない"]]
    assert tuple(found.columns) == CHECK_COLUMNS


def test_a_table_without_rows_has_no_fault():
    assert validate(table(GOOD).iloc[:0], target()).empty


WRITTEN = (
    "1 0 ○ 35.6 139.3 NaN 1e3 - 132012 132013 042-626-3111 1928501 カナ ｶﾅ abc 09:00 24:01 月水 水月 有 "
    "https://example.lg.jp/a a@example.jp 2000020170003"
)
CELLS = st.one_of(
    st.sampled_from(["", *WRITTEN.split(" ")]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).map(str.strip),
)


@pytest.mark.parametrize("name", [SITES, FACILITIES])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_frictionless_finds_the_same_cells_in_the_written_file(name, tmp_path, data):
    rows = data.draw(
        st.lists(st.dictionaries(st.sampled_from(target(name).names), CELLS, max_size=10), min_size=1, max_size=4)
    )
    given_table = table(*[{"備考": "架空データ"} | row for row in rows], name=name)
    path = Path(tmp_path) / "table.csv"
    given_table.to_csv(path, index=False, encoding="utf-8")
    resource = Resource(
        path=path.name, basepath=str(tmp_path), schema=Schema.from_descriptor(target(name).schema), encoding="utf-8"
    )
    report = resource.validate()
    cells = {
        (row, column)
        for row, column, kind in report.flatten(["rowNumber", "fieldName", "type"])
        if kind != "unique-error"
    }
    ours = validate(given_table, target(name))
    ours = ours[~ours["問題"].isin(["検査数字が合わない", "同じ値の行がほかにもある"])]
    assert set(zip(ours["行"], ours["列"], strict=True)) == cells
