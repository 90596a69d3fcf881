"""A real JupyterLab over a copy of the lessons, and a learner's hands on it."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from machimap.course import lab

KERNEL_MS = 90_000


@dataclass(frozen=True)
class Lab:
    """The address of a running JupyterLab and the folder that it serves."""

    address: str
    folder: Path


@contextmanager
def running_lab(root: Path) -> Iterator[Lab]:
    """Start JupyterLab as `machimap lab` does, over a copy of the lessons below `root`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--ServerApp.port_retries=0", "--IdentityProvider.token=")
    command, folder = lab.lab_command(browser=False, port=port, options=options, root=root)
    environment = {**lab.lab_environment(), "MACHIMAP_OFFLINE": "1", "JUPYTER_CONFIG_DIR": str(root / "config")}
    environment.pop("MACHIMAP_WORK", None)
    with (root / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/api", root / "lab.log")
            yield Lab(f"http://127.0.0.1:{port}", folder)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(address: str, log: Path) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


class Learner:
    """What a learner does in an open notebook, and sees there."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, lab: Lab, path: str) -> Learner:
        """Open a notebook and wait until its kernel can be used."""
        self.page.goto(f"{lab.address}/lab/tree/{path}?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=KERNEL_MS)
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(timeout=KERNEL_MS)
        return self

    def cell(self, text: str) -> Locator:
        """The code cell that holds a text."""
        return self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".cm-content", has_text=text)).first

    def run(self, text: str) -> Locator:
        """Run the cell that holds a text with Shift+Enter and wait until it has run; return the cell."""
        cell = self.cell(text)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.wait()
        return cell

    def run_all(self) -> None:
        """Focus a cell, then 「実行 → すべてのセルを実行」, and wait for the end."""
        self.page.locator(".jp-Notebook .jp-Cell").first.click()
        self.page.keyboard.press("Escape")
        self.page.get_by_role("menuitem", name="実行", exact=True).click()
        self.page.locator("[data-command='runmenu:run-all']").click()
        self.wait()

    def type_into(self, text: str, old: str, new: str) -> None:
        """Replace a piece of a cell's code by typing."""
        content = self.cell(text).locator(".cm-content")
        code = content.inner_text().replace("\n\n", "\n")
        assert old in code, code
        content.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(code.replace(old, new))

    def wait(self) -> None:
        """Wait until no cell is waiting or running."""
        self.page.wait_for_timeout(200)
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(one => one.textContent.includes('*'))",
            timeout=KERNEL_MS,
        )
