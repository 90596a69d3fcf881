"""What a column's head says: the standard's names, their synonyms, and the heads that mean something else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import yaml
from rapidfuzz import fuzz

OFFICIAL, NAMED, IN_CONTEXT, BEFORE_BRACKETS, WEAK, AT_THE_END = 1.0, 0.97, 0.94, 0.85, 0.75, 0.7
LAST_WORD = 0.88
NEARLY = 0.9
MIN_RATIO = 82
_MIN_FUZZY = 4
_SEPARATORS = re.compile(r"[\s_\-‐‑–—―−・･/\\:;,.、。|()\[\]{}<>「」『』【】〔〕《》〈〉'\"“”＝=~〜]+")
_MARKS = re.compile(r"[*※★☆●■◆▲▼◎○□◇△▶#＊]+")
_BRACKETS = re.compile(r"[(\[{〔【<《][^)\]}〕】>》]*[)\]}〕】>》]")
_ABOUT_HAZARDS = re.compile(r"災害|現象|種別|種類|適否|可否|指定")
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}[).:\s]+|[①-⑳]\s*)(?=\D)")
_DATED = re.compile(
    r"(?:令和|平成|昭和|[RrHh])?\s*(?:\d{1,4}|元)\s*年\s*(?:\d{1,2}\s*月)?\s*(?:\d{1,2}\s*日)?\s*"
    r"(?:午前|午後)?\s*(?:\d{1,2}\s*時)?\s*(?:\d{1,2}\s*分)?\s*(?:現在|時点|度末|度)?"
)


@dataclass(frozen=True)
class Heading:
    """What a head says of one column of the target: a score from 0 to 1, and why in Japanese."""

    score: float
    why: str


@dataclass(frozen=True)
class Vocabulary:
    """The synonyms file, with every head folded to its key."""

    columns: dict[str, dict]
    context: frozenset[str]
    other: frozenset[str]
    exposure: tuple[str, ...]
    persons: tuple[str, ...]
    hazard_words: dict[str, tuple[str, ...]]
    hazard_all: tuple[str, ...]
    negations: tuple[str, ...]

    def look(self, column: str) -> str:
        """The name of the look that the values of a column of the standard have; "" when the file knows none."""
        return self.columns.get(column, {}).get("values", "")

    def hazard(self, column: str) -> str:
        """The short word of the hazard that a flag column stands for; "" for all other columns."""
        return self.columns.get(column, {}).get("hazard", "")


@cache
def vocabulary() -> Vocabulary:
    """Return the synonyms, read once."""
    data = yaml.safe_load(resources.files(__package__).joinpath("synonyms.yml").read_text(encoding="utf-8"))
    columns = {
        name: {
            "values": told.get("values", "text"),
            "hazard": told.get("hazard", ""),
            "after": told.get("after", ""),
            "names": {key(str(word)) for word in told.get("names", [])},
            "weak": {key(str(word)) for word in told.get("weak", [])},
        }
        for name, told in data["columns"].items()
    }
    return Vocabulary(
        columns=columns,
        context=frozenset(map(key, data["context"])),
        other=frozenset(key(str(word)) for group in data["other"] for word in group),
        exposure=tuple(map(key, data["hazard_exposure"])),
        persons=tuple(data["persons"]),
        hazard_words={name: tuple(words) for name, words in data["hazard_words"].items()},
        hazard_all=tuple(data["hazard_all"]),
        negations=tuple(data["hazard_negations"]),
    )


def key(head: str) -> str:
    """Fold a head: NFKC, small letters, without blanks, marks, separators and leading numbers."""
    return "".join(_segments(head))


def without_date(head: str) -> str:
    """Fold a head without the dates in it (人数_令和6年1月9日午後6時時点 → 人数)."""
    return key(_DATED.sub("", unicodedata.normalize("NFKC", head)))


def speaks_of_persons(head: str) -> bool:
    """Tell whether people stand under a head (責任者氏名, 携帯電話 …)."""
    text = unicodedata.normalize("NFKC", head)
    return any(word in text for word in vocabulary().persons)


def is_other(head: str) -> bool:
    """Tell whether a head is known to mean something that the standard has no column for."""
    words = vocabulary()
    segments = _segments(_DATED.sub("", unicodedata.normalize("NFKC", head)))
    bare = "".join(_bare(segments))
    inside = [key(text) for text in _BRACKETS.findall(unicodedata.normalize("NFKC", head))]
    told = {"".join(segments), bare, key(_BRACKETS.sub("", unicodedata.normalize("NFKC", head))), *inside} - {""}
    return speaks_of_persons(head) or bool(told & words.other)


@lru_cache(maxsize=20_000)
def heading(head: str, column: str) -> Heading:
    """Return what a head says of a column of the target, the standard's own name first, likeness of spelling last."""
    words = vocabulary()
    told = words.columns.get(column, {"names": frozenset(), "weak": frozenset(), "hazard": "", "values": ""})
    own = key(head)
    if not own:
        return Heading(0.0, "")
    if own == key(column):
        return Heading(OFFICIAL, "見出しが標準の列名と同じ")
    if own in told["names"]:
        return Heading(NAMED, f"見出し「{_shown(head)}」は「{column}」の別名")
    if _excluded(head, own, told):
        return Heading(0.0, "")
    if own in told["weak"]:
        return Heading(WEAK, f"見出し「{_shown(head)}」は「{column}」のことかもしれない")
    undated = without_date(head)
    if undated != own and (undated in told["names"] or undated == key(column)):
        return Heading(IN_CONTEXT, f"見出し「{_shown(head)}」は、日付を除けば「{column}」の別名")
    bare = "".join(_bare(_segments(head)))
    if bare and (bare in told["names"] or bare == key(column)):
        return Heading(IN_CONTEXT, f"見出し「{_shown(head)}」の中に「{column}」の別名がある")
    if bare and bare in told["weak"]:
        return Heading(WEAK, f"見出し「{_shown(head)}」は「{column}」のことかもしれない")
    if _all_speak_of(_segments(head), column, told):
        return Heading(IN_CONTEXT, f"見出し「{_shown(head)}」のどの言葉も「{column}」を指す")
    if _last_speaks_of(_segments(head), column, told):
        score = IN_CONTEXT if told["hazard"] and _ABOUT_HAZARDS.search(head) else LAST_WORD
        return Heading(score, f"見出し「{_shown(head)}」の終わりの言葉が「{column}」の別名")
    outside = _BRACKETS.sub("", unicodedata.normalize("NFKC", head))
    if key(outside) != own and (key(outside) in told["names"] or key(outside) == key(column)):
        return Heading(BEFORE_BRACKETS, f"見出し「{_shown(head)}」のかっこの前が「{column}」の別名")
    if key(outside) != own and key(outside) in told["weak"]:
        return Heading(AT_THE_END, f"見出し「{_shown(head)}」のかっこの前が「{column}」のことかもしれない")
    return _nearly(head, own, column, told)


def _all_speak_of(segments: list[str], column: str, told: dict) -> bool:
    """Tell whether each word of a head names the column (Y（緯度）), or names it after what it belongs to (施設名（よみ））."""
    words = vocabulary()
    belongs = words.columns.get(told["after"], {}).get("names", frozenset()) if told.get("after") else frozenset()
    rest = [part for part in segments if part not in words.context]
    own = [part in told["names"] or part in told["weak"] or part == key(column) for part in rest]
    return len(rest) > 1 and any(own) and all(mine or part in belongs for mine, part in zip(own, rest, strict=True))


def _last_speaks_of(segments: list[str], column: str, told: dict) -> bool:
    """Tell whether the last of several words names the column, and none before it speaks of another thing."""
    words = vocabulary()
    before = segments[:-1]
    if not before or any(part in words.other or speaks_of_persons(part) for part in before):
        return False
    return segments[-1] in told["names"] or segments[-1] == key(column)


def _excluded(head: str, own: str, told: dict) -> bool:
    if speaks_of_persons(head):
        return True
    if told["hazard"]:
        return any(word in own for word in vocabulary().exposure)
    return own not in told["weak"] and is_other(head)


def _nearly(head: str, own: str, column: str, told: dict) -> Heading:
    names = told["names"] | {key(column)}
    ends = [name for name in names if len(name) >= 2 and own.endswith(name) and not name.isascii()]
    if ends and not told["hazard"]:
        return Heading(AT_THE_END, f"見出し「{_shown(head)}」が「{max(ends, key=len)}」で終わる")
    if len(own) < _MIN_FUZZY:
        return Heading(0.0, "")
    ratio = max((fuzz.ratio(own, name) for name in names if len(name) >= _MIN_FUZZY), default=0.0)
    if ratio < MIN_RATIO:
        return Heading(0.0, "")
    return Heading(NEARLY * ratio / 100, f"見出し「{_shown(head)}」のつづりが「{column}」に近い")


def _segments(head: str) -> list[str]:
    text = _NUMBERING.sub("", unicodedata.normalize("NFKC", head))
    text = _MARKS.sub("", text) or text
    return [part for part in _SEPARATORS.split(text.casefold()) if part]


def _bare(segments: list[str]) -> list[str]:
    """Return the segments without words of context; a word of context glued to a segment's end or start is cut off."""
    context = vocabulary().context
    kept = [segment for segment in segments if segment not in context]
    return [_cut(segment, context) for segment in kept]


def _cut(segment: str, context: frozenset[str]) -> str:
    for word in sorted(context, key=len, reverse=True):
        if len(word) >= 2 and len(segment) > len(word):
            if segment.startswith(word):
                return segment.removeprefix(word).removeprefix("の")
            if segment.endswith(word):
                return segment.removesuffix(word).removesuffix("の")
    return segment


def _shown(head: str) -> str:
    return re.sub(r"\s+", " ", head).strip()[:40]
