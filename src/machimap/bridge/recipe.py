"""A mapping as a small readable file that runs again next year, and says what has changed since."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import yaml

from machimap.bridge.mapping import propose
from machimap.bridge.mapping.values import shape
from machimap.bridge.mapping.vocabulary import key, without_date
from machimap.bridge.records import BridgeError, Mapping, Match
from machimap.bridge.targets import Target, target, target_names

VERSION = 1
NAME = "recipe.yml"
# The one option that is not of `read`: the positions are turned from the old datum.
DATUM = "tokyo_datum"
UNUSED_GONE = "使っていない列がなくなった"
_MARK = "まちマップのレシピ"
DECLINED = "使わない標準の列"
_OFFERS = "まだ使っていない案"
# The name that the offers had while only a generative AI made them.
_OFFERS_BEFORE = "生成AIの提案"
_MAX_BYTES = 1_000_000
_OPTIONS = {
    "encoding": str,
    "delimiter": str,
    "sheet": str,
    "member": str,
    "header_row": int,
    "header_rows": int,
    "fill_merged": bool,
    DATUM: bool,
}
_BY = ("規則", "レシピ", "人", "生成AI")
_ADVICE = "`machimap bridge` が書いた recipe.yml を選ぶか、レシピなしでやり直してください。"
_HEAD = """\
# 列の対応のレシピ。来年の新しいファイルにも、machimap bridge 新しいファイル --recipe このファイル で使えます。
# 「もとの列」を書き直すと、使う列が変わります。「決まった値」を書くと、どの行にも同じ値が入ります。
# 人が確かめた行は「決めたのは: 人」にすると、要確認に出なくなります。
# 「まだ使っていない案」は、わけを読んで「採用: はい」に直すと、使います。
# 使いたくない標準の列は、「列の対応」から消して「使わない標準の列: [備考]」のように書くと、来年も使いません。
"""


@dataclass(frozen=True)
class Recipe:
    """target: name of the list; place: 6-digit code or ""; options: for `read`; matches; offers: what the rules or a
    generative AI propose and nobody has ticked; columns: every column of the file it was made with and the shape of its
    values; declined: columns of the list that a person wants from nowhere.
    """

    target: str
    matches: tuple[Match, ...]
    columns: dict[str, str]
    place: str = ""
    options: dict[str, str | int] | None = None
    offers: tuple[Match, ...] = ()
    source: str = ""
    declined: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What is different from the file the recipe was made with: kind, column, and one Japanese sentence."""

    kind: str
    column: str
    text: str


class _PlainLoader(yaml.SafeLoader):
    """YAML without references: a few lines of them can unfold to more than the memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def of_reading(options: dict) -> dict:
    """Return the options that `read` takes."""
    return {key: value for key, value in options.items() if key != DATUM}


def make(table: pd.DataFrame, mapping: Mapping, target_name: str, **more: object) -> Recipe:
    """Return the recipe of a mapping as it was used on a table (`more`: place, options, offers, source)."""
    columns = {str(name): shape(table[name]) for name in table.columns}
    return Recipe(target_name, mapping.matches, columns, declined=mapping.declined, **more)


def dump(recipe: Recipe) -> str:
    """Return the text of a recipe file; the same recipe gives the same text."""
    data: dict[str, object] = {_MARK: VERSION, "一覧": recipe.target}
    data |= {"まち": recipe.place} if recipe.place else {}
    data |= {"もとのファイル": recipe.source} if recipe.source else {}
    # Numbers of single rows (keep_rows) mean nothing in next year's file.
    lasting = {name: value for name, value in (recipe.options or {}).items() if name in _OPTIONS and value}
    data |= {"読み取り": lasting} if lasting else {}
    data["列の対応"] = [_entry(match) for match in recipe.matches]
    if recipe.offers:
        data[_OFFERS] = [{**_entry(match), "採用": "いいえ"} for match in recipe.offers]
    data |= {DECLINED: list(recipe.declined)} if recipe.declined else {}
    data["もとの列と値の形"] = recipe.columns
    return _HEAD + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=200)


def load(source: str | Path) -> Recipe:
    """Read a recipe file.

    Raises BridgeError, in one sentence, for a file that is missing, broken, no recipe, or one that names a list or a
    column that the standard does not have.
    """
    path = Path(source)
    name = f"「{path.name}」"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BridgeError(f"{name}は大きすぎてレシピではないので、{_ADVICE}")
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_PlainLoader)
    except OSError as error:
        raise BridgeError(f"レシピ{name}を開けないので、ファイルの場所と名前を確かめてください。") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BridgeError(f"レシピ{name}は書き方が壊れているので、{_ADVICE}") from error
    if not isinstance(data, dict) or _MARK not in data:
        raise BridgeError(f"{name}はまちマップのレシピではないので、{_ADVICE}")
    if data[_MARK] != VERSION:
        raise BridgeError(f"レシピ{name}は別の版（{data[_MARK]}）なので、レシピなしでやり直してください。")
    return _read(data, name)


def rerun(recipe: Recipe, table: pd.DataFrame, goal: Target, *, title: str = "") -> tuple[Mapping, list[Difference]]:
    """Apply a recipe to a new table: the mapping, and what is different from the table it was made with.

    A column whose head only changed its date or writing is used again (人数_令和6年1月9日 → 人数); one that is gone is
    looked for among the new columns; new columns that fit a column still without source are used, but never as a flag
    (a new hazard has to be seen by a person) nor for a column that was declined. A column that was not used and is gone
    is said too, as a thing that changes nothing.
    """
    heads = [str(name) for name in table.columns]
    fresh = propose(table, goal, title=title).matches
    flags = goal.of_kind("flag")
    found, told = _renamed(recipe, heads)
    matches, used = [], set()
    for match in recipe.matches:
        if match.constant or not match.source:
            matches.append(match)
            continue
        head = found.get(match.source)
        if head is None:
            matches, told = _replaced(match, recipe, fresh, flags, matches, told)
        else:
            matches.append(replace(match, source=head, by=match.by if match.by != "規則" else "レシピ"))
    used = {match.source for match in matches if match.source}
    taken = {match.target for match in matches}
    known = set(found.values())
    new = [head for head in heads if head not in known]
    for head in (head for head in new if head not in used):
        offers = [match for match in fresh if match.source == head and match.target not in taken]
        usable = [match for match in offers if match.target not in (*flags, *recipe.declined)]
        matches += usable
        taken |= {match.target for match in usable}
        told += [Difference("新しい列", head, text) for text in _of_new(head, offers, usable, recipe.declined)]
    told += _unused_gone(recipe, found)
    told += _reshaped(recipe, table, found)
    order = {name: number for number, name in enumerate(goal.names)}
    matches.sort(key=lambda match: order[match.target])
    used = {match.source for match in matches}
    return Mapping(tuple(matches), tuple(head for head in heads if head not in used), recipe.declined), told


def _of_new(head: str, offers: list[Match], usable: list[Match], declined: Sequence[str]) -> Iterable[str]:
    """Tell of a new column where it went, or why it was not used."""
    names = {match: f"「{match.target}」" for match in offers}
    for match in usable:
        yield f"新しい列「{head}」を{names[match]}に入れました（{match.evidence}）。"
    if unwanted := "".join(names[match] for match in offers if match.target in declined):
        yield f"新しい列「{head}」は、使わないと決めた{unwanted}に当たりそうなので、使っていません。"
    if flags := "".join(names[match] for match in offers if match not in usable and match.target not in declined):
        yield f"新しい列「{head}」は{flags}に当たりそうですが、災害などの印なので、人が使うと決めるまで使いません。"
    if not offers:
        yield f"新しい列「{head}」は、標準のどの列にも入れずに、別のファイルに残しました。"


def _renamed(recipe: Recipe, heads: list[str]) -> tuple[dict[str, str], list[Difference]]:
    """Return old head → new head for all columns found again, and the sentences on those whose writing changed."""
    used = [match.source for match in recipe.matches if match.source]
    known = dict.fromkeys([*recipe.columns, *used])
    found = {head: head for head in known if head in heads}
    told: list[Difference] = []
    free = [head for head in heads if head not in known]
    for old in (head for head in known if head not in heads):
        same = [new for new in free if key(new) == key(old)] or [
            new for new in free if without_date(new) == without_date(old) != ""
        ]
        if len(same) == 1:
            found[old] = same[0]
            free.remove(same[0])
            follows = "同じ列として使いました" if old in used else "使っていない列なので、一覧は変わりません"
            text = f"列の名前が「{old}」から「{same[0]}」に変わりました。{follows}。"
            told.append(Difference("列名が変わった", same[0], text))
    return found, told


def _replaced(
    match: Match,
    recipe: Recipe,
    fresh: Sequence[Match],
    flags: Sequence[str],
    matches: list[Match],
    told: list[Difference],
) -> tuple[list[Match], list[Difference]]:
    other = next((offer for offer in fresh if offer.target == match.target), None)
    if other and other.source not in recipe.columns and match.target not in flags:
        text = f"「{match.source}」がなくなり、「{match.target}」には新しい列「{other.source}」を使いました（{other.evidence}）。"
        return [*matches, other], [*told, Difference("列名が変わった", match.source, text)]
    text = f"「{match.source}」がなくなったので、「{match.target}」は空になりました。"
    return matches, [*told, Difference("列がなくなった", match.source, text)]


def _unused_gone(recipe: Recipe, found: dict[str, str]) -> list[Difference]:
    used = {match.source for match in recipe.matches}
    return [
        Difference(UNUSED_GONE, head, f"列「{head}」がなくなりました。使っていなかった列なので、一覧は変わりません。")
        for head in recipe.columns
        if head not in found and head not in used
    ]


def _reshaped(recipe: Recipe, table: pd.DataFrame, found: dict[str, str]) -> list[Difference]:
    told = []
    for old, new in found.items():
        before, after = recipe.columns.get(old, ""), shape(table[new])
        if before and after and before != after:
            text = f"「{new}」の値の形が、{before}から{after}に変わりました。列がずれていないか確かめてください。"
            told.append(Difference("値の形が変わった", new, text))
    return told


def _entry(match: Match) -> dict[str, object]:
    entry: dict[str, object] = {"標準の列": match.target}
    if match.source:
        entry["もとの列"] = match.source
    if match.constant:
        entry["決まった値"] = match.constant
    if match.pick:
        entry["選ぶ語"] = match.pick
    return entry | {"確信度": match.confidence, "決めたのは": match.by, "わけ": match.evidence}


def _read(data: dict, name: str) -> Recipe:
    listed = data.get("一覧")
    if listed not in target_names():
        raise BridgeError(f"レシピ{name}の一覧「{listed}」は知らないので、{_ADVICE}")
    goal = target(listed)
    matches = _matches(data.get("列の対応"), goal, name)
    for key_of_offers in (_OFFERS, _OFFERS_BEFORE):
        offers = data.get(key_of_offers) or []
        if not isinstance(offers, list):
            raise BridgeError(f"レシピ{name}の「{key_of_offers}」は書き方が違うので、その部分を消してください。")
        ticked = [entry for entry in offers if isinstance(entry, dict) and _is_yes(entry.get("採用"))]
        matches += map(_said_yes, _matches(ticked, goal, name))
    targets = [match.target for match in matches]
    if twice := next((column for column in targets if targets.count(column) > 1), ""):
        raise BridgeError(f"レシピ{name}で「{twice}」が2回出てくるので、1つにしてください。")
    declined = _declined(data.get(DECLINED), goal, name)
    if both := next((column for column in targets if column in declined), ""):
        raise BridgeError(
            f"レシピ{name}で「{both}」が、使う列と「{DECLINED}」の両方に出てくるので、どちらか1つにしてください。"
        )
    columns = data.get("もとの列と値の形", {})
    options = data.get("読み取り", {})
    if not isinstance(columns, dict) or not isinstance(options, dict):
        raise BridgeError(f"レシピ{name}は書き方が違うので、{_ADVICE}")
    wrong = next((key for key, value in options.items() if type(value) is not _OPTIONS.get(key)), "")
    if wrong:
        raise BridgeError(f"レシピ{name}の「読み取り」の「{wrong}」は使えないので、その行を消してください。")
    return Recipe(
        target=listed,
        matches=tuple(matches),
        columns={str(column): str(told) for column, told in columns.items()},
        place=str(data.get("まち", "") or ""),
        options=options,
        source=str(data.get("もとのファイル", "") or ""),
        declined=declined,
    )


def _said_yes(match: Match) -> Match:
    """A proposal of the rules that a person has ticked is that person's."""
    return match if match.by == "生成AI" else replace(match, by="人")


def _declined(listed: object, goal: Target, name: str) -> tuple[str, ...]:
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise BridgeError(f"レシピ{name}の「{DECLINED}」は [備考, 電話番号] のように並べる所なので、直してください。")
    columns = tuple(dict.fromkeys(map(_text, listed)))
    if odd := [column for column in columns if column not in goal.names]:
        raise BridgeError(f"レシピ{name}の「{odd[0]}」は「{goal.name}」の列ではないので、{_ADVICE}")
    return columns


def _is_yes(value: object) -> bool:
    return value is True or str(value).strip() in ("はい", "yes", "true", "1")


def _matches(entries: object, goal: Target, name: str) -> list[Match]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BridgeError(f"レシピ{name}に「列の対応」がないので、{_ADVICE}")
    return [_match(entry, goal, name) for entry in entries]


def _match(entry: dict, goal: Target, name: str) -> Match:
    column = str(entry.get("標準の列", ""))
    if column not in goal.names:
        raise BridgeError(f"レシピ{name}の「{column}」は「{goal.name}」の列ではないので、{_ADVICE}")
    source, constant = _text(entry.get("もとの列")), _text(entry.get("決まった値"))
    if bool(source) == bool(constant):
        raise BridgeError(
            f"レシピ{name}の「{column}」には「もとの列」か「決まった値」のどちらか1つが要るので、書き直してください。"
        )
    by = str(entry.get("決めたのは", "レシピ"))
    return Match(
        target=column,
        source=source,
        constant=constant,
        pick=_text(entry.get("選ぶ語")),
        confidence=_confidence(entry.get("確信度", 1.0)),
        evidence=_text(entry.get("わけ")),
        by=by if by in _BY else "レシピ",
    )


def _text(value: object) -> str:
    return "" if value is None else unicodedata.normalize("NFC", str(value))


def _confidence(value: object) -> float:
    text = str(value)
    return min(float(text), 1.0) if re.fullmatch(r"\d+(?:\.\d+)?", text) else 0.0
