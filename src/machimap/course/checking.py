"""What a learner calls in an exercise: the task's panel, the check of an answer, hints, the picture of the result."""

from __future__ import annotations

import base64
import html
from typing import Any

import ipywidgets as widgets

from machimap.course import classroom, record
from machimap.course.session import remembered, started
from machimap.course.tasks import LESSONS, SELF_PACED, picture, tasks
from machimap.course.tasks import task as find
from machimap.course.tasks.material import MATERIAL, practice_place
from machimap.places import Place

_MARKS = {record.PASSED: "○", record.WRONG: "△", record.BLANK: "－"}


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
    asked, place = find(key), practice()
    for session in started()[-1:]:
        session.keep()
    if answer is None or answer is ...:
        state, told = record.BLANK, "`...` を答えに書きかえて、もう一度動かします（いまは教材の答えで先へ進みます）。"
    else:
        told = _fault(asked, answer, place)
        state = record.WRONG if told else record.PASSED
    kept = record.note(key, state=state)
    classroom.report(task=key)
    print(f"{_MARKS[state]} {key} {state}{'：' if told else ''}{told}")
    if state == record.WRONG:
        print("  " + _next_hint(key, kept.hints, len(asked.hints)))
    return answer if state == record.PASSED else asked.expected(place)


def hint(key: str) -> Shown:
    """Return the next hint of a task, more plainly told at each call (three in all). Raises UnknownTask."""
    hints = find(key).hints
    level = record.note(key, hint=True).hints
    classroom.report(task=key)
    text = hints[level - 1]
    return Shown(f"ヒント {level}/{len(hints)}：{text}", f"<p>ヒント {level}/{len(hints)}：{_code(text)}</p>")


def sample(key: str) -> Shown:
    """Return a picture of what the result looks like for another town, with its words. Raises UnknownTask."""
    asked = find(key)
    town = picture.example(practice())
    words = picture.words(asked, town)
    data = base64.b64encode(picture.svg(asked, town).encode()).decode()
    return Shown(
        f"できあがりの例：{words}",
        f"<figure style='margin:0'><img src='data:image/svg+xml;base64,{data}' alt='{html.escape(words)}' "
        f"style='max-width:100%'><figcaption>できあがりの例（{html.escape(town.name)}）</figcaption></figure>",
    )


def practice() -> Place:
    """Return the place of the exercises: the chosen one, or 八王子市 where the national list has too few rows for it."""
    return practice_place(_chosen())


def material(key: str) -> Any:
    """Return the table that a task begins with, for the place of the exercises. Raises UnknownTask."""
    return MATERIAL[find(key).key](practice())


def progress() -> record.Progress:
    """Return how many tasks of each lesson are passed, as a bar: the hour's, and those done alone once they are begun."""
    begun = [lesson for lesson in SELF_PACED if record.states(lesson)]
    return record.Progress({lesson: list(tasks(lesson)) for lesson in (*LESSONS, *begun)})


def _chosen() -> Place:
    sessions = started()
    return sessions[-1].place if sessions else remembered()


def _fault(asked: Any, answer: Any, place: Place) -> str:
    """Return what is wrong with an answer; also for one that breaks the comparison, or fits the place before."""
    try:
        told = asked.wrong(answer, place)
    except Exception as error:
        return f"この答えは調べられないので（{type(error).__name__}）、教材の形に合わせて書き直してください。"
    if told:
        for before in {practice_place(one.place) for one in started()} - {place}:
            if not asked.wrong(answer, before):
                return f"これは{before.name}の答えなので、まちを{place.name}に変えたあとは、上のセルから順に動かし直してください。"
    return told


def _next_hint(key: str, opened: int, all_: int) -> str:
    if opened < all_:
        return f'ヒントが{all_ - opened}つ残っています：上の「ヒント」のボタンを押すか、hint("{key}") を動かします。'
    return "ヒントは全部見ました。飛ばしてもかまいません（教材の答えで先へ進みます）。"


def _code(text: str) -> str:
    """Return text with `code` as HTML."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
