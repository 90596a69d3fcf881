"""Telephone numbers of Japan."""

from __future__ import annotations

import re

import phonenumbers

from machimap.bridge.cleaning.cell import Cell, cleaner, doubtful
from machimap.bridge.cleaning.text import DASHES

RULE = "電話番号を - で区切る"
ACTION = "市外局番から、03-1234-5678 のように書いてください。"
_EXTENSION = re.compile(r"\s?[(,、]?\s?(?:内線?|ext\.?)\s?(?:番号)?[:)]?\s?([0-9]{1,6})\s?番?\s?\)?$", re.I)
_LABEL = re.compile(
    r"^(?:tel|電話(?:番号)?|☎|℡|代表|直通|\((?:代表?|直通)\))\s?[.:]?\s?|\s?\((?:代表?|直通)\)$|\s?(?:代表|直通)$", re.I
)
_BETWEEN = re.compile(r"\s?(?:[;、,/／]|または|又は|及び|・)\s?(?=\(?0)")


@cleaner("phone")
def phone(text: str) -> Cell:
    """Return a telephone number as 042-626-3111; an extension goes apart.

    The writer's own groups are kept; digits without groups are grouped only when libphonenumber knows the area. No
    digit is ever added: a number without its area code or its first 0 stays as it was.
    """
    bare, extension = _without_extension(text)
    numbers = [_grouped(_LABEL.sub("", part).strip()) for part in _BETWEEN.split(bare)]
    if None in numbers:
        return doubtful(*_why(bare))
    value = ";".join(numbers)
    if len(numbers) > 1:
        return Cell(value, RULE, "電話番号が2つ以上ある", "1つを残し、ほかは連絡先備考に書いてください。", extension)
    if not _is_assigned(value):
        return Cell(value, RULE, "今の市外局番にない番号らしい", ACTION, extension)
    return Cell(value, "内線番号を分け、" + RULE if extension else RULE, apart=extension)


def _without_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.search(text)
    return (text[: match.start()], match.group(1)) if match else (text, "")


def _grouped(text: str) -> str | None:
    """Return the number with `-` between its groups, or None when it is none or its groups cannot be told."""
    text = re.sub(rf"[{DASHES}ー~〜～]", "-", text)
    if text.startswith("+81"):
        text = "0" + text.removeprefix("+81").replace("(0)", "", 1).lstrip("- (")
    groups = re.findall("[0-9]+", text)
    digits = "".join(groups)
    if not re.fullmatch(r"\(?[0-9]+\)?(?:[- .]{0,3}\(?[0-9]+\)?){0,2}", text) or not digits.startswith("0"):
        return None
    if len(digits) != (11 if re.match("0[5789]0|0800", digits) else 10):
        return None
    if len(groups) == 3 and len(groups[0]) >= 2 and 3 <= len(groups[2]) <= 4:
        return "-".join(groups)
    return _by_area(digits)


def _by_area(digits: str) -> str | None:
    parsed = _parsed(digits)
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        return None
    formatted = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return formatted if formatted.replace("-", "") == digits else None


def _is_assigned(number: str) -> bool:
    parsed = _parsed(number)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return None


def _why(text: str) -> tuple[str, str]:
    digits = re.sub("[^0-9]", "", text)
    if re.fullmatch(rf"[0-9 ()+.{DASHES}]+", text):
        if 5 <= len(digits) <= 8:
            return "市外局番がないらしい", ACTION
        if len(digits) in (9, 10) and _by_area("0" + digits):
            return "先頭の 0 が落ちているらしい", ACTION
    return "電話番号として読めない", ACTION
