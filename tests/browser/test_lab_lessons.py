"""The lessons in a real JupyterLab, by mouse and by keyboard, with every outside host blocked."""

from __future__ import annotations

import re
import subprocess
import zipfile
from itertools import groupby

import pytest
from lab_world import KERNEL_MS
from playwright.sync_api import expect

from machimap import course, datasets, hazards, places, release
from machimap.course import execute
from machimap.course.tasks import messy
from machimap.release import questions

NUMBERS = ("00", "01", "02", "03", "04", "10")
# What sticks out to the right of the notebook, other than tables and code, which scroll in their own frame.
TOO_WIDE = """() => { const edge = document.querySelector('.jp-Notebook').getBoundingClientRect().right;
  return [...document.querySelectorAll('.jp-Notebook :is(.jp-RenderedMarkdown > *, .widget-button, .widget-dropdown, .widget-text, .widget-upload, iframe, img)')]
    .filter(one => !['TABLE', 'PRE'].includes(one.tagName) && one.getBoundingClientRect().right > edge)
    .map(one => one.outerHTML.slice(0, 120)); }"""
# What a reader of the map needs, and the parts of it that leave the frame or cover one another.
COVERED = """() => { const seen = [...document.querySelectorAll('.mm-title, .mm-legend, .mm-notice, .leaflet-control-zoom, .leaflet-control-layers')]
    .filter(one => one.offsetParent && one.innerText.trim() + one.querySelector('a')).map(one => [one.className, one.getBoundingClientRect()]);
  const out = seen.filter(([, a]) => a.left < 0 || a.top < 0 || a.right > innerWidth || a.bottom > innerHeight).map(([name]) => name + ' が外');
  const over = seen.flatMap(([one, a], n) => seen.slice(n + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map(([other]) => one + ' と ' + other));
  return [...out, ...over]; }"""


def name_of(number: str, folder: str = "notebooks") -> str:
    return f"{folder}/{execute.notebook_path(number).name}"


def assert_everything_can_be_read(one) -> None:
    """Nothing of the open notebook or of its maps sticks out or is covered."""
    assert one.page.evaluate(TOO_WIDE) == []
    for frame in one.page.frames[1:]:
        if frame.locator(".folium-map").count() == 0:
            continue
        frame.wait_for_selector(".mm-notice", timeout=KERNEL_MS)
        assert frame.evaluate(COVERED) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_runs_to_its_end_and_can_be_read_on_a_screen_and_on_a_projector(number, lab, learner):
    one = learner().open(lab, name_of(number))
    one.shoot("開いたところ")
    one.run_all()
    assert one.faults() == []
    last = one.page.locator(".jp-Notebook .jp-Cell").last
    expect(last).to_contain_text("次へ")
    for size, width, height in (("画面", 1280, 800), ("投影", 1024, 600)):
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.wait_for_timeout(500)
        for count, cell in enumerate(one.page.locator(".jp-CodeCell").all(), start=1):
            one.show(cell, f"{size}_{count:02d}")
        assert_everything_can_be_read(one)
    asked = {address.split("/")[2] for address in one.page.outside}
    assert asked <= {"cyberjapandata.gsi.go.jp", "disaportaldata.gsi.go.jp"}


@pytest.mark.slow
def test_choosing_a_place_by_the_menus_and_by_its_name_changes_the_map(lab, learner):
    one = learner().open(lab, name_of("00"))
    one.run("municipality =")
    one.run("course.start")
    output = one.run("course.PlaceChooser")
    title = one.map("course.PlaceChooser").locator(".mm-title")
    expect(title).to_contain_text("東京都八王子市")
    one.show(output, "はじめの地図")
    prefecture, municipality = output.get_by_label("都道府県"), output.get_by_label("市区町村")
    prefecture.select_option("大阪府")
    expect(title).to_contain_text("大阪府大阪市")
    municipality.select_option("大阪市北区")
    expect(title).to_contain_text("大阪府大阪市北区")
    one.show(output, "区の地図")
    assert chosen(lab) == "大阪府大阪市北区"

    output.get_by_label("名前で探す").fill("すずし")
    output.get_by_label("名前で探す").press("Enter")
    expect(title).to_contain_text("石川県珠洲市")
    expect(prefecture).to_have_value("石川県")
    output.get_by_label("名前で探す").fill("府中市")
    output.get_by_label("名前で探す").press("Enter")
    expect(output).to_contain_text("広島県府中市")
    expect(title).to_contain_text("石川県珠洲市")
    one.show(output, "同じ名前のまち")
    told = one.run("chooser.value")
    counts = places.find("珠洲市").counts
    expect(told).to_contain_text(f"石川県珠洲市\n指定緊急避難場所：{counts['指定緊急避難場所']}か所")

    one.open(lab, name_of("01"))
    one.run("municipality =")
    expect(one.run("course.start")).to_contain_text("このノートで使うまち： 石川県珠洲市")


def chosen(lab) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MACHIMAP_WORK", str(lab.work))
        return course.remembered().full_name


@pytest.mark.slow
def test_choosing_a_hazard_changes_the_map_and_what_the_cells_below_count(lab, learner):
    one = learner("projector").open(lab, name_of("02"))
    for text in ("municipality =", "course.start", "gpd.GeoDataFrame(", "utm = place.utm_epsg", "import folium"):
        one.run(text)
    output = one.run("course.HazardChooser")
    legend = one.map("course.HazardChooser").locator(".mm-legend")
    expect(legend).to_contain_text("洪水に指定されている")
    one.show(output, "洪水")
    output.get_by_label("災害の種類").select_option(label=f"地震（{hazards.kind('地震')['label']}）")
    expect(legend).to_contain_text("地震に指定されている")
    one.show(output, "地震")
    sites = datasets.shelters(places.find("八王子市"), "指定緊急避難場所")
    usable = (sites["災害種別_地震"] == "1").sum()
    expect(one.run("hazard_chooser.value")).to_contain_text(f"地震に指定された避難場所：{usable} / {len(sites)} か所")


@pytest.mark.slow
def test_an_answer_is_wrong_then_right(lab, learner):
    one = learner("projector").open(lab, name_of("01", "exercises"))
    for text in ("municipality =", "from machimap.course import check", 'material("01-1")', 'task("01-1")'):
        one.run(text)
    told = one.run("count = ...")
    expect(told).to_contain_text("－ 01-1 未回答：")
    panel = one.output('task("01-1")')
    panel.get_by_role("button", name="できあがりの例").click()
    expect(panel.get_by_role("img", name="という1つの数字になります")).to_be_visible()
    one.show(one.cell('task("01-1")'), "できあがりの例")
    one.type_into("count = ...", "count = ...", "count = len(sites.columns)")
    told = one.run('check("01-1"')
    expect(told).to_contain_text("△ 01-1 やり直し：")
    sentence = told.inner_text().splitlines()[0]
    assert sentence.endswith("ください。")
    assert sentence.count("。") == 1
    one.show(one.cell('check("01-1"'), "まちがい")
    panel.get_by_role("button", name="ヒント").click()
    expect(panel).to_contain_text("ヒント 1/3")
    one.show(one.cell('task("01-1")'), "ヒント")
    one.type_into('check("01-1"', "sites.columns", "sites")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")
    one.show(one.cell('check("01-1"'), "合格")
    expect(one.run("progress()")).to_contain_text("1 / 4 問")
    one.show(one.page.locator(".jp-CodeCell").last, "進みぐあい")


@pytest.mark.slow
def test_the_third_lesson_ends_with_a_form_a_check_a_zip_and_a_repository(lab, learner, tmp_path):
    one = learner("projector").open(lab, name_of("03"))
    one.run_all()
    page = one.map("course.preview")
    expect(page.get_by_role("heading", name="八王子市 ハザードマップ")).to_be_visible()
    expect(page.locator(".honest")).to_contain_text("「安全」という意味ではありません")
    page.get_by_label("施設の名前か住所").fill("第一小学校")
    page.get_by_role("button", name="さがす", exact=True).click()
    expect(page.locator("#found")).to_contain_text("第一小学校")
    one.show(one.output("course.preview"), "できたサイト")

    before = one.output("result.summary()").inner_text()
    assert "まだ公開できません" in before
    form = one.output("course.ReleaseForm")
    fill_in(form)
    one.show(form, "書式")
    form.get_by_role("button", name="保存").click()
    expect(form).to_contain_text(
        f"release.yml に保存しました（{len(questions())}のうち{len(questions())}に答えました）。"
    )
    one.show(form.get_by_role("button", name="保存"), "保存")
    folder = lab.work / "132012_八王子市"
    answers = release.read_answers(folder / "site")
    assert all(answers[question.key] not in ("", None) for question in questions())

    for name in (".", "site"):
        (folder / name / ".ipynb_checkpoints").mkdir()
        (folder / name / ".ipynb_checkpoints" / "index-checkpoint.html").write_text("写し", encoding="utf-8")
    one.run("release.prepare")
    after = one.run("result.summary()").inner_text()
    one.show(one.cell("release.prepare"), "確認")
    assert open_items(after) < open_items(before)
    one.run("公開の前の確認と下書きを加えた")
    one.show(one.cell("公開の前の確認と下書きを加えた"), "持ち帰り")

    # Lab leaves a copy beside a page that is opened from its list of files.
    assert "checkpoints" not in subprocess.check_output(["git", "-C", str(folder / "site"), "ls-files"], text=True)
    with zipfile.ZipFile(folder / "八王子市.zip") as zipped:
        assert zipped.testzip() is None
        assert any(name.endswith("index.html") for name in zipped.namelist())
        assert not any("checkpoints" in name for name in zipped.namelist())
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(folder / "八王子市.git"), str(clone)], check=True)
    assert "八王子市" in (clone / "index.html").read_text(encoding="utf-8")
    assert release.read_answers(clone) == answers


def fill_in(form) -> None:
    """Answer every question of the gate with keys: open one part after the other, fill in its fields, fold it again."""
    keys = form.page.keyboard
    for part, (_, group) in enumerate(groupby(questions(), key=lambda one: one.item)):
        head = form.locator("button.widget-toggle-button").nth(part)
        head.focus()
        keys.press("Enter" if part % 2 else "Space")
        asked = list(group)
        fields = form.locator(":is(input, select):visible")
        expect(fields).to_have_count(len(asked))
        for question, field in zip(asked, fields.all(), strict=True):
            if question.kind == "bool":
                field.select_option(label="はい")
            elif question.kind == "choice":
                field.select_option(label=question.choices[0])
            else:
                field.fill(str(question.example))
        head.focus()
        keys.press("Space")
        expect(fields).to_have_count(0)


def open_items(summary: str) -> int:
    """How many items the gate still counts as open."""
    return sum(int(number) for number in re.findall(r"(?:要対応|人が答える) (\d+)", summary))


@pytest.mark.slow
def test_00_can_be_done_with_the_keyboard_alone(lab, learner):
    one = learner("projector").open(lab, name_of("00"))
    page, keys = one.page, one.page.keyboard

    def label() -> str:
        return page.evaluate("() => document.activeElement.labels?.[0]?.innerText ?? ''")

    def tab_to(wanted: str) -> None:
        for _ in range(40):
            if label() == wanted:
                return
            keys.press("Tab")
        raise AssertionError(f"「{wanted}」に Tab で届かない")

    for _ in range(6):
        keys.press("Shift+Enter")
    title = one.map("course.PlaceChooser").locator(".mm-title")
    expect(title).to_contain_text("東京都八王子市")
    one.wait()
    one.shoot("はじめの地図")
    keys.press("ArrowUp")
    tab_to("都道府県")
    keys.press("ArrowDown")
    expect(title).to_contain_text("神奈川県横浜市")
    one.shoot("都道府県")
    tab_to("市区町村")
    keys.press("ArrowDown")
    expect(title).to_contain_text("神奈川県横浜市鶴見区")
    one.shoot("市区町村")
    tab_to("名前で探す")
    keys.insert_text("すず")
    keys.press("Enter")
    expect(title).to_contain_text("石川県珠洲市")
    one.shoot("名前で探す")
    assert chosen(lab) == "石川県珠洲市"


def account(one) -> str:
    """What the tenth lesson tells of its rows, its score and the columns that wait."""
    return one.output("print(done.account)").inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["desktop", "projector"])
def test_in_the_tenth_lesson_a_tick_and_a_menu_change_the_account(size, lab, learner):
    one = learner(size).open(lab, name_of("10"))
    one.run_all()
    assert one.faults() == []
    assert "読んだ行 119 ＝ 使った行 119 ＋ 取り分けた行 0" in account(one)
    assert "「はい」を待っている列：災害種別_地震" in account(one)
    before = account(one)
    form = one.output("course.BridgeForm")
    one.show(form, "列の対応")
    row = form.locator(".machimap-row").filter(has_text="【確かめる】")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("災害種別_地震")
    row.get_by_label("はい").check()
    expect(form.locator(".machimap-row").filter(has_text="【確かめる】")).to_have_count(0)
    form.get_by_role("button", name="この対応でためす").click()
    expect(form).to_contain_text("読んだ行 119 ＝ 使った行 119 ＋ 取り分けた行 0。点数")
    one.show(form, "はい")
    one.run("print(done.account)")
    after = account(one)
    assert "「はい」を待っている列：なし" in after
    assert score(after) > score(before)

    form.get_by_label("名称", exact=True).select_option(label="（なし）")
    form.get_by_text("残った列：").click()
    expect(form).to_contain_text("施設名：「第一小学校」")
    one.show(form.get_by_text("残った列："), "名称なし")
    one.run("print(done.account)")
    assert "読んだ行 119 ＝ 使った行 0 ＋ 取り分けた行 119" in account(one)
    form.get_by_label("名称", exact=True).select_option(label="施設名")
    form.get_by_text("そのほかの列").click()
    one.show(form.get_by_text("そのほかの列"), "そのほか")
    form.get_by_role("button", name="レシピを保存").click()
    expect(form).to_contain_text("recipe.yml に保存しました（6列の対応）。")
    one.show(form.get_by_role("button", name="レシピを保存"), "保存")
    one.run("print(done.account)")
    assert account(one) == after
    assert one.page.evaluate(TOO_WIDE) == []
    (folder,) = (lab.work / "132012_八王子市" / "標準の形").iterdir()
    assert "標準の列: 災害種別_地震" in (folder / "recipe.yml").read_text(encoding="utf-8")

    # The form's cell run again keeps what was decided, until one begins anew.
    form = one.run("course.BridgeForm")
    expect(form).to_contain_text("前に決めた対応を使っています。")
    one.show(form, "もう一度")
    expect(one.run("print(done.account)")).to_contain_text("待っている列：なし")
    form.get_by_role("button", name="はじめの案に戻す").click()
    expect(form).to_contain_text("はじめの案に戻しました。")
    expect(form).to_contain_text("「はい」を待っている列 1：災害種別_地震")
    expect(one.run("changes = form.done.changes")).to_contain_text("4のセルから順に動かしてください。")


def score(told: str) -> int:
    """The score after the crossing."""
    return int(re.search(r"→ (\d+)点", told).group(1))


@pytest.mark.slow
def test_the_columns_can_be_decided_with_the_keyboard_alone_and_56_are_no_wall(lab, learner):
    one = learner("projector").open(lab, name_of("10"))
    one.run_all()
    # Another list of the standard: 56 columns.
    one.type_into("course.BridgeForm", "(handed,", '(handed, target="公共施設一覧",')
    form = one.run("course.BridgeForm")
    expect(form).to_contain_text("公共施設一覧（56列）")
    one.show(form, "56列")
    assert form.bounding_box()["height"] < 600
    page, keys = one.page, one.page.keyboard
    last = form.get_by_role("button", name="そのほかの列")
    first = form.locator(".machimap-row select").first
    first.focus()
    assert page.evaluate("() => document.activeElement.value") == first.input_value()
    keys.press("ArrowUp")
    expect(form.get_by_label("決まった値").first).to_be_visible()
    keys.press("Tab")
    keys.insert_text("架空センター")
    keys.press("Enter")
    expect(form.locator(".machimap-row").first).to_contain_text("どの行にも「架空センター」を入れます。")
    first.focus()
    keys.press("ArrowDown")
    expect(form.locator(".machimap-row").first).to_contain_text("例 「第一小学校」")
    keys.press("Tab")
    assert page.evaluate("() => document.activeElement.type") == "checkbox"
    keys.press("Space")
    expect(form.locator(".machimap-row").first).to_contain_text("【確かめる】")
    rows = form.locator(".machimap-row:visible")
    count = rows.count()
    for key in ("Enter", "Space"):
        last.focus()
        keys.press(key)
        expect(rows).to_have_count(count + (key == "Enter"))
    keys.press("Space")
    inner = form.get_by_role("button", name="もとの表に見つからなかった列").last
    inner.focus()
    keys.press("Enter")
    expect(form.get_by_label("オストメイト対応トイレ", exact=True)).to_be_visible()
    one.show(last, "そのほかの列")
    assert one.page.evaluate(TOO_WIDE) == []


@pytest.mark.slow
def test_a_book_of_ones_own_goes_through_the_tenth_lesson(lab, learner, tmp_path):
    path = tmp_path / "うちの表（架空データ）.xlsx"
    path.write_bytes(messy.messy_list(places.find("焼津市")))
    one = learner("projector").open(lab, name_of("10"))
    one.run("municipality =")
    one.run("from machimap import bridge, course")
    chooser = one.run("course.HandedTable")
    with one.page.expect_file_chooser() as asked:
        chooser.get_by_role("button", name="自分のファイルを選ぶ").click()
    asked.value.set_files(path)
    expect(chooser).to_contain_text("「うちの表（架空データ）.xlsx」の行を全部、静岡県焼津市のものとして使います")
    chooser.get_by_label("どこの表か").fill("やいず村")
    chooser.get_by_label("どこの表か").press("Enter")
    expect(chooser).to_contain_text("いまは、「どこの表か」は静岡県焼津市のままです。")
    one.show(chooser, "まちがい")
    chooser.get_by_label("どこの表か").fill("やいづ市")
    chooser.get_by_label("どこの表か").press("Enter")
    expect(chooser).to_contain_text("静岡県焼津市のものとして使います")
    one.show(chooser, "自分のファイル")
    told = one.run("options = {}")
    expect(told).to_contain_text("見出しの行数：2行")
    form = one.run("course.BridgeForm")
    expect(form).to_contain_text("「はい」を待っている列 2：ID、名称")
    for row in form.locator(".machimap-row").filter(has_text="【確かめる】").all()[::-1]:
        row.get_by_label("はい").check()
    one.show(form, "列の対応")
    expect(one.run("print(done.account)")).to_contain_text("読んだ行 28 ＝ 使った行 24 ＋ 取り分けた行 4")
    expect(one.run("国の一覧から補う")).to_contain_text("確信度 0.95")
    one.run("done.write(folder)")
    expect(one.run("course.report_link")).to_contain_text(
        "フォルダ：work/132012_八王子市/標準の形/焼津市_うちの表（架空データ）_xlsx"
    )

    # Another table is chosen: what is below does not take the one for the other.
    chooser.get_by_label("使う表").select_option(index=0)
    expect(chooser).to_contain_text("東京都八王子市のものとして使います")
    for text in ("print(done.account)", "changes = form.done.changes", "done.write(folder)", "recipe.exists()"):
        expect(one.run(text)).to_contain_text("選び直されているので、2のセルから順に動かしてください。")
    one.show(one.cell("print(done.account)"), "選び直したあと")
    for text in ("options = {}", "course.BridgeForm"):
        one.run(text)
    expect(one.run("print(done.account)")).to_contain_text("読んだ行 119 ＝ 使った行 119")

    with one.page.expect_file_chooser() as asked:
        chooser.get_by_role("button", name="自分のファイルを選ぶ").click()
    path = tmp_path / "一覧.pdf"
    path.write_bytes(b"%PDF-1.7\n")
    asked.value.set_files(path)
    expect(chooser).to_contain_text("もとの Excel か CSV をもらって")
    expect(chooser).to_contain_text("いまは、使う表は「例1：八王子市の一時避難場所（渡されたまま）」のままです。")
    one.show(chooser, "PDF")


@pytest.mark.slow
def test_the_report_opens_from_the_notebook_and_next_year_begins_with_this_years_recipe(lab, learner, tmp_path):
    one = learner().open(lab, name_of("10"))
    one.run_all()
    written = one.output("done.write(folder)")
    expect(written).to_contain_text('"licenses": [')
    link = one.output("course.report_link")
    expect(link).to_contain_text("フォルダ：work/132012_八王子市/標準の形/")
    one.show(link, "報告へのリンク")
    link.get_by_role("link", name="報告を開く").click()
    report = one.page.frame_locator(".jp-HTMLViewer iframe")
    expect(report.locator("body")).to_contain_text("読んだ行 119 ＝ 使った行 119 ＋ 取り分けた行 0")
    one.shoot("報告")

    one.open(lab, name_of("10"))
    one.run("municipality =")
    one.run("from machimap import bridge, course")
    chooser = one.run("course.HandedTable")
    path = tmp_path / "来年の表（架空データ）.csv"
    path.write_text("施設名,住所,災害種別\n架空第一小学校,八王子市元本郷町3-24-1,地震\n", encoding="utf-8")
    with one.page.expect_file_chooser() as asked:
        chooser.get_by_role("button", name="自分のファイルを選ぶ").click()
    asked.value.set_files(path)
    expect(chooser).to_contain_text("東京都八王子市のものとして使います")
    expect(one.run("options = {}")).to_contain_text("使う表：来年の表（架空データ）.csv（東京都八王子市）")
    form = one.run("course.BridgeForm")
    one.show(form, "前のレシピ")
    form.get_by_label("前の表").focus()
    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Enter")
    expect(form).to_contain_text("のレシピを使いました。")
    one.show(form, "前のレシピを使った")
    assert one.page.evaluate(TOO_WIDE) == []
    expect(one.run("print(done.account)")).to_contain_text("読んだ行 1 ＝ 使った行 1")


@pytest.mark.slow
def test_the_menus_that_the_tenth_lesson_names_are_there(lab, learner):
    one = learner("projector").open(lab, name_of("10"))
    told = one.page.locator(".jp-MarkdownCell", has_text="来年は、レシピで")
    words = re.search("「([^「」]+?) → (.+?) → (.+?)」でコマンドの画面", told.inner_text()).groups()
    for word in words:
        one.page.locator(".lm-Menu-item, .lm-MenuBar-item").filter(
            has=one.page.get_by_text(word, exact=True)
        ).first.click()
        one.shoot(word)
    screen = one.page.locator(".jp-Terminal .xterm-screen")
    expect(screen).to_be_visible()
    one.page.wait_for_timeout(1500)
    screen.click()
    one.page.keyboard.type("machimap bridge --help > help.txt && mv help.txt done.txt")
    one.page.keyboard.press("Enter")
    told = lab.folder / "done.txt"
    for _ in range(KERNEL_MS // 500):
        if told.exists():
            break
        one.page.wait_for_timeout(500)
    one.shoot("打ったあと")
    assert "--recipe" in told.read_text(encoding="utf-8")
