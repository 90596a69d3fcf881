"""Forms after lists that towns, prefectures and ministries publish: the heads are theirs, every value is 架空データ."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import openpyxl
from layouts import MARK, Site, book_bytes, csv_bytes, sites

_FULL = {chr(0x30A1 + n): chr(0x3041 + n) for n in range(0x53)}
_DAYS = ("月火水木金", "火水木金土日", "毎日")
Column = tuple[str, Callable[[Site], object]]


def _table(columns: Iterable[Column], seed: int, encoding: str = "utf-8", city: str = "八王子市") -> bytes:
    columns = list(columns)
    rows = [[value(s) for _, value in columns] for s in sites(24, seed, city)]
    return csv_bytes([[head for head, _ in columns], *rows], encoding)


def _flags(heads: str, kinds: Iterable[int], yes: str = "○", no: str = "") -> list[Column]:
    return [
        (head, lambda s, kind=kind: yes if s.flags[kind] else no)
        for head, kind in zip(heads.split(), kinds, strict=True)
    ]


def _hiragana(s: Site) -> str:
    return "".join(_FULL.get(char, char) for char in s.kana)


def _full_address(s: Site) -> str:
    return s.prefecture + s.address


def _has(s: Site) -> str:
    return "有" if s.no % 3 else "無"


def _days(s: Site) -> str:
    return _DAYS[s.no % 3]


def _other_name(s: Site) -> str:
    return s.name.replace("架空", "架空旧")


def _elsewhere(s: Site) -> str:
    return f"{s.lat + 0.0123:.6f}"


def _not_far(s: Site) -> str:
    return f"{s.lon + 0.0123:.6f}"


def _hazards(s: Site) -> str:
    words = ("洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象")
    return "、".join(word for word, flag in zip(words, s.flags, strict=True) if flag) or "地震"


def portal_list() -> bytes:
    """Kinds of places as flags beside hazards as flags."""
    columns = [("都道府県", lambda s: s.prefecture), ("市区町村", lambda s: s.city), ("避難所名", lambda s: s.name)]
    columns += [("住所", lambda s: s.address), ("緯度", lambda s: s.lat), ("経度", lambda s: s.lon)]
    columns += _flags("一時避難所 広域避難所 地震 津波", (0, 1, 3, 4), "1", "0")
    columns += [("収容人数", lambda s: s.people), ("備蓄品", lambda s: "毛布、水"), ("備考", lambda s: MARK)]
    return _table(columns, 201)


def sightseeing() -> bytes:
    """The older recommended form for sights: prices, ways there and a contact beside the standard's columns."""
    columns = [("市区町村コード", lambda s: s.code), ("NO", lambda s: s.no), ("都道府県名", lambda s: s.prefecture)]
    columns += [("市区町村名", lambda s: s.city), ("名称", lambda s: s.name), ("名称_カナ", lambda s: s.kana)]
    columns += [("名称_英語", lambda s: s.english), ("住所", _full_address), ("方書", lambda s: "架空ビル2階")]
    columns += [("緯度", lambda s: s.lat), ("経度", lambda s: s.lon), ("利用可能曜日", _days)]
    columns += [("開始時間", lambda s: "9:00"), ("終了時間", lambda s: "17:00")]
    columns += [("利用可能日時特記事項", lambda s: "年末年始を除く"), ("料金(基本)", lambda s: "無料")]
    columns += [("説明", lambda s: f"{MARK}の名所です。"), ("説明_英語", lambda s: f"An invented sight, No. {s.no}")]
    columns += [("アクセス方法", lambda s: "架空駅から徒歩5分"), ("連絡先名称", lambda s: "架空観光課")]
    columns += [("連絡先電話番号", lambda s: s.phone), ("連絡先内線番号", lambda s: 2000 + s.no)]
    columns += [("画像", lambda s: s.url.replace("html", "jpg")), ("URL", lambda s: s.url), ("備考", lambda s: MARK)]
    return _table(columns, 202, "utf-8-sig")


def upload_form() -> bytes:
    """The form of a service that finds shelters: brackets that repeat what a place is, hazards in one cell."""
    columns = [("避難先名称(避難所・避難場所)", lambda s: s.name), ("避難先名称(かな)", _hiragana)]
    columns += [("住所", lambda s: s.address), ("緯度", lambda s: s.lat), ("経度", lambda s: s.lon)]
    columns += [("電話番号", lambda s: s.phone), ("避難所種別", lambda s: s.no % 3 + 1), ("対応災害種別", _hazards)]
    columns += [("情報入力者メールアドレス", lambda s: f"a{s.no}@kakuu.example"), ("ID1(団体コード)", lambda s: s.code)]
    columns += [("ID2(避難所の通し番号)", lambda s: s.no), ("情報公開可否", _has), ("最終更新日", lambda s: s.opened)]
    return _table(columns, 203, city="焼津市")


def survey_codes() -> bytes:
    """Codes for heads, as the national land survey gives them to places of refuge."""
    columns = [("P20_001", lambda s: s.code[:5]), ("P20_002", lambda s: s.name), ("P20_003", _full_address)]
    columns += [("P20_004", lambda s: "指定避難場所"), ("P20_005", lambda s: s.people), ("P20_006", lambda s: s.area)]
    columns += _flags("P20_007 P20_008 P20_009 P20_010 P20_011", (3, 4, 0, 7, 5), "1", "0")
    columns += [("NO", lambda s: s.no), ("備考", lambda s: MARK), ("緯度", lambda s: s.lat), ("経度", lambda s: s.lon)]
    return _table(columns, 204, "cp932", "高松市")


def care_offices() -> bytes:
    """Offices of care: the company beside the place, its number, days of service."""
    columns = [("事業所番号", lambda s: 1370000000 + s.no), ("介護サービス事業所名称", lambda s: f"架空デイ{s.no}")]
    columns += [("介護サービス事業所名称_カナ", lambda s: s.kana), ("実施サービス", lambda s: "通所介護")]
    columns += [("法人の名称", lambda s: "社会福祉法人架空会"), ("法人番号", lambda s: 1000000000000 + s.no)]
    columns += [("事業所の所在地", lambda s: s.address), ("方書（ビル名等）", lambda s: "架空ビル")]
    columns += [("事業所の緯度", lambda s: s.lat), ("事業所の経度", lambda s: s.lon), ("電話番号", lambda s: s.phone)]
    columns += [("FAX番号", lambda s: s.phone.replace("000-", "009-")), ("利用可能曜日", _days)]
    columns += [
        ("利用可能曜日特記事項", lambda s: "年末年始を除く"),
        ("定員", lambda s: s.people),
        ("URL", lambda s: s.url),
    ]
    return _table(columns, 205)


def medical_offices() -> bytes:
    """Clinics: hours of consultation, postal code and address under one kind of head."""
    columns = [("医療機関名称", lambda s: f"架空{s.no}内科クリニック"), ("医療機関名称（カナ）", lambda s: s.kana)]
    columns += [("医療機関所在地（郵便番号）", lambda s: s.postal), ("医療機関所在地（住所）", lambda s: s.address)]
    columns += [("所在地座標（緯度）", lambda s: s.lat), ("所在地座標（経度）", lambda s: s.lon)]
    columns += [("案内用電話番号", lambda s: s.phone), ("診療科目", lambda s: "内科"), ("診療曜日", _days)]
    columns += [("診療開始時間", lambda s: "9:00"), ("診療終了時間", lambda s: "18:30")]
    columns += [
        ("診療日時特記事項", lambda s: "水曜は午前のみ"),
        ("時間外における対応", _has),
        ("病床数", lambda s: s.no),
    ]
    columns += [("開設者名称", lambda s: "医療法人架空会"), ("案内用ホームページアドレス", lambda s: s.url)]
    return _table(columns, 206, "utf-8-sig")


def cultural_properties() -> bytes:
    """Cultural properties: two names, a kind, a date of designation."""
    columns = [
        ("番号", lambda s: s.no),
        ("文化財名称", lambda s: s.name),
        ("ふりがな", _hiragana),
        ("通称", lambda s: s.league),
    ]
    columns += [
        ("文化財分類", lambda s: "建造物"),
        ("員数（数）", lambda s: s.no % 3 + 1),
        ("所在地", lambda s: s.address),
    ]
    columns += [("文化財指定日", lambda s: s.opened), ("公開時間（開始）", lambda s: "9:00")]
    columns += [
        ("公開時間（終了）", lambda s: "16:00"),
        ("概要", lambda s: f"{MARK}の建物です。"),
        ("備考", lambda s: MARK),
    ]
    return _table(columns, 207, "cp932")


def snake_heads() -> bytes:
    """English heads with underscores; an inland flood beside a flood."""
    columns = [("facility_id", lambda s: f"K{s.no:04}"), ("shelter_name", lambda s: s.name)]
    columns += [
        ("shelter_name_kana", lambda s: s.kana),
        ("full_address", _full_address),
        ("zip_code", lambda s: s.postal),
    ]
    columns += [
        ("lat", lambda s: s.lat),
        ("lng", lambda s: s.lon),
        ("elev_m", lambda s: s.height),
        ("tel", lambda s: s.phone),
    ]
    columns += [("fax", lambda s: s.phone.replace("000-", "009-"))]
    columns += _flags("is_flood is_landslide is_storm_surge is_earthquake", range(4), "1", "0")
    columns += _flags("is_tsunami is_large_fire is_inland_flood is_volcano", range(4, 8), "1", "0")
    columns += [
        ("max_capacity", lambda s: s.people),
        ("pet_ok", _has),
        ("updated_at", lambda s: s.opened),
        ("memo", lambda s: MARK),
    ]
    return _table(columns, 208, city="函館市")


def romaji_heads() -> bytes:
    """Japanese heads in Latin letters, some of two words in one."""
    columns = [("shisetsubango", lambda s: s.no), ("shisetsumei", lambda s: s.name), ("furigana", _hiragana)]
    columns += [("yubin_bango", lambda s: s.postal), ("jusho", lambda s: s.address), ("denwa_bango", lambda s: s.phone)]
    columns += [("ido", lambda s: s.lat), ("keido", lambda s: s.lon), ("kaibatsu", lambda s: s.height)]
    columns += _flags("kouzui dosha_saigai takashio jishin tsunami kaji", range(6))
    columns += [("shuyo_ninzu", lambda s: s.people), ("taisho_chiku", lambda s: s.league), ("biko", lambda s: MARK)]
    return _table(columns, 209)


def halfwidth_heads() -> bytes:
    """The same heads in half-width kana, CP932."""
    columns = [("ｼｾﾂﾊﾞﾝｺﾞｳ", lambda s: s.no), ("ｼｾﾂﾒｲ", lambda s: s.name), ("ｼｾﾂﾒｲｶﾅ", lambda s: s.kana)]
    columns += [("ｼﾞｭｳｼｮ", lambda s: s.address), ("ﾃﾞﾝﾜﾊﾞﾝｺﾞｳ", lambda s: s.phone)]
    columns += [("ｲﾄﾞ", lambda s: s.lat), ("ｹｲﾄﾞ", lambda s: s.lon)]
    columns += _flags("ｺｳｽﾞｲ ﾄﾞｼｬｻｲｶﾞｲ ﾀｶｼｵ ｼﾞｼﾝ ﾂﾅﾐ ｶｻｲ ﾅｲｽｲﾊﾝﾗﾝ", range(7))
    columns += [("ｼｭｳﾖｳﾆﾝｽﾞｳ", lambda s: s.people), ("ﾋﾞｺｳ", lambda s: MARK)]
    return _table(columns, 210, "cp932")


def old_and_nearest() -> bytes:
    """Every column has a neighbour that means another place, person, time or measure."""
    columns = [("No", lambda s: s.no), ("旧施設名", _other_name), ("現施設名", lambda s: s.name)]
    columns += [
        ("最寄り駅の緯度", _elsewhere),
        ("最寄り駅の経度", _not_far),
        ("緯度", lambda s: s.lat),
        ("経度", lambda s: s.lon),
    ]
    columns += [("旧住所", lambda s: s.address.replace("架空", "架空旧")), ("住所", lambda s: s.address)]
    columns += [("管理者電話", lambda s: s.phone.replace("000-", "009-")), ("電話", lambda s: s.phone)]
    columns += [("避難所までの距離", lambda s: s.no * 0.3), ("想定浸水深", lambda s: s.no * 0.1)]
    columns += _flags("土砂災害警戒区域 洪水 津波 開設中", (1, 0, 4, 2))
    columns += [("備考（洪水）", lambda s: "2階以上"), ("洪水時×の理由", lambda s: "川に近い")]
    columns += [
        ("対象人口", lambda s: s.people * 3),
        ("収容台数", lambda s: s.no),
        ("収容人員", lambda s: f"約{s.people:,}人"),
    ]
    columns += [("建築年月日", lambda s: s.opened), ("指定年月日", lambda s: s.opened), ("備考", lambda s: MARK)]
    return _table(columns, 211)


def tsunami_towers() -> bytes:
    """A workbook of tall buildings to flee to: floors, areas and depths beside a capacity and a height above the sea."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([f"津波避難ビル等一覧（{MARK}）"])
    head = [
        "番号",
        "津波避難ビル\n名称",
        "所在地",
        "構造",
        "階数",
        "避難場所（階）",
        "避難可能\n面積（㎡）",
        "避難可能\n人数（人）",
    ]
    sheet.append([*head, "海抜\n(m)", "津波浸水深\n(m)", "緯度", "経度"])
    for s in sites(22, 212, "焼津市"):
        size = ["RC", s.no % 5 + 3, "屋上", s.area, s.people, s.height, s.no * 0.1]
        sheet.append([s.no, s.name, s.address, *size, s.lat, s.lon])
    return book_bytes(book)


def equipment() -> bytes:
    """Facilities with what they have, in the words of a facility manager; X and Y in full width."""
    columns = [
        ("施設コード", lambda s: f"F{s.no:05}"),
        ("大分類", lambda s: "文化施設"),
        ("施設名称", lambda s: s.name),
    ]
    columns += [("施設愛称", lambda s: s.league), ("所在地", lambda s: s.address), ("TEL", lambda s: s.phone)]
    columns += [("E-mail", lambda s: f"f{s.no}@kakuu.example"), ("開館時間（自）", lambda s: "9:00")]
    columns += [
        ("開館時間（至）", lambda s: "21:00"),
        ("休館日・休業日", lambda s: "月曜日"),
        ("建築年度", lambda s: 1980 + s.no),
    ]
    columns += [
        ("延床面積（㎡）", lambda s: s.area),
        ("多機能便房", _has),
        ("オムツ交換台の有無", _has),
        ("授乳室設置", _has),
    ]
    columns += [("車イス貸出", _has), ("誘導用ブロック", _has), ("車いす使用者用駐車区画", _has)]
    columns += [("Ｙ座標", lambda s: s.lat), ("Ｘ座標", lambda s: s.lon), ("施設概要", lambda s: f"{MARK}の会館です。")]
    return _table(columns, 213, "utf-8-sig", "高松市")


def said_in_words() -> bytes:
    """Heads that say at length what stands below them, with figures, brackets and notes."""
    columns = [("①施設の正式な名称※1", lambda s: s.name), ("②所在地（町丁目・番地）", lambda s: s.town + s.lot)]
    columns += [("③緯度（世界測地系・10進）", lambda s: s.lat), ("④経度（世界測地系・10進）", lambda s: s.lon)]
    heads = "洪水に対する安全性 がけ崩れの場合 高潮の際の利用 地震（揺れ） 津波からの避難 大規模な延焼火災時 内水（浸水） 噴火時"
    columns += _flags(heads, range(8), "○", "×")
    columns += [("収容人数（1人/2㎡）※2", lambda s: f"{s.people:,}"), ("敷地の海抜（約ｍ）", lambda s: f"{s.height}m")]
    columns += [
        ("避難対象となる自治会等", lambda s: s.league),
        ("指定避難所と兼用", _has),
        ("備考・補足", lambda s: MARK),
    ]
    return _table(columns, 214)


def groups_of_one() -> bytes:
    """A workbook whose upper row names groups, some of a single column, over a lower row that is filled everywhere."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([f"避難場所等の一覧（{MARK}）"])
    sheet.append(["施設の情報", None, None, "対象とする災害", None, "施設の情報", "位置情報", None, "その他"])
    sheet.append(["施設名", "所在地", "電話番号", "洪水", "地震（建物倒壊等）", "収容人数", "緯度", "経度", "備考"])
    for s in sites(21, 215):
        flags = ["○" if s.flags[kind] else None for kind in (0, 3)]
        sheet.append([s.name, s.address, s.phone, *flags, s.people, s.lat, s.lon, MARK])
    for area in ("A2:C2", "D2:E2", "G2:H2"):
        sheet.merge_cells(area)
    return book_bytes(book)


def codes_repeated() -> bytes:
    """Codes for heads, and the same head again in the middle, as when two files are put together."""
    head = ["P20_001", "P20_002", "P20_003", "P20_005", "P20_007", "P20_008"]
    rows = [
        [s.code[:5], s.name, s.prefecture + s.address, s.people, *("1" if s.flags[kind] else "0" for kind in (3, 4))]
        for s in sites(24, 216)
    ]
    return csv_bytes([head, *rows[:12], head, *rows[12:]])


LAYOUTS: dict[str, Callable[[], bytes]] = {
    function.__name__: function
    for function in (
        portal_list,
        sightseeing,
        upload_form,
        survey_codes,
        care_offices,
        medical_offices,
        cultural_properties,
        snake_heads,
        romaji_heads,
        halfwidth_heads,
        old_and_nearest,
        tsunami_towers,
        equipment,
        said_in_words,
        groups_of_one,
        codes_repeated,
    )
}
