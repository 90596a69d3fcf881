"""Execute lessons with papermill: strict parameters, one sentence when a cell fails, the whole hour in one call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machimap import places, store
from machimap.course.friendly import MARK
from machimap.course.session import place_folder, remember, work_root
from machimap.errors import MachimapError

HOUR = ("00", "01", "02", "03")
_QUIET_KERNEL = ["--log-level=CRITICAL"]


class UnknownParameter(MachimapError):
    """A parameter that the notebook does not declare."""


class LessonFailed(MachimapError):
    """A cell of a lesson failed; names the lesson, the heading and the cause."""


class NotebookMissing(MachimapError):
    """The kit has no notebook of that number."""


@dataclass(frozen=True)
class Workshop:
    """What the hour made: the folder, its files, and the seconds of each lesson."""

    folder: Path
    files: tuple[str, ...]
    seconds: dict[str, float]

    def text(self) -> str:
        """Return the summary in Japanese."""
        lines = [f"できました：{self.folder}（{sum(self.seconds.values()):.0f}秒）"]
        lines += [f"  {name}" for name in self.files]
        lines.append("site/index.html をダブルクリックすると、ブラウザで地図が開きます。")
        return "\n".join(lines)


def notebooks() -> dict[str, Path]:
    """Return the kit's notebooks by their number."""
    return {path.name[:2]: path for path in sorted((store.kit_root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))}


def notebook_path(number: str) -> Path:
    """Return the kit's notebook of a number ("00"); raises NotebookMissing."""
    found = notebooks()
    if number not in found:
        raise NotebookMissing(f"ノート {number} が見つからないので、Machimap を入れ直してください。")
    return found[number]


def run(path: Path, parameters: dict[str, str], output: Path) -> None:
    """Execute a notebook with parameters and write it to `output`, also when a cell fails.

    Raises UnknownParameter before anything runs when the notebook does not declare a parameter,
    LessonFailed when a cell fails.
    """
    import papermill
    from nbclient.exceptions import DeadKernelError

    _refuse_unknown(path, parameters)
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        # The name is what a server would tell; a run that is started from a notebook must not take that one's.
        with environment(JPY_SESSION_NAME=str(path)):
            papermill.execute_notebook(
                str(path),
                str(output),
                parameters,
                kernel_name="python3",
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                cwd=str(path.parent),
                extra_arguments=_QUIET_KERNEL,
            )
    except papermill.PapermillExecutionError as error:
        raise LessonFailed(f"{path.stem} の「{_heading(output, error.exec_count)}」で、{_cause(error)}") from error
    except DeadKernelError as error:
        raise LessonFailed(
            f"{path.stem} を動かすカーネルが止まったので、メモリを使うアプリを閉じてからやり直してください。"
        ) from error


def workshop(
    municipality: str, output_root: Path | None = None, *, say: Callable[[str], None] | None = None
) -> Workshop:
    """Execute notebooks 00–03 for a municipality into `output_root/<lg_code>_<name>/`.

    `output_root` is work/ by default; `say` is told one line a lesson. Nothing that it did not make is
    removed. Raises places.PlaceError, LessonFailed, NotebookMissing.
    """
    place = places.find(municipality)
    root = (output_root or work_root()).resolve()
    folder = place_folder(place, root)
    parameters = {"municipality": place.lg_code, "output_dir": str(folder)}
    seconds = {}
    with environment(MACHIMAP_WORK=str(root)):
        remember(place)
        for number in HOUR:
            path = notebook_path(number)
            started = time.perf_counter()
            run(path, parameters, folder / "notebooks" / path.name)
            seconds[number] = time.perf_counter() - started
            if say:
                say(f"{path.stem}  {seconds[number]:.1f}秒")
    return Workshop(folder, _files(folder), seconds)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for the kernels that are started inside, and put the old ones back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _refuse_unknown(path: Path, parameters: dict[str, str]) -> None:
    import papermill

    declared = sorted(papermill.inspect_notebook(str(path)))
    unknown = sorted(set(parameters) - set(declared))
    if unknown:
        raise UnknownParameter(
            f"「{'、'.join(unknown)}」という設定は {path.stem} にないので、{'、'.join(declared)} から選んでください。"
        )


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(
        f"{path.name}/（{_count(path)}ファイル）" if path.is_dir() else path.name for path in sorted(folder.iterdir())
    )


def _count(folder: Path) -> int:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sum(".git" not in path.parts for path in files)


def _heading(output: Path, exec_count: int | None) -> str:
    """Return the heading above the cell of that execution count."""
    import nbformat

    heading = output.stem
    for cell in nbformat.read(output, as_version=4).cells:
        if cell.cell_type == "markdown":
            titles = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
            heading = titles[-1] if titles else heading
        elif cell.get("execution_count") == exec_count:
            break
    return heading


def _cause(error) -> str:
    """Return the sentence that the kernel showed; before `course.start`, the name of the error."""
    shown = [line for line in error.traceback if line.startswith(MARK)]
    if shown:
        return shown[-1].removeprefix(MARK)
    return f"{error.ename} が起きたので、ノートを JupyterLab で開いて、上のセルから順に動かしてください。"
