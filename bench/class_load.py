"""Let a class arrive at once at a real hub: `uv run python bench/class_load.py [--learners 36] [--plain]`.

Every learner logs in, starts a server, opens a kernel and runs 00 up to its map, opens another and runs 02 up to its
map, all through the proxy, as a browser's requests would come; both kernels stay open. `--plain` takes the forked
servers and kernels away, for the comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from hub_world import LIMIT_S, Hub, Learner, cells

PLAIN = """
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
c.Spawner.args.remove("--KernelManager.transport=ipc")
for name in ("JUPYTER_DEFAULT_PROVISIONER_NAME", "MACHIMAP_FORK_SOCKET", "OPENBLAS_NUM_THREADS"):
    c.Spawner.environment.pop(name)
"""
MAPS = {"notebooks/00_hajimeni.ipynb": "PlaceChooser", "notebooks/02_hazardmap.ipynb": "maps.hazard_map"}
LOADING_S = 8


@dataclass
class Arrival:
    """The seconds from a learner's login to each step, or what went wrong."""

    name: str
    seconds: dict[str, float] = field(default_factory=dict)
    fault: str = ""


async def arrive(hub: Hub, name: str) -> Arrival:
    """Let one learner do it all and note the seconds."""
    arrival, started = Arrival(name), time.perf_counter()
    async with Learner(hub, name) as learner:
        try:
            async with asyncio.timeout(LIMIT_S):
                await learner.arrive()
                arrival.seconds["server"] = time.perf_counter() - started
                for notebook, mark in MAPS.items():
                    shown = await learner.run(await learner.kernel(notebook), *cells(notebook, mark))
                    if "leaflet" not in shown.lower():
                        raise AssertionError(f"{notebook} shows no map")
                    arrival.seconds[f"map {Path(notebook).name[:2]}"] = time.perf_counter() - started
        except Exception as error:
            arrival.fault = f"{type(error).__name__}: {error}"
    return arrival


async def together(hub: Hub, learners: int) -> list[Arrival]:
    """All learners at once."""
    return await asyncio.gather(*(arrive(hub, f"seat-{number}") for number in range(1, learners + 1)))


def shared_memory(processes: list[psutil.Process]) -> int:
    """Sum of the processes' proportional shares (PSS), in bytes."""
    return sum(process.memory_full_info().pss for process in processes if process.is_running())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--learners", type=int, default=36)
    asked.add_argument("--plain", action="store_true")
    asked.add_argument("--log", type=Path, help="where to keep what the hub and the servers say")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(Path(folder), more=PLAIN if options.plain else "")
        try:
            time.sleep(0 if options.plain else LOADING_S)
            available = psutil.virtual_memory().available
            started = time.perf_counter()
            arrivals = asyncio.run(together(hub, options.learners))
            taken = time.perf_counter() - started
            used = available - psutil.virtual_memory().available
            share = shared_memory(hub.processes())
        finally:
            hub.stop()
            if options.log:
                options.log.write_text(hub.log(), encoding="utf-8")
    faults = [arrival for arrival in arrivals if arrival.fault]
    print(f"{len(arrivals) - len(faults)} of {len(arrivals)} learners got both maps, in {taken:.0f} s")
    for arrival in faults:
        print(f"  {arrival.name}: {arrival.fault}")
    for step in ("server", "map 00", "map 02"):
        seconds = [arrival.seconds[step] for arrival in arrivals if step in arrival.seconds]
        if seconds:
            print(f"{step:8} median {statistics.median(seconds):6.1f} s   last {max(seconds):6.1f} s")
    print(f"memory a learner (hub and proxy included): {used / options.learners / 1e6:.0f} MB less available,", end=" ")
    print(f"{share / options.learners / 1e6:.0f} MB by proportional shares")


if __name__ == "__main__":
    main()
