"""The options with which lesson 10 reads a table: a wrong one is named, also one that the file has no use for."""

from __future__ import annotations

import difflib
from typing import Any

from machimap.bridge import BridgeError, Reading, read
from machimap.bridge.recipe import DATUM, of_reading

_TEXT, _NUMBER = "文字なので、引用符で囲んで", "数字なので、引用符を付けずに"
_KINDS: dict[str, tuple[type | tuple[type, ...], str, str]] = {
    "encoding": (str, _TEXT, '"cp932"'),
    "delimiter": (str, _TEXT, '"タブ"'),
    "sheet": (str, _TEXT, '"2"'),
    "member": (str, _TEXT, '"表.csv"'),
    "header_row": (int, _NUMBER, "3"),
    "header_rows": (int, _NUMBER, "2"),
    "keep_rows": ((list, tuple, set), "行の番号の並びなので、`[ ]` で囲んで", "[5, 9]"),
    "fill_merged": (bool, " True か False なので、引用符を付けずに", "False"),
    DATUM: (bool, " True か False なので、引用符を付けずに", "True"),
}
_MEANING = {
    "encoding": "文字コード",
    "delimiter": "区切り",
    "sheet": "シート",
    "member": "zipの中のファイル",
    "header_row": "見出しの行",
    "header_rows": "見出しの行数",
}


def read_with(body: bytes, name: str, options: dict[str, Any]) -> Reading:
    """Read a table with options. Raises BridgeError, which names the option that is wrong or does nothing here."""
    _refuse(options)
    try:
        reading = read(body, name=name, **of_reading(options))
    except BridgeError as error:
        if not options:
            raise
        raise BridgeError(f"`options` の「{'」「'.join(options)}」のとおりには読めません：{error}") from error
    used = {told.option for told in reading.conclusions}
    idle = next((key for key, value in options.items() if key in _MEANING and value and key not in used), "")
    if idle:
        raise BridgeError(
            f"「{name}」には、選べる{_MEANING[idle]}がなく、`options` の「{idle}」は使われないので、消してください。"
        )
    return reading


def _refuse(options: Any) -> None:
    if not isinstance(options, dict):
        raise BridgeError('`options` は `{ }` で囲み、`{"header_row": 3}` のように書いてください。')
    for key, value in options.items():
        if key not in _KINDS:
            near = difflib.get_close_matches(str(key), _KINDS, n=2, cutoff=0.5) or list(_KINDS)
            raise BridgeError(
                f"`options` に「{key}」という指定はないので、「{'」か「'.join(near)}」に書きかえてください。"
            )
        kind, what, example = _KINDS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BridgeError(f'`options` の「{key}」は{what} `{{"{key}": {example}}}` のように書いてください。')
        if key == "keep_rows" and not all(type(row) is int for row in value):
            raise BridgeError(
                '`options` の「keep_rows」には、`{"keep_rows": [5, 9]}` のように数字だけを並べてください。'
            )
