"""A notebook by its sections: the cells below each heading `## …`, and those above the first one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_MINUTES = re.compile(r"\*\*所要時間\*\*：(\d+)分")


@dataclass(frozen=True)
class Notebook:
    """The sections of a notebook in order: (title, cells); the first one has the title ""."""

    sections: tuple[tuple[str, tuple[NotebookNode, ...]], ...]

    @property
    def titles(self) -> list[str]:
        """The headings, without the part above the first one."""
        return [title for title, _ in self.sections if title]

    @property
    def minutes(self) -> int:
        """The 所要時間 that the first cell tells, in minutes; 0 where it tells none."""
        found = _MINUTES.search(self.sections[0][1][0].source) if self.sections else None
        return int(found[1]) if found else 0

    def code(self, titles: tuple[str, ...]) -> int:
        """Return how many cells of code stand in these sections."""
        return sum(cell.cell_type == "code" for title, cells in self.sections if title in titles for cell in cells)

    def letters(self, titles: tuple[str, ...]) -> int:
        """Return how many letters of text, code aside, stand in these sections."""
        cells = [cell for title, inside in self.sections if title in titles for cell in inside]
        return sum(len("".join(cell.source.split())) for cell in cells if cell.cell_type == "markdown")

    def without(self, titles: set[str]) -> list[NotebookNode]:
        """Return the cells of all sections but these."""
        return [cell for title, cells in self.sections if title not in titles for cell in cells]


def read(root: Path, name: str) -> Notebook:
    """Return the notebook of a path below `root`; without the file, one that has no section."""
    path = root / name
    return split(nbformat.read(path, as_version=4).cells) if path.is_file() else Notebook(())


def split(cells: list[NotebookNode]) -> Notebook:
    """Return cells by their sections."""
    found: list[tuple[str, list[NotebookNode]]] = [("", [])]
    for cell in cells:
        heading = _HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            found.append((heading[1].strip(), []))
        found[-1][1].append(cell)
    return Notebook(tuple((title, tuple(inside)) for title, inside in found))
