"""The notebook's form for what people answer before a publication; it edits release.yml."""

from __future__ import annotations

import html
from itertools import groupby
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from machimap.course.fold import Fold
from machimap.course.friendly import MARK
from machimap.course.keyboard import own_keys
from machimap.errors import MachimapError
from machimap.release import Question, questions, read_answers, write_answers
from machimap.release.answers import items
from machimap.release.report import Row

_WIDE = widgets.Layout(width="min(44em, 98%)")
_NARROW = widgets.Layout(width="min(20em, 98%)")


class ReleaseForm(widgets.VBox):
    """The questions of the gate, folded item by item, with the answers of a folder; 「保存」 writes them all at once.

    `fields` holds the widget of each question by its key, `message` what the last saving told.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        answers, fault = _read(self._folder)
        self.fields = {one.key: _field(one, answers.get(one.key)) for one in questions()}
        self._kept = answers.get("allow", [])
        titles = {item["id"]: f"{item['title']}（{item['section']}）" for item in items()}
        parts = [(titles[key], list(group)) for key, group in groupby(questions(), key=lambda one: one.item)]
        self.parts = [Fold(lambda group=group: [self._row(one) for one in group]) for _, group in parts]
        for fold, (title, _) in zip(self.parts, parts, strict=True):
            fold.called(title)
        self.button = widgets.Button(description="保存", button_style="primary", icon="save")
        self.button.on_click(lambda _: self.save())
        self.message = widgets.HTML(_told(fault))
        super().__init__([*self.parts, widgets.HBox([self.button, self.message]), own_keys()])

    @property
    def answers(self) -> dict[str, Any]:
        """What is filled in now."""
        filled = {key: field.value for key, field in self.fields.items()}
        kept = {key: value for key, value in filled.items() if value not in ("", None)}
        return kept | ({"allow": self._kept} if self._kept else {})

    def todo(self, row: Row) -> str:
        """Return what to do about an open row: the questions still to be answered here, else what the gate says."""
        left = [
            one.label for one in questions() if one.item == row.item and one.required and one.key not in self.answers
        ]
        return f"書式の「{'」「'.join(left)}」に答えて「保存」を押してください。" if left else row.todo

    def save(self) -> None:
        """Write release.yml, or show in one sentence why not; what is typed stays."""
        try:
            path = write_answers(self._folder, self.answers)
        except MachimapError as error:
            self.message.value = _told(str(error))
            return
        filled = sum(one.key in self.answers for one in questions())
        self.message.value = (
            f"{html.escape(path.name)} に保存しました（{len(questions())}のうち{filled}に答えました）。"
        )

    def _row(self, question: Question) -> widgets.Widget:
        hint = "" if question.kind in ("bool", "choice") else f"　例：{question.example}"
        return widgets.VBox(
            [widgets.HTML(f"<b>{html.escape(question.label)}</b>{html.escape(hint)}"), self.fields[question.key]]
        )


def _read(folder: Path) -> tuple[dict, str]:
    try:
        return read_answers(folder), ""
    except MachimapError as error:
        return {}, str(error)


def _field(question: Question, value: Any) -> widgets.Widget:
    if question.kind == "bool":
        return widgets.Dropdown(
            options=[("（まだ）", None), ("はい", True), ("いいえ", False)], value=value, layout=_NARROW
        )
    if question.kind == "choice":
        return widgets.Dropdown(options=[("（まだ）", None), *question.choices], value=value, layout=_NARROW)
    if question.kind == "date":
        return widgets.DatePicker(value=value, layout=_NARROW)
    return widgets.Text(value=str(value or ""), layout=_WIDE)


def _told(fault: str) -> str:
    return f"<span style='color:#a00'>{html.escape(MARK + fault)}</span>" if fault else ""
