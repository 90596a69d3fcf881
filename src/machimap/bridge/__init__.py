"""The OpenData Bridge: any municipal table to a list of 自治体標準オープンデータセット, with every change accounted for.

A name is loaded when it is first used.
"""

from importlib import import_module
from typing import Any

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
    "load": "recipe",
    "propose": "mapping",
    "read": "reading",
    "score": "scoring",
    "target": "targets",
    "target_names": "targets",
    "validate": "validating",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
