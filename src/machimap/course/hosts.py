"""The hosts that the live sources stand on, read from the tables of hazards: what a proxy must let through."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from urllib.parse import urlsplit

from machimap import store

_TABLES = ("layers", "base-layers", "services")
_MANY = {"layers": "ハザードの区域の図", "base-layers": "背景の地図"}


@dataclass(frozen=True)
class Host:
    """A host, the address of its top (`https://host/`), the table that names it, and what comes from there."""

    name: str
    root: str
    table: str
    gives: tuple[str, ...]

    def text(self) -> str:
        """Return what comes from there in Japanese."""
        return f"{_MANY[self.table]}（{len(self.gives)}種類）" if self.table in _MANY else "、".join(self.gives)


def hosts() -> list[Host]:
    """Return the hosts in the order of the tables, without loading pandas. Raises store.DatasetError."""
    found: dict[tuple[str, str], list[str]] = {}
    for table in _TABLES:
        with store.resource_path("hazards", table).open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                address = urlsplit(row["url"])
                if address.netloc:
                    found.setdefault((table, f"{address.scheme}://{address.netloc}/"), []).append(row["name"])
    return [Host(urlsplit(root).netloc, root, table, tuple(names)) for (table, root), names in found.items()]
