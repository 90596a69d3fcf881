"""A town as residents meet it: its site on one local server, official tiles and the address search on another."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import time
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

from machimap import hazards
from servers import datasets_with

BASE_COLOUR = (225, 228, 222, 255)
PX = 256


class Services:
    """Tiles in the official colours and an address search, in health or in trouble.

    From west to east the town is painted with the first class of a layer, with its last, with nothing, and in the
    easternmost quarter there is no tile (404). `trouble` is "", "down" (500), "slow", "lying" (a page with status
    200) or "odd" (a picture of the wrong size), for paths that contain `of`.
    """

    def __init__(self, bounds: tuple[float, float, float, float]):
        self.west, self.south, self.east, self.north = bounds
        self.trouble, self.of, self.asked = "", "", []
        self.answers: object = []
        self.whole = False

    def share(self, lon: float) -> float:
        """Where a longitude lies between the town's west (0) and east (1)."""
        return (lon - self.west) / (self.east - self.west)

    def lon(self, share: float) -> float:
        """The longitude of a share."""
        return self.west + share * (self.east - self.west)

    def tile(self, layer_id: str, z: int, x: int, y: int) -> bytes | None:
        """The PNG of a hazard tile, or None where there is none."""
        lons = [column / PX * 360 / 2**z + x * 360 / 2**z - 180 for column in range(PX)]
        shares = [self.share(lon) for lon in lons]
        if shares[0] >= 0.75 and not self.whole:
            return None
        classes = hazards.legend(layer_id)
        first, last = ((*(int(classes[channel].iloc[n]) for channel in "rgb"), 255) for n in (0, -1))
        row = [first if share < 0.25 else last if share < 0.5 else (0, 0, 0, 0) for share in shares]
        return _png(np.broadcast_to(np.array(row, dtype=np.uint8), (PX, PX, 4)))


@lru_cache(maxsize=8)
def _plain(px: int) -> bytes:
    picture = Image.new("RGBA", (px, px), BASE_COLOUR)
    return _png(np.array(picture))


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels), "RGBA").save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _handler(services: Services, paths: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            services.asked.append(self.path)
            if services.trouble and services.of in self.path:
                if services.trouble == "slow":
                    time.sleep(12)
                if services.trouble == "down":
                    return self.answer(500, b"", "text/plain")
                if services.trouble == "lying":
                    return self.answer(200, b"<html><script>alert(1)</script></html>", "text/html")
                if services.trouble == "odd":
                    return self.answer(200, _plain(64), "image/png")
            if self.path.startswith("/search"):
                answers = services.answers
                if callable(answers):
                    answers = answers(parse_qs(urlsplit(self.path).query)["q"][0])
                return self.answer(
                    200, answers if isinstance(answers, bytes) else json.dumps(answers).encode(), "application/json"
                )
            found = re.match(r"/(\w+)/(?:\d\d/)?(\d+)/(\d+)/(\d+)\.", self.path)
            name, z, x, y = found.group(1), *map(int, found.groups()[1:])
            body = _plain(PX) if name.startswith("base_") else services.tile(paths[name], z, x, y)
            return self.answer(404, b"", "text/plain") if body is None else self.answer(200, body, "image/png")

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Cache-Control", "max-age=0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that turns away in the middle is no fault."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], port: int = 0):
    """Run a server on this machine; yields its address."""
    server = _Server(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def services_for(bounds: tuple[float, float, float, float]):
    """Yield running Services and their address."""
    services = Services(bounds)
    ids = list(hazards.layers().index)
    with serving(_handler(services, {layer_id: layer_id for layer_id in ids})) as address:
        yield services, address


class _Folder(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def folder_handler(folder: Path) -> type:
    """Return the handler that serves a site's folder as a static host does."""
    return partial(_Folder, directory=str(folder))


def local_datasets(target: Path, address: str) -> Path:
    """Make a datasets folder whose layers, base maps and services stand at a local address."""

    def at_home(text: str) -> str:
        rows = list(csv.DictReader(io.StringIO(text)))
        for row in rows:
            row["url"] = address + _local_path(row)
        stream = io.StringIO()
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue()

    return datasets_with(target, at_home)


def _local_path(row: dict[str, str]) -> str:
    if "layer" in row:
        return f"/{row['layer']}/" + ("{pp}/" if "{pp}" in row["url"] else "") + "{z}/{x}/{y}.png"
    if "minzoom" in row:
        return f"/base_{row['key']}/{{z}}/{{x}}/{{y}}.png"
    return "/search" if row["key"] == "address_search" else "/" + row["url"].rpartition("/")[2]
