"""What is known of the cell in which an error arose: its line, the names that its notebook makes, the tables it used."""

from __future__ import annotations

import ast
import difflib
import json
import linecache
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

TABLES = ("DataFrame", "GeoDataFrame")
COLUMNS = ("Series", "GeoSeries")
JAPANESE = "ぁ-ヿ一-鿿々〆〇"
_LONGEST = 120


def first_line(error: BaseException) -> str:
    """Return the first line of an error's own words, cut where it is long."""
    lines = str(error).strip().splitlines()
    return lines[0][:_LONGEST] if lines else "説明なし"


def undecided(error: BaseException) -> str:
    """Return what to say where nothing more is known than that the cell stopped."""
    return (
        f"この書き方では動かなかったので（{type(error).__name__}：{first_line(error)}）、"
        "上の例やヒントと見くらべて、書き直してください。"
    )


def source_line(error: BaseException) -> str:
    """Return the line of the notebook's cell at which an error arose, or ""."""
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_name == "<module>":
            return linecache.getline(code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return ""


def without_texts(line: str) -> str:
    """Return a line of code without what stands in quotes or after a `#`."""
    return re.sub(r"#.*", "", re.sub(r"\"[^\"]*\"|'[^']*'", '""', line))


def close(wanted: str, known: Iterable[Any], cutoff: float = 0.6) -> str:
    """Return "「a」「b」" of the known names that look like the wanted one, those that begin like it first, or ""."""
    names = [name for name in known if isinstance(name, str) and name]
    longer = [name for name in names if len(wanted) > 1 and (wanted in name or name in wanted)]
    longer.sort(key=lambda name: not name.startswith(wanted))
    similar = difflib.get_close_matches(wanted, names, n=3, cutoff=cutoff)
    return "".join(f"「{name}」" for name in list(dict.fromkeys([*longer, *similar]))[:3])


def columns(traceback: TracebackType | None) -> list[str]:
    """Return the columns of the table that the error arose in; the notebook's own cell does not count."""
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_name != "<module>":
            tables = [value for value in frame.f_locals.values() if type(value).__name__ in TABLES]
            if tables:
                return [str(name) for name in tables[0].columns]
        traceback = traceback.tb_next
    return []


def table_with(column: str, known: Mapping[str, Any]) -> str:
    """Return the name of a table of the notebook that has a column, or ""."""
    tables = (name for name, value in known.items() if type(value).__name__ in TABLES and column in value.columns)
    return next(tables, "")


def notebook_makes(name: str) -> bool:
    """Return if some cell of this notebook gives a name its value; of those beside it, where it is not known."""
    return any(name in _made(source) for path in _notebooks() for source in _sources(path))


def _notebooks() -> list[Path]:
    from machimap import store

    told = Path(os.environ.get("JPY_SESSION_NAME", ""))
    own = [path for path in (told, Path.cwd() / told.name) if path.suffix == ".ipynb" and path.is_file()]
    return own[:1] or list(Path.cwd().glob("*.ipynb")) or list((store.kit_root() / "notebooks").glob("*.ipynb"))


def _sources(path: Path) -> Iterator[str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (OSError, ValueError, KeyError, TypeError):
        return


def _made(source: str) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return set()
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    imported = {
        (one.asname or one.name)
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for one in node.names
    }
    return stored | imported | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
