"""What the exercise of lesson 01 expects, and the wrong answers known of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from machimap import datasets
from machimap.course.tasks import material
from machimap.course.tasks.kinds import NUMBER, TABLE, TEXTS, Answer, is_texts
from machimap.places import Place

SHOWN = 3
_COUNT_ONES = '`(sites[column] == "1").sum()` の形で、"1" の行を数えてください。'


def _count(place: Place) -> int:
    return len(material.sites(place))


def _counted_columns(given: Any, expected: int, place: Place) -> str:
    columns = len(material.sites(place).columns)
    return f"{columns}は列の数なので、`len(sites)` で行の数を数えてください。" if given == columns else ""


def _counted_cells(given: Any, expected: int, place: Place) -> str:
    cells = material.sites(place).size
    return f"{cells:,}はマスの数（行×列）なので、`len(sites)` で行の数を数えてください。" if given == cells else ""


def _counted_shelters(given: Any, expected: int, place: Place) -> str:
    others = len(datasets.shelters(place, material.SHELTERS))
    return f"{others}は指定避難所の数なので、指定緊急避難場所の表を数えてください。" if given == others else ""


def _counted_from_zero(given: Any, expected: int, place: Place) -> str:
    return "1つ少ないのは最後の行の番号（0から始まる）なので、行の数を数えてください。" if given == expected - 1 else ""


def _counted_header(given: Any, expected: int, place: Place) -> str:
    return "1つ多いので、見出しの行も数えていないか見直してください。" if given == expected + 1 else ""


def _counted_letters(given: Any, expected: int, place: Place) -> str:
    if given == len("sites"):
        return f'{given}は "sites" という文字の数と同じなので、`len(sites)` のように引用符を取ってください。'
    return ""


def _counted_shown(given: Any, expected: int, place: Place) -> str:
    if given == SHOWN:
        return f"見えているのは最初の{SHOWN}行だけなので、表全体を `len(sites)` で数えてください。"
    return ""


def _designated(place: Place) -> int:
    return int((material.sites(place)[material.hazard_column(place)] == "1").sum())


def _text_or_column(given: Any, expected: int, place: Place) -> str:
    if isinstance(given, str):
        return f"数字ではなく文字なので（「{given[:20]}」）、{_COUNT_ONES}"
    return f"答えが列そのものなので、{_COUNT_ONES}" if is_texts(given) else ""


def _compared_with_number(given: Any, expected: int, place: Place) -> str:
    if given == 0:
        return '0になるのは `== 1` と比べたときで、この列の 1 は文字なので、`== "1"` と比べてください。'
    return ""


def _counted_name(given: Any, expected: int, place: Place) -> str:
    if given == len(material.hazard_column(place)):
        return f"{given}は列の名前の文字の数と同じなので、{_COUNT_ONES}"
    return ""


def _counted_everything(given: Any, expected: int, place: Place) -> str:
    if given == len(material.sites(place)):
        return 'それは空のマスも含めた全部の行の数なので、`== "1"` を付けて、"1" の行だけを数えてください。'
    return ""


def _counted_undesignated(given: Any, expected: int, place: Place) -> str:
    if given == len(material.sites(place)) - expected:
        return 'それは指定されて「いない」場所の数なので、列が "1" の行のほうを数えてください。'
    return ""


def _counted_other_hazard(given: Any, expected: int, place: Place) -> str:
    sites, right = material.sites(place), material.hazard_column(place)
    for column in sites.columns:
        if column.startswith("災害種別_") and column != right and given == int((sites[column] == "1").sum()):
            return f"それは「{column}」の数なので、`sites[column]` で「{right}」の列を使ってください。"
    return ""


def _widths(place: Place) -> list[str]:
    return material.handover(place)["所在地"].str.normalize("NFKC").tolist()


def _untouched(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == material.handover(place)["所在地"].tolist():
        return 'まだ全角の数字が残っているので、`.str.normalize("NFKC")` で幅をそろえてください。'
    return ""


def _only_the_first(given: Any, expected: list[str], place: Place) -> str:
    raw = material.handover(place)["所在地"].tolist()
    if len(given) < len(raw) and list(given) in (raw[: len(given)], expected[: len(given)]):
        return f"並びの数が{len(given)}で、はじめの行だけなので、`.head()` などを取って、列を丸ごと入れてください。"
    return ""


def _one_of_the_column(given: Any, expected: list[str], place: Place) -> str:
    if isinstance(given, str):
        return '答えが1つの文字なので、表から列を1つ、`city["所在地"]` のように取り出して、幅をそろえてください。'
    return ""


def _only_stripped(given: Any, expected: list[str], place: Place) -> str:
    if list(given) == material.handover(place)["所在地"].str.strip().tolist():
        return '空白を取っただけで全角の数字が残っているので、`.str.normalize("NFKC")` を使ってください。'
    return ""


def _other_column(given: Any, expected: list[str], place: Place) -> str:
    table = material.handover(place)
    for column in ("施設名", "種別"):
        if list(given) in (table[column].tolist(), table[column].str.normalize("NFKC").tolist()):
            return f"それは「{column}」の列なので、「所在地」の列を使ってください。"
    return ""


def _other_form(given: Any, expected: list[str], place: Place) -> str:
    raw = material.handover(place)["所在地"]
    if any(list(given) == raw.str.normalize(form).tolist() for form in ("NFC", "NFD", "NFKD")):
        return '幅をそろえるのは NFKC なので、`.str.normalize("NFKC")` と書いてください。'
    return ""


def _lost_columns(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    lost = [name for name in expected.columns if name not in given.columns]
    if lost:
        return f"「{'」「'.join(lost[:3])}」の列がなくなっているので、列はそのままで、行だけを選んでください。"
    return ""


def _cells_as_answer(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if all(kind == bool for kind in given.dtypes):  # noqa: E721
        return "答えがマスごとの True と False の表なので、行を選ぶ条件を `broken[ ]` の中に書いてください。"
    return ""


def _not_a_table(given: Any, expected: pd.DataFrame, place: Place) -> str:
    if isinstance(given, pd.Series):
        return "答えが1つの列なので、列はそのままで、行だけを選んだ表を入れてください。"
    if isinstance(given, (int, np.integer)):
        return "答えが数字なので、数えずに、行を選んだ表をそのまま入れてください。"
    return ""


def _located(place: Place) -> pd.DataFrame:
    table = material.with_faults(place)
    return table[table["緯度"].notna() & table["経度"].notna()]


def _same_rows(given: pd.DataFrame, rows: pd.Series, place: Place) -> bool:
    return given.index.equals(material.with_faults(place)[rows].index)


def _only_one_coordinate(given: Any, expected: pd.DataFrame, place: Place) -> str:
    table = material.with_faults(place)
    for looked, forgotten in (("緯度", "経度"), ("経度", "緯度")):
        if _same_rows(given, table[looked].notna(), place):
            left = int(table[forgotten].isna().sum())
            return (
                f"{forgotten}が空の行が{left}行残っているので、`&` でつなぐか `subset` に加えて、両方を調べてください。"
            )
    return ""


def _kept_all(given: Any, expected: pd.DataFrame, place: Place) -> str:
    table = material.with_faults(place)
    if len(given) == len(table):
        return (
            '1行も取り分けられていないので、`!= ""` では見つからない空のマス（NaN）を `notna()` で調べ、'
            "緯度と経度を `&`（かつ）でつないでください。"
        )
    return ""


def _kept_the_others(given: Any, expected: pd.DataFrame, place: Place) -> str:
    table = material.with_faults(place)
    if _same_rows(given, table["緯度"].isna() | table["経度"].isna(), place):
        return "それは出せない行のほうなので、空でないものを選ぶ `notna()` で、緯度も経度もある行を選んでください。"
    return ""


def _kept_nothing(given: Any, expected: pd.DataFrame, place: Place) -> str:
    if len(given) == 0:
        return "1行も残っていないので、空でないものを選ぶ `notna()` を使っているか確かめてください。"
    return ""


ANSWERS = {
    "01-1": Answer(
        NUMBER,
        _count,
        (
            _counted_columns,
            _counted_cells,
            _counted_shelters,
            _counted_from_zero,
            _counted_header,
            _counted_letters,
            _counted_shown,
        ),
    ),
    "01-2": Answer(
        NUMBER,
        _designated,
        (_counted_everything, _compared_with_number, _counted_undesignated, _counted_other_hazard, _counted_name),
        (_text_or_column,),
    ),
    "01-3": Answer(
        TEXTS,
        _widths,
        (_untouched, _only_stripped, _other_column, _other_form, _only_the_first),
        (_one_of_the_column,),
    ),
    "01-4": Answer(
        TABLE,
        _located,
        (_cells_as_answer, _lost_columns, _only_one_coordinate, _kept_all, _kept_the_others, _kept_nothing),
        (_not_a_table,),
    ),
}
