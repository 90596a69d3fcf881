"""Ways out of the site: the 39 columns, the template's folder, the zip, the sheet for the decision."""

import csv
import json
import re
import subprocess
import zipfile

import pytest

from machimap import datasets, hazards, places, site
from machimap.site.exports import site_table
from machimap.site.standard import missing_required, standard_table

KINDS = ("指定緊急避難場所", "指定避難所")


@pytest.fixture(scope="module")
def yaizu():
    return places.find("焼津市")


@pytest.fixture(scope="module")
def folder(yaizu, tmp_path_factory):
    return site.build(yaizu, tmp_path_factory.mktemp("site") / "site", url="https://example.jp/yaizu").folder


def _jsonc(path):
    """The file without its comments (no text in it holds two slashes outside an address)."""
    return json.loads(re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_the_standard_list_has_the_39_columns_in_order_and_invents_nothing(folder, yaizu):
    path = folder / "data" / "標準" / "指定緊急避難場所一覧.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert len(head) == 39
    assert head[:4] == ["全国地方公共団体コード", "ID", "名称", "名称_カナ"]
    assert head[24:32] == list(hazards.kinds().sort_values("skhb")["column"])
    assert head[-1] == "備考"
    source = datasets.shelters(yaizu, KINDS[0])
    assert [row[2] for row in rows] == list(source["名称"])
    assert {row[16] for row in rows} == {""}
    assert {row[22] for row in rows} == {yaizu.lg_code}
    assert [float(row[13]) for row in rows] == list(source["緯度"])


def test_the_descriptor_says_which_required_cells_the_source_lacks(folder):
    from frictionless import Package

    path = folder / "data" / "標準" / "datapackage.json"
    assert Package(str(path)).validate().flatten(["type", "message"]) == []
    assert "電話番号（31行）" in json.loads(path.read_text(encoding="utf-8"))["description"]


def test_columns_beyond_the_national_list_are_carried_over(yaizu):
    rows = datasets.shelters(yaizu, KINDS[0]).assign(電話番号="054-000-0000", 余分="x")
    table = standard_table(rows, yaizu)
    assert set(table["電話番号"]) == {"054-000-0000"}
    assert "余分" not in table.columns
    assert missing_required(table).empty


def test_the_template_folder_is_what_the_template_reads(folder, yaizu, tmp_path):
    tmp_path = tmp_path / "out"
    tables = {kind: site_table(folder, kind) for kind in KINDS}
    site.write_template(tmp_path, yaizu, tables)
    config = _jsonc(tmp_path / "hazardmap-config.jsonc")
    assert list(config) == ["prefecture", "city", "shikuchoson", "tiles"]
    assert (config["prefecture"], config["city"], config["shikuchoson"]) == ("静岡県", None, "焼津市")
    assert [tile["name"] for tile in config["tiles"]] == [
        hazards.layer(layer)["name"]
        for layer in dict.fromkeys(layer for ids in hazards.kinds()["layers"] for layer in ids)
    ]
    assert all({"{z}", "{x}", "{y}"} <= set(re.findall(r"{\w}", tile["url"])) for tile in config["tiles"])
    assert [tile.get("checked") for tile in config["tiles"]] == [True] + [None] * (len(config["tiles"]) - 1)
    assert sorted(path.name for path in (tmp_path / "csv").iterdir()) == [
        "01-指定緊急避難場所.csv",
        "02-指定避難所.csv",
    ]
    for kind, path in zip(KINDS, sorted((tmp_path / "csv").iterdir()), strict=True):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert list(rows[0])[:3] == ["name", "lat", "lon"]
        assert [row["name"] for row in rows] == list(tables[kind]["名称"])
        assert all(20 < float(row["lat"]) < 46 for row in rows)


def test_a_ward_names_its_city_and_a_whole_city_is_warned(tmp_path):
    ward, city = places.find("大阪市北区"), places.find("大阪市")
    site.write_template(tmp_path / "区", ward, {})
    config = _jsonc(tmp_path / "区" / "hazardmap-config.jsonc")
    assert (config["city"], config["shikuchoson"]) == ("大阪市", "北区")
    site.write_template(tmp_path / "市", city, {})
    assert "政令指定都市の全体を受け付けません" in (tmp_path / "市" / "hazardmap-config.jsonc").read_text(
        encoding="utf-8"
    )


def test_rows_without_a_position_are_set_aside_with_their_reason(yaizu, tmp_path):
    rows = datasets.shelters(yaizu, KINDS[0]).copy()
    rows.loc[0, "緯度"] = float("nan")
    out = tmp_path / "out"
    site.write_template(out, yaizu, {"a/b:c": rows})
    assert [path.name for path in (out / "csv").iterdir()] == ["01-a_b_c.csv"]
    with (out / "csvに入らなかった行.csv").open(encoding="utf-8-sig", newline="") as stream:
        left = list(csv.DictReader(stream))
    assert [row["名称"] for row in left] == [rows.loc[0, "名称"]]
    assert left[0]["理由"]


def test_a_folder_with_files_of_ones_own_is_refused(yaizu, tmp_path, assert_one_sentence):
    (tmp_path / "README.md").write_text("わたしの説明", encoding="utf-8")
    with pytest.raises(site.SiteError) as caught:
        site.write_template(tmp_path, yaizu, {})
    assert_one_sentence(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "わたしの説明"


def test_the_zip_holds_the_site_without_its_git(folder, tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    path = site.write_zip(folder, tmp_path / "焼津市.zip")
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
        assert packed.testzip() is None
    assert "site/index.html" in names
    assert "site/data/指定避難所.csv" in names
    assert not any(".git/" in name for name in names)
    assert site.write_zip(folder, tmp_path / "b.zip").read_bytes() == path.read_bytes()


def test_a_zip_inside_the_site_is_refused(folder, assert_one_sentence):
    with pytest.raises(site.SiteError) as caught:
        site.write_zip(folder, folder / "data" / "a.zip")
    assert_one_sentence(caught.value)


def test_a_zip_where_no_folder_can_be_is_told_in_one_sentence(folder, tmp_path, assert_one_sentence):
    (tmp_path / "ファイル").write_text("架空データ", encoding="utf-8")
    with pytest.raises(site.SiteError) as caught:
        site.write_zip(folder, tmp_path / "ファイル" / "a.zip")
    assert_one_sentence(caught.value)


def test_nothing_is_exported_into_the_site_itself(folder, yaizu, assert_one_sentence):
    with pytest.raises(site.SiteError) as caught:
        site.write_all(folder / "out", folder, yaizu)
    assert_one_sentence(caught.value)
    assert not (folder / "out").exists()


def test_the_sheet_tells_data_licence_dates_and_leaves_the_deciders_blank(folder, yaizu, tmp_path):
    path = site.write_approval_sheet(tmp_path / "決裁.html", folder, yaizu, {"contact": "<b>防災課</b>"})
    page = path.read_text(encoding="utf-8")
    for words in (
        "31件",
        "2025-10-27",
        "CC-BY-4.0",
        "https://example.jp/yaizu/",
        "データなし",
        *datasets.credits("shelters", "boundaries", "hazards", "yaizu"),
    ):
        assert words in page
    assert "&lt;b&gt;防災課" in page
    assert "<script" not in page
    assert page.count("<td></td>") == 6


def test_the_command_writes_all_of_them(folder, tmp_path):
    from click.testing import CliRunner

    from machimap.cli import commands

    done = CliRunner().invoke(commands, ["site", "export", str(folder), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["テンプレート", "決裁.html", "焼津市.zip"]
