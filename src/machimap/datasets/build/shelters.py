"""The national lists → one CSV a prefecture in the standard's column names, every row accounted for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import geopandas
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from machimap.datasets.build.sources import SHELTER_LIST, SITE_LIST

HAZARDS = ["洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象"]
FAR_M = 5_000
_COMMON = {
    "共通ID": "ID",
    "施設・場所名": "名称",
    "住所": "所在地_連結表記",
    "緯度": "緯度",
    "経度": "経度",
    "備考": "備考",
}
_OWN = {
    SITE_LIST: {hazard: f"災害種別_{hazard}" for hazard in HAZARDS} | {"指定避難所との住所同一": "指定避難所との重複"},
    SHELTER_LIST: {
        "指定緊急避難場所との住所同一": "指定緊急避難場所との重複",
        "その他市町村長が必要と認める事項": "その他市町村長が必要と認める事項",
        "受入対象者": "受入対象者",
    },
}
COLUMNS = {
    kind: [
        "全国地方公共団体コード",
        "ID",
        "名称",
        "所在地_全国地方公共団体コード",
        "所在地_連結表記",
        "緯度",
        "経度",
        *own.values(),
        "備考",
    ]
    for kind, own in _OWN.items()
}
FIELD_NOTES = {
    "全国地方公共団体コード": "一覧を出した市区町村の6桁コード（共通IDの2〜6文字目から決める）",
    "ID": "国土地理院の共通ID",
    "所在地_全国地方公共団体コード": "施設のある市区町村または区の6桁コード（政令指定都市は住所と位置から区を決める）",
    "緯度": "度、JGD2011（EPSG:6668）",
    "経度": "度、JGD2011（EPSG:6668）",
    "指定避難所との重複": "原典の「指定避難所との住所同一」（1 または空）",
    "指定緊急避難場所との重複": "原典の「指定緊急避難場所との住所同一」（1 または空）",
}


@dataclass(frozen=True)
class BuiltList:
    """A national list in the kit's form: `table` (columns of COLUMNS), `set_aside` and `mended` with 理由."""

    table: pd.DataFrame
    set_aside: pd.DataFrame
    mended: pd.DataFrame


def build(kind: str, raw: pd.DataFrame, places: pd.DataFrame, shapes: GeoDataFrame, changes: pd.DataFrame) -> BuiltList:
    """Return the list with mended codes, wards and tidy names; rows in = rows kept + rows set aside.

    raw: the publisher's columns as strings; places: lg_code, code, name, parent_lg_code, boundary_code;
    shapes: code and polygon (EPSG:6668); changes: 旧コード, 新コード of reorganised wards. A row's municipality is that of its 共通ID (characters 2–6); rows
    whose code column says otherwise are reported with both distances, and so are rows further than
    FAR_M metres from their municipality's polygon. Rows of an unknown municipality or without usable
    coordinates are set aside.
    """
    to_lg = dict(zip(places["code"], places["lg_code"], strict=True))
    table = raw.rename(columns=_COMMON | _OWN[kind])
    code = table["ID"].str[1:6]
    table["全国地方公共団体コード_原典"] = raw.get("全国地方公共団体コード", pd.Series("", index=raw.index))
    table["全国地方公共団体コード"] = code.map(to_lg).fillna("")
    usable = _usable_coordinates(table)
    unknown = table["全国地方公共団体コード"] == ""
    set_aside = pd.concat(
        [
            table[unknown].assign(理由="共通IDが空か、その市区町村コードが全国の表にない"),
            table[~unknown & ~usable].assign(理由="緯度経度が空か、日本の範囲の外"),
        ]
    )
    table = table[~unknown & usable].copy()
    table, renamed = _tidy_text(table)
    distance = _distance_to_polygon(table, table["全国地方公共団体コード"].str[:5], places, shapes)
    table["所在地_全国地方公共団体コード"], placed = _ward(table, places, shapes, changes)
    reports = [renamed, _miscoded(table, distance, places, shapes), _far(table, distance), placed]
    mended = pd.concat(reports, ignore_index=True)
    missing = [name for name in COLUMNS[kind] if name not in table.columns]
    table = table.assign(**dict.fromkeys(missing, ""))
    return BuiltList(table[COLUMNS[kind]].sort_values("ID", ignore_index=True), set_aside, mended)


def write(kind: str, table: pd.DataFrame, folder: Path) -> list[tuple[str, str]]:
    """Write one CSV a prefecture below `folder/kind`; return (prefecture code, path) of each."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    written = []
    for prefecture, rows in table.groupby(table["全国地方公共団体コード"].str[:2]):
        path = f"{kind}/{prefecture}.csv"
        rows.to_csv(folder / path, index=False, encoding="utf-8", lineterminator="\n")
        written.append((prefecture, path))
    return written


def fields(kind: str) -> list[dict]:
    """Return the Table Schema fields of a list."""
    result = []
    for name in COLUMNS[kind]:
        field = {"name": name, "type": "number" if name in ("緯度", "経度") else "string"}
        if name in FIELD_NOTES:
            field["description"] = FIELD_NOTES[name]
        if name.startswith("災害種別_"):
            field["description"] = "この災害で使う指定があれば 1、なければ空"
            field["constraints"] = {"enum": ["1"]}
        if name == "ID":
            field["constraints"] = {"required": True, "unique": True}
        result.append(field)
    return result


def _usable_coordinates(table: pd.DataFrame) -> pd.Series:
    lat = pd.to_numeric(table["緯度"], errors="coerce")
    lon = pd.to_numeric(table["経度"], errors="coerce")
    return lat.between(20, 46) & lon.between(122, 154.5)


def _tidy_text(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    tidy = table.copy()
    for column in ("名称", "所在地_連結表記", "備考"):
        tidy[column] = tidy[column].str.replace(r"\s*[\r\n]+\s*", " ", regex=True).str.strip()
    changed = tidy["名称"] != table["名称"]
    report = table.loc[changed, ["ID", "名称"]].rename(columns={"名称": "前"})
    return tidy, report.assign(後=tidy.loc[changed, "名称"], 理由="名称の前後の空白や改行を取り除いた")


def _points(table: pd.DataFrame) -> geopandas.GeoSeries:
    shapes = geopandas.points_from_xy(table["経度"].astype(float), table["緯度"].astype(float), crs="EPSG:6668")
    return geopandas.GeoSeries(shapes, index=table.index)


def _distance_to_polygon(
    table: pd.DataFrame, codes: pd.Series, places: pd.DataFrame, shapes: GeoDataFrame
) -> pd.Series:
    """Metres from each row to the polygon of its code: 0 inside, NaN where the code has no polygon."""
    boundary = codes.map(dict(zip(places["code"], places["boundary_code"], strict=True)))
    points = _points(table)
    polygons = geopandas.GeoSeries(shapes.set_index("code").geometry.reindex(boundary).to_numpy(), index=table.index)
    known = polygons.notna()
    result = pd.Series(0.0, index=table.index).where(known)
    outside = known & ~shapely.intersects(polygons.to_numpy(), points.to_numpy())
    for _, rows in boundary[outside].groupby(boundary[outside]):
        result[rows.index] = metres(points[rows.index], polygons[rows.index[0]])
    return result


def metres(points: geopandas.GeoSeries, polygon: shapely.Geometry) -> pd.Series:
    """Return the distance of each point to the polygon in metres, in the UTM zone of the points (EPSG:6688–6692)."""
    zone = min(max(int((points.x.median() + 180) // 6) + 1, 51), 55)
    plane = f"EPSG:{6688 + zone - 51}"
    target = geopandas.GeoSeries([polygon], crs="EPSG:6668").to_crs(plane).iloc[0]
    return points.to_crs(plane).distance(target)


def _miscoded(table: pd.DataFrame, distance: pd.Series, places: pd.DataFrame, shapes: GeoDataFrame) -> pd.DataFrame:
    given = table["全国地方公共団体コード_原典"]
    wrong = table[(given != "") & (given != table["全国地方公共団体コード"])]
    if wrong.empty:
        return pd.DataFrame(columns=["ID", "前", "後", "理由"])
    far = _distance_to_polygon(wrong, wrong["全国地方公共団体コード_原典"].str[:5], places, shapes)
    reasons = [
        f"コードと共通IDが食い違う（共通IDの市区町村まで{own:,.0f}m、書かれたコードの市区町村まで{other:,.0f}m）"
        for own, other in zip(distance[wrong.index], far, strict=True)
    ]
    return pd.DataFrame(
        {
            "ID": wrong["ID"],
            "前": wrong["全国地方公共団体コード_原典"],
            "後": wrong["全国地方公共団体コード"],
            "理由": reasons,
        }
    )


def _far(table: pd.DataFrame, distance: pd.Series) -> pd.DataFrame:
    far = table[distance > FAR_M]
    reasons = [
        f"市区町村の境界から{metre:,.0f}m離れている（位置は直していない、要確認）" for metre in distance[far.index]
    ]
    position = far["緯度"] + "," + far["経度"]
    return pd.DataFrame({"ID": far["ID"], "前": position, "後": position, "理由": reasons})


def _ward(
    table: pd.DataFrame, places: pd.DataFrame, shapes: GeoDataFrame, changes: pd.DataFrame
) -> tuple[pd.Series, pd.DataFrame]:
    """Return the 6-digit code of the ward for rows of a designated city, of the municipality for all others.

    The address names the ward; rows whose address names none are placed by the nearest polygon and reported.
    """
    result = table["全国地方公共団体コード"].copy()
    wards = places[places["parent_lg_code"] != ""]
    reports = [pd.DataFrame(columns=["ID", "前", "後", "理由"])]
    for city, group in wards.groupby("parent_lg_code"):
        rows = table[table["全国地方公共団体コード"] == city]
        named = dict(zip(group["name"], group["lg_code"], strict=True))
        # 戸塚区 stands in the list with a compatibility ideograph (U+FA10) as well.
        addresses = rows["所在地_連結表記"].map(lambda text: unicodedata.normalize("NFKC", text))
        found = addresses.str.extract("(" + "|".join(map(re.escape, named)) + ")", expand=False).map(named)
        placed = _nearest_ward(rows[found.isna()], group, shapes, changes)
        result.update(found.dropna())
        result.update(placed)
        reports.append(
            pd.DataFrame({"ID": table.loc[placed.index, "ID"], "前": city, "後": placed}).assign(
                理由="住所に区の名前がないため、位置にいちばん近い区とした"
            )
        )
    return result, pd.concat(reports)


def _nearest_ward(rows: pd.DataFrame, wards: pd.DataFrame, shapes: GeoDataFrame, changes: pd.DataFrame) -> pd.Series:
    """Return the ward whose polygon is nearest, or whose former polygon is; rows in a ward since split are left out."""
    if rows.empty:
        return pd.Series(dtype=object)
    former = changes[changes["新コード"].isin(wards["lg_code"])].groupby("旧コード")["新コード"]
    owner = former.first().where(former.nunique() == 1, "").to_dict()
    owner |= dict(zip(wards["code"], wards["lg_code"], strict=True))
    polygons = shapes[shapes["code"].isin(owner)].set_index("code").geometry
    if polygons.empty:
        return pd.Series(dtype=object)
    points = _points(rows)
    distances = pd.DataFrame({code: metres(points, polygon) for code, polygon in polygons.items()})
    nearest = distances.idxmin(axis=1).map(owner)
    return nearest[nearest != ""]
