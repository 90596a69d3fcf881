"""Numbers that stand for something: municipalities, corporations, rows, postal areas."""

from __future__ import annotations

import re
from functools import lru_cache

from machimap import places
from machimap.bridge.cleaning.cell import Cell, cleaner, doubtful
from machimap.bridge.cleaning.text import DASHES, is_spoilt, plain_integer

LOST = "表計算ソフトで桁が失われた数で、もとの番号は分からない"
LOOK_UP = "もとの資料から、桁のそろった番号を書き写してください。"


@cleaner("lg_code")
def lg_code(text: str) -> Cell:
    """Return the 6-digit 全国地方公共団体コード: a check digit added to five digits, a lost zero put back.

    Only where exactly one municipality or prefecture fits; a wrong check digit is never mended.
    """
    digits = plain_integer(text)
    if digits is None:
        lost = is_spoilt(text)
        return doubtful(LOST if lost else "6桁のコードでない", LOOK_UP)
    if len(digits) == 6 and digits in known_codes():
        return Cell(digits, "コードを6桁の数字だけにする")
    fits = code_candidates(digits)
    if len(fits) == 1:
        added = (
            "検査数字をつけて6桁にする" if len(digits) == 5 and fits[0].startswith(digits) else "落ちた先頭の 0 を補う"
        )
        return Cell(fits[0], f"コードの{added}")
    if fits:
        named = "と".join(fits)
        return doubtful(f"5桁のコードで、{named}のどちらか決められない", "6桁のコードを書いてください。")
    if len(digits) == 6 and is_lg_code(digits):
        return Cell(digits, "コードを6桁の数字だけにする", "このコードの自治体は、今の表にない", LOOK_UP)
    problem = "コードの検査数字が合わない" if len(digits) == 6 else "コードが6桁でない"
    return doubtful(problem, "自治体のコードを確かめて、6桁で書いてください。")


@cleaner("corporate_number")
def corporate_number(text: str) -> Cell:
    """Return the 13 digits of a 法人番号 whose check digit is right."""
    digits = plain_integer(re.sub(rf"(?<=[0-9])[{DASHES} ](?=[0-9])", "", text))
    if digits is None:
        return doubtful(LOST if is_spoilt(text) else "13桁の法人番号でない", LOOK_UP)
    if not is_corporate_number(digits):
        return doubtful("法人番号の桁の数か検査数字が合わない", LOOK_UP)
    return Cell(digits, "法人番号を13桁の数字だけにする")


@cleaner("id")
def identifier(text: str) -> Cell:
    """Return the ID of a row; a spreadsheet's `.0` goes, other signs than letters, digits, - and _ are to be looked at."""
    if re.fullmatch(r"[0-9]+\.0+", text):
        return Cell(text.partition(".")[0], "番号の「.0」をとる")
    if is_spoilt(text):
        return doubtful(LOST, LOOK_UP)
    if not re.fullmatch(r"[0-9A-Za-z_-]+", text):
        return doubtful("IDに半角の英数字でない文字がある", "半角の英字、数字、-、_ だけで書いてください。")
    return Cell(text)


@cleaner("postal")
def postal(text: str) -> Cell:
    """Return the seven digits of a postal code."""
    match = re.fullmatch(rf"(?:〒|郵便番号)?\s?:?\s?([0-9]{{3}})\s?[{DASHES}ー]?\s?([0-9]{{4}})(?:\.0+)?", text)
    if match:
        return Cell("".join(match.groups()), "郵便番号を7桁の数字だけにする")
    lost = "（先頭の 0 が落ちた疑い）" if re.fullmatch(r"[0-9]{6}(?:\.0+)?", text) else ""
    return doubtful(f"郵便番号が7桁でない{lost}", "7桁の数字で書いてください。")


def is_lg_code(digits: str) -> bool:
    """Tell whether six digits end in the right check digit."""
    return bool(re.fullmatch("[0-9]{6}", digits)) and places.check_digit(digits[:5]) == digits[5]


def is_corporate_number(digits: str) -> bool:
    """Tell whether 13 digits begin with the right check digit (法人番号の指定等に関する省令: weights 1 and 2, modulo 9)."""
    if not re.fullmatch("[0-9]{13}", digits):
        return False
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits[1:])))
    return int(digits[0]) == 9 - total % 9


def code_candidates(digits: str) -> list[str]:
    """Return the codes that digits may stand for: their check digit left out, or a zero at their front lost."""
    if not re.fullmatch("[0-9]{4,5}", digits):
        return []
    fits = []
    for five in {5: [digits], 4: ["0" + digits]}.get(len(digits), []):
        fits.append(five + places.check_digit(five))
    if len(digits) == 5:
        fits.append("0" + digits)
    return [code for code in dict.fromkeys(fits) if code in known_codes()]


@lru_cache(maxsize=1)
def known_codes() -> frozenset[str]:
    """Return the codes of all municipalities, wards and prefectures."""
    municipalities = {place.lg_code for place in places.all_places()}
    prefectures = {code[:2] + "000" for code in municipalities}
    return frozenset(municipalities | {code + places.check_digit(code) for code in prefectures})
