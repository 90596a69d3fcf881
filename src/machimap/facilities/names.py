"""Names of facilities as town halls write them: a key for each, and how well two of them agree."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rapidfuzz import fuzz

SIMILAR_RATIO = 0.7
OLD_FORMS = str.maketrans(
    "髙﨑嵜碕邊邉齋齊濵濱澤櫻廣國學舘曾檜藪瀨德黑冨埜瀧澁圓寶當眞靜惠榮條萬壽縣來傳鐵驛會豐佛觀穗龜鹽淺總彌兒與藏嶋嶌渕挾",
    "高崎崎崎辺辺斎斉浜浜沢桜広国学館曽桧薮瀬徳黒富野滝渋円宝当真静恵栄条万寿県来伝鉄駅会豊仏観穂亀塩浅総弥児与蔵島島淵挟",
)
_OPENING, _CLOSING = "([{〔【〈《≪<", ")]}〕】〉》≫>"
_DASHES = "-‐‑‒–—―−─━ｰ－"
_KANJI = r"[一-鿿々]"
_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_FOUNDED_BY = re.compile(r"^.{0,8}?[都道府県市区町村]立(?=..)")
_FOUNDER_MARKS = frozenset("国都道府県市区町村私学株有財社福医")
_FLOOR = re.compile(r"^(?:地下)?[\d,・~-]*(?:階|f|屋上)(?:以上|建)?$|^屋上$")
_FORMER = re.compile(r"^(?:旧|元(?=.+(?:学校|小|中|高)$))")
_SCHOOL_PARTS = (
    "屋内運動場|体育館|体育室|校庭|グラウンド|グランド|運動場|武道場|武道館|講堂|本校舎|分校舎|校舎|駐車場|"
    "アリーナ|プール|多目的ホール|敷地|跡地"
)
_AFTER_SCHOOL = re.compile(
    rf"^(.*?(?:学校|学園|学院|高校|大学|分校|幼稚園|保育園|保育所|こども園))[ ・]*((?:{_SCHOOL_PARTS})(?:[ ・]*(?:{_SCHOOL_PARTS}))*)$"
)
_SHORT_SCHOOLS = (
    (re.compile("小・?中学校"), "小中"),
    (re.compile("高等学校|高校"), "高"),
    (re.compile("中学校"), "中"),
    (re.compile("小学校"), "小"),
)
_KINDS = (
    "小中|義務教育学校|中等教育学校|特別支援学校|大学|小|中|高|幼稚園|保育園|保育所|こども園|児童館|公民館|公会堂|市民館|"
    "町民センター|市民センター|区民センター|コミュニティセンター|コミュニティ防災センター|地域交流センター|"
    "福祉センター|デイサービスセンター|文化会館|文化ホール|体育館|武道館|公園|運動公園|神社|寺|集会所|集会場|"
    "図書館|資料館|病院|市役所|町役場|村役場|支所|消防署|駐車場|タワー|防災広場|広場|団地|グラウンド|野球場"
)
_KIND = re.compile(rf"^(.+?)({_KINDS})$")
# One such character is a whole different place: 第一小 and 第二小, 由木東小 and 由木西小, 上柚木小 and 下柚木小.
_TELLING = frozenset("0123456789abcdefghijklmnopqrstuvwxyz一二三四五六七八九十東西南北上中下大小新前後左右内外元本分")


class Likeness(Enum):
    """How two names agree: the weight of the name in the score, and the words for it."""

    SAME = (1.0, "名前が同じで、")
    WRITING = (1.0, "名前は書き方だけが違い（{0} ↔ {1}）、")
    CORE = (0.92, "名前の主な部分が同じで（{0} ↔ {1}）、")
    ALIAS = (0.8, "かっこ書きの名前が相手の名前と同じで（{0} ↔ {1}）、")
    PART = (0.7, "名前の主な部分は同じだがかっこ書きや建物が違い（{0} ↔ {1}）、")
    LONGER = (0.65, "片方の名前がもう片方の名前を含み（{0} ↔ {1}）、")
    SIMILAR = (0.65, "名前は似ているが同じではなく（{0} ↔ {1}）、")

    @property
    def weight(self) -> float:
        return self.value[0]

    def words(self, one: str, other: str) -> str:
        """Return the Japanese half-sentence for two names as they were written."""
        return self.value[1].format(one.strip(), other.strip())


NAMESAKES = (Likeness.SAME, Likeness.WRITING, Likeness.CORE)


@dataclass(frozen=True)
class NameKey:
    """What of a name is compared.

    core: the name without brackets, founder and parts of the building; details: what was taken off (floors
    excepted); aliases: facility names found in brackets; formers: those of them with 旧; stem and kind: the core split (第一, 小); telling: the
    stem's numbers, letters and directions, sorted.
    """

    core: str
    details: frozenset[str]
    aliases: frozenset[str]
    formers: frozenset[str]
    stem: str
    kind: str
    telling: str

    @property
    def lookups(self) -> tuple[str, ...]:
        """The keys under which a row is found, the core first."""
        return tuple(key for key in (self.core, *sorted(self.aliases - {self.core})) if key)


@lru_cache(maxsize=200_000)
def name_key(name: str, municipalities: frozenset[str] = frozenset()) -> NameKey:
    """Return the key of a facility's name; `municipalities` are names that may stand before it (八王子市)."""
    outer, brackets = _take_brackets(_fold(name))
    core, details = _core(outer, municipalities)
    if not core and brackets:
        core, details = _core(brackets.pop(0), municipalities)
    inner = [_core(text, municipalities) for text in brackets if text not in _FOUNDER_MARKS and not _FLOOR.match(text)]
    aliases = frozenset(text for text, _ in inner if _KIND.match(text))
    formers = frozenset(text for text, parts in inner if text in aliases and "旧" in parts)
    details |= {text + "".join(sorted(parts)) for text, parts in inner if text}
    stem, kind = _split_kind(core)
    return NameKey(core, frozenset(details), aliases, formers, stem, kind, _telling(stem))


def likeness(one: NameKey, other: NameKey, name: str, other_name: str) -> Likeness | None:
    """Return how two names agree, or None when they are different places' names.

    Names that differ in a number, a letter or a direction never agree, however close their spelling; where
    one holds the whole other (LONGER), only the address can tell.
    """
    if not one.core or not other.core:
        return None
    if one.core == other.core:
        return _same_core(one, other, name.strip() == other_name.strip())
    if one.core in other.aliases or other.core in one.aliases:
        return Likeness.ALIAS
    if one.kind and other.kind and one.kind != other.kind:
        return None
    if one.formers & other.formers:
        return Likeness.ALIAS
    return _nearly(one, other)


def _same_core(one: NameKey, other: NameKey, identical: bool) -> Likeness | None:
    if one.details == other.details:
        return Likeness.SAME if identical else Likeness.WRITING
    if one.details <= other.details or other.details <= one.details:
        return Likeness.CORE
    if _telling("".join(one.details)) != _telling("".join(other.details)):
        return None
    return Likeness.PART


def _nearly(one: NameKey, other: NameKey) -> Likeness | None:
    short, long = sorted((one.stem, other.stem), key=len)
    contained = len(short) >= 3 and short in long
    if one.telling != other.telling:
        return Likeness.LONGER if contained else None
    alike = contained or fuzz.ratio(short, long) / 100 >= SIMILAR_RATIO
    return Likeness.SIMILAR if alike else None


def _telling(text: str) -> str:
    return "".join(sorted(char for char in text if char in _TELLING))


def _fold(name: str) -> str:
    """NFKC, one way of writing brackets, dashes, old characters, ヶ/が, の between kanji, 第一/第1."""
    text = unicodedata.normalize("NFKC", name).casefold().translate(OLD_FORMS)
    text = text.translate({ord(char): "(" for char in _OPENING} | {ord(char): ")" for char in _CLOSING})
    text = re.sub(rf"(?<=[ァ-ヺー])[{_DASHES}]", "ー", text)
    text = re.sub(rf"[{_DASHES}]", "-", text)
    text = re.sub(rf"(?<={_KANJI})[ヶヵケがガ](?={_KANJI})", "ケ", text)
    text = re.sub(rf"(?<={_KANJI})[のノ之](?={_KANJI})", "", text)
    text = re.sub(r"(?<=第)[一二三四五六七八九十]+|[一二三四五六七八九十]+(?=[号区階])", _to_digits, text)
    text = re.sub(r"[\s　]+", " ", text).strip()
    return re.sub(r"[「」『』“”\"'’`.,。、*※]", "", text)


def _to_digits(match: re.Match[str]) -> str:
    tens, ten, ones = match.group().rpartition("十")
    if not ten:
        return "".join(str(_DIGITS[char]) for char in ones)
    return str((_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0))


def _take_brackets(text: str) -> tuple[str, list[str]]:
    """Split into the text outside of brackets and the contents, outermost order; a missing bracket is tolerated."""
    contents = []
    while match := re.search(r"\(([^()]*)(?:\)|$)", text):
        contents.append(match.group(1).strip())
        text = text[: match.start()] + " " + text[match.end() :]
    return text.replace(")", " ").strip(), [content for content in contents if content]


def _core(text: str, municipalities: frozenset[str]) -> tuple[str, frozenset[str]]:
    details = set()
    text = _FOUNDED_BY.sub("", text.strip())
    if former := _FORMER.match(text):
        details.add("旧")
        text = _FOUNDED_BY.sub("", text[former.end() :].strip())
    text = _without_municipality(text, municipalities)
    if match := _AFTER_SCHOOL.match(text):
        text = match.group(1)
        details.update(part for part in re.split("[ ・]", match.group(2)) if part)
    text = re.sub(r"[ ・]", "", text)
    for pattern, short in _SHORT_SCHOOLS:
        text = pattern.sub(short, text)
    return text, frozenset(details)


def _without_municipality(text: str, municipalities: frozenset[str]) -> str:
    for length in range(min(len(text) - 2, 12), 1, -1):
        rest = text[length:].lstrip()
        if text[:length] in municipalities and not rest.startswith(("役所", "役場")):
            return rest.removeprefix("立")
    return text


def _split_kind(core: str) -> tuple[str, str]:
    match = _KIND.match(core)
    return (match.group(1), match.group(2)) if match else (core, "")
