"""IDs: made where missing so that a row keeps its own next year; doubled ones told."""

from __future__ import annotations

import hashlib

import numpy as np

from machimap.bridge.cleaning.addresses import Split
from machimap.bridge.cleaning.locating import ADDRESS, Located
from machimap.bridge.cleaning.text import compact
from machimap.bridge.sheet import Sheet

ID, NAME = "ID", "名称"
RULE = "名称と住所から、毎年同じになるIDを作る"
LENGTH = 10


def complete(sheet: Sheet, located: Located) -> None:
    """Fill blank IDs, and tell rows that share one.

    A made ID is the publisher's 6-digit code, a hyphen and LENGTH letters of the sha256 of name, town and lot (widths,
    blanks and dashes settled; prefecture, municipality and building left out). It depends on nothing but the row:
    rows may be added, removed and reordered (so a municipality that was only guessed does not count). It changes when the name or the lot is rewritten. Rows with one name and
    lot are told apart by their coordinates, at last by -2, -3 in the order of the list.
    """
    blank = np.flatnonzero(sheet.blank(ID))
    taken = set(sheet.cells[ID])
    made = []
    for row in blank:
        made.append(_free(sheet, located, row, taken))
        taken.add(made[-1])
    if len(blank):
        sheet.put(ID, blank, np.array(made, dtype=object), RULE, f"{NAME}と{ADDRESS}")
    _tell_doubled(sheet, blank)


def make(name: str, part: Split, publisher: str, more: str = "") -> str:
    """Return the ID of a name at the parts of an address; publisher: its 6-digit code, "" when unknown."""
    contents = "\n".join([compact(name), _lot(part), more])
    letters = hashlib.sha256(contents.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]
    return f"{publisher}-{letters}" if publisher else letters


def _lot(part: Split) -> str:
    return compact(part.town + part.lot)


def _free(sheet: Sheet, located: Located, row: int, taken: set[str]) -> str:
    known = located.publishers[row] if row not in located.guesses else None
    publisher = known.lg_code if known else ""
    name, part = sheet.cells[NAME][row], located.own_split(row)
    found = make(name, part, publisher)
    if found not in taken:
        return found
    found = make(name, part, publisher, f"{sheet.cells['緯度'][row]},{sheet.cells['経度'][row]}")
    number = 1
    tried = found
    while tried in taken:
        number += 1
        tried = f"{found}-{number}"
    return tried


def _tell_doubled(sheet: Sheet, made: np.ndarray) -> None:
    _, firsts, counts = np.unique(sheet.cells[ID].astype(str), return_inverse=True, return_counts=True)
    doubled = (counts > 1)[firsts] & ~sheet.blank(ID)
    doubled[made] = False
    rows = np.flatnonzero(doubled)
    sheet.doubt(ID, rows, "同じIDの行がほかにもある", "行ごとに違うIDにするか、同じ施設なら1行にまとめてください。")
