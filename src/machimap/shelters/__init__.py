"""A city's own shelter list and the national list side by side: which rows are the same place, and which differ."""

from machimap.shelters.compare import compare
from machimap.shelters.comparison import Comparison, ShelterError

__all__ = ["Comparison", "ShelterError", "compare"]
