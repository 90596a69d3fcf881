"""The gate: for each item a folder that passes and one that does not; answers; drafts; the kit itself."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from machimap import release
from machimap.release.answers import items
from machimap.release.report import ASKED, FAILED, OUT, PASSED, UNCHECKED
from release_world import ANSWERS, TODAY, git, passing, repository

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return passing(tmp_path_factory.mktemp("gate") / "site")


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "site")


def check(folder, **options):
    return release.check(folder, today=TODAY, **options)


def answer(folder, **changed):
    kept = {key: value for key, value in (ANSWERS | changed).items() if value is not None}
    return release.write_answers(folder, kept)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text), old
    path.write_text(re.sub(old, new, text), encoding="utf-8")


def add(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_a_whole_site_passes_every_item(whole):
    report = check(whole)
    assert [(row.item, row.status) for row in report.rows if row.status not in (PASSED, OUT)] == []
    assert report.passed
    assert [row.item for row in report.rows] == [item["id"] for item in items()]


BREAKS = {
    "value": (lambda folder: answer(folder, value=None), ASKED, "value"),
    "rights": (lambda folder: answer(folder, rights_confirmed=False), FAILED, "権利"),
    "documents": (lambda folder: edit(folder / "README.md", "## データの形式", "## ほか"), FAILED, "データの形式"),
    "evaluation": (lambda folder: answer(folder, evaluation_date=date(2026, 1, 1)), FAILED, "過ぎている"),
    "organisation": (lambda folder: (folder / ".github" / "CODEOWNERS").unlink(), FAILED, "CODEOWNERS"),
    "review": (lambda folder: answer(folder, reviewer=None), ASKED, "reviewer"),
    "secrets": (lambda folder: add(folder, "設定.env", "DB_PASSWORD=" + "hunter2" + "horse!9\n"), FAILED, "設定.env"),
    "personal": (
        lambda folder: add(folder, "名簿.csv", "氏名,生年月日,住所\n架空データ,2000-01-01,架空町1\n"),
        FAILED,
        "名簿.csv",
    ),
    "dependencies": (lambda folder: add(folder, "requirements.txt", "requests>=2\n"), FAILED, "requests"),
    "security": (lambda folder: (folder / "SECURITY.md").unlink(), FAILED, "SECURITY.md"),
    "ending": (lambda folder: answer(folder, review_date=None), ASKED, "review_date"),
    "export": (lambda folder: answer(folder, export_control="確認中"), FAILED, "輸出"),
    "licence": (
        lambda folder: [edit(folder / name, "free of charge", "for a fee") for name in ("LICENSE", "LICENSES/MIT.txt")],
        FAILED,
        "MIT の全文と違う",
    ),
    "notices": (lambda folder: edit(folder / "README.md", "裁判所", "役所"), FAILED, "裁判所"),
    "conduct": (
        lambda folder: edit(folder / "CONTRIBUTING.md", r"DCO|Signed-off-by|Developer Certificate of Origin", "署名"),
        FAILED,
        "DCO",
    ),
    "credits": (lambda folder: edit(folder / "README.md", "出典：国土地理院", "出所："), FAILED, "README にない出典"),
    "reuse": (lambda folder: (folder / "LICENSES" / "BSD-2-Clause.txt").unlink(), FAILED, "BSD-2-Clause"),
    "publiccode": (
        lambda folder: edit(folder / "publiccode.yml", "(?m)^url:.*$", "url: https://example.com/x"),
        FAILED,
        "見本",
    ),
    "dates": (lambda folder: edit(folder / "index.html", r"\d+年\d+月\d+日", ""), FAILED, "日付"),
}


def test_every_item_has_a_folder_that_fails_it():
    assert list(BREAKS) == [item["id"] for item in items()]


@pytest.mark.parametrize("item", list(BREAKS))
def test_one_thing_broken_is_found_under_its_item(folder, item):
    breaking, status, words = BREAKS[item]
    breaking(folder)
    report = check(folder)
    row = report.row(item)
    assert row.status == status
    assert any(words in line for line in row.found), row.found
    assert row.todo.endswith("てください。")
    assert not report.passed
    assert row in report.open


@pytest.mark.parametrize(
    ("item", "breaking", "words"),
    [
        ("licence", lambda folder: answer(folder, licence="MIT-ish"), "SPDX の名前でない"),
        ("licence", lambda folder: answer(folder, licence="CC-BY-4.0"), "OSI が承認した"),
        (
            "licence",
            lambda folder: answer(folder, licence="GPL-3.0-only", copyleft_reason="もとの部品が GPL のため"),
            "全文と違う",
        ),
        (
            "publiccode",
            lambda folder: edit(folder / "publiccode.yml", "developmentStatus: stable", "developmentStatus: よい"),
            "developmentStatus",
        ),
        ("publiccode", lambda folder: add(folder, "publiccode.yml", "a: [1\n"), "読めない"),
        ("organisation", lambda folder: answer(folder, approved=False, approved_date=None), "決裁"),
        ("organisation", lambda folder: answer(folder, organisation_url="市のページ"), "アドレスでない"),
        ("dependencies", lambda folder: add(folder, "package.json", '{"dependencies": {}}'), "package-lock.json"),
        ("dependencies", lambda folder: add(folder, "pyproject.toml", "[project]\n"), "固定したファイル"),
        (
            "review",
            lambda folder: answer(folder, review_done=date(2026, 12, 30), approved_date=date(2026, 12, 31)),
            "まだ来ていない",
        ),
        (
            "dates",
            lambda folder: edit(
                folder / "data" / "datapackage.json", r'"retrieved": "[\d-]+"', '"retrieved": "2030-01-01"'
            ),
            "未来",
        ),
        ("security", lambda folder: add(folder, "SUPPORT.md", "いつか答えます。"), "日数"),
    ],
)
def test_other_faults_of_an_item_are_found_too(folder, item, breaking, words):
    breaking(folder)
    row = check(folder).row(item)
    assert row.status == FAILED
    assert any(words in line for line in row.found), row.found


def test_what_could_not_be_checked_is_never_called_passed(folder, monkeypatch):
    shutil.copy(ROOT / "requirements.txt", folder / "requirements.txt")
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    row = check(folder).row("dependencies")
    assert row.status == UNCHECKED
    assert "確かめていない" in row.found[0]


def test_the_checklist_is_written_and_says_the_same_again(folder):
    check(folder)
    first = (folder / "CHECKLIST.md").read_text(encoding="utf-8")
    assert "| 合格 |" in first
    check(folder)
    assert (folder / "CHECKLIST.md").read_text(encoding="utf-8") == first


def test_the_command_ends_with_1_while_something_is_open(folder):
    from machimap.cli import commands

    done = CliRunner().invoke(commands, ["release", "check", str(folder)])
    assert done.exit_code == 0, done.output
    assert "公開できます" in done.output
    (folder / "SUPPORT.md").unlink()
    done = CliRunner().invoke(commands, ["release", "check", str(folder)])
    assert done.exit_code == 1
    assert "まだ公開できません" in done.output
    assert "SUPPORT.md がない" in done.output


def test_prepare_drafts_what_is_missing_and_never_overwrites(folder):
    (folder / "SECURITY.md").write_text("自分で書いた", encoding="utf-8")
    (folder / "SUPPORT.md").unlink()
    assert release.prepare(folder) == ["SUPPORT.md"]
    assert (folder / "SECURITY.md").read_text(encoding="utf-8") == "自分で書いた"
    text = (folder / "SUPPORT.md").read_text(encoding="utf-8")
    assert "1日以内" in text
    assert "English summary" in text
    assert release.prepare(folder) == []


def test_prepare_waits_for_the_answers(folder):
    for name in ("SECURITY.md", "SUPPORT.md", "release.yml"):
        (folder / name).unlink()
    assert release.prepare(folder) == ["release.yml"]
    answer(folder)
    assert release.prepare(folder) == ["SECURITY.md", "SUPPORT.md"]


def test_the_answers_survive_writing_and_reading(folder):
    assert release.read_answers(folder) == ANSWERS | {"allow": []}
    text = (folder / "release.yml").read_text(encoding="utf-8")
    for question in release.questions():
        assert f"\n{question.key}:" in text
        assert question.label in text


BAD = {
    "value: [1\n": "書き方が違って",
    "- 1\n": "「名前: 答え」の形でない",
    "valeu: よい\n": "つづり",
    "rights_confirmed: はい\n": "true か false",
    "evaluation_date: 来年\n": "2027-01-31 の形",
    "export_control: たぶん\n": "当たらない か",
    "value: {a: 1}\n": "ふつうの文",
    "evaluation_date: 2027-05-01\nreview_date: 2027-04-01\n": "評価の日",
    "approved: true\n": "approver",
    "approved: false\napprover: 部長\napproved_date: 2026-01-01\n": "どちらか",
    "review_done: 2026-05-01\napproved_date: 2026-04-01\n": "より後",
    "licence: AGPL-3.0-only\n": "copyleft_reason",
    "allow:\n  - {path: a}\n": "reason",
}


@pytest.mark.parametrize("text", list(BAD))
def test_answers_that_cannot_stand_are_one_sentence(tmp_path, text, assert_one_sentence):
    (tmp_path / "release.yml").write_text(text, encoding="utf-8")
    with pytest.raises(release.ReleaseError, match=BAD[text]) as caught:
        check(tmp_path)
    assert_one_sentence(caught.value)


def test_a_finding_may_be_allowed_with_a_reason(folder):
    add(folder, "連絡網.md", "担当の携帯 090-" + "1234-5678\n")
    assert check(folder).row("personal").status == FAILED
    answer(
        folder, allow=[{"path": "連絡網.md", "kind": "電話番号", "reason": "公開している災害用の携帯（架空データ）"}]
    )
    assert check(folder).row("personal").status == PASSED


def test_a_folder_that_is_none_is_one_sentence(tmp_path, assert_one_sentence):
    with pytest.raises(release.ReleaseError) as caught:
        check(tmp_path / "ない")
    assert_one_sentence(caught.value)


def test_an_empty_folder_is_told_all_that_is_missing(tmp_path):
    report = check(tmp_path)
    assert len(report.open) >= 13
    assert report.row("dates").status == OUT


def test_the_publiccode_of_a_prepared_site_is_whole(whole):
    content = yaml.safe_load((whole / "publiccode.yml").read_text(encoding="utf-8"))
    assert content["url"] == ANSWERS["repository_url"]
    assert len(content["description"]["ja"]["longDescription"]) >= 150


def test_the_kit_passes_its_own_gate():
    report = release.check(ROOT, write=False)
    assert [(row.item, row.found) for row in report.open] == []


def test_the_workflow_answers_are_plain_data(whole):
    marker = json.loads((whole / ".machimap-site.json").read_text(encoding="utf-8"))
    assert "release.yml" not in marker["files"]


def test_only_files_that_would_be_published_are_looked_at(folder):
    repository(folder)
    add(folder, ".gitignore", "秘密/\n")
    add(folder, "秘密/鍵.env", "API_KEY=" + "a8Kd92ls" + "Qp3X7\n")
    assert check(folder).row("secrets").status == PASSED
    git(folder, "add", "--force", "秘密/鍵.env")
    assert check(folder).row("secrets").status == FAILED


def test_the_notebooks_form_edits_the_answers(folder):
    from machimap import course

    form = course.ReleaseForm(folder)
    assert form.fields["maintainer"].value == ANSWERS["maintainer"]
    assert form.fields["review_date"].value == ANSWERS["review_date"]
    form.fields["maintainer"].value = "危機管理課"
    form.button.click()
    assert "保存しました" in form.message.value
    assert release.read_answers(folder)["maintainer"] == "危機管理課"


def test_the_parts_of_the_form_are_folded_and_what_is_typed_stays_when_they_are_folded_again(folder):
    from machimap import course

    form = course.ReleaseForm(folder)
    assert len(form.parts) == len({question.item for question in release.questions()})
    assert not any(part.head.value for part in form.parts)
    shown = []
    for part in form.parts:
        part.head.value = True
        shown += [row.children[1] for row in part.inside.children]
        part.head.value = False
    assert sorted(map(id, shown)) == sorted(map(id, form.fields.values()))
    form.fields["maintainer"].value = "危機管理課"
    for part in form.parts:
        part.head.value = True
    assert form.fields["maintainer"].value == "危機管理課"
    form.button.click()
    assert release.read_answers(folder)["maintainer"] == "危機管理課"


def test_the_form_names_the_questions_that_are_left_as_it_shows_them(folder):
    from machimap import course

    form = course.ReleaseForm(folder)
    form.fields["maintainer"].value = ""
    form.save()
    row = check(folder).row("value")
    assert row.status != PASSED
    assert form.todo(row) == "書式の「公開したあと、直し続ける組織」に答えて「保存」を押してください。"
    form.fields["maintainer"].value = "危機管理課"
    assert form.todo(row) == row.todo


def test_the_form_tells_a_contradiction_and_loses_nothing(folder):
    from machimap import course

    before = (folder / "release.yml").read_bytes()
    form = course.ReleaseForm(folder)
    form.fields["review_date"].value = date(2026, 12, 1)
    form.fields["value"].value = "<b>書きかけ</b>"
    form.button.click()
    assert "評価の日" in form.message.value
    assert (folder / "release.yml").read_bytes() == before
    assert form.fields["value"].value == "<b>書きかけ</b>"
    (folder / "release.yml").write_text("- 1\n", encoding="utf-8")
    assert "の形でない" in course.ReleaseForm(folder).message.value
