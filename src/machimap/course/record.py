"""How far a learner has come: one small file a lesson in work/, written whole or not at all."""

from __future__ import annotations

import html
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from machimap.course.files import write_whole
from machimap.course.session import work_root

PASSED, WRONG, BLANK = "合格", "やり直し", "未回答"
_STATES = (PASSED, WRONG, BLANK)
_PATIENCE_S = 5.0


@dataclass(frozen=True)
class State:
    """What is kept of one task: state, how often it was checked, how many hints were opened, when it last changed."""

    state: str = BLANK
    tries: int = 0
    hints: int = 0
    when: str = ""


def states(lesson: str) -> dict[str, State]:
    """Return the kept states of a lesson ("02") by the key of the task; what cannot be read counts as nothing."""
    try:
        kept = json.loads(_path(lesson).read_text(encoding="utf-8"))
        return {str(key): _state(value) for key, value in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def note(key: str, *, state: str | None = None, hint: bool = False) -> State:
    """Keep that a task was checked (with its state) or that a hint was opened; return what is kept now.

    A task once passed stays passed. Where nothing can be written (a full disk) the lesson goes on without a note.
    """
    lesson = key[:2]
    path = _path(lesson)
    with _Turn(path):
        now = states(lesson)
        before = now.get(key, State())
        after = replace(before, when=datetime.now().isoformat(timespec="seconds"))
        if hint:
            after = replace(after, hints=min(before.hints + 1, 3))
        if state is not None:
            after = replace(
                after,
                state=PASSED if before.state == PASSED else state,
                tries=before.tries + (state != BLANK),
            )
        kept = {name: asdict(one) for name, one in sorted((now | {key: after}).items())}
        with suppress(OSError):
            write_whole(path, json.dumps(kept, ensure_ascii=False, indent=1))
    return after


def everything() -> dict[str, dict[str, State]]:
    """Return the kept states of all lessons, by lesson and key."""
    return {path.stem: states(path.stem) for path in sorted(folder().glob("*.json"))}


class Progress:
    """The bar of every lesson, as text and as a small table; `done` and `all` count tasks."""

    def __init__(self, lessons: dict[str, list[str]]) -> None:
        """lessons: the keys of the tasks by lesson."""
        self.lessons = {
            lesson: {key: states(lesson).get(key, State()) for key in keys} for lesson, keys in lessons.items()
        }

    @property
    def done(self) -> int:
        """How many tasks are passed."""
        return sum(one.state == PASSED for tasks in self.lessons.values() for one in tasks.values())

    @property
    def all(self) -> int:
        """How many tasks there are."""
        return sum(map(len, self.lessons.values()))

    def __repr__(self) -> str:
        lines = [f"{lesson} {_bar(tasks)} {_count(tasks)}" for lesson, tasks in self.lessons.items()]
        return "\n".join([*lines, f"合計 {self.done} / {self.all} 問"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left'>{html.escape(lesson)}</th>"
            f"<td><progress max='{len(tasks)}' value='{_passed(tasks)}' aria-label='{html.escape(lesson)}の進みぐあい'>"
            f"</progress></td><td style='white-space:nowrap'>{_count(tasks)}</td>"
            f"<td style='text-align:left'>{'　'.join(_named(key, one) for key, one in tasks.items())}</td></tr>"
            for lesson, tasks in self.lessons.items()
        )
        return f"<table><caption>練習の進みぐあい（合計 {self.done} / {self.all} 問）</caption>{rows}</table>"


def folder() -> Path:
    """Return the folder of the notes."""
    return work_root() / "progress"


class _Turn:
    """One writer at a time, across notebooks; a lock left by a dead kernel is taken over after _PATIENCE_S."""

    def __init__(self, path: Path) -> None:
        self._lock = path.with_suffix(".lock")
        self._held = False

    def __enter__(self) -> None:
        started = time.monotonic()
        while not self._held:
            try:
                self._lock.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self._lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                self._held = True
            except FileExistsError:
                if time.monotonic() - started > _PATIENCE_S:
                    self._lock.unlink(missing_ok=True)
                time.sleep(0.01)
            except OSError:
                return

    def __exit__(self, *_: object) -> None:
        if self._held:
            self._lock.unlink(missing_ok=True)


def _path(lesson: str) -> Path:
    return folder() / f"{lesson}.json"


def _state(value: dict) -> State:
    told = State(**{name: value[name] for name in ("state", "tries", "hints", "when") if name in value})
    return told if told.state in _STATES and isinstance(told.tries, int) and isinstance(told.hints, int) else State()


def _passed(tasks: dict[str, State]) -> int:
    return sum(one.state == PASSED for one in tasks.values())


def _bar(tasks: dict[str, State]) -> str:
    return "".join("■" if one.state == PASSED else "□" for one in tasks.values())


def _count(tasks: dict[str, State]) -> str:
    return f"{_passed(tasks)} / {len(tasks)} 問"


def _named(key: str, one: State) -> str:
    return f"<span style='white-space:nowrap'>{html.escape(key)} {one.state}</span>"
