"""The command line as a learner meets it: Japanese help, one sentence for every fault, honest exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from machimap import store


def machimap(*arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command as its users do, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "machimap.cli", *arguments],
        cwd=cwd,
        env={**os.environ, "MACHIMAP_OFFLINE": "1", "PYTHONIOENCODING": "utf-8", **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """Check that a command failed with one Japanese sentence on stderr and nothing on stdout; return it."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert line.endswith("ください。")
    assert re.search("[ぁ-ん]", line)
    assert "Traceback" not in line
    return line


def test_the_first_page_names_every_command_in_japanese():
    done = machimap()
    assert done.returncode == 0
    for command in ("workshop", "lab", "map", "site", "data", "doctor", "course"):
        (line,) = re.findall(rf"^  {command} +(.+)$", done.stdout, re.MULTILINE)
        assert re.search("[ぁ-ん]", line)
    assert "八王子市" in done.stdout


@pytest.mark.parametrize(
    "command", ["", "workshop", "lab", "map", "site", "data", "data verify", "data seal", "data build", "course build"]
)
def test_help_pages_have_no_english_sentence(command):
    done = machimap(*command.split(), "--help")
    assert done.returncode == 0
    usage, *rest = done.stdout.splitlines()
    assert usage.startswith(f"使い方：machimap {command}".strip())
    assert any("この説明を表示する" in line for line in rest)
    assert not re.findall(r"[A-Za-z]{2,} [a-z]{2,}", "\n".join(rest))


def test_the_version_is_the_packages_own():
    from machimap import __version__

    assert machimap("--version").stdout == f"machimap {__version__}\n"


def test_the_command_starts_without_the_heavy_libraries():
    script = (
        "import sys; from machimap import cli\n"
        "try: cli.main(['data'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('pandas', 'geopandas', 'folium', 'papermill', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["workshop", "map", "site"])
def test_an_ambiguous_place_gets_its_candidates(command, tmp_path):
    sentence = assert_one_sentence(machimap(command, "府中市", cwd=tmp_path, MACHIMAP_WORK=str(tmp_path)))
    assert "東京都府中市" in sentence
    assert "広島県府中市" in sentence
    assert not list(tmp_path.iterdir())


def test_an_unknown_place_gets_near_spellings(tmp_path):
    sentence = assert_one_sentence(machimap("map", "八王寺市", cwd=tmp_path, MACHIMAP_WORK=str(tmp_path)))
    assert "八王子市" in sentence


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("map", "まち"),
        ("map 焼津市 --nai", "--nai"),
        ("mapp 焼津市", "machimap --help"),
        ("lab --port 70000", "--port"),
        ("data build", "--from"),
        ("data build --from /does/not/exist", "--from"),
        ("data build --from . --retrieved kyou", "--retrieved"),
        ("data build --from . --only nai", "nai"),
        ("data seal nai", "nai"),
        ("map 焼津市 --hazard 大雪", "大雪"),
        ("course", "machimap course --help"),
    ],
)
def test_a_mistyped_command_is_told_in_one_sentence(command, named, tmp_path):
    assert named in assert_one_sentence(machimap(*command.split(), cwd=tmp_path, MACHIMAP_WORK=str(tmp_path)))


def test_a_map_is_written_where_it_was_asked_for(tmp_path):
    done = machimap("map", "焼津市", "--hazard", "津波", "-o", "maps/yaizu.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "maps/yaizu.html" in done.stdout
    page = (tmp_path / "maps" / "yaizu.html").read_text(encoding="utf-8")
    assert "焼津市 ハザードマップ（津波）" in page


def test_a_site_goes_to_the_places_own_folder(tmp_path):
    done = machimap("site", "222127", cwd=tmp_path, MACHIMAP_WORK=str(tmp_path / "work"))
    assert done.returncode == 0, done.stderr
    path = tmp_path / "work" / "222127_焼津市" / "site" / "index.html"
    assert str(path) in done.stdout
    assert "焼津市" in path.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("a file, not a folder", encoding="utf-8")
    sentence = assert_one_sentence(machimap("map", "焼津市", "-o", "file/map.html", cwd=tmp_path))
    assert "file" in sentence


def test_data_lists_every_dataset_with_credit_date_and_rows():
    done = machimap("data")
    assert done.returncode == 0
    for name in store.dataset_names():
        package = store.descriptor(name)
        block = next(part for part in done.stdout.split("\n\n") if part.startswith(f"{name}  "))
        assert package["title"] in block
        assert package["credit"] in block.splitlines()[1].strip()
        assert package["retrieved"] in block
    assert f"{115_402 + 82_557:,}行" in done.stdout


def test_verify_passes_on_the_bundled_data():
    done = machimap("data", "verify")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_verify_names_every_damaged_and_missing_file(copied_datasets):
    with (copied_datasets / "hachioji" / "tidy.csv").open("ab") as stream:
        stream.write(b"x")
    (copied_datasets / "yaizu" / "naisui.fgb").unlink()
    (copied_datasets / "boundaries" / "datapackage.json").write_text("{", encoding="utf-8")
    done = machimap("data", "verify")
    assert done.returncode == 2
    assert done.stdout == ""
    *faults, verdict = done.stderr.splitlines()
    assert len(faults) == 3
    for name in ("hachioji/tidy.csv", "yaizu/naisui.fgb", "boundaries/datapackage.json"):
        assert name in done.stderr
    assert "3ファイル" in verdict
    assert "git checkout -- datasets" in verdict


def test_verify_does_not_call_an_empty_folder_whole(tmp_path):
    sentence = assert_one_sentence(machimap("data", "verify", MACHIMAP_DATASETS=str(tmp_path)))
    assert str(tmp_path) in sentence


def test_sealing_makes_a_corrected_file_whole_again(copied_datasets):
    path = copied_datasets / "hachioji" / "tidy.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    assert machimap("data", "verify").returncode == 2
    done = machimap("data", "seal", "hachioji")
    assert done.returncode == 0, done.stderr
    assert machimap("data", "verify").returncode == 0
    package = json.loads((copied_datasets / "hachioji" / "datapackage.json").read_text(encoding="utf-8"))
    (entry,) = [entry for entry in package["resources"] if entry["path"] == "tidy.csv"]
    assert entry["rows"] == len(lines) - 2


def test_a_build_without_the_publishers_files_leaves_the_data_whole(copied_datasets, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_one_sentence(machimap("data", "build", "--from", str(tmp_path / "empty"), "--only", "hachioji"))
    assert machimap("data", "verify").returncode == 0


def test_a_build_from_the_publishers_files_reports(copied_datasets, source_data, tmp_path):
    report = tmp_path / "report"
    done = machimap("data", "build", "--from", str(source_data), "--only", "hachioji", "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert (report / "report.txt").read_text(encoding="utf-8").strip() in done.stdout
    assert machimap("data", "verify").returncode == 0


def test_an_unforeseen_fault_is_one_sentence_and_its_traceback_can_be_asked_for(tmp_path):
    """A part of the kit that cannot be loaded: a broken geopandas stands in front of the real one."""
    (tmp_path / "geopandas.py").write_text("raise RuntimeError('boom')\n", encoding="utf-8")
    command = ("map", "焼津市", "-o", str(tmp_path / "map.html"))
    sentence = assert_one_sentence(machimap(*command, PYTHONPATH=str(tmp_path)), code=1)
    assert "boom" in sentence
    assert "machimap doctor" in sentence
    asked = machimap(*command, PYTHONPATH=str(tmp_path), MACHIMAP_TRACEBACK="1")
    assert asked.returncode == 1
    assert "Traceback" in asked.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows には SIGINT を送れない")
def test_interrupting_a_command_leaves_no_traceback(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "machimap.cli", "workshop", "焼津市", "--output-root", str(tmp_path)],
        env={**os.environ, "MACHIMAP_OFFLINE": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job inherits it ignored
    )
    assert process.stdout.readline().startswith("00_")
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1] == "中断しました。"
    assert "Traceback" not in errors


def test_a_closed_pipe_is_no_fault():
    done = subprocess.run(
        f"'{sys.executable}' -m machimap.cli data | true",
        shell=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
