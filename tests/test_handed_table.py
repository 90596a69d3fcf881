"""The table with which lesson 10 begins: an example or a file of one's own, whose it is, and what is no table."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest
from PIL import Image

from machimap import bridge, course, places
from machimap.course import handed_table
from machimap.course.tasks import messy

HACHIOJI = places.find("八王子市")
TABLE = (
    "避難先,住所,使える災害\n架空第一小学校,架空町1-2-3,洪水、地震\n架空公民館,架空町４－５,地震\n架空体育館,架空町6,洪水\n"
).encode()
FIRST = "例1：八王子市の一時避難場所（渡されたまま）"
NAMED_NONE = "住所に市区町村の名前がない"


@pytest.fixture(autouse=True)
def _a_new_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_table, "_own", {})
    monkeypatch.setattr(handed_table, "_last", {})


def put_in(widget: course.HandedTable, name: str, body: bytes) -> None:
    widget.upload.value = (
        {"name": name, "type": "", "size": len(body), "content": body, "last_modified": datetime.now()},
    )


def test_two_examples_stand_ready_the_handed_list_first():
    handed = course.HandedTable(places.find("焼津市"))
    assert handed.name.startswith("04_")
    assert handed.place == HACHIOJI
    handed.menu.value = handed.menu.options[1]
    assert handed.name == "焼津市_指定緊急避難場所（架空データ）.xlsx"
    assert handed.body == messy.messy_list(places.find("焼津市"))
    assert "行を全部、静岡県焼津市のもの" in handed.message.value


def test_a_file_of_ones_own_in_any_form_takes_the_place_of_the_example():
    book = openpyxl.Workbook()
    for line in TABLE.decode().splitlines():
        book.active.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "うちの表.xlsx", stream.getvalue())
    assert (handed.name, handed.body, handed.place) == ("うちの表.xlsx", stream.getvalue(), HACHIOJI)
    assert handed.menu.value == "自分のファイル：うちの表.xlsx"
    handed.menu.value = handed.menu.options[0]
    assert handed.name.startswith("04_")
    put_in(handed, "222127_hinanjo.csv", TABLE)
    assert handed.place.name == "焼津市"
    assert handed.town.value == "静岡県焼津市"


def listed(*addresses: str) -> bytes:
    """A list with these addresses."""
    return ("名称,住所\n" + "".join(f"架空{n}館,{one}\n" for n, one in enumerate(addresses, start=1))).encode()


def own_list(address: str) -> bytes:
    return listed(*(address.format(number) for number in range(1, 9)))


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("高松市番町{}-2", "香川県高松市"),
        ("静岡県焼津市本町{}丁目", "静岡県焼津市"),
        ("八王子市元本郷町{}", "東京都八王子市"),
        ("広島県府中市府川町{}", "広島県府中市"),
    ],
)
def test_the_addresses_tell_whose_table_it_is(address, town):
    handed = course.HandedTable(places.find("東京都府中市"))
    put_in(handed, "evacuation_space.csv", own_list(address))
    assert handed.place.full_name == town
    assert f"行を全部、{town}のものとして使います（住所が{handed.place.name}なので）" in handed.message.value


@pytest.mark.parametrize(
    ("name", "title", "why"),
    [
        ("222127_hinanjo.csv", "", "ファイルの名前が222127で始まるので"),
        ("焼津市 避難場所.csv", "", "ファイルの名前に「焼津市」とあるので"),
        ("避難場所.csv", "焼津市の避難場所\n\n", "表の題に「焼津市」とあるので"),
    ],
)
def test_names_and_titles_tell_whose_table_it_is_where_addresses_do_not(name, title, why):
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, name, title.encode() + own_list("架空町{}-2"))
    assert handed.place.name == "焼津市"
    assert why in handed.message.value


def test_codes_tell_whose_table_it_is():
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "避難場所.csv", ("コード,名称\n" + "".join(f"222127,架空{n}館\n" for n in range(6))).encode())
    assert handed.place.name == "焼津市"


@pytest.mark.parametrize("address", ["架空町{}-2", "石川町{}-2"])
def test_where_nothing_names_a_town_the_own_one_is_proposed_and_asked_about(address):
    handed = course.HandedTable(HACHIOJI)
    # A district may bear the name of a municipality elsewhere: one such row says nothing of the others.
    put_in(handed, "避難場所.csv", listed(address.format(1), *(f"架空町{n}-2" for n in range(9))))
    assert handed.place == HACHIOJI
    assert f"{NAMED_NONE}ので、このノートのまちの表とみなしています" in handed.message.value
    assert "「どこの表か」に、まちの名前（例：八王子市）を書いて Enter を押します。" in handed.message.value
    handed.town.value = ""
    assert handed.place is None
    assert "1行ずつ" not in handed.message.value
    assert (
        f"{NAMED_NONE}ので、「どこの表か」に、まちの名前（例：八王子市）を書いて Enter を押します。"
        in handed.message.value
    )
    handed.town.value = "高松市"
    assert "行を全部、香川県高松市のもの" in handed.message.value
    assert NAMED_NONE not in handed.message.value


def with_points(lat: float, lon: float) -> bytes:
    lines = "".join(f"架空{n}館,架空町{n},{lat + n / 1000:.6f},{lon:.6f}\n" for n in range(6))
    return ("名称,住所,緯度,経度\n" + lines).encode()


def test_a_list_that_lies_elsewhere_is_not_taken_for_the_own_town():
    handed = course.HandedTable(places.find("焼津市"))
    put_in(handed, "避難場所.csv", with_points(35.66, 139.32))
    assert handed.place is None
    assert f"{NAMED_NONE}ので、「どこの表か」に" in handed.message.value
    handed.town.value = "焼津市"
    assert "位置の多くは焼津市の外です" in handed.message.value
    handed.town.value = "八王子市"
    assert "外です" not in handed.message.value
    put_in(handed, "避難場所2.csv", with_points(34.86, 138.31))
    assert handed.place.name == "焼津市"
    assert "このノートのまちの表とみなしています" in handed.message.value


def test_the_tables_of_hachioji_name_no_town_and_it_is_not_said_that_they_do(source_data):
    for own, taken in (("焼津市", None), ("八王子市", "八王子市")):
        handed = course.HandedTable(places.find(own))
        for path in sorted(source_data.glob("hachioji/csv/*.csv")):
            put_in(handed, path.name, path.read_bytes())
            known = "八王子市" in path.name
            assert (handed.place and handed.place.name) == ("八王子市" if known else taken), path.name
            assert (NAMED_NONE in handed.message.value) != known
            assert "1行ずつ" not in handed.message.value


def test_a_table_of_another_town_than_the_one_typed_is_pointed_out_at_once():
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "避難場所.csv", own_list("高松市番町{}-2"))
    handed.town.value = "八王子市"
    assert handed.place == HACHIOJI
    assert "住所の多くは香川県高松市です" in handed.message.value
    handed.town.value = "たかまつ市"
    assert handed.place.full_name == "香川県高松市"
    assert "住所の多くは" not in handed.message.value


@pytest.mark.parametrize("towns", [("金沢市", "珠洲市", "七尾市", "輪島市"), ("金沢市",) * 8 + ("珠洲市",)])
def test_a_table_of_several_towns_is_placed_row_by_row(towns):
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "県の表.csv", listed(*(f"{town}架空町1" for town in towns)))
    assert handed.place is None
    assert "1行ずつ、住所の市区町村のもの" in handed.message.value


# ---- what is no table


def zipped(*members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member in ("[Content_Types].xml", *members):
            archive.writestr(member, "<x/>")
    return stream.getvalue()


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, kind)
    return stream.getvalue()


def book() -> bytes:
    made = openpyxl.Workbook()
    for line in TABLE.decode().splitlines():
        made.active.append(line.split(","))
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("一覧.pdf", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "PDFで、表として読めないので、もとの Excel か CSV をもらって"),
        ("一覧.csv", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "PDFで、表として読めない"),
        ("一覧.docx", zipped("word/document.xml"), "Word の文書なので、中の表を Excel に貼り付け"),
        ("一覧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Word の文書なので"),
        ("一覧.pptx", zipped("ppt/presentation.xml"), "PowerPoint の文書なので"),
        *(
            (f"写真.{kind.lower()}", picture(kind), "画像で、表として読めない")
            for kind in ("PNG", "JPEG", "WEBP", "TIFF")
        ),
        ("一覧.xlsx", book()[:-300], "途中で切れているか壊れているので、Excel で開けるか確かめ"),
        ("一覧.xlsx", b"", "中身が空なので"),
        ("一覧.csv", b"", "中身が空なので"),
        ("一覧.csv", "名称,住所\n".encode(), "データの行がないので"),
    ],
)
def test_a_file_that_is_no_table_is_told_what_to_bring_and_the_table_before_stays(name, body, told):
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, name, body)
    said = handed.message.value
    assert said.startswith(f"⚠ 「{name}」")
    assert told in said
    assert said.endswith(f"ください。いまは、使う表は「{FIRST}」のままです。")
    assert "CSV UTF-8" not in said
    assert handed.menu.value == FIRST
    assert handed.name.startswith("04_")


def test_the_file_stays_when_the_cell_is_run_again_and_so_does_the_town():
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "うちの表.csv", TABLE)
    handed.town.value = "高松市"
    again = course.HandedTable(HACHIOJI)
    assert (again.name, again.body, again.place.name) == ("うちの表.csv", TABLE, "高松市")
    assert course.HandedTable(places.find("焼津市")).name.startswith("04_")


def test_each_file_and_town_has_a_folder_of_its_own(tmp_path):
    handed = course.HandedTable(HACHIOJI)
    folders = {handed.folder(tmp_path)}
    for name, town in (("避難所.csv", ""), ("避難所.csv", "焼津市"), ("場所.csv", "")):
        put_in(handed, name, TABLE)
        if town:
            handed.town.value = town
        folders.add(handed.folder(tmp_path))
    put_in(handed, "避難所.xlsx", book())
    folders.add(handed.folder(tmp_path))
    assert len(folders) == 5
    assert {folder.parent for folder in folders} == {tmp_path / "標準の形"}
    assert tmp_path / "標準の形" / "八王子市_避難所_xlsx" in folders
    put_in(handed, "八王子市の避難所.csv", TABLE)
    assert handed.folder(tmp_path).name == "八王子市の避難所_csv"


@pytest.mark.parametrize("name", ["../../外.csv", "a/b:c*?.csv", "..", "CON\x00\n.csv", "長" * 300 + ".csv"])
def test_a_folder_can_be_made_whatever_the_file_is_called(name, tmp_path):
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, name, TABLE)
    folder = handed.folder(tmp_path)
    folder.mkdir(parents=True)
    assert folder.resolve().parent == (tmp_path / "標準の形").resolve()


# ---- the options of reading


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"header_row": "3"}, '「header_row」は数字なので、引用符を付けずに `{"header_row": 3}`'),
        ({"header_row": 3.0}, "「header_row」は数字なので"),
        ({"header_row": True}, "「header_row」は数字なので"),
        ({"header_row": 999}, "「header_row」のとおりには読めません"),
        ({"header": 3}, "「header」という指定はないので、「header_row」か「header_rows」に"),
        ({"シート": 3}, "「シート」という指定はない"),
        ({"sheet": 99}, '「sheet」は文字なので、引用符で囲んで `{"sheet": "2"}`'),
        ({"sheet": "99"}, "選べるシートがなく、`options` の「sheet」は使われない"),
        ({"member": "a.csv"}, "「member」は使われない"),
        ({"encoding": "kanji"}, "「encoding」のとおりには読めません"),
        ({"encoding": "sjis?"}, "「encoding」のとおりには読めません"),
        ({"delimiter": 5}, "「delimiter」は文字なので"),
        ({"keep_rows": 3}, "「keep_rows」は行の番号の並びなので"),
        ({"keep_rows": ["3"]}, "「keep_rows」には"),
        ({"fill_merged": "no"}, "「fill_merged」は True か False なので"),
        ([3], "`options` は `{ }` で囲み"),
    ],
)
def test_a_wrong_option_is_named_in_one_sentence(options, told, assert_one_sentence):
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "うちの表.csv", TABLE)
    with pytest.raises(bridge.BridgeError) as caught:
        handed.read(options)
    assert_one_sentence(caught.value)
    assert told in str(caught.value)
    assert handed.options == {}


def test_in_a_book_a_sheet_counts_and_an_encoding_does_not(assert_one_sentence):
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "うちの表.xlsx", book())
    assert len(handed.read({"sheet": "1"}).table) == 3
    assert handed.options == {"sheet": "1"}
    for options, told in (({"sheet": "99"}, "「99」というシートはない"), ({"encoding": "cp932"}, "使われない")):
        with pytest.raises(bridge.BridgeError, match=told) as caught:
            handed.read(options)
        assert_one_sentence(caught.value)


def test_the_old_datum_is_an_option_of_the_lesson_and_stays_in_the_recipe(tmp_path):
    handed = course.HandedTable(HACHIOJI)
    body = "施設名,住所,緯度,経度\n架空の館,八王子市元本郷町3-24-1,35.663064,139.319236\n".encode()
    put_in(handed, "132012_古い表（架空データ）.csv", body)
    with pytest.raises(bridge.BridgeError, match="引用符を付けずに"):
        handed.read({"tokyo_datum": "True"})
    plain = course.BridgeForm(handed, folder=tmp_path).convert().table
    handed.read({"tokyo_datum": True})
    done = course.BridgeForm(handed, folder=tmp_path).convert()
    north = (done.table["緯度"].astype(float) - plain["緯度"].astype(float)).iloc[0]
    east = (done.table["経度"].astype(float) - plain["経度"].astype(float)).iloc[0]
    # Around Tokyo the old degrees lie 0.0032 north and west of the new ones: about 360 m and 290 m.
    assert (round(north, 4), round(east, 4)) == (0.0032, -0.0032)
    done.write(tmp_path)
    assert "tokyo_datum: true" in (tmp_path / "recipe.yml").read_text(encoding="utf-8")


# ---- the town, and the file given as parameter


def test_the_town_can_be_changed_left_open_and_a_wrong_one_is_told():
    handed = course.HandedTable(HACHIOJI)
    handed.town.value = "焼津市"
    assert handed.place.name == "焼津市"
    handed.town.value = ""
    assert handed.place is None
    assert NAMED_NONE in handed.message.value
    handed.town.value = "府中市"
    assert handed.message.value.startswith("⚠ ")
    assert handed.message.value.endswith("いまは、「どこの表か」は空のままです。")
    assert handed.place is None
    handed.town.value = "焼津市"
    handed.town.value = "たかまつし市"
    assert "高松市" in handed.message.value
    assert handed.message.value.endswith("いまは、「どこの表か」は静岡県焼津市のままです。")
    assert handed.place.name == "焼津市"


def test_a_file_given_as_parameter_is_what_it_begins_with(tmp_path, monkeypatch):
    path = tmp_path / "うちの表.csv"
    path.write_bytes(TABLE)
    assert course.HandedTable(HACHIOJI, str(path)).body == TABLE
    monkeypatch.chdir(tmp_path)
    assert course.HandedTable(HACHIOJI, "うちの表.csv").body == TABLE


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("ない表.csv", "「ない表.csv」を「ノート」と「教材」のフォルダで開けないので"),
        ("下/ない表.csv", "「ない表.csv」を「ノート」と「教材」のフォルダで開けないので"),
        ("/どこか/ない表.csv", "「ない表.csv」を「どこか」のフォルダで開けないので"),
        ("C:/Users/hanako/表.csv", "「C:/Users/hanako/表.csv」は手元のパソコンの中の場所で"),
        ("C:\\new\\表.csv", "は手元のパソコンの中の場所で"),
        ("C:\new\table.csv", "は手元のパソコンの中の場所で"),
        ("\\\\server\\share\\表.csv", "は手元のパソコンの中の場所で"),
    ],
)
def test_a_file_that_is_not_here_is_told_where_it_was_sought_and_how_to_bring_it(
    source, told, tmp_path, monkeypatch, assert_one_sentence
):
    (tmp_path / "教材" / "ノート").mkdir(parents=True)
    monkeypatch.setattr("machimap.course.own_file.home", lambda: tmp_path / "教材")
    monkeypatch.chdir(tmp_path / "教材" / "ノート")
    with pytest.raises(bridge.BridgeError) as caught:
        course.HandedTable(HACHIOJI, source)
    assert_one_sentence(caught.value)
    assert told in str(caught.value)
    assert 'いちばん上のセルの `source` を `""` に戻して動かし' in str(caught.value)
    assert "ボタン「自分のファイルを選ぶ」で選んで" in str(caught.value)


@pytest.mark.parametrize("folder", ["ノート", "教材"])
def test_a_relative_name_is_sought_beside_the_notebook_and_in_the_folder_of_the_lessons(folder, tmp_path, monkeypatch):
    for name in ("ノート", "教材"):
        (tmp_path / name).mkdir()
    (tmp_path / folder / "うちの表.csv").write_bytes(TABLE)
    monkeypatch.setattr("machimap.course.own_file.home", lambda: tmp_path / "教材")
    monkeypatch.chdir(tmp_path / "ノート")
    assert course.HandedTable(HACHIOJI, "うちの表.csv").body == TABLE
