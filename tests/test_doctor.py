"""`machimap doctor` finds real faults of a computer, says what to do, and is back soon on a dead network."""

from __future__ import annotations

import csv
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from machimap import doctor
from machimap.datasets.sealing import seal


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


def use_services(datasets: Path, hosts: list[str]) -> None:
    """Let the tables of hazards name these services and no other."""
    for name in ("layers.csv", "base_layers.csv"):
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
    for name in ("Python", "部品", "データ", "結果のフォルダ", "メモリー", "日本語フォント", "Chromium", "プロキシ"):
        assert any(line.split()[1] == name for line in done.stdout.splitlines() if line[:2] in ("合格", "注意"))
    assert "まちマップは動きます。" in done.stdout


def test_the_result_as_json_says_the_same_as_the_table():
    table, checks = machimap_doctor().stdout, checks_of(machimap_doctor("--json"))
    assert len(checks) >= 9
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
    assert checks["ライブの地図"]["status"] == "注意"


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
    live = [check for name, check in checks_of(done).items() if name.startswith("ライブの地図")]
    assert [check["status"] for check in live] == ["注意"] * 2
    assert [check["detail"] for check in live] == ["時間内に返事がない"] * 2
