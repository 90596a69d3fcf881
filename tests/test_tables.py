"""Any table that a town hall hands over is read, or refused in one sentence; no row is lost."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from machimap import store
from machimap.datasets import TableError, clean_coordinates, read_table

TEXT = "名称,所在地,緯度,経度\n髙﨑①公民館,㈱ビル３階,35.6581,139.3157\n第一小学校,元横山町２－１４,35.6614,139.3360\n"
PLAIN = TEXT.replace("髙﨑①", "高崎").replace("㈱", "（株）").replace("－", "-")


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("cp932", "CP932（Shift_JIS）"),
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8（BOM付き）"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
def test_every_usual_encoding_is_read_without_garbling(encoding, label):
    table, notes = read_table(TEXT.encode(encoding))
    assert list(table.columns) == ["名称", "所在地", "緯度", "経度"]
    assert table["名称"].tolist() == ["髙﨑①公民館", "第一小学校"]
    assert table["所在地"].tolist() == ["㈱ビル３階", "元横山町２－１４"]
    assert notes["encoding_label"] == label
    assert notes["rows"] == 2


@pytest.mark.parametrize(("encoding", "label"), [("shift_jis", "CP932（Shift_JIS）"), ("euc_jp", "EUC-JP")])
def test_the_older_encodings_are_told_apart(encoding, label):
    table, notes = read_table(PLAIN.encode(encoding))
    assert table["名称"].tolist() == ["高崎公民館", "第一小学校"]
    assert notes["encoding_label"] == label


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_byte_order_mark(mark):
    table, _ = read_table("\ufeff".encode(mark) + TEXT.encode(mark))
    assert table.columns[0] == "名称"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_line_ending(end):
    table, notes = read_table(TEXT.replace("\n", end).encode("cp932"))
    assert len(table) == notes["rows"] == 2
    assert table.iloc[1, 3] == "139.3360"


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_a_table_separated_by_tabs_or_semicolons(mark):
    table, notes = read_table(TEXT.replace(",", mark).encode("utf-16"))
    assert notes["delimiter"] == mark
    assert table["経度"].tolist() == ["139.3157", "139.3360"]


def test_ragged_rows_are_filled_up_or_kept_beyond_the_head():
    table, notes = read_table("名称,備考\nA\n\nB,x,y,z\n,,\nC,\n".encode())
    assert list(table.columns) == ["名称", "備考", "余り1", "余り2"]
    assert table.to_numpy().tolist() == [["A", "", "", ""], ["B", "x", "y", "z"], ["C", "", "", ""]]
    assert (notes["rows"], notes["blank_rows"], notes["ragged_rows"]) == (3, 2, 2)


def test_blank_and_doubled_heads_get_names_of_their_own():
    table, _ = read_table("名称,名称,,名称_2,,余り1\n1,2,3,4,5,6,7\n".encode())
    assert table.columns.is_unique
    assert table.columns[0] == "名称"
    assert table.columns[3] == "名称_2"
    assert list(table.iloc[0]) == list("1234567")


def test_quotes_with_line_breaks_commas_and_quotes():
    table, notes = read_table('名称,"備\n考"\n"A, ""B""","一行目\r\n二行目"\n'.encode("cp932"))
    assert list(table.columns) == ["名称", "備\n考"]
    assert list(table.iloc[0]) == ['A, "B"', "一行目\r\n二行目"]
    assert notes["rows"] == 1


def test_no_cell_is_taken_for_a_number_or_a_blank():
    table, _ = read_table("コード,値\n01100,NA\n00123,null\n".encode())
    assert table.to_numpy().tolist() == [["01100", "NA"], ["00123", "null"]]


def excel_file(folder: Path) -> bytes:
    path = folder / "一覧.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["名称", "緯度"])
    book.save(path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "空"),
        (b" \r\n\r\n", "空"),
        (b"\xef\xbb\xbf", "空"),
        (b"\xff\xfe", "空"),
        ("　\n　".encode(), "空"),
        ("名称,緯度,経度\n".encode("cp932"), "データの行がない"),
        ("名称,緯度,経度\n,,\n\n".encode(), "データの行がない"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "画像"),
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Excel"),
        (b"\x1f\x8b\x08" + bytes(20), "圧縮"),
        (bytes(1000), "文字を読み取れない"),
        (zlib.compress(random.Random(3).randbytes(5_000)), "文字を読み取れない"),
        (b"a,b\n" + b"\x01\x02\x03\x04" * 50, "文字を読み取れない"),
        ("<!DOCTYPE html>\n<html><body>お探しのページは見つかりません</body></html>".encode(), "ウェブページ"),
        ('名称,備考\n架空,"閉じない\n引用符,1\n別の行,2\n'.encode(), "引用符"),
        (("名称,備考\n" + '架空,"' + "閉じない引用符" * 30_000).encode(), "引用符"),
        (TEXT.encode()[:-60] + b"\xe5\n", "途中で切れている"),
        (TEXT.encode("utf-16")[:-3], "文字を読み取れない"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(assert_one_sentence, body, part):
    with pytest.raises(TableError, match=part) as caught:
        read_table(body)
    assert_one_sentence(caught.value)


def test_an_excel_file_is_recognised_and_named(tmp_path, assert_one_sentence):
    excel_file(tmp_path)
    with pytest.raises(TableError, match=r"「一覧\.xlsx」はExcel") as caught:
        read_table(tmp_path / "一覧.xlsx")
    assert_one_sentence(caught.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path, assert_one_sentence):
    for path in (tmp_path / "ない.csv", tmp_path):
        with pytest.raises(TableError, match="開けない") as caught:
            read_table(path)
        assert_one_sentence(caught.value)


def test_random_bytes_never_raise_anything_else():
    chance = random.Random(932)
    pieces = [b",", b"\n", b'"', b"\t", b"\x82\xa0", "あ".encode(), "あ".encode("euc_jp"), b"\x00", b"\xff", b"1"]
    read = 0
    for _ in range(2_000):
        body = b"".join(chance.choice(pieces) for _ in range(chance.randrange(1, 40))) + chance.randbytes(2)
        try:
            table, notes = read_table(body)
        except TableError:
            continue
        read += 1
        assert len(table) == notes["rows"]
        assert table.columns.is_unique
    assert read > 50


def test_the_eight_lists_that_the_city_hands_over():
    resources = [entry for entry in store.descriptor("hachioji")["resources"] if entry["name"] != "tidy"]
    assert len(resources) == 8
    for entry in resources:
        table, notes = read_table(store.resource_path("hachioji", entry["name"]))
        assert len(table) == entry["rows"]
        assert notes["encoding"] == "cp932"
        kept, aside = clean_coordinates(table)
        assert len(aside) == 0
        assert kept["緯度"].between(35.5, 35.8).all()


def test_every_real_table_is_read_or_refused_in_one_sentence(source_data, assert_one_sentence):
    paths = [path for path in sorted(source_data.rglob("*")) if path.suffix in (".csv", ".xlsx", ".xls", ".txt")]
    assert len(paths) > 100
    refused = []
    for path in paths:
        try:
            table, notes = read_table(path)
        except TableError as error:
            assert_one_sentence(error)
            refused.append(path)
        else:
            assert len(table) == notes["rows"] > 0
            assert not table.isna().any().any()
    assert all(path.suffix in (".xlsx", ".xls") or path.read_bytes().count(b"\n") <= 1 for path in refused)


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16"])
def test_real_tables_are_read_the_same_in_every_encoding(source_data, encoding):
    tried = 0
    for path in sorted((source_data / "gsi_shelters").rglob("*.csv"))[::6]:
        text = path.read_text(encoding="utf-8")
        try:
            body = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        tried += 1
        pd.testing.assert_frame_equal(read_table(body)[0], read_table(text.encode())[0])
    assert tried > 0


DIRTY = pd.DataFrame(
    [
        ("良い", "35.6581", "139.3157", ""),
        ("全角", "３５．６５８１", "　１３９．３１５７　", ""),
        ("逆", "139.3157", "35.6581", "緯度と経度が逆"),
        ("空", "", "139.3157", "緯度か経度が空"),
        ("空白だけ", "35.6", " 　", "緯度か経度が空"),
        ("文字", "北緯35度", "139.3", "緯度か経度が数字でない"),
        ("半端", "35.6581, ", "139.3157", "緯度か経度が数字でない"),
        ("無限", "inf", "139.3157", "日本の範囲の外"),
        ("零", "0", "0", "日本の範囲の外"),
        ("平面直角", "-36500.2", "-51200.8", "日本の範囲の外"),
        ("パリ", "48.8584", "2.2945", "日本の範囲の外"),
        ("南鳥島", "24.2867", "153.9807", ""),
    ],
    columns=["名称", "緯度", "経度", "期待"],
)


def test_coordinates_are_kept_or_set_aside_with_the_reason():
    kept, aside = clean_coordinates(DIRTY)
    assert kept["名称"].tolist() == ["良い", "全角", "南鳥島"]
    assert kept["緯度"].tolist() == [35.6581, 35.6581, 24.2867]
    assert kept["経度"].dtype == float
    assert aside["理由"].tolist() == aside["期待"].tolist()
    assert aside.loc[2, "緯度"] == "139.3157"


def test_rows_in_are_rows_kept_plus_rows_set_aside_whatever_they_hold():
    chance = random.Random(6668)
    cells = [*DIRTY["緯度"], *DIRTY["経度"], None, float("nan"), 35.6, 139, "１", "-", "NaN", "1e400", True]
    for size in (0, 1, 400):
        table = pd.DataFrame(
            {"緯度": chance.choices(cells, k=size), "経度": chance.choices(cells, k=size)},
            index=[chance.randrange(5) for _ in range(size)],
            dtype=object,
        )
        table["番号"] = range(size)
        kept, aside = clean_coordinates(table)
        assert sorted([*kept["番号"], *aside["番号"]]) == list(range(size))
        assert kept["緯度"].between(20, 46).all()
        assert kept["経度"].between(122, 154.5).all()
        assert (aside["理由"] != "").all()
        assert kept["番号"].is_monotonic_increasing


def test_other_column_names_and_the_table_given_stay_as_they_are():
    table = pd.DataFrame({"lat": ["35.1", "x"], "lon": ["139.1", "139.2"]})
    before = table.copy()
    kept, aside = clean_coordinates(table, lat="lat", lon="lon")
    assert (len(kept), len(aside)) == (1, 1)
    pd.testing.assert_frame_equal(table, before)


def test_a_missing_column_is_named_with_those_that_are_there(assert_one_sentence):
    with pytest.raises(TableError, match=r"「経度」.*名称、緯度") as caught:
        clean_coordinates(pd.DataFrame({"名称": ["A"], "緯度": ["35"]}))
    assert_one_sentence(caught.value)


def test_real_lists_lose_no_row(source_data):
    table, notes = read_table(source_data / "ishikawa" / "170003_evacuation_space.csv")
    kept, aside = clean_coordinates(table)
    assert len(kept) + len(aside) == notes["rows"] == 1_528
    assert 3 <= len(aside) < 100
