"""Put a folder that passed the gate into the world: commit, tag, push; or a zip and a bare repository."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from machimap import site
from machimap.release.base import ReleaseError, opened
from machimap.release.checks import check
from machimap.release.drafts import render
from machimap.site.folder import MARKER

SECONDS = 120
WORKFLOW = Path(".github") / "workflows" / "pages.yml"
_TAG = re.compile(r"v\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.-]+)?")
_AUTH = re.compile(
    r"could not read Username|Authentication failed|Permission denied|terminal prompts disabled|403|401|Invalid username",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"Could not resolve|unable to access|Connection refused|timed out|Failed to connect|Network is unreachable|does not appear to be a git repository|not found|Could not read from remote",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Published:
    """What went out: commit, tag, branch, where to."""

    commit: str
    tag: str
    branch: str
    target: str


class _Failed(Exception):
    """A git command failed; its words are in args[0]."""


def publish(
    root: str | Path, remote: str, *, tag: str | None = None, message: str | None = None, today: date | None = None
) -> Published:
    """Commit, tag and push a folder that passes the gate; return what went out.

    remote: an ssh, https or file address, or a path. tag: SemVer as v1.0.0; by default the day (v2026.11.23, on the
    same day .2 and so on). Nothing is lost by a failure: after a rejected push the commit stays and the tag that was
    made is taken back, so that the next try works. Raises ReleaseError in one sentence.
    """
    folder, name = _ready(root, tag, today)
    branch, commit = _commit(folder, message or f"{folder.name} を公開する（{name}）")
    _make_tag(folder, name)
    try:
        _git(folder, "push", "--atomic", remote, f"refs/heads/{branch}", f"refs/tags/{name}", seconds=SECONDS)
    except _Failed as error:
        _quietly(folder, "tag", "--delete", name)
        raise ReleaseError(_push_fault(str(error))) from error
    return Published(commit, name, branch, remote)


def publish_locally(
    root: str | Path, out: str | Path, *, tag: str | None = None, today: date | None = None
) -> dict[str, Path]:
    """Commit and tag a folder that passes the gate, and write it as a zip and a bare repository below `out`.

    For a learner without an account. Returns the paths of `zip` and `repository`. Raises ReleaseError.
    """
    folder, name = _ready(root, tag, today)
    out = Path(out).resolve()
    if out.is_relative_to(folder):
        raise ReleaseError("書き出す先が公開するフォルダの中なので、フォルダの外を指定してください。")
    paths = {"zip": out / f"{folder.name}-{name}.zip", "repository": out / f"{folder.name}.git"}
    if taken := [path.name for path in paths.values() if path.exists()]:
        raise ReleaseError(f"{'と'.join(taken)} がもうあるので、別の場所を指定するか、名前を変えてください。")
    _commit(folder, f"{folder.name} を公開する（{name}）")
    _make_tag(folder, name)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _git(folder, "archive", "--format=zip", f"--prefix={folder.name}/", f"--output={paths['zip']}", name)
        _git(folder, "clone", "--quiet", "--bare", str(folder), str(paths["repository"]))
        with zipfile.ZipFile(paths["zip"]) as packed:
            broken = packed.testzip()
    except (_Failed, OSError, zipfile.BadZipFile) as error:
        _quietly(folder, "tag", "--delete", name)
        paths["zip"].unlink(missing_ok=True)
        shutil.rmtree(paths["repository"], ignore_errors=True)
        raise ReleaseError(f"「{out.name}」に書き出せないので、空き容量と権限を確かめてください。") from error
    if broken:
        raise ReleaseError(f"zip の中の {broken} が壊れているので、もう一度実行してください。")
    return paths


def write_pages_workflow(root: Path) -> bool:
    """Write the workflow that puts the folder on GitHub Pages, unless there is one; return whether it was written."""
    path = root / WORKFLOW
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render("pages.yml"), encoding="utf-8")
    return True


def _ready(root: str | Path, tag: str | None, today: date | None) -> tuple[Path, str]:
    """The folder, if nothing hinders its publication, and the name of the tag."""
    folder = opened(root).root
    if tag is not None and not _TAG.fullmatch(tag):
        raise ReleaseError(f"版の名前「{tag}」が使えないので、v1.0.0 の形で書いてください。")
    _check_state(folder)
    name = tag or _free_day_tag(folder, today or date.today())
    if name in _tags(folder):
        raise ReleaseError(f"版の名前「{name}」はもう使われているので、別の名前（次の番号）を --tag に書いてください。")
    write_pages_workflow(folder)
    if (folder / MARKER).is_file():
        site.write_workflow(folder)
    report = check(folder, today=today)
    if not report.passed:
        raise ReleaseError(
            f"公開前の確認に{len(report.open)}項目（{'、'.join(row.title for row in report.open[:3])}など）が残っているので、"
            "CHECKLIST.md を見て直してください。"
        )
    return folder, name


def _check_state(folder: Path) -> None:
    if not (folder / ".git").exists():
        return
    for name, words in (
        ("MERGE_HEAD", "合流（マージ）"),
        ("rebase-merge", "並べ替え（リベース）"),
        ("rebase-apply", "並べ替え（リベース）"),
        ("CHERRY_PICK_HEAD", "取りこみ"),
    ):
        if (folder / ".git" / name).exists():
            raise ReleaseError(f"Git の{words}が途中なので、終わらせるか取りやめてから、もう一度実行してください。")
    head = (
        (folder / ".git" / "HEAD").read_text(encoding="utf-8").strip() if (folder / ".git" / "HEAD").is_file() else ""
    )
    if head and not head.startswith("ref:"):
        raise ReleaseError(
            "Git がどの枝（ブランチ）にもいないので、`git switch main` で枝に戻ってから実行してください。"
        )


def _free_day_tag(folder: Path, today: date) -> str:
    taken, name = _tags(folder), f"v{today.year}.{today.month}.{today.day}"
    return name if name not in taken else next(new for n in range(2, 1000) if (new := f"{name}.{n}") not in taken)


def _tags(folder: Path) -> set[str]:
    if not (folder / ".git").exists():
        return set()
    try:
        return set(_git(folder, "tag", "--list").split())
    except _Failed as error:
        raise ReleaseError("git の記録を読めないので、フォルダの .git が壊れていないか確かめてください。") from error


def _commit(folder: Path, message: str) -> tuple[str, str]:
    """Commit everything, if there is something to commit; return branch and commit."""
    try:
        if not (folder / ".git").exists():
            _git(folder, "init", "--quiet", "--initial-branch=main")
        for key in ("user.name", "user.email"):
            if not _quietly(folder, "config", key).strip():
                raise ReleaseError(
                    f"Git の名前かメール（{key}）が決まっていないので、`git config {key}` で職場で使ってよいものを決めてください。"
                )
        _git(folder, "add", "--all")
        if _git(folder, "status", "--porcelain").strip():
            _git(folder, "commit", "--quiet", "--message", message)
        branch = _git(folder, "symbolic-ref", "--short", "HEAD").strip()
        return branch, _git(folder, "rev-parse", "--short", "HEAD").strip()
    except _Failed as error:
        raise ReleaseError(
            "Git に記録できないので、ほかの Git の作業が終わっているか、空き容量があるかを確かめてください。"
        ) from error


def _make_tag(folder: Path, name: str) -> None:
    try:
        _git(folder, "tag", "--annotate", "--message", name, name)
    except _Failed as error:
        raise ReleaseError(f"版の名前「{name}」を付けられないので、別の名前を --tag に書いてください。") from error


def _push_fault(words: str) -> str:
    if re.search(r"non-fast-forward|fetch first|stale info", words):
        return "公開先に、こちらにない変更があるので、`git pull --rebase` で取りこんでから、もう一度実行してください。"
    if re.search(r"already exists", words):
        return "公開先に同じ名前の版があるので、別の名前を --tag に書いてください。"
    if re.search(r"hook declined|protected branch|remote rejected", words):
        return "公開先が受け取りを断ったので、公開先の設定（保護された枝など）を管理する人に確かめてください。"
    if _AUTH.search(words):
        return "公開先に入る許可がなく、記録は手元に残っているので、鍵かトークンの設定を管理する人に確かめてください。"
    if _NETWORK.search(words) or "timeout" in words:
        return (
            "公開先につながらず、記録は手元に残っているので、アドレスと通信を確かめてから、もう一度実行してください。"
        )
    return "公開先に送れず、記録は手元に残っているので、アドレスを確かめてから、もう一度実行してください。"


def _git(folder: Path, *words: str, seconds: float = 60) -> str:
    environment = os.environ | {
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=15"),
        "LC_ALL": "C.UTF-8",
    }
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, timeout=seconds, env=environment, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise ReleaseError("git が入っていないので、git を入れてから、もう一度実行してください。") from error
    except subprocess.TimeoutExpired as error:
        raise _Failed("timeout") from error
    if done.returncode:
        raise _Failed(done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode("utf-8", "replace")


def _quietly(folder: Path, *words: str) -> str:
    with contextlib.suppress(_Failed):
        return _git(folder, *words)
    return ""
