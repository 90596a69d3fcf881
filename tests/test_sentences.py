"""What a learner's slip is answered with: the very cell, in a real kernel beside the exercises."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from machimap import datasets, store

START = """\
import geopandas as gpd
import pandas as pd

from machimap import bridge, course, datasets, maps
from machimap.course import check, material

session = course.start("八王子市", "")
sites = material("01-1")
office_list = material("03-2")
column = "災害種別_洪水"
points = gpd.GeoDataFrame(sites, geometry=gpd.points_from_xy(sites["経度"], sites["緯度"]), crs="EPSG:6668")
utm = session.place.utm_epsg
credit = datasets.credits("shelters")[0]
done = bridge.convert(material("10-1"), place=session.place)
again = bridge.convert(material("10-4"), place=session.place, recipe=done.recipe)
"""
# Every cell, and what its sentence must and must not say.
NAMES = {
    'tidy = sites["名称"].str.normalize(NFKC)': ('「NFKC」という名前はない|`"NFKC"` と引用符で囲み', "上のセル"),
    "points.sjoin(points, predicate=within)": ('`"within"` と引用符で囲み', "上のセル"),
    "credit = datasets.credits(shelters)": ('`"shelters"` と引用符で囲み|「sites」', "git"),
    "broken.head()": ("「broken」がまだない|上のセルから順に", "引用符"),
    'kept = sites[sites["緯度"] != NaN]': ("`notna()`", "上のセル"),
    "count = LEN(sites)": ("`len` と書き直して", "上のセル"),
    "count = Sites": ("`sites` と書き直して", "上のセル"),
    "count = COUNTA(sites)": ("Excel の関数", "上のセル"),
    "count = COUNTIF(sites, 1)": ("Excel の関数", "上のセル"),
    "tidy = ASC(sites)": ("Excel の関数", "上のセル"),
    "count = 百三十三": ("数字は半角|「百三十三」", "引用符"),
    "points = gpd.points_from_xy(経度, 緯度)": ('`sites["経度"]`', "上のセル"),
    "points_from_xy(1, 2)": ("`gpd.points_from_xy( )`", "上のセル"),
    'public = drop(columns="担当者名")': (".drop( )`", "上のセル"),
}
COLUMNS = {
    'public = office_list.drop("担当者名")': ("`drop(columns=[...])`|`columns=` を足し", "という列がない"),
    'public = office_list.drop(columns="担当")': ("「担当」という列がない|「担当者名」「担当者の携帯」", "['"),
    'kept = sites.dropna(subset=["緯度、経度"])': ('`["緯度", "経度"]`', "['"),
    'count = points[column == "1"]': ('`points[column] == "1"`', "False"),
    'sites["名称", "緯度"]': ("`[[ ]]`", "という列がない"),
    'sites[["名前"]]': ("「名前」という列がない|「名称」", "「str」"),
    'tidy = sites["名称"].normalize("NFKC")': ("`.str` を付ける|`.str.normalize( )`", "tz_localize"),
    'count = sites[column] == "1".sum()': ("`( )` で囲んでから `.sum( )`", "isalnum"),
    'count = "sites".head()': ("引用符を取って `sites.head`", "似た名前"),
    "count = ...\ncount.head()": ("まだ `...` のまま", "似た名前"),
    "done.mapping.matches.target": ("`[one.target for one in done.mapping.matches]`", "つづり"),
    "moved = sites.to_crs(utm)": ("GeoDataFrame", "似た名前"),
    "news = again.text": ("`again.differences` の中の1つずつ|`[one.text for one in again.differences]`", "つづり"),
    "count = len(done,aside)": ("コンマ|`len(done.aside)`", "上のセル"),
    'del office_list["担当者名"]\npublic = office_list.drop(columns=["担当者名"])': (
        '`office_list` の中身が変わっている|`office_list = material("03-2")`',
        "という列がない",
    ),
}
CALLS = {
    "count = sites(column)": ("`( )` を `[ ]` に", "文字と数字"),
    'datasets.credits("shelters")()': ("`( )` の前が命令ではなく", "文字と数字"),
    "metres = points.to_crs(utm).distance()": ("`distance( )`|足りない", "文字と数字"),
    'public = office_list.drop("担当者名", 1, 2, 3, 4)': ("`drop( )` のかっこの中が多すぎる", "文字と数字"),
    'public = office_list.drop(colums="担当者名")': ("`colums=` という指定はない", "文字と数字"),
    'readme = "珠洲市" & credit': ("`&` ではない|`+`", "文字と数字"),
    'readme = "珠洲市" + datasets.credits("shelters")': ("`[0]`", "文字と数字"),
    'count = "件数：" + 3': ("文字と数字", "上のセル"),
    'both = sites[sites[column] == "1" & sites["名称"] == "a"]': ("両側を `( )` で囲んで", "文字と数字"),
    "sites.head[3]": ("`[ ]` を `( )` に", "文字と数字"),
    'count = len("a"["名称"])': ("引用符を取って", "文字と数字"),
    "aside = done.aside\ncount = len(done, aside)": ("コンマ|`len(done.aside)`", "引数"),
    "count = len(3)": ("`len( )` の中が数字", "取り違え"),
    "maps()": ("命令の名前まで", "取り違え"),
}
VALUES = {
    'tidy = sites["名称"].str.normalize("半角")': ('`"NFKC"`', "上のセル"),
    'points = gpd.points_from_xy("経度", "緯度")': ('`sites["経度"]`', "上のセル"),
    'points.to_crs("EPSG：6668")': ('`"EPSG:6668"`|半角', "上のセル"),
    'metres = points.to_crs("utm")': ("引用符を取って `utm`", "上のセル"),
    "metres = points.to_crs()": ("`utm` など", "上のセル"),
    "public = office_list.drop()": ("`columns=[...]`", "上のセル"),
    "metres = points.set_crs(6691)": ("`to_crs`", "上のセル"),
    'sites[(sites[column] == "1") and (sites["名称"] == "a")]': ("`&` か `|`", "上のセル"),
    "points.sjoin(sites)": ("点や区域を持つ表", "上のセル"),
    'points.sjoin(points, predicate="withn")': ("「withn」は使えない|「within」", "must be"),
    'gpd.read_file("区域.geojson")': ("「区域.geojson」が見つからない", "上のセル"),
    'credit = datasets.credits("shelter")': ("「shelters」ではないか", "git"),
    'credit = datasets.credits("避難場所")': ("「shelters」か", "git"),
    "credit = datasets.credits(sites)": ("引用符で囲んで", "git"),
}
LINES = {
    "count = 133か所": ("文字を消して、数字だけ", "かっこ"),
    "nearest = ": ("`=` の右が空", "かっこ"),
    "=COUNTA(A2:A134)": ("Excel の式", "かっこ"),
    "count = COUNTA(A2:A134)": ("Excel の式", "かっこ"),
    'count = len(sites\ncheck("01-1", count)': ("1行目の `(` が閉じていない|`)`", "コンマ"),
    'text = "名称': ("引用符が閉じていない", "コンマ"),
    "count = len(sites))": ("`)` が余っている", "コンマ"),
    "count = sites[(1, 2]]": ("`(` を `]` で閉じている", "コンマ"),
    'count = sites[column = "1"]': ("`==` と2つ", "コンマ"),
    'rows = done.changes[done.changes["列"] = "緯度"]': ("`==` と2つ", "左に名前"),
    "points = gpd.GeoDataFrame(sites, crs=EPSG:6668)": ('`"EPSG:6668"` と引用符', "コンマ"),
    '"count" = 3': ("左に名前", "コンマ"),
    "print credit": ("`print( )`", "コンマ"),
    "count = len sites": ("`len( )`", "コンマ"),
    "credit = 出典：国土地理院": ('`" "` で囲み', "半角に直して"),
    'public = office_list.drop(columns="担当者名") の形です。': ("「の形です。」なら消して", "半角に直して"),
    "count = len(sites)。": ("「。」はいらない", "半角に直して"),
    "credit = 「出典」": ("かぎかっこは消して", "半角に直して"),
    "count ＝ len(sites)": ("全角の「＝」|半角に直して", "引用符"),
    r'source = "C:\Users\hanako\表.csv"': (
        "1行目の引用符の中の「\\」|「\\」を全部「/」に|ボタンでファイルを選んで",
        "かっこ",
    ),
    "if len(sites):\nprint(1)": ("2行目|空白を4つ", "引用符"),
    "x = 1\n  y = 2": ("2行目|余分な空白", "引用符"),
    "for name in sites\n    print(name)": ("`:` がない", "引用符"),
    'readme = f"{credit"': ("`{ }`", "コンマ"),
}
SLIPS = NAMES | COLUMNS | CALLS | VALUES | LINES


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, nbformat.NotebookNode]:
    """Every slip's cell after it was run, all in one kernel, so that the tables are made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MACHIMAP_WORK", str(tmp_path_factory.mktemp("work")))
        patch.setenv("MACHIMAP_OFFLINE", "1")
        patch.delenv("MACHIMAP_TRACEBACK", raising=False)
        patch.delenv("JPY_SESSION_NAME", raising=False)
        start, *cells = run(START, *SLIPS)
    assert told(start) == ""
    return dict(zip(SLIPS, cells, strict=True))


def run(*sources: str) -> list[nbformat.NotebookNode]:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    resources = {"metadata": {"path": str(store.kit_root() / "exercises")}}
    NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=180, resources=resources).execute()
    return book.cells


def told(cell: nbformat.NotebookNode) -> str:
    """What the learner sees of a cell's error."""
    return "\n".join(line for out in cell.outputs for line in out.get("traceback", []))


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


@pytest.mark.parametrize("source", SLIPS)
def test_a_slip_is_answered_with_what_to_do_and_nothing_untrue(source, answered):
    text = told(answered[source])
    must, never = SLIPS[source]
    assert text.startswith("⚠ ")
    assert text.endswith("ください。")
    assert (re.sub("「[^」]*」", "", text).count("。"), text.count("\n")) == (1, 0)
    assert [words for words in must.split("|") if words not in text] == [], text
    assert never not in text


@pytest.fixture
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.delenv("MACHIMAP_TRACEBACK", raising=False)


@pytest.mark.usefixtures("_apart")
def test_a_command_that_was_covered_by_a_value_can_be_had_again():
    _, covered, again, counted = run(START, "len = 3\nlen(sites)", "del len", "print(len(sites))")
    assert "`del len`" in told(covered)
    assert told(again) == ""
    assert int(printed(counted)) > 0


@pytest.mark.usefixtures("_apart")
def test_only_this_notebooks_own_cells_are_pointed_to(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(store.kit_root() / "exercises" / "01_opendata.ipynb"))
    _, below, elsewhere = run(START, "print(broken)", "print(history)")
    assert "上のセルから順に" in told(below)
    assert "上のセルから順に" not in told(elsewhere)


@pytest.mark.usefixtures("_apart")
def test_a_warning_that_means_a_wrong_answer_is_said_and_the_others_are_not():
    _, mixed, degrees, inside = run(
        START,
        "count = len(points.to_crs(utm).sjoin(points))",
        "far = points.distance(points.geometry.iloc[0])",
        "import warnings\nwarnings.warn('an inside of a library')",
    )
    assert printed(mixed).startswith("⚠ 測り方（CRS）の違う2つ")
    assert "メートルの地図" in printed(degrees)
    assert "Warning" not in printed(mixed) + printed(degrees)
    assert printed(inside) == ""


def test_a_mistyped_dataset_is_no_missing_file(assert_one_sentence):
    for wanted in ("shelter", "ハザード", "xyz", "", "../datasets"):
        with pytest.raises(datasets.UnknownDataset) as caught:
            datasets.credits(wanted)
        assert_one_sentence(caught.value)
        assert f"「{wanted}」という名前のデータはない" in str(caught.value)
