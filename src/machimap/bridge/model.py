"""An optional generative AI that may only propose: off by default, shown before it is sent, checked when it answers."""

from __future__ import annotations

import ipaddress
import json
import os
import queue
import re
import threading
import time
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd
import requests

from machimap import online
from machimap.bridge.mapping.applying import NUMBER_HERE, number_pattern
from machimap.bridge.mapping.hazards import named
from machimap.bridge.mapping.values import LOOKS, fits, municipality_names, prefecture_names, profile
from machimap.bridge.mapping.vocabulary import speaks_of_persons, vocabulary
from machimap.bridge.persons import HIDDEN, hidden
from machimap.bridge.records import BridgeError, Mapping, Match
from machimap.bridge.targets import Target

BY = "生成AI"
BASE_URL, NAME, KEY = "MACHIMAP_LLM_BASE_URL", "MACHIMAP_LLM_MODEL", "MACHIMAP_LLM_API_KEY"
SAMPLE_ROWS = 5
CONFIDENCE = 0.5
CAPACITY = "想定収容人数"
_CONNECT, _READ, _DEADLINE = 5.0, 30.0, 60.0
_MAX_BYTES = 1_000_000
_LONGEST_CELL = 40
_LONGEST_REASON = 80
_LONGEST_HALF = 20
_FITTING = 0.5
_GO_ON = "ので、生成AIなしで進めます（手で列を対応させてください）。"
_ASK = """\
あなたは、自治体の表の列を、標準の列に対応させる手伝いをします。下のJSONは、表の列の名前と、数字を0に、人の名前らしいところを＊に置きかえた見本です。
「残りの列」の列が「空いている標準の列」のどれかにあたるときだけ、提案してください。あたらない列は書かないでください。
備考のような文の中に収容人数が書かれているときは、数字の前と後の文字を capacity に書いてください。
答えは、次の形のJSONだけにしてください。
{"columns": [{"source": "残りの列の名前", "target": "標準の列の名前", "reason": "わけ"}], "capacity": [{"source": "列の名前", "before": "数字の前の文字", "after": "数字の後の文字"}]}
"""
_EMAIL_OR_PHONE = ("email", "phone")
_PERSON = re.compile(
    r"[一-鿿々]{1,4}[\s　・][一-鿿々ぁ-んァ-ヶ]{1,6}|[一-鿿々ヶ]{2,5}(?:氏|様|さん)?|[ァ-ヶー]{2,6}[\s　][ァ-ヶー]{2,6}"
)
_PERSON_IN_TEXT = re.compile(r"[一-鿿々]{1,8}(?=氏|様|さん)|(?<=[:：])[一-鿿々]{1,4}[\s　][一-鿿々]{1,4}")


class ModelError(BridgeError):
    """The generative AI is not set up, or gave no usable answer."""


@dataclass(frozen=True)
class Answer:
    """What came of asking: matches (proposals, by 生成AI), refused (sentences on what was not taken), prompt, model.

    fault: why there was no usable answer, in one sentence; "" when there was one.
    """

    matches: tuple[Match, ...]
    refused: tuple[str, ...]
    prompt: str
    model: str
    fault: str = ""


@dataclass(frozen=True)
class Model:
    """An OpenAI-compatible endpoint. The key is read from the environment when it is needed and kept nowhere."""

    base_url: str
    name: str
    read_limit: float = _READ
    deadline: float = _DEADLINE

    @classmethod
    def from_environment(cls) -> Model:
        """Return the model that MACHIMAP_LLM_BASE_URL and MACHIMAP_LLM_MODEL name; raises ModelError without them."""
        base_url, name = os.environ.get(BASE_URL, "").strip(), os.environ.get(NAME, "").strip()
        if not base_url or not name:
            raise ModelError(
                f"生成AIを使うには、環境変数 {BASE_URL} と {NAME} に、使うサービスの住所と名前を入れてください。"
            )
        _checked_address(base_url)
        return cls(base_url.rstrip("/"), name)

    def propose(self, table: pd.DataFrame, mapping: Mapping, target: Target) -> Answer:
        """Ask for proposals. Nothing is applied; a fault of the service never stops the crossing (`Answer.fault`)."""
        text = prompt(table, mapping, target)
        try:
            said = self._ask(text)
            columns, capacity = _parsed(said)
        except ModelError as error:
            return Answer((), (str(error),), text, self.name, str(error))
        matches, refused = _checked_columns(columns, table, mapping, target)
        extracted, more = _checked_capacity(capacity, table, mapping, target, {match.target for match in matches})
        return Answer((*matches, *extracted), (*refused, *more), text, self.name)

    def _ask(self, text: str) -> str:
        if online.is_offline():
            raise ModelError(f"通信しない設定（MACHIMAP_OFFLINE=1）な{_GO_ON}")
        _checked_address(self.base_url)
        key = os.environ.get(KEY, "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = {"model": self.name, "temperature": 0, "messages": [{"role": "user", "content": text}]}
        answers: queue.SimpleQueue[str | Exception] = queue.SimpleQueue()
        # A service that drips its answer byte by byte never runs into a read limit, so the whole is watched from outside.
        threading.Thread(target=self._post, args=(body, headers, answers), daemon=True).start()
        try:
            said = answers.get(timeout=self.deadline)
        except queue.Empty as error:
            raise ModelError(f"生成AIのサービスが時間内に答えなかった{_GO_ON}") from error
        if isinstance(said, ModelError):
            raise said
        if isinstance(said, requests.Timeout):
            raise ModelError(f"生成AIのサービスが時間内に答えなかった{_GO_ON}") from said
        if isinstance(said, Exception):
            raise ModelError(f"生成AIのサービスにつながらない{_GO_ON}") from said
        return said

    def _post(self, body: dict, headers: dict[str, str], answers: queue.SimpleQueue[str | Exception]) -> None:
        try:
            with requests.post(
                f"{self.base_url}/chat/completions",
                json=body,
                headers=headers,
                timeout=(_CONNECT, self.read_limit),
                stream=True,
                allow_redirects=False,
            ) as reply:
                _checked_status(reply.status_code)
                answers.put(_received(reply, time.monotonic() + self.deadline))
        except Exception as error:
            answers.put(error)


def prompt(table: pd.DataFrame, mapping: Mapping, target: Target) -> str:
    """Return exactly the text that `Model.propose` sends: heads and at most 5 masked sample rows, nothing else.

    Digits become 0; cells that may name a person, columns whose heads speak of people, telephone numbers and mail
    addresses become ＊.
    """
    data = {
        "空いている標準の列": _free(mapping, target),
        "残りの列": list(mapping.unmapped),
        "対応ずみの列": _used(mapping),
        "見本": _samples(table),
    }
    return _ASK + json.dumps(data, ensure_ascii=False, indent=1)


def _used(mapping: Mapping) -> dict[str, str]:
    used: dict[str, list[str]] = {}
    for match in mapping.matches:
        if match.source:
            used.setdefault(match.source, []).append(match.target)
    return {source: "、".join(targets) for source, targets in used.items()}


def masked(cell: str, head: str) -> str:
    """Return a cell as it may leave the building."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", cell)).strip()
    if not text:
        return ""
    if (
        speaks_of_persons(head)
        or any(LOOKS[look](text.casefold()) for look in _EMAIL_OR_PHONE)
        or _names_a_person(text)
    ):
        return "＊"
    text = _PERSON_IN_TEXT.sub(HIDDEN, hidden(text))
    text = re.sub(r"[^@\s]+@[^@\s]+", "＊", text)
    return re.sub(r"\d", "0", text)[:_LONGEST_CELL]


def _names_a_person(text: str) -> bool:
    if not _PERSON.fullmatch(text):
        return False
    known = text in municipality_names() or text in prefecture_names() or bool(named(text).hazards)
    return not known and not LOOKS["sure_name"](text.casefold())


def _samples(table: pd.DataFrame) -> list[dict[str, str]]:
    """Return the fullest rows of the first thousand, masked."""
    first = table.head(1000)
    filled = (first != "").sum(axis=1).sort_values(ascending=False, kind="stable").index[:SAMPLE_ROWS]
    return [
        {str(head): masked(str(cell), str(head)) for head, cell in table.loc[row].items()} for row in sorted(filled)
    ]


def _free(mapping: Mapping, target: Target) -> list[str]:
    """Return the columns of the target without source; flags of hazards are for people to decide."""
    taken = {match.target for match in mapping.matches} | set(mapping.declined)
    return [name for name in target.names if name not in taken and not vocabulary().hazard(name)]


def _checked_address(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ModelError(f"{BASE_URL} が https:// から始まる住所ではないので、書き直してください。")
    if parts.scheme == "http" and not _is_near(parts.hostname):
        raise ModelError(f"{BASE_URL} が暗号化されない http:// なので、https:// の住所に書き直してください。")


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def _checked_status(status: int) -> None:
    if status in (401, 403):
        raise ModelError(f"生成AIのサービスが鍵（{KEY}）を受け付けなかった{_GO_ON}")
    if status == 429:
        raise ModelError(f"生成AIのサービスが混んでいる{_GO_ON}")
    if status != 200:
        raise ModelError(f"生成AIのサービスが失敗を返した（{status}）{_GO_ON}")


def _received(reply: requests.Response, until: float) -> str:
    body = bytearray()
    for piece in reply.iter_content(8192):
        body += piece
        if time.monotonic() > until:
            raise requests.Timeout
        if len(body) > _MAX_BYTES:
            raise ModelError(f"生成AIの答えが長すぎる{_GO_ON}")
    return body.decode("utf-8")


def _parsed(body: str) -> tuple[list, list]:
    """Return the proposals of a reply of the protocol, whatever shape they have inside the two lists."""
    try:
        said = json.loads(body)["choices"][0]["message"]["content"]
        data = json.loads(re.sub(r"^\s*```(?:json)?|```\s*$", "", said))
        columns, capacity = data.get("columns", []), data.get("capacity", [])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"生成AIの答えが読めない形だった{_GO_ON}") from error
    if not isinstance(columns, list) or not isinstance(capacity, list):
        raise ModelError(f"生成AIの答えが読めない形だった{_GO_ON}")
    return columns[:200], capacity[:20]


def _checked_columns(
    columns: list, table: pd.DataFrame, mapping: Mapping, target: Target
) -> tuple[list[Match], list[str]]:
    free, left = set(_free(mapping, target)), set(mapping.unmapped)
    matches, refused = [], []
    for entry in columns:
        source, goal, reason = (_word(entry, name) for name in ("source", "target", "reason"))
        why = ""
        if source not in left:
            why = f"「{source[:_LONGEST_CELL]}」は残りの列にない"
        elif goal not in free:
            why = f"「{goal[:_LONGEST_CELL]}」は空いている標準の列にない"
        elif fits(profile(table[source]), vocabulary().look(goal)) < _FITTING:
            why = f"「{source}」の値が「{goal}」に合わない"
        if why:
            refused.append(f"提案を使わない：{why}。")
            continue
        free.remove(goal)
        left.remove(source)
        told = f"生成AIの提案：{_shortened(reason)}"
        matches.append(Match(goal, source, confidence=CONFIDENCE, evidence=told, by=BY))
    return matches, refused


def _checked_capacity(
    capacity: list, table: pd.DataFrame, mapping: Mapping, target: Target, taken: set[str]
) -> tuple[list[Match], list[str]]:
    """Return at most one way of taking the capacity out of a text; the numbers themselves never leave the building."""
    refused = []
    taken = taken | {match.target for match in mapping.matches}
    for entry in capacity:
        source, before, after = (_word(entry, name) for name in ("source", "before", "after"))
        why = ""
        if CAPACITY not in target.names or CAPACITY in taken:
            why = f"「{CAPACITY}」は空いていない"
        elif source not in table.columns:
            why = f"「{source[:_LONGEST_CELL]}」という列はない"
        elif not before + after or max(len(before), len(after)) > _LONGEST_HALF or NUMBER_HERE in before + after:
            why = "数字の前と後の文字が書かれていない"
        else:
            pick = before + NUMBER_HERE + after
            hits = sum(bool(number_pattern(pick).search(cell)) for cell in table[source])
            if hits:
                told = f"生成AIの提案：{hits}行に「{before}数字{after}」と書かれている"
                return [Match(CAPACITY, source, pick=pick, confidence=CONFIDENCE, evidence=told, by=BY)], refused
            why = f"「{before}数字{after}」と書かれた行がない"
        refused.append(f"提案を使わない：{why}。")
    return [], refused


def _word(entry: object, name: str) -> str:
    value = entry.get(name, "") if isinstance(entry, dict) else ""
    return value if isinstance(value, str) else ""


def _shortened(reason: str) -> str:
    return re.sub(r"[\s\x00-\x1f]+", " ", reason).strip()[:_LONGEST_REASON] or "わけは書かれていない"
