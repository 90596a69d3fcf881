"""What learners do to a notebook in a real JupyterLab, and the one sentence that they see; nothing is lost."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect
from test_lab_lessons import chosen, name_of

START = {
    "00": ("municipality =", "course.start"),
    "01": ("municipality =", "from machimap.course import check"),
    "02": ("municipality =", "course.start"),
    "03": ("municipality =", "course.start"),
}


def begin(one, lab, number: str, folder: str = "notebooks") -> str:
    """Open a notebook, run its first two cells, and return what the second one shows."""
    one.open(lab, name_of(number, folder))
    first, second = START["01"] if folder == "exercises" else START[number]
    one.run(first)
    return one.run(second).inner_text()


def assert_one_sentence(text: str) -> None:
    assert text.startswith("⚠ "), text
    assert text.strip().endswith("ください。"), text
    assert (text.count("。"), text.strip().count("\n")) == (1, 0), text


@pytest.mark.slow
def test_a_cell_out_of_order_and_a_half_edited_one_are_told_and_then_mended(lab, learner):
    one = learner("projector").open(lab, name_of("01", "exercises"))
    told = one.run('material("01-1")').inner_text()
    assert_one_sentence(told)
    assert "いちばん上のセルから" in told
    one.show(one.cell('material("01-1")'), "順番ちがい")
    for text in ("municipality =", "from machimap.course import check", 'material("01-1")'):
        one.run(text)
    before = "count = ..."
    for wrong, named in (
        ("count = len（sites）", "全角の「（」"),
        ("count = len(sites", "1行目"),
        ("count = len(site)", "「sites」"),
    ):
        one.type_into('check("01-1"', before, wrong)
        told = one.run('check("01-1"').inner_text()
        assert_one_sentence(told)
        assert named in told
        before = wrong
    one.show(one.cell('check("01-1"'), "書きかけ")
    one.type_into('check("01-1"', before, "count = len(sites)")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")


@pytest.mark.slow
def test_a_kernel_restarted_midway_says_where_to_begin_and_place_and_progress_are_still_there(lab, learner):
    one = learner()
    begin(one, lab, "00")
    search = one.run("course.PlaceChooser").get_by_label("名前で探す")
    search.fill("焼津市")
    search.press("Enter")
    expect(one.map("course.PlaceChooser").locator(".mm-title")).to_contain_text("静岡県焼津市")
    assert "静岡県焼津市" in begin(one, lab, "01", "exercises")
    one.run('material("01-1")')
    one.type_into("count = ...", "count = ...", "count = len(sites)")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")

    one.page.get_by_role("button", name="カーネルを再起動", exact=True).click()
    one.page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(one.page.locator(".jp-Dialog")).to_have_count(0)
    one.ready()
    told = one.run("hazard_column(place)").inner_text()
    assert_one_sentence(told)
    assert "まだ上のセルを動かしていないか、しばらく置いて中身が消えた" in told
    one.show(one.cell("hazard_column(place)"), "再起動のあと")
    one.run("municipality =")
    expect(one.run("from machimap.course import check")).to_contain_text("静岡県焼津市")
    expect(one.run("progress()")).to_contain_text("1 / 4 問")


@pytest.mark.slow
def test_a_place_changed_in_00_is_told_in_the_open_notebook_and_in_the_next_one(lab, learner):
    one = learner("projector")
    assert "まだ 00 でまちを選んでいない" in begin(one, lab, "02")
    other = one.beside("00")
    begin(other, lab, "00")
    search = other.run("course.PlaceChooser").get_by_label("名前で探す")
    search.fill("すず")
    search.press("Enter")
    expect(other.map("course.PlaceChooser").locator(".mm-title")).to_contain_text("石川県珠洲市")

    one.page.bring_to_front()
    told = one.run("gpd.GeoDataFrame(").inner_text().splitlines()
    said = [line for line in told if "珠洲市" in line]
    assert len(said) == 1
    assert "このノートはまだ東京都八王子市" in said[0]
    one.show(one.cell("gpd.GeoDataFrame("), "開いていたノート")
    assert "珠洲市" not in one.run("utm = place.utm_epsg").inner_text()

    told = begin(one, lab, "03").splitlines()
    assert told[0] == (
        "02 は東京都八王子市で動かしましたが、いまのまちは石川県珠洲市なので、02 から動かし直すか、"
        "00 で八王子市を選び直してください。"
    )
    assert told[1] == "このノートで使うまち： 石川県珠洲市"
    one.show(one.cell("course.start"), "次のノート")


@pytest.mark.slow
def test_two_tabs_on_one_notebook_count_both_and_ask_before_one_covers_the_other(lab, learner):
    one = learner("projector")
    begin(one, lab, "01", "exercises")
    one.run('material("01-1")')
    two = one.beside("二枚目").open(lab, name_of("01", "exercises"), workspace="two")

    one.page.bring_to_front()
    one.type_into("count = ...", "count = ...", "count = len(sites)")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")
    one.save()
    expect(one.page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)

    two.page.bring_to_front()
    two.run('material("01-3")')
    two.type_into("tidy = ...", "tidy = ...", 'tidy = city["所在地"].str.normalize("NFKC")')
    expect(two.run('check("01-3"')).to_contain_text("○ 01-3 合格")
    two.save()
    dialog = two.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("ファイルが変更されました")
    two.shoot("たずねる画面")
    dialog.get_by_role("button", name="キャンセル").click()
    expect(two.run("progress()")).to_contain_text("2 / 4 問")
    expect(two.cell('check("01-3"')).to_contain_text('normalize("NFKC")')
    expect(one.cell('check("01-1"')).to_contain_text("count = len(sites)")
    file = lab.folder / name_of("01", "exercises")
    assert "count = len(sites)" in file.read_text(encoding="utf-8")

    two.save()
    dialog.get_by_role("button", name="上書き").click()
    expect(two.page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    assert "count = len(sites)" not in file.read_text(encoding="utf-8")
    newest = max((lab.work / "前の版").glob(f"exercises_{file.stem}_*.ipynb"))
    assert "count = len(sites)" in newest.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_deleted_work_folder_is_told_and_the_lesson_goes_on(lab, learner):
    one = learner("projector")
    begin(one, lab, "03")
    for text in ("data_licence =", "site.build"):
        one.run(text)
    shutil.rmtree(lab.work / "132012_八王子市")
    told = one.run("def git(").inner_text()
    assert_one_sentence(told)
    assert "上のセルから順に" in told
    one.show(one.cell("def git("), "なくなったフォルダ")
    expect(one.run("site.build")).to_contain_text("「132012_八王子市」のフォルダがなくなっていたので、作り直しました")
    expect(one.run("def git(")).to_contain_text("記録するファイルの数：")
    one.run('"--message", f"{place.name}')
    assert (lab.work / "132012_八王子市" / "site" / "index.html").exists()
    assert chosen(lab) == "東京都八王子市"
