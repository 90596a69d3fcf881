"""The slides: a notebook made of its master and run, and one HTML file that shows it without any network."""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path

import jupytext
import nbformat
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from machimap.course.lessons import KERNEL, to_bytes

MASTER, BOOK, PAGE = "deck.py", "deck.ipynb", "deck.html"
SLIDE, SKIP = "slide", "skip"
_SHOWN = ("text/html", "text/markdown", "image/svg+xml")
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def notebook(text: str) -> NotebookNode:
    """Return the deck's notebook from its master (py:percent), not yet run: what a slide is stands in the cells'
    `slideshow` (slide, skip, or nothing: still the same slide), as `jupyter nbconvert --to slides` reads it.
    """
    book = jupytext.reads(text, fmt="py:percent")
    book.metadata = nbformat.from_dict(KERNEL)
    for number, cell in enumerate(book.cells):
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        cell.metadata = nbformat.from_dict({"slideshow": {"slide_type": kind}})
        cell.id = hashlib.sha256(f"{number}\n{cell.source}".encode()).hexdigest()[:12]
    book.nbformat, book.nbformat_minor = 4, 5
    return book


def executed(book: NotebookNode, folder: Path) -> NotebookNode:
    """Return the notebook with what its cells show, run offline in a scratch folder. Raises LessonFailed."""
    from machimap.course.execute import environment, run

    given, output = folder / BOOK, folder / "executed" / BOOK
    given.write_bytes(to_bytes(book))
    with environment(MACHIMAP_OFFLINE="1", MACHIMAP_WORK=str(folder / "work")):
        run(given, {}, output)
    done = nbformat.from_dict(book)
    for cell, told in zip(done.cells, nbformat.read(output, as_version=4).cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = [_kept(out) for out in told.outputs if any(kind in out.get("data", {}) for kind in _SHOWN)]
    return done


def slides(book: NotebookNode) -> list[str]:
    """Return the inside of each slide as HTML; code is not shown, only what it shows."""
    found: list[list[str]] = []
    for cell in book.cells:
        kind = cell.metadata["slideshow"]["slide_type"]
        if kind == SKIP:
            continue
        if kind == SLIDE:
            found.append([])
        found[-1].append(_cell(cell))
    return ["\n".join(parts) for parts in found]


def titles(book: NotebookNode) -> tuple[str, ...]:
    """Return the heading of each slide."""
    cells = [cell for cell in book.cells if cell.metadata["slideshow"]["slide_type"] == SLIDE]
    return tuple(re.search(r"^# (.+)$", cell.source, re.MULTILINE)[1].strip() for cell in cells)


def _cell(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return _markdown.render(cell.source).strip()
    return "\n".join(_output(out.data) for out in cell.outputs)


def _output(data: dict[str, str]) -> str:
    if "text/markdown" in data:
        return _markdown.render(data["text/markdown"]).strip()
    return data.get("text/html") or data.get("image/svg+xml") or f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"


def _kept(output: NotebookNode) -> NotebookNode:
    """Return an output with what is shown of it, without the count of the run."""
    data = {kind: output.data[kind] for kind in _SHOWN if kind in output.data}
    return nbformat.v4.new_output("display_data", data=data)
