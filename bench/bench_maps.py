"""Measure the notebook map beside plain folium in one run: `uv run python bench/bench_maps.py`."""

from __future__ import annotations

import time

import folium
import pandas as pd

from machimap import datasets, maps, places
from machimap.maps.hazard_map import _leaflet


def plain(rows: pd.DataFrame) -> str:
    """The page of a default folium map with one Marker and Popup a row."""
    one = folium.Map([35.66, 139.33])
    for row in rows.itertuples(index=False):
        folium.Marker([row.緯度, row.経度], popup=row.名称).add_to(one)
    return one.get_root().render()


def ours(rows: pd.DataFrame) -> str:
    """The page of the kit's map with the same rows."""
    return maps.hazard_map(places.find("八王子市"), sites=rows, shelters=rows.iloc[0:0]).get_root().render()


def main() -> None:
    own = datasets.own_list(places.find("八王子市"))
    few = own[own["一覧番号"] == "02"]
    many = pd.concat([few] * 89, ignore_index=True).head(12_000)
    ours(few)
    library = len(_leaflet().encode())
    for rows in (few, many):
        sizes, seconds = {}, {}
        for name, draw in (("machimap", ours), ("folium", plain)):
            started = time.perf_counter()
            page = draw(rows)
            seconds[name] = time.perf_counter() - started
            sizes[name] = len(page.encode()) - (library if name == "machimap" else 0)
        print(
            f"{len(rows):6,} places: machimap {sizes['machimap'] / 1000:8.1f} kB {seconds['machimap']:6.2f} s"
            f"   folium markers {sizes['folium'] / 1000:8.1f} kB {seconds['folium']:6.2f} s"
            f"   ratio {sizes['machimap'] / sizes['folium']:.2f} of the bytes, {seconds['machimap'] / seconds['folium']:.2f} of the time"
        )
    print("targets: 135 places ≤ 60 kB without the library; 12,000 places ≤ 1 s")


if __name__ == "__main__":
    main()
