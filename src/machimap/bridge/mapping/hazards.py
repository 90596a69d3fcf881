"""Several hazards named in one cell, and lists that know no hazards."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from machimap.bridge.cleaning.cell import words
from machimap.bridge.mapping.values import DASHES, profile
from machimap.bridge.mapping.vocabulary import key, vocabulary

_FILLERS = re.compile(
    r"[\s、,，・･/／;；&＆|+＋。()（）\[\]［］「」:：\-–—―−]+|及び|および|又は|または|と|や|など|等|の際|のとき|の時|時|用|に対応|対応|"
    r"指定緊急避難場所|緊急避難場所|広域避難場所|一時避難場所|避難場所|屋外|屋内|[○〇◯]"
)
_ONLY_SHELTER = re.compile(r"指定避難所|指定一般避難所|指定福祉避難所|福祉避難所")
_IS_FLEEING = re.compile(r"(?:指定)?緊急避難場所(?:の指定|指定|の有無|区分)?")
_FEW = 20
_LOOKED_AT = 500


@dataclass(frozen=True)
class Named:
    """The hazards that a cell names. clear: nothing else stands in it that could change what it says."""

    hazards: frozenset[str]
    clear: bool


@lru_cache(maxsize=50_000)
def named(cell: str) -> Named:
    """Return the hazards of one cell (「洪水、がけ崩れ」); with 「…を除く」 or 「×」 none, and not clear."""
    known = vocabulary()
    text = unicodedata.normalize("NFKC", cell).strip()
    if any(word in text for word in known.negations):
        return Named(frozenset(), False)
    found = set()
    for word in known.hazard_all:
        if word in text:
            found, text = set(known.hazard_words), text.replace(word, "")
    for word, hazard in _longest_first():
        folded = unicodedata.normalize("NFKC", word)
        if folded in text:
            found.add(hazard)
            text = text.replace(folded, "、")
    return Named(frozenset(found), not _FILLERS.sub("", text))


@lru_cache(maxsize=1)
def _longest_first() -> tuple[tuple[str, str], ...]:
    pairs = [(word, hazard) for hazard, group in vocabulary().hazard_words.items() for word in group]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def names_hazards(column: pd.Series) -> tuple[float, frozenset[str]]:
    """Return the share of a column's filled cells that clearly name hazards, and which are named."""
    counts = column[column.astype("str").str.strip() != ""].value_counts()
    if counts.empty:
        return 0.0, frozenset()
    clear = {cell: hit for cell in counts.index[:2000] if (hit := named(cell)).hazards and hit.clear}
    share = sum(counts[cell] for cell in clear) / counts.sum()
    return float(share), frozenset().union(*(hit.hazards for hit in clear.values()))


def says_all(column: pd.Series) -> bool:
    """Tell whether a column has cells that mean every hazard at once (全災害)."""
    return any(word in str(cell) for cell in column.unique()[:2000] for word in vocabulary().hazard_all)


def only_stays(title: str, table: pd.DataFrame) -> str:
    """Return why a table is a list of 指定避難所 (where to stay) and of nothing else, or ""."""
    text = unicodedata.normalize("NFKC", title)
    if "緊急避難場所" in text:
        return ""
    if _ONLY_SHELTER.search(text):
        return f"表の名前「{title}」が指定避難所の一覧を表している"
    for column in table.columns:
        if table[column].head(_LOOKED_AT).nunique() > _FEW:
            continue
        counts = table[column].value_counts()
        if 0 < len(counts) <= _FEW and (stays := _stays(counts)):
            return f"「{column}」の値が「{stays}」なので、指定避難所の一覧らしい"
    return ""


def other_kinds(table: pd.DataFrame) -> list[tuple[int, str]]:
    """Return (row, what is written) of rows that a mixed table calls 指定避難所 only, or denies to be 指定緊急避難場所."""
    found: dict[int, str] = {}
    for column in table.columns:
        if table[column].head(_LOOKED_AT).nunique() > _FEW:
            continue
        texts = table[column].astype("str").str.strip()
        known = {cell: unicodedata.normalize("NFKC", cell) for cell in texts.unique()}
        if _IS_FLEEING.fullmatch(key(str(column))) and _holds_flags(texts):
            odd = {cell for cell, text in known.items() if text.casefold() in _denials() or not text}
        elif any("緊急避難場所" in text for text in known.values()):
            odd = {cell for cell, text in known.items() if _ONLY_SHELTER.match(text) and "緊急避難場所" not in text}
        else:
            continue
        told = {cell: f"{column}：{cell or '（空）'}" for cell in odd}
        found |= {int(row): told[cell] for row, cell in texts.items() if cell in odd}
    return sorted(found.items())


def _holds_flags(texts: pd.Series) -> bool:
    values = profile(texts)
    return values.share("flag") >= 0.9 and not values.blank


@lru_cache(maxsize=1)
def _denials() -> frozenset[str]:
    return frozenset(str(mark).casefold() for mark in words()["flags"]["no"]) | DASHES


def _stays(counts: pd.Series) -> str:
    only = [cell for cell in counts.index if _ONLY_SHELTER.match(str(cell)) and "緊急避難場所" not in str(cell)]
    return str(only[0]) if only and counts[only].sum() >= 0.9 * counts.sum() else ""
