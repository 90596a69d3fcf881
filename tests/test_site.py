"""The first site: a folder that opens from disk, is honest, and never overwrites what is not its own."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from machimap import datasets, places, site
from machimap.site.build import safe_cell


@pytest.fixture(scope="module")
def hachioji():
    return places.find("八王子市")


@pytest.fixture(scope="module")
def built(hachioji, tmp_path_factory):
    return site.build(hachioji, tmp_path_factory.mktemp("work") / "site")


def _page(report) -> str:
    return (report.folder / "index.html").read_text(encoding="utf-8")


def _snapshot(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_reported_is_what_stands_there(built):
    assert set(built.files) == set(_snapshot(built.folder))
    assert built.counts == {"指定緊急避難場所": 150, "指定避難所": 134}


def test_the_page_loads_nothing_that_is_not_in_the_folder(built):
    for address in re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', _page(built)):
        assert not address.startswith(("http", "//"))
        assert (built.folder / address).exists()


def test_the_page_tells_dates_credits_and_who_has_the_last_word(built, hachioji):
    page = _page(built)
    for line in datasets.credits("shelters", "boundaries", "hazards"):
        assert line in page
        assert line in (built.folder / "README.md").read_text(encoding="utf-8")
        assert line in (built.folder / "LICENSE").read_text(encoding="utf-8")
    assert "2025年10月27日" in page
    assert "公式のハザードマップ" in page
    assert f'href="{hachioji.url}"' in page
    assert "区域外" in page
    assert "データなし" in page


def test_every_row_stands_in_the_html_table_and_in_the_csv(built, hachioji):
    page = _page(built)
    assert page.count('<th scope="row">') == sum(built.counts.values())
    with (built.folder / "data" / "指定緊急避難場所.csv").open(encoding="utf-8-sig", newline="") as stream:
        names = [row["名称"] for row in csv.DictReader(stream)]
    assert names == list(datasets.shelters(hachioji, "指定緊急避難場所")["名称"])


def test_the_data_has_a_descriptor_that_names_its_files(built):
    package = json.loads((built.folder / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert {entry["path"] for entry in package["resources"]} == {"指定緊急避難場所.csv", "指定避難所.csv"}
    assert [entry["name"] for entry in package["licenses"]] == ["CC-BY-4.0"]


def test_a_cell_is_text_in_the_page_and_in_a_spreadsheet(hachioji, tmp_path):
    rows = datasets.shelters(hachioji, "指定緊急避難場所").head(2).copy()
    rows.loc[0, "名称"] = "<script>alert(1)</script>"
    rows.loc[1, "名称"] = "=cmd|'/C calc'!A0"
    report = site.build(hachioji, tmp_path / "site", sites=rows)
    assert "<script>alert(1)" not in _page(report)
    assert "<script>alert(1)" not in (report.folder / "config.js").read_text(encoding="utf-8")
    assert "'=cmd" in (report.folder / "data" / "指定緊急避難場所.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("number", ["-12.5", "+81", "139.3", 35.6])
def test_numbers_stay_numbers(number):
    assert safe_cell(number) == number


def test_a_place_without_lists_gets_a_page_that_says_so(tmp_path):
    report = site.build(places.find("青森県藤崎町"), tmp_path / "site")
    assert "全国の一覧に載っていません" in _page(report)


def test_a_folder_with_foreign_files_is_refused_and_untouched(hachioji, tmp_path):
    (tmp_path / "大事なもの.txt").write_text("残る", encoding="utf-8")
    before = _snapshot(tmp_path)
    with pytest.raises(site.SiteError, match=r"大事なもの\.txt"):
        site.build(hachioji, tmp_path)
    assert _snapshot(tmp_path) == before


def test_a_file_of_that_name_is_refused(hachioji, tmp_path):
    (tmp_path / "site").write_text("", encoding="utf-8")
    with pytest.raises(site.SiteError, match="フォルダではありません"):
        site.build(hachioji, tmp_path / "site")


def test_building_again_keeps_git_and_the_learners_own_files(hachioji, tmp_path):
    folder = site.build(hachioji, tmp_path / "site").folder
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (folder / "わたしのメモ.md").write_text("残る", encoding="utf-8")
    site.build(hachioji, folder)
    assert (folder / ".git").is_dir()
    assert (folder / "わたしのメモ.md").read_text(encoding="utf-8") == "残る"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_killed_midway_the_old_site_stays_whole(hachioji, tmp_path):
    folder = site.build(hachioji, tmp_path / "site").folder
    before = _snapshot(folder)
    script = (
        "import sys; from machimap import places, site; from machimap.site import build as b;"
        "print('ready', flush=True); site.build(places.find('札幌市'), sys.argv[1])"
    )
    for wait in (0.05, 0.2, 0.4):
        process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        page = (folder / "index.html").read_text(encoding="utf-8")
        if "八王子市" in page:
            assert _snapshot(folder) == before
        else:
            assert page.rstrip().endswith("</html>")


def test_blank_cells_stay_blank(hachioji, tmp_path):
    rows = pd.DataFrame({"名称": ["一（架空データ）"], "所在地_連結表記": [""], "緯度": ["35.6"], "経度": ["139.3"]})
    report = site.build(hachioji, tmp_path / "site", sites=rows)
    assert "nan" not in _page(report).lower()


def test_every_address_of_the_page_stands_in_the_folder(built):
    for address in re.findall(r'href="([^"#]+)"', _page(built)):
        if not address.startswith("http"):
            assert (built.folder / address).is_file(), address


def test_the_descriptor_is_valid_and_tells_the_columns(built):
    from frictionless import Package

    path = built.folder / "data" / "datapackage.json"
    assert Package(str(path)).validate().flatten(["type", "message"]) == []
    sites = json.loads(path.read_text(encoding="utf-8"))["resources"][0]
    assert {field["name"]: field["type"] for field in sites["schema"]["fields"]}["緯度"] == "number"


def test_flags_in_the_ways_of_writing_that_lists_use_stand_in_the_table(hachioji, tmp_path):
    rows = pd.DataFrame(
        {
            "名称": ["一（架空データ）"],
            "所在地_連結表記": [float("nan")],
            "緯度": ["35.6"],
            "経度": ["139.3"],
            "災害種別_洪水": ["○"],
        }
    )
    page = _page(site.build(hachioji, tmp_path / "site", sites=rows))
    assert "<td></td><td>洪水</td>" in page


def test_a_table_without_names_is_one_sentence(hachioji, tmp_path, assert_one_sentence):
    rows = pd.DataFrame({"施設": ["一"], "緯度": ["35.6"], "経度": ["139.3"]})
    with pytest.raises(site.SiteError, match="施設") as caught:
        site.build(hachioji, tmp_path / "site", sites=rows)
    assert_one_sentence(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_licence_is_one_whose_terms_the_page_can_tell(hachioji, tmp_path, assert_one_sentence):
    with pytest.raises(site.SiteError, match=r"CC-BY-4\.0") as caught:
        site.build(hachioji, tmp_path / "site", licence="自由")
    assert_one_sentence(caught.value)
    folder = site.build(hachioji, tmp_path / "site", licence="CC-BY-SA-4.0").folder
    assert "/by-sa/4.0/" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "/by/4.0/" not in (folder / "LICENSE").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_one_sentence(hachioji, tmp_path, assert_one_sentence):
    (tmp_path / "ファイル").write_text("", encoding="utf-8")
    with pytest.raises(site.SiteError) as caught:
        site.build(hachioji, tmp_path / "ファイル" / "site")
    assert_one_sentence(caught.value)


def test_building_again_keeps_what_the_learner_put_into_the_kits_own_folders(hachioji, tmp_path):
    folder = site.build(hachioji, tmp_path / "site").folder
    (folder / "data" / "わたしの表.csv").write_text("残る", encoding="utf-8")
    (folder / "メモ" / "空").mkdir(parents=True)
    (folder / "近道").symlink_to("どこにもない")
    site.build(hachioji, folder)
    site.build(hachioji, folder)
    assert (folder / "data" / "わたしの表.csv").read_text(encoding="utf-8") == "残る"
    assert (folder / "メモ" / "空").is_dir()
    assert (folder / "近道").is_symlink()


LIMITED = """
import resource, signal, sys
from machimap import places, site
place = places.find("札幌市")
site.build(place, sys.argv[1] + "-練習")
if sys.argv[2] == "kill":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    site.build(place, sys.argv[1])
except site.SiteError as error:
    print(error)
"""


@pytest.mark.parametrize("manner", ["full", "kill"])
@pytest.mark.parametrize("limit", [20_000, 1_500_000], ids=["writing the site", "copying the learner's file"])
def test_a_full_disk_or_a_kill_midway_loses_nothing(hachioji, tmp_path, manner, limit):
    pytest.importorskip("resource")
    folder = site.build(hachioji, tmp_path / "site").folder
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (folder / "大きい.bin").write_bytes(b"0" * 2_000_000)
    before = _snapshot(folder)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder), manner, str(limit)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if manner == "kill":
        assert done.returncode == -signal.SIGXFSZ
    else:
        assert "空き容量" in done.stdout
    assert _snapshot(folder) == before
    site.build(hachioji, folder)
    assert (folder / ".git").is_dir()
    assert (folder / "大きい.bin").stat().st_size == 2_000_000


def test_a_site_killed_between_its_two_names_comes_back(hachioji, tmp_path):
    folder = site.build(hachioji, tmp_path / "site").folder
    (folder / "わたしのメモ.md").write_text("残る", encoding="utf-8")
    folder.rename(tmp_path / ".site.machimap-old")
    site.build(hachioji, folder)
    assert (folder / "わたしのメモ.md").read_text(encoding="utf-8") == "残る"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
