"""Write the datapackage.json of a built dataset."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml

from machimap.datasets.sealing import seal

PUBLISHER = [{"title": "Machimap", "role": "wrangler"}]


@lru_cache(maxsize=1)
def templates() -> dict:
    """Return what `descriptors.yml` says of every built dataset."""
    text = resources.files("machimap.datasets.build").joinpath("descriptors.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def csv_resource(name: str, path: str, fields: list[dict], *, title: str = "", encoding: str = "utf-8", **more) -> dict:
    """Return the descriptor of one CSV with its Table Schema; `fields` as Frictionless fields."""
    schema = {"fields": fields, "missingValues": [""]}
    if "primaryKey" in more:
        schema["primaryKey"] = more.pop("primaryKey")
    return {
        "name": name,
        "path": path,
        "title": title or name,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": encoding,
        **more,
        "schema": schema,
    }


def geo_resource(name: str, path: str, *, title: str = "", **more) -> dict:
    """Return the descriptor of one FlatGeobuf file."""
    return {
        "name": name,
        "path": path,
        "title": title or name,
        "profile": "data-resource",
        "format": "fgb",
        "mediatype": "application/vnd.flatgeobuf",
        **more,
    }


def write(folder: Path, dataset: str, retrieved: date, resource_list: list[dict] | None = None) -> dict:
    """Write and seal `folder/datapackage.json` of a dataset; return the descriptor.

    `resource_list` replaces the resources that `descriptors.yml` names.
    """
    template = templates()[dataset]
    if resource_list is None:
        resource_list = [_from_template(entry) for entry in template["resources"]]
    package = {
        "profile": "data-package",
        "name": dataset,
        "title": template["title"],
        "description": template["description"],
        "credit": template["credit"].format(retrieved=f"{retrieved.year}年{retrieved.month}月{retrieved.day}日"),
        "retrieved": retrieved.isoformat(),
        "sources": template["sources"],
        "licenses": template["licenses"],
        "contributors": PUBLISHER,
        "resources": resource_list,
    }
    path = folder / "datapackage.json"
    path.write_text(json.dumps(package, ensure_ascii=False, default=str), encoding="utf-8")
    return seal(folder)


def _from_template(entry: dict) -> dict:
    entry = dict(entry)
    if entry.pop("format", "csv") == "fgb":
        return geo_resource(**entry)
    return csv_resource(**entry)
