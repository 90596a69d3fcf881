"""A head made of known words: the name of a column, and beside it only words that do not change what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_FIGURES = re.compile(r"[\d㎡%/+]+")


def made_of(segments: list[str], names: Iterable[str], neutral: frozenset[str]) -> tuple[str, str] | None:
    """Return (name, what stands after it) of a head that is one of the names and otherwise only neutral words, or None.

    segments: the words of the head as `folding.words_of` gives them. A name in Latin letters is one or more whole words;
    one in Japanese may be glued to its neighbours. The longest name wins.
    """
    found = [
        hit for hit in _places(segments, frozenset(names)) if _neutral(hit[0], neutral) and _neutral(hit[2], neutral)
    ]
    best = max(found, key=lambda hit: len(hit[1]), default=None)
    return (best[1], "".join(best[2])) if best else None


def _places(segments: list[str], names: frozenset[str]) -> Iterable[tuple[list[str], str, list[str]]]:
    """Yield every place where a name stands: the words before it, the name, the words after it."""
    for start in range(len(segments)):
        for end in range(start + 1, len(segments) + 1):
            word = "".join(segments[start:end])
            if word in names:
                yield segments[:start], word, segments[end:]
        word = segments[start]
        if word.isascii():
            continue
        for name in _inside(word, names):
            at = word.rindex(name)
            before, after = word[:at], word[at + len(name) :]
            yield [*segments[:start], before], name, [after, *segments[start + 1 :]]


@lru_cache(maxsize=50_000)
def _inside(word: str, names: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if len(name) > 1 and name in word and name != word and not name.isascii())


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
