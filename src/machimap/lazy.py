"""Packages whose names are loaded when they are first used, so that importing one costs nothing."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loader(package: str, home: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__`: `home` names the module of each public name."""

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=None)
        return getattr(import_module(f"{package}.{home[name]}"), name)

    return load, lambda: sorted(home)
