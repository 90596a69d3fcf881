"""The lessons as learners meet them: the hour for very different municipalities, and the facts that they print."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from machimap import course, datasets, places, store
from machimap.course import execute
from machimap.course.tasks import material, messy

PLACES = {
    "八王子市": "its own list, and many sites",
    "府中市（広島県）": "a name that two cities bear",
    "大阪市北区": "a ward, whose lists stand under the city",
    "小笠原村": "islands with wide bounds",
    "浜松市": "wards that changed after the boundaries were drawn",
    "青森県藤崎町": "no list at all",
    "焼津市": "its own list, and real hazard polygons",
    "珠洲市": "far from everything, few sites",
}
SCREEN = 45


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.delenv("MACHIMAP_TRACEBACK", raising=False)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def printed(path: Path) -> str:
    """All that a notebook's cells print."""
    return "".join(out.text for cell in code_cells(path) for out in cell.outputs if out.output_type == "stream")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_the_hour_works_offline(name, tmp_path):
    place = places.find(name)
    told = []
    made = course.workshop(name, tmp_path, say=told.append)

    assert made.folder == tmp_path / f"{place.lg_code}_{place.name}"
    assert [line.split()[0] for line in told] == [execute.notebooks()[number].stem for number in execute.HOUR]

    for path in sorted((made.folder / "notebooks").glob("*.ipynb")):
        outputs = [out for cell in code_cells(path) for out in cell.outputs]
        streams = [out for out in outputs if out.output_type == "stream"]
        assert not [out for out in outputs if out.output_type == "error"], path.name
        assert not [out.text for out in streams if out.name == "stderr"], path.name
        assert "⚠" not in printed(path), path.name
        assert all(out.text.count("\n") <= SCREEN for out in streams), path.name
        assert place.full_name in printed(path), path.name

    sites = datasets.shelters(place, "指定緊急避難場所")
    saved = pd.read_csv(made.folder / "指定緊急避難場所.csv", dtype="str", encoding="utf-8-sig")
    assert len(saved) == len(sites)
    if sites.empty:
        assert "「ない」とは限りません" in printed(made.folder / "notebooks" / execute.notebooks()["00"].name)

    page = (made.folder / "ハザードマップ.html").read_text(encoding="utf-8")
    assert place.name in page
    assert all(site in page for site in sites["名称"].head(3).str.strip())

    site = made.folder / "site"
    assert place.name in (site / "index.html").read_text(encoding="utf-8")
    assert place.name in git(site, "log", "--format=%s")
    assert git(site, "status", "--short") == ""


@pytest.mark.slow
def test_the_hour_can_be_run_again_and_keeps_what_the_learner_added(tmp_path):
    folder = course.workshop("藤崎町", tmp_path).folder
    (folder / "わたしのメモ.txt").write_text("残る", encoding="utf-8")
    commits = git(folder / "site", "rev-list", "--count", "HEAD")
    course.workshop("藤崎町", tmp_path)
    assert (folder / "わたしのメモ.txt").read_text(encoding="utf-8") == "残る"
    assert git(folder / "site", "status", "--short") == ""
    assert int(git(folder / "site", "rev-list", "--count", "HEAD")) >= int(commits)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["八王子市", "青森県藤崎町", "珠洲市", "小笠原村"])
@pytest.mark.parametrize("own", [False, True])
def test_the_bridge_runs_offline_for_any_town_and_with_a_file_of_ones_own(name, own, tmp_path, monkeypatch):
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    place = material.practice_place(places.find(name))
    source = tmp_path / "うちの表（架空データ）.xlsx"
    source.write_bytes(messy.messy_list(place))
    path, done = execute.notebook_path("10"), tmp_path / "10.ipynb"
    values = {"municipality": name, "output_dir": str(tmp_path / "out"), "source": str(source) if own else ""}
    course.run(path, values, done)
    outputs = [out for cell in code_cells(done) for out in cell.outputs]
    assert not [out for out in outputs if out.output_type == "error" or out.get("name") == "stderr"]
    told = printed(done)
    account = re.search(r"読んだ行 (\d+) ＝ 使った行 (\d+) ＋ 取り分けた行 (\d+)", told)
    rows, kept, aside = map(int, account.groups())
    assert rows == kept + aside
    (made,) = (tmp_path / "out" / "標準の形").iterdir()
    if own:
        # The name of the place waits for a tick, so nothing may be published yet, and it is said.
        assert (kept, made.name) == (0, f"{place.name}_うちの表（架空データ）_xlsx")
        assert not {"指定緊急避難場所一覧.csv", "datapackage.json"} & {path.name for path in made.iterdir()}
        assert "公開する一覧と説明は作りませんでした。3の対応を見直してください。" in told
    else:
        assert "同じ表にレシピを使うと、同じ一覧になる： True" in told
        table = pd.read_csv(made / "指定緊急避難場所一覧.csv", dtype="str", encoding="utf-8-sig", keep_default_na=False)
        assert len(table) == kept
        assert set(table["所在地_市区町村"]) == {"八王子市"}
        assert (table["災害種別_地震"] == "").all()
    assert {path.name for path in (made / "公開しない").iterdir()} >= {"取り分けた行.csv", "もとの列の残り.csv"}
    assert len(pd.read_csv(made / "公開しない" / "取り分けた行.csv", encoding="utf-8-sig")) == aside


@pytest.mark.parametrize("number", execute.HOUR)
def test_every_lesson_declares_the_two_parameters_and_refuses_others(number, tmp_path):
    path = execute.notebook_path(number)
    with pytest.raises(course.UnknownParameter, match="municipality、output_dir"):
        course.run(path, {"municipality": "八王子市", "prefecture": "東京都"}, tmp_path / "out.ipynb")


def test_the_committed_notebooks_are_those_of_the_masters():
    assert course.differences() == []


def nbval(folder: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> subprocess.CompletedProcess:
    monkeypatch.setenv("MACHIMAP_WORK", str(work))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", "--color=no", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=store.kit_root())


@pytest.mark.slow
def test_the_solutions_print_the_facts_that_they_hold(tmp_path, monkeypatch):
    done = nbval(store.kit_root() / "solutions", tmp_path, monkeypatch)
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout


@pytest.mark.slow
def test_a_fact_that_changed_is_noticed(tmp_path, monkeypatch):
    folder = tmp_path / "solutions"
    folder.mkdir()
    solution = next((store.kit_root() / "solutions").glob("00_*.ipynb"))
    text = solution.read_text(encoding="utf-8")
    assert "東京都八王子市\\n" in text
    (folder / solution.name).write_text(text.replace("東京都八王子市\\n", "東京都八王子村\\n"), encoding="utf-8")
    shutil.copy(solution.parent / "conftest.py", folder)
    done = nbval(folder, tmp_path, monkeypatch)
    assert done.returncode == 1, done.stdout[-4000:]
    assert "東京都八王子村" in done.stdout
