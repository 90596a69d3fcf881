"""Learners' servers forked from the class's server, in the usual way where there is none."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import Callable
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets import Any

from machimap.hub.forking import LIMIT_VARIABLE, ForkServerAway, Request, fork, limit_memory

_MODULE = "jupyterhub.singleuser"
# Below the range from which Linux takes ports for connections, so that nobody takes a port between choice and use.
_PORTS = itertools.cycle(range(20_000, 30_000))


class ForkedSpawner(SimpleLocalProcessSpawner):
    """A spawner for a class whose learners share one account of the machine, each with a folder of their own."""

    proc = Any(help="The learner's server: a ForkedProcess, or a subprocess.Popen where it started in the usual way.")

    async def start(self) -> tuple[str, int]:
        """Fork the learner's server; starts it in the usual way where no fork server answers."""
        if self.port == 0:
            self.port = _free_port()
        Path(self.home_dir).mkdir(parents=True, exist_ok=True)
        request = Request(_MODULE, tuple(self.get_args()), self.get_env(), self.home_dir)
        try:
            with Path(os.devnull).open() as nothing:
                self.proc = await asyncio.to_thread(fork, request, (nothing.fileno(), 1, 2))
        except ForkServerAway as reason:
            self.log.warning("Starting the server of %s in the usual way: %s", self.user.name, reason)
            return await super().start()
        self.pid = self.proc.pid
        return self.ip or "127.0.0.1", self.port

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what a server that starts in the usual way does first: the same folder, the same limit."""
        enter, limit = super().make_preexec_fn(name), {LIMIT_VARIABLE: str(self.mem_limit or "")}

        def prepare() -> None:
            enter()
            limit_memory(limit)

        return prepare


def _free_port() -> int:
    """Return the next port on which nobody listens; each is given out once in ten thousand servers."""
    for port in _PORTS:
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(("127.0.0.1", port))
            return port
    raise AssertionError("itertools.cycle never ends")
