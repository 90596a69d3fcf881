"""What to say of a name, a column or a command that is not there."""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from types import ModuleType
from typing import Any

from machimap.course.friendly.cell import (
    COLUMNS,
    TABLES,
    close,
    columns,
    notebook_makes,
    source_line,
    table_with,
)

Known = Mapping[str, Any]
_KANJI_DIGITS = set("〇零一二三四五六七八九十百千万")
_EXCEL = (
    "ASC AVERAGE CONCAT CONCATENATE COUNT COUNTA COUNTBLANK COUNTIF COUNTIFS FILTER FIND HLOOKUP IF IFERROR IFS INDEX"
    " INDIRECT ISBLANK JIS LEFT LOOKUP MATCH MID PROPER REPLACE RIGHT ROW ROWS SEARCH SORT SUBSTITUTE SUBTOTAL SUMIF"
    " SUMIFS SUMPRODUCT TEXT TEXTJOIN TRIM UNIQUE UPPER VALUE VLOOKUP XLOOKUP"
)


def name_error(error: NameError, known: Known) -> str:
    """Tell what a name without a value may have been meant to be."""
    name = error.name or ""
    if not name.isascii():
        return _japanese(name, known)
    line = source_line(error)
    return (
        part_after_comma(line, known, "NameError")
        or _other_spelling(name, known)
        or _before_the_start(name, known)
        or _no_such_name(name, line, known)
    )


def part_after_comma(line: str, known: Known, kind: str) -> str:
    """Tell where `len(done, aside)` is meant to be `len(done.aside)`, or return ""."""
    for owner, part in re.findall(r"\blen\(\s*(\w+)\s*[,、，]\s*(\w+)\s*\)", line):
        if hasattr(known.get(owner), part):
            return (
                f"`{owner}` と `{part}` のあいだがコンマなので（{kind}）、"
                f"`len({owner}.{part})` のように、点（.）に直してください。"
            )
    return ""


def _japanese(name: str, known: Known) -> str:
    if set(name) <= _KANJI_DIGITS:
        return f"数字は半角で書くので（NameError）、「{name}」を `12` のような数字に書き直してください。"
    table = table_with(name, known)
    if table:
        return (
            f'「{name}」は表の列の名前なので（NameError）、列を使うなら `{table}["{name}"]`、'
            f'文字として使うなら `"{name}"` と書き直してください。'
        )
    return f'文字は半角の引用符で囲むので（NameError）、"{name}" のように書き直してください。'


def _other_spelling(name: str, known: Known) -> str:
    if name.lower() in ("nan", "null"):
        return "空のマスは `notna()` や `isna()` で調べるので（NameError）、ヒントの書き方に直してください。"
    words = [*known, *dir(builtins)]
    same = [word for word in words if isinstance(word, str) and word.lower() == name.lower() and word != name]
    if same:
        return f"大文字と小文字は別の文字なので（NameError）、「{name}」を `{same[0]}` と書き直してください。"
    if name in _EXCEL.split():
        return f"「{name}」は Excel の関数で、ここでは使えないので（NameError）、ヒントの書き方に直してください。"
    return ""


def _before_the_start(name: str, known: Known) -> str:
    from machimap.course.session import started

    if started() or close(name, known):
        return ""
    return (
        f"まだ上のセルを動かしていないか、しばらく置いて中身が消えたので（NameError：「{name}」がまだない）、"
        "いちばん上のセルから順に動かしてください。"
    )


def _no_such_name(name: str, line: str, known: Known) -> str:
    similar = close(name, known)
    if notebook_makes(name):
        hint = f"{similar}の書きまちがいでなければ、" if similar else ""
        return f"「{name}」がまだないので（NameError）、{hint}上のセルから順に動かしてください。"
    if re.search(rf"(?<![\w.]){name}\s*\(", line) and (dotted := _dotted(name, known)):
        return f"「{name}」は点（.）でつないで使うので（NameError）、`{dotted}( )` のように書いてください。"
    said = f"「{name}」という名前はないので（NameError）、"
    is_text = not re.search(rf"(?<![\w.]){name}\s*[.(\[]", line)
    if is_text and similar:
        return f'{said}文字のつもりなら `"{name}"` と引用符で囲み、ちがえば{similar}の書きまちがいか確かめてください。'
    if is_text:
        return f'{said}文字のつもりなら `"{name}"` と引用符で囲み、ちがえばつづりを確かめてください。'
    return f"{said}{f'{similar}の書きまちがいか' if similar else 'つづりを'}確かめてください。"


def _dotted(name: str, known: Known) -> str:
    """Return how a command is written after a module or a table of the notebook, or ""."""
    import pandas as pd

    if hasattr(pd.Series.str, name):
        return f".str.{name}"
    modules = [where for where, value in known.items() if isinstance(value, ModuleType) and hasattr(value, name)]
    tables = [
        where
        for where, value in known.items()
        if type(value).__name__ in TABLES and callable(getattr(value, name, None))
    ]
    return next((f"{where}.{name}" for where in (*modules, *tables)), "")


def key_error(error: KeyError, known: Known) -> str:
    """Tell which column is missing, and which of the table's own look like it."""
    given = error.args[0] if error.args else ""
    line, found = source_line(error), columns(error.__traceback__)
    if isinstance(given, bool):
        return _compared_too_early(line)
    if isinstance(given, int):
        return f"「{given}」という行や列はないので（KeyError）、`len( )` と `.columns` で確かめて、書き直してください。"
    if isinstance(given, tuple):
        return "列を2つ以上取り出すときは `[[ ]]` と二重に囲むので（KeyError）、かっこを足してください。"
    wanted = _wanted(given)
    if "not found in axis" in str(given) and set(wanted) <= set(found):
        return (
            "列を落とすときは `drop(columns=[...])` と書くので（KeyError）、かっこの中に `columns=` を足してください。"
        )
    parts = [part.strip() for name in wanted for part in re.split("[、，,]", name)]
    if len(parts) > len(wanted) and set(parts) <= set(found):
        right = ", ".join(f'"{part}"' for part in parts)
        return f"列の名前は1つずつ引用符で囲むので（KeyError）、`[{right}]` のように書き直してください。"
    shown = "".join(f"「{name}」" for name in wanted)
    similar = "".join(dict.fromkeys(close(name, found, 0.5) for name in wanted))
    if similar:
        return f"{shown}という列がないので（KeyError）、似た名前の列{similar}から選んで書き直してください。"
    if found:
        return f"{shown}という列がないので（KeyError）、`.columns` で列の名前を確かめて、書き直してください。"
    return f"{shown}という名前がないので（KeyError）、名前を確かめて、書き直してください。"


def _wanted(given: Any) -> list[str]:
    """Return the names that pandas did not find."""
    if isinstance(given, list):
        return [str(name) for name in given]
    text = re.sub(r"dtype='[^']*'", "", str(given))
    quoted = re.findall(r"'([^']+)'", text) if "not in" in text or "None of" in text or "not found" in text else []
    return quoted or [str(given)]


def _compared_too_early(line: str) -> str:
    written = re.search(r"(\w+)\[\s*(\w+)\s*==\s*([^\]]+?)\s*\]", line)
    table, column, value = written.groups() if written else ("points", "column", '"1"')
    return (
        f"列の名前と値をくらべてしまったので（KeyError）、`{table}[{column}] == {value}` のように、"
        "表の名前から書き直してください。"
    )


def attribute_error(error: AttributeError, known: Known) -> str:
    """Tell which command is missing, and what stands wrong before its dot."""
    name, owner, text = error.name or "", error.obj, str(error)
    if text.startswith("'ellipsis'"):
        return "まだ `...` のままなので（AttributeError）、`...` を答えに書きかえてから動かしてください。"
    if text.startswith("'NoneType'"):
        return "点（.）の前が空（None）なので（AttributeError）、その値をつくった行を見直してください。"
    said = (
        _on_several(name, owner, source_line(error))
        or _on_a_column(name, owner)
        or _on_a_text(name, owner, source_line(error), known)
        or _on_a_command(name, owner)
        or _on_a_part(name, owner, source_line(error))
    )
    if said:
        return said
    words = [word for word in dir(owner) if not word.startswith("_")] if owner is not None else []
    similar = close(name, words)
    hint = f"似た名前の{similar}ではないか、" if similar else ""
    return f"「{name}」という命令や列はないので（AttributeError）、{hint}つづりと、点（.）の前を確かめてください。"


def _on_several(name: str, owner: Any, line: str) -> str:
    if not isinstance(owner, (list, tuple)) or not owner or not hasattr(owner[0], name):
        return ""
    written = re.search(rf"([\w.]+)\.{name}\b", line)
    where = written.group(1) if written else "並び"
    return (
        f"「{name}」は並びの中の1つずつにあるので（AttributeError）、"
        f"`[one.{name} for one in {where}]` のように、1つずつ取り出してください。"
    )


def _on_a_part(name: str, owner: Any, line: str) -> str:
    """Tell which part of a result holds several things that have the name: `again.text` is in `again.differences`."""
    parts = vars(owner) if is_dataclass(owner) else {}
    part = next((key for key, value in parts.items() if isinstance(value, tuple) and _holds(value, name)), "")
    written = re.search(rf"([\w.]+)\.{name}\b", line)
    where = written.group(1) if written else ""
    return (
        f"「{name}」は `{where}.{part}` の中の1つずつにあるので（AttributeError）、"
        f"`[one.{name} for one in {where}.{part}]` のように、1つずつ取り出してください。"
        if part and where
        else ""
    )


def _holds(values: tuple, name: str) -> bool:
    return bool(values) and hasattr(values[0], name)


def _on_a_column(name: str, owner: Any) -> str:
    import pandas as pd

    if type(owner).__name__ in COLUMNS and hasattr(pd.Series.str, name):
        return (
            f"列の文字を直すときは `.str` を付けるので（AttributeError）、`.str.{name}( )` のように書き直してください。"
        )
    if type(owner).__name__ == "DataFrame" and name in ("to_crs", "set_crs", "sjoin", "distance", "geometry", "crs"):
        return (
            f"「{name}」は点や形を持つ表（GeoDataFrame）だけの命令なので（AttributeError）、"
            "点を持つ表の名前に書き直してください。"
        )
    return ""


def _on_a_text(name: str, owner: Any, line: str, known: Known) -> str:
    import pandas as pd

    if not isinstance(owner, str) or not hasattr(pd.DataFrame, name):
        return ""
    if owner in known:
        return f"「{owner}」が文字になっているので（AttributeError）、引用符を取って `{owner}.{name}` と書き直してください。"
    if re.search(rf"[=!<>]=?\s*(\"[^\"]*\"|'[^']*')\s*\.{name}\b", line):
        return (
            f"くらべる前に「{name}」が文字に付いているので（AttributeError）、"
            f"くらべる式を `( )` で囲んでから `.{name}( )` と書いてください。"
        )
    return f"「{name}」は文字には使えないので（AttributeError）、点（.）の前を表か列の名前に直してください。"


def _on_a_command(name: str, owner: Any) -> str:
    if not inspect.isroutine(owner):
        return ""
    return (
        f"「{owner.__name__}」のうしろにかっこがないので（AttributeError）、"
        f"`{owner.__name__}( ).{name}` のように `( )` を付けてください。"
    )
