"""Put new datasets in the place of the old ones so that a build that dies leaves a whole edition."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SCRATCH = ".building"


@contextmanager
def scratch(target: Path) -> Iterator[Path]:
    """Yield an empty folder on the file system of `target`; what an interrupted build left there is undone first."""
    target.mkdir(parents=True, exist_ok=True)
    recover(target)
    work = target / SCRATCH
    work.mkdir()
    try:
        yield work
    finally:
        recover(target)


def replace(work: Path, target: Path, names: Iterable[str]) -> None:
    """Move the datasets `names` from `work` into `target`: all of them, or after `recover` none.

    Only renames on one file system; the old editions stay in `work/old` until the last one is in place.
    """
    old = work / "old"
    old.mkdir()
    for name in names:
        if (target / name).exists():
            (target / name).rename(old / name)
        (work / name).rename(target / name)
    old.rename(work / "replaced")


def recover(target: Path) -> None:
    """Bring back the old editions that an unfinished `replace` moved away, and remove the scratch folder."""
    work = target / SCRATCH
    for old in sorted((work / "old").glob("*")):
        if (target / old.name).exists():
            shutil.rmtree(target / old.name)
        old.rename(target / old.name)
    if work.exists():
        shutil.rmtree(work)
