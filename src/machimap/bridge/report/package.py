"""The datapackage.json of a list: what the bridge knows of it, and what a person added to the one before."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from machimap import store
from machimap.bridge.records import BridgeError

if TYPE_CHECKING:
    from machimap.bridge.pipeline import Bridged

NAME = "datapackage.json"
_OURS = frozenset(["name", "title", "description", "created", "sources", "resources"])
_TOLD = "自治体標準オープンデータセットの形にした表です。"
_OPEN = (
    "ライセンス（licenses）は、まだ書かれていません。公開する前に、担当課で決めて書き足してください（例：CC BY 4.0）。"
)
_TOWN = re.compile(r"-(\d{6})$")


def found(folder: Path) -> dict:
    """Return the descriptor that stands in a folder, {} when there is none.

    Raises BridgeError when it cannot be read: a licence written in by hand would be lost by writing over it.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    fault = "書き方が壊れている"
    try:
        known = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        known, fault = None, f"{error.lineno}行目のあたりで書き方が壊れている"
    except (ValueError, RecursionError):
        known = None
    if not isinstance(known, dict):
        raise BridgeError(
            f"「{folder.name}」の {NAME} は{fault}ので、コンマや引用符を確かめて直すか、別の名前に変えてから、やり直してください。"
        )
    return known


def stranger(known: dict, bridged: Bridged) -> str:
    """Return what a descriptor describes when it is no earlier run of this one, else "".

    Another run of it: the same list of the same municipality (that may have been named only later), from a file of
    the same name or from the one that the recipe was made with.
    """
    paths, sources = _of_each(known, "resources", "path"), _of_each(known, "sources", "title")
    towns = {code for one in (known.get("name"), made(bridged, {})["name"]) for code in _TOWN.findall(str(one))}
    is_same_list = not paths or f"{bridged.target.name}.csv" in paths
    is_same_source = not sources or bool({bridged.reading.name, bridged.earlier} & set(sources))
    if is_same_list and is_same_source and len(towns) < 2:
        return ""
    return "、".join([str(known.get("title") or known.get("name") or NAME), *sources[:1]])


def made(bridged: Bridged, known: dict) -> dict:
    """Return the descriptor; who publishes and under which licence is for the town to say, so it is said to be open.

    known: the descriptor before, of which everything is kept that the bridge does not write itself.
    """
    goal, place = bridged.target, bridged.place
    resource = store.descriptor("schemas")
    slug = next(entry["name"] for entry in resource["resources"] if entry.get("target") == goal.name)
    kept = {name: value for name, value in known.items() if name not in _OURS and value}
    return {
        "name": slug.replace("_", "-") + (f"-{place.lg_code}" if place else ""),
        "title": f"{place.full_name}の{goal.name}" if place else goal.name,
        "description": _TOLD if kept.get("licenses") else _TOLD + _OPEN,
        **kept,
        "created": f"{date.today().isoformat()}T00:00:00+09:00",
        "sources": [{"title": text} for text in (bridged.reading.name, *bridged.credits)],
        "resources": [
            {
                "name": slug,
                "type": "table",
                "path": f"{goal.name}.csv",
                "title": goal.name,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8-sig",
                "dialect": {"csv": {"lineTerminator": "\r\n"}},
                "schema": goal.schema,
            }
        ],
    }


def licences(known: dict) -> str:
    """Return the licences that a descriptor names, "" when there is none."""
    listed = known.get("licenses") or []
    if not isinstance(listed, list):
        return str(listed)
    names = [one.get("name") or one.get("title") or one.get("path") if isinstance(one, dict) else one for one in listed]
    return "、".join(str(name) for name in names if name)


def _of_each(known: dict, name: str, key: str) -> list[str]:
    listed = known.get(name)
    entries = listed if isinstance(listed, list) else []
    return [str(entry[key]) for entry in entries if isinstance(entry, dict) and entry.get(key)]
