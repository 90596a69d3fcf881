"""The checks of the gate, one function an item: (folder, answers, today) → status and what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from importlib import resources

import yaml
from jsonschema import Draft202012Validator
from license_expression import get_spdx_licensing

from machimap.release import programs, scan
from machimap.release.answers import Answers, items, missing, read_answers
from machimap.release.base import Folder, opened
from machimap.release.report import ASKED, FAILED, NAME, OUT, PASSED, UNCHECKED, Report, Row

Finding = tuple[str, list[str]]
TO_FILL = "（記入してください）"
DOCUMENTS = ("使い方", "作り方", "データの形式")
NOTICES = {
    "個人情報": "個人情報の扱い",
    "公開を続けられ": "公開を続けられないことがあること",
    "責任を負": "責任の範囲",
    "弱点": "弱点（脆弱性）が見つかることがあること",
    "裁判所": "裁判所",
    "知らせて": "使ったときの知らせのお願い",
}
MOST_FOUND = 12


def check(root: str, *, write: bool = True, today: date | None = None) -> Report:
    """Return what the gate finds in a folder, and write CHECKLIST.md into it (unless write is off).

    Raises ReleaseError for a folder that is none and for a release.yml that cannot be used.
    """
    folder, day = opened(root), today or date.today()
    answers = read_answers(folder.root)
    hits = scan.scan(folder, answers.get("allow", []))
    rows = tuple(_row(item, folder, answers, day, hits) for item in items())
    report = Report(rows)
    if write:
        (folder.root / NAME).write_text(report.markdown(), encoding="utf-8")
    return report


def _row(item: dict, folder: Folder, answers: Answers, today: date, hits: list[scan.Hit]) -> Row:
    asked = [f"答えがまだ：{one.key}（{one.label}）" for one in missing(answers, item["id"])]
    if item["id"] in ("secrets", "personal"):
        status, found = _scanned(hits, scan.SECRET if item["id"] == "secrets" else scan.PERSONAL)
    else:
        status, found = CHECKS[item["id"]](folder, answers, today) if item["id"] in CHECKS else (PASSED, [])
    if asked and status != FAILED:
        status = ASKED
    return Row(item["id"], item["section"], item["title"], status, tuple([*asked, *found][:MOST_FOUND]), item["todo"])


def _scanned(hits: list[scan.Hit], group: str) -> Finding:
    found = [hit.text() for hit in hits if hit.group == group]
    return (FAILED, found) if found else (PASSED, ["ファイル、ノートの出力、Git の過去の記録を調べた"])


def _rights(folder: Folder, answers: Answers, today: date) -> Finding:
    return (FAILED, ["権利をまだ確かめていない"]) if answers.get("rights_confirmed") is False else (PASSED, [])


def _documents(folder: Folder, answers: Answers, today: date) -> Finding:
    heads = re.findall(r"^#+\s*(.+)$", _readme(folder), flags=re.MULTILINE)
    lost = [name for name in DOCUMENTS if not any(name in head for head in heads)]
    return (FAILED, [f"README に「{name}」の見出しがない" for name in lost]) if lost else (PASSED, [])


def _evaluation(folder: Folder, answers: Answers, today: date) -> Finding:
    return _future(answers, "evaluation_date", today, "評価の日")


def _organisation(folder: Folder, answers: Answers, today: date) -> Finding:
    found = []
    if not re.match(r"https?://[^/]+", str(answers.get("organisation_url", "https://a"))):
        found.append("organisation_url がアドレスでない")
    if answers.get("approved") is False:
        found.append("公開の決裁をまだ受けていない")
    if answers.get("approved_date") and answers["approved_date"] > today:
        found.append("決裁の日がまだ来ていない")
    owners = next(
        (text for name in ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS") if (text := folder.text(name))), ""
    )
    if not re.search(r"^\S+\s+\S*@\S+", owners, flags=re.MULTILINE) or TO_FILL in owners:
        found.append("CODEOWNERS に、変更を確かめる人がない")
    return (FAILED, found) if found else (PASSED, [])


def _review(folder: Folder, answers: Answers, today: date) -> Finding:
    late = answers.get("review_done") and answers["review_done"] > today
    return (FAILED, ["確かめた日がまだ来ていない"]) if late else (PASSED, [])


def _dependencies(folder: Folder, answers: Answers, today: date) -> Finding:
    names = {name for name in folder.files if "/" not in name}
    found = [
        f"{name} に、版とハッシュのない部品がある：{'、'.join(loose[:3])}"
        for name in names & {"requirements.txt"}
        if (loose := programs.unlocked(folder.text(name)))
    ]
    if "pyproject.toml" in names and not names & {"requirements.txt", "uv.lock", "poetry.lock", "pdm.lock"}:
        found.append("pyproject.toml の部品を固定したファイル（requirements.txt など）がない")
    if "package.json" in names and not names & {"package-lock.json", "pnpm-lock.yaml", "yarn.lock"}:
        found.append("package.json の部品を固定したファイル（package-lock.json など）がない")
    if found:
        return FAILED, found
    if not names & {"requirements.txt", "pyproject.toml", "package.json"}:
        return OUT, ["外の部品を使うファイルがない"]
    if "requirements.txt" not in names:
        return UNCHECKED, ["requirements.txt がないので、弱点（pip-audit）は確かめていない"]
    try:
        weak = programs.audit_faults(folder.root, "requirements.txt")
    except programs.NotAnswered:
        return UNCHECKED, ["版は固定されている。弱点（pip-audit）は、答えがなく確かめていない"]
    return (
        (FAILED, [f"弱点のある部品 {line}" for line in weak])
        if weak
        else (PASSED, ["版は固定され、知られた弱点はない"])
    )


def _security(folder: Folder, answers: Answers, today: date) -> Finding:
    found = []
    for name in ("SECURITY.md", "SUPPORT.md"):
        text = folder.text(name) or folder.text(f".github/{name}")
        if not text:
            found.append(f"{name} がない")
        elif TO_FILL in text or not re.search(r"\d+\s*(?:営業)?日|\d+ (?:working |business )?days?", text):
            found.append(f"{name} に、答えるまでの日数か連絡先がない")
    return (FAILED, found) if found else (PASSED, [])


def _ending(folder: Folder, answers: Answers, today: date) -> Finding:
    return _future(answers, "review_date", today, "見直しの日")


def _export(folder: Folder, answers: Answers, today: date) -> Finding:
    open_question = answers.get("export_control") == "確認中"
    return (FAILED, ["輸出の規制を確認している途中"]) if open_question else (PASSED, [])


def _licence(folder: Folder, answers: Answers, today: date) -> Finding:
    wanted = str(answers.get("licence", ""))
    texts = {
        name: _plain(folder.text(name))
        for name in folder.files
        if re.match(r"(?:LICEN[CS]E(?:\.\w+)?$|LICENSES/)", name)
    }
    if not texts:
        return FAILED, ["LICENSE がない"]
    if not wanted:
        return PASSED, []
    info = get_spdx_licensing().validate(wanted)
    if info.errors or not info.normalized_expression:
        return FAILED, [f"「{wanted}」は SPDX の名前でない"]
    names = get_spdx_licensing().license_keys(info.normalized_expression)
    found = [fault for name in names for fault in _licence_faults(name, texts, answers)]
    return (FAILED, found) if found else (PASSED, [f"{wanted} の全文がある"])


def _licence_faults(name: str, texts: dict[str, str], answers: Answers) -> list[str]:
    known = licences().get(name)
    if known is None:
        return [f"{name} の全文を、このプログラムは知らないので確かめられない"]
    faults = [] if known["osi"] else [f"{name} は OSI が承認したプログラムのライセンスでない"]
    if not any(
        all(phrase in text for phrase in known["phrases"]) and len(text.split()) >= known["words"][0]
        for text in texts.values()
    ):
        faults.append(f"LICENSE の文が {name} の全文と違う")
    if known["copyleft"] and not answers.get("copyleft_reason"):
        faults.append(f"{name} はコピーレフトなのに、理由がない")
    return faults


def _notices(folder: Folder, answers: Answers, today: date) -> Finding:
    readme = _readme(folder)
    lost = [f"README に約束がない：{title}" for word, title in NOTICES.items() if word not in readme]
    lost += (
        ["README に、まだ記入していないところがある"]
        if TO_FILL in readme or "連絡先をここに書いてください" in readme
        else []
    )
    return (FAILED, lost) if lost else (PASSED, [])


def _conduct(folder: Folder, answers: Answers, today: date) -> Finding:
    conduct = folder.text("CODE_OF_CONDUCT.md") or folder.text(".github/CODE_OF_CONDUCT.md")
    joining = folder.text("CONTRIBUTING.md") or folder.text(".github/CONTRIBUTING.md")
    found = [] if conduct and TO_FILL not in conduct else ["CODE_OF_CONDUCT.md がないか、記入していないところがある"]
    found += [] if re.search(r"\bDCO\b|\bCLA\b|Signed-off-by", joining) else ["CONTRIBUTING.md に DCO か CLA がない"]
    return (FAILED, found) if found else (PASSED, [])


def _credits(folder: Folder, answers: Answers, today: date) -> Finding:
    packages = folder.packages()
    if not packages:
        return OUT, ["datapackage.json がない"]
    readme, licence = _readme(folder), folder.text("LICENSE")
    found = []
    for package in packages:
        lines = (
            [package["credit"]]
            if package.get("credit")
            else [one.get("title", "") for one in package.get("sources", [])]
        )
        if not any(lines):
            found.append(f"{package.get('name', 'データ')} に出典がない")
        if not package.get("licenses"):
            found.append(f"{package.get('name', 'データ')} に使ってよい条件がない")
        for line in lines:
            places = [name for name, text in (("README", readme), ("LICENSE", licence)) if line not in text]
            found += [f"{'と'.join(places)} にない出典：{line}"] if places else []
    return (FAILED, found) if found else (PASSED, [])


def _reuse(folder: Folder, answers: Answers, today: date) -> Finding:
    try:
        faults = programs.reuse_faults(folder.root)
    except programs.NotAnswered:
        return UNCHECKED, ["reuse が答えないので確かめていない"]
    return (FAILED, faults) if faults else (PASSED, [])


def _publiccode(folder: Folder, answers: Answers, today: date) -> Finding:
    text = folder.text("publiccode.yml")
    if not text:
        return FAILED, ["publiccode.yml がない"]
    try:
        content = json.loads(json.dumps(yaml.safe_load(text), default=str))
    except yaml.YAMLError:
        return FAILED, ["publiccode.yml の書き方が違っていて読めない"]
    schema = yaml.safe_load(_resource("publiccode.schema.yml"))
    faults = sorted(Draft202012Validator(schema).iter_errors(content), key=lambda one: one.json_path)
    found = [
        f"publiccode.yml {one.json_path.removeprefix('$.') or 'の形'}：決まりの形でない（{one.validator}）"
        for one in faults
    ]
    if TO_FILL in text or re.search(
        r"^url:.*(?:example\.(?:com|org|net|jp)|\.example|localhost)", text, flags=re.MULTILINE
    ):
        found.append("publiccode.yml のアドレスが見本のままか、記入していないところがある")
    return (FAILED, found) if found else (PASSED, [])


def _dates(folder: Folder, answers: Answers, today: date) -> Finding:
    packages = folder.packages()
    if not packages:
        return OUT, ["datapackage.json がない"]
    found = [f"{one.get('name', 'データ')} に取得した日がない" for one in packages if not _iso(one.get("retrieved"))]
    found += [
        f"{one.get('name')} の取得した日が未来"
        for one in packages
        if (day := _iso(one.get("retrieved"))) and day > today
    ]
    if folder.is_site and not found:
        days = [_iso(one["retrieved"]) for one in packages]
        page = folder.text("index.html")
        told = [day for day in days if f"{day.year}年{day.month}月{day.day}日" in page]
        found += [] if told else ["ページに、データの時点の日付がない"]
    return (FAILED, found) if found else (PASSED, [])


CHECKS: dict[str, Callable[[Folder, Answers, date], Finding]] = {
    "rights": _rights,
    "documents": _documents,
    "evaluation": _evaluation,
    "organisation": _organisation,
    "review": _review,
    "dependencies": _dependencies,
    "security": _security,
    "ending": _ending,
    "export": _export,
    "licence": _licence,
    "notices": _notices,
    "conduct": _conduct,
    "credits": _credits,
    "reuse": _reuse,
    "publiccode": _publiccode,
    "dates": _dates,
}


@lru_cache(maxsize=1)
def licences() -> dict[str, dict]:
    """Return the licences that the gate knows by their text, by SPDX id."""
    return {one["id"]: one for one in yaml.safe_load(_resource("licences.yml"))}


def _future(answers: Answers, key: str, today: date, words: str) -> Finding:
    day = answers.get(key)
    return (FAILED, [f"{words}（{day}）が過ぎている"]) if day and day < today else (PASSED, [])


def _readme(folder: Folder) -> str:
    return folder.text("README.md") or folder.text("README")


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("“", '"').replace("”", '"').split())


def _iso(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _resource(name: str) -> str:
    return resources.files("machimap.release").joinpath(name).read_text(encoding="utf-8")
