"""A head made of known words: the name of a column, and beside it only words that do not change what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

Hit = tuple[list[str], str, list[str]]
_FIGURES = re.compile(r"\d[\d.]*(?:m2|㎡|m)?|m2|㎡")


def made_of(
    segments: list[str], names: frozenset[str], before: frozenset[str], after: frozenset[str]
) -> tuple[str, str] | None:
    """Return (name, what stands after it) of a head that is one of the names and otherwise only neutral words, or None.

    before, after: the words that change nothing in front of the name and behind it.
    segments: the words of the head as `folding.words_of` gives them. A name in Latin letters is one or more whole words;
    one in Japanese may be glued to its neighbours. The longest name wins.
    """
    found = [hit for hit in _places(segments, names) if _neutral(hit[0], before) and _neutral(hit[2], after)]
    best = max(found, key=lambda hit: len(hit[1]), default=None)
    return (best[1], "".join(best[2])) if best else None


def _places(segments: list[str], names: frozenset[str]) -> Iterable[Hit]:
    """Yield every place where a name stands: the words before it, the name, the words after it."""
    for start in range(len(segments)):
        for end in range(start + 1, len(segments) + 1):
            word = "".join(segments[start:end])
            # The first of several (tel1) is the one that is meant.
            if word in names or (word.isascii() and word.removesuffix("1") in names):
                yield segments[:start], word, segments[end:]
        yield from _glued(segments[:start], segments[start], segments[start + 1 :], names)
    if len(segments) > 1:
        yield from _glued([], "".join(segments), [], names)


def _glued(before: list[str], word: str, after: list[str], names: frozenset[str]) -> Iterable[Hit]:
    for name in () if word.isascii() else _inside(word, names):
        at = word.rindex(name)
        yield [*before, word[:at]], name, [word[at + len(name) :], *after]


@lru_cache(maxsize=50_000)
def _inside(word: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return the names glued to other letters in a word; one in Latin letters only beside Japanese ones (施設ID)."""
    return tuple(
        name
        for name in names
        if len(name) > 1
        and name in word
        and name != word
        and not (name.isascii() and re.search(rf"[a-z]{re.escape(name)}|{re.escape(name)}[a-z]", word))
    )


def _neutral(words: list[str], neutral: frozenset[str]) -> bool:
    return all(covered(word, neutral) for word in words if word)


@lru_cache(maxsize=50_000)
def covered(word: str, neutral: frozenset[str]) -> bool:
    """Tell whether a word can be cut into neutral words and figures, nothing left over."""
    if not word or word in neutral or _FIGURES.fullmatch(word):
        return True
    if word.isascii():
        return word.rstrip("0123456789") in neutral
    if (figures := _FIGURES.match(word)) and covered(word[figures.end() :], neutral):
        return True
    return any(word[:end] in neutral and covered(word[end:], neutral) for end in range(len(word) - 1, 0, -1))
