"""What a comparison of two lists found, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from machimap.shelters.sides import ShelterError

HAZARD_PREFIX = "災害種別_"
DESIGNATED = ("1", "1.0", "○", "〇")
SIDES = ("市", "国")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """A city's own list beside a national list. Every row of both stands in exactly one of the four tables.

    matched: city_row, national_row (index labels), city_name, national_name, city_address,
    national_address, distance_m (metres in `utm_epsg`; NaN when unknown), score (0–1), reason (Japanese),
    needs_check (bool). A pair can have unusable coordinates on one side; then the distance is unknown.
    only_city: city_row, city_name, city_address, reason; only_national: the same with national_.
    set_aside: rows with unusable coordinates and no partner: side (市 or 国), row, name, address, reason.
    unusable_coordinates: every row with unusable coordinates: side, row, name, reason, matched (bool).
    city_list, national_list: which lists were compared; 指定緊急避難場所 (where to flee) and 指定避難所
    (where to stay) are two things, so `report()` names both and warns when they are not of one kind.
    """

    city: pd.DataFrame
    national: pd.DataFrame
    city_list: str
    national_list: str
    matched: pd.DataFrame
    only_city: pd.DataFrame
    only_national: pd.DataFrame
    set_aside: pd.DataFrame
    unusable_coordinates: pd.DataFrame
    utm_epsg: int | None
    hazard: str | None = None

    def __post_init__(self) -> None:
        for table, whose, labels, only in (
            (self.city, "市", self.matched["city_row"], self.only_city["city_row"]),
            (self.national, "国", self.matched["national_row"], self.only_national["national_row"]),
        ):
            aside = self.set_aside.loc[self.set_aside["side"] == whose, "row"]
            accounted = [*labels, *only, *aside]
            if len(accounted) != len(table) or set(accounted) != set(table.index):
                raise AssertionError(f"rows lost or counted twice: {len(accounted)} of {len(table)} on side {whose}")

    def __repr__(self) -> str:
        return f"<Comparison 市{len(self.city)}件（{self.city_list}）と国{len(self.national)}件（{self.national_list}）: {len(self.matched)}組が一致>"

    def not_designated(self, hazard: str | None = None) -> pd.DataFrame:
        """Return the matched rows whose national partner is not designated for a hazard (洪水, 地震 …).

        `hazard` defaults to that of `compare`. "Not designated" is no judgement on the place: upper floors
        or another list may serve. Raises ShelterError for an unknown hazard, or when the national list is one
        of 指定避難所, which knows no hazards.
        """
        column = self._hazard_column(hazard or self.hazard)
        flags = self.national[column].astype("str").str.strip()
        designated = self.matched["national_row"].map(flags).isin(DESIGNATED)
        return self.matched[~designated].reset_index(drop=True)

    def far(self, threshold_m: float = 100.0) -> pd.DataFrame:
        """Return the matched pairs more than `threshold_m` metres apart, the farthest first."""
        pairs = self.matched[self.matched["distance_m"] > threshold_m]
        return pairs.sort_values(["distance_m", "city_row"], ascending=[False, True], ignore_index=True)

    def report(self) -> pd.DataFrame:
        """Return the summary: 項目, 値, 単位, 説明 (which lists, counts, distances), one line each."""
        distances = self.matched["distance_m"].dropna()
        lines = [
            ("市の一覧", len(self.city), "件", self.city_list),
            ("国の一覧", len(self.national), "件", self.national_list + self._caution()),
            ("一致", len(self.matched), "組", "両方の一覧にある施設"),
            ("うち要確認", int(self.matched["needs_check"].sum()), "組", "理由を読み、人が確かめる"),
            ("うち距離が100m超", len(self.far()), "組", "どちらかの座標を確かめる"),
            *self._hazard_lines(),
            ("市の一覧だけ", len(self.only_city), "件", "国の一覧に相手が見つからない"),
            ("国の一覧だけ", len(self.only_national), "件", "市の一覧に相手が見つからない"),
            *(
                (
                    f"取り分けた行（{whose}）",
                    int((self.set_aside["side"] == whose).sum()),
                    "件",
                    "座標が使えず相手もない",
                )
                for whose in SIDES
            ),
            *self._distance_lines(distances),
        ]
        return pd.DataFrame(lines, columns=["項目", "値", "単位", "説明"], dtype="object")

    def to_frame(self) -> pd.DataFrame:
        """Return every row of both lists once, or twice joined in a pair, ready for a CSV.

        Columns: 結果 (一致, 市の一覧だけ, 国の一覧だけ, 取り分けた行), 市の行, 国の行, 市の名称, 国の名称,
        市の所在地, 国の所在地, 距離_m, 一致度, 要確認 (要確認 or ""), 理由.
        """
        aside = {whose: self.set_aside[self.set_aside["side"] == whose] for whose in SIDES}
        tables = [
            self.matched.assign(result="一致", check=self.matched["needs_check"].map({True: "要確認", False: ""})),
            self.only_city.assign(result="市の一覧だけ"),
            self.only_national.assign(result="国の一覧だけ"),
            aside["市"].rename(columns=_side_columns("city")).assign(result="取り分けた行"),
            aside["国"].rename(columns=_side_columns("national")).assign(result="取り分けた行"),
        ]
        headings = {
            "result": "結果",
            "city_row": "市の行",
            "national_row": "国の行",
            "city_name": "市の名称",
            "national_name": "国の名称",
            "city_address": "市の所在地",
            "national_address": "国の所在地",
            "distance_m": "距離_m",
            "score": "一致度",
            "check": "要確認",
            "reason": "理由",
        }
        parts = [table.reindex(columns=list(headings)).astype("object") for table in tables if len(table)]
        whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(headings), dtype="object")
        return whole.where(whole.notna(), "").rename(columns=headings)

    def _caution(self) -> str:
        kinds = {_kind(label) for label in self.city_list.split("／")} - {"", self.national_list}
        return "（市の一覧とは種類が違う：逃げる場所と、とどまる場所は別のもの）" if kinds else ""

    def _hazard_column(self, hazard: str | None) -> str:
        columns = [column for column in self.national.columns if column.startswith(HAZARD_PREFIX)]
        if not columns:
            raise ShelterError(
                f"比べた国の一覧（{self.national_list}）には災害種別がないので、指定緊急避難場所の一覧と比べてください。"
            )
        found = [column for column in columns if hazard and column.removeprefix(HAZARD_PREFIX).startswith(hazard)]
        if len(found) != 1:
            known = "／".join(column.removeprefix(HAZARD_PREFIX) for column in columns)
            raise ShelterError(f"災害種別「{hazard or ''}」はないので、{known} のどれかを指定してください。")
        return found[0]

    def _hazard_lines(self) -> list[tuple]:
        if self.hazard is None:
            return []
        name = self._hazard_column(self.hazard).removeprefix(HAZARD_PREFIX)
        missing = len(self.not_designated())
        return [
            (f"うち{name}の指定あり", len(self.matched) - missing, "組", f"国の一覧で{name}の指定がある"),
            (f"うち{name}の指定なし", missing, "組", "危険という意味ではない（上の階や別の災害で使う施設もある）"),
        ]

    def _distance_lines(self, distances: pd.Series) -> list[tuple]:
        if distances.empty:
            return [("距離", 0, "組", "距離の分かる組はない")]
        return [
            ("距離の中央値", round(float(distances.median()), 1), "m", f"UTM座標系（EPSG:{self.utm_epsg}）で計算"),
            ("距離の最大", round(float(distances.max()), 1), "m", f"距離の分かる{len(distances)}組のうち"),
        ]


def _kind(label: str) -> str:
    if "緊急避難場所" in label:
        return "指定緊急避難場所"
    return "指定避難所" if "避難所" in label else ""


def _side_columns(whose: str) -> dict[str, str]:
    return {"row": f"{whose}_row", "name": f"{whose}_name", "address": f"{whose}_address"}
