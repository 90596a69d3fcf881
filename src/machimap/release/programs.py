"""What other programs say of a folder: the licence of each file (reuse) and known weaknesses (pip-audit)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

AUDIT_SECONDS = 90
LINT_SECONDS = 120
MOST_LINES = 8


class NotAnswered(Exception):
    """The program is not there, found no network, or did not finish."""


def reuse_faults(root: Path) -> list[str]:
    """Return what `reuse lint` finds fault with, a line each; raises NotAnswered."""
    done = _run([sys.executable, "-m", "reuse", "--root", str(root), "lint", "--lines"], root, LINT_SECONDS)
    if done.returncode not in (0, 1):
        raise NotAnswered
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return [] if done.returncode == 0 else lines[:MOST_LINES] or ["reuse lint が通らない"]


def audit_faults(root: Path, requirements: str) -> list[str]:
    """Return the known weaknesses of the packages of a requirements file with hashes; raises NotAnswered."""
    words = [
        "-m",
        "pip_audit",
        "--requirement",
        requirements,
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    done = _run([sys.executable, *words], root, AUDIT_SECONDS)
    try:
        answer = json.loads(done.stdout)
        return [
            f"{package['name']} {package['version']}：{weakness['id']}"
            for package in answer["dependencies"]
            for weakness in package.get("vulns", [])
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnswered from error


def unlocked(text: str) -> list[str]:
    """Return the lines of a requirements file that name a package without version and hash."""
    whole = re.sub(r"\\\n\s*", " ", text)
    lines = [line.strip() for line in whole.splitlines() if line.strip() and not line.strip().startswith("#")]
    packages = [line for line in lines if not line.startswith("-")]
    return [line.split(" ")[0] for line in packages if "--hash=" not in line or "==" not in line]


def _run(command: list[str], root: Path, seconds: float) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(
            command, cwd=root, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAnswered from error
