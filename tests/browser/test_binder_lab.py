"""What a learner sees who came by the Binder badge: Lab in Japanese at 00, the map, and a server that goes away."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from lab_world import KERNEL_MS, Learner
from playwright.sync_api import expect

from binder_world import TOKEN, running
from machimap.course import links

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(binder_image, chromium, pictures):
    """A learner in Lab where the badge leads, and the running server: the second value takes it away."""
    (path,) = parse_qs(urlsplit(links.binder_link()).query)["urlpath"]
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    with ExitStack() as serving:
        server = serving.enter_context(running(binder_image))
        page = context.new_page()
        page.goto(f"{server.url}{path}?token={TOKEN}")
        learner = Learner(page, pictures)
        expect(learner.cell("municipality = ").locator(".cm-line").first).to_contain_text("空", timeout=KERNEL_MS)
        expect(page.get_by_text("Python 3 (ipykernel) | アイドル")).to_be_visible(timeout=KERNEL_MS)
        yield learner, serving.close
        context.close()


def test_the_badge_leads_to_00_in_japanese_and_the_map_shows_at_once(opened):
    learner, _ = opened
    page = learner.page
    expect(page.get_by_role("heading", name="00 はじめに：あなたのまちの地図を出す")).to_be_visible(timeout=KERNEL_MS)
    assert page.locator(".lm-MenuBar-itemLabel").all_inner_texts()[:3] == ["ファイル", "編集", "表示"]
    assert page.locator(".Toastify__toast").count() == 0
    assert page.get_by_role("button", name="Notebook", exact=True).count() == 0
    learner.run_all()
    map_ = learner.map("chooser = ")
    expect(map_.locator(".leaflet-container")).to_be_visible(timeout=KERNEL_MS)
    expect(map_.get_by_text("色がない場所は「安全」という意味ではありません")).to_be_visible()
    assert page.get_by_text("Make this Notebook Trusted").count() == 0
    learner.show(learner.output("chooser = "), "地図")


def test_when_the_server_is_gone_lab_says_so_and_the_notebook_can_still_be_taken_home(opened):
    learner, stop = opened
    page = learner.page
    learner.type_into("municipality", '""  # 空', '"焼津市"  # 空')
    stop()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Jupyterサーバへ接続できません", timeout=90_000)
    learner.shoot("サーバー接続のエラー")
    dialog.get_by_role("button", name="閉じる").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "00_hajimeni.ipynb"
    cells = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["cells"]
    assert any('municipality = "焼津市"' in "".join(cell["source"]) for cell in cells)
