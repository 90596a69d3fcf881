"""Work that survives the browser: saved in one zip, brought back elsewhere, and catching up with the class."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from machimap import cli, course, places
from machimap.course import keep, lab, record, session
from machimap.course.execute import LessonFailed


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.delenv("MACHIMAP_WORK", raising=False)
    monkeypatch.setattr(session, "_started", [])


def machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sit down at a machine on which the kit's notebooks were given out; return their folder."""
    folder.mkdir(exist_ok=True)
    home, _ = lab.lessons_folder(folder)
    monkeypatch.chdir(home / "notebooks")
    return home


@pytest.fixture
def worked(tmp_path, monkeypatch, capsys) -> Path:
    """A machine on which somebody has chosen a town, passed a task, made a site with its history, and typed."""
    home = machine(tmp_path / "first", monkeypatch)
    course.remember(places.find("焼津市"))
    course.start()
    course.check("02-5", course.check("02-5", ...))
    site = home / "work" / "222127_焼津市" / "site"
    site.mkdir(parents=True)
    (site / "index.html").write_text("<h1>焼津市</h1>", encoding="utf-8")
    subprocess.run(["git", "init", "-q", "--initial-branch=main"], cwd=site, check=True)
    subprocess.run(["git", "add", "."], cwd=site, check=True)
    who = ["-c", "user.name=Machimap learner", "-c", "user.email=learner@example.invalid"]
    subprocess.run(["git", *who, "commit", "-q", "-m", "はじめての記録"], cwd=site, check=True)
    typed = home / "exercises" / "01_opendata.ipynb"
    typed.write_text(typed.read_text(encoding="utf-8").replace("count = ...", "count = len(sites)"), encoding="utf-8")
    (home / "work" / "seat.json").write_text("{}", encoding="utf-8")
    return home


def test_saved_work_comes_back_on_another_machine(worked, tmp_path, monkeypatch):
    path = course.save()
    assert path.parent == worked / "work"
    with zipfile.ZipFile(path) as saved:
        names = saved.namelist()
    assert "exercises/01_opendata.ipynb" in names
    assert "exercises/02_hazardmap.ipynb" not in names
    assert not [name for name in names if "seat.json" in name or "machimap-work-" in name]

    other = machine(tmp_path / "second", monkeypatch)
    told = course.restore(path)
    assert told.backup is not None
    assert "開き直してください" in str(told)
    assert course.remembered().name == "焼津市"
    assert course.progress().done == 1
    assert "count = len(sites)" in (other / "exercises/01_opendata.ipynb").read_text(encoding="utf-8")
    log = subprocess.run(
        ["git", "log", "--format=%s"],
        cwd=other / "work/222127_焼津市/site",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert log.stdout == "はじめての記録\n"
    assert str(course.restore(path)) == "持ち帰ったものは、もう全部ここにあります。"


def test_what_stands_there_is_kept_when_saved_work_comes_back(worked, tmp_path, monkeypatch):
    path = course.save()
    other = machine(tmp_path / "second", monkeypatch)
    mine = other / "work" / "222127_焼津市" / "わたしのメモ.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("残る", encoding="utf-8")
    told = course.restore(path.read_bytes())
    kept = told.backup / "work" / "222127_焼津市" / "わたしのメモ.txt"
    assert kept.read_text(encoding="utf-8") == "残る"
    assert (told.backup / "exercises" / "01_opendata.ipynb").exists()
    assert (other / "work" / "222127_焼津市" / "site" / "index.html").exists()


def test_the_buttons_save_and_bring_back(worked, tmp_path, monkeypatch):
    panel = course.TakeHome()
    panel.button.click()
    assert 'href="data:application/zip;base64,' in panel.message.value
    [path] = (worked / "work").glob("machimap-work-*.zip")
    machine(tmp_path / "second", monkeypatch)
    choose(panel, path.read_bytes())
    assert "戻しました" in panel.message.value
    choose(panel, b"not a zip")
    assert "「持ち帰る」で作った zip を選んでください" in panel.message.value
    assert course.remembered().name == "焼津市"


def choose(panel: course.TakeHome, body: bytes) -> None:
    file = {"name": "x.zip", "type": "application/zip", "size": len(body), "last_modified": 0}
    panel.upload.set_state({"value": [{**file, "content": memoryview(body)}]})


def zipped(files: dict[str, str], manifest: str | None = '{"version": 1}') -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as out:
        if manifest is not None:
            out.writestr(keep.MANIFEST, manifest)
        for name, text in files.items():
            out.writestr(name, text)
    return body.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04 cut",
        zipped({"work/a/b.txt": "x"}, None),
        zipped({"work/a/b.txt": "x"}, "[]"),
        zipped({"work/a/b.txt": "x"}, '{"version": 99}'),
        zipped({"../evil.txt": "x"}),
        zipped({"work/../../evil.txt": "x"}),
        zipped({"/etc/evil.txt": "x"}),
        zipped({"work/..\\evil.txt": "x"}),
        zipped({"C:/evil.txt": "x"}),
        zipped({"src/evil.py": "x"}),
        zipped({"notebooks/conftest.py": "x"}),
        zipped({"notebooks/deep/a.ipynb": "x"}),
        zipped({"work/seat.json": "{}"}),
        zipped({"work/.lab/overrides.json": "{}"}),
    ],
)
def test_what_is_no_saved_work_is_refused_and_changes_nothing(body, tmp_path, monkeypatch, assert_one_sentence):
    home = machine(tmp_path / "here", monkeypatch)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(keep.KeepError) as caught:
        course.restore(body)
    assert_one_sentence(caught.value)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert list((home / "work").iterdir()) == []


def test_a_zip_that_swells_is_refused(tmp_path, monkeypatch, assert_one_sentence):
    machine(tmp_path / "here", monkeypatch)
    monkeypatch.setattr(keep, "LARGEST_BYTES", 1000)
    with pytest.raises(keep.KeepError, match="大きすぎる") as caught:
        course.restore(zipped({"work/a/b.txt": "0" * 2000}))
    assert_one_sentence(caught.value)


def test_a_zip_that_is_not_there_is_told(tmp_path, monkeypatch, assert_one_sentence):
    machine(tmp_path / "here", monkeypatch)
    with pytest.raises(keep.KeepError) as caught:
        course.restore(tmp_path / "ない.zip")
    assert_one_sentence(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="小さなディスクを作れるのは root だけ")
def test_a_full_disk_leaves_no_half_zip(worked, tmp_path, assert_one_sentence):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("このコンピューターでは小さなディスクを作れない")
    try:
        with pytest.raises(keep.KeepError) as caught:
            course.save(disk)
        assert_one_sentence(caught.value)
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_rescue_brings_to_the_start_of_a_lesson_and_keeps_what_was_made(worked, tmp_path):
    typed = (worked / "exercises/01_opendata.ipynb").read_bytes()
    lesson = worked / "notebooks/01_opendata.ipynb"
    lesson.write_text("こわれたノート", encoding="utf-8")
    told = course.rescue("1")
    folder = worked / "work" / "222127_焼津市"
    assert (folder / "notebooks" / "00_hajimeni.ipynb").exists()
    assert not (folder / "site").exists()
    assert (told.backup / "work" / "222127_焼津市" / "site" / "index.html").exists()
    assert (told.backup / "exercises" / "01_opendata.ipynb").read_bytes() == typed
    assert (told.backup / "notebooks" / "01_opendata.ipynb").read_text(encoding="utf-8") == "こわれたノート"
    assert json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    assert course.progress().done == 1


@pytest.mark.slow
def test_rescue_from_the_command_line_makes_the_files_of_the_lessons_before(worked, monkeypatch):
    done = CliRunner().invoke(cli.commands, ["rescue", "02", "小笠原村"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "02 の始めまで進めました。" in done.output
    made = {path.name for path in (worked / "work").glob("*_小笠原村/*")}
    assert "指定緊急避難場所.csv" in made
    assert course.remembered().name == "小笠原村"


def test_a_rescue_that_fails_puts_everything_back(worked, copied_datasets):
    before = {path: path.read_bytes() for path in worked.rglob("*") if path.is_file()}
    for path in (copied_datasets / "shelters").rglob("*.csv"):
        path.write_bytes(b"")
    with pytest.raises(LessonFailed):
        course.rescue("01")
    assert {path: path.read_bytes() for path in worked.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("lesson", "place"), [("77", ""), ("さん", ""), ("02", "どこにもない市")])
def test_a_rescue_to_nowhere_is_one_sentence(lesson, place, worked, assert_one_sentence):
    from machimap.errors import MachimapError

    with pytest.raises(MachimapError) as caught:
        course.rescue(lesson, place)
    assert str(caught.value).count("\n") == 0
    assert (worked / "work" / "222127_焼津市" / "site").exists()


def test_a_kernel_killed_while_restoring_leaves_the_old_work(worked, tmp_path, monkeypatch):
    path = course.save()
    other = machine(tmp_path / "second", monkeypatch)
    (other / "work").mkdir()
    (other / "work" / "choice.json").write_text('{"lg_code": "132012"}', encoding="utf-8")
    code = (
        "import os, sys, zipfile; real = zipfile.ZipFile.extractall\n"
        "def cut(self, *a): real(self, *a); os.kill(os.getpid(), 9)\n"
        "zipfile.ZipFile.extractall = cut\n"
        "from machimap import course; course.restore(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=other / "notebooks", check=False)
    assert done.returncode == -9
    assert course.remembered().name == "八王子市"
    course.restore(path)
    assert course.remembered().name == "焼津市"
    assert not list((other / "work").glob(".restoring-*"))


def test_work_of_a_learner_without_notebooks_of_the_kit_is_saved_too(tmp_path, monkeypatch):
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    record.note("01-1", state="合格")
    path = course.save(tmp_path)
    shutil.rmtree(tmp_path / "work")
    course.restore(path)
    assert course.progress().done == 1
