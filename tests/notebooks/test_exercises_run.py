"""The exercises as learners meet them: untouched to the end, and solved, for very different municipalities."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from machimap import course, store
from machimap.course.tasks import EVERY, tasks

TOWNS = ("焼津市", "小笠原村", "青森県藤崎町", "札幌市")
_TOLD = re.compile(r"^(\S) (\d\d-\d) (\S+?)(?:：|$)", re.MULTILINE)


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.delenv("MACHIMAP_TRACEBACK", raising=False)


def printed(path: Path, town: str, tmp_path: Path) -> list[str]:
    """Run a notebook for a town; return what its cells print."""
    done = tmp_path / "done" / path.name
    course.run(path, {"municipality": town, "output_dir": str(tmp_path / "out")}, done)
    outputs = [
        out for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code" for out in cell.outputs
    ]
    streams = [out for out in outputs if out.output_type == "stream"]
    assert not [out.text for out in streams if out.name == "stderr"]
    return [out.text for out in streams]


def states(folder: str, pattern: str, town: str, tmp_path: Path) -> dict[str, str]:
    """Run a notebook of the kit for a town; return what its checks told, by task."""
    path = next((store.kit_root() / folder).glob(pattern))
    return {key: state for text in printed(path, town, tmp_path) for _, key, state in _TOLD.findall(text)}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", EVERY)
@pytest.mark.parametrize("town", TOWNS)
def test_an_untouched_exercise_runs_to_its_end_and_nothing_passes(town, lesson, tmp_path):
    assert states("exercises", f"{lesson}_*.ipynb", town, tmp_path) == dict.fromkeys(tasks(lesson), "未回答")


@pytest.mark.slow
@pytest.mark.parametrize("lesson", EVERY)
@pytest.mark.parametrize("town", TOWNS)
def test_a_solution_passes_every_check(town, lesson, tmp_path):
    assert states("solutions", f"{lesson}_*_exercise.ipynb", town, tmp_path) == dict.fromkeys(tasks(lesson), "合格")


@pytest.mark.slow
def test_cells_that_a_learner_writes_are_told_apart_in_a_real_kernel(tmp_path):
    book = nbformat.read(store.kit_root() / "exercises" / "01_opendata.ipynb", as_version=4)
    told = {
        'kazu = len(sites)\ncount = check("01-1", count)': "－ 01-1 未回答：このセルに `count = ` で始まる行がない",
        'count = print(len(sites))\ncount = check("01-1", count)': "△ 01-1 やり直し：`print` は画面に出すだけ",
        'count = len(sites)\ncount = check("01-1", count)': "○ 01-1 合格",
        'sites[column] = "1"\ncheck("01-2", (sites[column] == "1").sum())': "△ 01-2 やり直し：表 `sites` の中身が変わって",
        'print(hint("01-2"))': "ヒント 1/3：",
    }
    after = 1 + next(n for n, cell in enumerate(book.cells) if 'check("01-4"' in cell.source)
    book.cells[after:after] = [nbformat.v4.new_code_cell(text) for text in told]
    path = tmp_path / "01_opendata.ipynb"
    nbformat.write(book, path)
    said = "".join(printed(path, "八王子市", tmp_path)).split("もとの行 150 ＝ 使える行 145 ＋ 取り分けた行 5\n")[1]
    lines = [line for line in said.splitlines() if line[:1] in "－△○ヒ"]
    for line, start in zip(lines, told.values(), strict=True):
        assert line.startswith(start)
