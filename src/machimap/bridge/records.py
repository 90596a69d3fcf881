"""The records that pass from step to step of the bridge: what was read, which column is which, what was changed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from machimap.errors import MachimapError

CHANGE_COLUMNS = ("行", "列", "前", "後", "規則", "根拠", "確信度")
ASIDE_COLUMNS = ("行", "理由", "内容")
CHECK_COLUMNS = ("行", "列", "値", "問題", "すること", "重さ")


class BridgeError(MachimapError):
    """A file cannot be taken across: str() says in one sentence what to do."""


class ReadingError(BridgeError):
    """A file cannot be read as a table: str() says in one sentence what to do."""


@dataclass(frozen=True)
class Conclusion:
    """One thing that reading found out: about what, the value, why, and the option of `read` that overrides it."""

    about: str
    value: str
    why: str
    option: str = ""


@dataclass(frozen=True)
class Reading:
    """A table as it was read.

    table: the data rows, every cell a string, blanks "", column names unique; its index, named 行, is the number of the
    row in the source as a spreadsheet shows it (from 1; of JSON, the number of the record). aside: the rows below the head that are no data, in
    ASIDE_COLUMNS. Rows in = len(table) + len(aside).
    """

    name: str
    table: pd.DataFrame
    aside: pd.DataFrame
    conclusions: tuple[Conclusion, ...]

    @property
    def rows_in(self) -> int:
        """How many rows stand below the head."""
        return len(self.table) + len(self.aside)


@dataclass(frozen=True)
class Match:
    """Where one column of the target comes from: a column of the source, or the same constant in every row.

    pick: what of a cell is taken, "" for the whole: for flags the word of the hazard that makes it 1 (「洪水、地震」);
    緯度 or 経度 from a cell with both; the label before the value (「標高:34.9m」); or the words around a number, as
    「収容人数:〔数〕人」.
    confidence: 0 to 1. evidence: in Japanese, for the clerk. by: 規則, レシピ, 人 or 生成AI.
    """

    target: str
    source: str = ""
    constant: str = ""
    pick: str = ""
    confidence: float = 0.0
    evidence: str = ""
    by: str = "規則"


@dataclass(frozen=True)
class Mapping:
    """All matches in the order of the target, and the source's columns that are kept beside because none fits.

    declined: the target's columns for which a person wants no column of the source (「（なし）」).
    """

    matches: tuple[Match, ...]
    unmapped: tuple[str, ...]
    declined: tuple[str, ...] = ()
