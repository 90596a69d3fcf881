"""The account as one HTML page that needs nothing else."""

from __future__ import annotations

from functools import cache

import pandas as pd
from jinja2 import Environment, PackageLoader

from machimap import __version__
from machimap.bridge.report.account import SHOWN, Account

_SECTIONS = (
    ("要確認", "checks", "重いものから順に並んでいます。上から見てください。"),
    ("列の対応", "mapping", "もとの表のどの列が、標準のどの列になったか。"),
    ("変えたところのまとめ", "rules", "どの規則が、どの列を、何回変えたか。"),
    ("変えたところ", "changes", "変えたセルの、前と後。"),
    ("取り分けた行", "aside", "公開する一覧に入れなかった行と、その理由。"),
    ("読み取り", "reading", "ファイルをどう読んだか。"),
    ("生成AI", "model_log", "生成AIに送った文と、その提案。"),
)


def html(account: Account) -> str:
    """Return the page; every text of the data is escaped."""
    sections = [
        {"title": title, "lead": lead, **_table(getattr(account, name))}
        for title, name, lead in _SECTIONS
        if name != "model_log" or len(account.model_log)
    ]
    summary = account.summary.itertuples(index=False, name=None)
    return _template().render(account=account, summary=list(summary), sections=sections, version=__version__)


def _table(table: pd.DataFrame) -> dict:
    rows = [tuple(map(_text, line)) for line in table.head(SHOWN).itertuples(index=False, name=None)]
    return {"heads": list(table.columns), "rows": rows, "count": len(table), "more": max(0, len(table) - SHOWN)}


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


@cache
def _template():
    return Environment(loader=PackageLoader("machimap.bridge.report", "."), autoescape=True).get_template("page.html")
