"""The report of the bridge as a clerk opens it, on a desk and on a phone. The table is 架空データ."""

import csv
import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from machimap.bridge import convert

ROWS = [
    ["施設名", "住所", "緯度", "経度", "洪水", "鍵の管理者"],
    *([f"架空第{n}小学校", f"八王子市架空町{n}－{n}", "35.65", "139.33", "○×△"[n % 3], "架空 太郎"] for n in range(80)),
    ["", "八王子市架空町9－9", "35.65", "139.33", "○", ""],
]
HEAD_OF_CELL = "cell => getComputedStyle(cell, '::before').content"
WIDTH = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    stream = io.StringIO()
    csv.writer(stream).writerows(ROWS)
    folder = tmp_path_factory.mktemp("report")
    convert(stream.getvalue().encode(), name="架空の一覧.csv", place="八王子市").write(folder)
    return (folder / "報告.html").as_uri()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_page_fits_the_screen_and_axe_finds_nothing(open_page, address, size):
    page = open_page(address, size=size, wait="table")
    assert page.evaluate(WIDTH)
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    assert page.faults == []


def test_on_a_phone_every_cell_bears_its_head(open_page, address):
    page = open_page(address, size="phone", wait="table")
    todo = page.get_by_role("region", name="要確認").locator("tbody tr").first.locator("td").nth(5)
    assert todo.evaluate(HEAD_OF_CELL) == '"すること："'
    page.set_viewport_size({"width": 1280, "height": 800})
    assert todo.evaluate(HEAD_OF_CELL) == "none"


def test_a_long_list_scrolls_under_its_heads_and_a_short_one_stands_whole(open_page, address):
    page = open_page(address, wait="table")
    region = page.get_by_role("region", name="変えたところ", exact=True)
    region.evaluate("box => { box.scrollIntoView(); box.scrollTop = box.scrollHeight; }")
    expect(region.locator("tbody tr").last).to_be_in_viewport()
    expect(region.get_by_role("columnheader", name="規則")).to_be_in_viewport()
    aside = page.get_by_role("region", name="取り分けた行")
    assert aside.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
