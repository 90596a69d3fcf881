"""What to say of a file, a module or an encoding that is not there, or does not fit."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machimap.course.friendly.cell import first_line

Known = Mapping[str, Any]


def file_error(error: FileNotFoundError, known: Known) -> str:
    """Tell which file is missing, and whether a lesson makes it."""
    made = _in_work(error.filename)
    if made:
        return (
            f"work フォルダの「{made}」が見つからないので（FileNotFoundError）、上のセルから順に動かし直してください。"
        )
    return f"ファイル「{error.filename}」が見つからないので（FileNotFoundError）、名前と場所を確かめてください。"


def permission_error(error: PermissionError, known: Known) -> str:
    """Tell which file cannot be written."""
    return (
        f"「{error.filename}」に書き込めないので（PermissionError）、"
        "Excel などで開いていれば閉じて、もう一度動かしてください。"
    )


def module_error(error: ModuleNotFoundError, known: Known) -> str:
    """Tell which module is not installed."""
    return (
        f"「{error.name}」が入っていないので（ModuleNotFoundError）、`machimap doctor` で足りないものを調べてください。"
    )


def import_error(error: ImportError, known: Known) -> str:
    """Tell what an import did not find."""
    wanted = re.search(r"name '([^']+)'", str(error))
    shown = wanted.group(1) if wanted else error.name
    return f"`import` の行の「{shown}」が見つからないので（ImportError）、つづりを確かめてください。"


def encoding_error(error: UnicodeError, known: Known) -> str:
    """Tell that the encoding is another one."""
    return (
        f"文字コードが合わないので（{type(error).__name__}）、"
        'encoding="cp932" か encoding="utf-8-sig" を試してください。'
    )


def storage_error(error: OSError, known: Known) -> str:
    """Tell that reading, writing or the network failed."""
    return (
        f"ファイルの読み書きか通信ができなかったので（{type(error).__name__}：{first_line(error)}）、"
        "ディスクの空きと、つながりを確かめてください。"
    )


def _in_work(filename: Any) -> str:
    """Return the path of a file below the learner's results, or "" for any other."""
    from machimap.course.session import work_root

    try:
        return Path(os.fsdecode(filename)).relative_to(work_root()).as_posix()
    except (TypeError, ValueError):
        return ""
