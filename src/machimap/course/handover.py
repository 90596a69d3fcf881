"""What lesson 10 tells of the folder that it made: where it is, what to look at before publishing, and next year's line."""

from __future__ import annotations

import html
import json
import os
import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from machimap.bridge import persons
from machimap.course.checking import Shown
from machimap.course.friendly import MARK
from machimap.course.session import home

if TYPE_CHECKING:
    from machimap.bridge import Bridged

REPORT = "報告.html"
DESCRIPTOR = "datapackage.json"
EXAMPLE = """\
  "licenses": [
    {"name": "CC-BY-4.0", "title": "クリエイティブ・コモンズ 表示 4.0 国際",
     "path": "https://creativecommons.org/licenses/by/4.0/deed.ja"}
  ],"""
_NEXT = "来年の表"


def from_top(path: Path) -> str:
    """Return a path as seen from the folder of the lessons, where the list of files and the terminal of Lab begin."""
    absolute, top = path.absolute(), home().absolute()
    return absolute.relative_to(top).as_posix() if absolute.is_relative_to(top) else absolute.as_posix()


def report_link(folder: Path) -> Shown:
    """Return a link that opens the report of a folder in Lab, and the way to it by the list of files."""
    way = " → ".join(PurePosixPath(from_top(folder)).parts)
    told = f"左の一覧から開くときは、{way} とたどり、{REPORT} を2回続けてクリックします。"
    if not (folder / REPORT).exists():
        return Shown(f"{REPORT} はまだありません。", f"{REPORT} はまだありません。")
    # Lab opens what a link beside the notebook's own folder names.
    href = quote(Path(os.path.relpath(folder / REPORT)).as_posix())
    return Shown(told, f'<a href="{href}"><b>報告を開く（{REPORT}）</b></a><br>{html.escape(told)}')


def before_publishing(done: Bridged, folder: Path) -> list[str]:
    """Return what to know before the list is published: what stands apart, and the licence that is still to be written."""
    lines = [f"{MARK}{done.blocked}"] if done.blocked else []
    if done.table.empty:
        lines.append("使った行が0行なので、公開する一覧と説明は作りませんでした。3の対応を見直してください。")
    if done.persons:
        lines.append(f"別に残した、人のことらしい列：{'、'.join(done.persons)}")
    texts = persons.told(done.published_texts)
    return [*lines, *([texts] if texts else []), *_licence(folder / DESCRIPTOR)]


def next_year(recipe: Path, name: str) -> str:
    """Return the line for the terminal that takes next year's table across with a recipe; name: this year's file."""
    file = f"{_NEXT}{Path(name).suffix or '.xlsx'}"
    words = ["machimap", "bridge", file, "-o", from_top(recipe.parent.parent / _NEXT), "--recipe", from_top(recipe)]
    return " ".join(map(shlex.quote, words))


def _licence(path: Path) -> list[str]:
    """Return the block to paste where a descriptor names no licence as the format asks: a list of objects."""
    if not path.exists():
        return []
    listed = json.loads(path.read_text(encoding="utf-8")).get("licenses")
    if isinstance(listed, list) and listed and all(isinstance(one, dict) for one in listed):
        return []
    told = f"ライセンスは、まだ書かれていません。決まったら、{DESCRIPTOR} の最初の {{ のすぐ下に貼ります。"
    if listed:
        told = f"{DESCRIPTOR} の licenses の書き方が違うので、下の形に直してください。"
    return [told, "（担当課が CC BY 4.0 と決めたときの例）", *EXAMPLE.splitlines()]
