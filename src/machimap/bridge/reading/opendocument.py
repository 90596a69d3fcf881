"""OpenDocument spreadsheets (ods) as the clerk sees them: every cell with its repetitions, spans and shown zeros."""

from __future__ import annotations

import io
import math
import re
import zipfile
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from machimap.bridge.reading.grid import Grid, Span
from machimap.bridge.reading.vault import MAX_CELLS, MAX_ROWS, broken, called, locked, take, too_wide
from machimap.bridge.reading.workbook import as_text, chosen
from machimap.bridge.records import ReadingError

KIND = b"application/vnd.oasis.opendocument.spreadsheet"
MAX_LETTERS = 131_072
_MOST = 1 << 21
_SPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_TABLE, _TEXT, _OFFICE, _STYLE = (_SPACE.format(name) for name in ("table", "text", "office", "style"))
_CELLS = ((_TABLE, "table-cell"), (_TABLE, "covered-table-cell"))
_BREAKS = {"tab": "\t", "line-break": "\n"}
# What hangs on a cell and is no part of its text: notes, drawings, readings of kanji.
_BESIDE = {(_OFFICE, "annotation"), (_TEXT, "ruby-text"), (_TEXT, "note")}
_DRAWING = _SPACE.format("drawing")
_DURATION = re.compile(r"P(?:([0-9]+)D)?T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,][0-9]+)?S)?")
_SHOWN_DIGITS = re.compile(r"[0-9]+(?:-[0-9]+)*")


def is_ods(archive: zipfile.ZipFile, title: str) -> bool:
    """Tell whether a zip is an OpenDocument spreadsheet (or its template)."""
    return "mimetype" in archive.namelist() and take(archive, "mimetype", title).startswith(KIND)


def read_ods(archive: zipfile.ZipFile, title: str, wanted: str) -> Grid:
    """Return the sheet that holds the table; see `workbook.chosen`. Raises ReadingError as read_xlsx."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import DefusedExpatParser

    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in take(archive, "META-INF/manifest.xml", title):
        raise locked(title)
    found = _Tables(title)
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(found)
    try:
        parser.parse(io.BytesIO(take(archive, "content.xml", title)))
    except (SAXException, ValueError, KeyError) as error:
        if isinstance(error, DefusedXmlException):
            raise ReadingError(
                f"{called(title)}には表計算ソフトが書かない命令が入っているので、開かずに配布元へ確かめてください。"
            ) from error
        raise broken(title) from error
    if not found.grids:
        raise broken(title)
    visible = [name for name in found.grids if name not in found.hidden]
    return chosen(visible or list(found.grids), list(found.grids), wanted, found.grids.__getitem__)


class _Tables(ContentHandler):
    """The tables of a content.xml by their names; hidden: the names of those that are not shown."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.grids: dict[str, Grid] = {}
        self.hidden: set[str] = set()
        self._unseen_styles: set[str] = set()
        self._style = self._name = ""
        self._depth = self._beside = self._blank_rows = self._blank_cells = self._cells = self._width = 0
        self._repeat = 1
        self._rows: list[list[str]] = []
        self._spans: list[Span] = []
        self._row: list[str] = []
        self._cell: dict[tuple[str, str], str] | None = None
        self._paragraphs: list[str] = []
        self._text: list[str] | None = None

    def startElementNS(self, name: tuple[str, str], qname: str, attrs) -> None:
        space, local = name
        if self._beside or name in _BESIDE or space == _DRAWING:
            self._beside += 1
        elif name in _CELLS and self._depth == 1:
            self._cell = dict(attrs.items())
            self._paragraphs = []
        elif space == _TEXT and self._cell is not None:
            self._start_text(local, attrs)
        elif name == (_TABLE, "table"):
            self._depth += 1
            if self._depth == 1:
                self._start_table(attrs)
        elif name == (_TABLE, "table-row") and self._depth == 1:
            self._row, self._blank_cells = [], 0
            self._repeat = self._count(attrs, "number-rows-repeated")
        elif name == (_STYLE, "style"):
            self._style = attrs.get((_STYLE, "name"), "")
        elif name == (_STYLE, "table-properties") and attrs.get((_TABLE, "display")) == "false":
            self._unseen_styles.add(self._style)

    def endElementNS(self, name: tuple[str, str], qname: str) -> None:
        if self._beside:
            self._beside -= 1
        elif name in _CELLS and self._cell is not None:
            self._end_cell()
        elif name == (_TEXT, "p") and self._text is not None:
            self._paragraphs.append("".join(self._text))
            self._text = None
        elif name == (_TABLE, "table-row") and self._depth == 1:
            self._end_row()
        elif name == (_TABLE, "table"):
            if self._depth == 1:
                self.grids[self._name] = Grid(self._rows, tuple(self._spans))
            self._depth -= 1

    def characters(self, content: str) -> None:
        if self._text is not None and not self._beside:
            self._text.append(content)

    def _start_table(self, attrs) -> None:
        self._name = attrs.get((_TABLE, "name"), "")
        self._rows, self._spans, self._blank_rows, self._width = [], [], 0, 0
        if attrs.get((_TABLE, "style-name"), "") in self._unseen_styles:
            self.hidden.add(self._name)

    def _start_text(self, local: str, attrs) -> None:
        if local == "p":
            self._text = []
        elif self._text is not None and local == "s":
            count = attrs.get((_TEXT, "c"), "1")
            self._text.append(" " * min(int(count), MAX_LETTERS))
        elif self._text is not None:
            self._text.append(_BREAKS.get(local, ""))

    def _end_cell(self) -> None:
        shown = "\n".join(self._paragraphs)
        if len(shown) > MAX_LETTERS:
            raise ReadingError(
                f"{called(self.title)}に{MAX_LETTERS:,}字を超えるセルがあるので、そのセルを短くして保存し直してください。"
            )
        text = _value(self._cell, shown)
        count = self._count(self._cell, "number-columns-repeated")
        if text:
            self._row += [""] * self._blank_cells + [text] * self._within(count + self._blank_cells, count)
            self._blank_cells = 0
        else:
            self._blank_cells += count
        across = self._count(self._cell, "number-columns-spanned")
        down = self._count(self._cell, "number-rows-spanned")
        if text and (across > 1 or down > 1):
            top, left = len(self._rows) + self._blank_rows, len(self._row) - 1
            self._spans.append(Span(top, left, top + down - 1, left + across - 1))
        self._cell = self._text = None

    def _end_row(self) -> None:
        """Keep a row as often as it is repeated; blank ones only when a filled one follows."""
        if not self._row:
            self._blank_rows += self._repeat
            return
        count = len(self._rows) + self._blank_rows + self._repeat
        self._width = max(len(self._row), self._width)
        if count > MAX_ROWS or count * self._width > MAX_CELLS:
            raise too_wide(self.title, count, self._width)
        self._within(len(self._row) * (self._repeat - 1))
        self._rows += [[] for _ in range(self._blank_rows)]
        self._rows += [list(self._row) for _ in range(self._repeat)]
        self._blank_rows = 0

    def _within(self, more: int, count: int = 0) -> int:
        """Count cells that are kept; raise where the memory would not hold them."""
        self._cells += more
        if self._cells > MAX_CELLS:
            raise too_wide(self.title, len(self._rows) + 1, self._cells // (len(self._rows) + 1))
        return count

    @staticmethod
    def _count(attrs, local: str) -> int:
        return min(max(int(attrs.get((_TABLE, local), "1")), 1), _MOST)


def _value(attrs: dict[tuple[str, str], str], shown: str) -> str:
    """Return a cell's text: of a number its full value, unless zeros in front or hyphens between are only shown."""
    kind = attrs.get((_OFFICE, "value-type"), "")
    if kind in ("float", "currency", "percentage"):
        number = float(attrs.get((_OFFICE, "value"), "nan"))
        if not math.isfinite(number):
            return shown
        plain = as_text(number)
        digits = shown.replace("-", "")
        if _SHOWN_DIGITS.fullmatch(shown) and digits.lstrip("0") == plain.lstrip("0"):
            return shown
        return plain
    if kind == "date":
        return attrs.get((_OFFICE, "date-value"), shown)
    if kind == "time":
        return _time(attrs.get((_OFFICE, "time-value"), ""), shown)
    if kind == "boolean":
        return attrs.get((_OFFICE, "boolean-value"), shown).upper()
    return shown or attrs.get((_OFFICE, "string-value"), "")


def _time(written: str, shown: str) -> str:
    match = _DURATION.fullmatch(written)
    if not match:
        return shown
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    text = f"{days * 24 + hours:02}:{minutes:02}"
    return f"{text}:{seconds:02}" if seconds else text
