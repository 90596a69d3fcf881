"""One side of a comparison: a list's rows in an order of their own contents, with keys and metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyproj import Transformer

from machimap import places
from machimap.datasets import clean_coordinates
from machimap.errors import MachimapError
from machimap.facilities import NameKey, address_key, name_key

NAME = "名称"
ADDRESSES = ("所在地_連結表記", "住所")
UTM_ZONES = range(6688, 6693)


class ShelterError(MachimapError):
    """Two lists cannot be compared, or a question does not fit the list."""


@dataclass(frozen=True)
class Side:
    """A list's rows, sorted by what stands in them; x, y in metres, NaN where the coordinates are unusable."""

    labels: list
    names: list[str]
    addresses: list[str]
    keys: list[NameKey]
    address_keys: list[tuple[str, tuple[str, ...]]]
    x: np.ndarray
    y: np.ndarray
    faults: list[str]

    def __len__(self) -> int:
        return len(self.labels)

    def located(self, row: int) -> bool:
        """Whether the row's coordinates can be used."""
        return not np.isnan(self.x[row])


def municipalities(*tables: pd.DataFrame) -> frozenset[str]:
    """Return the names that may stand before a facility's name: of the municipalities of the rows' codes."""
    codes = {code for table in tables for code in table.get("全国地方公共団体コード", pd.Series(dtype="str")).unique()}
    names: set[str] = set()
    for code in codes:
        try:
            place = places.by_code(str(code))
        except places.PlaceError:
            continue
        names |= {place.name, place.own_name, place.full_name}
    return frozenset(names)


def read(table: pd.DataFrame, whose: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return name, address, 緯度, 経度 (floats, NaN where unusable) of each row, and the fault of each ("" if none).

    Raises ShelterError for a missing column or a repeated index, datasets.TableError for missing coordinates.
    """
    if NAME not in table.columns:
        found = "、".join(map(str, table.columns[:8]))
        raise ShelterError(f"{whose}に「{NAME}」という列がないので、列の名前（{found}）を確かめてください。")
    if not table.index.is_unique:
        raise ShelterError(f"{whose}の行番号が重なっているので、reset_index(drop=True) で番号を振り直してください。")
    kept, set_aside = clean_coordinates(table)
    address = next((table[column] for column in ADDRESSES if column in table.columns), pd.Series("", table.index))
    rows = pd.DataFrame({"name": _text(table[NAME]), "address": _text(address)})
    rows["lat"] = kept["緯度"].astype(float).reindex(table.index)
    rows["lon"] = kept["経度"].astype(float).reindex(table.index)
    swapped = set_aside["理由"] == "緯度と経度が逆"
    faults = set_aside["理由"].where(~swapped, "緯度と経度が逆（入れ替えると日本の範囲に入る）")
    return rows, faults.reindex(table.index).fillna("").astype("str")


def zone_epsg(longitudes: pd.Series, given: int | None) -> int | None:
    """Return the JGD2011 / UTM zone (EPSG 6688–6692: 51N–55N) of the median longitude, or check the given one.

    None when there is no longitude. East of 150°E (南鳥島) zone 55N is used. Raises ShelterError for an EPSG
    code outside of 6688–6692, or of a zone whose middle lies more than 4.5° away.
    """
    if given is not None and given not in UTM_ZONES:
        raise ShelterError(f"EPSG:{given} は日本のUTM座標系ではないので、6688〜6692から選んでください。")
    if longitudes.empty:
        return given
    middle = float(longitudes.median())
    zone = min(max(int((middle + 180) // 6) + 1, 51), 55)
    if given is None:
        return UTM_ZONES[zone - 51]
    if abs(-183 + 6 * (given - 6688 + 51) - min(middle, 150.0)) > 4.5:
        raise ShelterError(
            f"EPSG:{given} は経度{middle:.1f}度の場所のUTM座標系ではないので、EPSG:{UTM_ZONES[zone - 51]} を使ってください。"
        )
    return given


def side(rows: pd.DataFrame, faults: pd.Series, epsg: int | None, prefixes: frozenset[str]) -> Side:
    """Sort the rows by their contents, so that the order of a file changes nothing, and add keys and metres."""
    keys = {label: name_key(name, prefixes) for label, name in rows["name"].items()}
    contents = rows.fillna({"lat": 99.0, "lon": 999.0})
    cells = zip(rows.index, contents["name"], contents["address"], contents["lat"], contents["lon"], strict=True)
    order = [row[0] for row in sorted(cells, key=lambda row: (keys[row[0]].core, *row[1:], str(row[0])))]
    rows, faults = rows.loc[order], faults.loc[order]
    x, y = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    usable = rows["lat"].notna().to_numpy()
    if epsg is not None and usable.any():
        transform = Transformer.from_crs("EPSG:6668", f"EPSG:{epsg}", always_xy=True).transform
        x[usable], y[usable] = transform(rows["lon"].to_numpy()[usable], rows["lat"].to_numpy()[usable])
    return Side(
        labels=order,
        names=rows["name"].tolist(),
        addresses=rows["address"].tolist(),
        keys=[keys[label] for label in order],
        address_keys=[address_key(address) for address in rows["address"]],
        x=x,
        y=y,
        faults=faults.tolist(),
    )


def _text(column: pd.Series) -> pd.Series:
    return column.astype("object").where(column.notna(), "").astype("str")
