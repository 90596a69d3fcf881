"""The address search of 国土地理院, asked politely and believed only where its answer names the address."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from machimap import datasets, online
from machimap.bridge.cleaning.addresses import belongs, split
from machimap.bridge.cleaning.positions import LAT, LON, distances, within
from machimap.bridge.national import Found
from machimap.facilities import Agreement, address_key, agreement
from machimap.places import Place

LIMITS = online.Limits(connect=3.0, read=6.0, deadline=10.0, retries=1, max_bytes=5_000_000)
# One run asks so many addresses, for so many seconds in all, and stops after so many failures in a row.
MOST_ASKED, MOST_SECONDS, MOST_FAILURES = 300, 180.0, 2
SURE, NEARLY = 0.7, 0.5
NEAR_TOWN = 1_000.0
# Answers that lie nearer to each other (degrees, some 200 m) are one.
SAME_PLACE = 0.002
MOST_ANSWERS = 50
NOT_FOUND = "住所検索で見つからない"


@dataclass(frozen=True)
class Hits:
    """What the service said of one address: latitude, longitude and title of each answer; trouble: why it said nothing.

    several: it had more answers than anyone would look at.
    """

    found: tuple[tuple[float, float, str], ...] = ()
    several: bool = False
    source: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Town:
    """The municipality that an address must mean, how sure that is and by which answer; None and the trouble otherwise."""

    place: Place | None = None
    confidence: float = 0.0
    entry: str = ""
    trouble: str = ""


class Search:
    """The address search during one run: each address is asked once, and a slow or failing service is left alone.

    Nothing is raised: what the service does not tell is no find, with the trouble in words.
    """

    def __init__(self) -> None:
        self._known: dict[str, Hits] = {}
        self._asked = self._failures = 0
        self._seconds = 0.0

    def share(self, same: dict[str, str]) -> None:
        """Let addresses that were asked stand for their completed forms too (asked → completed)."""
        self._known |= {completed: self._known[asked] for asked, completed in same.items() if asked in self._known}

    def point(self, address: str, place: Place) -> Found:
        """Return where an address of a municipality is.

        An answer counts only when its title names the same municipality, quarter and lot, and its point lies inside the
        municipality or within NEAR_TOWN metres of it; a title that stops before the last number counts as NEARLY.
        """
        hits = self._ask(address)
        if hits.trouble:
            return Found(trouble=hits.trouble)
        return _point(hits, address, place)

    def municipality(self, address: str, prefecture: str = "") -> Town:
        """Return the municipality of an address that names none, or one of several by its name.

        Only where all the answers that name the same quarter and lot (in the prefecture, if one is known) lie in one
        municipality, and one of their points does too.
        """
        hits = self._ask(address)
        if hits.trouble:
            return Town(trouble=hits.trouble)
        return _town(hits, address, prefecture)

    def _ask(self, address: str) -> Hits:
        if address not in self._known:
            self._known[address] = self._answer(address)
        return self._known[address]

    def _answer(self, address: str) -> Hits:
        if self._failures >= MOST_FAILURES:
            return Hits(trouble="住所検索が続けて失敗したので、聞いていない")
        if self._asked >= MOST_ASKED or self._seconds >= MOST_SECONDS:
            return Hits(trouble=f"住所検索は{MOST_ASKED}件か{MOST_SECONDS:.0f}秒までなので、聞いていない")
        start = time.monotonic()
        try:
            answer = _fetched(address)
            self._failures = 0
        except online.OnlineError as error:
            self._failures += 1
            answer = Hits(trouble=f"住所検索が使えない（{type(error).__name__}）")
        self._asked += 1
        self._seconds += time.monotonic() - start
        return answer


def _fetched(address: str) -> Hits:
    service = datasets.table("hazards", "services").set_index("key").loc["address_search"]
    answer = online.fetch(f"{service['url']}?q={quote(address)}", "json", LIMITS)
    features = json.loads(answer.body)
    features = features if isinstance(features, list) else []
    found = tuple(hit for hit in map(_hit, features[:MOST_ANSWERS]) if hit)
    return Hits(found, len(features) > MOST_ANSWERS, f"{service['name']}「{{}}」（{answer.date.date().isoformat()}）")


def _point(hits: Hits, address: str, place: Place) -> Found:
    judged = [(lat, lon, title, _sure(address, title, place)) for lat, lon, title in hits.found]
    best = max((sure for *_, sure in judged), default=0.0)
    chosen = [hit for hit in judged if hit[-1] == best and best]
    if not chosen:
        return Found(trouble="住所検索の答えは、この住所と違う" if hits.found else NOT_FOUND)
    lats, lons = np.array([hit[0] for hit in chosen]), np.array([hit[1] for hit in chosen])
    if np.ptp(lats) > SAME_PLACE or np.ptp(lons) > SAME_PLACE:
        return Found(trouble="住所検索の答えがいくつもあり、どれか決められない")
    lat, lon, title, sure = chosen[0]
    if not _lies_in(lat, lon, place):
        return Found(trouble="住所検索の答えは、この市区町村の中にない")
    return Found(lat, lon, sure, hits.source.format(title[:60]))


def _town(hits: Hits, address: str, prefecture: str) -> Town:
    if hits.several:
        return Town(trouble="住所検索の答えが多すぎて、どれか決められない")
    judged = [(*_named(address, title), lat, lon, title) for lat, lon, title in hits.found]
    fitting = [one for one in judged if one[0] and prefecture in ("", one[0].prefecture)]
    towns = list(dict.fromkeys(place for place, *_ in fitting))
    if len(towns) > 1:
        listed = "、".join(place.full_name for place in towns[:4]) + ("など" if len(towns) > 4 else "")
        return Town(trouble=f"住所検索では{listed}のどれか決められない")
    near = [one for one in fitting if _lies_in(one[2], one[3], one[0])]
    if not near:
        return Town(trouble="住所検索の答えは、この住所と違う" if hits.found else NOT_FOUND)
    place, sure, *_, title = max(near, key=lambda one: one[1])
    return Town(place, sure, hits.source.format(title[:60]))


def _named(address: str, title: str) -> tuple[Place | None, float]:
    """Return the municipality of a title that has the quarter and lot of an address, and how far the two agree."""
    told = split(title)
    if told.place is None or told.guessed:
        return None, 0.0
    place = told.place
    ward = place.own_name if place.parent_lg_code else ""
    title_key = address_key(told.town.removeprefix(ward) + told.lot)
    own = address.removeprefix(place.prefecture).lstrip()
    for name in (place.parent_name + place.own_name, place.county + place.name, place.name, place.own_name, ""):
        if own.startswith(name):
            quarter, numbers = address_key(own.removeprefix(name))
            if quarter and quarter == title_key[0] and numbers[: len(title_key[1])] == title_key[1]:
                return place, SURE if numbers and numbers == title_key[1] else NEARLY
    return None, 0.0


def _lies_in(lat: float, lon: float, place: Place) -> bool:
    return bool(distances(np.array([lat]), np.array([lon]), [place])[0] <= NEAR_TOWN)


def _hit(feature: object) -> tuple[float, float, str] | None:
    """Return latitude, longitude and title of one answer, None when it is not of the form that the service has."""
    try:
        lon, lat = feature["geometry"]["coordinates"]
        title = feature["properties"]["title"]
    except (TypeError, KeyError, ValueError, IndexError):
        return None
    numbers = all(type(value) in (int, float) and math.isfinite(value) for value in (lat, lon))
    if not numbers or not isinstance(title, str) or not title:
        return None
    here = within(np.array([float(lat)]), LAT)[0] and within(np.array([float(lon)]), LON)[0]
    return (float(lat), float(lon), title) if here else None


def _sure(address: str, title: str, place: Place) -> float:
    named = split(title).place
    if named is None or not belongs(named, place):
        return 0.0
    asked, told = address_key(address), address_key(title)
    if not asked[1] or not told[1]:
        return 0.0
    agreed = agreement(asked, told)
    if agreed is Agreement.SAME:
        return SURE
    return NEARLY if agreed is Agreement.QUARTER and len(told[1]) >= 2 and told[1] == asked[1][:-1] else 0.0
