"""Make the bundled datasets from the publishers' own files, and say what changed since the last edition."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from machimap import store
from machimap.datasets.build import boundaries, descriptor, diff, hachioji, municipalities, shelters, sources, yaizu
from machimap.datasets.build.sources import SHELTER_LIST, SITE_LIST, BuildError

BUILDERS = ("boundaries", "municipalities", "shelters", "hachioji", "yaizu")


@dataclass
class BuildReport:
    """What a build did: lines for the maintainer, and the tables behind them by name."""

    lines: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def text(self) -> str:
        """Return the report as plain text, at most ten rows of each table."""
        parts = list(self.lines)
        for name, table in self.tables.items():
            if len(table):
                parts.append(f"\n■ {name}（{len(table):,}行）\n{table.head(10).to_string(index=False)}")
        return "\n".join(parts)

    def write(self, folder: Path) -> None:
        """Write the text and every table as CSV into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.txt").write_text(self.text() + "\n", encoding="utf-8")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")


def build(
    from_dir: Path,
    target: Path | None = None,
    *,
    only: tuple[str, ...] = BUILDERS,
    retrieved: date | None = None,
    allow_drop: bool = False,
) -> BuildReport:
    """Build the datasets named in `only` from the publishers' files below `from_dir` into `target`.

    target: the folder of the datasets (the bundled ones by default). retrieved: the day the files were
    taken; without it the date in the present descriptor stays. Everything is made in a temporary folder
    first: a failure leaves the old edition whole. Raises BuildError for missing or contradictory files,
    and when a list (全国 or a prefecture) lost more than 5 % of its rows, unless `allow_drop`.
    """
    target = target or store.datasets_root()
    report = BuildReport()
    with tempfile.TemporaryDirectory(dir=_existing(target)) as scratch:
        work = Path(scratch)
        if {"boundaries", "municipalities", "shelters"} & set(only):
            _national(from_dir, target, work, only, report, allow_drop)
        if "hachioji" in only:
            _own(hachioji, "hachioji", from_dir, work, report)
        if "yaizu" in only:
            _own(yaizu, "yaizu", from_dir, work, report)
        for name in only:
            _seal(work / name, name, _date_of(name, target, retrieved))
        for name in only:
            _replace(work / name, target / name)
    return report


def _existing(target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    return target


def _national(
    from_dir: Path, target: Path, work: Path, only: tuple[str, ...], report: BuildReport, allow_drop: bool
) -> None:
    codes = municipalities.read_codes(from_dir)
    n03 = boundaries.read_n03(from_dir)
    raw = sources.read_national_lists(from_dir)
    for kind in (SITE_LIST, SHELTER_LIST):
        if kind not in raw:
            raise BuildError(f"{kind}のファイルが見つかりません。mergeFromCity のCSVかGeoJSONを置いてください。")
    changes = municipalities.ward_changes(codes, n03, pd.concat(raw.values(), ignore_index=True))
    parent = municipalities.parents(codes)
    names = dict(zip(codes["code"], codes["name"], strict=True))
    shapes = boundaries.with_designated_cities(n03, parent | _old_parents(changes), names)
    county = dict(zip(n03["code"], n03["county"], strict=True))
    table = municipalities.build(from_dir, codes, shapes.assign(county=shapes["code"].map(county).fillna("")), changes)
    _report_codes(codes, n03, table, changes, report)
    built = {kind: shelters.build(kind, rows, table, shapes) for kind, rows in raw.items()}
    for kind, result in built.items():
        _report_list(kind, raw[kind], result, target, report, allow_drop)
        table[f"{kind}_件数"] = _count(table, result.table)
    folders = {name: work / name for name in ("boundaries", "municipalities", "shelters")}
    for folder in folders.values():
        folder.mkdir()
    if "boundaries" in only:
        shapes.to_file(folders["boundaries"] / "boundaries.fgb", driver="FlatGeobuf", SPATIAL_INDEX="YES")
    if "municipalities" in only:
        fields = [entry["name"] for entry in descriptor.templates()["municipalities"]["resources"][0]["fields"]]
        table[fields].to_csv(folders["municipalities"] / "municipalities.csv", index=False, lineterminator="\n")
        changes.to_csv(folders["municipalities"] / "changes.csv", index=False, lineterminator="\n")
    for kind, result in built.items():
        shelters.write(kind, result.table, folders["shelters"])


def _old_parents(changes: pd.DataFrame) -> dict[str, str]:
    return {row.旧コード: row.新コード[:3] + "30" for row in changes.itertuples(index=False)}


def _count(table: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    by_publisher = rows["全国地方公共団体コード"].value_counts()
    by_location = rows["所在地_全国地方公共団体コード"].value_counts()
    whole = table["lg_code"].map(by_publisher).fillna(0)
    return whole.where(table["parent_lg_code"] == "", table["lg_code"].map(by_location).fillna(0)).astype(int)


def _report_codes(codes, n03, table, changes, report: BuildReport) -> None:
    report.lines.append(
        f"市区町村：{len(table):,}（境界 {len(n03):,}コード、所属未定地 {n03.attrs['without_code']}か所は除外）"
    )
    without = table[table["boundary_note"] != ""][["lg_code", "prefecture", "name", "boundary_note"]]
    report.tables["境界の注記"] = without
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
            f"{kind}の行数が合いません（入力{len(raw):,}、採用{kept:,}、除外{aside:,}）。組み立ての誤りです。"
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
    for name in ("added", "removed", "moved", "renamed", "flags"):
        report.tables[f"{kind}_{name}"] = getattr(difference, name)
    drops = diff.suspicious_drops(previous, result.table)
    if len(drops) and not allow_drop:
        where = "、".join(f"{row.範囲}（{row.前:,}→{row.後:,}）" for row in drops.head(5).itertuples(index=False))
        raise BuildError(
            f"{kind}の件数が5%を超えて減りました：{where}。元のファイルを確かめ、正しければ --allow-drop を付けてください。"
        )


def _previous(kind: str, target: Path) -> pd.DataFrame | None:
    paths = sorted((target / "shelters" / kind).glob("*.csv"))
    return pd.concat([sources.read_csv(path) for path in paths], ignore_index=True) if paths else None


def _own(module, name: str, from_dir: Path, work: Path, report: BuildReport) -> None:
    source = from_dir / name if (from_dir / name).is_dir() else from_dir
    folder = work / name
    folder.mkdir()
    resources = module.build(source, folder)
    descriptor.write(folder, name, date(1970, 1, 1), resources)
    report.lines.append(f"{descriptor.templates()[name]['title']}：{len(resources)}ファイル")


def _seal(folder: Path, name: str, retrieved: date) -> None:
    resources = None
    if name == "shelters":
        resources = [
            descriptor.csv_resource(f"{kind}-{path.stem}", f"{kind}/{path.name}", shelters.fields(kind))
            for kind in (SITE_LIST, SHELTER_LIST)
            for path in sorted((folder / kind).glob("*.csv"))
        ]
    elif (folder / "datapackage.json").exists():
        resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    descriptor.write(folder, name, retrieved, resources)


def _date_of(name: str, target: Path, retrieved: date | None) -> date:
    if retrieved:
        return retrieved
    path = target / name / "datapackage.json"
    if not path.exists():
        raise BuildError(
            f"データセット「{name}」を初めて作るので、取得した日を --retrieved 2026-01-31 の形で付けてください。"
        )
    return date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["retrieved"])


def _replace(built: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    shutil.move(built, target)
