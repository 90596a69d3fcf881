"""The data that stands in the site's folder for others to use."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from machimap.places import Place
from machimap.site.map_data import SITES
from machimap.site.own_layer import OwnLayer
from machimap.site.terms import LICENCES
from machimap.spreadsheet import safe_cell


def write_tables(
    folder: Path,
    place: Place,
    tables: dict[str, pd.DataFrame],
    licence: str,
    credits: tuple[str, ...],
    dated: str,
    layer: OwnLayer | None,
) -> None:
    """Write the lists as CSV (UTF-8 with BOM, every cell safe in a spreadsheet) and their datapackage.json."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for kind, table in tables.items():
        path = folder / f"{kind}.csv"
        table.map(safe_cell).rename(columns=safe_cell).to_csv(
            path, index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
        entries.append(
            {
                "name": "sites" if kind == SITES else "shelters",
                "path": path.name,
                "title": kind,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {"fields": [{"name": safe_cell(name), "type": _type(table[name])} for name in table.columns]},
            }
        )
    if layer:
        entries.append({"name": "layer", "path": "layer.geojson", "title": layer.title, "format": "geojson"})
    package = {
        "name": f"machimap-{place.lg_code}",
        "title": f"{place.full_name}の指定緊急避難場所・指定避難所",
        "licenses": [{"name": licence, "path": LICENCES[licence][0]}],
        "retrieved": dated,
        "sources": [{"title": credit} for credit in credits],
        "resources": entries,
    }
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _type(column: pd.Series) -> str:
    return "number" if pd.api.types.is_numeric_dtype(column) else "string"
