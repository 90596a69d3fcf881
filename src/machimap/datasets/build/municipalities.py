"""The table of all municipalities, joined from five publishers by code."""

from __future__ import annotations

import re
from pathlib import Path

import jaconv
import pandas as pd
from geopandas import GeoDataFrame

from machimap.datasets.build.sources import BuildError, find_tables, one, read_csv
from machimap.places import check_digit, fold_romaji, kana_stem

FISCAL = ["財政力指数", "経常収支比率", "実質公債費比率", "将来負担比率", "ラスパイレス指数"]
BOUNDARY_YEAR = 2021
REORGANISED = {"浜松市": "2024-01-01"}


def read_codes(folder: Path) -> pd.DataFrame:
    """Return lg_code, code, prefecture, name of every municipality and ward (全国地方公共団体コード)."""
    candidates = find_tables(folder, {"全国地方公共団体コード", "都道府県名", "市区町村名"})
    path = one([path for path in candidates if _is_code_table(path)], "全国地方公共団体コード")
    table = read_csv(path)
    table = table[table["市区町村名"] != ""]
    table = table.rename(
        columns={"全国地方公共団体コード": "lg_code", "都道府県名": "prefecture", "市区町村名": "name"}
    )
    wrong = [code for code in table["lg_code"] if not has_valid_check_digit(code)]
    if wrong:
        raise BuildError(
            f"検査数字の合わない団体コード（{'、'.join(wrong[:5])}）があるので、元の表を確かめてください。"
        )
    return table.assign(code=table["lg_code"].str[:5])[["lg_code", "code", "prefecture", "name"]].reset_index(drop=True)


def _is_code_table(path: Path) -> bool:
    return read_csv(path)["全国地方公共団体コード"].is_unique


def has_valid_check_digit(lg_code: str) -> bool:
    """Tell whether a 6-digit code ends in its check digit."""
    return bool(re.fullmatch(r"[0-9]{6}", lg_code)) and check_digit(lg_code[:5]) == lg_code[5]


def parents(codes: pd.DataFrame) -> dict[str, str]:
    """Return the 5-digit code of the designated city of every ward (by the city's name before 「…区」)."""
    cities = {row.prefecture + row.name: row.code for row in codes.itertuples(index=False) if row.name.endswith("市")}
    found = {}
    for row in codes.itertuples(index=False):
        match = re.fullmatch(r"(.+市)(.+区)", row.name)
        if match:
            found[row.code] = cities[row.prefecture + match.group(1)]
    return found


def build(folder: Path, codes: pd.DataFrame, shapes: GeoDataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `municipalities.csv` without the row counts of the national lists.

    codes: of `read_codes`; shapes: of `boundaries.with_designated_cities` plus a column county;
    changes: of `ward_changes`. Places without a source value keep it blank.
    """
    parent = parents(codes)
    to_lg = dict(zip(codes["code"], codes["lg_code"], strict=True))
    table = codes.assign(parent_lg_code=codes["code"].map(parent).map(to_lg).fillna(""))
    table = table.merge(_offices(folder), on="lg_code", how="left").merge(_population(folder), on="code", how="left")
    table = table.merge(_fiscal(folder), on="lg_code", how="left")
    table = _with_shapes(table, shapes, changes, parent)
    table["romaji"] = [romaji_keys(row.kana, row.name) for row in table.fillna("").itertuples(index=False)]
    return table.fillna("")


def romaji_keys(kana: str, name: str) -> str:
    """Return the folded romaji of a reading in hiragana, with and without 市区町村, blank-separated."""
    keys = []
    for reading in {kana.replace(" ", ""), kana.rpartition(" ")[2]}:
        spellings = (reading, kana_stem(reading, name))
        keys += [fold_romaji(jaconv.kana2alphabet(spelling)) for spelling in spellings]
    return " ".join(sorted({key for key in keys if key}))


def ward_changes(codes: pd.DataFrame, n03: GeoDataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """Return which old ward (in the boundaries) became which new one (in the codes), from where sites stand.

    A site inside the old ward's polygon whose address names the new ward is the evidence; a pair needs two.
    lists: both national lists. Columns 旧コード, 都道府県, 旧名称, 新コード, 施行日, 根拠件数.
    """
    import geopandas

    gone = n03[~n03["code"].isin(codes["code"])]
    new = codes[~codes["code"].isin(n03["code"]) & codes["code"].isin(parents(codes))]
    rows = []
    for city in sorted(set(gone["city"])):
        wards = new[new["name"].str.startswith(city)]
        sites = lists[lists["都道府県名及び市町村名"].str.endswith(city)]
        points = geopandas.GeoDataFrame(
            {"住所": sites["住所"]},
            geometry=geopandas.points_from_xy(sites["経度"].astype(float), sites["緯度"].astype(float)),
            crs=n03.crs,
        )
        placed = points.sjoin(
            gone[gone["city"] == city][["code", "prefecture", "ward", "geometry"]], predicate="within"
        )
        for ward in wards.itertuples(index=False):
            for old, group in placed[placed["住所"].str.contains(ward.name, regex=False)].groupby("code"):
                if len(group) > 1:
                    first = group.iloc[0]
                    rows.append(
                        [
                            old,
                            first["prefecture"],
                            city + first["ward"],
                            ward.lg_code,
                            len(group),
                            REORGANISED.get(city, ""),
                        ]
                    )
    table = pd.DataFrame(rows, columns=["旧コード", "都道府県", "旧名称", "新コード", "根拠件数", "施行日"])
    return table[["旧コード", "都道府県", "旧名称", "新コード", "施行日", "根拠件数"]].sort_values(
        ["旧コード", "新コード"]
    )


def _offices(folder: Path) -> pd.DataFrame:
    path = one(find_tables(folder, {"pid", "city", "citykana", "lgcode"}), "localgovjp")
    table = read_csv(path).rename(columns={"lgcode": "lg_code", "citykana": "kana", "lng": "lon"})
    return table[["lg_code", "kana", "lat", "lon", "url"]].drop_duplicates("lg_code")


def _population(folder: Path) -> pd.DataFrame:
    path = one(find_tables(folder, {"area_code", "population"}), "国勢調査の人口")
    return read_csv(path).rename(columns={"area_code": "code", "population": "population_2020"})[
        ["code", "population_2020"]
    ]


def _fiscal(folder: Path) -> pd.DataFrame:
    path = one(sorted(folder.rglob("shityouson_*.xlsx")), "全市町村の主要財政指標")
    sheet = pd.read_excel(path, header=None, dtype=str).fillna("")
    head = next(index for index, row in sheet.iterrows() if "団体コード" in list(row))
    table = sheet.iloc[head + 1 :].set_axis([str(name).strip() for name in sheet.iloc[head]], axis=1)
    table = table[table["団体コード"].str.fullmatch(r"\d{6}")].rename(columns={"団体コード": "lg_code"})
    for name in FISCAL:
        table[name] = table[name].str.strip().replace({"-": "", "－": ""})
    return table[["lg_code", *FISCAL]]


def _with_shapes(
    table: pd.DataFrame, shapes: GeoDataFrame, changes: pd.DataFrame, parent: dict[str, str]
) -> pd.DataFrame:
    boxes = shapes.set_index("code")
    bounds = boxes.geometry.bounds.round(6)
    inside = boxes.geometry.representative_point()
    label_lat, label_lon = inside.y.round(6), inside.x.round(6)
    known = set(boxes.index)
    rows = []
    for place in table.itertuples(index=False):
        code, note = _boundary_of(place.code, place.lg_code, known, changes, parent)
        rows.append(
            {
                "west": bounds.minx.get(code, ""),
                "south": bounds.miny.get(code, ""),
                "east": bounds.maxx.get(code, ""),
                "north": bounds.maxy.get(code, ""),
                "label_lat": label_lat.get(code, ""),
                "label_lon": label_lon.get(code, ""),
                "boundary_code": code,
                "boundary_note": note,
                "county": boxes["county"].get(code, ""),
            }
        )
    return pd.concat([table, pd.DataFrame(rows)], axis=1)


def _boundary_of(
    code: str, lg_code: str, known: set[str], changes: pd.DataFrame, parent: dict[str, str]
) -> tuple[str, str]:
    if code in known:
        return code, ""
    former = changes[changes["新コード"] == lg_code]["旧コード"]
    split = changes[changes["旧コード"].isin(former)].groupby("旧コード")["新コード"].nunique()
    if len(former) == 1 and split.max() == 1:
        return former.iloc[0], f"境界は再編前（{BOUNDARY_YEAR}年）の同じ範囲の区のものです。"
    if code in parent:
        return parent[code], f"区の境界が{BOUNDARY_YEAR}年のデータにないため、市全体の境界を表示しています。"
    return "", "境界のデータがありません。"
