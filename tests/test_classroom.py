"""The class board: seats write to a shared folder, the instructor sees who needs help, and no one is disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from machimap import course
from machimap.course import board, classroom, record, session


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared folder of a class, and a learner's own work apart from it."""
    folder = tmp_path / "class"
    folder.mkdir()
    monkeypatch.setenv("MACHIMAP_CLASS", str(folder))
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.setattr(session, "_started", [])
    return folder


def test_a_check_reaches_the_board_and_nothing_personal_does(shared, monkeypatch, capsys):
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/notebooks/01_opendata.ipynb")
    assert course.join(" A-3 ") == "A-3"
    course.start("焼津市")
    course.check("01-1", 3)
    course.check("01-2", ...)
    [seat] = classroom.seats()
    assert (seat.seat, seat.notebook, seat.task) == ("A-3", "01_opendata", "01-2")
    assert seat.states["01"]["01-1"]["state"] == "やり直し"
    kept = json.loads((shared / "A-3.json").read_text(encoding="utf-8"))
    assert set(kept) == {"seat", "notebook", "states", "task", "when", "learner"}
    assert os.environ["HOME"] not in str(kept)
    assert "somewhere" not in str(kept)


def test_who_tries_often_or_stands_still_is_named_first(shared, capsys):
    course.join("A-1")
    for _ in range(3):
        course.check("02-3", 1)
    moving = classroom.Seat("A-0", "02_hazardmap", {"01": {"01-1": {"state": "合格", "tries": 1}}}, "01-1", _now(), "x")
    still = classroom.Seat("B-9", "", {"01": {"01-2": {"state": "やり直し", "tries": 1}}}, "01-2", _now(-6), "y")
    page = board.board_html([moving, still, *classroom.seats()], datetime.now())
    assert "3席、声をかけたい席 2" in page
    assert page.index("A-1") < page.index("B-9") < page.index("A-0")
    assert "02-3 で3回やり直し" in page
    assert "01-2 で6分動きなし" in page
    assert "■□□□" in page


def _now(minutes: int = 0) -> str:
    return (datetime.now() + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def test_the_form_and_the_board_as_widgets(shared, capsys):
    form, seen = course.SeatForm(), course.Board()
    assert "まだだれも" in seen.table.value
    form.field.value = "ま-12"
    form.button.click()
    assert "席「ま-12」につきました" in form.message.value
    seen.again.click()
    assert "ま-12" in seen.table.value


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 13, "<b>", "a/b", "席。", "A\n3"])
def test_a_seat_name_that_cannot_be_a_file_or_is_too_long_is_refused(name, shared, assert_one_sentence):
    with pytest.raises(classroom.ClassError) as caught:
        course.join(name)
    assert_one_sentence(caught.value)
    assert list(shared.iterdir()) == []


def test_a_seat_is_taken_by_one_learner_and_given_up_when_that_one_moves(
    shared, tmp_path, monkeypatch, assert_one_sentence
):
    course.join("A-1")
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "other"))
    with pytest.raises(classroom.ClassError) as caught:
        course.join("A-1")
    assert_one_sentence(caught.value)
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    course.join("A-1")
    course.join("A-2")
    assert [seat.seat for seat in classroom.seats()] == ["A-2"]
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "other"))
    assert course.join("A-1") == "A-1"


def test_outside_a_class_nothing_is_written_and_joining_says_so(shared, monkeypatch, capsys, assert_one_sentence):
    monkeypatch.delenv("MACHIMAP_CLASS")
    course.check("01-1", 3)
    assert list(shared.iterdir()) == []
    with pytest.raises(classroom.ClassError) as caught:
        course.join("A-1")
    assert_one_sentence(caught.value)


def test_a_shared_folder_that_vanishes_does_not_stop_a_learner(shared, capsys):
    course.join("A-1")
    (shared / "A-1.json").unlink()
    shared.rmdir()
    shared.write_text("フォルダではない", encoding="utf-8")
    course.check("01-1", ...)
    assert record.states("01")["01-1"].state == "未回答"
    assert classroom.seats() == []


@pytest.mark.parametrize("body", ["", "{", "[]", '{"seat": "B-1"}', '{"seat": 1, "states": 3}', "\x00\xff"])
def test_a_broken_file_in_the_shared_folder_is_left_out(body, shared):
    course.join("A-1")
    (shared / "B-1.json").write_text(body, encoding="utf-8")
    assert [seat.seat for seat in classroom.seats()] == ["A-1"]
    assert "1席" in course.Board().table.value


def test_what_a_seat_file_holds_is_shown_as_text(shared):
    course.join("A-1")
    kept = json.loads((shared / "A-1.json").read_text(encoding="utf-8"))
    (shared / "A-1.json").write_text(json.dumps(kept | {"notebook": "<script>alert(1)</script>"}), encoding="utf-8")
    assert "<script>" not in course.Board().table.value


LEARNER = """
import sys
from machimap.course import classroom, record
classroom.join(sys.argv[1])
for number in range(1, 5):
    record.note(f"01-{number}", state="合格" if number < 4 else "やり直し")
    classroom.report(task=f"01-{number}")
"""


@pytest.mark.slow
def test_forty_seats_that_write_at_once_are_all_on_the_board(shared, tmp_path):
    names = [f"{row}-{number}" for row in "ABCDE" for number in range(8)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", LEARNER, name], env={**os.environ, "MACHIMAP_WORK": str(tmp_path / f"work-{name}")}
        )
        for name in names
    ]
    seen = []
    while any(process.poll() is None for process in running):
        seen.append(len(classroom.seats()))
    assert [process.returncode for process in running] == [0] * 40
    assert seen == sorted(seen)
    seats = classroom.seats()
    assert [seat.seat for seat in seats] == sorted(names)
    assert all(seat.passed("01") == 3 and seat.task == "01-4" for seat in seats)
    page = board.board_html(seats, datetime.now())
    assert page.count("■■■□") == 40
    assert sorted(path.name for path in shared.iterdir()) == sorted(f"{name}.json" for name in names)
