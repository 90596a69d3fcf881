"""Files that are no tables, known by their first bytes or their name: each with a sentence that says what to do."""

from __future__ import annotations

import re

from machimap.bridge.reading.vault import called
from machimap.bridge.records import ReadingError

_ORIGINAL = "もとになったExcelかCSVを、作った担当課か配布元からもらって選んでください。"
_PICTURE = f"は画像で、文字の表ではないので、{_ORIGINAL}"
_PACKED = "は圧縮されたファイルなので、展開（解凍）してから、中の表のファイルを選んでください。"
_MAP = "は地図のデータなので、地図のソフトでGeoJSONかCSVに書き出してから選んでください。"
_DATABASE = "はデータベースのファイルなので、表をxlsxかCSVに書き出してから選んでください。"
_RESAVE = "なので、表計算ソフトで開いて「Excelブック（xlsx）」の形で保存し直してから選んでください。"
_WORD = "はワープロの文書なので、中の表を表計算ソフトに写し、xlsxかCSVで保存してから選んでください。"
_SLIDES = "は発表用のスライドなので、中の表を表計算ソフトに写し、xlsxかCSVで保存してから選んでください。"
_STARTS: tuple[tuple[bytes, str], ...] = (
    (rb"\s*%PDF", f"はPDFで、そのままでは表を取り出せないので、{_ORIGINAL}"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|BM....\x00\x00\x00\x00|II\*\x00|MM\x00\*|RIFF....WEBP", _PICTURE),
    (rb"....ftyp(heic|heix|hevc|mif1|msf1|avif)", _PICTURE),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!|..-lh[0-9a-z]-|BZh[1-9]|\xfd7zXZ", _PACKED),
    (rb"\{\\rtf", _WORD),
    (rb"\x00\x00\x27\x0a", _MAP),
    (
        rb"\x00\x01\x00\x00Standard (Jet|ACE) DB|SQLite format 3\x00",
        _DATABASE,
    ),
    (rb"ID;P(WXL|CALC|SCALC)", f"は古い表計算の形（SYLK）{_RESAVE}"),
    (rb"(?i:MIME-Version:)", f"はウェブページをまとめた形（mht）か電子メール{_RESAVE}"),
)
_ENDINGS = {".dbf": _MAP, ".shx": _MAP, ".gpkg": _MAP, ".kml": _MAP, ".kmz": _MAP, ".gml": _MAP}
# Names of streams in the old container of Office.
_STREAMS = (("WordDocument", _WORD), ("PowerPoint Document", _SLIDES))
_OFFICE = {
    "word/": _WORD,
    "ppt/": _SLIDES,
    "xl/workbook.bin": f"はExcelのバイナリの形（xlsb）{_RESAVE}",
    "content.xml": "はOpenDocumentの文書で、表計算（ods）ではないので、表を表計算ソフトに写し、xlsxかCSVで保存してから選んでください。",
    "index.apxl": _SLIDES,
    "Index/Document.iwa": "はNumbersなどのファイルなので、ExcelかCSVに書き出してから選んでください。",
}


def refuse_other(body: bytes, title: str) -> None:
    """Raise ReadingError for bytes that are known to be something else than a table."""
    told = next((told for start, told in _STARTS if re.match(start, body[:1_024], re.DOTALL)), "")
    ending = re.search(r"\.[a-z]+$", title.lower())
    told = told or (_ENDINGS.get(ending.group(), "") if ending else "")
    if told:
        raise ReadingError(called(title) + told)


def refuse_old_office(body: bytes, title: str) -> None:
    """Raise ReadingError for an old Office file that is no workbook."""
    for stream, told in _STREAMS:
        if stream.encode("utf-16-le") in body and "Workbook".encode("utf-16-le") not in body:
            raise ReadingError(called(title) + told)


def refuse_office(names: list[str], title: str) -> None:
    """Raise ReadingError for a zip whose members are those of an Office file that is no workbook."""
    if not {"[Content_Types].xml", "mimetype", "Index/Document.iwa", "index.apxl"}.intersection(names):
        return
    for part, told in _OFFICE.items():
        if any(inner.startswith(part) for inner in names):
            raise ReadingError(called(title) + told)
