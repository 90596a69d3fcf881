"""What the gate found, item by item, as a table for the screen and for CHECKLIST.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

PASSED, FAILED, ASKED, UNCHECKED, OUT = "合格", "要対応", "人が答える", "確かめていない", "対象外"
NAME = "CHECKLIST.md"


@dataclass(frozen=True)
class Row:
    """One item: id, section, title, status, what was found (lines), what to do."""

    item: str
    section: str
    title: str
    status: str
    found: tuple[str, ...]
    todo: str


@dataclass(frozen=True)
class Report:
    """The gate's answer to a folder."""

    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is left to do or to answer (what could not be checked does not hinder)."""
        return not self.open

    @property
    def open(self) -> tuple[Row, ...]:
        """The rows that hinder the publication."""
        return tuple(row for row in self.rows if row.status in (FAILED, ASKED))

    def row(self, item: str) -> Row:
        """The row of an item."""
        return next(row for row in self.rows if row.item == item)

    def summary(self) -> str:
        """How many items have which status, and whether the folder may be published."""
        counts = Counter(row.status for row in self.rows)
        told = "、".join(
            f"{status} {counts[status]}" for status in (PASSED, FAILED, ASKED, UNCHECKED, OUT) if counts[status]
        )
        return f"{told}。{'公開できます。' if self.passed else 'まだ公開できません。'}"

    def text(self) -> str:
        """The table for the screen."""
        lines = []
        for row in self.rows:
            lines.append(f"{row.status}　{row.section}　{row.title}")
            lines += [f"　　{found}" for found in row.found]
            if row.status in (FAILED, ASKED):
                lines.append(f"　　→ {row.todo}")
        return "\n".join([*lines, "", self.summary()])

    def markdown(self) -> str:
        """The table for CHECKLIST.md; the same findings give the same text."""
        lines = [
            "# 公開前の確認",
            "",
            "東京都オープン・ソース・ソフトウェア公開ガイドラインの項目に沿って、`machimap release check` が書いたものです。",
            "",
        ]
        lines += ["| 結果 | 節 | 項目 | 分かったこと | すること |", "|---|---|---|---|---|"]
        for row in self.rows:
            todo = row.todo if row.status in (FAILED, ASKED) else ""
            cells = (row.status, row.section, row.title, "<br>".join(map(_cell, row.found)), _cell(todo))
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join([*lines, "", self.summary(), ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
