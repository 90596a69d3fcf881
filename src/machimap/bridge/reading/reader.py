"""Read any table of a town hall: find out what it is, where its head stands and which rows are data, and say why."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from machimap.bridge.reading import body as below
from machimap.bridge.reading.garbled import undone
from machimap.bridge.reading.grid import Grid, size
from machimap.bridge.reading.head import Head, find
from machimap.bridge.reading.kinds import refuse_office, refuse_old_office, refuse_other
from machimap.bridge.reading.opendocument import is_ods, read_ods
from machimap.bridge.reading.page import LOOKS, read_page, unhidden
from machimap.bridge.reading.structured import looks_like_json, read_json
from machimap.bridge.reading.vault import bounded, called, contents, leaf, open_zip, take, too_large
from machimap.bridge.reading.workbook import read_xls, read_xlsx
from machimap.bridge.records import ASIDE_COLUMNS, Conclusion, Reading, ReadingError
from machimap.datasets.text import DELIMITER_NAMES, ENCODING_NAMES, TableError, decode, delimiter, records

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_EMPTY_ZIP = b"PK\x05\x06"
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".geojson", ".jsonl")
_LOST = "\ufffd"
_MAX_CANDIDATES = 30
_MAX_TITLES = 10
MAX_COLUMNS = 1_000
_MAX_TOTAL = 200_000_000
_MAX_NULS = 0.05
_SAMPLE, _SAMPLE_LINES = 200_000, 60


def read(
    source: str | Path | bytes,
    *,
    name: str = "",
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    member: str = "",
    header_row: int = 0,
    header_rows: int = 0,
    keep_rows: Collection[int] = (),
    fill_merged: bool = True,
) -> Reading:
    """Read a table (CSV, TSV, xlsx, xls, ods, a table in HTML, JSON, GeoJSON, or a zip of them) and say what was concluded and why.

    Each option overrides one conclusion: encoding (as Python names it; given, garbled text is left as it is),
    delimiter, sheet (its name or number from 1), member (a file in the zip), header_row (from 1 as a spreadsheet
    shows it; -1: the table has no head), header_rows, keep_rows (numbers of rows that are data although they look
    like totals or notes), fill_merged (False: a cell merged over several rows keeps its value in the first only).
    Raises ReadingError, one Japanese sentence, for whatever is no table: empty, locked, cut, a bomb, another kind.
    """
    body, title = contents(source, name)
    options = _Options(encoding, delimiter, sheet, member)
    grid = _grid(body, title, options)
    return _reading(grid, title, header_row, header_rows, keep_rows, fill_merged)


@dataclass(frozen=True)
class _Options:
    """The options that decide how bytes become a grid."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    member: str = ""


def _grid(body: bytes, title: str, options: _Options) -> Grid:
    if body.startswith((_ZIP, _EMPTY_ZIP)):
        archive = open_zip(body, title)
        return _office(archive, body, title, options) or _of_zip(archive, title, options)
    if body.startswith(_OLE):
        refuse_old_office(body, title)
        grid = read_xls(body, title, options.sheet)
        return _with(grid, Conclusion("形式", "Excel（xls）", "古い形式のExcelブックです。"))
    refuse_other(body, title)
    return _of_text(body, title, options)


def _with(grid: Grid, *conclusions: Conclusion) -> Grid:
    return replace(grid, conclusions=(*conclusions, *grid.conclusions))


def _office(archive: zipfile.ZipFile, body: bytes, title: str, options: _Options) -> Grid | None:
    names = archive.namelist()
    if "xl/workbook.xml" in names:
        grid = read_xlsx(archive, body, title, options.sheet)
        return _with(grid, Conclusion("形式", "Excel（xlsx）", "Excelブックです。"))
    if is_ods(archive, title):
        return _with(
            read_ods(archive, title, options.sheet), Conclusion("形式", "OpenDocument（ods）", "表計算のファイルです。")
        )
    refuse_office(names, title)
    return None


def _of_zip(archive: zipfile.ZipFile, title: str, options: _Options) -> Grid:
    """Return the grid of the member that holds the table: the one wanted, else the one with the most table cells."""
    if options.member:
        inner = _member(archive, options.member, title)
        grid = _grid(take(archive, inner, title), leaf(inner), replace(options, member=""))
        return _with(grid, Conclusion("zipの中のファイル", inner, "指定されたファイルです。", "member"))
    grids = _readable(archive, title, options)
    sizes = {inner: size(grid) for inner, grid in grids.items()}
    best = max(sizes, key=sizes.get)
    others = [f"{leaf(inner)}（{count:,}）" for inner, count in sizes.items() if inner != best]
    why = f"表の形のセルがいちばん多い（{sizes[best]:,}）ファイルです。ほかは{'、'.join(others[:8])}です。"
    only = "表として読めるファイルはこれだけです。"
    return _with(grids[best], Conclusion("zipの中のファイル", best, why if others else only, "member"))


def _readable(archive: zipfile.ZipFile, title: str, options: _Options) -> dict[str, Grid]:
    inside = [info for info in archive.infolist() if _is_candidate(info.filename)]
    grids: dict[str, Grid] = {}
    total, fault = 0, None
    for info in inside[:_MAX_CANDIDATES]:
        body = take(archive, info.filename, title)
        total += len(body)
        if total > _MAX_TOTAL:
            raise too_large(title)
        if body.startswith(_ZIP) and not info.filename.lower().endswith((".xlsx", ".xlsm", ".ods")):
            continue
        try:
            grids[info.filename] = _grid(body, leaf(info.filename), options)
        except ReadingError as error:
            fault = error
    if not grids:
        raise fault or ReadingError(
            f"{called(title)}の中にCSV、Excel、JSONのファイルがないので、表のファイルが入ったzipを選んでください。"
        )
    return grids


def _is_candidate(member: str) -> bool:
    hidden = leaf(member).startswith((".", "~$")) or member.startswith("__MACOSX")
    return not hidden and member.lower().endswith(_TABLES)


def _member(archive: zipfile.ZipFile, wanted: str, title: str) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    found = [inner for inner in names if inner == wanted] or [inner for inner in names if leaf(inner) == wanted]
    if not found:
        listed = "、".join(map(leaf, filter(_is_candidate, names[:20]))) or "表のファイルなし"
        raise ReadingError(
            f"{called(title)}の中に「{wanted}」はないので、入っているファイル（{listed}）から選んで書いてください。"
        )
    return found[0]


def _of_text(body: bytes, title: str, options: _Options) -> Grid:
    name = called(title)
    try:
        text, told = _decoded(unhidden(body), name, options)
        if LOOKS.match(text):
            return _with(read_page(text, title), *told)
        text = text.rstrip("\x1a")
        if not options.encoding:
            text, what = undone(text)
            told += [Conclusion("文字化け", "元へ戻した", what, "encoding")] if what else []
        told += _lost(text)
        if not options.delimiter and looks_like_json(text, title):
            return _with(read_json(text, title), *told)
        mark = _mark(options.delimiter) or _bar(text) or delimiter(text)
        rows = records(bounded(text, mark, title), mark, name)
    except TableError as error:
        raise ReadingError(str(error)) from error
    return Grid(rows, conclusions=(*told, _delimiter(mark, options)))


def _decoded(body: bytes, name: str, options: _Options) -> tuple[str, list[Conclusion]]:
    """Return the text and what is said of it; NUL bytes that a system left in the text are taken out."""
    try:
        encoding, text = decode(body, name, options.encoding)
        return text, [_encoding(encoding, options)]
    except TableError:
        count = body.count(b"\x00")
        if not 0 < count < len(body) * _MAX_NULS and body.rstrip(b"\x00") == body:
            raise
        try:
            encoding, text = decode(body.replace(b"\x00", b""), name, options.encoding)
        except TableError:
            encoding = ""
        if not encoding:
            raise
    told = Conclusion(
        "NUL（空の文字）", f"{count:,}個", "文字ではないので除きました。書き出したシステムが入れたものです。"
    )
    return text, [_encoding(encoding, options), told]


def _bar(text: str) -> str:
    """Return | where every line has as many of it, and hardly any has another delimiter."""
    lines = [line for line in text[:_SAMPLE].splitlines()[:_SAMPLE_LINES] if line.strip()]
    counts = {line.count("|") for line in lines}
    others = sum(any(mark in line for mark in DELIMITER_NAMES) for line in lines)
    return "|" if len(lines) > 1 and len(counts) == 1 and counts != {0} and others * 2 < len(lines) else ""


def _lost(text: str) -> list[Conclusion]:
    """Say how many characters were lost before the file came here."""
    count = text.count(_LOST)
    why = "元のファイルを作ったときに失われた文字です。戻せないので、配布元の表で確かめてください。"
    return [Conclusion("失われた文字（�）", f"{count:,}個", why)] if count else []


def _encoding(encoding: str, options: _Options) -> Conclusion:
    why = "指定された文字コードです。" if options.encoding else "この文字コードで、全部の文字を読めました。"
    return Conclusion("文字コード", ENCODING_NAMES.get(encoding, encoding), why, "encoding")


def _mark(wanted: str) -> str:
    named = {word: mark for mark, word in DELIMITER_NAMES.items()} | {"tab": "\t", "\\t": "\t"}
    mark = named.get(wanted, wanted)
    if mark and (len(mark) != 1 or mark in '"\r\n\x00'):
        raise ReadingError(
            f"「{wanted}」は区切りの文字にできないので、コンマ、タブ、セミコロンなどの1文字を書いてください。"
        )
    return mark


def _delimiter(mark: str, options: _Options) -> Conclusion:
    why = "指定された区切りです。" if options.delimiter else "どの行にも、だいたい同じ数だけ出てくる記号です。"
    return Conclusion("区切り", DELIMITER_NAMES.get(mark, mark), why, "delimiter")


def _reading(grid: Grid, title: str, row: int, count: int, keep: Collection[int], fill_merged: bool) -> Reading:
    rows = len(grid.rows)
    if row > rows or row < -1 or count < 0 or max(row, 1) + count > rows + 1:
        raise ReadingError(f"{called(title)}は{rows:,}行なので、見出しの行の番号と行数を、その中で書き直してください。")
    if not any(map(any, grid.rows)) or (not grid.head and max(map(len, grid.rows)) == 0):
        raise ReadingError(f"{called(title)}は空なので、中身の入ったファイルを選び直してください。")
    head = find(grid, row, count)
    _refuse_side_by_side(grid, head, title)
    body = below.sort(grid, head, set(keep), fill_merged)
    if not body.rows:
        raise ReadingError(
            f"{called(title)}には見出しの下にデータの行がないので、中身の入ったファイルを選び直してください。"
        )
    kept = [place for place, column in enumerate(head.names) if not _is_empty(grid, head, body, place)]
    if len(kept) > MAX_COLUMNS:
        raise ReadingError(
            f"{called(title)}には列が{len(kept):,}もある（{MAX_COLUMNS:,}列まで）ので、いる列だけを残して保存し直してください。"
        )
    table = pd.DataFrame(
        [[line[place] for place in kept] for line in body.rows],
        columns=[head.names[place] for place in kept],
        index=pd.Index(body.numbers, name="行", dtype="int64"),
        dtype="str",
    )
    aside = pd.DataFrame(body.aside, columns=list(ASIDE_COLUMNS))
    gaps = sorted(set(range(len(head.names))) - set(kept))
    between = any(1 < gap < len(head.names) - 2 for gap in gaps)
    said = (*grid.conclusions, *_about_head(grid, head), *_about_body(body, len(gaps), between))
    return Reading(title or "このファイル", table, aside, said)


def _refuse_side_by_side(grid: Grid, head: Head, title: str) -> None:
    """Refuse a sheet with the same heads twice or more side by side: its right half would not become rows."""
    if grid.head or head.count != 1:
        return
    cells = [cell.strip() for cell in grid.rows[head.top]]
    names = [cell for cell in cells if cell]
    times = next((n for n in range(2, len(names) // 2 + 1) if names == names[: len(names) // n] * n), 0)
    if times and len(set(names)) > 1:
        raise ReadingError(
            f"{called(title)}には同じ見出しの表が横に{times}つ並んでいるので、縦につないで1つの表にしてから選んでください。"
        )


def _is_empty(grid: Grid, head: Head, body: below.Body, place: int) -> bool:
    """Tell whether a column has neither a name in the source nor a value."""
    named = grid.head or any(
        place < len(line) and line[place].strip() for line in grid.rows[max(head.top, 0) : head.body]
    )
    return not named and not any(line[place].strip() for line in body.rows)


def _about_head(grid: Grid, head: Head) -> list[Conclusion]:
    if grid.head:
        return [Conclusion("見出し", "記録の中", head.why)]
    if head.top < 0:
        return [Conclusion("見出しの行", "なし", head.why, "header_row")]
    said = [Conclusion("見出しの行", f"{head.top + 1}行目", head.why, "header_row")]
    said.append(Conclusion("見出しの行数", f"{head.count}行", head.why_count, "header_rows"))
    over = [" ".join(cell.strip() for cell in row if cell.strip()) for row in grid.rows[: head.top]][:_MAX_TITLES]
    if any(over):
        said.append(
            Conclusion(
                "表の前", f"{head.top}行", f"題や説明とみました：{' ／ '.join(filter(None, over))}", "header_row"
            )
        )
    return said


def _about_body(body: below.Body, dropped: int, between: bool) -> list[Conclusion]:
    beside = f"（ほかに、取り分けた行が{len(body.aside):,}行）" if body.aside else ""
    why = "見出しの下の行から、取り分けた行を除いた数です。"
    said = [Conclusion("データの行", f"{len(body.rows):,}行{beside}", why, "keep_rows")]
    for reason, count in Counter(reason for _, reason, _ in body.aside).items():
        which = "、".join(str(number) for number, why, _ in body.aside if why == reason)
        shown = which if len(which) <= 60 else f"{which[:60].rpartition('、')[0]}…"
        said.append(Conclusion("取り分けた行", f"{reason} {count:,}行", f"{shown}行目です。", "keep_rows"))
    if body.above:
        why = "見出しより上にありますが、データの形なので捨てずに残しました。"
        said.append(Conclusion("見出しの上のデータ", f"{body.above:,}行", why, "header_row"))
    if body.filled_down:
        why = "縦に結合されたセルの値を、結合が届く行すべてに入れました。"
        said.append(Conclusion("結合されたセル", f"{body.filled_down:,}個", why, "fill_merged"))
    if dropped:
        beside = "その左と右が別々の表なら、分けて保存してから、1つずつ選んでください。" if between else ""
        said.append(Conclusion("名前も値もない列", f"{dropped}列", f"除きました。{beside}"))
    if body.blank_at_end:
        said.append(Conclusion("終わりの空の行", f"{body.blank_at_end:,}行", "表の外なので数えません。"))
    return said
