"""Live sources: every fault is made to happen by a real local server (servers.py)."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest

from machimap import __version__, online
from servers import CSV, FAULTS, GEOJSON, GOOD, LONGEST, Reply, png

TILE = "/raster/01_flood_l2_shinsuishin_data/17/116390/51690.png"
QUICK = online.Limits(connect=2, read=1.5, deadline=3, retries=1, backoff=0.01)
IMPATIENT = online.Limits(connect=1, read=0.8, deadline=1.2, retries=0)
BAD_ANSWERS = [
    "truncated",
    "empty",
    "html",
    "html said to be png",
    "html without a type",
    "wrong type",
    "jpeg said to be png",
    "half a picture",
    "garbled picture",
    "picture without its end",
]


@pytest.fixture
def assert_for_learners(assert_one_sentence):
    """Check that an error is one sentence that lets the lesson go on and shows no address."""

    def check(error: BaseException) -> None:
        assert_one_sentence(error)
        assert "先へ進んでください" in str(error)
        assert not any(word in str(error) for word in ("http", "127.0.0.1", "urllib3", "Error", "Max retries"))

    return check


def test_a_good_answer_carries_its_bytes_and_its_date(tile_server):
    before = datetime.now(UTC)
    answer = online.fetch(tile_server.serve(TILE, GOOD["png"]), "png", QUICK)
    assert answer.body == GOOD["png"].body
    assert before <= answer.date <= datetime.now(UTC)
    assert not answer.stale


def test_the_kit_names_itself(tile_server):
    online.fetch(tile_server.serve(TILE, GOOD["png"]), "png", QUICK)
    assert tile_server.agents == {f"Machimap/{__version__}"}


@pytest.mark.parametrize("kind", ["png", "jpg", "json", "csv"])
def test_a_good_answer_of_every_kind_is_kept(tile_server, kind):
    url = tile_server.serve(f"/file.{kind}", GOOD[kind])
    first, second = online.fetch(url, kind, QUICK), online.fetch(url, kind, QUICK)
    assert first.body == second.body == GOOD[kind].body
    assert abs(second.date - first.date) < timedelta(seconds=1)
    assert not second.stale
    assert tile_server.hits.total() == 1


def test_an_unknown_kind_is_a_mistake_of_the_program(tile_server):
    with pytest.raises(ValueError, match="gif"):
        online.fetch(tile_server.url + "/a.gif", "gif", QUICK)
    assert not tile_server.hits


@pytest.mark.parametrize("fault", BAD_ANSWERS)
def test_a_bad_answer_is_refused_asked_for_once_more_and_never_kept(tile_server, assert_for_learners, fault):
    url = tile_server.serve(TILE, FAULTS[fault])
    for calls in (1, 2):
        with pytest.raises(online.BadAnswer) as caught:
            online.fetch(url, "png", QUICK)
        assert_for_learners(caught.value)
        assert tile_server.hits[TILE] == 2 * calls


@pytest.mark.parametrize(
    ("fault", "words"), [("truncated", "途中で切れて"), ("empty", "空"), ("half a picture", "画像")]
)
def test_the_sentence_tells_what_is_wrong(tile_server, fault, words):
    with pytest.raises(online.BadAnswer, match=words):
        online.fetch(tile_server.serve(TILE, FAULTS[fault]), "png", QUICK)


def test_a_bad_answer_followed_by_a_good_one_is_no_error(tile_server):
    url = tile_server.serve(TILE, FAULTS["truncated"], GOOD["png"])
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", GEOJSON[:-5]),
        ("json", b"\xff\xfe\x00"),
        ("json", b"[" * 100_000),
        ("csv", b"\xef\xbb\xbf <html>"),
        ("csv", b" \n "),
    ],
    ids=["cut json", "bytes", "deep json", "page", "blank csv"],
)
def test_text_that_is_not_of_its_kind_is_refused(tile_server, kind, body):
    url = tile_server.serve(f"/x.{kind}", Reply(body, GOOD[kind].content_type))
    with pytest.raises(online.BadAnswer):
        online.fetch(url, kind, QUICK)
    assert online.fetch(tile_server.serve(f"/x.{kind}", GOOD[kind]), kind, QUICK).body == GOOD[kind].body


def test_a_compressed_answer_is_unpacked_and_a_cut_one_refused(tile_server):
    packed = gzip.compress(CSV)
    whole = Reply(packed, "text/csv", headers={"Content-Encoding": "gzip"})
    assert online.fetch(tile_server.serve("/a.csv", whole), "csv", QUICK).body == CSV
    cut = Reply(packed, "text/csv", manner="cut", headers={"Content-Encoding": "gzip"})
    with pytest.raises(online.BadAnswer):
        online.fetch(tile_server.serve("/b.csv", cut), "csv", QUICK)


def test_an_answer_beyond_the_largest_size_is_refused(tile_server):
    url = tile_server.serve("/big.csv", Reply(b"a,b\n" * 50_000, "text/csv"))
    with pytest.raises(online.BadAnswer, match="大きすぎる"):
        online.fetch(url, "csv", online.Limits(max_bytes=100_000))


@pytest.mark.parametrize("status", ["500", "503", "429"])
def test_a_server_in_trouble_is_asked_again_and_then_given_up(tile_server, assert_for_learners, status):
    url = tile_server.serve(TILE, FAULTS[status])
    with pytest.raises(online.ServerFault, match=status) as caught:
        online.fetch(url, "png", QUICK)
    assert_for_learners(caught.value)
    assert tile_server.hits[TILE] == 1 + QUICK.retries
    with pytest.raises(online.ServerFault):
        online.fetch(url, "png", QUICK)
    assert tile_server.hits[TILE] == 2 * (1 + QUICK.retries)


def test_a_refusal_is_not_asked_again(tile_server, assert_for_learners):
    with pytest.raises(online.ServerFault, match="403") as caught:
        online.fetch(tile_server.serve(TILE, FAULTS["403"]), "png", QUICK)
    assert_for_learners(caught.value)
    assert tile_server.hits[TILE] == 1


def test_a_server_that_recovers_in_time_is_no_error(tile_server):
    url = tile_server.serve(TILE, FAULTS["500"], GOOD["png"])
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body
    assert tile_server.hits[TILE] == 2


def test_nothing_at_the_address_is_remembered_for_a_while_only(tile_server, assert_for_learners):
    url = tile_server.url + TILE
    for _ in range(2):
        with pytest.raises(online.NotFound, match="404") as caught:
            online.fetch(url, "png", QUICK)
        assert_for_learners(caught.value)
    assert tile_server.hits[TILE] == 1
    tile_server.serve(TILE, GOOD["png"])
    later = online.Limits(missing_hours=0)
    assert online.fetch(url, "png", later).body == GOOD["png"].body


def test_an_address_that_has_gone_is_not_served_from_memory(tile_server, monkeypatch):
    url = tile_server.serve(TILE, GOOD["png"])
    online.fetch(url, "png", QUICK)
    tile_server.serve(TILE, FAULTS["404"])
    with pytest.raises(online.NotFound):
        online.fetch(url, "png", online.Limits(fresh_days=0))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    with pytest.raises(online.Offline):
        online.fetch(url, "png", QUICK)


@pytest.mark.parametrize("fault", ["slow", "dripping", "dripping head"])
def test_a_slow_server_cannot_hold_a_lesson(tile_server, assert_for_learners, fault):
    url = tile_server.serve(TILE, FAULTS[fault])
    with pytest.raises(online.TimedOut) as caught:
        online.fetch(url, "png", IMPATIENT)
    assert_for_learners(caught.value)
    assert tile_server.hits[TILE] == 1
    with pytest.raises(online.TimedOut):
        online.fetch(url, "png", IMPATIENT)
    assert tile_server.hits[TILE] == 2


def test_a_slow_answer_leaves_no_work_behind(tile_server):
    url = tile_server.serve(TILE, FAULTS["dripping"])
    with pytest.raises(online.TimedOut):
        online.fetch(url, "png", IMPATIENT)
    left = [thread for thread in threading.enumerate() if thread.name == "machimap-online"]
    for thread in left:
        thread.join(LONGEST / 4)
    assert not any(thread.is_alive() for thread in left)


def test_a_program_ends_although_a_server_still_drips(tile_server):
    url = tile_server.serve(TILE, FAULTS["dripping head"])
    script = (
        "from machimap import online\n"
        "try:\n"
        f"    online.fetch({url!r}, 'png', online.Limits(deadline=0.5))\n"
        "except online.TimedOut:\n"
        "    print('ended')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=15, check=True)
    assert done.stdout == "ended\n"
    assert done.stderr == ""


def test_a_server_that_hangs_up_is_unreachable(tile_server, assert_for_learners):
    with pytest.raises(online.Unreachable) as caught:
        online.fetch(tile_server.serve(TILE, FAULTS["dropped"]), "png", QUICK)
    assert_for_learners(caught.value)


@pytest.mark.parametrize("target", [TILE, "http://[not-an-address"], ids=["circle", "nonsense"])
def test_a_redirect_that_leads_nowhere_is_unreachable(tile_server, assert_for_learners, target):
    url = tile_server.serve(TILE, Reply(status=302, headers={"Location": target}))
    with pytest.raises(online.Unreachable) as caught:
        online.fetch(url, "png", QUICK)
    assert_for_learners(caught.value)
    assert tile_server.hits[TILE] <= 1 + online.REDIRECTS


def test_a_redirect_is_followed(tile_server):
    tile_server.serve("/new.png", GOOD["png"])
    url = tile_server.serve(TILE, Reply(status=302, headers={"Location": "/new.png"}))
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body
    assert online.fetch(url, "png", QUICK).url == url
    assert tile_server.hits == {TILE: 1, "/new.png": 1}


def test_no_server_at_all_is_unreachable(tile_server, assert_for_learners):
    tile_server.close()
    with pytest.raises(online.Unreachable) as caught:
        online.fetch(tile_server.url + TILE, "png", QUICK)
    assert_for_learners(caught.value)
    assert caught.value.__cause__ is not None


def test_a_name_that_nobody_knows_is_unreachable(fresh_cache, assert_for_learners):
    with pytest.raises((online.Unreachable, online.TimedOut)) as caught:
        online.fetch("https://tiles.machimap.invalid/1.png", "png", QUICK)
    assert_for_learners(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(https_server, monkeypatch, assert_for_learners):
    url = https_server.serve(TILE, GOOD["png"])
    with pytest.raises(online.Unreachable, match="TLS") as caught:
        online.fetch(url, "png", QUICK)
    assert_for_learners(caught.value)
    assert not https_server.hits
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(https_server.certificate))
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body


def test_a_moved_answer_is_followed(tile_server):
    moved = Reply(b"", "", 302, headers={"Location": tile_server.serve("/new.png", GOOD["png"])})
    assert online.fetch(tile_server.serve(TILE, moved), "png", QUICK).body == GOOD["png"].body


@pytest.mark.parametrize("target", [TILE, "http://[", "ftp://127.0.0.1/1.png"], ids=["itself", "no address", "no web"])
def test_a_move_that_leads_nowhere_is_unreachable(tile_server, assert_for_learners, target):
    url = tile_server.serve(TILE, Reply(b"", "", 302, headers={"Location": target}))
    with pytest.raises(online.Unreachable) as caught:
        online.fetch(url, "png", QUICK)
    assert_for_learners(caught.value)
    assert tile_server.hits[TILE] <= 1 + online.REDIRECTS


def test_an_expired_answer_is_asked_for_anew(tile_server):
    url = tile_server.serve(TILE, GOOD["png"], Reply(png((255, 145, 145, 255))))
    online.fetch(url, "png", QUICK)
    again = online.fetch(url, "png", online.Limits(fresh_days=0))
    assert again.body == png((255, 145, 145, 255))
    assert not again.stale
    assert online.fetch(url, "png", QUICK).body == again.body


@pytest.mark.parametrize("fault", ["500", "html", "truncated", "slow"])
def test_an_expired_answer_is_better_than_a_fault(tile_server, fault):
    url = tile_server.serve(TILE, GOOD["png"], FAULTS[fault])
    first = online.fetch(url, "png", QUICK)
    old = online.Limits(connect=2, read=0.5, deadline=1, retries=0, fresh_days=0)
    again = online.fetch(url, "png", old)
    assert again.stale
    assert again.body == GOOD["png"].body
    assert abs(again.date - first.date) < timedelta(seconds=1)


def test_an_expired_answer_is_given_when_the_server_has_died(tile_server):
    url = tile_server.serve(TILE, GOOD["png"])
    online.fetch(url, "png", QUICK)
    tile_server.close()
    again = online.fetch(url, "png", online.Limits(retries=0, fresh_days=0))
    assert again.stale
    assert again.body == GOOD["png"].body


@pytest.fixture(scope="module")
def watched_sockets():
    """Every use of the network by this process, while `watching` is set (Python's own audit events)."""
    events: list[str] = []
    watching = threading.Event()

    def hook(event: str, args: tuple) -> None:
        if watching.is_set() and event in ("socket.__new__", "socket.connect", "socket.getaddrinfo"):
            events.append(event)

    sys.addaudithook(hook)
    yield watching, events
    watching.clear()


def test_offline_opens_no_socket_and_gives_what_is_kept(tile_server, monkeypatch, watched_sockets, assert_for_learners):
    watching, events = watched_sockets
    kept, unknown = tile_server.serve(TILE, GOOD["png"]), tile_server.serve("/other.png", GOOD["png"])
    watching.set()
    first = online.fetch(kept, "png", QUICK)
    assert events, "the watch does not see the network"
    events.clear()
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    again = online.fetch(kept, "png", QUICK)
    with pytest.raises(online.Offline) as caught:
        online.fetch(unknown, "png", QUICK)
    watching.clear()
    assert not events
    assert tile_server.hits.total() == 1
    assert again.stale
    assert again.body == first.body
    assert abs(again.date - first.date) < timedelta(seconds=1)
    assert_for_learners(caught.value)
    assert "MACHIMAP_OFFLINE" in str(caught.value)


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("0", False), ("", False)])
def test_the_offline_switch(monkeypatch, value, offline):
    monkeypatch.setenv("MACHIMAP_OFFLINE", value)
    assert online.is_offline() is offline


def test_an_answer_is_kept_for_its_own_kind(tile_server):
    url = tile_server.serve("/data", Reply(GEOJSON, "text/plain"), Reply(CSV, "text/plain"))
    assert online.fetch(url, "json", QUICK).body == GEOJSON
    assert online.fetch(url, "csv", QUICK).body == CSV
    assert online.fetch(url, "json", QUICK).body == GEOJSON


@pytest.mark.parametrize(
    "junk", ["", "{", "{}", "[]", '{"status_code": "x"}', '{"status_code": 200, "_content": "AAAA"}']
)
def test_a_damaged_cache_is_asked_for_anew(tile_server, fresh_cache, junk):
    url = tile_server.serve(TILE, GOOD["png"])
    online.fetch(url, "png", QUICK)
    (kept,) = fresh_cache.glob("*.json")
    kept.write_text(junk, encoding="utf-8")
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body
    assert tile_server.hits[TILE] == 2


def test_a_picture_that_rots_in_the_cache_is_asked_for_anew(tile_server, fresh_cache):
    url = tile_server.serve(TILE, GOOD["png"])
    online.fetch(url, "png", QUICK)
    (path,) = fresh_cache.glob("*.json")
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["_content"] = kept["_content"][: len(kept["_content"]) // 8 * 4]
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body
    assert tile_server.hits[TILE] == 2


def test_a_cache_folder_that_cannot_be_made_costs_no_lesson(tile_server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("この名前のファイルがもうある", encoding="utf-8")
    monkeypatch.setenv("MACHIMAP_CACHE", str(tmp_path / "file"))
    url = tile_server.serve(TILE, GOOD["png"])
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body


def test_a_cache_that_cannot_be_written_costs_no_lesson(tile_server, fresh_cache):
    url = tile_server.serve(TILE, GOOD["png"])
    online.fetch(url, "png", QUICK)
    (path,) = fresh_cache.glob("*.json")
    path.unlink()
    path.mkdir()
    assert online.fetch(url, "png", QUICK).body == GOOD["png"].body


def test_what_one_process_keeps_another_one_finds(tile_server, fresh_cache):
    url = tile_server.serve(TILE, GOOD["png"])
    script = f"from machimap import online; print(len(online.fetch({url!r}, 'png').body))"
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(len(GOOD["png"].body))
        assert done.stderr == ""
    assert tile_server.hits[TILE] == 1


def test_many_threads_all_get_their_own_answer(tile_server):
    bodies = {f"/{n}.csv": f"番号\n{n}\n".encode() for n in range(40)}
    urls = {tile_server.serve(path, Reply(body, "text/csv")): body for path, body in bodies.items()}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda url: online.fetch(url, "csv"), list(urls) * 2))
    assert [answer.body for answer in answers] == list(urls.values()) * 2


def test_a_source_is_not_asked_for_everything_at_once(tile_server):
    urls = [tile_server.serve(f"/{n}.png", FAULTS["slow"]) for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(online.fetch, url, "png", online.Limits(retries=0)) for url in urls]
        wait(asked, timeout=1)
        at_once = tile_server.hits.total()
        tile_server.close()
    assert 1 < at_once <= online.PARALLEL
    assert {type(one.exception()) for one in asked} == {online.Unreachable}


def test_a_service_that_listens_but_never_accepts_times_out(fresh_cache, assert_for_learners):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/1.png"
        with pytest.raises(online.TimedOut) as caught:
            online.fetch(url, "png", IMPATIENT)
    assert_for_learners(caught.value)
