"""The notebook's table of columns: what the bridge proposes, with its reasons; the clerk ticks, changes, sets a value."""

from __future__ import annotations

import html
import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import pandas as pd

from machimap.bridge import convert, propose, read, recipe
from machimap.bridge import target as find_target
from machimap.bridge.mapping import SURE
from machimap.bridge.mapping.hazards import names_hazards, only_stays
from machimap.bridge.mapping.values import fits, pair, profile
from machimap.bridge.mapping.vocabulary import speaks_of_persons, vocabulary
from machimap.bridge.model import BASE_URL
from machimap.bridge.records import Mapping, Match
from machimap.course.bridge_assistant import Assistant
from machimap.course.files import write_whole
from machimap.course.fold import Fold
from machimap.course.friendly import MARK
from machimap.course.keyboard import own_keys
from machimap.errors import MachimapError
from machimap.places import Place

PERSON, MODEL = "人", "生成AI"
SAMPLES = 3
_NONE, _CONSTANT = -1, -2
_WORDS = ((0.95, "ほぼ確か"), (SURE, "確からしい"), (0.7, "たぶん"), (0.5, "もしかすると"), (0.0, "あやしい"))
_GROUPS = (("必須", "必ず書く列"), ("推奨", "書くとよい列"), ("その他", "そのほかの列"))
_LONGEST_HEAD, _LONGEST_CELL = 18, 26
_FLAGS = 0.8
_MENU_WIDTH = "min(34em, 86%)"
_MENU_STYLE = {"description_width": "15.5em"}
_TICK = widgets.Layout(width="5em")


class BridgeForm(widgets.VBox):
    """Every column of the target with its proposed source, samples, confidence and reason, in folded groups.

    `mapping` is what is decided now: proposals of at least SURE, and what was ticked, changed or typed. `reading` is the
    table as it was read. Raises bridge.BridgeError for what is no table.
    """

    def __init__(
        self,
        source: str | Path | bytes,
        *,
        name: str = "",
        place: Place | None = None,
        target: str = "指定緊急避難場所一覧",
        folder: str | Path = ".",
        options: dict | None = None,
    ) -> None:
        self._source, self._options, self._folder = source, dict(options or {}), Path(folder)
        self.place, self.target = place, find_target(target)
        self.reading = read(source, name=name, **self._options)
        self._name = name
        self.sources = [str(head) for head in self.reading.table.columns]
        proposed = propose(self.reading.table, self.target, place=place, title=self.reading.name)
        self._proposed = {match.target: match for match in proposed.matches}
        self._chosen = dict(self._proposed)
        self._ticked = {match.target for match in proposed.matches if match.confidence >= SURE}
        self.rows: dict[str, Row] = {}
        self.summary, self.beside, self.message = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.tried = widgets.Button(description="この対応でためす", button_style="primary", icon="play")
        self.saved = widgets.Button(description="レシピを保存", icon="save")
        self.tried.on_click(lambda _: self.try_out())
        self.saved.on_click(lambda _: self.save())
        self.groups = self._groups()
        parts = [self.summary, *self.groups, widgets.HBox([self.tried, self.saved]), self.message]
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

    def is_used(self, name: str) -> bool:
        """Tell whether a column of the target gets its values as things stand."""
        return name in self._ticked and name in self._chosen

    def match(self, name: str) -> Match | None:
        """Return what is chosen for a column of the target, ticked or not."""
        return self._chosen.get(name)

    def tick(self, name: str, on: bool) -> None:
        """Say yes to what is chosen for a column, or take it back."""
        (self._ticked.add if on else self._ticked.discard)(name)
        self.message.value = ""
        self._told()

    def choose(self, name: str, match: Match | None) -> None:
        """Decide for a column as a person does: another source, a constant, or nothing (None)."""
        if match is None:
            self._chosen.pop(name, None)
            self._ticked.discard(name)
        else:
            self._chosen[name] = match
            self._ticked.add(name)
        self.message.value = ""
        self._told()

    def offer(self, match: Match) -> None:
        """Show a proposal of the generative AI in its row; it waits for a tick like every doubtful one."""
        self._proposed[match.target] = self._chosen[match.target] = match
        self._ticked.discard(match.target)

    def by_hand(self, name: str, number: int) -> Match:
        """Return the match of a source chosen in a menu, taken apart as the proposal would be."""
        proposed, source = self._proposed.get(name), self.sources[number]
        if proposed and proposed.source == source:
            return proposed
        pick = _pick(self.reading.table[source], name)
        return Match(name, source, pick=pick, confidence=1.0, evidence="人が選んだ", by=PERSON)

    def samples(self, source: str) -> str:
        """Return a few values of a column of the source, as they stand there."""
        cells = [cell for cell in self.reading.table[source].unique() if cell.strip()][:SAMPLES]
        return "、".join(f"「{_short(cell, _LONGEST_CELL)}」" for cell in cells) or "（中身は空）"

    def try_out(self) -> None:
        """Take the table across with what is decided now, and tell the account; nothing is written."""
        try:
            done = convert(
                self._source,
                name=self._name,
                target=self.target.name,
                place=self.place or "",
                mapping=self.mapping,
                options=self._options,
            )
        except MachimapError as error:
            self.message.value = html.escape(MARK + str(error))
            return
        told = f"{done.account}。点数 {done.score_before} → {done.score_after}、要確認 {len(done.checks)}件。"
        self.message.value = html.escape(told + "次のセルからも、この対応が使われます。")

    def save(self) -> None:
        """Write recipe.yml into the folder, or show in one sentence why not."""
        text = recipe.dump(
            recipe.make(
                self.reading.table,
                self.mapping,
                self.target.name,
                place=self.place.lg_code if self.place else "",
                options=self._options,
                offers=tuple(self._chosen[name] for name in self.waiting if self._chosen[name].by == MODEL),
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

    def rebuild(self) -> None:
        """Make the open groups anew after proposals came in."""
        self.rows.clear()
        for group in self.groups:
            group.again()
        self._told()

    def _final(self, name: str) -> Match:
        match = self._chosen[name]
        if match.confidence >= SURE or match.by == PERSON:
            return match
        by = match.by if match.by == MODEL else PERSON
        return replace(match, evidence=f"{match.evidence}。人が「はい」とした", by=by)

    def _mapping(self, matches: tuple[Match, ...]) -> Mapping:
        used = {match.source for match in matches}
        return Mapping(matches, tuple(head for head in self.sources if head not in used))

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
        """Return the rows of a group: doubtful ones first, those without a source folded at the end."""
        found = sorted((name for name in names if name in self._chosen), key=lambda name: name in self._ticked)
        empty = [name for name in names if name not in self._chosen]
        rows: list[widgets.Widget] = [self._row(name) for name in found]
        if not empty:
            return rows
        fold = Fold(lambda: [self._row(name) for name in empty])
        fold.called(
            f"もとの表に見つからなかった列（{len(empty)}）：{'、'.join(empty[:3])}{' …' if len(empty) > 3 else ''}"
        )
        return [*rows, fold]

    def _row(self, name: str) -> Row:
        self.rows[name] = Row(self, name)
        return self.rows[name]

    def _told(self) -> None:
        """Bring the heads of the groups, the columns left and the summary up to date."""
        for (title, meaning), names, fold in zip(_GROUPS, self._members, self.groups, strict=False):
            used = sum(map(self.is_used, names))
            waits = sum(name in self.waiting for name in names)
            told = f"{title}：{meaning}（{len(names)}列のうち {used}列が決まり"
            fold.called(told + (f"、{waits}列を確かめる）" if waits else "）"))
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
            f"<li><b>{html.escape(_flat(head))}</b>：{html.escape(self.samples(head))}"
            f"{'　← 人のことらしい列です。公開しません' if speaks_of_persons(head) else ''}</li>"
            for head in unmapped
        )
        return f"<ul style='margin:0;line-height:1.5'>{''.join(lines)}</ul>"


class Row(widgets.VBox):
    """One column of the target: a menu of the sources, a tick, a field for a constant, and why it is proposed."""

    def __init__(self, form: BridgeForm, name: str) -> None:
        self._form, self._name = form, name
        sources = [(_menu_word(head), number) for number, head in enumerate(form.sources)]
        options = [("（なし）", _NONE), ("（決まった値を書く）", _CONSTANT), *sources]
        match = form.match(name)
        self.menu = widgets.Dropdown(options=options, description=name, style=_MENU_STYLE, tooltip=name)
        self.menu.value = self._number(match)
        self.yes = widgets.Checkbox(value=form.is_used(name), description="はい", indent=False, layout=_TICK)
        self.yes.tooltip = f"「{name}」に、この列を使う"
        self.constant = widgets.Text(
            description="決まった値",
            placeholder="どの行にも入れる値",
            continuous_update=False,
            style=_MENU_STYLE,
        )
        # A layout is a thing of its own that widgets would share: hiding one field would hide them all.
        self.menu.layout.width = self.constant.layout.width = _MENU_WIDTH
        self.told = widgets.HTML()
        self._show(match)
        self.menu.observe(lambda change: self._changed(change["new"]), "value")
        self.yes.observe(lambda change: self._ticked(change["new"]), "value")
        self.constant.observe(lambda change: self._typed(change["new"]), "value")
        super().__init__([widgets.HBox([self.menu, self.yes]), self.constant, self.told])
        self.add_class("machimap-row")

    def _number(self, match: Match | None) -> int:
        if match is None:
            return _NONE
        return self._form.sources.index(match.source) if match.source else _CONSTANT

    def _changed(self, number: int) -> None:
        if number == _CONSTANT:
            self._form.choose(self._name, None)
            self._show(None)
            self._typed(self.constant.value)
            return
        match = None if number == _NONE else self._form.by_hand(self._name, number)
        self._form.choose(self._name, match)
        self._show(match)

    def _typed(self, text: str) -> None:
        if self.menu.value != _CONSTANT:
            return
        value = text.strip()
        match = Match(self._name, constant=value, confidence=1.0, evidence="人が決めた値", by=PERSON) if value else None
        self._form.choose(self._name, match)
        self._show(match)

    def _ticked(self, on: bool) -> None:
        match = self._form.match(self._name)
        if on != self._form.is_used(self._name) and match is not None:
            self._form.tick(self._name, on)
        self._show(match)

    def _show(self, match: Match | None) -> None:
        used = self._form.is_used(self._name)
        self.yes.disabled = match is None
        self.yes.value = used
        self.constant.layout.display = None if self.menu.value == _CONSTANT else "none"
        self.layout.border_left = "4px solid #b35900" if match and not used else "4px solid transparent"
        self.told.value = self._reason(match, used)
        self.told.layout.display = None if self.told.value else "none"

    def _reason(self, match: Match | None, used: bool) -> str:
        if match is None and self.menu.value == _CONSTANT:
            told = "値を書いて Enter を押すと、どの行にも入ります。"
        elif match is None:
            return ""
        elif match.constant:
            told = f"どの行にも「{match.constant}」を入れます。"
        else:
            state = "" if used else "【確かめる】合っていれば「はい」に印を付けます。"
            who = (
                "人が選びました"
                if match.by == PERSON
                else f"{_word(match.confidence)}（{match.confidence:.2f}）：{match.evidence}"
            )
            told = f"{state}例 {self._form.samples(match.source)}／{who}"
        return f"<div style='margin:0 0 6px 12px;line-height:1.4;font-size:13px'>{html.escape(told)}</div>"


def _pick(column: pd.Series, name: str) -> str:
    """Return what of a cell a column takes when a person chooses the source: its hazard, or its half of a position."""
    hazard = vocabulary().hazard(name)
    if hazard:
        return hazard if names_hazards(column)[0] and fits(profile(column), "flag") < _FLAGS else ""
    cells = [cell for cell in column.unique()[:200] if cell.strip()]
    return name if name in ("緯度", "経度") and cells and all(map(pair, cells)) else ""


def _twice(mapping: Mapping) -> list[str]:
    """Return 「source」→ targets where a source is taken whole for more than one column."""
    whole: dict[str, list[str]] = {}
    for match in mapping.matches:
        if match.source and not match.pick:
            whole.setdefault(match.source, []).append(match.target)
    return [f"「{_flat(source)}」→「{'」「'.join(names)}」" for source, names in whole.items() if len(names) > 1]


def _word(confidence: float) -> str:
    return next(word for least, word in _WORDS if confidence >= least)


def _flat(text: str) -> str:
    return " ".join(str(text).split())


def _short(text: str, longest: int) -> str:
    flat = _flat(text)
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _menu_word(head: str) -> str:
    return _short(head, _LONGEST_HEAD) or "（見出しなし）"
