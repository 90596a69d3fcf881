"""What the exercise of lesson 10 expects, and the wrong answers known of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from machimap import bridge
from machimap.bridge.filling import FROM_LIST
from machimap.bridge.mapping import SURE
from machimap.course.tasks import messy
from machimap.course.tasks.kinds import NAMES, NUMBER, TABLE, TEXTS, Answer
from machimap.places import Place


@cache
def done(place: Place) -> bridge.Bridged:
    """Return the messy list of a place, taken across as the exercise does it."""
    return bridge.convert(messy.messy_list(place), name="練習の表.xlsx", place=place)


@cache
def again(place: Place) -> bridge.Bridged:
    """Return next year's list, taken across with this year's recipe."""
    body = messy.messy_list(place, next_year=True)
    return bridge.convert(body, name="来年の表.xlsx", recipe=done(place).recipe, place=place)


def _whole(part: str, what: str) -> Callable[[Any, Any, Place], str]:
    """Return what recognises the whole result of `bridge.convert` where a part of it was asked for."""

    def told(given: Any, expected: Any, place: Place) -> str:
        if isinstance(given, bridge.Bridged):
            return f"答えが変換した結果の全部なので、うしろに `{part}` を付け、{what}ください。"
        return ""

    return told


def _number_given(what: str) -> Callable[[Any, Any, Place], str]:
    """Return what recognises a number where several texts were asked for."""

    def told(given: Any, expected: Any, place: Place) -> str:
        return f"答えが数字なので、数えずに、{what}を並べてください。" if isinstance(given, (Real, np.number)) else ""

    return told


def _aside(place: Place) -> int:
    return len(done(place).aside)


def _counted_kept(given: Any, expected: int, place: Place) -> str:
    kept = len(done(place).table)
    return f"{kept}は使った行の数なので、`done.aside` の行を数えてください。" if given == kept else ""


def _counted_in(given: Any, expected: int, place: Place) -> str:
    rows = done(place).reading.rows_in
    return f"{rows}は読んだ行の全部なので、`done.aside` の行だけを数えてください。" if given == rows else ""


def _counted_when_reading(given: Any, expected: int, place: Place) -> str:
    if given == len(done(place).reading.aside):
        return "それは読み取りのときに取り分けた行だけなので、`done.reading.aside` ではなく `done.aside` を数えてください。"
    return ""


def _counted_checks(given: Any, expected: int, place: Place) -> str:
    if given == len(done(place).checks):
        return "それは要確認の数で、取り分けた行ではないので、`done.aside` の行を数えてください。"
    return ""


def _counted_aside_columns(given: Any, expected: int, place: Place) -> str:
    if given == done(place).aside.size:
        return f"{given}はマスの数（行×列）なので、`len(done.aside)` で行の数を数えてください。"
    return ""


def _doubtful(place: Place) -> list[str]:
    return [match.target for match in done(place).mapping.matches if match.confidence < SURE]


def _sure_ones(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == [match.target for match in done(place).mapping.matches if match.confidence >= SURE]:
        return "それは確からしいほうの列なので、`>=` や `>` を `<` に直してください。"
    return ""


def _all_matches(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == [match.target for match in done(place).mapping.matches]:
        return "対応した列が全部入っているので、`if match.confidence < 0.9` を付けて選んでください。"
    return ""


def _sources(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == [match.source for match in done(place).mapping.matches if match.confidence < SURE]:
        return "それは「もとの列」の名前なので、`match.source` を `match.target` に直してください。"
    return ""


def _matches_themselves(given: Any, expected: list[str], place: Place) -> str:
    if any(isinstance(one, bridge.Match) for one in given):
        return "対応そのものが並んでいるので、`match` を `match.target` に直して、名前だけにしてください。"
    return ""


def _confidences(given: Any, expected: list[str], place: Place) -> str:
    if len(given) and all(isinstance(one, (Real, np.number)) for one in given):
        return "確信度の数字が並んでいるので、並べるほうの `match.confidence` を `match.target` に直してください。"
    return ""


def _joined(given: Any, expected: list[str], place: Place) -> str:
    if isinstance(given, str) and any(mark in given for mark in "、，,・ "):
        return '名前が1つの文字につながっているので、`["…", "…"]` のように、1つずつ引用符で囲んで並べてください。'
    return ""


def _mapping_given(given: Any, expected: list[str], place: Place) -> str:
    if isinstance(given, bridge.Mapping):
        return "答えが対応の全部なので、`.matches` の1つずつから、確信度の低いものの `match.target` を並べてください。"
    return ""


def _left_over(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == list(done(place).mapping.unmapped):
        return "それは標準に入らずに残った列なので、`done.mapping.matches` から選んでください。"
    return ""


def _filled(place: Place) -> pd.DataFrame:
    changes = done(place).changes
    return changes[(changes["規則"] == FROM_LIST) & (changes["列"] == "緯度")]


def _is(given: pd.DataFrame, rows: pd.Series, place: Place) -> bool:
    return given.index.equals(done(place).changes[rows].index)


def _both_columns(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if _is(given, done(place).changes["規則"] == FROM_LIST, place):
        return '経度の行も入っているので、`done.changes["列"] == "緯度"` を `&` でつないでください。'
    return ""


def _every_latitude(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if _is(given, done(place).changes["列"] == "緯度", place):
        return "入れ替わりを直した行も入っているので、規則が「緯度経度を国の一覧から補う」の行だけを選んでください。"
    return ""


def _longitudes(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    changes = done(place).changes
    if _is(given, (changes["規則"] == FROM_LIST) & (changes["列"] == "経度"), place):
        return 'それは経度の行なので、`"経度"` を `"緯度"` に直してください。'
    return ""


def _only_condition(given: Any, expected: pd.DataFrame, place: Place) -> str:
    if isinstance(given, (pd.Series, np.ndarray)) and given.dtype == bool:
        return "それは条件（行ごとの True と False）だけなので、`done.changes[ ]` の中に入れて、行を選んでください。"
    return ""


def _either(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    changes = done(place).changes
    if _is(given, (changes["規則"] == FROM_LIST) | (changes["列"] == "緯度"), place):
        return "どちらか片方に合う行も入っているので、`|`（または）を `&`（かつ）に直してください。"
    return ""


def _whole_rows(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if len(given.columns) and set(given.columns) <= set(done(place).table.columns):
        return "それはできた一覧の行なので、変えたところの表 `done.changes` から選んでください。"
    return ""


def _one_column(given: Any, expected: pd.DataFrame, place: Place) -> str:
    if isinstance(given, pd.Series) and given.dtype != bool:
        return "答えが1つの列だけなので、変えたところの表 `done.changes` から、条件に合う行を選んでください。"
    return ""


def _nothing_chosen(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if given.empty:
        return "1行も選ばれていないので、規則と列の名前を、1文字ずつ見比べてください。"
    return ""


def _differences(place: Place) -> list[str]:
    return [told.text for told in again(place).differences]


def _none(given: Any, expected: list[str], place: Place) -> str:
    if not len(given):
        return "1つも入っていないので、`recipe=recipe` を付けて変換してから、`.differences` を見てください。"
    return ""


def _checks_given(given: Any, expected: list[str], place: Place) -> str:
    if isinstance(given, pd.DataFrame) and "問題" in given.columns:
        return "それは要確認の表なので、`.checks` ではなく `.differences` の1つずつから `text` を並べてください。"
    if isinstance(given, pd.DataFrame):
        return "答えが表そのものなので、`.differences` の1つずつから `text` を並べてください。"
    return ""


def _objects(given: Any, expected: list[str], place: Place) -> str:
    if any(isinstance(one, type(again(place).differences[0])) for one in given):
        return "ちがいそのものが並んでいるので、`told` を `told.text` に直して、文だけにしてください。"
    return ""


def _kinds(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == [told.kind for told in again(place).differences]:
        return "それはちがいの種類なので、`told.kind` を `told.text` に直してください。"
    return ""


def _only_columns(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == [told.column for told in again(place).differences]:
        return "それは列の名前だけなので、`told.column` を `told.text` に直してください。"
    return ""


ANSWERS = {
    "10-1": Answer(
        NUMBER,
        _aside,
        (_counted_kept, _counted_in, _counted_when_reading, _counted_checks, _counted_aside_columns),
        (_whole(".aside", "その行を `len( )` で数えて"),),
    ),
    "10-2": Answer(
        NAMES,
        _doubtful,
        (_matches_themselves, _confidences, _sure_ones, _all_matches, _sources, _left_over),
        (
            _whole(".mapping.matches", "その1つずつから名前を選んで"),
            _mapping_given,
            _number_given("標準の列の名前"),
            _joined,
        ),
    ),
    "10-3": Answer(
        TABLE,
        _filled,
        (_nothing_chosen, _whole_rows, _longitudes, _both_columns, _every_latitude, _either),
        (_whole(".changes", "その中から行を選んで"), _only_condition, _one_column),
    ),
    "10-4": Answer(
        TEXTS,
        _differences,
        (_none, _objects, _kinds, _only_columns),
        (_whole(".differences", "その1つずつの `text` を並べて"), _checks_given, _number_given("変わったところの文")),
    ),
}
