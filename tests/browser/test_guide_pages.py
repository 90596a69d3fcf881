"""The slides and the papers as an instructor uses them: on a closed network, by the keyboard, printed."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PAGES = Path(__file__).resolve().parents[2] / "docs" / "instructor"
SIZES = {"a projector of 1024 × 600": (1024, 600), "a laptop": (1280, 800), "a wide screen": (1920, 1080)}


@pytest.fixture
def page(chromium):
    """A page that remembers every address it asks for, and every fault."""
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.asked, page.faults = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    page.close()


def open_page(page, name: str, hash_: str = "") -> None:
    page.goto((PAGES / name).as_uri() + hash_)


@pytest.mark.parametrize("name", ["deck.html", "handout.html", "plan-60.html", "plan-30.html", "plan-180.html"])
def test_a_page_asks_for_nothing_but_itself(page, name):
    open_page(page, name)
    page.wait_for_load_state("networkidle")
    assert page.asked == [(PAGES / name).as_uri()]
    assert page.faults == []


def test_the_keyboard_leads_through_ten_slides_and_back(page):
    open_page(page, "deck.html")
    shown = page.locator(".slide:visible")
    seen = []
    for _ in range(10):
        expect(shown).to_have_count(1)
        seen.append(shown.locator("h1").inner_text())
        page.keyboard.press("ArrowRight")
    assert len(set(seen)) == 10
    assert shown.locator("h1").inner_text() == seen[-1]
    page.keyboard.press("ArrowLeft")
    assert shown.locator("h1").inner_text() == seen[-2]
    assert page.url.endswith("#9")
    page.keyboard.press("Home")
    assert shown.locator("h1").inner_text() == seen[0]
    open_page(page, "deck.html", "#4")
    assert shown.locator("h1").inner_text() == seen[3]


def test_n_shows_what_to_say_and_hides_it_again(page):
    open_page(page, "deck.html")
    notes = page.locator(".notes:visible")
    expect(notes).to_have_count(0)
    page.keyboard.press("n")
    expect(notes).to_have_count(1)
    assert "Shift を押したまま Enter" in notes.inner_text()
    page.keyboard.press("n")
    expect(notes).to_have_count(0)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_every_slide_fits_and_is_large_enough_for_the_last_row(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_page(page, "deck.html")
    for number in range(1, 11):
        slide = page.locator(".slide:visible")
        box = slide.bounding_box()
        assert box["width"] <= size[0] + 1, number
        assert box["height"] <= size[1] + 1, number
        assert _hidden(slide) == [], number
        words = slide.locator("p:not(:has(em)), li, td").first
        ratio = float(words.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) / box["height"]
        assert ratio >= 1 / 22, number
        page.keyboard.press("ArrowRight")


def _hidden(slide) -> list[str]:
    """What stands outside the slide, or under the credit line at its foot."""
    return slide.evaluate(
        """slide => {
          const edge = slide.getBoundingClientRect(), credit = slide.querySelector('em')?.getBoundingClientRect();
          return [...slide.querySelectorAll('h1, h2, p, li, table, svg, figcaption')].filter(one => {
            if (one.querySelector('em')) return false;
            const box = one.getBoundingClientRect();
            return box.bottom > edge.bottom + 1 || box.right > edge.right + 1 || (credit && box.bottom > credit.top + 1);
          }).map(one => one.textContent.trim().slice(0, 40) || one.tagName);
        }"""
    )


def test_the_deck_prints_as_ten_pages(page):
    open_page(page, "deck.html", "#5")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 10
    page.emulate_media(media="print")
    expect(page.locator(".slide:visible")).to_have_count(10)
    expect(page.locator(".notes:visible")).to_have_count(0)


def test_without_scripts_all_slides_and_what_to_say_are_read_one_below_the_other(chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    open_page(page, "deck.html")
    expect(page.locator(".slide:visible")).to_have_count(10)
    context.close()


def test_the_handout_is_one_page_of_a4(page):
    open_page(page, "handout.html")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)


@pytest.mark.parametrize("name", ["deck.html", "handout.html", "plan-60.html"])
def test_a_page_can_be_read_by_everybody(page, name):
    open_page(page, name)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
