"""One municipality: its codes, names, coordinates and boundary."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from machimap import store
from machimap.errors import MachimapError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

JGD2011 = "EPSG:6668"
FISCAL = ("財政力指数", "経常収支比率", "実質公債費比率", "将来負担比率", "ラスパイレス指数")


class PlaceError(MachimapError, LookupError):
    """The text does not name exactly one municipality."""


class AmbiguousPlace(PlaceError):
    """Several municipalities bear the name; `candidates` holds them."""

    def __init__(self, message: str, candidates: tuple[Place, ...]) -> None:
        super().__init__(message)
        self.candidates = candidates


class UnknownPlace(PlaceError):
    """No municipality bears the name; `suggestions` holds the nearest spellings."""

    def __init__(self, message: str, suggestions: tuple[Place, ...] = ()) -> None:
        super().__init__(message)
        self.suggestions = suggestions


@dataclass(frozen=True)
class Place:
    """One municipality, or one ward of a designated city.

    Codes are strings: `code` is the 5-digit JIS X 0402 code, `lg_code` the 6-digit 全国地方公共団体コード.
    `lat`, `lon` (the office) and `label_lat`, `label_lon` (a point inside the polygon) are degrees in
    JGD2011, `bounds` is (west, south, east, north) in the same; None where the source has none.
    `counts` gives the rows that the national lists hold for it, by the list's name.
    """

    lg_code: str
    prefecture: str
    county: str
    name: str
    kana: str
    romaji: str
    parent_lg_code: str
    lat: float | None
    lon: float | None
    url: str
    population_2020: int | None
    bounds: tuple[float, float, float, float] | None
    label_lat: float | None
    label_lon: float | None
    boundary_code: str
    boundary_note: str
    counts: dict[str, int] = field(hash=False)
    fiscal: dict[str, float | None] = field(hash=False)

    @classmethod
    def from_row(cls, row: dict[str, str]) -> Place:
        """Return the place of one row of municipalities.csv (all cells strings)."""

        def number(name: str) -> float | None:
            return float(row[name]) if row[name] else None

        corners = tuple(number(name) for name in ("west", "south", "east", "north"))
        text = ("lg_code", "prefecture", "county", "name", "kana", "romaji", "parent_lg_code", "url")
        return cls(
            **{name: row[name] for name in (*text, "boundary_code", "boundary_note")},
            **{name: number(name) for name in ("lat", "lon", "label_lat", "label_lon")},
            population_2020=int(row["population_2020"]) if row["population_2020"] else None,
            bounds=None if None in corners else corners,
            counts={kind: int(row[f"{kind}_件数"]) for kind in ("指定緊急避難場所", "指定避難所")},
            fiscal={name: number(name) for name in FISCAL},
        )

    @property
    def code(self) -> str:
        """The 5-digit JIS X 0402 code."""
        return self.lg_code[:5]

    @property
    def prefecture_code(self) -> str:
        """The 2-digit JIS X 0401 code of the prefecture."""
        return self.lg_code[:2]

    @property
    def full_name(self) -> str:
        """Prefecture and name, as 「東京都八王子市」."""
        return self.prefecture + self.name

    @property
    def own_name(self) -> str:
        """The name without the parent city: 「北区」 of 「大阪市北区」."""
        return self.name.rpartition("市")[2] if self.parent_lg_code else self.name

    @property
    def parent_name(self) -> str:
        """The name of a ward's designated city: 「大阪市」 of 「大阪市北区」; "" for all others."""
        return self.name.removesuffix(self.own_name) if self.parent_lg_code else ""

    @property
    def slug(self) -> str:
        """The name of the place's work folder, as 「132012_八王子市」."""
        return f"{self.lg_code}_{self.name}"

    @property
    def utm_epsg(self) -> int:
        """EPSG code of the JGD2011 / UTM zone (51N–55N: 6688–6692) in which distances are metres.

        The zone is that of the office, or of the label point; east of 150°E (南鳥島) zone 55N is the last.
        Raises PlaceError for a place without any coordinates.
        """
        lon = self.lon if self.lon is not None else self.label_lon
        if lon is None:
            raise PlaceError(f"{self.full_name}の座標が分からず距離を計算できないので、別の市区町村を選んでください。")
        zone = min(max(int((lon + 180) // 6) + 1, 51), 55)
        return 6688 + zone - 51

    @cached_property
    def boundary(self) -> GeoDataFrame:
        """The boundary: one row (code, name, geometry) in EPSG:6668, or none where no polygon is known.

        Raises machimap.store.DatasetError when the bundled file is missing or damaged.
        """
        import geopandas
        from pyogrio import read_dataframe

        if not self.boundary_code:
            return geopandas.GeoDataFrame({"code": [], "name": []}, geometry=[], crs=JGD2011)
        path = store.resource_path("boundaries", "boundaries")
        table = read_dataframe(path, where=f"code = '{self.boundary_code}'", bbox=self.bounds, columns=["code", "name"])
        return table.set_crs(JGD2011, allow_override=True)

    def __str__(self) -> str:
        return f"{self.full_name}（{self.lg_code}）"


def check_digit(code: str) -> str:
    """Return the check digit of a 5-digit code (全国地方公共団体コード仕様: weights 6 to 2, modulo 11)."""
    total = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)
