"""A maintainer refreshes the datasets from the publishers' files: nothing is lost, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package

from machimap import places, store
from machimap.datasets.build import BuildError, BuildReport, build
from machimap.datasets.build.municipalities import read_codes

SITES, SHELTERS = "指定緊急避難場所", "指定避難所"
HAZARDS = ["洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象"]
OWN_COLUMNS = {
    SITES: {f"災害種別_{name}": name for name in HAZARDS} | {"指定避難所との重複": "指定避難所との住所同一"},
    SHELTERS: {
        "指定緊急避難場所との重複": "指定緊急避難場所との住所同一",
        "その他市町村長が必要と認める事項": "その他市町村長が必要と認める事項",
        "受入対象者": "受入対象者",
    },
}
RETRIEVED = date(2026, 10, 1)
Lists = dict[str, pd.DataFrame]


def bundled_rows(kind: str) -> pd.DataFrame:
    """All of 鳥取県, 浜松市 and 焼津市 of 静岡県, 泊村 of 北海道: as bundled, all cells strings."""
    folder = store.datasets_root() / "shelters" / kind
    parts = [pd.read_csv(folder / f"{code}.csv", dtype=str, keep_default_na=False) for code in ("01", "22", "31")]
    table = pd.concat(parts, ignore_index=True)
    chosen = table["全国地方公共団体コード"].isin(["014036", "221309", "222127"])
    return table[chosen | (table["全国地方公共団体コード"].str[:2] == "31")]


def as_published(kind: str) -> pd.DataFrame:
    """The rows in the columns of the publisher's nationwide file, which has no code column."""
    rows = bundled_rows(kind)
    table = pd.DataFrame(
        {
            "NO": [str(number) for number in range(1, len(rows) + 1)],
            "共通ID": rows["ID"],
            "都道府県名及び市町村名": [places.by_code(code).full_name for code in rows["全国地方公共団体コード"]],
            "施設・場所名": rows["名称"],
            "住所": rows["所在地_連結表記"],
        }
        | {published: rows[standard] for standard, published in OWN_COLUMNS[kind].items()}
        | {"備考": rows["備考"], "緯度": rows["緯度"], "経度": rows["経度"]}
    )
    return table.reset_index(drop=True)


def write_csv(lists: Lists, folder: Path, names: tuple[str, str] = ("mergeFromCity_2", "mergeFromCity_1")) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for table, name in zip((lists[SITES], lists[SHELTERS]), names, strict=True):
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return folder


def write_geojson(lists: Lists, folder: Path, names: tuple[str, str] = ("mergeFromCity_2", "mergeFromCity_1")) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for table, name in zip((lists[SITES], lists[SHELTERS]), names, strict=True):
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [float(row.pop("経度")), float(row.pop("緯度"))]},
                "properties": {key: (1 if value == "1" else value or None) for key, value in row.items()},
            }
            for row in table.to_dict("records")
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    return folder


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows_of(target: Path, kind: str) -> pd.DataFrame:
    paths = sorted((target / "shelters" / kind).glob("*.csv"))
    return pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths], ignore_index=True)


@pytest.fixture(scope="module")
def published() -> Lists:
    return {kind: as_published(kind) for kind in (SITES, SHELTERS)}


@pytest.fixture
def lists(published: Lists) -> Lists:
    """A copy that a test may change."""
    return {kind: table.copy() for kind, table in published.items()}


@pytest.fixture(scope="module")
def first_edition(published: Lists, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition of the chosen rows, on the bundled boundaries and municipalities."""
    folder = tmp_path_factory.mktemp("edition")
    for name in ("boundaries", "municipalities"):
        shutil.copytree(store.datasets_root() / name, folder / name)
    source = write_csv(published, tmp_path_factory.mktemp("source"))
    build(source, folder, only=("shelters",), retrieved=date(2025, 10, 27))
    return folder


@pytest.fixture
def target(first_edition: Path, tmp_path: Path) -> Path:
    return shutil.copytree(first_edition, tmp_path / "datasets")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


def refresh(lists: Lists, source: Path, target: Path, **options) -> BuildReport:
    return build(write_csv(lists, source), target, only=("shelters",), **({"retrieved": RETRIEVED} | options))


def test_the_first_edition_holds_the_bundled_rows_and_is_valid(first_edition):
    for kind in (SITES, SHELTERS):
        expected = bundled_rows(kind).sort_values("ID", ignore_index=True)
        pd.testing.assert_frame_equal(rows_of(first_edition, kind).sort_values("ID", ignore_index=True), expected)
    for name in ("municipalities", "shelters"):
        assert Package(str(first_edition / name / "datapackage.json")).validate().valid


@pytest.mark.parametrize("write", [write_csv, write_geojson])
@pytest.mark.parametrize("names", [("mergeFromCity_2", "mergeFromCity_1"), ("mergeFromCity_1", "mergeFromCity_2")])
def test_every_published_form_gives_the_same_bytes_whatever_the_files_are_called(
    published, source, target, write, names
):
    before = fingerprint(target)
    build(write(published, source, names), target, only=("shelters",))
    assert fingerprint(target) == before


def test_the_report_of_an_unchanged_list_says_so(published, source, target):
    report = refresh(published, source, target)
    count = len(published[SITES])
    assert f"{SITES}：入力 {count:,} = 採用 {count:,} + 除外 0" in report.lines
    assert f"{count:,}件 → {count:,}件（追加 0、削除 0、30m超の移動 0、名称変更 0、指定の変更 0）" in report.text()


def test_added_removed_moved_renamed_and_reflagged_rows_are_reported(lists, source, target):
    table = lists[SITES]
    removed, north, east, nudged, renamed, flagged = table["共通ID"].iloc[[-3, 50, 60, 70, 80, 90]]
    table = table[table["共通ID"] != removed].set_index("共通ID")
    table.loc[north, "緯度"] = f"{float(table.at[north, '緯度']) + 100 / 110_950:.7f}"
    table.loc[east, "経度"] = f"{float(table.at[east, '経度']) + 250 / 91_000:.7f}"
    table.loc[nudged, "緯度"] = f"{float(table.at[nudged, '緯度']) + 10 / 110_950:.7f}"
    table.loc[renamed, "施設・場所名"] = "架空公園（架空データ）"
    was = table.at[flagged, "津波"]
    table.loc[flagged, "津波"] = "" if was else "1"
    new = (
        table.loc[[renamed]]
        .rename(index={renamed: "E3120100999201"})
        .assign(**{"施設・場所名": "新しい広場（架空データ）"})
    )
    lists[SITES] = pd.concat([table, new]).reset_index(names="共通ID")
    tables = refresh(lists, source, target).tables
    assert tables[f"{SITES}_追加"]["ID"].tolist() == ["E3120100999201"]
    assert tables[f"{SITES}_削除"]["ID"].tolist() == [removed]
    moved = tables[f"{SITES}_移動"].set_index("ID")["距離_m"]
    assert sorted(moved.index) == sorted([north, east])
    assert moved[north] == pytest.approx(100, abs=1)
    assert moved[east] == pytest.approx(250, rel=0.02)
    assert tables[f"{SITES}_名称変更"]["ID"].tolist() == [renamed]
    assert tables[f"{SITES}_名称変更"]["後"].tolist() == ["架空公園（架空データ）"]
    flags = tables[f"{SITES}_指定の変更"]
    assert flags[["ID", "列", "前", "後"]].to_numpy().tolist() == [[flagged, "災害種別_津波", was, "" if was else "1"]]
    assert all(tables[f"{SHELTERS}_{name}"].empty for name in ("追加", "削除", "移動", "名称変更", "指定の変更"))


def test_a_refresh_renews_the_counts_and_nothing_else_of_the_municipalities(lists, source, target):
    path = target / "municipalities" / "municipalities.csv"
    before = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("lg_code")
    row = lists[SHELTERS].loc[lists[SHELTERS]["住所"].str.contains("浜松市天竜区")].iloc[[0]]
    lists[SHELTERS] = pd.concat([lists[SHELTERS], row.assign(共通ID="E2213000999121")])
    refresh(lists, source, target)
    after = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("lg_code")
    changed = before.ne(after).stack()
    assert sorted(changed[changed].index) == [("221309", f"{SHELTERS}_件数"), ("221406", f"{SHELTERS}_件数")]
    grown = after.loc["221309", f"{SHELTERS}_件数"]
    assert int(grown) == int(before.loc["221309", f"{SHELTERS}_件数"]) + 1
    assert Package(str(target / "municipalities" / "datapackage.json")).validate().valid


def test_changed_rows_need_the_day_they_were_retrieved_for_the_credit(lists, source, target, assert_one_sentence):
    lists[SITES].loc[5, "施設・場所名"] = "架空データ"
    before = fingerprint(target)
    with pytest.raises(BuildError, match="--retrieved") as caught:
        refresh(lists, source, target, retrieved=None)
    assert_one_sentence(caught.value)
    assert fingerprint(target) == before
    refresh(lists, source, target)
    package = json.loads((target / "shelters" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["retrieved"] == "2026-10-01"
    assert package["credit"] == "出典：国土地理院 指定緊急避難場所データ（2026年10月1日取得）を加工して作成"
    places_package = json.loads((target / "municipalities" / "datapackage.json").read_text(encoding="utf-8"))
    assert places_package["retrieved"] == store.descriptor("municipalities")["retrieved"]


def test_a_drop_of_more_than_five_per_cent_writes_nothing(lists, source, target, assert_one_sentence):
    before = fingerprint(target)
    lists[SHELTERS] = lists[SHELTERS].iloc[: int(len(lists[SHELTERS]) * 0.94)]
    with pytest.raises(BuildError, match="--allow-drop") as caught:
        refresh(lists, source, target)
    assert_one_sentence(caught.value)
    assert SHELTERS in str(caught.value)
    assert "全国" in str(caught.value)
    assert fingerprint(target) == before
    refresh(lists, source, target, allow_drop=True)
    assert len(rows_of(target, SHELTERS)) == len(lists[SHELTERS])


def test_a_prefecture_that_vanishes_is_noticed(lists, source, target):
    lists[SITES] = lists[SITES][~lists[SITES]["共通ID"].str.startswith("E01")]
    with pytest.raises(BuildError, match="01（19→0）"):
        refresh(lists, source, target)


def test_a_drop_of_less_than_five_per_cent_passes(lists, source, target):
    tottori = lists[SITES][lists[SITES]["共通ID"].str.startswith("E31")]
    lists[SITES] = lists[SITES].drop(tottori.index[: int(len(tottori) * 0.04)])
    refresh(lists, source, target)
    assert len(rows_of(target, SITES)) == len(lists[SITES])


def test_rows_that_cannot_be_used_are_set_aside_with_their_reason(lists, source, target):
    table = lists[SITES]
    bad = table.iloc[[0, 1, 2, 3, 4, 5]].copy()
    bad["共通ID"] = ["E9999900001201", "", "", "E3120100901201", "E3120100902201", "E3120100903201"]
    bad["緯度"] = [*bad["緯度"].iloc[:3], "", "139.7", "三十五度"]
    bad["経度"] = [*bad["経度"].iloc[:3], "134.2", "35.6", "134.2"]
    bad["施設・場所名"] = "架空データ"
    lists[SITES] = pd.concat([bad, table])
    report = refresh(lists, source, target)
    total = len(table)
    assert f"{SITES}：入力 {total + 6:,} = 採用 {total:,} + 除外 6" in report.lines
    aside = report.tables[f"{SITES}_除外"]
    assert aside["理由"].str.contains("共通ID").tolist() == [True] * 3 + [False] * 3
    assert aside["理由"].str.contains("緯度経度").tolist() == [False] * 3 + [True] * 3
    assert "架空データ" not in set(rows_of(target, SITES)["名称"])


def test_a_code_that_contradicts_the_common_id_is_mended_and_reported(lists, source, target):
    source.mkdir()
    for kind, table in lists.items():
        codes = table["共通ID"].str[1:6].map(lambda code: code + places.check_digit(code)).replace("014036", "016969")
        folder = source / kind
        folder.mkdir()
        for prefecture, rows in table.assign(全国地方公共団体コード=codes).groupby(codes.str[:2]):
            rows.to_csv(folder / f"{prefecture}.csv", index=False)
    before = fingerprint(target)
    report = build(source, target, only=("shelters",))
    assert fingerprint(target) == before
    for kind, count in ((SITES, 19), (SHELTERS, 17)):
        mended = report.tables[f"{kind}_直したもの"]
        wrong = mended[mended["前"] == "016969"]
        assert wrong["後"].tolist() == ["014036"] * count
        assert (
            wrong["理由"].str.contains(r"共通IDの市区町村まで\d{1,3}m、書かれたコードの市区町村まで4\d\d,\d{3}m").all()
        )


def test_blanks_and_line_breaks_are_mended_and_reported(lists, source, target):
    key = lists[SITES].at[7, "共通ID"]
    name = lists[SITES].at[7, "施設・場所名"]
    lists[SITES].loc[7, "施設・場所名"] = f" {name}　\n※建設予定　"
    report = refresh(lists, source, target)
    mended = report.tables[f"{SITES}_直したもの"].set_index("ID")
    assert mended.at[key, "後"] == f"{name} ※建設予定"
    assert rows_of(target, SITES).set_index("ID").at[key, "名称"] == f"{name} ※建設予定"


def test_a_far_away_row_is_kept_and_reported(lists, source, target):
    key = lists[SITES].at[9, "共通ID"]
    lists[SITES].loc[9, ["緯度", "経度"]] = ["36.5", "139.0"]
    report = refresh(lists, source, target)
    mended = report.tables[f"{SITES}_直したもの"].set_index("ID")
    assert "要確認" in mended.at[key, "理由"]
    assert rows_of(target, SITES).set_index("ID").at[key, "緯度"] == "36.5"


def test_a_misspelt_ward_is_found_by_its_position_and_reported(published, source, target):
    report = refresh(published, source, target)
    placed = report.tables[f"{SHELTERS}_直したもの"].set_index("ID")
    assert placed.at["E2213000433111", "後"] == places.find("浜松市中央区").lg_code
    assert "位置" in placed.at["E2213000433111", "理由"]


def test_the_report_is_written_as_text_and_tables(lists, source, target, tmp_path):
    lists[SITES] = lists[SITES].iloc[:-1]
    report = refresh(lists, source, target)
    report.write(tmp_path / "report")
    text = (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")
    assert "削除 1" in text
    removed = pd.read_csv(tmp_path / "report" / f"{SITES}_削除.csv", dtype=str)
    assert len(removed) == 1
    assert len(list((tmp_path / "report").glob("*.csv"))) == len(report.tables)


def break_same_list_twice(lists: Lists, source: Path) -> None:
    write_geojson(lists, write_csv(lists, source))


def break_doubled_row(lists: Lists, source: Path) -> None:
    write_csv(lists | {SITES: pd.concat([lists[SITES], lists[SITES].iloc[[0]]])}, source)


def break_one_list_missing(lists: Lists, source: Path) -> None:
    (write_csv(lists, source) / "mergeFromCity_1.csv").unlink()


def break_unclear_columns(lists: Lists, source: Path) -> None:
    write_csv(lists | {SITES: lists[SITES].drop(columns=HAZARDS)}, source)


def break_geojson_cut(lists: Lists, source: Path) -> None:
    path = write_geojson(lists, source) / "mergeFromCity_1.geojson"
    path.write_bytes(path.read_bytes()[:5000])


def break_csv_cut(lists: Lists, source: Path) -> None:
    path = write_csv(lists, source) / "mergeFromCity_1.csv"
    path.write_bytes(path.read_bytes()[:50_000])


def break_csv_bytes(lists: Lists, source: Path) -> None:
    path = write_csv(lists, source) / "mergeFromCity_1.csv"
    path.write_bytes(path.read_bytes()[:50_000] + b"\xff\xff" + path.read_bytes()[50_000:])


def break_csv_rows(lists: Lists, source: Path) -> None:
    path = write_csv(lists, source) / "mergeFromCity_1.csv"
    path.write_bytes(path.read_bytes() + b"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\r\n")


def break_empty_folder(lists: Lists, source: Path) -> None:
    source.mkdir()


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (break_same_list_twice, "重なっている"),
        (break_doubled_row, "重なっている"),
        (break_one_list_missing, SHELTERS),
        (break_unclear_columns, "列の名前"),
        (break_geojson_cut, "GeoJSON"),
        (break_csv_cut, r"mergeFromCity_1\.csv|5%"),
        (break_csv_bytes, r"mergeFromCity_1\.csv"),
        (break_csv_rows, r"mergeFromCity_1\.csv"),
        (break_empty_folder, "見つからない"),
    ],
)
def test_contradictory_or_broken_files_are_refused_in_one_sentence(
    lists, source, target, assert_one_sentence, damage, part
):
    damage(lists, source)
    before = fingerprint(target)
    with pytest.raises(BuildError, match=part) as caught:
        build(source, target, only=("shelters",), retrieved=RETRIEVED)
    assert_one_sentence(caught.value)
    assert fingerprint(target) == before


@pytest.mark.parametrize("only", [("boundaries",), ("municipalities",), ("hachioji",), ("yaizu",), ("tsunami",)])
def test_a_dataset_whose_files_are_not_there_is_refused_in_one_sentence(
    published, source, target, assert_one_sentence, only
):
    before = fingerprint(target)
    with pytest.raises(BuildError) as caught:
        build(write_csv(published, source), target, only=only, retrieved=RETRIEVED)
    assert_one_sentence(caught.value)
    assert fingerprint(target) == before


def test_the_lists_alone_do_not_make_a_first_edition(published, source, tmp_path, assert_one_sentence):
    with pytest.raises(BuildError, match="全国地方公共団体コード") as caught:
        build(write_csv(published, source), tmp_path / "new", only=("shelters",), retrieved=RETRIEVED)
    assert_one_sentence(caught.value)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_code_table_with_a_wrong_check_digit_is_refused(tmp_path, assert_one_sentence):
    (tmp_path / "codes.csv").write_text(
        "全国地方公共団体コード,都道府県名,市区町村名\n130001,東京都,\n132012,東京都,八王子市\n132029,東京都,立川市\n",
        encoding="utf-8",
    )
    with pytest.raises(BuildError, match="132029") as caught:
        read_codes(tmp_path)
    assert_one_sentence(caught.value)


BUILD_CALL = """
import os, signal, sys
from datetime import date
from pathlib import Path
renames = int(sys.argv[3])
def count(event, args):
    global renames
    if event == "os.rename":
        renames -= 1
        if renames < 0:
            os.kill(os.getpid(), signal.SIGKILL)
if renames >= 0:
    sys.addaudithook(count)
from machimap.datasets.build import build
build(Path(sys.argv[1]), Path(sys.argv[2]), only=("shelters",), retrieved=date(2026, 10, 1))
"""


def start_build(source: Path, target: Path, renames: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", BUILD_CALL, str(source), str(target), str(renames)])


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL は POSIX だけにある")
def test_a_build_killed_while_it_works_leaves_the_old_edition_whole(lists, source, target):
    before = fingerprint(target)
    lists[SITES] = lists[SITES].iloc[:-1]
    process = start_build(write_csv(lists, source), target, -1)
    while not (target / ".building" / "shelters" / SITES).exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    left = {name: digest for name, digest in fingerprint(target).items() if not name.startswith(".building/")}
    assert left == before
    refresh(lists, source, target)
    assert len(rows_of(target, SITES)) == len(lists[SITES])
    assert not (target / ".building").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL は POSIX だけにある")
@pytest.mark.parametrize("renames", range(5))
def test_a_build_killed_between_any_two_renames_is_undone_by_the_next(lists, published, source, target, renames):
    before = fingerprint(target)
    lists[SITES] = lists[SITES].iloc[:-1]
    process = start_build(write_csv(lists, source), target, renames)
    assert process.wait() == -signal.SIGKILL
    with pytest.raises(BuildError):
        build(source.parent / "nothing", target, only=("shelters",))
    assert fingerprint(target) == before


@pytest.mark.slow
def test_the_publishers_files_give_the_committed_datasets_byte_for_byte(source_data, tmp_path):
    names = ("boundaries", "municipalities", "shelters", "hachioji", "yaizu", "schemas")
    for name in names:
        shutil.copytree(store.datasets_root() / name, tmp_path / "datasets" / name)
        (tmp_path / "datasets" / name / "left-over.csv").write_text("前の版にだけあるファイル", encoding="utf-8")
    report = build(source_data, tmp_path / "datasets")
    for name in names:
        assert fingerprint(tmp_path / "datasets" / name) == fingerprint(store.datasets_root() / name)
    assert "追加 0、削除 0、30m超の移動 0、名称変更 0、指定の変更 0" in report.text()
    assert report.tables["境界にだけあるコード"]["扱い"].tolist() == ["再編の表で解決"] * 7
    assert sorted(report.tables["境界の注記"]["name"]) == ["浜松市中央区", "浜松市天竜区", "浜松市浜名区"]
    assert (report.tables["指定緊急避難場所_直したもの"]["前"] == "016969").sum() == 19
    assert (report.tables["指定避難所_直したもの"]["前"] == "016969").sum() == 17


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_csv, write_geojson])
def test_the_publisher_s_rows_in_nationwide_form_give_the_committed_files(source_data, source, tmp_path, write):
    for name in ("boundaries", "municipalities"):
        shutil.copytree(store.datasets_root() / name, tmp_path / "datasets" / name)
    prefectures = ("14", "22", "47")
    lists = {}
    for kind in (SITES, SHELTERS):
        files = [source_data / "gsi_shelters" / kind / f"{prefecture}.csv" for prefecture in prefectures]
        parts = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in files]
        lists[kind] = pd.concat(parts, ignore_index=True).drop(columns="全国地方公共団体コード")
    swapped = ("mergeFromCity_1", "mergeFromCity_2")
    build(write(lists, source, swapped), tmp_path / "datasets", only=("shelters",), retrieved=RETRIEVED)
    for kind in (SITES, SHELTERS):
        for prefecture in prefectures:
            made = tmp_path / "datasets" / "shelters" / kind / f"{prefecture}.csv"
            committed = store.datasets_root() / "shelters" / kind / f"{prefecture}.csv"
            if write is write_csv:
                assert made.read_bytes() == committed.read_bytes()
            else:
                pd.testing.assert_frame_equal(pd.read_csv(made), pd.read_csv(committed))


def test_a_mark_that_nobody_knows_is_not_dropped_in_silence(source_data, tmp_path, assert_one_sentence):
    source = shutil.copytree(source_data / "yaizu", tmp_path / "yaizu", copy_function=shutil.copyfile)
    path = next(source.rglob("222127_evacuation_space.csv"))
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("○", "△", 1), encoding="utf-8-sig")
    with pytest.raises(BuildError, match="△") as caught:
        build(source, tmp_path / "datasets", only=("yaizu",), retrieved=RETRIEVED)
    assert_one_sentence(caught.value)
