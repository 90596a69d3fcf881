"""Excel workbooks as the clerk sees them: xlsx through calamine (fast), the old binary xls through xlrd."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from machimap.bridge.reading.grid import Grid, Span, filled, size
from machimap.bridge.reading.vault import MAX_CELLS, broken, called, inflated, locked, too_wide
from machimap.bridge.records import Conclusion, ReadingError

_REF = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*?)>(?:<(?:\w+:)?f[^<>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v[^<>]*>([^<]*)</(?:\w+:)?v>"
)
_ATTRIBUTE = re.compile(rb"""(\w+)\s*=\s*["']([^"']*)["']""")
# 000000 and 000-0000: leading zeros that a clerk sees and the file's number does not have.
_PADDED = re.compile(r"0[0-]*0")
_LITERAL = re.compile(r'\\(.)|"([^"]*)"|\[[^\]]*\]')
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_OVERLAP = 64
_MAX_EXACT = 1e15


def read_xlsx(archive: zipfile.ZipFile, body: bytes, title: str, wanted: str) -> Grid:
    """Return the sheet that holds the table; see `chosen`. Raises ReadingError for a damaged, locked or vast book."""
    formats = _Formats(archive, _guard(archive, title))
    try:
        import python_calamine as calamine

        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        visible = [sheet.name for sheet in sheets if sheet.visible == calamine.SheetVisibleEnum.Visible]
        names = [sheet.name for sheet in sheets]
        grid = chosen(visible or names, names, wanted, lambda name: _xlsx(book, name, formats))
    except (KeyboardInterrupt, SystemExit, ReadingError):
        raise
    except BaseException as error:  # a panic of the reader's Rust code is a BaseException
        raise broken(title) from error
    if not any(map(filled, grid.rows)) and any(name.startswith("xl/media/") for name in archive.namelist()):
        raise ReadingError(
            f"{called(title)}の表は画像として貼られていて文字がないので、"
            "もとになったExcelかCSVを、作った担当課か配布元からもらって選んでください。"
        )
    return grid


def read_xls(body: bytes, title: str, wanted: str) -> Grid:
    """Return the sheet that holds the table of an old binary book. Raises ReadingError as read_xlsx."""
    if _LOCKED in body:
        raise locked(title)
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=body, formatting_info=True, logfile=io.StringIO())
        names = book.sheet_names()
        visible = [sheet.name for sheet in book.sheets() if not sheet.visibility]
        return chosen(visible or names, names, wanted, lambda name: _xls(book, book.sheet_by_name(name)))
    except ReadingError:
        raise
    except Exception as error:  # xlrd answers damage with many kinds of exceptions
        if "encrypted" in str(error).lower() or "password" in str(error).lower():
            raise locked(title) from error
        raise broken(title) from error


def chosen(visible: list[str], names: list[str], wanted: str, load: Callable[[str], Grid]) -> Grid:
    """Return the sheet wanted (by name or by its number from 1), else the visible one with the most table cells.

    Raises ReadingError for a sheet that is not there, naming those that are.
    """
    if wanted:
        name = wanted if wanted in names else _numbered(wanted, names)
        if not name:
            raise ReadingError(
                f"「{wanted}」というシートはないので、ある名前（{'、'.join(names[:8])}）から選んで書いてください。"
            )
        grid, why = load(name), "指定された名前のシートです。"
    else:
        grids = {name: load(name) for name in visible}
        sizes = {name: size(grid) for name, grid in grids.items()}
        name = max(sizes, key=sizes.get)
        alike = [other for other in visible if other != name and _head(grids[other]) == _head(grids[name]) != []]
        grid, why = grids[name], _why(name, sizes, len(names) - len(visible)) + _same_head(alike)
    return Grid(grid.rows, grid.spans, conclusions=(Conclusion("シート", name.strip(), why, "sheet"),))


def _head(grid: Grid) -> list[str]:
    """Return the first row that could be a head, to see whether two sheets go on with one table."""
    row = next((row for row in grid.rows if filled(row) > 1), [])
    return [cell.strip() for cell in row if cell.strip()]


def _same_head(alike: list[str]) -> str:
    if not alike:
        return ""
    return f"同じ見出しのシートがほかにもあるので（{'、'.join(name.strip() for name in alike)}）、1枚ずつ選んで読んでください。"


def _numbered(wanted: str, names: list[str]) -> str:
    close = [name for name in names if name.strip() == wanted.strip()]
    if not close and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        close = [names[int(wanted) - 1]]
    return close[0] if close else ""


def _why(name: str, sizes: dict[str, int], hidden: int) -> str:
    others = [f"{other.strip()}（{count:,}）" for other, count in sizes.items() if other != name]
    only = "シートは1枚です。" if not others else f"表の形のセルがいちばん多い（{sizes[name]:,}）シートです。"
    rest = f"読まなかったシートは{'、'.join(others)}です。" if others else ""
    return only + rest + (f"隠れたシート{hidden}枚は選んでいません。" if hidden else "")


def _guard(archive: zipfile.ZipFile, title: str) -> set[str]:
    """Refuse a bomb, a DTD, and a sheet so vast that its empty cells alone would fill the memory.

    Returns the parts that hold cells with an error.
    """
    columns: dict[str, set[bytes]] = {}
    rows: dict[str, int] = {}
    faulty: set[str] = set()
    for part, piece in _overlapped(inflated(archive, title)):
        if not part.endswith((".xml", ".rels")):
            continue
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise ReadingError(
                f"{called(title)}にはExcelが書かない命令が入っているので、開かずに配布元へ確かめてください。"
            )
        if b't="e"' in piece:
            faulty.add(part)
        found = _REF.findall(piece)
        columns.setdefault(part, set()).update(letters for letters, _ in found)
        rows[part] = max(rows.get(part, 0), max((int(number[:9]) for _, number in found), default=0))
    for part, letters in columns.items():
        wide = max((_column(text) for text in letters), default=0)
        if wide * rows[part] > MAX_CELLS:
            raise too_wide(title, rows[part], wide)
    return faulty


def _overlapped(pieces: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Put the end of the piece before in front, so that what lies across the border is found."""
    last, tail = "", b""
    for part, piece in pieces:
        yield part, tail + piece if part == last else piece
        last, tail = part, piece[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


class _Formats:
    """What calamine leaves out of an xlsx: the zeros of a number format, and the name of an error in a cell."""

    def __init__(self, archive: zipfile.ZipFile, faulty: set[str]) -> None:
        self.archive = archive
        self.faulty = faulty
        self.padded = self._padded()
        self.parts = self._parts()

    def seen(self, sheet: str) -> dict[tuple[int, int], str]:
        """Return (row, column) from 0 → the text a clerk sees, for the cells where the plain value differs."""
        part = self.parts.get(sheet, "")
        if part not in self.archive.namelist() or not (self.padded or part in self.faulty):
            return {}
        return dict(self._cells(self.archive.read(part)))

    def _cells(self, body: bytes) -> Iterator[tuple[tuple[int, int], str]]:
        for attributes, value in _CELL.findall(body):
            found = dict(_ATTRIBUTE.findall(attributes))
            kind, style, ref = found.get(b"t", b"n"), found.get(b"s", b"0"), found.get(b"r", b"")
            place = re.fullmatch(rb"([A-Z]+)([0-9]+)", ref)
            if not place or (kind != b"e" and (kind != b"n" or style not in self.padded)):
                continue
            text = value.decode("utf-8", "replace")
            seen = text if kind == b"e" else _zeros(text, self.padded[style])
            if seen:
                yield (int(place[2]) - 1, _column(place[1]) - 1), seen

    def _padded(self) -> dict[bytes, str]:
        root = self._xml("xl/styles.xml")
        if root is None:
            return {}
        codes = {
            node.get("numFmtId"): padding(node.get("formatCode", "")) for node in root.iter() if _is(node, "numFmt")
        }
        frame = next((node for node in root.iter() if _is(node, "cellXfs")), ())
        used = {str(n).encode(): codes.get(node.get("numFmtId"), "") for n, node in enumerate(frame)}
        return {style: code for style, code in used.items() if code}

    def _parts(self) -> dict[str, str]:
        book, links = self._xml("xl/workbook.xml"), self._xml("xl/_rels/workbook.xml.rels")
        if book is None or links is None:
            return {}
        targets = {node.get("Id"): node.get("Target", "") for node in links}
        found = {}
        for node in book.iter():
            if _is(node, "sheet"):
                link = next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
                target = targets.get(link, "")
                found[node.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return found

    def _xml(self, part: str) -> Any:
        import defusedxml.ElementTree
        from defusedxml.common import DefusedXmlException

        try:
            return defusedxml.ElementTree.fromstring(self.archive.read(part))
        except (KeyError, ParseError, DefusedXmlException):
            return None


def _is(node: Any, name: str) -> bool:
    return str(node.tag).rpartition("}")[2] == name


def padding(code: str) -> str:
    """Return a number format's zeros with the marks between them (000-0000), "" for a format without any."""
    first = _LITERAL.sub(lambda match: (match[1] or match[2] or "").strip(), code).split(";")[0]
    marks = first.replace("_", "").replace(" ", "").strip("@")
    return marks if _PADDED.fullmatch(marks) and marks.count("0") > 1 else ""


def _zeros(value: str, code: str) -> str:
    """Write a whole number into a format of zeros from the right: 1234567 in 000-0000 is 123-4567."""
    try:
        number = float(value)
    except ValueError:
        return ""
    if not number.is_integer() or not 0 <= number < _MAX_EXACT:
        return ""
    digits = list(str(int(number)).rjust(code.count("0"), "0"))
    out = [digits.pop() if mark == "0" else mark for mark in reversed(code)]
    return "".join(digits) + "".join(reversed(out))


def _xlsx(book: Any, name: str, formats: _Formats) -> Grid:
    sheet = book.get_sheet_by_name(name)
    rows = [[as_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), seen in formats.seen(name).items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = seen
    spans = tuple(Span(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    return Grid(rows, spans)


def _xls(book: Any, sheet: Any) -> Grid:
    rows = [[_xls_text(book, cell) for cell in sheet.row(number)] for number in range(sheet.nrows)]
    spans = tuple(Span(top, left, below - 1, after - 1) for top, below, left, after in sheet.merged_cells)
    return Grid(rows, spans)


def _xls_text(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return as_text(_date(xlrd.xldate_as_datetime(cell.value, book.datemode), cell.value))
        except (xlrd.xldate.XLDateError, ValueError, OverflowError):
            return as_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return as_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "")
    if cell.ctype == xlrd.XL_CELL_NUMBER and cell.xf_index is not None:
        code = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
        return _zeros(str(cell.value), padding(code)) if padding(code) else as_text(cell.value)
    return as_text(cell.value)


def _date(moment: datetime.datetime, value: float) -> datetime.datetime | datetime.date | datetime.time:
    if value < 1:
        return moment.time()
    return moment.date() if float(value).is_integer() else moment


def as_text(value: Any) -> str:
    """Return a cell as text: whole numbers without .0, dates and times in ISO form, logical values as Excel shows."""
    if type(value) is str:
        return value
    if type(value) is float:
        return str(int(value)) if value.is_integer() and abs(value) < _MAX_EXACT else repr(value)
    if type(value) is bool:
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, datetime.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return "" if value is None else str(value)
