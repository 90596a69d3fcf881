"""The tasks of the exercises: what is expected, which wrong answers are known, hints and pictures.

Titles, hints and the words of the pictures stand in `NN.yml`; what is expected is computed from the data and the
chosen municipality, never written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import Any

import pandas as pd
import yaml

from machimap.course.tasks.kinds import Answer
from machimap.errors import MachimapError
from machimap.places import Place

# The hour, which the class's board shows; and what is done alone afterwards.
LESSONS = ("01", "02", "03")
SELF_PACED = ("10",)
EVERY = LESSONS + SELF_PACED


class UnknownTask(MachimapError):
    """There is no task of that key."""


@dataclass(frozen=True)
class Task:
    """One task: its words, and how its answers are judged.

    table: the line of the exercise that makes the table asked about (`sites = material("01-1")`), or "".
    drawn: what its picture shows where the result itself would be the answer, or "".
    """

    key: str
    title: str
    hints: tuple[str, ...]
    picture: str
    answer: Answer
    table: str = ""
    drawn: str = ""

    def expected(self, place: Place) -> Any:
        """Return the kit's own answer for a place; a table is the caller's to change."""
        value = _expected(self.key, place)
        return value.copy() if isinstance(value, (pd.DataFrame, pd.Series)) else value

    def wrong(self, given: Any, place: Place) -> str:
        """Return what is wrong with an answer in one sentence, or "" when it is right."""
        kind, expected = self.answer.kind, self.expected(place)
        fault = kind.misfit(given)
        if not fault and kind.same(given, expected):
            return ""
        known = self.answer.unfit if fault else self.answer.mistakes
        told = (mistake(given, expected, place) for mistake in known)
        return next((words for words in told if words), "") or fault or kind.difference(given, expected)


@cache
def tasks(lesson: str) -> dict[str, Task]:
    """Return the tasks of a lesson ("02") by their keys, in order."""
    words = yaml.safe_load(resources.files(__name__).joinpath(f"{lesson}.yml").read_text(encoding="utf-8"))
    answers = import_module(f"{__name__}.lesson{lesson}").ANSWERS
    return {
        key: Task(key, answer=answers[key], **told | {"hints": tuple(told["hints"])}) for key, told in words.items()
    }


def task(key: str) -> Task:
    """Return one task by its key ("02-3"). Raises UnknownTask."""
    found = tasks(key[:2]).get(key) if isinstance(key, str) and key[:2] in EVERY else None
    if found is None:
        known = "、".join(one for lesson in EVERY for one in tasks(lesson))
        raise UnknownTask(f"「{key}」という問題はないので、{known} から選んでください。")
    return found


@cache
def _expected(key: str, place: Place) -> Any:
    return task(key).answer.expected(place)
