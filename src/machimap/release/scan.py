"""Everything that would be published, searched for secrets and personal data: files, notebook outputs, history."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from machimap.release import personal
from machimap.release.base import OWN_FILES, Blob, Folder, decoded
from machimap.release.secrets import plugins, secrets

SECRET, PERSONAL = "秘密", "個人情報"
TABLES = (".csv", ".tsv")
DATA = (*TABLES, ".geojson", ".json", ".xlsx", ".ipynb")
MOST_FINDINGS = 200
_LONG_DATA = 2_000_000


@dataclass(frozen=True)
class Hit:
    """One thing that must not be published: file, where in it, what kind, a part of it, and since which commit."""

    path: str
    where: str
    group: str
    kind: str
    shown: str
    commit: str = ""

    def text(self) -> str:
        """One line that leads to it without telling it."""
        past = f"（過去の記録 {self.commit}）" if self.commit else ""
        return f"{self.path} {self.where}{past}：{self.kind}（{self.shown}）"


def scan(folder: Folder, allowed: Iterable[dict] = ()) -> list[Hit]:
    """Return what must not be published, today's files first, then those of the history.

    allowed: entries of path, kind and reason from release.yml; a hit of that file and kind (or 「すべて」) is left out.
    """
    exempt = {(entry["path"], entry["kind"]) for entry in allowed}
    found: list[Hit] = []
    with plugins():
        for blob in _all(folder):
            found += [hit for hit in hits(blob) if not {(hit.path, hit.kind), (hit.path, "すべて")} & exempt]
            if len(found) >= MOST_FINDINGS:
                break
    return list(dict.fromkeys(found))


def hits(blob: Blob) -> list[Hit]:
    """Return what one file holds that must not be published (inside `secrets.plugins()`)."""
    found = []
    for where, text, is_prose in _texts(blob):
        for one in secrets(text, blob.path):
            found.append(Hit(blob.path, where or f"{one.line}行", SECRET, one.kind, one.shown, blob.commit))
        if is_prose:
            for one in personal.in_text(text, blob.path, mails=not _is_code(blob.path)):
                found.append(Hit(blob.path, where or one.where, PERSONAL, one.kind, one.shown, blob.commit))
    for where, head, rows in _tables(blob):
        for one in personal.in_table(head, rows):
            place = f"{where}{one.where}" if where else one.where
            found.append(Hit(blob.path, place, PERSONAL, one.kind, one.shown, blob.commit))
    return found


def _all(folder: Folder) -> Iterator[Blob]:
    for blobs in (folder.blobs(), folder.past()):
        yield from (blob for blob in blobs if blob.path not in OWN_FILES)


def _is_code(path: str) -> bool:
    """In programs an address with @ is more often a decorator or an import than a person."""
    return (
        path.endswith((".py", ".js", ".ts", ".css", ".lock", ".svg")) or path.rpartition("/")[2] == "requirements.txt"
    )


def _texts(blob: Blob) -> Iterator[tuple[str, str, bool]]:
    """Yield (where, text, whether it is read as prose) of a file; of a notebook cell by cell, outputs apart."""
    if blob.path.endswith(".ipynb"):
        yield from _notebook(blob)
        return
    if blob.path.endswith(".xlsx"):
        for where, head, rows in _sheets(blob):
            yield where, "\n".join(" ".join(row) for row in [head, *rows]), False
        return
    text = decoded(blob.body)
    if text is not None:
        is_table = blob.path.endswith((*TABLES, ".geojson")) or (blob.path.endswith(".json") and len(text) > _LONG_DATA)
        yield "", text, not is_table


def _notebook(blob: Blob) -> Iterator[tuple[str, str, bool]]:
    for number, cell in enumerate(_cells(blob), start=1):
        yield f"セル{number}", _joined(cell.get("source", "")), True
        for output in cell.get("outputs", []):
            parts = [output.get("text", ""), *output.get("data", {}).values(), *output.get("traceback", [])]
            for part in parts:
                if isinstance(part, str | list):
                    yield f"セル{number}の出力", _joined(part), True


def _tables(blob: Blob) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    if blob.path.endswith(TABLES):
        yield from _csv(blob)
    elif blob.path.endswith(".xlsx"):
        yield from _sheets(blob)
    elif blob.path.endswith((".json", ".geojson")):
        yield from _records(blob)
    elif blob.path.endswith(".ipynb"):
        yield from _output_tables(blob)


def _csv(blob: Blob) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    text = decoded(blob.body) or ""
    delimiter = "\t" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines()]
    if rows:
        yield "", rows[0], rows[1:]


def _sheets(blob: Blob) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(blob.body), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        return
    for sheet in book.worksheets:
        rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        filled = [row for row in rows if any(row)]
        if filled:
            yield f"シート「{sheet.title}」", filled[0], filled[1:]


def _records(blob: Blob) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    try:
        whole = json.loads(decoded(blob.body) or "")
    except ValueError:
        return
    if isinstance(whole, dict):
        whole = next((value for value in whole.values() if isinstance(value, list)), [])
    records = [one.get("properties", one) for one in whole if isinstance(one, dict)] if isinstance(whole, list) else []
    records = [one for one in records if isinstance(one, dict)]
    head = list(dict.fromkeys(key for one in records for key in one))
    if head:
        yield "", head, [[str(one.get(key) or "") for key in head] for one in records]


def _output_tables(blob: Blob) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    for number, cell in enumerate(_cells(blob), start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            where = f"セル{number}の出力"
            if "text/html" in data:
                head, rows = _html_table(_joined(data["text/html"]))
                if head:
                    yield where, head, rows
            else:
                lines = _joined(data.get("text/plain", output.get("text", ""))).splitlines()
                if len(lines) > 1 and len(lines[0].split()) > 1:
                    yield where, lines[0].split(), [re.split(r"\s{2,}|\s", line.strip())[1:] for line in lines[1:]]


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.head, self.rows, self.inside = [], [], ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "tr":
            self.rows.append([])
        self.inside = tag if tag in ("th", "td") else self.inside

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag in ("th", "td") else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside and data.strip():
            if self.inside == "th" and not any(self.rows[:-1]):
                self.head.append(data.strip())
            elif self.rows:
                self.rows[-1].append(data.strip())


def _html_table(page: str) -> tuple[list[str], list[list[str]]]:
    parser = _Rows()
    parser.feed(page)
    rows = [row for row in parser.rows if row]
    width = len(parser.head)
    return parser.head, [row[-width:] for row in rows]


def _cells(blob: Blob) -> list[dict]:
    try:
        cells = json.loads(decoded(blob.body) or "").get("cells", [])
    except (ValueError, AttributeError):
        return []
    return [cell for cell in cells if isinstance(cell, dict)]


def _joined(part: object) -> str:
    return "".join(map(str, part)) if isinstance(part, list) else str(part)
