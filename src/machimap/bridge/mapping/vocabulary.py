"""What a column's head says: the standard's names, their synonyms, and the heads that mean something else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import yaml
from rapidfuzz import fuzz

from machimap.bridge.mapping.composing import covered, made_of
from machimap.bridge.mapping.folding import bare, cores, sound, words_of

OFFICIAL, NAMED, IN_CONTEXT, BEFORE_BRACKETS, WEAK, AT_THE_END = 1.0, 0.97, 0.94, 0.85, 0.75, 0.7
NAME_AT_THE_END = 0.71
LAST_WORD = 0.88
NEARLY = 0.9
MIN_RATIO = 82
_MIN_FUZZY = 4
_BRACKETS = re.compile(r"[(\[{〔【<《][^)\]}〕】>》]*[)\]}〕】>》]")
_UNKNOWN = {
    "names": frozenset(),
    "weak": frozenset(),
    "hazard": "",
    "alone": False,
    "neutral": frozenset(),
    "values": "",
    "after": "",
    "part_of": "",
    "never": None,
    "pattern": None,
    "ending": frozenset(),
}
# At the end of a head they make another column of it: 住所区分, 電話番号の有無; after a hazard only some of them do.
_ASPECT = re.compile(r"種別|種類|区分|分類|有無|可否|適否|フラグ|flag|type|コード|code|順|値$")
_SECOND = re.compile(r"[2-9]|[1-9]\d")
_KIND = re.compile(r"種別|種類|区分|分類|type|コード|code|順|hazard")
_ABOUT_HAZARDS = re.compile(r"災害|現象|種別|種類|適否|可否|指定")
_DATED = re.compile(
    r"(?:令和|平成|昭和|[RrHh])?\s*(?:\d{1,4}|元)\s*年\s*(?:\d{1,2}\s*月)?\s*(?:\d{1,2}\s*日)?\s*"
    r"(?:午前|午後)?\s*(?:\d{1,2}\s*時)?\s*(?:\d{1,2}\s*分)?\s*(?:現在|時点|度末|度)?"
)


@dataclass(frozen=True)
class Heading:
    """What a head says of one column of the target: a score from 0 to 1, and why in Japanese.

    spelt: only the spelling is alike, so that no values can make it sure.
    """

    score: float
    why: str
    spelt: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """The synonyms file, with every head folded to its key."""

    columns: dict[str, dict]
    context: frozenset[str]
    places: frozenset[str]
    hazard_use: frozenset[str]
    flag_use: frozenset[str]
    another: re.Pattern
    other: frozenset[str]
    exposure: tuple[str, ...]
    suited: frozenset[str]
    persons: tuple[str, ...]
    hazard_words: dict[str, tuple[str, ...]]
    hazard_all: tuple[str, ...]
    negations: tuple[str, ...]

    def look(self, column: str) -> str:
        """The name of the look that the values of a column of the standard have; "" when the file knows none."""
        return self.columns.get(column, {}).get("values", "")

    def or_else(self, column: str) -> str:
        """The column whose heads speak for this one too, where a list has no such column; "" for most."""
        return self.columns.get(column, {}).get("or_else", "")

    def hazard(self, column: str) -> str:
        """The short word of the hazard that a flag column stands for; "" for all other columns."""
        return self.columns.get(column, {}).get("hazard", "")


@cache
def vocabulary() -> Vocabulary:
    """Return the synonyms, read once."""
    data = _data()
    columns = {
        name: {
            "values": told.get("values", "text"),
            "hazard": told.get("hazard", ""),
            "alone": told.get("alone", False),
            "or_else": told.get("or_else", ""),
            "neutral": frozenset(key(str(word)) for word in told.get("neutral", [])),
            "after": told.get("after", ""),
            "part_of": told.get("part_of", ""),
            "pattern": re.compile(pattern) if (pattern := told.get("pattern")) else None,
            "never": re.compile(never) if (never := told.get("never")) else None,
            "names": frozenset(key(str(word)) for word in told.get("names", [])),
            "weak": frozenset(key(str(word)) for word in told.get("weak", [])),
            "ending": frozenset(key(str(word)) for word in told.get("ending", [])),
        }
        for name, told in data["columns"].items()
    }
    return Vocabulary(
        columns=columns,
        context=frozenset(map(key, data["context"])),
        places=frozenset(map(key, data["places"])),
        hazard_use=frozenset(map(key, data["hazard_use"])),
        flag_use=frozenset(map(key, data["flag_use"])),
        another=re.compile("|".join(data["another"])),
        other=frozenset(key(str(word)) for group in data["other"] for word in group),
        exposure=tuple(map(key, data["hazard_exposure"])),
        suited=frozenset(map(key, data["hazard_suited"])),
        persons=tuple(data["persons"]),
        hazard_words={name: tuple(words) for name, words in data["hazard_words"].items()},
        hazard_all=tuple(data["hazard_all"]),
        negations=tuple(data["hazard_negations"]),
    )


@cache
def _data() -> dict:
    # The loader in C, where there is one, saves a cold run some hundredths of a second.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(resources.files(__package__).joinpath("synonyms.yml").read_text(encoding="utf-8"), loader)


@cache
def _readings() -> dict[str, str]:
    return {sound(reading): word for word, reading in _data()["readings"].items()}


@cache
def _spellings() -> tuple[re.Pattern, dict[str, str]]:
    pairs = {written.casefold(): meant for meant, others in _data()["spellings"].items() for written in others}
    return re.compile("|".join(sorted(pairs, key=len, reverse=True))), pairs


def _respelt(text: str) -> str:
    written, meant = _spellings()
    return written.sub(lambda found: meant[found.group()], text)


@lru_cache(maxsize=20_000)
def key(head: str) -> str:
    """Fold a head: NFKC, small letters, without blanks, marks, separators and leading numbers."""
    return "".join(_segments(head))


@lru_cache(maxsize=20_000)
def without_date(head: str) -> str:
    """Fold a head without the dates in it (人数_令和6年1月9日午後6時時点 → 人数)."""
    return key(_DATED.sub("", unicodedata.normalize("NFKC", head)))


def speaks_of_persons(head: str) -> bool:
    """Tell whether people stand under a head (責任者氏名, 携帯電話 …)."""
    text = unicodedata.normalize("NFKC", head)
    return any(word in text for word in vocabulary().persons)


@lru_cache(maxsize=2_000)
def is_other(head: str) -> bool:
    """Tell whether a head is known to mean something that the standard has no column for."""
    words = vocabulary()
    segments = _segments(_DATED.sub("", unicodedata.normalize("NFKC", head)))
    inside = [key(text) for text in _BRACKETS.findall(unicodedata.normalize("NFKC", head))]
    bare_head = "".join(bare(segments, words.context | words.places))
    inside += cores(segments[0], words.context | words.places) if len(segments) == 1 else ()
    told = {"".join(segments), bare_head, key(_BRACKETS.sub("", unicodedata.normalize("NFKC", head))), *inside} - {""}
    return speaks_of_persons(head) or bool(told & words.other)


@lru_cache(maxsize=20_000)
def heading(head: str, column: str) -> Heading:
    """Return what a head says of a column of the target, the standard's own name first, likeness of spelling last."""
    told = vocabulary().columns.get(column, _UNKNOWN)
    said = _said(head, column, told)
    if said.score < LAST_WORD and _fits_pattern(head, told):
        return Heading(LAST_WORD, f"見出し「{_shown(head)}」は「{column}」のことらしい")
    return said


def _said(head: str, column: str, told: dict) -> Heading:
    own, shown = key(head), _shown(head)
    if not own:
        return Heading(0.0, "")
    if own == key(column):
        return Heading(OFFICIAL, "見出しが標準の列名と同じ")
    if own in told["names"]:
        return Heading(NAMED, f"見出し「{shown}」は「{column}」の別名")
    if speaks_of_persons(head) or _never(head, told):
        return Heading(0.0, "")
    if told["hazard"] and speaks_of_danger(_without_names(own, column)):
        return Heading(0.0, "")
    if own in told["weak"]:
        return Heading(WEAK, f"見出し「{shown}」は「{column}」のことかもしれない")
    undated = without_date(head)
    if undated != own and (undated in told["names"] or undated == key(column)):
        return Heading(IN_CONTEXT, f"見出し「{shown}」は、日付を除けば「{column}」の別名")
    segments = _segments(_DATED.sub("", unicodedata.normalize("NFKC", head))) or _segments(head)
    if _belongs_elsewhere(segments, column):
        return Heading(0.0, "")
    if parts := made_of(segments, _own_names(column), *_neutral(column)):
        return _composed(IN_CONTEXT, parts[1], head, column, told)
    if told["ending"] and _is_place_with(own, told["ending"]):
        return Heading(LAST_WORD, f"見出し「{shown}」は、どの施設かと「{column}」を表す")
    if parts := made_of(segments, told["weak"], *_neutral(column, beside_weak=True)):
        return _composed(WEAK, parts[1], head, column, told)
    if _all_speak_of(segments, column, told):
        return Heading(IN_CONTEXT, f"見出し「{shown}」のどの言葉も「{column}」を指す")
    if _parts_of(segments, column):
        return Heading(IN_CONTEXT, f"見出し「{shown}」の言葉を合わせると「{column}」になる")
    if _is_of_another(undated, told) or (not told["hazard"] and is_other(head)):
        return Heading(0.0, "")
    if _last_speaks_of(segments, column, told):
        score = IN_CONTEXT if told["hazard"] and _ABOUT_HAZARDS.search(head) else LAST_WORD
        return Heading(score, f"見出し「{shown}」の終わりの言葉が「{column}」の別名")
    outside = key(_BRACKETS.sub("", unicodedata.normalize("NFKC", head)))
    if outside != own and (outside in told["names"] or outside == key(column)):
        return Heading(BEFORE_BRACKETS, f"見出し「{shown}」のかっこの前が「{column}」の別名")
    if outside != own and outside in told["weak"]:
        return Heading(AT_THE_END, f"見出し「{shown}」のかっこの前が「{column}」のことかもしれない")
    return _nearly(head, own, column, told)


def _fits_pattern(head: str, told: dict) -> bool:
    if told["pattern"] is None or speaks_of_persons(head) or _never(head, told):
        return False
    if told["values"] != "text" and vocabulary().another.search(without_date(head)):
        return False
    return bool(told["pattern"].search(unicodedata.normalize("NFKC", head).casefold()))


def _never(head: str, told: dict) -> bool:
    return told["never"] is not None and bool(told["never"].search(unicodedata.normalize("NFKC", head).casefold()))


def _composed(score: float, after: str, head: str, column: str, told: dict) -> Heading:
    """Weigh a head that is a name of the column and neutral words; a word such as 区分 at its end makes a kind of it."""
    why = f"見出し「{_shown(head)}」の中に「{column}」の別名がある"
    if _ASPECT.search(after) and (told["values"] != "flag" or _KIND.search(after)):
        return Heading(min(score, LAST_WORD) if told["values"] == "flag" else 0.0, why)
    return Heading(min(score, LAST_WORD) if _SECOND.fullmatch(after) else score, why)


@cache
def _own_names(column: str) -> frozenset[str]:
    return vocabulary().columns.get(column, _UNKNOWN)["names"] | {key(column)}


@cache
def _neutral(column: str, beside_weak: bool = False) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that do not change what a head of a column means, before the name and after it.

    beside_weak: the other names of the column count too (y座標).
    """
    if beside_weak:
        told = vocabulary().columns.get(column, _UNKNOWN)
        return tuple(words | told["weak"] | told["names"] for words in _neutral(column))
    words = vocabulary()
    told = words.columns.get(column, _UNKNOWN)
    if told["alone"]:
        return told["neutral"], told["neutral"]
    belongs = words.columns.get(told["after"], _UNKNOWN)
    after = words.context | told["neutral"] | belongs["names"] | belongs["weak"]
    if told["values"] == "flag":
        after |= words.hazard_use if told["hazard"] else words.flag_use
    return after | words.places, after


def _is_place_with(own: str, endings: frozenset[str]) -> bool:
    """Tell whether a head is a kind of place and one of the endings, nothing else (公衆トイレ＋名, 医療機関＋の＋名称)."""
    words = vocabulary()
    return any(
        own.endswith(ending) and own != ending and covered(own.removesuffix(ending), words.places) for ending in endings
    )


def _is_of_another(own: str, told: dict) -> bool:
    """Tell whether the words beside the name speak of another thing, person or time (旧住所, 管理者の電話)."""
    for name in sorted((name for name in told["names"] | told["weak"] if name in own), key=len, reverse=True):
        own = own.replace(name, "")
    return bool(vocabulary().another.search(own))


@lru_cache(maxsize=2_000)
def speaks_of_another(head: str) -> bool:
    """Tell whether a head that is no known name has a word in it for another thing, person or time, or for a kind."""
    own = without_date(head)
    words = vocabulary()
    known = any(own in told["names"] or own in told["weak"] or own == key(name) for name, told in words.columns.items())
    return not known and (bool(words.another.search(own) or _ASPECT.search(own)) or speaks_of_persons(head))


def _belongs_elsewhere(segments: list[str], column: str) -> bool:
    """Tell whether the last word makes another column of it: 施設名（英語） is no 名称, 町丁・番地 is more than 番地."""
    if len(segments) < 2:
        return False
    columns = vocabulary().columns
    after = [told for told in columns.values() if told["after"] == column]
    if any(segments[-1] in told["names"] | told["weak"] for told in after):
        return True
    whole = columns.get(column, _UNKNOWN)["part_of"]
    return bool(whole) and _parts_of(segments, whole)


def _parts_of(segments: list[str], column: str) -> bool:
    """Tell whether a head names several parts of one column, and nothing else (町丁・番地 for the whole address)."""
    parts = {name: told for name, told in vocabulary().columns.items() if told["part_of"] == column}
    found = [next((name for name, told in parts.items() if part in told["names"]), "") for part in segments]
    return len(set(found)) > 1 and all(found)


def _all_speak_of(segments: list[str], column: str, told: dict) -> bool:
    """Tell whether each word of a head names the column (Y（緯度）), or names it after what it belongs to (施設名（よみ））."""
    words = vocabulary()
    rest = [part for part in segments if part not in words.context]
    own = [part in told["names"] or part in told["weak"] or part == key(column) for part in rest]
    if len(rest) > 1 and all(own):
        return True
    belongs = words.columns.get(told["after"])
    return belongs is not None and any(
        before in belongs["names"] or before in belongs["weak"] or _fits_pattern(before, belongs)
        for before in _before("".join(segments), told["names"] | told["weak"])
    )


def _before(own: str, names: set[str]) -> list[str]:
    """Return what stands before each of the names that a head ends with."""
    return [own.removesuffix(name).removesuffix("の") for name in names if own.endswith(name) and own != name]


def _last_speaks_of(segments: list[str], column: str, told: dict) -> bool:
    """Tell whether the last of several words names the column, and none before it speaks of another thing."""
    words = vocabulary()
    before = segments[:-1]
    if not before or any(part in words.other or speaks_of_persons(part) for part in before):
        return False
    return segments[-1] in told["names"] or segments[-1] == key(column)


def _without_names(own: str, column: str) -> str:
    """Return a folded head without the names of a column that have a word for a danger in them (地震（建物倒壊等）)."""
    for name in _dangerous_names(column):
        own = own.replace(name, "")
    return own


@cache
def _dangerous_names(column: str) -> tuple[str, ...]:
    return tuple(sorted(filter(speaks_of_danger, vocabulary().columns[column]["names"]), key=len, reverse=True))


@lru_cache(maxsize=2_000)
def speaks_of_danger(head: str) -> bool:
    """Tell whether a head speaks of a danger of the place (洪水浸水想定区域), which is never a flag of use."""
    return any(word in key(head) for word in vocabulary().exposure)


def says_suited(head: str) -> bool:
    """Tell whether a head says that the hazards named below it are those a place may be used in (対応災害)."""
    words = vocabulary()
    segments = _segments(head)
    return bool(words.suited & set(segments)) and words.suited | words.context >= set(segments)


def _nearly(head: str, own: str, column: str, told: dict) -> Heading:
    names = told["names"] | {key(column)}
    ends = [name for name in names | told["ending"] if own.endswith(name) and not name.isascii()]
    ends = [name for name in ends if len(name) >= 2 or name in told["ending"]]
    if ends and not told["hazard"]:
        score = NAME_AT_THE_END if told["ending"] else AT_THE_END
        return Heading(score, f"見出し「{_shown(head)}」が「{max(ends, key=len)}」で終わる")
    if len(own) < _MIN_FUZZY:
        return Heading(0.0, "")
    ratio = max((fuzz.ratio(own, name) for name in names if len(name) >= _MIN_FUZZY and name.isalpha()), default=0.0)
    if ratio < MIN_RATIO:
        return Heading(0.0, "")
    return Heading(NEARLY * ratio / 100, f"見出し「{_shown(head)}」のつづりが「{column}」に近い", spelt=True)


def _segments(head: str) -> list[str]:
    return words_of(head, _readings(), _respelt)


def _shown(head: str) -> str:
    return re.sub(r"\s+", " ", head).strip()[:40]
