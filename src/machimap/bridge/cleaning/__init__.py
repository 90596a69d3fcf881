"""Clean the values of a table in the columns of a standard list: cell by cell, then row by row."""

from machimap.bridge.cleaning import addresses, codes, marks, numbers, phones, texts, times
from machimap.bridge.cleaning.cell import CLEANERS, Cell, clean_cell
from machimap.bridge.cleaning.whole import Cleaned, clean

__all__ = [
    "CLEANERS",
    "Cell",
    "Cleaned",
    "addresses",
    "clean",
    "clean_cell",
    "codes",
    "marks",
    "numbers",
    "phones",
    "texts",
    "times",
]
