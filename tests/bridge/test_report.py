"""The folder that comes out: the list, its descriptor, the recipe, the report. Tables made here are 架空データ."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from frictionless import Package, Schema, validate

from machimap import datasets, places
from machimap.bridge import BridgeError, Mapping, convert, folder_name, propose, read, target
from machimap.bridge.report import LEFT_OVER, SET_ASIDE
from machimap.bridge.scoring import score
from machimap.spreadsheet import safe_cell

SITES = "指定緊急避難場所一覧"
EVIL = "=cmd|'/C calc'!A0"
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(1)</script>"
ROWS = [
    ["施設名", "住所", "緯度", "経度", "電話", "洪水", "地震", "収容人数", "備考", "鍵の管理者", IMAGE],
    [EVIL, "八王子市本町1-1", "35.656", "139.338", "042-000-0001", "○", "○", "120人", "+1+2", "架空 太郎", ""],
    [
        SCRIPT,
        f"八王子市本町２－２{SCRIPT}",
        "35.657",
        "139.339",
        "０４２－０００－０００２",
        "×",
        "○",
        "80",
        "@SUM(A1)",
        "架空 花子",
    ],
    ["架空体育館", "八王子市西町3-3", "35.658", "139.337", "042-000-0003", "", "", "", "\t=1+1", "", ""],
    ["", "八王子市西町4-4", "35.659", "139.336", "042-000-0004", "○", "", "", "名前がない", "架空 次郎", ""],
    ["架空体育館", "八王子市西町3-3", "35.658", "139.337", "042-000-0003", "", "", "", "\t=1+1", "", ""],
    ["-1.5", "八王子市西町5-5", "35.660", "139.335", "042-000-0005", "○", "", "", "-", "", ""],
]
PUBLISHED = [f"{SITES}.csv", "datapackage.json", "recipe.yml"]


def as_csv(rows: list[list[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


@pytest.fixture(scope="module")
def bridged():
    return convert(as_csv(ROWS), name="架空の一覧.csv", place="八王子市")


@pytest.fixture(scope="module")
def folder(bridged, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "公開用"
    bridged.write(folder)
    return folder


def test_the_list_has_the_standards_columns_bom_and_line_ends(folder, bridged):
    body = (folder / f"{SITES}.csv").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") == len(bridged.table) + 1
    assert b"\n" not in body.replace(b"\r\n", b"")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows[0] == target(SITES).names
    assert len(rows) - 1 == len(bridged.table) == 4


def test_no_cell_of_the_outputs_is_a_formula(folder):
    dangerous = re.compile(r"^\s*[=+@＝＋＠]|^\s*-[^\d\s]")
    for path in [*folder.glob("*.csv"), *(folder / "公開しない").glob("*.csv")]:
        cells = [cell for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))) for cell in row]
        assert not [cell for cell in cells if dangerous.match(cell)], path.name
    book = openpyxl.load_workbook(folder / "報告.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not dangerous.match(str(cell.value or "")), cell.value


def test_numbers_and_telephones_keep_their_form():
    for cell in ("-1.5", "+81 42-000-0000", "139.3", "-", "042-000-0001", ""):
        assert safe_cell(cell) == cell
    for cell in (EVIL, "@a", "\t=1", "+1+cmd", "-1+1", "＝1+1", " =1"):
        assert safe_cell(cell) == "'" + cell


def test_what_was_escaped_stands_in_the_account(bridged):
    escaped = bridged.changes[bridged.changes["規則"].str.contains("式として")]
    assert EVIL in set(escaped["前"])
    assert "'" + EVIL in set(escaped["後"])
    assert bridged.table["名称"].iloc[0] == "'" + EVIL


def test_the_descriptor_is_valid_and_says_what_is_still_open(folder):
    data = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert "licenses" not in data
    assert "ライセンス" in data["description"]
    assert Package.validate_descriptor(data).valid
    package = Package(folder / "datapackage.json")
    resource = package.resources[0]
    assert Schema.from_descriptor(data["resources"][0]["schema"]).field_names == target(SITES).names
    assert [row["名称"] for row in resource.read_rows()][2] == "架空体育館"
    faults = [error.type for error in validate(str(folder / "datapackage.json")).tasks[0].errors]
    assert "encoding-error" not in faults
    assert "source-error" not in faults


def test_data_that_was_filled_in_is_credited(folder, tmp_path):
    known = datasets.shelters(places.find("八王子市"), "指定緊急避難場所").head(5)
    rows = [["施設名", "住所"], *known[["名称", "所在地_連結表記"]].to_numpy().tolist()]
    filled = convert(as_csv(rows), name="架空の一覧.csv", place="八王子市")
    assert (filled.table["緯度"] != "").any()
    filled.write(tmp_path)
    (line,) = filled.credits
    assert "国土地理院 指定緊急避難場所データ" in line
    sources = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))["sources"]
    assert {"title": line} in sources
    assert line in (tmp_path / "報告.html").read_text(encoding="utf-8")
    without = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["sources"]
    assert without == [{"title": "架空の一覧.csv"}]


def test_what_may_hold_personal_data_stands_apart_with_a_warning(folder):
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == sorted(
        [*PUBLISHED, "報告.html", "報告.xlsx", "報告.csv"]
    )
    for path in folder.iterdir():
        if path.is_file() and path.suffix != ".xlsx":
            text = path.read_text(encoding="utf-8-sig")
            assert "架空 太郎" not in text, path.name
            assert "架空 次郎" not in text, path.name
    private = folder / "公開しない"
    assert "架空 太郎" in (private / LEFT_OVER).read_text(encoding="utf-8-sig")
    assert "架空 次郎" in (private / SET_ASIDE).read_text(encoding="utf-8-sig")
    warning = next(private.glob("*.txt")).read_text(encoding="utf-8-sig")
    assert "そのまま公開しないでください" in warning
    assert "鍵の管理者" in warning


def test_the_workbook_has_its_sheets_and_every_row_is_accounted_for(folder, bridged):
    book = openpyxl.load_workbook(folder / "報告.xlsx")
    assert book.sheetnames == ["まとめ", "要確認", "列の対応", "変えたところ", "取り分けた行"]
    summary = {row[0].value: row[1].value for row in book["まとめ"].iter_rows()}
    assert summary["行の数"] == "読んだ行 6 ＝ 使った行 4 ＋ 取り分けた行 2"
    aside = [(row[0].value, row[1].value) for row in book["取り分けた行"].iter_rows(min_row=2) if row[0].value]
    assert dict(aside)[6] == "4行目とまったく同じ"
    assert set(dict(aside)) == {5, 6}
    changes = {
        (row[0].value, row[1].value): (row[2].value, row[3].value) for row in book["変えたところ"].iter_rows(min_row=2)
    }
    assert changes[3, "電話番号"] == ("０４２－０００－０００２", "042-000-0002")
    mapping = {row[0].value: row[2].value for row in book["列の対応"].iter_rows(min_row=2)}
    assert mapping["名称"] == "施設名"
    left = [row[2].value for row in book["列の対応"].iter_rows(min_row=2) if str(row[0].value).startswith("（")]
    assert left == ["鍵の管理者", IMAGE]


def test_the_queue_begins_with_what_matters_most(folder, bridged):
    weights = list(bridged.checks["重さ"].astype(int))
    assert weights == sorted(weights, reverse=True)
    first = next(openpyxl.load_workbook(folder / "報告.xlsx")["要確認"].iter_rows(min_row=2, values_only=True))
    assert first[0] == "表全体"
    assert "津波" in first[3]


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_runs_nothing_from_the_data(folder):
    page = Page()
    page.feed((folder / "報告.html").read_text(encoding="utf-8"))
    assert not {"script", "img"} & set(page.tags)
    assert page.links == []
    assert SCRIPT in page.text
    assert IMAGE in page.text
    for words in (
        "読んだ行 6 ＝ 使った行 4 ＋ 取り分けた行 2",
        "0.97",
        "デジタル庁",
        "4行目とまったく同じ",
        "点数（前）",
    ):
        assert words in page.text
    assert re.search(r"作った日 \d{4}-\d{2}-\d{2}", page.text)


def test_the_plain_csv_holds_every_change_check_and_row(folder, bridged):
    table = pd.read_csv(folder / "報告.csv", dtype=str, keep_default_na=False)
    counts = table["種類"].value_counts().to_dict()
    assert counts == {
        "要確認": len(bridged.checks),
        "変えたところ": len(bridged.changes),
        "取り分けた行": len(bridged.aside),
    }


def test_more_lines_than_a_sheet_shows_are_counted_and_kept_in_the_csv(tmp_path):
    rows = [["施設名", "電話"], *([f"架空{n}館", f"０４２－０００－{n:04}"] for n in range(3500))]
    many = convert(as_csv(rows), name="架空の長い一覧.csv")
    many.write(tmp_path)
    told = [
        row[0].value for row in openpyxl.load_workbook(tmp_path / "報告.xlsx")["変えたところ"].iter_rows(min_row=3002)
    ]
    assert told[0] == f"ほかに {len(many.changes) - 3000} 行あります。全部は 報告.csv にあります。"
    assert len(pd.read_csv(tmp_path / "報告.csv", dtype=str)) == len(many.changes) + len(many.checks)


def test_the_output_is_read_again_as_itself(folder, bridged):
    again = convert(folder / f"{SITES}.csv", place="八王子市")
    pd.testing.assert_frame_equal(again.table.reset_index(drop=True), bridged.table.reset_index(drop=True))
    assert again.mapping.unmapped == ()
    assert again.aside.empty


def test_a_folder_that_cannot_be_written_is_one_sentence(bridged, tmp_path, assert_one_sentence):
    (tmp_path / "file").write_text("a", encoding="utf-8")
    with pytest.raises(BridgeError) as caught:
        bridged.write(tmp_path / "file")
    assert_one_sentence(caught.value)


# Writing again, and beside others


def descriptor(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def add(folder: Path, **more: object) -> None:
    """Write into datapackage.json as a clerk does, with a Windows editor that puts a BOM before it."""
    text = json.dumps({**descriptor(folder), **more}, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text, encoding="utf-8-sig")


LICENCE = [{"name": "CC-BY-4.0", "title": "クリエイティブ・コモンズ 表示 4.0"}]


def test_what_a_person_added_to_the_descriptor_stays(bridged, tmp_path):
    bridged.write(tmp_path)
    assert "まだ書かれていません" in descriptor(tmp_path)["description"]
    people = [{"title": "架空課", "role": "publisher"}]
    add(
        tmp_path, licenses=LICENCE, contributors=people, keywords=["防災"], homepage="https://example.lg.jp/", title="x"
    )
    bridged.write(tmp_path)
    again = descriptor(tmp_path)
    assert (again["licenses"], again["contributors"], again["keywords"]) == (LICENCE, people, ["防災"])
    assert again["homepage"] == "https://example.lg.jp/"
    assert again["title"] == "東京都八王子市の指定緊急避難場所一覧"
    assert "まだ書かれていません" not in again["description"]
    assert Package.validate_descriptor(again).valid
    page = (tmp_path / "報告.html").read_text(encoding="utf-8")
    assert "CC-BY-4.0" in page
    assert "ライセンスは、まだ" not in page
    assert not re.search(r"ライセンス</th><td>まだ", page)


@pytest.mark.parametrize("empty", [[], "", None])
def test_an_empty_licence_is_none(bridged, tmp_path, empty):
    bridged.write(tmp_path)
    add(tmp_path, licenses=empty)
    bridged.write(tmp_path)
    assert "licenses" not in descriptor(tmp_path)
    assert "まだ書かれていません" in descriptor(tmp_path)["description"]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n"name": "a"\n"licenses": []\n}', "3行目のあたり"),
        ('{"name": “a”}', "1行目のあたり"),
        ("[1, 2]", "書き方"),
        ("", "1行目のあたり"),
    ],
    ids=["a comma is missing", "quotes of a word processor", "a list", "empty"],
)
def test_a_descriptor_broken_by_hand_is_told_and_nothing_is_written(bridged, tmp_path, text, told, assert_one_sentence):
    bridged.write(tmp_path)
    (tmp_path / "datapackage.json").write_text(text, encoding="utf-8")
    before = files(tmp_path)
    with pytest.raises(BridgeError) as caught:
        bridged.write(tmp_path)
    assert_one_sentence(caught.value)
    assert told in str(caught.value)
    assert files(tmp_path) == before
    bridged.write(tmp_path, replace=True)
    assert descriptor(tmp_path)["name"] == "evacuation-sites-132012"


def test_a_descriptor_in_another_encoding_is_one_sentence(bridged, tmp_path, assert_one_sentence):
    (tmp_path / "datapackage.json").write_bytes('{"title": "避難所"}'.encode("cp932"))
    with pytest.raises(BridgeError) as caught:
        bridged.write(tmp_path)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    "licences",
    ["CC BY 4.0", {"name": "CC-BY-4.0"}, ["CC BY 4.0"], [{"title": "表示"}], [{"name": 4}], [{"name": " "}], 4],
)
def test_licences_in_another_form_are_one_sentence_with_an_example(bridged, tmp_path, licences, assert_one_sentence):
    bridged.write(tmp_path)
    add(tmp_path, licenses=licences)
    before = files(tmp_path)
    with pytest.raises(BridgeError) as caught:
        bridged.write(tmp_path)
    assert_one_sentence(caught.value)
    assert files(tmp_path) == before
    example = json.loads("{" + re.search(r'"licenses": \[.*\]', str(caught.value)).group() + "}")
    bridged.write(tmp_path, replace=True)
    add(tmp_path, **example)
    bridged.write(tmp_path)
    assert Package.validate_descriptor(descriptor(tmp_path)).valid
    assert descriptor(tmp_path)["licenses"] == example["licenses"]


def meanings(folder: Path) -> dict[str, str]:
    return {field["name"]: field["description"] for field in descriptor(folder)["resources"][0]["schema"]["fields"]}


def test_the_descriptor_says_that_a_blank_is_not_safe_and_what_is_not_known(folder, tmp_path):
    assert "「指定なし」とはかぎりません" in descriptor(folder)["description"]
    assert "安全という意味ではありません" in descriptor(folder)["description"]
    told = meanings(folder)
    assert told["災害種別_津波"].endswith("。この一覧では、まだ分からない（どの行も空）")
    assert "分からない" not in told["災害種別_洪水"]
    assert "分からない" not in told["備考"]
    rows = [["施設名", "住所", "洪水", "津波"], ["架空館", "八王子市本町1-1", "○", "×"]]
    convert(as_csv(rows), name="架空.csv").write(tmp_path)
    assert meanings(tmp_path)["災害種別_津波"].endswith("。この一覧では、指定ありの場所が1つもない（どの行も空）")
    assert "この一覧" not in "".join(field["description"] for field in target(SITES).schema["fields"])


def test_the_page_asks_each_question_once_and_the_lists_keep_every_row(tmp_path):
    rows = [["施設名", "住所", "緯度", "経度", "洪水"]]
    rows += [[f"架空{n}館", f"八王子市本町{n}-1", "35.656", "139.338", "△"] for n in range(1, 15)]
    rows.append(["架空の終わり館", "八王子市本町20-1", "35.656", "139.338", "○"])
    done = convert(as_csv(rows), name="架空.csv", place="八王子市")
    flags = done.checks[done.checks["列"] == "災害種別_洪水"]
    assert len(flags) >= 14
    done.write(tmp_path)
    page = Page()
    page.feed((tmp_path / "報告.html").read_text(encoding="utf-8"))
    assert page.text.count("条件つきの指定らしく") == 1
    assert "2行目、3行目、4行目、5行目、6行目、7行目、8行目、9行目、10行目、11行目、ほか4行" in page.text
    checks = openpyxl.load_workbook(tmp_path / "報告.xlsx")["要確認"].iter_rows(min_row=2, values_only=True)
    assert sum(row[0] is not None for row in checks) == len(done.checks)
    table = pd.read_csv(tmp_path / "報告.csv", dtype=str, keep_default_na=False)
    assert (table["種類"] == "要確認").sum() == len(done.checks)


def test_the_score_is_explained_in_short_and_the_formula_stands_folded(folder):
    page = (folder / "報告.html").read_text(encoding="utf-8")
    assert "高くても、中身が正しいとはかぎりません。<details><summary>計算のしかた</summary>点数 ＝ 80" in page
    assert "いつも合います" not in page
    assert "合わないときは、何も書かずに止まります" in page
    told = {row[0].value for row in openpyxl.load_workbook(folder / "報告.xlsx")["まとめ"].iter_rows()}
    assert any(str(cell).startswith("点数 ＝ 80") for cell in told)


NAMELESS = [["避難所の住所", "洪水"], ["八王子市本町1-1", "○"], ["八王子市本町2-2", ""]]


def test_without_a_row_to_publish_no_list_is_written(tmp_path):
    nothing = convert(as_csv(NAMELESS), name="架空の一覧.csv", place="八王子市")
    assert nothing.account == "読んだ行 2 ＝ 使った行 0 ＋ 取り分けた行 2"
    paths = nothing.write(tmp_path)
    assert {path.name for path in paths} == {
        "recipe.yml",
        "報告.html",
        "報告.xlsx",
        "報告.csv",
        LEFT_OVER,
        SET_ASIDE,
        "はじめに読んでください.txt",
    }
    assert sorted(files(tmp_path)) == sorted(path.relative_to(tmp_path).as_posix() for path in paths)
    page = (tmp_path / "報告.html").read_text(encoding="utf-8")
    assert "公開できる行がないので、一覧（CSV）と datapackage.json は書いていません" in page


def test_a_good_list_is_not_covered_by_an_empty_one(bridged, tmp_path):
    bridged.write(tmp_path)
    add(tmp_path, licenses=LICENCE)
    before = files(tmp_path)
    nothing = convert(as_csv(NAMELESS), name="架空の一覧.csv", place="八王子市")
    paths = nothing.write(tmp_path)
    after = files(tmp_path)
    for name in (f"{SITES}.csv", "datapackage.json", "recipe.yml"):
        assert after[name] == before[name]
        assert name not in {path.name for path in paths}
    assert after["報告.html"] != before["報告.html"]


def test_the_list_of_another_source_or_town_or_kind_is_not_covered(bridged, tmp_path, assert_one_sentence):
    bridged.write(tmp_path)
    before = files(tmp_path)
    for other in (
        convert(as_csv(ROWS), name="別の一覧.csv", place="八王子市"),
        convert(as_csv(ROWS), name="架空の一覧.csv", place="高松市"),
        convert(as_csv(ROWS), name="架空の一覧.csv", place="八王子市", target="公共施設一覧"),
        convert(as_csv(NAMELESS), name="別の一覧.csv"),
    ):
        with pytest.raises(BridgeError) as caught:
            other.write(tmp_path)
        assert_one_sentence(caught.value)
        assert "架空の一覧.csv" in str(caught.value)
        assert files(tmp_path) == before
    add(tmp_path, licenses=LICENCE)
    rows = [[cell.replace("八王子市", "高松市") for cell in row] for row in ROWS]
    convert(as_csv(rows), name="架空の一覧.csv", place="高松市").write(tmp_path, replace=True)
    assert descriptor(tmp_path)["name"] == "evacuation-sites-372013"
    assert "licenses" not in descriptor(tmp_path)


def test_the_town_may_be_named_later_and_next_years_file_take_the_place_of_this_years(tmp_path):
    convert(as_csv(ROWS), name="2025年.csv").write(tmp_path)
    add(tmp_path, licenses=LICENCE)
    convert(as_csv(ROWS), name="2025年.csv", place="八王子市").write(tmp_path)
    convert(as_csv(ROWS), name="2026年.csv", recipe=tmp_path / "recipe.yml").write(tmp_path)
    assert descriptor(tmp_path)["licenses"] == LICENCE
    assert descriptor(tmp_path)["sources"][0] == {"title": "2026年.csv"}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("避難所一覧.csv", "避難所一覧"),
        ("02-▶指定避難所（避難所）［屋内］.csv", "02-▶指定避難所（避難所）［屋内］"),
        ("a/b\\令和7年.4月.xlsx", "令和7年.4月"),
        ('<避難>:"所"|?*.csv', "_避難___所____"),
        ("NUL.csv", "_NUL"),
        ("com1.2025.xlsx", "_com1.2025"),
        (" 末尾の点. .csv", "末尾の点"),
        ("..", "_"),
        ("", "_"),
        ("長" * 300 + ".csv", "長" * 60),
        ("か\u3099.csv", "が"),
    ],
)
def test_the_name_of_a_folder_is_one_that_windows_takes(source, name, tmp_path):
    assert folder_name(source) == name
    assert folder_name(name) == name
    (tmp_path / name).mkdir()


# How the columns are told


def mapping_lines(folder: Path) -> dict[str, dict[str, str]]:
    rows = list(openpyxl.load_workbook(folder / "報告.xlsx")["列の対応"].iter_rows(values_only=True))
    return {line[0]: dict(zip(rows[0], (cell or "" for cell in line), strict=True)) for line in rows[1:] if line[0]}


def test_a_column_filled_from_elsewhere_says_from_what(folder):
    told = mapping_lines(folder)
    assert told["所在地_都道府県"]["もとの列"] == "（ほかから補った）"
    assert told["所在地_都道府県"]["根拠"] == "住所から分ける（4行）"
    assert "（4行）" in told["ID"]["根拠"]
    assert told["名称_カナ"]["根拠"] == "もとの表に見あたらない"


def test_what_a_person_said_yes_to_asks_for_nothing_more_and_what_waits_is_named(tmp_path):
    rows = [["避難先", "住所", "浸水時"], ["架空館", "八王子市本町1-1", "○"], ["架空園", "八王子市本町2-2", ""]]
    offers = propose(read(as_csv(rows)).table, target(SITES)).matches
    flood = next(match for match in offers if match.target == "災害種別_洪水")
    assert flood.confidence < 0.9
    others = tuple(match for match in offers if match is not flood)
    yes = (*others, replace(flood, by="人", evidence=f"{flood.evidence}。人が「はい」とした"))
    convert(as_csv(rows), mapping=Mapping(yes, ())).write(tmp_path / "はい")
    told = mapping_lines(tmp_path / "はい")["災害種別_洪水"]
    assert (told["決めたのは"], told["すること"]) == ("人", "")
    page = (tmp_path / "はい" / "報告.html").read_text(encoding="utf-8")
    assert "確かめる</td>" not in page
    assert "とみなしました" not in page
    convert(as_csv(rows), mapping=Mapping(others, ("浸水時",))).write(tmp_path / "待つ")
    told = mapping_lines(tmp_path / "待つ")["災害種別_洪水"]
    assert told["もとの列"] == ""
    assert told["根拠"].startswith("案は「浸水時」（0.")
    assert told["すること"] == "決める"
    convert(as_csv(rows)).write(tmp_path / "案のまま")
    assert mapping_lines(tmp_path / "案のまま")["災害種別_洪水"]["すること"] == "決める"


def test_how_heavy_a_check_is_stands_in_words_that_are_explained(folder):
    book = openpyxl.load_workbook(folder / "報告.xlsx")
    heads, *lines = book["要確認"].iter_rows(values_only=True)
    words = [line[heads.index("重さ")] for line in lines if line[0]]
    assert set(words) <= {"高", "中", "低"}
    assert words == sorted(words, key="高中低".index)
    told = {row[0].value: row[1].value for row in book["まとめ"].iter_rows()}
    page = (folder / "報告.html").read_text(encoding="utf-8")
    for word, part in (
        ("重さ", "低：直せば、もっとよくなるもの。"),
        ("読み直す", "もとの表を直して保存し、もう一度変換すること。"),
    ):
        assert part in told[word]
        assert part in page


# The score


def test_the_score_counts_filled_and_valid_cells_as_the_formula_says():
    goal = target(SITES)
    required = list(goal.columns.loc[goal.columns["required"] == "1", "column"])
    recommended = list(goal.columns.loc[goal.columns["recommended"] == "1", "column"])
    whole = read(as_csv([["名称"], ["架空館"], ["架空園"]])).table
    one = score(whole, goal)
    assert one.total == pytest.approx(80 / len(required), abs=0.06)
    half = score(pd.DataFrame({"名称": ["架空館", ""]}, dtype="str"), goal)
    assert half.total == pytest.approx(40 / len(required), abs=0.06)
    wrong = score(pd.DataFrame({"市区町村コード": ["132012", "八王子"], "緯度": ["35.6", "135"]}, dtype="str"), goal)
    assert wrong.total == pytest.approx(40 / len(required) + 10 / len(recommended), abs=0.06)
    assert score(pd.DataFrame({"施設名": ["架空館"]}, dtype="str"), goal).total == 0


def test_a_blank_flag_is_an_answer_only_where_the_town_speaks_of_it():
    goal, table = target(SITES), pd.DataFrame({"災害種別_洪水": ["1", ""]}, dtype="str")
    assert score(table, goal).cells["災害種別_洪水"] == 1.0
    assert score(table, goal, provided=set()).cells["災害種別_洪水"] == 0.5
    silent = pd.DataFrame({"災害種別_洪水": ["", ""], "災害種別_津波": ["", ""]}, dtype="str")
    assert score(silent, goal).total == 0
    # A column that is blank in every row is not known, whatever stands beside it; one of crosses is an answer.
    assert score(silent.assign(災害種別_地震=["1", ""]), goal).cells["災害種別_津波"] == 0.0
    head, rows = ["名称", "洪水", "津波"], [["架空館", "○", "×"], ["架空園", "", ""]]
    crossed = convert(as_csv([head, *rows]))
    assert crossed.score_after.cells["災害種別_津波"] == 1.0


def test_rows_set_aside_lower_the_score(bridged):
    fewer = score(bridged.table, bridged.target, provided={match.target for match in bridged.mapping.matches})
    assert bridged.score_after.total < fewer.total
    assert bridged.score_before.total < bridged.score_after.total


def test_a_column_that_a_person_declined_says_so(tmp_path):
    body = "施設名,住所,備考\n架空の館,八王子市本町1-1,架空データ\n".encode()
    mapping = propose(read(body).table, target())
    without = tuple(match for match in mapping.matches if match.target != "備考")
    convert(body, mapping=replace(mapping, matches=without, unmapped=("備考",), declined=("備考",))).write(tmp_path)
    told = mapping_lines(tmp_path)["備考"]
    assert (told["もとの列"], told["決めたのは"], told["根拠"]) == ("（なし）", "人", "使わないと決めた")
