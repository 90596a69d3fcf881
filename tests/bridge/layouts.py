"""Tables in forms that towns publish, made here: the layouts are our own, every fact is invented and marked 架空データ.

Each public function returns the bytes of one file, the same ones every time; LAYOUTS names them all. The right mapping of
each stands in answers/layout_….yml.
"""

from __future__ import annotations

import datetime
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import openpyxl
import xlwt
from openpyxl.styles import Font

MARK = "架空データ"
HAZARDS = ("洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象")
_KINDS = (
    ("小学校", "ショウガッコウ", "Elementary School"),
    ("中学校", "チュウガッコウ", "Junior High School"),
    ("公民館", "コウミンカン", "Community Center"),
    ("公園", "コウエン", "Park"),
    ("体育館", "タイイクカン", "Gymnasium"),
    ("集会所", "シュウカイジョ", "Hall"),
)
_NAMES = (
    ("青葉", "アオバ", "Aoba"),
    ("若草", "ワカクサ", "Wakakusa"),
    ("緑川", "ミドリカワ", "Midorikawa"),
    ("白鳥", "シラトリ", "Shiratori"),
)
_DISTRICTS = ("東部", "西部", "北部")


@dataclass(frozen=True)
class Site:
    """One invented place."""

    no: int
    name: str
    kana: str
    english: str
    postal: str
    prefecture: str
    city: str
    code: str
    town: str
    lot: str
    lat: float
    lon: float
    height: float
    phone: str
    flags: tuple[bool, ...]
    also_shelter: bool
    people: int
    area: int
    district: str
    league: str
    opened: datetime.date

    @property
    def address(self) -> str:
        return f"{self.city}{self.town}{self.lot}"

    @property
    def url(self) -> str:
        return f"https://kakuu.example/shisetsu/{self.no:03}.html"

    def signs(self, yes: str = "○", no: str = "") -> list[str]:
        return [yes if flag else no for flag in self.flags]


def sites(count: int = 24, seed: int = 5, city: str = "八王子市") -> list[Site]:
    """Return invented places within the bounds of a real municipality; their names and addresses do not exist."""
    chance = random.Random(seed)
    prefecture, code, south, west, area = {
        "八王子市": ("東京都", "132012", 35.62, 139.27, "042"),
        "焼津市": ("静岡県", "222127", 34.82, 138.28, "054"),
        "高松市": ("香川県", "372013", 34.26, 134.00, "087"),
        "函館市": ("北海道", "012025", 41.77, 140.72, "0138"),
    }[city]
    made = []
    for no in range(1, count + 1):
        kind, kana, english = chance.choice(_KINDS)
        name, name_kana, name_english = chance.choice(_NAMES)
        made.append(
            Site(
                no,
                f"架空{name}第{no}{kind}",
                f"カクウ{name_kana}ダイ{no}{kana}",
                f"Kakuu {name_english} {english} No.{no}",
                f"{chance.randrange(100, 999)}-{chance.randrange(10, 9999):04}",
                prefecture,
                city,
                code,
                f"架空{chance.choice('東西南北中')}町",
                f"{chance.randrange(1, 9)}-{chance.randrange(1, 30)}-{chance.randrange(1, 20)}",
                round(south + chance.random() * 0.06, 6),
                round(west + chance.random() * 0.06, 6),
                round(chance.uniform(2, 180), 1),
                f"{area}-000-{no:04}",
                tuple(chance.random() < 0.6 for _ in HAZARDS),
                chance.random() < 0.4,
                chance.randrange(5, 200) * 10,
                chance.randrange(100, 9000),
                _DISTRICTS[(no - 1) * 3 // count],
                f"架空{name}町会",
                datetime.date(2015, 4, 1) + datetime.timedelta(days=chance.randrange(3000)),
            )
        )
    return made


def csv_bytes(rows: Iterable[Iterable[object]], encoding: str = "utf-8", mark: str = ",", end: str = "\r\n") -> bytes:
    """Return rows as text; a cell is quoted when it must be."""
    return end.join([mark.join(_quoted(str(cell), mark) for cell in row) for row in rows] + [""]).encode(encoding)


def _quoted(cell: str, mark: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in (mark, '"', "\n", "\r")) else cell


def book_bytes(book: openpyxl.Workbook) -> bytes:
    """Return a workbook's bytes."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """Return a zip with these files, always the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 4, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def plain_cp932() -> bytes:
    """The common case: one head, CP932, circles."""
    head = [
        "番号",
        "施設名称",
        "施設名称カナ",
        "所在地",
        "電話番号",
        "北緯",
        "東経",
        *(f"{name}" for name in HAZARDS),
        "収容可能人数",
        "備考",
    ]
    rows = [
        [s.no, s.name, s.kana, s.address, s.phone, s.lat, s.lon, *s.signs("○", "×"), f"{s.people}人", MARK]
        for s in sites()
    ]
    return csv_bytes([head, *rows], "cp932")


def title_and_notes() -> bytes:
    """A title, a date and a blank row above the head; a total and notes below; trailing commas everywhere."""
    rows = [
        [f"避難場所一覧（{MARK}）", "", "", "", "", "", "", ""],
        ["", "", "", "", "", "令和8年4月1日現在", "", ""],
        [""] * 8,
        ["No.", "名　　称", "住　　所", "電話", "地区", "収容人数（人）", "", ""],
        *([s.no, s.name, s.address, s.phone, s.district, f"{s.people:,}", "", ""] for s in sites(20)),
        ["合　計", "", "", "", "", f"{sum(s.people for s in sites(20)):,}", "", ""],
        ["※収容人数は、1人あたり2平方メートルで計算しています。", "", "", "", "", "", "", ""],
        ["（注）この表は架空のものです。", "", "", "", "", "", "", ""],
    ]
    return csv_bytes(rows, "utf-8-sig")


def two_row_head_merged() -> bytes:
    """An Excel sheet with a merged title and a head over two rows, merged across and down."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "避難場所"
    sheet.append([f"指定緊急避難場所一覧（{MARK}）"])
    sheet.append(
        ["№", "施設名", "所在地", "災害の種別", *[None] * 7, "位置", None, "標高\n（ｍ）", "指定避難所\nとの重複"]
    )
    sheet.append(
        [
            None,
            None,
            None,
            "洪水",
            "土砂災害",
            "高潮",
            "地震",
            "津波",
            "大規模\n火災",
            "内水\n氾濫",
            "火山",
            "緯度",
            "経度",
        ]
    )
    for s in sites(18, seed=6):
        sheet.append(
            [s.no, s.name, s.address, *s.signs("〇"), s.lat, s.lon, s.height, "〇" if s.also_shelter else None]
        )
    sheet.merge_cells("A1:O1")
    for column in "ABCNO":
        sheet.merge_cells(f"{column}2:{column}3")
    sheet.merge_cells("D2:K2")
    sheet.merge_cells("L2:M2")
    sheet["A1"].font = Font(bold=True)
    return book_bytes(book)


def two_row_head_csv() -> bytes:
    """The same kind of head after it was saved as CSV: the merged cells have become gaps."""
    rows = [
        ["施設ID", "施設名", "郵便番号", "住所", "座標", "", "災害種別", "", "", "", "収容人数", "", "担当課"],
        ["", "", "", "", "緯度", "経度", "洪水", "土砂", "地震", "津波", "屋内", "屋外", ""],
        *(
            [
                f"K{s.no:04}",
                s.name,
                s.postal,
                s.address,
                s.lat,
                s.lon,
                *(s.signs("1")[n] for n in (0, 1, 3, 4)),
                s.people,
                s.area,
                "防災課（架空）",
            ]
            for s in sites(22, seed=7)
        ),
    ]
    return csv_bytes(rows, "cp932")


def hazards_in_one_cell() -> bytes:
    """The hazards as words in a single column."""
    words = ("洪水", "土砂災害", "高潮", "地震", "津波", "火災", "内水", "火山")
    rows = [
        [
            s.name,
            s.prefecture + s.address,
            s.phone,
            "、".join(w for w, flag in zip(words, s.flags, strict=True) if flag),
            s.lat,
            s.lon,
            MARK,
        ]
        for s in sites(seed=8)
    ]
    return csv_bytes([["避難場所名", "所在地", "連絡先", "対応する災害", "緯度", "経度", "備考"], *rows])


def degrees_minutes() -> bytes:
    """Coordinates in degrees, minutes and seconds."""

    def dms(value: float) -> str:
        seconds = round(value * 3600, 2)
        return f"{int(seconds // 3600)}度{int(seconds % 3600 // 60)}分{seconds % 60:.2f}秒"

    rows = [
        [s.name, s.kana, s.address, f"北緯{dms(s.lat)}", f"東経{dms(s.lon)}", f"{s.height}m", f"約{s.people}人", MARK]
        for s in sites(seed=9)
    ]
    return csv_bytes(
        [["名称", "よみがな", "場所", "緯度（北緯）", "経度（東経）", "海抜", "避難可能人数", "摘要"], *rows], "cp932"
    )


def one_position_column() -> bytes:
    """Latitude and longitude in one cell."""
    rows = [[s.no, s.name, s.address, f"{s.lat},{s.lon}", s.phone, s.url] for s in sites(seed=10)]
    return csv_bytes([["NO", f"名称（{MARK}）", "所在地", "緯度経度", "TEL", "ホームページ"], *rows])


def swapped_heads() -> bytes:
    """The heads of latitude and longitude stand over each other's values."""
    rows = [[s.name, s.address, s.lon, s.lat, *s.signs("1"), s.league] for s in sites(seed=11)]
    return csv_bytes(
        [["名称", "住所", "緯度", "経度", *(f"災害種別_{name}" for name in HAZARDS), f"町会（{MARK}）"], *rows]
    )


def keys_below_labels() -> bytes:
    """Japanese labels, and a row of English keys under them."""
    rows = [[s.no, s.name, s.address, s.lat, s.lon, s.phone, s.people, MARK] for s in sites(seed=12)]
    head = [
        ["番号", "施設の名前", "所在地", "緯度", "経度", "電話番号", "最大収容人数", "備考"],
        ["#property", "name", "address", "latitude", "longitude", "telephoneNumber", "capacity", "note"],
    ]
    return csv_bytes([*head, *rows])


def semicolons_utf16() -> bytes:
    """UTF-16 with semicolons, and commas within the cells."""
    rows = [[s.name, f"{s.prefecture}, {s.address}", s.lat, s.lon, s.phone, f"{MARK}, 説明"] for s in sites(seed=13)]
    return csv_bytes([["施設名", "所在地", "緯度", "経度", "電話", "備考"], *rows], "utf-16", ";")


def tabs_euc() -> bytes:
    """Tabs in EUC-JP."""
    rows = [[f"{s.no:03}", s.name, s.town, s.lot, s.phone, s.lat, s.lon, MARK] for s in sites(seed=14)]
    return csv_bytes(
        [["整理番号", "施設名", "町名", "番地", "電話番号", "緯度", "経度", "備考"], *rows], "euc_jp", "\t", "\n"
    )


def formatted_workbook() -> bytes:
    """A cover, a hidden sheet, a code list; codes that only a number format pads, dates, a formula's last value."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "表紙"
    cover["B3"], cover["B5"] = f"避難場所台帳（{MARK}）", "防災課"
    sheet = book.create_sheet("台帳")
    sheet.append(
        [
            "管理番号",
            "団体コード",
            "施設名",
            "郵便番号",
            "所在地",
            "指定年月日",
            "収容人数",
            "緯度",
            "経度",
            "洪水",
            "地震",
        ]
    )
    for s in sites(20, seed=15, city="函館市"):
        sheet.append(
            [
                s.no,
                int(s.code),
                s.name,
                int(s.postal.replace("-", "")),
                s.address,
                s.opened,
                s.people,
                s.lat,
                s.lon,
                s.flags[0],
                s.flags[3],
            ]
        )
        row = sheet.max_row
        for column, code in (
            ("A", "0000"),
            ("B", "000000"),
            ("D", "000-0000"),
            ("F", "[$-411]ge.m.d;@"),
            ("G", '#,##0"人"'),
        ):
            sheet[f"{column}{row}"].number_format = code
    codes = book.create_sheet("コード表")
    for number in range(1, 9):
        codes.append([number, HAZARDS[number - 1]])
    hidden = book.create_sheet("作業用")
    hidden.sheet_state = "hidden"
    for number in range(200):
        hidden.append([number, "作業用", "架空", number * 2, "x", "y", "z", "x", "y", "z", "x", "y", "z"])
    return book_bytes(book)


def old_workbook() -> bytes:
    """The old binary xls, with a merged title, padded codes and dates."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("一覧")
    sheet.write_merge(0, 0, 0, 7, f"避難所・避難場所一覧（{MARK}）")
    for column, name in enumerate(["コード", "施設名", "所在地", "電話番号", "緯度", "経度", "面積（㎡）", "指定日"]):
        sheet.write(1, column, name)
    padded, day = xlwt.easyxf(num_format_str="00000"), xlwt.easyxf(num_format_str="yyyy/m/d")
    for row, s in enumerate(sites(20, seed=16, city="焼津市"), start=2):
        sheet.write(row, 0, s.no, padded)
        for column, value in enumerate([s.name, s.address, s.phone, s.lat, s.lon, s.area], start=1):
            sheet.write(row, column, value)
        sheet.write(row, 7, s.opened, day)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def records_json() -> bytes:
    """Records inside an answer of an interface."""
    records = [
        {
            "id": f"k{s.no}",
            "name": s.name,
            "name_kana": s.kana,
            "address": s.address,
            "location": {"lat": s.lat, "lon": s.lon},
            "tel": s.phone,
            "capacity": s.people,
            "note": MARK,
        }
        for s in sites(seed=17)
    ]
    return json.dumps(
        {"success": True, "result": {"total": len(records), "records": records}}, ensure_ascii=False
    ).encode()


def points_geojson() -> bytes:
    """Points as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [s.lon, s.lat]},
            "properties": {
                "施設名": s.name,
                "住所": s.address,
                "電話": s.phone,
                "洪水": int(s.flags[0]),
                "地震": int(s.flags[3]),
                "津波": int(s.flags[4]),
                "備考": MARK,
            },
        }
        for s in sites(seed=18, city="焼津市")
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def zipped() -> bytes:
    """A zip with a note, a list of columns and the table in a folder."""
    rows = [
        [s.code, s.no, s.name, s.kana, s.prefecture, s.city, s.town, s.lot, s.lat, s.lon, MARK] for s in sites(seed=19)
    ]
    head = [
        "市区町村コード",
        "NO",
        "名称",
        "名称_カナ",
        "都道府県名",
        "市区町村名",
        "町名",
        "番地",
        "緯度",
        "経度",
        "備考",
    ]
    return zip_bytes(
        {
            "readme.txt": f"これは{MARK}です。".encode("cp932"),
            "opendata/項目の説明.csv": csv_bytes(
                [["項目", "意味"], ["名称", "施設の名前"], ["緯度", "世界測地系"]], "cp932"
            ),
            "opendata/132012_避難場所.csv": csv_bytes([head, *rows], "cp932"),
        }
    )


def grouped_by_district() -> bytes:
    """Rows that name a district, subtotals, and a district merged down the first column."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([f"指定避難所・避難場所（{MARK}）"])
    sheet.append(["地区", "避難場所名", "住所", "電話番号", "収容人数", "緯度", "経度"])
    for district in _DISTRICTS:
        sheet.append([f"【{district}地区】"])
        sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=7)
        inside = [s for s in sites(21, seed=20) if s.district == district]
        first = sheet.max_row + 1
        for s in inside:
            sheet.append([district if s is inside[0] else None, s.name, s.address, s.phone, s.people, s.lat, s.lon])
        sheet.merge_cells(start_row=first, end_row=sheet.max_row, start_column=1, end_column=1)
        sheet.append(["小計", None, None, None, sum(s.people for s in inside)])
    sheet.append(["合計", None, None, None, sum(s.people for s in sites(21, seed=20))])
    return book_bytes(book)


def no_head() -> bytes:
    """No head at all."""
    return csv_bytes(
        [[s.name, s.prefecture + s.address, s.phone, s.lat, s.lon, s.postal] for s in sites(seed=21)], "cp932"
    )


def opening_hours() -> bytes:
    """Public facilities with opening hours, closing days and an office in charge."""
    rows = [
        [
            s.name,
            s.kana,
            s.address,
            s.phone,
            s.phone.replace("000", "001"),
            "9:00",
            "17:00",
            "月火水木金",
            "祝日と年末年始は休み",
            s.url,
            f"{MARK}の施設です。",
            s.lat,
            s.lon,
        ]
        for s in sites(seed=22)
    ]
    head = [
        "施設名",
        "フリガナ",
        "住所",
        "電話番号",
        "FAX番号",
        "開館時間",
        "閉館時間",
        "利用できる曜日",
        "休館日",
        "ホームページアドレス",
        "施設の説明",
        "緯度",
        "経度",
    ]
    return csv_bytes([head, *rows], "utf-8-sig")


def barrier_free() -> bytes:
    """Public facilities with what helps those who need it, as 有 and 無."""
    chance = random.Random(23)
    names = ["車椅子対応トイレ", "オストメイト", "授乳室", "おむつ交換台", "点字ブロック", "優先駐車場", "車椅子の貸出"]
    rows = [
        [
            f"{s.no:02}",
            s.name,
            s.english,
            s.postal,
            s.prefecture,
            s.city,
            s.town + s.lot,
            *(chance.choice("有無") for _ in names),
            s.lat,
            s.lon,
            MARK,
        ]
        for s in sites(seed=23)
    ]
    return csv_bytes(
        [
            [
                "施設番号",
                "施設名称",
                "施設名称（英語）",
                "〒",
                "都道府県",
                "市区町村",
                "町名番地",
                *names,
                "緯度",
                "経度",
                "備考",
            ],
            *rows,
        ]
    )


def double_encoded() -> bytes:
    """CP932 that was taken for Latin-1 and saved as UTF-8."""
    rows = [[s.code, s.no, s.name, s.kana, s.address, s.lat, s.lon, s.phone, MARK] for s in sites(seed=24)]
    head = ["全国地方公共団体コード", "ID", "名称", "名称_カナ", "所在地_連結表記", "緯度", "経度", "電話番号", "備考"]
    return csv_bytes([head, *rows], "cp932").decode("latin-1").encode("utf-8-sig")


def breaks_in_head() -> bytes:
    """Line breaks inside the head's cells, a blank second row, columns without a name at the end."""
    rows = [[s.code, s.city, s.name, s.address, s.lat, s.lon, *s.signs("1"), "", "", ""] for s in sites(seed=25)]
    head = [
        "市区町村\nコード",
        "市区町村",
        "施設\n名称",
        "所在地\n（住所）",
        "緯度\n(世界測地系)",
        "経度\n(世界測地系)",
        *HAZARDS,
        f"その他\n（{MARK}）",
        "",
        "",
    ]
    return csv_bytes([head, [""] * len(head), *rows], "utf-8-sig")


def ragged_with_end_mark() -> bytes:
    """Rows of different lengths and an old end-of-file mark."""
    rows = [
        [s.name, s.address, s.phone, s.lat, s.lon, MARK][: 6 - s.no % 2] + (["", ""] if s.no % 3 == 0 else [])
        for s in sites(seed=26)
    ]
    return csv_bytes([["名称", "所在", "問い合わせ電話", "緯度", "経度", "備考"], *rows], "cp932") + b"\x1a"


def split_address() -> bytes:
    """The address in parts, the building apart, the position in the world system's letters."""
    rows = [
        [
            s.no,
            s.name,
            s.prefecture,
            s.city,
            s.town,
            s.lot,
            "架空ビル2階" if s.no % 4 == 0 else "",
            s.lon,
            s.lat,
            "該当" if s.also_shelter else "",
            MARK,
        ]
        for s in sites(seed=27)
    ]
    head = [
        "連番",
        "避難場所",
        "都道府県",
        "市町村",
        "大字・町",
        "番地",
        "ビル名",
        "X（経度）",
        "Y（緯度）",
        "指定避難所",
        "備考",
    ]
    return csv_bytes([head, *rows])


def shifted_by_one() -> bytes:
    """From the fourth column on every value stands one column too far to the right of its head."""
    rows = [[s.no, s.name, s.address, "", s.phone, s.lat, s.lon, s.people] for s in sites(seed=28)]
    return csv_bytes(
        [["番号", f"名称（{MARK}）", "住所", "電話番号", "緯度", "経度", "収容人数", "備考"], *rows], "cp932"
    )


def units_below() -> bytes:
    """A row with units under the head, full-width digits, wide dashes."""
    wide = str.maketrans("0123456789-.", "０１２３４５６７８９－．")
    rows = [
        [
            str(s.no).translate(wide),
            s.name,
            s.address.translate(wide),
            str(s.height).translate(wide),
            str(s.people).translate(wide),
            str(s.area).translate(wide),
            str(s.lat),
            str(s.lon),
        ]
        for s in sites(seed=29)
    ]
    head = [
        ["番号", f"施設名（{MARK}）", "所在地", "標高", "収容人数", "面積", "緯度", "経度"],
        ["", "", "", "（m）", "（人）", "（㎡）", "", ""],
    ]
    return csv_bytes([*head, *rows], "cp932")


def older_standard() -> bytes:
    """The recommended form of before 2023, with every hazard and the group the place belongs to."""
    rows = [
        [
            s.code,
            s.no,
            s.prefecture,
            s.city,
            s.name,
            s.kana,
            s.prefecture + s.address,
            "",
            s.lat,
            s.lon,
            s.height,
            f"({s.phone[:3]}){s.phone[4:]}",
            "",
            *s.signs("1"),
            "1" if s.also_shelter else "",
            s.people,
            f"{s.league};{s.league}２区",
            s.url,
            MARK,
        ]
        for s in sites(seed=30, city="焼津市")
    ]
    head = [
        "都道府県コード又は市区町村コード",
        "NO",
        "都道府県名",
        "市区町村名",
        "名称",
        "名称_カナ",
        "住所",
        "方書",
        "緯度",
        "経度",
        "標高",
        "電話番号",
        "内線番号",
        *(f"災害種別_{name}" for name in HAZARDS),
        "指定避難所との重複",
        "想定収容人数",
        "対象となる町会・自治会",
        "URL",
        "備考",
    ]
    return csv_bytes([head, *rows])


def prefecture_wide() -> bytes:
    """A prefecture's list of several municipalities, with its own short heads."""
    rows = [
        [
            s.code,
            s.city,
            s.name,
            s.address,
            s.lat,
            s.lon,
            "、".join(
                w for w, flag in zip(("洪", "土", "潮", "震", "波", "火", "内", "山"), s.flags, strict=True) if flag
            ),
            MARK,
        ]
        for city in ("八王子市", "焼津市", "高松市")
        for s in sites(12, seed=31, city=city)
    ]
    return csv_bytes([["コード", "市町名", "施設・場所名", "所在地", "緯度", "経度", "種別", "備考"], *rows], "cp932")


def column_numbers() -> bytes:
    """A row that numbers the columns, dates of the Japanese era, a head repeated on every printed page."""
    head = ["番号", "名称", "所在地", "指定年月日", "対象地区", "電話番号", "想定人数", "備考"]
    numbers = [f"({n})" for n in range(1, 9)]
    rows = [
        [
            s.no,
            s.name,
            s.address,
            f"令和{s.opened.year - 2018 if s.opened.year > 2018 else 1}年{s.opened.month}月{s.opened.day}日",
            s.league,
            s.phone,
            s.people,
            MARK,
        ]
        for s in sites(seed=32)
    ]
    return csv_bytes([head, numbers, *rows[:12], head, *rows[12:]], "cp932")


def signs_of_degree() -> bytes:
    """One column a hazard, with ◎ for the whole place, △ for a part and × for no; which is a matter for the clerk."""
    chance = random.Random(33)
    rows = [
        [s.name, s.address, *(chance.choice("◎○△×－") for _ in range(5)), s.lat, s.lon, f"{s.people}名", MARK]
        for s in sites(seed=33, city="高松市")
    ]
    return csv_bytes(
        [
            [
                "施設名",
                "住所",
                "洪水時",
                "土砂災害時",
                "高潮時",
                "地震時",
                "津波時",
                "緯度",
                "経度",
                "収容数",
                "特記事項",
            ],
            *rows,
        ]
    )


LAYOUTS: dict[str, Callable[[], bytes]] = {
    function.__name__: function
    for function in (
        plain_cp932,
        title_and_notes,
        two_row_head_merged,
        two_row_head_csv,
        hazards_in_one_cell,
        degrees_minutes,
        one_position_column,
        swapped_heads,
        keys_below_labels,
        semicolons_utf16,
        tabs_euc,
        formatted_workbook,
        old_workbook,
        records_json,
        points_geojson,
        zipped,
        grouped_by_district,
        no_head,
        opening_hours,
        barrier_free,
        double_encoded,
        breaks_in_head,
        ragged_with_end_mark,
        split_address,
        shifted_by_one,
        units_below,
        older_standard,
        prefecture_wide,
        column_numbers,
        signs_of_degree,
    )
}
