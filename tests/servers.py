"""A local tile and data server whose faults are real: pytest plugin with the fixture `tile_server`.

`tile_server` is a running `TileServer` on 127.0.0.1 with a port of its own. It starts with no routes (all 404).

    tile_server.tiles("flood", (255, 0, 0, 255))          # every tile in one colour
    tile_server.tiles("flood", lambda z, x, y: picture)   # or drawn: a Pillow picture, or None for 404
    tile_server.data("list.csv", "名称\\n公民館\\n")         # str, bytes, or anything JSON can hold; type by the suffix
    tile_server.mode("flood", "dripping")                 # from now on, this path prefix misbehaves
    tile_server.url("flood")                              # "http://127.0.0.1:PORT/raster/flood/{z}/{x}/{y}.png"
    tile_server.url("flood", 17, 1, 2)                    # the address of one tile
    tile_server.url("list.csv")                           # a path with a suffix: "http://127.0.0.1:PORT/list.csv"
    tile_server.hits(address)                             # how often that address was asked for; hits() of all
    tile_server.most_at_once                              # the largest number of requests answered side by side
    tile_server.user_agents                               # every User-Agent seen
    tile_server.shutdown()                                # closes the port and the open connections

A layer may have several parts ("flood/13" answers /raster/flood/13/{z}/{x}/{y}.png); the longest prefix decides.
Modes are the names in MODES. All answers carry `Access-Control-Allow-Origin: *`.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

Colour = tuple[int, int, int, int]
Painter = Callable[[int, int, int], Image.Image | None]

MODES = {
    "good": "the true answer",
    "gzip": "the true answer, compressed, one byte in the first piece",
    "slow": "takes the request and never answers",
    "dripping": "the head at once, the body one byte at a time without end",
    "dripping head": "the head one byte at a time without end",
    "truncated": "Content-Length larger than the body, then the connection is closed",
    "empty": "200 without a body",
    "blank": "200 with white space only",
    "html": "200 with a page of HTML that calls itself HTML",
    "disguised html": "200 with a page of HTML under the true content type",
    "wrong type": "the true body as application/pdf",
    "not a picture": "200 and the true content type, but text",
    "half a picture": "the first half of the true body, with a Content-Length that fits",
    "404": "nothing here",
    "403": "refused",
    "429": "too many requests",
    "500": "server fault",
    "500 then good": "server fault for the first request of each address, then the true answer",
    "html then good": "a page of HTML for the first request of each address, then the true answer",
}
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
PAGE = "<!DOCTYPE html><html><body>メンテナンス中</body></html>".encode()
DRIP_SECONDS = 0.05
_TILE = re.compile(r"/raster/(?P<layer>.+)/(?P<z>\d+)/(?P<x>\d+)/(?P<y>\d+)\.png")


def png(colour: Colour, size: int = 256) -> bytes:
    """Return a PNG of one colour (RGBA)."""
    return _png(Image.new("RGBA", (size, size), colour))


class TileServer:
    """See the head of this file."""

    def __init__(self) -> None:
        self.most_at_once = 0
        self.user_agents: set[str] = set()
        self._painters: dict[str, Painter] = {}
        self._files: dict[str, bytes] = {}
        self._modes: dict[str, str] = {}
        self._hits: Counter[str] = Counter()
        self._running = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.root = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def tiles(self, layer: str, painting: Colour | Painter) -> str:
        """Serve the tiles of a layer and return their address with {z}, {x} and {y}."""
        if callable(painting):
            self._painters[layer] = painting
        else:
            picture = Image.new("RGBA", (256, 256), painting)
            self._painters[layer] = lambda z, x, y: picture
        return self.url(layer)

    def data(self, path: str, content: object) -> str:
        """Serve a file (bytes as they are, str as UTF-8, anything else as JSON) and return its address."""
        if not isinstance(content, bytes):
            content = (content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)).encode()
        self._files["/" + path] = content
        return self.url(path)

    def mode(self, path: str, mode: str) -> None:
        """Let a layer or a file answer in one of MODES from now on."""
        if mode not in MODES:
            raise ValueError(mode)
        self._modes[self._prefix(path)] = mode

    def url(self, path: str, z: int | str = "{z}", x: int | str = "{x}", y: int | str = "{y}") -> str:
        """Return the address of a file (a path with a suffix) or of a layer's tile."""
        prefix = self._prefix(path)
        return self.root + (f"{prefix}/{z}/{x}/{y}.png" if prefix.startswith("/raster/") else prefix)

    def hits(self, address: str | None = None) -> int:
        """Return how often an address (or, without one, the server) has been asked."""
        with self._lock:
            return self._hits.total() if address is None else self._hits[address.removeprefix(self.root)]

    def shutdown(self) -> None:
        """Close the port and every open connection; calling it again does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.close_connections()
        self._thread.join()

    @staticmethod
    def _prefix(path: str) -> str:
        return f"/{path}" if "." in path.rsplit("/", 1)[-1] else f"/raster/{path}"

    def _mode_of(self, path: str) -> str:
        fitting = [prefix for prefix in self._modes if path == prefix or path.startswith(prefix + "/")]
        return self._modes[max(fitting, key=len)] if fitting else "good"

    def _content(self, path: str) -> bytes | None:
        if path in self._files:
            return self._files[path]
        tile = _TILE.fullmatch(path)
        painter = self._painters.get(tile["layer"]) if tile else None
        picture = painter(int(tile["z"]), int(tile["x"]), int(tile["y"])) if painter else None
        return _png(picture) if picture else None


@pytest.fixture
def tile_server() -> Iterator[TileServer]:
    """A running local server; see the head of tests/servers.py."""
    server = TileServer()
    yield server
    server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    owner: TileServer

    def __init__(self, *args) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request, client_address) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is what the tests are about: nothing to print."""

    def close_connections(self) -> None:
        for connection in list(self._connections):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        owner = self.server.owner
        with owner._lock:
            owner._hits[self.path] += 1
            owner.user_agents.add(self.headers.get("User-Agent", ""))
            first = owner._hits[self.path] == 1
            owner._running += 1
            owner.most_at_once = max(owner.most_at_once, owner._running)
        try:
            self._answer(self.path.partition("?")[0], first)
        finally:
            with owner._lock:
                owner._running -= 1

    def _answer(self, path: str, first: bool) -> None:
        mode = self.server.owner._mode_of(path)
        if mode.endswith(" then good"):
            mode = mode.removesuffix(" then good") if first else "good"
        if mode.isdigit():
            return self._send(int(mode), "text/plain", b"no")
        kind = TYPES.get(path.rsplit(".", 1)[-1], "application/octet-stream")
        body = self.server.owner._content(path)
        if body is None:
            return self._send(404, "text/plain", b"no")
        fault = getattr(self, "_" + mode.replace(" ", "_"), None)
        return fault(kind, body) if fault else self._send(200, kind, body)

    def _slow(self, kind: str, body: bytes) -> None:
        self.close_connection = True
        self.server.owner._closing.wait()

    def _dripping(self, kind: str, body: bytes) -> None:
        self._head(200, kind, 10_000_000)
        self._drip(b"0")

    def _dripping_head(self, kind: str, body: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Filler: ")
        self._drip(b"x")

    def _drip(self, piece: bytes) -> None:
        self.close_connection = True
        while not self.server.owner._closing.wait(DRIP_SECONDS):
            self.wfile.write(piece)

    def _truncated(self, kind: str, body: bytes) -> None:
        self.close_connection = True
        self._head(200, kind, len(body) + 100)
        self.wfile.write(body)

    def _gzip(self, kind: str, body: bytes) -> None:
        packed = gzip.compress(body)
        self._head(200, kind, len(packed), ("Content-Encoding", "gzip"))
        self.wfile.write(packed[:1])
        self.server.owner._closing.wait(DRIP_SECONDS)
        self.wfile.write(packed[1:])

    def _empty(self, kind: str, body: bytes) -> None:
        self._send(200, kind, b"")

    def _blank(self, kind: str, body: bytes) -> None:
        self._send(200, kind, b" \r\n")

    def _html(self, kind: str, body: bytes) -> None:
        self._send(200, "text/html; charset=utf-8", PAGE)

    def _disguised_html(self, kind: str, body: bytes) -> None:
        self._send(200, kind, PAGE)

    def _wrong_type(self, kind: str, body: bytes) -> None:
        self._send(200, "application/pdf", body)

    def _not_a_picture(self, kind: str, body: bytes) -> None:
        self._send(200, kind, "準備中です".encode())

    def _half_a_picture(self, kind: str, body: bytes) -> None:
        self._send(200, kind, body[: len(body) // 2])

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self._head(status, kind, len(body))
        self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(length)), *more):
            self.send_header(name, value)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def log_message(self, format: str, *args) -> None:
        """Keep the test output clean."""


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
