"""What to say of a TypeError: a command that was called in another way than it can be, values that do not go together."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping
from typing import Any

from machimap.course.friendly.cell import COLUMNS, TABLES, first_line, source_line, undecided, without_texts
from machimap.course.friendly.names import part_after_comma

Known = Mapping[str, Any]
_SHOWN = {
    "str": "文字",
    "int": "数字",
    "float": "数字",
    "list": "並び",
    "DataFrame": "表",
    "GeoDataFrame": "表",
    "Series": "列",
    "GeoSeries": "列",
}
_TEXT, _NUMBERS = "str", ("int", "float")


def type_error(error: TypeError, known: Known) -> str:
    """Tell what Python's own sentence says: too much or too little in the brackets, or values of two kinds."""
    text, line = first_line(error), source_line(error)
    if "ellipsis" in text:
        return "まだ `...` のままなので（TypeError）、`...` を答えに書きかえてから動かしてください。"
    for pattern, words in _PATTERNS:
        found = re.search(pattern, text)
        said = words(found, line, known) if found else ""
        if said:
            return said
    return undecided(error)


def _not_callable(found: re.Match, line: str, known: Known) -> str:
    kind = found.group(1)
    covered = [name for name, value in known.items() if hasattr(builtins, name) and not callable(value)]
    covered = [name for name in covered if re.search(rf"(?<![\w.]){name}\s*\(", line)]
    if covered:
        return (
            f"「{covered[0]}」に別の値を入れてしまったので（TypeError）、"
            f"`del {covered[0]}` と書いたセルを動かしてから、やり直してください。"
        )
    if kind in (*TABLES, *COLUMNS):
        return (
            f"{_SHOWN[kind]}のうしろのかっこは `[ ]` なので（TypeError）、"
            "`sites[column]` のように `( )` を `[ ]` に直してください。"
        )
    if kind == "module":
        return "`( )` の前が命令の集まりなので（TypeError）、`len( )` や `pd.read_csv( )` のように、命令の名前まで書いてください。"
    if kind in _SHOWN:
        return (
            f"`( )` の前が命令ではなく{_SHOWN[kind]}なので（TypeError）、あいだの記号が抜けていないか確かめてください。"
        )
    return ""


def _missing(found: re.Match, line: str, known: Known) -> str:
    command = found.group(1).split(".")[-1]
    return (
        f"`{command}( )` のかっこの中に入れるもの（{found.group(2)}）が足りないので（TypeError）、"
        "上の例やヒントを見て書き足してください。"
    )


def _too_many(found: re.Match, line: str, known: Known) -> str:
    command = found.group(1).split(".")[-1]
    return part_after_comma(line, known, "TypeError") or (
        f"`{command}( )` のかっこの中が多すぎるので（TypeError）、"
        "上の例やヒントと見くらべて、いらないものを取るか、`名前=` を付けてください。"
    )


def _unexpected(found: re.Match, line: str, known: Known) -> str:
    command = found.group(1).split(".")[-1]
    return f"`{command}( )` に `{found.group(2)}=` という指定はないので（TypeError）、つづりを確かめてください。"


def _compared(found: re.Match, line: str, known: Known) -> str:
    if re.search(r"(==|!=|[<>])[^&|]*[&|]|[&|].*(==|!=|[<>])", without_texts(line)):
        return "くらべる式を `&` や `|` でつないでいるので（TypeError）、`&` や `|` の両側を `( )` で囲んでください。"
    return ""


def _joined(found: re.Match, line: str, known: Known) -> str:
    sign, left, right = found.groups()
    if sign == "&" and _TEXT in (left, right):
        return "文字をつなぐ記号は `&` ではないので（TypeError）、`+` に直してください。"
    return _two_kinds(left, right)


def _concatenated(found: re.Match, line: str, known: Known) -> str:
    return _two_kinds("str", found.group(1))


def _ordered(found: re.Match, line: str, known: Known) -> str:
    return _two_kinds(*found.groups())


def _two_kinds(left: str, right: str) -> str:
    if "list" in (left, right):
        return "並び（リスト）はそのままでは使えないので（TypeError）、うしろに `[0]` を付けて、中の1つを取り出してください。"
    if _TEXT in (left, right) and (left in _NUMBERS or right in _NUMBERS):
        return "文字と数字はそのままではいっしょに使えないので（TypeError）、引用符を付けるか取るかして、そろえてください。"
    return ""


def _no_length(found: re.Match, line: str, known: Known) -> str:
    kind = found.group(1)
    return (
        f"`len( )` の中が{_SHOWN[kind]}で、数えられないので（TypeError）、表か列の名前を入れてください。"
        if kind in _SHOWN
        else ""
    )


def _not_subscriptable(found: re.Match, line: str, known: Known) -> str:
    if found.group(1) in ("method", "function", "builtin_function_or_method", "type"):
        return "命令のうしろのかっこは `( )` なので（TypeError）、`[ ]` を `( )` に直してください。"
    shown = _SHOWN.get(found.group(1))
    return f"`[ ]` の前が{shown}なので（TypeError）、表か列の名前に直してください。" if shown else ""


def _text_index(found: re.Match, line: str, known: Known) -> str:
    if '""[' in without_texts(line).replace(" ", ""):
        return "`[ ]` の前が表ではなく文字なので（TypeError）、引用符を取って、表の名前にしてください。"
    return "`[ ]` の前が表ではなく文字なので（TypeError）、表の名前に直してください。"


def _list_index(found: re.Match, line: str, known: Known) -> str:
    return "`[ ]` の前が表ではなく並び（リスト）なので（TypeError）、`[0]` のように番号で取り出してください。"


def _not_a_name(found: re.Match, line: str, known: Known) -> str:
    return (
        'データの名前は文字なので（TypeError）、`datasets.credits("shelters")` のように引用符で囲んで書いてください。'
        if "credits" in line
        else ""
    )


_PATTERNS: tuple[tuple[str, Callable[[re.Match, str, Known], str]], ...] = (
    (r"'(\w+)' object is not callable", _not_callable),
    (r"([\w.]+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: '(\w+)'", _missing),
    (r"([\w.]+)\(\) takes .* positional arguments? but .* given", _too_many),
    (r"([\w.]+)\(\) takes no arguments", _too_many),
    (r"(len)\(\) takes exactly one argument", _too_many),
    (r"([\w.]+)\(\) got an unexpected keyword argument '(\w+)'", _unexpected),
    (r"unsupported operand type|Cannot perform|bad operand type", _compared),
    (r"unsupported operand type\(s\) for (\S+): '(\w+)' and '(\w+)'", _joined),
    (r'can only concatenate str \(not "(\w+)"\) to str', _concatenated),
    (r"not supported between instances of '(\w+)' and '(\w+)'", _ordered),
    (r"object of type '(\w+)' has no len\(\)", _no_length),
    (r"'(\w+)' object is not subscriptable", _not_subscriptable),
    (r"string indices must be integers", _text_index),
    (r"list indices must be integers", _list_index),
    (r"unsupported operand type\(s\) for /: '\w*Path'", _not_a_name),
)
