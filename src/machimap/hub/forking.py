"""A server that loads modules once and forks a process for each request, and the handle of such a process.

A request is one message on a UNIX socket (SOCK_SEQPACKET), with the descriptors for stdin, stdout and stderr beside it;
the answers are the pid, and the exit code when the process ends.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

SOCKET_VARIABLE = "MACHIMAP_FORK_SOCKET"
LIMIT_VARIABLE = "MEM_LIMIT"
_LONGEST = 1 << 20
_PATIENCE_S = 30.0


class ForkServerAway(ConnectionError):
    """Nobody answers at the socket: the process has to be started in the usual way."""


@dataclass(frozen=True)
class Request:
    """What to run in the forked process: `python -m module arguments` in a folder with an environment.

    owner: the pid with whose end the process ends too; 0 for none.
    """

    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: str
    owner: int = 0


class ForkedProcess:
    """A process forked by the server, with what Jupyter and JupyterHub use of subprocess.Popen."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        try:
            self._watched = os.pidfd_open(pid)
        except ProcessLookupError:
            self._end()

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._watched], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout or 0)
            os.close(self._watched)
            self._end()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> ForkedProcess:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.wait()

    def _end(self) -> None:
        """Keep the exit code; where the server is gone nobody knows it, and the process counts as killed."""
        try:
            told = self._connection.recv(_LONGEST)
        except OSError:
            told = b""
        self.returncode = int(told) if told else -signal.SIGKILL
        self._connection.close()


def fork(request: Request, descriptors: tuple[int, int, int], path: str | None = None) -> ForkedProcess:
    """Ask the server at `path` (MACHIMAP_FORK_SOCKET) for a process; raises ForkServerAway where none answers.

    descriptors: what the process takes as stdin, stdout and stderr.
    """
    path = path or os.environ.get(SOCKET_VARIABLE, "")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(_PATIENCE_S)
        connection.connect(path)
        socket.send_fds(connection, [json.dumps(asdict(request)).encode()], descriptors)
        answer = connection.recv(_LONGEST)
    except OSError as error:
        connection.close()
        raise ForkServerAway(f"no fork server at {path!r}") from error
    if not answer:
        connection.close()
        raise ForkServerAway(f"the fork server at {path!r} refused the request")
    return ForkedProcess(connection, int(answer))


def serve(path: Path, load: Callable[[], None]) -> None:
    """Load what the processes share, fork for every request at `path`, and run what it asks for in the forked process.

    Requests that come while it loads wait. In the server it returns at Ctrl+C, in a forked process when the module has
    run. Raises RuntimeError when loading started a thread: a fork would lose it.
    """
    listener = _listen(path)
    load()
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise RuntimeError(f"a process with {threads} threads cannot be forked")
    gc.collect()
    gc.freeze()
    try:
        request = _Server(listener).next_child()
    except KeyboardInterrupt:
        return
    _run(request)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(512)
    listener.setblocking(False)
    return listener


class _Server:
    """The loop of the server: connections that ask, and the pidfds of the processes whose end is to be told."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._children: dict[int, tuple[int, socket.socket]] = {}

    def next_child(self) -> Request:
        """Serve; returns only in a forked process, with what it is to run."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, int):
                    self._reap(key.fileobj)
                else:
                    request = self._answer(key.fileobj)
                    if request is not None:
                        return request

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)

    def _answer(self, connection: socket.socket) -> Request | None:
        """Fork for one request; returns it in the child, None in the server."""
        self._selector.unregister(connection)
        descriptors: list[int] = []
        try:
            body, descriptors, _, _ = socket.recv_fds(connection, _LONGEST, 3)
            request = Request(**json.loads(body)) if len(descriptors) == 3 else None
            pid = os.fork() if request else -1
        except (OSError, ValueError, TypeError):
            pid = -1
        if pid == 0:
            self._leave(connection)
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid == 0:
            return request
        if pid < 0:
            connection.close()
            return None
        watched = os.pidfd_open(pid)
        self._children[watched] = (pid, connection)
        self._selector.register(watched, selectors.EVENT_READ)
        with contextlib.suppress(OSError):
            connection.send(str(pid).encode())
        return None

    def _reap(self, watched: int) -> None:
        self._selector.unregister(watched)
        os.close(watched)
        pid, connection = self._children.pop(watched)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(OSError):
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())
        connection.close()

    def _leave(self, connection: socket.socket) -> None:
        """Close in the child what belongs to the server, so that others see the true end of their connections."""
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
            else:
                key.fileobj.close()
        for _, other in self._children.values():
            other.close()
        connection.close()
        self._selector.close()


def _run(request: Request) -> None:
    """Become what the request asks for: a session, a folder, an environment and a main module of its own."""
    os.setsid()
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    limit_memory(request.environment)
    if request.owner:
        threading.Thread(target=_end_with, args=(request.owner,), daemon=True).start()
    # numpy's global generator would give every learner the same "random" numbers; Python's own reseeds at a fork.
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    sys.path[0] = ""
    sys.argv = [request.module, *request.arguments]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


def limit_memory(environment: Mapping[str, str]) -> None:
    """Let this process have no more data than MEM_LIMIT bytes, so that one learner's MemoryError stays with that one."""
    limit = environment.get(LIMIT_VARIABLE, "")
    if limit.isdecimal():
        resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))


def _end_with(owner: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(owner)], [], [])
    os._exit(1)
