"""How near a table is to the standard, from 0 to 100, before and after."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from machimap.bridge.targets import Target

REQUIRED_WEIGHT, RECOMMENDED_WEIGHT = 80, 20
SHORT = "標準の列に、形の正しい値がどれだけ入っているかを、100点満点で表した数です。高くても、中身が正しいとはかぎりません。"
FORMULA = (
    "点数 ＝ 80 ×（必須の列で、形の正しい値が入っているセルの割合）＋ 20 ×（推奨の列で、同じ割合）。"
    "標準の列名でない列の値は、まだ読めないので数えません。"
    "1 か空を書く列（災害種別など）は、もとの表の列に何か書いてあれば、空も「指定なし」という値として数えます。"
    "どの行も空の列と、どの列にも 1 が1つもない表では、空は「まだ分からない」とみて数えません。"
    "取り分けた行は、まったく同じ行の2つ目を除いて、値のない行として数えます。"
)


@dataclass(frozen=True)
class Score:
    """total: 0 to 100; required, recommended: shares from 0 to 1; cells: good cells of a column, by its name."""

    total: float
    required: float
    recommended: float
    cells: dict[str, float]

    def __str__(self) -> str:
        return f"{self.total:.0f}点"


def score(table: pd.DataFrame, target: Target, *, provided: set[str] | None = None, rows: int | None = None) -> Score:
    """Return the score of a table whose columns bear the names of the standard (others count nothing).

    provided: the flag columns that the town speaks of, where a blank is an answer (default: the columns of the table
    that are not blank in every row; none where no flag is set). rows: how many rows there should be (default: those of the table). The formula stands in FORMULA.
    """
    provided = _speaking(table, target, _written(table) if provided is None else provided)
    count = max(rows if rows is not None else len(table), len(table))
    cells = {name: _good(table, name, target, provided, count) for name in target.names}
    required = _mean([cells[name] for name in _marked(target, "required")])
    recommended = _mean([cells[name] for name in _marked(target, "recommended")])
    total = REQUIRED_WEIGHT * required + RECOMMENDED_WEIGHT * recommended
    return Score(round(total, 1), required, recommended, cells)


def _written(table: pd.DataFrame) -> set[str]:
    return {str(name) for name in table.columns if table[name].astype("str").str.strip().any()}


def _speaking(table: pd.DataFrame, target: Target, provided: set[str]) -> set[str]:
    """Return the flag columns in which a blank says no: none, where not a single flag is set."""
    flags = [name for name in target.of_kind("flag") if name in provided and name in table.columns]
    return set(flags) if any((table[name] == "1").any() for name in flags) else set()


def _marked(target: Target, mark: str) -> list[str]:
    return list(target.columns.loc[target.columns[mark] == "1", "column"])


def _mean(shares: list[float]) -> float:
    return sum(shares) / len(shares) if shares else 1.0


def _good(table: pd.DataFrame, name: str, target: Target, provided: set[str], count: int) -> float:
    if name not in table.columns or not count:
        return 0.0
    column = table[name].astype("str").str.strip()
    field = next(field for field in target.schema["fields"] if field["name"] == name)
    good = _valid(column, field)
    if target.kinds[name] == "flag":
        good = good | (column == "") if name in provided else column == "1"
    return float(good.sum()) / count


def _valid(column: pd.Series, field: dict) -> pd.Series:
    """Tell which cells are filled and keep the field's constraints (all but uniqueness look at one cell)."""
    rules = field.get("constraints", {})
    good = column != ""
    if "pattern" in rules:
        good &= column.str.fullmatch(re.compile(rules["pattern"]))
    if "enum" in rules:
        good &= column.isin(rules["enum"])
    if field["type"] == "number":
        numbers = pd.to_numeric(column.where(good, None), errors="coerce")
        good &= numbers.notna()
        if "minimum" in rules:
            good &= numbers.between(rules["minimum"], rules["maximum"])
    if rules.get("unique"):
        good &= ~column.duplicated()
    return good
