"""A class on the real hub and proxy: learners arrive, and what breaks for one is not noticed by the others."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psutil
import pytest

from hub_world import DEPLOY, FIRST, PASSWORD, Hub, Learner, cells

REMEMBER = "remembered = 'まだある'"
RECALL = "print(remembered)"
TEN_S = 10


@pytest.fixture(scope="module")
def hub():
    """A class without a learner yet."""
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(Path(folder))
        yield hub
        hub.stop()


async def beside(hub, name):
    """A learner who works on while something happens to another: a kernel that remembers something."""
    learner = await Learner(hub, name).arrive()
    kernel = await learner.kernel()
    await learner.run(kernel, REMEMBER)
    return learner, kernel


async def until(found, seconds=60):
    """Wait until a question is answered with yes."""
    deadline = time.monotonic() + seconds
    while not await found():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.3)


def test_a_learner_arrives_at_notebook_00_and_sees_the_map(hub):
    async def story():
        async with Learner(hub, "seat-1") as learner:
            assert await learner.log_in() == 302
            assert await learner.open_lab() == f"/user/seat-1/lab/tree/{FIRST}"
            kernel = await learner.kernel()
            shown = await learner.run(kernel, *cells(FIRST, "PlaceChooser"))
            place = await learner.text(kernel, "print(course.join('A-1'), session.folder)")
            pid = await learner.text(kernel, "import os; print(os.getpid())")
            return shown, place, psutil.Process(int(pid))

    shown, place, kernel = asyncio.run(story())
    assert "leaflet" in shown.lower()
    assert place == f"A-1 {hub.data}/homes/seat-1/machimap-lessons/work/132012_八王子市"
    assert (hub.data / "class" / "A-1.json").exists()
    assert kernel.ppid() == hub.fork_server().pid


def test_the_word_of_the_class_and_a_seat_are_asked_for(hub):
    async def story(name, password):
        async with Learner(hub, name) as learner:
            return await learner.log_in(password)

    assert asyncio.run(story("seat-2", "tigau-aikotoba")) != 302
    assert asyncio.run(story("", PASSWORD)) != 302
    assert asyncio.run(story("../seat-1", PASSWORD)) != 302
    assert asyncio.run(story("a-name-that-is-much-too-long", PASSWORD)) != 302


def test_a_kernel_that_dies_comes_back_and_the_others_notice_nothing(hub):
    async def story():
        other, others_kernel = await beside(hub, "seat-3")
        async with other, Learner(hub, "seat-4") as learner:
            await learner.arrive()
            kernel = await learner.kernel()
            pid = await learner.text(
                kernel,
                *cells(FIRST, "course.start"),
                "from pathlib import Path; made = Path('made.txt'); made.write_text('できた')",
                "import os; print(os.getpid())",
            )
            os.kill(int(pid), signal.SIGKILL)

            async def another():
                return await learner.text(kernel, "import os; print(os.getpid())") != pid

            await until(another)
            return (
                await learner.text(kernel, "print(session)"),
                await learner.text(kernel, "from pathlib import Path; print(Path('made.txt').read_text())"),
                await other.text(others_kernel, RECALL),
            )

    lost, made, others = asyncio.run(story())
    assert lost == (
        "⚠ まだ上のセルを動かしていないか、しばらく置いて中身が消えたので（NameError：「session」がまだない）、"
        "いちばん上のセルから順に動かしてください。"
    )
    assert made == "できた"
    assert others == "まだある"


def test_the_proxy_comes_back_and_nobody_has_lost_anything(hub):
    async def story():
        learner, kernel = await beside(hub, "seat-5")
        async with learner:
            before = int((hub.data / "run" / "proxy.pid").read_text())
            psutil.Process(before).kill()

            async def back():
                try:
                    return await learner.text(kernel, RECALL) == "まだある"
                except (aiohttp.ClientError, OSError):
                    return False

            await until(back)
            return before, int((hub.data / "run" / "proxy.pid").read_text())

    before, after = asyncio.run(story())
    assert after != before


def test_a_hub_that_restarts_finds_everybody_where_they_were(hub):
    async def story():
        learner, kernel = await beside(hub, "seat-6")
        async with learner:
            await asyncio.to_thread(hub.end_hub)
            during = await learner.text(kernel, RECALL)
            await asyncio.to_thread(hub.start)
            newcomer, _ = await beside(hub, "seat-7")
            async with newcomer:
                return during, await learner.open_lab(), await learner.text(kernel, RECALL)

    assert asyncio.run(story()) == ("まだある", f"/user/seat-6/lab/tree/{FIRST}", "まだある")


def test_without_the_fork_server_the_class_goes_on(hub):
    async def story():
        learner, kernel = await beside(hub, "seat-8")
        async with learner:
            before = hub.fork_server()
            before.kill()
            newcomer, newcomers_kernel = await beside(hub, "seat-9")
            async with newcomer:
                texts = [await learner.text(kernel, RECALL), await newcomer.text(newcomers_kernel, RECALL)]

            async def again():
                return any(one.ppid() == hub.process.pid and "machimap.hub" in one.cmdline() for one in hub.processes())

            await until(again)
            latecomer, latecomers_kernel = await beside(hub, "seat-12")
            async with latecomer:
                pid = await latecomer.text(latecomers_kernel, "import os; print(os.getpid())")
                assert psutil.Process(int(pid)).ppid() == hub.fork_server().pid
            return texts

    assert asyncio.run(story()) == ["まだある", "まだある"]


def test_one_who_takes_too_much_memory_is_told_so_alone(hub):
    async def story():
        other, others_kernel = await beside(hub, "seat-10")
        learner, kernel = await beside(hub, "seat-11")
        async with other, learner:
            told = await learner.text(kernel, *cells(FIRST, "course.start"), "everything = bytearray(3_000_000_000)")
            return told, await learner.text(kernel, RECALL), await other.text(others_kernel, RECALL)

    told, own, others = asyncio.run(story())
    assert told == "⚠ メモリが足りないので（MemoryError）、ほかのノートとアプリを閉じて、もう一度動かしてください。"
    assert (own, others) == ("まだある", "まだある")


@pytest.fixture
def hub_with_a_small_disk():
    """A class in which the folder of seat-full is a disk of 4 MB, which the hub's own mount namespace sees."""
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "data" / "homes" / "seat-full"
        full.mkdir(parents=True)
        unshare = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
        mount = f"mount -t tmpfs -o size=4m tmpfs '{full}' && exec \"$@\""
        hub = Hub(Path(folder), before=(*unshare, "sh", "-c", mount, "sh"))
        yield hub
        hub.stop()


def test_a_full_disk_stops_one_learner_and_keeps_what_was_saved(hub_with_a_small_disk):
    hub = hub_with_a_small_disk
    fill = "with open('heavy', 'wb') as heavy:\n    while True:\n        heavy.write(bytes(100_000))"

    async def story():
        other, others_kernel = await beside(hub, "seat-other")
        learner, kernel = await beside(hub, "seat-full")
        async with other, learner:
            await learner.run(
                kernel, *cells(FIRST, "course.start"), "course.join('F-1'); course.remember(session.place)"
            )
            saved = await learner.ask("GET", f"api/contents/{FIRST}")
            told = await learner.text(kernel, fill)
            saved["content"]["cells"][0]["source"] = "x" * 1_000_000
            with pytest.raises(ConnectionError):
                await learner.ask("PUT", f"api/contents/{FIRST}", saved)
            kept = await learner.ask("GET", f"api/contents/{FIRST}")
            chosen = await learner.text(kernel, "print(course.remembered().name)")
            theirs = await other.ask("GET", f"api/contents/{FIRST}")
            theirs["content"]["cells"][0]["source"] = "書けた"
            await other.ask("PUT", f"api/contents/{FIRST}", theirs)
            written = await other.ask("GET", f"api/contents/{FIRST}")
            return told, kept, chosen, written, await other.text(others_kernel, RECALL)

    told, kept, chosen, written, others = asyncio.run(story())
    assert told.startswith("⚠ ")
    assert told.endswith("ディスクの空きと、つながりを確かめてください。")
    assert "はじめに" in kept["content"]["cells"][0]["source"]
    assert chosen == "八王子市"
    assert written["content"]["cells"][0]["source"] == "書けた"
    assert others == "まだある"


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"MACHIMAP_HUB_PASSWORD": ""}, "MACHIMAP_HUB_PASSWORD に8文字以上で書いてください。"),
        ({"MACHIMAP_HUB_PASSWORD": "mijikai"}, "MACHIMAP_HUB_PASSWORD に8文字以上で書いてください。"),
        ({"MACHIMAP_HUB_DIR": "/tmp/" + "a" * 40}, "MACHIMAP_HUB_DIR を40文字までのフォルダにしてください。"),
    ],
)
def test_a_class_that_cannot_begin_is_refused_in_one_sentence(tmp_path, variables, sentence):
    given = os.environ | {"MACHIMAP_HUB_PASSWORD": PASSWORD, "MACHIMAP_HUB_DIR": str(tmp_path)[:40]} | variables
    command = [sys.executable, "-m", "jupyterhub", "-f", str(DEPLOY / "jupyterhub_config.py")]
    done = subprocess.run(command, env=given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].endswith(sentence)
