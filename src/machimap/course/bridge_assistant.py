"""The optional generative AI of the form of columns: what leaves is shown before it is sent, proposals wait for a tick."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import ipywidgets as widgets

from machimap.bridge.model import Model, prompt
from machimap.course.friendly import MARK
from machimap.errors import MachimapError

if TYPE_CHECKING:
    from machimap.course.bridge_form import BridgeForm


class Assistant(widgets.VBox):
    """Ask the generative AI that is set up: first what would leave is shown whole, then a second button sends it."""

    def __init__(self, form: BridgeForm) -> None:
        self._form, self._asked = form, None
        self.look = widgets.Button(description="生成AIに送る文を見る", icon="eye")
        self.send = widgets.Button(description="この文を送る", icon="paper-plane")
        self.stop = widgets.Button(description="送らない", icon="times")
        for button in (self.look, self.send):
            button.layout.width = "14em"
        self.text = widgets.Textarea(disabled=True, layout=widgets.Layout(width="98%", height="14em"))
        self.message = widgets.HTML("まだ何も送っていません。送る前に、送る文の全部が出ます。")
        self._box = widgets.VBox()
        self.look.on_click(lambda _: self._shown())
        self.send.on_click(lambda _: self._sent())
        self.stop.on_click(lambda _: self._closed("送りませんでした。"))
        super().__init__([self.look, self.message, self._box])

    def _shown(self) -> None:
        try:
            model = Model.from_environment()
        except MachimapError as error:
            self._closed(MARK + str(error))
            return
        mapping = self._form.offered
        self.text.value = prompt(self._form.reading.table, mapping, self._form.target)
        self._asked = (model, mapping)
        self.message.value = html.escape(f"「{model.name}」（{model.base_url}）に送るのは、次の文だけです。")
        self._box.children = (self.text, widgets.HBox([self.send, self.stop]))

    def _sent(self) -> None:
        model, mapping = self._asked
        answer = model.propose(self._form.reading.table, mapping, self._form.target)
        for match in answer.matches:
            self._form.offer(match)
        self._form.rebuild()
        told = (
            f"提案が {len(answer.matches)} 件来ました。「はい」に印を付けたものだけを使います。"
            if answer.matches
            else ""
        )
        self._closed("　".join([told, *answer.refused]).strip() or "使える提案はありませんでした。")

    def _closed(self, told: str) -> None:
        self._box.children = ()
        self.message.value = html.escape(told)
