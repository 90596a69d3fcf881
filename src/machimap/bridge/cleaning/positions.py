"""Positions on the ground: degrees as numbers, in Japan or not, and how far from a municipality."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import shapely

from machimap import datasets
from machimap.bridge.sheet import Sheet
from machimap.datasets.tables import JAPAN
from machimap.places import Place

LAT, LON = "緯度", "経度"
# The boundaries are simplified and a few facilities stand in the next town: beyond these metres a look is due.
DOUBTFUL = 5_000.0
METRES_PER_DEGREE = 111_320.0


def numbers(sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and longitudes as floats, NaN where there is no number."""
    lat, lon = (pd.to_numeric(pd.Series(sheet.cells[column]), errors="coerce").to_numpy(float) for column in (LAT, LON))
    return lat, lon


def as_meant(sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and longitudes of Japan, swapped ones put right, NaN for all others; the cells stay."""
    lat, lon = numbers(sheet)
    swapped = within(lat, LON) & within(lon, LAT)
    lat, lon = np.where(swapped, lon, lat), np.where(swapped, lat, lon)
    usable = within(lat, LAT) & within(lon, LON)
    return np.where(usable, lat, np.nan), np.where(usable, lon, np.nan)


def within(values: np.ndarray, axis: str) -> np.ndarray:
    """Return which values can be a 緯度 or 経度 of Japan."""
    low, high = JAPAN[axis]
    return (values >= low) & (values <= high)


def distances(lat: np.ndarray, lon: np.ndarray, towns: list[Place | None]) -> np.ndarray:
    """Return the metres from each point to the boundary of its municipality: 0 inside, NaN where not known.

    Measured on a plane through the municipality, true to a few in a thousand nearby.
    """
    found = np.full(len(lat), np.nan)
    usable = ~np.isnan(lat) & ~np.isnan(lon)
    groups = defaultdict(list)
    for row in np.flatnonzero(usable):
        if towns[row] is not None and towns[row].boundary_code:
            groups[towns[row].boundary_code].append(row)
    if not groups:
        return found
    shapes = datasets.polygons("boundaries", "boundaries").set_index("code").geometry
    for code, rows in groups.items():
        if code in shapes.index:
            found[rows] = _metres(shapes[code], lon[rows], lat[rows])
    return found


def _metres(shape: shapely.Geometry, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(shape.bounds[1])), METRES_PER_DEGREE])
    plane = shapely.transform(shape, lambda corners: corners * scale)
    shapely.prepare(plane)
    return shapely.distance(plane, shapely.points(lon * scale[0], lat * scale[1]))
