"""Notebooks from the lessons' masters (py:percent): a pure function text → notebook, the same bytes every time."""

from __future__ import annotations

import hashlib
import re

import jupytext
import nbformat
from nbformat import NotebookNode

from machimap import store
from machimap.errors import MachimapError

CHECKED, CHECKED_TAG = "# NBVAL_CHECK_OUTPUT", "nbval-check-output"
MAX_CODE_LINES = 12
MAX_PROSE_LINES = 4
MAX_BYTES = 50_000
_CREDIT = re.compile(r"\{\{credit:([a-z0-9-]+)\}\}")
_HEAD = ("**所要時間**", "**ねらい**", "**できるようになること**", "**使うデータ**")
_ABSOLUTE = re.compile(r"(?<![\w:/.])/(home|root|Users|work|tmp|mnt)/|[A-Za-z]:\\")
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class LessonError(MachimapError):
    """A master breaks the form that every lesson has; names the file and the cell."""


def notebook(text: str, name: str = "lesson") -> NotebookNode:
    """Return the notebook of a master's text: no outputs, cell ids derived from the content.

    `{{credit:NAME}}` becomes the credit line of that dataset, a line `# NBVAL_CHECK_OUTPUT` a tag of its cell, so that
    learners do not see it. Raises LessonError when the form is broken,
    store.DatasetError for an unknown dataset.
    """
    filled = _CREDIT.sub(lambda match: store.credit(match.group(1)), text)
    book = jupytext.reads(filled, fmt="py:percent")
    book.metadata = nbformat.from_dict(KERNEL)
    seen: dict[str, int] = {}
    for cell in book.cells:
        _tag(cell)
        seen[cell.cell_type + cell.source] = seen.get(cell.cell_type + cell.source, 0) + 1
        key = f"{cell.cell_type}\n{cell.source}\n{seen[cell.cell_type + cell.source]}"
        cell.id = hashlib.sha256(key.encode()).hexdigest()[:12]
    book.nbformat, book.nbformat_minor = 4, 5
    _lint(book, name)
    return book


def _tag(cell: NotebookNode) -> None:
    """Keep nothing but the tags of a cell, and make the mark for nbval one of them."""
    tags = list(cell.metadata.get("tags", []))
    lines = cell.source.splitlines()
    if cell.cell_type == "code" and CHECKED in lines:
        cell.source = "\n".join(line for line in lines if line != CHECKED).rstrip()
        tags.append(CHECKED_TAG)
    cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})


def to_bytes(book: NotebookNode) -> bytes:
    """Return the notebook as UTF-8 JSON with sorted keys and a closing line break."""
    return (nbformat.writes(book, indent=1, ensure_ascii=False, sort_keys=True).rstrip("\n") + "\n").encode()


def text_outputs(book: NotebookNode) -> NotebookNode:
    """Return a copy that keeps the plain text of cells tagged CHECKED_TAG (what they print, and the
    text/plain of their last value), and no other output. Cells with a text are numbered, as nbval asks.
    """
    kept = nbformat.from_dict(book)
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        texts = [_plain(output, count) for output in cell.outputs if _is_checked(cell) and _is_text(output)]
        cell.outputs, cell.execution_count = texts, count if texts else None
    return kept


def _is_checked(cell: NotebookNode) -> bool:
    return CHECKED_TAG in cell.metadata.get("tags", [])


def _is_text(output: NotebookNode) -> bool:
    if output.output_type == "stream":
        return output.name == "stdout"
    return output.output_type == "execute_result" and "text/plain" in output.data


def _plain(output: NotebookNode, count: int) -> NotebookNode:
    if output.output_type == "stream":
        return nbformat.v4.new_output("stream", name="stdout", text=output.text)
    text = {"text/plain": output.data["text/plain"]}
    return nbformat.v4.new_output("execute_result", data=text, execution_count=count)


def _lint(book: NotebookNode, name: str) -> None:
    def fail(number: int, what: str) -> None:
        raise LessonError(
            f"レッスン {name} の{number}番目のセル：{what}ので、CONTRIBUTING.md の書き方に合わせて直してください。"
        )

    cells = book.cells
    if len(cells) < 4 or cells[0].cell_type != "markdown" or not re.match(r"# \d\d ", cells[0].source):
        fail(1, "「# 番号 題」で始まる説明のセルがない")
    missing = [label for label in _HEAD if label not in cells[0].source]
    if missing:
        fail(1, f"{'、'.join(missing)} がない")
    if cells[1].metadata.get("tags") != ["parameters"]:
        fail(2, "parameters のセルではない")
    if "まとめ" not in cells[-1].source or "**次へ**" not in cells[-1].source:
        fail(len(cells), "「まとめ」と「次へ」がない")
    for number, cell in enumerate(cells, start=1):
        if _ABSOLUTE.search(cell.source):
            fail(number, "このパソコンだけの絶対パスが書いてある")
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if cell.cell_type == "code":
            if len(lines) > MAX_CODE_LINES:
                fail(number, f"コードが{len(lines)}行ある（{MAX_CODE_LINES}行まで）")
        elif 1 < number < len(cells):
            prose = [line for line in lines if not line.startswith(("#", "- ", "|"))]
            if len(prose) > MAX_PROSE_LINES:
                fail(number, f"説明が{len(prose)}行ある（{MAX_PROSE_LINES}行まで）")
    if len(to_bytes(book)) > MAX_BYTES:
        fail(len(cells), f"ノートが{MAX_BYTES // 1000}kBを超える")
