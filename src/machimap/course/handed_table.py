"""Choose the table that lesson 10 takes to the standard: an example, or a file of one's own in any form."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from machimap import places, store
from machimap.bridge import Reading
from machimap.course.friendly import MARK
from machimap.course.keyboard import own_keys
from machimap.course.own_file import as_table, opened
from machimap.course.reading_options import read_with
from machimap.course.tasks import messy
from machimap.course.tasks.material import EXAMPLE_LG_CODE, practice_place
from machimap.course.whose import Whose, whose
from machimap.errors import MachimapError
from machimap.places import Place

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.xls,.ods,.json,.geojson,.zip"
FOLDER = "標準の形"
_HANDED = "handover-04"
_WIDE = widgets.Layout(width="min(44em, 98%)")
_LABELLED = {"description_width": "7em"}
_NO_NAME_OF_A_FILE = re.compile(r'[\x00-\x1f<>:"/\\|?*.]+')
_LONGEST = 60
_own: dict[Place, dict[str, Choice]] = {}
_last: dict[tuple[Place, str], tuple[str, str]] = {}


@dataclass(frozen=True)
class Choice:
    """What was chosen: the file, the municipality of all its rows (None: every row says its own), how it is read."""

    name: str
    body: bytes
    place: Place | None
    told: Whose
    options: dict[str, Any] = field(default_factory=dict)


class HandedTable(widgets.VBox):
    """Choose an example or upload a file; `name`, `body`, `place` (None: every row says its own) and `options` are what
    was chosen. Its cell run again begins with what was chosen last.

    source: the path of a file to begin with. What cannot be read is told in one sentence, and the table before stays.
    """

    def __init__(self, place: Place, source: str | Path = "") -> None:
        self._own_place, self._given = place, str(source).strip()
        self._tables = _examples(place) | _own.get(place, {})
        first = next(iter(self._tables))
        if self._given:
            first = self._add(*opened(self._given))
        first, town = _last.get((place, self._given), (first, None))
        self.menu = widgets.Dropdown(options=list(self._tables), description="使う表", layout=_WIDE, style=_LABELLED)
        self.menu.value = first
        self.upload = widgets.FileUpload(accept=ACCEPTED, multiple=False, description="自分のファイルを選ぶ")
        self.upload.layout.width = "17em"
        self.town = widgets.Text(
            description="どこの表か",
            placeholder="まちの名前（空のままなら、行ごとの住所で決める）",
            continuous_update=False,
            layout=_WIDE,
            style=_LABELLED,
        )
        self.message = widgets.HTML()
        self._choose(first)
        self.menu.observe(lambda change: self._choose(change["new"]), "value")
        self.upload.observe(self._uploaded, "value")
        self.town.observe(lambda change: self._settle(change["new"]), "value")
        if town is not None:
            self.town.value = town
        super().__init__([self.menu, self.upload, self.town, self.message, own_keys()])

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.chosen.name

    @property
    def body(self) -> bytes:
        """The content of the file."""
        return self.chosen.body

    @property
    def place(self) -> Place | None:
        """The municipality of all rows, or None where every row says its own."""
        return self.chosen.place

    @property
    def told(self) -> str:
        """Which file it is, and whose: the first line of what is made of it."""
        return f"{self.name}（{self.place.full_name if self.place else '1行ずつ、住所の市区町村'}）"

    @property
    def options(self) -> dict[str, Any]:
        """The options with which the table was read last."""
        return self.chosen.options

    def read(self, options: dict[str, Any]) -> Reading:
        """Read the table with options of `bridge.read`, which count from now on. Raises BridgeError."""
        reading = read_with(self.body, self.name, options)
        self.chosen = replace(self.chosen, options=dict(options))
        return reading

    def folder(self, root: Path) -> Path:
        """Return the folder for what is made of this table: one a file and municipality, so that none covers another."""
        path = Path(self.name)
        town = self.place.name if self.place and self.place.name not in path.stem else ""
        parts = (town, path.stem, path.suffix)
        told = "_".join(filter(None, (_NO_NAME_OF_A_FILE.sub("", part) for part in parts)))
        return root / FOLDER / told[:_LONGEST]

    def _add(self, name: str, body: bytes) -> str:
        """Take a file of the learner's own among the tables; return how the menu calls it. Raises BridgeError."""
        told = whose(as_table(name, body), self._own_place)
        label = f"自分のファイル：{name}"
        # Where nothing says whose it is, the learner's own town is proposed, and said to be no more than that.
        own = self._own_place
        place = told.place or (None if told.by_row or told.lies_elsewhere(own) else own)
        self._tables[label] = Choice(name, body, place, told)
        _own.setdefault(self._own_place, {})[label] = self._tables[label]
        return label

    def _uploaded(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        try:
            label = self._add(file["name"], bytes(file["content"]))
        except MachimapError as error:
            self._refused(error, f"使う表は「{self.menu.value}」")
            return
        self.menu.options = list(self._tables)
        self.menu.value = label
        self._choose(label)

    def _choose(self, label: str) -> None:
        self.chosen = self._tables[label]
        self.town.value = self.place.full_name if self.place else ""
        self._told()

    def _settle(self, town: str) -> None:
        """Set the municipality of all rows, or none."""
        try:
            place = self.place if self.place and town == self.place.full_name else None
            place = place or (places.find(town) if town.strip() else None)
        except places.PlaceError as error:
            self._refused(error, f"「どこの表か」は{self.place.full_name if self.place else '空'}")
            return
        if place != self.place:
            self.chosen = replace(self.chosen, place=place)
        self._told()

    def _refused(self, error: MachimapError, kept: str) -> None:
        self.message.value = html.escape(f"{MARK}{error}いまは、{kept}のままです。")

    def _told(self) -> None:
        _last[(self._own_place, self._given)] = (self.menu.value, self.town.value)
        self.message.value = "<br>".join(map(html.escape, _sentences(self.chosen, self._tables[self.menu.value])))


def _sentences(chosen: Choice, proposed: Choice) -> list[str]:
    """Return whose table it is taken for, why, and what to do where that is not sure."""
    place, told, name = chosen.place, chosen.told, f"「{chosen.name}」"
    other = "違うときは「どこの表か」を書きかえて、Enter を押します。"
    ask = "「どこの表か」に、まちの名前（例：八王子市）を書いて Enter を押します。"
    if place is None and told.by_row:
        return [f"{name}は、1行ずつ、住所の市区町村のものとして使います。{other}"]
    if place is None:
        return [f"{MARK}{name}の住所に市区町村の名前がないので、{ask}"]
    said = f"{name}の行を全部、{place.full_name}のものとして使います"
    if told.mostly and told.mostly != place:
        away = f"{MARK}住所の多くは{told.mostly.full_name}です。「どこの表か」が合っているか、確かめてください。"
        return [f"{said}。", away]
    if told.lies_elsewhere(place):
        return [
            f"{said}。",
            f"{MARK}位置の多くは{place.name}の外です。「どこの表か」が合っているか、確かめてください。",
        ]
    if place == told.place:
        return [f"{said}{f'（{told.why}）' if told.why else ''}。{other}"]
    if place == proposed.place:
        guess = f"{MARK}住所に市区町村の名前がないので、このノートのまちの表とみなしています。"
        return [f"{said}。", f"{guess}ほかのまちの表なら、{ask}"]
    return [f"{said}。{other}"]


def _examples(place: Place) -> dict[str, Choice]:
    """Return the examples by what the menu calls them."""
    handed = store.resource_path("hachioji", _HANDED)
    town = practice_place(place)
    return {
        "例1：八王子市の一時避難場所（渡されたまま）": _example(
            handed.name, handed.read_bytes(), places.by_code(EXAMPLE_LG_CODE)
        ),
        f"例2：困ったところの多い{town.name}の表（{messy.MARK}）": _example(
            messy.file_name(town), messy.messy_list(town), town
        ),
    }


def _example(name: str, body: bytes, place: Place) -> Choice:
    return Choice(name, body, place, replace(whose(as_table(name, body), place), place=place, why=""))
