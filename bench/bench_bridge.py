"""Measure the bridge: seconds and memory against their limits: `uv run python bench/bench_bridge.py`.

Each measure runs in a process of its own on a made table (架空データ, seeded) of the form that a town publishes: CP932,
full-width digits, ○ and ×, two in a hundred rows without a name, one in a hundred twice. The 135 rows are measured
cold (with every import, as the command line meets them) and warm (as a notebook does).
"""

from __future__ import annotations

import csv
import io
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

HEAD = [
    "施設名",
    "ふりがな",
    "住所",
    "緯度",
    "経度",
    "電話番号",
    "洪水",
    "土砂災害",
    "地震",
    "津波",
    "収容人数",
    "備考",
    "担当課",
]
LIMITS = {100_000: (20.0, 1500.0), 135: (1.0, 1500.0)}


def made(rows: int, seed: int = 5) -> bytes:
    """架空データ: a table of so many rows as CP932."""
    chance = random.Random(seed)
    lines = [HEAD]
    for number in range(rows):
        if number % 100 == 99:
            lines.append(lines[-1])
            continue
        name = "" if number % 50 == 25 else f"架空第{number}小学校"
        place = (f"{35.6 + chance.random() / 20:.6f}", f"{139.3 + chance.random() / 20:.6f}")
        flags = [chance.choice("○×"), chance.choice(["○", ""]), "○", ""]
        lines.append(
            [
                name,
                f"かくうだい{number}しょうがっこう",
                f"八王子市架空町{number % 9 + 1}－{number % 30}－{number}",
                *place,
                f"０４２－０００－{number % 10_000:04}",
                *flags,
                f"{number % 900}人",
                "架空データ",
                "防災課",
            ]
        )
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(lines)
    return stream.getvalue().encode("cp932")


def measure(rows: int, warm: bool) -> None:
    """Convert and write once (twice when warm), and print seconds of both (and of the processor) and the peak memory in MB."""
    body = made(rows)
    began, began_busy = time.perf_counter(), time.process_time()
    from machimap.bridge import convert

    for again in (False, True) if warm else (False,):
        began = time.perf_counter() if again else began
        began_busy = time.process_time() if again else began_busy
        bridged = convert(body, name="架空の一覧.csv", place="八王子市")
        crossed = time.perf_counter() - began
        busy = time.process_time() - began_busy
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            bridged.write(folder)
            written = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(crossed, busy, written, memory, len(bridged.changes), bridged.account)


def main() -> None:
    """Run every measure in a process of its own and print it as a share of its limit."""
    for rows, warm in ((135, False), (135, True), (100_000, False)):
        command = [sys.executable, __file__, str(rows), "warm" if warm else "cold"]
        environment = {**os.environ, "MACHIMAP_OFFLINE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, env=environment)
        crossed, busy, written, memory, changes, account = done.stdout.strip().split(None, 5)
        seconds, megabytes = LIMITS[rows]
        print(
            f"{rows:,} 行（{'2回目' if warm else 'はじめて'}）："
            f"変換 {float(crossed):.2f} 秒（上限の {float(crossed) / seconds:.2f} 倍。計算していた時間は {float(busy):.2f} 秒）、"
            f"書き出し {float(written):.2f} 秒（変換の {float(written) / float(crossed):.2f} 倍）、"
            f"記憶 {float(memory):.0f} MB（上限の {float(memory) / megabytes:.2f} 倍）、"
            f"変えたセル {int(changes):,}。{account}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(int(sys.argv[1]), sys.argv[2] == "warm")
    else:
        main()
