"""Which municipality: a name or a code as people write it → `Place`."""

from machimap.places.place import JGD2011, AmbiguousPlace, Place, PlaceError, UnknownPlace, check_digit
from machimap.places.search import all_places, by_code, find, prefectures
from machimap.places.spelling import fold_romaji, kana_stem

__all__ = [
    "JGD2011",
    "AmbiguousPlace",
    "Place",
    "PlaceError",
    "UnknownPlace",
    "all_places",
    "by_code",
    "check_digit",
    "find",
    "fold_romaji",
    "kana_stem",
    "prefectures",
]
