"""The site in trouble: services down, slow or lying, no network, hostile tables, twelve thousand places."""

import re
import time
from contextlib import ExitStack

import pandas as pd
import pytest
import town
from playwright.sync_api import expect

from machimap import datasets, hazards, places, site

BOTH = pytest.mark.parametrize("size", ["phone", "desktop"])
LABEL = hazards.layer("flood_l2")["label"]
HOSTILE = [
    "<script>window.hacked=1</script>",
    '"onerror="window.hacked=1',
    "javascript:window.hacked=1",
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "{避難|<b>ひなん</b>}",
    "=cmd|'/C calc'!A0",
    "長" * 10_000,
    "\u202eさかさま",
    "<hazard>",
]


@pytest.fixture(scope="module")
def hachioji():
    return places.find("八王子市")


def ask(page):
    page.click("#centre")
    expect(page.locator("#answer .reading")).to_have_count(0, timeout=20_000)
    return dict(
        zip(
            page.locator("#answer .classes dt").all_inner_texts(),
            page.locator("#answer .classes dd").all_inner_texts(),
            strict=True,
        )
    )


@BOTH
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("down", "配信元が答えられません"),
        ("lying", "図の形が決まりと違う"),
        ("odd", "図の形が決まりと違う"),
        ("slow", "配信元の答えが遅い"),
    ],
)
def test_a_layer_in_trouble_is_no_data_with_its_reason_and_the_rest_goes_on(
    open_page, home, services, trouble, words, size
):
    page = open_page(home, size=size)
    services.trouble, services.of = trouble, "/flood_l2/17/"
    told = ask(page)
    assert told[LABEL].startswith("データなし")
    assert words in told[LABEL]
    assert not told["津波"].startswith("データなし（配信元")
    assert page.locator("#answer .nearest button").count() == 3
    assert page.faults == []


@BOTH
def test_with_all_tiles_down_the_page_says_what_is_missing_and_keeps_its_places(open_page, home, services, size):
    services.trouble = "down"
    page = open_page(home, size=size)
    notice = page.locator("#notice")
    expect(notice).to_contain_text("背景の地図を読み込めません")
    expect(notice).to_contain_text(LABEL)
    expect(notice).to_contain_text("「安全」という意味ではありません")
    page.fill("#query", "第二小")
    expect(page.locator("#found button").first).to_be_visible()
    assert page.faults == []


@pytest.mark.parametrize(
    "answers",
    [
        b"<html>busy</html>",
        b"{",
        b"null",
        b'{"error": "none"}',
        b'[{"geometry": null}, {"properties": {"title": 5}}, 7, null, {"geometry": {"coordinates": ["a", "b"]}, "properties": {"title": "x"}}]',
        b'[{"geometry": {"coordinates": [0, 0]}, "properties": {"title": "\\u6d77\\u306e\\u4e0a"}}]',
    ],
    ids=["a page", "cut off", "nothing", "an error", "rubbish", "the middle of the sea"],
)
def test_a_lying_address_search_is_told_in_one_sentence(open_page, home, services, answers):
    services.answers = answers
    page = open_page(home)
    page.fill("#query", "元本郷町3-24-1")
    page.click("#find-address")
    expect(page.locator("#found-status")).to_have_text(re.compile("そのまま使えます。|住所が見つかりません"))
    assert page.locator("#found button").count() == 0
    assert page.faults == []


@pytest.mark.parametrize("trouble", ["down", "slow"])
def test_an_address_search_that_does_not_answer_leaves_the_rest_usable(open_page, home, services, trouble):
    services.trouble, services.of = trouble, "/search"
    page = open_page(home)
    page.fill("#query", "元本郷町3-24-1")
    page.click("#find-address")
    expect(page.locator("#found-status")).to_contain_text("住所検索の答えがありません", timeout=12_000)
    page.fill("#query", "第二小")
    expect(page.locator("#found button").first).to_be_visible()


def test_a_title_with_markup_is_text(open_page, home, services):
    services.answers = [
        {
            "geometry": {"coordinates": [services.lon(0.5), (services.south + services.north) / 2]},
            "properties": {"title": HOSTILE[3]},
        }
    ]
    page = open_page(home)
    page.fill("#query", "どこか")
    page.click("#find-address")
    page.click("#found button")
    expect(page.locator("#answer")).to_contain_text("<img src=x")
    assert page.evaluate("() => window.hacked") is None
    assert page.faults == []


@BOTH
def test_hostile_cells_are_text_everywhere(open_page, local_layers, serve, hachioji, tmp_path, size):
    rows = datasets.shelters(hachioji, "指定緊急避難場所").head(len(HOSTILE)).copy()
    rows["名称"] = HOSTILE
    rows["所在地_連結表記"] = HOSTILE[::-1]
    rows["ID"] = HOSTILE
    with local_layers():
        folder = site.build(hachioji, tmp_path / "site", sites=rows).folder
    address = serve(folder)
    for name, wait in (
        ("index.html", "#answer"),
        ("list.html", "table"),
        ("en/list.html", "table"),
        ("easy/index.html", "#answer"),
    ):
        page = open_page(f"{address}/{name}", size=size, wait=wait)
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("() => window.hacked") is None
        assert page.faults == []
    page = open_page(address, size=size)
    page.evaluate("() => { window.print = () => window.dispatchEvent(new Event('afterprint')); }")
    for text in HOSTILE[:7]:
        page.fill("#query", text)
        page.locator("#found button").first.click()
        page.click("#print")
        expect(page.locator("#print-rows")).not_to_be_empty()
        expect(page.locator("#answer")).to_be_visible(timeout=10_000)
        assert page.evaluate("() => window.hacked") is None
    page = open_page(f"{address}/index.html#s=s6", size=size)
    expect(page.locator("#answer h2")).to_have_text("｛避難｜<b>ひなん</b>｝")
    assert page.faults == []


@BOTH
def test_after_the_first_visit_the_page_stands_without_a_network(chromium, local_layers, hachioji, tmp_path, size):
    from conftest import SIZES

    context = chromium.new_context(viewport=SIZES[size], locale="ja-JP")
    page = context.new_page()
    with ExitStack() as network:
        _, address = network.enter_context(town.services_for(hachioji.bounds))
        folder = town.local_datasets(tmp_path / "datasets", address)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MACHIMAP_DATASETS", str(folder))
            built = site.build(hachioji, tmp_path / "site").folder
        home = network.enter_context(town.serving(town.folder_handler(built)))
        page.goto(f"{home}/")
        _until(
            page,
            "async () => (await caches.keys()).includes('machimap-tiles') && (await (await caches.open('machimap-tiles')).keys()).length > 8",
        )
        _until(page, "async () => Boolean(await caches.match('list.html'))")
        assert page.locator("#offline").is_hidden()
    for name, words in (
        ("", "八王子市"),
        ("list.html", "八王子市の避難場所の一覧"),
        ("easy/", "八王子市"),
        ("en/index.html", "Hachioji"),
    ):
        page.goto(f"{home}/{name}")
        assert words in page.title()
    page.goto(f"{home}/")
    expect(page.locator("#offline")).to_have_text("オフライン・データは 2025-10-27 時点")
    _until(page, "() => document.querySelectorAll('img.hazard, .hazard img.leaflet-tile-loaded').length > 0")
    assert page.locator("#notice").is_hidden()
    page.fill("#query", "第二小")
    page.locator("#found button").first.click()
    expect(page.locator("#answer h2")).to_contain_text("第二小")
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.click("#print")
    expect(page).to_have_title("printed", timeout=10_000)
    context.close()


def _until(page, question, seconds=20):
    """Ask the page until it says yes (its policy forbids the evaluating of strings)."""
    end = time.monotonic() + seconds
    while not page.evaluate(question):
        assert time.monotonic() < end, question
        page.wait_for_timeout(200)


def test_old_tiles_are_marked_and_never_shown_as_new(chromium, local_layers, hachioji, tmp_path):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    page = context.new_page()
    with ExitStack() as network:
        services, address = network.enter_context(town.services_for(hachioji.bounds))
        folder = town.local_datasets(tmp_path / "datasets", address)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MACHIMAP_DATASETS", str(folder))
            built = site.build(hachioji, tmp_path / "site").folder
        home = network.enter_context(town.serving(town.folder_handler(built)))
        page.goto(f"{home}/")
        _until(
            page,
            "async () => (await caches.keys()).includes('machimap-tiles') && (await (await caches.open('machimap-tiles')).keys()).length > 8",
        )
        services.trouble = "down"
        page.reload()
        page.wait_for_timeout(1500)
        assert page.locator("img.old").count() == 0
        page.evaluate(
            """async () => { const cache = await caches.open('machimap-tiles');
            for (const request of await cache.keys()) { const kept = await cache.match(request), headers = new Headers(kept.headers);
              headers.set('x-machimap-kept', '2026-01-05T00:00:00.000Z'); await cache.put(request.url, new Response(await kept.blob(), { headers })); } }"""
        )
        page.reload()
        expect(page.locator("#notice")).to_contain_text("30日より前（いちばん古いものは2026-01-05）")
        expect(page.locator("img.old").first).to_be_attached()
    context.close()


def test_a_newer_edition_announces_itself(open_page, local_layers, serve, hachioji, tmp_path):
    with local_layers():
        folder = site.build(hachioji, tmp_path / "site").folder
    page = open_page(serve(folder))
    expect(page.locator("#newer")).to_be_hidden()
    (folder / "version.json").write_text('{"version": "later", "dated": "2027-01-01"}', encoding="utf-8")
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator("#newer")).to_be_visible()


@BOTH
def test_the_page_opens_from_disk(open_page, site_folder, size):
    page = open_page((site_folder / "index.html").as_uri(), size=size)
    assert page.title() == "八王子市 ハザードマップ"
    page.fill("#query", "第二小")
    page.locator("#found button").first.click()
    expect(page.locator("#answer h2")).to_contain_text("第二小")
    assert page.faults == []


def many(count):
    """Places of a made-up town as large as twelve thousand, marked as invented."""
    import numpy as np

    dice = np.random.default_rng(20261123)
    flags = {column: np.where(dice.random(count) < 0.6, "1", "") for column in hazards.kinds()["column"]}
    return pd.DataFrame(
        {
            "ID": [f"X{n:07d}" for n in range(count)],
            "名称": [f"架空データ第{n}避難場所" for n in range(count)],
            "所在地_連結表記": [
                f"東京都八王子市架空町{a}丁目{b}番{c}号" for a, b, c in dice.integers(1, 40, (count, 3))
            ],
            "緯度": dice.uniform(35.58, 35.72, count).round(6),
            "経度": dice.uniform(139.18, 139.43, count).round(6),
            **flags,
        }
    )


def test_twelve_thousand_places_stay_usable(open_page, local_layers, serve, hachioji, tmp_path):
    with local_layers():
        folder = site.build(hachioji, tmp_path / "site", sites=many(12_000)).folder
    page = open_page(serve(folder), size="phone")
    page.fill("#query", "第11999避難")
    expect(page.locator("#found button")).to_have_text("架空データ第11999避難場所")
    page.evaluate("() => { document.querySelector('#query').value = ''; }")
    page.click("#centre")
    assert page.locator("#answer .nearest button").count() == 3
    assert page.faults == []
