"""Machimap: from open data to the published hazard map of one's own municipality.

Importing the package loads none of its modules; `from machimap import places` loads what it needs.
"""

__version__ = "0.1.0"
