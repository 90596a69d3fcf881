"""Errors in a notebook as one Japanese sentence; `MACHIMAP_TRACEBACK=1` shows the traceback instead.

What Python itself knows (its message, the line, the name) decides; where it does not tell what is wrong, less is said.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from machimap.course.friendly import calls, files, names, syntax, values
from machimap.course.friendly.cell import undecided
from machimap.errors import MachimapError

MARK = "⚠ "
_WARNINGS = {
    "CRS mismatch": "測り方（CRS）の違う2つを重ねているので、`to_crs( )` でそろえてから重ねてください。",
    "Geometry is in a geographic CRS": "緯度と経度のまま測っているので、`to_crs( )` でメートルの地図に変えてください。",
}


def sentence(error: BaseException, known: Mapping[str, Any] | None = None) -> str:
    """Return what to tell a learner about an error; `known` are the names that the notebook has, and their values."""
    if isinstance(error, MachimapError):
        return str(error)
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words(error, known or {})
    return undecided(error)


def show_sentences() -> None:
    """From now on, show the errors and warnings of this notebook's cells as sentences; does nothing outside IPython.

    The kernel still answers with the status "error", so that papermill and nbval see the failure.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and not os.environ.get("MACHIMAP_TRACEBACK"):
        shell.set_custom_exc((Exception, KeyboardInterrupt), _show)
        warnings.showwarning = _warn


def _show(shell, kind, error, traceback, tb_offset=None) -> None:
    known = {
        name: value
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and name not in shell.user_ns_hidden
    }
    told = _damaged_table(error, known) or sentence(error, known)
    shell._showtraceback(kind, error, [MARK + told])


def _damaged_table(error: BaseException, known: Mapping[str, Any]) -> str:
    """Return what to do where an exercise's table has lost the column that is asked for, or ""."""
    checking = sys.modules.get("machimap.course.checking")
    return checking.changed_table(known) if checking and isinstance(error, KeyError) else ""


def _warn(message, category, filename, lineno, file=None, line=None) -> None:
    """Say the warnings that mean a wrong answer; the others speak of the insides of libraries, in English."""
    for beginning, words in _WARNINGS.items():
        if str(message).strip().startswith(beginning):
            print(MARK + words)


_WORDS: dict[type[BaseException], Callable[[Any, Mapping[str, Any]], str]] = {
    NameError: names.name_error,
    SyntaxError: syntax.syntax_error,
    KeyError: names.key_error,
    IndexError: values.index_error,
    FileNotFoundError: files.file_error,
    PermissionError: files.permission_error,
    ModuleNotFoundError: files.module_error,
    ImportError: files.import_error,
    UnicodeError: files.encoding_error,
    AttributeError: names.attribute_error,
    TypeError: calls.type_error,
    ValueError: values.value_error,
    RuntimeError: values.runtime_error,
    ZeroDivisionError: values.number_error,
    MemoryError: values.memory_error,
    OSError: files.storage_error,
    KeyboardInterrupt: values.stopped,
}
