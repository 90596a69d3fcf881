"""Around the lessons, in a real JupyterLab: the work taken home, the class board, the quiz and the certificate."""

from __future__ import annotations

import lab_world
import pytest
from playwright.sync_api import expect
from test_lab_lessons import chosen, name_of

from machimap.course.quiz import questions


@pytest.mark.slow
def test_work_is_taken_home_and_brought_back_on_another_machine(lab, learner, tmp_path):
    one = learner().open(lab, name_of("00"))
    for text in ("municipality =", "course.start"):
        one.run(text)
    search = one.run("course.PlaceChooser").get_by_label("名前で探す")
    search.fill("すず")
    search.press("Enter")
    expect(one.map("course.PlaceChooser").locator(".mm-title")).to_contain_text("石川県珠洲市")
    one.open(lab, name_of("01", "exercises"))
    for text in ("municipality =", "from machimap.course import check", 'material("01-1")'):
        one.run(text)
    one.type_into("count = ...", "count = ...", "count = len(sites)")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")
    one.save()
    expect(one.page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)

    one.open(lab, name_of("00"))
    for text in ("municipality =", "course.start", "course.TakeHome"):
        one.run(text)
    buttons = one.output("course.TakeHome")
    buttons.get_by_role("button", name="持ち帰る").click()
    link = buttons.get_by_role("link", name="このパソコンに保存できます")
    expect(link).to_be_visible()
    one.show(one.cell("course.TakeHome"), "持ち帰る")
    with one.page.expect_download() as began:
        link.click()
    home = tmp_path / began.value.suggested_filename
    began.value.save_as(home)
    assert home.name.startswith("machimap-work-")

    with lab_world.running_lab(tmp_path / "other") as elsewhere:
        two = learner(seat="別のパソコン").open(elsewhere, name_of("00"))
        for text in ("municipality =", "course.start", "course.TakeHome"):
            two.run(text)
        with two.page.expect_file_chooser() as asked:
            two.output("course.TakeHome").get_by_role("button", name="持ち帰った zip を戻す").click()
        asked.value.set_files(home)
        expect(two.output("course.TakeHome")).to_contain_text("を戻しました")
        two.show(two.cell("course.TakeHome"), "戻す")
        assert chosen(elsewhere) == "石川県珠洲市"
        two.open(elsewhere, name_of("01", "exercises"))
        expect(two.cell('check("01-1"')).to_contain_text("count = len(sites)")
        two.run("municipality =")
        expect(two.run("from machimap.course import check")).to_contain_text("石川県珠洲市")
        expect(two.run("progress()")).to_contain_text("1 / 4 問")
        two.shoot("続き")


@pytest.mark.slow
def test_the_class_board_shows_by_itself_who_needs_help(lab, learner):
    teacher = learner(seat="講師").open(lab, name_of("90"))
    for text in ("municipality =", "course.Board"):
        teacher.run(text)
    board = teacher.output("course.Board")
    expect(board).to_contain_text("まだだれも席についていません")

    one = learner("projector").open(lab, name_of("00"))
    for text in ("municipality =", "course.start", "course.SeatForm"):
        one.run(text)
    form = one.output("course.SeatForm")
    form.get_by_label("席の名前").fill("山田 太郎")
    form.get_by_role("button", name="席につく").click()
    expect(form).to_contain_text("その席の名前は使えないので")
    form.get_by_label("席の名前").fill("A-3")
    form.get_by_role("button", name="席につく").click()
    expect(form).to_contain_text("席「A-3」につきました")
    one.show(one.cell("course.SeatForm"), "席")
    expect(board).to_contain_text("1席、声をかけたい席 0")

    one.open(lab, name_of("01", "exercises"))
    for text in ("municipality =", "from machimap.course import check", 'material("01-1")'):
        one.run(text)
    one.type_into("count = ...", "count = ...", "count = 3")
    for _ in range(3):
        expect(one.run('check("01-1"')).to_contain_text("△ 01-1 やり直し")
    expect(board).to_contain_text("01-1 で3回やり直し")
    teacher.page.bring_to_front()
    teacher.show(teacher.cell("course.Board"), "声をかけたい席")
    one.page.bring_to_front()
    one.type_into('check("01-1"', "count = 3", "count = len(sites)")
    expect(one.run('check("01-1"')).to_contain_text("○ 01-1 合格")
    expect(board.get_by_role("row", name="A-3")).to_contain_text("■□□□")
    teacher.page.bring_to_front()
    teacher.show(teacher.cell("course.Board"), "進んでいる席")


@pytest.mark.slow
def test_the_quiz_is_marked_and_the_certificate_tells_what_was_made(lab, learner):
    one = learner("projector").open(lab, name_of("04"))
    one.run_all()
    quiz = one.output("course.Quiz")
    quiz.get_by_role("button", name="答え合わせ").click()
    expect(quiz).to_contain_text("10問のうち 0 問が正解です")
    groups = quiz.locator(".widget-radio-box")
    expect(groups).to_have_count(len(questions()))
    for number, asked in enumerate(questions()):
        groups.nth(number).get_by_text(asked.choices[asked.right], exact=True).click()
    wrong = next(number for number in range(3) if number != questions()[0].right)
    groups.first.get_by_text(questions()[0].choices[wrong], exact=True).click()
    quiz.get_by_role("button", name="答え合わせ").click()
    expect(quiz).to_contain_text("10問のうち 9 問が正解です")
    one.show(quiz, "もう一度")
    # The second of the round buttons, by the keyboard alone.
    groups.first.locator("input:checked").focus()
    for _ in range((questions()[0].right - wrong) % 3):
        one.page.keyboard.press("ArrowDown")
    quiz.get_by_role("button", name="答え合わせ").click()
    expect(quiz).to_contain_text("10問のうち 10 問が正解です")
    one.show(quiz.get_by_role("button", name="答え合わせ"), "全問正解")

    one.type_into("course.certificate", 'name = ""', 'name = "A-3"')
    expect(one.run("course.certificate")).to_contain_text("修了証.html")
    path = lab.work / "132012_八王子市" / "修了証.html"
    paper = one.beside("修了証")
    paper.page.goto(path.as_uri())
    expect(paper.page.get_by_role("main")).to_contain_text("10 / 10 問に正解")
    expect(paper.page.get_by_role("main")).to_contain_text("東京都八王子市のハザードマップづくりを学びました")
    paper.shoot("修了証")
