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


def states(folder: str, pattern: str, town: str, tmp_path: Path) -> dict[str, str]:
    """Run a notebook of the kit for a town; return what its checks told, by task."""
    path = next((store.kit_root() / folder).glob(pattern))
    done = tmp_path / "done" / path.name
    course.run(path, {"municipality": town, "output_dir": str(tmp_path / "out")}, done)
    outputs = [
        out for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code" for out in cell.outputs
    ]
    streams = [out for out in outputs if out.output_type == "stream"]
    assert not [out.text for out in streams if out.name == "stderr"]
    return {key: state for out in streams for _, key, state in _TOLD.findall(out.text)}


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
