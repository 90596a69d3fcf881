"""Tables in a web page: systems that export a page and call it xls, and lists on a page that was saved whole."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from machimap.bridge.reading.grid import Grid, Span, filled, size
from machimap.bridge.reading.vault import called, too_wide
from machimap.bridge.records import Conclusion, ReadingError

LOOKS = re.compile(
    r"\s*<(\?xml|!doctype|html|head|body|table|script|style|meta|title|link|div|center|font|form|!--)", re.IGNORECASE
)
_EXPORT = re.compile(r"\.(xlsx?|html?)$|urn:schemas-microsoft-com:office:excel", re.IGNORECASE)
_SPREADSHEET = re.compile(r"<\?mso-application\s+progid=\"Excel|urn:schemas-microsoft-com:office:spreadsheet")
_MARKS = {b"\xef\xbb\xbf": "ascii", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_HEAD = 2_000
_MOSTLY = 0.5
_MAX_LETTERS, _MAX_CELLS, _MAX_DECLARATIONS = 20_000_000, 5_000_000, 10_000
_MAX_SPAN = 1_000
_UNSEEN = ("script", "style", "head", "noscript", "template")
_END_OF_LINE = ("br", "p", "div", "li")


def unhidden(body: bytes) -> bytes:
    """Return a page's bytes behind a comment, so that reading text does not take it for a page to refuse."""
    mark, encoding = next((one for one in _MARKS.items() if body.startswith(one[0])), (b"", "ascii"))
    start = body[len(mark) : len(mark) + _HEAD].decode(encoding, "replace").lstrip().lower()
    if not start.startswith(("<!doctype", "<html")):
        return body
    return mark + "<!-- -->".encode(encoding) + body[len(mark) :]


def read_page(text: str, title: str) -> Grid:
    """Return the grid of the page's largest table.

    Only where it is the page's content (most of its letters, or the file calls itself a spreadsheet): the frames of a
    notice or an error are no table. Raises ReadingError for a page without one, and for a spreadsheet in XML.
    """
    name = called(title)
    if _SPREADSHEET.search(text[:_HEAD]) and not re.search("<(html|table)[ >]", text[:_HEAD], re.IGNORECASE):
        raise ReadingError(
            f"{name}はExcel 2003のXMLの形なので、Excelで開いて「Excelブック（xlsx）」の形で保存し直してから選んでください。"
        )
    if len(text) > _MAX_LETTERS or text.count("<!") > _MAX_DECLARATIONS:
        raise ReadingError(
            f"{name}はウェブページとして大きすぎるので、表計算ソフトで開いてCSVで保存し直してから選んでください。"
        )
    page = _Tables(title)
    # What follows the last > holds no whole tag, and the parser would look for its end again and again.
    page.feed(text[: text.rfind(">") + 1])
    page.close()
    best = max(page.grids, key=size, default=Grid([]))
    rows = [row for row in best.rows if filled(row) > 1]
    letters = sum(len(cell) for row in best.rows for cell in row)
    is_content = _EXPORT.search(title) or _EXPORT.search(text[:_HEAD]) or letters >= _MOSTLY * page.letters
    if len(rows) < 2 or not is_content:
        raise ReadingError(
            f"{name}は表ではなくウェブページ（またはXML）なので、配布元のページからCSVかExcelをダウンロードし直してください。"
        )
    several = f"表は{len(page.grids)}個あり、いちばん大きいものを読みました。" if len(page.grids) > 1 else ""
    why = f"名前はどうであれ、中身はウェブページです。{several}"
    return Grid(best.rows, best.spans, conclusions=(Conclusion("形式", "ウェブページ（HTML）の中の表", why),))


class _Table:
    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.spans: list[Span] = []
        # Column → the last row that a cell above reaches down to.
        self.hanging: dict[int, int] = {}
        self.cell: list[str] | None = None
        self.across = self.down = 1


class _Tables(HTMLParser):
    """The tables of a page, each with its own cells only; letters: how many are shown on the whole page."""

    def __init__(self, title: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title = title
        self.grids: list[Grid] = []
        self.letters = 0
        self._open: list[_Table] = []
        self._unseen = self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._open.append(_Table())
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            self._open[-1].rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            told = dict(attrs)
            table = self._open[-1]
            table.cell = []
            table.across, table.down = (_count(told.get(name)) for name in ("colspan", "rowspan"))
        elif tag in _END_OF_LINE:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif not self._open:
            return
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table":
            self._end_cell()
            table = self._open.pop()
            self.grids.append(Grid(table.rows, tuple(table.spans)))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.letters += len(data.strip())
            self._add(re.sub(r"[ \t\r\n]+", " ", data))

    def close(self) -> None:
        super().close()
        while self._open:
            self.handle_endtag("table")

    def _add(self, text: str) -> None:
        if self._open and self._open[-1].cell is not None and not self._unseen:
            self._open[-1].cell.append(text)

    def _end_cell(self) -> None:
        table = self._open[-1]
        if table.cell is None:
            return
        if not table.rows:
            table.rows.append([])
        text = "\n".join(line.strip() for line in "".join(table.cell).split("\n")).strip()
        table.cell = None
        top, row = len(table.rows) - 1, table.rows[-1]
        start = len(row)
        while table.hanging.get(len(row), -1) >= top:
            row.append("")
        left = len(row)
        row += [text] + [""] * (table.across - 1)
        self._cells += len(row) - start
        if self._cells > _MAX_CELLS:
            raise too_wide(self.title, len(table.rows), len(row))
        if table.across > 1 or table.down > 1:
            table.spans.append(Span(top, left, top + table.down - 1, left + table.across - 1))
            table.hanging |= dict.fromkeys(range(left, left + table.across), top + table.down - 1)


def _count(written: str | None) -> int:
    digits = re.match(r"\s*([0-9]{1,4})", written or "")
    return min(max(int(digits.group(1)), 1), _MAX_SPAN) if digits else 1
