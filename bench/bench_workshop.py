"""Measure what the learner waits for, each beside its target: `uv run python bench/bench_workshop.py`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_runsheet import silent_services


def seconds(command: list[str], times: int = 5) -> float:
    """Median wall time of a command."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    os.environ["MACHIMAP_OFFLINE"] = "1"
    bare = seconds([sys.executable, "-c", "pass"])
    package = seconds([sys.executable, "-c", "import machimap"])
    print(
        f"import machimap             {package - bare:6.3f} s   (target 0.2; bare python {bare:.3f} s, ratio {package / bare:.2f})"
    )

    from machimap import datasets, places

    places.find("八王子市")
    names = ["八王子市", "大阪市北区", "13201", "はちおうじ", "Hachioji", "広島県府中市"] * 20
    started = time.perf_counter()
    for name in names:
        places.find(name)
    print(f"places.find                 {(time.perf_counter() - started) / len(names) * 1000:6.2f} ms  (target 20)")

    datasets.shelters(places.find("青森市"), "指定避難所"), places.find("青森市").boundary
    for name in ("八王子市", "札幌市", "横浜市"):
        place = places.find(name)
        started = time.perf_counter()
        rows = sum(len(datasets.shelters(place, kind)) for kind in datasets.KINDS)
        shapes = len(place.boundary)
        taken = (time.perf_counter() - started) * 1000
        print(
            f"lists + boundary of {name}  {taken:6.0f} ms  (target 150; {rows} rows, {shapes} polygon, prefecture not yet read)"
        )

    size = sum(path.stat().st_size for path in Path("datasets").rglob("*") if path.is_file()) / 1e6
    print(f"datasets/                   {size:6.1f} MB  (target 40)")

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "machimap.cli", "workshop", "八王子市", "--output-root", folder]
        print(f"machimap workshop 八王子市   {seconds(command, 3):6.1f} s   (target 45)")

    with silent_services() as silent:
        os.environ.pop("MACHIMAP_OFFLINE")
        os.environ["MACHIMAP_DATASETS"] = str(silent)
        taken = seconds([sys.executable, "-m", "machimap.cli", "doctor"], 3)
        print(f"machimap doctor, no answer   {taken:6.1f} s   (target 10)")


if __name__ == "__main__":
    main()
