"""The kinds of answers: what does not fit at all, when two are the same, and how they differ, in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas.array import GeometryArray

from machimap.places import Place

_METRE = 1.0
POINTS_FROM_SITES = 'gpd.points_from_xy(sites["経度"], sites["緯度"])'
_TOGETHER = '前に `gpd.GeoDataFrame(sites, geometry=`、うしろに `, crs="EPSG:6668")` を書き足してください。'
_CALLED = (
    (str, "文字"),
    ((Real, np.number), "数字"),
    (pd.DataFrame, "表"),
    (pd.Series, "1つの列"),
    ((list, tuple, np.ndarray), "値の並び"),
)


@dataclass(frozen=True)
class Kind:
    """How answers of one kind are judged: misfit(given), same(given, expected), difference(given, expected)."""

    misfit: Callable[[Any], str]
    same: Callable[[Any, Any], bool]
    difference: Callable[[Any, Any], str]


@dataclass(frozen=True)
class Answer:
    """What is expected of a task for a place, and the wrong answers known of it.

    mistakes: functions (given, expected, place) → one Japanese sentence, or "" where it is another mistake.
    unfit: the same, for answers that do not fit the kind at all.
    """

    kind: Kind
    expected: Callable[[Place], Any]
    mistakes: tuple[Callable[[Any, Any, Place], str], ...]
    unfit: tuple[Callable[[Any, Any, Place], str], ...] = ()


def not_called(given: Any) -> str:
    """Tell when a command was named but not run."""
    name = getattr(given, "__name__", "")
    if callable(given) and name and not isinstance(given, type):
        return f"`{name}` は命令の名前だけなので、うしろに `()` を付けて動かしてください。"
    return ""


def now(given: Any) -> str:
    """Return in words what an answer is instead, or "" where a learner would not know the word."""
    found = next((word for kind, word in _CALLED if isinstance(given, kind)), "")
    return f"（いまは{found}です）" if found else ""


def is_texts(given: Any) -> bool:
    """Tell whether an answer is one column of texts."""
    return isinstance(given, pd.Series) and pd.api.types.is_string_dtype(given)


def _number_misfit(given: Any) -> str:
    if isinstance(given, str) and given.strip().isdecimal():
        return f"「{given[:20]}」は数字ではなく文字なので、引用符を取り、計算した数字を入れてください。"
    if isinstance(given, str):
        return f"「{given[:20]}」は数字ではなく文字なので、数えるところを書いて、その結果の数字を入れてください。"
    if isinstance(given, (bool, np.bool_)):
        return "答えが True か False なので、条件に合うものを `.sum()` で数えてください。"
    if isinstance(given, pd.DataFrame):
        return "答えが表そのものなので、`len(...)` で囲んで行の数にしてください。"
    if isinstance(given, pd.Series):
        if given.dtype == bool:
            return "答えが1行ごとの True と False なので、うしろに `.sum()` を付けて数えてください。"
        if is_texts(given):
            return "答えが1つの列（文字の並び）なので、`len( )` で囲んで数えてください。"
        return "答えが列ごと・行ごとの数の並びなので、1つの数字にしてください。"
    if isinstance(given, (tuple, list)) and len(given) == 1:
        return "`[ ]` かコンマで数字が並びになっているので、それを取って、数字を1つだけ入れてください。"
    if isinstance(given, (tuple, list)):
        return f"答えが{len(given)}つの値の並びなので、数字を1つだけ入れてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, (Real, np.number)):
        return f"答えが数字ではないので{now(given)}、数字を1つ入れてください。"
    return ""


def _number_same(given: Any, expected: Any) -> bool:
    return bool(given == expected)


def _number_difference(given: Any, expected: Any) -> str:
    if not isinstance(given, (Integral, np.integer)):
        return "答えに小数があるので、割り算をせずに、行の数を数えてください。"
    return f"教材の答えより{'多い' if given > expected else '少ない'}ので、どの行を数えたかを見直してください。"


def text_misfit(given: Any) -> str:
    if isinstance(given, (list, tuple, pd.Series)):
        return "答えが並び（リスト）なので、`[0]` を付けるなどして、文を1つだけ取り出してください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, str):
        return f"答えが文字ではないので{now(given)}、文を1つ入れてください。"
    return ""


def _text_difference(given: Any, expected: Any) -> str:
    if given.strip() == expected.strip():
        return "前後によけいな空白か改行があるので、`.strip()` で取ってください。"
    return "文が教材の答えと違うので、1文字ずつ見比べてください。"


def _texts_misfit(given: Any) -> str:
    if isinstance(given, str):
        return "答えが1つの文字なので、1つだけ取り出さずに、並んだまま入れてください。"
    if isinstance(given, pd.DataFrame):
        return '答えが表そのものなので、`["列の名前"]` で列を1つ選んでください。'
    if not_called(given):
        return not_called(given)
    if not isinstance(given, (list, tuple, pd.Series, np.ndarray, pd.Index)):
        return f"答えが並びではないので{now(given)}、表から列を1つ選んで入れてください。"
    return ""


def _texts_same(given: Any, expected: Any) -> bool:
    return [str(one) for one in given] == [str(one) for one in expected]


def _names_misfit(given: Any) -> str:
    return "" if isinstance(given, (set, frozenset)) else _texts_misfit(given)


def _names_same(given: Any, expected: Any) -> bool:
    return sorted(str(one) for one in given) == sorted(str(one) for one in expected)


def _texts_difference(given: Any, expected: Any) -> str:
    mine, right = [str(one) for one in given], [str(one) for one in expected]
    if len(mine) != len(right):
        return f"並びの数が{len(mine)}で、教材の答えの{len(right)}と違うので、選ぶ条件を見直してください。"
    if sorted(mine) == sorted(right):
        return "中身は合っていて順番だけが違うので、並べかえ方を見直してください。"
    first = next(n for n, (one, other) in enumerate(zip(mine, right, strict=True)) if one != other)
    return f"{first + 1}番目の「{mine[first][:20]}」が教材の答えと違うので、そこを見比べてください。"


def _names_difference(given: Any, expected: Any) -> str:
    other = [str(one) for one in given if str(one) not in expected]
    if other:
        return f"「{other[0][:20]}」は答えに入らないので、選ぶ条件を見直してください。"
    return f"並びの数が{len(given)}で、教材の答えの{len(expected)}と違うので、選ぶ条件を見直してください。"


def _table_misfit(given: Any) -> str:
    if isinstance(given, pd.Series):
        return "答えが1つの列なので、列ではなく表を入れてください。"
    if isinstance(given, (Integral, np.integer)):
        return "答えが数字なので、数えずに、表をそのまま入れてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, pd.DataFrame):
        return f"答えが表ではないので{now(given)}、表を入れてください。"
    return ""


def _table_same(given: pd.DataFrame, expected: pd.DataFrame) -> bool:
    return list(given.columns) == list(expected.columns) and given.reset_index(drop=True).equals(
        expected.reset_index(drop=True)
    )


def _table_difference(given: pd.DataFrame, expected: pd.DataFrame) -> str:
    missing = [str(name) for name in expected.columns if name not in given.columns]
    extra = [str(name) for name in given.columns if name not in expected.columns]
    if missing:
        return f"「{'」「'.join(missing[:3])}」の列がなくなっているので、消してよい列だけを選んでください。"
    if extra:
        return f"「{'」「'.join(extra[:3])}」の列が残っているので、問題に書いてある列をすべて見直してください。"
    if len(given) != len(expected):
        return f"行の数が{len(given):,}で、教材の答えの{len(expected):,}と違うので、選ぶ条件を見直してください。"
    return "行の数は合っていて中身か順番が違うので、選ぶ条件と並べかえを見直してください。"


def _points_misfit(given: Any) -> str:
    if isinstance(given, gpd.GeoSeries):
        return f"答えが点の列だけなので、{_TOGETHER}"
    if isinstance(given, GeometryArray):
        return f"答えが点だけで、表と組になっていないので、{_TOGETHER}"
    if isinstance(given, pd.DataFrame) and not isinstance(given, gpd.GeoDataFrame):
        return "答えがふつうの表のままなので、`gpd.GeoDataFrame(...)` で点を付けてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, gpd.GeoDataFrame):
        return f"答えが点の表ではないので{now(given)}、`gpd.GeoDataFrame(sites, geometry=` から書き始めてください。"
    try:
        given.geometry.is_empty.any()
    except AttributeError:
        return f"点の列（geometry）がないので、`geometry={POINTS_FROM_SITES}` を加えてください。"
    return ""


def _points_same(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame) -> bool:
    if given.crs != expected.crs or len(given) != len(expected) or _lost(given, expected):
        return False
    return bool(np.array_equal(given.get_coordinates().to_numpy(), expected.get_coordinates().to_numpy()))


def _points_difference(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame) -> str:
    if len(given) != len(expected):
        return f"点の数が{len(given):,}で、表の{len(expected):,}行と違うので、表をそのまま使ってください。"
    if _lost(given, expected):
        return f"「{'」「'.join(_lost(given, expected)[:3])}」の列がないので、もとの表の列をすべて残してください。"
    return f"点の位置が表の緯度・経度と違うので、`{POINTS_FROM_SITES}` のように書いてください。"


def _lost(given: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    columns = set(expected.columns) - {expected.geometry.name} - set(given.columns)
    return [name for name in expected.columns if name in columns]


def _lengths_misfit(given: Any) -> str:
    if isinstance(given, pd.DataFrame):
        return "答えが表そのものなので、`.distance(...)` が返す、距離の列だけを入れてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, (pd.Series, np.ndarray, list)):
        return f"答えが距離の並びではないので{now(given)}、`metres.distance(office_m)` の結果を入れてください。"
    try:
        np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return "距離の並びに数字でないものがあるので、`.distance(...)` の結果をそのまま入れてください。"
    return ""


def _lengths_same(given: Any, expected: Any) -> bool:
    mine, right = np.asarray(given, dtype=float), np.asarray(expected, dtype=float)
    return mine.shape == right.shape and bool(np.all(np.abs(mine - right) < _METRE))


def _lengths_difference(given: Any, expected: Any) -> str:
    if len(given) != len(expected):
        return f"距離の数が{len(given):,}で、点の{len(expected):,}と違うので、すべての点から測ってください。"
    if np.allclose(np.sort(np.asarray(given, dtype=float)), np.sort(np.asarray(expected, dtype=float)), atol=_METRE):
        return "中身は合っていて順番だけが違うので、並べかえずに、もとの順のまま入れてください。"
    return "距離が教材の答えと違うので、どこからどこまでを、どの測り方で測ったかを見直してください。"


NUMBER = Kind(_number_misfit, _number_same, _number_difference)
TEXT = Kind(text_misfit, lambda given, expected: given == expected, _text_difference)
TEXTS = Kind(_texts_misfit, _texts_same, _texts_difference)
NAMES = Kind(_names_misfit, _names_same, _names_difference)
TABLE = Kind(_table_misfit, _table_same, _table_difference)
POINTS = Kind(_points_misfit, _points_same, _points_difference)
LENGTHS = Kind(_lengths_misfit, _lengths_same, _lengths_difference)
