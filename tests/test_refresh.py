"""A site that stays current: the publisher's newest lists from a real server, in health and in trouble."""

import json
import os
import subprocess
import sys
from datetime import date

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from machimap import datasets, places, site
from machimap.cli import commands
from machimap.datasets.build.shelters import _COMMON, _OWN
from machimap.datasets.newest import NewestError, address, newest
from machimap.errors import MachimapError
from servers import HTML, Reply

TODAY = date(2026, 11, 20)
KINDS = ("指定緊急避難場所", "指定避難所")


@pytest.fixture(scope="module")
def yaizu():
    return places.find("焼津市")


@pytest.fixture
def lists(yaizu):
    return {kind: datasets.shelters(yaizu, kind) for kind in KINDS}


@pytest.fixture
def folder(yaizu, tmp_path):
    return site.build(yaizu, tmp_path / "site", url="https://example.jp/").folder


def published(kind, table, encoding="utf-8-sig"):
    """The rows of a list in the form in which the publisher gives them."""
    names = {own: theirs for theirs, own in (_COMMON | _OWN[kind]).items()}
    raw = table.rename(columns=names).assign(NO=range(1, len(table) + 1), 都道府県名及び市町村名="静岡県焼津市")
    raw = raw.drop(columns=[name for name in raw.columns if "地方公共団体コード" in name]).fillna("")
    return raw.to_csv(index=False, lineterminator="\r\n").encode(encoding)


def serve(server, place, **bodies):
    """Let the server give the lists; a Reply stands for itself."""
    for kind, key in zip(KINDS, ("sites", "shelters"), strict=True):
        body = bodies[key]
        reply = body if isinstance(body, Reply) else Reply(body, "text/csv")
        server.serve("/" + address(place, kind).partition("://")[2].partition("/")[2], reply)


def snapshot(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_addresses_are_the_publishers_own(yaizu):
    assert address(yaizu, KINDS[0]) == "https://hinanmap.gsi.go.jp/hinanjocp/defaultFtpData/csv/22212_2.csv"
    ward = places.find("大阪市北区")
    assert address(ward, KINDS[1]) == "https://hinanmap.gsi.go.jp/hinanjocp/defaultFtpData/csv/27100_1.csv"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_the_newest_list_has_the_columns_of_the_bundled_one(local_tables, yaizu, lists, encoding):
    serve(local_tables, yaizu, sites=published(KINDS[0], lists[KINDS[0]], encoding), shelters=b"x")
    pd.testing.assert_frame_equal(newest(yaizu, KINDS[0]), lists[KINDS[0]], check_dtype=False)


def test_a_ward_gets_its_rows_of_the_citys_list(local_tables):
    city, ward = places.find("大阪市"), places.find("大阪市北区")
    table = datasets.shelters(city, KINDS[0])
    serve(local_tables, ward, sites=published(KINDS[0], table), shelters=b"x")
    assert set(newest(ward, KINDS[0])["ID"]) == set(datasets.shelters(ward, KINDS[0])["ID"])


def test_nothing_changed_writes_nothing(local_tables, yaizu, lists, folder):
    serve(
        local_tables, yaizu, sites=published(KINDS[0], lists[KINDS[0]]), shelters=published(KINDS[1], lists[KINDS[1]])
    )
    before = snapshot(folder)
    told = site.refresh(folder, today=TODAY)
    assert not told.changed
    assert "変わったところはありません" in told.text()
    assert snapshot(folder) == before


def test_every_kind_of_change_is_told_and_the_site_is_rebuilt(local_tables, yaizu, lists, folder):
    sites = lists[KINDS[0]].copy()
    added = sites.iloc[[0]].assign(ID="E2221299999201", 名称="架空データの広場", 緯度=34.87, 経度=138.32)
    gone = sites.loc[1, "名称"]
    sites = sites.drop(index=1)
    sites.loc[2, "名称"] = "架空データの新しい名前"
    sites.loc[3, "緯度"] += 0.001
    sites.loc[4, "緯度"] += 0.00001
    sites.loc[5, "災害種別_洪水"] = "" if sites.loc[5, "災害種別_洪水"] == "1" else "1"
    sites = pd.concat([sites, added], ignore_index=True)
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    told = site.refresh(folder, today=TODAY)
    assert told.changed
    record = (folder / "data" / "更新の記録.md").read_text(encoding="utf-8")
    for words in (
        "追加（1件）",
        "削除（1件）",
        "移動（1件）",
        "名称変更（1件）",
        "指定の変更（1件）",
        gone,
        "架空データの新しい名前",
        "2026-11-20",
    ):
        assert words in record
    page = (folder / "list.html").read_text(encoding="utf-8")
    assert "架空データの広場" in page
    assert f">{gone}</a>" not in page.partition('id="shelters"')[0]
    assert "2026年11月20日時点" in page
    assert (
        json.loads((folder / ".machimap-site.json").read_text(encoding="utf-8"))["options"]["url"]
        == "https://example.jp/"
    )


def test_the_newest_record_stands_on_top_and_the_earlier_ones_stay(local_tables, yaizu, lists, folder):
    sites = lists[KINDS[0]].copy()
    for day, name in ((date(2026, 11, 1), "架空データその1"), (date(2026, 12, 1), "架空データその2")):
        sites.loc[0, "名称"] = name
        serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
        site.refresh(folder, today=day)
    record = (folder / "data" / "更新の記録.md").read_text(encoding="utf-8")
    assert record.index("2026-12-01") < record.index("2026-11-01")
    assert record.count("# 更新の記録\n") == 1


def test_the_own_layer_and_a_hand_written_readme_survive(local_tables, yaizu, lists, tmp_path):
    zones = tmp_path / "zones.geojson"
    datasets.bundled.polygons("yaizu", "naisui").to_file(zones, driver="GeoJSON")
    layer = site.read_layer(zones, yaizu, column="浸水深", title="市の内水", credit="出典：焼津市")
    folder = site.build(yaizu, tmp_path / "site", layer=layer).folder
    drawn = (folder / "layer.js").read_bytes()
    (folder / "README.md").write_text("問い合わせ：防災課", encoding="utf-8")
    sites = lists[KINDS[0]].copy()
    sites.loc[0, "名称"] = "架空データの名前"
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    assert site.refresh(folder, today=TODAY).changed
    assert (folder / "layer.js").read_bytes() == drawn
    assert (folder / "README.md").read_text(encoding="utf-8") == "問い合わせ：防災課"


def test_a_suspicious_shrink_changes_nothing_until_it_is_allowed(
    local_tables, yaizu, lists, folder, assert_one_sentence
):
    half = lists[KINDS[0]].iloc[:15]
    serve(local_tables, yaizu, sites=published(KINDS[0], half), shelters=published(KINDS[1], lists[KINDS[1]]))
    before = snapshot(folder)
    with pytest.raises(site.SiteError, match="31件から15件") as caught:
        site.refresh(folder, today=TODAY)
    assert_one_sentence(caught.value)
    assert snapshot(folder) == before
    assert site.refresh(folder, today=TODAY, allow_drop=True).changed


def _trouble(lists):
    good = published(KINDS[0], lists[KINDS[0]])
    other = lists[KINDS[0]].assign(ID=lists[KINDS[0]]["ID"].str.replace("E22212", "E22100"))
    nowhere = lists[KINDS[0]].astype({"緯度": object})
    nowhere.loc[0, "緯度"] = "不明"
    return {
        "a page with status 200": (Reply(HTML, "text/html"), "何も変えずに"),
        "a page called csv": (Reply(HTML, "text/csv"), "何も変えずに"),
        "another town": (published(KINDS[0], other), "ほかの市区町村の行が31行"),
        "a wrong head": (b"a,b,c\r\n1,2,3\r\n", "形でない"),
        "the other list": (published(KINDS[1], lists[KINDS[1]]), "形でない"),
        "cut in a row": (good[: len(good) // 2].rpartition(b",")[0], "途中で切れている"),
        "cut on the wire": (Reply(good, "text/csv", manner="cut"), "何も変えずに"),
        "down": (Reply(b"", status=503), "何も変えずに"),
        "gone": (Reply(b"", status=404), "何も変えずに"),
        "no letters": (b"\x81\xff" * 50, "何も変えずに"),
        "the head alone": (good.partition(b"\r\n")[0] + b"\r\n", "31件から0件"),
        "a row without a place": (published(KINDS[0], nowhere), "位置を読めない行が1行"),
    }


@pytest.mark.parametrize(
    "name", list(_trouble({kind: datasets.shelters(places.find("焼津市"), kind) for kind in KINDS}))
)
def test_a_publisher_in_trouble_changes_nothing(local_tables, yaizu, lists, folder, name, assert_one_sentence):
    reply, words = _trouble(lists)[name]
    serve(local_tables, yaizu, sites=reply, shelters=published(KINDS[1], lists[KINDS[1]]))
    before = snapshot(folder)
    with pytest.raises((site.SiteError, NewestError), match=words) as caught:
        site.refresh(folder, today=TODAY)
    assert_one_sentence(caught.value)
    assert snapshot(folder) == before


def test_a_folder_that_is_no_site_is_told_in_one_sentence(tmp_path, assert_one_sentence):
    with pytest.raises(site.SiteError) as caught:
        site.refresh(tmp_path / "どこにもない")
    assert_one_sentence(caught.value)


def test_the_folder_in_which_one_stands_is_refreshed(local_tables, yaizu, lists, folder):
    sites = lists[KINDS[0]].copy()
    sites.loc[0, "名称"] = "架空データの名前"
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    words = [sys.executable, "-m", "machimap.cli", "site", "refresh", "."]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "架空データの名前" in (folder / "data" / "更新の記録.md").read_text(encoding="utf-8")


def test_a_doubled_id_at_the_publisher_changes_nothing(local_tables, yaizu, lists, folder, assert_one_sentence):
    sites = pd.concat([lists[KINDS[0]], lists[KINDS[0]].iloc[[0]]], ignore_index=True)
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    before = snapshot(folder)
    with pytest.raises(MachimapError, match="同じ共通IDの行が1行") as caught:
        site.refresh(folder, today=TODAY)
    assert_one_sentence(caught.value)
    assert snapshot(folder) == before


def test_a_changed_address_note_or_small_move_stands_in_the_record(local_tables, yaizu, lists, folder):
    sites = lists[KINDS[0]].copy()
    sites.loc[0, "備考"] = "架空データの注意"
    sites.loc[1, "所在地_連結表記"] = "静岡県焼津市架空データ9-9"
    sites.loc[2, "緯度"] += 0.0001
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    told = site.refresh(folder, today=TODAY)
    record = (folder / "data" / "更新の記録.md").read_text(encoding="utf-8")
    assert "3か所" in told.text()
    for words in (
        "そのほかの変更（3件）",
        "架空データの注意",
        "架空データ9-9",
        lists[KINDS[0]].loc[1, "所在地_連結表記"],
    ):
        assert words in record
    assert not site.refresh(folder, today=TODAY).changed


def test_a_site_with_fewer_columns_gains_the_others(local_tables, yaizu, lists, tmp_path):
    short = lists[KINDS[0]][["ID", "名称", "緯度", "経度"]]
    folder = site.build(yaizu, tmp_path / "site", sites=short).folder
    serve(
        local_tables, yaizu, sites=published(KINDS[0], lists[KINDS[0]]), shelters=published(KINDS[1], lists[KINDS[1]])
    )
    assert site.refresh(folder, today=TODAY).changed
    assert list(lists[KINDS[0]].columns) == list(pd.read_csv(folder / "data" / f"{KINDS[0]}.csv").columns)


def test_a_site_of_a_list_with_other_ids_is_told_so(local_tables, yaizu, lists, tmp_path, assert_one_sentence):
    own = lists[KINDS[0]].assign(ID=[f"T{n}" for n in range(len(lists[KINDS[0]]))])
    folder = site.build(yaizu, tmp_path / "site", sites=own).folder
    before = snapshot(folder)
    serve(
        local_tables, yaizu, sites=published(KINDS[0], lists[KINDS[0]]), shelters=published(KINDS[1], lists[KINDS[1]])
    )
    with pytest.raises(site.SiteError, match="自分の表からつくったサイト") as caught:
        site.refresh(folder, today=TODAY)
    assert_one_sentence(caught.value)
    assert snapshot(folder) == before


def test_a_list_that_neither_the_site_nor_the_publisher_has_is_no_trouble(local_tables, yaizu, lists, tmp_path):
    folder = site.build(yaizu, tmp_path / "site", shelters=lists[KINDS[1]].iloc[:0]).folder
    gone = Reply(b"", status=404)
    serve(local_tables, yaizu, sites=published(KINDS[0], lists[KINDS[0]]), shelters=gone)
    assert not site.refresh(folder, today=TODAY).changed


@pytest.mark.parametrize("cell", ["=架空データ", "'=架空データ", "-架空データ", "一行目\n二行目", " 架空データ "])
def test_what_was_taken_over_once_is_no_change_the_next_time(local_tables, yaizu, lists, folder, cell):
    sites = lists[KINDS[0]].copy()
    sites.loc[0, "備考"] = cell
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    assert site.refresh(folder, today=TODAY).changed
    assert not site.refresh(folder, today=TODAY).changed


@pytest.mark.parametrize(
    "kit", ["machimap==9.9", "machimap>=0.1,<0.2", "machimap @ git+https://example.jp/a@v1#egg=x&subdirectory=y"]
)
def test_the_workflow_installs_exactly_what_was_named(folder, tmp_path, kit):
    step = yaml.safe_load(site.write_workflow(folder, kit=kit).read_text(encoding="utf-8"))["jobs"]["refresh"]["steps"][
        2
    ]
    (tmp_path / "python").write_text('#!/bin/sh\nprintf %s "$4"\n', encoding="utf-8")
    (tmp_path / "python").chmod(0o755)
    environment = os.environ | step["env"] | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-e", "-c", step["run"]], env=environment, capture_output=True, text=True)
    assert done.stdout == kit


def test_the_command_refreshes(local_tables, yaizu, lists, folder):
    sites = lists[KINDS[0]].copy()
    sites.loc[0, "名称"] = "架空データの名前"
    serve(local_tables, yaizu, sites=published(KINDS[0], sites), shelters=published(KINDS[1], lists[KINDS[1]]))
    done = subprocess.run(
        [sys.executable, "-m", "machimap.cli", "site", "refresh", str(folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "サイトを作り直しました" in done.stdout


def test_a_workflow_of_ones_own_stays_and_the_command_says_so(folder):
    path = site.write_workflow(folder)
    path.write_text("name: わたしの仕組み\n", encoding="utf-8")
    done = CliRunner().invoke(commands, ["site", "workflow", str(folder)])
    assert "そのままにしました" in done.output
    assert path.read_text(encoding="utf-8") == "name: わたしの仕組み\n"


def test_the_monthly_workflow_opens_a_pull_request_only_when_something_changed(folder, tmp_path):
    path = site.write_workflow(folder, kit="machimap==9.9")
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow[True]["schedule"][0]["cron"].split()[2] == "1"
    assert flow["permissions"] == {"contents": "write", "pull-requests": "write"}
    steps = flow["jobs"]["refresh"]["steps"]
    assert all("@v" in step["uses"] and step["uses"].count(".") == 2 for step in steps if "uses" in step)
    assert steps[2]["env"]["KIT"] == "machimap==9.9"

    tools, origin, told = tmp_path / "bin", tmp_path / "origin.git", tmp_path / "gh.txt"
    tools.mkdir()
    (tools / "gh").write_text(
        f'#!/bin/sh\n[ "$2" = list ] && exit 0\nprintf "%s\\n" "$@" > "{told}"\ncat "$8" >> "{told}"\n',
        encoding="utf-8",
    )
    (tools / "gh").chmod(0o755)
    subprocess.run(["git", "init", "-q", "--bare", str(origin)], check=True)
    for words in (["init", "-q", "-b", "main"], ["remote", "add", "origin", str(origin)], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    subprocess.run(
        ["git", "-c", "user.name=架空", "-c", "user.email=a@example.invalid", "commit", "-qm", "x"],
        cwd=folder,
        check=True,
    )
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path)}

    def run():
        return subprocess.run(
            ["bash", "-e", "-c", steps[-1]["run"]], cwd=folder, env=environment, capture_output=True, text=True
        )

    assert "変わったところはありません" in run().stdout
    assert not told.exists()
    (folder / "data" / "更新の記録.md").write_text(
        "# 更新の記録\n\n## 2026-12-01　焼津市\n\n追加（1件）\n\n## 2026-11-01　焼津市\n\n前のこと\n", encoding="utf-8"
    )
    done = run()
    assert done.returncode == 0, done.stderr
    text = told.read_text(encoding="utf-8")
    assert "追加（1件）" in text
    assert "前のこと" not in text
    branches = subprocess.run(["git", "branch", "--list"], cwd=origin, capture_output=True, text=True).stdout
    assert "refresh-" in branches
