"""The kinds of answers: what does not fit at all, when two are the same, and how they differ, in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from machimap.places import Place

_METRE = 1.0


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
    """

    kind: Kind
    expected: Callable[[Place], Any]
    mistakes: tuple[Callable[[Any, Any, Place], str], ...]


def not_called(given: Any) -> str:
    """Tell when a command was named but not run."""
    name = getattr(given, "__name__", "")
    if callable(given) and name and not isinstance(given, type):
        return f"`{name}` は命令の名前だけなので、うしろに `()` を付けて動かしてください。"
    return ""


def _number_misfit(given: Any) -> str:
    if isinstance(given, str):
        return f"「{given[:20]}」は数字ではなく文字なので、引用符を取り、計算した数字を入れてください。"
    if isinstance(given, (bool, np.bool_)):
        return "答えが True か False なので、条件に合うものを `.sum()` で数えてください。"
    if isinstance(given, pd.DataFrame):
        return "答えが表そのものなので、`len(...)` で囲んで行の数にしてください。"
    if isinstance(given, pd.Series):
        if given.dtype == bool:
            return "答えが1行ごとの True と False なので、うしろに `.sum()` を付けて数えてください。"
        return "答えが列ごと・行ごとの数の並びなので、1つの数字にしてください。"
    if isinstance(given, (tuple, list)):
        return f"答えが{len(given)}つの値の並びなので、どれか1つではなく、求める数字を1つだけ入れてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, (Real, np.number)):
        return f"答えが数字ではないので（{type(given).__name__}）、数字を1つ入れてください。"
    return ""


def _number_same(given: Any, expected: Any) -> bool:
    return bool(given == expected)


def _number_difference(given: Any, expected: Any) -> str:
    if not isinstance(given, (Integral, np.integer)):
        return "答えに小数があるので、割り算をせずに、行の数を数えてください。"
    away = int(given) - int(expected)
    return f"教材の答えより{abs(away):,}{'多い' if away > 0 else '少ない'}ので、どの行を数えたかを見直してください。"


def text_misfit(given: Any) -> str:
    if isinstance(given, (list, tuple, pd.Series)):
        return "答えが並び（リスト）なので、`[0]` を付けるなどして、文を1つだけ取り出してください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, str):
        return f"答えが文字ではないので（{type(given).__name__}）、文を1つ入れてください。"
    return ""


def _text_difference(given: Any, expected: Any) -> str:
    if given.strip() == expected.strip():
        return "前後によけいな空白か改行があるので、`.strip()` で取ってください。"
    return "文が教材の答えと違うので、1文字ずつ見比べてください。"


def _texts_misfit(given: Any) -> str:
    if isinstance(given, str):
        return "答えが1つの文字なので、並び（リストか列）のまま入れてください。"
    if isinstance(given, pd.DataFrame):
        return '答えが表そのものなので、`["列の名前"]` で列を1つ選んでください。'
    if not_called(given):
        return not_called(given)
    if not isinstance(given, (list, tuple, pd.Series, np.ndarray, pd.Index)):
        return f"答えが並びではないので（{type(given).__name__}）、リストか列を入れてください。"
    return ""


def _texts_same(given: Any, expected: Any) -> bool:
    return [str(one) for one in given] == [str(one) for one in expected]


def _texts_difference(given: Any, expected: Any) -> str:
    mine, right = [str(one) for one in given], [str(one) for one in expected]
    if len(mine) != len(right):
        return f"並びの数が{len(mine)}で、教材の答えの{len(right)}と違うので、選ぶ条件を見直してください。"
    if sorted(mine) == sorted(right):
        return "中身は合っていて順番だけが違うので、並べかえ方を見直してください。"
    first = next(n for n, (one, other) in enumerate(zip(mine, right, strict=True)) if one != other)
    return f"{first + 1}番目の「{mine[first][:20]}」が教材の答えと違うので、そこを見比べてください。"


def _table_misfit(given: Any) -> str:
    if isinstance(given, pd.Series):
        return "答えが1つの列なので、列ではなく表（行を選んだもの）を入れてください。"
    if isinstance(given, (Integral, np.integer)):
        return "答えが数字なので、数えずに、行を選んだ表をそのまま入れてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, pd.DataFrame):
        return f"答えが表ではないので（{type(given).__name__}）、行を選んだ表を入れてください。"
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
        return "答えが点の列だけなので、`gpd.GeoDataFrame(表, geometry=点の列, crs=...)` の形にしてください。"
    if isinstance(given, pd.DataFrame) and not isinstance(given, gpd.GeoDataFrame):
        return "答えがふつうの表のままなので、`gpd.GeoDataFrame(...)` で点を付けてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, gpd.GeoDataFrame):
        return f"答えが点の表ではないので（{type(given).__name__}）、`gpd.GeoDataFrame(...)` で作ってください。"
    try:
        given.geometry.is_empty.any()
    except AttributeError:
        return "点の列（geometry）がないので、`geometry=gpd.points_from_xy(経度, 緯度)` を加えてください。"
    return ""


def _points_same(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame) -> bool:
    if given.crs != expected.crs or len(given) != len(expected):
        return False
    return bool(np.array_equal(given.get_coordinates().to_numpy(), expected.get_coordinates().to_numpy()))


def _points_difference(given: gpd.GeoDataFrame, expected: gpd.GeoDataFrame) -> str:
    if len(given) != len(expected):
        return f"点の数が{len(given):,}で、表の{len(expected):,}行と違うので、表をそのまま使ってください。"
    return "点の位置が表の緯度・経度と違うので、`points_from_xy(経度, 緯度)` の2つを見直してください。"


def _lengths_misfit(given: Any) -> str:
    if isinstance(given, pd.DataFrame):
        return "答えが表そのものなので、`.distance(...)` が返す、距離の列だけを入れてください。"
    if not_called(given):
        return not_called(given)
    if not isinstance(given, (pd.Series, np.ndarray, list)):
        return f"答えが距離の並びではないので（{type(given).__name__}）、`.distance(...)` の結果を入れてください。"
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
    return "距離が教材の答えと違うので、どこからどこまでを、どの測り方で測ったかを見直してください。"


NUMBER = Kind(_number_misfit, _number_same, _number_difference)
TEXT = Kind(text_misfit, lambda given, expected: given == expected, _text_difference)
TEXTS = Kind(_texts_misfit, _texts_same, _texts_difference)
TABLE = Kind(_table_misfit, _table_same, _table_difference)
POINTS = Kind(_points_misfit, _points_same, _points_difference)
LENGTHS = Kind(_lengths_misfit, _lengths_same, _lengths_difference)
