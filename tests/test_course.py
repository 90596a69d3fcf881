"""The course's machinery: masters → notebooks, strict execution, errors in one sentence, the notebooks' widgets."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from machimap import course, places, store
from machimap.course import execute, lab, lessons, session, widgets
from machimap.errors import MachimapError

MASTER = """\
# %% [markdown]
# # 10 ためしのレッスン
#
# - **所要時間**：1分
# - **ねらい**：しくみを確かめる
# - **できるようになること**：なし
# - **使うデータ**：{{credit:boundaries}}

# %% tags=["parameters"]
municipality = ""
output_dir = ""

# %%
from machimap import course

session = course.start(municipality, output_dir)

# %% [markdown]
# ## 1. 数える
# 2つの同じセルが続きます。

# %%
print(session.place.name)
# NBVAL_CHECK_OUTPUT

# %%
import pandas as pd

pd.DataFrame({"名称": ["市役所"]})
# NBVAL_CHECK_OUTPUT

# %%
print("印のないセル")

# %%
print("印のないセル")

# %% [markdown]
# ## まとめ
# - 終わり
#
# **次へ**：[00](00_hajimeni.ipynb)
"""


@pytest.fixture(autouse=True)
def _apart_from_the_learners_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIMAP_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    monkeypatch.delenv("MACHIMAP_TRACEBACK", raising=False)


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A kit with one small lesson."""
    folder = tmp_path / "kit" / "lessons" / "10_tameshi"
    folder.mkdir(parents=True)
    (folder / "lesson.py").write_text(MASTER, encoding="utf-8")
    return tmp_path / "kit"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The notebook of the small lesson."""
    path = tmp_path / "10_tameshi.ipynb"
    path.write_bytes(lessons.to_bytes(course.notebook(MASTER)))
    return path


def in_kernel(*cells: str) -> NotebookClient:
    """A client that has run the cells in a real kernel, after the course was started."""
    start = 'from machimap import course\nsession = course.start("八王子市", "")'
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (start, *cells)])
    client = NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=120)
    client.execute()
    return client


def shown_errors(client: NotebookClient) -> list[str]:
    """What the learner sees of the error of each cell but the first."""
    outputs = [cell.outputs for cell in client.nb.cells[1:]]
    return ["\n".join(line for out in cell for line in out.get("traceback", [])) for cell in outputs]


# ---- masters → notebooks


def test_a_master_becomes_a_notebook_without_outputs_and_with_its_credit():
    book = course.notebook(MASTER)
    nbformat.validate(book)
    assert store.credit("boundaries") in book.cells[0].source
    assert book.cells[1].metadata["tags"] == ["parameters"]
    assert book.metadata["kernelspec"]["name"] == "python3"
    assert "jupytext" not in book.metadata
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_the_same_master_gives_the_same_bytes():
    assert lessons.to_bytes(course.notebook(MASTER)) == lessons.to_bytes(course.notebook(MASTER))


def test_cell_ids_are_unique_and_do_not_move_when_another_cell_is_added():
    before = {cell.source: cell.id for cell in course.notebook(MASTER).cells}
    longer = MASTER.replace("# %% [markdown]\n# ## まとめ", "# %%\n1 + 1\n\n# %% [markdown]\n# ## まとめ")
    after = course.notebook(longer).cells
    assert len({cell.id for cell in after}) == len(after)
    assert {source: ident for source, ident in before.items() if source != "1 + 1"}.items() <= {
        **{cell.source: cell.id for cell in after},
        'print("印のないセル")': before['print("印のないセル")'],
    }.items()


@pytest.mark.parametrize(
    ("old", "new", "cell", "named"),
    [
        ("# # 10 ためしのレッスン", "# # ためしのレッスン", 1, "番号"),
        ("# - **所要時間**：1分\n", "", 1, "所要時間"),
        ("# - **使うデータ**：{{credit:boundaries}}\n", "", 1, "使うデータ"),
        ('# %% tags=["parameters"]', "# %%", 2, "parameters"),
        ("# **次へ**", "# 次は", 9, "次へ"),
        ("print(session.place.name)", "\n".join(f"x = {i}" for i in range(13)), 5, "13行"),
        ("# 2つの同じセルが続きます。", "# あ\n# い\n# う\n# え\n# お", 4, "5行"),
        ("print(session.place.name)", 'open("/home/somebody/list.csv")', 5, "絶対パス"),
        ("print(session.place.name)", 'open(r"C:\\Users\\somebody\\list.csv")', 5, "絶対パス"),
    ],
)
def test_a_master_that_breaks_the_form_is_refused_naming_lesson_and_cell(old, new, cell, named, assert_one_sentence):
    assert old in MASTER
    with pytest.raises(course.LessonError) as caught:
        course.notebook(MASTER.replace(old, new), "10_tameshi")
    assert "10_tameshi" in str(caught.value)
    assert f"{cell}番目のセル" in str(caught.value)
    assert named in str(caught.value)


def test_an_address_is_no_absolute_path():
    course.notebook(MASTER.replace("print(session.place.name)", 'print("https://example.jp/home/index.html")'))


def test_build_writes_notebook_and_solution_once_and_check_finds_every_difference(kit):
    written = [path.relative_to(kit).as_posix() for path in course.build(kit)]
    assert written == ["notebooks/10_tameshi.ipynb", "solutions/10_tameshi.ipynb"]
    assert course.build(kit) == []
    assert course.differences(kit) == []

    solution = nbformat.read(kit / "solutions/10_tameshi.ipynb", as_version=4)
    kept = [output for cell in solution.cells if cell.cell_type == "code" for output in cell.outputs]
    assert kept[0].text == "八王子市\n"
    assert list(kept[1].data) == ["text/plain"]
    assert "市役所" in kept[1].data["text/plain"]
    assert len(kept) == 2

    master = kit / "lessons/10_tameshi/lesson.py"
    master.write_text(MASTER.replace("しくみを確かめる", "しくみを知る"), encoding="utf-8")
    assert course.differences(kit) == [
        "notebooks/10_tameshi.ipynb が原本と違う",
        "solutions/10_tameshi.ipynb が原本と違う",
    ]
    master.unlink()
    assert course.differences(kit) == [
        "notebooks/10_tameshi.ipynb に原本がない",
        "solutions/10_tameshi.ipynb に原本がない",
    ]


def test_a_solution_with_an_output_that_may_change_is_found(kit):
    course.build(kit)
    path = kit / "solutions/10_tameshi.ipynb"
    solution = nbformat.read(path, as_version=4)
    solution.cells[-2].outputs = [nbformat.v4.new_output("stream", name="stdout", text="印のないセル\n")]
    path.write_bytes(lessons.to_bytes(solution))
    assert course.differences(kit) == ["solutions/10_tameshi.ipynb に、残さないはずの出力がある"]


def test_building_leaves_the_learners_choice_alone(kit):
    course.remember(places.find("焼津市"))
    course.build(kit)
    assert course.remembered() == places.find("焼津市")


# ---- execution


def test_run_executes_for_the_place_and_writes_the_notebook(small, tmp_path, capfd):
    course.run(small, {"municipality": "小笠原村", "output_dir": str(tmp_path / "out")}, tmp_path / "done.ipynb")
    text = (tmp_path / "done.ipynb").read_text(encoding="utf-8")
    assert "小笠原村\\n" in text
    assert (tmp_path / "out").is_dir()
    assert "without encryption" not in capfd.readouterr().err


def test_a_mistyped_parameter_is_refused_before_anything_runs(small, tmp_path, assert_one_sentence):
    with pytest.raises(course.UnknownParameter) as caught:
        course.run(small, {"municipallity": "八王子市"}, tmp_path / "done.ipynb")
    assert_one_sentence(caught.value)
    assert "municipallity" in str(caught.value)
    assert "municipality、output_dir" in str(caught.value)
    assert not (tmp_path / "done.ipynb").exists()


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('pd.DataFrame({"名称": [1]})["名前"]', "似た名前の列「名称」"),
        ("from machimap import places; places.find('府中市')", "広島県府中市"),
    ],
)
def test_a_failing_cell_names_lesson_heading_and_cause(source, named, tmp_path, assert_one_sentence):
    path = tmp_path / "10_tameshi.ipynb"
    broken = MASTER.replace('pd.DataFrame({"名称": ["市役所"]})', source)
    path.write_bytes(lessons.to_bytes(course.notebook(broken)))
    with pytest.raises(course.LessonFailed) as caught:
        course.run(path, {"municipality": "八王子市"}, tmp_path / "done.ipynb")
    assert_one_sentence(caught.value)
    assert str(caught.value).startswith("10_tameshi の「1. 数える」で、")
    assert named in str(caught.value)
    assert (tmp_path / "done.ipynb").exists()


def test_a_kernel_that_dies_is_told(tmp_path, assert_one_sentence):
    path = tmp_path / "10_tameshi.ipynb"
    text = MASTER.replace("print(session.place.name)", "import os; os._exit(1)")
    path.write_bytes(lessons.to_bytes(course.notebook(text)))
    with pytest.raises(course.LessonFailed) as caught:
        course.run(path, {}, tmp_path / "done.ipynb")
    assert_one_sentence(caught.value)


def test_a_workshop_for_an_unknown_place_makes_nothing(tmp_path):
    with pytest.raises(places.UnknownPlace):
        course.workshop("八王子村", tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("MACHIMAP_WORK", "before")
    with execute.environment(MACHIMAP_WORK="inside", MACHIMAP_NEW="1"):
        assert session.work_root() == Path("inside")
    assert session.work_root() == Path("before")


# ---- errors in one sentence, in a real kernel


def test_errors_of_a_cell_are_one_sentence_that_says_what_to_do():
    cases = {
        "shetlers = 1\nshelters": "「shetlers」",
        "for x in [1]:\nprint(x)": "2行目",
        "print('a'": "SyntaxError",
        "import pandas as pd\ndf = pd.DataFrame({'所在地_連結表記': ['a'], '名称': ['b']})\ndf['所在地']": "「所在地_連結表記」",
        "df[['名前', '名称']]": "「名前」",
        "df.sort_values('名')": "「名称」",
        "df.haed()": "「head」",
        "{'a': 1}['b']": "KeyError",
        "pd.read_csv('避難所.csv')": "避難所.csv",
        "import geopands": "machimap doctor",
        "from machimap import map": "「map」",
        "'避難'.encode('cp932').decode('utf-8')": 'encoding="cp932"',
        "'1' + 1": "TypeError",
        "1 / 0": "ZeroDivisionError",
        "[][0]": "IndexError",
        "float('北緯')": "ValueError",
        "raise KeyboardInterrupt": "途中で止めた",
        "from machimap import places\nplaces.find('府中市')": "広島県府中市",
    }
    shown = shown_errors(in_kernel(*cases))
    for text, (source, named) in zip(shown, cases.items(), strict=True):
        assert text.startswith("⚠ "), (source, text)
        assert "\n" not in text, (source, text)
        assert text.endswith("ください。"), (source, text)
        assert text.count("。") == 1, (source, text)
        assert named in text, (source, text)


def test_a_friendly_error_still_counts_as_a_failure():
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("from machimap import course; course.start('八王子市', '')"),
            nbformat.v4.new_code_cell("nothing_of_that_name"),
        ]
    )
    with pytest.raises(CellExecutionError):
        NotebookClient(book, kernel_name="python3", timeout=120).execute()


def test_the_traceback_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("MACHIMAP_TRACEBACK", "1")
    (text,) = shown_errors(in_kernel("def inner():\n    return 1 / 0\ninner()"))
    assert "Traceback" in text
    assert "inner" in text


def test_a_cell_that_uses_the_choosers_ends(tmp_path):
    source = (
        "from machimap import course, places\n"
        "course.PlaceChooser(session.place, on_choose=lambda place: 'x' * 300_000)\n"
        "course.HazardChooser('洪水', on_choose=lambda hazard: 'x' * 300_000)"
    )
    client = in_kernel(*[source] * 3)
    assert shown_errors(client) == ["", "", ""]


# ---- the top of a notebook


def test_a_notebook_starts_with_the_place_and_its_folder(tmp_path):
    started = course.start("Hachioji")
    assert started.place.name == "八王子市"
    assert started.folder == tmp_path / "work" / "132012_八王子市"
    assert started.folder.is_dir()
    assert course.start("八王子市", str(tmp_path / "elsewhere")).folder == tmp_path / "elsewhere"


def test_no_folder_is_made_for_a_place_that_nobody_chose(tmp_path, capsys):
    begun = course.start()
    assert not begun.path.exists()
    assert begun.folder.is_dir()
    course.remember(places.find("珠洲市"))
    assert course.start().path.is_dir()
    assert sorted(path.name for path in (tmp_path / "work").glob("*_*")) == ["132012_八王子市", "172057_珠洲市"]
    assert "作り直しました" not in capsys.readouterr().out


def test_the_place_chosen_before_is_taken_up_when_none_is_named():
    assert course.start().place.name == "八王子市"
    course.remember(places.find("珠洲市"))
    assert course.start().place.name == "珠洲市"
    assert course.start("焼津市").place.name == "焼津市"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"lg_code": 132012}', '{"lg_code": "999999"}', "null"])
def test_a_broken_record_of_the_choice_is_told_and_the_lesson_goes_on(content, tmp_path, capsys):
    path = tmp_path / "work" / "choice.json"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    assert course.start().place.name == "八王子市"
    assert "選び直せます" in capsys.readouterr().out


def test_an_unknown_place_stops_the_notebook():
    with pytest.raises(places.UnknownPlace):
        course.start("八王子村")


# ---- widgets


@pytest.fixture
def drawn() -> list:
    return []


@pytest.fixture
def chooser(drawn, monkeypatch):
    monkeypatch.setattr(widgets, "_chosen_last", {})

    def draw(place: places.Place) -> str:
        drawn.append(place.name)
        if place.name == "珠洲市":
            raise MachimapError("地図の部品がないので、入れ直してください。")
        return f"{place.name}の地図"

    return course.PlaceChooser(places.find("八王子市"), on_choose=draw)


def output_text(widget) -> str:
    """What the widget's output area shows."""
    (only,) = widget.children[-1].outputs
    return only["text"] if only["output_type"] == "stream" else only["data"]["text/plain"]


def test_the_first_map_stands_there_before_anything_is_chosen(chooser, drawn):
    prefecture, municipality, *_ = chooser.children
    assert drawn == ["八王子市"]
    assert (prefecture.value, municipality.label) == ("東京都", "八王子市")
    assert "八王子市の地図" in output_text(chooser)


def test_choosing_a_prefecture_and_a_municipality_draws_each_once_and_is_remembered(chooser, drawn):
    prefecture, municipality, *_ = chooser.children
    prefecture.value = "大阪府"
    names = [name for name, _ in municipality.options]
    assert names.index("大阪市") < names.index("大阪市北区") < names.index("堺市")
    municipality.label = "大阪市北区"
    assert drawn == ["八王子市", "大阪市", "大阪市北区"]
    assert chooser.value == places.find("大阪市北区")
    assert course.remembered() == chooser.value


def test_showing_a_place_chooses_nothing(chooser, tmp_path):
    assert not (tmp_path / "work" / "choice.json").exists()


def test_a_chooser_shown_again_begins_with_what_was_chosen(chooser, drawn):
    chooser.children[2].value = "焼津市"
    again = course.PlaceChooser(places.find("八王子市"), on_choose=lambda place: drawn.append(place.name))
    assert again.value == places.find("焼津市")
    assert (again.children[0].value, again.children[1].label) == ("静岡県", "焼津市")
    assert drawn[-1] == "焼津市"
    assert course.remembered() == places.find("焼津市")
    assert course.PlaceChooser(places.find("藤崎町"), on_choose=str).value == places.find("藤崎町")


def test_every_municipality_can_be_chosen(chooser):
    prefecture, municipality, *_ = chooser.children
    codes = set()
    for name in prefecture.options:
        prefecture.value = name
        labels = [label for label, _ in municipality.options]
        assert len(labels) == len(set(labels))
        codes |= {code for _, code in municipality.options}
    assert codes == {place.lg_code for place in places.all_places()}


def test_searching_sets_both_menus(chooser, drawn):
    prefecture, municipality, search, message, *_ = chooser.children
    search.value = "やいづ"
    assert (prefecture.value, municipality.label) == ("静岡県", "焼津市")
    assert drawn[-1] == "焼津市"
    assert message.value == ""


def test_a_search_that_finds_nothing_says_so_in_place_and_keeps_the_map(chooser, drawn):
    _, _, search, message, *_ = chooser.children
    search.value = "<b>府中市</b>"
    assert "<b>" not in message.value
    search.value = "府中市"
    assert "広島県府中市" in message.value
    assert chooser.value.name == "八王子市"
    assert drawn == ["八王子市"]


def test_a_map_that_fails_later_shows_its_sentence_in_place(chooser):
    chooser.children[2].value = "珠洲市"
    assert output_text(chooser) == "⚠ 地図の部品がないので、入れ直してください。"
    chooser.children[2].value = "焼津市"
    assert "焼津市の地図" in output_text(chooser)


def test_a_first_map_that_fails_stops_the_cell():
    def draw(place: places.Place) -> str:
        raise MachimapError("地図の部品がないので、入れ直してください。")

    with pytest.raises(MachimapError):
        course.PlaceChooser(places.find("八王子市"), on_choose=draw)


def test_a_hazard_is_chosen_by_its_key_and_stays_chosen_when_shown_again(monkeypatch):
    monkeypatch.setattr(widgets, "_chosen_last", {})
    chosen = []
    chooser = course.HazardChooser("洪水", on_choose=chosen.append)
    menu = chooser.children[0]
    assert len(menu.options) == 8
    menu.value = "津波"
    assert chooser.value == "津波"
    assert chosen == ["洪水", "津波"]
    assert course.HazardChooser("洪水", on_choose=chosen.append).value == "津波"
    assert chosen[-1] == "津波"
    assert course.HazardChooser("地震", on_choose=chosen.append).value == "地震"


def upload(widget, body: bytes) -> str:
    """Choose a file; return what the widget says."""
    button, message = widget.children
    file = {"name": "一覧.csv", "type": "text/csv", "size": len(body), "content": memoryview(body), "last_modified": 0}
    button.set_state({"value": [file]})
    return message.value


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-8", "utf-16", "euc_jp"])
def test_a_list_of_ones_own_is_read_whatever_its_encoding(encoding):
    widget = course.TableUpload()
    said = upload(widget, "施設名,住所,緯度,経度\r\n高砂小学校,焼津市本町,34.87,138.32\r\n".encode(encoding))
    assert list(widget.table.columns) == ["名称", "所在地_連結表記", "緯度", "経度"]
    assert widget.table["名称"].tolist() == ["高砂小学校"]
    assert "1行" in said


@pytest.mark.parametrize(
    ("body", "named"),
    [(b"", "空"), ("施設名,住所\n高砂小学校,本町\n".encode(), "緯度"), (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "")],
)
def test_a_file_that_is_no_list_is_told_in_place(body, named):
    widget = course.TableUpload()
    said = upload(widget, body)
    assert said.startswith("⚠ ")
    assert named in said
    assert widget.table is None


# ---- Lab


def test_an_installed_kit_copies_the_notebooks_and_keeps_the_learners_changes(tmp_path):
    folder, first = lab.lessons_folder(tmp_path)
    assert (folder / first).name.startswith("00_")
    copies = sorted((folder / "notebooks").glob("*.ipynb"))
    assert len(copies) == len(execute.notebooks())
    exercises = {path.name for path in (store.kit_root() / "exercises").glob("*.ipynb")}
    assert {path.name for path in (folder / "exercises").glob("*.ipynb")} == exercises

    own, stale, *_ = copies
    given = json.loads((folder / ".machimap.json").read_text(encoding="utf-8"))
    own.write_text("わたしの変更", encoding="utf-8")
    stale.write_text("古い版", encoding="utf-8")
    given[f"notebooks/{stale.name}"] = lab._sha256(stale)
    (folder / ".machimap.json").write_text(json.dumps(given), encoding="utf-8")

    lab.lessons_folder(tmp_path)
    assert own.read_text(encoding="utf-8") == "わたしの変更"
    assert stale.read_bytes() == execute.notebooks()[stale.name[:2]].read_bytes()


@pytest.mark.slow
def test_lab_serves_the_first_notebook_in_japanese_without_news(tmp_path, monkeypatch):
    import socket
    import subprocess
    import time

    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--ServerApp.port_retries=0", "--IdentityProvider.token=")
    command, folder = lab.lab_command(browser=False, port=port, options=options)
    log = (tmp_path / "lab.log").open("wb")
    server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"

    def answer(path: str) -> dict:
        for _ in range(100):
            try:
                with urllib.request.urlopen(address + path, timeout=10) as response:
                    return json.load(response)
            except OSError:
                time.sleep(0.3)
        raise AssertionError((tmp_path / "lab.log").read_text(encoding="utf-8"))

    try:
        language = answer("/lab/api/settings/@jupyterlab/translation-extension:plugin")
        assert language["schema"]["properties"]["locale"]["default"] == "ja_JP"
        news = answer("/lab/api/settings/@jupyterlab/apputils-extension:notification")["schema"]["properties"]
        assert news["fetchNews"]["default"] == "false"
        assert news["checkForUpdates"]["default"] is False
        menus = answer("/lab/api/translations/ja_JP")["data"]["jupyterlab"]
        assert "ファイル(&F)" in str(menus) or "ファイル" in str(menus)
        assert answer("/api/contents/notebooks/00_hajimeni.ipynb?content=0")["type"] == "notebook"
        assert answer("/api/kernelspecs")["kernelspecs"]["python3"]
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
