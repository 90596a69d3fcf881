"""One thing looked at, and all of them as a table or as JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["合格", "注意", "不可"]
GOOD, CARE, BAD = "合格", "注意", "不可"


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, 合格/注意/不可, what was found, and what to do ("" when nothing)."""

    name: str
    status: Status
    detail: str
    action: str = ""


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


def some(names: list[str], most: int = 3) -> str:
    """Return the first names, and how many more there are."""
    return "、".join(names[:most]) + (f" ほか{len(names) - most}" if len(names) > most else "")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
