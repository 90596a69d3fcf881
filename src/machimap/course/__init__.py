"""The course: notebooks from the lessons' masters, their execution, and what a notebook needs at its top.

A name is loaded when it is first used, so that the command line does not wait for the widgets.
"""

from machimap.lazy import loader

_HOME = {
    "LessonError": "lessons",
    "build": "building",
    "differences": "building",
    "notebook": "lessons",
    "LessonFailed": "execute",
    "UnknownParameter": "execute",
    "Workshop": "execute",
    "run": "execute",
    "workshop": "execute",
    "Session": "session",
    "remember": "session",
    "remembered": "session",
    "start": "session",
    "UnknownTask": "tasks",
    "check": "checking",
    "hint": "checking",
    "material": "checking",
    "practice": "checking",
    "progress": "checking",
    "sample": "checking",
    "task": "checking",
    "Board": "board",
    "SeatForm": "board",
    "join": "classroom",
    "KeepError": "keep",
    "rescue": "keep",
    "restore": "keep",
    "save": "keep",
    "TakeHome": "take_home",
    "Quiz": "quiz",
    "certificate": "quiz",
    "preview": "site_preview",
    "BridgeForm": "bridge_form",
    "HandedTable": "handed_table",
    "before_publishing": "handover",
    "from_top": "handover",
    "next_year": "handover",
    "report_link": "handover",
    "HazardChooser": "widgets",
    "PlaceChooser": "widgets",
    "ReleaseForm": "release_form",
    "TableUpload": "widgets",
    "read_own_list": "widgets",
}

__all__ = sorted(_HOME)
__getattr__, __dir__ = loader(__name__, _HOME)
