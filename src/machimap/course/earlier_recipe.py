"""Next year in the notebook: what was decided for an earlier table is used for the one now handed, differences told."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from machimap import places
from machimap.bridge import BridgeError, recipe
from machimap.course.friendly import MARK
from machimap.places import PlaceError

if TYPE_CHECKING:
    from machimap.course.bridge_form import BridgeForm

_NEWEST = 20
_WIDE = widgets.Layout(width="min(40em, 70%)")
_NOT_YET = "「はい」を付けるまで使いません。"


class EarlierRecipe(widgets.VBox):
    """A menu of the recipes beside the folder of the form, the newest first, and a button that takes one over.

    Without a recipe of the same list it is not to be seen. Below it is told what is different from the table that the
    recipe was made with; a broken recipe is refused in one sentence, and the form stays as it is.
    """

    def __init__(self, form: BridgeForm, folder: Path) -> None:
        self._form = form
        options = [(path.parent.name, path) for path in _recipes(folder, form.target.name)]
        self.menu = widgets.Dropdown(options=options, description="前の表", layout=_WIDE)
        self.use = widgets.Button(description="前のレシピを使う", icon="history")
        self.message = widgets.HTML()
        self.use.on_click(lambda _: self._take_over())
        super().__init__([widgets.HBox([self.menu, self.use]), self.message])
        self.layout.display = None if options else "none"

    def _take_over(self) -> None:
        path, form = self.menu.value, self._form
        try:
            known = recipe.load(path)
            mapping, differences = recipe.rerun(known, form.reading.table, form.target, title=form.reading.name)
        except BridgeError as error:
            self.message.value = html.escape(f"{MARK}{error}")
            return
        form.take_over(mapping)
        changed = [one for one in differences if one.kind != recipe.UNUSED_GONE]
        told = [*self._warnings(known), *(self._sentence(one.text) for one in changed)]
        count = f"変わったところ {len(changed)}件" if changed else "変わったところは、ありません"
        lines = "".join(f"<li>{html.escape(text)}</li>" for text in told)
        head = f"「{path.parent.name}」のレシピを使いました。{count}。4のセルから動かしてください。"
        self.message.value = f"{html.escape(head)}<ul style='margin:0;line-height:1.4'>{lines}</ul>"

    def _sentence(self, text: str) -> str:
        """Return what is different; a new column that waits for a yes is not said to be used."""
        waiting = [self._form.match(name) for name in self._form.waiting]
        new = any(match and match.source and f"新しい列「{match.source}」" in text for match in waiting)
        if not new:
            return text
        return (
            text.replace("」に入れました", "」に使えそうです").replace("」を使いました", "」が使えそうです") + _NOT_YET
        )

    def _warnings(self, known: recipe.Recipe) -> list[str]:
        """Return what a recipe cannot change here: how the table is read, and whose it is."""
        now, place = self._form.options, self._form.place
        other = {key: value for key, value in (known.options or {}).items() if now.get(key) != value}
        told = []
        if other:
            told.append(
                f"{MARK}前とは読み方が違います。同じ読み方にするときは、2に `options = {other}` と書いて、2から動かしてください。"
            )
        if known.place and place and known.place != place.lg_code:
            told.append(f"{MARK}前のレシピは{_town(known.place)}の表のものです。1の「どこの表か」を確かめてください。")
        return told


def _recipes(folder: Path, target: str) -> list[Path]:
    """Return the recipes of a list in the folders beside each other, the newest first; one that is broken too."""
    found = sorted(folder.glob(f"*/{recipe.NAME}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path for path in found[:_NEWEST] if _target(path) in (target, "")]


def _target(path: Path) -> str:
    """Return the list that a recipe is of, "" where it cannot be read."""
    try:
        return recipe.load(path).target
    except BridgeError:
        return ""


def _town(lg_code: str) -> str:
    try:
        return places.by_code(lg_code).full_name
    except PlaceError:
        return f"ほかのまち（{lg_code}）"
