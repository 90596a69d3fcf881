"""One column of the target in the notebook's table of columns: its menu, its tick, its constant, and the reason."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from machimap.bridge.mapping import SURE
from machimap.bridge.mapping.hazards import names_hazards
from machimap.bridge.mapping.values import fits, pair, profile
from machimap.bridge.mapping.vocabulary import vocabulary
from machimap.bridge.records import Match

if TYPE_CHECKING:
    from machimap.course.bridge_form import BridgeForm

PERSON = "人"
# What cleaning writes where the table has no column for it: codes, identifiers, and the parts of the address.
BY_ITSELF = frozenset(
    (
        "全国地方公共団体コード",
        "市区町村コード",
        "地方公共団体名",
        "ID",
        "所在地_全国地方公共団体コード",
        "所在地_都道府県",
        "所在地_市区町村",
        "所在地_町字",
        "所在地_番地以下",
    )
)
_NONE, _CONSTANT = -1, -2
_WORDS = ((0.95, "ほぼ確か"), (SURE, "確からしい"), (0.7, "たぶん"), (0.5, "もしかすると"), (0.0, "あやしい"))
_LONGEST_HEAD = 18
_FLAGS = 0.8
_MENU_WIDTH = "min(34em, 86%)"
_MENU_STYLE = {"description_width": "15.5em"}
_TICK = widgets.Layout(width="5em")


class Row(widgets.VBox):
    """One column of the target: a menu of the sources, a tick, a field for a constant, and why it is proposed."""

    def __init__(self, form: BridgeForm, name: str) -> None:
        self._form, self._name = form, name
        sources = [(_menu_word(head), number) for number, head in enumerate(form.sources)]
        options = [("（なし）", _NONE), ("（決まった値を書く）", _CONSTANT), *sources]
        match = form.match(name)
        self.menu = widgets.Dropdown(options=options, description=name, style=_MENU_STYLE, tooltip=name)
        self.menu.value = self._number(match)
        self.yes = widgets.Checkbox(value=form.is_used(name), description="はい", indent=False, layout=_TICK)
        self.yes.tooltip = f"「{name}」に、この列を使う"
        self.constant = widgets.Text(
            description="決まった値",
            value=match.constant if match else "",
            placeholder="どの行にも入れる値",
            continuous_update=False,
            style=_MENU_STYLE,
        )
        # A layout is a thing of its own that widgets would share: hiding one field would hide them all.
        self.menu.layout.width = self.constant.layout.width = _MENU_WIDTH
        self.told = widgets.HTML()
        self._show(match)
        self.menu.observe(lambda change: self._changed(change["new"]), "value")
        self.yes.observe(lambda change: self._ticked(change["new"]), "value")
        self.constant.observe(lambda change: self._typed(change["new"]), "value")
        super().__init__([widgets.HBox([self.menu, self.yes]), self.constant, self.told])
        self.add_class("machimap-row")

    def _number(self, match: Match | None) -> int:
        if match is None:
            return _NONE
        return self._form.sources.index(match.source) if match.source else _CONSTANT

    def _changed(self, number: int) -> None:
        if number == _CONSTANT:
            self._form.choose(self._name, None)
            self._show(None)
            self._typed(self.constant.value)
            return
        if number == _NONE:
            self._form.decline(self._name)
            self._show(None)
            return
        match = self._form.by_hand(self._name, number)
        self._form.choose(self._name, match)
        self._show(match)

    def _typed(self, text: str) -> None:
        if self.menu.value != _CONSTANT:
            return
        value = text.strip()
        match = Match(self._name, constant=value, confidence=1.0, evidence="人が決めた値", by=PERSON) if value else None
        self._form.choose(self._name, match)
        self._show(match)

    def _ticked(self, on: bool) -> None:
        match = self._form.match(self._name)
        if on != self._form.is_used(self._name) and match is not None:
            self._form.tick(self._name, on)
        self._show(match)

    def _show(self, match: Match | None) -> None:
        used = self._form.is_used(self._name)
        self.yes.disabled = match is None
        self.yes.value = used
        self.constant.layout.display = None if self.menu.value == _CONSTANT else "none"
        self.layout.border_left = "4px solid #b35900" if match and not used else "4px solid transparent"
        self.told.value = self._reason(match, used)
        self.told.layout.display = None if self.told.value else "none"

    def _reason(self, match: Match | None, used: bool) -> str:
        if match is None and self.menu.value == _CONSTANT:
            told = "値を書いて Enter を押すと、どの行にも入ります。"
        elif match is None and self._name in BY_ITSELF:
            made = "名称と住所から、毎年同じもの" if self._name == "ID" else "まちや住所から分かるもの"
            told = f"もとの列を選ばなければ、{made}が自動で入ります。"
        elif match is None and self._form.is_declined(self._name):
            told = "使わないと決めました。空のままにします。"
        elif match is None:
            return ""
        elif match.constant:
            told = f"どの行にも「{match.constant}」を入れます。"
        else:
            state = "" if used else "【確かめる】合っていれば「はい」に印を付けます。"
            who = (
                "人が選びました"
                if match.by == PERSON
                else f"{_word(match.confidence)}（{match.confidence:.2f}）：{match.evidence}"
            )
            told = f"{state}例 {self._form.samples(match.source)}／{who}"
        return f"<div style='margin:0 0 6px 12px;line-height:1.4;font-size:13px'>{html.escape(told)}</div>"


def pick_of(column: pd.Series, name: str) -> str:
    """Return what of a cell a column takes when a person chooses the source: its hazard, or its half of a position."""
    hazard = vocabulary().hazard(name)
    if hazard:
        return hazard if names_hazards(column)[0] and fits(profile(column), "flag") < _FLAGS else ""
    cells = [cell for cell in column.unique()[:200] if cell.strip()]
    return name if name in ("緯度", "経度") and cells and all(map(pair, cells)) else ""


def _word(confidence: float) -> str:
    return next(word for least, word in _WORDS if confidence >= least)


def flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(str(text).split())


def shortened(text: str, longest: int) -> str:
    """Return a text on one line, cut where it is long."""
    line = flat(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _menu_word(head: str) -> str:
    return shortened(head, _LONGEST_HEAD) or "（見出しなし）"
