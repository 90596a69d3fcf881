"""Flags (1 or blank) and the standard's words for yes and no (有, 無, 可, 不可)."""

from __future__ import annotations

from functools import lru_cache

from machimap.bridge.cleaning.cell import Cell, cleaner, doubtful, words


@cleaner("flag")
def flag(text: str) -> Cell:
    """Return 1 where the mark says yes, blank where it says no.

    △ and its like become blank, never 1, and are to be looked at: the standard has no half designation, and a
    map that took △ for 1 would send people to a place that may be under water.
    """
    answer = _flags().get(text.casefold())
    if answer == "yes":
        return Cell("1", "「はい」の印を 1 にする")
    if answer == "no":
        return Cell("", "「いいえ」の印を空にする")
    if answer == "partly":
        return Cell(
            "",
            "条件つきの印は 1 にしない",
            "条件つきの指定らしく、1 とも空とも決められない",
            "指定されているなら 1 と書き、条件を備考に書いてください。",
        )
    return doubtful("指定のあり・なしのどちらか分からない", "指定されているなら 1、いないなら空にしてください。")


@cleaner("presence")
def presence(text: str) -> Cell:
    """Return 有, 無, 可 or 不可 where the mark says so."""
    answer = _presence().get(text.casefold())
    if answer is None:
        return doubtful("有・無のどちらか分からない", "有か無（入れるかどうかなら可か不可）に直してください。")
    return Cell(answer, "あり・なしの印を標準のことばにする")


@lru_cache(maxsize=1)
def _flags() -> dict[str, str]:
    return {str(word): answer for answer, marks in words()["flags"].items() for word in marks}


@lru_cache(maxsize=1)
def _presence() -> dict[str, str]:
    marks = {str(word): answer for answer, known in words()["presence"].items() for word in known}
    return marks | {answer: answer for answer in words()["presence"]}
