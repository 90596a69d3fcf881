"""A local server that stands for the live services, good and faulty; a pytest plugin (`pytest_plugins = ["servers"]`).

It answers under the real paths (`/raster/01_flood_l2_shinsuishin_data/17/…/….png`, `/xyz/skhb01/10/…`); what it has
not been given is 404. Every fault happens on a real socket.
"""

from __future__ import annotations

import io
import json
import shutil
import socket
import ssl
import subprocess
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from PIL import Image

from machimap import store
from machimap.datasets.sealing import seal

LIVE_HOSTS = (
    "https://disaportaldata.gsi.go.jp",
    "https://cyberjapandata.gsi.go.jp",
    "https://hinanmap.gsi.go.jp",
    "https://msearch.gsi.go.jp",
)
TABLES_OF_ADDRESSES = ("layers.csv", "base_layers.csv", "services.csv")
DRIP_SECONDS = 0.1
LONGEST = 20


@dataclass(frozen=True)
class Reply:
    """What the server says once. manner: "" (at once), "hang", "drip", "drip_head", "cut" or "drop"."""

    body: bytes = b""
    content_type: str = "image/png"
    status: int = 200
    manner: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def png(colour: tuple[int, int, int, int] = (0, 0, 0, 0), size: int = 256) -> bytes:
    """A tile of one colour."""
    return encode(Image.new("RGBA", (size, size), colour))


def encode(picture: Image.Image, form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form)
    return stream.getvalue()


def garbled(picture: bytes) -> bytes:
    """A PNG whose chunks all have the right checksum, but whose pixels do not unpack."""
    start = picture.index(b"IDAT")
    length = int.from_bytes(picture[start - 4 : start], "big")
    chunk = b"IDAT" + picture[start + 4 : start + 8] + b"\xff" * (length - 4)
    return picture[:start] + chunk + zlib.crc32(chunk).to_bytes(4, "big") + picture[start + 8 + length :]


HTML = "<!DOCTYPE html><html><body>利用の前に同意してください</body></html>".encode()
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "架空データの避難場所"},
                "geometry": {"type": "Point", "coordinates": [139.34, 35.66]},
            }
        ],
    },
    ensure_ascii=False,
).encode()
CSV = "名称,緯度,経度\n架空データの避難場所,35.66,139.34\n".encode()

GOOD = {
    "png": Reply(png((255, 183, 183, 255))),
    "jpg": Reply(encode(Image.new("RGB", (256, 256), (200, 220, 200)), "JPEG"), "image/jpeg"),
    "json": Reply(GEOJSON, "application/geo+json"),
    "csv": Reply(CSV, "text/csv; charset=utf-8"),
}
FAULTS = {
    "slow": Reply(manner="hang"),
    "dripping": Reply(GOOD["png"].body, manner="drip"),
    "dripping head": Reply(GOOD["png"].body, manner="drip_head"),
    "truncated": Reply(GOOD["png"].body, manner="cut"),
    "dropped": Reply(manner="drop"),
    "empty": Reply(b""),
    "html": Reply(HTML, "text/html; charset=utf-8"),
    "html said to be png": Reply(HTML),
    "html without a type": Reply(HTML, ""),
    "wrong type": Reply(GOOD["png"].body, "application/octet-stream"),
    "jpeg said to be png": Reply(GOOD["jpg"].body),
    "half a picture": Reply(GOOD["png"].body[: len(GOOD["png"].body) // 2]),
    "garbled picture": Reply(garbled(GOOD["png"].body)),
    "picture without its end": Reply(GOOD["png"].body[:-12]),
    "404": Reply(b"", "text/plain", 404),
    "500": Reply(b"", "text/plain", 500),
    "503": Reply(b"", "text/plain", 503),
    "429": Reply(b"", "text/plain", 429),
    "403": Reply(b"", "text/plain", 403),
}


class Server:
    """A threaded local server; `hits` counts the requests of each path."""

    def __init__(self, context: ssl.SSLContext | None = None):
        self.replies: dict[str, list[Reply]] = {}
        self.hits: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.most_at_once = 0
        self.closing = threading.Event()
        self._at_once = 0
        self._lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", 0), _handler(self))
        if context:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def serve(self, path: str, *replies: Reply) -> str:
        """Answer a path with the replies in turn, the last one for ever; return its address."""
        self.replies[path] = list(replies)
        return self.url + path

    def here(self, url: str) -> str:
        """The same address on this server: `https://real.host/a/b.png` → `http://127.0.0.1:…/a/b.png`."""
        return self.url + url.removeprefix("{0.scheme}://{0.netloc}".format(urlsplit(url)))

    def on(self, row: pd.Series) -> pd.Series:
        """A layer row whose tiles come from this server."""
        moved = row.copy()
        moved["url"] = self.here(row["url"])
        return moved

    def close(self) -> None:
        """Shut the server down: from now on its port refuses connections."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next_reply(self, path: str, agent: str) -> Reply:
        with self._lock:
            self.hits[path] += 1
            self.agents.add(agent)
            replies = self.replies.get(path, [FAULTS["404"]])
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def enter(self) -> None:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        with self._lock:
            self._at_once -= 1


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gives up on a faulty answer is what the tests are about: nothing to print."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.enter()
            try:
                self._reply(server.next_reply(self.path, self.headers.get("User-Agent", "")))
            finally:
                server.leave()

        def _reply(self, reply: Reply) -> None:
            if reply.manner == "hang":
                server.closing.wait(LONGEST)
                return
            if reply.manner == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if reply.manner == "drip_head":
                self._drip(b"HTTP/1.0 200 OK\r\nX-Slow: ")
                self._drip(b"a" * int(LONGEST / DRIP_SECONDS))
                return
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            if reply.content_type:
                self.send_header("Content-Type", reply.content_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.manner == "drip":
                self._drip(reply.body)
            else:
                self.wfile.write(reply.body[: len(reply.body) // 2] if reply.manner == "cut" else reply.body)

        def _drip(self, body: bytes) -> None:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if server.closing.wait(DRIP_SECONDS):
                    return

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at `hits`; the terminal stays quiet."""

    return Handler


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for kept answers; online, and no proxy between the test and the local server."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MACHIMAP_CACHE", str(folder))
    monkeypatch.delenv("MACHIMAP_OFFLINE", raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    return folder


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    """Start servers that are closed at the end of the test."""
    started: list[Server] = []

    def start(context: ssl.SSLContext | None = None) -> Server:
        started.append(Server(context))
        return started[-1]

    yield start
    for server in started:
        with suppress(OSError):
            server.close()


@pytest.fixture
def tile_server(start_server: Callable[..., Server], fresh_cache: Path) -> Server:
    """The local server, with an empty cache on the kit's side."""
    return start_server()


@pytest.fixture
def https_server(start_server: Callable[..., Server], fresh_cache: Path, tmp_path: Path) -> Server:
    """The local server behind a certificate that nobody vouches for (`server.certificate` is its file)."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl がないので、TLS の証明書を作れない")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = start_server(context)
    server.certificate = certificate
    return server


@pytest.fixture
def local_tables(tile_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The local server, named by every address in the tables of layers, base maps and services."""

    def at_home(text: str) -> str:
        for host in LIVE_HOSTS:
            text = text.replace(host, tile_server.url)
        return text

    monkeypatch.setenv("MACHIMAP_DATASETS", str(datasets_with(tmp_path / "datasets", at_home)))
    return tile_server


def datasets_with(root: Path, change: Callable[[str], str], names: tuple[str, ...] = TABLES_OF_ADDRESSES) -> Path:
    """Make a datasets folder in which the tables of addresses are changed; all other datasets are linked."""
    root.mkdir(parents=True)
    for folder in store.datasets_root().iterdir():
        if folder.name == "hazards":
            shutil.copytree(folder, root / folder.name)
        elif folder.is_dir() and not folder.name.startswith("."):
            (root / folder.name).symlink_to(folder.resolve(), target_is_directory=True)
    for name in names:
        path = root / "hazards" / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    seal(root / "hazards")
    return root
