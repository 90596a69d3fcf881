"""People in the cells of columns that are published: found by conservative rules, and always for a person to judge."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import pandas as pd

from machimap.bridge.mapping.values import LOOKS, municipality_names
from machimap.bridge.mapping.vocabulary import speaks_of_persons, vocabulary
from machimap.bridge.records import Mapping
from machimap.bridge.targets import Target

HIDDEN = "＊"
TO_READ = "人のことがないか、公開する前に1行ずつ見る"
CONTACT = "連絡先備考（その他、SNSなど）"
_PLACES = ("name", "address", "address_part")
_TEXTS = ("text", "list")
_NO_TEXTS = frozenset(["画像_ライセンス", "外部識別子", "外部識別子の値", "高度の種別"])
_SHOWN_ROWS, _SHOWN_PIECES = 10, 3
_KANJI, _KATAKANA = "一-鿿々", "ァ-ヶー"
# What stands in no cell without them; most cells are done with after this.
_QUICK = re.compile(
    r"様|さん|氏|@|＠|要支援|要介護|要配慮|生年月日|日生|鍵|担当|責任者|代表|管理者|管理人|会長|区長|班長|委員|"
    r"[0０][0-9０-９]{1,4}\D?[0-9０-９]{2,4}\D?[0-9０-９]{4}"
)
_NAME = rf"(?P<name>[{_KANJI}]{{1,6}}(?: ?[{_KATAKANA}]{{1,6}}| [{_KANJI}]{{1,4}}|(?!の|が|を|お|みな)[ぁ-ん]{{2,3}})?|[{_KATAKANA}]{{2,6}} [{_KATAKANA}]{{2,6}})"
_HONOURED = re.compile(
    rf"(?<![{_KANJI}]){_NAME} ?(?P<title>"
    r"様(?![式々子相態似])"
    r"|さん(?:(?![ぁ-ん])|(?=(?:が|の|は|を|に|へ|と|も|で|や|から|まで|より)(?![ういんらきくょゅ])))"
    rf"|氏(?:(?![{_KANJI}])|(?=宅|所有)))"
)
_NAMED = re.compile(
    rf"氏名 ?[:： ] ?(?P<name>[{_KANJI}{_KATAKANA}ぁ-ん]{{1,6}}(?: [{_KANJI}{_KATAKANA}ぁ-ん]{{1,6}})?)"
    rf"|(?:担当者?|責任者|代表者?|管理者|管理人|会長|区長|班長|委員|鍵)(?: ?[:(は] ?| )(?P<whole>[{_KANJI}]{{1,3}} [{_KANJI}]{{1,3}})(?![{_KANJI}])"
    rf"|鍵は(?P<holder>[{_KANJI}]{{2,4}})(?=が(?:持|保管|所持|管理|開))"
)
_CARED_FOR = re.compile(
    r"要介護[1-5](?!以|から|まで|[~〜～・、,]|\d|の方|程度)"
    r"|要(?:支援|介護|配慮)者? ?(?:の方|[1-5](?!\d|以|から|まで|[~〜～・、,]|人|名))?(?: |が|は|:)*"
    r"(?:あり|有り|いる|います|在住|在宅|居住|宅|[1-9][人名](?!まで|程度|収容|受|分|以|用))"
)
_BORN = re.compile(r"生年月日|\d{1,2}日 ?生(?:まれ)?(?![一-鿿ぁ-ん])")
_MOBILE = r"(?<!\d)0[789]0[-( ]?\d{4}[-) ]?\d{4}(?!\d)"
_MOBILE_PHONE = re.compile(_MOBILE)
# Numbers that are free of charge or shared (0120, 0800, 0570) are nobody's own.
_PHONE = re.compile(rf"{_MOBILE}|(?<!\d)0(?!120|800|570)\d{{1,4}}[-(]\d{{1,4}}[-)]\d{{4}}(?!\d)")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_AT_HOME = re.compile(r"(?:様|さん|氏) ?(?:宅|方|邸|所有)")
_TITLES = frozenset(f"{HIDDEN}{title}" for title in ("様", "さん", "氏"))
_DASHES = re.compile(r"(?<=\d)[‐‑–—―−ー](?=\d)")
# Whom no name of a person is before 様, さん or 氏: words, roles, gods and offices.
_NO_NAMES = re.compile(
    r"[多同仕一異模有各両左皆神王奥客殿仏上若母父姉兄婆爺娘嫁孫子某彼諸源平摂華]|人様|沢山|旦那|学校|役所|役場|公園|病院|寺院|"
    r"神社|支所|業者|会社|工場|施設|団地|住職|地主|家主|店主|施主|遺族|家族|町会|自治会"
)
_NO_NAME_ENDS = re.compile(
    r"(?:者|客|皆|神|仏|観音|地蔵|弁天|権現|稲荷|大師|薬師|不動|八幡|明神|天王|荒神|菩薩|如来|尊|社|会|課|係|部|局|署|団|隊|委員|職員|議員|"
    r"役員|団員|社員|会員|区長|会長|班長|市長|町長|村長|園長|校長|館長|所長|店長|住民|市民|町民|村民|区民|県民|国民|組合|先生|"
    r"業|店|館|室|多種多|同|模|仕|スタッフ|オーナー|メンバー|ユーザー|センター|クラブ|ホーム|スーパー|ホテル|ビル)$"
)


def pieces(cell: str, *, phones: re.Pattern | None = _PHONE) -> tuple[str, ...]:
    """Return what in a cell may speak of people, with the names and numbers hidden: 「＊さん」「000-0000-0000」.

    phones: which telephone numbers count, None for a column of telephone numbers.
    """
    return _pieces(cell, phones) if _QUICK.search(cell) else ()


@lru_cache(maxsize=20_000)
def _pieces(cell: str, phones: re.Pattern | None) -> tuple[str, ...]:
    text = _flat(cell)
    found = [HIDDEN + one["title"] for one in _HONOURED.finditer(text) if _is_name(one["name"])]
    found += [one.group().replace(name, HIDDEN) for one in _NAMED.finditer(text) if (name := _name_in(one))]
    found += [one.group().strip() for one in _CARED_FOR.finditer(text)]
    found += [re.sub(r"\d", "0", one.group()) for one in _BORN.finditer(text)]
    if phones:
        found += [re.sub(r"\d", "0", one.group()) for one in phones.finditer(text)]
        found += [f"{HIDDEN}@{HIDDEN}" for _ in _MAIL.finditer(text)]
    return tuple(dict.fromkeys(found))


def hidden(text: str) -> str:
    """Return a text (NFKC) with the names that `pieces` would find hidden."""
    for pattern in (_HONOURED, _NAMED):
        for one in reversed(list(pattern.finditer(text))):
            name = _name_in(one)
            if name:
                text = text[: one.start()] + one.group().replace(name, HIDDEN) + text[one.end() :]
    return text


def _flat(cell: str) -> str:
    return _DASHES.sub("-", re.sub(r"\s+", " ", unicodedata.normalize("NFKC", cell)).strip())


def _name_in(found: re.Match) -> str:
    name = next((text for text in found.groupdict().values() if text and text not in ("様", "さん", "氏")), "")
    return name if _is_name(name) else ""


def _is_name(text: str) -> bool:
    name = text.replace(" ", "")
    if not name or _NO_NAMES.fullmatch(name) or _NO_NAME_ENDS.search(name) or name in municipality_names():
        return False
    # Short surnames end like facilities too (高橋, 馬場, 小寺).
    return len(name) < 3 or " " in text or not LOOKS["sure_name"](name)


def about_persons(mapping: Mapping, goal: Target, table: pd.DataFrame) -> Iterable[tuple[str, str, str, str]]:
    """Yield for each published column that may speak of people: column, its source, what was found, what to do."""
    sources = {match.target: match.source for match in mapping.matches if match.source}
    for name, kind in goal.kinds.items():
        source = sources.get(name, "")
        by_head = source if kind != "flag" and speaks_of_persons(source) and (table[name] != "").any() else ""
        found = _found(table[name], name, kind)
        if by_head or found:
            yield name, source, _what(name, by_head, found), _todo(name, source, kind)


def _found(column: pd.Series, name: str, kind: str) -> dict[int, tuple[str, ...]]:
    """Return row → the pieces found, for the columns in which people may stand."""
    if kind not in (*_PLACES, *_TEXTS, "phone"):
        return {}
    phones = None if kind == "phone" else _MOBILE_PHONE if name == CONTACT else _PHONE
    told = {cell: found for cell in column.unique() if cell and (found := pieces(cell, phones=phones))}
    if kind == "name":
        # Places bear names like 弁天さん too; a person's house says so.
        told = {cell: found for cell, found in told.items() if _AT_HOME.search(cell) or set(found) - _TITLES}
    return {int(row): told[cell] for row, cell in column[column.isin(list(told))].items()} if told else {}


def _what(name: str, source: str, found: dict[int, tuple[str, ...]]) -> str:
    by_head = f"人のことらしい列「{source}」が、公開する列「{name}」に入っています" if source else ""
    if not found:
        return by_head
    shown = [f"{row}行目" for row in list(found)[:_SHOWN_ROWS]]
    rest = f"、ほか{len(found) - _SHOWN_ROWS}行" if len(found) > _SHOWN_ROWS else ""
    samples = list(dict.fromkeys(piece for told in found.values() for piece in told))[:_SHOWN_PIECES]
    told = "".join(f"「{sample}」" for sample in samples)
    by_cells = (
        f"公開する列「{name}」に、人のことらしい文が{len(found)}行あります（{'、'.join(shown)}{rest}。{told}など）"
    )
    return f"{by_head}。{by_cells}" if by_head else by_cells


def _todo(name: str, source: str, kind: str) -> str:
    mend = "担当課が見て、もとの表から人のことを消して、読み直してください"
    if not source or kind not in _TEXTS:
        return mend
    return f"{mend}。または、列の対応（ノートでは3、コマンドでは recipe.yml）で「{name}」を（なし）にして、やり直してください"


def free_texts(goal: Target, table: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of free text that hold anything in the rows to be published."""
    names = [
        name for name in goal.of_kind(*_TEXTS) if vocabulary().look(name) in ("", "text") and name not in _NO_TEXTS
    ]
    return tuple(name for name in names if name in table and (table[name] != "").any())


def told(names: Sequence[str]) -> str:
    """Return what is said of the columns of free text that are published, "" for none."""
    return f"公開する文の列：{'、'.join(names)}（{TO_READ}）" if names else ""
