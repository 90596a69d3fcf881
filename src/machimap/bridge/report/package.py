"""The datapackage.json of a list: what the bridge knows of it, and what a person added to the one before."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from machimap import store
from machimap.bridge.asking import silent
from machimap.bridge.mapping.vocabulary import vocabulary
from machimap.bridge.records import BridgeError

if TYPE_CHECKING:
    from machimap.bridge.pipeline import Bridged

NAME = "datapackage.json"
_OURS = frozenset(["name", "title", "description", "created", "sources", "resources"])
_TOLD = "自治体標準オープンデータセットの形にした表です。"
_OPEN = (
    "ライセンス（licenses）は、まだ書かれていません。公開する前に、担当課で決めて書き足してください（例：CC BY 4.0）。"
)
_BLANK = "セルの空は、「指定なし」とはかぎりません。まだ分からないこともあります。災害の列が空でも、安全という意味ではありません。"
_UNKNOWN = "この一覧では、まだ分からない（どの行も空）"
_NONE_SET = "この一覧では、指定ありの場所が1つもない（どの行も空）"
_EXAMPLE = '[{"name": "CC-BY-4.0", "title": "クリエイティブ・コモンズ 表示 4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}]'
_TOWN = re.compile(r"-(\d{6})$")


def found(folder: Path) -> dict:
    """Return the descriptor that stands in a folder, {} when there is none.

    Raises BridgeError when it cannot be read (a licence written in by hand would be lost by writing over it), and when
    the licences in it have not the form of a Data Package.
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
    if not _are_licences(known.get("licenses")):
        raise BridgeError(
            f'「{folder.name}」の {NAME} のライセンスは、"licenses": {_EXAMPLE} の形に書き直してから、やり直してください。'
        )
    return known


def _are_licences(listed: object) -> bool:
    """Tell whether licences have the form of a Data Package: a list of objects, each with a name or a path."""
    if not listed:
        return True
    return isinstance(listed, list) and all(
        isinstance(one, dict)
        and any(isinstance(one.get(key), str) and one[key].strip() for key in ("name", "path"))
        and all(isinstance(one.get(key, ""), str) for key in ("name", "path", "title"))
        for one in listed
    )


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
        "description": _TOLD + _BLANK + ("" if kept.get("licenses") else _OPEN),
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
                "schema": _schema(bridged),
            }
        ],
    }


def _schema(bridged: Bridged) -> dict:
    """Return the schema of the list, where a field for a hazard that is blank in every row says what that means."""
    goal, table = bridged.target, bridged.table
    without = set(silent(bridged.mapping, goal, bridged.reading.table))
    answered = {match.target for match in bridged.mapping.matches} - without
    blank = {name for name in goal.names if vocabulary().hazard(name) and (table[name] == "").all()}
    fields = [
        {**entry, "description": f"{entry['description']}。{_NONE_SET if entry['name'] in answered else _UNKNOWN}"}
        if entry["name"] in blank
        else entry
        for entry in goal.schema["fields"]
    ]
    return {**goal.schema, "fields": fields}


def licences(known: dict) -> str:
    """Return the licences that a descriptor names, "" when there is none."""
    return "、".join(one.get("name") or one.get("title") or one["path"] for one in known.get("licenses") or [])


def _of_each(known: dict, name: str, key: str) -> list[str]:
    listed = known.get(name)
    entries = listed if isinstance(listed, list) else []
    return [str(entry[key]) for entry in entries if isinstance(entry, dict) and entry.get(key)]
