"""The whole way across the bridge: read, map, clean, fill, validate, and account for every row and cell."""

from __future__ import annotations

import re
from collections.abc import Mapping as Options
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from machimap import places
from machimap.bridge import national
from machimap.bridge import recipe as recipes
from machimap.bridge.cleaning import clean
from machimap.bridge.filling import FROM_LIST, FROM_SEARCH, fill
from machimap.bridge.mapping import SURE, carry, propose
from machimap.bridge.mapping.hazards import only_stays, other_kinds
from machimap.bridge.mapping.vocabulary import speaks_of_persons, vocabulary
from machimap.bridge.reading import read
from machimap.bridge.recipe import Difference, Recipe
from machimap.bridge.records import ASIDE_COLUMNS, CHANGE_COLUMNS, CHECK_COLUMNS, Conclusion, Mapping, Match, Reading
from machimap.bridge.scoring import Score, score
from machimap.bridge.targets import Target, target_names
from machimap.bridge.targets import target as find_target
from machimap.bridge.validating import validate
from machimap.places import Place
from machimap.spreadsheet import safe_cell

if TYPE_CHECKING:
    from machimap.bridge.model import Answer, Model

WHOLE_TABLE = 0
SEARCH_CREDIT = "出典：国土地理院"
_CODE = re.compile(r"^(\d{6})(?=[_\-. ]|$)")
# What is said of the whole table comes before what is said of a cell (1 to 5).
_NAMELESS, _STAYS, _NO_SOURCE, _DOUBTFUL, _DIFFERENT, HEAVY = 10, 9, 8, 7, 6, 5


@dataclass(frozen=True, eq=False)
class Bridged:
    """A table that has crossed: rows in = rows of `table` + rows of `aside`, by their numbers in the source.

    table: the columns of the target; beside: the source's other columns (same rows, not for publication before
    somebody has looked); changes in CHANGE_COLUMNS, checks in CHECK_COLUMNS sorted by weight (row 0: the whole table),
    aside in ASIDE_COLUMNS with whole rows; differences: what a recipe found changed; offers: what a generative AI
    proposes, not applied; answer: its prompt and log.
    """

    reading: Reading
    mapping: Mapping
    table: pd.DataFrame
    beside: pd.DataFrame
    changes: pd.DataFrame
    checks: pd.DataFrame
    aside: pd.DataFrame
    score_before: Score
    score_after: Score
    target: Target
    place: Place | None = None
    options: dict = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    offers: tuple[Match, ...] = ()
    answer: Answer | None = None

    def __post_init__(self) -> None:
        kept, aside = list(self.table.index), [int(row) for row in self.aside["行"]]
        expected = [*self.reading.table.index, *(int(row) for row in self.reading.aside["行"])]
        if sorted([*kept, *aside]) != sorted(expected):
            raise AssertionError(
                f"rows lost or counted twice: {len(kept)} kept, {len(aside)} aside, {len(expected)} in"
            )

    def __repr__(self) -> str:
        return f"<Bridged {self.reading.name} → {self.target.name}: {self.account}, {self.score_before} → {self.score_after}>"

    @property
    def account(self) -> str:
        """The sentence of the rows: in = kept + aside."""
        return f"読んだ行 {self.reading.rows_in} ＝ 使った行 {len(self.table)} ＋ 取り分けた行 {len(self.aside)}"

    @property
    def persons(self) -> tuple[str, ...]:
        """The columns kept beside whose heads speak of people."""
        return tuple(str(name) for name in self.beside.columns if speaks_of_persons(str(name)))

    @property
    def credits(self) -> list[str]:
        """The credit lines of the data that was filled in; whoever publishes the table has to give them."""
        rules = self.changes["規則"].unique()
        sources = ((FROM_LIST, national.credit()), (FROM_SEARCH, SEARCH_CREDIT))
        return [line for rule, line in sources if any(rule in told for told in rules)]

    @property
    def recipe(self) -> Recipe:
        """The recipe of what was done, for next year."""
        return recipes.make(
            self.reading.table,
            self.mapping,
            self.target.name,
            place=self.place.lg_code if self.place else "",
            options=self.options,
            offers=self.offers,
            source=self.reading.name,
        )

    def write(self, folder: str | Path) -> list[Path]:
        """Write the list, its datapackage.json, the recipe and the report; what is not for publication stands apart."""
        from machimap.bridge.report import write

        return write(self, Path(folder))


def convert(
    source: str | Path | bytes,
    *,
    target: str = target_names()[0],
    place: str | Place = "",
    recipe: str | Path | Recipe | None = None,
    mapping: Mapping | None = None,
    options: Options | None = None,
    online: bool = False,
    model: Model | None = None,
    name: str = "",
) -> Bridged:
    """Take a municipal table to a list of the standard.

    place: the municipality if all rows lie in one (else every row is placed by its own code or address); recipe: of
    an earlier run; mapping: decided by a person, takes precedence; options: of `read`; online: look up addresses; model: a
    generative AI that may only propose. Raises BridgeError in one sentence.
    """
    known = recipe if isinstance(recipe, Recipe) or recipe is None else recipes.load(recipe)
    goal = find_target(known.target if known else target)
    options = {**((known.options or {}) if known else {}), **(options or {})}
    reading = read(source, name=name, **options)
    reading, where = _with_place(reading, place or (known.place if known else ""))
    title = reading.name
    differences: list[Difference] = []
    if mapping is None and known:
        mapping, differences = recipes.rerun(known, reading.table, goal, title=title)
    elif mapping is None:
        mapping = propose(reading.table, goal, place=where, title=title)
    answer = model.propose(reading.table, mapping, goal) if model else None
    return cross(
        reading, mapping, goal, place=where, online=online, differences=differences, answer=answer, options=options
    )


def _with_place(reading: Reading, place: str | Place) -> tuple[Reading, Place | None]:
    if isinstance(place, Place):
        return reading, place
    if place:
        return reading, places.find(place)
    match = _CODE.match(Path(reading.name).name)
    found = next((town for town in places.all_places() if match and town.lg_code == match.group(1)), None)
    if found is None:
        return reading, None
    told = Conclusion("まち", found.full_name, f"ファイルの名前が {found.lg_code} で始まる", "place")
    return replace(reading, conclusions=(*reading.conclusions, told)), found


def cross(
    reading: Reading,
    mapping: Mapping,
    goal: Target,
    *,
    place: Place | None = None,
    online: bool = False,
    differences: Sequence[Difference] = (),
    answer: Answer | None = None,
    options: dict | None = None,
) -> Bridged:
    """Take a table that was read to the target by a mapping: what `convert` does after reading and mapping."""
    doubles = _doubles(reading.table)
    rows = reading.table.drop(index=list(doubles))
    applied = carry(rows, mapping, goal)
    cleaned = clean(applied.mapped, goal, place=place)
    filled = fill(cleaned.table, goal, place=place, online=online)
    table, escaped = _escaped(filled.table)
    changes = _joined([applied.changes, cleaned.changes, filled.changes, escaped], CHANGE_COLUMNS)
    changes = changes[changes["行"].isin(table.index)].reset_index(drop=True)
    checks = [
        _about_mapping(mapping, goal, reading),
        _about_differences(differences),
        _about_kinds(reading, goal),
        _about_doubles(doubles),
        applied.checks,
        cleaned.checks,
        filled.checks,
        validate(table, goal),
    ]
    aside = _aside(reading, doubles, cleaned.aside)
    provided = {match.target for match in mapping.matches}
    own = reading.table[[column for column in goal.names if column in reading.table.columns]]
    return Bridged(
        reading=reading,
        mapping=mapping,
        table=table,
        beside=applied.beside.loc[table.index],
        changes=changes,
        checks=_sorted(_whole(_joined(checks, CHECK_COLUMNS), table), table),
        aside=aside,
        score_before=score(own, goal, rows=len(reading.table)),
        score_after=score(table, goal, provided=provided, rows=len(rows)),
        target=goal,
        place=place,
        options=options or {},
        differences=tuple(differences),
        offers=answer.matches if answer else (),
        answer=answer,
    )


def _doubles(table: pd.DataFrame) -> dict[int, int]:
    """Return row → the earlier row that is the same in every cell."""
    if not table.duplicated().any():
        return {}
    first: dict[tuple, int] = {}
    found = {}
    for row, cells in zip(table.index, table.itertuples(index=False, name=None), strict=True):
        if cells in first:
            found[row] = first[cells]
        else:
            first[cells] = row
    return found


def _aside(reading: Reading, doubles: dict[int, int], cleaned: pd.DataFrame) -> pd.DataFrame:
    reasons = {row: f"{first}行目とまったく同じ" for row, first in doubles.items()}
    reasons |= {int(row): str(reason) for row, reason in zip(cleaned["行"], cleaned["理由"], strict=True)}
    lines = [(row, reason, content(reading.table.loc[row])) for row, reason in sorted(reasons.items())]
    return _joined([reading.aside, pd.DataFrame(lines, columns=list(ASIDE_COLUMNS))], ASIDE_COLUMNS)


def content(row: pd.Series) -> str:
    """Return the whole of a row as text, so that a row set aside is not lost."""
    return "、".join(f"{name}：{cell}" for name, cell in row.items() if str(cell).strip())


def _escaped(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give every cell that a spreadsheet would run an apostrophe, and account for it."""
    safe = table.copy()
    lines = []
    for name in table.columns:
        odd = {cell: new for cell in table[name].unique() if (new := safe_cell(cell)) != cell}
        if odd:
            safe[name] = table[name].map(lambda cell, odd=odd: odd.get(cell, cell))
            rule, why = (
                "式として動かない文字にした",
                "表計算ソフトで開いたときに計算やプログラムとして動かないようにする",
            )
            lines += [(row, name, cell, odd[cell], rule, why, 1.0) for row, cell in table[name].items() if cell in odd]
    return safe, pd.DataFrame(lines, columns=list(CHANGE_COLUMNS))


def _about_mapping(mapping: Mapping, goal: Target, reading: Reading) -> pd.DataFrame:
    lines = []
    stays = only_stays(reading.name, reading.table)
    hazards = [name for name in goal.names if vocabulary().hazard(name)]
    if stays and hazards:
        lines.append(
            (
                "災害種別",
                "",
                f"{stays}ので、災害ごとの印は作りませんでした",
                "指定緊急避難場所（災害から逃げる場所）として公開してよい表か、担当課に確かめてください",
                _STAYS,
            )
        )
    if "名称" not in {match.target for match in mapping.matches}:
        what = "名称に使う列がまだ決まっていないので、どの行も公開できません"
        todo = "列の対応（ノートでは3、コマンドでは recipe.yml）で「名称」に使う列を決めて、やり直してください"
        lines.append(("名称", "", what, todo, _NAMELESS))
    for match in mapping.matches:
        if match.confidence < SURE and match.by != "人":
            what = f"「{match.source}」を「{match.target}」とみなしました（{match.by}、確信度 {match.confidence:.2f}：{match.evidence}）"
            todo = "合っているか見て、違うときは recipe.yml の「もとの列」を直して --recipe でやり直してください"
            lines.append((match.target, match.source, what, todo, _DOUBTFUL))
    provided = {match.target for match in mapping.matches}
    missing = [name for name in goal.of_kind("flag") if name not in provided]
    if missing:
        told = "、".join(name.removeprefix("災害種別_") for name in missing)
        lines.append(
            (
                missing[0],
                "",
                f"必須の列のうち、もとの表のどの列を使うか決まっていないものがあります：{told}",
                "空は「指定なし」ではなく「まだ分からない」です。表にあれば列の対応で選び、なければ担当課に聞いて決めてください",
                _NO_SOURCE,
            )
        )
    return pd.DataFrame([(WHOLE_TABLE, *line) for line in lines], columns=list(CHECK_COLUMNS))


def _about_doubles(doubles: dict[int, int]) -> pd.DataFrame:
    """Say once that doubles were set aside: two AEDs in one hall look like one row written twice."""
    if not doubles:
        return pd.DataFrame(columns=list(CHECK_COLUMNS))
    problem = f"ほかの行とまったく同じ行が{len(doubles)}行あり、取り分けました"
    todo = "本当に2つあるもの（同じ建物の2台など）なら、もとの表で見分けのつくことを書き足して、やり直してください"
    return pd.DataFrame([(WHOLE_TABLE, "名称", "", problem, todo, _DIFFERENT)], columns=list(CHECK_COLUMNS))


def _about_kinds(reading: Reading, goal: Target) -> pd.DataFrame:
    """Point out single rows that the source itself does not call 指定緊急避難場所."""
    if not any(vocabulary().hazard(name) for name in goal.names):
        return pd.DataFrame(columns=list(CHECK_COLUMNS))
    problem = "もとの表では、指定緊急避難場所ではなく指定避難所などになっています"
    todo = "指定緊急避難場所（災害から逃げる場所）でなければ、この一覧から外してください"
    lines = [(row, "名称", cell, problem, todo, HEAVY) for row, cell in other_kinds(reading.table)]
    return pd.DataFrame(lines, columns=list(CHECK_COLUMNS))


def _about_differences(differences: Sequence[Difference]) -> pd.DataFrame:
    todo = "レシピを作ったときと違うところです。列の対応が合っているか確かめてください"
    lines = [(WHOLE_TABLE, told.column, "", told.text.rstrip("。"), todo, _DIFFERENT) for told in differences]
    return pd.DataFrame(lines, columns=list(CHECK_COLUMNS))


def _joined(tables: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=list(columns))
    return pd.concat([table.loc[:, list(columns)] for table in filled], ignore_index=True)


def _whole(checks: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Say once of the whole table what would be said of every single row (a required column that nobody filled)."""
    if checks.empty or len(table) <= 1:
        return checks
    same = checks.groupby(["列", "問題", "すること"], sort=False)["行"]
    everywhere = same.transform("nunique").eq(len(table)) & checks["行"].ne(WHOLE_TABLE)
    told = checks[everywhere].drop_duplicates(["列", "問題", "すること"])
    told = told.assign(
        行=WHOLE_TABLE, 値="", 問題="どの行も、" + told["問題"], 重さ=told["重さ"].astype(int).clip(lower=HEAVY)
    )
    return pd.concat([told, checks[~everywhere]], ignore_index=True)


def _sorted(checks: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The heaviest first; what is said of a row that was set aside is left out, its reason stands there."""
    checks = checks[checks["行"].isin([WHOLE_TABLE, *table.index])]
    if checks.empty:
        return checks
    return checks.sort_values(["重さ", "行"], ascending=[False, True], kind="stable", ignore_index=True)
