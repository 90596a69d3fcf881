"""Missing coordinates come from the national lists or the address search, each with its source, and never wrongly."""

from __future__ import annotations

import json
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from machimap import bridge, datasets, online, places, store
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
    search = address_search.Search() if online else None
    cleaned = clean(table(*rows), target(), place=place, search=search)
    return fill(cleaned.table, target(), place=place, search=search)


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


# --- coordinates of the table itself


def crossed(school: pd.Series, *places: tuple[str, str], mapping: bridge.Mapping | None = None) -> bridge.Bridged:
    """The table of one school at several stated places, taken across: 架空データ but for the school."""
    rows = [[school["名称"], school[ADDRESS], lat, lon, f"{number}番"] for number, (lat, lon) in enumerate(places)]
    lines = [",".join(cells) for cells in [["施設名", "住所", "緯度", "経度", "備考"], *rows]]
    return bridge.convert("\n".join(lines).encode(), place=HACHIOJI, mapping=mapping)


def about_place(done: bridge.Bridged, row: int) -> list[str]:
    asked = done.checks[(done.checks["行"] == row) & done.checks["列"].isin(["緯度", "経度"])]
    return asked["問題"].tolist()


NEAR = [("35.661115", "139.336418"), ("35.661116", "139.336419"), ("35.661117", "139.336417")]


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        (("35.6", "5"), "もとの値（緯度 35.6、経度 5）は日本の範囲の外だったので、国の一覧から補った"),
        (("0", "0"), "もとの値（緯度 0、経度 0）は日本の範囲の外だったので、国の一覧から補った"),
        (("不明", "x"), "もとの値（緯度 不明、経度 x）は緯度や経度として読めなかったので、国の一覧から補った"),
        (
            ("36.123", "138.123"),
            "もとの値（緯度 36.123、経度 138.123）は市区町村から離れすぎていたので、国の一覧から補った",
        ),
    ],
)
def test_a_wrong_place_that_was_filled_is_one_question_and_the_published_one_is_not_called_wrong(school, stated, told):
    done = crossed(school, stated, *NEAR)
    assert float(done.table.loc[2, "緯度"]) == pytest.approx(school["緯度"], abs=1e-6)
    assert about_place(done, 2) == [told]
    (line,) = done.checks[done.checks["問題"] == told].to_dict("records")
    assert line["値"] == done.table.loc[2, "緯度"]
    assert "地図" in line["すること"]


def test_a_wrong_place_that_nothing_fills_keeps_its_questions(school):
    done = crossed(pd.Series({"名称": "架空データ会館", ADDRESS: HALL}), ("35.6", "5"), *NEAR)
    assert done.table.loc[2, ["緯度", "経度"]].tolist() == ["", ""]
    assert any("日本の範囲" in problem for problem in about_place(done, 2))


def test_a_place_that_stays_keeps_the_questions_about_it(school):
    done = crossed(school, ("35.661", "139.336"), *NEAR)
    assert done.table.loc[2, ["緯度", "経度"]].tolist() == ["35.661", "139.336"]
    assert ["3桁" in problem for problem in about_place(done, 2)] == [True, True]
    assert not done.credits


def test_nothing_is_filled_while_columns_that_may_hold_the_places_wait(school):
    proposed = bridge.propose(crossed(school, *NEAR).reading.table, target(), place=HACHIOJI)
    kept = tuple(match for match in proposed.matches if match.target not in ("緯度", "経度"))
    done = crossed(school, *NEAR, mapping=bridge.Mapping(kept, ("緯度", "経度")))
    assert (done.table[["緯度", "経度"]] == "").all(axis=None)
    told = "「緯度」「経度」に使えそうな列が「はい」を待っているので、ない位置を国の一覧から補っていません"
    (line,) = done.checks[done.checks["問題"] == told].to_dict("records")
    assert line["行"] == 0
    assert about_place(done, 2) == []
    declined = bridge.Mapping(kept, ("緯度", "経度"), declined=("緯度", "経度"))
    done = crossed(school, *NEAR, mapping=declined)
    assert float(done.table.loc[2, "緯度"]) == pytest.approx(school["緯度"], abs=1e-6)
    assert not done.checks["問題"].str.contains("待っている").any()


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


# --- the address search about the municipality

FUCHU, FUCHU_LOT = "府中市宮西町2-24", "東京都府中市宮西町二丁目２４番地"
FUCHU_POINT, OTHER_FUCHU_POINT = [139.4777, 35.6689], [133.2366, 34.5684]


def town(*hits: object, service: Server, row: dict[str, str] | None = None, place: places.Place | None = None):
    """The cleaned table of one row with an address that several municipalities could have, and what is asked about it."""
    row = {"名称": "架空データ会館", ADDRESS: FUCHU} | (row or {})
    service.serve(path(row[ADDRESS]), answer(*hits))
    cleaned = clean(table(row), target(), place=place, search=address_search.Search())
    return cleaned.table.loc[2], cleaned


def test_a_name_that_two_municipalities_bear_is_settled_by_the_answer_and_marked_as_such(service):
    row, cleaned = town(hit(FUCHU_LOT, FUCHU_POINT), service=service)
    assert row[ADDRESS] == "東京都府中市宮西町2-24"
    assert row[["所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下"]].tolist() == [
        "東京都",
        "府中市",
        "宮西町",
        "2-24",
    ]
    assert row["所在地_全国地方公共団体コード"] == "132063"
    told = cleaned.changes[cleaned.changes["列"].str.startswith("所在地")]
    assert set(told["確信度"]) == {address_search.SURE}
    assert all("国土地理院" in text and FUCHU_LOT in text for text in told["根拠"])
    assert cleaned.checks.loc[cleaned.checks["列"] == ADDRESS, "問題"].tolist() == [
        "住所検索の答えから東京都府中市とみた"
    ]


def test_an_address_without_any_municipality_is_completed_and_the_same_request_gives_its_place(service):
    service.serve(path("元本郷町3-24-1"), answer(hit()))
    result = filled({"名称": "架空データ会館", ADDRESS: "元本郷町3-24-1"}, place=None, online=True)
    assert result.table.loc[2, ADDRESS] == HALL
    assert result.table.loc[2, ["緯度", "経度"]].tolist() == ["35.666312", "139.315806"]
    assert service.hits == {path("元本郷町3-24-1"): 1}


def test_an_id_does_not_depend_on_whether_the_service_could_be_asked(service):
    row, _ = town(hit(FUCHU_LOT, FUCHU_POINT), service=service)
    offline = clean(table({"名称": "架空データ会館", ADDRESS: FUCHU}), target()).table.loc[2]
    assert row["ID"] == offline["ID"]
    assert offline[ADDRESS] == FUCHU


UNDECIDED = {
    "both": ([hit(FUCHU_LOT, FUCHU_POINT), hit("広島県府中市宮西町二丁目", OTHER_FUCHU_POINT)], "どれか決められない"),
    "another lot": ([hit("東京都府中市宮西町三丁目２４番地", FUCHU_POINT)], "違う"),
    "another quarter": ([hit("東京都府中市南宮西町二丁目２４番地", FUCHU_POINT)], "違う"),
    "another name": ([hit("東京都調布市宮西町二丁目２４番地", FUCHU_POINT)], "違う"),
    "far away": ([hit(FUCHU_LOT, [141.35, 43.06])], "違う"),
    "only the municipality": ([hit("東京都府中市", FUCHU_POINT)], "違う"),
    "too many": ([hit(FUCHU_LOT, FUCHU_POINT)] * 60, "多すぎ"),
    "nothing": ([], "見つからない"),
    "rubbish": ([None, 3, {"geometry": 1}, hit(None), hit("宮西町")], "違う|見つからない"),
}


@pytest.mark.parametrize("case", UNDECIDED)
def test_an_answer_that_settles_nothing_leaves_the_address_and_says_why(service, case):
    hits, why = UNDECIDED[case]
    row, cleaned = town(*hits, service=service)
    assert row[ADDRESS] == FUCHU
    assert row[["所在地_都道府県", "所在地_市区町村", "市区町村コード"]].tolist() == ["", "", ""]
    (problem,) = cleaned.checks.loc[cleaned.checks["列"] == ADDRESS, "問題"]
    assert problem.startswith("同じ名前の市区町村がいくつもあり")
    assert pd.Series([problem]).str.contains(why).all()


def test_what_the_row_itself_says_goes_before_the_answer(service):
    there = {"緯度": "34.5684", "経度": "133.2366"}
    far, cleaned = town(hit(FUCHU_LOT, FUCHU_POINT), service=service, row=there)
    assert far[ADDRESS] == FUCHU
    assert "緯度経度から離れている" in cleaned.checks.loc[cleaned.checks["列"] == ADDRESS, "問題"].iloc[0]
    assert far[["緯度", "経度"]].tolist() == ["34.5684", "133.2366"]


def test_a_prefecture_of_the_row_chooses_among_the_answers(service):
    hits = [
        hit("東京都府中市中央一丁目２番３号", FUCHU_POINT),
        hit("広島県府中市中央一丁目２番３号", OTHER_FUCHU_POINT),
    ]
    row, _ = town(*hits, service=service, row={ADDRESS: "中央1-2-3", "所在地_都道府県": "東京都"})
    assert row[ADDRESS] == "東京都府中市中央1-2-3"
    row, _ = town(*hits, service=service, row={ADDRESS: "中央1-2-3"})
    assert row[ADDRESS] == "中央1-2-3"


def test_an_answer_in_another_prefecture_than_the_rest_of_the_list_is_not_believed(service):
    odd = "架空中央町1-2-3"
    service.serve(path(odd), answer(hit("広島県府中市架空中央町一丁目２番３号", OTHER_FUCHU_POINT)))
    tokyo = [
        {"名称": f"架空データ{n}", ADDRESS: f"東京都{town}1-2-3"} for n, town in enumerate(("日野市神明", "府中市宮町"))
    ]
    rows = table(*tokyo, *tokyo, {"名称": "架空データ会館", ADDRESS: odd})
    cleaned = clean(rows, target(), search=address_search.Search())
    assert cleaned.table[ADDRESS].iloc[-1] == odd
    assert cleaned.checks["問題"].str.contains("一覧のほかの住所と都道府県が違う").sum() == 1
    alone = clean(rows.tail(1), target(), search=address_search.Search())
    assert alone.table[ADDRESS].iloc[-1] == f"広島県府中市{odd}"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_service_leaves_the_municipality_open_and_stops_nothing(service, fault):
    service.serve(path(FUCHU), BROKEN[fault])
    result = filled({"名称": "架空データ会館", ADDRESS: FUCHU}, ROW | {"緯度": "35.666312"}, place=None, online=True)
    assert result.table[ADDRESS].tolist() == [FUCHU, HALL]


def test_a_slow_service_is_asked_only_so_long(service, monkeypatch):
    monkeypatch.setattr(address_search, "MOST_SECONDS", 0.2)
    slow = Reply(b"[]" + b" " * 3, "application/json", manner="drip")
    rows = [{"名称": f"架空データ{number}", ADDRESS: f"府中市宮西町2-{number}"} for number in range(1, 9)]
    for row in rows:
        service.serve(path(row[ADDRESS]), slow)
    cleaned = clean(table(*rows), target(), search=address_search.Search())
    assert 0 < sum(service.hits.values()) < 4
    assert sum("秒までなので" in text for text in cleaned.checks["問題"]) > 4


def test_no_more_addresses_are_asked_than_the_limit(service, monkeypatch):
    monkeypatch.setattr(address_search, "MOST_ASKED", 3)
    rows = [{"名称": f"架空データ{number}", ADDRESS: f"府中市宮西町2-{number}"} for number in range(1, 9)]
    for row in rows:
        service.serve(path(row[ADDRESS]), answer())
    result = filled(*rows, place=None, online=True)
    assert sum(service.hits.values()) == 3
    assert len(result.table) == 8


def test_whoever_publishes_what_the_search_told_is_given_its_credit_line(service):
    service.serve(path("元本郷町3-24-1"), answer(hit()))
    body = "施設名,住所,緯度,経度\n架空データ会館,元本郷町3-24-1,35.666312,139.315806\n".encode()
    done = bridge.convert(body, online=True)
    assert done.table[ADDRESS].tolist() == [HALL]
    assert done.credits == ["出典：国土地理院"]
    assert bridge.convert(body).credits == []
