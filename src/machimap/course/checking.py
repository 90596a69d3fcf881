"""What a learner calls in an exercise: the task's panel, the check of an answer, hints, the picture of the result."""

from __future__ import annotations

import ast
import base64
import html
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import ipywidgets as widgets
import pandas as pd

from machimap.course import classroom, record
from machimap.course.cell import Cell, calling
from machimap.course.session import remembered, started
from machimap.course.tasks import LESSONS, SELF_PACED, Task, picture, tasks
from machimap.course.tasks import task as find
from machimap.course.tasks.material import MATERIAL, practice_place
from machimap.places import Place

_MARKS = {record.PASSED: "○", record.WRONG: "△", record.BLANK: "－"}
_GOES_ON = "もう一度動かします（いまは教材の答えで先へ進みます）。"
_handed_back: dict[str, Any] = {}
_handed_out: dict[str, Task] = {}


class Shown:
    """A piece of HTML for the notebook, with the same in words where only text is shown."""

    def __init__(self, text: str, markup: str) -> None:
        self._text, self._markup = text, markup

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._markup


class TaskPanel(widgets.VBox):
    """Two buttons above a task: 「できあがりの例」 and 「ヒント」 (one more at each press); what they show is below."""

    def __init__(self, key: str) -> None:
        self._task = find(key)
        self.example = widgets.Button(description="できあがりの例", icon="image")
        self.hint = widgets.Button(description="ヒント", icon="lightbulb-o")
        self.shown = widgets.HTML()
        self.example.on_click(lambda _: self._show(sample(key)))
        self.hint.on_click(lambda _: self._show(hint(key)))
        title = widgets.HTML(f"<b>{html.escape(key)}　{html.escape(self._task.title)}</b>")
        super().__init__([title, widgets.HBox([self.example, self.hint]), self.shown])

    def _show(self, what: Shown) -> None:
        self.shown.value = what._repr_html_()


def task(key: str) -> TaskPanel:
    """Return the panel of a task ("02-3"). Raises UnknownTask."""
    return TaskPanel(key)


def check(key: str, answer: Any = ...) -> Any:
    """Tell whether an answer is right, and keep it in the learner's progress.

    Prints 合格, 未回答, or one sentence about this answer; returns the answer when it is right, else the kit's own,
    so that the lesson goes on. Raises UnknownTask.
    """
    asked, place, cell = find(key), practice(), calling()
    for session in started()[-1:]:
        session.keep()
    state, told = _judged(asked, answer, place, cell)
    kept = record.note(key, state=state)
    classroom.report(task=key)
    print(f"{_MARKS[state]} {key} {state}{'：' if told else ''}{told}")
    if state == record.WRONG:
        print("  " + _next_hint(key, kept.hints, len(asked.hints)))
    if state == record.PASSED:
        _handed_back.pop(key, None)
        return answer
    _handed_back[key] = asked.expected(place)
    return _handed_back[key]


def hint(key: str) -> Shown:
    """Return the next hint of a task, more plainly told at each call (three in all). Raises UnknownTask."""
    hints = find(key).hints
    level = record.note(key, hint=True).hints
    classroom.report(task=key)
    last = "（最後のヒント）" if level == len(hints) else ""
    told = f"ヒント {level}/{len(hints)}{last}：{hints[level - 1].strip()}"
    return Shown(told, f"<div style='white-space:pre-wrap'>{_code(told)}</div>")


def sample(key: str) -> Shown:
    """Return a picture of what the result looks like for another town, with its words. Raises UnknownTask."""
    asked = find(key)
    town = picture.example(practice())
    words = picture.words(asked, town)
    data = base64.b64encode(picture.svg(asked, town).encode()).decode()
    return Shown(
        f"できあがりの例：{words}",
        f"<figure style='margin:0'><img src='data:image/svg+xml;base64,{data}' alt='{html.escape(words)}' "
        f"style='max-width:100%'><figcaption>できあがりの例：{html.escape(words)}</figcaption></figure>",
    )


def practice() -> Place:
    """Return the place of the exercises: the chosen one, or 八王子市 where the national list has too few rows for it."""
    return practice_place(_chosen())


def material(key: str) -> Any:
    """Return the table that a task begins with, for the place of the exercises. Raises UnknownTask."""
    asked = find(key)
    _handed_out[asked.table] = asked
    return MATERIAL[asked.key](practice())


def changed_table(names: Mapping[str, Any]) -> str:
    """Return what to do about a table handed out by `material` that a notebook (its names) has changed, or ""."""
    return next((told for asked in _handed_out.values() if (told := _changed(asked, practice(), names))), "")


def progress() -> record.Progress:
    """Return how many tasks of each lesson are passed, as a bar: the hour's, and those done alone once they are begun."""
    begun = [lesson for lesson in SELF_PACED if record.states(lesson)]
    return record.Progress({lesson: list(tasks(lesson)) for lesson in (*LESSONS, *begun)})


def _chosen() -> Place:
    sessions = started()
    return sessions[-1].place if sessions else remembered()


def _judged(asked: Task, answer: Any, place: Place, cell: Cell) -> tuple[str, str]:
    """Return the state of an answer and what is told about it."""
    name = cell.unassigned(asked.key)
    if name and answer is not ... and answer is _handed_back.get(asked.key):
        told = f"このセルに `{name} = ` で始まる行がないので、`{name} = ` のうしろに答えを書いて、"
        return record.BLANK, _changed(asked, place, cell.names) or told + _GOES_ON
    if answer is None:
        told = _returned_nothing(cell.written(asked.key))
        if told:
            return record.WRONG, _changed(asked, place, cell.names) or told
    if answer is None or answer is ...:
        return record.BLANK, "`...` を答えに書きかえて、" + _GOES_ON
    told = _fault(asked, answer, place, cell.names)
    return (record.WRONG if told else record.PASSED), told


def _returned_nothing(written: ast.expr | None) -> str:
    """Tell why an expression has no value: it prints, or it changes a table in place; "" where it is neither."""
    if not isinstance(written, ast.Call):
        return ""
    if getattr(written.func, "id", "") == "print":
        return "`print` は画面に出すだけで、何も残らないので、`print( )` を外してください。"
    if any(word.arg == "inplace" for word in written.keywords):
        return "`inplace=True` を付けると、結果は何も返らないので、`inplace=True` を外してください。"
    return ""


def _fault(asked: Task, answer: Any, place: Place, names: Mapping[str, Any]) -> str:
    """Return what is wrong with an answer; also for one that breaks the comparison, fits the place before, or comes
    from a table that was changed."""
    try:
        told = asked.wrong(answer, place)
        befores = {practice_place(one.place) for one in started()} - {place} if told else set()
        before = next((one for one in befores if not asked.wrong(answer, one)), None)
    except Exception as error:
        told = f"この答えは調べられないので（{type(error).__name__}）、教材の形に合わせて書き直してください。"
        before = None
    if before:
        return (
            f"これは{before.name}の答えなので、まちを{place.name}に変えたあとは、上のセルから順に動かし直してください。"
        )
    return told and (_changed(asked, place, names) or told)


def _changed(asked: Task, place: Place, names: Mapping[str, Any]) -> str:
    name = asked.table.partition(" = ")[0]
    if not name or name not in names or _as_given(names[name], MATERIAL[asked.key](place)):
        return ""
    return (
        f"表 `{name}` の中身が変わっているので、表をつくるセル（`{asked.table}`）をもう一度動かしてから、"
        "やり直してください。"
    )


def _as_given(table: Any, given: pd.DataFrame) -> bool:
    """Tell whether a table still holds all that was handed out; columns may have been added."""
    if not isinstance(table, pd.DataFrame) or not set(given.columns) <= set(table.columns):
        return False
    if isinstance(given, gpd.GeoDataFrame) and getattr(table, "crs", None) != given.crs:
        return False
    return pd.DataFrame(table)[list(given.columns)].equals(pd.DataFrame(given))


def _next_hint(key: str, opened: int, all_: int) -> str:
    goes_on = "この先は、教材の答えで計算しています。"
    if opened < all_:
        left = f"ヒントが{all_ - opened}つ残っています"
        return f'{left}：上の「ヒント」のボタンを押すか、hint("{key}") を動かします。{goes_on}'
    return f"ヒントは全部見ました。飛ばしてもかまいません。{goes_on}"


def _code(text: str) -> str:
    """Return text with `code` as HTML."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
