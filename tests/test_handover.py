"""What lesson 10 tells of its folder: where it is, what to look at before publishing, next year's line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from machimap import bridge, course, places

HACHIOJI = places.find("八王子市")
TABLE = (
    "施設名,住所,鍵の管理者,備考\n架空第一小学校,八王子市元本郷町3-24-1,担当1（架空データ）,北の門から入る\n"
).encode()


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of lessons in whose notebooks a kernel runs."""
    monkeypatch.setattr("machimap.course.handover.home", lambda: tmp_path)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


def written(folder: Path, table: bytes = TABLE) -> bridge.Bridged:
    done = bridge.convert(table, name="架空の表.csv", place=HACHIOJI)
    done.write(folder)
    return done


def told(done: bridge.Bridged, folder: Path) -> str:
    return "\n".join(course.before_publishing(done, folder))


def test_a_path_is_told_from_the_folder_that_the_list_of_files_shows(top, tmp_path_factory):
    assert course.from_top(top / "work" / "132012_八王子市") == "work/132012_八王子市"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert course.from_top(elsewhere) == elsewhere.as_posix()


def test_the_link_to_the_report_names_it_from_the_notebook_and_tells_the_way(top):
    folder = top / "work" / "標準の形" / "架空 の表_csv"
    assert "まだありません" in repr(course.report_link(folder))
    written(folder)
    link = course.report_link(folder)
    href = link._repr_html_().split('href="')[1].split('"')[0]
    assert Path(unquote(href)).resolve() == (folder / "報告.html").resolve()
    assert "work → 標準の形 → 架空 の表_csv とたどり" in repr(link)


def test_a_licence_is_asked_for_with_a_block_that_can_be_pasted_until_one_is_written(top):
    folder = top / "work" / "表"
    done = written(folder)
    path = folder / "datapackage.json"
    said = told(done, folder)
    assert "担当課が CC BY 4.0 と決めたときの例" in said
    block = said[said.index('  "licenses"') :]
    text = path.read_text(encoding="utf-8").replace("{", "{\n" + block, 1)
    assert json.loads(text)["licenses"][0]["name"] == "CC-BY-4.0"
    path.write_text(text, encoding="utf-8")
    assert "licenses" not in told(done, folder)
    written(folder)
    assert "licenses" not in told(done, folder)
    for wrong in ("CC BY 4.0", ["CC BY 4.0"]):
        path.write_text(json.dumps({**json.loads(text), "licenses": wrong}), encoding="utf-8")
        assert "licenses の書き方が違うので" in told(done, folder)


def test_columns_of_people_are_told_to_be_kept_apart_and_an_empty_list_not_to_be_made(top):
    said = told(written(top / "表"), top / "表")
    assert "別に残した、人のことらしい列：鍵の管理者" in said
    assert "公開する文の列：備考（人のことがないか" in said
    nameless = written(top / "空", "施設名,住所\n,八王子市元本郷町3-24-1\n".encode())
    assert "使った行が0行なので" in told(nameless, top / "空")
    assert "licenses" not in told(nameless, top / "空")


def test_a_list_of_another_town_is_told_not_to_be_written(top):
    rows = "".join(f"架空{number}館,香川県高松市番町1-{number}-15\n" for number in range(1, 9))
    done = written(top / "表", ("施設名,住所\n" + rows).encode())
    assert not (top / "表" / "datapackage.json").exists()
    assert told(done, top / "表") == f"⚠ {done.blocked}"


def test_the_line_for_next_year_runs_as_it_stands_where_the_terminal_begins(top):
    folder = top / "work" / "132012_八王子市" / "標準の形" / "八王子市_04_▶表（1）地震［屋外］ $HOME_csv"
    written(folder)
    (top / "来年の表.csv").write_bytes(TABLE)
    line = course.next_year(folder / "recipe.yml", "架空の表.csv")
    program = shutil.which("machimap", path=str(Path(sys.executable).parent))
    done = subprocess.run(
        line.replace("machimap", f"'{program}'", 1),
        shell=True, cwd=top, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = folder.parent / "来年の表"
    assert (made / "指定緊急避難場所一覧.csv").exists(), sorted(made.rglob("*"))
