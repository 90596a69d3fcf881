"""The closing quiz and the certificate."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from machimap import course
from machimap.course import quiz, record, session


@pytest.fixture(autouse=True)
def _apart_from_the_learners_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.setattr(session, "_started", [])


def test_ten_questions_each_with_choices_one_right_and_why():
    asked = quiz.questions()
    assert len(asked) == 10
    for one in asked:
        assert len(set(one.choices)) == len(one.choices) == 3
        assert 0 <= one.right < 3
        assert one.why.endswith("。")
    assert len({one.right for one in asked}) == 3


def test_a_quiz_is_marked_question_by_question_and_a_right_answer_stays():
    asked = course.Quiz()
    asked.button.click()
    assert "<dd>まだ</dd>" in course.certificate(course.start("焼津市")).read_text(encoding="utf-8")
    assert "0 問が正解" in asked.message.value
    assert all("まだ選んでいません" in mark.value for mark in asked.marks)
    assert quiz.quiz_passed() == 0

    for field, one in zip(asked.fields, quiz.questions(), strict=True):
        field.index = one.right
    asked.fields[3].index = (quiz.questions()[3].right + 1) % 3
    asked.button.click()
    assert asked.score == 9
    assert quiz.questions()[0].why in asked.marks[0].value
    assert quiz.questions()[3].why not in asked.marks[3].value
    assert "もう一度" in asked.marks[3].value

    asked.fields[3].index = quiz.questions()[3].right
    asked.fields[0].index = None
    asked.button.click()
    assert quiz.quiz_passed() == 10


def test_the_certificate_tells_what_was_made_on_one_page(tmp_path):
    begun = course.start("焼津市")
    (begun.folder / "ハザードマップ.html").write_text("地図", encoding="utf-8")
    record.note("04-1", state="合格")
    path = course.certificate(begun, "<b>わたし</b>", today=date(2026, 11, 24))
    text = path.read_text(encoding="utf-8")
    assert "<strong>静岡県焼津市</strong>のハザードマップをつくりました。" in text
    assert "ハザードマップ.html" in text
    assert "2026-11-24" in text
    assert "1 / 10 問に正解" in text
    assert "&lt;b&gt;わたし&lt;/b&gt;" in text
    assert "「データなし」は「安全」ではありません" in text
    assert "{{" not in text
    assert "修了証.html" not in text

    chromium = next(
        (Path(folder) / "chromium" for folder in ("/usr/bin",) if (Path(folder) / "chromium").exists()), None
    )
    if chromium is None:
        pytest.skip("Chromium がないので、紙の枚数は確かめない")
    page = tmp_path / "page.pdf"
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={page}", path.as_uri()],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert page.read_bytes().count(b"/Type /Page\n") == 1


def test_a_certificate_without_a_name_or_anything_made_is_still_one():
    text = course.certificate(course.start("藤崎町")).read_text(encoding="utf-8")
    assert "まだありません" in text
    assert "<dt>クイズ</dt><dd>まだ</dd>" in text
    assert "をつくりました" not in text
    assert "0 / 12 問に合格" in text
