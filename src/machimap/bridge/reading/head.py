"""Find the head: on which row it stands, over how many rows it goes, and what its columns are called."""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass

from machimap.bridge.reading.grid import Grid, Span, filled
from machimap.datasets.text import unique

_LOOK_AT = 40
_BODY = 300
_MAX_ROWS = 4
_HEAD_WORDS = re.compile(
    r"名称|名前|施設名|団体名|所在地|住所|緯度|経度|電話|番号|コード|備考|区分|分類|種別|郵便|収容|人数|定員|面積"
    r"|カナ|かな|フリガナ|ふりがな|連絡先|No\.?$|№|^ID$|URL|name|address|^lat|^lon|^lng|tel|phone|^[xy]$|[市町村館設校]名$|名$",
    re.IGNORECASE,
)
_MAX_HEAD_CELL = 40
_KNOWN = 3
_UNIT = re.compile(r"[(（\[［](?!\d+[)）\]］]).*[)）\]］]")
_DATA = re.compile(
    r"[+-]?[\d,]+(\.\d+)?|[\d.,:/()~\-]*\d[\d.,:/()~\-]*"
    r"|[○◯〇●◎×✕✗△▲✓レ\-ー―‐–—−]|https?://.*|[^@\s]+@[^@\s]+\.[a-z]+|(有|無|可|不可|なし|あり)"
)
_LIKE_DATA = re.compile(
    r"\d+\.\d{3,}|\d{2,4}[-(]\d{1,4}[-)]\d{3,4}|\d{3}-\d{4}$|https?://|\d番|\d号|[\d一二三四五六七八九十]丁目|^[○◯●×△]$"
)
_KEY = re.compile(r"#?[A-Za-z_][\w .:/#-]+", re.ASCII)
_TITLE = re.compile(r"年.*月|現在|時点|一覧|台帳|名簿|作成|リスト$|表$|担当|問い?合")
_WIDE_SPACE = re.compile(r"(?<=[^\x00-\x7f])[\s\u3000]+(?=[^\x00-\x7f])")


@dataclass(frozen=True)
class Head:
    """The head of a grid: its first row (from 0, -1: the table has none), how many rows, the names, and why.

    given: the row was told, so what stands above it is no data, and is set aside where it is filled like data.
    """

    top: int
    count: int
    names: tuple[str, ...]
    why: str
    why_count: str = ""
    given: bool = False

    @property
    def body(self) -> int:
        """The first row below the head, from 0."""
        return max(self.top, 0) + self.count


def find(grid: Grid, row: int = 0, count: int = 0) -> Head:
    """Return the head of a grid; row (from 1 as a spreadsheet shows it, -1: none) and count override what is found."""
    if grid.head:
        return Head(-1, 0, tuple(unique([tidy(name) for name in grid.head])), "項目の名前が記録の中にあります。")
    width = max(map(len, grid.rows), default=0)
    rows = (
        [line + [""] * (width - len(line)) for line in grid.rows[: _LOOK_AT + _BODY]] if row <= _LOOK_AT else grid.rows
    )
    if row < 0:
        return _none(width, "指定どおり、見出しのない表として読みました。")
    top, why = (row - 1, "指定された行です。") if row else _top(rows)
    if top < 0:
        return _none(width, why)
    top, many, why_count = (top, count, "指定された行数です。") if count else _height(rows, top, grid.spans, bool(row))
    own = max(map(len, grid.rows[top : top + many]))
    lines = [line + [""] * (own - len(line)) for line in grid.rows[top : top + many]]
    beyond = [f"余り{n}" for n in range(1, width - own + 1)]
    return Head(top, many, tuple(unique(_names(lines, top, grid.spans) + beyond)), why, why_count, bool(row))


def tidy(name: str) -> str:
    """Return a head's cell on one line: 「エレベーター有/↵避難スペース」 and 「名　　称」 lose their gaps."""
    text = _WIDE_SPACE.sub("", name.replace("\ufeff", "").replace("\x00", "").strip())
    return re.sub(r"[\s\u3000]+", " ", re.sub(r"(?<=[^\x00-\x7f])[\r\n]+|[\r\n]+(?=[^\x00-\x7f])", "", text)).strip()


def _none(width: int, why: str) -> Head:
    return Head(-1, 0, tuple(f"列{n}" for n in range(1, width + 1)), why)


def is_data(cell: str) -> bool:
    """Tell whether a cell is a value as data has it: a number, a sign, a telephone number, an address of the web."""
    return bool(_DATA.fullmatch(unicodedata.normalize("NFKC", cell).strip()))


def _top(rows: list[list[str]]) -> tuple[int, str]:
    """Return the row of the head and why; -1 for a table that has none."""
    usual = _usual(rows)
    for number, row in enumerate(rows[:_LOOK_AT]):
        reason = _reason(rows, number, row, usual)
        if reason:
            return number, reason
    first = next((number for number, row in enumerate(rows) if filled(row) >= min(2, usual)), 0)
    if any(map(_is_value, rows[first])):
        return -1, "はじめの行から値が並んでいるので、見出しのない表とみました。列には番号の名前を付けました。"
    return first, "中身のあるはじめの行です。"


def _usual(rows: list[list[str]]) -> int:
    counts = sorted(count for count in map(filled, rows) if count)
    return counts[len(counts) * 3 // 5] if counts else 0


def _reason(rows: list[list[str]], number: int, row: list[str], usual: int) -> str:
    cells = [cell.strip() for cell in row if cell.strip()]
    texts = [cell for cell in cells if not is_data(cell) and len(cell) <= _MAX_HEAD_CELL]
    if len(cells) < min(2, usual):
        return ""
    known = [cell for cell in texts if _HEAD_WORDS.search(tidy(cell))]
    values = [cell for cell in cells if _is_value(cell) and cell not in known]
    if len(known) >= 2 and len(texts) * 2 >= len(cells) and not values:
        return f"「{tidy(known[0])}」「{tidy(known[1])}」など、見出しの言葉が並んでいます。"
    wide = len(cells) * 2 >= usual and len(cells) >= 2 and not any(map(_TITLE.search, cells))
    if wide and len(texts) == len(cells) == len(set(cells)) and not any(map(_is_value, cells)):
        below = [other for other in rows[number + 1 : number + 1 + _BODY] if other != row]
        if below and not any(cell.strip() and _comes_again(below, place, cell) for place, cell in enumerate(row)):
            return "文字だけのセルが並び、下の行には同じ言葉が出てきません。"
    return ""


def _is_value(cell: str) -> bool:
    return bool(_LIKE_DATA.search(unicodedata.normalize("NFKC", cell)))


def _comes_again(below: list[list[str]], place: int, cell: str) -> bool:
    return any(row[place].strip() == cell.strip() for row in below)


def _height(rows: list[list[str]], top: int, spans: tuple[Span, ...], fixed: bool) -> tuple[int, int, str]:
    """Return the first row, the number of rows and why; a row of group names over the head counts as its first."""
    upper = min((span.top for span in spans if span.top < top <= span.bottom), default=top)
    if upper == top and top and any(span.top == span.bottom == top - 1 for span in spans):
        upper = top - 1
    if not fixed and upper < top and _are_groups(rows, upper, top, spans):
        top = upper
    below = max((span.bottom for span in spans if span.top == top and _is_head_span(rows, span)), default=top)
    if below > top and below - top < _MAX_ROWS:
        return top, below - top + 1, "見出しのセルが縦に結合されています。"
    across = [span for span in spans if span.top == span.bottom == top and span.right > span.left]
    if across and top + 1 < len(rows) and _goes_under(rows, top, across):
        return top, 2, "見出しの上の段が横に結合され、下の段に細かい名前があります。"
    if top + 1 < len(rows) and not any(span.top <= top <= span.bottom for span in spans) and _continues(rows, top):
        return top, 2, "上の段が空いている列の下に、細かい名前があります。"
    return top, 1, "見出しは1行です。"


def _are_groups(rows: list[list[str]], upper: int, top: int, spans: tuple[Span, ...]) -> bool:
    """Tell whether a row over the head names groups of columns: no figures, no title, and not one cell over everything."""
    cells = [cell.strip() for cell in rows[upper] if cell.strip()]
    reach = {place for span in spans if span.top == upper for place in range(span.left, span.right + 1)}
    head = {place for place, cell in enumerate(rows[top]) if cell.strip()}
    if len(cells) == 1 and (head <= reach or rows[upper][min(head, default=0)].strip()):
        return False
    return bool(cells) and not any(is_data(cell) or _TITLE.search(cell) for cell in cells)


def _goes_under(rows: list[list[str]], top: int, across: list[Span]) -> bool:
    """Tell whether the row below holds names for the columns under merged cells, and hardly anything beside them."""
    under = {place for span in across for place in range(span.left, span.right + 1)}
    beside = [place for place, cell in enumerate(rows[top]) if cell.strip() and place not in under]
    lower = rows[top + 1]
    if not _are_texts(lower):
        return False
    known = sum(bool(_HEAD_WORDS.search(tidy(cell))) for cell in lower if cell.strip())
    return known >= _KNOWN or sum(bool(lower[place].strip()) for place in beside) * 4 <= len(beside)


def _is_head_span(rows: list[list[str]], span: Span) -> bool:
    return span.bottom < len(rows) and span.left < len(rows[0]) and not is_data(rows[span.top][span.left])


def _are_texts(row: list[str]) -> bool:
    cells = [cell for cell in row if cell.strip()]
    return (
        bool(cells) and not any(is_data(cell) or _is_value(cell) for cell in cells) and len(set(cells)) * 2 > len(cells)
    )


def _continues(rows: list[list[str]], top: int) -> bool:
    """Tell whether the row below goes on with the head: it fills the gaps that the first row leaves, and little else."""
    upper, lower = rows[top], rows[top + 1]
    here = {place for place, cell in enumerate(lower) if cell.strip()}
    named = {place for place, cell in enumerate(upper) if cell.strip()}
    starts = {place for place in named if place + 1 < len(upper) and place + 1 not in named}
    gaps = {place for place in range(min(named, default=0), len(upper)) if place not in named}
    body = rows[top + 2 : top + 2 + _BODY]
    units = all(_UNIT.fullmatch(lower[place].strip()) for place in here)
    if not here or not body or not (units or _are_texts(lower)):
        return False
    plain = named - starts
    return (
        bool(units or here & gaps)
        and (units or len(here & plain) * 4 <= len(plain))
        and len(here) < filled(body[0]) + 1
    )


def _names(lines: list[list[str]], top: int, spans: tuple[Span, ...]) -> list[str]:
    """Return one name a column; upper cells reach over the columns that they are merged with."""
    lines = [list(map(tidy, line)) for line in lines]
    merged = any(top <= span.top < top + len(lines) for span in spans)
    for span in spans:
        if top <= span.top and span.bottom < top + len(lines):
            _spread(lines, span, top)
    if not merged:
        for upper, lower in itertools.pairwise(lines):
            _fill_right(upper, lower)
    return [_joined([line[place] for line in lines]) for place in range(len(lines[0]))]


def _spread(lines: list[list[str]], span: Span, top: int) -> None:
    text = lines[span.top - top][span.left] if span.left < len(lines[0]) else ""
    for number in range(span.top - top, span.bottom - top + 1):
        for place in range(span.left, min(span.right + 1, len(lines[0]))):
            lines[number][place] = text


def _fill_right(upper: list[str], lower: list[str]) -> None:
    for place in range(1, len(upper)):
        if not upper[place] and lower[place]:
            upper[place] = upper[place - 1]


def _joined(parts: list[str]) -> str:
    joined = "_".join(dict.fromkeys(part for part in parts if part))
    return re.sub(r"_(?=[(（\[［])", "", joined)


def key_row(row: list[str], names: tuple[str, ...], below: list[list[str]]) -> bool:
    """Tell whether the row under a Japanese head only repeats it as keys in Latin letters."""
    cells = [cell.strip() for cell in row if cell.strip()]
    if len(cells) * 2 < len(names) or len(cells) < 2 or len(set(cells)) < len(cells):
        return False
    if not all(map(_KEY.fullmatch, cells)) or not any(ord(char) > 0x7F for char in "".join(names)):
        return False
    return cells[0].startswith("#") or any(ord(char) > 0x7F for row in below for char in "".join(row))


def number_row(row: list[str], below: list[list[str]]) -> bool:
    """Tell whether the row under the head counts the columns: 1, 2, 3 …"""

    def counts(cells: list[str]) -> bool:
        found = [unicodedata.normalize("NFKC", cell).strip(" ()") for cell in cells if cell.strip()]
        return len(found) > 2 and found == [str(n) for n in range(1, len(found) + 1)]

    return counts(row) and not (below and counts(below[0]))
