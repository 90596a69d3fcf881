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
from machimap.bridge import asking, national, persons
from machimap.bridge import recipe as recipes
from machimap.bridge.asking import joined
from machimap.bridge.cleaning import clean
from machimap.bridge.filling import FROM_LIST, FROM_SEARCH, Filled, about_replaced, fill
from machimap.bridge.mapping import carry, propose, settled
from machimap.bridge.mapping.vocabulary import speaks_of_persons
from machimap.bridge.reading import read
from machimap.bridge.recipe import Difference, Recipe
from machimap.bridge.records import ASIDE_COLUMNS, CHANGE_COLUMNS, CHECK_COLUMNS, Conclusion, Mapping, Match, Reading
from machimap.bridge.scoring import Score, score
from machimap.bridge.targets import Target, target_names
from machimap.bridge.targets import target as find_target
from machimap.bridge.town import about_town
from machimap.bridge.validating import validate
from machimap.places import Place
from machimap.spreadsheet import safe_cell

if TYPE_CHECKING:
    from machimap.bridge.address_search import Search
    from machimap.bridge.model import Answer, Model

SEARCH_CREDIT = "出典：国土地理院"
_CODE = re.compile(r"^(\d{6})(?=[_\-. ]|$)")


@dataclass(frozen=True, eq=False)
class Bridged:
    """A table that has crossed: rows in = rows of `table` + rows of `aside`, by their numbers in the source.

    table: the columns of the target; beside: the source's other columns (same rows, not for publication before
    somebody has looked); changes in CHANGE_COLUMNS, checks in CHECK_COLUMNS sorted by weight (row 0: the whole table),
    aside in ASIDE_COLUMNS with whole rows; differences: what a recipe found changed; offers: what a generative AI
    proposes, not applied; answer: its prompt and log; waiting: what the rules propose and the mapping neither uses nor
    declines; earlier: the source that a recipe was made with; blocked: why no list may be written, in one sentence, or
    "".
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
    waiting: tuple[Match, ...] = ()
    earlier: str = ""
    blocked: str = ""

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
    def published_texts(self) -> tuple[str, ...]:
        """The columns of free text that are published: rules find not every word on people, so somebody reads them."""
        return persons.free_texts(self.target, self.table)

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
            offers=(*self.waiting, *self.offers),
            source=self.reading.name,
        )

    def write(self, folder: str | Path, *, replace: bool = False) -> list[Path]:
        """Write the list, its datapackage.json, the recipe and the report; what is not for publication stands apart.

        Returns the paths written: without a row to publish, or `blocked`, no list and no datapackage.json. Raises BridgeError for a
        folder with the list of another source, unless `replace`. See `report.write`.
        """
        from machimap.bridge.report import write

        return write(self, Path(folder), replace=replace)


def convert(
    source: str | Path | bytes,
    *,
    target: str = target_names()[0],
    place: str | Place = "",
    recipe: str | Path | Recipe | None = None,
    mapping: Mapping | None = None,
    options: Options | None = None,
    online: bool = False,
    tokyo_datum: bool = False,
    model: Model | None = None,
    name: str = "",
) -> Bridged:
    """Take a municipal table to a list of the standard.

    place: the municipality if all rows lie in one (else every row is placed by its own code or address); recipe: of
    an earlier run; mapping: decided by a person, takes precedence and is applied as it is (else flags that are only
    guessed wait, see `settled`); options: of `read`; online: look up addresses; tokyo_datum: the coordinates are of the
    old Tokyo Datum (kept in the recipe's options); model: a generative AI that may only propose. Raises BridgeError in
    one sentence.
    """
    known = recipe if isinstance(recipe, Recipe) or recipe is None else recipes.load(recipe)
    goal = find_target(known.target if known else target)
    options = {**((known.options or {}) if known else {}), **(options or {})}
    options |= {recipes.DATUM: True} if tokyo_datum else {}
    reading = read(source, name=name, **recipes.of_reading(options))
    reading, where = _with_place(reading, place or (known.place if known else ""))
    title = reading.name
    differences: list[Difference] = []
    offered, guessed = propose(reading.table, goal, place=where, title=title), ()
    if mapping is None:
        if known:
            mapping, differences = recipes.rerun(known, reading.table, goal, title=title)
        mapping, guessed = settled(mapping or offered, goal, list(map(str, reading.table.columns)))
    answer = model.propose(reading.table, mapping, goal) if model else None
    return cross(
        reading,
        mapping,
        goal,
        place=where,
        online=online,
        differences=differences,
        answer=answer,
        options=options,
        offered=offered,
        guessed=guessed,
        earlier=known.source if known else "",
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
    offered: Mapping | None = None,
    guessed: Sequence[Match] = (),
    earlier: str = "",
) -> Bridged:
    """Take a table that was read to the target by a mapping: what `convert` does after reading and mapping.

    offered: what the rules propose for the table; where the mapping leaves it out, it is said to wait for a yes, and so
    is what was guessed.
    options: of `read`, and tokyo_datum.
    """
    doubles = _doubles(reading.table)
    rows = reading.table.drop(index=list(doubles))
    applied = carry(rows, mapping, goal)
    search = _search() if online else None
    tokyo_datum = bool((options or {}).get(recipes.DATUM))
    cleaned = clean(applied.mapped, goal, place=place, tokyo_datum=tokyo_datum, search=search)
    waiting = _waiting(mapping, offered, guessed)
    filled = _filled(cleaned.table, goal, place, search, waiting)
    table, escaped = _escaped(filled.table)
    changes = joined([applied.changes, cleaned.changes, filled.changes, escaped], CHANGE_COLUMNS)
    changes = changes[changes["行"].isin(table.index)].reset_index(drop=True)
    nameless = list(cleaned.aside["行"]) if any(match.target == asking.NAME for match in mapping.matches) else []
    cells = joined([applied.checks, cleaned.checks, filled.checks], CHECK_COLUMNS)
    cells = joined([cells, asking.unasked(validate(table, goal), cells)], CHECK_COLUMNS)
    town = about_town(applied.mapped, table, changes, cells, place)
    checks = [
        asking.about_table(mapping, waiting, goal, reading, table),
        asking.about_differences(differences),
        asking.about_rows(reading, goal, doubles, nameless),
        about_replaced(town.checks, cleaned.changes, filled.changes),
    ]
    aside = _aside(reading, doubles, cleaned.aside, decided=bool(nameless))
    provided = {match.target for match in mapping.matches} - set(asking.silent(mapping, goal, reading.table))
    own = reading.table[[column for column in goal.names if column in reading.table.columns]]
    return Bridged(
        reading=reading,
        mapping=mapping,
        table=table,
        beside=applied.beside.loc[table.index],
        changes=changes,
        checks=asking.queue(joined(checks, CHECK_COLUMNS), table, waiting, nameless),
        aside=aside,
        score_before=score(own, goal, rows=len(reading.table)),
        score_after=score(table, goal, provided=provided, rows=len(rows)),
        target=goal,
        place=place,
        options=options or {},
        differences=tuple(differences),
        offers=answer.matches if answer else (),
        answer=answer,
        waiting=waiting,
        earlier=earlier,
        blocked=town.blocked,
    )


def _waiting(mapping: Mapping, offered: Mapping | None, guessed: Sequence[Match]) -> tuple[Match, ...]:
    """Return what was guessed, and what is proposed for columns that the mapping leaves open, from sources not used."""
    decided = {match.target for match in (*mapping.matches, *guessed)} | set(mapping.declined)
    used = {match.source for match in mapping.matches if not match.pick}
    offers = offered.matches if offered else ()
    return (*guessed, *(match for match in offers if match.target not in decided and match.source not in used))


def _filled(
    table: pd.DataFrame, goal: Target, place: Place | None, search: Search | None, waiting: Sequence[Match]
) -> Filled:
    """Fill coordinates, but not while a column that may hold the table's own ones waits for a yes."""
    if any(match.target in asking.PLACE for match in waiting):
        return Filled(table, pd.DataFrame(columns=list(CHANGE_COLUMNS)), pd.DataFrame(columns=list(CHECK_COLUMNS)))
    return fill(table, goal, place=place, search=search)


def _search() -> Search:
    from machimap.bridge.address_search import Search

    return Search()


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


def _aside(reading: Reading, doubles: dict[int, int], cleaned: pd.DataFrame, *, decided: bool) -> pd.DataFrame:
    reasons = {row: f"{first}行目とまったく同じ" for row, first in doubles.items()}
    why = cleaned["理由"] if decided else [asking.UNDECIDED] * len(cleaned)
    reasons |= {int(row): str(reason) for row, reason in zip(cleaned["行"], why, strict=True)}
    lines = [(row, reason, content(reading.table.loc[row])) for row, reason in sorted(reasons.items())]
    return joined([reading.aside, pd.DataFrame(lines, columns=list(ASIDE_COLUMNS))], ASIDE_COLUMNS)


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
