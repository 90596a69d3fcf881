"""The folium map of one municipality; it also works on a closed network."""

from machimap.maps.hazard_map import HazardMap, MapError, hazard_map

__all__ = ["HazardMap", "MapError", "hazard_map"]
