"""Small OpenDocument spreadsheets written by hand, and tables that are web pages: 架空データ for the tests."""

from __future__ import annotations

import layouts

_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "draw": "drawing",
    }.items()
)
KIND = b"application/vnd.oasis.opendocument.spreadsheet"


def word(text: str, more: str = "") -> str:
    """A cell of text."""
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def typed(kind: str, value: str, shown: str, more: str = "") -> str:
    """A cell of a kind (float, date, time, boolean) with its value and what is shown."""
    name = {"float": "value", "percentage": "value"}.get(kind, f"{kind}-value")
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}="{value}" {more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def blank(times: int = 1) -> str:
    """Blank cells."""
    return f'<table:table-cell table:number-columns-repeated="{times}"/>'


def row(*cells: str, times: int = 1) -> str:
    """A row of cells, repeated."""
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(cells)}</table:table-row>'


def sheet(name: str, *rows: str, style: str = "ta1") -> str:
    """A sheet of rows."""
    return f'<table:table table:name="{name}" table:style-name="{style}"><table:table-column/>{"".join(rows)}</table:table>'


def content(*sheets: str, head: str = "") -> bytes:
    """The content.xml of a spreadsheet; the style `hidden` hides its sheet."""
    hidden = (
        '<office:automatic-styles><style:style style:name="hidden" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    body = f"<office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body>"
    text = f'<?xml version="1.0"?>{head}<office:document-content {_NAMES}>{hidden}{body}</office:document-content>'
    return text.encode()


def ods(*sheets: str, manifest: bytes = b"<manifest/>", head: str = "") -> bytes:
    """A spreadsheet as a file."""
    parts = {"mimetype": KIND, "content.xml": content(*sheets, head=head), "META-INF/manifest.xml": manifest}
    return layouts.zip_bytes(parts)


LIST = (
    row(word("架空データ　避難場所一覧", 'table:number-columns-spanned="6"'), blank(16_378)),
    row(*map(word, ("名称", "所在地", "コード", "緯度", "指定日", "開始時間")), blank(16_378)),
    row(
        word('架空第一<text:s text:c="2"/>小学校'),
        word("架空町1<text:line-break/>2階", 'table:number-rows-spanned="2"'),
        typed("float", "1100", "001100"),
        typed("float", "35.6663120000001", "35.67"),
        typed("date", "2024-04-01", "令和6年4月1日"),
        typed("time", "PT08H30M00S", "8時30分"),
        blank(16_378),
    ),
    row(
        '<table:table-cell office:value-type="string"><office:annotation><text:p>メモ</text:p></office:annotation>'
        "<draw:frame><text:p>図の文字</text:p></draw:frame><text:p>架空第二</text:p><text:p>小学校</text:p></table:table-cell>",
        "<table:covered-table-cell/>",
        typed("float", "132012", "132,012"),
        typed("float", "1", "1.0"),
        typed("date", "2024-04-02T09:00:00", "R6.4.2"),
        typed("time", "PT25H00M05S", "25:00:05"),
    ),
    row(blank(3), times=2),
    row(
        word("架空公園"),
        blank(),
        typed("float", "1920045", "192-0045"),
        blank(2),
        typed("boolean", "true", "TRUE"),
        times=2,
    ),
    row(blank(16_384), times=1_048_568),
)


# What systems export and call xls: a web page with one table.
PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{0}"><style>td {{ color: red }}</style></head>
<body><table border="1"><tr><th colspan="3">架空データ 一覧</th></tr>
<tr><th>名称</th><th>所在地</th><th>緯度</th></tr>
<tr><td>架空第一館</td><td rowspan="2">架空町1<br>2階</td><td>35.1</td></tr>
<tr><td>架空&amp;第二館</td><td>35.2</td></tr>
<tr><td>架空第三館<td>架空町3<td>&nbsp;35.3
</table><script>var a = "<td>";</script></body></html>"""
