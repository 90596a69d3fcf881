"""Measure what each section of the notebooks takes to run, and keep it for the run sheet.

`uv run python bench/bench_runsheet.py` writes docs/instructor/measured.yml: the median of three runs without the
network, and of one with services that take a connection and never answer.
"""

from __future__ import annotations

import csv
import os
import platform
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import nbformat
import psutil
import yaml

from machimap import store
from machimap.course.execute import environment, run
from machimap.course.guide.runsheet import FOLDER
from machimap.course.guide.sections import split
from machimap.datasets.sealing import seal

PLACE, RUNS = "八王子市", 3
TARGET_SHARE = 0.5


def notebooks(root: Path) -> list[str]:
    """The notebooks that the run sheet names."""
    sheet = yaml.safe_load((root / FOLDER / "runsheet.yml").read_text(encoding="utf-8"))
    named = {step["notebook"] for one in sheet["variants"] for step in one["steps"] if "notebook" in step}
    return sorted(named, key=lambda name: (Path(name).name, name))


def seconds(root: Path, name: str, folder: Path) -> tuple[dict[str, float], float]:
    """Run a notebook; return the seconds of its sections, and those that it took beside its cells."""
    output = folder / name
    started = time.perf_counter()
    run(root / name, {"municipality": PLACE}, output)
    whole = time.perf_counter() - started
    taken = {
        title: sum(cell.metadata.get("papermill", {}).get("duration") or 0.0 for cell in cells)
        for title, cells in split(nbformat.read(output, as_version=4).cells).sections
    }
    return taken, whole - sum(taken.values())


@contextmanager
def silent_services() -> Iterator[Path]:
    """A copy of the data whose tables name a local service that takes a connection and never says a word."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        copy = Path(shutil.copytree(store.datasets_root(), Path(folder) / "datasets"))
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        for table in ("layers.csv", "base_layers.csv", "services.csv"):
            path = copy / "hazards" / table
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = list(csv.DictReader(stream))
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, rows[0])
                writer.writeheader()
                for row in rows:
                    address = row["url"].split("/", 3)
                    writer.writerow(row | {"url": f"http://{host}/{address[3]}"})
        seal(copy / "hazards")
        yield copy


def rounded(value: float) -> float:
    return round(value, 2)


def main() -> None:
    root = store.kit_root()
    offline: dict[str, dict[str, list[float]]] = {}
    silent: dict[str, dict[str, float]] = {}
    beside: list[float] = []
    with tempfile.TemporaryDirectory() as folder, silent_services() as datasets:
        os.environ["MACHIMAP_WORK"] = str(Path(folder) / "work")
        for name in notebooks(root):
            for _ in range(RUNS):
                with environment(MACHIMAP_OFFLINE="1"):
                    taken, rest = seconds(root, name, Path(folder))
                beside.append(rest)
                for title, value in taken.items():
                    offline.setdefault(name, {}).setdefault(title, []).append(value)
            cache = str(Path(folder) / "cache" / Path(name).stem)
            with environment(MACHIMAP_OFFLINE="", MACHIMAP_DATASETS=str(datasets), MACHIMAP_CACHE=cache):
                silent[name], _ = seconds(root, name, Path(folder))
            print(
                f"{name}  {sum(map(statistics.median, offline[name].values())):5.1f} s  silent {sum(silent[name].values()):5.1f} s"
            )
    memory = psutil.virtual_memory().total / 1024**3
    told = {
        "day": date.today().isoformat(),
        "machine": f"{os.cpu_count()}コア、{memory:.0f} GiB の {platform.system()}（{platform.machine()}）、Python {platform.python_version()}",
        "place": PLACE,
        "kernel": rounded(statistics.median(beside)),
        "notebooks": {
            name: [
                {
                    "name": title,
                    "offline": rounded(statistics.median(values)),
                    "silent": rounded(silent[name][title]),
                }
                for title, values in sections.items()
            ]
            for name, sections in offline.items()
        },
    }
    head = '# Written by bench/bench_runsheet.py: the seconds that the cells of each section take (offline: without the\n# network, the median; silent: with services that never answer). name "" is what stands above the first heading.\n'
    path = root / FOLDER / "measured.yml"
    path.write_text(head + yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    print(f"kernel {told['kernel']} s; written: {path.relative_to(root)}")


if __name__ == "__main__":
    main()
