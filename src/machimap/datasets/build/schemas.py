"""The lists of the national standard: a table of their columns, and a Frictionless Table Schema that checks a list."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pandas as pd
import yaml

from machimap.datasets.build.descriptor import csv_resource
from machimap.datasets.build.sources import BuildError, find_tables, one, read_csv

HEAD = {"dataset", "no", "column", "mark", "type"}
FIELDS = [
    {"name": "no", "type": "string", "description": "順序", "constraints": {"required": True, "unique": True}},
    {"name": "column", "type": "string", "description": "列の名前", "constraints": {"required": True, "unique": True}},
    {"name": "required", "type": "string", "description": "必須なら 1", "constraints": {"enum": ["1"]}},
    {"name": "recommended", "type": "string", "description": "推奨なら 1", "constraints": {"enum": ["1"]}},
    {"name": "type", "type": "string", "description": "標準が言う型"},
    {"name": "meaning", "type": "string", "description": "意味（この教材のことば）", "constraints": {"required": True}},
    {"name": "kind", "type": "string", "description": "値の種類", "constraints": {"required": True}},
]
# A blank says "no" there: the published lists write 1 or nothing.
_BLANK_IS_AN_ANSWER = ("flag",)


def build(source: Path, target: Path) -> list[dict]:
    """Write a table of columns and a Table Schema for each list of `schemas.yml` below `target`; return the resources.

    Raises BuildError when the publisher's table (dataset, no, column, mark, type) is not below `source`, or holds
    other columns for a list than `schemas.yml` describes.
    """
    published = read_csv(one(find_tables(source, HEAD), "標準の列の表（dataset,no,column,mark,type）"))
    made = []
    for title, entry in _described()["targets"].items():
        columns = _columns(title, entry["columns"], published[published["dataset"] == title])
        made += [_write_columns(target, title, entry["name"], columns)]
        made += [_write_schema(target, title, entry["name"], columns)]
    return made


def table_schema(title: str, columns: pd.DataFrame) -> dict:
    """Return the Frictionless Table Schema of a list from the table of its columns."""
    fields = [_field(row) for row in columns.to_dict("records")]
    return {"title": title, "fields": fields, "missingValues": [""]}


@lru_cache(maxsize=1)
def _described() -> dict:
    text = resources.files("machimap.datasets.build").joinpath("schemas.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def _columns(title: str, described: dict[str, dict], published: pd.DataFrame) -> pd.DataFrame:
    if list(published["column"]) != list(described):
        apart = "、".join(sorted(set(published["column"]) ^ set(described))[:5]) or "順序"
        raise BuildError(f"「{title}」の列が schemas.yml と違う（{apart}）ので、schemas.yml を標準に合わせてください。")
    return pd.DataFrame(
        {
            "no": published["no"],
            "column": published["column"],
            "required": published["mark"].map({"◎": "1"}).fillna(""),
            "recommended": published["mark"].map({"○": "1"}).fillna(""),
            "type": published["type"],
            "meaning": [described[name]["meaning"] for name in published["column"]],
            "kind": [described[name]["kind"] for name in published["column"]],
        }
    )


def _field(row: dict[str, str]) -> dict:
    kind = _described()["kinds"][row["kind"]]
    constraints = dict(kind.get("constraints", {}))
    if row["required"] == "1" and row["kind"] not in _BLANK_IS_AN_ANSWER:
        constraints["required"] = True
    field = {"name": row["column"], "type": kind["type"], "description": row["meaning"]}
    return field | ({"constraints": constraints} if constraints else {})


def _write_columns(target: Path, title: str, name: str, columns: pd.DataFrame) -> dict:
    path = f"{name.replace('-', '_')}.csv"
    columns.to_csv(target / path, index=False, lineterminator="\n")
    return csv_resource(name, path, FIELDS, title=f"{title}の{len(columns)}列", target=title)


def _write_schema(target: Path, title: str, name: str, columns: pd.DataFrame) -> dict:
    path = f"{name.replace('-', '_')}.schema.json"
    text = json.dumps(table_schema(title, columns), ensure_ascii=False, indent=2)
    (target / path).write_text(text + "\n", encoding="utf-8", newline="\n")
    return {
        "name": f"{name}-schema",
        "path": path,
        "title": f"{title}の Table Schema",
        "profile": "data-resource",
        "format": "json",
        "mediatype": "application/json",
        "encoding": "utf-8",
    }
