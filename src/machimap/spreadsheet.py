"""Cells that a spreadsheet must show as text, not run."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"^\s*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")
_MARKS_ONLY = re.compile(r"^[-－+＋]+$")
_TELEPHONE = re.compile(r"^\+\d[\d() -]*$")


def safe_cell(value: object) -> object:
    """Return a cell that a spreadsheet shows as text: a leading =, +, - or @ gets an apostrophe.

    Numbers (-1.5), telephone numbers (+81 3-0000-0000) and a lone dash stay as they are.
    """
    if not isinstance(value, str) or not _FORMULA.match(value):
        return value
    if any(pattern.match(value) for pattern in (_NUMBER, _MARKS_ONLY, _TELEPHONE)):
        return value
    return "'" + value
