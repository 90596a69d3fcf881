"""Ten more forms of tables, written before the mapper had seen them: every fact is invented and marked 架空データ."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import layouts
import openpyxl
import published_layouts
from layouts import HAZARDS, MARK, Site, book_bytes, csv_bytes, sites


def flee_to() -> bytes:
    """Heads that say in words what a place is used for, after the hazard (水害時の利用)."""
    head = ["通番", "避難先", "住居表示", "TEL番号", "水害時の利用", "土砂災害時の利用", "高潮時の利用", "地震時の利用"]
    head += ["津波時の利用", "北緯（10進）", "東経（10進）", "受入可能人数", "その他特記事項"]
    rows = [
        [
            s.no,
            s.name,
            s.address,
            s.phone,
            *("可" if flag else "不可" for flag in s.flags[:5]),
            s.lat,
            s.lon,
            s.people,
            MARK,
        ]
        for s in sites(30, 101)
    ]
    return csv_bytes([head, *rows], "cp932")


def english_heads() -> bytes:
    """English heads in capitals run together, flags TRUE and FALSE."""
    head = ["No", "FacilityNameEn", "FacilityName", "Addr", "PhoneNo", "Latitude(WGS84)", "Longitude(WGS84)"]
    head += ["Capacity(persons)", "Flood", "Landslide", "StormSurge", "Earthquake", "Tsunami", "LargeFire"]
    rows = [
        [
            s.no,
            s.english,
            s.name,
            s.prefecture + s.address,
            s.phone,
            s.lat,
            s.lon,
            s.people,
            *s.signs("TRUE", "FALSE")[:6],
        ]
        for s in sites(28, 102, "焼津市")
    ]
    return csv_bytes([head, *rows])


def three_levels() -> bytes:
    """A workbook whose head has three rows, with merged cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([f"令和8年度 避難場所等一覧表（{MARK}）"])
    sheet.append(["防災危機管理課作成"])
    sheet.append(
        ["番号", "施設の基本情報", *[None] * 3, "適用できる災害", *[None] * 3, "地図上の位置", None, "備考"],
    )
    sheet.append(
        [None, "施設名", "ふりがな", "住所", "電話", "風水害", None, "地震関係", None, "緯度", "経度", None],
    )
    sheet.append([*[None] * 5, "洪水", "がけ崩れ", "揺れ（地震）", "津波", *[None] * 3])
    for s in sites(26, 103, "高松市"):
        flags = ["○" if s.flags[number] else "×" for number in (0, 1, 3, 4)]
        sheet.append([s.no, s.name, _hiragana(s), s.address, s.phone, *flags, s.lat, s.lon, MARK])
    merged = "A1:L1 A3:A5 L3:L5 B3:E3 F3:I3 J3:K3 B4:B5 C4:C5 D4:D5 E4:E5 F4:G4 H4:I4 J4:J5 K4:K5"
    for area in merged.split():
        sheet.merge_cells(area)
    return book_bytes(book)


def library_hours() -> bytes:
    """Reading rooms with opening hours; X and Y for longitude and latitude."""
    chance = random.Random(104)
    head = [
        "館名",
        "館名（ヨミ）",
        "〒番号",
        "所在",
        "代表電話",
        "開館時刻",
        "閉館時刻",
        "開館曜日",
        "休館日等",
        "HP",
        "概要",
    ]
    head += ["X座標", "Y座標", "駐車場（車椅子用）", "授乳スペース", "スロープの有無"]
    rows = []
    for s in sites(25, 104):
        hours = ["9時30分", "19時00分", "火・水・木・金・土・日", "月曜（祝日の場合は翌日）、年末年始"]
        about = [s.url, f"{MARK}の図書室です。", s.lon, s.lat, *[chance.choice("有無") for _ in range(3)]]
        rows.append([s.name, s.kana, s.postal, s.prefecture + s.address, s.phone, *hours, *about])
    return csv_bytes([head, *rows], "utf-8-sig")


def field_codes() -> bytes:
    """GeoJSON whose properties have codes for names."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [s.lon, s.lat]},
            "properties": {
                "P20_001": s.code,
                "P20_002": s.name,
                "P20_003": s.prefecture + s.address,
                "P20_004": "指定緊急避難場所",
                "P20_005": s.people,
                "P20_006": s.area,
                "P20_012": MARK,
            },
        }
        for s in sites(27, 105, "焼津市")
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def short_hazards() -> bytes:
    """One or two characters for each hazard, ○△× below, an address in two words."""
    head = [
        "管理No.",
        f"場所名（{MARK}）",
        "町丁・番地",
        "水害",
        "土砂",
        "高潮",
        "地震",
        "津波",
        "大火",
        "内水",
        "噴火",
    ]
    head += ["Lat.", "Lng.", "使用する町内会"]
    rows = [
        [
            f"避-{s.no:03}",
            s.name,
            s.address,
            *("○△×"[(s.no + number + flag) % 3] for number, flag in enumerate(s.flags)),
            s.lat,
            s.lon,
            s.league,
        ]
        for s in sites(30, 106)
    ]
    return csv_bytes([head, *rows], "cp932", "\t")


def numbered_heads() -> bytes:
    """Heads with circled numbers, the hazards in one cell."""
    head = ["①施設の名称", "②施設の名称（カナ）", "③施設の所在地", "④施設の電話番号", "⑤緯度", "⑥経度"]
    head += ["⑦対象とする異常な現象の種類", "⑧指定避難所との重複", "⑨想定収容人数", "⑩備考"]
    words = ("洪水", "土砂災害", "高潮", "地震", "津波", "大規模火災", "内水氾濫", "火山")
    rows = []
    for s in sites(24, 107):
        hazards = "、".join(word for word, flag in zip(words, s.flags, strict=True) if flag) or "なし"
        more = [hazards, "○" if s.also_shelter else "", f"約{s.people:,}人", MARK]
        rows.append([s.name, s.kana, s.prefecture + s.address, s.phone, s.lat, s.lon, *more])
    return csv_bytes([head, *rows])


def aed_places() -> bytes:
    """A list of AED: the place inside the building, days and hours of use."""
    head = [
        "設置施設名",
        "設置施設住所",
        "設置場所（詳細）",
        "施設電話番号",
        "使用可能曜日",
        "使用開始時刻",
        "使用終了時刻",
    ]
    head += ["使用できる日時の補足", "小児用パッド", "緯度(度)", "経度(度)", "メモ"]
    rows = []
    for s in sites(32, 108, "高松市"):
        inside = "1階受付" if s.no % 2 else "体育館入口"
        hours = ["月～金", "8:30", "17:15", "土日祝・年末年始を除く", "有" if s.no % 3 else "無"]
        rows.append([s.name, s.address, inside, s.phone, *hours, s.lat, s.lon, MARK])
    return csv_bytes([head, *rows], "cp932")


def numbered_addresses() -> bytes:
    """An address in five numbered columns."""
    head = [
        "自治体コード",
        "施設管理番号",
        "名称（日本語）",
        "名称（ヨミ）",
        "名称（英語）",
        "郵便",
        "住所1（都道府県）",
    ]
    head += ["住所2（市区町村）", "住所3（町名）", "住所4（番地）", "建物", "lat", "lng", "海抜(m)", "link", "コメント"]
    rows = []
    for s in sites(26, 109):
        address = [s.postal.replace("-", ""), s.prefecture, s.city, s.town, s.lot, ""]
        rows.append([s.code, f"S{s.no:05}", s.name, s.kana, s.english, *address, s.lat, s.lon, s.height, s.url, MARK])
    return csv_bytes([head, *rows])


def decoy_columns() -> bytes:
    """Columns that resemble those of the standard: two phones, other numbers, an area, a year."""
    chance = random.Random(110)
    head = [
        "行番号",
        "地図番号",
        "メッシュコード",
        "施設等名称",
        "所在地番",
        "管理者電話番号",
        "施設電話番号",
        "収容面積(㎡)",
    ]
    head += ["想定避難者数(人)", "地盤高TP(m)", "対象自治会名", *HAZARDS, "緯度", "経度", "建築年", "摘要"]
    rows = []
    for s in sites(30, 110):
        first = [s.no, chance.randrange(1, 60), 533900000 + chance.randrange(99999), s.name, s.address]
        phones = [s.phone.replace("000", "009"), s.phone]
        size = [s.area, s.people, s.height, s.league]
        rows.append([*first, *phones, *size, *s.signs("●"), s.lat, s.lon, f"{2000 + s.no % 26}年", MARK])
    return csv_bytes([head, *rows], "utf-8-sig")


def _hiragana(site: Site) -> str:
    return "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ン" else char for char in site.kana)


LAYOUTS: dict[str, Callable[[], bytes]] = {
    function.__name__: function
    for function in (
        flee_to,
        english_heads,
        three_levels,
        library_hours,
        field_codes,
        short_hazards,
        numbered_heads,
        aed_places,
        numbered_addresses,
        decoy_columns,
    )
}
ALL = layouts.LAYOUTS | LAYOUTS | published_layouts.LAYOUTS
