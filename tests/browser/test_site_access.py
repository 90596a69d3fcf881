"""The site for everyone: keyboard, screen reader, large print, no script; on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from machimap.site.languages import languages

BOTH = pytest.mark.parametrize("size", ["phone", "desktop"])
TONGUES = pytest.mark.parametrize("language", languages(), ids=lambda one: one.name)
FOCUSED = "() => document.activeElement.id || document.activeElement.textContent"


def page_of(home, language, name):
    return f"{home}/{language.folder + '/' if language.folder else ''}{name}"


def violations(page):
    """What axe-core finds, all its rules (WCAG 2.2 A and AA and best practices)."""
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]]) for one in Axe().run(page).response["violations"]
    ]


@BOTH
@TONGUES
@pytest.mark.parametrize("name", ["index.html", "list.html"])
def test_axe_finds_nothing(open_page, home, language, name, size):
    page = open_page(page_of(home, language, name), size=size, wait="footer")
    page.wait_for_timeout(500)
    assert violations(page) == []


@BOTH
@TONGUES
def test_axe_finds_nothing_after_an_answer_either(open_page, home, services, language, size):
    page = open_page(page_of(home, language, "index.html"), size=size)
    page.fill("#query", "小学校")
    page.click("#centre")
    expect(page.locator("#answer .reading")).to_have_count(0, timeout=15_000)
    page.fill("#query", "小学校")
    page.select_option("#hazard", "")
    assert violations(page) == []


@TONGUES
def test_by_keyboard_alone_a_place_is_found_asked_and_its_neighbour_opened(open_page, home, language):
    page = open_page(page_of(home, language, "index.html"))
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("(node) => node === document.activeElement")
    for _ in range(12):
        if page.evaluate(FOCUSED) == "query":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("第二小学校")
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_contain_text("第二小学校")
    assert page.evaluate(FOCUSED).startswith(page.locator("#answer h2").inner_text())
    page.locator("#map").focus()
    before = page.evaluate("() => machimapPage.state.map.getCenter().lng")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    assert page.evaluate("() => machimapPage.state.map.getCenter().lng") > before
    for _ in range(12):
        if page.evaluate(FOCUSED) == "centre":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#answer .nearest")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.closest('.nearest') !== null"):
            break
    name = page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_contain_text(name)


def test_the_reader_hears_the_result(open_page, home):
    page = open_page(home)
    page.click("#centre")
    expect(page.locator("#answer .reading")).to_have_count(0, timeout=15_000)
    told = page.locator("#told")
    assert told.get_attribute("role") == "status"
    expect(told).to_contain_text("洪水（想定最大規模）：")


@TONGUES
@pytest.mark.parametrize("name", ["index.html", "list.html"])
@pytest.mark.parametrize("width", [180, 640], ids=["phone", "desktop"])
def test_at_twice_the_size_nothing_is_cut_off(open_page, home, language, name, width):
    """200 % zoom leaves half the width in CSS pixels."""
    page = open_page(page_of(home, language, name), wait="footer", viewport={"width": width, "height": 400})
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    cut = page.evaluate(
        "() => [...document.querySelectorAll('button, select, label, h1, h2, a')].filter(n => n.offsetParent && !n.closest('.leaflet-control-attribution, .skip') && n.scrollWidth > n.clientWidth + 2 && n.clientWidth > 0 && getComputedStyle(n).display !== 'inline').map(n => n.outerHTML.slice(0, 90))"
    )
    assert cut == []


@BOTH
@TONGUES
def test_without_a_script_the_page_says_so_and_leads_to_the_list(open_page, home, language, size):
    page = open_page(page_of(home, language, "index.html"), size=size, wait="footer", java_script_enabled=False)
    assert page.locator("noscript").is_visible()
    assert not page.locator("#map").is_visible()
    assert not page.locator("#print").is_visible()
    page.locator("noscript a").click()
    page.wait_for_selector("table")
    assert page.locator("section.list").first.locator("tbody tr").count() == 150


@BOTH
def test_fingers_have_room(open_page, home, size):
    page = open_page(home, size=size)
    small = page.evaluate(
        "() => [...document.querySelectorAll('button:not(.link), select, .leaflet-bar a, .layer label')].map(n => n.getBoundingClientRect()).filter(b => b.width && (b.height < 38 || b.width < 38)).length"
    )
    assert small == 0
