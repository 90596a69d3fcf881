"""Choose the table that lesson 10 takes to the standard: an example, or a file of one's own in any form."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from machimap import places, store
from machimap.bridge import BridgeError, read
from machimap.bridge.mapping.values import municipality_names
from machimap.course.friendly import MARK
from machimap.course.keyboard import own_keys
from machimap.course.tasks import messy
from machimap.course.tasks.material import EXAMPLE_LG_CODE, practice_place
from machimap.errors import MachimapError
from machimap.places import Place

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.xls,.json,.geojson,.zip"
_HANDED = "handover-04"
_WIDE = widgets.Layout(width="min(44em, 98%)")
_LABELLED = {"description_width": "7em"}
_LOOKED_AT, _MOSTLY = 500, 0.8
_BEFORE = re.compile(r"^(?:東京都|北海道|(?:京都|大阪)府|..?.県)?(?:[^\s市区町村]{1,4}郡)?")
_LONGEST = 7
_CODE = re.compile(r"(\d{6})(?=[_\-. ])")


class HandedTable(widgets.VBox):
    """Choose an example or upload a file; `body`, `name` and `place` (None: every row says its own) are what was chosen.

    source: the path of a file to begin with. What cannot be read is told in one sentence, and the table before stays.
    """

    def __init__(self, place: Place, source: str | Path = "") -> None:
        self._own_place = place
        self._tables = _examples(place)
        self.message = widgets.HTML()
        first = next(iter(self._tables))
        if str(source).strip():
            first = self._add(*_file(Path(source)))
        self.menu = widgets.Dropdown(options=list(self._tables), description="使う表", layout=_WIDE, style=_LABELLED)
        self.menu.value = first
        self.upload = widgets.FileUpload(accept=ACCEPTED, multiple=False, description="自分のファイルを選ぶ")
        self.upload.layout.width = "14em"
        self.town = widgets.Text(
            description="どこの表か",
            placeholder="まちの名前（空のままなら、行ごとの住所で決める）",
            continuous_update=False,
            layout=_WIDE,
            style=_LABELLED,
        )
        self._choose(first)
        self.menu.observe(lambda change: self._choose(change["new"]), "value")
        self.upload.observe(self._uploaded, "value")
        self.town.observe(lambda change: self._settle(change["new"]), "value")
        super().__init__([self.menu, self.upload, self.town, self.message, own_keys()])

    def _add(self, name: str, body: bytes) -> str:
        """Take a file of the learner's own among the tables; return how the menu calls it. Raises BridgeError."""
        table = read(body, name=name).table
        label = f"自分のファイル：{name}"
        self._tables[label] = (name, body, _town_of(name) or _town_within(table, self._own_place))
        return label

    def _uploaded(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        try:
            label = self._add(file["name"], bytes(file["content"]))
        except MachimapError as error:
            self.message.value = html.escape(MARK + str(error))
            return
        self.menu.options = list(self._tables)
        self.menu.value = label
        self._choose(label)

    def _choose(self, label: str) -> None:
        self.name, self.body, self.place = self._tables[label]
        self.town.value = self.place.full_name if self.place else ""
        self._told()

    def _settle(self, town: str) -> None:
        """Set the municipality of all rows, or none."""
        try:
            self.place = places.find(town) if town.strip() else None
        except places.PlaceError as error:
            self.message.value = html.escape(MARK + str(error))
            return
        self._told()

    def _told(self) -> None:
        whose = f"全部の行を{self.place.full_name}のもの" if self.place else "行ごとに、住所の市区町村のもの"
        self.message.value = html.escape(
            f"「{self.name}」を、{whose}として使います。違うときは「どこの表か」を書きかえて、Enter を押します。"
        )


def _examples(place: Place) -> dict[str, tuple[str, bytes, Place | None]]:
    """Return name, content and place of the examples, by what the menu calls them."""
    handed = store.resource_path("hachioji", _HANDED)
    town = practice_place(place)
    return {
        "例1：八王子市の一時避難場所（渡されたまま）": (
            handed.name,
            handed.read_bytes(),
            places.by_code(EXAMPLE_LG_CODE),
        ),
        f"例2：困ったところの多い{town.name}の表（{messy.MARK}）": (
            messy.file_name(town),
            messy.messy_list(town),
            town,
        ),
    }


def _file(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise BridgeError(f"「{path.name}」を開けないので、ファイルの場所と名前を確かめてください。") from error


def _town_within(table: pd.DataFrame, own: Place) -> Place | None:
    """Return the municipality with which addresses of a table begin, None where they are of several; `own` without any."""
    rows = table.iloc[:: max(1, len(table) // _LOOKED_AT)]
    cells = (cell for column in rows.columns for cell in rows[column])
    known = Counter(town for cell in cells if (town := _begins_with(cell)))
    most = [town for town, count in known.items() if count >= _MOSTLY * sum(known.values())]
    if not known or own.name in most or own.own_name in most:
        return own
    try:
        return places.find(most[0]) if most else None
    except places.PlaceError:
        return None


def _begins_with(address: str) -> str:
    """Return the municipality whose name stands before the rest of an address."""
    rest = _BEFORE.sub("", address.strip())
    return next(
        (rest[:length] for length in range(_LONGEST, 1, -1) if rest[:length] in municipality_names() and rest[length:]),
        "",
    )


def _town_of(name: str) -> Place | None:
    """Return the municipality whose code the name of a file begins with."""
    found = _CODE.match(name)
    try:
        return places.by_code(found.group(1)) if found else None
    except places.PlaceError:
        return None
