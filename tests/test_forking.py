"""The fork server: what a forked process is, how its end is told, and what happens when one of the two is gone."""

import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from machimap.hub.forking import ForkServerAway, Request, fork

NOTHING = "lambda: None"


@contextmanager
def server(folder, load=NOTHING):
    """A running fork server; gives its process and the path of its socket."""
    path = folder / "fork.sock"
    script = f"import pathlib, threading, time\nfrom machimap.hub.forking import serve\nserve(pathlib.Path({str(path)!r}), {load})"
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while not path.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        yield process, str(path)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def path(tmp_path):
    with server(tmp_path) as (_, path):
        yield path


@pytest.fixture
def ask(tmp_path, path):
    """Run a script in a forked process; its output goes to a file."""

    def run(script, *arguments, owner=0, to=path, environment=None):
        (tmp_path / "script_in_child.py").write_text(textwrap.dedent(script), encoding="utf-8")
        environment = {"PATH": os.environ["PATH"]} if environment is None else environment
        request = Request("script_in_child", arguments, environment, str(tmp_path), owner)
        with (tmp_path / "out").open("wb") as out, Path(os.devnull).open() as nothing:
            return fork(request, (nothing.fileno(), out.fileno(), out.fileno()), to)

    run.output = lambda: (tmp_path / "out").read_text(encoding="utf-8")
    return run


def test_a_forked_process_is_as_if_it_had_been_started(ask, tmp_path):
    process = ask(
        """
        import os, sys
        print(__name__, sys.argv[1:], os.getcwd(), os.getpid(), os.getsid(0), dict(os.environ))
        """,
        "one",
        "2",
        environment={"ONLY": "this"},
    )
    assert process.wait(30) == 0
    pid = process.pid
    assert ask.output() == f"__main__ ['one', '2'] {tmp_path} {pid} {pid} {{'ONLY': 'this'}}\n"


@pytest.mark.parametrize(
    ("script", "code"),
    [("pass", 0), ("raise SystemExit(3)", 3), ("1 / 0", 1), ("import os; os.kill(os.getpid(), 9)", -9)],
)
def test_the_exit_code_is_told(ask, script, code):
    process = ask(script)
    assert process.wait(30) == code
    assert process.poll() == code


def test_a_running_process_can_be_waited_for_and_ended(ask):
    process = ask("import time; time.sleep(60)")
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05)
    process.terminate()
    assert process.wait(30) == -signal.SIGTERM
    process.kill()


def test_what_the_server_has_loaded_is_there_at_once(tmp_path):
    load = "lambda: __import__('xml.dom.minidom')"
    with server(tmp_path, load) as (_, path):
        (tmp_path / "look.py").write_text("import sys; sys.exit('xml.dom.minidom' not in sys.modules)", "utf-8")
        request = Request("look", (), {}, str(tmp_path))
        with Path(os.devnull).open("r+") as nothing:
            assert fork(request, (nothing.fileno(),) * 3, path).wait(30) == 0


def test_two_processes_do_not_draw_the_same_random_numbers(tmp_path):
    script = "import sys, random, numpy; print(random.random(), numpy.random.random())"
    (tmp_path / "draw.py").write_text(script, encoding="utf-8")
    with server(tmp_path, "lambda: __import__('numpy').random.seed(1)") as (_, path):
        drawn = []
        for name in ("one", "two"):
            with (tmp_path / name).open("wb") as out:
                assert fork(Request("draw", (), {}, str(tmp_path)), (0, out.fileno(), 2), path).wait(60) == 0
            drawn.append((tmp_path / name).read_text(encoding="utf-8").split())
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_a_process_ends_with_its_owner(ask):
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process = ask("import time; time.sleep(60)", owner=owner.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    owner.kill()
    owner.wait()
    assert process.wait(30) == 1


def test_a_process_outlives_the_server_and_its_end_is_still_seen(tmp_path, ask):
    (tmp_path / "other").mkdir()
    with server(tmp_path / "other") as (one, path):
        process = ask("import time; time.sleep(60)", to=path)
        one.kill()
        one.wait()
        assert process.poll() is None
        process.terminate()
        assert process.wait(30) == -signal.SIGKILL


def test_without_a_server_the_caller_is_told(tmp_path, ask):
    with pytest.raises(ForkServerAway):
        ask("pass", to=str(tmp_path / "nobody.sock"))
    with pytest.raises(ForkServerAway):
        ask("pass", to="")


def test_a_message_that_is_no_request_does_the_others_no_harm(ask, path):
    for body in (b"{", b"[]", b'{"module": "this"}', b"x" * 100_000):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.connect(path)
            line.settimeout(30)
            line.send(body)
            assert line.recv(100) == b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.connect(path)
    assert ask("pass").wait(30) == 0


def test_only_the_account_of_the_class_can_ask(path):
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_a_load_that_leaves_a_thread_is_refused(tmp_path):
    load = "lambda: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    with server(tmp_path, load) as (process, _):
        assert process.wait(30) == 1
        assert "cannot be forked" in process.stderr.read()


def test_a_process_gets_no_more_memory_than_its_limit(ask):
    script = """
        try:
            bytearray(400_000_000)
        except MemoryError:
            print("MemoryError")
        bytearray(40_000_000)
        """
    assert ask(script, environment={"MEM_LIMIT": "300000000"}).wait(30) == 0
    assert ask.output() == "MemoryError\n"


def test_many_processes_at_once_each_tell_their_own_end(tmp_path, path):
    (tmp_path / "number.py").write_text("import sys; sys.exit(int(sys.argv[1]))", encoding="utf-8")
    with Path(os.devnull).open("r+") as nothing:
        asked = [
            fork(Request("number", (str(n),), {}, str(tmp_path)), (nothing.fileno(),) * 3, path) for n in range(60)
        ]
    assert [process.wait(30) for process in asked] == list(range(60))
    assert len({process.pid for process in asked}) == 60
    leftovers = [
        one for one in psutil.process_iter() if one.ppid() == os.getpid() and one.pid in {p.pid for p in asked}
    ]
    assert leftovers == []
