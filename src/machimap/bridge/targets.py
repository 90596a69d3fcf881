"""The lists of the national standard that a table can be taken to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from machimap import datasets, store
from machimap.bridge.records import BridgeError


@dataclass(frozen=True, eq=False)
class Target:
    """One list of the standard.

    columns: in order, all strings: no, column, required ("1" or ""), recommended, type (as the standard says it),
    meaning, kind (which cleaner reads the column). schema: its Frictionless Table Schema.
    """

    name: str
    columns: pd.DataFrame
    schema: dict

    @property
    def names(self) -> list[str]:
        """The names of the columns in order."""
        return list(self.columns["column"])

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column, in order."""
        return dict(zip(self.columns["column"], self.columns["kind"], strict=True))

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the names of the columns of some kinds, in order."""
        return [name for name, kind in self.kinds.items() if kind in kinds]


def target_names() -> list[str]:
    """Return the names of the lists that the kit knows."""
    return list(_resources())


def target(name: str = "指定緊急避難場所一覧") -> Target:
    """Return a list of the standard by its name.

    Raises BridgeError, naming the known lists, for another name; store.DatasetError for a damaged table.
    """
    found = _resources().get(name)
    if found is None:
        known = "」「".join(_resources())
        raise BridgeError(f"「{name}」という一覧の形は知らないので、「{known}」から選んでください。")
    return _read(name, found, store.stamp("schemas", found), store.stamp("schemas", f"{found}-schema"))


def _resources() -> dict[str, str]:
    entries = store.descriptor("schemas")["resources"]
    return {entry["target"]: entry["name"] for entry in entries if "target" in entry}


@lru_cache(maxsize=8)
def _read(name: str, resource: str, *stamps: str) -> Target:
    schema = json.loads(store.resource_path("schemas", f"{resource}-schema").read_text(encoding="utf-8"))
    return Target(name, datasets.table("schemas", resource), schema)
