"""The OpenData Bridge: any municipal table to a list of 自治体標準オープンデータセット, with every change accounted for.

A name is loaded when it is first used.
"""

from machimap.lazy import loader

_HOME = {
    "BridgeError": "records",
    "Bridged": "pipeline",
    "Conclusion": "records",
    "Mapping": "records",
    "Match": "records",
    "Model": "model",
    "Reading": "records",
    "Target": "targets",
    "apply": "mapping",
    "clean": "cleaning",
    "convert": "pipeline",
    "cross": "pipeline",
    "fill": "filling",
    "folder_name": "report",
    "load": "recipe",
    "propose": "mapping",
    "questions": "asking",
    "read": "reading",
    "score": "scoring",
    "target": "targets",
    "target_names": "targets",
    "validate": "validating",
}

__all__ = sorted(_HOME)
__getattr__, __dir__ = loader(__name__, _HOME)
