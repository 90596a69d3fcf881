"""The bundled open data, its credit lines, and reading tables as town halls hand them over."""

from machimap.datasets.bundled import (
    KINDS,
    OWN_LIST_DATASETS,
    UnknownDataset,
    UnknownList,
    credits,
    own_list,
    polygons,
    shelters,
    table,
)
from machimap.datasets.tables import TableError, clean_coordinates, read_table

__all__ = [
    "KINDS",
    "OWN_LIST_DATASETS",
    "TableError",
    "UnknownDataset",
    "UnknownList",
    "clean_coordinates",
    "credits",
    "own_list",
    "polygons",
    "read_table",
    "shelters",
    "table",
]
