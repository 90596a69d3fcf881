"""The account of a crossing as tables, the same for Excel, CSV and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from machimap import datasets
from machimap.bridge import persons
from machimap.bridge.asking import HEAVY, WHOLE_TABLE, questions
from machimap.bridge.mapping import SURE
from machimap.bridge.scoring import FORMULA, SHORT

if TYPE_CHECKING:
    from machimap.bridge.pipeline import Bridged
    from machimap.bridge.records import Match

SHOWN = 3000
_SHOWN_ROWS, _SHOWN_VALUES = 10, 3
MODEL, PERSON = "生成AI", "人"
LINES = ("種類", "行", "列", "前", "後", "内容", "根拠・すること", "確信度", "重さ")
_KINDS = ("要確認", "変えたところ", "取り分けた行")
# The weights of 要確認 (1 to 11) in words.
_DEGREES = ((HEAVY, "高"), (3, "中"), (1, "低"))
WORDS = (
    (
        "重さ",
        "高：公開する前に、必ず見るもの（公開できない、まちがった場所へ人を向かわせる、必須の列が空、など）。"
        "中：住所や電話番号のように、まちがうと使う人が困るもの。低：直せば、もっとよくなるもの。",
    ),
    (
        "読み直す",
        "もとの表を直して保存し、もう一度変換すること。ノートでは、1で表を選び直して、2から下を動かします。"
        "コマンドでは、同じコマンドをもう一度動かします。できた一覧の CSV を直しても、次の変換で消えます。",
    ),
)


@dataclass(frozen=True, eq=False)
class Account:
    """Tables for the clerk. changes and checks are whole here; Excel and HTML show the first SHOWN lines of each.

    asked: each question of checks once, with the rows it is about, for the page.
    """

    title: str
    made: str
    credits: tuple[str, ...]
    summary: pd.DataFrame
    reading: pd.DataFrame
    mapping: pd.DataFrame
    checks: pd.DataFrame
    asked: pd.DataFrame
    rules: pd.DataFrame
    changes: pd.DataFrame
    aside: pd.DataFrame
    model_log: pd.DataFrame
    words: pd.DataFrame
    formula: pd.DataFrame

    @classmethod
    def of(cls, bridged: Bridged, *, licences: str = "") -> Account:
        """Return the account of a crossing; licences: those that a person wrote into datapackage.json before."""
        rules = _rules(bridged.changes)
        return cls(
            title=f"{bridged.reading.name} → {bridged.target.name}",
            made=date.today().isoformat(),
            credits=(*datasets.credits("schemas"), *bridged.credits),
            summary=_summary(bridged, licences),
            reading=pd.DataFrame(
                [(told.about, told.value, told.why) for told in bridged.reading.conclusions],
                columns=["読み取ったこと", "結論", "わけ"],
            ),
            mapping=_mapping(bridged, rules),
            checks=_in_words(_shown_rows(bridged.checks)),
            asked=_asked(bridged.checks),
            rules=rules,
            changes=bridged.changes,
            aside=_public_aside(bridged),
            model_log=_model_log(bridged),
            words=pd.DataFrame(WORDS, columns=["要確認の言葉", "意味"]),
            formula=pd.DataFrame([(FORMULA,)], columns=["点数の計算のしかた"]),
        )

    def parts(self) -> list[pd.DataFrame]:
        """Return every check, change and row set aside under the same heads (LINES), one table a kind."""
        parts = (
            self.checks.rename(columns={"値": "前", "問題": "内容", "すること": "根拠・すること"}),
            self.changes.rename(columns={"規則": "内容", "根拠": "根拠・すること"}),
            self.aside.rename(columns={"内容": "前", "理由": "内容"}),
        )
        return [part.assign(種類=kind).reindex(columns=list(LINES)) for kind, part in zip(_KINDS, parts, strict=True)]


def _mapping(bridged: Bridged, rules: pd.DataFrame) -> pd.DataFrame:
    """Return 標準の列, 必須, もとの列, 確信度, 決めたのは, 根拠, すること: every column of the target, then those kept beside."""
    matches = {match.target: match for match in bridged.mapping.matches}
    offers = {match.target: match for match in bridged.waiting}
    required = dict(zip(bridged.target.columns["column"], bridged.target.columns["required"], strict=True))
    lines = []
    for name in bridged.target.names:
        match = matches.get(name)
        declined = name in bridged.mapping.declined
        told = _of_match(match) if match else _of_none(offers.get(name), rules[rules["列"] == name], declined)
        lines.append((name, "◎" if required[name] == "1" else "", *told))
    lines += [("（どこにも入れず、別に残した）", "", name, "", "", "", "") for name in bridged.mapping.unmapped]
    return pd.DataFrame(lines, columns=["標準の列", "必須", "もとの列", "確信度", "決めたのは", "根拠", "すること"])


def _of_match(match: Match) -> tuple[str, ...]:
    source = match.source or f"（決まった値）{match.constant}"
    source += f"（「{match.pick}」の分）" if match.pick else ""
    todo = "" if match.confidence >= SURE or match.by == PERSON else "確かめる"
    return source, f"{match.confidence:.2f}", match.by, match.evidence, todo


def _of_none(offer: Match | None, rules: pd.DataFrame, declined: bool) -> tuple[str, ...]:
    """Tell of a column without a source what it was filled from, what is proposed for it, or that a person wants none."""
    told = [f"{rule}（{count}行）" for rule, count in zip(rules["規則"], rules["回数"], strict=True)]
    if told:
        return "（ほかから補った）", "", "規則", "、".join(told), ""
    if offer:
        return (
            "",
            "",
            "",
            f"案は「{offer.source}」（{offer.confidence:.2f}：{offer.evidence}）。まだ使っていない",
            "決める",
        )
    if declined:
        return "（なし）", "", PERSON, "使わないと決めた", ""
    return "", "", "", "もとの表に見あたらない", ""


def _summary(bridged: Bridged, licences: str) -> pd.DataFrame:
    counts = bridged.checks["重さ"].astype(int) if len(bridged.checks) else pd.Series([], dtype=int)
    lines = [
        ("もとのファイル", bridged.reading.name, ""),
        ("一覧の形", bridged.target.name, "自治体標準オープンデータセット"),
        ("まち", bridged.place.full_name if bridged.place else "行ごとに判断", ""),
        ("行の数", bridged.account, "合わないときは、何も書かずに止まります"),
        ("点数（前）", str(bridged.score_before), "もとの表をそのまま読んだとき"),
        ("点数（後）", str(bridged.score_after), SHORT),
        ("対応した列", f"{len(bridged.mapping.matches)}列", f"別に残した列 {len(bridged.mapping.unmapped)}列"),
        ("変えたセル", f"{len(bridged.changes)}か所", "「変えたところ」に、前と後と規則があります"),
        (
            "要確認",
            f"{len(bridged.checks)}件（{len(questions(bridged.checks))}つの問題）",
            f"重さが「高」のもの {int((counts >= HEAVY).sum())}件。同じ問題は、1つにまとめて書きました。上から順に見てください",
        ),
    ]
    if bridged.blocked:
        lines.append(("公開する一覧", "書いていません", f"{bridged.blocked}前に書いたものがあれば、そのままです"))
    elif bridged.table.empty:
        told = "公開できる行がないので、一覧（CSV）と datapackage.json は書いていません。前に書いたものがあれば、そのままです"
        lines.append(("公開する一覧", "書いていません", told))
    else:
        told = (
            "datapackage.json に書いてあったものを残しました"
            if licences
            else "公開の前に、datapackage.json に担当課で書き足してください"
        )
        lines.append(("ライセンス", licences or "まだ書かれていません", told))
    if bridged.published_texts:
        lines.append(("公開する文の列", "、".join(bridged.published_texts), persons.TO_READ))
    lines += [("公開するときに書く出典", line, "補った値のもと") for line in bridged.credits]
    if bridged.answer:
        lines.append(
            (MODEL, f"提案 {len(bridged.offers)}件", "提案だけです。recipe.yml で「採用: はい」にするまで使いません")
        )
    return pd.DataFrame(lines, columns=["項目", "値", "説明"])


def _in_words(checks: pd.DataFrame) -> pd.DataFrame:
    words = {weight: word_of(weight) for weight in checks["重さ"].unique()}
    return checks.assign(重さ=checks["重さ"].map(words))


def _asked(checks: pd.DataFrame) -> pd.DataFrame:
    """Return each question once: どこ (its first rows), 重さ, 列, 値 (the first different ones), 問題, すること."""
    columns = ["どこ", "重さ", "列", "値", "問題", "すること"]
    if checks.empty:
        return pd.DataFrame(columns=columns)
    same = checks.groupby(["列", "問題", "すること"], sort=False)
    table = same.agg(どこ=("行", _rows), 重さ=("重さ", "max"), 値=("値", _values)).reset_index()
    return _in_words(table)[columns]


def _rows(rows: pd.Series) -> str:
    if (rows == WHOLE_TABLE).any():
        return "表全体"
    told = "、".join(f"{row}行目" for row in rows[:_SHOWN_ROWS])
    return f"{told}、ほか{len(rows) - _SHOWN_ROWS}行" if len(rows) > _SHOWN_ROWS else told


def _values(values: pd.Series) -> str:
    """Return the value that a question is about, or the first of several, as 「△」「検討中」など."""
    different = [value for value in dict.fromkeys(map(str, values)) if value]
    if len(different) < 2:
        return "".join(different)
    rest = "など" if len(different) > _SHOWN_VALUES else ""
    return "".join(f"「{value}」" for value in different[:_SHOWN_VALUES]) + rest


def word_of(weight: int) -> str:
    """Return the word for a weight of 要確認: 高, 中 or 低."""
    return next(word for least, word in _DEGREES if int(weight) >= least)


def _shown_rows(checks: pd.DataFrame) -> pd.DataFrame:
    rows = checks["行"].map(lambda row: "表全体" if str(row) in ("0", "") else row)
    return checks.assign(行=rows.astype("object"))


def _rules(changes: pd.DataFrame) -> pd.DataFrame:
    """Return how often each rule changed each column, with one example."""
    columns = ["列", "規則", "回数", "例（前）", "例（後）"]
    if changes.empty:
        return pd.DataFrame(columns=columns)
    grouped = changes.groupby(["列", "規則"], sort=False)
    table = grouped.agg(回数=("行", "size"), 前=("前", "first"), 後=("後", "first")).reset_index()
    return table.sort_values("回数", ascending=False, kind="stable").set_axis(columns, axis=1)


def _public_aside(bridged: Bridged) -> pd.DataFrame:
    """Return the rows set aside with only those cells that would have been published; the whole rows stand apart."""
    table = bridged.reading.table
    sources = [name for name in dict.fromkeys(match.source for match in bridged.mapping.matches) if name in table]
    aside = bridged.aside.copy()
    rows = table.loc[table.index.isin(aside["行"].astype(int)), sources].itertuples(name=None)
    known = {
        row: "、".join(f"{n}：{c}" for n, c in zip(sources, cells, strict=True) if c.strip()) for row, *cells in rows
    }
    cells = [known.get(int(row), str(text)) for row, text in zip(aside["行"], aside["内容"], strict=True)]
    return aside.assign(内容=cells)


def _model_log(bridged: Bridged) -> pd.DataFrame:
    columns = ["生成AIのこと", "内容"]
    if not bridged.answer:
        return pd.DataFrame(columns=columns)
    offers = [
        ("提案", f"{offer.target} ← {offer.source}{f'（{offer.pick}）' if offer.pick else ''}：{offer.evidence}")
        for offer in bridged.offers
    ]
    lines = [
        ("使ったモデル", bridged.answer.model),
        *offers,
        *(("使わなかったこと", text) for text in bridged.answer.refused),
    ]
    return pd.DataFrame([*lines, ("送った文", bridged.answer.prompt)], columns=columns)
