"""The notebooks that are committed, from the masters: lessons, exercises with blanks, and both solved."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from machimap import store
from machimap.course.exercises import split
from machimap.course.lessons import notebook, text_outputs, to_bytes

DEFAULT_PLACE = "八王子市"
FOLDERS = ("notebooks", "exercises", "solutions")


@dataclass(frozen=True)
class Product:
    """One committed notebook: its folder, its file name, its cells, and whether it holds what they print."""

    folder: str
    name: str
    book: NotebookNode
    solved: bool

    @property
    def path(self) -> str:
        """The path below the root of the kit."""
        return f"{self.folder}/{self.name}"


def products(root: Path | None = None) -> list[Product]:
    """Return all notebooks of the masters `lessons/NN_slug/lesson.py` and `exercise.py`, in order of their numbers.

    Raises LessonError when a master breaks the form.
    """
    made = []
    for folder in sorted(((root or store.kit_root()) / "lessons").glob("[0-9][0-9]_*")):
        lesson, exercise = folder / "lesson.py", folder / "exercise.py"
        if lesson.exists():
            book = notebook(lesson.read_text(encoding="utf-8"), folder.name)
            made += [_product("notebooks", folder.name, book), _product("solutions", folder.name, book)]
        if exercise.exists():
            copy, solution = split(exercise.read_text(encoding="utf-8"), folder.name)
            made += [
                _product("exercises", folder.name, notebook(copy, f"{folder.name}（練習）")),
                _product("solutions", f"{folder.name}_exercise", notebook(solution, f"{folder.name}（練習）")),
            ]
    return made


def build(root: Path | None = None) -> list[Path]:
    """Write notebooks/ and exercises/, and solutions/ executed for 八王子市 offline; return the files changed.

    A solution is executed again only when its cells changed. Raises LessonError, LessonFailed.
    """
    root = root or store.kit_root()
    changed = []
    for made in products(root):
        path = root / made.path
        if not made.solved:
            changed += _write(path, to_bytes(made.book))
        elif not path.exists() or _sources(_read(path)) != _sources(made.book):
            changed += _write(path, to_bytes(_solved(made.book, made.name)))
    return changed


def differences(root: Path | None = None) -> list[str]:
    """Return what differs between the masters and the committed notebooks, in words; nothing is written."""
    root = root or store.kit_root()
    expected = {made.path: made for made in products(root)}
    there = {f"{folder}/{path.name}" for folder in FOLDERS for path in (root / folder).glob("*.ipynb")}
    wrong = [f"{path} に原本がない" for path in sorted(there - set(expected))]
    wrong += [f"{path} がない" for path in sorted(set(expected) - there)]
    for path in sorted(there & set(expected)):
        made, committed = expected[path], root / path
        if not made.solved:
            wrong += [f"{path} が原本と違う"] if committed.read_bytes() != to_bytes(made.book) else []
        elif _sources(_read(committed)) != _sources(made.book):
            wrong.append(f"{path} が原本と違う")
        elif committed.read_bytes() != to_bytes(text_outputs(_read(committed))):
            wrong.append(f"{path} に、残さないはずの出力がある")
    return wrong


def _product(folder: str, stem: str, book: NotebookNode) -> Product:
    return Product(folder, f"{stem}.ipynb", book, folder == "solutions")


def _solved(book: NotebookNode, name: str) -> NotebookNode:
    """Execute a notebook for the default place, offline and away from the learner's work, and keep its text."""
    from machimap.course.execute import environment, run

    with tempfile.TemporaryDirectory() as folder:
        given, executed = Path(folder) / name, Path(folder) / "executed" / name
        given.write_bytes(to_bytes(book))
        with environment(MACHIMAP_OFFLINE="1", MACHIMAP_WORK=str(Path(folder) / "work")):
            run(given, {"municipality": DEFAULT_PLACE}, executed)
        outputs = {cell.id: cell.outputs for cell in _read(executed).cells if cell.cell_type == "code"}
    solved = nbformat.from_dict(book)
    for cell in solved.cells:
        if cell.cell_type == "code":
            cell.outputs = outputs[cell.id]
    return text_outputs(solved)


def _read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _sources(book: NotebookNode) -> list[tuple[str, str, str]]:
    return [(cell.id, cell.cell_type, cell.source) for cell in book.cells]


def _write(path: Path, body: bytes) -> list[Path]:
    if path.exists() and path.read_bytes() == body:
        return []
    path.parent.mkdir(exist_ok=True)
    scratch = path.with_suffix(".tmp")
    scratch.write_bytes(body)
    scratch.replace(path)
    return [path]
