"""`machimap doctor` finds real faults of a computer, says what to do, and is back soon on a dead network."""

from __future__ import annotations

import csv
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path

import pytest

from machimap import course, doctor
from machimap.datasets.sealing import seal

NAMES = (
    "Python",
    "部品",
    "データ",
    "地図の画面",
    "Lab の画面",
    "Git",
    "結果のフォルダ",
    "メモリー",
    "日本語フォント",
    "Chromium",
    "クラスの共有フォルダ",
    "プロキシ",
    "通信先",
)


def machimap_doctor(*options: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "machimap.cli", "doctor", *options],
        env={**os.environ, "MACHIMAP_OFFLINE": "1", "PYTHONIOENCODING": "utf-8", **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def checks_of(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in json.loads(done.stdout)}


@contextmanager
def server(status: int, before: Callable[[], object] = lambda: None) -> Iterator[str]:
    """A local service that answers everything with one status, after `before`; yields host:port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            before()
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()


@contextmanager
def silent_service() -> Iterator[str]:
    """A local service that takes a connection and never says a word; yields host:port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


def use_services(
    datasets: Path, hosts: list[str], only: tuple[str, ...] = ("layers.csv", "base_layers.csv", "services.csv")
) -> None:
    """Let the tables of hazards name these services and no other."""
    for name in only:
        path = datasets / "hazards" / name
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for number, row in enumerate(rows):
            row["url"] = f"http://{hosts[number % len(hosts)]}/{{z}}/{{x}}/{{y}}.png"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    seal(datasets / "hazards")


@pytest.fixture
def online(monkeypatch):
    for name in ("MACHIMAP_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_a_computer_that_runs_the_tests_is_well():
    done = machimap_doctor()
    assert done.returncode == 0, done.stdout
    for name in NAMES:
        assert any(line[4:].startswith(f"{name} ") for line in done.stdout.splitlines() if line[:2] in ("合格", "注意"))
    assert "まちマップは動きます。" in done.stdout


def test_the_result_as_json_says_the_same_as_the_table():
    table, checks = machimap_doctor().stdout, checks_of(machimap_doctor("--json"))
    assert set(checks) == set(NAMES)
    for check in checks.values():
        assert set(check) == {"name", "status", "detail", "action"}
        assert f"{check['status']}  {check['name']} " in table
        assert check["status"] == "合格" or check["action"] in table


def test_a_damaged_data_file_makes_the_kit_unusable(copied_datasets):
    with (copied_datasets / "yaizu" / "naisui.fgb").open("ab") as stream:
        stream.write(b"x")
    done = machimap_doctor("--json")
    assert done.returncode == 1
    check = checks_of(done)["データ"]
    assert check["status"] == "不可"
    assert "1ファイル" in check["detail"]
    assert "machimap data verify" in check["action"]
    assert "不可 1" in machimap_doctor().stdout


def test_no_data_at_all_is_told_and_the_other_checks_still_run(tmp_path):
    done = machimap_doctor("--json", MACHIMAP_DATASETS=str(tmp_path), MACHIMAP_OFFLINE="")
    assert done.returncode == 1
    checks = checks_of(done)
    assert checks["データ"]["status"] == "不可"
    assert checks["Python"]["status"] == "合格"
    assert checks["通信先"]["status"] == "注意"


def test_a_missing_and_an_old_package_are_told_apart(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "click==0.0.1 \\\n    --hash=sha256:00\n    # via machimap\n"
        "colorama==0.4.6 ; sys_platform == 'no-such-platform' \\\n    --hash=sha256:00\n",
        encoding="utf-8",
    )
    check = doctor.packages(lock)
    assert check.status == "注意"
    assert "1個のうち1個の版が違う" in check.detail
    assert "click" in check.detail
    with lock.open("a", encoding="utf-8") as stream:
        stream.write("no-such-package-of-machimap==1.0 \\\n    --hash=sha256:00\n")
    check = doctor.packages(lock)
    assert check.status == "不可"
    assert "no-such-package-of-machimap" in check.detail
    assert str(lock) in check.action


def test_the_packages_of_this_environment_are_those_of_the_lock():
    assert doctor.packages().status == "合格"


def test_a_work_folder_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "file" / "work"))
    check = doctor.work_folder()
    assert check.status == "不可"
    assert str(tmp_path / "file") in check.detail
    assert "MACHIMAP_WORK" in check.action


def test_checking_the_work_folder_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    assert doctor.work_folder().status in ("合格", "注意")
    assert not list(tmp_path.iterdir())


def test_little_memory_is_a_warning(monkeypatch):
    monkeypatch.setenv("MEM_LIMIT", "500000000")
    check = doctor.memory()
    assert check.status == "注意"
    assert "500 MB" in check.detail


def test_a_computer_without_chromium_or_fontconfig_is_still_well(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.chromium().status == "注意"
    assert doctor.font().status == "合格"


def test_a_computer_without_a_japanese_font_gets_a_warning(tmp_path, monkeypatch):
    program = tmp_path / "fc-list"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    check = doctor.font()
    assert check.status == "注意"
    assert "フォント" in check.action


def test_a_proxy_is_shown_without_its_password(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://yamada:himitsu@proxy.example.jp:8080")
    detail = doctor.proxy().detail
    assert "proxy.example.jp:8080" in detail
    assert "himitsu" not in detail
    assert "yamada" not in detail


def test_offline_asks_no_service(copied_datasets, monkeypatch):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        use_services(copied_datasets, [f"127.0.0.1:{running.server_port}"])
        monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
        (check,) = doctor.services()
        running.shutdown()
    assert not asked
    assert "MACHIMAP_OFFLINE" in check.detail


def test_each_service_gets_its_own_answer(copied_datasets, online):
    with server(200) as good, server(404) as empty, server(503) as busy, server(407) as locked:
        dead = closed_port()
        use_services(copied_datasets, [good, empty, busy, locked, dead])
        checks = {check.name.split()[-1]: check for check in doctor.services()}
    assert checks[good].status == checks[empty].status == "合格"
    assert "503" in checks[busy].detail
    assert "407" in checks[locked].detail
    assert checks[dead].detail == "つながらない"
    assert {checks[host].status for host in (busy, locked, dead)} == {"注意"}


def test_services_are_asked_side_by_side(copied_datasets, online):
    """Services that answer only once all of them have been asked."""
    everybody = threading.Barrier(6)
    with ExitStack() as stack:
        hosts = [stack.enter_context(server(200, before=lambda: everybody.wait(timeout=30))) for _ in range(6)]
        use_services(copied_datasets, hosts)
        checks = doctor.services()
    assert [check.status for check in checks] == ["合格"] * 6


def test_services_that_never_answer_are_only_a_warning(copied_datasets, online):
    with silent_service() as one, silent_service() as other:
        use_services(copied_datasets, [one, other])
        done = machimap_doctor("--json", MACHIMAP_OFFLINE="")
    assert done.returncode == 0
    live = [check for name, check in checks_of(done).items() if name.startswith("通信先")]
    assert [check["status"] for check in live] == ["注意"] * 2
    assert [check["detail"] for check in live] == ["時間内に返事がない"] * 2


def test_every_host_of_the_tables_is_asked_and_what_it_gives_is_said(copied_datasets, online):
    """A port that nobody listens on for each table: the answer names what a learner will miss."""
    dead = {name: closed_port() for name in ("layers.csv", "base_layers.csv", "services.csv")}
    for name, host in dead.items():
        use_services(copied_datasets, [host], only=(name,))
    checks = {check.name: check.action for check in doctor.services()}
    assert "ハザードの区域の図" in checks[f"通信先 {dead['layers.csv']}"]
    assert "背景の地図" in checks[f"通信先 {dead['base_layers.csv']}"]
    assert "住所検索" in checks[f"通信先 {dead['services.csv']}"]
    assert len(checks) == 3


def installed_copy(distribution: str, folder: Path) -> list[Path]:
    """Copy a distribution's files where Python finds them first; return those copied."""
    copied = []
    for file in metadata.files(distribution):
        if ".." not in file.parts and (source := Path(file.locate())).is_file():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            copied.append(target)
    return copied


def test_a_damaged_map_library_is_found_before_a_learner_sees_a_white_map(tmp_path):
    copied = installed_copy("xstatic-leaflet", tmp_path)
    assert checks_of(machimap_doctor("--json", PYTHONPATH=str(tmp_path)))["地図の画面"]["status"] == "合格"
    (script,) = (path for path in copied if path.name == "leaflet.js")
    script.write_bytes(script.read_bytes()[:-1000])
    done = machimap_doctor("--json", PYTHONPATH=str(tmp_path))
    check = checks_of(done)["地図の画面"]
    assert (done.returncode, check["status"]) == (1, "不可")
    assert "leaflet.js" in check["detail"]
    assert "requirements.txt" in check["action"]


def test_a_missing_word_list_of_japanese_is_found(tmp_path):
    copied = installed_copy("jupyterlab-language-pack-ja-jp", tmp_path)
    (words,) = (path for path in copied if path.name == "jupyterlab.mo")
    words.unlink()
    check = checks_of(machimap_doctor("--json", PYTHONPATH=str(tmp_path)))["Lab の画面"]
    assert check["status"] == "不可"
    assert "jupyterlab.mo" in check["detail"]


def test_without_git_the_learner_is_told_which_lesson_needs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    check = doctor.git()
    assert check.status == "不可"
    assert "03" in check.action


def test_a_git_too_old_for_lesson_03_is_found(tmp_path, monkeypatch):
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\necho git version 1.8.3.1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    check = doctor.git()
    assert check.status == "不可"
    assert "1.8.3.1（古い）" in check.detail


def test_the_class_folder_is_checked_by_writing_to_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MACHIMAP_CLASS", str(tmp_path))
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    course.join("A-1")
    assert "いま1席" in doctor.class_folder().detail
    assert {path.name for path in tmp_path.iterdir()} == {"A-1.json", "work"}
    monkeypatch.setenv("MACHIMAP_CLASS", str(tmp_path / "nowhere"))
    check = doctor.class_folder()
    assert check.status == "注意"
    assert "講師" in check.action


def test_a_class_folder_on_a_full_or_locked_disk_is_told(monkeypatch):
    monkeypatch.setenv("MACHIMAP_CLASS", "/proc/sys")
    check = doctor.class_folder()
    assert check.status == "注意"
    assert "書き込めない" in check.detail
