"""The notebooks' widgets: choose a municipality, a hazard, a file of one's own."""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from machimap import datasets, places
from machimap.course.friendly import MARK, sentence
from machimap.course.keyboard import own_keys
from machimap.course.session import remember
from machimap.errors import MachimapError
from machimap.places import Place

_WIDE = widgets.Layout(width="min(32em, 95%)")
_LABELLED = {"description_width": "7em"}
_chosen_last: dict[type, tuple[Any, Any]] = {}
_NEEDED = ("名称", "緯度", "経度")
_TITLES = {
    "名称": ("name", "施設名", "施設名称", "施設・場所名", "避難所名", "名前"),
    "所在地_連結表記": ("住所", "所在地", "address"),
    "緯度": ("lat", "latitude", "緯度（北緯）"),
    "経度": ("lon", "lng", "longitude", "経度（東経）"),
}


class PlaceChooser(widgets.VBox):
    """Prefecture → municipality, or a search; shows what `on_choose(place)` returns, remembers what is chosen.

    Its cell run again begins with what was chosen last; showing a place does not choose it. `value` is the Place shown. An error of the first drawing stops the cell; later ones are shown in place.
    """

    def __init__(self, place: Place, on_choose: Callable[[Place], Any]) -> None:
        self._on_choose = on_choose
        self._given = place
        place = _again(self, place)
        self._by_prefecture = places.prefectures()
        self._prefecture = _menu("都道府県", list(self._by_prefecture))
        self._municipality = _menu("市区町村", [])
        self._search = widgets.Text(
            description="名前で探す",
            placeholder="例：八王子、はちおうじ、13201",
            continuous_update=False,
            layout=_WIDE,
            style=_LABELLED,
        )
        self._message = widgets.HTML()
        self._output = widgets.Output()
        made = on_choose(place)
        self._listen(True)
        self._fill_menus(place)
        self._search.observe(self._searched, "value")
        super().__init__([self._prefecture, self._municipality, self._search, self._message, own_keys(), self._output])
        self.value = place
        _draw(self._output, lambda: made)

    def _fill_menus(self, place: Place) -> None:
        """Show a place in both menus without telling that they changed."""
        self._listen(False)
        self._prefecture.value = place.prefecture
        self._municipality.options = self._choices(place.prefecture)
        self._municipality.value = place.lg_code
        self._listen(True)

    def _listen(self, on: bool) -> None:
        for menu, chosen in (
            (self._prefecture, self._prefecture_chosen),
            (self._municipality, self._municipality_chosen),
        ):
            (menu.observe if on else menu.unobserve)(chosen, "value")

    def _choices(self, prefecture: str) -> list[tuple[str, str]]:
        names = [place.name for place in self._by_prefecture[prefecture]]
        return [
            (f"{place.county}{place.name}" if names.count(place.name) > 1 else place.name, place.lg_code)
            for place in self._by_prefecture[prefecture]
        ]

    def _prefecture_chosen(self, change: dict) -> None:
        place = self._by_prefecture[change["new"]][0]
        self._fill_menus(place)
        self._choose(place)

    def _municipality_chosen(self, change: dict) -> None:
        if change["new"]:
            self._choose(places.by_code(change["new"]))

    def _searched(self, change: dict) -> None:
        if not change["new"].strip():
            return
        try:
            place = places.find(change["new"])
        except places.PlaceError as error:
            self._message.value = html.escape(MARK + str(error))
            return
        self._fill_menus(place)
        self._choose(place)

    def _choose(self, place: Place) -> None:
        self.value = place
        self._message.value = ""
        remember(place)
        _keep(self, self._given, place)
        _draw(self._output, lambda: self._on_choose(place))


class HazardChooser(widgets.VBox):
    """Choose one of the eight hazards; shows what `on_choose(key)` returns. `value` is the key (洪水 …).

    Its cell run again begins with what was chosen last. An error of the first drawing stops the cell; later ones are shown in place.
    """

    def __init__(self, hazard: str, on_choose: Callable[[str], Any]) -> None:
        from machimap import hazards

        self._on_choose = on_choose
        options = [(f"{row.key}（{row.label}）", row.key) for row in hazards.kinds().itertuples(index=False)]
        self._menu = _menu("災害の種類", options)
        self._given = hazards.kind(hazard)["key"]
        self._menu.value = _again(self, self._given)
        self._output = widgets.Output()
        made = on_choose(self._menu.value)
        self._menu.observe(self._chosen, "value")
        super().__init__([self._menu, own_keys(), self._output])
        _draw(self._output, lambda: made)

    @property
    def value(self) -> str:
        """The key of the chosen hazard."""
        return self._menu.value

    def _chosen(self, change: dict) -> None:
        _keep(self, self._given, change["new"])
        _draw(self._output, lambda: self._on_choose(change["new"]))


class TableUpload(widgets.VBox):
    """Choose a CSV of one's own; `table` is its DataFrame (名称, 緯度, 経度 …), or None while nothing fits."""

    def __init__(self) -> None:
        self.table: pd.DataFrame | None = None
        self._button = widgets.FileUpload(accept=".csv,.tsv,.txt", multiple=False, description="CSVを選ぶ")
        self._message = widgets.HTML("まだ選ばれていません（選ばなくても進めます）")
        self._button.observe(self._uploaded, "value")
        super().__init__([self._button, self._message])

    def _uploaded(self, change: dict) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        try:
            self.table, notes = read_own_list(bytes(file["content"]))
        except MachimapError as error:
            self.table = None
            self._message.value = html.escape(MARK + str(error))
            return
        self._message.value = html.escape(f"{file['name']}：{notes['rows']}行、文字コードは {notes['encoding_label']}")


def read_own_list(body: bytes) -> tuple[pd.DataFrame, dict]:
    """Read a city's list, its columns renamed to 名称, 所在地_連結表記, 緯度, 経度 where the usual titles stand.

    Returns the table and the notes of `datasets.read_table`. Raises datasets.TableError for an unreadable
    file or one without names or coordinates.
    """
    table, notes = datasets.read_table(body)
    titles = {title: standard for standard, usual in _TITLES.items() for title in usual}
    renamed = {column: titles[column.lower()] for column in table.columns if column.lower() in titles}
    kept = {column: new for column, new in renamed.items() if new not in table.columns}
    table = table.rename(columns=kept)
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise datasets.TableError(
            f"この表には「{'」「'.join(missing)}」の列がありません。1行目の見出しをその名前に直してから選んでください。"
        )
    return table.loc[:, ~table.columns.duplicated()], notes


def _again(chooser: widgets.Widget, given: Any) -> Any:
    """Return what was chosen last in this kernel where a chooser begins with `given`, else `given`."""
    before, chosen = _chosen_last.get(type(chooser), (given, given))
    return chosen if before == given else given


def _keep(chooser: widgets.Widget, given: Any, chosen: Any) -> None:
    _chosen_last[type(chooser)] = (given, chosen)


def _menu(label: str, options: list) -> widgets.Dropdown:
    return widgets.Dropdown(options=options, description=label, layout=_WIDE, style=_LABELLED)


def _draw(output: widgets.Output, make: Callable[[], Any]) -> None:
    """Put what `make` returns into an output, or its error's sentence, in the place of what was there.

    The contents are set rather than captured: for captured contents nbclient answers on the channel on which
    it waits for the end of the cell, and then may never hear of it.
    """
    try:
        data, metadata = InteractiveShell.instance().display_formatter.format(make())
    except Exception as error:
        if os.environ.get("MACHIMAP_TRACEBACK"):
            raise
        output.outputs = ({"output_type": "stream", "name": "stdout", "text": MARK + sentence(error)},)
        return
    output.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata},)
