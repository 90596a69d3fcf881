"""The bundled open data of one place, read without reading the rest of Japan."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import pandas as pd

from machimap import store
from machimap.errors import MachimapError
from machimap.places import Place

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

Kind = Literal["指定緊急避難場所", "指定避難所"]
RESOURCE_PREFIX = {"指定緊急避難場所": "sites", "指定避難所": "shelters"}
KINDS: tuple[str, ...] = tuple(RESOURCE_PREFIX)
COORDINATES = {"緯度": float, "経度": float}


class UnknownList(MachimapError, KeyError):
    """There is no list of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownDataset(MachimapError, LookupError):
    """There is no dataset of that name."""


def shelters(place: Place, kind: Kind) -> pd.DataFrame:
    """Return the rows of a national list for one place (for a ward: those standing in the ward).

    kind: 「指定緊急避難場所」 (where to flee, per hazard) or 「指定避難所」 (where to stay). Columns in the
    names of the standard; 緯度, 経度 floats (degrees, JGD2011), all others strings, blanks "". No rows when
    the municipality has published none: that is "no data", not "no shelter". Raises UnknownList,
    store.DatasetError.
    """
    if kind not in KINDS:
        raise UnknownList(f"「{kind}」という一覧はないので、「指定緊急避難場所」か「指定避難所」を指定してください。")
    names = {entry["name"] for entry in store.descriptor("shelters")["resources"]}
    if resource_name(kind, place.prefecture_code) not in names:
        return _prefecture(kind, "13").iloc[0:0].copy()
    rows = _prefecture(kind, place.prefecture_code)
    column = "所在地_全国地方公共団体コード" if place.parent_lg_code else "全国地方公共団体コード"
    return rows[rows[column] == place.lg_code].reset_index(drop=True)


def resource_name(kind: Kind, prefecture_code: str) -> str:
    """Return the name of the resource in `shelters` that holds a list of one prefecture: `sites-13`."""
    return f"{RESOURCE_PREFIX[kind]}-{prefecture_code}"


OWN_LIST_DATASETS = {"132012": "hachioji", "222127": "yaizu"}


def own_list(place: Place) -> pd.DataFrame | None:
    """Return the bundled list that the city itself publishes, tidy, or None for a city without one here.

    八王子市: its eight lists in one (一覧, 名称, 種別, 所在地_連結表記, 緯度, 経度); 焼津市: its
    指定緊急避難場所, 避難所 and 津波避難ビル in one. 緯度, 経度 floats (degrees).
    """
    readers = {"hachioji": _hachioji, "yaizu": _yaizu}
    reader = readers.get(OWN_LIST_DATASETS.get(place.lg_code, ""))
    return reader() if reader else None


def table(dataset: str, resource: str) -> pd.DataFrame:
    """Return one bundled CSV in the encoding of its descriptor: fields of type number as floats, all others strings.

    A blank number is NaN, a blank text "". Raises store.DatasetError.
    """
    path = store.resource_path(dataset, resource)
    entry = store.resource_entry(dataset, resource)
    is_number = {field["name"]: field["type"] == "number" for field in entry["schema"]["fields"]}
    types = {name: float if number else "str" for name, number in is_number.items()}
    rows = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""], encoding=entry["encoding"])
    return rows.fillna({name: "" for name, number in is_number.items() if not number})


def polygons(dataset: str, resource: str) -> GeoDataFrame:
    """Return one bundled layer of polygons in the CRS and with the geometries as it was published."""
    import geopandas

    return geopandas.read_file(store.resource_path(dataset, resource))


def credits(*datasets: str) -> list[str]:
    """Return the exact credit lines of datasets, each once, in order.

    Raises UnknownDataset for a name that none has, store.DatasetError.
    """
    names = store.dataset_names()
    for name in datasets:
        if not isinstance(name, str):
            raise UnknownDataset('データの名前は文字なので、`"shelters"` のように引用符で囲んで書いてください。')
        # A known folder whose descriptor is gone is a missing file, which `store` tells.
        if names and not (name.isidentifier() and (store.datasets_root() / name).is_dir()):
            raise _unknown(name, names)
    return list(dict.fromkeys(store.credit(name) for name in datasets))


def _unknown(wanted: str, names: list[str]) -> UnknownDataset:
    titles = {name: store.descriptor(name).get("title", "") for name in names}
    titled = [name for name in names if wanted and wanted in titles[name]]
    titled.sort(key=lambda name: titles[name].index(wanted))
    near = difflib.get_close_matches(wanted, names, n=2) or titled or names
    shown = "か".join(f"「{name}」" for name in near)
    return UnknownDataset(f"「{wanted}」という名前のデータはないので、{shown}ではないか確かめて、書き直してください。")


@lru_cache(maxsize=8)
def _read_prefecture(path: str, stamp: str) -> pd.DataFrame:
    return pd.read_csv(path, dtype=defaultdict(lambda: "str", COORDINATES), na_filter=False, encoding="utf-8")


def _prefecture(kind: str, prefecture_code: str) -> pd.DataFrame:
    resource = resource_name(kind, prefecture_code)
    path = store.resource_path("shelters", resource)
    return _read_prefecture(str(path), store.stamp("shelters", resource))


def _hachioji() -> pd.DataFrame:
    return table("hachioji", "tidy")


def _yaizu() -> pd.DataFrame:
    parts = {"sites": "指定緊急避難場所", "shelters": "避難所", "tsunami-buildings": "津波避難ビル"}
    columns = ["名称", "名称_カナ", "所在地_連結表記", "緯度", "経度"]
    tables = [table("yaizu", name)[columns].assign(種別=kind, 一覧=kind) for name, kind in parts.items()]
    return pd.concat(tables, ignore_index=True)[
        ["一覧", "名称", "名称_カナ", "種別", "所在地_連結表記", "緯度", "経度"]
    ]
