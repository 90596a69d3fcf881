"""The closing quiz: ten questions, each with why, and the certificate of what was made."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

import ipywidgets as widgets
import yaml

from machimap import datasets
from machimap.course import record
from machimap.course.checking import progress
from machimap.course.files import write_whole
from machimap.course.keyboard import own_keys
from machimap.course.session import Session

LESSON = "04"
FILE, MAP = "修了証.html", "ハザードマップ.html"
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Question:
    """A question, its choices, the number of the right one (from 0), and why it is right."""

    question: str
    choices: tuple[str, ...]
    right: int
    why: str


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions in order."""
    told = yaml.safe_load(resources.files("machimap.course").joinpath("quiz.yml").read_text(encoding="utf-8"))
    return tuple(Question(one["question"], tuple(one["choices"]), one["right"] - 1, one["why"]) for one in told)


class Quiz(widgets.VBox):
    """The questions, one below the other; 「答え合わせ」 marks them and keeps the result in the learner's progress.

    `fields` holds the choice of each question, `marks` what is told of it, `message` the result.
    """

    def __init__(self) -> None:
        self.fields = [
            widgets.RadioButtons(options=list(one.choices), index=None, layout=widgets.Layout(width="max-content"))
            for one in questions()
        ]
        self.marks = [widgets.HTML() for _ in self.fields]
        self.button = widgets.Button(description="答え合わせ", button_style="primary", icon="check")
        self.message = widgets.HTML()
        self.button.on_click(lambda _: self.mark())
        titles = [
            widgets.HTML(f"<b>{number}. {html.escape(one.question)}</b>") for number, one in enumerate(questions(), 1)
        ]
        rows = [
            widgets.VBox([title, field, mark])
            for title, field, mark in zip(titles, self.fields, self.marks, strict=True)
        ]
        super().__init__([*rows, self.button, self.message, own_keys()])

    @property
    def score(self) -> int:
        """How many of the choices made now are right."""
        return sum(field.index == one.right for field, one in zip(self.fields, questions(), strict=True))

    def mark(self) -> None:
        """Tell what is right and why; a question without a choice is told as such and may still be answered."""
        for number, (field, mark, one) in enumerate(zip(self.fields, self.marks, questions(), strict=True), 1):
            right, blank = field.index == one.right, field.index is None
            state = record.PASSED if right else record.BLANK if blank else record.WRONG
            record.note(f"{LESSON}-{number}", state=state)
            told = "○ 正解" if right else "－ まだ選んでいません" if blank else "△ もう一度"
            mark.value = html.escape(told if blank else f"{told}：{one.why}" if right else f"{told}考えてみましょう")
        self.message.value = f"{len(self.fields)}問のうち {self.score} 問が正解です。何度でもやり直せます。"


def quiz_passed() -> int:
    """Return how many questions the learner has answered rightly so far."""
    return sum(one.state == record.PASSED for one in record.states(LESSON).values())


def _quiz_result() -> str:
    """Return how many answers are right, or that none has been marked yet."""
    marked = any(one.state != record.BLANK for one in record.states(LESSON).values())
    return f"{quiz_passed()} / {len(questions())} 問に正解" if marked else "まだ"


def certificate(session: Session, name: str = "", today: date | None = None) -> Path:
    """Write the certificate of what was made for the place (修了証.html in its folder, one A4 page), return its path.

    name: whatever the learner wants to see on it, or nothing; it is kept in that file only.
    """
    done = progress()
    made = [path.name for path in sorted(session.folder.glob("*")) if not path.name.startswith((".", FILE))]
    rows = "".join(f"<li>{html.escape(one)}</li>" for one in made) or "<li>まだありません</li>"
    credits = "".join(f"<li>{html.escape(one)}</li>" for one in datasets.credits("shelters", "boundaries", "hazards"))
    text = (
        resources.files("machimap.course")
        .joinpath("certificate.html")
        .read_text(encoding="utf-8")
        .replace("{{name}}", html.escape(name.strip()[:_LONGEST_NAME]) or "　")
        .replace("{{place}}", html.escape(session.place.full_name))
        .replace("{{did}}", "をつくりました" if MAP in made else "づくりを学びました")
        .replace("{{day}}", f"{today or date.today():%Y-%m-%d}")
        .replace("{{tasks}}", f"{done.done} / {done.all}")
        .replace("{{quiz}}", _quiz_result())
        .replace("{{made}}", rows)
        .replace("{{credits}}", credits)
    )
    path = session.folder / FILE
    write_whole(path, text)
    return path
