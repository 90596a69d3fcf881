"""A real Chromium, kept from every outside host; tiles come from the test or not at all."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}


@pytest.fixture(scope="session")
def chromium():
    """The browser; without one the test fails (`apt-get install chromium fonts-noto-cjk`)."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium が見つかりません。apt-get install chromium fonts-noto-cjk で入れてください。"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open a page with outside hosts answered by `tile` (bytes of a PNG), or cut off when it is None."""
    contexts = []

    def open_it(address: str, *, tile: bytes | None = None, size: str = "desktop"):
        context = chromium.new_context(viewport=SIZES[size], locale="ja-JP")
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: (page.faults.append("dialog"), dialog.dismiss()))
        page.on(
            "console", lambda line: line.type == "error" and "ERR_" not in line.text and page.faults.append(line.text)
        )

        def answer(route):
            if tile is None:
                route.abort()
            else:
                route.fulfill(body=tile, content_type="image/png")

        page.route("https://**", answer)
        page.goto(address)
        page.wait_for_selector(".leaflet-control-attribution")
        return page

    yield open_it
    for context in contexts:
        context.close()
