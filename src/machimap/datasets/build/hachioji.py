"""八王子市's eight lists: as a town hall hands them over (CP932, with their dirt), and tidy."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

import pandas as pd

from machimap.datasets.build.descriptor import csv_resource
from machimap.datasets.build.sources import BuildError

LG_CODE = "132012"
_NUMBERED = re.compile(r"^(\d\d)-▶(.+)\.csv$")
_CP932_TWINS = str.maketrans({"−": "－", "–": "－", "—": "―", "〜": "～", "‐": "－"})
HANDOVER_HEAD = ["施設名", "種別", "所在地", "緯度", "経度"]
DIRT = {
    "encoding": "文字コードが CP932（Shift_JIS の仲間）",
    "file_name": "ファイル名に ▶ と全角の括弧が入っている",
    "full_width": "所在地の数字と横棒が全角",
    "trailing_space": "名前や所在地の終わりに空白がある",
    "json_cell": 'URL の列に「"url": "https…"」という書きかけが残っている',
    "two_spellings": "同じ種別が二通りに書かれている",
    "ragged": "見出しにだけ「備考」があり、行の側に値がない",
}


def build(source: Path, target: Path) -> list[dict]:
    """Write the handed-over lists and the tidy twin below `target`; return their resources.

    Facts only: names, addresses, coordinates (six decimals), kinds; of the first list also the URL.
    Raises BuildError when `source` does not hold the city's eight numbered lists.
    """
    lists = _read(source)
    if len(lists) != 8:
        raise BuildError(
            f"八王子市の一覧は8つのはずのところ{len(lists)}つ見つかったので、csv のフォルダを確かめてください。"
        )
    (target / "handover").mkdir(parents=True, exist_ok=True)
    resources = [_write_handover(target, number, title, rows) for number, title, rows in lists]
    tidy = pd.concat([_tidy(number, title, rows) for number, title, rows in lists], ignore_index=True)
    tidy.to_csv(target / "tidy.csv", index=False, lineterminator="\n")
    fields = [{"name": name, "type": "number" if name in ("緯度", "経度") else "string"} for name in tidy.columns]
    return [csv_resource("tidy", "tidy.csv", fields, title="8つの一覧を1つに整えた表（答え）"), *resources]


def _read(source: Path) -> list[tuple[str, str, list[dict[str, str]]]]:
    lists = []
    for path in sorted(source.rglob("*.csv")):
        name = _NUMBERED.match(unicodedata.normalize("NFC", path.name))
        if not name:
            continue
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [{key: value for key, value in row.items() if key} for row in csv.DictReader(stream)]
        lists.append((*name.groups(), rows))
    return lists


def _write_handover(target: Path, number: str, title: str, rows: list[dict[str, str]]) -> dict:
    extra = ["URL"] if number == "01" else (["備考"] if "備考" in rows[0] else [])
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([*HANDOVER_HEAD, *extra])
    for row in rows:
        cells = [row["name"], row["分類"], row["住所"] or "", _round(row["lat"]), _round(row["lon"])]
        writer.writerow(cells + ([row["URL"]] if number == "01" else []))
    path = f"handover/{number}_▶{_short(title)}.csv"
    (target / path).write_bytes(stream.getvalue().translate(_CP932_TWINS).encode("cp932"))
    fields = [{"name": name, "type": "string"} for name in [*HANDOVER_HEAD, *extra]]
    return csv_resource(f"handover-{number}", path, fields, title=title, encoding="cp932", dirt=_dirt(rows, extra))


def _short(title: str) -> str:
    return title.replace("（避難所）", "").replace("（応急給水拠点）", "")


def _dirt(rows: list[dict[str, str]], extra: list[str]) -> list[str]:
    found = ["encoding", "file_name"]
    if any(re.search("[０-９－−―ー]", row["住所"] or "") for row in rows):
        found.append("full_width")
    if any(row[key] != (row[key] or "").strip() for row in rows for key in ("name", "住所") if row[key]):
        found.append("trailing_space")
    if any('"url"' in (row.get("URL") or "") for row in rows) and "URL" in extra:
        found.append("json_cell")
    if len({row["分類"] for row in rows}) > 1 and len({_kind(row["分類"]) for row in rows}) == 1:
        found.append("two_spellings")
    if "備考" in extra:
        found.append("ragged")
    return [DIRT[name] for name in found]


def _tidy(number: str, title: str, rows: list[dict[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "一覧番号": number,
            "一覧": _kind(title),
            "名称": [tidy_text(row["name"]) for row in rows],
            "種別": [_kind(row["分類"]) for row in rows],
            "所在地_連結表記": [_address(row["住所"] or "") for row in rows],
            "緯度": [float(_round(row["lat"])) for row in rows],
            "経度": [float(_round(row["lon"])) for row in rows],
            "URL": [_url(row.get("URL") or "") for row in rows],
        }
    )


def tidy_text(text: str) -> str:
    """Return text in NFKC, one blank between words, none at the ends."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def _address(text: str) -> str:
    plain = re.sub(r"(?<=[0-9A-Za-z])[−–—‐ー―－](?=[0-9A-Za-z])", "-", tidy_text(text))
    return plain if plain.startswith("東京都") else "東京都八王子市" + plain


def _kind(text: str) -> str:
    plain = tidy_text(text).replace("[", "(").replace("]", ")").replace("-地震", "地震")
    plain = re.sub(r"地震\(屋外\)", "地震(屋外)", plain)
    return re.sub(r"^\([市都]\)|一覧$", "", plain)


def _url(text: str) -> str:
    found = re.search(r"https?://[^\s\"]+", text)
    return found.group(0) if found else ""


def _round(text: str) -> str:
    return f"{float(text):.6f}"
