"""The three datasets of all Japan, which depend on each other: boundaries, municipalities, shelters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas
import pandas as pd
from geopandas import GeoDataFrame

from machimap.datasets.build import boundaries, descriptor, diff, municipalities, shelters, sources
from machimap.datasets.build.report import BuildReport
from machimap.datasets.build.sources import SHELTER_LIST, SITE_LIST, BuildError

DATASETS = ("boundaries", "municipalities", "shelters")


@dataclass(frozen=True)
class Edition:
    """What the lists are judged by: `places` (municipalities.csv), `changes` (changes.csv), `shapes` (code, polygon)."""

    places: pd.DataFrame
    changes: pd.DataFrame
    shapes: GeoDataFrame


def build(
    from_dir: Path, target: Path, work: Path, only: tuple[str, ...], report: BuildReport, *, allow_drop: bool
) -> tuple[str, ...]:
    """Write the national datasets that `only` calls for below `work`; return their names.

    Raises BuildError for missing files, rows that do not add up, and a suspicious drop.
    """
    if not set(only) & set(DATASETS):
        return ()
    raw = sources.read_national_lists(from_dir)
    for kind in (SITE_LIST, SHELTER_LIST):
        if kind not in raw:
            raise BuildError(f"{kind}のファイルが見つからないので、mergeFromCity のCSVかGeoJSONを置いてください。")
    known = present(target) if not {"boundaries", "municipalities"} & set(only) else None
    edition = known or _made(from_dir, raw, report)
    names = DATASETS[1:] if known else DATASETS
    for name in names:
        (work / name).mkdir()
    counted = edition.places.copy()
    for kind, rows in raw.items():
        built = shelters.build(kind, rows, edition.places, edition.shapes, edition.changes)
        _report_list(kind, rows, built, target, report, allow_drop)
        counted[f"{kind}_件数"] = _count(edition.places, built.table)
        shelters.write(kind, built.table, work / "shelters")
    _write_municipalities(counted, edition.changes, work / "municipalities")
    if "boundaries" in names:
        path = work / "boundaries" / "boundaries.fgb"
        edition.shapes.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="YES")
    return names


def present(target: Path) -> Edition | None:
    """Return the present edition below `target`, or None where a file of it is missing."""
    paths = [
        target / "municipalities" / "municipalities.csv",
        target / "municipalities" / "changes.csv",
        target / "boundaries" / "boundaries.fgb",
    ]
    if not all(path.exists() for path in paths):
        return None
    return Edition(sources.read_csv(paths[0]), sources.read_csv(paths[1]), geopandas.read_file(paths[2]))


def _made(from_dir: Path, raw: dict[str, pd.DataFrame], report: BuildReport) -> Edition:
    codes = municipalities.read_codes(from_dir)
    n03 = boundaries.read_n03(from_dir)
    changes = municipalities.ward_changes(codes, n03, pd.concat(raw.values(), ignore_index=True))
    parent = municipalities.parents(codes)
    parent |= {row.旧コード: parent[row.新コード[:5]] for row in changes.itertuples(index=False)}
    shapes = boundaries.with_designated_cities(n03, parent, dict(zip(codes["code"], codes["name"], strict=True)))
    county = dict(zip(n03["code"], n03["county"], strict=True))
    places = municipalities.build(from_dir, codes, shapes.assign(county=shapes["code"].map(county).fillna("")), changes)
    _report_codes(codes, n03, places, changes, report)
    return Edition(places, changes, shapes)


def _write_municipalities(table: pd.DataFrame, changes: pd.DataFrame, folder: Path) -> None:
    fields = [entry["name"] for entry in descriptor.templates()["municipalities"]["resources"][0]["fields"]]
    table[fields].to_csv(folder / "municipalities.csv", index=False, lineterminator="\n")
    changes.to_csv(folder / "changes.csv", index=False, lineterminator="\n")


def _count(places: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    by_publisher = rows["全国地方公共団体コード"].value_counts()
    by_location = rows["所在地_全国地方公共団体コード"].value_counts()
    whole = places["lg_code"].map(by_publisher).fillna(0)
    return whole.where(places["parent_lg_code"] == "", places["lg_code"].map(by_location).fillna(0)).astype(int)


def _report_codes(
    codes: pd.DataFrame, n03: GeoDataFrame, places: pd.DataFrame, changes: pd.DataFrame, report: BuildReport
) -> None:
    report.lines.append(
        f"市区町村：{len(places):,}（境界 {len(n03):,}コード、所属未定地 {n03.attrs['without_code']}か所は除外）"
    )
    noted = places["boundary_note"] != ""
    report.tables["境界の注記"] = places[noted][["lg_code", "prefecture", "name", "boundary_note"]]
    report.tables["区の再編"] = changes
    gone = n03[~n03["code"].isin(codes["code"])][["code", "prefecture", "city", "ward"]]
    resolved = gone["code"].isin(changes["旧コード"])
    report.tables["境界にだけあるコード"] = gone.assign(扱い=resolved.map({True: "再編の表で解決", False: "未解決"}))


def _report_list(
    kind: str, raw: pd.DataFrame, result: shelters.BuiltList, target: Path, report: BuildReport, allow_drop: bool
) -> None:
    kept, aside = len(result.table), len(result.set_aside)
    if kept + aside != len(raw):
        raise BuildError(
            f"{kind}の行数が合わない（入力{len(raw):,}、採用{kept:,}、除外{aside:,}）ので、"
            "組み立てのプログラムを直してください。"
        )
    report.lines.append(f"{kind}：入力 {len(raw):,} = 採用 {kept:,} + 除外 {aside:,}")
    report.tables[f"{kind}_除外"] = result.set_aside[["ID", "名称", "理由"]]
    report.tables[f"{kind}_直したもの"] = result.mended
    previous = _previous(kind, target)
    if previous is None:
        report.lines.append(f"{kind}：前の版がないため、差分はありません")
        return
    difference = diff.compare(kind, previous, result.table)
    report.lines.append(difference.summary())
    for name, table in difference.tables().items():
        report.tables[f"{kind}_{name}"] = table
    drops = diff.suspicious_drops(previous, result.table)
    if len(drops) and not allow_drop:
        where = "、".join(f"{row.範囲}（{row.前:,}→{row.後:,}）" for row in drops.head(5).itertuples(index=False))
        raise BuildError(
            f"{kind}の件数が5%を超えて減った（{where}）ので、元のファイルを確かめ、正しければ --allow-drop を付けてください。"
        )


def _previous(kind: str, target: Path) -> pd.DataFrame | None:
    paths = sorted((target / "shelters" / kind).glob("*.csv"))
    return pd.concat([sources.read_csv(path) for path in paths], ignore_index=True) if paths else None
