"""The national lists of one municipality, asked by name and address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from machimap import datasets, places, store
from machimap.bridge.cleaning.cell import LONGEST
from machimap.bridge.cleaning.text import compact
from machimap.datasets.bundled import resource_name
from machimap.facilities import Agreement, Likeness, NameKey, address_key, agreement, likeness, name_key
from machimap.places import Place

NAME, ADDRESS = "名称", "所在地_連結表記"
# How sure a find is: by how well the names agree, less where the address does not settle it.
SURE = {Likeness.SAME: 0.95, Likeness.WRITING: 0.93, Likeness.CORE: 0.85, Likeness.ALIAS: 0.8}
BY_NAME_ONLY = 0.15
CERTAIN = 0.9
# Entries that lie so near to each other (degrees: some 100 m, and 500 m at one address, which may be a campus) are one
# place, that of the list that is asked first.
SAME_PLACE, SAME_ADDRESS = 0.001, 0.005


@dataclass(frozen=True)
class Found:
    """What the national lists know of a name and address.

    lat, lon: degrees, NaN when nothing was found or it was not clear; confidence: 0 to below 1; entry: name, address
    and list of the entry, for the clerk; trouble: why nothing is given although something was there.
    """

    lat: float = np.nan
    lon: float = np.nan
    confidence: float = 0.0
    entry: str = ""
    trouble: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether it is the same place beyond a reasonable doubt."""
        return self.confidence >= CERTAIN


NOTHING = Found()


def find(name: str, address: str, place: Place) -> Found:
    """Return where the national lists have a facility of this name at this address in a municipality.

    The names must agree as `facilities.likeness` tells, the addresses must not contradict each other; where the
    address says nothing the name must be the only one of the municipality. Several entries at different places are no
    find.
    """
    if len(name) > LONGEST or len(address) > LONGEST:
        return NOTHING
    return _register(place.parent_lg_code or place.lg_code, _stamp()).find(name, address)


class _Register:
    """Both lists of one municipality."""

    def __init__(self, place: Place) -> None:
        lists = _prefecture(place.prefecture_code, _stamp())
        rows = lists.indices.get(place.lg_code, np.array([], dtype=np.int64))
        entries = lists.obj.iloc[rows]
        self.lists, self.names, self.addresses = (entries[name].to_numpy(object) for name in ("一覧", NAME, ADDRESS))
        self.lat, self.lon = (entries[name].to_numpy(float) for name in ("緯度", "経度"))
        self.prefixes = frozenset({place.name, place.own_name, place.full_name})

    @cached_property
    def plain(self) -> dict[str, list[int]]:
        """The entries by their names as written."""
        return _grouped((compact(name), row) for row, name in enumerate(self.names))

    @cached_property
    def cores(self) -> dict[str, list[int]]:
        """The entries by the keys of their names."""
        return _grouped((key, row) for row, name in enumerate(self.names) for key in self.key(name).lookups)

    def key(self, name: str) -> NameKey:
        """Return the key of a name, the municipality's own left out."""
        return name_key(name, self.prefixes)

    def find(self, name: str, address: str) -> Found:
        """Return the entry of a name and address."""
        rows = self.plain.get(compact(name))
        if rows is None:
            rows = list(dict.fromkeys(row for key in self.key(name).lookups for row in self.cores.get(key, [])))
        judged = [(row, *self.judge(row, name, address)) for row in rows]
        fitting = [(row, sure, agreed) for row, sure, agreed in judged if sure]
        same = [one for one in fitting if one[2] is Agreement.SAME]
        best = same or fitting
        if not best:
            return Found(trouble=f"国の一覧の「{self.names[rows[0]]}」は住所が違う") if rows else NOTHING
        numbers = [row for row, _, _ in best]
        reach = SAME_ADDRESS if same else SAME_PLACE
        if np.ptp(self.lat[numbers]) > reach or np.ptp(self.lon[numbers]) > reach:
            return Found(trouble="国の一覧に、同じ名前の施設が違う場所にいくつもある")
        row, sure, agreed = max(best, key=lambda one: one[1])
        entry = f"{self.lists[row]}「{self.names[row]}」（{self.addresses[row]}）、{agreed.words(address, self.addresses[row])}"
        return Found(self.lat[row], self.lon[row], sure, entry)

    def judge(self, row: int, name: str, address: str) -> tuple[float, Agreement]:
        """Return how sure it is that an entry is the facility (0: it is not), and how the addresses agree."""
        agreed = agreement(address_key(address), address_key(self.addresses[row]))
        sure = SURE.get(self.alike(row, name), 0.0)
        if agreed is Agreement.DIFFERENT or not sure:
            return 0.0, agreed
        return (sure if agreed is Agreement.SAME else round(sure - BY_NAME_ONLY, 2)), agreed

    def alike(self, row: int, name: str) -> Likeness | None:
        """Return how the name of an entry agrees with another; the same writing needs no keys."""
        own = self.names[row]
        if name == own:
            return Likeness.SAME
        return Likeness.WRITING if compact(name) == compact(own) else likeness(self.key(name), self.key(own), name, own)


def credit() -> str:
    """Return the credit line of the national lists."""
    return store.credit("shelters")


def _grouped(pairs) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key, row in pairs:
        found.setdefault(key, []).append(row)
    return found


def _stamp() -> str:
    return str(store.datasets_root())


@lru_cache(maxsize=2048)
def _register(lg_code: str, root: str) -> _Register:
    return _Register(places.by_code(lg_code))


@lru_cache(maxsize=64)
def _prefecture(code: str, root: str) -> pd.api.typing.DataFrameGroupBy:
    """Return both lists of a prefecture by municipality; that of the places to flee to goes first."""
    known = {entry["name"] for entry in store.descriptor("shelters")["resources"]}
    named = {kind: resource_name(kind, code) for kind in datasets.KINDS}
    columns = ["全国地方公共団体コード", "一覧", NAME, ADDRESS, "緯度", "経度"]
    parts = [datasets.table("shelters", name).assign(一覧=kind) for kind, name in named.items() if name in known]
    both = pd.concat(parts) if parts else pd.DataFrame({name: [] for name in columns})
    return both[columns].groupby("全国地方公共団体コード", sort=False)
