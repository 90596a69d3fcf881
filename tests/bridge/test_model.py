"""A generative AI may only propose. The service is a real one on this machine; tables are 架空データ."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from machimap.bridge import propose, target
from machimap.bridge.mapping import carry
from machimap.bridge.model import BASE_URL, KEY, NAME, Model, ModelError, masked, prompt
from machimap.bridge.records import Mapping

SECRET = "sk-0123456789-made-up"
TABLE = pd.DataFrame(
    {
        "名称": ["架空第一小学校", "架空公民館", "架空体育館"],
        "住所": ["架空市本町1-2-3", "架空市本町２－３", "架空市西町4-5"],
        "よびかた": ["カクウダイイチショウガッコウ", "カクウコウミンカン", "カクウタイイクカン"],
        "鍵の管理者": ["山田 太郎", "佐藤 花子", ""],
        "備考": ["収容人数は120人。担当：鈴木 一郎 電話042-000-1111", "収容人数は８０人", "2階以上 a@example.jp"],
    },
    index=pd.RangeIndex(2, 5, name="行"),
    dtype="str",
)


class Chat:
    """A server that speaks the protocol: every POST gets `say`, and what was received is kept."""

    def __init__(self) -> None:
        self.say: Callable[[BaseHTTPRequestHandler], None] = lambda request: None
        self.received: list[tuple[str, dict, dict]] = []
        self.closing = threading.Event()
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                chat.received.append((self.path, dict(self.headers), body))
                with suppress(OSError):
                    chat.say(self)

            def log_message(self, *args: object) -> None:
                """The tests look at `received`."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def answers(self, content: object, status: int = 200) -> None:
        said = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        body = json.dumps({"choices": [{"message": {"role": "assistant", "content": said}}]}).encode()
        self.sends(body, status)

    def sends(self, body: bytes, status: int = 200) -> None:
        def reply(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        self.say = reply

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def chat(fresh_cache, monkeypatch) -> Iterator[Chat]:
    server = Chat()
    monkeypatch.setenv(BASE_URL, server.url)
    monkeypatch.setenv(NAME, "架空モデル")
    monkeypatch.setenv(KEY, SECRET)
    yield server
    server.close()


@pytest.fixture
def mapping() -> Mapping:
    """The rules' mapping, in which 「よびかた」 is left over (the values alone would tell)."""
    known = propose(TABLE, target())
    kept = tuple(match for match in known.matches if match.source != "よびかた")
    return Mapping(kept, tuple(name for name in TABLE.columns if name not in {match.source for match in kept}))


def ask(mapping: Mapping, **limits: float):
    model = Model.from_environment()
    return Model(model.base_url, model.name, **limits).propose(TABLE, mapping, target())


def test_a_proposal_is_the_models_and_below_the_line_that_needs_no_tick(chat, mapping):
    before = mapping.matches
    chat.answers({"columns": [{"source": "よびかた", "target": "名称_カナ", "reason": "よみがなに見える"}]})
    answer = ask(mapping)
    (match,) = answer.matches
    assert (match.source, match.target, match.by) == ("よびかた", "名称_カナ", "生成AI")
    assert match.confidence < 0.9
    assert "よみがなに見える" in match.evidence
    assert answer.fault == ""
    assert mapping.matches == before


def test_what_is_shown_is_all_that_leaves_the_building(chat, mapping):
    chat.answers({"columns": []})
    shown = prompt(TABLE, mapping, target())
    answer = ask(mapping)
    ((path, headers, body),) = chat.received
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert body["messages"] == [{"role": "user", "content": shown}]
    assert set(body) == {"model", "temperature", "messages"}
    assert answer.prompt == shown
    for secret in ("山田", "太郎", "佐藤", "花子", "鈴木", "一郎", "042", "1111", "120", "８０", "example", SECRET):
        assert secret not in shown
    for head in TABLE.columns:
        assert head in shown


def test_a_column_that_serves_several_of_the_standard_is_told_with_all_of_them():
    table = pd.DataFrame({"名称": ["架空の公園", "架空の広場"], "対象災害": ["洪水、地震", "地震"]}, dtype="str")
    proposed = propose(table, target())
    shown = json.loads(prompt(table, proposed, target()).split("\n", 5)[5])
    assert shown["対応ずみの列"]["対象災害"] == "災害種別_洪水、災害種別_地震"


def test_at_most_five_rows_leave_the_building(mapping):
    many = pd.DataFrame(
        {"名称": [f"架空の施設{n:03}館" for n in range(200)], "なぞ": [f"な{n}" for n in range(200)]}, dtype="str"
    )
    shown = json.loads(prompt(many, propose(many, target()), target()).split("\n", 5)[5])
    assert len(shown["見本"]) == 5
    assert {row["名称"] for row in shown["見本"]} == {"架空の施設000館"}


@pytest.mark.parametrize(
    ("cell", "head", "expected"),
    [
        ("042-000-1111", "備考", "＊"),
        ("山田太郎", "備考", "＊"),
        ("ヤマダ タロウ", "なぞ", "＊"),
        ("何でも", "責任者", "＊"),
        ("八王子市", "なぞ", "八王子市"),
        ("洪水、地震", "なぞ", "洪水、地震"),
        ("第一小学校", "なぞ", "第一小学校"),
        ("元本郷町３丁目２４−１", "住所", "元本郷町0丁目00−0"),
        ("", "なぞ", ""),
    ],
)
def test_digits_and_people_are_masked(cell, head, expected):
    assert masked(cell, head) == expected


def test_a_capacity_in_a_text_is_taken_out_here_not_there(chat, mapping):
    chat.answers({"columns": [], "capacity": [{"source": "備考", "before": "収容人数は", "after": "人"}]})
    (match,) = ask(mapping).matches
    assert (match.target, match.source, match.by) == ("想定収容人数", "備考", "生成AI")
    ticked = Mapping((*mapping.matches, match), mapping.unmapped)
    applied = carry(TABLE, ticked, target())
    assert list(applied.mapped["想定収容人数"]) == ["120", "８０", ""]
    assert list(applied.mapped["備考"]) == list(TABLE["備考"])
    assert set(applied.changes["行"]) == {2, 3}


LIES = {
    "an unknown column": {"columns": [{"source": "ない列", "target": "名称_カナ"}]},
    "an unknown target": {"columns": [{"source": "よびかた", "target": "ない列"}]},
    "a column that is taken": {"columns": [{"source": "名称", "target": "名称_カナ"}]},
    "a target that is taken": {"columns": [{"source": "よびかた", "target": "名称"}]},
    "values that do not fit": {"columns": [{"source": "よびかた", "target": "緯度"}]},
    "a flag of a hazard": {"columns": [{"source": "よびかた", "target": "災害種別_洪水"}]},
    "numbers for words": {"columns": [{"source": 1, "target": ["名称_カナ"]}]},
    "no entries": {"columns": ["よびかた", None, 3]},
    "a capacity nobody wrote": {"capacity": [{"source": "備考", "before": "定員", "after": "名"}]},
    "a capacity of anything": {"capacity": [{"source": "備考", "before": "", "after": ""}]},
    "a capacity of a pattern": {"capacity": [{"source": "備考", "before": ".*", "after": ".*"}]},
    "a capacity of no column": {"capacity": [{"source": "ない列", "before": "収容人数は", "after": "人"}]},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_in_words(chat, mapping, lie):
    chat.answers(LIES[lie])
    answer = ask(mapping)
    assert answer.matches == ()
    assert answer.refused
    assert all(text.startswith("提案を使わない：") for text in answer.refused)


def test_the_same_column_twice_counts_once(chat, mapping):
    entry = {"source": "よびかた", "target": "名称_カナ"}
    chat.answers({"columns": [entry, entry, {"source": "よびかた", "target": "名称_英字"}]})
    answer = ask(mapping)
    assert len(answer.matches) == 1
    assert len(answer.refused) == 2


def test_an_answer_in_a_fence_is_read(chat, mapping):
    chat.answers('```json\n{"columns": [{"source": "よびかた", "target": "名称_カナ"}]}\n```')
    assert len(ask(mapping).matches) == 1


BROKEN = {
    "no json": b"<html>\xe3\x81\x82",
    "cut json": b'{"choices": [{"message": {"content": "{\\"columns\\": ["}}',
    "another shape": b'{"result": 1}',
    "a list": b"[1, 2]",
    "no bytes": b"",
    "not utf-8": b"\xff\xfe\xfa",
    "columns that are no list": json.dumps({"choices": [{"message": {"content": '{"columns": "all"}'}}]}).encode(),
    "content that is null": json.dumps({"choices": [{"message": {"content": None}}]}).encode(),
    "an endless answer": b'{"choices": "' + b"a" * 1_200_000 + b'"}',
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_answer_is_one_sentence_and_no_proposal(chat, mapping, broken, assert_one_way_on):
    chat.sends(BROKEN[broken])
    assert_one_way_on(ask(mapping))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503])
def test_an_error_status_is_one_sentence_and_the_key_stays_secret(chat, mapping, status, assert_one_way_on):
    chat.sends(f"key {SECRET}".encode(), status)
    answer = ask(mapping)
    assert_one_way_on(answer)
    assert len(chat.received) == 1


@pytest.fixture
def assert_one_way_on(chat) -> Callable:
    def check(answer) -> None:
        assert answer.matches == ()
        assert answer.fault.endswith("てください）。")
        assert answer.fault.count("。") == 1
        assert SECRET not in answer.fault + repr(answer)

    return check


def test_a_service_that_stalls_is_given_up(chat, mapping, assert_one_way_on):
    chat.say = lambda request: chat.closing.wait(20)
    began = time.monotonic()
    answer = ask(mapping, read_limit=0.5)
    assert time.monotonic() - began < 10
    assert_one_way_on(answer)
    assert "時間内に" in answer.fault


def test_a_service_that_drips_is_given_up(chat, mapping, assert_one_way_on):
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        while not chat.closing.wait(0.05):
            request.wfile.write(b"a")
            request.wfile.flush()

    chat.say = drip
    began = time.monotonic()
    answer = ask(mapping, deadline=1.0)
    assert time.monotonic() - began < 10
    assert_one_way_on(answer)
    assert "時間内に" in answer.fault


def test_a_service_that_is_not_there_is_one_sentence(chat, mapping, assert_one_way_on):
    chat.close()
    assert_one_way_on(ask(mapping))


def test_offline_nothing_is_sent(chat, mapping, monkeypatch, assert_one_way_on):
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    assert_one_way_on(ask(mapping))
    assert chat.received == []


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1/v1", "http://api.example.com/v1", "https://user:pw@127.0.0.1/", "x"]
)
def test_an_address_that_is_not_safe_is_refused_before_anything_is_sent(monkeypatch, url, assert_one_sentence):
    monkeypatch.setenv(BASE_URL, url)
    monkeypatch.setenv(NAME, "架空モデル")
    with pytest.raises(ModelError) as caught:
        Model.from_environment()
    assert_one_sentence(caught.value)


def test_the_key_is_kept_nowhere(chat):
    assert SECRET not in repr(Model.from_environment())
    assert SECRET not in str(vars(Model.from_environment()))
