"""The live services: one request each, side by side, in a few seconds."""

from __future__ import annotations

import contextlib
import queue
import ssl
import threading
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from machimap import __version__
from machimap.course.hosts import Host, hosts
from machimap.doctor.check import CARE, GOOD, Check

PROBE_SECONDS = 3.0
PROBES_SECONDS = 6.0


def services() -> list[Check]:
    """Check whether the live services answer: one request each, side by side, PROBES_SECONDS in all.

    A service that does not answer is only 注意: everything in the course works without it.
    """
    from machimap import online

    if online.is_offline():
        action = "ライブの地図を使うときは、この設定を外してください。"
        return [Check("通信先", CARE, "MACHIMAP_OFFLINE=1 なので調べない", action)]
    known: dict[str, list[Host]] = {}
    for host in hosts():
        known.setdefault(host.root, []).append(host)
    faults = _ask_all(list(known))
    return [_check(known[root], fault) for root, fault in faults.items()]


def _check(same: list[Host], fault: str) -> Check:
    gives = "、".join(host.text() for host in same)
    name = f"通信先 {same[0].name}"
    if fault:
        return Check(name, CARE, fault, f"{gives}は使えませんが、入っているデータで先へ進めます。")
    return Check(name, GOOD, f"つながる（{gives}）")


def _ask_all(roots: list[str]) -> dict[str, str]:
    """Return for each address what is wrong with it, or "". Daemon threads: a hanging one does not delay the exit."""
    answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    faults = dict.fromkeys(roots, "時間内に返事がない")
    for root in roots:
        threading.Thread(target=lambda root=root: answers.put((root, _ask(root))), daemon=True).start()
    deadline = time.monotonic() + PROBES_SECONDS
    with contextlib.suppress(queue.Empty):
        for _ in roots:
            root, fault = answers.get(timeout=max(deadline - time.monotonic(), 0.001))
            faults[root] = fault
    return faults


def _ask(root: str) -> str:
    """Ask one service as the course does (through the proxy); any answer of its own, even 404, is an answer."""
    request = Request(root, headers={"User-Agent": f"Machimap/{__version__}"})
    try:
        with urlopen(request, timeout=PROBE_SECONDS):
            return ""
    except HTTPError as error:
        if error.code == 407:
            return "プロキシが認証を求めている（407）"
        return f"混んでいるか止まっている（{error.code}）" if error.code >= 500 else ""
    except TimeoutError:
        return "時間内に返事がない"
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            return "時間内に返事がない"
        return "安全な通信（TLS）を確かめられない" if isinstance(reason, ssl.SSLError) else "つながらない"
