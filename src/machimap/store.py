"""Where the kit's files are (checkout or installed wheel), and whether a dataset file is whole."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

from machimap.errors import MachimapError

RESTORE_HINT = "`git checkout -- datasets` で元に戻すか、Machimap を入れ直してください"


class DatasetError(MachimapError):
    """A bundled dataset cannot be used."""


class DatasetMissing(DatasetError):
    """A dataset folder, its descriptor or one of its files is not there."""


class DatasetDamaged(DatasetError):
    """A dataset file differs from the sha256 in its descriptor."""


def kit_root() -> Path:
    """Return the folder that holds `datasets/` and `notebooks/`.

    In a checkout it is the repository; in an installed wheel, the package's own `_kit` folder.
    """
    package = Path(__file__).resolve().parent
    bundled = package / "_kit"
    return bundled if bundled.is_dir() else package.parents[1]


def datasets_root() -> Path:
    """Return the folder of the bundled datasets (`MACHIMAP_DATASETS` names another one)."""
    chosen = os.environ.get("MACHIMAP_DATASETS")
    return Path(chosen) if chosen else kit_root() / "datasets"


def dataset_names() -> list[str]:
    """Return the names of all bundled datasets, sorted."""
    return sorted(path.parent.name for path in datasets_root().glob("*/datapackage.json"))


def descriptor(dataset: str) -> dict:
    """Return a dataset's Frictionless Data Package descriptor.

    Raises DatasetMissing without the file, DatasetDamaged when it is not one.
    """
    path = datasets_root() / dataset / "datapackage.json"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise DatasetMissing(
            f"データセット「{dataset}」の説明ファイル {path.name} が見つからないので、{RESTORE_HINT}。"
        ) from error
    return _read_descriptor(path, stamp)


def resource_path(dataset: str, resource: str) -> Path:
    """Return the path of one resource (by its descriptor `name`), its sha256 checked.

    Raises DatasetMissing or DatasetDamaged, naming the file and how to restore it.
    """
    entry = resource_entry(dataset, resource)
    path = datasets_root() / dataset / entry["path"]
    try:
        stat = path.stat()
    except OSError as error:
        raise DatasetMissing(
            f"データファイル {dataset}/{entry['path']} が見つからないので、{RESTORE_HINT}。"
        ) from error
    if _sha256(path, stat.st_mtime_ns, stat.st_size) != entry["hash"].removeprefix("sha256:"):
        raise DatasetDamaged(
            f"データファイル {dataset}/{entry['path']} が壊れている（sha256 が一致しない）ので、{RESTORE_HINT}。"
        )
    return path


def stamp(dataset: str, resource: str) -> str:
    """Return the sha256 of one resource as its descriptor tells it: a key for caches."""
    return resource_entry(dataset, resource)["hash"]


def credit(dataset: str) -> str:
    """Return the exact credit line (出典) that must stand wherever the dataset is shown."""
    return descriptor(dataset)["credit"]


def resource_entry(dataset: str, name: str) -> dict:
    """Return the descriptor of one resource; raises DatasetMissing when the dataset has none of that name."""
    for entry in descriptor(dataset)["resources"]:
        if entry["name"] == name:
            return entry
    raise DatasetMissing(f"データセット「{dataset}」に「{name}」がないので、{RESTORE_HINT}。")


@lru_cache(maxsize=64)
def _read_descriptor(path: Path, stamp: int) -> dict:
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        whole = "credit" in package and all({"name", "path", "hash"} <= set(entry) for entry in package["resources"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if not whole:
        raise _damaged(path)
    return package


def _damaged(descriptor_path: Path) -> DatasetDamaged:
    name = f"{descriptor_path.parent.name}/{descriptor_path.name}"
    return DatasetDamaged(f"説明ファイル {name} が壊れているので、{RESTORE_HINT}。")


@lru_cache(maxsize=256)
def _sha256(path: Path, stamp: int, size: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
