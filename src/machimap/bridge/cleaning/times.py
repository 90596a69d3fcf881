"""Dates, times of day, days of the week."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from machimap.bridge.cleaning.cell import Cell, cleaner, doubtful, words
from machimap.bridge.cleaning.text import DASHES, compact

DAYS = "月火水木金土日"
SERIALS = (date(1990, 1, 1), date(2050, 1, 1))
_DATE_RULE = "日付を 2025-01-09 の形にする"
_DATE_ACTION = "2025-01-09 のように、西暦の年月日で書いてください。"
_TIME_RULE = "時刻を 09:00 の形にする"
_TIME_ACTION = "09:00 のように書き、季節や曜日で違うときは特記事項に書いてください。"
_SEPARATOR = rf"\s?[年/.{DASHES}]\s?"
_MONTH_DAY = rf"([0-9]{{1,2}})\s?[月/.{DASHES}]\s?([0-9]{{1,2}})\s?日?(?:\s?\(([月火水木金土日])(?:曜日?)?\))?"


@cleaner("date")
def calendar_date(text: str) -> Cell:
    """Return a date in ISO form of 和暦, of the usual spellings, and of a spreadsheet's day number from 1990 on.

    A day that never was (令和7年2月30日, 平成32年4月1日) and a date without a day stay as they were.
    """
    text = re.sub(r"\s?(?:現在|時点)$", "", text)
    readings = (read(text) for read in (_iso, _era, _packed, _serial))
    found = next((day for day in readings if day is not None), None)
    if found is None:
        return doubtful("年月日として読めない", _DATE_ACTION)
    if found == "":
        return doubtful("暦にない日", _DATE_ACTION)
    return Cell(found, _DATE_RULE)


@cleaner("time")
def time_of_day(text: str) -> Cell:
    """Return a time as 09:00; 「17時頃」, 「終日」, 「午後12時」 and times that depend on the season stay as they were."""
    match = re.fullmatch(
        r"(午前|午後|AM|PM)?\s?([0-9]{1,2})\s?(?:[:時]\s?([0-9]{1,2})?\s?分?(?::00)?|時半)", text, re.I
    )
    if match:
        half, hour, minute = match.group(1) or "", int(match.group(2)), match.group(3) or "0"
        minute = "30" if text.endswith("時半") else minute
        if ":" in text and len(match.group(3) or "") != 2:
            return doubtful("時刻として読めない", _TIME_ACTION)
        return _time(half.upper(), hour, int(minute))
    if re.fullmatch(r"0\.[0-9]{2,}|0\.5", text) and (minutes := _day_share(text)) is not None:
        return Cell("{:02}:{:02}".format(*divmod(minutes, 60)), _TIME_RULE)
    return doubtful("1つの時刻として読めない", _TIME_ACTION)


@cleaner("weekdays")
def weekdays(text: str) -> Cell:
    """Return days of the week as 月火水木金, Monday first; 祝 has no place in the column and stays with its cell."""
    rule = "曜日を 月火水木金 の形にする"
    if compact(text) in {compact(word) for word in words()["every_day"]}:
        return Cell(DAYS, rule)
    bare = re.sub(r"曜日?|[、,・/／; ]", "", text)
    if match := re.fullmatch(rf"([{DAYS}])[~〜～{DASHES}ー]([{DAYS}])", bare):
        first, last = (DAYS.index(day) for day in match.groups())
        if first < last:
            return Cell(DAYS[first : last + 1], rule)
    if re.fullmatch(rf"[{DAYS}]+", bare) and len(set(bare)) == len(bare):
        return Cell("".join(day for day in DAYS if day in bare), rule)
    return doubtful(
        "曜日だけとして読めない",
        "使える曜日だけを 月火水木金 のように書き、祝日などは特記事項に書いてください。",
    )


def _iso(text: str) -> str | None:
    match = re.fullmatch(rf"(?:西暦)?([12][0-9]{{3}}){_SEPARATOR}{_MONTH_DAY}(?:[ T]0?0:00(?::00(?:\.0+)?)?)?", text)
    return _day(int(match.group(1)), *match.groups()[1:]) if match else None


def _era(text: str) -> str | None:
    match = re.fullmatch(rf"([^\W0-9_]{{1,2}}|[㋿㍻㍼㍽㍾])\s?\.?\s?([0-9]{{1,2}}|元){_SEPARATOR}{_MONTH_DAY}", text)
    era = _eras().get(match.group(1).casefold()) if match else None
    if era is None:
        return None
    first, last, one = era
    year = one - 1 + (1 if match.group(2) == "元" else int(match.group(2)))
    found = _day(year, *match.groups()[2:])
    return found if found and first <= date.fromisoformat(found) <= last else ""


def _packed(text: str) -> str | None:
    match = re.fullmatch(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?:\.0+)?", text)
    return _day(int(match.group(1)), match.group(2), match.group(3), None) if match else None


def _serial(text: str) -> str | None:
    match = re.fullmatch(r"([0-9]{5})(?:\.0+)?", text)
    found = date(1899, 12, 30) + timedelta(days=int(match.group(1))) if match else None
    return found.isoformat() if found and SERIALS[0] <= found < SERIALS[1] else None


def _day(year: int, month: str, day: str, weekday: str | None) -> str:
    """Return the ISO form, or "" when there is no such day or it is another day of the week."""
    try:
        found = date(year, int(month), int(day))
    except ValueError:
        return ""
    return "" if weekday and DAYS[found.weekday()] != weekday else found.isoformat()


def _time(half: str, hour: int, minute: int) -> Cell:
    if half in ("午前", "午後") and hour == 12:
        return doubtful("昼の12時か夜の12時か分からない", _TIME_ACTION)
    if (half and hour > 12) or minute > 59 or hour * 60 + minute > 24 * 60:
        return doubtful("ありえない時刻", _TIME_ACTION)
    if half in ("午後", "PM") and hour < 12:
        hour += 12
    if half == "AM" and hour == 12:
        hour = 0
    return Cell(f"{hour:02}:{minute:02}", _TIME_RULE)


def _day_share(text: str) -> int | None:
    """Return the minutes of a spreadsheet's share of a day (0.375 is 9:00), or None when it is no whole minute."""
    minutes = float(text) * 1440
    return round(minutes) if abs(minutes - round(minutes)) < 0.001 else None


@lru_cache(maxsize=1)
def _eras() -> dict[str, tuple[date, date, int]]:
    return {str(name): (era["first"], era["last"], era["one"]) for era in words()["eras"] for name in era["names"]}
