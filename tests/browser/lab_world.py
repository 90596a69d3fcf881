"""A real JupyterLab over a copy of the lessons, and a learner's hands on it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page, expect

from machimap.course import lab

KERNEL_MS = 90_000
TOKEN = "learner"
ERROR = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"


@dataclass(frozen=True)
class Lab:
    """The address of a running JupyterLab, the folder that it serves, and the shared folder of its class."""

    address: str
    folder: Path
    shared: Path

    @property
    def work(self) -> Path:
        """The folder of the learner's results."""
        return self.folder / "work"

    def ask(self, path: str, method: str = "GET") -> object:
        """Ask the server's interface; None where it answers without a body."""
        request = urllib.request.Request(
            self.address + path, method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            body = response.read()
        return json.loads(body) if body else None

    def as_given_out(self) -> None:
        """Stop all kernels and put everything back as a learner finds it on the first day."""
        for one in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{one['id']}", "DELETE")
        for path in [*self.work.glob("*"), *self.shared.glob("*")]:
            if path.name != ".lab":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in lab.GIVEN_OUT:
            shutil.rmtree(self.folder / name)
        lab.lessons_folder(self.folder.parent)


@contextmanager
def running_lab(root: Path) -> Iterator[Lab]:
    """Start JupyterLab as `machimap lab` does, over a copy of the lessons below `root`, with a class beside it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = root / "class"
    shared.mkdir(parents=True)
    options = ("--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}")
    command, folder = lab.lab_command(browser=False, port=port, options=options, root=root)
    environment = os.environ | {
        "MACHIMAP_OFFLINE": "1",
        "MACHIMAP_CLASS": str(shared),
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTERLAB_WORKSPACES_DIR": str(root / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(root / "settings"),
        "IPYTHONDIR": str(root / "ipython"),
    }
    environment.pop("MACHIMAP_WORK", None)
    with (root / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/api", root / "lab.log")
            yield Lab(f"http://127.0.0.1:{port}", folder, shared)
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
    """What a learner does in an open notebook, and sees there; `shoot` keeps a picture of each step."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        page.set_default_timeout(KERNEL_MS)
        expect.set_options(timeout=KERNEL_MS)
        self._pictures = pictures
        self._count = 0

    def open(self, lab: Lab, path: str, *, workspace: str = "default") -> Learner:
        """Open a notebook alone and wait until its kernel can be used."""
        self.page.goto(f"{lab.address}/lab/workspaces/{workspace}/tree/{path}?reset&token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=KERNEL_MS)
        self.ready()
        return self

    def beside(self, name: str) -> Learner:
        """Another tab of the same browser."""
        page = self.page.context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        return Learner(page, self._pictures / name)

    def ready(self) -> None:
        """Wait until the kernel is idle."""
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("アイドル")

    def shoot(self, step: str) -> None:
        """Keep a picture of what the learner sees now."""
        self._count += 1
        self._pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._pictures / f"{self._count:02d}_{step}.png")

    def show(self, what: Locator, step: str) -> None:
        """Bring something to the top of the notebook, and keep a picture."""
        what.evaluate("one => one.scrollIntoView({block: 'start'})")
        self.page.wait_for_timeout(300)
        self.shoot(step)

    def cell(self, text: str) -> Locator:
        """The code cell that holds a text."""
        return self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".cm-content", has_text=text)).first

    def output(self, text: str) -> Locator:
        """What stands below the code cell that holds a text."""
        return self.cell(text).locator(".jp-Cell-outputArea")

    def map(self, text: str) -> FrameLocator:
        """The inside of the map that stands below the code cell that holds a text."""
        return self.output(text).frame_locator("iframe")

    def run(self, text: str) -> Locator:
        """Run the cell that holds a text with Shift+Enter and wait until it has run; return its output."""
        self.cell(text).locator(".cm-content").click(position={"x": 5, "y": 5})
        self.press_shift_enter(self.cell(text))
        return self.output(text)

    def press_shift_enter(self, cell: Locator) -> None:
        """Press Shift+Enter and wait until the cell has its next number."""
        prompt = cell.locator(".jp-InputPrompt")
        # The number of an earlier day may be the same again, so it is wiped out first.
        prompt.evaluate("one => { one.textContent = ''; }")
        self.page.keyboard.press("Shift+Enter")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"))

    def run_all(self) -> None:
        """Focus a cell, then 「実行 → すべてのセルを実行」, and wait for the end."""
        self.page.locator(".jp-Notebook .jp-Cell").first.click()
        self.page.keyboard.press("Escape")
        self.page.get_by_role("menuitem", name="実行", exact=True).click()
        self.page.locator("[data-command='runmenu:run-all']").click()
        self.wait()

    def type_into(self, text: str, old: str, new: str) -> None:
        """Replace a piece of a cell's code by typing it."""
        content = self.cell(text).locator(".cm-content")
        code = "\n".join(content.locator(".cm-line").all_inner_texts()).replace("\u200b", "")
        assert old in code, code
        content.click(position={"x": 5, "y": 5})
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(code.replace(old, new))

    def wait(self) -> None:
        """Wait until no cell is waiting or running."""
        self.page.wait_for_timeout(200)
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(one => one.textContent.includes('*'))",
            timeout=KERNEL_MS,
        )

    def faults(self) -> list[str]:
        """What the open notebook shows of errors and warnings."""
        return [text for text in self.page.locator(ERROR).all_inner_texts() if text.strip()] + [
            text for text in self.page.locator(".jp-OutputArea-output").all_inner_texts() if "⚠" in text
        ]

    def save(self) -> None:
        """Save the notebook with Ctrl+S."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+s")
