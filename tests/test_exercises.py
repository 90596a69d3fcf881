"""The exercises: blanks from the masters, what is told about each wrong answer, hints, pictures, and the progress."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from machimap import bridge, course, datasets, store
from machimap.course import checking, exercises, record, session
from machimap.course.lessons import LessonError
from machimap.course.tasks import EVERY, LESSONS, lesson02, lesson10, material, messy, picture, task, tasks
from machimap.places import Place

TOWNS = ("八王子市", "焼津市", "小笠原村", "札幌市", "青森県藤崎町", "大阪市北区", "珠洲市")
KEYS = [key for lesson in EVERY for key in tasks(lesson)]
OF_THE_HOUR = [key for lesson in LESSONS for key in tasks(lesson)]


@pytest.fixture(autouse=True)
def _apart_from_the_learners_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.setattr(session, "_started", [])
    monkeypatch.setattr(checking, "_handed_back", {})
    monkeypatch.setattr(checking, "_handed_out", {})


@pytest.fixture
def hachioji() -> Place:
    return course.start("八王子市").place


def told(key: str, answer: Any, capsys: pytest.CaptureFixture) -> str:
    course.check(key, answer)
    return capsys.readouterr().out


# ---- blanks from the masters

CELL = """# %%
total = len(sites)  # SOLUTION
print(total)
# 解答ここから kept
mask = sites["緯度"].notna()
kept = sites[mask]
# 解答ここまで
print(len(kept))
"""


def test_a_marked_line_and_a_marked_block_become_blanks_and_the_rest_stays():
    copy, solution = exercises.split(CELL)
    assert "total = ...\nprint(total)\n# ここに書いてください\nkept = ...\nprint(len(kept))" in copy
    assert "SOLUTION" not in copy + solution
    assert "解答" not in copy + solution
    assert 'total = len(sites)\nprint(total)\nmask = sites["緯度"].notna()' in solution
    stub = [line for line in copy.splitlines() if not line.endswith("...") and "ここに" not in line]
    assert all(line in solution.splitlines() for line in stub)


@pytest.mark.parametrize(
    ("line", "blank"),
    [
        ("x = 1  # SOLUTION", "x = ..."),
        ("    x = 1  # SOLUTION", "    x = ..."),
        ('table["距離_m"] = far  # SOLUTION', 'table["距離_m"] = ...'),
        ("a, b = pair  # SOLUTION", "a, b = ..."),
        ("check(x == 1)  # SOLUTION", "..."),
    ],
)
def test_what_stands_left_of_the_sign_stays_in_the_blank(line, blank):
    assert exercises.split(f"# %%\n{line}\n")[0].splitlines()[1] == blank


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("# %%\n# 解答ここから\nx = 1\n", "2行目"),
        ("# %%\nx = 1\n# 解答ここまで\n", "3行目"),
        ("# %%\n# 解答ここから\nx = 1\n# 解答ここから\n# 解答ここまで\n", "4行目"),
        ("# %%\n# 解答ここから\nx = 1\n# %%\n# 解答ここまで\n", "同じセルの中で"),
        ("# %%\n# 解答ここから\nx = 1  # SOLUTION\n# 解答ここまで\n", "かたまりの中"),
        ("# %%\nx = 1\n", "1つもない"),
    ],
)
def test_markers_that_do_not_pair_are_refused_with_their_line(text, named, assert_one_sentence):
    with pytest.raises(LessonError) as caught:
        exercises.split(text, "02_hazardmap")
    assert_one_sentence(caught.value)
    assert "02_hazardmap" in str(caught.value)
    assert named in str(caught.value)


@pytest.mark.parametrize("lesson", EVERY)
def test_every_lesson_has_three_to_five_tasks_and_its_exercise_asks_each_once(lesson):
    assert 3 <= len(tasks(lesson)) <= 5
    copy, solution = (
        next((store.kit_root() / folder).glob(f"{lesson}_*{tail}.ipynb")).read_text(encoding="utf-8")
        for folder, tail in (("exercises", ""), ("solutions", "_exercise"))
    )
    for key in tasks(lesson):
        assert copy.count(f'check(\\"{key}\\"') == solution.count(f'check(\\"{key}\\"') == 1
        assert copy.count(f'task(\\"{key}\\")') == 1


# ---- answers


@pytest.mark.parametrize("town", TOWNS)
def test_the_kits_own_answer_passes_every_task_for_any_town(town, capsys):
    place = material.practice_place(course.start(town).place)
    for key in KEYS:
        answer = task(key).expected(place)
        assert told(key, answer, capsys) == f"○ {key} 合格\n"


@pytest.mark.parametrize("blank", [..., None])
@pytest.mark.parametrize("key", KEYS)
def test_a_blank_is_unanswered_and_the_lesson_goes_on_with_the_kits_value(key, blank, hachioji, capsys):
    value = course.check(key, blank)
    assert capsys.readouterr().out.startswith(f"－ {key} 未回答：")
    assert task(key).answer.kind.same(value, task(key).expected(hachioji))
    assert record.states(key[:2])[key].state == "未回答"


def sites(place: Place) -> pd.DataFrame:
    return material.sites(place)


def points(place: Place, lon: str = "経度", lat: str = "緯度", crs: Any = "EPSG:6668") -> gpd.GeoDataFrame:
    table = sites(place)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table[lon], table[lat]), crs=crs)


def office(place: Place) -> Any:
    return material.office(place).to_crs(place.utm_epsg).geometry.iloc[0]


def staff(place: Place) -> pd.DataFrame:
    return material.staff_list(place)


def near(place: Place) -> gpd.GeoDataFrame:
    return points(place).assign(距離=lesson02._distances(place))


def suitable(place: Place) -> gpd.GeoDataFrame:
    table = near(place)
    return table[table[material.hazard_column(place)] == "1"]


def care_in_history(place: Place) -> gpd.GeoDataFrame:
    care, history = material.care_facilities(place), material.flooded_before()
    return care.set_crs(history.crs, allow_override=True).sjoin(history, predicate="within")


def readme(place: Place, *, without: str = "", instead: str = "") -> str:
    return task("03-3").expected(place).replace(without, instead) if without else ""


WRONG: list[tuple[str, Callable[[Place], Any], str]] = [
    ("01-1", lambda place: str(len(sites(place))), "文字なので"),
    ("01-1", lambda place: len, "命令の名前だけ"),
    ("01-1", sites, "表そのもの"),
    ("01-1", lambda place: sites(place).shape, "2つの値の並び"),
    ("01-1", lambda place: sites(place).count(), "数の並び"),
    ("01-1", lambda place: len(sites(place).columns), "列の数"),
    ("01-1", lambda place: sites(place).size, "マスの数"),
    ("01-1", lambda place: len(sites(place)) - 1, "0から始まる"),
    ("01-1", lambda place: len(sites(place)) + 1, "見出しの行"),
    ("01-1", lambda place: len(datasets.shelters(place, "指定避難所")), "指定避難所の数"),
    ("01-1", lambda place: len(sites(place)) + 40, "教材の答えより多い"),
    ("01-1", lambda place: len(sites(place)) / 2, "小数"),
    ("01-1", lambda place: sites(place)["名称"], "1つの列（文字の並び）なので、`len( )` で囲んで"),
    ("01-1", lambda place: len("sites"), "引用符を取ってください"),
    ("01-1", lambda place: len(sites(place)) + 1, "数えていないか見直して"),
    ("01-1", lambda place: 3, "見えているのは最初の3行だけ"),
    ("01-1", lambda place: "百三十三", "数えるところを書いて"),
    ("01-1", lambda place: [len(sites(place))], "`[ ]` かコンマで数字が並びになって"),
    ("01-1", lambda place: object(), "数字ではないので、数字を1つ"),
    ("01-2", lambda place: (sites(place)["災害種別_洪水"] == 1).sum(), "文字なので"),
    ("01-2", lambda place: sites(place)["災害種別_洪水"] == "1", "True と False"),
    ("01-2", lambda place: True, "True か False"),
    ("01-2", lambda place: len(sites(place)["災害種別_洪水"]), "全部の行の数"),
    ("01-2", lambda place: (sites(place)["災害種別_洪水"] != "1").sum(), "「いない」"),
    ("01-2", lambda place: (sites(place)["災害種別_地震"] == "1").sum(), "「災害種別_地震」の数"),
    ("01-2", lambda place: sites(place)[sites(place)["災害種別_洪水"] == "1"], "表そのもの"),
    ("01-2", material.hazard_column, '`(sites[column] == "1").sum()` の形で'),
    ("01-2", lambda place: sites(place)["災害種別_洪水"].fillna("").sum(), "数字ではなく文字なので"),
    ("01-2", lambda place: sites(place)["災害種別_洪水"], "答えが列そのもの"),
    ("01-2", lambda place: 0, "0になるのは `== 1` と比べたとき"),
    ("01-2", lambda place: len("災害種別_洪水"), "列の名前の文字の数と同じ"),
    ("01-3", lambda place: material.handover(place)["所在地"], "まだ全角"),
    ("01-3", lambda place: material.handover(place)["所在地"].str.strip(), "全角の数字が残って"),
    ("01-3", lambda place: material.handover(place)["所在地"].str.normalize("NFC"), "NFKC"),
    ("01-3", lambda place: material.handover(place)["施設名"].str.normalize("NFKC"), "「施設名」の列"),
    ("01-3", material.handover, "表そのもの"),
    ("01-3", lambda place: material.handover(place)["所在地"].str.normalize("NFKC")[0], "1つの文字"),
    ("01-3", lambda place: material.handover(place)["所在地"].str.normalize("NFKC").head(5), "並びの数が5"),
    ("01-3", lambda place: material.handover(place)["所在地"].str.normalize, "命令の名前だけ"),
    ("01-3", lambda place: material.handover(place)["所在地"].str.normalize("NFKC").head(), "`.head()` などを取って"),
    ("01-3", lambda place: material.handover(place)["所在地"].head(), "`.head()` などを取って"),
    ("01-3", lambda place: "所在地", '`city["所在地"]` のように取り出して'),
    ("01-4", lambda place: material.with_faults(place).dropna(subset=["緯度"]), "経度が空の行が2行残って"),
    ("01-4", lambda place: material.with_faults(place).dropna(subset=["経度"]), "緯度が空の行が3行残って"),
    ("01-4", material.with_faults, "1行も取り分けられていない"),
    ("01-4", lambda place: material.with_faults(place).query("緯度.isna() or 経度.isna()"), "出せない行のほう"),
    ("01-4", lambda place: material.with_faults(place).iloc[:0], "1行も残っていない"),
    ("01-4", lambda place: material.with_faults(place)["緯度"].notna(), "1つの列"),
    ("01-4", lambda place: len(material.with_faults(place).dropna()), "答えが数字"),
    ("01-4", lambda place: material.with_faults(place).dropna()[["名称"]], "列がなくなって"),
    ("01-4", lambda place: material.with_faults(place).query("緯度 != ''"), '`!= ""` では見つからない空のマス'),
    ("01-4", lambda place: material.with_faults(place).dropna(how="all"), "`notna()` で調べ"),
    ("01-4", lambda place: material.with_faults(place).notna(), "マスごとの True と False"),
    ("01-4", lambda place: material.with_faults(place).drop(columns="備考"), "列はそのままで、行だけを選んで"),
    (
        "01-4",
        lambda place: material.with_faults(place).query("備考 != ''"),
        "それは出せない行のほうなので、空でないものを",
    ),
    ("01-4", lambda place: material.with_faults(place).dropna(subset=["緯度"]), "`subset` に加えて"),
    ("01-4", lambda place: material.with_faults(place)["緯度"], "列はそのままで、行だけを選んだ表"),
    ("02-1", lambda place: points(place, crs=None), "名札がない"),
    ("02-1", lambda place: points(place, "緯度", "経度"), "緯度と経度が逆"),
    ("02-1", lambda place: points(place, crs=4326), "世界の測り方"),
    ("02-1", lambda place: points(place, crs=place.utm_epsg), "数字は緯度と経度"),
    ("02-1", sites, "ふつうの表のまま"),
    ("02-1", lambda place: points(place).geometry, "点の列だけ"),
    ("02-1", lambda place: gpd.GeoDataFrame(sites(place)), "点の列（geometry）がない"),
    ("02-1", lambda place: points(place).head(3), "点の数が3"),
    ("02-1", lambda place: points(place).geometry.values, "答えが点だけで、表と組になっていない"),
    ("02-1", lambda place: points(place)[["geometry"]], "もとの表の列をすべて残して"),
    ("02-1", lambda place: gpd.GeoDataFrame(sites(place)), 'gpd.points_from_xy(sites["経度"], sites["緯度"])'),
    ("02-1", lambda place: points(place, "緯度", "経度"), 'gpd.points_from_xy(sites["経度"], sites["緯度"])'),
    ("02-1", lambda place: "EPSG:6668", "点の表ではないので（いまは文字です）"),
    ("02-2", points, "度）のまま"),
    ("02-2", lambda place: points(place).set_crs(place.utm_epsg, allow_override=True), "名札だけが替わり"),
    ("02-2", lambda place: points(place).to_crs(3857), "実際より伸びる"),
    ("02-2", lambda place: points(place).to_crs(6688), "このまちの番号ではない"),
    ("02-2", lambda place: points(place).to_crs(place.utm_epsg).geometry, "点の列だけ"),
    ("02-2", lambda place: place.utm_epsg, "いまは数字です）、`points.to_crs(utm)` のように"),
    ("02-2", lambda place: "メートル", "いまは文字です）、`points.to_crs(utm)` のように"),
    ("02-2", lambda place: points(place).geometry.to_crs(place.utm_epsg), "`points.to_crs(utm)` のように、表を丸ごと"),
    (
        "02-3",
        lambda place: points(place).geometry.apply(material.office(place).geometry.iloc[0].distance),
        "度で測った",
    ),
    ("02-3", lambda place: lesson02._distances(place) / 1000, "キロメートル"),
    ("02-3", lambda place: points(place).geometry.apply(office(place).distance), "度とメートルがまざった"),
    (
        "02-3",
        lambda place: material.metres(place).distance(material.metres(place).geometry.iloc[0]),
        "1番目の場所からの距離",
    ),
    ("02-3", lambda place: lesson02._distances(place).head(3), "距離の数が3"),
    ("02-3", lambda place: lesson02._distances(place).iloc[0], "距離の並びではない"),
    ("02-3", material.metres, "表そのもの"),
    ("02-3", lambda place: material.metres(place).distance, "命令の名前だけ"),
    ("02-3", lambda place: lesson02._distances(place).sort_values(), "並べかえずに、もとの順のまま"),
    ("02-4", lambda place: near(place).sort_values("距離")["名称"].head(3), "使えない場所も入って"),
    ("02-4", lambda place: suitable(place).sort_values("距離", ascending=False)["名称"].head(3), "遠い順"),
    ("02-4", lambda place: suitable(place)["名称"].head(3), "一覧の順のまま"),
    ("02-4", lambda place: suitable(place).sort_values("距離")["名称"].head(), "`.head(3)`"),
    ("02-4", lambda place: suitable(place).sort_values("距離").head(3), "表そのもの"),
    ("02-4", lambda place: suitable(place).sort_values("距離")["名称"].iloc[0], "1つの文字"),
    ("02-4", lambda place: near(place)[near(place)["災害種別_洪水"] == 1]["名称"].head(3), "1つも選ばれていない"),
    ("02-4", lambda place: near(place)[near(place)["災害種別_洪水"] == 1], '`points[column] == "1"` のように'),
    ("02-4", lambda place: suitable(place).sort_values("距離")["距離"].head(3), "「名称」の列を選んで"),
    ("02-5", lambda place: len(care_in_history(place)), "測り方が違うときの答え"),
    ("02-5", lambda place: len(material.care_facilities(place)), "施設の全部の数"),
    ("02-5", lambda place: len(material.flooded_before()), "区域の数"),
    (
        "02-5",
        lambda place: len(material.care_facilities(place)) - task("02-5").expected(place),
        "「外」の施設の数",
    ),
    ("02-5", care_in_history, "表そのもの"),
    ("02-5", lambda place: 0, "`care.to_crs(history.crs)` でそろえてから重ねて"),
    ("03-1", lambda place: datasets.credits("shelters"), "並び（リスト）"),
    ("03-1", lambda place: datasets.credits("boundaries")[0], "別のデータの出典"),
    ("03-1", lambda place: datasets.credits("shelters")[0].replace("：", ":"), "手で写さずに"),
    ("03-1", lambda place: "国土地理院", "途中で切れて"),
    ("03-1", lambda place: "出典：国土地理院ウェブサイト", "「加工して作成」がない"),
    ("03-1", lambda place: datasets.credits, "命令の名前だけ"),
    ("03-1", lambda place: datasets.credits("shelters")[0] + "\n", "よけいな空白"),
    ("03-1", lambda place: "shelters", "「shelters」はデータの名前なので"),
    ("03-1", lambda place: str(datasets.credits("shelters")), '`datasets.credits("shelters")[0]` として'),
    ("03-1", lambda place: datasets.credits("shelters")[0].replace(" ", "\u3000"), "手で写さずに"),
    ("03-1", lambda place: datasets.credits("shelters")[0].replace("国土", "国"), "手で書かずに"),
    ("03-1", lambda place: datasets.credits(), 'かっこの中に `"shelters"` を書いて'),
    ("03-2", staff, "どちらも残って"),
    ("03-2", lambda place: staff(place).assign(担当者名="", 担当者の携帯=""), "列ごと落として"),
    ("03-2", lambda place: staff(place).drop(columns="担当者の携帯"), "職員の名前の列も"),
    ("03-2", lambda place: staff(place).drop(columns="担当者名"), "個人の電話の列も"),
    ("03-2", lambda place: staff(place)[["名称", "所在地_連結表記", "緯度", "経度"]], "施設のもので"),
    ("03-2", lambda place: staff(place).drop(columns=material_private()).head(2), "行の数が2"),
    ("03-2", lambda place: staff(place)[material_private()], "それは落とす列のほう"),
    ("03-2", lambda place: staff(place)["担当者名"], "列を落とした、残りの表を"),
    ("03-2", lambda place: material_private(), "いまは値の並びです）、列を落とした、残りの表を"),
    ("03-3", lambda place: readme(place, without=place.name, instead="わがまち"), "まちの名前「八王子市」"),
    ("03-3", lambda place: readme(place, without=datasets.credits("shelters")[0]), "出典がない"),
    ("03-3", lambda place: readme(place, without="CC BY 4.0", instead="自由"), "使ってよい条件がない"),
    ("03-3", lambda place: readme(place, without="公式のハザードマップ", instead="地図"), "という言葉がない"),
    ("03-3", lambda place: readme(place, without="で確かめてください", instead=""), "どうするのかがない"),
    ("03-3", lambda place: "# {place.name}のハザードマップ\n{credit}", "`f`"),
    ("03-3", lambda place: "", "まだ何も書かれていない"),
    ("03-3", lambda place: ["# 八王子市"], "並び（リスト）"),
    ("10-1", lambda place: crossed(place).aside, "表そのもの"),
    ("10-1", lambda place: len(crossed(place).table), "使った行の数"),
    ("10-1", lambda place: crossed(place).reading.rows_in, "読んだ行の全部"),
    ("10-1", lambda place: len(crossed(place).reading.aside), "読み取りのときに"),
    ("10-1", lambda place: len(crossed(place).checks), "要確認の数"),
    ("10-1", lambda place: crossed(place).aside.size, "マスの数"),
    ("10-1", lambda place: crossed(place).aside.shape, "2つの値の並び"),
    ("10-1", lambda place: crossed(place), "うしろに `.aside` を付け、その行を `len( )` で数えて"),
    ("10-2", lambda place: crossed(place), "うしろに `.mapping.matches` を付け"),
    ("10-2", lambda place: crossed(place).mapping, "答えが対応の全部なので"),
    ("10-2", lambda place: [one.confidence for one in doubtful(place)], "`match.confidence` を `match.target` に"),
    ("10-2", lambda place: len(doubtful(place)), "数えずに、標準の列の名前を並べて"),
    ("10-2", lambda place: "、".join(one.target for one in doubtful(place)), "1つの文字につながっている"),
    ("10-2", lambda place: ["ID", "めいしょう"], "「めいしょう」は答えに入らない"),
    ("10-2", lambda place: [doubtful(place)[0].target], "並びの数が1で"),
    ("10-2", lambda place: named(place, lambda match: match.confidence >= 0.9), "確からしいほう"),
    ("10-2", lambda place: named(place, lambda match: True), "全部入って"),
    ("10-2", lambda place: [one.source for one in doubtful(place)], "「もとの列」の名前"),
    ("10-2", lambda place: doubtful(place), "対応そのもの"),
    ("10-2", lambda place: list(crossed(place).mapping.unmapped), "残った列"),
    ("10-2", lambda place: doubtful(place)[0].target, "1つの文字"),
    ("10-3", lambda place: crossed(place), "うしろに `.changes` を付け"),
    ("10-3", lambda place: crossed(place).changes["列"] == "緯度", "条件（行ごとの True と False）だけ"),
    ("10-3", lambda place: changed(place, rule="国の一覧から補う", column="経度"), '`"経度"` を `"緯度"` に'),
    ("10-3", lambda place: changed(place, rule="国の一覧から補う"), "経度の行も"),
    ("10-3", lambda place: changed(place, column="緯度"), "入れ替わりを直した行も"),
    ("10-3", lambda place: either(place), "どちらか片方"),
    ("10-3", lambda place: changed(place, rule="国の一覧で補う"), "1行も選ばれていない"),
    ("10-3", lambda place: len(task("10-3").expected(place)), "答えが数字"),
    ("10-3", lambda place: task("10-3").expected(place)["後"], "1つの列"),
    ("10-3", lambda place: crossed(place).table.head(3), "できた一覧の行"),
    ("10-3", lambda place: crossed(place).table[["緯度"]], "できた一覧の行"),
    ("10-3", lambda place: crossed(place).table["緯度"], "変えたところの表 `done.changes` から"),
    ("10-4", lambda place: [one.text for one in crossed(place).differences], "1つも入っていない"),
    ("10-4", lambda place: list(lesson10.again(place).differences), "ちがいそのもの"),
    ("10-4", lambda place: [one.kind for one in lesson10.again(place).differences], "ちがいの種類"),
    ("10-4", lambda place: [one.column for one in lesson10.again(place).differences], "列の名前だけ"),
    ("10-4", lesson10.again, "うしろに `.differences` を付け"),
    ("10-4", lambda place: lesson10.again(place).checks, "要確認の表なので、`.checks` ではなく"),
    ("10-4", lambda place: lesson10.again(place).table, "`.differences` の1つずつから"),
    ("10-4", lambda place: len(lesson10.again(place).differences), "数えずに、変わったところの文を並べて"),
    ("10-4", lambda place: lesson10.again(place).differences[0].text, "1つの文字"),
    ("10-4", lambda place: [lesson10.again(place).differences[0].text], "並びの数が1"),
    ("03-3", lambda place: readme(place, without="# ", instead="").splitlines(), '`"""` と `"""` で囲んで、1つの文に'),
    (
        "03-3",
        lambda place: readme(place, without="CC BY 4.0", instead="ＣＣ ＢＹ ４．０"),
        "半角で、空白も入れて `CC BY 4.0`",
    ),
    ("03-3", lambda place: readme(place, without="CC BY 4.0", instead="CCBY4.0"), "半角で、空白も入れて `CC BY 4.0`"),
    ("03-3", lambda place: readme(place, without="で確かめて", instead="は確かめなくてよい"), "どうするのかがない"),
]


@cache
def crossed(place: Place) -> bridge.Bridged:
    return bridge.convert(material.MATERIAL["10-1"](place), place=place)


def doubtful(place: Place) -> list[bridge.Match]:
    return [match for match in crossed(place).mapping.matches if match.confidence < 0.9]


def named(place: Place, chosen: Callable[[bridge.Match], bool]) -> list[str]:
    return [match.target for match in crossed(place).mapping.matches if chosen(match)]


def either(place: Place) -> pd.DataFrame:
    changes = crossed(place).changes
    return changes[changes["規則"].str.contains("国の一覧から補う") | (changes["列"] == "緯度")]


def changed(place: Place, rule: str = "", column: str = "") -> pd.DataFrame:
    """The changed cells whose rule or whose column holds a word."""
    changes = crossed(place).changes
    return changes[changes["規則"].str.contains(rule) & changes["列"].str.contains(column)]


def material_private() -> list[str]:
    return ["担当者名", "担当者の携帯"]


@pytest.mark.parametrize(("key", "answer", "named"), WRONG, ids=[f"{key}-{named}" for key, _, named in WRONG])
def test_what_is_wrong_with_an_answer_is_told_in_one_sentence(key, answer, named, hachioji, capsys):
    value = course.check(key, answer(hachioji))
    line, help_ = capsys.readouterr().out.splitlines()
    sentence = line.removeprefix(f"△ {key} やり直し：")
    assert named in sentence
    assert sentence.endswith("ください。")
    assert sentence.count("。") == 1
    assert f'hint("{key}")' in help_
    assert record.states(key[:2])[key].state == "やり直し"
    assert task(key).answer.kind.same(value, task(key).expected(hachioji))


@pytest.mark.parametrize("key", KEYS)
def test_at_least_three_wrong_answers_of_a_task_are_told_apart(key):
    assert len({named for one, _, named in WRONG if one == key}) >= 3


def test_other_roads_to_the_right_answer_pass(hachioji, capsys):
    others = {
        "01-1": sites(hachioji).shape[0],
        "01-3": material.handover(hachioji)["所在地"].str.normalize("NFKC").tolist(),
        "01-4": material.with_faults(hachioji).dropna(subset=["緯度", "経度"]).reset_index(drop=True),
        "02-3": lesson02._distances(hachioji).round().tolist(),
        "02-2": points(hachioji).assign(役所からの距離_m=0).to_crs(hachioji.utm_epsg),
        "02-4": tuple(task("02-4").expected(hachioji)),
        "03-3": f"八王子市の地図。{datasets.credits('shelters')[0]}、CC-BY-4.0。市の公式のハザードマップも見てください",
    }
    for key, answer in others.items():
        assert told(key, answer, capsys) == f"○ {key} 合格\n"


def test_the_names_asked_for_in_10_2_may_stand_in_any_order(hachioji, capsys):
    names = task("10-2").expected(hachioji)
    for answer in (names[::-1], set(names), pd.Series(names)):
        assert told("10-2", answer, capsys) == "○ 10-2 合格\n"


@pytest.mark.parametrize("key", KEYS)
def test_what_a_hint_gives_to_copy_holds_no_blank(key):
    copied = [code for hint in task(key).hints for code in re.findall("`([^`]+)`", hint)]
    assert [code for code in copied if re.search(r"=\s*\.\.\.", code)] == []


@pytest.mark.parametrize(
    "last",
    [
        "市の公式ハザードマップで確かめてください",
        "公式のハザードマップを確かめないと危険です",
        "公式のハザードマップを必ず確認しましょう",
    ],
)
def test_a_readme_may_tell_in_its_own_words_to_look_at_the_official_map(last, hachioji, capsys):
    text = f"八王子市の地図。{datasets.credits('shelters')[0]}、CC BY 4.0。{last}。"
    assert told("03-3", text, capsys) == "○ 03-3 合格\n"


@pytest.mark.parametrize(
    "last",
    [
        "公式のハザードマップを確かめなくてよい",
        "公式のハザードマップは確認しなくていい",
        "公式のハザードマップの確認は不要",
        "公式のハザードマップを確かめる必要はない",
        "公式のハザードマップがある",
    ],
)
def test_a_readme_that_tells_not_to_look_at_the_official_map_is_sent_back(last, hachioji, capsys):
    text = f"八王子市の地図。{datasets.credits('shelters')[0]}、CC BY 4.0。{last}"
    assert "どうするのかがない" in told("03-3", text, capsys)


@pytest.mark.parametrize("away", [-40, -2, 2, 40])
def test_a_wrong_number_is_not_told_how_far_it_is_from_the_answer(away, hachioji, capsys):
    line = told("01-1", len(sites(hachioji)) + away, capsys).splitlines()[0].removeprefix("△ 01-1")
    assert str(abs(away)) not in line


# ---- answers as they are written in a cell


@pytest.fixture
def cells(
    hachioji: Place, capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Run a cell in a notebook's own shell; return what it prints."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()

    def run(text: str) -> str:
        capsys.readouterr()
        shell.run_cell(text, store_history=False)
        return capsys.readouterr().out

    run("from machimap import datasets\nfrom machimap.course import check, hint, material, start, task")
    run('column, utm = "災害種別_洪水", 6691')
    run.names = shell.user_ns
    return run


GIVEN = {
    "01-1": ("count", 'sites = material("01-1")'),
    "01-2": ("designated", 'sites = material("01-1")'),
    "01-3": ("tidy", 'city = material("01-3")'),
    "01-4": ("kept", 'broken = material("01-4")'),
    "02-1": ("points", 'sites = material("02-1")'),
    "02-2": ("metres", 'points = material("02-2")'),
    "02-5": ("inside", 'care = material("02-5")'),
    "03-1": ("credit", ""),
    "03-2": ("public", 'office_list = material("03-2")'),
}


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("01-1", "kazu = len(sites)"),
        ("01-1", ""),
        ("01-1", "count == 133"),
        ("01-1", "len(sites)"),
        ("01-2", '(sites[column] == "1").sum()'),
        ("01-3", 'city["所在地"].str.normalize("NFKC")'),
        ("01-4", 'broken.dropna(subset=["緯度", "経度"])'),
        ("02-1", "kazu = sites"),
        ("02-2", "points.to_crs(utm)"),
        ("02-5", "len(care)"),
        ("03-1", 'datasets.credits("shelters")[0]'),
        ("03-2", 'office_list.drop(columns=["担当者名", "担当者の携帯"])'),
    ],
)
def test_the_kits_own_value_handed_back_is_no_answer(key, line, cells):
    name, table = GIVEN[key]
    cells(table)
    asks = f'{name} = check("{key}", {name})'
    assert cells(f"{name} = ...\n{asks}").startswith(f"－ {key} 未回答：`...` を")
    for _ in range(2):
        assert cells(f"{line}\n{asks}").startswith(f"－ {key} 未回答：このセルに `{name} = ` で始まる行がない")
    assert record.states(key[:2])[key].state == "未回答"


@pytest.mark.parametrize(
    "cell",
    [
        'count = len(sites)\ncount = check("01-1", count)',
        'if True:\n    count = len(sites)\ncount = check("01-1", count)',
        'check("01-1", len(sites))',
        'check("01-1", count := len(sites))',
        'count: int = len(sites)\nfrom machimap import course\ncourse.check("01-1", count)',
    ],
)
def test_an_answer_equal_to_the_kits_value_passes_where_the_cell_gives_it(cell, cells):
    cells('sites = material("01-1")')
    cells('count = ...\ncount = check("01-1", count)')
    assert cells(cell).startswith("○ 01-1 合格\n")


def test_an_answer_of_another_cell_passes_and_again_when_the_check_is_run_again(cells):
    cells('sites = material("01-1")\ncount = len(sites)')
    for _ in range(2):
        assert cells('count = check("01-1", count)') == "○ 01-1 合格\n"


@pytest.mark.parametrize("key", KEYS)
def test_the_last_hint_pasted_whole_is_the_answer_and_gives_its_name(key, cells, hachioji):
    for _, table in GIVEN.values():
        cells(table)
    cells("from machimap.course import practice\nimport geopandas as gpd\nplace = practice()\nutm = place.utm_epsg")
    cells('points = material("02-4")\nmetres = points.to_crs(utm)')
    cells('office_m = material("02-3").to_crs(utm).geometry.iloc[0]\ndistance = metres.distance(office_m)')
    cells("from machimap.course.tasks.material import flooded_before\nhistory = flooded_before()")
    cells('points["役所からの距離_m"] = distance\ncredit = datasets.credits("shelters")[0]')
    cells('from machimap import bridge\ndone = bridge.convert(material("10-1"), name="練習の表.xlsx", place=place)')
    cells('next_year = material("10-4")\nrecipe = done.recipe')
    code = task(key).hints[-1].split("`")[-2]
    name = ast.parse(code).body[-1].targets[0].id
    assert cells(f'{code}\n{name} = check("{key}", {name})') == f"○ {key} 合格\n"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("count = print(len(sites))", "`print( )` を外してください。"),
        ("count = sites.sort_index(inplace=True)", "`inplace=True` を外してください。"),
    ],
)
def test_a_command_that_hands_nothing_back_is_named(line, named, cells):
    cells('sites = material("01-1")')
    first = cells(f'{line}\ncount = check("01-1", count)').splitlines()[-2]
    assert first.startswith("△ 01-1 やり直し：")
    assert first.endswith(named)


@pytest.mark.parametrize(
    ("key", "damage", "right"),
    [
        ("01-1", "sites = sites.head(3)", "len(sites)"),
        ("01-2", 'designated = sites[column] = "1"', '(sites[column] == "1").sum()'),
        ("01-3", 'city["所在地"] = "八王子市"', 'city["所在地"].str.normalize("NFKC")'),
        ("01-4", 'broken = broken.drop(columns="備考")', 'broken.dropna(subset=["緯度", "経度"])'),
        ("01-4", 'broken.dropna(subset=["緯度"], inplace=True)', 'broken.dropna(subset=["名称"], inplace=True)'),
        ("02-2", "points = points.to_crs(3857)", 'points.drop(columns="geometry")'),
        ("02-2", 'del points["名称"]', "points.to_crs(utm)"),
        ("03-2", 'del office_list["担当者名"]', 'office_list.drop(columns=["担当者の携帯", "名称"])'),
    ],
)
def test_a_damaged_table_is_named_with_the_cell_that_makes_it(key, damage, right, cells):
    name, _ = GIVEN[key]
    asked = task(key)
    table = asked.table.partition(" = ")[0]
    cells(f'{table} = material("{key}")')
    cells(damage)
    assert f"表 `{table}` の中身が変わっているので、表をつくるセル（`{asked.table}`）をもう一度動かしてから" in cells(
        f'{name} = {right}\n{name} = check("{key}", {name})'
    )


def test_a_damaged_table_is_named_also_where_nothing_is_answered(cells):
    cells('broken = material("01-4")')
    cells('kept = ...\nkept = check("01-4", kept)')
    said = cells('broken.dropna(subset=["緯度", "経度"], inplace=True)\nkept = check("01-4", kept)')
    assert said.startswith("－ 01-4 未回答：表 `broken` の中身が変わっているので")
    cells('broken = material("01-4")')
    assert cells('kept = broken.dropna(subset=["緯度", "経度"])\nkept = check("01-4", kept)') == "○ 01-4 合格\n"


@pytest.mark.parametrize(
    "cell",
    [
        'broken["ある"] = broken["緯度"].notna()\nkept = broken.head(3)',
        'kept = broken[broken["緯度"].notna()]',
    ],
)
def test_a_table_with_a_column_more_is_not_called_damaged(cell, cells):
    cells('broken = material("01-4")')
    said = cells(f'{cell}\nkept = check("01-4", kept)')
    assert said.startswith("△ 01-4 やり直し：")
    assert "中身が変わっている" not in said


def test_a_damaged_table_is_known_before_a_check_is_reached(cells):
    cells('office_list = material("03-2")')
    assert checking.changed_table(cells.names) == ""
    cells('del office_list["担当者名"]')
    assert 'office_list = material("03-2")' in checking.changed_table(cells.names)


def test_every_table_named_is_made_by_that_line_of_the_exercise():
    for lesson in LESSONS:
        master = next((store.kit_root() / "lessons").glob(f"{lesson}_*/exercise.py")).read_text(encoding="utf-8")
        assert [one.table for one in tasks(lesson).values() if one.table not in [*master.splitlines(), ""]] == []


def test_points_laid_over_areas_of_another_crs_are_told_of(cells):
    cells('care = material("02-5")\nfrom machimap.course.tasks.material import flooded_before')
    assert "でそろえてから重ねて" in cells('inside = len(care.sjoin(flooded_before()))\ncheck("02-5", inside)')


def test_usable_sites_are_not_called_unusable_where_the_nearest_all_are_usable(capsys):
    place = course.start("札幌市").place
    five = suitable(place).sort_values("距離")["名称"].head()
    assert five.tolist() == near(place).sort_values("距離")["名称"].head().tolist()
    assert "`.head(3)` で3つに" in told("02-4", five, capsys)


class Breaks:
    """An answer on which every comparison fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("key", KEYS)
def test_an_answer_that_breaks_the_check_is_told_and_the_lesson_goes_on(key, hachioji, capsys):
    course.check(key, Breaks())
    out = capsys.readouterr().out
    assert out.startswith(f"△ {key} やり直し：")
    assert "ください。" in out


def test_an_answer_for_the_town_chosen_before_is_recognised(capsys):
    before = course.start("八王子市").place
    answer = len(sites(before))
    course.start("札幌市")
    assert "これは八王子市の答えなので、まちを札幌市に変えたあとは" in told("01-1", answer, capsys)


def test_a_task_that_does_not_exist_names_those_that_do(hachioji, assert_one_sentence):
    for call in (course.check, course.hint, course.sample, course.task, course.material):
        with pytest.raises(course.UnknownTask, match="01-1、01-2") as caught:
            call("09-9")
        assert_one_sentence(caught.value)


def test_a_short_list_is_practised_with_another_town():
    assert course.start("青森県藤崎町").place.name == "藤崎町"
    assert course.practice().name == "八王子市"
    course.start("焼津市")
    assert course.practice().name == "焼津市"


def test_synthetic_rows_are_the_same_every_time_and_marked(hachioji):
    table = material.with_faults(hachioji)
    assert table.equals(material.with_faults(hachioji))
    wiped = table["緯度"].isna() | table["経度"].isna()
    assert wiped.sum() == 5
    assert table.loc[wiped, "備考"].str.contains("架空データ").all()
    assert (
        staff(hachioji)[["担当者名", "担当者の携帯", "施設の電話番号"]]
        .map(lambda cell: "架空データ" in cell)
        .all(axis=None)
    )


def test_changing_the_kits_value_does_not_change_what_is_expected(hachioji, capsys):
    value = course.check("01-4", ...)
    value["名称"] = ""
    capsys.readouterr()
    assert told("01-4", material.with_faults(hachioji).dropna(subset=["緯度", "経度"]), capsys) == "○ 01-4 合格\n"


def test_the_messy_list_is_the_same_every_time_is_marked_and_holds_every_fault(hachioji):
    body = messy.messy_list(hachioji)
    rows = [[str(cell or "") for cell in row] for row in openpyxl.load_workbook(io.BytesIO(body)).active.values]
    messy.messy_list.cache_clear()
    again = [
        [str(cell or "") for cell in row]
        for row in openpyxl.load_workbook(io.BytesIO(messy.messy_list(hachioji))).active.values
    ]
    assert rows == again
    assert messy.MARK in rows[0][0]
    assert all(messy.MARK in row[-1] for row in rows[4:-2])
    done = crossed(hachioji)
    reasons = " ".join(done.aside["理由"])
    assert all(word in reasons for word in ("合計", "注記", "まったく同じ", "名称がない"))
    assert (done.changes["規則"] == "緯度経度を国の一覧から補う").sum() == 2 * messy.LACKING
    assert done.changes["規則"].str.contains("入れ替わって").any()
    assert done.persons == ("鍵の管理者",)


# ---- hints and pictures


@pytest.mark.parametrize("key", KEYS)
def test_hints_come_one_at_a_time_and_the_last_stays(key, hachioji):
    shown = [repr(course.hint(key)) for _ in range(4)]
    assert [line[:7] for line in shown] == ["ヒント 1/3", "ヒント 2/3", "ヒント 3/3", "ヒント 3/3"]
    assert len(set(shown)) == 3
    assert "`" in shown[2]
    assert "<code>" in course.hint(key)._repr_html_()


@pytest.mark.parametrize("town", ["八王子市", "焼津市", "藤崎町"])
@pytest.mark.parametrize("key", KEYS)
def test_the_picture_shows_another_towns_result_and_says_it_in_words(key, town):
    place = course.start(town).place
    example = picture.example(course.practice())
    assert example != place
    drawn = ElementTree.fromstring(picture.svg(task(key), example))
    assert len(list(drawn.iter())) > 2
    words = picture.words(task(key), example)
    assert words.endswith("。")
    assert "{" not in words
    page = course.sample(key)._repr_html_()
    assert f"alt='{words}'" in page.replace("&quot;", '"').replace("&#x27;", "'")
    assert repr(course.sample(key)) == f"できあがりの例：{words}"


def test_the_example_never_is_the_answer(hachioji):
    for key in KEYS:
        expected = task(key).expected(hachioji)
        if isinstance(expected, (int, str)) and key != "03-3":
            town = picture.example(hachioji)
            assert str(expected) not in picture.words(task(key), town)
            assert str(expected) not in re.sub("<[^>]*>", "", picture.svg(task(key), town))


def test_the_example_names_one_town_only():
    course.start("珠洲市")
    page = course.sample("02-5")._repr_html_()
    assert "焼津市" in page
    assert "八王子市" not in page


def test_the_last_hint_says_that_it_is_the_last(hachioji):
    assert [("最後" in repr(course.hint("01-1"))) for _ in range(4)] == [False, False, True, True]


def test_the_hint_named_after_a_failed_check_can_be_called_in_every_exercise():
    for path in sorted((store.kit_root() / "exercises").glob("*.ipynb")):
        if path.name[:2] in LESSONS:
            assert re.search(r"from machimap.course import [^\n]*\bhint\b", path.read_text(encoding="utf-8"))


def test_the_panel_shows_the_picture_and_then_one_hint_more_at_each_press(hachioji):
    panel = course.task("02-4")
    assert panel.shown.value == ""
    panel.example.click()
    assert "<img" in panel.shown.value
    panel.hint.click()
    assert "ヒント 1/3" in panel.shown.value
    panel.hint.click()
    assert "ヒント 2/3" in panel.shown.value
    assert record.states("02")["02-4"].hints == 2


# ---- progress


def test_progress_is_kept_by_lesson_and_a_pass_stays(hachioji, capsys):
    course.check("01-1", len(sites(hachioji)))
    course.check("01-1", 3)
    course.check("02-5", 0)
    now = course.progress()
    assert (now.done, now.all) == (1, len(OF_THE_HOUR))
    assert "01 ■□□□ 1 / 4 問" in repr(now)
    assert "<progress max='4' value='1'" in now._repr_html_()
    kept = record.states("01")["01-1"]
    assert (kept.state, kept.tries) == ("合格", 2)


def test_a_lesson_done_alone_counts_once_it_is_begun(hachioji, capsys):
    assert "10 " not in repr(course.progress())
    course.check("10-1", len(crossed(hachioji).aside))
    now = course.progress()
    assert (now.done, now.all) == (1, len(KEYS))
    assert "10 ■□□□ 1 / 4 問" in repr(now)


def test_progress_survives_another_kernel(hachioji, tmp_path, capsys):
    course.check("01-1", len(sites(hachioji)))
    code = "from machimap import course; print(course.progress().done)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize(
    "body", ["", '{"01-1": {"state": "合', "[]", '{"01-1": 3}', '{"01-1": {"state": "満点"}}', "\x00"]
)
def test_a_half_written_note_counts_as_nothing_and_the_next_check_mends_it(body, hachioji, capsys):
    path = record.folder() / "01.json"
    path.parent.mkdir(parents=True)
    path.write_text(body, encoding="utf-8")
    assert course.progress().done == 0
    course.check("01-1", len(sites(hachioji)))
    assert course.progress().done == 1
    assert json.loads(path.read_text(encoding="utf-8"))["01-1"]["state"] == "合格"


def test_work_deleted_midway_loses_the_notes_only(hachioji, tmp_path, capsys):
    import shutil

    course.check("01-1", len(sites(hachioji)))
    capsys.readouterr()
    shutil.rmtree(tmp_path / "work")
    said, passed = told("01-2", task("01-2").expected(hachioji), capsys).splitlines()
    assert "なくなっていたので、作り直しました" in said
    assert passed == "○ 01-2 合格"
    assert course.progress().done == 1


def test_a_place_where_nothing_can_be_written_does_not_stop_the_lesson(hachioji, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("これはフォルダではない", encoding="utf-8")
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "file" / "work"))
    assert told("01-1", len(sites(hachioji)), capsys) == "○ 01-1 合格\n"


def test_two_notebooks_that_write_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from machimap.course import record\n"
        "for number in range(20): record.note(f'01-{sys.argv[1]}{number:02d}', state='合格')"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(one)], env=os.environ) for one in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert len(record.states("01")) == 80


def test_a_lock_left_by_a_dead_kernel_is_taken_over(hachioji, capsys, monkeypatch):
    monkeypatch.setattr(record, "_PATIENCE_S", 0.1)
    record.folder().mkdir(parents=True)
    (record.folder() / "01.lock").touch()
    course.check("01-1", len(sites(hachioji)))
    assert course.progress().done == 1
