"""What changed between two editions of a national list, and whether it shrank suspiciously."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pyproj import Geod

MAX_DROP = 0.05
MOVED_M = 30.0


@dataclass(frozen=True)
class Difference:
    """Rows by ID: `added`, `removed` (名称, 所在地_連結表記), `moved` (距離_m), `renamed` (前, 後), `flags` (列, 前, 後)."""

    kind: str
    before: int
    after: int
    added: pd.DataFrame
    removed: pd.DataFrame
    moved: pd.DataFrame
    renamed: pd.DataFrame
    flags: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the five tables by what they hold, in Japanese."""
        return {
            "追加": self.added,
            "削除": self.removed,
            "移動": self.moved,
            "名称変更": self.renamed,
            "指定の変更": self.flags,
        }

    def summary(self) -> str:
        """Return one line with the counts."""
        return (
            f"{self.kind}：{self.before:,}件 → {self.after:,}件（追加 {len(self.added):,}、削除 {len(self.removed):,}、"
            f"{MOVED_M:.0f}m超の移動 {len(self.moved):,}、名称変更 {len(self.renamed):,}、指定の変更 {len(self.flags):,}）"
        )


def compare(kind: str, before: pd.DataFrame, after: pd.DataFrame) -> Difference:
    """Return how `after` differs from `before`, both in the columns of the bundled list, matched by ID."""
    old, new = before.set_index("ID"), after.set_index("ID")
    both = old.index.intersection(new.index)
    show = ["全国地方公共団体コード", "名称", "所在地_連結表記"]
    renamed = both[(old.loc[both, "名称"] != new.loc[both, "名称"]).to_numpy()]
    return Difference(
        kind=kind,
        before=len(old),
        after=len(new),
        added=new.loc[new.index.difference(old.index), show].reset_index(),
        removed=old.loc[old.index.difference(new.index), show].reset_index(),
        moved=_moved(old.loc[both], new.loc[both]),
        renamed=pd.DataFrame({"前": old.loc[renamed, "名称"], "後": new.loc[renamed, "名称"]}).reset_index(),
        flags=_flags(old.loc[both], new.loc[both]),
    )


def suspicious_drops(before: pd.DataFrame, after: pd.DataFrame, max_drop: float = MAX_DROP) -> pd.DataFrame:
    """Return the prefectures (and 全国) whose row count fell by more than `max_drop`: columns 範囲, 前, 後."""
    counts = pd.DataFrame({"前": _by_prefecture(before), "後": _by_prefecture(after)}).fillna(0).astype(int)
    counts.loc["全国"] = counts.sum()
    shrunk = counts[counts["後"] < counts["前"] * (1 - max_drop)]
    return shrunk.rename_axis("範囲").reset_index()


def _by_prefecture(table: pd.DataFrame) -> pd.Series:
    return table["全国地方公共団体コード"].str[:2].value_counts()


def _moved(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    columns = ["経度", "緯度"]
    before, after = old[columns].astype(float), new[columns].astype(float)
    changed = (before != after).any(axis=1)
    before, after = before[changed], after[changed]
    metres = Geod(ellps="GRS80").inv(before["経度"], before["緯度"], after["経度"], after["緯度"])[2]
    table = pd.DataFrame({"名称": new.loc[changed, "名称"], "距離_m": metres.round(1)})
    return table[table["距離_m"] > MOVED_M].rename_axis("ID").reset_index()


def _flags(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in old.columns if name.startswith("災害種別_") or name.endswith("との重複")]
    changed = old[columns].ne(new[columns]).stack()
    pairs = changed[changed].index
    rows = [(key, new.at[key, "名称"], name, old.at[key, name], new.at[key, name]) for key, name in pairs]
    return pd.DataFrame(rows, columns=["ID", "名称", "列", "前", "後"])
