"""Find the publishers' files in a folder by what they hold, not by how the folder is called."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd

from machimap.errors import MachimapError

SITE_LIST, SHELTER_LIST = "指定緊急避難場所", "指定避難所"
_LIST_COLUMNS = {"共通ID", "施設・場所名", "緯度", "経度"}


class BuildError(MachimapError):
    """The publishers' files cannot be turned into datasets."""


def find_tables(folder: Path, wanted: set[str]) -> list[Path]:
    """Return the UTF-8 CSV files below `folder` whose head holds all `wanted` columns."""
    return [path for path in sorted(folder.rglob("*.csv")) if wanted <= set(_head(path))]


def read_csv(path: Path) -> pd.DataFrame:
    """Return a UTF-8 (±BOM) CSV as strings, blanks as ""; raises BuildError when it is not one."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise BuildError(f"{path.name}がUTF-8のCSVとして読めないので、もう一度ダウンロードしてください。") from error


def one(paths: list[Path], what: str) -> Path:
    """Return the only path; raises BuildError naming what is missing or doubled."""
    if len(paths) != 1:
        found = "、".join(path.name for path in paths) or "なし"
        raise BuildError(f"{what}のファイルがちょうど1つ要る（いまは{found}）ので、1つだけ置いてください。")
    return paths[0]


def read_national_lists(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the national lists in `folder`, by the list's name, as strings, each with a column `元ファイル`.

    Takes the publisher's nationwide `mergeFromCity_1` and `_2` (CSV or GeoJSON) or files split by
    prefecture. Which list a file is, its columns say: the eight hazards stand in 指定緊急避難場所 only,
    受入対象者 in 指定避難所 only. Raises BuildError when a file is neither, or an ID comes twice.
    """
    tables: dict[str, list[pd.DataFrame]] = {}
    for path in sorted(folder.rglob("*.csv")):
        if set(_head(path)) >= _LIST_COLUMNS:
            tables.setdefault(_kind(path, set(_head(path))), []).append(read_csv(path).assign(元ファイル=path.name))
    for path in sorted(folder.rglob("mergeFromCity*.geojson")):
        table = _read_geojson(path)
        tables.setdefault(_kind(path, set(table.columns)), []).append(table.assign(元ファイル=path.name))
    lists = {kind: pd.concat(parts, ignore_index=True).fillna("") for kind, parts in tables.items()}
    for kind, table in lists.items():
        doubled = table[(table["共通ID"] != "") & table["共通ID"].duplicated(keep=False)]
        if len(doubled):
            files = "、".join(sorted(doubled["元ファイル"].unique())[:3])
            raise BuildError(
                f"{kind}の共通IDが{len(doubled)}行で重なっている（{files}）ので、同じ一覧を2回置いていないか確かめてください。"
            )
    return lists


def _kind(path: Path, columns: set[str]) -> str:
    is_site, is_shelter = "洪水" in columns, "受入対象者" in columns
    if is_site == is_shelter:
        raise BuildError(
            f"{path.name}が指定緊急避難場所と指定避難所のどちらか、列の名前から分からないので、元のファイルを確かめてください。"
        )
    return SITE_LIST if is_site else SHELTER_LIST


def _read_geojson(path: Path) -> pd.DataFrame:
    try:
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        points = [(feature["geometry"] or {}).get("coordinates", ["", ""]) for feature in features]
        rows = [
            feature["properties"] | {"経度": x, "緯度": y} for feature, (x, y, *_) in zip(features, points, strict=True)
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BuildError(f"{path.name}がGeoJSONとして読めないので、もう一度ダウンロードしてください。") from error
    return pd.DataFrame(rows, dtype=object).fillna("").astype(str)


def _head(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream), [])
    except UnicodeDecodeError:
        return []
