"""The instructor's guide: what the pages promise holds in the lessons, and data that do not fit are refused."""

from __future__ import annotations

import csv
import gettext
import itertools
import re
import shlex
import shutil
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml
from click.testing import CliRunner
from nbclient import NotebookClient

from machimap import cli, datasets, store
from machimap.course import classroom, guide, lab
from machimap.course.guide import pages
from machimap.course.guide.runsheet import GuideError

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / guide.FOLDER
MINUTES = (60, 30, 180)


@pytest.fixture(scope="module")
def told() -> guide.Guide:
    return guide.guide()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the guide is made of, which a test may spoil."""
    for name in (guide.FOLDER, "notebooks", "exercises"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def change(root: Path, name: str, old: str, new: str) -> None:
    path = root / guide.FOLDER / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# ---- what is committed


def test_the_committed_pages_are_what_the_data_make_of_them():
    done = CliRunner().invoke(cli.commands, ["course", "guide", "--check"])
    assert done.exit_code == 0, done.output
    assert "もとのデータのとおり" in done.output


def test_a_page_changed_by_hand_is_named_and_made_anew(copy):
    change(copy, "handout.html", "動かし方", "うごかしかた")
    change(copy, "room.md", "disaportaldata.gsi.go.jp", "tiles.example.jp")
    assert guide.differences(copy) == [
        f"{guide.FOLDER}/handout.html がもとのデータと違う",
        f"{guide.FOLDER}/room.md がもとのデータと違う",
    ]
    assert {path.name for path in guide.build(copy)} == {"handout.html", "room.md"}
    for name in ("handout.html", "room.md"):
        assert (copy / guide.FOLDER / name).read_bytes() == (PAGES / name).read_bytes()


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_every_file_that_a_page_links_to_exists(path):
    links = re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
    assert [one for one in links if not urlsplit(one).scheme and not (path.parent / unquote(one)).exists()] == []


@pytest.mark.parametrize("minutes", MINUTES)
def test_the_times_of_a_plan_run_from_the_beginning_to_the_end(minutes):
    text = (PAGES / f"plan-{minutes}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+):(\d\d) \| (.+?) \| (\d*) ?\|", text, re.MULTILINE)
    clock = [60 * int(hours) + int(rest) for hours, rest, *_ in rows]
    lengths = [int(row[3]) for row in rows[:-1]]
    assert clock[0] == 0
    assert clock[-1] == minutes == sum(lengths)
    assert [later - one for one, later in itertools.pairwise(clock)] == lengths


def test_a_line_with_more_to_read_than_its_minutes_allow_is_marked():
    text = (PAGES / "plan-60.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d+:\d\d \| (\d\d)　.+? \| (\d+) \| (\d+) \| (\d+)(※?) \|", text, re.MULTILINE)
    assert {lesson for lesson, *_ in rows} == {"00", "01", "02", "03"}
    assert all((int(letters) > 300 * int(minutes)) == bool(mark) for _, minutes, _, letters, mark in rows)
    assert any(mark for *_, mark in rows)
    code = [
        cell
        for path in sorted((ROOT / "notebooks").glob("0[0-3]_*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]
    assert sum(int(cells) for _, _, cells, *_ in rows) == len(code)


def test_the_hour_gives_each_lesson_the_minutes_that_its_first_cell_tells_learners():
    text = (PAGES / "plan-60.md").read_text(encoding="utf-8")
    given = dict(re.findall(r"^## \[.+\]\(\.\./\.\./(notebooks/.+\.ipynb)\)（(\d+)分）$", text, re.MULTILINE))
    assert [Path(name).name[:2] for name in given] == ["00", "01", "02", "03"]
    for name, minutes in given.items():
        head = nbformat.read(ROOT / name, as_version=4).cells[0].source
        assert f"**所要時間**：{minutes}分" in head
    assert sum(map(int, given.values())) + 5 == 60
    assert "## 見せ合う（5分）" in text


# ---- the way on when late


def _shortened() -> list[tuple[str, tuple[str, ...]]]:
    """Every notebook with the sections that some plan leaves out: always, or when the class is late."""
    told, found = guide.guide(), set()
    for variant in told.variants:
        for name in variant.notebooks:
            titles, mine = told.books[name].titles, variant.of(name)
            never = {title for title in titles if title not in [cell for step in mine for cell in step.cells]}
            lates = [{cell for one in step.late for cell in _cells(variant.step(one), name)} for step in variant.steps]
            for left in [set(), *lates]:
                out = tuple(title for title in titles if title in never | left)
                if _matters(told.books[name], out):
                    found.add((name, out))
    return sorted(found)


def _numbers(value: str | tuple[str, ...]) -> str:
    """The lesson, and the numbers of the sections left out, for the name of a test."""
    return Path(value).name[:2] if isinstance(value, str) else "without-" + "-".join(one.split(".")[0] for one in value)


def _matters(book, out: tuple[str, ...]) -> bool:
    """Whether code remains below a section that is left out."""
    code = [title for title, cells in book.sections if any(cell.cell_type == "code" for cell in cells)]
    return bool(out) and any(
        book.titles.index(title) > book.titles.index(out[0]) for title in code if title and title not in out
    )


def _cells(step, name: str) -> tuple[str, ...]:
    return step.cells if step.notebook == name else ()


@pytest.mark.parametrize(("name", "left_out"), _shortened(), ids=_numbers)
def test_what_comes_after_a_section_left_out_still_runs(name, left_out, told, tmp_path, monkeypatch):
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.delenv("MACHIMAP_CLASS", raising=False)
    book = nbformat.v4.new_notebook(cells=told.books[name].without(set(left_out)))
    NotebookClient(book, kernel_name="python3", timeout=120).execute()
    outputs = [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]
    assert outputs
    assert not [out for out in outputs if out.get("name") == "stderr" or "⚠" in out.get("text", "")]


def test_being_late_is_made_good_by_at_least_five_minutes(told):
    for variant in told.variants:
        for step in variant.steps:
            gained = sum(variant.step(one).minutes for one in step.late)
            assert gained >= min(5, variant.minutes - step.minute), (variant.minutes, step.id)
            assert all(variant.step(one).minute >= step.minute for one in step.late), (variant.minutes, step.id)


def test_a_class_that_is_late_is_told_where_to_go_and_what_to_leave_out():
    text = (PAGES / "plan-60.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^### (\d:\d\d).+?^- \*\*5分遅れたら\*\*：(.+?)$", text, re.MULTILINE | re.DOTALL))
    assert len(told) == text.count("\n### ")
    assert told["0:12"] == "このあと「01 の 7」「01 の 8〜9」「01 の 10」を飛ばして「02 の 1〜2」へ"
    assert told["0:33"] == "いま「02 の 7」を飛ばして「02 の 8」へ"
    assert (
        told["0:38"] == "このあと「03 の 4」を飛ばして「03 の 5」へ、「03 の 6」「03 の 7」を飛ばして「03 の 8〜9」へ"
    )
    assert told["0:55"] == "いま「見せ合う」を短くして、時間どおりに終わる"


# ---- what is measured


def test_the_seconds_measured_leave_half_of_every_step_for_people(told):
    for variant in told.variants:
        for name in variant.notebooks:
            for number, step in enumerate(variant.of(name)):
                taken = told.measured.seconds(step, first=number == 0)
                assert 0 <= taken.offline <= step.minutes * 30, (variant.minutes, step.id)
                assert taken.silent <= step.minutes * 30, (variant.minutes, step.id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told.measured.day)
    assert "コア" in told.measured.machine


# ---- stumbles


def test_a_stumble_belongs_to_a_part_of_the_questions(told):
    faq = (PAGES / "faq.md").read_text(encoding="utf-8")
    assert faq.count("\n### ") == len(told.stumbles)


def _words_of_the_kit() -> str:
    files = [path for kind in ("py", "yml", "js") for path in (ROOT / "src").rglob(f"*.{kind}")]
    files = [path for path in files if "guide" not in path.parts]
    return "\n".join(path.read_text(encoding="utf-8") for path in [*files, *(ROOT / "lessons").rglob("*.py")])


def test_what_learners_are_said_to_see_is_what_the_kit_says(told):
    words = _words_of_the_kit()
    missing = [(one.id, shown) for one in told.stumbles.values() for shown in one.shown if shown not in words]
    assert not missing
    assert sum(len(one.shown) for one in told.stumbles.values()) > 10


def test_the_menus_that_are_named_are_those_of_lab_in_japanese(told):
    pack = resources.files("jupyterlab_language_pack_ja_JP").joinpath("locale/ja_JP/LC_MESSAGES/jupyterlab.mo")
    with pack.open("rb") as stream:
        menus = set(gettext.GNUTranslations(stream)._catalog.values())
    for one in told.stumbles.values():
        assert set(one.menu) <= menus, one.id
        assert all(menu in one.say + one.more for menu in one.menu), one.id


def test_the_commands_to_type_exist_and_take_what_is_typed(told):
    typed = [(one, command) for one in told.stumbles.values() for command in one.command]
    assert {command.split()[-2:][0] for _, command in typed} >= {"rescue"}
    for one, command in typed:
        assert command in one.say + one.more or "追いつく命令" in one.say
        arguments = shlex.split(command.removeprefix("%run -m machimap.cli ").removeprefix("machimap "))
        with cli.commands.make_context("machimap", list(arguments)) as context:
            name, found, rest = cli.commands.resolve_command(context, arguments)
            found.make_context(name, rest).close()


def test_every_stumble_stands_in_the_questions_and_those_of_the_hour_in_a_plan(told):
    faq = (PAGES / "faq.md").read_text(encoding="utf-8")
    plans = "".join((PAGES / f"plan-{minutes}.md").read_text(encoding="utf-8") for minutes in MINUTES)
    for one in told.stumbles.values():
        assert one.say in faq
        assert one.say in plans, one.id


def in_a_cell(line: str, folder: Path) -> str:
    """What a line prints that is typed into a fresh notebook, on a machine whose PATH does not know `machimap`."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line)])
    NotebookClient(book, kernel_name="python3", timeout=120).execute(cwd=str(folder))
    return "".join(out.get("text", "") for out in book.cells[0].outputs)


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A learner's folder with the notebooks as they are given out."""
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("MACHIMAP_WORK", raising=False)
    folder, _ = lab.lessons_folder(tmp_path)
    return folder / "notebooks"


def test_the_line_that_participants_type_before_the_day_says_what_the_page_promises(desk):
    text = (PAGES / "before.md").read_text(encoding="utf-8")
    line, other = re.findall(r"^```\n(.+)\n```$", text, re.MULTILINE)
    promised = re.search(r"\*\*「(まちマップは.+)」\*\* と出れば", text)[1]
    assert in_a_cell(line, desk).rstrip().endswith(promised)
    assert other == "uv run machimap doctor"


def test_the_line_for_who_fell_behind_works_without_a_terminal(told, desk):
    line = next(command for command in told.stumbles["behind"].command if command.startswith("%run"))
    notebook = desk / "02_hazardmap.ipynb"
    given = notebook.read_bytes()
    notebook.write_bytes(given.replace(b"EPSG:6668", b"EPSG:0000"))
    assert "02 の始めまで進めました" in in_a_cell(line, desk)
    assert notebook.read_bytes() == given
    assert list(desk.parent.glob("work/*/指定緊急避難場所.csv"))
    assert list(desk.parent.glob("work/backup-*/notebooks/02_hazardmap.ipynb"))


# ---- the hosts


def test_the_room_page_names_every_host_of_the_tables_and_no_other():
    block = re.search(r"<!-- hosts -->(.+)<!-- /hosts -->", (PAGES / "room.md").read_text(encoding="utf-8"), re.DOTALL)
    named = re.findall(r"^\| `([^`]+)`", block[1], re.MULTILINE)
    wanted = set()
    for table in ("layers", "base_layers", "services"):
        with (ROOT / f"datasets/hazards/{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
            wanted |= {urlsplit(row["url"]).netloc for row in csv.DictReader(stream)}
    assert set(named) == wanted - {""}
    assert len(named) == len(set(named))


def test_a_host_that_is_new_in_a_table_reaches_the_room_page(told, copied_datasets):
    from machimap.datasets.sealing import seal

    path = copied_datasets / "hazards" / "base_layers.csv"
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("cyberjapandata.gsi.go.jp", "maps.example.jp"), encoding="utf-8")
    seal(copied_datasets / "hazards")
    page = pages.filled(told, (PAGES / "room.md").read_text(encoding="utf-8"))
    assert "| `maps.example.jp` | 背景の地図" in page
    assert "cyberjapandata" not in page


def test_the_room_page_tells_the_boards_own_limits():
    text = (PAGES / "room.md").read_text(encoding="utf-8")
    assert f"{classroom.LONGEST_SEAT}文字まで" in text
    assert f"同じ問題で{classroom.STUCK_TRIES}回やり直した席" in text
    assert f"{classroom.STUCK_AFTER.seconds // 60}分動きのない席" in text
    assert classroom.FOLDER_VARIABLE in text


# ---- the slides


def test_the_numbers_on_the_slides_are_those_of_the_data():
    page = (PAGES / "deck.html").read_text(encoding="utf-8")
    for kind in datasets.KINDS:
        files = sorted((store.datasets_root() / "shelters" / kind).glob("*.csv"))
        rows = 0
        for path in files:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows += sum(1 for _ in csv.DictReader(stream))
        assert f"{kind} <strong>{rows:,}</strong> 件" in page
    with (store.datasets_root() / "municipalities" / "municipalities.csv").open(encoding="utf-8-sig") as stream:
        assert f"全国 <strong>{sum(1 for _ in csv.DictReader(stream)):,}</strong>" in page


def test_the_deck_is_a_notebook_that_slides_tools_can_read():
    book = nbformat.read(PAGES / "deck.ipynb", as_version=4)
    nbformat.validate(book)
    kinds = [cell.metadata["slideshow"]["slide_type"] for cell in book.cells]
    assert kinds.count("slide") == 10
    assert not [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs if "error" in out]


# ---- what does not fit is refused

FAULTS = {
    "a heading that no notebook has": ("runsheet.yml", "cells: [1. まず、動かす]", "cells: [1. まず、走る]", "「1. まず、走る」という見出しがない"),
    "a section that nobody comes to": ("runsheet.yml", "cells: [2. 数える, 3. 整える]", "cells: [3. 整える]", "「2. 数える」がどこにも出てこない"),
    "sections in another order": ("runsheet.yml", "cells: [2. 数える, 3. 整える]", "cells: [3. 整える, 2. 数える]", "見出しの順"),
    "a lesson with another time than it tells": ("runsheet.yml", "minute: 20\n", "minute: 21\n", "所要時間は15分で合わない"),
    "a time that runs back": ("runsheet.yml", "minute: 8\n", "minute: 4\n", "前に戻っている"),
    "an hour that does not begin at 0": ("runsheet.yml", "minute: 0\n", "minute: 1\n", "0分から始まっていない"),
    "a notebook that is not there": ("runsheet.yml", "notebook: notebooks/00_hajimeni.ipynb", "notebook: notebooks/00_nowhere.ipynb", "ファイルがない"),
    "a slide that is not there": ("runsheet.yml", "slides: [10]", "slides: [11]", "スライドに 11 枚目がない"),
    "a slide that is never shown": ("runsheet.yml", "slides: [6]", "slides: []", "順に出てこない"),
    "a stumble that is not described": ("runsheet.yml", "stuck: [shift-enter, star, doctor]", "stuck: [nowhere]", "stumbles.yml に nowhere がない"),
    "a way on that wins no time": ("runsheet.yml", "late: [own-list, compare, save]", "late: [save]", "5分を取り戻せない"),
    "a way on that lies behind": ("runsheet.yml", "late: [show]\n        handout: 「まだ", "late: [yaizu]\n        handout: 「まだ", "このあとの id"),
    "a step without anything to say": ("runsheet.yml", "        say: きょうは1時間で", "        tell: きょうは1時間で", "足りないか余分なものがある"),
    "a file that is no YAML": ("stumbles.yml", "- id: star", "- id: [star", "YAML として読めない"),
    "cells slower than their step": ("measured.yml", "name: 2. 数える\n    offline: 0", "name: 2. 数える\n    offline: 99", "2分の半分を超える"),
    "a section that was never measured": ("measured.yml", "name: 2. 数える\n", "name: 2. 数えた\n", "「2. 数える」の秒数がない"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "words"), FAULTS.values(), ids=FAULTS)
def test_data_that_do_not_fit_the_lessons_are_refused(name, old, new, words, copy, assert_one_sentence):
    change(copy, name, old, new)
    with pytest.raises(GuideError) as caught:
        guide.guide(copy)
    assert words in str(caught.value)
    assert_one_sentence(caught.value)


def test_a_lesson_that_changes_its_time_stops_the_guide(copy):
    path = copy / "notebooks" / "02_hazardmap.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("**所要時間**：20分", "**所要時間**：25分"), encoding="utf-8"
    )
    with pytest.raises(GuideError, match="進め方では20分、ノートの所要時間は25分"):
        guide.guide(copy)


def test_without_the_guides_files_one_sentence_says_where_to_go(tmp_path, assert_one_sentence):
    with pytest.raises(GuideError) as caught:
        guide.build(tmp_path)
    assert_one_sentence(caught.value)


def test_the_run_sheet_and_the_measured_seconds_are_plain_yaml():
    sheet = yaml.safe_load((PAGES / "runsheet.yml").read_text(encoding="utf-8"))
    assert [one["minutes"] for one in sheet["variants"]] == list(MINUTES)
    for variant in sheet["variants"]:
        for step in variant["steps"]:
            assert {"minute", "say", "checkpoint", "late"} <= set(step), step["id"]
