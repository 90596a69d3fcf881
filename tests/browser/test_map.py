"""The map in a real browser: on a closed network, with tiles, under the finger, with hostile text."""

import re

import folium
import geopandas as gpd
import pandas as pd
import pytest

from machimap import datasets, hazards, maps, places

COUNT = """() => { let n = 0; for (const key in window) { const map = window[key];
  if (/^map_/.test(key) && map && map.eachLayer) { map.eachLayer(l => { if (l.feature && l.feature.properties && l.feature.properties.style) n++; }); } } return n; }"""
AT = "([lat, lng]) => { const map = window[Object.keys(window).find(k => /^map_/.test(k) && window[k].eachLayer)]; map.setView([lat, lng], 14, {animate: false}); const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }"


@pytest.fixture(scope="module")
def hachioji():
    return places.find("八王子市")


@pytest.fixture
def saved(hachioji, tmp_path):
    maps.hazard_map(hachioji, hazard="洪水").save(tmp_path / "地図.html")
    return (tmp_path / "地図.html").as_uri()


def _notice(page) -> str:
    return " ".join(page.locator(".mm-notice").all_inner_texts())


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_on_a_closed_network_the_map_stands_and_says_what_is_missing(open_page, saved, hachioji, size):
    page = open_page(saved, size=size)
    page.wait_for_selector(".mm-notice")
    page.wait_for_function("() => document.querySelector('.mm-notice').innerText.includes('洪水')")
    assert page.evaluate(COUNT) == sum(hachioji.counts.values())
    assert "背景地図を読み込めません" in _notice(page)
    assert hazards.layer("flood_l2")["label"] in _notice(page)
    assert "安全」という意味ではありません" in _notice(page)
    assert page.locator("canvas").count() > 0
    assert page.faults == []


def test_with_tiles_there_is_nothing_to_report(open_page, hachioji, tile_host, tmp_path):
    one = maps.hazard_map(hachioji, hazard="洪水")
    for layer in one.config["bases"] + one.config["overlays"]:
        layer["url"] = re.sub(r"^https://[^/]+", tile_host, layer["url"])
    one.save(tmp_path / "地図.html")
    page = open_page((tmp_path / "地図.html").as_uri())
    page.wait_for_selector("img.leaflet-tile-loaded", state="attached")
    page.wait_for_timeout(800)
    assert _notice(page) == ""
    assert page.faults == []


def test_the_legend_is_words_and_follows_the_layer(open_page, saved):
    page = open_page(saved)
    legend = page.locator(".mm-legend")
    for word in hazards.legend("flood_l2")["label"]:
        assert word in legend.inner_text()
    assert "洪水に指定されている" in legend.inner_text()
    page.get_by_label(hazards.layer("flood_l2")["label"]).uncheck()
    page.wait_for_function("() => !document.querySelector('.mm-legend').innerText.includes('20m以上')")
    assert "色がない場所は「安全」という意味ではありません" in legend.inner_text()


def test_a_click_names_the_nearest_designated_site_and_its_distance(open_page, saved, hachioji):
    page = open_page(saved)
    here = (35.6500, 139.3000)
    x, y = page.evaluate(AT, list(here))
    page.mouse.click(x, y)
    text = page.locator(".leaflet-popup").inner_text()
    sites = datasets.shelters(hachioji, "指定緊急避難場所")
    sites = sites[sites["災害種別_洪水"] == "1"]
    points = gpd.GeoSeries(gpd.points_from_xy(sites["経度"], sites["緯度"]), crs=6668).to_crs(hachioji.utm_epsg)
    me = gpd.GeoSeries(gpd.points_from_xy([here[1]], [here[0]]), crs=6668).to_crs(hachioji.utm_epsg).iloc[0]
    metres = points.distance(me)
    assert sites.iloc[metres.argmin()]["名称"] in text
    shown = float(text.split("へ")[1].split("m")[0].rstrip("k")) * (1000 if "km" in text else 1)
    assert shown == pytest.approx(metres.min(), rel=0.02, abs=60)
    assert "直線距離" in text


def test_without_a_suitable_site_the_click_does_not_invent_one(open_page, hachioji, tmp_path):
    maps.hazard_map(hachioji, hazard="津波").save(tmp_path / "地図.html")
    page = open_page((tmp_path / "地図.html").as_uri())
    page.mouse.click(500, 250)
    assert "「ない」とは限らない" in page.locator(".leaflet-popup").inner_text()


def test_hostile_text_stays_text(open_page, hachioji, tmp_path):
    nasty = ["<img src=x onerror=\"document.title='broken'\">", "</script><script>alert(1)</script>", "あ" * 10_000]
    rows = pd.DataFrame(
        {"名称": nasty, "所在地_連結表記": nasty, "緯度": ["35.65"] * 3, "経度": ["139.30", "139.31", "139.32"]}
    )
    maps.hazard_map(hachioji, sites=rows, shelters=rows.iloc[0:0]).save(tmp_path / "地図.html")
    page = open_page((tmp_path / "地図.html").as_uri())
    x, y = page.evaluate(AT, [35.65, 139.30])
    page.mouse.click(x, y)
    assert nasty[0] in page.locator(".leaflet-popup").inner_text()
    assert page.title() == "八王子市 ハザードマップ"
    assert page.faults == []


def test_the_frame_of_a_notebook_shows_the_map(open_page, hachioji, tmp_path):
    path = tmp_path / "cell.html"
    path.write_text(
        f"<meta charset=utf-8>{maps.hazard_map(hachioji)._repr_html_()}<p class=leaflet-control-attribution>.", "utf-8"
    )
    page = open_page(path.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator(".mm-title").wait_for()
    assert "東京都八王子市" in frame.locator(".mm-title").inner_text()


def test_twelve_thousand_places_answer_a_click(open_page, hachioji, tmp_path):
    sites = pd.concat([datasets.shelters(hachioji, "指定緊急避難場所")] * 80, ignore_index=True)
    maps.hazard_map(hachioji, hazard="洪水", sites=sites, shelters=sites.iloc[0:0]).save(tmp_path / "地図.html")
    page = open_page((tmp_path / "地図.html").as_uri())
    assert page.evaluate(COUNT) == 12_000
    page.mouse.click(300, 300)
    assert "直線距離" in page.locator(".leaflet-popup").inner_text()


def _with_tiles(one, host: str):
    for layer in one.config["bases"] + one.config["overlays"]:
        layer["url"] = re.sub(r"^https://[^/]+", host, layer["url"])
    return one


def test_when_the_network_goes_away_the_view_that_stays_empty_says_so(open_page, hachioji, tile_host, tmp_path):
    _with_tiles(maps.hazard_map(hachioji, hazard="洪水"), tile_host).save(tmp_path / "地図.html")
    page = open_page((tmp_path / "地図.html").as_uri())
    page.wait_for_selector("img.leaflet-tile-loaded", state="attached")
    page.context.set_offline(True)
    page.evaluate(AT, [34.0, 134.0])
    page.wait_for_function("() => (document.querySelector('.mm-notice') || {innerText: ''}).innerText.includes('洪水')")
    assert "背景地図を読み込めません" in _notice(page)


def test_what_learners_add_with_folium_shows_on_a_closed_network(open_page, hachioji, tmp_path):
    one = maps.hazard_map(hachioji)
    folium.Marker([35.66, 139.20], popup="市役所の前").add_to(one)
    folium.Marker([35.64, 139.22], icon=folium.Icon(color="darkpurple")).add_to(one)
    folium.Circle([35.65, 139.30], radius=900).add_to(one)
    one.save(tmp_path / "地図.html")
    page = open_page((tmp_path / "地図.html").as_uri())
    assert page.locator("img.leaflet-marker-icon").count() == 2
    assert all(page.evaluate("[...document.querySelectorAll('img.leaflet-marker-icon')].map(i => i.naturalWidth > 0)"))
    page.locator("img.leaflet-marker-icon").first.click()
    page.wait_for_selector(".leaflet-popup")
    assert "市役所の前" in page.locator(".leaflet-popup").inner_text()
    assert page.faults == []


def test_every_control_has_a_japanese_name(open_page, saved):
    page = open_page(saved, size="phone")
    page.mouse.click(120, 420)
    page.wait_for_selector(".leaflet-popup")
    names = page.evaluate(
        "[...document.querySelectorAll('.leaflet-control a[role=button], .leaflet-popup-close-button, .leaflet-container')]"
        ".map(e => e.getAttribute('aria-label'))"
    )
    assert len(names) == 5
    assert all(re.search("[ぁ-んァ-ヶ一-龠]", name or "") for name in names), names


def test_the_legend_covers_no_part_of_the_municipality(open_page, saved, hachioji):
    page = open_page(saved)
    _, south, east, _ = hachioji.bounds
    corner = page.evaluate(
        "([lat, lng]) => { const map = window[Object.keys(window).find(k => /^map_/.test(k) && window[k].eachLayer)];"
        " const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }",
        [south, east],
    )
    assert corner[0] < page.locator(".mm-legend").bounding_box()["x"]
