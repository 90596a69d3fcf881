"""Measure the residents' site: bytes, seconds, Lighthouse: `uv run python bench/bench_site.py [--lighthouse]`.

Tiles come from a local server in the official colours, everything is served with gzip as static hosts do.
Lighthouse runs once with every tile there (as the peers were measured) and once with tiles that the publisher does
not have (404), which the browser counts as errors of the page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests" / "browser")]
import test_site_trouble
import town

from machimap import places, site

RUNS = 5
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
# What the peer measured on the same kind of machine (Hachioji's published map, default folium, a hand-written page).
PEERS = {
    "八王子市の公開地図": "193 kB、性能 80（76–97）、89、100、91",
    "folium のまま": "178 kB、性能 82、78、93、82",
    "手書きのページ": "53 kB、性能 90–98、100、96、100",
}


class Zipped(SimpleHTTPRequestHandler):
    """A static host that packs what it sends, and counts it by path."""

    sent: dict[str, int]

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        packed = path.suffix not in (".png",)
        body = gzip.compress(body) if packed else body
        self.sent[path.name] = len(body)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def hosting(folder: Path) -> tuple[type, dict[str, int]]:
    """The handler of a folder, and the bytes that it sent by file."""
    sent: dict[str, int] = {}

    class Handler(Zipped):
        def __init__(self, *arguments: object, **options: object) -> None:
            self.sent = sent
            super().__init__(*arguments, directory=str(folder), **options)

    return Handler, sent


def build_seconds(folder: Path) -> dict[str, Path]:
    """Print how long the building takes; return the folders."""
    folders = {}
    for name, rows in (
        ("八王子市", None),
        ("大阪市", None),
        ("12,000か所（架空データ）", test_site_trouble.many(12_000)),
    ):
        place = places.find("八王子市" if rows is not None else name)
        started = time.perf_counter()
        site.build(place, folder / name, sites=rows)
        print(f"つくる：{name} {time.perf_counter() - started:.2f} 秒")
        folders[name] = folder / name
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "machimap.cli", "site", "八王子市", "-o", str(folder / "cli")],
        check=True,
        capture_output=True,
    )
    print(f"つくる：machimap site 八王子市（起動から） {time.perf_counter() - started:.2f} 秒")
    return folders


def first_view(browser, address: str, sent: dict[str, int]) -> int:
    """The bytes (gzip, without tiles and without what the worker keeps for later) of a first view."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, service_workers="block")
    page = context.new_page()
    sent.clear()
    page.goto(address)
    page.wait_for_timeout(2500)
    context.close()
    return sum(sent.values())


def tap_ms(browser, address: str) -> tuple[float, float]:
    """Milliseconds from a tap to the nearest places, and to the last class read from a tile."""
    page = browser.new_context(viewport={"width": 360, "height": 740}, service_workers="block").new_page()
    page.goto(address)
    page.wait_for_timeout(2000)
    measured = [
        page.evaluate(
            """async (n) => { const map = machimapPage.state.map, at = map.containerPointToLatLng([120 + n * 7, 140]);
            const start = performance.now(); map.fire('click', { latlng: at });
            const near = performance.now() - start;
            while (document.querySelector('#answer .reading')) { await new Promise(done => setTimeout(done, 2)); }
            return [near, performance.now() - start]; }""",
            n,
        )
        for n in range(9)
    ]
    return statistics.median(one[0] for one in measured), statistics.median(one[1] for one in measured)


def lighthouse(address: str) -> dict[str, float]:
    """The medians of Lighthouse's mobile scores over RUNS runs, and the kilobytes without tiles."""
    scores: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for run in range(RUNS):
            out = Path(scratch) / f"{run}.json"
            command = [
                *os.environ.get("LIGHTHOUSE", "npx --yes lighthouse@12.8.2").split(),
                address,
                "--quiet",
                "--output=json",
                f"--output-path={out}",
            ]
            subprocess.run(
                [*command, f"--chrome-flags={' '.join(FLAGS)}"],
                check=True,
                capture_output=True,
                env=os.environ | {"CHROME_PATH": CHROMIUM},
            )
            report = json.loads(out.read_text(encoding="utf-8"))
            for key, category in report["categories"].items():
                scores.setdefault(key, []).append(category["score"] * 100)
                if category["score"] < 1 and run == 0:
                    failed = [
                        one["id"]
                        for one in category["auditRefs"]
                        if (report["audits"][one["id"]]["score"] or 0) < 1
                        and one["weight"]
                        and report["audits"][one["id"]]["score"] is not None
                    ]
                    print(f"    {key}：{'、'.join(failed)}")
    return {key: statistics.median(values) for key, values in scores.items()} | {"spread": scores["performance"]}


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lighthouse", action="store_true", help="also run Lighthouse (Node 20)")
    asked = asked.parse_args()
    hachioji = places.find("八王子市")
    with tempfile.TemporaryDirectory() as scratch, town.services_for(hachioji.bounds) as (services, address):
        os.environ["MACHIMAP_DATASETS"] = str(town.local_datasets(Path(scratch) / "datasets", address))
        folders = build_seconds(Path(scratch))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, folder in folders.items():
                handler, sent = hosting(folder)
                with town.serving(handler) as home:
                    weight = first_view(browser, f"{home}/index.html", sent)
                    near, whole = tap_ms(browser, f"{home}/index.html")
                print(
                    f"最初の表示：{name} {weight / 1000:.1f} kB（gzip、タイルを除く）、タップから近くの避難場所 {near:.0f} ms、全部の区分 {whole:.0f} ms"
                )
            browser.close()
        if asked.lighthouse:
            for name, whole in (("八王子市", True), ("八王子市", False), ("12,000か所（架空データ）", True)):
                services.whole = whole
                handler, _ = hosting(folders[name])
                with town.serving(handler) as home:
                    scores = lighthouse(f"{home}/index.html")
                spread = scores.pop("spread")
                print(
                    f"Lighthouse：{name}（{'タイルがすべてある' if whole else 'ないタイルがある'}） "
                    + "、".join(f"{key} {value:.0f}" for key, value in scores.items())
                    + f"（性能 {min(spread):.0f}–{max(spread):.0f}）"
                )
            for name, told in PEERS.items():
                print(f"  くらべる相手：{name} {told}")


if __name__ == "__main__":
    main()
