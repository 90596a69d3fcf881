"""The form of lesson 10: what is used without a tick, what a person decides, and the table that it begins with."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest

from machimap import bridge, course, places
from machimap.course.bridge_assistant import Assistant
from machimap.course.bridge_form import BridgeForm
from machimap.course.fold import Fold
from machimap.course.tasks import messy

HACHIOJI = places.find("八王子市")
TABLE = (
    "避難先,住所,使える災害,よびかた,部屋,鍵の管理者,<b>注</b>\n"
    "架空第一小学校,架空町1-2-3,洪水、地震,カクウダイイチ,図書室,担当1（架空データ）,<script>\n"
    "架空公民館,架空町４－５,地震,カクウコウミンカン,和室,担当2（架空データ）,\n"
    "架空体育館,架空町6,洪水,カクウタイイクカン,,担当3（架空データ）,\n"
).encode()
FLOOD, QUAKE, FIRE = "災害種別_洪水", "災害種別_地震", "災害種別_大規模な火事"


@pytest.fixture(autouse=True)
def _without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MACHIMAP_LLM_BASE_URL", raising=False)
    monkeypatch.delenv("MACHIMAP_OFFLINE", raising=False)


@pytest.fixture
def form(tmp_path: Path) -> BridgeForm:
    return course.BridgeForm(TABLE, name="架空の表.csv", place=HACHIOJI, folder=tmp_path / "out")


def opened(form: BridgeForm) -> BridgeForm:
    """Open every fold, also those within."""
    waiting = list(form.groups)
    while waiting:
        fold = waiting.pop()
        fold.head.value = True
        waiting += [child for child in fold.inside.children if isinstance(child, Fold)]
    return form


def menu_number(form: BridgeForm, head: str) -> int:
    return form.sources.index(head)


def crossed(form: BridgeForm) -> bridge.Bridged:
    return bridge.convert(TABLE, name="架空の表.csv", place=HACHIOJI, mapping=form.mapping)


def test_nothing_below_the_line_is_used_before_it_is_ticked(form):
    assert {FLOOD, QUAKE} <= set(form.waiting)
    assert all(match.confidence >= 0.9 for match in form.mapping.matches)
    assert (crossed(form).table[QUAKE] == "").all()
    assert "「はい」を待っている列" in form.summary.value
    row = form.rows[QUAKE]
    assert "【確かめる】" in row.told.value
    row.yes.value = True
    assert "【確かめる】" not in row.told.value
    match = next(one for one in form.mapping.matches if one.target == QUAKE)
    assert (match.by, match.source, match.pick) == ("人", "使える災害", "地震")
    done = crossed(form)
    assert done.table[QUAKE].tolist() == ["1", "1", ""]
    assert not any("災害種別_地震」とみなしました" in told for told in done.checks["問題"])
    row.yes.value = False
    assert QUAKE in form.waiting


def test_a_menu_takes_another_source_nothing_or_a_constant(form):
    rows = opened(form).rows
    rows["名称"].menu.value = menu_number(form, "部屋")
    match = next(one for one in form.mapping.matches if one.target == "名称")
    assert (match.source, match.by, rows["名称"].yes.value) == ("部屋", "人", True)
    assert "避難先" in form.mapping.unmapped
    assert "避難先" in form.beside.value
    rows["名称"].menu.value = -1
    assert "名称" not in {one.target for one in form.mapping.matches}
    assert rows["名称"].yes.disabled
    assert crossed(form).account == "読んだ行 3 ＝ 使った行 0 ＋ 取り分けた行 3"

    assert rows["電話番号"].constant.layout.display == "none"
    assert all(row.menu.layout.display is None for row in rows.values())
    rows["電話番号"].menu.value = -2
    assert [name for name, row in rows.items() if row.constant.layout.display is None] == ["電話番号"]
    assert "電話番号" not in {one.target for one in form.mapping.matches}
    rows["電話番号"].constant.value = "042-620-7208"
    rows["名称"].menu.value = menu_number(form, "避難先")
    assert crossed(form).table["電話番号"].unique().tolist() == ["042-620-7208"]
    rows["電話番号"].menu.value = -1
    assert "電話番号" not in {one.target for one in form.mapping.matches}


def test_a_hazard_chosen_by_hand_is_taken_out_of_a_cell_that_names_several(form):
    rows = opened(form).rows
    rows[FIRE].menu.value = menu_number(form, "使える災害")
    rows[FLOOD].yes.value = True
    done = crossed(form)
    assert done.table[FLOOD].tolist() == ["1", "", "1"]
    assert (done.table[FIRE] == "").all()


def test_a_list_of_places_to_stay_says_so_and_offers_no_hazard():
    form = course.BridgeForm(TABLE, name="指定避難所.csv", place=HACHIOJI)
    assert "とどまる場所の一覧らしい" in form.summary.value
    assert not {FLOOD, QUAKE} & {*form.waiting, *(match.target for match in form.mapping.matches)}
    assert "とどまる場所" not in course.BridgeForm(TABLE, name="指定緊急避難場所.csv").summary.value


def test_a_source_taken_whole_twice_is_pointed_out(form):
    opened(form).rows["名称_英字"].menu.value = menu_number(form, "避難先")
    assert "「避難先」→「名称」「名称_英字」" in form.summary.value


@pytest.mark.parametrize("target", bridge.target_names())
def test_every_column_of_the_target_can_be_reached_and_most_are_folded_at_first(target, tmp_path):
    form = course.BridgeForm(TABLE, name="架空の表.csv", target=target, folder=tmp_path)
    assert len(form.rows) <= 14
    assert [fold.head.value for fold in form.groups] == [True, False, False, False]
    assert [fold.inside.layout.display for fold in form.groups] == [None, "none", "none", "none"]
    assert set(opened(form).rows) == set(form.target.names)
    titles = [fold.head.description for fold in form.groups]
    assert [title[:2] for title in titles] == ["必須", "推奨", "その", "残っ"]


def test_columns_left_over_are_shown_with_samples_and_no_cell_is_markup(form):
    assert "「図書室」、「和室」" in form.beside.value
    assert "担当1（架空データ）" in form.beside.value
    assert "人のことらしい列です。公開しません" in form.beside.value
    assert "<script>" not in form.beside.value
    assert "&lt;b&gt;注&lt;/b&gt;" in form.beside.value


def test_trying_out_tells_the_account_and_saving_writes_a_recipe_that_does_the_same(form, tmp_path):
    form.rows[QUAKE].yes.value = True
    form.tried.click()
    assert "読んだ行 3 ＝ 使った行 3 ＋ 取り分けた行 0" in form.message.value
    assert not (tmp_path / "out").exists()
    form.saved.click()
    assert f"out/recipe.yml に保存しました（{len(form.mapping.matches)}列の対応）" in form.message.value
    again = bridge.convert(TABLE, name="架空の表.csv", recipe=tmp_path / "out" / "recipe.yml")
    assert again.table.equals(crossed(form).table)


def test_a_folder_that_cannot_be_written_to_is_told_in_place(tmp_path):
    (tmp_path / "out").write_text("これはフォルダではない", encoding="utf-8")
    form = course.BridgeForm(TABLE, folder=tmp_path / "out")
    form.saved.click()
    assert "書き込めないので" in form.message.value


# ---- the generative AI


@pytest.fixture
def chat(fresh_cache, monkeypatch) -> Iterator[list[str]]:
    """A local service that proposes 部屋 → 建物名等(方書); what it received is listed."""
    received: list[str] = []
    columns = [{"source": "部屋", "target": "建物名等(方書)", "reason": "建物の中の部屋"}]
    content = json.dumps({"columns": columns}, ensure_ascii=False)
    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append(said["messages"][0]["content"])
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """The tests look at what was received."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("MACHIMAP_LLM_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        monkeypatch.setenv("MACHIMAP_LLM_MODEL", "架空モデル")
        yield received
        server.shutdown()


def test_without_a_service_the_generative_ai_is_not_to_be_seen(form):
    assert not [child for child in form.children if isinstance(child, Assistant)]


def test_first_all_that_leaves_is_shown_and_a_proposal_waits_for_its_tick(chat, tmp_path):
    form = course.BridgeForm(TABLE, name="架空の表.csv", place=HACHIOJI, folder=tmp_path)
    (assistant,) = [child for child in form.children if isinstance(child, Assistant)]
    assistant.look.click()
    shown = assistant.text.value
    assert "部屋" in shown
    assert "担当1" not in shown
    assert chat == []
    assistant.stop.click()
    assert chat == []
    assistant.look.click()
    assistant.send.click()
    assert chat == [shown]
    assert "提案が 1 件来ました" in assistant.message.value
    assert "建物名等(方書)" in form.waiting
    assert "部屋" in form.mapping.unmapped
    row = opened(form).rows["建物名等(方書)"]
    assert "生成AIの提案：建物の中の部屋" in row.told.value
    row.yes.value = True
    match = next(one for one in form.mapping.matches if one.target == "建物名等(方書)")
    assert (match.source, match.by) == ("部屋", "生成AI")


def test_a_service_that_is_set_up_wrongly_is_told_and_nothing_is_sent(monkeypatch, tmp_path):
    monkeypatch.setenv("MACHIMAP_LLM_BASE_URL", "https://ai.example/v1")
    monkeypatch.delenv("MACHIMAP_LLM_MODEL", raising=False)
    (assistant,) = [one for one in course.BridgeForm(TABLE, folder=tmp_path).children if isinstance(one, Assistant)]
    assistant.look.click()
    assert "MACHIMAP_LLM_MODEL" in assistant.message.value
    assert assistant.send not in [child for box in assistant.children for child in getattr(box, "children", ())]


# ---- the table that it begins with


def put_in(widget: course.HandedTable, name: str, body: bytes) -> None:
    widget.upload.value = (
        {"name": name, "type": "", "size": len(body), "content": body, "last_modified": datetime.now()},
    )


def test_two_examples_stand_ready_the_handed_list_first():
    handed = course.HandedTable(places.find("焼津市"))
    assert handed.name.startswith("04_")
    assert handed.place == HACHIOJI
    handed.menu.value = handed.menu.options[1]
    assert handed.name == "焼津市_指定緊急避難場所（架空データ）.xlsx"
    assert handed.body == messy.messy_list(places.find("焼津市"))
    assert "静岡県焼津市のもの" in handed.message.value


def test_a_file_of_ones_own_in_any_form_takes_the_place_of_the_example():
    book = openpyxl.Workbook()
    for line in TABLE.decode().splitlines():
        book.active.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "うちの表.xlsx", stream.getvalue())
    assert (handed.name, handed.body, handed.place) == ("うちの表.xlsx", stream.getvalue(), HACHIOJI)
    assert handed.menu.value == "自分のファイル：うちの表.xlsx"
    handed.menu.value = handed.menu.options[0]
    assert handed.name.startswith("04_")
    put_in(handed, "222127_hinanjo.csv", TABLE)
    assert handed.place.name == "焼津市"
    assert handed.town.value == "静岡県焼津市"


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("高松市番町{}-2", "香川県高松市"),
        ("静岡県焼津市本町{}丁目", "静岡県焼津市"),
        ("架空町{}-2", "東京都八王子市"),
        ("八王子市元本郷町{}", "東京都八王子市"),
    ],
)
def test_the_addresses_tell_whose_table_it_is(address, town):
    handed = course.HandedTable(HACHIOJI)
    lines = "".join(f"架空{number}館,{address.format(number)}\n" for number in range(1, 9))
    put_in(handed, "evacuation_space.csv", ("名称,住所\n" + lines).encode())
    assert handed.place.full_name == town
    assert f"全部の行を{town}のもの" in handed.message.value


def test_a_table_of_many_towns_is_placed_row_by_row():
    handed = course.HandedTable(HACHIOJI)
    lines = "".join(f"架空館,{town}架空町1\n" for town in ("金沢市", "珠洲市", "七尾市", "輪島市"))
    put_in(handed, "県の表.csv", ("名称,住所\n" + lines).encode())
    assert handed.place is None
    assert "行ごとに" in handed.message.value


def test_a_file_that_is_no_table_is_told_and_the_table_before_stays():
    handed = course.HandedTable(HACHIOJI)
    put_in(handed, "写真.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert handed.message.value.startswith("⚠ ")
    assert "ください" in handed.message.value
    assert handed.name.startswith("04_")


def test_the_town_can_be_changed_left_open_and_a_wrong_one_is_told():
    handed = course.HandedTable(HACHIOJI)
    handed.town.value = "焼津市"
    assert handed.place.name == "焼津市"
    handed.town.value = ""
    assert handed.place is None
    assert "行ごとに" in handed.message.value
    handed.town.value = "府中市"
    assert handed.message.value.startswith("⚠ ")
    assert handed.place is None


def test_a_file_given_as_parameter_is_what_it_begins_with(tmp_path, assert_one_sentence):
    path = tmp_path / "うちの表.csv"
    path.write_bytes(TABLE)
    assert course.HandedTable(HACHIOJI, str(path)).body == TABLE
    with pytest.raises(bridge.BridgeError, match="ない表") as caught:
        course.HandedTable(HACHIOJI, tmp_path / "ない表.csv")
    assert_one_sentence(caught.value)
