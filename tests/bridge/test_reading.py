"""Any table that a town hall has is read: the right head, every row accounted for, and every conclusion said."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import answering
import further_layouts
import layouts
import office
import openpyxl
import pytest

from machimap.bridge.reading import ReadingError, read

ANSWERS = answering.answers()
REAL = [answer for answer in ANSWERS if answer.source]
MADE = [answer for answer in ANSWERS if answer.layout]


def said(reading, about: str) -> str:
    """Return the value of a conclusion."""
    return next(conclusion.value for conclusion in reading.conclusions if conclusion.about == about)


def check_form(reading) -> None:
    """Check what holds of every reading."""
    table, aside = reading.table, reading.aside
    assert table.index.name == "行"
    assert table.columns.is_unique
    assert all(name and name == name.strip() and "\n" not in name for name in table.columns)
    assert not table.isna().any().any()
    numbers = [*table.index, *aside["行"]]
    assert len(set(numbers)) == len(numbers) == reading.rows_in
    assert table.index.is_monotonic_increasing
    assert aside["理由"].ne("").all()
    assert all(conclusion.about and conclusion.value and conclusion.why for conclusion in reading.conclusions)


@pytest.mark.parametrize("answer", MADE, ids=lambda answer: answer.name)
def test_every_form_that_towns_publish_is_read_right(answer):
    reading = read(further_layouts.ALL[answer.layout]())
    check_form(reading)
    assert (len(reading.table), len(reading.aside)) == (answer.rows, answer.aside)
    assert answer.sources <= set(reading.table.columns)


def test_every_layout_has_its_answer_and_is_the_same_every_time():
    assert {answer.layout for answer in MADE} == set(further_layouts.ALL)
    assert len(layouts.LAYOUTS) >= 20
    for make in further_layouts.ALL.values():
        assert read(make()).table.equals(read(make()).table)


@pytest.mark.parametrize("name", sorted(further_layouts.ALL))
def test_made_up_facts_are_marked(name):
    reading = read(further_layouts.ALL[name]())
    assert "架空" in " ".join([*map(str, reading.table.to_numpy().ravel()), *reading.table.columns])


@pytest.mark.parametrize("answer", REAL, ids=lambda answer: answer.name)
def test_every_real_municipal_table_is_read_right(source_data, answer):
    reading = read(source_data / answer.source)
    check_form(reading)
    assert (len(reading.table), len(reading.aside)) == (answer.rows, answer.aside)
    assert answer.sources <= set(reading.table.columns)


def test_all_of_nanaos_snapshots_are_read(source_data):
    paths = sorted((source_data / "nanao" / "history").glob("*.csv"))
    readings = [read(path) for path in paths]
    assert len(readings) == 117
    assert all(len(reading.aside) == 0 and "名称" in reading.table.columns for reading in readings)
    assert "人数_令和6年1月9日午後6時時点" in readings[0].table.columns


def test_every_other_real_file_is_read_or_refused_in_one_sentence(source_data, assert_one_sentence):
    kinds = (".csv", ".xlsx", ".xls", ".json", ".geojson")
    paths = [path for path in sorted(source_data.rglob("*")) if path.suffix in kinds and "history" not in path.parts]
    refused = []
    for path in paths:
        try:
            check_form(read(path))
        except ReadingError as error:
            assert_one_sentence(error)
            refused.append(path.parent.name)
    assert len(paths) > 100
    # Two lists of columns that hold nothing but a head.
    assert sorted(refused) == ["浸水履歴_統合", "行政区域界"]


def test_the_old_binary_workbook_with_its_notes_and_average(source_data):
    reading = read(source_data / "soumu_fiscal" / "city_H17.xls")
    assert len(reading.table) == 1_844
    assert list(reading.table.columns)[:3] == ["都道府県名", "団体名", "経常収支比率"]
    assert said(reading, "見出しの行") == "2行目"
    assert reading.aside["理由"].value_counts().to_dict() == {"注記の行": 9, "空の行": 1, "合計や平均の行": 1}
    assert reading.table.iloc[0].tolist() == ["北海道", "札幌市", "96.5", "14", "14.8", "0.67", "98.6"]


def test_the_average_among_the_data_is_set_aside(source_data):
    reading = read(source_data / "soumu_fiscal" / "shityouson_R3.xlsx")
    assert len(reading.table) == 1_741
    assert reading.table.iloc[0, 0] == "011002"
    assert reading.aside["理由"].tolist() == ["合計や平均の行"]


def test_the_doubly_encoded_list_comes_back_without_a_loss(source_data):
    path = source_data / "ishikawa" / "170003_aed.csv"
    reading = read(path)
    assert said(reading, "文字化け") == "元へ戻した"
    assert reading.table["名称"].iloc[0] == "石川県立大学"
    asked = read(path, encoding="utf-8")
    assert "名称" not in asked.table.columns


def test_line_breaks_in_the_head_and_a_blank_second_row(source_data):
    reading = read(source_data / "tokyo" / "130001_evacuation_area.csv")
    assert "エレベーター有/避難スペースが１階" in reading.table.columns
    assert reading.aside.to_dict("records") == [{"行": 2, "理由": "空の行", "内容": ""}]
    assert reading.table.index[0] == 3


def test_polygons_get_a_point_within_and_that_is_said(source_data):
    reading = read(source_data / "yaizu" / "内水浸水想定区域(公共下水道区域内)" / "内水浸水想定区域.geojson")
    assert len(reading.table) == 6
    assert reading.table["緯度"].astype(float).between(34.7, 35).all()
    why = next(conclusion.why for conclusion in reading.conclusions if conclusion.about == "形式")
    assert "代表の点" in why


TABLE = "名称,所在地,緯度\n架空一号館,架空町1,35.1\n架空二号館,架空町2,35.2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_every_encoding_with_every_delimiter(encoding, mark):
    reading = read(TABLE.replace(",", mark).encode(encoding))
    assert list(reading.table.columns) == ["名称", "所在地", "緯度"]
    assert reading.table.loc[3].tolist() == ["架空二号館", "架空町2", "35.2"]


@pytest.mark.parametrize(
    ("wrong", "right"), [("latin-1", "cp932"), ("latin-1", "utf-8"), ("latin-1", "euc_jp"), ("cp932", "utf-8")]
)
def test_text_that_was_taken_for_another_encoding_is_undone(wrong, right):
    # Words that can be taken for CP932 at all when they are written in UTF-8.
    text = "ばしょ,ところ\n" + "あおば,がっこう\nわかば,こうえん\nひがし,こうえん\n"
    garbled = text.encode(right).decode(wrong)
    reading = read(garbled.encode("utf-8"))
    assert said(reading, "文字化け") == "元へ戻した"
    assert reading.table.iloc[0].tolist() == ["あおば", "がっこう"]


def test_good_japanese_is_never_taken_for_garbled_text(source_data):
    for path in sorted((source_data / "gsi_shelters" / "指定緊急避難場所").glob("*.csv"))[:12]:
        reading = read(path)
        assert all(conclusion.about != "文字化け" for conclusion in reading.conclusions)


def book_of(rows: list[list], merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    return layouts.book_bytes(book)


DATA = [["架空一館", "架空町甲", "042-000-0001", 35.61234], ["架空二館", "架空町乙", "042-000-0002", 35.6222]]
FLAGS = [["架空一館", "甲町", "○", None, "○"], ["架空二館", "乙町", "○", "○", "○"]]
PLAIN = ["館", "町", "電話", "北緯"]
HAZARDS = ["名称", "住所", "災害種別_洪水", "災害種別_地震", "災害種別_津波"]


@pytest.mark.parametrize(
    ("rows", "merged", "names"),
    [
        ([["名称", "電話（例:042-000-0000）", "緯度（例:35.666646）"], *(row[:1] + row[2:] for row in DATA)], (), None),
        ([["避難所のリスト", "令和8年4月現在", None, None], PLAIN, *DATA], (), PLAIN),
        ([["担当：防災課", "電話：042-000-0000"], PLAIN, *DATA], (), PLAIN),
        ([[None, "避難所の表"], [None, *PLAIN], *([None, *row] for row in DATA)], ("B1:E1",), PLAIN),
        ([["避難所の表", None, "作成 防災課", None], PLAIN, *DATA], ("A1:B1", "C1:D1"), PLAIN),
        (
            [["名称", "住所", None, "区分"], ["架空館", "架空県", "甲町", "良"], ["架空堂", "架空県", "乙町", "可"]],
            ("B1:C1",),
            ["名称", "住所", "住所_2", "区分"],
        ),
        ([PLAIN, [None] * 4, *DATA], ("A1:A2", "B1:B2", "C1:C2", "D1:D2"), PLAIN),
        (
            [["題名"], ["名称", "住所", "災害種別", None, None], [None, None, "洪水", "地震", "津波"], *FLAGS],
            ("A1:E1",),
            HAZARDS,
        ),
        ([[None, None, "災害種別", None, None], ["名称", "住所", "洪水", "地震", "津波"], *FLAGS], ("C1:E1",), HAZARDS),
        ([["地域", "2015", "2016"], ["北", 10, 20], ["南", 1, 2]], (), None),
        ([["# 架空データ"], ["# 作成 2026"], PLAIN, *DATA], (), PLAIN),
        ([["館", "町", "種"], ["一館", "甲町", "学校"], ["二館", "乙町", "学校"]], (), None),
        ([["項目", "値"], ["人口", 10], ["面積", 20]], (), None),
        ([["名称"], ["架空一館"], ["架空二館"]], (), None),
        ([["名称", "町丁目", "電話", "北緯"], *DATA], (), None),
        ([["名称", "町・丁目", "電話", "北緯"], *DATA], (), None),
    ],
)
def test_the_head_is_found_under_titles_and_over_merged_cells(rows, merged, names):
    reading = read(book_of(rows, merged))
    check_form(reading)
    assert list(reading.table.columns) == (names or rows[0])
    assert len(reading.table) == 2


def test_rows_that_explain_the_head_are_no_data():
    head = [PLAIN, ["必須", "必須", "任意", "任意"], ["文字列", "文字列", "文字列（半角）", "数値"]]
    reading = read(book_of([*head, ["例", "架空町", "042-000-0000", 35.1], *DATA]))
    assert reading.aside["理由"].tolist() == ["記入のきまりの行", "記入のきまりの行", "記入例の行"]
    assert reading.table["館"].tolist() == ["架空一館", "架空二館"]


def test_excel_values_are_what_the_clerk_sees():
    reading = read(layouts.formatted_workbook())
    first = reading.table.iloc[0]
    assert first["管理番号"] == "0001"
    assert first["団体コード"] == "012025"
    assert first["郵便番号"].count("-") == 1
    assert len(first["郵便番号"]) == 8
    assert first["指定年月日"] == layouts.sites(20, seed=15, city="函館市")[0].opened.isoformat()
    assert first["収容人数"].isdecimal()
    assert float(first["緯度"]) == layouts.sites(20, seed=15, city="函館市")[0].lat
    assert "コード表" in next(c.why for c in reading.conclusions if c.about == "シート")


def test_the_old_workbook_keeps_padded_codes_and_dates():
    first = read(layouts.old_workbook()).table.iloc[0]
    assert first["コード"] == "00001"
    assert first["指定日"] == layouts.sites(20, seed=16, city="焼津市")[0].opened.isoformat()
    assert "." not in first["面積（㎡）"]


def test_an_error_in_a_cell_and_long_numbers_stay_readable():
    rows = [
        ["名称", "法人番号", "率", "式"],
        ["架空館", 1234567890123, 0.1, "x"],
        ["架空堂", 9876543210987, 35.65, "y"],
    ]
    book = openpyxl.load_workbook(io.BytesIO(book_of(rows)))
    book.active["D2"] = "#REF!"
    book.active["D2"].data_type = "e"
    reading = read(layouts.book_bytes(book))
    assert reading.table.iloc[0].tolist() == ["架空館", "1234567890123", "0.1", "#REF!"]


def test_readings_over_the_letters_do_not_slip_into_the_name():
    """Excel stores the furigana of a name inside the same shared string."""
    body = book_of([["名称", "備考"], ["X", "a"], ["Y", "b"]])
    source, out = zipfile.ZipFile(io.BytesIO(body)), io.BytesIO()
    furigana = "<is><r><t>架空</t></r><r><t>小学校</t></r><rPh sb='0' eb='2'><t>カクウ</t></rPh></is>".encode()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace(b"<is><t>X</t></is>", furigana))
    assert read(out.getvalue()).table["名称"].tolist() == ["架空小学校", "Y"]


def test_a_book_with_a_sheet_for_each_district_says_so():
    book = openpyxl.Workbook()
    for district in ("東部", "西部"):
        sheet = book.create_sheet(district)
        for row in [["名称", "所在地"], ["架空館", district], ["架空堂", district]]:
            sheet.append(row)
    reading = read(layouts.book_bytes(book))
    why = next(conclusion.why for conclusion in reading.conclusions if conclusion.about == "シート")
    assert "同じ見出しのシートがほかにもある" in why
    assert "西部" in why


def test_characters_that_were_lost_before_are_counted():
    reading = read(TABLE.replace("架空町1", "架空\ufffd1").encode())
    assert said(reading, "失われた文字（�）") == "1個"


def test_a_merged_cell_is_valid_for_every_row_it_reaches_over():
    filled = read(layouts.grouped_by_district())
    assert filled.table["地区"].value_counts().to_dict() == {"東部": 7, "西部": 7, "北部": 7}
    first_only = read(layouts.grouped_by_district(), fill_merged=False)
    assert (first_only.table["地区"] != "").sum() == 3
    assert len(first_only.table) == len(filled.table)


def test_a_merged_cell_does_not_make_a_blank_row_a_record():
    rows = [["地区", "名称", "所在地"], ["東部", "架空館", "甲町"], [None, None, None], [None, "架空堂", "乙町"]]
    reading = read(book_of(rows, ("A2:A4",)))
    assert reading.table["地区"].tolist() == ["東部", "東部"]
    assert reading.aside["理由"].tolist() == ["空の行"]


def test_rows_that_look_like_totals_can_be_kept():
    body = layouts.title_and_notes()
    reading = read(body)
    total = int(reading.aside.loc[reading.aside["理由"] == "合計や平均の行", "行"].iloc[0])
    kept = read(body, keep_rows=[total])
    assert total in kept.table.index
    assert kept.rows_in == reading.rows_in


def test_a_total_that_counts_places_in_the_next_cell_is_no_place():
    rows = [PLAIN, *DATA, ["合計", "2か所", "", ""]]
    reading = read(book_of(rows))
    assert len(reading.table) == 2
    assert reading.aside["理由"].tolist() == ["合計や平均の行"]


def test_data_above_the_head_is_not_lost():
    reading = read(f"架空零号館,架空町0,35.0123\n{TABLE}".encode())
    assert reading.table["名称"].tolist() == ["架空零号館", "架空一号館", "架空二号館"]
    assert reading.table.index.tolist() == [1, 3, 4]
    assert said(reading, "見出しの上のデータ") == "1行"


def test_a_record_with_nothing_but_a_name_stays_a_record():
    reading = read(f"{TABLE}架空三号館,,\n,架空町4,35.4\n".encode())
    assert reading.table["名称"].tolist() == ["架空一号館", "架空二号館", "架空三号館", ""]


def test_blank_rows_within_are_counted_and_those_at_the_end_are_told():
    reading = read(f"{TABLE},,\n\n架空三号館,架空町3,35.3\n,,\n,,\n".encode())
    assert reading.aside["行"].tolist() == [4, 5]
    assert reading.table.index.tolist() == [2, 3, 6]
    assert said(reading, "終わりの空の行") == "2行"


@pytest.mark.parametrize(
    ("options", "columns", "rows"),
    [
        ({"header_row": 4}, 6, 20),
        ({"header_row": -1}, 6, 21),
        ({"header_row": 4, "header_rows": 2}, 6, 19),
        ({"delimiter": "タブ"}, 1, 26),
        ({"encoding": "utf-8-sig"}, 6, 20),
    ],
)
def test_each_conclusion_can_be_overridden(options, columns, rows):
    reading = read(layouts.title_and_notes(), **options)
    check_form(reading)
    assert reading.table.shape == (rows, columns)


def test_another_sheet_and_another_member_can_be_chosen():
    codes = read(layouts.formatted_workbook(), sheet="コード表", header_row=-1)
    assert len(codes.table) == 8
    assert len(read(layouts.formatted_workbook(), sheet="3", header_row=-1).table) == 8
    words = read(layouts.zipped(), member="項目の説明.csv")
    assert words.table["項目"].tolist() == ["名称", "緯度"]
    assert said(words, "zipの中のファイル") == "opendata/項目の説明.csv"


@pytest.mark.parametrize(
    ("content", "first"),
    [
        ([{"名称": "架空館", "緯度": 35.10}, {"名称": "架空堂", "緯度": 35.2}], ["架空館", "35.1"]),
        ({"data": [{"名称": "架空館", "緯度": "35.10"}, {"名称": "架空堂"}]}, ["架空館", "35.10"]),
        ({"名称": ["架空館", "架空堂"], "緯度": [35.1, 35.2]}, ["架空館", "35.1"]),
        ({"名称": {"0": "架空館", "1": "架空堂"}, "緯度": {"0": 35.1, "1": None}}, ["架空館", "35.1"]),
        ({"columns": ["名称", "緯度"], "data": [["架空館", 35.1], ["架空堂", 35.2]]}, ["架空館", "35.1"]),
        ([["名称", "緯度"], ["架空館", 35.1], ["架空堂", None]], ["架空館", "35.1"]),
    ],
)
def test_json_in_every_usual_form(content, first):
    reading = read(json.dumps(content, ensure_ascii=False).encode())
    check_form(reading)
    assert len(reading.table) == 2
    assert list(reading.table.columns) == ["名称", "緯度"]
    assert reading.table.iloc[0].tolist() == first


def test_one_object_a_line_and_digits_as_they_are_written():
    reading = read(b'{"id": 1, "lat": 35.1000, "tags": ["a", "b"]}\n{"id": 2, "lat": 1e3, "on": true}\n')
    assert reading.table.loc[1].tolist() == ["1", "35.1000", "a;b", ""]
    assert reading.table.loc[2].tolist() == ["2", "1e3", "", "true"]


def test_a_large_table_is_read_whole():
    chance = random.Random(100)
    rows = [f"架空{n}号館,架空町{chance.randrange(99)},{35 + chance.random():.6f}" for n in range(100_000)]
    reading = read(("名称,所在地,緯度\n" + "\n".join(rows) + "\n").encode("cp932"))
    assert len(reading.table) == 100_000
    assert reading.table.loc[100_001, "名称"] == "架空99999号館"


def test_a_path_a_name_and_bytes_are_the_same(tmp_path: Path):
    path = tmp_path / "一覧.csv"
    path.write_bytes(TABLE.encode("cp932"))
    assert read(path).name == "一覧.csv"
    assert read(str(path)).table.equals(read(path.read_bytes(), name="x").table)
    assert read(path.read_bytes(), name="x").name == "x"


# --- OpenDocument spreadsheets


def test_an_ods_is_read_as_the_clerk_sees_it():
    reading = read(office.ods(office.sheet("一覧", *office.LIST)), name="一覧.ods")
    check_form(reading)
    assert list(reading.table.columns) == ["名称", "所在地", "コード", "緯度", "指定日", "開始時間"]
    assert reading.table.loc[3].tolist() == [
        "架空第一  小学校",
        "架空町1\n2階",
        "001100",
        "35.6663120000001",
        "2024-04-01",
        "08:30",
    ]
    second = reading.table.loc[4].tolist()
    assert second == ["架空第二\n小学校", "架空町1\n2階", "132012", "1", "2024-04-02T09:00:00", "25:00:05"]
    assert (
        reading.table.loc[7].tolist() == reading.table.loc[8].tolist() == ["架空公園", "", "192-0045", "", "", "TRUE"]
    )
    assert reading.aside["理由"].tolist() == ["空の行", "空の行"]
    assert (said(reading, "形式"), said(reading, "見出しの行")) == ("OpenDocument（ods）", "2行目")


def test_a_merged_cell_of_an_ods_may_be_left_as_it_is():
    reading = read(office.ods(office.sheet("一覧", *office.LIST)), fill_merged=False)
    assert reading.table.loc[4, "所在地"] == ""


def test_the_sheet_of_an_ods_is_chosen_as_in_a_workbook():
    notes = office.sheet("表紙", office.row(office.word("架空データ")))
    away = office.sheet("控え", *office.LIST[:-1], *office.LIST[1:-1], style="hidden")
    body = office.ods(notes, office.sheet("一覧", *office.LIST), away)
    assert said(read(body), "シート") == "一覧"
    assert said(read(body, sheet="3"), "シート") == "控え"
    with pytest.raises(ReadingError, match="表紙、一覧、控え"):
        read(body, sheet="ない")


def test_an_ods_in_a_zip_is_found():
    reading = read(layouts.zip_bytes({"説明.txt": b"x", "一覧.ods": office.ods(office.sheet("一覧", *office.LIST))}))
    assert said(reading, "zipの中のファイル") == "一覧.ods"


# --- files that are not what their names say


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16", "euc_jp"])
def test_an_xls_that_is_a_table_of_a_web_page_is_read(encoding):
    reading = read(office.PAGE.format(encoding).encode(encoding), name="一覧.xls")
    check_form(reading)
    assert list(reading.table.columns) == ["名称", "所在地", "緯度"]
    assert reading.table["所在地"].tolist() == ["架空町1\n2階", "架空町1\n2階", "架空町3"]
    assert reading.table["名称"].tolist() == ["架空第一館", "架空&第二館", "架空第三館"]
    assert reading.table["緯度"].str.strip().tolist() == ["35.1", "35.2", "35.3"]
    assert said(reading, "形式") == "ウェブページ（HTML）の中の表"


def test_the_largest_table_of_a_page_is_read_and_its_frame_is_not():
    inner = "<table><tr><th>名称</th><th>緯度</th></tr>" + "<tr><td>架空館</td><td>35.1</td></tr>" * 9 + "</table>"
    page = f"<!DOCTYPE html><table><tr><td>メニュー</td><td>{inner}</td></tr><tr><td>a</td><td>b</td></tr></table>"
    reading = read(page.encode(), name="一覧.html")
    assert list(reading.table.columns) == ["名称", "緯度"]
    assert len(reading.table) == 9


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-16"])
def test_an_xls_that_is_text_with_tabs_is_read(encoding):
    reading = read(TABLE.replace(",", "\t").encode(encoding), name="一覧.xls")
    assert reading.table.loc[3].tolist() == ["架空二号館", "架空町2", "35.2"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (TABLE.encode("cp932") + b"\x00" * 500, "一覧.csv"),
        (TABLE.replace("架空町2", "架空\x00町2").encode(), "一覧.csv"),
        (TABLE.replace("\n", "\r").encode("cp932"), "一覧.csv"),
        (TABLE.replace(",", "|").encode("cp932"), "一覧.txt"),
        (TABLE.replace(",", ";").encode(), "一覧.csv"),
        (layouts.zip_bytes({"一覧.csv": TABLE.encode("cp932")}), "一覧.csv"),
        (b"sep=,\n" + TABLE.encode(), "一覧.csv"),
    ],
    ids=["NUL at the end", "NUL within", "CR only", "bars", "semicolons", "a zip called csv", "sep="],
)
def test_odd_text_files_give_the_right_table(body, name):
    reading = read(body, name=name)
    check_form(reading)
    assert list(reading.table.columns) == ["名称", "所在地", "緯度"]
    assert reading.table.iloc[1].tolist() == ["架空二号館", "架空町2", "35.2"]


def test_nul_bytes_that_were_taken_out_are_said():
    assert said(read(TABLE.encode() + b"\x00" * 500), "NUL（空の文字）") == "500個"


def test_one_column_is_a_table_too_and_so_are_a_thousand():
    assert read("名称\n架空一号館\n架空二号館\n".encode()).table["名称"].tolist() == ["架空一号館", "架空二号館"]
    head = ",".join(["名称", *(f"項目{n}" for n in range(999))])
    assert read(f"{head}\n架空館{',1' * 999}\n".encode()).table.shape == (1, 1_000)


def test_sheets_with_the_same_head_are_told_so_that_none_is_forgotten():
    book = openpyxl.Workbook()
    for name in ("東部", "西部"):
        page = book.create_sheet(name)
        for line in (["名称", "緯度"], ["架空館", "35.1"]):
            page.append(line)
    why = next(one.why for one in read(layouts.book_bytes(book)).conclusions if one.about == "シート")
    assert "同じ見出しのシートがほかにもある" in why
    assert "西部" in why


@pytest.mark.parametrize(("line", "beside"), [("名称,緯度,,日付,件数", True), ("名称,緯度,日付,,", False)])
def test_an_empty_column_amid_the_table_may_part_two_tables_and_that_is_said(line, beside):
    rows = [line, *(",".join("" if not name else f"架空{n}" for name in line.split(",")) for n in range(5))]
    why = next(one.why for one in read("\n".join(rows).encode()).conclusions if one.about == "名前も値もない列")
    assert ("別々の表なら" in why) == beside


def test_rows_over_a_head_that_was_given_wrongly_are_set_aside_and_counted():
    lines = ["施設名,住所,洪水", "架空第一小学校,架空町1,○", "架空第二小学校,架空町2,○", "架空公民館,架空町3,"]
    reading = read("\n".join(lines).encode(), header_row=3)
    assert reading.table.iloc[:, 0].tolist() == ["架空公民館"]
    assert reading.aside["行"].tolist() == [1, 2]
    assert set(reading.aside["理由"]) == {"指定された見出しより上の行"}
    assert "架空第一小学校" in reading.aside["内容"].iloc[1]
    assert reading.rows_in == 3
    told = {one.about: one for one in reading.conclusions}
    assert told["データの行"].value == "1行（ほかに、取り分けた行が2行）"
    assert told["取り分けた行"].why == "1、2行目です。"


def test_a_title_over_a_head_that_was_given_stays_a_title_and_a_kept_row_stays_data():
    lines = ["架空市の一覧", "架空第一小学校,架空町1,○", "施設名,住所,洪水", "架空公民館,架空町3,"]
    reading = read("\n".join(lines).encode(), header_row=3, keep_rows=[2])
    assert reading.table["施設名"].tolist() == ["架空第一小学校", "架空公民館"]
    assert reading.aside.empty
