"""What a person is asked (要確認): what is said of the whole table comes before what is said of a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from machimap.bridge.cleaning.cell import BLANK, NOTHING, WIDTHS, clean_cell
from machimap.bridge.mapping import SURE
from machimap.bridge.mapping.hazards import only_stays, other_kinds
from machimap.bridge.mapping.values import profile
from machimap.bridge.mapping.vocabulary import vocabulary
from machimap.bridge.mapping.weighing import LIKELY, weigh
from machimap.bridge.persons import about_persons
from machimap.bridge.recipe import DECLINED, UNUSED_GONE, Difference
from machimap.bridge.records import CHECK_COLUMNS, Mapping, Match, Reading
from machimap.bridge.sheet import LIGHT
from machimap.bridge.targets import Target, target_names
from machimap.bridge.validating import PROBLEMS

WHOLE_TABLE = 0
NAME, PLACE = "名称", ("緯度", "経度")
UNDECIDED = "「名称」の列がまだ決まっていないので、この行は公開できません"
# What is said of the whole table comes before what is said of a cell (1 to 5).
NAMELESS, PERSONS, STAYS, NO_SOURCE, DOUBTFUL, DIFFERENT, HEAVY = 11, 10, 9, 8, 7, 6, 5
_SHOWN, _SHOWN_COLUMNS, _LONGEST, _LOOKED_AT = 5, 12, 30, 500
_FLEEING = ("避難", "ひなん", "ヒナン", "hinan", "evacuat", "shelter", "refuge")
_IN_THE_MAPPING = "列の対応（ノートでは3、コマンドでは recipe.yml）"
_OPEN = "空は「指定なし」ではなく「まだ分からない」です"
_WRITE = "直すのは、もとの表です。直したら、読み直してください。"


def about_table(
    mapping: Mapping, waiting: Sequence[Match], goal: Target, reading: Reading, table: pd.DataFrame
) -> pd.DataFrame:
    """Return what is asked about the columns: which are doubtful, wait for a yes, are absent, or say nothing.

    waiting: proposals that the mapping does not use; table: the rows kept, cleaned.
    """
    lines = [
        *_on_stays(reading, goal),
        *_on_other_lists(mapping, waiting, goal, reading),
        *_on_names(mapping, waiting),
        *_on_persons(mapping, goal, table),
        *_on_waiting(waiting, goal),
        *_on_open_places(waiting, table),
        *_on_declined(mapping, goal),
        *_on_absent(mapping, waiting, goal),
        *_on_blanks(mapping, goal, reading.table, table),
        *_on_constants(mapping, goal, table),
        *_on_doubtful(mapping, silent(mapping, goal, reading.table)),
        *_on_rivals(mapping, waiting, goal, reading.table),
    ]
    return frame((WHOLE_TABLE, *line) for line in lines)


def _on_stays(reading: Reading, goal: Target) -> Iterable[tuple]:
    why = only_stays(reading.name, reading.table) if any(map(vocabulary().hazard, goal.names)) else ""
    if why:
        todo = "指定緊急避難場所（災害から逃げる場所）として公開してよい表か、担当課に確かめてください"
        yield "災害種別", "", f"{why}ので、災害ごとの印は作りませんでした", todo, STAYS


def _on_other_lists(mapping: Mapping, waiting: Sequence[Match], goal: Target, reading: Reading) -> Iterable[tuple]:
    """Doubt a list of places to flee to that names neither a hazard nor fleeing (AEDs, toilets, people)."""
    flees = {name for name in goal.names if vocabulary().hazard(name)}
    if not flees or flees & {*mapping.declined, *(match.target for match in (*mapping.matches, *waiting))}:
        return
    looked_at = reading.table.iloc[:_LOOKED_AT]
    texts = [reading.name, *map(str, looked_at.columns), *looked_at.to_numpy().ravel().astype(str)]
    if any(word in text.casefold() for text in texts for word in _FLEEING):
        return
    what = "表の名前にも中身にも「避難」という言葉がなく、災害のことを書いた列もないので、避難場所の一覧ではないかもしれません"
    other = next(name for name in target_names() if name != goal.name)
    todo = (
        "災害から逃げる場所の表か、担当課に確かめてください。ちがえば、この一覧として公開しません。施設の表なら、"
        f"コマンドで --target {other} を付けて、やり直せます"
    )
    yield NAME, "", what, todo, STAYS


def _on_names(mapping: Mapping, waiting: Sequence[Match]) -> Iterable[tuple]:
    if NAME not in {match.target for match in mapping.matches}:
        offer = next((f"（案は「{match.source}」）" for match in waiting if match.target == NAME), "")
        why = "使う列がなしと決まっている" if NAME in mapping.declined else f"使う列がまだ決まっていない{offer}"
        what = f"名称に{why}ので、どの行も公開できません"
        yield NAME, "", what, f"{_IN_THE_MAPPING}で「名称」に使う列を決めて、やり直してください", NAMELESS


def _on_persons(mapping: Mapping, goal: Target, table: pd.DataFrame) -> Iterable[tuple]:
    for name, _, what, todo in about_persons(mapping, goal, table):
        yield name, "", what, todo, PERSONS


def _on_waiting(waiting: Sequence[Match], goal: Target) -> Iterable[tuple]:
    """Name the source of each proposal that nobody has said yes to, the columns that the standard requires first."""
    required = set(goal.columns.loc[goal.columns["required"] == "1", "column"])
    offers = sorted(
        (match for match in waiting if match.target != NAME), key=lambda match: match.target not in required
    )
    if not offers:
        return
    told = [f"{short(match.target)} ← 「{match.source}」" for match in offers[:_SHOWN_COLUMNS]]
    rest = f"、ほか{len(offers) - len(told)}列" if len(offers) > len(told) else ""
    todo = (
        "わけを読み、合っていれば、列の対応で使うと決めて、やり直してください"
        "（ノートでは3で「はい」に印を付ける。コマンドでは recipe.yml で「採用: はい」にして --recipe を付ける）"
    )
    flags = [match for match in offers if match.target in goal.of_kind("flag")]
    todo += f"。決めるまで、災害などの印の{_OPEN}" if flags else ""
    heavy = NO_SOURCE if offers[0].target in required else DOUBTFUL
    what = f"使えそうな列がありますが、まだ「はい」になっていないので、使っていません：{'、'.join(told)}{rest}"
    yield offers[0].target, offers[0].source, what, todo, heavy


def _on_open_places(waiting: Sequence[Match], table: pd.DataFrame) -> Iterable[tuple]:
    """Say why nothing was filled in: the table may have its own coordinates, in columns that wait for a yes."""
    offers = [match for match in waiting if match.target in PLACE]
    if offers and (table[list(PLACE)] == "").all(axis=1).any():
        told = "".join(f"「{match.target}」" for match in offers)
        what = f"{told}に使えそうな列が「はい」を待っているので、ない位置を国の一覧から補っていません"
        todo = (
            "合っていれば使うと決めて、やり直してください。違うときは、ノートでは3で「（なし）」にし、コマンドでは "
            f"recipe.yml に「{DECLINED}: [{offers[0].target}]」のように書けば、国の一覧から補います"
        )
        yield offers[0].target, offers[0].source, what, todo, DOUBTFUL


def _on_declined(mapping: Mapping, goal: Target) -> Iterable[tuple]:
    """A hazard for which a person wants no column stays unknown; somebody has to know of it."""
    declined = [name for name in mapping.declined if name in goal.of_kind("flag")]
    if declined:
        what = f"もとの表の列を使わないと決めたので、空のままの列があります：{_named(declined)}"
        todo = f"{_OPEN}。担当課に聞いて分かったら、もとの表に ○ か × の列を書き足し、読み直してください"
        yield declined[0], "", what, todo, DOUBTFUL


def _on_absent(mapping: Mapping, waiting: Sequence[Match], goal: Target) -> Iterable[tuple]:
    known = {*mapping.declined, *(match.target for match in (*mapping.matches, *waiting))}
    missing = [name for name in goal.of_kind("flag") if name not in known]
    if missing:
        todo = f"{_OPEN}。表にあれば{_IN_THE_MAPPING}で選び、なければ担当課に聞いて、もとの表に列を書き足し、読み直してください"
        what = f"必須の列のうち、もとの表に見あたらないものがあります：{_named(missing)}"
        yield missing[0], "", what, todo, NO_SOURCE


def _on_blanks(mapping: Mapping, goal: Target, source: pd.DataFrame, table: pd.DataFrame) -> Iterable[tuple]:
    """Tell the flags that are blank in every row: by a source that says nothing, and by one that says no.

    The standard writes both as a blank, so that a "no" of the whole table has to be checked by somebody who knows.
    """
    without = set(silent(mapping, goal, source))
    nothing = [(match, _marks(match, source)) for match in mapping.matches if match.target in without]
    empty = [match for match, marks in nothing if not marks]
    if empty:
        told = "、".join(f"{short(match.target)} ← 「{match.source or match.constant}」" for match in empty)
        todo = f"{_OPEN}。担当課に聞いて、もとの表に ○ か × を書いて読み直すか、{_IN_THE_MAPPING}で選び直してください"
        yield empty[0].target, empty[0].source, f"選んだ列が、どの行も空です：{told}", todo, NO_SOURCE
    marked = [(match, marks) for match, marks in nothing if marks]
    if marked:
        told = "、".join(f"{short(match.target)} ← 「{match.source}」（{marks}だけ）" for match, marks in marked)
        todo = (
            "「指定なし」なのか「まだ聞いていない」のか、担当課に確かめてください。分かれば、もとの表に ○ か × を書いて読み直します。"
            f"それまでは、{_OPEN}"
        )
        yield marked[0][0].target, marked[0][0].source, f"選んだ列が、どの行も横棒などの印です：{told}", todo, NO_SOURCE
    flags = [match for match in mapping.matches if match.target in goal.of_kind("flag")]
    flags = [match for match in flags if match.target not in without]
    denied = [match for match in flags if len(table) and (table[match.target] == "").all()]
    if denied:
        told = "、".join(f"{short(match.target)}（{_written(match, source)}）" for match in denied)
        todo = (
            "公開する表では空になり、「まだ分からない」と見分けがつきません。どの場所も本当に指定がないか、担当課に"
            "確かめてください。確かめてあれば、このままでかまいません"
        )
        yield denied[0].target, "", f"指定のある場所（1）が1つもない列があります：{told}", todo, DIFFERENT


def silent(mapping: Mapping, goal: Target, source: pd.DataFrame) -> list[str]:
    """Return the flags of the target whose source (or constant) says nothing in any row: they are not known."""
    flags = [match for match in mapping.matches if match.target in goal.of_kind("flag")]
    return [match.target for match in flags if all(map(_says_nothing, _cells(match, source)))]


def _marks(match: Match, source: pd.DataFrame) -> str:
    """Return the marks for nothing (「－」) that stand in a column of the source, "" when it is blank."""
    cells = dict.fromkeys(cell.strip() for cell in _cells(match, source)) if match.source else {}
    return "".join(f"「{cut(cell)}」" for cell in list(filter(None, cells))[:_SHOWN])


def _says_nothing(cell: str) -> bool:
    found = clean_cell("flag", cell)
    return found.value == "" and found.rule in ("", WIDTHS, BLANK, NOTHING)


def _cells(match: Match, source: pd.DataFrame) -> Sequence[str]:
    return source[match.source].astype("str").unique() if match.source else [match.constant]


def _written(match: Match, source: pd.DataFrame) -> str:
    if match.constant:
        return f"どの行にも「{match.constant}」と決めた"
    cells = [cell.strip() for cell in _cells(match, source) if cell.strip()]
    told = "".join(f"「{cut(cell)}」" for cell in cells[:_SHOWN])
    return f"「{match.source}」の列に{match.pick or '「はい」の印'}がない。あるのは{told}{'など' if len(cells) > _SHOWN else 'だけ'}"


def _on_doubtful(mapping: Mapping, told: Sequence[str]) -> Iterable[tuple]:
    """Ask once of all the columns that are taken from one source for one reason (全災害 of eight hazards)."""
    groups: dict[tuple, list[Match]] = {}
    for match in mapping.matches:
        if match.confidence < SURE and match.by != "人" and match.target not in told:
            groups.setdefault((match.source, match.constant, match.by, f"{match.confidence:.2f}"), []).append(match)
    for (source, constant, by, confidence), same in groups.items():
        target, why = same[0].target, same[0].evidence
        goal = f"「{target}」" if len(same) == 1 else f"{len(same)}つの列（{_named(match.target for match in same)}）"
        what = f"「{source or constant}」を{goal}とみなしました（{by}、確信度 {confidence}：{why}）"
        todo = f"合っているか見て、違うときは{_IN_THE_MAPPING}を直して、やり直してください"
        yield target, source, what, todo, DOUBTFUL


def _on_constants(mapping: Mapping, goal: Target, table: pd.DataFrame) -> Iterable[tuple]:
    """Tell that one value decided by a person says yes for every place of the list."""
    flags = [match for match in mapping.matches if match.constant and match.target in goal.of_kind("flag")]
    flags = [match for match in flags if len(table) and (table[match.target] == "1").all()]
    hazards = [match for match in flags if vocabulary().hazard(match.target)]
    others = [match for match in flags if match not in hazards]
    todo = f"どの場所も本当にそうか、担当課に確かめてください。違えば、{_IN_THE_MAPPING}で、場所ごとに書かれた列を選び直してください"
    for some, said in ((hazards, "{}のときに使える"), (others, "「{}」に当たる")):
        if some:
            values = "".join(f"「{value}」" for value in dict.fromkeys(match.constant for match in some))
            told = said.format(_named(match.target for match in some))
            what = f"全部の行（{len(table)}行）を、{told}としました（決まった値{values}）"
            yield some[0].target, "", what, todo, NO_SOURCE


def _on_rivals(mapping: Mapping, waiting: Sequence[Match], goal: Target, source: pd.DataFrame) -> Iterable[tuple]:
    """Name the columns left over that speak of a hazard for which another column was taken (flood_L1, flood_L2)."""
    taken = {match.target: match.source for match in (*waiting, *mapping.matches) if vocabulary().hazard(match.target)}
    names = [name for name in taken if name in goal.names]
    found: dict[str, list[str]] = {}
    for head in mapping.unmapped if names else ():
        # Each by itself: columns left over would lower each other's score.
        pairs = weigh([head], [profile(source[head])], names, None) if head not in taken.values() else {}
        for (position, _), pair in pairs.items():
            if pair.by_head and pair.score >= LIKELY:
                found.setdefault(names[position], []).append(head)
    for name, others in found.items():
        now = "いまは" if name in {match.target for match in mapping.matches} else "案は"
        what = f"「{short(name)}」に使えそうな列がほかにもあります：{'、'.join(others)}（{now}「{taken[name]}」）"
        todo = f"どの列が「{short(name)}」に当たるか担当課に確かめて、違うときは{_IN_THE_MAPPING}で選び直してください"
        yield name, taken[name], what, todo, DOUBTFUL


def about_rows(reading: Reading, goal: Target, doubles: dict[int, int], nameless: Sequence[int]) -> pd.DataFrame:
    """Return what is asked about rows set aside (doubles, without a name) and rows that are no 指定緊急避難場所."""
    return frame([*_on_doubles(doubles), *_on_nameless(nameless), *_on_kinds(reading, goal)])


def _on_doubles(doubles: dict[int, int]) -> Iterable[tuple]:
    """Say once that doubles were set aside: two AEDs in one hall look like one row written twice."""
    if not doubles:
        return
    told = [f"{row}行目は{first}行目とまったく同じ" for row, first in list(doubles.items())[:_SHOWN]]
    rest = f"、ほか{len(doubles) - _SHOWN}行" if len(doubles) > _SHOWN else ""
    what = f"ほかの行とまったく同じ行が{len(doubles)}行あり、取り分けました（{'、'.join(told)}{rest}）"
    todo = "本当に2つあるもの（同じ建物の2台など）なら、もとの表に見分けのつくことを書き足して、読み直してください"
    yield WHOLE_TABLE, NAME, "", what, todo, DIFFERENT


def _on_nameless(rows: Sequence[int]) -> Iterable[tuple]:
    for row in rows:
        todo = "もとの表に名称を書き足して、読み直してください"
        yield row, NAME, "", "名称がないので、この行は公開する一覧に入れませんでした", todo, HEAVY


def _on_kinds(reading: Reading, goal: Target) -> Iterable[tuple]:
    """Point out single rows that the source itself does not call 指定緊急避難場所."""
    if any(map(vocabulary().hazard, goal.names)):
        what = "もとの表では、指定緊急避難場所ではなく指定避難所などになっています"
        todo = "指定緊急避難場所（災害から逃げる場所）でなければ、もとの表からこの行を外して、読み直してください"
        yield from ((row, NAME, cell, what, todo, HEAVY) for row, cell in other_kinds(reading.table))


def about_differences(differences: Sequence[Difference]) -> pd.DataFrame:
    """Return what a recipe found changed; a column that it did not use asks for nothing."""
    lines = []
    for told in differences:
        calm = told.kind == UNUSED_GONE
        todo = "このままでかまいません" if calm else f"合っているか見て、違うときは{_IN_THE_MAPPING}を直してください"
        lines.append((WHOLE_TABLE, told.column, "", told.text.rstrip("。"), todo, LIGHT if calm else DIFFERENT))
    return frame(lines)


def queue(checks: pd.DataFrame, table: pd.DataFrame, waiting: Sequence[Match], aside: Iterable[int]) -> pd.DataFrame:
    """Return all checks, the heaviest first: each once, and saying that it is the source where one writes.

    aside: rows without a name, of which only that is said; of other rows that are not in the table nothing is said.
    """
    known = checks["行"].isin([WHOLE_TABLE, *table.index]) | (checks["行"].isin(aside) & (checks["列"] == NAME))
    checks = _whole(checks[known], table)
    offered = checks["列"].isin([match.target for match in waiting]) & (
        checks["問題"] == f"どの行も、{PROBLEMS['required']}"
    )
    checks = checks[~offered]
    if checks.empty:
        return checks
    todo = {text: _with_place_to_write(text) for text in checks["すること"].unique()}
    checks = checks.assign(すること=checks["すること"].map(todo))
    return checks.sort_values(["重さ", "行"], ascending=[False, True], kind="stable", ignore_index=True)


def questions(checks: pd.DataFrame) -> pd.DataFrame:
    """Return what is asked, each question once, in the order of `checks`: どこ (表全体, 36行目など3件), 列, 問題, すること."""
    same = checks.groupby(["列", "問題", "すること"], sort=False)["行"].agg(["size", "first"]).reset_index()
    where = [
        "表全体" if first == WHOLE_TABLE else f"{first}行目{f'など{size}件' if size > 1 else 'の1件'}"
        for size, first in zip(same["size"], same["first"], strict=True)
    ]
    return same.assign(どこ=where)[["どこ", "列", "問題", "すること"]]


def _whole(checks: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Say once of the whole table what would be said of every single row (a required column that nobody filled)."""
    if checks.empty or len(table) <= 1:
        return checks
    same = checks.groupby(["列", "問題", "すること"], sort=False)["行"]
    everywhere = same.transform("nunique").eq(len(table)) & checks["行"].isin(table.index)
    told = checks[everywhere].drop_duplicates(["列", "問題", "すること"])
    told = told.assign(
        行=WHOLE_TABLE, 値="", 問題="どの行も、" + told["問題"], 重さ=told["重さ"].astype(int).clip(lower=HEAVY)
    )
    return pd.concat([told, checks[~everywhere]], ignore_index=True)


def _with_place_to_write(todo: str) -> str:
    writes = any(word in todo for word in ("書いて", "書き", "直して", "空にして"))
    return f"{todo.rstrip('。')}。{_WRITE}" if writes and not _names_place(todo) else todo


def _names_place(todo: str) -> bool:
    return any(word in todo for word in ("もとの表", "列の対応", "--place"))


def cut(text: str) -> str:
    """Return a cell as it is quoted: on one line, and short."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[:_LONGEST] + "…"


def short(name: str) -> str:
    """Return how a clerk calls a column: 「洪水」 for 災害種別_洪水."""
    return name.removeprefix("災害種別_")


def _named(names: Iterable[str]) -> str:
    return "、".join(map(short, names))


def unasked(faults: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return the faults that the standard finds, without those of cells about which something is asked already."""
    cells = pd.MultiIndex.from_frame(asked[["行", "列"]].astype({"行": "int64"}))
    return faults[~pd.MultiIndex.from_frame(faults[["行", "列"]].astype({"行": "int64"})).isin(cells)]


def joined(tables: Iterable[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return tables with the same columns one below the other."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=list(columns))
    return pd.concat([table.loc[:, list(columns)] for table in filled], ignore_index=True)


def frame(lines: Iterable[tuple]) -> pd.DataFrame:
    """Return lines as a table of CHECK_COLUMNS."""
    return pd.DataFrame(list(lines), columns=list(CHECK_COLUMNS))
