"""What the values of a column look like, whatever stands above them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from machimap.bridge.cleaning.cell import words
from machimap.bridge.cleaning.text import DASH_MARKS
from machimap.datasets.tables import JAPAN
from machimap.places import all_places, check_digit

SAMPLE = 400
_CONTRARY = 0.2
_SPOKEN = 0.6
DASHES = frozenset(DASH_MARKS + "ー")
_SIGNS_OF_NOTHING = "".join(DASHES) + ".…*~〜/"
_NO_ANSWER = frozenset(["なし", "無し", "不明", "未定", "未設定", "該当なし", "特になし"])
_FACILITY = re.compile(
    r"(?:学校|校|学園|学院|大学|園|館|センター|ｾﾝﾀｰ|公園|広場|グラウンド|グランド|体育館|会館|公民館|集会所|集会場|寺|神社|院|ホール|"
    r"プラザ|ビル|タワー|役所|役場|支所|庁舎|荘|場|所|ハウス|住宅|団地|ホテル|マンション|駅|駐車場|ドーム|アリーナ|緑地|跡地|跡施設|"
    r"施設|病院|医院|クリニック|分団|詰所|倶楽部|クラブ|の家|の里|の森|苑|店|工場|署|河川敷|高台|台|橋|トイレ|便所|城|塔|舎|地|事務所)"
    r"(?:[（(].*[)）])?$"
)
_NUMBER = re.compile(r"^[+-]?[\d,]+(?:\.\d+)?(?:e[+-]?\d+)?$")
_COORDINATE = re.compile(r"^(-?\d{1,3}(?:\.\d+)?)\s*(?:度|°)?,?$")
_DMS = re.compile(
    r"^[NE北東]?緯?経?\s*(\d{1,3})\s*[度°:\s-]\s*(\d{1,2})\s*[分′'’:\s-]\s*(\d{1,2}(?:\.\d+)?)\s*(?:[秒″\"”]|''|′′|’’)?\s*[NE]?$"
)
_PAIR = re.compile(
    r"^\(?\s*(-?\d{1,3}\.\d{3,})\s*[,\s、/]\s*(-?\d{1,3}\.\d{3,})\s*\)?$|^point\s*z?\s*\((-?\d{1,3}\.?\d*)\s+(-?\d{1,3}\.?\d*)"
)
_POSTAL = re.compile(r"^〒?\s*\d{3}[-‐‑–—―−ー]?\d{4}$")
_POSTAL_SURE = re.compile(r"^〒\s*\d{3}|^\d{3}[-‐‑–—―−ー]\d{4}$")
_PHONE = re.compile(r"^(?:tel[:.\s]*)?\+?[\d()\-‐‑–—―−ー\s.]{6,20}(?:(?:\(?内線?|代表|代|内|ext)[\s\S]*)?\)?$")
_URL = re.compile(r"^\W*(?:\"?url\"?\s*:\s*\"?)?(?:https?://|www\.)\S+", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp)\W*$", re.IGNORECASE)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", re.IGNORECASE)
_KANA = re.compile(r"^[ァ-ヿぁ-ゟー・\s\d()\-、.&a-z]+$", re.IGNORECASE)
_HAS_KANA = re.compile(r"[ァ-ヿぁ-ゟ]{2}")
_ROMAJI = re.compile(r"^[a-zāēīōū][a-zāēīōū\d\s.,'’\-()&/]{3,}$", re.IGNORECASE)
_TIME = re.compile(r"^(?:午前|午後|am|pm)?\s*\d{1,2}\s*[::時]\s*\d{0,2}\s*分?(?::\d{2})?$|^24時間$|^終日$")
_DATE = re.compile(
    r"^(?:令和|平成|昭和|[rhs])?\.?\s*(?:\d{1,4}|元)\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?(?:[t\s].*)?$"
)
_DAYS = re.compile(r"^(?:毎日|平日|全日|年中無休|[月火水木金土日祝曜〜~・、,\s-]+)$")
_LETTER = re.compile(r"[぀-ヿ一-鿿々a-zA-Z]")
_JAPANESE = re.compile(r"[぀-ヿ一-鿿々]")
_ADDRESS = re.compile(r"[都道府県市区町村郡字]|丁目|番地|地内|番|地先|\d+\s*[-の]\s*\d+")
_LOT = re.compile(
    r"^(?:字|小字|大字)?(?:\d|[一二三四五六七八九十]+[番丁]|[甲乙丙丁イロハニホヘト]|無番|番外|地先|地内)|^[^市町村区\d]{1,6}\d+[番-]"
)
_WITH_LOT = re.compile(r"\d\s*[-ー−の]\s*\d|\d\s*番|\d\s*号|番地")
_PEOPLE = re.compile(r"\d\s*[人名]")
_ONE_NUMBER = re.compile(r"^[^\d〒]{0,15}\d[\d,.]*(?:[^\d:/-][^\d]{0,20})?$")
_ELEVATION = re.compile(r"^(?:約|海抜|標高|t\.?p\.?)?[+-]?\d{1,4}(?:\.\d+)?\s*(?:m|メートル)?(?:以上|程度)?$")
_ID = re.compile(r"^(?:[a-z]{0,5}|[一-鿿]{1,2})[-_]?[\d\-_.]+[a-z]?$", re.IGNORECASE)
_LABELLED = re.compile(r"^([^:：\d]{1,14})[:：]\s*(\S.*)$")
_CORPORATE = re.compile(r"^'?\d{13}$|^\d\.\d+e\+?12$")


@dataclass(frozen=True)
class Profile:
    """A column's values: how many rows, how many filled, how often the commonest differ, and a sample of filled cells.

    Cells are NFKC, small letters, trimmed; cells that only say 「なし」 or a dash count as blank except for flags.
    """

    rows: int
    filled: int
    distinct: int
    cells: tuple[str, ...]
    raw: tuple[str, ...]
    marks: tuple[str, ...]
    label: str = ""
    _shares: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    @property
    def blank(self) -> bool:
        """Whether nothing stands in the column."""
        return not self.cells and not self.marks

    @property
    def unique(self) -> float:
        """The share of different values among the filled cells."""
        return self.distinct / self.filled if self.filled else 0.0

    def share(self, look: str) -> float:
        """The share of the filled cells that have a look (0 when blank)."""
        if look not in self._shares:
            cells = self.marks if look == "flag" else self.cells
            counted = Counter(cells)
            test = LOOKS[look]
            hits = sum(count for cell, count in counted.items() if test(cell))
            self._shares[look] = hits / len(cells) if cells else 0.0
        return self._shares[look]


def profile(column: pd.Series) -> Profile:
    """Return the profile of a column of strings; a long one is looked at in an evenly spaced sample."""
    texts = column.astype("str")
    filled = texts[texts != ""]
    step = max(1, len(filled) // SAMPLE)
    raw = tuple(text for cell in filled.iloc[::step] if (text := cell.strip()))
    folded = [unicodedata.normalize("NFKC", text).strip().casefold() for text in raw]
    meant = [(cell, text) for cell, text in zip(folded, raw, strict=True) if not _is_nothing(cell)]
    cells = tuple(cell for cell, _ in meant)
    return Profile(
        rows=len(texts),
        filled=len(filled),
        distinct=int(filled.nunique()),
        cells=cells,
        raw=tuple(text for _, text in meant),
        marks=tuple(folded),
        label=_label(cells),
    )


def fits(values: Profile, look: str) -> float:
    """Return how well a column's values bear out a look, from 0 to 1, when its head says so already."""
    if look in ("text", ""):
        coordinates = max(values.share("fine_latitude"), values.share("fine_longitude")) > 0.9
        flags = bool(values.cells) and values.distinct <= 4 and all(map(_is_flag, values.cells))
        return _CONTRARY if coordinates or flags else 1.0
    if look == "flag":
        # 「可（2階以上）」 says something of use, but not plainly: a person has to see it.
        return max(values.share("flag"), _SPOKEN * values.share("spoken_flag"))
    return values.share(look)


# The looks that are worth a word, the narrowest first.
_SHAPES = {
    "fine_latitude": "緯度",
    "fine_longitude": "経度",
    "pair": "緯度と経度",
    "email": "メールアドレス",
    "url": "ウェブのアドレス",
    "sure_postal": "郵便番号",
    "sure_phone": "電話番号",
    "flag": "印（○や1）",
    "number": "数",
    "date": "日付",
    "time": "時刻",
    "prefecture": "都道府県",
    "municipality": "市区町村",
    "kana": "かな",
    "romaji": "英字",
    "sure_address": "住所",
}


def shape(column: pd.Series) -> str:
    """Return the shape of a column's values in one Japanese word; "" when blank, 「文字」 when mixed."""
    values = profile(column)
    if not values.cells:
        return "印（○や1）" if values.marks and values.share("flag") > 0.9 and values.filled > values.distinct else ""
    return next((word for look, word in _SHAPES.items() if values.share(look) >= 0.9), "文字")


def coordinate(cell: str, axis: str) -> bool:
    """Tell whether a folded cell is a latitude or longitude of Japan, in degrees or in degrees, minutes and seconds."""
    low, high = JAPAN[axis]
    if match := _COORDINATE.match(cell):
        return low <= float(match.group(1)) <= high
    if match := _DMS.match(cell):
        degrees, minutes, seconds = map(float, match.groups())
        return low <= degrees + minutes / 60 + seconds / 3600 <= high
    return False


def pair(cell: str) -> tuple[str, str] | None:
    """Return (latitude, longitude) of a cell that holds both (「35.6, 139.3」, 「POINT (139.3 35.6)」), or None."""
    match = _PAIR.match(unicodedata.normalize("NFKC", cell).strip().casefold())
    if not match:
        return None
    one, other = [part for part in match.groups() if part]
    if coordinate(one, "緯度") and coordinate(other, "経度"):
        return one, other
    return (other, one) if coordinate(other, "緯度") and coordinate(one, "経度") else None


def labelled(cell: str) -> tuple[str, str] | None:
    """Return label and value of a cell such as 「標高:34.9m」, or None."""
    match = _LABELLED.match(cell.strip())
    return (match.group(1).strip(), match.group(2).strip()) if match else None


def _label(cells: tuple[str, ...]) -> str:
    labels = Counter(found[0] for cell in cells if (found := labelled(cell)))
    if not labels:
        return ""
    label, count = labels.most_common(1)[0]
    return label if count >= 0.8 * len(cells) and not label.startswith(("http", '"')) else ""


def _is_nothing(cell: str) -> bool:
    return cell in _NO_ANSWER or cell in _nothings() or not cell.strip(_SIGNS_OF_NOTHING)


@cache
def _nothings() -> frozenset[str]:
    return frozenset(map(str, words()["nothing"]))


def _is_flag(cell: str) -> bool:
    return cell in _flag_marks() or cell in DASHES


@cache
def _flag_marks() -> frozenset[str]:
    known = [*words()["flags"].values(), *words()["presence"].values(), list(words()["presence"])]
    return frozenset(str(mark).casefold() for marks in known for mark in marks)


def _is_lg_code(cell: str) -> bool:
    digits = cell.removesuffix(".0").lstrip("'")
    if not digits.isdecimal() or len(digits) not in (4, 5, 6):
        return False
    five = digits.zfill(5) if len(digits) < 6 else ""
    if five and five in _codes() | {code + "000" for code in _prefecture_codes()}:
        return True
    six = digits.zfill(6)
    return six[:2] in _prefecture_codes() and check_digit(six[:5]) == six[5]


@cache
def _codes() -> frozenset[str]:
    return frozenset(place.code for place in all_places())


@cache
def _prefecture_codes() -> frozenset[str]:
    return frozenset(code[:2] for code in _codes())


@cache
def prefecture_names() -> frozenset[str]:
    """The 47 prefectures."""
    return frozenset(place.prefecture for place in all_places())


@cache
def municipality_names() -> frozenset[str]:
    """Names of municipalities as tables write them: with and without county, wards with and without their city."""
    names = set()
    for place in all_places():
        names |= {place.name, place.own_name, place.county + place.name}
    return frozenset(names)


def _after_prefecture(cell: str) -> str:
    found = next((name for name in prefecture_names() if cell.startswith(name)), "")
    return cell.removeprefix(found).strip()


def _is_municipality(cell: str) -> bool:
    return cell.replace(" ", "") in municipality_names()


def _is_body(cell: str) -> bool:
    rest = _after_prefecture(cell)
    return (not rest and bool(cell)) or _is_municipality(rest)


def starts_with_place(cell: str) -> bool:
    """Tell whether a folded cell starts with a prefecture or a municipality and goes on."""
    rest = _after_prefecture(cell)
    if rest and rest != cell:
        return True
    return any(rest[:length] in municipality_names() for length in range(2, min(len(rest), 11)))


def _is_phone(cell: str) -> bool:
    digits = sum(char.isdigit() for char in re.split(r"内|代|ext", cell)[0])
    return bool(_PHONE.match(cell)) and 6 <= digits <= 11 and not _COORDINATE.match(cell)


def _is_name(cell: str) -> bool:
    if starts_with_place(cell) and re.search(r"\d\s*-\s*\d|丁目|番地", cell):
        return False
    return bool(_LETTER.search(cell)) and not _is_flag(cell) and not _URL.match(cell) and not _EMAIL.match(cell)


def _is_address(cell: str) -> bool:
    return bool(_JAPANESE.search(cell)) and (bool(_ADDRESS.search(cell)) or starts_with_place(cell))


def _is_quarter(cell: str) -> bool:
    """Tell whether a cell may be a quarter of a town, without the lot (架空町1丁目, not 架空町1-2)."""
    return bool(_JAPANESE.search(cell)) and not _FACILITY.search(cell) and not _WITH_LOT.search(cell)


def _is_capacity(cell: str) -> bool:
    """Tell whether a cell is a number of people: with a word for them, or one number with little around it."""
    if _PEOPLE.search(cell):
        return True
    if _COORDINATE.match(cell) and "." in cell and len(cell.split(".")[1]) > 2:
        return False
    return bool(_ONE_NUMBER.match(cell)) and not (_FACILITY.search(cell) or _ADDRESS.search(cell) or _DATE.match(cell))


LOOKS: dict[str, Callable[[str], bool]] = {
    "flag": _is_flag,
    "spoken_flag": lambda cell: (
        _is_flag(cell) or bool(re.search(r"^[○〇◯◎●△▲×✕]|可|適|\d+階|屋上|のみ|使用|開設", cell))
    ),
    "latitude": lambda cell: coordinate(cell, "緯度"),
    "longitude": lambda cell: coordinate(cell, "経度"),
    "fine_latitude": lambda cell: coordinate(cell, "緯度") and bool(re.search(r"\.\d{3}|[分′']", cell)),
    "fine_longitude": lambda cell: coordinate(cell, "経度") and bool(re.search(r"\.\d{3}|[分′']", cell)),
    "pair": lambda cell: pair(cell) is not None,
    "postal": lambda cell: bool(_POSTAL.match(cell)),
    "sure_postal": lambda cell: bool(_POSTAL_SURE.match(cell)),
    "phone": _is_phone,
    "sure_phone": lambda cell: (
        _is_phone(cell) and re.sub(r"\D", "", cell)[:1] == "0" and bool(re.search(r"\d[-()−ー]+\d", cell))
    ),
    "url": lambda cell: bool(_URL.match(cell)),
    "image": lambda cell: bool(_URL.match(cell)) or bool(_IMAGE.search(cell)),
    "sure_image": lambda cell: bool(_IMAGE.search(cell)),
    "email": lambda cell: bool(_EMAIL.match(cell)),
    "kana": lambda cell: bool(_KANA.match(cell)) and bool(_HAS_KANA.search(cell)),
    "romaji": lambda cell: bool(_ROMAJI.match(cell)),
    "prefecture": lambda cell: cell in prefecture_names() or cell + "県" in prefecture_names(),
    "municipality": lambda cell: _is_municipality(_after_prefecture(cell)),
    "body": _is_body,
    "lg_code": _is_lg_code,
    "corporate": lambda cell: bool(_CORPORATE.match(cell)),
    "address": _is_address,
    "lot_address": lambda cell: _is_address(cell) and bool(re.search(r"\d|番|地内", cell)),
    "sure_address": lambda cell: starts_with_place(cell) and bool(re.search(r"\d|丁目|地内|番", cell)),
    "quarter": _is_quarter,
    "lot": lambda cell: bool(_LOT.match(cell)) and not re.fullmatch(r"\d+\.\d{3,}", cell),
    "name": _is_name,
    "sure_name": lambda cell: bool(_FACILITY.search(cell)) and bool(_JAPANESE.search(cell)),
    "number": lambda cell: bool(_NUMBER.match(cell)),
    "elevation": lambda cell: bool(_ELEVATION.match(cell.replace(",", ""))),
    "capacity": _is_capacity,
    "sure_capacity": lambda cell: bool(re.search(r"\d\s*[人名]", cell)),
    "extension": lambda cell: bool(re.fullmatch(r"(?:内線)?[\d\-,、・~\s]{1,12}", cell)) and not _is_lg_code(cell),
    "id": lambda cell: bool(_ID.match(cell)) or bool(re.fullmatch(r"[a-z\d\-_]{3,40}", cell)),
    "sure_id": lambda cell: bool(re.fullmatch(r"[a-z]{1,3}\d{6,12}", cell)),
    "time": lambda cell: bool(_TIME.match(cell)),
    "date": lambda cell: bool(_DATE.match(cell)),
    "days": lambda cell: bool(_DAYS.match(cell)),
}
