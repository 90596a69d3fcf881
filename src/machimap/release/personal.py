"""Personal data in texts and tables: telephone, e-mail, My Number, lists of people; facilities are no people."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

STRONG = re.compile(
    r"生年月日|誕生日|個人番号|マイナンバー|被保険者番号|口座番号|世帯主|続柄|本籍|手帳番号|免許証番号|旅券番号|パスポート番号|病名|既往歴|所得額"
    r"|date_?of_?birth|birth_?date|my_?number|account_?no|passport",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"^(氏名|お?名前|姓|名|漢字氏名|氏名.*|本人氏名|申請者|申請者名|利用者名|住民名|full_?name|last_?name|first_?name)$",
    re.IGNORECASE,
)
BESIDE = re.compile(r"住所|電話|携帯|メール|年齢|性別|address|phone|mobile|e-?mail|age|gender|sex", re.IGNORECASE)
FACILITY = re.compile(r"^(名称|施設|施設名|施設・場所名|場所|name|建物名|.*所在地.*|避難所名|設置場所)", re.IGNORECASE)
CONTACT = re.compile(r"電話|TEL|FAX|連絡先|メール|mail|問い?合わ?せ", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\d.\-])(?:\+81[- ]?\d{1,4}|\(?0\d{1,4}\)?)[- (]{0,2}\d{1,4}[- )]{0,2}\d{3,4}(?![\d.]|-\d)")
_MAIL = re.compile(r"(?<![\w.+/@-])[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w@])")
_TWELVE = re.compile(r"(?<![\d.\-])\d{4}[ -]?\d{4}[ -]?\d{4}(?![\d.]|-\d)")
_NUMBER_WORDS = re.compile(r"マイナンバー|個人番号|my\s*number", re.IGNORECASE)
_BORN = re.compile(r"(?:生年月日|誕生日)\s*[:：は]?\s*(?:(?:明治|大正|昭和|平成|令和|[MTSHR])\s*\d|(?:19|20)\d\d)")
_NAMED = re.compile(r"(?:氏名|お名前|世帯主)\s*[:：]\s*[^\s（(〈<_＿]{2,}")
_HOME = re.compile(r"(?:住所|自宅|携帯|電話)\s*[:：]\s*\S{4,}")
_OPEN_MAIL = re.compile(
    r"(?:^|[@.])(?:example\.(?:com|org|net|jp)|example|invalid|test|localhost|noreply\.github\.com|users\.noreply\.github\.com)$|\.(?:lg|go)\.jp$",
    re.IGNORECASE,
)
_ROLES = re.compile(r"^(?:git|no-?reply|info|support|contact|security|opendata|open-data|kouhou|bosai)@", re.IGNORECASE)
_OFFICE = re.compile(r"問い?合わ?せ|連絡先|代表|電話|課|係|局|部|室|センター|役所|役場|TEL|内線", re.IGNORECASE)
_FREE = ("0120", "0570", "0800")
_OPEN_DOCUMENTS = re.compile(
    r"(?:^|/)(?:README|SUPPORT|SECURITY|CONTRIBUTING|CODE_OF_CONDUCT|publiccode|LICENSE|REUSE|release|.*\.html$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Person:
    """Something of a person: where (line or column), what it is, and a part of it."""

    where: str
    kind: str
    shown: str


def in_text(text: str, path: str, *, mails: bool = True) -> list[Person]:
    """Return what a text tells of people: mobile and private telephone numbers, e-mail, My Number, names with birth or home."""
    found, lines = [], text.splitlines()
    for number, raw in enumerate(lines, start=1):
        if len(raw) > 20_000 or not re.search(r"[0-9０-９@＠名生]", raw):
            continue
        line = unicodedata.normalize("NFKC", raw)
        where = f"{number}行"
        found += [Person(where, "電話番号", _hidden(one)) for one in _phones(line, path)]
        if mails:
            found += [Person(where, "メールアドレス", _hidden(one)) for one in _mails(line)]
        if _NUMBER_WORDS.search(line):
            numbers = [one for one in _TWELVE.findall(line) if is_my_number(one)]
            found += [Person(where, "マイナンバー", _hidden(one)) for one in numbers]
        if _BORN.search(line):
            found.append(Person(where, "生年月日", _BORN.search(line).group()[:4] + "…"))
        elif _NAMED.search(line) and any(
            _HOME.search(unicodedata.normalize("NFKC", near)) for near in lines[max(0, number - 3) : number + 3]
        ):
            found.append(Person(where, "氏名と住所・電話", "氏名…"))
    return found


def in_table(head: list[str], rows: list[list[str]]) -> list[Person]:
    """Return what a table tells of people, by its column names and cells; contacts of facilities are allowed."""
    names = [unicodedata.normalize("NFKC", str(name)).strip() for name in head]
    columns = {name: [row[n] for row in rows if n < len(row) and row[n].strip()] for n, name in enumerate(names)}
    full = {name: cells for name, cells in columns.items() if cells}
    found = [Person(f"列「{name}」", "人の情報の列", name) for name in full if STRONG.search(name)]
    people = [name for name in full if PERSON.match(name)]
    beside = [name for name in full if BESIDE.search(name) and name not in people]
    is_facility = any(FACILITY.match(name) for name in names) and not people and not found
    if people and beside and not (any(FACILITY.match(name) for name in names) and _same(full[people[0]])):
        found.append(Person(f"列「{people[0]}」", "氏名の列と" + "・".join(beside[:2]), people[0]))
    for name, cells in full.items():
        found += _cells(name, cells, is_facility)
    return found


def is_my_number(text: str) -> bool:
    """Return whether 12 digits end in the right check digit.

    Weights n + 1 for the digits 1 to 6 from the right and n - 5 for 7 to 11; 11 minus the remainder by 11, and 0
    for a remainder of 0 or 1 (平成26年総務省令第85号 第5条).
    """
    digits = [int(char) for char in re.sub(r"\D", "", text)]
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    total = sum(digit * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits[:11]), start=1))
    rest = total % 11
    return digits[11] == (0 if rest <= 1 else 11 - rest)


def _cells(name: str, cells: list[str], is_facility: bool) -> list[Person]:
    where = f"列「{name}」"
    numbers = [
        cell
        for cell in cells
        if re.fullmatch(r"\d{4}[ -]?\d{4}[ -]?\d{4}", unicodedata.normalize("NFKC", cell).strip())
    ]
    if len(numbers) == len(cells) >= 3 and all(is_my_number(unicodedata.normalize("NFKC", cell)) for cell in numbers):
        return [Person(where, "マイナンバー", _hidden(numbers[0]))]
    if is_facility and CONTACT.search(name):
        return []
    for cell in cells:
        line = unicodedata.normalize("NFKC", cell)
        phones = [] if is_facility and not _mobile_only(line) else _phones(line, "")
        for kind, hits in (("電話番号", phones), ("メールアドレス", _mails(line))):
            if hits:
                return [Person(where, kind, _hidden(hits[0]))]
    return []


def _mobile_only(line: str) -> bool:
    return any(_is_mobile(one) for one in _PHONE.findall(line))


def _phones(line: str, path: str) -> list[str]:
    found = []
    for match in _PHONE.finditer(line):
        text, digits = match.group(), re.sub(r"\D", "", match.group().replace("+81", "0"))
        if not (_is_mobile(text) or (len(digits) == 10 and re.search(r"[-()]", text))):
            continue
        if digits.startswith(_FREE) or len(set(digits[1:])) <= 2:
            continue
        if not _is_mobile(text) and (_OPEN_DOCUMENTS.search(path) or _OFFICE.search(line)):
            continue
        found.append(text)
    return found


def _is_mobile(text: str) -> bool:
    digits = re.sub(r"\D", "", text.replace("+81", "0"))
    return (
        len(digits) == 11 and digits[:3] in ("070", "080", "090") and bool(re.search(r"[-() ]", text) or digits == text)
    )


def _mails(line: str) -> list[str]:
    found = _MAIL.findall(line)
    return [
        one
        for one in found
        if not _OPEN_MAIL.search(one.partition("@")[2])
        and not _ROLES.match(one)
        and not one.endswith((".png", ".js", ".py"))
    ]


def _same(cells: list[str]) -> bool:
    return len(set(cells)) <= 1


def _hidden(text: str) -> str:
    return text[:3] + "…"
