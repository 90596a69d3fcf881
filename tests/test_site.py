"""The first site: a folder that opens from disk, is honest, and never overwrites what is not its own."""

import csv
import gzip
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
from machimap.site import languages
from machimap.spreadsheet import safe_cell


@pytest.fixture(scope="module")
def hachioji():
    return places.find("八王子市")


@pytest.fixture(scope="module")
def built(hachioji, tmp_path_factory):
    return site.build(hachioji, tmp_path_factory.mktemp("work") / "site")


def _page(report) -> str:
    return (report.folder / "index.html").read_text(encoding="utf-8")


def _list(report) -> str:
    return (report.folder / "list.html").read_text(encoding="utf-8")


def _snapshot(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_reported_is_what_stands_there(built):
    assert set(built.files) == set(_snapshot(built.folder))
    assert built.counts == {"指定緊急避難場所": 150, "指定避難所": 134}


def test_the_page_loads_nothing_that_is_not_in_the_folder(built):
    for page in (_page(built), _list(built)):
        for kind, address in re.findall(r'<(script|img|link(?! rel="preconnect"))[^>]+(?:src|href)="([^"]+)"', page):
            assert not address.startswith(("http", "//")), kind
            assert (built.folder / address.partition("?")[0]).exists()


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
    page = _list(built)
    assert len(re.findall(r'<tr id="\w+"[^>]*><th scope="row">', page)) == sum(built.counts.values())
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
    for path in [*report.folder.rglob("*.html"), report.folder / "data.js"]:
        assert "<script>alert(1)" not in path.read_text(encoding="utf-8")
    assert "'=cmd" in (report.folder / "data" / "指定緊急避難場所.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("number", ["-12.5", "+81", "139.3", 35.6])
def test_numbers_stay_numbers(number):
    assert safe_cell(number) == number


def test_a_place_without_lists_gets_a_page_that_says_so(tmp_path):
    report = site.build(places.find("青森県藤崎町"), tmp_path / "site")
    assert _list(report).count("全国の一覧に載っていません") == 2


def test_a_folder_with_foreign_files_is_refused_and_untouched(hachioji, tmp_path):
    (tmp_path / "大事なもの.txt").write_text("残る", encoding="utf-8")
    before = _snapshot(tmp_path)
    with pytest.raises(site.SiteError, match=r"大事なもの\.txt"):
        site.build(hachioji, tmp_path)
    assert _snapshot(tmp_path) == before


def test_a_file_of_that_name_is_refused(hachioji, tmp_path):
    (tmp_path / "site").write_text("", encoding="utf-8")
    with pytest.raises(site.SiteError, match="フォルダではない"):
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
    assert "<td>nan" not in _list(report).lower()
    assert ">nan" not in _page(report).lower()


def test_every_address_of_the_page_stands_in_the_folder(built):
    for path in built.folder.rglob("*.html"):
        for address in re.findall(r'href="([^"#?]+)', path.read_text(encoding="utf-8")):
            if not address.startswith("http"):
                assert (path.parent / address).is_file(), (path.name, address)


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
    page = _list(site.build(hachioji, tmp_path / "site", sites=rows))
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


def test_what_a_person_changed_in_the_kits_files_is_not_lost(hachioji, tmp_path):
    folder = site.build(hachioji, tmp_path / "site").folder
    for name, text in (("README.md", "問い合わせ：防災課"), ("index.html", "<p>書き足した</p>")):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    for _ in range(2):
        report = site.build(hachioji, folder)
        assert report.kept in {("README.md", "index.html"), ("README.md",)}
    assert "問い合わせ：防災課" in (folder / "README.md").read_text(encoding="utf-8")
    assert "書き足した" not in _page(report)
    assert "書き足した" in (folder / "手直し" / "index.html").read_text(encoding="utf-8")


def test_the_same_facts_make_the_same_bytes(hachioji, built, tmp_path):
    assert _snapshot(site.build(hachioji, tmp_path / "site").folder) == _snapshot(built.folder)


def test_other_facts_make_another_edition(hachioji, built, tmp_path):
    rows = datasets.shelters(hachioji, "指定緊急避難場所").iloc[1:]
    other = site.build(hachioji, tmp_path / "site", sites=rows).folder
    editions = {(folder / "version.json").read_text(encoding="utf-8") for folder in (built.folder, other)}
    assert len(editions) == 2


@pytest.mark.parametrize("language", ["easy", "en"])
def test_no_word_is_missing_in_any_language(language):
    japanese, own, tables = languages.words("ja"), languages.words(language), languages.expected()
    for section in ("page", "app"):
        assert set(own[section]) == set(japanese[section])
        assert all(str(words).strip() for words in own[section].values())
        for key, words in japanese[section].items():
            assert set(re.findall(r"<[a-z]{2,}>", own[section][key])) == set(re.findall(r"<[a-z]{2,}>", words)), key
    for section in languages.FROM_TABLES:
        assert set(own[section]) == tables[section], section
    assert len(own["directions"]) == 8


def test_every_kanji_of_easy_japanese_has_its_reading():
    words = languages.words("easy")
    texts = [*words["page"].values(), *words["app"].values(), *words["directions"]]
    texts += [text for section in languages.FROM_TABLES for text in words[section].values()]
    bare = [text for text in texts if re.search(r"[\u4e00-\u9fff]", re.sub(r"\{[^|}]+\|[^}]+\}", "", text))]
    assert bare == []


@pytest.mark.parametrize("name", ["東京都小笠原村", "沖縄県竹富町", "青森県藤崎町", "色丹村"])
def test_islands_and_places_without_shelters_get_an_honest_page(tmp_path, name):
    place = places.find(name)
    report = site.build(place, tmp_path / "site")
    assert place.name in _page(report)
    assert _list(report).count("全国の一覧に載っていません") == list(report.counts.values()).count(0)
    data = json.loads(
        re.match(r"window.machimapData=(.*);", (report.folder / "data.js").read_text(encoding="utf-8"))[1]
    )
    (south, west), (north, east) = data["bounds"]
    assert 0 < north - south < 3
    assert 0 < east - west < 4


def test_rows_without_coordinates_stand_in_the_list_and_are_counted(hachioji, tmp_path):
    rows = datasets.shelters(hachioji, "指定緊急避難場所").copy()
    rows.loc[[0, 1], "緯度"] = float("nan")
    report = site.build(hachioji, tmp_path / "site", sites=rows)
    assert rows.loc[0, "名称"] in _list(report)
    assert "地図に出せない施設：2か所" in _page(report)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a", "https://a b", 'https://a/"><script>'])
def test_an_address_that_is_none_is_refused(hachioji, tmp_path, url, assert_one_sentence):
    with pytest.raises(site.SiteError, match="公開する住所") as caught:
        site.build(hachioji, tmp_path / "site", url=url)
    assert_one_sentence(caught.value)


def test_scripts_come_from_the_site_alone(built):
    for path in built.folder.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1].replace("&#39;", "'")
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", page)
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", page)


def test_the_first_view_stays_light(built):
    """Bytes are no matter of the machine's speed: what the first view loads, gzip, without tiles."""
    page = _page(built)
    assets = [name.partition("?")[0] for name in re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', page)]
    own = {name for name in assets if not name.startswith("http") and "apple" not in name and "192" not in name}
    loaded = ["index.html", "version.json", "sw.js", *own]
    assert {"leaflet.js", "app.js", "data.js", "style.css"} <= own
    assert sum(len(gzip.compress((built.folder / name).read_bytes())) for name in loaded) <= 70_000
