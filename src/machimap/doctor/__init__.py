"""What a learner's computer lacks, checked one by one, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from machimap.doctor.check import BAD, CARE, Check, as_json, as_text, exit_code
from machimap.doctor.computer import (
    chromium,
    class_folder,
    font,
    git,
    memory,
    proxy,
    python,
    work_folder,
)
from machimap.doctor.kit import damaged_files, datasets, lab_assets, map_assets, packages
from machimap.doctor.live import services

__all__ = [
    "Check",
    "as_json",
    "as_text",
    "chromium",
    "class_folder",
    "damaged_files",
    "datasets",
    "examine",
    "exit_code",
    "font",
    "git",
    "lab_assets",
    "map_assets",
    "memory",
    "packages",
    "proxy",
    "python",
    "services",
    "work_folder",
]

_LOOKS = (
    python,
    packages,
    datasets,
    map_assets,
    lab_assets,
    git,
    work_folder,
    memory,
    font,
    chromium,
    class_folder,
    proxy,
)


def examine() -> list[Check]:
    """Return every check in the order in which faults are best mended; takes at most about eight seconds."""
    return [*(_whole(look) for look in _LOOKS), *_services()]


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
        return [Check("通信先", CARE, f"調べられない：{error}", "この行を添えて知らせてください。")]
