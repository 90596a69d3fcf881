"""Exercises from their masters: the same text once with blanks and once complete."""

from __future__ import annotations

import re

from machimap.course.lessons import LessonError

MARKER, BEGIN, END = "# SOLUTION", "# 解答ここから", "# 解答ここまで"
PROMPT = "# ここに書いてください"
BLANK = "..."
_ASSIGNED = re.compile(r"""^(\s*[A-Za-z_][\w.]*(?:\[["'][^"'\]]+["']\])?(?:\s*,\s*[A-Za-z_]\w*)*)\s*=(?!=)""")
_BEGIN = re.compile(rf"{BEGIN}(?:\s+([A-Za-z_]\w*))?$")
_CELL = re.compile(r"^# %%")


def split(text: str, name: str = "exercise") -> tuple[str, str]:
    """Return the learner's copy and the solution of an exercise's master (py:percent).

    A line that ends in `# SOLUTION` becomes `name = ...` in the copy, or `...` where nothing is assigned; the lines
    between `# 解答ここから NAME` and `# 解答ここまで` become a prompt and `NAME = ...` (`...` without a name). All
    other lines are the same in both. Raises LessonError for markers that do not pair within one cell, and for a
    master without any blank.
    """
    copy: list[str] = []
    solution: list[str] = []
    begun = 0
    for number, line in enumerate(text.splitlines(), start=1):
        mark = line.strip()
        opened = _BEGIN.match(mark)
        if opened:
            if begun:
                raise _fault(name, number, f"「{BEGIN}」が{begun}行目から閉じていない")
            begun = number
            indent = line[: len(line) - len(line.lstrip())]
            copy += [indent + PROMPT, indent + (f"{opened.group(1)} = {BLANK}" if opened.group(1) else BLANK)]
        elif mark == END:
            if not begun:
                raise _fault(name, number, f"「{END}」の前に「{BEGIN}」がない")
            begun = 0
        elif _CELL.match(line) and begun:
            raise _fault(name, begun, f"「{BEGIN}」が同じセルの中で閉じていない")
        elif begun:
            if line.rstrip().endswith(MARKER):
                raise _fault(name, number, f"かたまりの中に「{MARKER}」がある")
            solution.append(line)
        elif line.rstrip().endswith(MARKER):
            complete = line.rstrip().removesuffix(MARKER).rstrip()
            solution.append(complete)
            copy.append(_blank(complete))
        else:
            copy.append(line)
            solution.append(line)
    if begun:
        raise _fault(name, begun, f"「{BEGIN}」が閉じていない")
    if copy == solution:
        raise _fault(name, 1, "うめるところが1つもない")
    return "\n".join(copy) + "\n", "\n".join(solution) + "\n"


def _blank(line: str) -> str:
    found = _ASSIGNED.match(line)
    indent = line[: len(line) - len(line.lstrip())]
    return f"{found.group(1)} = {BLANK}" if found else indent + BLANK


def _fault(name: str, line: int, what: str) -> LessonError:
    return LessonError(f"練習 {name} の{line}行目：{what}ので、CONTRIBUTING.md の書き方に合わせて直してください。")
