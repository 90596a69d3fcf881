"""People in columns that are published: told among the first, without crying wolf. Names and tables are 架空データ."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from machimap.bridge import convert, propose, read, target
from machimap.bridge.model import masked
from machimap.bridge.persons import hidden, pieces
from machimap.cli.bridge import summary

SITES = target("指定緊急避難場所一覧")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("鍵は架空さん(090-0000-0000)が持つ", ("＊さん", "000-0000-0000")),
        ("要支援者 架空ハナ様あり", ("＊様",)),
        ("高橋さんのお宅に連絡", ("＊さん",)),
        ("馬場 太郎氏宅", ("＊氏",)),
        ("氏名：架空 太郎", ("氏名:＊",)),
        ("担当：架空 太郎", ("担当:＊",)),
        ("鍵は架空が保管", ("鍵は＊",)),
        ("要介護者宅あり", ("要介護者宅",)),
        ("隣に要介護3あり", ("要介護3",)),
        ("要支援者1名", ("要支援者1名",)),
        ("生年月日 昭和00年0月0日", ("生年月日",)),
        ("昭和00年0月0日生", ("0日生",)),
        ("連絡は０９０ー００００－００００へ", ("000-0000-0000",)),
        ("00000000000", ()),
        ("夜間は042-000-0000", ("000-000-0000",)),
        ("連絡 kakuu@example.jp", ("＊@＊",)),
        ("ヤマノ ハナコ様", ("＊様",)),
    ],
)
def test_what_speaks_of_people_is_found_and_hidden(cell, expected):
    assert pieces(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "架空小学校さん",
        "架空市立架空中学校さんの協力",
        "様式第1号",
        "多様な人が使う",
        "多種多様",
        "同様",
        "上記と同様の扱い",
        "仕様による",
        "市民の皆様へ",
        "利用者様用",
        "お客様用駐車場",
        "地権者様の同意",
        "お子さん連れ",
        "お地蔵様前",
        "弁天様の広場",
        "権現さん",
        "山さんぽ道",
        "氏名は書かない",
        "氏子会館",
        "北条氏館跡",
        "源氏の里",
        "摂氏20度",
        "さくら市氏家",
        "要配慮者利用施設",
        "要配慮者スペースあり",
        "要支援者用の部屋",
        "要介護者受入可",
        "要介護3以上の方",
        "要配慮者20人まで",
        "鍵は施設管理課が保管",
        "鍵は区長が保管",
        "担当：防災課",
        "担当 防災危機管理課",
        "フリーダイヤル 0120-000-000",
        "2024-01-09に指定",
        "収容 0420人",
        "八王子市さん",
        "町会さん",
    ],
)
def test_what_only_looks_like_people_is_not(cell):
    assert pieces(cell) == ()


def test_nothing_of_a_name_leaves_the_building_either():
    assert masked("要支援者 架空ハナ様あり", "備考") == "要支援者 ＊様あり"
    assert hidden("鍵は架空さんが持つ") == "鍵は＊さんが持つ"


HEAD = ["施設名", "住所", "緯度", "経度", "洪水", "備考", "電話番号", "氏名"]
ROWS = [
    ["架空第一小学校", "八王子市本町1-1", "35.656123", "139.338123", "○", "", "042-000-0001", "架空 太郎"],
    ["架空公民館", "八王子市本町2-2", "35.657123", "139.339123", "", "2階を使う", "042-000-0002", ""],
    ["架空体育館", "八王子市西町3-3", "35.658123", "139.337123", "○", "", "042-000-0003", "架空 花子"],
]


def body(*remarks: str) -> bytes:
    stream = io.StringIO()
    rows = [[*row[:5], remark or row[5], *row[6:]] for row, remark in zip(ROWS, remarks or ("", "", ""), strict=True)]
    csv.writer(stream).writerows([HEAD, *rows])
    return stream.getvalue().encode()


def people(bridged) -> list[dict]:
    return bridged.checks[bridged.checks["問題"].str.contains("人のことらしい")].to_dict("records")


def test_people_in_a_published_text_are_asked_about_before_all_but_a_missing_name(tmp_path):
    done = convert(body("鍵は架空さん(090-0000-0000)が持つ", "", "要支援者 山野ハナ様あり"), place="八王子市")
    (line,) = people(done)
    assert done.checks.to_dict("records")[0] == line
    assert (line["行"], line["列"]) == (0, "備考")
    assert "2行あります（2行目、4行目。「＊さん」「000-0000-0000」「＊様」など）" in line["問題"]
    assert "もとの表から人のことを消して、読み直してください" in line["すること"]
    assert "「備考」を（なし）にして、やり直してください" in line["すること"]
    assert done.published_texts == ("備考",)
    assert done.persons == ("氏名",)
    said = summary(done, tmp_path, done.write(tmp_path))
    assert any(line.startswith("　⚠ 公開する列「備考」に、人のことらしい文が2行") for line in said)
    assert "　⚠ 公開する文の列：備考（人のことがないか、公開する前に1行ずつ見る）" in said
    assert "公開する文の列</th><td>備考</td>" in (tmp_path / "報告.html").read_text(encoding="utf-8")
    assert "架空さん" not in "".join(done.checks["問題"])


def test_a_column_of_people_put_into_a_published_column_by_hand_is_as_heavy(tmp_path):
    table = read(body()).table
    mapping = propose(table, SITES)
    remark = next(match for match in mapping.matches if match.target == "備考")
    chosen = replace(remark, source="氏名", by="人", confidence=1.0)
    others = tuple(match for match in mapping.matches if match is not remark)
    done = convert(body(), mapping=replace(mapping, matches=(*others, chosen), unmapped=("備考",)), place="八王子市")
    (line,) = people(done)
    assert done.checks.to_dict("records")[0] == line
    assert "人のことらしい列「氏名」が、公開する列「備考」に入っています" in line["問題"]
    assert "「備考」を（なし）にして" in line["すること"]
    assert any("⚠ 人のことらしい列「氏名」" in line for line in summary(done, tmp_path, done.write(tmp_path)))


def test_many_rows_are_counted_after_the_first_ten():
    stream = io.StringIO()
    rows = [[f"架空第{n}館", f"八王子市本町{n}-1", "", "", "○", f"鍵は架空さん{n}", "", ""] for n in range(1, 15)]
    csv.writer(stream).writerows([HEAD, *rows])
    (line,) = people(convert(stream.getvalue().encode(), place="八王子市"))
    assert "11行目、ほか4行。" in line["問題"]
    assert not re.search(r"12行目", line["問題"])


def test_texts_without_people_are_asked_nothing():
    assert people(convert(body("様式第1号", "架空小学校さん", "要配慮者スペースあり"), place="八王子市")) == []


def test_a_place_may_be_called_like_a_person_and_a_persons_house_says_so():
    stream = io.StringIO()
    rows = [
        [name, "八王子市本町1-1", "", "", "○", "", "", ""]
        for name in ("架空のまるい亀さん", "架空太郎様宅", "弁天さん")
    ]
    csv.writer(stream).writerows([HEAD, *rows])
    (line,) = people(convert(stream.getvalue().encode(), place="八王子市"))
    assert line["列"] == "名称"
    assert "1行あります（3行目。" in line["問題"]
