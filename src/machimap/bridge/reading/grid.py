"""The grid: every cell of a source as text, where it stands, before anyone knows which row is the head."""

from __future__ import annotations

from dataclasses import dataclass

from machimap.bridge.records import Conclusion


@dataclass(frozen=True)
class Span:
    """A merged range, from 0, both ends within."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """Rows of text cells (ragged), its merged ranges, and what was concluded on the way.

    head: the column names when the form itself knows them (JSON), else ().
    """

    rows: list[list[str]]
    spans: tuple[Span, ...] = ()
    head: tuple[str, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()


def size(grid: Grid) -> int:
    """Return how many cells are filled in rows that have at least two: what makes one sheet the table."""
    return sum(count for count in map(filled, grid.rows) if count > 1)


def filled(row: list[str]) -> int:
    """Return how many cells of a row hold more than blanks."""
    return sum(1 for cell in row if cell and not cell.isspace())
