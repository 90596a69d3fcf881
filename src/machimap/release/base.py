"""A folder that is to be published: its files, its texts, its history."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from machimap.errors import MachimapError

SECONDS = 60
MOST_BYTES = 20_000_000
SITE_MARKER = ".machimap-site.json"
OWN_FILES = frozenset({"release.yml", "CHECKLIST.md"})


class ReleaseError(MachimapError):
    """The folder cannot be checked, prepared or published."""


@dataclass(frozen=True)
class Blob:
    """One file of the folder or of its history: path, where it stands ("" now, else a short commit), bytes."""

    path: str
    commit: str
    body: bytes


@dataclass(frozen=True)
class Folder:
    """A folder that is to be published, a git work tree or not yet one."""

    root: Path

    @cached_property
    def is_git(self) -> bool:
        """Whether the folder itself is the top of a git work tree."""
        return (self.root / ".git").exists()

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files that would be published (relative, sorted): tracked or new, but not ignored."""
        if self.is_git:
            listed = git(self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            names = [name for name in listed.split("\0") if name and (self.root / name).is_file()]
        else:
            names = [path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()]
        return tuple(sorted(set(names)))

    @property
    def is_site(self) -> bool:
        """Whether the folder is a site that the kit made."""
        return (self.root / SITE_MARKER).is_file()

    def text(self, name: str) -> str:
        """The text of a file, or "" where there is none."""
        path = self.root / name
        return decoded(path.read_bytes()) or "" if path.is_file() else ""

    def blobs(self) -> Iterator[Blob]:
        """Every file as it stands now."""
        for name in self.files:
            path = self.root / name
            if not path.is_symlink() and path.stat().st_size <= MOST_BYTES:
                yield Blob(name, "", path.read_bytes())

    def past(self) -> Iterator[Blob]:
        """Every file of the history, of all branches and tags, that is not one of today's."""
        if not self.is_git:
            return
        present = {line.split()[0] for line in _hashes(self.root, self.files)}
        objects = git(self.root, "rev-list", "--objects", "--all", check=False)
        named = [line.split(" ", 1) for line in objects.splitlines() if " " in line]
        wanted = {digest: path for digest, path in named if path and digest not in present}
        yield from _read(self.root, wanted)

    def packages(self) -> list[dict]:
        """The data package descriptors of the folder."""
        found = [name for name in self.files if name.rpartition("/")[2] == "datapackage.json"]
        return [package for name in found if isinstance(package := _json(self.text(name)), dict)]


def opened(root: str | Path) -> Folder:
    """Return the folder; raises ReleaseError when there is none."""
    path = Path(root)
    if not path.is_dir():
        raise ReleaseError(
            f"「{path.name or root}」というフォルダがないので、名前を確かめるか、サイトをつくるところから"
            "（ノートでは上のセルから順に）やり直してください。"
        )
    return Folder(path.resolve())


def git(root: Path, *words: str, check: bool = True, timeout: float = SECONDS) -> str:
    """Return what git prints; raises ReleaseError when it fails (unless check is off) or does not finish."""
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotepath=off", *words], cwd=root, capture_output=True, timeout=timeout, env=environment
        )
    except FileNotFoundError as error:
        raise ReleaseError("git が入っていないので、git を入れてから、もう一度実行してください。") from error
    except subprocess.TimeoutExpired as error:
        raise ReleaseError("git が時間内に終わらないので、時間をおいて、もう一度実行してください。") from error
    if check and done.returncode:
        raise ReleaseError("git の記録を読めないので、フォルダの .git が壊れていないか確かめてください。") from OSError(
            done.stderr.decode("utf-8", "replace")
        )
    return done.stdout.decode("utf-8", "replace")


def decoded(body: bytes) -> str | None:
    """Return bytes as text (UTF-8, UTF-16 with its mark, CP932, EUC-JP), or None for what is no text."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    if b"\0" in body[:8000]:
        return None
    for encoding in ("utf-8-sig", "cp932", "euc-jp"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")


def _hashes(root: Path, files: tuple[str, ...]) -> list[str]:
    if not files:
        return []
    done = subprocess.run(
        ["git", "hash-object", "--stdin-paths"],
        cwd=root,
        input="\n".join(files).encode(),
        capture_output=True,
        check=False,
    )
    return done.stdout.decode().splitlines()


def _read(root: Path, wanted: dict[str, str]) -> Iterator[Blob]:
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for digest, path in wanted.items():
            process.stdin.write(f"{digest}\n".encode())
            process.stdin.flush()
            _, kind, size, *_ = [*process.stdout.readline().decode().split(), "", "0"][:3]
            body = process.stdout.read(int(size))
            process.stdout.read(1)
            if kind == "blob" and int(size) <= MOST_BYTES:
                yield Blob(path, digest[:10], body)
        process.stdin.close()


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
