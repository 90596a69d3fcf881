"""The class seen from the front: each learner's progress as one small file in a shared folder, by seat."""

from __future__ import annotations

import json
import os
import re
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from machimap.course import record
from machimap.course.files import write_whole
from machimap.course.session import work_root
from machimap.errors import MachimapError

FOLDER_VARIABLE = "MACHIMAP_CLASS"
LONGEST_SEAT = 12
STUCK_TRIES, STUCK_AFTER = 3, timedelta(minutes=5)
_TAKEN_FOR = timedelta(hours=1)
_SEAT = re.compile(rf"[\w-]{{1,{LONGEST_SEAT}}}")


class ClassError(MachimapError):
    """There is no class to join, or the seat cannot be taken."""


@dataclass(frozen=True)
class Seat:
    """One seat: its name, the open notebook, the states of the tasks by lesson, the last task, when it last wrote.

    states: {"01": {"01-1": {"state", "tries", "hints", "when"}}} as kept in the learner's own notes.
    """

    seat: str
    notebook: str
    states: dict[str, dict[str, dict[str, Any]]]
    task: str
    when: str
    learner: str

    def passed(self, lesson: str) -> int:
        """Return how many tasks of a lesson are passed."""
        return sum(one.get("state") == "合格" for one in self.states.get(lesson, {}).values())

    def stuck(self, now: datetime) -> str:
        """Return in words why this seat may need help, or "": many tries at a task, or long at one not passed."""
        now_at = self.states.get(self.task[:2], {}).get(self.task, {})
        if not now_at or now_at.get("state") == "合格":
            return ""
        if now_at.get("tries", 0) >= STUCK_TRIES:
            return f"{self.task} で{now_at['tries']}回やり直し"
        waited = now - _time(self.when)
        return f"{self.task} で{waited.seconds // 60}分動きなし" if waited >= STUCK_AFTER else ""


def class_folder() -> Path | None:
    """Return the shared folder of the class (MACHIMAP_CLASS), or None where there is none."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else None


def join(seat: str) -> str:
    """Take a seat by its name, and return the name: letters, digits, - and _, no person's name.

    Raises ClassError where there is no class, the name cannot be used, or somebody else sits there.
    """
    folder, name = class_folder(), seat.strip()
    if folder is None or not folder.is_dir():
        raise ClassError("クラスの共有フォルダがないので、席の名前は入れずに、そのまま進めてください。")
    if not _SEAT.fullmatch(name):
        raise ClassError(
            f"その席の名前は使えないので、「A-3」のような{LONGEST_SEAT}文字までの文字と数字にしてください。"
        )
    learner = _mine().get("learner") or uuid.uuid4().hex
    path = folder / f"{name}.json"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        there = _read(path)
        if there and there.learner != learner and datetime.now() - _time(there.when) < _TAKEN_FOR:
            raise ClassError(f"席「{name}」はほかの人が使っているので、自分の席の名前を確かめてください。") from None
    except OSError as error:
        raise ClassError("クラスの共有フォルダに書き込めないので、講師に知らせて、そのまま進めてください。") from error
    before = _mine().get("seat")
    if before and before != name:
        _leave(folder / f"{before}.json", learner)
    write_whole(_own_file(), json.dumps({"seat": name, "learner": learner}, ensure_ascii=False))
    report()
    return name


def report(task: str = "", notebook: str = "") -> None:
    """Write where this learner is into the shared folder; does nothing without a class or a seat, and never raises."""
    folder, mine = class_folder(), _mine()
    if folder is None or "seat" not in mine:
        return
    path = folder / f"{mine['seat']}.json"
    before = _read(path)
    states = {lesson: {key: asdict(one) for key, one in kept.items()} for lesson, kept in record.everything().items()}
    now = Seat(
        seat=mine["seat"],
        notebook=notebook or (before.notebook if before else ""),
        states=states,
        task=task or (before.task if before else ""),
        when=datetime.now().isoformat(timespec="seconds"),
        learner=mine["learner"],
    )
    with suppress(OSError):
        write_whole(path, json.dumps(asdict(now), ensure_ascii=False))


def seats(folder: Path | None = None) -> list[Seat]:
    """Return all seats of the class by name; a file that is being written or is no seat's is left out."""
    folder = folder or class_folder()
    if folder is None or not folder.is_dir():
        return []
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return [seat for seat in found if seat is not None]


def _own_file() -> Path:
    return work_root() / "seat.json"


def _mine() -> dict[str, str]:
    try:
        kept = json.loads(_own_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and _SEAT.fullmatch(str(kept.get("seat"))) and "learner" in kept else {}


def _read(path: Path) -> Seat | None:
    try:
        seat = Seat(**json.loads(path.read_text(encoding="utf-8")))
        texts = (seat.seat, seat.notebook, seat.task, seat.when, seat.learner)
        fits = all(isinstance(text, str) for text in texts) and seat.seat == path.stem
        tasks = [one for kept in seat.states.values() for one in kept.values()]
        _time(seat.when)
        return seat if fits and all(isinstance(one, dict) for one in tasks) else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _leave(path: Path, learner: str) -> None:
    there = _read(path)
    if there and there.learner == learner:
        path.unlink(missing_ok=True)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
