"""Every cleaner: real dirt and its right answer by hand; and whatever text comes, it never raises and never invents."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from machimap import places
from machimap.bridge.cleaning import CLEANERS, clean_cell
from machimap.bridge.cleaning.cell import words
from machimap.bridge.cleaning.codes import code_candidates, is_corporate_number, is_lg_code
from machimap.bridge.cleaning.text import tidy
from machimap.bridge.targets import target, target_names

settings.register_profile("the same every time", derandomize=True)
settings.load_profile("the same every time")
# Kind, the cell as somebody wrote it, what it must become. Most are from published tables.
ANSWERS = [
    ("flag", "○", "1"),
    ("flag", "◯", "1"),
    ("flag", "〇", "1"),
    ("flag", "１", "1"),
    ("flag", "1.0", "1"),
    ("flag", "有", "1"),
    ("flag", "該当", "1"),
    ("flag", "TRUE", "1"),
    ("flag", "×", ""),
    ("flag", "0", ""),
    ("flag", "0.0", ""),
    ("flag", "無", ""),
    ("flag", "非該当", ""),
    ("flag", "指定なし", ""),
    ("flag", "－", ""),
    ("flag", "―", ""),
    ("flag", "nan", ""),
    ("presence", "あり", "有"),
    ("presence", "無し", "無"),
    ("presence", "×", "無"),
    ("presence", "可能", "可"),
    ("phone", "(076)227-7220", "076-227-7220"),
    ("phone", "（０７６）２２７－７２２０", "076-227-7220"),
    ("phone", "0768-82‐0168", "0768-82-0168"),
    ("phone", " 076-268-4264", "076-268-4264"),
    ("phone", "0426263111", "042-626-3111"),
    ("phone", "0768220001", "0768-22-0001"),
    ("phone", "0471234567", "04-7123-4567"),
    ("phone", "09012345678", "090-1234-5678"),
    ("phone", "０１２０－１２３－４５６", "0120-123-456"),
    ("phone", "042(626)3111", "042-626-3111"),
    ("phone", "042 626 3111", "042-626-3111"),
    ("phone", "+81-42-626-3111", "042-626-3111"),
    ("phone", "TEL：042－626－3111（代表）", "042-626-3111"),
    ("phone", "0426-26-3111", "0426-26-3111"),
    ("postal", "〒192-8501", "1928501"),
    ("postal", "１９２－８５０１", "1928501"),
    ("postal", "927-1216 ", "9271216"),
    ("postal", "1928501.0", "1928501"),
    ("lg_code", "132012", "132012"),
    ("lg_code", "132012.0", "132012"),
    ("lg_code", "'132012", "132012"),
    ("lg_code", "13201", "132012"),
    ("lg_code", "11002", "011002"),
    ("lg_code", "1100", "011002"),
    ("lg_code", "1.32012E+05", "132012"),
    ("lg_code", "170003", "170003"),
    ("corporate_number", "'2000020170003", "2000020170003"),
    ("corporate_number", "2000-0201-70003", "2000020170003"),
    ("id", "1.0", "1"),
    ("id", "ＮＥＷ００１", "NEW001"),
    ("latitude", "３５．６６６３１２", "35.666312"),
    ("latitude", "36.123456, ", "36.123456"),
    ("latitude", "35度39分58.2秒", "35.666167"),
    ("latitude", "北緯35°39′58.2″", "35.666167"),
    ("latitude", "35゜39'58.2\"", "35.666167"),
    ("latitude", "N35.39.58.2", "35.666167"),
    ("latitude", "35-39-58.2", "35.666167"),
    ("latitude", "３５度３９分５８秒２", "３５度３９分５８秒２"),
    ("longitude", "東経１３９度１９分３４秒", "139.326111"),
    ("longitude", "E139.326111", "139.326111"),
    ("number", "標高:34.90m", "34.90"),
    ("number", "１２．５ｍ", "12.5"),
    ("number", "-0.5", "-0.5"),
    ("number", "−0.5", "-0.5"),
    ("number", "1,234", "1234"),
    ("capacity", "３，３５０人", "3350"),
    ("capacity", "480名", "480"),
    ("capacity", "収容人数:310", "310"),
    ("capacity", "50.0", "50"),
    ("capacity", "810人（2平方メートルあたり1人）", "810人（2平方メートルあたり1人）"),
    ("capacity", "810人(2㎡あたり1人)", "810人（2㎡あたり1人）"),
    ("extension", "内線２３４５", "2345"),
    ("extension", "2345.0", "2345"),
    ("date", "令和元年5月1日", "2019-05-01"),
    ("date", "R4.3.3", "2022-03-03"),
    ("date", "Ｒ４．３．３", "2022-03-03"),
    ("date", "2025.1.9", "2025-01-09"),
    ("date", "2019/1/8", "2019-01-08"),
    ("date", "平成31年4月1日", "2019-04-01"),
    ("date", "昭和64年1月7日", "1989-01-07"),
    ("date", "20250109", "2025-01-09"),
    ("date", "令和７年１２月１７日", "2025-12-17"),
    ("date", "2025年1月9日(木)", "2025-01-09"),
    ("date", "2025-01-09 00:00:00", "2025-01-09"),
    ("date", "45000", "2023-03-15"),
    ("time", "8:30", "08:30"),
    ("time", "９時", "09:00"),
    ("time", "9時半", "09:30"),
    ("time", "午後5時15分", "17:15"),
    ("time", "17:00:00", "17:00"),
    ("time", "0.375", "09:00"),
    ("weekdays", "月～金", "月火水木金"),
    ("weekdays", "日月火水木金土", "月火水木金土日"),
    ("weekdays", "月曜日、水曜日", "月水"),
    ("weekdays", "毎日", "月火水木金土日"),
    ("url", '"url": "https://www.city.hachioji.tokyo.jp/"', "https://www.city.hachioji.tokyo.jp/"),
    ("url", "ｈｔｔｐｓ：／／example.lg.jp/a", "https://example.lg.jp/a"),
    ("email", "ｂｏｕｓａｉ＠example.lg.jp", "bousai@example.lg.jp"),
    ("email", "mailto:bousai@example.lg.jp", "bousai@example.lg.jp"),
    ("kana", "ｲｼｶﾜｹﾝﾘﾂｶﾝｺﾞﾀﾞｲｶﾞｸ", "イシカワケンリツカンゴダイガク"),
    ("kana", "はちおうじセンター", "ハチオウジセンター"),
    ("latin", "Ｉｓｈｉｋａｗａ\u3000University", "Ishikawa University"),
    ("address", "元横山町2－14－3", "元横山町2-14-3"),
    ("address", "石川県かほく市学園台１ー１", "石川県かほく市学園台1-1"),
    ("address", "東京都八王子市元本郷町３−２４‐１\u3000センタービル", "東京都八王子市元本郷町3-24-1 センタービル"),
    ("address", "珠洲市宝立町鵜島４字３０番地", "珠洲市宝立町鵜島4字30番地"),
    ("address", "〒192-8501 八王子市元本郷町3-24-1", "八王子市元本郷町3-24-1"),
    ("address_part", "２６番１３号", "26番13号"),
    ("list", "A町会、B町会", "A町会;B町会"),
    ("list", "元横山町・新町", "元横山町;新町"),
    ("list", "サン・コーポ", "サン・コーポ"),
    ("list", "本町（一丁目、二丁目）／新町", "本町(一丁目、二丁目);新町"),
    ("name", "国道249号（松波鵜島ﾊﾞｲﾊﾟｽA）", "国道249号(松波鵜島バイパスA)"),
    ("name", "第一小学校 ", "第一小学校"),
    ("name", "髙﨑神社①㎡½", "髙﨑神社①㎡½"),
    ("name", "神\ufa10", "神\ufa10"),
    ("text", "駐車場\r\nあり", "駐車場 あり"),
    ("text", "－", ""),
]
# Cells that a cleaner must leave alone and ask about.
DOUBTS = [
    ("flag", "○（2階以上）"),
    ("flag", "2"),
    ("flag", "要相談"),
    ("presence", "小学生以上対応可"),
    ("phone", "626-3111"),
    ("phone", "761248130"),
    ("phone", "市役所防災課"),
    ("phone", "119"),
    ("postal", "60-8588"),
    ("lg_code", "1.720204001E9"),
    ("lg_code", "5.22001E+12"),
    ("lg_code", "170004"),
    ("lg_code", "12211"),
    ("lg_code", "八王子市"),
    ("corporate_number", "5.22001E+12"),
    ("corporate_number", "2200-01-002059"),
    ("id", "避-1"),
    ("latitude", "353958.2"),
    ("latitude", "35度61分0秒"),
    ("latitude", "調査中"),
    ("number", "約30m"),
    ("capacity", "約500人"),
    ("capacity", "屋内480人／屋外3,350人(面積の1/2)"),
    ("capacity", "100人2.0㎡あたり1人"),
    ("capacity", "1,200㎡"),
    ("date", "令和7年2月30日"),
    ("date", "平成32年4月1日"),
    ("date", "令和3年度"),
    ("date", "25.1.9"),
    ("date", "2025年1月9日(金)"),
    ("time", "10時30分頃"),
    ("time", "終日"),
    ("time", "25:00"),
    ("time", "4月1日～10月31日 6:00\u300011月1日～3月31日 8:30"),
    ("weekdays", "火、水、木、金、土、日、祝"),
    ("url", "学生便覧"),
    ("url", "info@shiinoki-geihinkan.jp"),
    ("url", "www.city.example.jp"),
    ("email", "なし（電話のみ）"),
    ("kana", "石川県小松市團十郎芸術劇場うらら"),
    ("latin", "Hachiōji"),
    ("address_part", "1月20日"),
    ("address_part", "Jan-43"),
    ("address", "石川県金沢市幸町１２?１"),
    ("name", "#REF!"),
]
# Further forms that towns write. What is told beside the answer: "" nothing, else a part of the doubt.
FORMS = [
    ("phone", "０４２－０００－００００", "042-000-0000", ""),
    ("phone", "042ー000ー0000", "042-000-0000", ""),
    ("phone", "(代)042-000-0000", "042-000-0000", ""),
    ("phone", "042-000-0000（直通）", "042-000-0000", ""),
    ("phone", "TEL(042)000-0000", "042-000-0000", ""),
    ("phone", "042.000.0000", "042-000-0000", ""),
    ("phone", "+81(0)42-000-0000", "042-000-0000", ""),
    ("phone", "042-000-0000、042-000-0001", "042-000-0000;042-000-0001", "2つ以上"),
    ("phone", "０００－０００－００００", "000-000-0000", "市外局番にない"),
    ("phone", "42-000-0000", "42-000-0000", "先頭の 0"),
    ("phone", "000-0001", "000-0001", "市外局番がない"),
    ("phone", "内線2345", "内線2345", "読めない"),
    ("phone", "042-000-0000(内線2345・2346)", "042-000-0000(内線2345・2346)", "読めない"),
    ("phone", "042-000-0000(夜間は042-000-0001)", "042-000-0000(夜間は042-000-0001)", "読めない"),
    ("phone", "電話 042-000-0000 / FAX 042-000-0001", "電話 042-000-0000 / FAX 042-000-0001", "読めない"),
    ("phone", "042-000-0000～2", "042-000-0000～2", "読めない"),
    ("phone", "〃", "〃", "上と同じ"),
    ("postal", "〒 192 - 0045", "1920045", ""),
    ("postal", "192ー0045", "1920045", ""),
    ("postal", "郵便番号：192-0045", "1920045", ""),
    ("postal", "192-45", "192-45", "7桁でない"),
    ("postal", "10045", "10045", "7桁でない"),
    ("postal", "192-0045、192-0046", "192-0045、192-0046", "7桁でない"),
    ("date", "令6.4.1", "2024-04-01", ""),
    ("date", "R6-4-1", "2024-04-01", ""),
    ("date", "R元.5.1", "2019-05-01", ""),
    ("date", "㋿6年4月1日", "2024-04-01", ""),
    ("date", "令和６年４月１日現在", "2024-04-01", ""),
    ("date", "2024-04-01T00:00:00", "2024-04-01", ""),
    ("date", "45383", "2024-04-01", ""),
    ("date", "45383.0", "2024-04-01", ""),
    ("date", "明治45年7月29日", "1912-07-29", ""),
    ("date", "明治6年1月1日", "1873-01-01", ""),
    ("date", "明治5年12月2日", "明治5年12月2日", "暦にない日"),
    ("date", "平成31年5月1日", "平成31年5月1日", "暦にない日"),
    ("date", "平成元年1月7日", "平成元年1月7日", "暦にない日"),
    ("date", "令和元年", "令和元年", "読めない"),
    ("date", "昭和63年", "昭和63年", "読めない"),
    ("date", "令和六年四月一日", "令和六年四月一日", "読めない"),
    ("date", "24/4/1", "24/4/1", "読めない"),
    ("date", "4/1/2024", "4/1/2024", "読めない"),
    ("date", "2024年4月", "2024年4月", "読めない"),
    ("time", "24:00", "24:00", ""),
    ("time", "午後1時半", "13:30", ""),
    ("time", "AM 8:30", "08:30", ""),
    ("time", "0.354166667", "08:30", ""),
    ("time", "9時～17時", "9時～17時", "1つの時刻"),
    ("time", "終日", "終日", "1つの時刻"),
    ("time", "24時間", "24時間", "1つの時刻"),
    ("time", "24:30", "24:30", "ありえない"),
    ("time", "午後12時", "午後12時", "昼の12時か夜の12時か"),
    ("time", "午前12時30分", "午前12時30分", "昼の12時か夜の12時か"),
    ("time", "9:5", "9:5", "読めない"),
    ("flag", "✓", "1", ""),
    ("flag", "レ", "1", ""),
    ("flag", "⭕", "1", ""),
    ("flag", "可", "1", ""),
    ("flag", "否", "", ""),
    ("flag", "✕", "", ""),
    ("flag", "✗", "", ""),
    ("flag", "❌", "", ""),
    ("flag", "−", "", ""),
    ("flag", "ー", "", ""),
    ("flag", "対象外", "", ""),
    ("flag", "／", "／", "分からない"),
    ("flag", "予定", "予定", "分からない"),
    ("flag", "検討中", "検討中", "分からない"),
    ("flag", "○△", "○△", "分からない"),
    ("flag", "1（一部）", "1（一部）", "分からない"),
    ("flag", "可（2階以上）", "可（2階以上）", "分からない"),
    ("flag", "同上", "同上", "上と同じ"),
    ("presence", "◎", "有", ""),
    ("presence", "有（2台）", "有（2台）", "分からない"),
    ("presence", "有・無", "有・無", "分からない"),
    ("presence", "△", "△", "分からない"),
    ("capacity", "1,200名", "1200", ""),
    ("capacity", "約1,200人", "約1,200人", "決まらない"),
    ("capacity", "1.2万", "1.2万", "決まらない"),
    ("capacity", "１２０㎡", "１２０㎡", "決まらない"),
    ("capacity", "1,200人（うち車いす20人）", "1,200人（うち車いす20人）", "決まらない"),
    ("capacity", "300～500人", "300～500人", "決まらない"),
    ("capacity", "12,00", "12,00", "決まらない"),
    ("number", "T.P.+3.5", "3.5", ""),
    ("number", "120m2", "120m2", "読めない"),
    ("number", "▲0.5", "▲0.5", "読めない"),
    ("number", "3m50cm", "3m50cm", "読めない"),
    ("number", "不明", "不明", "読めない"),
    ("latitude", "35°39'58\"", "35.666111", ""),
    ("latitude", "35.39.58", "35.666111", ""),
    ("latitude", "35°39.97′", "35.666167", ""),
    ("latitude", "35.666312N", "35.666312", ""),
    ("latitude", "N35.66", "35.66", "2桁しかなく"),
    ("latitude", "35度39分", "35.650000", "1,850m"),
    ("latitude", "35,66", "35,66", "読めない"),
    ("latitude", "35,666312", "35,666312", "読めない"),
    ("latitude", "0,0", "0,0", "読めない"),
    ("latitude", "-35.666312", "-35.666312", "読めない"),
    ("latitude", "3.5666312E+01", "3.5666312E+01", "読めない"),
    ("longitude", "139.3,35.6", "139.3,35.6", "読めない"),
    ("longitude", "139 19 34", "139.326111", ""),
    ("lg_code", "13201.0", "132012", ""),
    ("lg_code", "１３２０１２", "132012", ""),
    ("lg_code", "1", "1", "6桁でない"),
    ("lg_code", "132010", "132010", "検査数字"),
    ("lg_code", "132012 八王子市", "132012 八王子市", "6桁のコードでない"),
    ("url", "HTTPS://example.lg.jp/a", "HTTPS://example.lg.jp/a", ""),
    ("url", "URL:https://example.lg.jp", "https://example.lg.jp", ""),
    ("url", "city.example.lg.jp/a", "city.example.lg.jp/a", "アドレスでない"),
    ("url", "https://a.example/ https://b.example/", "https://a.example/ https://b.example/", "2つ以上"),
    ("email", "bousai＠example.lg.jp", "bousai@example.lg.jp", ""),
    ("email", "<bousai@example.lg.jp>", "bousai@example.lg.jp", ""),
    ("email", "bousai@example.lg.jp.", "bousai@example.lg.jp.", "読めない"),
    ("email", "bousai(at)example.lg.jp", "bousai(at)example.lg.jp", "読めない"),
    ("extension", "内線２３４５番", "2345", ""),
    ("extension", "2345-2346", "2345-2346", "読めない"),
    ("weekdays", "平日", "平日", "読めない"),
    ("weekdays", "月～金（祝日除く）", "月～金（祝日除く）", "読めない"),
    ("address", "同上", "同上", "上と同じ"),
    ("address", "不明", "不明", "書かれていない"),
    ("address", "45375", "45375", "日付の番号"),
    ("address_part", "2024-03-24", "2024-03-24", "日付に変わった"),
    ("id", "1,234", "1,234", "半角の英数字でない"),
    ("id", "№1", "№1", "半角の英数字でない"),
]


@pytest.mark.parametrize(("kind", "written", "answer", "told"), FORMS)
def test_a_form_that_towns_write_becomes_its_answer_or_stays_and_is_asked_about(kind, written, answer, told):
    cell = clean_cell(kind, written)
    assert cell.value == answer
    assert told in cell.doubt
    assert bool(cell.doubt) == bool(told)
    assert bool(cell.rule) == (answer != written)


@pytest.mark.parametrize("form", ["042-000-0000 内線2345", "042-000-0000（内）２３４５", "042-000-0000内線2345番"])
def test_every_way_of_writing_an_extension_sets_it_apart(form):
    assert clean_cell("phone", form)[::4] == ("042-000-0000", "2345")


@pytest.mark.parametrize(("kind", "written", "answer"), ANSWERS)
def test_real_dirt_becomes_the_answer_written_by_hand(kind, written, answer):
    cell = clean_cell(kind, written)
    assert cell.value == answer
    assert bool(cell.rule) == (answer != written)


@pytest.mark.parametrize(("kind", "written"), DOUBTS)
def test_what_cannot_be_understood_stays_and_is_asked_about(kind, written):
    cell = clean_cell(kind, written)
    assert (cell.value, cell.rule) == (written, "")
    assert cell.doubt
    assert cell.action.endswith("ください。")


@pytest.mark.parametrize("mark", ["△", "▲", "一部", "条件付き"])
def test_a_half_designation_is_never_1_and_never_silent(mark):
    cell = clean_cell("flag", mark)
    assert (cell.value, bool(cell.doubt)) == ("", True)


def test_an_extension_goes_apart_and_is_not_lost():
    cell = clean_cell("phone", "042-626-3111（内線 2345）")
    assert (cell.value, cell.apart) == ("042-626-3111", "2345")


def test_a_pair_of_coordinates_in_one_cell_is_split_by_the_axis():
    assert clean_cell("latitude", "35.666312, 139.315806")[:1] == ("35.666312",)
    assert clean_cell("longitude", "35.666312, 139.315806").value == "139.315806"
    assert clean_cell("latitude", "139.315806,35.666312").apart == "139.315806"


def test_few_decimals_are_kept_but_told():
    cell = clean_cell("latitude", "35.66")
    assert cell.value == "35.66"
    assert "2桁" in cell.doubt


def test_every_kind_of_the_standard_has_a_cleaner():
    for name in target_names():
        assert set(target(name).kinds.values()) <= set(CLEANERS)


# --- whatever comes

PIECES = st.sampled_from(
    [
        *"0123456789０１２３○×△－ー-‐−.,:/()（）〒年月日時分秒度°′″~～〜 \u3000\n㎡人約;、・'\"EeNRHS@",
        *(
            "令和",
            "平成",
            "元年",
            "屋内",
            "丁目",
            "番地",
            "東京都",
            "八王子市",
            "府中市",
            "北区",
            "内線",
            "TEL",
            "https://",
        ),
        *(
            "1.0",
            "E+12",
            "042",
            "0768",
            "午後",
            "北緯",
            "nan",
            "#N/A",
            "ﾞ",
            "ﾊ",
            "神",
            "\u200b",
            "\u3099",
            "か",
            "人/㎡",
        ),
    ]
)
DIRT = st.one_of(
    st.text(max_size=30), st.lists(PIECES, max_size=12).map("".join), st.sampled_from([a[1] for a in ANSWERS])
)
KINDS = sorted(CLEANERS)


def ascii_digits(text: str) -> str:
    return re.sub("[^0-9]", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=250, deadline=None)
@given(text=DIRT)
@example(text="")
@example(text="\ud800")
@example(text="ﾞﾟ")
@example(text="0" * 900)
@example(text="1-" * 450)
@example(text="0" * 5_000)
@example(text="本町会 新町会,")
@example(text="1E99")
def test_a_cleaner_never_raises_and_does_nothing_the_second_time(kind, text):
    first = clean_cell(kind, text)
    again = clean_cell(kind, first.value)
    assert again.value == first.value
    assert again.rule == ""
    assert bool(first.rule) == (first.value != text)
    assert bool(first.doubt) == bool(first.action)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=" \t\n\u3000\u00a0\u200b", max_size=6))
def test_blank_stays_blank_without_a_doubt(kind, text):
    cell = clean_cell(kind, text)
    assert (cell.value, cell.doubt) == ("", "")


@settings(max_examples=600, deadline=None)
@given(text=DIRT)
def test_a_flag_is_1_only_where_the_text_says_yes(text):
    cell = clean_cell("flag", text)
    says_yes = tidy(text).casefold() in {str(word) for word in words()["flags"]["yes"]}
    assert (cell.value == "1") == says_yes
    if cell.value not in ("1", ""):
        assert cell.value == text


@pytest.mark.parametrize("kind", ["phone", "postal", "corporate_number", "number", "capacity", "extension", "id"])
@settings(max_examples=300, deadline=None)
@given(text=DIRT)
def test_no_digit_is_added_and_none_changes_its_place(kind, text):
    cell = clean_cell(kind, text)
    written, made = ascii_digits(text), ascii_digits(cell.value)
    if kind == "phone" and cell.rule and written.startswith("81") and "+81" in unicodedata.normalize("NFKC", text):
        written = "0" + written[2:]
    left = iter(written)
    assert all(digit in left for digit in made)


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(DIRT, st.from_regex(r"\A[0-9]{4,6}(\.0)?\Z")))
def test_a_code_gains_only_its_check_digit_or_the_zero_that_fell_off(text):
    cell = clean_cell("lg_code", text)
    if cell.rule and cell.value:
        assert is_lg_code(cell.value)
        written = ascii_digits(text).removesuffix("0") if "." in tidy(text) else ascii_digits(text)
        if "E" not in tidy(text).upper():
            assert cell.value.removeprefix("0")[: len(written.lstrip("0"))] == written.lstrip("0")


@settings(max_examples=300, deadline=None)
@given(
    degree=st.integers(20, 153),
    minute=st.integers(0, 59),
    tenths=st.integers(0, 599),
    form=st.sampled_from(["{}度{}分{}秒", "{}°{}′{}″", "{}-{}-{}", "{}.{}.{}", "{} {} {}", "{}:{}:{}"]),
)
def test_degrees_minutes_seconds_are_worked_out_to_a_decimetre(degree, minute, tenths, form):
    made = Decimal(clean_cell("latitude", form.format(degree, minute, f"{tenths / 10:.1f}")).value)
    exact = Decimal(degree) + Decimal(minute) / 60 + Decimal(tenths) / 36000
    assert abs(made - exact) <= Decimal("0.0000005")


@settings(max_examples=200, deadline=None)
@given(
    value=st.decimals(20, 154, places=6, allow_nan=False),
    form=st.sampled_from(["{}", " {} ", "北緯{}", "{}度", "N{}", "{},  ", "東経 {}°", "緯度：{}"]),
)
def test_decimal_degrees_keep_every_digit_whatever_stands_around_them(value, form):
    wide = form.format(value).translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    assert clean_cell("longitude", form.format(value)).value == clean_cell("longitude", wide).value == str(value)


@settings(max_examples=300, deadline=None)
@given(day=st.dates(date(2019, 5, 1), date(2060, 12, 31)))
def test_a_day_of_令和_is_that_day_in_every_spelling(day):
    year = day.year - 2018
    for era in (
        f"令和{year}年{day.month}月{day.day}日",
        f"R{year}.{day.month}.{day.day}",
        f"令和{year:02}/{day.month:02}/{day.day:02}",
    ):
        assert clean_cell("date", era).value == day.isoformat()


@settings(max_examples=300, deadline=None)
@given(
    era=st.sampled_from([("明治", 1868), ("大正", 1912), ("昭和", 1926), ("平成", 1989), ("令和", 2019)]),
    year=st.integers(1, 64),
    day=st.dates(date(2000, 1, 1), date(2000, 12, 28)),
)
def test_a_year_of_an_era_is_counted_from_its_first(era, year, day):
    name, first = era
    made = clean_cell("date", f"{name}{year}年{day.month}月{day.day}日").value
    assert made in (f"{first + year - 1}-{day:%m-%d}", f"{name}{year}年{day.month}月{day.day}日")


@settings(max_examples=300, deadline=None)
@given(text=DIRT)
def test_a_date_is_one_of_the_calendar_or_stays(text):
    cell = clean_cell("date", text)
    if cell.rule and cell.value:
        assert date.fromisoformat(cell.value).year >= 1873


@settings(max_examples=400, deadline=None)
@given(text=DIRT)
def test_tidying_keeps_every_kanji_and_circled_number(text):
    kept = r"[㐀-鿿\uf900-\ufaff①-⓿㌀-㏿]"
    assert re.findall(kept, tidy(text)) == re.findall(kept, text)


def test_every_municipality_s_code_is_known_by_its_check_digit():
    assert all(is_lg_code(place.lg_code) for place in places.all_places())


def test_the_check_digit_of_a_corporate_number_catches_every_single_slip():
    number = "2000020170003"
    assert is_corporate_number(number)
    for position in range(1, 13):
        slipped = number[:position] + str((int(number[position]) + 1) % 10) + number[position + 1 :]
        assert not is_corporate_number(slipped)


@pytest.mark.parametrize("cell", ["1e999", "架空データ", "１３２０１", "132O1", ""])
def test_what_is_no_number_stands_for_no_municipality(cell):
    assert code_candidates(cell) == []
