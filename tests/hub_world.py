"""The real hub and proxy of a class over a folder of its own, and learners as a browser's requests make them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import nbformat
import psutil
import yarl

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy" / "jupyterhub"
PASSWORD = "aikotoba-no-tameshi"
FIRST = "notebooks/00_hajimeni.ipynb"
LIMIT_S, START_S = 300, 90


class Hub:
    """A hub that runs until `stop`; `more` is added to the configuration, `before` runs it inside another command.

    folder: a short path (sockets).
    """

    def __init__(self, folder: Path, *, more: str = "", before: tuple[str, ...] = ()) -> None:
        assert (DEPLOY / "node_modules").is_dir(), "npm ci --prefix deploy/jupyterhub でプロキシを入れてください。"
        self.folder, self.data, self._before = folder, folder / "data", before
        port, hub_port, api_port = (_free_port() for _ in range(3))
        self.address = f"http://127.0.0.1:{port}"
        self._config = folder / "config.py"
        self._config.write_text(
            f"load_subconfig({str(DEPLOY / 'jupyterhub_config.py')!r})\n"
            f"c.JupyterHub.hub_port = {hub_port}\n"
            f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{api_port}'\n{more}",
            encoding="utf-8",
        )
        self.start()

    def start(self) -> None:
        """Start the hub and wait until it answers through the proxy."""
        environment = os.environ | {
            "MACHIMAP_HUB_DIR": str(self.data),
            "MACHIMAP_HUB_PASSWORD": PASSWORD,
            "MACHIMAP_HUB_URL": self.address,
            "MACHIMAP_OFFLINE": "1",
        }
        command = [*self._before, sys.executable, "-m", "jupyterhub", "-f", str(self._config)]
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait()

    def wait(self) -> None:
        """Wait until the hub answers through the proxy."""
        deadline = time.monotonic() + START_S
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address}/hub/api/", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(self.log())

    def log(self) -> str:
        """Return what the hub, the proxy and the learners' servers have said."""
        return (self.folder / "hub.log").read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Return all processes that work with this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                told = " ".join([*process.cmdline(), process.cwd(), *process.environ().values()])
            except (psutil.Error, OSError):
                continue
            if str(self.folder) in told:
                found.append(process)
        return found

    def fork_server(self) -> psutil.Process:
        """Return the process that the learners' servers and kernels are forked from."""
        return next(
            one for one in self.processes() if "machimap.hub" in one.cmdline() and one.ppid() == self.process.pid
        )

    def end_hub(self) -> None:
        """End the hub alone, as a restart of it does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def stop(self) -> None:
        """End the hub and everything that it started."""
        everything = self.processes()
        try:
            self.end_hub()
        except subprocess.TimeoutExpired:
            self.process.kill()
        for process in everything:
            try:
                process.kill()
            except psutil.Error:
                continue


class Learner:
    """One browser: its cookies, its server, its kernels."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.name, self._hub = name, hub.address
        self.base = f"{hub.address}/user/{name}/"
        jar = aiohttp.CookieJar(unsafe=True)
        # A browser opens a connection of its own for every websocket.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=jar,
            timeout=aiohttp.ClientTimeout(total=LIMIT_S),
        )

    async def __aenter__(self) -> Learner:
        return self

    async def __aexit__(self, *_fault: object) -> None:
        await self._session.close()

    async def log_in(self, password: str = PASSWORD) -> int:
        """Fill in the login form; return the status (302 when the hub lets the learner in)."""
        async with self._session.get(f"{self._hub}/hub/login") as page:
            token = page.cookies["_xsrf"].value
        form = {"username": self.name, "password": password, "_xsrf": token}
        async with self._session.post(f"{self._hub}/hub/login", data=form, allow_redirects=False) as answer:
            return answer.status

    async def open_lab(self) -> str:
        """Ask for the server, come back until Lab answers, and return the path at which it opens."""
        while True:
            async with self._session.get(f"{self._hub}/hub/spawn/{self.name}") as answer:
                if answer.status == 200 and answer.url.path.startswith(f"/user/{self.name}/lab"):
                    return answer.url.path
                if answer.status >= 500 and answer.status != 503:
                    raise ConnectionError(f"{answer.url.path} answers {answer.status}")
            await asyncio.sleep(1)

    async def arrive(self) -> Learner:
        """Log in and open Lab."""
        assert await self.log_in() == 302
        await self.open_lab()
        return self

    async def kernel(self, notebook: str = FIRST) -> str:
        """Start the kernel of a notebook; return its id."""
        asked = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        return (await self.ask("POST", "api/sessions", asked))["kernel"]["id"]

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the learner's server as Lab does; raises ConnectionError for an answer that is no success."""
        token = self._session.cookie_jar.filter_cookies(yarl.URL(self.base))["_xsrf"].value
        headers = {"X-XSRFToken": token}
        async with self._session.request(method, self.base + path, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise ConnectionError(f"{path} answers {answer.status}")
            return await answer.json()

    async def run(self, kernel: str, *cells: str) -> str:
        """Run cells one after the other over one connection; return all that the last one sent."""
        channels = self.base + f"api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}"
        shown = ""
        async with self._session.ws_connect(channels, max_msg_size=0) as line:
            for code in cells:
                shown = await _execute(line, code)
        return shown

    async def text(self, kernel: str, *cells: str) -> str:
        """Run cells and return what the last one printed or, where it failed, the sentence of the error."""
        messages = [json.loads(line) for line in (await self.run(kernel, *cells)).splitlines()]
        printed = [one["content"]["text"] for one in messages if one["msg_type"] == "stream"]
        failed = ["\n".join(one["content"]["traceback"]) for one in messages if one["msg_type"] == "error"]
        return "".join(printed + failed).strip()


async def _execute(line: aiohttp.ClientWebSocketResponse, code: str) -> str:
    """Run a cell and return the messages that it sent, a line each."""
    number = uuid.uuid4().hex
    header = {"msg_id": number, "msg_type": "execute_request", "session": number, "username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    await line.send_json(
        {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    )
    shown, waiting = [], {"execute_reply", "idle"}
    while waiting:
        got = await line.receive(timeout=LIMIT_S)
        if got.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(f"the connection to the kernel ended: {got.type.name}")
        told = json.loads(got.data)
        if told["parent_header"].get("msg_id") == number:
            shown.append(json.dumps(told))
            waiting -= {told["msg_type"], told["content"].get("execution_state")}
    return "\n".join(shown)


def cells(notebook: str, until: str) -> list[str]:
    """Return the code cells of a notebook up to the first one that holds a text."""
    code = [cell.source for cell in nbformat.read(ROOT / notebook, 4).cells if cell.cell_type == "code"]
    return code[: next(number for number, source in enumerate(code) if until in source) + 1]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
