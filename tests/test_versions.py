"""What a save would cover is kept beside: the real contents manager of JupyterLab writes the notebooks."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from machimap.course import versions

NAME = "exercises/01_opendata.ipynb"


@pytest.fixture
def home(tmp_path) -> SimpleNamespace:
    """A learner's home with the extension loaded; `save(*cells)` saves a notebook, `kept()` are the kept ones."""
    manager = LargeFileManager(root_dir=str(tmp_path))
    versions._load_jupyter_server_extension(SimpleNamespace(contents_manager=manager))
    (tmp_path / "exercises").mkdir()

    def save(*cells: str, path: str = NAME) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        for cell in notebook.cells:
            cell.outputs = [nbformat.v4.new_output("stream", text="出力")]
        manager.save({"type": "notebook", "content": notebook}, path)

    def kept() -> list[Path]:
        return sorted((tmp_path / "work" / versions.FOLDER).glob("*.ipynb"))

    return SimpleNamespace(folder=tmp_path, save=save, kept=kept, manager=manager)


def test_the_text_that_a_save_covers_stands_beside_without_its_outputs(home):
    home.save("count = len(sites)", "")
    home.save("count = ...", "")
    [one] = home.kept()
    assert one.name.startswith("exercises_01_opendata_")
    cells = nbformat.read(one, as_version=4).cells
    assert cells[0].source == "count = len(sites)"
    assert cells[0].outputs == []


def test_a_save_that_only_adds_or_moves_keeps_nothing(home):
    home.save("a = 1", "b = 2", "")
    home.save("b = 2", "a = 1", "c = 3")
    assert home.kept() == []


def test_only_the_newest_of_each_notebook_stay(home):
    home.save("old", path="exercises/01_opendata_2.ipynb")
    home.save("new", path="exercises/01_opendata_2.ipynb")
    for number in range(versions.KEPT + 6):
        home.save(f"number = {number}")
    own = [path for path in home.kept() if "opendata_2_" not in path.name]
    texts = [nbformat.read(path, as_version=4).cells[0].source for path in own]
    assert texts == [f"number = {number}" for number in range(5, versions.KEPT + 5)]
    assert len(home.kept()) == versions.KEPT + 1


def test_a_broken_notebook_on_disk_and_a_place_that_cannot_be_written_stop_no_save(home):
    (home.folder / NAME).write_text("{", encoding="utf-8")
    home.save("a = 1")
    (home.folder / "work").write_text("a file where the folder should be", encoding="utf-8")
    home.save("b = 2")
    cells = json.loads((home.folder / NAME).read_text(encoding="utf-8"))["cells"]
    assert cells[0]["source"] in ("b = 2", ["b = 2"])


def test_other_files_are_saved_as_ever(home):
    home.manager.save({"type": "file", "format": "text", "content": "一"}, "memo.txt")
    home.manager.save({"type": "file", "format": "text", "content": "二"}, "memo.txt")
    assert (home.folder / "memo.txt").read_text(encoding="utf-8") == "二"
    assert home.kept() == []
