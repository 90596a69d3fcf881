"""The static site that residents open: a folder that works from disk and from any static host."""

from machimap.site.build import SiteError, SiteReport, build
from machimap.site.exports import write_all, write_approval_sheet, write_template, write_zip
from machimap.site.own_layer import OwnLayer, read_layer
from machimap.site.refresh import WORKFLOW, Refreshed, refresh, write_workflow

__all__ = [
    "WORKFLOW",
    "OwnLayer",
    "Refreshed",
    "SiteError",
    "SiteReport",
    "build",
    "read_layer",
    "refresh",
    "write_all",
    "write_approval_sheet",
    "write_template",
    "write_workflow",
    "write_zip",
]
