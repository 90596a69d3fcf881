"""Where the municipality's own list and the national lists differ, for the reader of the site."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from machimap import shelters

FAR_M = 100.0


@dataclass(frozen=True)
class Mismatch:
    """Rows that stand in one list only (name, address, list) and pairs more than FAR_M apart (name, address, metres)."""

    own: pd.DataFrame
    national: pd.DataFrame
    far: pd.DataFrame

    @property
    def any(self) -> bool:
        """Whether the lists differ at all."""
        return bool(len(self.own) or len(self.national) or len(self.far))


def mismatch(own: pd.DataFrame, national: dict[str, pd.DataFrame]) -> Mismatch:
    """Compare every list of evacuation places in `own` with each national list apart.

    own: 名称, 緯度, 経度, 所在地_連結表記, and 一覧 where it holds several lists (those without 「避難」 in their
    name are left aside). A row of the city stands alone when neither national list has it, a row of a national
    list when no list of the city has it. Raises shelters.ShelterError, datasets.TableError.
    """
    lists = _evacuation_lists(own)
    found = [
        (kind, shelters.compare(rows, table))
        for rows in lists
        for kind, table in national.items()
        if len(rows) and len(table)
    ]
    matched_own = {label for _, result in found for label in result.matched["city_row"]}
    ours = pd.concat(lists) if lists else own.iloc[0:0]
    rest = {
        kind: table[
            ~table.index.isin(
                {label for name, result in found if name == kind for label in result.matched["national_row"]}
            )
        ]
        for kind, table in national.items()
    }
    far = [result.far(FAR_M) for _, result in found]
    return Mismatch(
        own=_named(ours[~ours.index.isin(matched_own)], ours.get("一覧", pd.Series("", index=ours.index))),
        national=pd.concat(
            [_named(table, pd.Series(kind, index=table.index)) for kind, table in rest.items()], ignore_index=True
        ),
        far=_pairs(far),
    )


def _evacuation_lists(own: pd.DataFrame) -> list[pd.DataFrame]:
    if "一覧" not in own.columns:
        return [own]
    chosen = own[own["一覧"].astype(str).str.contains("避難")]
    return [rows for _, rows in chosen.groupby("一覧", sort=False)]


def _named(rows: pd.DataFrame, lists: pd.Series) -> pd.DataFrame:
    text = rows.reindex(columns=["名称", "所在地_連結表記"]).astype("object").fillna("")
    return (
        text.assign(一覧=lists.reindex(rows.index)).set_axis(["name", "address", "list"], axis=1).reset_index(drop=True)
    )


def _pairs(tables: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["city_name", "city_address", "distance_m"]
    whole = (
        pd.concat([table[columns] for table in tables], ignore_index=True) if tables else pd.DataFrame(columns=columns)
    )
    far = whole.sort_values("distance_m", ascending=False).drop_duplicates(["city_name", "city_address"])
    return far.set_axis(["name", "address", "metres"], axis=1).reset_index(drop=True)
