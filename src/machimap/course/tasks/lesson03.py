"""What the exercise of lesson 03 expects, and the wrong answers known of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pandas as pd

from machimap import datasets
from machimap.course.tasks import material
from machimap.course.tasks.kinds import TABLE, TEXT, Answer, Kind, not_called, now, text_misfit
from machimap.places import Place

PRIVATE = ["担当者名", "担当者の携帯"]
LICENCE = "CC BY 4.0"
OFFICIAL = "公式のハザードマップ"
_OFFICIAL = "公式の?ハザードマップ"
_DENIED = r"る必要は|し?な(?:くて(?!は)|い(?!と))|は?不要"
_LAST_WORD = re.compile(rf"{_OFFICIAL}[^\n]*(確かめ|確認|見て|ご覧|優先)(?!{_DENIED})")
_TAKE = '`datasets.credits("shelters")[0]`'


def _credit(_place: Place) -> str:
    return datasets.credits("shelters")[0]


def _other_credit(given: str, expected: str, place: Place) -> str:
    if given in datasets.credits("boundaries", "hazards", "hachioji", "yaizu"):
        return 'それは別のデータの出典なので、`datasets.credits("shelters")` から取り出してください。'
    return ""


def _name_of_the_data(given: str, expected: str, place: Place) -> str:
    if given.strip() in ("shelters", "避難場所"):
        return f"「{given.strip()}」はデータの名前なので、出典は手で書かずに {_TAKE} で取り出してください。"
    return ""


def _list_as_text(given: str, expected: str, place: Place) -> str:
    if given.strip().startswith("["):
        return f"並び（リスト）をそのまま文字にしたものなので、`str( )` や引用符を使わずに {_TAKE} としてください。"
    return ""


def _by_hand(given: str, expected: str, place: Place) -> str:
    if given.strip() == expected:
        return ""
    return f"文が決められた書き方と違うので、手で書かずに {_TAKE} で取り出してください。"


def _other_list(given: Any, expected: str, place: Place) -> str:
    if isinstance(given, list) and not given:
        return '並び（リスト）が空なので、`datasets.credits("shelters")` のように、かっこの中に `"shelters"` を書いてください。'
    return ""


def _part_of_credit(given: str, expected: str, place: Place) -> str:
    short = given.strip().removeprefix("出典：").removeprefix("出典:")
    if short and short != expected.removeprefix("出典：") and short in expected:
        return (
            "出典が途中で切れていて、取得した日か「加工して作成」がないので、決められた書き方をそのまま入れてください。"
        )
    return ""


def _without_processing(given: str, expected: str, place: Place) -> str:
    if "国土地理院" in given and "加工" not in given:
        return f"「加工して作成」がないので、手で書かずに {_TAKE} で取り出してください。"
    return ""


def _copied_by_hand(given: str, expected: str, place: Place) -> str:
    if _letters(given) == _letters(expected) and given.strip() != expected:
        return f"コロンや空白が決められた書き方と違うので、手で写さずに {_TAKE} を使ってください。"
    return ""


def _letters(text: str) -> str:
    return re.sub(r"[\s:]", "", unicodedata.normalize("NFKC", text))


def _public(place: Place) -> pd.DataFrame:
    return material.staff_list(place).drop(columns=PRIVATE)


def _not_the_rest(given: Any, expected: pd.DataFrame, place: Place) -> str:
    if not_called(given):
        return ""
    return f"答えが表ではないので{now(given)}、列を落とした、残りの表を入れてください。"


def _the_private(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if set(given.columns) <= set(PRIVATE):
        return "それは落とす列のほうなので、列を落とした、残りの表を入れてください。"
    return ""


def _kept_names(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if "担当者名" in given.columns and "担当者の携帯" not in given.columns:
        return "「担当者名」が残っているので、職員の名前の列も `drop` に加えてください。"
    return ""


def _kept_mobiles(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if "担当者の携帯" in given.columns and "担当者名" not in given.columns:
        return "「担当者の携帯」が残っているので、個人の電話の列も `drop` に加えてください。"
    return ""


def _untouched(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if not set(PRIVATE) <= set(given.columns):
        return ""
    blank = all(given[column].isin(["", None]).all() or given[column].isna().all() for column in PRIVATE)
    if blank:
        return "中身は消えていて列が残っているので、`drop(columns=[...])` で列ごと落としてください。"
    return f"「{'」「'.join(PRIVATE)}」がどちらも残っているので、`drop` の結果を `public` に入れてください。"


def _dropped_phones(given: pd.DataFrame, expected: pd.DataFrame, place: Place) -> str:
    if "施設の電話番号" not in given.columns:
        return "「施設の電話番号」は施設のもので個人の情報ではないので、残してください。"
    return ""


def _readme(place: Place) -> str:
    return (
        f"# {place.name}のハザードマップ\n\n"
        f"{_credit(place)}\n\n"
        f"データと文章は {LICENCE} です。\n"
        f"避難の前に、必ず{place.name}の{OFFICIAL}で確かめてください。"
    )


def _readme_fault(given: str, expected: str) -> str:
    """Return what a README lacks, in the order in which a reader needs it; "" when nothing.

    expected: the kit's own README, whose first line names the place and whose third is the credit line.
    """
    title, _, credit, *_ = expected.splitlines()
    name = title.removeprefix("# ").removesuffix("のハザードマップ")
    if name not in given:
        return f"まちの名前「{name}」がないので、どこの地図かを書いてください。"
    if credit not in given:
        return "避難場所の出典がないので、問題1の `credit` を、そのまま入れてください。"
    if not re.search(r"CC[ -]BY[ -]4\.0", given, re.IGNORECASE):
        if re.search(r"CC\W?BY\W?4\.0", unicodedata.normalize("NFKC", given), re.IGNORECASE):
            return f"使ってよい条件の書き方が決まった形と違うので、半角で、空白も入れて `{LICENCE}` と書いてください。"
        return f"使ってよい条件がないので、「{LICENCE}」を書いてください。"
    if not re.search(_OFFICIAL, given):
        return f"「{OFFICIAL}」という言葉がないので、最後に何で確かめるかを書いてください。"
    if not _LAST_WORD.search(given):
        return f"「{OFFICIAL}」をどうするのかがないので、「…で確かめてください」と続けてください。"
    return ""


def _readme_misfit(given: Any) -> str:
    if isinstance(given, (list, tuple)):
        return '答えが並び（リスト）なので、`"""` と `"""` で囲んで、1つの文にまとめてください。'
    return text_misfit(given) or (
        "まだ何も書かれていないので、1行ずつ文を加えてください。" if not given.strip() else ""
    )


def _not_filled_in(given: str, expected: str, place: Place) -> str:
    if re.search(r"\{\s*(place|credit)", given):
        return "`{ }` の中が置きかわっていないので、文の最初の引用符の前に `f` を付けてください。"
    return ""


README = Kind(_readme_misfit, lambda given, expected: not _readme_fault(given, expected), _readme_fault)
ANSWERS = {
    "03-1": Answer(
        TEXT,
        _credit,
        (
            _name_of_the_data,
            _list_as_text,
            _other_credit,
            _copied_by_hand,
            _part_of_credit,
            _without_processing,
            _by_hand,
        ),
        (_other_list,),
    ),
    "03-2": Answer(
        TABLE,
        _public,
        (_the_private, _untouched, _kept_names, _kept_mobiles, _dropped_phones),
        (_not_the_rest,),
    ),
    "03-3": Answer(README, _readme, (_not_filled_in,)),
}
