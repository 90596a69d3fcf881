"""The account as one HTML page that needs nothing else."""

from __future__ import annotations

from functools import cache

import pandas as pd
from jinja2 import Environment, PackageLoader

from machimap import __version__
from machimap.bridge.report.account import SHOWN, Account
from machimap.bridge.scoring import FORMULA

_SECTIONS = (
    (
        "要確認",
        "asked",
        "重いものから順に並んでいます。上から見てください。1行ずつの一覧は 報告.xlsx と 報告.csv にあります。",
    ),
    ("列の対応", "mapping", "もとの表のどの列が、標準のどの列になったか。"),
    ("変えたところのまとめ", "rules", "どの規則が、どの列を、何回変えたか。"),
    ("変えたところ", "changes", "変えたセルの、前と後。"),
    ("取り分けた行", "aside", "公開する一覧に入れなかった行と、その理由。"),
    ("読み取り", "reading", "ファイルをどう読んだか。"),
    ("生成AI", "model_log", "生成AIに送った文と、その提案。"),
)


_BEFORE_AFTER = ("前", "後", "例（前）", "例（後）")
# Columns of marks and numbers that are never broken, and how many rows are shown without a frame to scroll in.
_NARROW, _WHOLE = 5, 60


def html(account: Account) -> str:
    """Return the page; every text of the data is escaped."""
    sections = [
        {"title": title, "lead": lead, **_table(getattr(account, name))}
        for title, name, lead in _SECTIONS
        if name != "model_log" or len(account.model_log)
    ]
    summary, words = (list(table.itertuples(index=False, name=None)) for table in (account.summary, account.words))
    return _template().render(
        account=account, summary=summary, words=words, sections=sections, formula=FORMULA, version=__version__
    )


def _table(table: pd.DataFrame) -> dict:
    heads = list(table.columns)
    rows = [tuple(map(_text, heads, line)) for line in table.head(SHOWN).itertuples(index=False, name=None)]
    narrow = [max(map(len, column)) <= _NARROW for column in zip(heads, *rows, strict=True)]
    more = max(0, len(table) - SHOWN)
    is_long = len(rows) > _WHOLE
    return {"heads": heads, "rows": rows, "narrow": narrow, "count": len(table), "more": more, "is_long": is_long}


def _text(head: str, value: object) -> str:
    if head in _BEFORE_AFTER and value == "":
        return "（空）"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


@cache
def _template():
    return Environment(loader=PackageLoader("machimap.bridge.report", "."), autoescape=True).get_template("page.html")
