"""The computer itself: Python, Git, memory, disk, fonts, the browser, the class folder, the proxy."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import getproxies

from machimap.doctor.check import BAD, CARE, GOOD, Check, some

PYTHON = (3, 11)
GIT = (2, 28)
MIN_FREE_MB, GOOD_FREE_MB = 200, 1_000
MIN_MEMORY_MB = 2_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def python() -> Check:
    """Check the version of Python."""
    detail = f"{platform.python_version()}（{platform.system()} {platform.machine()}）"
    if sys.version_info[:2] < PYTHON:
        return Check("Python", BAD, detail, "Python 3.11 以上を入れてください。")
    return Check("Python", GOOD, detail)


def git() -> Check:
    """Check for Git, which lesson 03 calls with an option that Git knows since version 2.28."""
    action = f"03 で使うので、Git {GIT[0]}.{GIT[1]} 以上を入れてください（00〜02 は、なくても動きます）。"
    program = shutil.which("git")
    if program is None:
        return Check("Git", BAD, "見つからない", action)
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5, check=False)
    found = re.search(r"(\d+)\.(\d+)[.\d]*", done.stdout)
    if done.returncode or not found:
        return Check("Git", BAD, f"{program} が動かない", action)
    if tuple(map(int, found.groups())) < GIT:
        return Check("Git", BAD, f"{found[0]}（古い）", action)
    return Check("Git", GOOD, found[0])


def work_folder() -> Check:
    """Check that results can be written, and the free space (MB) there."""
    from machimap.course.session import work_root

    folder = work_root().absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not _can_write(there):
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
    return Check("日本語フォント", GOOD, some(families))


def chromium() -> Check:
    """Check for Chromium, which only the browser tests need."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        return Check(
            "Chromium", CARE, "見つからない", "ブラウザのテストをするときだけ要ります。学習には、なくてかまいません。"
        )
    return Check("Chromium", GOOD, found)


def class_folder() -> Check:
    """Check that the shared folder of a class can be written to, where one is set (MACHIMAP_CLASS)."""
    from machimap.course import classroom

    folder, name = classroom.class_folder(), "クラスの共有フォルダ"
    if folder is None:
        return Check(name, GOOD, "使わない（MACHIMAP_CLASS が空）")
    action = "講師の表に席が出ません。講師に知らせて、このまま進めてください。"
    if not folder.is_dir():
        return Check(name, CARE, f"{folder} が見つからない", action)
    if not _can_write(folder):
        return Check(name, CARE, f"{folder} に書き込めない", action)
    return Check(name, GOOD, f"{folder} に書き込める、いま{len(classroom.seats(folder))}席")


def proxy() -> Check:
    """Name the proxies that programs are told to use, without the passwords in their addresses."""
    found = {kind: address for kind, address in getproxies().items() if kind in ("http", "https", "all")}
    shown = "、".join(f"{kind}={_without_password(address)}" for kind, address in sorted(found.items()))
    return Check("プロキシ", GOOD, shown or "設定されていない")


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


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
