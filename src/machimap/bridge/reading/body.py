"""Below the head: which rows are data, and which are set aside, each with a reason that a clerk understands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from machimap.bridge.reading.grid import Grid, Span, filled
from machimap.bridge.reading.head import Head, is_data, key_row, number_row, tidy

BLANK = "空の行"
OVER_GIVEN_HEAD = "指定された見出しより上の行"
_NOTED = "注記の行"
_DASHES = re.compile(r"[\-‐‑‒–—―−─━ーｰ~〜～〃\s]+")
_TOTAL = re.compile(r"[^\s、。]{0,12}?(合計|総計|小計|累計|総数|平均値?)|計")
_TOTAL_WORD = re.compile("計|平均|総数")
_TOTAL_WITH = re.compile(r"(合計|総計|小計|全)[:： ]*[\d,]+ *(件|施設|箇所|か所|ヶ所|カ所|ヵ所|人|名|棟|台|校)?")
_NOTE = re.compile(
    r"※|＊|\*|注[)）:：意 　\d]|[(（]注|[(（]※|出典|資料[:：]|備考[:：]|問い?合わ?せ|作成[:：日]|更新日|.*(現在|時点)[)）]?$|.+。$"
)
_SECTION = re.compile(r"[【〔《〈<＜\[［■□◆◇●▼▽★☆◎].*|.*[】〕》〉]|以上|以下余白|[（(]?(以下|次ページ)")
_RULE = re.compile(
    r"[(（]?(必須|任意|推奨|条件付き?必須|入力不要|自動)(項目|入力)?[)）]?|(半角|全角)?(文字列?|数値|整数|小数|日付|時刻|URI|URL)([(（].*)?"
)
_EXAMPLE = re.compile(r"[(（【]?(記入例|記載例|入力例|例)[)）】]?[:：]?")
_EXAMPLE_STARTS = tuple("例記入(（【")
_DIGIT = re.compile(r"\d")
_MOSTLY = 0.8
_SAMPLE = 300
_UNDER_HEAD = 3
_FEW = 2
_LIKE_THE_BODY = 0.6


@dataclass(frozen=True)
class Body:
    """Data rows and rows set aside, each with its number in the source; what merged cells and columns came to."""

    rows: list[list[str]]
    numbers: list[int]
    aside: list[tuple[int, str, str]]
    above: int
    filled_down: int
    blank_at_end: int


def sort(grid: Grid, head: Head, keep: Collection[int] = (), fill_merged: bool = True) -> Body:
    """Split the rows below the head; keep: the numbers of rows that are data whatever they look like.

    A row above the head that is filled like the data counts as data too, so that none is lost; above a head that was
    given by a person it is set aside.
    """
    width = len(head.names)
    rows = [row + [""] * (width - len(row)) for row in grid.rows[head.body :]]
    last = max((number for number, row in enumerate(rows) if filled(row)), default=-1)
    filled_down = _fill_down(rows, head.body, grid.spans) if fill_merged else 0
    reasons = _notes_at_end(rows[: last + 1], list(_reasons(rows[: last + 1], head, grid)))
    offset = head.body + 1
    above = _data_above(grid.rows[: max(head.top, 0)], rows, keep, head.given)
    data = [number for number in above if not head.given or number + 1 in keep]
    body = Body([], [], [], len(data), filled_down, len(rows) - last - 1)
    for number in data:
        body.rows.append(grid.rows[number] + [""] * (width - len(grid.rows[number])))
        body.numbers.append(number + 1)
    for number in above:
        if number not in data:
            body.aside.append((number + 1, OVER_GIVEN_HEAD, _content(grid.rows[number])))
    for number, (row, reason) in enumerate(zip(rows, reasons, strict=False), start=offset):
        if reason and number not in keep:
            body.aside.append((number, reason, _content(row)))
        else:
            body.rows.append(row)
            body.numbers.append(number)
    return body


def _content(row: list[str]) -> str:
    return " / ".join(cell.strip() for cell in row if cell.strip())


def _data_above(over: list[list[str]], rows: list[list[str]], keep: Collection[int], given: bool) -> list[int]:
    """Return which rows over the head (from 0) are filled like the rows below and hold a figure or a sign.

    Over a head that was given, words alone do as well: the true head may be among these rows.
    """
    if not over:
        return []
    counts = sorted(map(filled, rows[:_SAMPLE]))
    least = max(_FEW, counts[len(counts) // 2] * _LIKE_THE_BODY if counts else 0)
    return [
        number
        for number, row in enumerate(over)
        if (number + 1 in keep and filled(row))
        or (
            filled(row) >= least
            and (given or any(is_data(cell) or _DIGIT.search(cell) for cell in row if cell.strip()))
        )
    ]


def _fill_down(rows: list[list[str]], first: int, spans: tuple[Span, ...]) -> int:
    """Write a merged cell's value into every row that it reaches over; return how many cells that filled."""
    count = 0
    for span in spans:
        top, bottom = span.top - first, min(span.bottom - first, len(rows) - 1)
        if top < 0 or span.left >= len(rows[0] if rows else ()):
            continue
        for number in range(top + 1, bottom + 1):
            if filled(rows[number]) and not rows[number][span.left].strip():
                rows[number][span.left] = rows[top][span.left]
                count += 1
    return count


def _reasons(rows: list[list[str]], head: Head, grid: Grid) -> Iterator[str]:
    titles = [cell.strip() for cell in grid.rows[head.top]] if head.count else []
    counts = list(map(filled, rows))
    usual = sorted(counts)[len(counts) // 2] if counts else 0
    numeric = _numeric_columns(rows)
    across = {span.top - head.body for span in grid.spans if (span.right - span.left + 1) * 2 >= len(head.names) > 2}
    for number, (row, count) in enumerate(zip(rows, counts, strict=True)):
        if not count:
            yield BLANK
        elif number < _UNDER_HEAD and head.count and (reason := _of_head(rows, number, head)):
            yield reason
        elif titles and row[0].strip() == titles[0] and count > 1 and _same(row, titles):
            yield "見出しの繰り返し"
        else:
            yield _reason(row, count, usual, numeric, number in across)


def _notes_at_end(rows: list[list[str]], reasons: list[str]) -> list[str]:
    """Below the last full row, one note makes the other single cells notes: they are the rest of its sentences."""
    last = max((number for number, row in enumerate(rows) if filled(row) > 1), default=-1)
    if _NOTED not in reasons[last + 1 :]:
        return reasons
    return [reason or (_NOTED if number > last else "") for number, reason in enumerate(reasons)]


def _same(row: list[str], titles: list[str]) -> bool:
    return [cell.strip() for cell in row[: len(titles)]] == titles


def _of_head(rows: list[list[str]], number: int, head: Head) -> str:
    """Return why a row right under the head still belongs to it: keys, column numbers, or rules for filling in."""
    row, below = rows[number], rows[number + 1 : number + 2]
    if number == 0 and key_row(row, head.names, below):
        return "英語の項目名の行"
    if number == 0 and number_row(row, below):
        return "列の番号の行"
    cells = [cell.strip() for cell in row if cell.strip()]
    if len(cells) > _FEW and all(map(_RULE.fullmatch, cells)):
        return "記入のきまりの行"
    return ""


def _reason(row: list[str], count: int, usual: int, numeric: set[int], across: bool) -> str:
    place = next(place for place, cell in enumerate(row) if cell.strip())
    if count <= _FEW + 1 and all(_DASHES.fullmatch(cell) for cell in row if cell.strip()):
        return "「―」だけの行"
    if _is_total(row):
        return "合計や平均の行"
    first = row[place].strip()
    if count > _FEW and not first.startswith(_EXAMPLE_STARTS):
        return ""
    first = unicodedata.normalize("NFKC", first)
    if count <= _FEW and _TOTAL_WITH.fullmatch(first):
        return "合計や平均の行"
    if _EXAMPLE.fullmatch(re.sub(r"\s+", "", first)) and count > 1:
        return "記入例の行"
    if count == 1 and usual > _FEW:
        return _alone(first, place, numeric, across)
    return ""


def _is_total(row: list[str]) -> bool:
    """Tell whether the words before the figures come to a total's name: 「全国市町村」「平均」, 「計」."""
    if not _TOTAL_WORD.search("".join(row)):
        return False
    words = [cell for cell in row if cell.strip() and not is_data(cell)]
    figures = any(is_data(cell) for cell in row if cell.strip())
    told = tidy("".join(words)).replace(" ", "")
    return 0 < len(words) <= _FEW and bool((figures and _TOTAL.fullmatch(told)) or _TOTAL_WITH.fullmatch(told))


def _alone(text: str, place: int, numeric: set[int], across: bool) -> str:
    """Return why a row with a single cell is no data, "" when it may be a record of which only the name is known."""
    if _NOTE.match(text):
        return _NOTED
    if across or _SECTION.fullmatch(text):
        return "区切りの行"
    if place in numeric and not is_data(text):
        return "区切りか注記の行"
    return ""


def _numeric_columns(rows: list[list[str]]) -> set[int]:
    """Return the columns that hold numbers nearly everywhere, such as a running number."""
    sample = rows[:_SAMPLE]
    found = set()
    for place in range(len(rows[0]) if rows else 0):
        cells = [row[place] for row in sample if row[place].strip()]
        if len(cells) > _FEW and sum(map(is_data, cells)) >= _MOSTLY * len(cells):
            found.add(place)
    return found
