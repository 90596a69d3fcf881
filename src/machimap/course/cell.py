"""The cell that calls a function: what is written in it, and the names that its notebook knows."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_CHECK = "check"


@dataclass(frozen=True)
class Cell:
    """A cell's statements and its notebook's names; both empty where the caller is no cell."""

    statements: tuple[ast.stmt, ...] = ()
    names: Mapping[str, Any] = field(default_factory=dict)

    def asked(self, key: str) -> tuple[str, tuple[ast.stmt, ...]]:
        """Return NAME of `check(key, NAME)` and the statements before it; ("", ()) where no name is handed over."""
        for number, statement in enumerate(self.statements):
            for call in ast.walk(statement):
                if isinstance(call, ast.Call) and _asks(call, key) and isinstance(call.args[1], ast.Name):
                    return call.args[1].id, self.statements[:number]
        return "", ()

    def unassigned(self, key: str) -> str:
        """Return NAME of `check(key, NAME)` where nothing before it in the cell gives NAME a value, else ""."""
        name, before = self.asked(key)
        given = (node for statement in before for node in ast.walk(statement) if isinstance(node, ast.Name))
        return "" if any(node.id == name and isinstance(node.ctx, ast.Store) for node in given) else name

    def written(self, key: str) -> ast.expr | None:
        """Return the expression that NAME of `check(key, NAME)` was given last, or None."""
        name, before = self.asked(key)
        for statement in reversed(before):
            if isinstance(statement, ast.Assign) and any(getattr(one, "id", "") == name for one in statement.targets):
                return statement.value
        return None


def calling(depth: int = 1) -> Cell:
    """Return the cell that called the function which asks for it (depth 1), or an empty one.

    IPython keeps the text of every cell where Python looks for the lines of a traceback, also under papermill.
    """
    frame = sys._getframe(depth + 1)
    if frame.f_code.co_name != "<module>":
        return Cell()
    try:
        text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
        return Cell(tuple(ast.parse(text).body), frame.f_globals)
    except SyntaxError:
        return Cell((), frame.f_globals)


def _asks(call: ast.Call, key: str) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return (
        name == _CHECK and len(call.args) == 2 and isinstance(call.args[0], ast.Constant) and call.args[0].value == key
    )
