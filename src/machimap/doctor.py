"""What a learner's computer lacks, checked one by one, each with what to do about it."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import platform
import queue
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from http.client import HTTPException
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, getproxies, urlopen

from machimap import __version__, store

Status = Literal["合格", "注意", "不可"]
GOOD, CARE, BAD = "合格", "注意", "不可"
PYTHON = (3, 11)
MIN_FREE_MB, GOOD_FREE_MB = 200, 1_000
MIN_MEMORY_MB = 2_000
PROBE_SECONDS = 3.0
PROBES_SECONDS = 6.0
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
URL_TABLES = ("layers", "base-layers")


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, 合格/注意/不可, what was found, and what to do ("" when nothing)."""

    name: str
    status: Status
    detail: str
    action: str = ""


def examine() -> list[Check]:
    """Return every check in the order in which faults are best mended; takes at most about eight seconds."""
    checks: list[Check] = []
    for look in (python, packages, datasets, work_folder, memory, font, chromium, proxy):
        checks.append(_whole(look))
    return [*checks, *_services()]


def exit_code(checks: Iterable[Check]) -> int:
    """Return 1 when something makes the kit unusable, else 0."""
    return int(any(check.status == BAD for check in checks))


def as_json(checks: Iterable[Check]) -> str:
    """Return the checks as JSON, for a helper who asks for the result."""
    return json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2)


def as_text(checks: Iterable[Check]) -> str:
    """Return the checks as a table for a terminal, what to do under each line that needs it, and a verdict."""
    checks = list(checks)
    width = max(_width(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.status}  {check.name}{' ' * (width - _width(check.name))}  {check.detail}")
        if check.action:
            lines.append(f"{' ' * (width + 8)}→ {check.action}")
    counts = {status: sum(check.status == status for check in checks) for status in (GOOD, CARE, BAD)}
    verdict = "「不可」を上から順に直してください。" if counts[BAD] else "まちマップは動きます。"
    return "\n".join([*lines, "", "、".join(f"{status} {count}" for status, count in counts.items()) + "　" + verdict])


def python() -> Check:
    """Check the version of Python."""
    detail = f"{platform.python_version()}（{platform.system()} {platform.machine()}）"
    if sys.version_info[:2] < PYTHON:
        return Check("Python", BAD, detail, "Python 3.11 以上を入れてください。")
    return Check("Python", GOOD, detail)


def packages(requirements: Path | None = None) -> Check:
    """Check the installed packages against the lock, `requirements.txt`."""
    requirements = requirements or store.kit_root() / "requirements.txt"
    mend = f"`pip install -r {requirements}` で入れ直してください。"
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return Check("部品", BAD, "packaging がない", mend)
    lines = (line.rstrip("\\").strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    pins = [Requirement(line) for line in lines if line and line[0].isalnum()]
    pins = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    found = {pin.name: _installed(pin.name) for pin in pins}
    missing = [pin.name for pin in pins if found[pin.name] is None]
    other = [
        f"{pin.name} {found[pin.name]}" for pin in pins if found[pin.name] and found[pin.name] not in pin.specifier
    ]
    if missing:
        return Check("部品", BAD, f"{len(pins)}個のうち{len(missing)}個がない：{_some(missing)}", mend)
    if other:
        return Check(
            "部品", CARE, f"{len(pins)}個のうち{len(other)}個の版が違う：{_some(other)}", f"動かないときは、{mend}"
        )
    return Check("部品", GOOD, f"{len(pins)}個すべて、決められた版")


def datasets() -> Check:
    """Check the sha256 of every bundled data file."""
    count, faults = damaged_files()
    if faults or not count:
        detail = f"{count}ファイルのうち{len(faults)}ファイルがないか壊れている" if count else "1つもない"
        return Check("データ", BAD, detail, f"`machimap data verify` で名前を確かめ、{store.RESTORE_HINT}。")
    return Check("データ", GOOD, f"{count}ファイルすべて正常")


def damaged_files() -> tuple[int, list[str]]:
    """Return how many bundled files there should be, and one sentence for each that is missing or damaged."""
    count, faults = 0, []
    for name in store.dataset_names():
        try:
            entries = store.descriptor(name)["resources"]
        except store.DatasetError as error:
            count += 1
            faults.append(str(error))
            continue
        for entry in entries:
            count += 1
            try:
                store.resource_path(name, entry["name"])
            except store.DatasetError as error:
                faults.append(str(error))
    return count, faults


def work_folder() -> Check:
    """Check that results can be written, and the free space (MB) there."""
    from machimap.course.session import work_root

    folder = work_root().absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError:
        action = "自分のフォルダ（書類フォルダなど）に移るか、MACHIMAP_WORK に書き込めるフォルダを書いてください。"
        return Check("結果のフォルダ", BAD, f"{folder} に書き込めない", action)
    free = shutil.disk_usage(there).free // 1_000_000
    detail = f"{folder} に書き込める、空き {free:,} MB"
    if free < GOOD_FREE_MB:
        return Check(
            "結果のフォルダ", BAD if free < MIN_FREE_MB else CARE, detail, "いらないファイルを消してください。"
        )
    return Check("結果のフォルダ", GOOD, detail)


def memory() -> Check:
    """Check the memory that is free now (MB), where the system tells it."""
    free = _free_memory()
    if free is None:
        return Check("メモリー", GOOD, "空きを調べられない")
    detail = f"空き {free:,} MB"
    if free < MIN_MEMORY_MB:
        return Check("メモリー", CARE, detail, "使っていないアプリやブラウザのタブを閉じてください。")
    return Check("メモリー", GOOD, detail)


def font() -> Check:
    """Check for a Japanese font, where fontconfig can tell (Linux)."""
    program = shutil.which("fc-list")
    if program is None:
        return Check("日本語フォント", GOOD, "この OS では調べない（Windows と macOS には入っている）")
    done = subprocess.run([program, ":lang=ja", "family"], capture_output=True, text=True, timeout=5, check=False)
    families = sorted({line.split(",")[0].strip() for line in done.stdout.splitlines() if line.strip()})
    if not families:
        action = "地図の文字が四角になるときは、fonts-noto-cjk などの日本語フォントを入れてください。"
        return Check("日本語フォント", CARE, "見つからない", action)
    return Check("日本語フォント", GOOD, _some(families))


def chromium() -> Check:
    """Check for Chromium, which only the browser tests need."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        return Check(
            "Chromium", CARE, "見つからない", "ブラウザのテストをするときだけ要ります。学習には、なくてかまいません。"
        )
    return Check("Chromium", GOOD, found)


def proxy() -> Check:
    """Name the proxies that programs are told to use, without the passwords in their addresses."""
    found = {kind: address for kind, address in getproxies().items() if kind in ("http", "https", "all")}
    shown = "、".join(f"{kind}={_without_password(address)}" for kind, address in sorted(found.items()))
    return Check("プロキシ", GOOD, shown or "設定されていない")


def services() -> list[Check]:
    """Check whether the live services answer: one request each, side by side, PROBES_SECONDS in all.

    A service that does not answer is only 注意: everything in the course works without it.
    """
    from machimap import online

    if online.is_offline():
        action = "ライブの地図を使うときは、この設定を外してください。"
        return [Check("ライブの地図", CARE, "MACHIMAP_OFFLINE=1 なので調べない", action)]
    faults = _ask_all(_service_roots())
    return [
        Check(
            f"ライブの地図 {urlsplit(root).netloc}",
            CARE if fault else GOOD,
            fault or "つながる",
            "この地図は出ませんが、入っているデータで先へ進めます。" if fault else "",
        )
        for root, fault in faults.items()
    ]


def _service_roots() -> list[str]:
    """Return `https://host/` of every service that the tables of hazards name."""
    addresses = []
    for table in URL_TABLES:
        with store.resource_path("hazards", table).open(encoding="utf-8-sig", newline="") as stream:
            addresses += [urlsplit(row["url"]) for row in csv.DictReader(stream)]
    return list(dict.fromkeys(f"{address.scheme}://{address.netloc}/" for address in addresses if address.netloc))


def _ask_all(roots: list[str]) -> dict[str, str]:
    """Return for each address what is wrong with it, or "". Daemon threads: a hanging one does not delay the exit."""
    answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    faults = dict.fromkeys(roots, "時間内に返事がない")
    for root in roots:
        threading.Thread(target=lambda root=root: answers.put((root, _ask(root))), daemon=True).start()
    deadline = time.monotonic() + PROBES_SECONDS
    with contextlib.suppress(queue.Empty):
        for _ in roots:
            root, fault = answers.get(timeout=max(deadline - time.monotonic(), 0.001))
            faults[root] = fault
    return faults


def _ask(root: str) -> str:
    """Ask one service as the course does (through the proxy); any answer of its own, even 404, is an answer."""
    request = Request(root, headers={"User-Agent": f"Machimap/{__version__}"})
    try:
        with urlopen(request, timeout=PROBE_SECONDS):
            return ""
    except HTTPError as error:
        if error.code == 407:
            return "プロキシが認証を求めている（407）"
        return f"混んでいるか止まっている（{error.code}）" if error.code >= 500 else ""
    except TimeoutError:
        return "時間内に返事がない"
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            return "時間内に返事がない"
        return "安全な通信（TLS）を確かめられない" if isinstance(reason, ssl.SSLError) else "つながらない"


def _whole(look: Callable[[], Check]) -> Check:
    """Return a check; one that itself fails is reported, the others still run."""
    try:
        return look()
    except Exception as error:
        return Check(look.__name__, BAD, f"調べられない：{error}", "この行を添えて知らせてください。")


def _services() -> list[Check]:
    try:
        return services()
    except Exception as error:
        return [Check("ライブの地図", CARE, f"調べられない：{error}", "この行を添えて知らせてください。")]


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _free_memory() -> int | None:
    """Return the free memory in MB; a shared server's limit (MEM_LIMIT) counts when it is lower."""
    try:
        import psutil
    except ImportError:
        return None
    limit = os.environ.get("MEM_LIMIT", "")
    free = psutil.virtual_memory().available
    return min(free, int(limit) if limit.isdecimal() else free) // 1_000_000


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", address)


def _some(names: list[str], most: int = 3) -> str:
    return "、".join(names[:most]) + (f" ほか{len(names) - most}" if len(names) > most else "")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
