"""Errors in a notebook as one Japanese sentence; `MACHIMAP_TRACEBACK=1` shows the traceback instead."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from machimap.errors import MachimapError

MARK = "⚠ "
_TABLES = ("DataFrame", "GeoDataFrame")
_LONGEST = 200


def sentence(error: BaseException, names: Iterable[str] = ()) -> str:
    """Return what to tell a learner about an error; `names` are those that the notebook knows."""
    if isinstance(error, MachimapError):
        return str(error)
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words(error, tuple(names))
    return (
        f"このセルは最後まで動かなかったので（{type(error).__name__}：{_first_line(error)}）、"
        "上のセルから順に動かし直してください。"
    )


def show_sentences() -> None:
    """From now on, show the errors of this notebook's cells as one sentence; does nothing outside IPython.

    The kernel still answers with the status "error", so that papermill and nbval see the failure.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and not os.environ.get("MACHIMAP_TRACEBACK"):
        shell.set_custom_exc((Exception, KeyboardInterrupt), _show)


def _show(shell, kind, error, traceback, tb_offset=None) -> None:
    names = [name for name in shell.user_ns if not name.startswith("_") and name not in shell.user_ns_hidden]
    shell._showtraceback(kind, error, [MARK + sentence(error, names)])


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:_LONGEST] if lines else "説明なし"


def _close(wanted: str, known: Iterable[str]) -> str:
    """Return "「a」「b」" of the known names that look like the wanted one, or ""."""
    known = [name for name in known if isinstance(name, str)]
    close = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    close += [name for name in known if name not in close and len(wanted) > 1 and (wanted in name or name in wanted)]
    return "".join(f"「{name}」" for name in close[:3])


def _name(error: NameError, names: tuple[str, ...]) -> str:
    if error.name and not error.name.isascii():
        return f'文字は半角の引用符で囲むので（NameError）、"{error.name}" のように書き直してください。'
    from machimap.course.session import started

    close = _close(error.name or "", names)
    hint = f"{close}の書きまちがいでなければ、" if close else ""
    if not hint and not started():
        return (
            f"このノートはまだ始まっていないか、カーネルが再起動したので（NameError：「{error.name}」がまだない）、"
            "いちばん上のセルから順に動かしてください。"
        )
    return f"「{error.name}」がまだないので（NameError）、{hint}上のセルから順に動かしてください。"


def _syntax(error: SyntaxError, names: tuple[str, ...]) -> str:
    where = f"{error.lineno}行目" if error.lineno else "このセル"
    wide = re.search(r"invalid (?:non-printable )?character (?:'(.)' )?\(?U\+([0-9A-F]{4})", str(error.msg))
    if wide:
        shown = "空白" if wide.group(2) == "3000" else f"「{chr(int(wide.group(2), 16))}」"
        return f"{where}に全角の{shown}が混ざっているので（{type(error).__name__}）、半角に直してください。"
    return (
        f"{where}の書き方がまちがっているので（{type(error).__name__}）、"
        "かっこ、引用符、コンマ、行の始まりの空白を見直してください。"
    )


def _key(error: KeyError, names: tuple[str, ...]) -> str:
    text = str(error.args[0]) if error.args else ""
    quoted = re.findall(r"'([^']+)'", text) if "not in" in text or "None of" in text else []
    wanted = quoted or [text]
    shown = "".join(f"「{name}」" for name in wanted)
    columns = _columns(error.__traceback__)
    close = "".join(dict.fromkeys(_close(name, columns) for name in wanted))
    if close:
        return f"{shown}という列がないので（KeyError）、似た名前の列{close}から選んで書き直してください。"
    if columns:
        return f"{shown}という列がないので（KeyError）、`.columns` で列の名前を確かめて、書き直してください。"
    return f"{shown}という名前がないので（KeyError）、名前を確かめて、書き直してください。"


def _columns(traceback: TracebackType | None) -> list[str]:
    """Return the columns of the table that the error arose in; the notebook's own cell does not count."""
    found: list[str] = []
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_name != "<module>" and not found:
            tables = [value for value in frame.f_locals.values() if type(value).__name__ in _TABLES]
            found = [str(name) for name in tables[0].columns] if tables else []
        traceback = traceback.tb_next
    return found


def _file(error: FileNotFoundError, names: tuple[str, ...]) -> str:
    made = _in_work(error.filename)
    if made:
        return (
            f"work フォルダの「{made}」が見つからないので（FileNotFoundError）、上のセルから順に動かし直してください。"
        )
    return f"ファイル「{error.filename}」が見つからないので（FileNotFoundError）、名前と場所を確かめてください。"


def _in_work(filename: Any) -> str:
    """Return the path of a file below the learner's results, or "" for any other."""
    from machimap.course.session import work_root

    try:
        return Path(os.fsdecode(filename)).relative_to(work_root()).as_posix()
    except (TypeError, ValueError):
        return ""


def _module(error: ModuleNotFoundError, names: tuple[str, ...]) -> str:
    return (
        f"「{error.name}」が入っていないので（ModuleNotFoundError）、`machimap doctor` で足りないものを調べてください。"
    )


def _import(error: ImportError, names: tuple[str, ...]) -> str:
    wanted = re.search(r"name '([^']+)'", str(error))
    shown = wanted.group(1) if wanted else error.name
    return f"`import` の行の「{shown}」が見つからないので（ImportError）、つづりを確かめてください。"


def _encoding(error: UnicodeError, names: tuple[str, ...]) -> str:
    return (
        f"文字コードが合わないので（{type(error).__name__}）、"
        'encoding="cp932" か encoding="utf-8-sig" を試してください。'
    )


def _attribute(error: AttributeError, names: tuple[str, ...]) -> str:
    close = _close(error.name or "", dir(error.obj) if error.obj is not None else ())
    hint = f"似た名前の{close}ではないか、" if close else ""
    return (
        f"「{error.name}」という命令や列はないので（AttributeError）、{hint}つづりと、点（.）の前を確かめてください。"
    )


def _permission(error: PermissionError, names: tuple[str, ...]) -> str:
    return (
        f"「{error.filename}」に書き込めないので（PermissionError）、"
        "Excel などで開いていれば閉じて、もう一度動かしてください。"
    )


def _storage(error: OSError, names: tuple[str, ...]) -> str:
    return (
        f"ファイルの読み書きか通信ができなかったので（{type(error).__name__}：{_first_line(error)}）、"
        "ディスクの空きと、つながりを確かめてください。"
    )


def _memory(error: MemoryError, names: tuple[str, ...]) -> str:
    return "メモリが足りないので（MemoryError）、ほかのノートとアプリを閉じて、もう一度動かしてください。"


def _type(error: TypeError, names: tuple[str, ...]) -> str:
    return (
        f"値の種類が合わないので（TypeError：{_first_line(error)}）、文字と数字を取り違えていないか確かめてください。"
    )


def _number(error: ZeroDivisionError, names: tuple[str, ...]) -> str:
    return "0で割ろうとしたので（ZeroDivisionError）、割る数が0になっていないか確かめてください。"


def _index(error: IndexError, names: tuple[str, ...]) -> str:
    return "ない番号を指定したので（IndexError）、行の数を `len()` で確かめてください。"


def _stopped(error: KeyboardInterrupt, names: tuple[str, ...]) -> str:
    return "途中で止めたので（KeyboardInterrupt）、続けるときは、このセルをもう一度動かしてください。"


_WORDS = {
    NameError: _name,
    SyntaxError: _syntax,
    KeyError: _key,
    IndexError: _index,
    FileNotFoundError: _file,
    PermissionError: _permission,
    ModuleNotFoundError: _module,
    ImportError: _import,
    UnicodeError: _encoding,
    AttributeError: _attribute,
    TypeError: _type,
    ZeroDivisionError: _number,
    MemoryError: _memory,
    OSError: _storage,
    KeyboardInterrupt: _stopped,
}
