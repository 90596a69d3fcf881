"""Missing coordinates come from the national lists or the address search, each with its source, and never wrongly."""

from __future__ import annotations

import json
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from machimap import datasets, online, places, store
from machimap.bridge import address_search
from machimap.bridge.cleaning import clean
from machimap.bridge.filling import Filled, fill
from machimap.bridge.records import CHANGE_COLUMNS, CHECK_COLUMNS
from machimap.bridge.targets import target
from servers import FAULTS, HTML, Reply, Server

ADDRESS = "所在地_連結表記"
HACHIOJI = places.by_code("132012")


def table(*rows: dict[str, str]) -> pd.DataFrame:
    index = pd.RangeIndex(2, len(rows) + 2, name="行")
    full = pd.DataFrame(list(rows), index=index).fillna("").astype("str")
    return full.reindex(columns=target().names, fill_value="").astype("str")


def filled(*rows: dict[str, str], place: places.Place | None = HACHIOJI, online: bool = False) -> Filled:
    cleaned = clean(table(*rows), target(), place=place)
    return fill(cleaned.table, target(), place=place, online=online)


def metres(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    north = (one["緯度"].astype(float) - other["緯度"].astype(float)) * 111_000
    east = (one["経度"].astype(float) - other["経度"].astype(float)) * 90_000
    return np.hypot(north, east).to_numpy()


@pytest.fixture(scope="module")
def school() -> pd.Series:
    """A site of the national list whose name its city has once."""
    rows = datasets.shelters(HACHIOJI, "指定緊急避難場所")
    return rows[rows["名称"] == "第一小学校"].iloc[0]


# --- the national lists


def test_a_city_s_own_list_without_places_gets_them_and_they_are_right():
    own = datasets.own_list(HACHIOJI)
    own = own[own["一覧"].str.contains("指定避難所")].reset_index(drop=True)
    result = filled(*own[["名称", ADDRESS]].to_dict("records"))
    got = np.flatnonzero(result.table["緯度"] != "")
    assert len(got) >= 0.85 * len(own)
    apart = metres(result.table.iloc[got].reset_index(drop=True), own.iloc[got].reset_index(drop=True))
    assert apart.max() < 300
    assert len(got) + result.checks["問題"].str.startswith("緯度と経度がない").sum() == len(own)


def test_every_filled_cell_names_its_source_and_how_sure_it_is(school):
    result = filled({"名称": "八王子市立第一小学校", ADDRESS: school[ADDRESS]})
    assert result.changes["列"].tolist() == ["緯度", "経度"]
    assert tuple(result.changes.columns) == CHANGE_COLUMNS
    for row in result.changes.to_dict("records"):
        assert store.credit("shelters") in row["根拠"]
        assert "第一小学校" in row["根拠"]
        assert (row["行"], row["前"]) == (2, "")
        assert 0.5 < row["確信度"] < 1
    assert float(result.table.loc[2, "緯度"]) == pytest.approx(school["緯度"], abs=1e-6)


def test_a_place_that_is_given_is_never_replaced(school):
    given = {"緯度": "35.650000", "経度": "139.300000"}
    result = filled({"名称": school["名称"], ADDRESS: school[ADDRESS]} | given)
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == list(given.values())
    assert result.changes.empty


def test_nothing_but_the_place_is_filled_least_of_all_a_hazard(school):
    result = filled({"名称": school["名称"], ADDRESS: school[ADDRESS]})
    assert school["災害種別_地震"] == "1"
    assert set(result.table.loc[2, target().of_kind("flag")]) == {""}


def test_a_name_at_another_address_is_not_taken_but_told(school):
    result = filled({"名称": school["名称"], ADDRESS: "東京都八王子市上柚木2-40-1"})
    assert result.table.loc[2, "緯度"] == ""
    assert "住所が違う" in result.checks.iloc[0]["問題"]


def test_a_name_that_differs_in_one_number_is_another_place():
    result = filled({"名称": "第九十九小学校"}, {"名称": "架空データ公園", ADDRESS: "東京都八王子市元本郷町3-24-1"})
    assert result.table["緯度"].tolist() == ["", ""]
    assert tuple(result.checks.columns) == CHECK_COLUMNS
    assert result.checks["列"].tolist() == ["緯度", "緯度"]


def test_a_name_alone_is_less_sure_and_to_be_looked_at(school):
    result = filled({"名称": school["名称"]})
    assert result.changes["確信度"].max() < 0.9
    assert result.checks["問題"].tolist() == ["補った位置が、この施設のものか確かでない"]


def test_each_row_of_a_prefecture_s_list_is_looked_up_in_its_own_municipality():
    sites = [datasets.shelters(places.find(name), "指定緊急避難場所") for name in ("金沢市", "珠洲市")]
    chosen = pd.concat([rows.drop_duplicates("名称", keep=False).head(20) for rows in sites], ignore_index=True)
    result = filled(*chosen[["名称", ADDRESS]].to_dict("records"), place=None)
    got = np.flatnonzero(result.table["緯度"] != "")
    assert len(got) >= 36
    assert metres(result.table.iloc[got].reset_index(drop=True), chosen.iloc[got].reset_index(drop=True)).max() < 600


def test_a_row_whose_municipality_nobody_knows_stays_without_a_place(school):
    result = filled({"名称": school["名称"], ADDRESS: "元横山町2-14-3"}, place=None)
    assert result.changes.empty
    assert result.checks["問題"].tolist() == ["緯度と経度がない（市区町村が分からない）"]


# --- the address search

HALL = "東京都八王子市元本郷町3-24-1"
TITLE = "東京都八王子市元本郷町三丁目２４番１号"
POINT = [139.315806, 35.666312]


def hit(title: object = TITLE, point: object = POINT) -> dict:
    return {"geometry": {"coordinates": point, "type": "Point"}, "type": "Feature", "properties": {"title": title}}


def path(address: str) -> str:
    return f"/address-search/AddressSearch?q={quote(address)}"


def answer(*hits: object) -> Reply:
    return Reply(json.dumps(list(hits), ensure_ascii=False).encode(), "application/json")


@pytest.fixture
def service(local_tables: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(address_search, "LIMITS", online.Limits(connect=1.0, read=0.5, deadline=1.0, retries=0))
    return local_tables


ROW = {"名称": "架空データ会館", ADDRESS: HALL}


def test_a_hit_that_names_the_address_fills_the_place_with_its_source(service):
    service.serve(path(HALL), answer(hit("東京都八王子市元横山町", [139.33, 35.66]), hit()))
    result = filled(ROW, online=True)
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == ["35.666312", "139.315806"]
    assert all("住所検索（国土地理院）" in text and TITLE in text for text in result.changes["根拠"])
    assert result.changes["確信度"].max() < 0.9
    assert not result.checks.empty


def test_nothing_is_asked_unless_wanted_and_each_address_once(service):
    service.serve(path(HALL), answer(hit()))
    filled(ROW)
    assert not service.hits
    filled(ROW, ROW | {"名称": "架空データ別館"}, online=True)
    assert service.hits == {path(HALL): 1}


def test_a_title_that_stops_before_the_last_number_is_less_sure(service):
    service.serve(path(HALL), answer(hit("東京都八王子市元本郷町三丁目２４番")))
    result = filled(ROW, online=True)
    assert result.changes["確信度"].tolist() == [0.5, 0.5]


LIES = {
    "another lot": [hit("東京都八王子市元本郷町三丁目２５番１号")],
    "the town only": [hit("東京都八王子市元本郷町")],
    "another municipality": [hit("東京都日野市元本郷町三丁目２４番１号")],
    "the namesake of another prefecture": [hit("広島県府中市元本郷町三丁目２４番１号")],
    "the right title at a wrong place": [hit(TITLE, [141.35, 43.06])],
    "swapped": [hit(TITLE, POINT[::-1])],
    "two places": [hit(), hit(TITLE, [139.25, 35.65])],
    "words for numbers": [hit(TITLE, ["139.3", "35.6"])],
    "true for a number": [hit(TITLE, [True, 35.6])],
    "no point": [hit(TITLE, None), hit(TITLE, []), hit(TITLE, [1]), hit(TITLE, {})],
    "no title": [hit(None), hit(7), hit("")],
    "other shapes": [None, 1, "x", [], {}, {"geometry": 3}],
    "a huge number": [hit(TITLE, [1e308, -1e308])],
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_service_fills_nothing_and_spoils_nothing(service, lie):
    service.serve(path(HALL), answer(*LIES[lie]))
    result = filled(ROW, online=True)
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == ["", ""]
    assert result.changes.empty
    assert result.checks["列"].tolist() == ["緯度"]


BROKEN = {
    "stalled": Reply(manner="hang"),
    "dripping": Reply(b"[" + b" " * 400 + b"]", "application/json", manner="drip"),
    "cut": Reply(b"[1, 2", "application/json"),
    "an object": Reply(b'{"a": 1}', "application/json"),
    "a page": Reply(HTML, "text/html"),
    "not a number": Reply(
        b'[{"geometry": {"coordinates": [NaN, Infinity]}, "properties": {"title": "x"}}]', "application/json"
    ),
    "500": FAULTS["500"],
    "404": FAULTS["404"],
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_service_costs_only_its_answer(service, school, fault):
    service.serve(path(HALL), BROKEN[fault])
    result = filled(ROW, {"名称": school["名称"], ADDRESS: school[ADDRESS]}, online=True)
    assert result.table["緯度"].tolist() == ["", f"{school['緯度']:.6f}"]
    assert result.checks["行"].tolist() == [2]


def test_a_service_that_is_down_is_not_asked_again_and_again(service):
    rows = [{"名称": f"架空データ{number}", ADDRESS: f"東京都八王子市元本郷町3-24-{number}"} for number in range(1, 9)]
    for row in rows:
        service.serve(path(row[ADDRESS]), FAULTS["500"])
    result = filled(*rows, online=True)
    assert sum(service.hits.values()) == 2
    assert len(result.checks) == 8


def test_without_a_network_everything_else_is_filled(service, school, monkeypatch):
    monkeypatch.setenv("MACHIMAP_OFFLINE", "1")
    result = filled(ROW, {"名称": school["名称"], ADDRESS: school[ADDRESS]}, online=True)
    assert result.table["緯度"].tolist() == ["", f"{school['緯度']:.6f}"]
    assert not service.hits
