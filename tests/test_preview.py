"""The site's first page inside a notebook."""

from __future__ import annotations

import html
import re
import shutil

import pytest

from machimap import course, places, site
from machimap.course.site_preview import NoSite, one_page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return site.build(places.find("珠洲市"), tmp_path_factory.mktemp("site") / "site").folder


def test_the_page_holds_all_that_it_loads_and_links_to_no_other_page_of_the_site(folder):
    page = one_page(folder)
    assert not re.search(r'<(?:script|link rel="stylesheet")[^>]*(?:src|href)="', page)
    assert (folder / "app.js").read_text(encoding="utf-8").replace("</script", "<\\/script") in page
    assert (folder / "style.css").read_text(encoding="utf-8") in page
    assert "Content-Security-Policy" not in page
    assert 'href="easy/' not in page
    assert "珠洲市 ハザードマップ" in page
    assert re.findall(r'<a[^>]* href="(https://[^"]+)', page)


def test_the_frame_keeps_the_page_away_from_the_notebook(folder):
    shown = course.preview(folder)._repr_html_()
    (sandbox,) = re.findall(r'sandbox="([^"]*)"', shown)
    assert "allow-same-origin" not in sandbox
    (source,) = re.findall(r'srcdoc="([^"]*)"', shown)
    assert html.unescape(source) == one_page(folder)


def test_a_folder_without_a_site_is_told(folder, tmp_path, assert_one_sentence):
    shutil.copytree(folder, tmp_path / "site")
    (tmp_path / "site" / "app.js").unlink()
    for path in (tmp_path / "site", tmp_path / "nothing"):
        with pytest.raises(NoSite) as caught:
            course.preview(path)
        assert_one_sentence(caught.value)
        assert str(tmp_path) not in str(caught.value)
