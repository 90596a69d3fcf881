"""A real Chromium, kept from every outside host; tiles come from the test or not at all."""

import io
import os
import re
import shutil
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import lab_world
import pytest
import town
from PIL import Image
from playwright.sync_api import sync_playwright

from machimap import hazards, places, site

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
TOWN = "八王子市"
ADDRESS = "https://example.jp/hachioji/"
SIZES = {
    "desktop": {"width": 1280, "height": 800},
    "projector": {"width": 1024, "height": 600},
    "phone": {"width": 360, "height": 740},
}
OUTSIDE = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")


@pytest.fixture(scope="module")
def chromium():
    """The browser; without one the test fails (`apt-get install chromium fonts-noto-cjk`).

    It ends with its module: while Playwright runs, no later test could run an event loop of its own.
    """
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium が見つかりません。apt-get install chromium fonts-noto-cjk で入れてください。"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open a page in a window of its own; `page.faults` gathers script errors and dialogs."""
    contexts = []

    def open_it(address: str, *, size: str = "desktop", wait: str = ".leaflet-control-attribution", **options):
        context = chromium.new_context(**({"viewport": SIZES[size], "locale": "ja-JP"} | options))
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: (page.faults.append("dialog"), dialog.dismiss()))
        page.on("console", lambda line: page.faults.append(line.text) if _is_fault(line) else None)
        page.goto(address)
        page.wait_for_selector(wait)
        return page

    yield open_it
    for context in contexts:
        context.close()


def _is_fault(line) -> bool:
    return line.type == "error" and not re.search("net::ERR_|the server responded with a status of", line.text)


@pytest.fixture(scope="session")
def services():
    """The tile and address services of the town, and their address."""
    with town.services_for(places.find(TOWN).bounds) as (one, address):
        one.address = address
        yield one


@pytest.fixture(autouse=True)
def healthy(request):
    """Every test begins with services in health."""
    if "services" in request.fixturenames or "home" in request.fixturenames:
        one = request.getfixturevalue("services")
        one.trouble, one.of, one.answers = "", "", []


@pytest.fixture(scope="session")
def local_layers(services, tmp_path_factory):
    """Let a block of code see datasets whose layers stand at the local services."""
    folder = town.local_datasets(tmp_path_factory.mktemp("local") / "datasets", services.address)

    @contextmanager
    def seen():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MACHIMAP_DATASETS", str(folder))
            yield

    return seen


@pytest.fixture(scope="session")
def site_folder(local_layers, tmp_path_factory):
    """The site of the town, built once, with its own layer left out."""
    with local_layers():
        return site.build(places.find(TOWN), tmp_path_factory.mktemp("site") / "site", url=ADDRESS).folder


@pytest.fixture(scope="session")
def home(site_folder):
    """The address at which the site is served."""
    with town.serving(town.folder_handler(site_folder)) as address:
        yield address


@pytest.fixture
def serve():
    """Serve a folder until the test ends."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(town.serving(town.folder_handler(folder)))


@pytest.fixture
def tile_host():
    """The address of a local server that answers every path with a tile in the colour of the first depth class."""
    stream = io.BytesIO()
    red, green, blue = hazards.legend("flood_l2").loc[0, ["r", "g", "b"]]
    Image.new("RGBA", (256, 256), (int(red), int(green), int(blue), 255)).save(stream, "PNG")

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(stream.getvalue())

        def log_message(self, *words) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Tiles) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory):
    """A JupyterLab that all tests of this process share."""
    with lab_world.running_lab(tmp_path_factory.mktemp("lab")) as one:
        yield one


@pytest.fixture
def lab(running_lab):
    """The shared JupyterLab, its kernels stopped and its folders as they are given out."""
    running_lab.as_given_out()
    return running_lab


@pytest.fixture
def pictures(request, tmp_path):
    """The folder for the pictures of this test (below MACHIMAP_PICTURES where it is set)."""
    name = re.sub(r"[^\w.-]+", "_", request.node.name)
    return Path(os.environ.get("MACHIMAP_PICTURES") or tmp_path / "pictures") / name


@pytest.fixture
def learner(chromium, pictures):
    """Sit a learner down at a browser of their own that reaches this computer only; `page.outside` lists what it sought."""
    contexts = []

    def sit(size: str = "desktop", *, seat: str = "") -> lab_world.Learner:
        context = chromium.new_context(viewport=SIZES[size], locale="ja-JP", accept_downloads=True)
        contexts.append(context)
        outside: list[str] = []
        context.route(OUTSIDE, lambda route: (outside.append(route.request.url), route.abort()))
        page = context.new_page()
        page.outside = outside
        page.on("dialog", lambda dialog: dialog.accept())
        return lab_world.Learner(page, pictures / seat if seat else pictures)

    yield sit
    for context in contexts:
        context.close()
