"""The site as a resident meets it, on a phone and on a desk: every feature, with official tiles."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from machimap import datasets, hazards, places, site
from machimap.site.languages import languages, plain

BOTH = pytest.mark.parametrize("size", ["phone", "desktop"])
TONGUES = pytest.mark.parametrize("language", languages(), ids=lambda one: one.name)
SCROLL = "() => document.documentElement.scrollWidth <= window.innerWidth"
COLOUR = """([x, y]) => { const box = document.querySelector('#map').getBoundingClientRect();
  const canvas = document.querySelector('canvas.places'), ratio = canvas.width / box.width;
  return [...canvas.getContext('2d').getImageData(x * ratio, y * ratio, 1, 1).data]; }"""


@pytest.fixture(scope="module")
def hachioji():
    return places.find("八王子市")


@pytest.fixture(scope="module")
def sites(hachioji):
    return datasets.shelters(hachioji, "指定緊急避難場所")


def page_of(home, language, name="index.html"):
    return f"{home}/{language.folder + '/' if language.folder else ''}{name}"


def tap(page, share, height=0.5):
    """Tap the map at a share of its width."""
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] * height)


def ask_at(page, services, share):
    """Ask for a point at a share of the town's width, by the address search."""
    lat = (services.south + services.north) / 2
    services.answers = [
        {
            "geometry": {"coordinates": [services.lon(share), lat], "type": "Point"},
            "type": "Feature",
            "properties": {"title": "ためしの住所"},
        }
    ]
    page.fill("#query", "ためしの住所")
    page.click("#find-address")
    page.click("#found button")


def classes(page):
    """What the page says of the point, layer by layer, once everything is read."""
    expect(page.locator("#answer .reading")).to_have_count(0, timeout=15_000)
    terms = page.locator("#answer .classes dt").all_inner_texts()
    return dict(zip(terms, page.locator("#answer .classes dd").all_inner_texts(), strict=True))


@BOTH
@TONGUES
def test_the_page_opens_on_the_town_in_every_language(open_page, home, hachioji, size, language):
    page = open_page(page_of(home, language), size=size)
    assert "八王子市" in page.title()
    assert page.get_attribute("html", "lang") == language.lang
    expect(page.locator("#hazard")).to_have_value("洪水")
    expect(page.locator("#layer-list input").first).to_be_checked()
    assert page.evaluate(SCROLL)
    west, south, east, north = hachioji.bounds
    shown = page.evaluate(
        "() => { const b = machimapPage.state.map.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; }"
    )
    assert shown[:2] <= [west, south]
    assert shown[2:] >= [east, north]
    assert page.faults == []


@TONGUES
def test_no_word_of_another_language_and_no_open_placeholder_is_left(open_page, home, language):
    page = open_page(page_of(home, language))
    tap(page, 0.4)
    classes(page)
    text = page.locator("body").inner_text()
    assert not re.search(r"<\w+>|\{|\}|undefined|null|NaN", text)
    if language.lang == "en":
        words = page.locator("#layer-list, #mark-legend, #answer .classes, .tools label").all_inner_texts()
        assert not re.search(r"[ぁ-んァ-ヶ]", " ".join(words))


@BOTH
def test_the_legend_is_words_and_follows_the_hazard(open_page, home, size):
    page = open_page(home, size=size)
    legend = page.locator("#layer-list .layer").first.locator(".legend")
    assert legend.locator("li").all_inner_texts() == list(hazards.legend("flood_l2")["label"])
    page.select_option("#hazard", "崖崩れ等")
    labels = [hazards.layer(layer)["label"] for layer in ("debris", "steep", "slide")]
    assert page.locator("#layer-list label").all_inner_texts() == labels
    assert "特別警戒区域" in page.locator("#layer-list").inner_text()
    page.select_option("#hazard", "地震")
    expect(page.locator("#layer-list")).to_contain_text("区域がないという意味ではありません")
    page.select_option("#hazard", "")
    assert page.locator("#layer-list label").count() > 10


def test_choosing_a_hazard_lets_the_designated_places_stand_out(open_page, home, sites):
    page = open_page(home)
    column = "災害種別_洪水"
    for flag, style in (("1", "designated"), ("", "not_designated")):
        row = sites[sites[column] == flag].iloc[0]
        page.goto(f"{home}/index.html#s={row['ID']}")
        page.reload()
        expect(page.locator("#answer h2")).to_have_text(row["名称"])
        label = hazards.styles().loc[style, "label"].replace("この災害", "洪水")
        expect(page.locator("#answer")).to_contain_text(label)
        at = page.evaluate(
            "() => { const m = machimapPage.state.map, p = m.latLngToContainerPoint(machimapPage.state.here); return [p.x, p.y]; }"
        )
        page.evaluate("() => machimapPage.state.map.setZoom(17, {animate: false})")
        at = page.evaluate(
            "() => { const m = machimapPage.state.map, p = m.latLngToContainerPoint(machimapPage.state.here); return [p.x, p.y]; }"
        )
        red, green, blue, alpha = page.evaluate(COLOUR, at)
        fill = hazards.styles().loc[style, "fill"] or hazards.styles().loc[style, "stroke"]
        wanted = [int(fill[n : n + 2], 16) for n in (1, 3, 5)]
        assert alpha > 0
        assert max(abs(a - b) for a, b in zip((red, green, blue), wanted, strict=True)) < 12


@BOTH
def test_a_point_is_told_class_outside_and_no_data_in_words(open_page, home, services, size):
    page = open_page(home, size=size)
    label = hazards.layer("flood_l2")["label"]
    first, last = hazards.legend("flood_l2")["label"].iloc[[0, -1]]
    for share, words in (
        (0.1, first),
        (0.4, last),
        (0.6, "区域外"),
        (0.95, "データなし（この場所の図が配信されていません"),
    ):
        ask_at(page, services, share)
        assert classes(page)[label].startswith(words), share
    assert "安全という意味ではありません" in page.locator("#answer").inner_text()
    assert page.faults == []


def test_the_page_reads_a_pixel_as_the_library_does(open_page, home, services, local_layers, hachioji):
    import geopandas as gpd

    page = open_page(home)
    lat = (services.south + services.north) / 2
    with local_layers():
        for share in (0.1, 0.4, 0.6, 0.95):
            point = gpd.GeoSeries.from_xy([services.lon(share)], [lat], crs=4326)
            ask_at(page, services, share)
            told = classes(page)
            for layer in ("flood_l2", "naisui", "steep"):
                expected = hazards.depth_at(point, layer, prefecture_code=hachioji.prefecture_code)["区分"].iloc[0]
                assert told[hazards.layer(layer)["label"]].startswith(expected)


@BOTH
def test_the_three_nearest_suitable_places_are_named_with_way_and_address(
    open_page, home, services, sites, hachioji, size
):
    page = open_page(home, size=size)
    ask_at(page, services, 0.6)
    listed = page.locator("#answer .nearest button").all_inner_texts()
    import geopandas as gpd

    points = gpd.GeoSeries.from_xy(sites["経度"], sites["緯度"], crs=6668).to_crs(hachioji.utm_epsg)
    here = gpd.GeoSeries.from_xy([services.lon(0.6)], [(services.south + services.north) / 2], crs=6668).to_crs(
        hachioji.utm_epsg
    )
    fit = sites.assign(metres=points.distance(here.iloc[0]))[sites["災害種別_洪水"] == "1"].sort_values("metres")
    assert listed == list(fit["名称"].head(3))
    told = page.locator("#answer .nearest li span").first.inner_text()
    amount, unit = re.search(r"([\d.]+)(km|m)", told).groups()
    assert float(amount) * (1000 if unit == "km" else 1) == pytest.approx(fit["metres"].iloc[0], rel=0.03, abs=60)
    assert re.match(r"(北|南)?(東|西)?へ ", told)
    page.locator("#answer .nearest button").first.click()
    expect(page.locator("#answer h2")).to_have_text(listed[0])


def test_a_hazard_without_a_site_says_that_none_is_known(open_page, home, services):
    page = open_page(home)
    page.select_option("#hazard", "津波")
    ask_at(page, services, 0.6)
    expect(page.locator("#answer .warn")).to_contain_text("「ない」とは限らない")


@BOTH
@pytest.mark.parametrize("typed", ["第二小", "　第二 小", "第二小学校"])
def test_names_are_found_at_once_whatever_the_width(open_page, home, size, typed):
    page = open_page(home, size=size)
    page.fill("#query", typed)
    expect(page.locator("#found button").first).to_contain_text("第二小学校")


def test_kana_and_width_make_no_difference(open_page, home, sites):
    katakana = next(name for name in sites["名称"] if re.search(r"[ァ-ヶ]{3,}", name))
    word = re.search(r"[ァ-ヶー]{3,}", katakana).group()
    hiragana = "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in word)
    page = open_page(home)
    for typed in (word, hiragana):
        page.fill("#query", typed)
        assert katakana in page.locator("#found button").all_inner_texts()
    assert page.locator("#found-status").inner_text().endswith("件の施設が見つかりました。")


def test_search_asks_nobody_until_an_address_is_wanted(open_page, home, services):
    page = open_page(home)
    page.wait_for_timeout(500)
    services.asked.clear()
    page.fill("#query", "小学校")
    expect(page.locator("#found button").first).to_be_visible()
    assert not [path for path in services.asked if path.startswith("/search")]
    page.fill("#query", "元本郷町3-24-1")
    page.click("#find-address")
    expect(page.locator("#found-status")).to_contain_text("住所が見つかりません")
    assert len([path for path in services.asked if path.startswith("/search")]) == 1


def test_an_address_of_another_town_is_named_so(open_page, home, services):
    services.answers = [{"geometry": {"coordinates": [135.5, 34.7]}, "properties": {"title": "大阪府大阪市北区"}}]
    page = open_page(home)
    page.fill("#query", "大阪")
    page.click("#find-address")
    expect(page.locator("#found li")).to_contain_text("この地図のまちの外です")


@BOTH
def test_the_present_location_is_asked_for(open_page, home, services, size):
    here = {"latitude": (services.south + services.north) / 2, "longitude": services.lon(0.4), "accuracy": 30}
    page = open_page(home, size=size, geolocation=here, permissions=["geolocation"])
    page.click("#locate")
    expect(page.locator("#answer")).to_contain_text("誤差はおよそ30m")
    assert classes(page)[hazards.layer("flood_l2")["label"]] == hazards.legend("flood_l2")["label"].iloc[-1]


def test_a_refused_location_is_one_sentence(open_page, home):
    page = open_page(home, permissions=[])
    page.click("#locate")
    expect(page.locator("#found-status")).to_contain_text("地図をタップするか、住所でさがしてください")


@BOTH
def test_a_tap_on_a_mark_tells_the_place(open_page, home, sites, size):
    page = open_page(home, size=size)
    row = sites.iloc[5]
    page.evaluate(
        "([lat, lng]) => machimapPage.state.map.setView([lat, lng], 17, {animate: false})", [row["緯度"], row["経度"]]
    )
    tap(page, 0.5)
    expect(page.locator("#answer h2")).to_have_text(row["名称"])
    expect(page.locator("#answer")).to_contain_text(row["所在地_連結表記"])
    assert f"#s={row['ID']}" in page.url


def test_where_there_is_no_tile_the_map_is_hatched(open_page, home):
    page = open_page(home)
    expect(page.locator(".no-data.lost").first).to_be_attached()
    shares = page.evaluate(
        "() => [...document.querySelectorAll('.no-data.lost')].map(t => t.getBoundingClientRect().left / document.querySelector('#map').clientWidth)"
    )
    assert min(shares) > 0.4
    assert page.locator(".no-data").count() > len(shares)
    page.locator("#layer-list input").first.uncheck()
    expect(page.locator(".no-data.lost")).to_have_count(0)


def test_the_colours_fade_with_the_slider(open_page, home):
    page = open_page(home)
    page.locator("#opacity").fill("30")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.hazard')).opacity") == "0.3"


def test_the_landslide_layer_falls_back_to_the_prefectures_tiles(open_page, home, services):
    page = open_page(home)
    page.select_option("#hazard", "崖崩れ等")
    services.asked.clear()
    ask_at(page, services, 0.95)
    assert classes(page)["がけ崩れ"].startswith("データなし")
    assert any(path.startswith("/steep_pref/13/17/") for path in services.asked)


@TONGUES
def test_every_place_of_the_list_has_a_link_that_opens_the_map_there(open_page, home, sites, language):
    page = open_page(page_of(home, language, "list.html"), wait="table")
    rows = page.locator("section.list").first.locator("tbody tr")
    assert rows.count() == len(sites)
    name = rows.nth(3).locator("th").inner_text()
    rows.nth(3).locator("a").click()
    page.wait_for_selector("#answer h2")
    expect(page.locator("#answer h2")).to_have_text(name)


def test_the_list_is_filtered_by_hazard_without_a_script(open_page, home, sites):
    page = open_page(f"{home}/list.html", wait="table", java_script_enabled=False)
    rows = page.locator("section.list").first.locator("tbody tr:visible")
    assert rows.count() == len(sites)
    page.locator("#fit-0").check()
    assert rows.count() == (sites["災害種別_洪水"] == "1").sum()


def test_the_difference_between_the_citys_and_the_nations_list_is_told(open_page, home):
    page = open_page(home)
    told = page.locator("#mismatch").inner_text()
    numbers = [int(number) for number in re.findall(r"(\d+)(?:か所|組)", told)]
    page.click("#mismatch a")
    page.wait_for_selector("#differences")
    assert page.locator("section[aria-labelledby=differences] tbody tr").count() == sum(numbers)


@BOTH
@TONGUES
def test_the_print_is_a4_with_legend_places_date_and_qr_code(open_page, home, size, language):
    page = open_page(page_of(home, language), size=size)
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.click("#print")
    expect(page).to_have_title("printed", timeout=10_000)
    sheet = page.locator("#sheet")
    expect(sheet).to_be_visible()
    assert plain(language.classes["0.5m以上3m未満"]).replace(" ", "") in _plain(sheet, page)
    assert sheet.locator("tbody tr").count() == 30
    assert page.locator("#print-rest").inner_text() != ""
    assert page.locator(".qr").is_visible()
    assert "出典：国土地理院" in sheet.inner_text()
    assert page.locator("#map").is_visible()
    assert not page.locator("#answer").is_visible()
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") <= 3
    assert page.faults == []


def _plain(locator, page) -> str:
    """The text without its readings."""
    return re.sub(
        r"\s",
        "",
        locator.evaluate(
            "(node) => { const copy = node.cloneNode(true); copy.querySelectorAll('rt').forEach(rt => rt.remove()); return copy.textContent; }"
        ),
    )


def test_after_printing_the_page_is_as_before(open_page, home):
    page = open_page(home)
    page.evaluate("() => { window.print = () => window.dispatchEvent(new Event('afterprint')); }")
    page.click("#print")
    page.wait_for_timeout(6_000)
    assert page.locator("#answer").is_visible()
    assert not page.locator("#sheet").is_visible()


def test_the_qr_code_holds_the_address_of_the_page(site_folder):
    import segno

    svg = (site_folder / "qr.svg").read_text(encoding="utf-8")
    stream = io.BytesIO()
    segno.make("https://example.jp/hachioji/", error="m").save(
        stream, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, lineclass=None
    )
    assert svg == stream.getvalue().decode()


@BOTH
def test_the_towns_own_layer_is_drawn_and_answers(open_page, local_layers, serve, tmp_path, size):
    import geopandas as gpd

    yaizu = places.find("焼津市")
    zones = datasets.bundled.polygons("yaizu", "naisui")
    path = tmp_path / "内水.geojson"
    zones.to_crs(6676).to_file(path, driver="GeoJSON")
    layer = site.read_layer(
        path,
        yaizu,
        column="浸水深",
        title="市の内水",
        credit="出典：焼津市オープンデータカタログ（焼津市）を加工して作成",
    )
    with local_layers():
        folder = site.build(yaizu, tmp_path / "site", layer=layer).folder
    page = open_page(serve(folder), size=size)
    expect(page.locator("#layer-list label").first).to_have_text("市の内水")
    deep = zones[zones["浸水深"] == "3m以上5m未満"].to_crs(6676).geometry.make_valid().explode(ignore_index=True)
    inside = deep.loc[[deep.area.idxmax()]].representative_point().to_crs(4326).iloc[0]
    page.evaluate(
        "([lat, lng]) => { machimapPage.state.map.setView([lat, lng], 17, {animate: false}); }", [inside.y, inside.x]
    )
    page.click("#centre")
    assert classes(page)["市の内水"] == "3m以上5m未満"
    west, _, _, north = gpd.GeoSeries(zones.geometry).total_bounds
    page.evaluate(
        "([lat, lng]) => { machimapPage.state.map.setView([lat, lng], 15, {animate: false}); }", [north + 0.01, west]
    )
    page.click("#centre")
    assert classes(page)["市の内水"].startswith("塗られていません")
    assert "焼津市オープンデータカタログ" in page.locator("#layer-list").inner_text()
    assert page.faults == []


def test_the_csv_of_the_page_holds_what_the_list_shows(open_page, home, sites):
    page = open_page(f"{home}/list.html", wait="table")
    with page.expect_download() as download:
        page.get_by_text("指定緊急避難場所（CSV）").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert [row["名称"] for row in csv.DictReader(io.StringIO(text))] == list(sites["名称"])
