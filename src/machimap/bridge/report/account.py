"""The account of a crossing as tables, the same for Excel, CSV and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from machimap import datasets
from machimap.bridge.mapping import SURE
from machimap.bridge.scoring import FORMULA

if TYPE_CHECKING:
    from machimap.bridge.pipeline import Bridged

SHOWN = 3000
HEAVY = 5
MODEL = "生成AI"
LINES = ("種類", "行", "列", "前", "後", "内容", "根拠・すること", "確信度", "重さ")
_KINDS = ("要確認", "変えたところ", "取り分けた行")


@dataclass(frozen=True, eq=False)
class Account:
    """Tables for the clerk. changes and checks are whole here; Excel and HTML show the first SHOWN lines of each."""

    title: str
    made: str
    credits: tuple[str, ...]
    summary: pd.DataFrame
    reading: pd.DataFrame
    mapping: pd.DataFrame
    checks: pd.DataFrame
    rules: pd.DataFrame
    changes: pd.DataFrame
    aside: pd.DataFrame
    model_log: pd.DataFrame

    @classmethod
    def of(cls, bridged: Bridged) -> Account:
        """Return the account of a crossing."""
        return cls(
            title=f"{bridged.reading.name} → {bridged.target.name}",
            made=date.today().isoformat(),
            credits=(*datasets.credits("schemas"), *bridged.credits),
            summary=_summary(bridged),
            reading=pd.DataFrame(
                [(told.about, told.value, told.why) for told in bridged.reading.conclusions],
                columns=["読み取ったこと", "結論", "わけ"],
            ),
            mapping=mapping_table(bridged),
            checks=_shown_rows(bridged.checks),
            rules=_rules(bridged.changes),
            changes=bridged.changes,
            aside=_public_aside(bridged),
            model_log=_model_log(bridged),
        )

    def parts(self) -> list[pd.DataFrame]:
        """Return every check, change and row set aside under the same heads (LINES), one table a kind."""
        parts = (
            self.checks.rename(columns={"値": "前", "問題": "内容", "すること": "根拠・すること"}),
            self.changes.rename(columns={"規則": "内容", "根拠": "根拠・すること"}),
            self.aside.rename(columns={"内容": "前", "理由": "内容"}),
        )
        return [part.assign(種類=kind).reindex(columns=list(LINES)) for kind, part in zip(_KINDS, parts, strict=True)]


def mapping_table(bridged: Bridged) -> pd.DataFrame:
    """Return 標準の列, 必須, もとの列, 確信度, 決めたのは, 根拠: every column of the target, then the columns kept beside."""
    matches = {match.target: match for match in bridged.mapping.matches}
    required = dict(zip(bridged.target.columns["column"], bridged.target.columns["required"], strict=True))
    lines = []
    for name in bridged.target.names:
        match = matches.get(name)
        source = "" if match is None else match.source or f"（決まった値）{match.constant}"
        if match and match.pick:
            source += f"（「{match.pick}」の分）"
        mark = "◎" if required[name] == "1" else ""
        told = (f"{match.confidence:.2f}", match.by, match.evidence) if match else ("", "", "もとの表にない")
        lines.append((name, mark, source, *told, "" if match is None or match.confidence >= SURE else "確かめる"))
    lines += [("（どこにも入れず、別に残した）", "", name, "", "", "", "") for name in bridged.mapping.unmapped]
    return pd.DataFrame(lines, columns=["標準の列", "必須", "もとの列", "確信度", "決めたのは", "根拠", "すること"])


def _summary(bridged: Bridged) -> pd.DataFrame:
    counts = bridged.checks["重さ"].astype(int) if len(bridged.checks) else pd.Series([], dtype=int)
    lines = [
        ("もとのファイル", bridged.reading.name, ""),
        ("一覧の形", bridged.target.name, "自治体標準オープンデータセット"),
        ("まち", bridged.place.full_name if bridged.place else "行ごとに判断", ""),
        ("行の数", bridged.account, "いつも合います"),
        ("点数（前）", str(bridged.score_before), "もとの表をそのまま読んだとき"),
        ("点数（後）", str(bridged.score_after), FORMULA),
        ("対応した列", f"{len(bridged.mapping.matches)}列", f"別に残した列 {len(bridged.mapping.unmapped)}列"),
        ("変えたセル", f"{len(bridged.changes)}か所", "「変えたところ」に、前と後と規則があります"),
        (
            "要確認",
            f"{len(bridged.checks)}件",
            f"重さ{HEAVY}以上 {int((counts >= HEAVY).sum())}件。上から順に見てください",
        ),
        ("ライセンス", "まだ書かれていません", "公開の前に、datapackage.json に担当課で書き足してください"),
    ]
    lines += [("公開するときに書く出典", line, "補った値のもと") for line in bridged.credits]
    if bridged.answer:
        lines.append(
            (MODEL, f"提案 {len(bridged.offers)}件", "提案だけです。recipe.yml で「採用: はい」にするまで使いません")
        )
    return pd.DataFrame(lines, columns=["項目", "値", "説明"])


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
