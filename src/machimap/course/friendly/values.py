"""What to say of a value that a command cannot take, and of the few errors that have one cause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from machimap.course.friendly.cell import close, first_line, source_line, table_with, undecided

Known = Mapping[str, Any]
_BEGINNINGS = {
    "invalid normalization form": (
        '`normalize( )` に入れる文字は決まっているので（ValueError）、`"NFKC"` のように引用符で囲んで入れてください。'
    ),
    "The truth value of a": (
        "列どうしは `and`、`or`、`if` では調べられないので（ValueError）、"
        "`&` か `|` を使い、くらべる式を1つずつ `( )` で囲んでください。"
    ),
    "Must pass either crs or epsg": (
        "`( )` の中に測り方の番号がないので（ValueError）、変えたい測り方（`utm` など）を入れてください。"
    ),
    "Need to specify at least one of 'labels'": (
        "何を落とすかが書かれていないので（ValueError）、`( )` の中に `columns=[...]` のように書いてください。"
    ),
    "Cannot transform naive geometries": (
        '測り方の名札がまだ付いていないので（ValueError）、点をつくるところに `crs="EPSG:6668"` を足してください。'
    ),
}
_NO_SHAPES = "should be GeoDataFrame"
_ALREADY = "already has a CRS"


def value_error(error: ValueError, known: Known) -> str:
    """Tell which value does not fit, where the library's own words tell it."""
    text = first_line(error)
    for beginning, words in _BEGINNINGS.items():
        if text.startswith(beginning):
            return words
    if _ALREADY in text:
        return (
            "測り方の名札はもう付いているので（ValueError）、"
            "数字ごと変えるときは `set_crs` ではなく `to_crs` を使ってください。"
        )
    if _NO_SHAPES in text:
        return "重ねる相手が点や形を持たない表なので（ValueError）、点や区域を持つ表の名前に書き直してください。"
    written = re.search(r"(?:could not convert string to float|invalid literal for int\(\) .*): '(.*)'", text)
    if written:
        return _no_number(written.group(1), known)
    lengths = re.search(r"Length of values \((\d+)\) does not match length of index \((\d+)\)", text)
    if lengths:
        return (
            f"行の数が合わないので（ValueError：{lengths.group(1)} と {lengths.group(2)}）、"
            "同じ表から取り出した列を使ってください。"
        )
    predicate = re.search(r"Got predicate='([^']*)'.*must be one of (.*)", str(error))
    if predicate:
        similar = close(predicate.group(1), re.findall(r"'(\w+)'", predicate.group(2)))
        return f"`predicate` に「{predicate.group(1)}」は使えないので（ValueError）、{similar or '上の例'}と見くらべてください。"
    return undecided(error)


def _no_number(written: str, known: Known) -> str:
    table = table_with(written, known)
    if table:
        return (
            f'数字がいるところに文字「{written}」があるので（ValueError）、`{table}["{written}"]` のように、'
            "表の名前を付けて書き直してください。"
        )
    return f"数字がいるところに文字「{written}」があるので（ValueError）、数字に直してください。"


def runtime_error(error: RuntimeError, known: Known) -> str:
    """Tell which CRS is unknown; of any other RuntimeError, its name."""
    missing = re.match(r"(.*): No such file or directory", str(error))
    if missing:
        return f"ファイル「{missing.group(1)}」が見つからないので（{type(error).__name__}）、名前と場所を確かめてください。"
    unknown = re.match(r"Invalid projection: (.*?): \(", str(error))
    if not unknown:
        return undecided(error)
    given = unknown.group(1)
    said = f"「{given}」という測り方はないので（CRSError）、"
    if given in known and f'"{given}"' in source_line(error).replace("'", '"'):
        return f"{said}引用符を取って `{given}` と書き直してください。"
    if not given.isascii():
        return f'{said}`"EPSG:6668"` のように、引用符の中を半角に直してください。'
    return f'{said}`"EPSG:6668"` のように、`EPSG:` と番号で書いてください。'


def number_error(error: ZeroDivisionError, known: Known) -> str:
    """Tell that something was divided by nought."""
    return "0で割ろうとしたので（ZeroDivisionError）、割る数が0になっていないか確かめてください。"


def index_error(error: IndexError, known: Known) -> str:
    """Tell that there are fewer rows or items."""
    return "ない番号を指定したので（IndexError）、行の数を `len()` で確かめてください。"


def memory_error(error: MemoryError, known: Known) -> str:
    """Tell that the memory is used up."""
    return "メモリが足りないので（MemoryError）、ほかのノートとアプリを閉じて、もう一度動かしてください。"


def stopped(error: KeyboardInterrupt, known: Known) -> str:
    """Tell that the learner stopped the cell."""
    return "途中で止めたので（KeyboardInterrupt）、続けるときは、このセルをもう一度動かしてください。"
