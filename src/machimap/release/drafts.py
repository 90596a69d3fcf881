"""Draft what a folder lacks for its publication, from the answers; nothing that exists is overwritten."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader

from machimap import store
from machimap.release.answers import NAME, Answers, questions, read_answers, write_answers
from machimap.release.base import SITE_MARKER, Folder, ReleaseError, opened
from machimap.release.checks import DOCUMENTS, NOTICES, TO_FILL

FILES = {
    "SECURITY.md": "SECURITY.md",
    "SUPPORT.md": "SUPPORT.md",
    "CODE_OF_CONDUCT.md": "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CODEOWNERS": ".github/CODEOWNERS",
    "publiccode.yml": "publiccode.yml",
    "reuse-toml.txt": "REUSE.toml",
}
ELSEWHERE = {
    "SECURITY.md": ".github",
    "SUPPORT.md": ".github",
    "CODE_OF_CONDUCT.md": ".github",
    "CONTRIBUTING.md": ".github",
}
PLACEHOLDER = "公開する前に、担当課の連絡先をここに書いてください。"


def prepare(root: str | Path) -> list[str]:
    """Write every file that the gate asks for and the folder lacks; return the names of what was written or changed.

    README.md alone is changed where it exists: its placeholder is filled and missing sections are added. A file for
    which an answer is still missing waits until release.yml tells it, so that no half-filled text stays behind.
    Running it again changes nothing. Raises ReleaseError.
    """
    folder = opened(root)
    answers = read_answers(folder.root)
    words = _words(folder, answers)
    try:
        written = [] if (folder.root / NAME).exists() else [write_answers(folder.root, answers).name]
        written += [path for name, path in FILES.items() if _draft(folder, name, path, words)]
        written += _licences(folder, words)
        written += ["README.md"] if _readme(folder, words) else []
    except OSError as error:
        raise ReleaseError(f"「{folder.root.name}」に書き込めないので、権限と空き容量を確かめてください。") from error
    return written


def render(template: str, /, **words: object) -> str:
    """Return one of the gate's templates filled with words."""
    return _environment().get_template(template).render(words)


def _draft(folder: Folder, name: str, path: str, words: dict) -> bool:
    target = folder.root / path
    other = folder.root / ELSEWHERE.get(name, "") / name
    if target.exists() or (name in ELSEWHERE and other.exists()):
        return False
    text = render(name, **words)
    if TO_FILL in text:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return True


def _licences(folder: Folder, words: dict) -> list[str]:
    wanted = {words["licence"], words["data_licence"], *(["MIT", "BSD-2-Clause"] if folder.is_site else [])}
    written = []
    for name in sorted(wanted):
        path, text = folder.root / "LICENSES" / f"{name}.txt", _licence_text(name)
        if text and not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(f"LICENSES/{name}.txt")
    return written


def _licence_text(name: str) -> str:
    path = store.kit_root() / "LICENSES" / f"{name}.txt"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return _source("BSD-2-Clause.txt") if name == "BSD-2-Clause" else ""


def _readme(folder: Folder, words: dict) -> bool:
    path = folder.root / "README.md"
    if not path.exists() and words["name"] == TO_FILL:
        return False
    before = path.read_text(encoding="utf-8") if path.exists() else f"# {words['name']}\n"
    after = before.replace(PLACEHOLDER, words["contact"]) if words["contact"] != TO_FILL else before
    for part in re.split(r"^(?=## )", render("sections.md", **words), flags=re.MULTILINE):
        head = part.partition("\n")[0].removeprefix("## ").strip()
        if head and TO_FILL not in part and _lacks(after, head, part):
            after = after.rstrip("\n") + "\n\n" + part.strip() + "\n"
    if after == before:
        return False
    path.write_text(after, encoding="utf-8")
    return True


def _lacks(readme: str, head: str, part: str) -> bool:
    if head in DOCUMENTS:
        return not re.search(rf"^#+ .*{head}", readme, flags=re.MULTILINE)
    if head == "約束":
        return not all(word in readme for word in NOTICES)
    return not re.search(r"\bEnglish\b", readme)


def _words(folder: Folder, answers: Answers) -> dict:
    told = {one.key: str(answers.get(one.key, TO_FILL)) for one in questions()}
    packages = folder.packages()
    first = packages[0] if packages else {}
    sources = [one.get("title", "") for package in packages for one in package.get("sources", [])]
    holders = [told["rights_holder"], *dict.fromkeys(filter(None, sources))]
    licence = answers.get("licence", "MIT")
    data_licence = _marker_licence(folder) or next(
        (one["name"] for one in first.get("licenses", []) if "name" in one), licence
    )
    return told | {"holders": holders, "licence": licence, "data_licence": data_licence, "is_site": folder.is_site}


def _marker_licence(folder: Folder) -> str:
    if not folder.is_site:
        return ""
    try:
        return json.loads((folder.root / SITE_MARKER).read_text(encoding="utf-8"))["options"]["licence"]
    except (ValueError, KeyError, TypeError):
        return ""


def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def _source(name: str) -> str:
    return resources.files("machimap.release").joinpath("templates", name).read_text(encoding="utf-8")
