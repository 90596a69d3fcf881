"""Reading: any table that a town hall has becomes a table of text, with every conclusion said and its reason."""

from machimap.bridge.reading.reader import read
from machimap.bridge.records import ReadingError

__all__ = ["ReadingError", "read"]
