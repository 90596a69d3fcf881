"""What learners do to a notebook: cells out of order, twice, half-edited; another place; a deleted folder; a new kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from machimap import course, places, store
from machimap.course import notice, record, session

ROOT = store.kit_root()
NOTEBOOKS = [
    path.relative_to(ROOT).as_posix()
    for folder in ("notebooks", "exercises")
    for path in sorted((ROOT / folder).glob("0*.ipynb"))
]
DELETE = "import shutil\nfrom machimap.course.session import work_root\nshutil.rmtree(work_root(), ignore_errors=True)"


@pytest.fixture(autouse=True)
def _apart_from_the_learners_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.delenv("MACHIMAP_TRACEBACK", raising=False)
    monkeypatch.setattr(session, "_started", [])


def code_cells(path: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(ROOT / path, as_version=4).cells if cell.cell_type == "code"]


def in_kernel(cells: list[str], folder: str = "notebooks") -> list[nbformat.NotebookNode]:
    """Run cells in one real kernel beside the notebooks, whatever happens, and return them with their outputs."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    resources = {"metadata": {"path": str(ROOT / folder)}}
    NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=180, resources=resources).execute()
    return book.cells


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def told(cell: nbformat.NotebookNode) -> str:
    """What the learner sees of a cell's error."""
    return "\n".join(line for out in cell.outputs for line in out.get("traceback", []))


def assert_told_in_one_sentence(cell: nbformat.NotebookNode) -> None:
    text = told(cell)
    assert text.startswith("⚠ "), (cell.source, text)
    assert text.endswith("ください。"), (cell.source, text)
    assert (text.count("。"), text.count("\n")) == (1, 0), (cell.source, text)


# ---- a cell out of order, twice, after work/ was deleted


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS)
def test_cells_out_of_order_twice_or_without_their_folder_give_their_result_or_one_sentence(path):
    given = [cell.source for cell in code_cells(path)]
    backwards = given[::-1]
    twice = [source for source in given for _ in range(2)]
    deleted = [source for one in given for source in (DELETE, one)]
    ran = in_kernel([*backwards, *twice, *deleted], Path(path).parts[0])
    out_of_order = ran[: len(given)]
    first, again = ran[len(given) : 3 * len(given) : 2], ran[len(given) + 1 : 3 * len(given) : 2]
    without_folder = ran[3 * len(given) + 1 :: 2]

    assert [cell for cell in out_of_order if told(cell)]
    for cell in (*out_of_order, *without_folder):
        if told(cell):
            assert_told_in_one_sentence(cell)
    assert [told(cell) for cell in (*first, *again) if told(cell)] == []
    checked = ["nbval-check-output" in cell.metadata.get("tags", []) for cell in code_cells(path)]
    facts = [(printed(one), printed(two)) for one, two, fact in zip(first, again, checked, strict=True) if fact]
    assert [one for one, _ in facts] == [two for _, two in facts]


def test_a_kernel_that_is_new_or_was_restarted_says_where_to_begin():
    (cell,) = in_kernel(["sites.head()"])
    assert_told_in_one_sentence(cell)
    assert "「sites」" in told(cell)
    assert "いちばん上のセルから" in told(cell)


def test_a_kernel_away_from_the_lessons_is_left_as_it_is(tmp_path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("sites.head()")])
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=60, resources=resources).execute()
    assert "Traceback" in told(book.cells[0])


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("count = len(sites", "1行目"),
        ("count ＝ len(sites)", "全角の「＝」"),
        ("count = len（sites）", "全角の「（」"),
        ("count =　len(sites)", "全角の空白"),
        ("count = len(site)", "「sites」"),
        ("count = len(sites) + ", "1行目"),
        ("count = sites['名前'].count()", "「名称」"),
        ("count = １００", "全角の「１」"),
        ("count = 1 / 0", "0で割ろう"),
    ],
)
def test_an_answer_that_raises_is_told_and_the_mended_one_passes(source, named):
    cells = code_cells("exercises/01_opendata.ipynb")
    until = next(number for number, cell in enumerate(cells) if "count = ..." in cell.source)
    given = [cell.source for cell in cells[:until]]
    mended = cells[until].source.replace("count = ...", "count = len(sites)")
    *_, broken, right = in_kernel([*given, cells[until].source.replace("count = ...", source), mended], "exercises")
    assert_told_in_one_sentence(broken)
    assert named in told(broken)
    assert "○ 01-1 合格" in printed(right)


# ---- another place


def begin(path: str, tmp_path: Path) -> str:
    """Run a notebook for the chosen place, as a learner does, and return what its first two cells print."""
    done = tmp_path / "done" / Path(path).name
    course.run(ROOT / path, {}, done)
    cells = [cell for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code"]
    return "".join(printed(cell) for cell in cells[:3])


@pytest.mark.slow
def test_a_place_changed_after_02_is_noticed_by_03_and_the_exercises_and_nothing_is_mixed(tmp_path):
    course.remember(places.find("藤崎町"))
    begin("notebooks/01_opendata.ipynb", tmp_path)
    assert "動かしましたが" not in begin("notebooks/02_hazardmap.ipynb", tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "work").glob("*_藤崎町/**/*") if path.is_file()}
    course.remember(places.find("珠洲市"))
    for path in ("notebooks/03_publish.ipynb", "exercises/02_hazardmap.ipynb"):
        said = [line for line in begin(path, tmp_path).splitlines() if "藤崎町" in line]
        assert len(said) == 1, path
        assert said[0].startswith("02 は青森県藤崎町で動かしましたが、いまのまちは石川県珠洲市なので、01 から"), path
    assert {path: path.read_bytes() for path in before} == before
    page = next((tmp_path / "work").glob("*_珠洲市/site/index.html")).read_text(encoding="utf-8")
    assert "珠洲市" in page
    assert "藤崎町" not in page
    begin("notebooks/01_opendata.ipynb", tmp_path)
    begin("notebooks/02_hazardmap.ipynb", tmp_path)
    assert "動かしましたが" not in begin("notebooks/03_publish.ipynb", tmp_path)


CHANGE = """
import os, subprocess, sys
code = "from machimap import course, places; course.remember(places.find('焼津市'))"
subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
"""


def test_a_notebook_that_is_open_says_once_that_another_place_was_chosen_elsewhere(monkeypatch):
    course.remember(places.find("珠洲市"))
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/02_hazardmap.ipynb")
    start = "from machimap import course\nsession = course.start('', '')"
    ran = in_kernel([start, CHANGE, "print(session.place.name)", start, "print(session.place.name)"])
    first, changed, after, again, last = map(printed, ran)
    assert first == ""
    assert changed.startswith("00 で静岡県焼津市が選ばれましたが、このノートはまだ石川県珠洲市なので、")
    assert (after, last) == ("珠洲市\n", "焼津市\n")
    assert again == ""


def test_00_where_the_place_is_chosen_says_nothing_of_it(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/00_hajimeni.ipynb")
    start = "from machimap import course, places\nsession = course.start('', '')"
    ran = in_kernel([start, "course.remember(places.find('焼津市'))", CHANGE, "print(1)"])
    assert "".join(map(printed, ran)) == "1\n"


def test_who_begins_with_a_later_lesson_is_told_which_place_is_used(monkeypatch, capsys):
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/02_hazardmap.ipynb")
    course.start()
    assert capsys.readouterr().out == "まだ 00 でまちを選んでいないので、八王子市で進めます。\n"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"01": "999999"}', '{"01": 3, "02": null}', "null"])
def test_a_broken_record_of_the_lessons_stops_nothing(content, tmp_path, monkeypatch, capsys):
    course.remember(places.find("珠洲市"))
    (tmp_path / "work" / "lessons.json").write_text(content, encoding="utf-8")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_publish.ipynb")
    assert course.start().place.name == "珠洲市"
    assert capsys.readouterr().out == ""
    assert notice._kept()["03"] == places.find("珠洲市").lg_code


# ---- work/ deleted midway


def test_a_deleted_folder_is_made_again_with_one_sentence_and_the_choice_is_kept(tmp_path, capsys):
    import shutil

    course.remember(places.find("珠洲市"))
    begun = course.start()
    course.check("01-1", 3)
    shutil.rmtree(tmp_path / "work")
    capsys.readouterr()
    course.check("01-1", 4)
    said, *checked = capsys.readouterr().out.splitlines()
    assert said.startswith("「172057_珠洲市」のフォルダがなくなっていたので、作り直しました")
    assert checked[0].startswith("△ 01-1 やり直し")
    assert record.states("01")["01-1"].tries == 1
    assert course.remembered().name == "珠洲市"
    shutil.rmtree(begun.path)
    assert begun.folder.is_dir()
    assert "作り直しました" in capsys.readouterr().out
    assert begun.folder.is_dir()
    assert capsys.readouterr().out == ""


def test_the_form_and_the_gate_without_the_site_say_so_in_one_sentence(tmp_path, assert_one_sentence):
    from machimap import release

    form = course.ReleaseForm(tmp_path / "site")
    form.save()
    assert "サイトをつくるところから" in form.message.value
    with pytest.raises(release.ReleaseError) as caught:
        release.prepare(tmp_path / "site")
    assert_one_sentence(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_two_notebooks_that_check_at_once_are_both_counted():
    code = "import sys\nfrom machimap import course\nfor _ in range(20):\n    course.check(sys.argv[1], 0)"
    running = [subprocess.Popen([sys.executable, "-c", code, key], stdout=subprocess.PIPE) for key in ("01-1", "01-2")]
    assert [process.communicate() and process.returncode for process in running] == [0, 0]
    assert [record.states("01")[key].tries for key in ("01-1", "01-2")] == [20, 20]
