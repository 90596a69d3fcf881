"""What people answer at the gate: the questions, and release.yml in which the answers stand."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from machimap.release.base import ReleaseError, opened

NAME = "release.yml"
COPYLEFT = ("GPL", "AGPL", "LGPL", "EUPL", "MPL", "OSL", "CC-BY-SA", "EPL", "CDDL")
Answers = dict


@dataclass(frozen=True)
class Question:
    """One thing only a person can answer: kind is text, date, bool or choice."""

    key: str
    item: str
    section: str
    label: str
    kind: str
    choices: tuple[str, ...]
    example: str
    required: bool


@lru_cache(maxsize=1)
def items() -> tuple[dict, ...]:
    """Return the items of the gate in order: id, section, title, checks, todo, questions."""
    text = resources.files("machimap.release").joinpath("items.yml").read_text(encoding="utf-8")
    return tuple({"questions": [], **item} for item in yaml.safe_load(text))


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Return every question of the gate, in the order of its items."""
    return tuple(
        Question(
            one["key"],
            item["id"],
            item["section"],
            one["label"],
            one["kind"],
            tuple(one.get("choices", ())),
            str(one["example"]),
            not one.get("optional", False),
        )
        for item in items()
        for one in item["questions"]
    )


def read_answers(folder: Path) -> Answers:
    """Return the answers of a folder, dates as date; empty where release.yml is missing.

    Raises ReleaseError in one sentence for YAML that cannot be read, unknown keys, wrong kinds, and answers that
    contradict one another.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        answers = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"の{line + 1}行目" if line is not None else ""
        raise ReleaseError(f"{NAME}{where}の書き方が違っていて読めないので、見本の形に直してください。") from error
    except OSError as error:
        raise ReleaseError(f"{NAME} を開けないので、フォルダの権限を確かめてください。") from error
    return checked(answers or {})


def checked(answers: object) -> Answers:
    """Return answers that are of their kinds and agree with one another; raises ReleaseError in one sentence."""
    if not isinstance(answers, dict):
        raise ReleaseError(f"{NAME} が「名前: 答え」の形でないので、見本の形に直してください。")
    filled = {key: value for key, value in answers.items() if value not in (None, "")}
    known = {one.key: one for one in questions()}
    unknown = [str(key) for key in filled if key not in known and key != "allow"]
    if unknown:
        raise ReleaseError(f"{NAME} の「{'、'.join(unknown)}」という名前の質問はないので、つづりを確かめてください。")
    result = {key: _of_kind(known[key], value) for key, value in filled.items() if key != "allow"}
    _check_allow(filled.get("allow", []))
    _check_together(result)
    return result | {"allow": filled.get("allow", [])}


def write_answers(folder: Path, answers: Answers) -> Path:
    """Write release.yml with every question as a comment above its answer, all at once; return its path.

    Raises ReleaseError for answers that are not of their kind, contradict one another, or cannot be written, and where
    there is no such folder.
    """
    kept = checked(answers)
    opened(folder)
    lines = ["# 公開の前に人が答えること。右側に答えを書きます。", ""]
    for one in questions():
        note = f"（{'、'.join(one.choices)} のどれか）" if one.choices else ""
        lines += [f"# {one.section} {one.label}{note}  例：{one.example}", _line(one.key, kept.get(one.key)), ""]
    lines += [
        "# 見つかったが、公開してよいもの（path: ファイル、kind: 種類、reason: 理由）",
        _line("allow", kept["allow"]),
    ]
    path = folder / NAME
    try:
        handle, beside = tempfile.mkstemp(dir=folder, prefix=".release-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError, UnboundLocalError):
            Path(beside).unlink(missing_ok=True)
        raise ReleaseError(f"{NAME} を書けないので、フォルダの権限と空き容量を確かめてください。") from error
    return path


def missing(answers: Answers, item: str) -> list[Question]:
    """Return the questions of an item that are still to be answered."""
    return [one for one in questions() if one.item == item and one.required and one.key not in answers]


def _line(key: str, value: object) -> str:
    if value in (None, []):
        return f"{key}:" if value is None else f"{key}: []"
    return yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=1000).rstrip()


def _of_kind(question: Question, value: object) -> object:
    wrong = ReleaseError(f"{NAME} の「{question.key}」（{question.label}）は、{_form(question)}で書いてください。")
    if question.kind == "bool":
        if not isinstance(value, bool):
            raise wrong
        return value
    if question.kind == "date":
        try:
            return value if type(value) is date else date.fromisoformat(str(value))
        except ValueError as error:
            raise wrong from error
    if isinstance(value, bool | list | dict | date):
        raise wrong
    text = str(value).strip()
    if question.choices and text not in question.choices:
        raise wrong
    return text


def _form(question: Question) -> str:
    forms = {"bool": "true か false", "date": "2027-01-31 の形の日付", "choice": " か ".join(question.choices)}
    return forms.get(question.kind, "ふつうの文")


_ALLOW = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["path", "kind", "reason"],
            "additionalProperties": False,
            "properties": {name: {"type": "string", "minLength": 1} for name in ("path", "kind", "reason")},
        },
    }
)


def _check_allow(allow: object) -> None:
    if not _ALLOW.is_valid(allow):
        raise ReleaseError(f"{NAME} の allow は、path と kind と reason（理由）の3つをそろえて書いてください。")


def _check_together(answers: Answers) -> None:
    if answers.get("approved") and not answers.get("approver"):
        raise ReleaseError(
            f"{NAME} では承認したことになっているのに承認する役職がないので、approver を書いてください。"
        )
    if answers.get("approved_date") and answers.get("approved") is False:
        raise ReleaseError(f"{NAME} に決裁の日があるのに approved が false なので、どちらかを直してください。")
    first, later = answers.get("evaluation_date"), answers.get("review_date")
    if first and later and later < first:
        raise ReleaseError(f"{NAME} の見直しの日（{later}）が評価の日（{first}）より前なので、日付を直してください。")
    reviewed, approved = answers.get("review_done"), answers.get("approved_date")
    if reviewed and approved and reviewed > approved:
        raise ReleaseError(
            f"{NAME} のレビューの日（{reviewed}）が決裁の日（{approved}）より後なので、日付を直してください。"
        )
    licence = str(answers.get("licence", ""))
    if any(name in licence.upper() for name in COPYLEFT) and not answers.get("copyleft_reason"):
        raise ReleaseError(
            f"{NAME} のライセンス {licence} はコピーレフトなので、copyleft_reason に理由を書いてください。"
        )
