"""What the result of a task looks like for another town: an SVG with its words."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from machimap import places
from machimap.course.tasks import Task
from machimap.course.tasks.material import EXAMPLE_LG_CODE, OTHER_EXAMPLE_LG_CODE
from machimap.places import Place

_WIDTH, _LINE, _EDGE = 440, 24, 16
_MAP_HEIGHT = 220
_ROWS, _COLUMNS, _CELL = 3, 4, 7
_LONGEST = 27


def example(place: Place) -> Place:
    """Return a town whose result may be shown to a learner who practises with `place`."""
    return places.by_code(OTHER_EXAMPLE_LG_CODE if place.lg_code == EXAMPLE_LG_CODE else EXAMPLE_LG_CODE)


def words(task: Task, town: Place) -> str:
    """Return what the picture shows, in one or two sentences."""
    expected = task.expected(town)
    columns = len(expected.columns) if isinstance(expected, pd.DataFrame) else 0
    return task.picture.format(place=town.name, value=_value(expected), columns=columns)


def svg(task: Task, town: Place) -> str:
    """Return the picture of the expected result for a town, or of its form where that would be the answer."""
    if task.drawn:
        return _lines([part for line in task.drawn.splitlines() for part in _wrapped(line)])
    expected = task.expected(town)
    if isinstance(expected, gpd.GeoDataFrame):
        return _points(expected)
    if isinstance(expected, pd.DataFrame):
        return _table(expected)
    if isinstance(expected, str):
        return _lines([part for line in expected.splitlines() for part in _wrapped(line)])
    if isinstance(expected, (list, tuple, np.ndarray, pd.Series)):
        return _lines([*_first(expected), "…"] if len(expected) > _ROWS else _first(expected))
    return _frame(
        80, f"<text x='{_WIDTH / 2}' y='56' font-size='44' text-anchor='middle' font-weight='bold'>{expected:,}</text>"
    )


def _value(expected: Any) -> str:
    if isinstance(expected, pd.DataFrame):
        return f"{len(expected):,}"
    if isinstance(expected, str):
        return expected
    if isinstance(expected, (list, tuple, np.ndarray, pd.Series)):
        return "".join(f"「{one}」" for one in _first(expected))
    return f"{expected:,}"


def _first(values: Sequence[Any]) -> list[str]:
    return [one if isinstance(one, str) else f"{one:,.0f}" for one in list(values)[:_ROWS]]


def _wrapped(line: str) -> list[str]:
    return [line[start : start + _LONGEST] for start in range(0, len(line), _LONGEST)]


def _lines(lines: list[str]) -> str:
    texts = (
        f"<text x='{_EDGE}' y='{_EDGE + _LINE * number - 6}'>{html.escape(line)}</text>"
        for number, line in enumerate(lines, start=1)
    )
    return _frame(2 * _EDGE + _LINE * len(lines), "".join(texts))


def _table(table: pd.DataFrame) -> str:
    columns = list(table.columns)[:_COLUMNS]
    rows = [columns, *table[columns].head(_ROWS).astype(str).to_numpy().tolist()]
    wide = (_WIDTH - 2 * _EDGE) / len(columns)
    cells = (
        f"<text x='{_EDGE + wide * across:.0f}' y='{_EDGE + _LINE * (down + 1) - 6}' font-size='13'"
        f" font-weight='{'normal' if down else 'bold'}'>{html.escape(_short(cell))}</text>"
        for down, row in enumerate(rows)
        for across, cell in enumerate(row)
    )
    total = (
        f"<text x='{_EDGE}' y='{_EDGE + _LINE * (len(rows) + 1) - 6}' font-size='13'>"
        f"… {len(table):,} 行 × {len(table.columns)} 列</text>"
    )
    return _frame(2 * _EDGE + _LINE * (len(rows) + 1), "".join(cells) + total)


def _short(text: str) -> str:
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _points(points: gpd.GeoDataFrame) -> str:
    """Draw the points in their own proportions, with the ends of both axes written beside them."""
    x, y = points.get_coordinates().to_numpy().T
    west, east, south, north = x.min(), x.max(), y.min(), y.max()
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    narrow = np.cos(np.radians((south + north) / 2)) if points.crs.is_geographic else 1.0
    scale = min((_WIDTH - 100) / ((east - west) * narrow), (_MAP_HEIGHT - 2 * _LINE) / (north - south))
    digits = 2 if points.crs.is_geographic else 0
    unit = "°" if points.crs.is_geographic else " m"
    dots = "".join(
        f"<circle cx='{50 + (one - west) * narrow * scale:.1f}' cy='{_LINE + (north - other) * scale:.1f}' r='3'/>"
        for one, other in zip(x, y, strict=True)
    )
    bottom = _LINE + (north - south) * scale + _LINE
    ends = (
        f"<text x='{_EDGE}' y='{bottom:.0f}' font-size='13'>横 {west:,.{digits}f}〜{east:,.{digits}f}{unit}</text>"
        f"<text x='{_WIDTH / 2}' y='{bottom:.0f}' font-size='13'>縦 {south:,.{digits}f}〜{north:,.{digits}f}{unit}</text>"
    )
    return _frame(bottom + _EDGE, f"<g fill='#0072B2'>{dots}</g>{ends}")


def _frame(height: float, inside: str) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height:.0f}' width='{_WIDTH}' "
        f"height='{height:.0f}' font-family='sans-serif' font-size='15' fill='#1a1a1a'>"
        f"<rect x='1' y='1' width='{_WIDTH - 2}' height='{height - 2:.0f}' rx='6' fill='#ffffff' stroke='#767676'/>"
        f"{inside}</svg>"
    )
