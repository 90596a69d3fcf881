"""Measure how long a learner waits for the first map in a real JupyterLab: `uv run python bench/bench_lab.py`."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = ["tests/browser", "tests"]

import lab_world
from playwright.sync_api import expect, sync_playwright

from conftest import FLAGS, OUTSIDE, SIZES

TARGET_S = 10.0
TIMES = 5


def first_map(browser, lab: lab_world.Lab) -> tuple[float, float]:
    """Seconds from the address to the notebook with its kernel, and from the address to the map."""
    lab.as_given_out()
    context = browser.new_context(viewport=SIZES["desktop"], locale="ja-JP")
    context.route(OUTSIDE, lambda route: route.abort())
    one = lab_world.Learner(context.new_page(), Path("unused"))
    started = time.perf_counter()
    one.open(lab, "notebooks/00_hajimeni.ipynb")
    opened = time.perf_counter() - started
    for _ in range(6):
        one.page.keyboard.press("Shift+Enter")
    title = one.map("course.PlaceChooser").locator(".mm-title")
    expect(title).to_contain_text("東京都八王子市", timeout=lab_world.KERNEL_MS)
    drawn = time.perf_counter() - started
    context.close()
    return opened, drawn


def main() -> None:
    with tempfile.TemporaryDirectory() as root, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        with lab_world.running_lab(Path(root)) as lab:
            first, *later = [first_map(browser, lab) for _ in range(TIMES)]
        browser.close()
    opened = statistics.median(one for one, _ in later)
    drawn = statistics.median(one for _, one in later)
    print(f"00: open → kernel ready     {opened:5.1f} s   (the very first time {first[0]:.1f} s)")
    print(
        f"00: open → first map        {drawn:5.1f} s   (target {TARGET_S:.0f}; ratio {drawn / TARGET_S:.2f}; "
        f"the very first time {first[1]:.1f} s; after the kernel is ready {drawn - opened:.1f} s)"
    )


if __name__ == "__main__":
    main()
