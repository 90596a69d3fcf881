"""Live sources: time limits, retries, a cache that never keeps a bad answer, and an offline switch."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import threading
import time
from collections.abc import Callable, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import requests
import urllib3
from platformdirs import user_cache_path
from requests.adapters import HTTPAdapter
from requests_cache import CachedResponse
from requests_cache.backends.base import DictStorage
from requests_cache.backends.filesystem import FileDict

from machimap import __version__
from machimap.errors import MachimapError

CONTENT_TYPES = {
    "png": ("image/png",),
    "jpg": ("image/jpeg",),
    "json": ("application/json", "application/geo+json", "application/vnd.geo+json", "text/json", "text/plain"),
    "csv": ("text/csv", "text/plain", "application/csv", "application/octet-stream", "application/vnd.ms-excel"),
}
PARALLEL = 4
REDIRECTS = 5
GONE = (404, 410)
TRY_AGAIN = (429, 500, 502, 503, 504)
_GO_ON = "、「データなし」のまま先へ進んでください。"
_CHUNK = 65_536
_slots = threading.BoundedSemaphore(PARALLEL)
logging.getLogger("requests_cache").addHandler(logging.NullHandler())


class OnlineError(MachimapError):
    """A live source gave no usable answer; the lesson goes on without it."""


class Offline(OnlineError):
    """MACHIMAP_OFFLINE forbids the network, and nothing is kept of this address."""


class Unreachable(OnlineError):
    """No connection to the server, or none that can be trusted (TLS)."""


class TimedOut(OnlineError):
    """The server did not finish within the limits."""


class NotFound(OnlineError):
    """The server has nothing at this address (404, 410)."""


class ServerFault(OnlineError):
    """The server answered with another error status."""


class BadAnswer(OnlineError):
    """The answer is cut, empty, too large, or not what was asked for."""


@dataclass(frozen=True)
class Limits:
    """How long and how often to try.

    connect, read, deadline, backoff: seconds (read: between two pieces; deadline: for the whole of `fetch`);
    retries: after the first try, only for a failed connection, 429 and 5xx; fresh_days: how long an answer is
    given without asking again; missing_hours: the same for "there is nothing" (404).
    """

    connect: float = 4.0
    read: float = 8.0
    deadline: float = 15.0
    retries: int = 2
    backoff: float = 0.4
    max_bytes: int = 30_000_000
    fresh_days: float = 30.0
    missing_hours: float = 1.0


DEFAULT = Limits()


@dataclass(frozen=True)
class Answer:
    """A checked answer: its bytes, when the source gave it (UTC), and its address.

    stale: it is an earlier answer, because the source could not be asked (offline, or it failed).
    """

    body: bytes
    date: datetime
    stale: bool
    url: str


def fetch(url: str, kind: str, limits: Limits = DEFAULT) -> Answer:
    """Return the answer of a live source, from the cache while it is fresh.

    kind: "png", "jpg", "json" or "csv" (else ValueError); an answer that is not of that kind is refused, asked
    for once more and never kept. When the source fails, an earlier answer is given with `stale` set. With
    MACHIMAP_OFFLINE=1 no connection is opened. May be called from several threads; at most PARALLEL requests
    run at once. Raises Offline, Unreachable, TimedOut, NotFound, ServerFault, BadAnswer.
    """
    if is_offline():
        return kept(url, kind)
    known = _recall(url, kind)
    if known is not None and _is_fresh(known, limits):
        if known.status_code in GONE:
            raise _not_found(known.status_code)
        return _answer(known, url, stale=False)
    try:
        body = _ask(url, kind, limits)
    except NotFound:
        _keep(url, kind, 404, b"")
        raise
    except OnlineError:
        if known is not None and known.status_code == 200:
            return _answer(known, url, stale=True)
        raise
    _keep(url, kind, 200, body)
    return Answer(body, datetime.now(UTC), False, url)


def kept(url: str, kind: str) -> Answer:
    """Return the kept answer of a source without asking it, marked stale; raises Offline when there is none."""
    known = _recall(url, kind)
    if known is None or known.status_code != 200:
        raise Offline(f"通信しない設定（MACHIMAP_OFFLINE=1）で、このデータは手元に残っていないので{_GO_ON}")
    return _answer(known, url, stale=True)


def is_offline() -> bool:
    """Tell whether MACHIMAP_OFFLINE forbids the network."""
    return os.environ.get("MACHIMAP_OFFLINE", "") not in ("", "0")


def cache_folder() -> Path:
    """Return the folder of the kept answers (`MACHIMAP_CACHE` names another one)."""
    chosen = os.environ.get("MACHIMAP_CACHE")
    return Path(chosen) if chosen else user_cache_path("machimap")


def _ask(url: str, kind: str, limits: Limits) -> bytes:
    """Return a checked body; a bad answer is asked for once more, all within one deadline."""
    deadline = time.monotonic() + limits.deadline
    if not _slots.acquire(timeout=limits.deadline):
        raise _timed_out()
    try:
        with contextlib.suppress(BadAnswer):
            return _within(deadline, lambda: _read(url, kind, limits, deadline))
        return _within(deadline, lambda: _read(url, kind, limits, deadline))
    finally:
        _slots.release()


def _within(deadline: float, work: Callable[[], bytes]) -> bytes:
    """Return the result of `work`, or raise TimedOut at the deadline.

    It runs in a thread of its own because a name look-up, a slow head and the waits between retries know no
    deadline; a thread left behind ends with its connection and does not hold up the end of the program.
    """
    future: Future[bytes] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="machimap-online", daemon=True).start()
    try:
        return future.result(timeout=max(deadline - time.monotonic(), 0.0))
    except TimeoutError as error:
        raise _timed_out() from error


def _read(url: str, kind: str, limits: Limits, deadline: float) -> bytes:
    try:
        timeout = (limits.connect, min(limits.read, limits.deadline))
        with _session(limits).get(url, stream=True, timeout=timeout) as response:
            _check_status(response.status_code)
            body = _body(response, limits.max_bytes, deadline)
    except (requests.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
        raise _timed_out() from error
    except requests.exceptions.SSLError as error:
        raise Unreachable(f"配信元との安全な通信（TLS）を確かめられないので{_GO_ON}") from error
    except (requests.RequestException, ValueError) as error:  # ValueError: a redirect to an address that is none
        raise Unreachable(f"配信元につながらないので{_GO_ON}") from error
    except urllib3.exceptions.HTTPError as error:
        raise _bad("途中で切れている") from error
    content_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    _check(body, kind, content_type)
    return body


def _body(response: requests.Response, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        body += piece
        if len(body) > max_bytes:
            raise _bad("大きすぎる")
        if time.monotonic() > deadline:
            raise _timed_out()
    return bytes(body)


def _check_status(status: int) -> None:
    if status in GONE:
        raise _not_found(status)
    if status in TRY_AGAIN:
        raise ServerFault(f"配信元が混んでいるか止まっているので（{status}）{_GO_ON}")
    if status != 200:
        raise ServerFault(f"配信元が求めに応じないので（{status}）{_GO_ON}")


def _check(body: bytes, kind: str, content_type: str) -> None:
    """Raise BadAnswer unless the body is whole and of its kind."""
    if not body.strip():
        raise _bad("空な")
    if content_type not in CONTENT_TYPES[kind] or body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise _bad("求めた種類のデータでない")
    if kind in ("png", "jpg"):
        _check_picture(body, kind)
    if kind == "json":
        _check_json(body)


def _check_picture(body: bytes, kind: str) -> None:
    from PIL import Image

    form = {"png": ["PNG"], "jpg": ["JPEG"]}[kind]
    try:
        with Image.open(io.BytesIO(body), formats=form) as picture:
            picture.verify()
        with Image.open(io.BytesIO(body), formats=form) as picture:
            picture.load()
    except Exception as error:  # Pillow tells a broken picture by OSError, SyntaxError, ValueError, struct.error …
        raise _bad("画像として読めない") from error


def _check_json(body: bytes) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _bad("JSONとして読めない") from error


def _bad(what: str) -> BadAnswer:
    return BadAnswer(f"配信元から届いたものが{what}ので{_GO_ON}")


def _not_found(status: int) -> NotFound:
    return NotFound(f"この場所のデータは配信されていないので（{status}）{_GO_ON}")


def _timed_out() -> TimedOut:
    return TimedOut(f"配信元の返事が遅すぎるので{_GO_ON}")


@lru_cache(maxsize=4)
def _session(limits: Limits) -> requests.Session:
    retry = urllib3.Retry(
        total=limits.retries,
        read=False,
        other=0,
        backoff_factor=limits.backoff,
        status_forcelist=TRY_AGAIN,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    session = requests.Session()
    session.max_redirects = REDIRECTS
    session.headers["User-Agent"] = f"Machimap/{__version__}"
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=PARALLEL))
    return session


def _answer(known: CachedResponse, url: str, *, stale: bool) -> Answer:
    return Answer(known.content, known.created_at, stale, url)


def _is_fresh(known: CachedResponse, limits: Limits) -> bool:
    life = timedelta(hours=limits.missing_hours) if known.status_code in GONE else timedelta(days=limits.fresh_days)
    return timedelta(0) <= datetime.now(UTC) - known.created_at < life


def _recall(url: str, kind: str) -> CachedResponse | None:
    """Return what is kept of an address; a kept file that has been damaged counts as none."""
    if kind not in CONTENT_TYPES:
        raise ValueError(f"unknown kind of answer: {kind!r}")
    try:
        known = _cache(str(cache_folder()))[_key(url, kind)]
        if known.status_code == 200:
            _check(known.content, kind, CONTENT_TYPES[kind][0])
        return known if known.status_code in (200, *GONE) and known.url == url else None
    except Exception:  # a missing key, and whatever cattrs makes of a damaged file: either way it is asked for anew
        return None


def _keep(url: str, kind: str, status: int, body: bytes) -> None:
    """Keep an answer; a full or read-only disk must not cost the lesson its answer."""
    with contextlib.suppress(KeyError, OSError):
        _cache(str(cache_folder()))[_key(url, kind)] = CachedResponse(status_code=status, url=url, content=body)


def _key(url: str, kind: str) -> str:
    return hashlib.sha256(f"{kind} {url}".encode()).hexdigest()


@lru_cache(maxsize=8)
def _cache(folder: str) -> MutableMapping[str, CachedResponse]:
    """One JSON file an answer, whatever else reads the folder; in memory where no folder can be made."""
    try:
        return FileDict(folder)
    except OSError:
        return DictStorage()
