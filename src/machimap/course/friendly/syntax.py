"""What to say of a line that Python cannot read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from machimap.course.friendly.cell import JAPANESE, without_texts

_SENTENCE = '日本語の文が引用符の外にあるので（SyntaxError）、文は半角の `" "` で囲み、ヒントから写した「の形です。」なら消してください。'
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def syntax_error(error: SyntaxError, known: Mapping[str, Any]) -> str:
    """Tell which line cannot be read, and why, as far as Python or the line itself tells it."""
    where = f"{error.lineno}行目" if error.lineno else "このセル"
    message, line = str(error.msg), without_texts(error.text or "").strip()
    for rule in _RULES:
        said = rule(message, line)
        if said:
            return where + said
    return (
        f"{where}の書き方がまちがっているので（{type(error).__name__}）、"
        "かっこ、引用符、コンマ、行の始まりの空白を見直してください。"
    )


def _wide(message: str, line: str) -> str:
    found = re.search(r"invalid (?:non-printable )?character (?:'(.)' )?\(?U\+([0-9A-F]{4})", message)
    if not found:
        return ""
    mark = chr(int(found.group(2), 16))
    if mark in "「」『』":
        return (
            f'の `{mark}` は使えないので（SyntaxError）、文字は半角の `" "` で囲み、'
            "ヒントから写したかぎかっこは消してください。"
        )
    beside = re.search(f"[{JAPANESE}]{mark}|{mark}[{JAPANESE}]", line)
    if (mark in "。：！？・" and beside) or (mark == "、" and re.search("[ぁ-ん]", line)):
        return "は" + _SENTENCE
    if mark == "。":
        return "の「。」はいらないので（SyntaxError）、消してください。"
    shown = "空白" if mark == "\u3000" else f"「{mark}」"
    return f"に全角の{shown}が混ざっているので（SyntaxError）、半角に直してください。"


def _indent(message: str, line: str) -> str:
    if message.startswith("expected an indented block") or (message == "incomplete input" and line.endswith(":")):
        return "は `:` の続きなので（IndentationError）、行の始まりに空白を4つ入れてください。"
    if message.startswith("unexpected indent"):
        return "の始まりに余分な空白があるので（IndentationError）、上の行と始まりをそろえてください。"
    if message.startswith("unindent does not match"):
        return "の始まりの空白の数が合わないので（IndentationError）、上の行と始まりをそろえてください。"
    return ""


def _escape(message: str, line: str) -> str:
    if "unicodeescape" in message:
        return (
            "の引用符の中の「\\」は、Python では別の意味になるので（SyntaxError）、「\\」を全部「/」に書きかえるか、"
            "ノートがほかのコンピューターで動いているなら、ボタンでファイルを選んでください。"
        )
    return ""


def _brackets(message: str, line: str) -> str:
    never = re.search(r"'(.)' was never closed", message)
    if never:
        opened = never.group(1)
        return f"の `{opened}` が閉じていないので（SyntaxError）、`{_CLOSING[opened]}` を足してください。"
    other = re.search(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", message)
    if other:
        return (
            f"は `{other.group(2)}` を `{other.group(1)}` で閉じているので（SyntaxError）、"
            f"`{_CLOSING[other.group(2)]}` に直してください。"
        )
    extra = re.search(r"unmatched '(.)'", message)
    if extra:
        return f"の `{extra.group(1)}` が余っているので（SyntaxError）、1つ消すか、始まりのかっこを足してください。"
    return ""


def _quotes(message: str, line: str) -> str:
    if re.match(r"unterminated (f-)?(triple-quoted )?(f-)?string literal", message):
        return "の引用符が閉じていないので（SyntaxError）、文字の終わりに、始まりと同じ引用符を足してください。"
    if "f-string" in message:
        return "の文字の中の `{ }` が正しくないので（SyntaxError）、`{` と `}` の組と、その中を見直してください。"
    if message == "incomplete input":
        return "のあとが足りないので（SyntaxError）、閉じていないかっこか引用符を閉じてください。"
    return ""


def _equals(message: str, line: str) -> str:
    if re.search(r"(^|=)\s*=\s*[A-Z]+\s*\(", line) or re.search(r"\b[A-Z]{1,2}\d+:[A-Z]{1,2}\d+\b", line):
        return "は Excel の式なので（SyntaxError）、ヒントを見て、Python の書き方に直してください。"
    if re.match(r"=(?!=)", line):
        return "が `=` で始まっているので（SyntaxError）、`=` の左に名前を書いてください。"
    if re.fullmatch(r"[^=!<>()\[\]]+=", line):
        return "の `=` の右が空なので（SyntaxError）、右に答えを書いてください。"
    if message.startswith("invalid syntax. Maybe you meant '=='"):
        return "の `=` が1つなので（SyntaxError）、くらべるときは `==` と2つ続けて書いてください。"
    if message.startswith("cannot assign to subscript here") and re.search(r"(?<![=!<>])=(?!=)", line):
        return "の `=` が1つなので（SyntaxError）、くらべるときは `==` と2つ続けて書いてください。"
    if message.startswith("cannot assign to"):
        return "の `=` の左が名前ではないので（SyntaxError）、左に名前（引用符なし）、右に入れる値を書いてください。"
    return ""


def _unquoted(message: str, line: str) -> str:
    code = re.search(r"\bEPSG\s*:\s*(\d+)", line)
    if code:
        return f'の `EPSG:{code.group(1)}` は文字なので（SyntaxError）、`"EPSG:{code.group(1)}"` と引用符で囲んでください。'
    if re.search(rf"(?<![\w.])\d+\s*[{JAPANESE}]", line):
        return "の数字のうしろに文字が続いているので（SyntaxError）、文字を消して、数字だけにしてください。"
    if message.startswith("invalid decimal literal"):
        return "の数字のうしろに文字が続いているので（SyntaxError）、あいだを空けるか、数字だけにしてください。"
    if message.startswith("invalid syntax") and re.search("[ぁ-ん]", line):
        return "は" + _SENTENCE
    return ""


def _said(message: str, line: str) -> str:
    if message.startswith("Missing parentheses in call to"):
        return "の命令にかっこがないので（SyntaxError）、`print( )` のように、入れるものを `( )` で囲んでください。"
    if message.startswith("expected ':'"):
        return "の終わりに `:` がないので（SyntaxError）、半角の `:` を足してください。"
    if message.startswith("invalid syntax. Perhaps you forgot a comma"):
        return "に、コンマなどの記号が抜けているところがあるので（SyntaxError）、ヒントと見くらべて足してください。"
    if re.search(r"\blen\s+\w", line):
        return "の `len` にかっこがないので（SyntaxError）、`len( )` のように、数えるものを `( )` で囲んでください。"
    if re.search(r"[-+*/&|<>=]$", line):
        return f"の終わりの `{line[-1]}` のあとが空なので（SyntaxError）、続きを書いてください。"
    return ""


_RULES: tuple[Callable[[str, str], str], ...] = (
    _escape,
    _wide,
    _indent,
    _equals,
    _unquoted,
    _brackets,
    _quotes,
    _said,
)
