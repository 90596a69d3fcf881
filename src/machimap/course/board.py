"""The class board: every seat's progress in one table, those who may need help first."""

from __future__ import annotations

import asyncio
import html
from datetime import datetime
from pathlib import Path

import ipywidgets as widgets

from machimap.course import classroom
from machimap.course.friendly import MARK
from machimap.course.tasks import LESSONS, tasks

_EVERY_S = 5.0


class SeatForm(widgets.VBox):
    """The learner's field for the seat's name; `message` tells what came of it."""

    def __init__(self) -> None:
        self.field = widgets.Text(description="席の名前", placeholder="例：A-3（名前は書きません）")
        self.button = widgets.Button(description="席につく", icon="check")
        self.message = widgets.HTML("" if classroom.class_folder() else "クラスではないので、何も入れずに進みます。")
        self.button.on_click(lambda _: self._join())
        super().__init__([widgets.HBox([self.field, self.button]), self.message])

    def _join(self) -> None:
        try:
            seat = classroom.join(self.field.value)
        except classroom.ClassError as error:
            self.message.value = html.escape(MARK + str(error))
            return
        self.message.value = html.escape(f"席「{seat}」につきました。進みぐあいが講師の画面に出ます。")


class Board(widgets.VBox):
    """The seats of the class as a table, read again every few seconds while `live` is ticked."""

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = Path(folder) if folder else None
        self.table = widgets.HTML()
        self.again = widgets.Button(description="いま読み直す", icon="refresh")
        self.live = widgets.Checkbox(value=True, description="5秒ごとに読み直す", indent=False)
        self.again.on_click(lambda _: self.refresh())
        self._loop: asyncio.Task | None = None
        self.live.observe(lambda change: self._watch(change["new"]), "value")
        super().__init__([widgets.HBox([self.again, self.live]), self.table])
        self.refresh()
        self._watch(True)

    def refresh(self) -> None:
        """Read the shared folder again."""
        self.table.value = board_html(classroom.seats(self._folder), datetime.now())

    def _watch(self, on: bool) -> None:
        if self._loop is not None:
            self._loop.cancel()
            self._loop = None
        if on:
            try:
                self._loop = asyncio.get_running_loop().create_task(self._reread())
            except RuntimeError:
                self._loop = None

    async def _reread(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            self.refresh()


def board_html(seats: list[classroom.Seat], now: datetime) -> str:
    """Return the table of the seats: those who may need help first, then by name."""
    if not seats:
        return "<p>まだだれも席についていません。00 のノートで、席の名前を入れてもらってください。</p>"
    ordered = sorted(seats, key=lambda seat: (not seat.stuck(now), seat.seat))
    waiting = sum(bool(seat.stuck(now)) for seat in seats)
    heads = "".join(f"<th scope='col'>{lesson}</th>" for lesson in LESSONS)
    rows = "".join(_row(seat, now) for seat in ordered)
    return (
        f"<table><caption>{len(seats)}席、声をかけたい席 {waiting}（{now:%H:%M:%S} 時点）</caption>"
        f"<thead><tr><th scope='col'>席</th><th scope='col'>ノート</th>{heads}<th scope='col'>ようす</th>"
        f"<th scope='col'>最後の動き</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(seat: classroom.Seat, now: datetime) -> str:
    stuck = seat.stuck(now)
    bars = "".join(f"<td>{_bar(seat, lesson)}</td>" for lesson in LESSONS)
    colour = " style='background:#fff3cd;color:#1a1a1a'" if stuck else ""
    state = f"<b>！ {html.escape(stuck)}</b>" if stuck else "進んでいます" if seat.task else "まだ練習していません"
    return (
        f"<tr{colour}><th scope='row' style='text-align:left'>{html.escape(seat.seat)}</th>"
        f"<td style='text-align:left'>{html.escape(seat.notebook) or '－'}</td>{bars}"
        f"<td style='text-align:left'>{state}</td><td>{html.escape(seat.when[11:19])}</td></tr>"
    )


def _bar(seat: classroom.Seat, lesson: str) -> str:
    done, every = seat.passed(lesson), len(tasks(lesson))
    return f"{'■' * done}{'□' * (every - done)}"
