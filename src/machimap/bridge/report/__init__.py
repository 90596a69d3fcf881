"""What was done to a table, for the clerk: Excel, CSV and HTML; and the folder with the list itself."""

from machimap.bridge.report.folder import LEFT_OVER, REPORT, SET_ASIDE, folder_name, write

__all__ = ["LEFT_OVER", "REPORT", "SET_ASIDE", "folder_name", "write"]
