"""What is no table is refused in one sentence: bombs, locked and cut files, paths that climb out, other kinds."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable

import layouts
import office
import openpyxl
import pytest
from openpyxl.drawing.image import Image as Picture
from PIL import Image

from machimap.bridge.reading import ReadingError, read
from machimap.bridge.reading.vault import MAX_BYTES, MAX_ROWS

BOOK = layouts.two_row_head_merged()
CSV = layouts.plain_cp932()


def remade(change: Callable[[str, bytes], bytes]) -> bytes:
    """Return the workbook with its parts changed."""
    source = zipfile.ZipFile(io.BytesIO(BOOK))
    return layouts.zip_bytes({name: change(name, source.read(name)) for name in source.namelist()})


def sheet_with(text: bytes) -> bytes:
    return remade(lambda name, body: text if "sheet1" in name else body)


def sparse() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "左上", "右下"
    return layouts.book_bytes(book)


def vast_zip(name: str, piece: bytes, times: int, others: dict[str, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for other, body in (others or {}).items():
            archive.writestr(other, body)
        with archive.open(name, "w", force_zip64=True) as member:
            for _ in range(times):
                member.write(piece)
    return stream.getvalue()


def locked_zip() -> bytes:
    """Set the mark of a password on a member; nobody gets as far as the content."""
    body = bytearray(layouts.zip_bytes({"一覧.csv": CSV}))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.find(sign) + place] |= 1
    return bytes(body)


def locked_book() -> bytes:
    """Excel keeps a locked book in the old container, under the name EncryptedPackage."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)


def only_pictures() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (9, 9)).save(stream, "PNG")
    book = openpyxl.Workbook()
    book.active.add_image(Picture(stream), "A1")
    return layouts.book_bytes(book)


def side_by_side() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["名称", "緯度", None, "名称", "緯度"])
    for number in range(9):
        book.active.append([f"架空{number}館", "35.1", None, f"架空{number}堂", "35.2"])
    return layouts.book_bytes(book)


def very_wide() -> bytes:
    book = openpyxl.Workbook()
    for line in (["名称", *(f"項目{n}" for n in range(16_383))], ["架空館", *["1"] * 16_383]):
        book.active.append(line)
    return layouts.book_bytes(book)


def old_document(stream: str) -> bytes:
    """An old Office file is known by the name of its main stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(600)


def ods_of(*rows: str, **more) -> bytes:
    return office.ods(office.sheet("一覧", *rows), **more)


SPREADSHEET_XML = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook></Workbook>'
FAULTS = {
    "empty": (lambda: b"", "空"),
    "only blanks": (lambda: "　\r\n ,,\r\n".encode(), "空|データの行がない"),
    "only a head": (lambda: "名称,緯度\n".encode(), "データの行がない"),
    "only dashes": (lambda: "名称,緯度\n―,\n―,\n".encode(), "データの行がない"),
    "a web page": (lambda: b"<!DOCTYPE html><html><body>404</body></html>", "ウェブページ"),
    "a web page after a comment": (
        lambda: b"\xef\xbb\xbf\n<!-- x --><table><tr><td>1</td></tr></table>",
        "ウェブページ",
    ),
    "an Excel 2003 XML": (lambda: b'<?xml version="1.0"?>\n<Workbook></Workbook>', "XML"),
    "a PDF": (lambda: b"%PDF-1.7\n1 0 obj\n", "PDF"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "画像"),
    "a photograph": (lambda: b"\xff\xd8\xff\xe0" + bytes(99), "画像"),
    "a photograph of a telephone": (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(99), "画像"),
    "a bitmap": (lambda: b"BM\x9a\x00\x00\x00\x00\x00\x00\x00" + bytes(99), "画像"),
    "a PDF after blank lines": (lambda: b"\r\n%PDF-1.4\n1 0 obj\n", "PDF"),
    "a compressed file": (lambda: b"\x1f\x8b\x08" + bytes(99), "展開"),
    "an LZH": (lambda: b"\x20\x00-lh5-" + bytes(99), "展開"),
    "a shape file": (lambda: b"\x00\x00\x27\x0a" + bytes(99), "地図のデータ"),
    "a database": (lambda: b"SQLite format 3\x00" + bytes(99), "データベース"),
    "an old Word document": (lambda: old_document("WordDocument"), "ワープロ"),
    "old slides": (lambda: old_document("PowerPoint Document"), "スライド"),
    "a rich text": (lambda: b"{\\rtf1\\ansi}", "ワープロ"),
    "a SYLK": (lambda: b"ID;PWXL;N;E\r\nC;Y1;X1;K1\r\nE\r\n", "SYLK"),
    "a web archive": (lambda: b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<table>", "mht"),
    "an Excel 2003 XML with its mark": (lambda: SPREADSHEET_XML, "Excel 2003"),
    "slides": (lambda: layouts.zip_bytes({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}), "スライド"),
    "a binary workbook": (lambda: layouts.zip_bytes({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "xlsb"),
    "a text of OpenDocument": (
        lambda: layouts.zip_bytes({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b""}),
        "ods",
    ),
    "a workbook of pictures": (only_pictures, "画像として貼られて"),
    "a book of 16,384 columns": (very_wide, "16,384もある"),
    "two tables side by side": (side_by_side, "横に2つ"),
    "a page whose table is a frame": (
        lambda: (
            b"<html><body><table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
            + "<p>このページは移動しました。新しいページをご覧ください。</p></body></html>".encode()
        ),
        "ウェブページ",
    ),
    "a page of tags that never end": (lambda: b"<html><table><tr><td>1</td></tr>" + b"<a " * 300_000, "ウェブページ"),
    "a page that is vast": (lambda: b"<html><table>" + b"<tr><td>1</td></tr>" * 1_200_000, "大きすぎる"),
    "a page of cells over a thousand columns": (
        lambda: b"<html><table>" + b'<tr><td colspan="999">1</td></tr>' * 6_000,
        "広すぎる",
    ),
    "an empty ods": (lambda: ods_of(), "空"),
    "an ods with only a head": (
        lambda: ods_of(office.row(office.word("名称"), office.word("緯度"))),
        "データの行がない",
    ),
    "a locked ods": (lambda: ods_of(manifest=b"<manifest:encryption-data/>"), "パスワード"),
    "a cut ods": (lambda: ods_of(*office.LIST)[:-60], "途中で切れている"),
    "an ods of garbage": (
        lambda: layouts.zip_bytes({"mimetype": office.KIND, "content.xml": b"<a><b></a>"}),
        "壊れている",
    ),
    "an ods without its content": (lambda: layouts.zip_bytes({"mimetype": office.KIND}), "壊れている"),
    "an ods with a DTD": (lambda: ods_of(*office.LIST, head='<!DOCTYPE a [<!ENTITY b "c">]>'), "命令"),
    "an ods row a million times": (
        lambda: ods_of(office.row(*[office.word("架空")] * 40, times=1_000_000)),
        "広すぎる",
    ),
    "an ods cell sixteen thousand times": (
        lambda: ods_of(office.row(office.word("架空", 'table:number-columns-repeated="16384"'), times=5_000)),
        "広すぎる",
    ),
    "an ods of one cell in each corner": (
        lambda: ods_of(
            office.row(office.word("左上")),
            office.row(office.blank(), times=1_000_000),
            office.row(office.blank(16_000), office.word("右下")),
        ),
        "広すぎる",
    ),
    "an ods cell of 200,000 letters": (lambda: ods_of(office.row(office.word("架" * 200_000))), "超えるセル"),
    "an ods that is a bomb": (
        lambda: vast_zip("content.xml", b" " * 1_000_000, 150, {"mimetype": office.KIND}),
        "異常に大きく",
    ),
    "a cut workbook": (lambda: BOOK[: len(BOOK) // 2], "途中で切れている"),
    "a workbook without its end": (lambda: BOOK[:-40], "途中で切れている"),
    "a cut old workbook": (lambda: layouts.old_workbook()[:3000], "途中で切れている"),
    "a sheet of garbage": (lambda: sheet_with(b"\x00garbage"), "壊れている"),
    "a workbook without workbook": (
        lambda: remade(lambda name, body: b"" if name == "xl/workbook.xml" else body),
        "壊れている",
    ),
    "an empty workbook": (lambda: layouts.book_bytes(openpyxl.Workbook()), "空"),
    "a DTD": (lambda: sheet_with(b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'), "命令"),
    "a sheet of one cell in each corner": (lambda: sparse(), "広すぎる"),
    "a locked zip": (lambda: locked_zip(), "パスワード"),
    "a locked workbook": (lambda: locked_book(), "パスワード"),
    "a zip that climbs out": (lambda: layouts.zip_bytes({"../../一覧.csv": CSV}), "フォルダの外"),
    "a zip from the root": (lambda: layouts.zip_bytes({"/etc/list.csv": CSV}), "フォルダの外"),
    "a zip of Windows that climbs out": (lambda: layouts.zip_bytes({"..\\list.csv": CSV}), "フォルダの外"),
    "a zip with a drive": (lambda: layouts.zip_bytes({"C:\\list.csv": CSV}), "フォルダの外"),
    "a zip without tables": (lambda: layouts.zip_bytes({"読んでください.docx": b"x"}), "ファイルがない"),
    "a zip with an empty table": (lambda: layouts.zip_bytes({"一覧.csv": b""}), "空"),
    "a zip in a zip": (lambda: layouts.zip_bytes({"中.zip": layouts.zip_bytes({"一覧.csv": CSV})}), "ファイルがない"),
    "a document": (lambda: layouts.zip_bytes({"[Content_Types].xml": b"", "word/document.xml": b""}), "ワープロ"),
    "a bomb": (lambda: vast_zip("一覧.csv", b"a,b\n" * 250_000, 200), "異常に大きく"),
    "a sheet that is a bomb": (lambda: vast_zip("xl/workbook.xml", b"A" * 1_000_000, 500), "異常に大きく"),
    "a cut JSON": (lambda: layouts.records_json()[:-30], "JSONとして読めない"),
    "a JSON without records": (lambda: b'{"title": "\xe8\xa1\xa8"}', "表の形"),
    "a JSON a hundred thousand deep": (lambda: b"[" * 100_000, "JSON"),
    "a cell that is never closed": (lambda: '名称,備考\n架空館,"閉じない\n架空堂,1\n'.encode(), "引用符"),
    "a cell of 200,000 characters": (lambda: b'a,b\n"' + b"x" * 200_000 + b'",1\n', "長すぎる"),
    "a file that is too large": (lambda: b"a,b\n" + b"x" * MAX_BYTES, "大きすぎる"),
    "too many rows": (lambda: b"a\n" * (MAX_ROWS + 1), "多すぎる"),
    "bytes that are no text": (lambda: bytes(range(1, 256)) * 20, "文字を読み取れない"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_table_is_refused_in_one_sentence(assert_one_sentence, name):
    make, part = FAULTS[name]
    with pytest.raises(ReadingError, match=part) as caught:
        read(make(), name="一覧.json" if "JSON" in name else "一覧.csv")
    assert_one_sentence(caught.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path, assert_one_sentence):
    for path in (tmp_path / "ない.csv", tmp_path):
        with pytest.raises(ReadingError, match="開けない") as caught:
            read(path)
        assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    ("body", "options", "part"),
    [
        (CSV, {"encoding": "mojikyo"}, "知らない"),
        (CSV, {"encoding": "utf-8"}, "読めない"),
        (CSV, {"delimiter": ",,"}, "区切り"),
        (CSV, {"header_row": 99}, "25行"),
        (CSV, {"header_row": -2}, "25行"),
        (CSV, {"header_row": 25}, "データの行がない"),
        (CSV, {"header_rows": 26}, "25行"),
        (BOOK, {"sheet": "一覧"}, "避難場所"),
        (layouts.zipped(), {"member": "list.csv"}, "132012_避難場所.csv"),
    ],
)
def test_an_option_that_does_not_fit_is_told_with_what_would(assert_one_sentence, body, options, part):
    with pytest.raises(ReadingError, match=part) as caught:
        read(body, name="一覧", **options)
    assert_one_sentence(caught.value)


def test_a_zip_that_holds_itself_does_not_go_on_for_ever(assert_one_sentence):
    inner = layouts.zip_bytes({"r.zip": layouts.zip_bytes({"r.zip": b"PK\x05\x06" + bytes(18)})})
    with pytest.raises(ReadingError) as caught:
        read(inner, member="r.zip")
    assert_one_sentence(caught.value)


def test_a_name_in_the_zip_that_is_not_utf_8_is_readable():
    body = bytearray(layouts.zip_bytes({"xxxx.csv": CSV}))
    for sign, place in ((b"PK\x03\x04", 30), (b"PK\x01\x02", 46)):
        start = body.find(sign) + place
        body[start : start + 4] = "一覧".encode("cp932")
    reading = read(bytes(body))
    assert next(c.value for c in reading.conclusions if c.about == "zipの中のファイル") == "一覧.csv"


LIMITED = """
import resource, sys
from machimap.bridge.reading import ReadingError, read
resource.setrlimit(resource.RLIMIT_AS, (2_500_000_000, 2_500_000_000))
try:
    read(sys.argv[1])
except ReadingError as error:
    print("refused", error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def sheet_of_one_vast_cell(inner: bytes, times: int) -> bytes:
    """Return a workbook whose only sheet is one cell of many million letters."""
    source, stream = zipfile.ZipFile(io.BytesIO(BOOK)), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in source.namelist():
            if "sheet1" not in name:
                archive.writestr(name, source.read(name))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>')
            for _ in range(times):
                sheet.write(inner)
            sheet.write(b"</t></is></c></row></sheetData></worksheet>")
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cell", "zip", "ods"])
def test_a_gigabyte_never_reaches_the_memory(tmp_path, kind):
    path = tmp_path / "一覧.xlsx"
    piece = b"A" * 1_000_000
    made = {
        "cell": lambda: sheet_of_one_vast_cell(piece, 1_000),
        "zip": lambda: vast_zip("一覧.csv", piece, 1_000),
        "ods": lambda: vast_zip("content.xml", piece, 1_000, {"mimetype": office.KIND}),
    }
    path.write_bytes(made[kind]())
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert "refused" in done.stdout, done.stderr
    assert int(done.stdout.split()[-1]) < 1_000
