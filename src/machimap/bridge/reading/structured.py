"""JSON and GeoJSON as a table: records, columns, lists, one object a line; a geometry becomes 緯度 and 経度."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from machimap.bridge.reading.grid import Grid
from machimap.bridge.reading.vault import called, too_large
from machimap.bridge.records import Conclusion, ReadingError

POSITION = ("緯度", "経度")
_MAX_DEPTH = 4
_MAX_PARTS = 5_000_000
_DEGREES = re.compile(r"CRS84|4326|6668|4612", re.IGNORECASE)


def looks_like_json(text: str, title: str) -> bool:
    """Tell whether the text is meant as JSON: by its ending, or because it starts as one and can be read as one."""
    if re.search(r"\.(geo)?jsonl?$", title, re.IGNORECASE):
        return True
    if text.lstrip()[:1] not in ("{", "["):
        return False
    if text.count("{") + text.count("[") > _MAX_PARTS:
        return True
    try:
        return bool(_parsed(text))
    except (ValueError, RecursionError):
        return False


def read_json(text: str, title: str) -> Grid:
    """Return the grid of a JSON text, with its head. Raises ReadingError when it is broken or holds no table."""
    if text.count("{") + text.count("[") > _MAX_PARTS:
        raise too_large(title)
    try:
        content = _parsed(text)
    except (ValueError, RecursionError) as error:
        raise ReadingError(
            f"{called(title)}はJSONとして読めないので、途中で切れていないか確かめて、もう一度ダウンロードしてください。"
        ) from error
    if _is_geo(content):
        return _geo(content)
    found = _table(content)
    if not found:
        raise ReadingError(f"{called(title)}の中に表の形（記録の並び）がないので、別のファイルを選んでください。")
    rows, form = found
    return _grid(rows, (Conclusion("形式", "JSON", form),))


def _parsed(text: str) -> Any:
    """Parse with every number as it is written; a text with one object a line becomes a list."""
    plain = {"parse_float": str, "parse_int": str, "parse_constant": str}
    text = text.lstrip("\ufeff")
    try:
        return json.loads(text, **plain)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line, **plain) for line in lines]


def _is_geo(content: Any) -> bool:
    return isinstance(content, dict) and (
        (content.get("type") == "FeatureCollection" and isinstance(content.get("features"), list))
        or (content.get("type") == "Feature" and "geometry" in content)
    )


def _table(content: Any) -> tuple[list[dict], str] | None:
    """Return the records and how they lay in the file."""
    if isinstance(content, list):
        return _of_list(content)
    if not isinstance(content, dict):
        return None
    if _are(content.get("columns"), str) and _are(content.get("data"), list):
        return [
            _named(content["columns"], row) for row in content["data"]
        ], "列の名前（columns）と中身（data）の形です。"
    if nested := _nested(content):
        where, rows = nested
        return rows, f"「{where}」の下に記録が並んでいます。"
    values = list(content.values())
    if values and all(isinstance(value, list) for value in values) and max(map(len, values)):
        rows = itertools.zip_longest(*values, fillvalue="")
        return [dict(zip(content, row, strict=True)) for row in rows], "列ごとに値が並ぶ形です。"
    if values and all(isinstance(value, dict) for value in values):
        return _of_keys(content)
    return None


def _of_list(content: list) -> tuple[list[dict], str] | None:
    if content and all(isinstance(row, dict) for row in content):
        return content, "記録（1件ずつの項目と値）が並ぶ形です。"
    if len(content) > 1 and all(isinstance(row, list) for row in content):
        return [_named([_text(name) for name in content[0]], row) for row in content[1:]], (
            "行の並びで、はじめの行を列の名前とみました。"
        )
    return None


def _of_keys(content: dict) -> tuple[list[dict], str]:
    inner = [set(value) for value in content.values()]
    if len(content) > 1 and all(keys == inner[0] for keys in inner) and all(key.isdecimal() for key in inner[0]):
        keys = list(next(iter(content.values())))
        rows = [{name: column[key] for name, column in content.items()} for key in keys]
        return rows, "列ごとに、番号と値が並ぶ形です。"
    return [{"キー": key, **value} for key, value in content.items()], "キーごとに記録がある形です。"


def _named(names: list[str], row: list) -> dict:
    extra = [f"余り{n}" for n in range(1, len(row) - len(names) + 1)]
    return dict(zip([*names, *extra], row, strict=False))


def _are(values: Any, kind: type) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(value, kind) for value in values)


def _nested(content: dict, path: str = "", depth: int = 0) -> tuple[str, list[dict]] | None:
    """Return the longest list of records below, and the way to it."""
    found = []
    for key, value in content.items():
        where = f"{path}.{key}" if path else key
        if _are(value, dict):
            found.append((where, value))
        elif isinstance(value, dict) and depth < _MAX_DEPTH and (inner := _nested(value, where, depth + 1)):
            found.append(inner)
    return max(found, key=lambda item: len(item[1]), default=None)


def _grid(records: list[dict], conclusions: tuple[Conclusion, ...]) -> Grid:
    flat = [dict(_flat(record)) for record in records]
    head = list(dict.fromkeys(itertools.chain.from_iterable(flat)))
    return Grid([[row.get(name, "") for name in head] for row in flat], head=tuple(head), conclusions=conclusions)


def _flat(record: dict, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        name = f"{path}_{key}" if path else str(key)
        if isinstance(value, dict) and value:
            yield from _flat(value, name)
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        return ";".join(map(_text, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _geo(content: dict) -> Grid:
    features = content["features"] if content["type"] == "FeatureCollection" else [content]
    features = [feature if isinstance(feature, dict) else {} for feature in features]
    places = [_place(feature.get("geometry")) for feature in features]
    known = {name for feature in features for name in _properties(feature)}
    lat, lon = (f"{name}（図形）" if known.intersection(POSITION) else name for name in POSITION)
    rows = [
        {**_properties(feature), lat: place[0], lon: place[1]} for feature, place in zip(features, places, strict=True)
    ]
    grid = _grid(
        rows, (Conclusion("形式", "GeoJSON", _told(content, Counter(kind for *_, kind in places), (lat, lon))),)
    )
    return grid


def _properties(feature: dict) -> dict:
    inner = feature.get("properties")
    properties = inner if isinstance(inner, dict) else {}
    return {"id": feature["id"], **properties} if "id" in feature and "id" not in properties else properties


def _place(geometry: Any) -> tuple[str, str, str]:
    """Return latitude, longitude and the kind of geometry; a point keeps its digits as they are written."""
    if not isinstance(geometry, dict):
        return "", "", ""
    kind = str(geometry.get("type", ""))
    if kind == "Point":
        position = geometry.get("coordinates")
        if _are(position, str) and len(position) > 1:
            return position[1], position[0], kind
        return "", "", ""
    return _inside(geometry, kind)


def _inside(geometry: dict, kind: str) -> tuple[str, str, str]:
    import shapely

    try:
        shape = shapely.from_geojson(json.dumps(_numbers(geometry)))
        point = shapely.point_on_surface(shape)
        return (f"{point.y:.6f}", f"{point.x:.6f}", kind) if not point.is_empty else ("", "", "")
    except (shapely.errors.ShapelyError, ValueError, TypeError, RecursionError):
        return "", "", ""


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner if key == "type" else _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value)


def _told(content: dict, kinds: Counter, columns: tuple[str, str]) -> str:
    said = [f"点の位置を「{columns[0]}」「{columns[1]}」の列にしました。"] if kinds["Point"] else []
    others = {kind: count for kind, count in kinds.items() if kind not in ("", "Point")}
    if others:
        listed = "、".join(f"{kind} {count:,}件" for kind, count in others.items())
        said.append(f"点でない図形（{listed}）は、図形の中の代表の点を「{columns[0]}」「{columns[1]}」にしました。")
    if kinds[""]:
        said.append(f"図形のないもの{kinds['']:,}件は、位置が空です。")
    crs = json.dumps(content.get("crs") or "", ensure_ascii=False)
    if len(crs) > 2 and not _DEGREES.search(crs):
        said.append("座標系が緯度経度でないようなので、位置の値を確かめてください。")
    return "".join(said) or "図形はありません。"
