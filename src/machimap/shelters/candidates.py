"""Which rows of the two lists may be the same place: by name within a distance, or near with a similar name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot, isnan

import numpy as np

from machimap.facilities import NAMESAKES, Agreement, Likeness, agreement, likeness
from machimap.shelters.sides import Side

# A name is most of the evidence, the place next, the address third.
NAME_WEIGHT, DISTANCE_WEIGHT, ADDRESS_WEIGHT = 0.6, 0.3, 0.1
HALF_DISTANCE = 300.0
MOST_CANDIDATES = 40


@dataclass(frozen=True)
class Pair:
    """A row of each list that may be the same place; distance in metres, NaN when unknown."""

    likeness: Likeness
    agreement: Agreement
    distance: float
    score: float


@dataclass(frozen=True)
class Limits:
    """How far apart (metres) rows with the same name, and rows with other names, may be."""

    same_name: float
    other_name: float


def pairs(city: Side, national: Side, limits: Limits) -> dict[tuple[int, int], Pair]:
    """Return the candidate pairs (city row, national row) and their evidence.

    A row is held against at most MOST_CANDIDATES rows of one name and address, of one name near it or without
    coordinates, and of one band of `limits.other_name` metres: the work grows with the rows, not with their
    product.
    """
    found = {}
    for numbers in {*_by_name(city, national, limits), *_by_place(city, national, limits)}:
        pair = judge(city, numbers[0], national, numbers[1], limits)
        if pair:
            found[numbers] = pair
    return found


def judge(city: Side, row: int, national: Side, other: int, limits: Limits) -> Pair | None:
    """Return the evidence for two rows, or None when they cannot be the same place."""
    alike = likeness(city.keys[row], national.keys[other], city.names[row], national.names[other])
    if alike is None:
        return None
    agreed = agreement(city.address_keys[row], national.address_keys[other])
    distance = hypot(city.x[row] - national.x[other], city.y[row] - national.y[other])
    if not _plausible(alike, agreed, distance, limits):
        return None
    near = 0.5 if isnan(distance) else 1 / (1 + (distance / HALF_DISTANCE) ** 2)
    score = NAME_WEIGHT * alike.weight + DISTANCE_WEIGHT * near + ADDRESS_WEIGHT * agreed.weight
    return Pair(alike, agreed, distance, score)


def _plausible(alike: Likeness, agreed: Agreement, distance: float, limits: Limits) -> bool:
    same_name = alike in NAMESAKES
    same_address = agreed is Agreement.SAME
    if isnan(distance):
        return same_address or (same_name and agreed is not Agreement.DIFFERENT)
    if same_name:
        return distance <= limits.same_name or same_address
    return distance <= limits.other_name and (same_address or alike is not Likeness.LONGER)


def _by_name(city: Side, national: Side, limits: Limits) -> Iterator[tuple[int, int]]:
    located, homeless, at_address = defaultdict(list), defaultdict(list), defaultdict(list)
    for other in range(len(national)):
        for key in national.keys[other].lookups:
            (located if national.located(other) else homeless)[key].append(other)
            at_address[key, national.address_keys[other]].append(other)
    by_x = {key: _sorted(others, national) for key, others in located.items()}
    for row in range(len(city)):
        for key in city.keys[row].lookups:
            others = at_address.get((key, city.address_keys[row]), [])[:MOST_CANDIDATES]
            others += homeless.get(key, [])[:MOST_CANDIDATES]
            if city.located(row):
                others += _window(by_x[key], city.x[row], limits.same_name) if key in by_x else []
            else:
                others += located.get(key, [])[:MOST_CANDIDATES]
            yield from ((row, other) for other in others)


def _by_place(city: Side, national: Side, limits: Limits) -> Iterator[tuple[int, int]]:
    height = limits.other_name
    bands = defaultdict(list)
    for other in range(len(national)):
        if national.located(other):
            bands[int(national.y[other] // height)].append(other)
    sorted_by_x = {band: _sorted(others, national) for band, others in bands.items()}
    for row in range(len(city)):
        if not city.located(row):
            continue
        own_band = int(city.y[row] // height)
        for band in (own_band - 1, own_band, own_band + 1):
            if band in sorted_by_x:
                for other in _window(sorted_by_x[band], city.x[row], height):
                    yield row, other


def _sorted(rows: list[int], of: Side) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.array(rows)
    order = np.lexsort((numbers, of.x[numbers]))
    return numbers[order], of.x[numbers[order]]


def _window(by_x: tuple[np.ndarray, np.ndarray], x: float, reach: float) -> list[int]:
    numbers, xs = by_x
    first, last = np.searchsorted(xs, [x - reach, x + reach], side="left")
    inside, away = numbers[first:last], np.abs(xs[first:last] - x)
    return inside[np.argsort(away, kind="stable")[:MOST_CANDIDATES]].tolist()
