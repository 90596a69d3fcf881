"""The address search of 国土地理院, asked politely and believed only where its answer names the address."""

from __future__ import annotations

import json
import math
from urllib.parse import quote

import numpy as np

from machimap import datasets, online
from machimap.bridge.cleaning.addresses import belongs, split
from machimap.bridge.cleaning.coordinates import LAT, LON, distances, within
from machimap.bridge.national import Found
from machimap.facilities import Agreement, address_key, agreement
from machimap.places import Place

LIMITS = online.Limits(connect=3.0, read=6.0, deadline=10.0, retries=1)
SURE, NEARLY = 0.7, 0.5
NEAR_TOWN = 1_000.0
# Answers that lie nearer to each other (degrees, some 200 m) are one.
SAME_PLACE = 0.002
MOST_ANSWERS = 50


def search(address: str, place: Place) -> Found:
    """Return where the service has an address of a municipality.

    An answer counts only when its title names the same municipality, quarter and lot, and its point lies inside the
    municipality or within NEAR_TOWN metres of it; a title that stops before the last number counts as NEARLY. Raises
    OnlineError when the service gives no usable answer; whatever else it says is no find.
    """
    service = datasets.table("hazards", "services").set_index("key").loc["address_search"]
    answer = online.fetch(f"{service['url']}?q={quote(address)}", "json", LIMITS)
    hits = [hit for hit in map(_hit, _features(answer.body)) if hit]
    judged = [(lat, lon, title, _sure(address, title, place)) for lat, lon, title in hits]
    best = max((sure for *_, sure in judged), default=0.0)
    chosen = [hit for hit in judged if hit[-1] == best and best]
    if not chosen:
        return Found(trouble="住所検索の答えは、この住所と違う" if hits else "住所検索で見つからない")
    lats, lons = np.array([hit[0] for hit in chosen]), np.array([hit[1] for hit in chosen])
    if np.ptp(lats) > SAME_PLACE or np.ptp(lons) > SAME_PLACE:
        return Found(trouble="住所検索の答えがいくつもあり、どれか決められない")
    lat, lon, title, sure = chosen[0]
    if not distances(np.array([lat]), np.array([lon]), [place])[0] <= NEAR_TOWN:
        return Found(trouble="住所検索の答えは、この市区町村の中にない")
    asked = answer.date.date().isoformat()
    return Found(lat, lon, sure, f"{service['name']}「{title[:60]}」（{asked}）")


def _features(body: bytes) -> list:
    answer = json.loads(body)
    return answer[:MOST_ANSWERS] if isinstance(answer, list) else []


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
