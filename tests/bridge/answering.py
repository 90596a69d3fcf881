"""The hand-made answers: which column of the standard comes from which column of a table, and how to judge a mapping.

An answer is a YAML file in answers/: `source` (a file below MACHIMAP_SOURCE_DATA) or `layout` (a function of layouts.py, further_layouts.py or published_layouts.py),
`target`, `why`, `rows` and `aside` as reading counts them, `same` (target and source have the same name), `columns`
(target → source, or a list of which any is right), `either` (of each group at least one must be mapped) and `also`
(right where it is proposed, no fault where it is not).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "answers"
SURE = 0.9


@dataclass(frozen=True)
class Answer:
    """One hand-made answer."""

    name: str
    source: str
    layout: str
    target: str
    rows: int
    aside: int
    columns: dict[str, list[str]]
    either: list[dict[str, str]]
    also: dict[str, list[str]]

    @property
    def sources(self) -> set[str]:
        """Every column of the table that the answer names."""
        lists = [*self.columns.values(), *self.also.values(), *(list(group.values()) for group in self.either)]
        return {source for listed in lists for source in listed}


@dataclass(frozen=True)
class Verdict:
    """How a mapping stands against its answer: columns asked for, right without a tick, missed, wrong though sure."""

    asked: int
    right: int
    missed: list[str]
    wrong: list[str]


def answers(folder: Path = FOLDER) -> list[Answer]:
    """Return all answers in the order of their names."""
    return [_answer(path) for path in sorted(folder.glob("*.yml"))]


def judge(matches: Iterable, answer: Answer, sure: float = SURE) -> Verdict:
    """Hold the matches of a mapping (with target, source, confidence) against an answer."""
    found = {match.target: match for match in matches if match.source}
    missed = [target for target, right in answer.columns.items() if not _is(found, target, right)]
    groups = [group for group in answer.either if not any(_is(found, key, [value]) for key, value in group.items())]
    wrong = [
        f"{target} ← {match.source} ({match.confidence:.2f})"
        for target, match in found.items()
        if match.confidence > sure and match.source not in _allowed(answer, target)
    ]
    asked = len(answer.columns) + len(answer.either)
    return Verdict(asked, asked - len(missed) - len(groups), missed + ["・".join(group) for group in groups], wrong)


def _is(found: dict, target: str, right: list[str]) -> bool:
    return target in found and found[target].source in right


def _allowed(answer: Answer, target: str) -> set[str]:
    groups = [group[target] for group in answer.either if target in group]
    return {*answer.columns.get(target, ()), *answer.also.get(target, ()), *groups}


def _answer(path: Path) -> Answer:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = {name: name for name in content.get("same", ())} | content.get("columns", {})
    return Answer(
        path.stem,
        content.get("source", ""),
        content.get("layout", ""),
        content["target"],
        content["rows"],
        content.get("aside", 0),
        {target: _listed(source) for target, source in columns.items()},
        content.get("either", []),
        {target: _listed(source) for target, source in content.get("also", {}).items()},
    )


def _listed(source: str | list[str]) -> list[str]:
    return source if isinstance(source, list) else [source]
