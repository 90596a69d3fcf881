"""The notebook's table of columns: what the bridge proposes, with its reasons; the clerk ticks, changes, sets a value."""

from __future__ import annotations

import hashlib
import html
import os
from collections.abc import Collection
from copy import copy
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets

from machimap.bridge import Bridged, BridgeError, convert, propose, read, recipe
from machimap.bridge import target as find_target
from machimap.bridge.mapping import SURE
from machimap.bridge.mapping.hazards import only_stays
from machimap.bridge.mapping.vocabulary import speaks_of_persons, vocabulary
from machimap.bridge.model import BASE_URL
from machimap.bridge.records import Mapping, Match
from machimap.course.bridge_assistant import Assistant
from machimap.course.bridge_row import BY_ITSELF, PERSON, Row, flat, pick_of, shortened
from machimap.course.earlier_recipe import EarlierRecipe
from machimap.course.files import write_whole
from machimap.course.fold import Fold
from machimap.course.friendly import MARK
from machimap.course.handed_table import HandedTable
from machimap.course.keyboard import own_keys
from machimap.errors import MachimapError
from machimap.places import Place

MODEL = "生成AI"
SAMPLES = 3
_GROUPS = (("必須", "必ず書く列"), ("推奨", "書くとよい列"), ("その他", "そのほかの列"))
_LONGEST_CELL = 26
_SAID_YES = "。人が「はい」とした"
# Proposals, choices, ticks, and the columns that a person wants nothing in.
_Decided = tuple[dict[str, Match], dict[str, Match], set[str], set[str]]
# What was decided in this kernel, by the table it was decided for.
_decided: dict[tuple, _Decided] = {}


class BridgeForm(widgets.VBox):
    """Every column of the target with its proposed source, samples, confidence and reason, in folded groups.

    `mapping` is what is decided now: proposals of at least SURE, and what was ticked, changed, typed or declined.
    `reading` is the table as it was read. Its cell run again for the same table keeps what was decided. source: a file, or the HandedTable
    that says which, whose it is and how it is read. Raises bridge.BridgeError for what is no table.
    """

    def __init__(
        self,
        source: HandedTable | str | Path | bytes,
        *,
        name: str = "",
        place: Place | None = None,
        target: str = "指定緊急避難場所一覧",
        folder: str | Path = ".",
        options: dict | None = None,
    ) -> None:
        self._handed = source if isinstance(source, HandedTable) else None
        if self._handed:
            self._seen = source.chosen
            source, name, place, options = source.body, source.name, source.place, source.options
        self._source, self._options, self._folder = source, dict(options or {}), Path(folder)
        self.place, self.target = place, find_target(target)
        self.reading = read(source, name=name, **recipe.of_reading(self._options))
        self._name = name
        self.sources = [str(head) for head in self.reading.table.columns]
        proposed = propose(self.reading.table, self.target, place=place, title=self.reading.name)
        self._first = {match.target: match for match in proposed.matches}
        self._key = (_digest(source), name, repr(sorted(self._options.items())), target, place)
        self._crossed: tuple[Mapping, Bridged] | None = None
        self._begin(_decided.get(self._key))
        self.rows: dict[str, Row] = {}
        self.summary, self.beside, self.message = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.tried = widgets.Button(description="この対応でためす", button_style="primary", icon="play")
        self.saved = widgets.Button(description="レシピを保存", icon="save")
        self.anew = widgets.Button(description="はじめの案に戻す", icon="undo")
        self.before = widgets.HBox([widgets.HTML("前に決めた対応を使っています。"), self.anew])
        self.before.layout.display = None if self._key in _decided else "none"
        self.tried.on_click(lambda _: self.try_out())
        self.saved.on_click(lambda _: self.save())
        self.anew.on_click(lambda _: self.begin_anew())
        self.earlier = EarlierRecipe(self, self._folder.parent)
        self.groups = self._groups()
        parts = [
            self.before,
            self.earlier,
            self.summary,
            *self.groups,
            widgets.HBox([self.tried, self.saved]),
            self.message,
        ]
        if os.environ.get(BASE_URL, "").strip():
            parts.append(Assistant(self))
        super().__init__([*parts, own_keys()])
        self._told()

    @property
    def mapping(self) -> Mapping:
        """The matches that are decided, in the order of the target, and the source's columns that are left."""
        return self._mapping(tuple(self._final(name) for name in self.target.names if self.is_used(name)))

    @property
    def offered(self) -> Mapping:
        """The mapping as it would be if everything that waits were ticked."""
        return self._mapping(tuple(self._chosen[name] for name in self.target.names if name in self._chosen))

    @property
    def waiting(self) -> list[str]:
        """The columns whose proposal waits for a tick."""
        return [name for name in self.target.names if name in self._chosen and name not in self._ticked]

    def convert(self) -> Bridged:
        """Take the table across with what is decided now (`bridge.convert`). Raises bridge.BridgeError, also where
        another table was chosen since.
        """
        self._still_the_same()
        mapping = self.mapping
        self._crossed = mapping, self._convert(mapping)
        return self.done

    @property
    def done(self) -> Bridged:
        """What `convert` made. Raises bridge.BridgeError where the table or the mapping is another by now."""
        self._still_the_same()
        if self._crossed is None or self._crossed[0] != self.mapping:
            told = "まだ変換していない" if self._crossed is None else "列の対応が変わっている"
            raise BridgeError(f"{told}ので、4のセルから順に動かしてください。")
        return self._crossed[1]

    @property
    def options(self) -> dict:
        """The options with which the table was read."""
        return self._options

    def take_over(self, mapping: Mapping) -> None:
        """Begin with what an earlier recipe decided; what nobody has decided, and what is new and doubtful, waits."""
        whole = {match.source for match in mapping.matches if match.source and not match.pick}
        decided = {match.target: match for match in mapping.matches}
        free = {name: match for name, match in self._first.items() if match.source not in whole}
        proposed = {name: match for name, match in free.items() if name not in mapping.declined} | decided
        ticked = {name for name, match in decided.items() if match.confidence >= SURE or match.by in (PERSON, MODEL)}
        self._begin((proposed, proposed, ticked, set(mapping.declined)))
        self._keep()
        self.before.layout.display, self.message.value = None, ""
        self.rebuild()

    def begin_anew(self) -> None:
        """Forget what was decided for this table, and show the first proposals."""
        _decided.pop(self._key, None)
        self._begin(None)
        self.before.layout.display = "none"
        self.message.value, self.earlier.message.value = "はじめの案に戻しました。", ""
        self.rebuild()

    def is_used(self, name: str) -> bool:
        """Tell whether a column of the target gets its values as things stand."""
        return name in self._ticked and name in self._chosen

    def match(self, name: str) -> Match | None:
        """Return what is chosen for a column of the target, ticked or not."""
        return self._chosen.get(name)

    def tick(self, name: str, on: bool) -> None:
        """Say yes to what is chosen for a column, or take it back."""
        (self._ticked.add if on else self._ticked.discard)(name)
        self._decide()

    def choose(self, name: str, match: Match | None) -> None:
        """Decide for a column as a person does: another source, a constant, or nothing yet (None)."""
        self._declined.discard(name)
        if match is None:
            self._chosen.pop(name, None)
            self._ticked.discard(name)
        else:
            self._chosen[name] = match
            self._ticked.add(name)
        self._decide()

    def decline(self, name: str) -> None:
        """Decide that nothing is taken for a column: it is not asked about any more, next year neither."""
        self._chosen.pop(name, None)
        self._ticked.discard(name)
        self._declined.add(name)
        self._decide()

    def is_declined(self, name: str) -> bool:
        """Tell whether a person decided to take nothing for a column."""
        return name in self._declined

    def offer(self, match: Match) -> None:
        """Show a proposal of the generative AI in its row; it waits for a tick like every doubtful one."""
        self._proposed[match.target] = self._chosen[match.target] = match
        self._ticked.discard(match.target)
        self._declined.discard(match.target)
        self._keep()

    def by_hand(self, name: str, number: int) -> Match:
        """Return the match of a source chosen in a menu, taken apart as the proposal would be."""
        proposed, source = self._proposed.get(name), self.sources[number]
        if proposed and proposed.source == source:
            return proposed
        pick = pick_of(self.reading.table[source], name)
        return Match(name, source, pick=pick, confidence=1.0, evidence="人が選んだ", by=PERSON)

    def samples(self, source: str) -> str:
        """Return a few values of a column of the source, as they stand there."""
        cells = [cell for cell in self.reading.table[source].unique() if cell.strip()][:SAMPLES]
        return "、".join(f"「{shortened(cell, _LONGEST_CELL)}」" for cell in cells) or "（中身は空）"

    def try_out(self) -> None:
        """Take the table across with what is decided now, and tell the account; nothing is written."""
        try:
            self._still_the_same()
            done = self._convert(self.mapping)
        except MachimapError as error:
            self.message.value = html.escape(MARK + str(error))
            return
        told = f"{done.account}。点数 {done.score_before} → {done.score_after}、要確認 {len(done.checks)}件。"
        self.message.value = html.escape(told + "4のセルも動かしてください。この対応が使われます。")

    def save(self) -> None:
        """Write recipe.yml into the folder, or show in one sentence why not."""
        text = recipe.dump(
            recipe.make(
                self.reading.table,
                self.mapping,
                self.target.name,
                place=self.place.lg_code if self.place else "",
                options=self._options,
                offers=tuple(self._chosen[name] for name in self.waiting),
                source=self.reading.name,
            )
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / recipe.NAME, text)
        except OSError:
            told = f"{MARK}「{self._folder.name}」に書き込めないので、フォルダを確かめて、もう一度押してください。"
        else:
            told = f"{self._folder.name}/{recipe.NAME} に保存しました（{len(self.mapping.matches)}列の対応）。"
        self.message.value = html.escape(told)

    def _convert(self, mapping: Mapping) -> Bridged:
        return convert(
            self._source,
            name=self._name,
            target=self.target.name,
            place=self.place or "",
            mapping=mapping,
            options=self._options,
        )

    def _still_the_same(self) -> None:
        if self._handed and self._handed.chosen != self._seen:
            raise BridgeError(
                "使う表か、まち、読み方（options）が選び直されているので、2のセルから順に動かしてください。"
            )

    def _begin(self, before: _Decided | None) -> None:
        """Begin with the first proposals, or with what was decided before."""
        ticked = {name for name, match in self._first.items() if match.confidence >= SURE}
        begun = before or (self._first, self._first, ticked, set())
        self._proposed, self._chosen, self._ticked, self._declined = map(copy, begun)

    def _decide(self) -> None:
        self._keep()
        self.message.value = ""
        self._told()

    def _keep(self) -> None:
        """Keep what is decided for this table while the kernel lives."""
        now = self._proposed, self._chosen, self._ticked, self._declined
        _decided[self._key] = tuple(map(copy, now))

    def rebuild(self) -> None:
        """Make the open groups anew after proposals came in."""
        self.rows.clear()
        for group in self.groups:
            group.again()
        self._told()

    def _final(self, name: str) -> Match:
        match = self._chosen[name]
        if match.confidence >= SURE or match.by == PERSON or match.evidence.endswith(_SAID_YES):
            return match
        by = match.by if match.by == MODEL else PERSON
        return replace(match, evidence=f"{match.evidence}{_SAID_YES}", by=by)

    def _mapping(self, matches: tuple[Match, ...]) -> Mapping:
        used = {match.source for match in matches}
        declined = tuple(name for name in self.target.names if name in self._declined)
        return Mapping(matches, tuple(head for head in self.sources if head not in used), declined)

    def _groups(self) -> list[Fold]:
        columns = self.target.columns
        required, recommended = columns["required"] == "1", columns["recommended"] == "1"
        kinds = (required, recommended & ~required, ~required & ~recommended)
        groups = [
            Fold(lambda names=tuple(columns.loc[kind, "column"]): self._group(names), is_open=number == 0)
            for number, kind in enumerate(kinds)
        ]
        self._members = [tuple(columns.loc[kind, "column"]) for kind in kinds]
        return [*groups, Fold(lambda: [self.beside])]

    def _group(self, names: tuple[str, ...]) -> list[widgets.Widget]:
        """Return the rows of a group: doubtful ones first; those that fill themselves, and those without a source,
        folded at the end.
        """
        known = {*self._chosen, *self._declined}
        found = sorted((name for name in names if name in known), key=self._rank)
        rows: list[widgets.Widget] = [self._row(name) for name in found]
        own = [name for name in names if name not in known and name in BY_ITSELF]
        empty = [name for name in names if name not in known and name not in BY_ITSELF]
        return [*rows, *self._folded("自動で入る列", own), *self._folded("もとの表に見つからなかった列", empty)]

    def _rank(self, name: str) -> int:
        """Return 0 for a column that waits, 1 for one that is used, 2 for one that a person declined."""
        return 2 if name in self._declined else int(name in self._ticked)

    def _folded(self, title: str, names: list[str]) -> list[Fold]:
        """Return the fold of these columns, [] where there are none."""
        if not names:
            return []
        fold = Fold(lambda: [self._row(name) for name in names])
        fold.called(f"{title}（{len(names)}）：{'、'.join(names[:3])}{' …' if len(names) > 3 else ''}")
        return [fold]

    def _row(self, name: str) -> Row:
        self.rows[name] = Row(self, name)
        return self.rows[name]

    def _told(self) -> None:
        """Bring the heads of the groups, the columns left and the summary up to date."""
        for (title, meaning), names, fold in zip(_GROUPS, self._members, self.groups, strict=False):
            used = sum(map(self.is_used, names))
            waits = sum(name in self.waiting for name in names)
            refused = sum(map(self.is_declined, names))
            told = f"{title}：{meaning}（全部で{len(names)}列、決まった列 {used}"
            told += (f"、確かめる列 {waits}" if waits else "") + (f"、使わない列 {refused}" if refused else "")
            fold.called(f"{told}）")
        mapping = self.mapping
        self.groups[-1].called(f"残った列：標準に入れず、別に残す列（{len(mapping.unmapped)}列）")
        self.beside.value = self._left(mapping.unmapped)
        self.summary.value = self._state(mapping)

    def _state(self, mapping: Mapping) -> str:
        table = self.reading.table
        lines = [
            f"<b>{html.escape(self.reading.name)}</b>（{len(table):,}行、{len(self.sources)}列） → "
            f"{html.escape(self.target.name)}（{len(self.target.names)}列）：使う対応 {len(mapping.matches)}"
        ]
        if self.waiting:
            named = "、".join(self.waiting[:6]) + (" …" if len(self.waiting) > 6 else "")
            lines.append(
                f"<b>「はい」を待っている列 {len(self.waiting)}</b>：{html.escape(named)}（印を付けるまで使いません）"
            )
        stays = only_stays(self.reading.name, table) if any(map(vocabulary().hazard, self.target.names)) else ""
        if stays:
            told = f"{stays}ので、災害の印の案は出しません。逃げる場所として公開してよいか、担当課に確かめます。"
            lines.append(f"<b>とどまる場所の一覧らしい表です</b>：{html.escape(told)}")
        lines += [f"同じ列を2か所で使っています：{html.escape(told)}" for told in _twice(mapping)]
        return "<br>".join(lines)

    def _left(self, unmapped: Collection[str]) -> str:
        if not unmapped:
            return "ありません。もとの列は、全部どこかに入ります。"
        lines = (
            f"<li><b>{html.escape(flat(head))}</b>：{html.escape(self.samples(head))}"
            f"{'　← 人のことらしい列です。公開しません' if speaks_of_persons(head) else ''}</li>"
            for head in unmapped
        )
        return f"<ul style='margin:0;line-height:1.5'>{''.join(lines)}</ul>"


def _digest(source: str | Path | bytes) -> str:
    return hashlib.sha256(source).hexdigest() if isinstance(source, bytes) else str(source)


def _twice(mapping: Mapping) -> list[str]:
    """Return 「source」→ targets where a source is taken whole for more than one column."""
    whole: dict[str, list[str]] = {}
    for match in mapping.matches:
        if match.source and not match.pick:
            whole.setdefault(match.source, []).append(match.target)
    return [f"「{flat(source)}」→「{'」「'.join(names)}」" for source, names in whole.items() if len(names) > 1]
