"""The form of lesson 10: what is used without a tick, what a person decides, and when it has to be run again."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from machimap import bridge, course, places
from machimap.course import bridge_form, handed_table
from machimap.course.bridge_assistant import Assistant
from machimap.course.bridge_form import BridgeForm
from machimap.course.fold import Fold

HACHIOJI = places.find("八王子市")
TABLE = (
    "避難先,住所,使える災害,よびかた,部屋,鍵の管理者,<b>注</b>\n"
    "架空第一小学校,架空町1-2-3,洪水、地震,カクウダイイチ,図書室,担当1（架空データ）,<script>\n"
    "架空公民館,架空町４－５,地震,カクウコウミンカン,和室,担当2（架空データ）,\n"
    "架空体育館,架空町6,洪水,カクウタイイクカン,,担当3（架空データ）,\n"
).encode()
FLOOD, QUAKE, FIRE = "災害種別_洪水", "災害種別_地震", "災害種別_大規模な火事"


@pytest.fixture(autouse=True)
def _a_new_kernel_without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MACHIMAP_LLM_BASE_URL", raising=False)
    monkeypatch.delenv("MACHIMAP_OFFLINE", raising=False)
    monkeypatch.setattr(bridge_form, "_decided", {})
    monkeypatch.setattr(handed_table, "_own", {})
    monkeypatch.setattr(handed_table, "_last", {})


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
    assert form.mapping.declined == ("名称",)
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


def test_a_column_declined_by_hand_stays_in_its_group_and_is_not_said_to_be_missing(form, tmp_path):
    waits = opened(form).rows[FLOOD]
    waits.menu.value = -1
    assert "使わないと決めました" in waits.told.value
    assert FLOOD not in form.waiting
    assert form.mapping.declined == (FLOOD,)
    second = again(tmp_path)
    assert second.mapping.declined == (FLOOD,)
    group = next(fold for fold in second.groups if "使わない列 1" in fold.head.description)
    group.head.value = True
    assert second.rows[FLOOD] in group.inside.children
    missing = next(
        one for one in group.inside.children if isinstance(one, Fold) and "見つからなかった" in one.head.description
    )
    missing.head.value = True
    assert second.rows[FLOOD] not in missing.inside.children
    second.rows[FLOOD].menu.value = menu_number(second, "使える災害")
    assert second.mapping.declined == ()


@pytest.mark.parametrize("target", bridge.target_names())
def test_columns_that_fill_themselves_are_not_said_to_be_missing(target, tmp_path):
    form = opened(course.BridgeForm(TABLE, name="架空の表.csv", place=HACHIOJI, target=target, folder=tmp_path))
    own = {name for name, row in form.rows.items() if "自動で入ります" in row.told.value}
    used = {match.target for match in form.mapping.matches}
    for match in form.offered.matches:
        form.tick(match.target, True)
    table = form.convert().table
    filled = {name for name in table.columns if name not in used and (table[name] != "").any()}
    assert own == filled - {match.target for match in form.offered.matches}


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


# ---- next year


NEXT_YEAR = (
    "避難先_令和9年,住所,よびかた,使える災害,部屋,問い合わせ先の電話\n"
    "架空第一小学校,架空町1-2-3,カクウダイイチ,洪水、地震,図書室,000-000-0000\n"
    "架空公民館,架空町４－５,カクウコウミンカン,地震,和室,000-000-0000\n"
).encode()


def next_year(tmp_path: Path, **more: object) -> BridgeForm:
    return course.BridgeForm(
        **{"source": NEXT_YEAR, "name": "来年の表.csv", "place": HACHIOJI, "folder": tmp_path / "next"} | more
    )


def menu_shown(form: BridgeForm) -> bool:
    return form.earlier.layout.display is None


def test_without_a_recipe_of_the_same_list_none_is_offered(form, tmp_path):
    assert not menu_shown(next_year(tmp_path))
    form.saved.click()
    assert menu_shown(next_year(tmp_path))
    assert not menu_shown(next_year(tmp_path, target="公共施設一覧"))


def test_next_year_the_decisions_are_taken_over_and_what_is_different_is_told(form, tmp_path):
    rows = opened(form).rows
    rows[FLOOD].yes.value = True
    rows["名称_カナ"].yes.value = True
    rows["備考"].menu.value = -2
    rows["備考"].constant.value = "架空データ"
    form.saved.click()

    second = next_year(tmp_path)
    assert second.earlier.menu.options == (("out", tmp_path / "out" / "recipe.yml"),)
    assert FLOOD in second.waiting
    second.earlier.use.click()
    told = second.earlier.message.value
    assert "「out」のレシピを使いました" in told
    assert "「避難先」から「避難先_令和9年」に変わりました" in told
    assert "4のセルから動かしてください" in told
    assert seen(second)
    used = {match.target: match for match in second.mapping.matches}
    assert used["名称"].source == "避難先_令和9年"
    assert (used[FLOOD].source, used[FLOOD].pick, used[FLOOD].by) == ("使える災害", "洪水", "人")
    assert used["名称_カナ"].source == "よびかた"
    assert used["備考"].constant == "架空データ"
    # Nobody has said yes to it last year either.
    assert QUAKE in second.waiting
    done = second.convert()
    assert done.table["名称"].tolist() == ["架空第一小学校", "架空公民館"]
    assert done.table[FLOOD].tolist() == ["1", ""]
    assert (done.table[QUAKE] == "").all()


def test_a_column_that_is_new_and_doubtful_is_not_used_before_it_is_ticked(form, tmp_path):
    form.saved.click()
    second = next_year(tmp_path)
    second.earlier.use.click()
    new = [second.match(name) for name in second.waiting if second.match(name).source == "問い合わせ先の電話"]
    said = second.earlier.message.value
    assert "新しい列「問い合わせ先の電話」" in said
    assert ("」に使えそうです" in said, "「はい」を付けるまで使いません" in said) == (bool(new), bool(new))
    assert not {match.target for match in second.mapping.matches} & {match.target for match in new}


def test_what_was_taken_over_can_be_undone(form, tmp_path):
    opened(form).rows[FLOOD].yes.value = True
    form.saved.click()
    second = next_year(tmp_path)
    first = second.mapping
    second.earlier.use.click()
    assert second.mapping != first
    second.anew.click()
    assert second.mapping == first
    assert second.earlier.message.value == ""


def test_the_newest_recipe_stands_first_and_a_broken_one_is_refused_in_one_sentence(
    form, tmp_path, assert_one_sentence
):
    form.saved.click()
    (tmp_path / "broken").mkdir()
    broken = tmp_path / "broken" / "recipe.yml"
    broken.write_text("まちマップのレシピ: [", encoding="utf-8")
    os.utime(tmp_path / "out" / "recipe.yml", (1, 1))
    second = next_year(tmp_path)
    assert [name for name, _ in second.earlier.menu.options] == ["broken", "out"]
    before = second.mapping
    second.earlier.use.click()
    assert_one_sentence(bridge.BridgeError(second.earlier.message.value.removeprefix("⚠ ")))
    assert second.mapping == before
    second.earlier.menu.value = tmp_path / "out" / "recipe.yml"
    broken.unlink()
    second.earlier.use.click()
    assert "「out」のレシピを使いました" in second.earlier.message.value


def test_another_way_of_reading_or_another_town_than_last_year_is_pointed_out(tmp_path):
    first = course.BridgeForm(
        TABLE, name="架空の表.csv", place=HACHIOJI, folder=tmp_path / "out", options={"tokyo_datum": True}
    )
    first.saved.click()
    second = next_year(tmp_path, place=places.find("焼津市"))
    second.earlier.use.click()
    assert "`options = {&#x27;tokyo_datum&#x27;: True}`" in second.earlier.message.value
    assert "前のレシピは東京都八王子市の表のものです" in second.earlier.message.value


# ---- run again, and run out of order


def again(tmp_path: Path, **options: object) -> BridgeForm:
    """The form's cell run once more in the same kernel."""
    return course.BridgeForm(TABLE, name="架空の表.csv", place=HACHIOJI, folder=tmp_path / "out", **options)


def seen(form: BridgeForm) -> bool:
    """Whether it says that it uses what was decided before."""
    return form.before.layout.display is None


def test_the_cell_run_again_keeps_ticks_menus_and_constants_and_says_so(form, tmp_path):
    assert not seen(form)
    rows = opened(form).rows
    rows[QUAKE].yes.value = True
    rows["名称_カナ"].menu.value = menu_number(form, "よびかた")
    rows["電話番号"].menu.value = -2
    rows["電話番号"].constant.value = "000-000-0000"
    second = again(tmp_path)
    assert seen(second)
    assert "前に決めた対応を使っています" in second.before.children[0].value
    assert second.mapping == form.mapping
    row = opened(second).rows["電話番号"]
    assert (row.constant.value, row.constant.layout.display) == ("000-000-0000", None)
    assert second.rows[QUAKE].yes.value


def test_one_can_begin_anew(form, tmp_path):
    first = form.mapping
    form.rows[QUAKE].yes.value = True
    second = again(tmp_path)
    second.anew.click()
    assert not seen(second)
    assert second.mapping == first
    assert not second.rows[QUAKE].yes.value
    assert not seen(again(tmp_path))


@pytest.mark.parametrize("other", [{"target": "公共施設一覧"}, {"options": {"header_row": 1}}])
def test_what_was_decided_for_another_list_or_reading_is_not_taken_over(other, form, tmp_path):
    form.rows[QUAKE].yes.value = True
    assert not seen(again(tmp_path, **other))
    assert seen(again(tmp_path))


def test_a_corrected_file_of_the_same_name_begins_anew(form, tmp_path):
    form.rows[QUAKE].yes.value = True
    other = course.BridgeForm(TABLE + "架空会館,架空町7,,,,,\n".encode(), name="架空の表.csv", place=HACHIOJI)
    assert not seen(other)


@pytest.fixture
def handed(tmp_path) -> course.HandedTable:
    path = tmp_path / "架空の表.csv"
    path.write_bytes(TABLE)
    return course.HandedTable(HACHIOJI, path)


def assert_begins_at(form: BridgeForm, cell: str, assert_one_sentence) -> None:
    with pytest.raises(bridge.BridgeError, match=f"{cell}のセルから順に動かしてください") as caught:
        form.done  # noqa: B018
    assert_one_sentence(caught.value)


def test_what_is_below_the_form_waits_for_the_crossing(handed, assert_one_sentence):
    form = course.BridgeForm(handed)
    assert_begins_at(form, "4", assert_one_sentence)
    assert form.convert().account == "読んだ行 3 ＝ 使った行 3 ＋ 取り分けた行 0"
    assert form.done.table["名称"].tolist() == ["架空第一小学校", "架空公民館", "架空体育館"]
    form.rows[QUAKE].yes.value = True
    assert_begins_at(form, "4", assert_one_sentence)
    assert form.convert().table[QUAKE].tolist() == ["1", "1", ""]


def test_another_table_town_or_reading_sends_back_to_the_second_cell(handed, assert_one_sentence):
    changes = (
        lambda: setattr(handed.menu, "value", handed.menu.options[0]),
        lambda: setattr(handed.town, "value", "焼津市"),
        lambda: handed.read({"header_row": 1}),
    )
    for change in changes:
        handed.menu.value = handed.menu.options[-1]
        handed.read({})
        form = course.BridgeForm(handed)
        form.convert()
        change()
        assert_begins_at(form, "2", assert_one_sentence)
        with pytest.raises(bridge.BridgeError, match="2のセルから"):
            form.convert()
        form.tried.click()
        assert form.message.value.startswith("⚠ ")
        assert course.BridgeForm(handed).convert().reading.name == handed.name


def test_reading_again_in_the_same_way_does_not_send_back(handed):
    form = course.BridgeForm(handed)
    form.convert()
    handed.read({})
    assert form.done.reading.rows_in == 3


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
    assert "建物名等(方書)" in again(tmp_path).waiting
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
