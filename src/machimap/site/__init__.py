"""The static site that residents open: a folder that works from disk and from any static host."""

from machimap.site.build import SiteError, SiteReport, build

__all__ = ["SiteError", "SiteReport", "build"]
