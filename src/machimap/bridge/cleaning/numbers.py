"""Heights, numbers of people, extensions, degrees."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from machimap.bridge.cleaning.cell import Cell, cleaner, doubtful
from machimap.bridge.cleaning.text import DASHES

FEW_DECIMALS, FEW_MINUTE_DECIMALS = 4, 2
BLURRED = "地図で位置を確かめ、小数点より下を6桁まで書いてください。"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
_HEIGHT = re.compile(rf"(?:標高|海抜|高さ|T\.?P\.?)?[:=]?\s?([+-]?)({_NUMBER})\s?(?:m|M|メートル|㍍)?")
_PEOPLE = re.compile(
    r"(?:想定)?(?:収容)?(?:可能)?(?:人数|人員|定員)?[:]?\s?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?\s?(?:人|名)?"
)
# 「810人（2平方メートルあたり1人）」 is how the standard itself writes the number of people.
_WITH_DENSITY = re.compile(r"([0-9,]+)人[(（]([0-9.]+)(平方メートル|㎡|m2|m²)(?:あたり|当たり|に)([0-9]+)人[)）]")
_DEGREE, _MINUTE, _SECOND = r"[度°º゜˚\u309ad:. -]", r"[分'’′´m:. -]", r"(?:[秒\"”″s]|''|’’|′′)"
_DMS = re.compile(
    rf"([0-9]{{1,3}})\s?{_DEGREE}\s?([0-9]{{1,2}})\s?{_MINUTE}\s?([0-9]{{1,2}}(?:\.[0-9]+)?)\s?{_SECOND}?",
    re.IGNORECASE,
)
_DM = re.compile(r"([0-9]{1,3})\s?[度°º゜˚\u309a]\s?([0-9]{1,2}(?:\.[0-9]+)?)\s?[分'’′]")
_DASH = re.compile(f"[{DASHES}]")
_DECIMAL = re.compile(r"\+?([0-9]{1,3}(?:\.([0-9]+))?)\s?[度°º]?")
_PAIR = re.compile(r"\(?([0-9]{2,3}\.[0-9]{4,})\s?[,、/ ]\s?([0-9]{2,3}\.[0-9]{4,})\)?")
_AXIS = re.compile(
    r"^(?:北緯|東経|緯度|経度|lat(?:itude)?|lon(?:gitude)?|lng|[NE](?=\s?[0-9]))\s?[:=]?\s?|\s?(?:[NE]|北緯|東経)$",
    re.I,
)


@cleaner("number")
def number(text: str) -> Cell:
    """Return a number without its unit and thousands' commas; a number that is only 「約」 stays in words."""
    match = _HEIGHT.fullmatch(re.sub(f"^[{DASHES}](?=[0-9])", "-", text))
    if not match:
        return doubtful("1つの数として読めない", "数だけを書いてください。")
    sign, digits = match.groups()
    return Cell(sign.replace("+", "") + digits.replace(",", ""), "単位と桁の区切りをとって数にする")


@cleaner("capacity")
def capacity(text: str) -> Cell:
    """Return the number of people as digits, or with its density as the standard writes it.

    Nothing is added up and nothing guessed: 「屋内480人／屋外3,350人」, 「約500人」 and 「100人2.0㎡あたり1人」 stay.
    """
    if match := _PEOPLE.fullmatch(text):
        return Cell(match.group(1).replace(",", ""), "人数を数字だけにする")
    if match := _WITH_DENSITY.fullmatch(text):
        people, area, unit, one = match.groups()
        unit = unit if unit == "平方メートル" else "㎡"
        return Cell(f"{people.replace(',', '')}人（{area}{unit}あたり{one}人）", "人数の書き方を標準に合わせる")
    return doubtful(
        "受け入れられる人数が1つに決まらない",
        "人数が決まっているなら数字だけを書き、残りを備考に書いてください。",
    )


@cleaner("extension")
def extension(text: str) -> Cell:
    """Return the digits of an extension."""
    match = re.fullmatch(r"\(?(?:内線?|ext\.?)?[:)]?\s?([0-9]+)(?:\.0+)?\s?番?\)?", text, re.I)
    if not match:
        return doubtful("内線番号として読めない", "数字だけを書いてください。")
    return Cell(match.group(1), "内線番号を数字だけにする")


@cleaner("latitude")
def latitude(text: str) -> Cell:
    """Return decimal degrees; of a pair in one cell the latitude, the other goes apart. See `degrees`."""
    return _of_pair(text, 0) or degrees(text)


@cleaner("longitude")
def longitude(text: str) -> Cell:
    """Return decimal degrees; of a pair in one cell the longitude, the other goes apart. See `degrees`."""
    return _of_pair(text, 1) or degrees(text)


def degrees(text: str) -> Cell:
    """Return decimal degrees: of decimals as they are, of degrees, minutes and seconds to six decimals.

    Which axis, whether in Japan, whether in the municipality: that needs the whole row (`coordinates`).
    """
    bare = _AXIS.sub("", text.strip(" ,、;")).strip(" ,、;")
    bare = _DASH.sub("-", bare)
    if match := _DECIMAL.fullmatch(bare):
        return _decimal(match.group(1), match.group(2) or "")
    if match := _DMS.fullmatch(bare):
        return _sexagesimal(*match.groups())
    if match := _DM.fullmatch(bare):
        return _blurred(_sexagesimal(*match.groups(), "0"), match.group(2))
    return doubtful("緯度や経度の数として読めない", "「35.666312」のような度の数に直してください。")


def _of_pair(text: str, axis: int) -> Cell | None:
    match = _PAIR.fullmatch(text)
    pair = sorted(match.groups(), key=float) if match else []
    return Cell(pair[axis], "1つの欄にある緯度と経度を分ける", apart=pair[1 - axis]) if match else None


def _decimal(digits: str, decimals: str) -> Cell:
    if len(decimals) >= FEW_DECIMALS:
        return Cell(digits, "緯度経度を度の数だけにする")
    blur = f"およそ{111_000 // 10 ** len(decimals):,}m"
    return Cell(
        digits,
        "緯度経度を度の数だけにする",
        f"小数点より下が{len(decimals)}桁しかなく、位置が{blur}の幅であいまい",
        BLURRED,
    )


def _blurred(cell: Cell, minutes: str) -> Cell:
    """Tell that minutes without seconds leave the place open, unless their decimals settle it."""
    decimals = len(minutes.partition(".")[2])
    if cell.doubt or decimals >= FEW_MINUTE_DECIMALS:
        return cell
    blur = f"およそ{1_850 // 10**decimals:,}m"
    return cell._replace(doubt=f"秒がなく、位置が{blur}の幅であいまい", action=BLURRED)


def _sexagesimal(degree: str, minute: str, second: str) -> Cell:
    if float(minute) >= 60 or float(second) >= 60 or int(degree) > 180:
        return doubtful("度分秒としてありえない数を含む", "「35.666312」のような度の数に直してください。")
    value = Decimal(degree) + Decimal(minute) / 60 + Decimal(second) / 3600
    return Cell(str(value.quantize(Decimal("0.000001"), ROUND_HALF_UP)), "度分秒を度の数にする")
