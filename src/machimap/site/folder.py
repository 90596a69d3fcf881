"""The folder of a site: whose files stand in it, and the new site in the old one's place without a loss."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from machimap.errors import MachimapError

MARKER = ".machimap-site.json"
# What editors leave in a folder that they open; it is neither recorded nor packed.
LEFT_BEHIND = (".ipynb_checkpoints",)
TEXTS = frozenset({"README.md", "LICENSE"})
EDITED = "手直し"


@dataclass(frozen=True)
class Marker:
    """What an earlier build left: its files with their sha256, and the options that it was made with."""

    files: dict[str, str] = field(default_factory=dict)
    options: dict = field(default_factory=dict)


class SiteError(MachimapError):
    """The site cannot be written where it was asked for, or not from what was given."""


def read_marker(target: Path) -> Marker:
    """Return what an earlier build left in a folder; raises SiteError for a folder with foreign files."""
    target = target.absolute()
    _recover(target)
    if not target.exists():
        return Marker()
    if not target.is_dir():
        raise SiteError(f"「{target.name}」はフォルダではないので、別の名前のフォルダを指定してください。")
    path = target / MARKER
    if path.exists():
        return _parsed(path)
    foreign = sorted(one.name for one in target.iterdir() if one.name != ".git")
    if foreign:
        raise SiteError(
            f"「{target.name}」にはほかのファイル（{'、'.join(foreign[:3])}）が入っていて、何も書き換えていないので、"
            "空のフォルダを指定してください。"
        )
    return Marker()


def write_marker(work: Path, options: dict) -> tuple[str, ...]:
    """Write down the files of the new site and its options; return the files' names (relative, the marker included)."""
    paths = sorted(path for path in work.rglob("*") if path.is_file())
    files = {path.relative_to(work).as_posix(): _sha256(path) for path in paths}
    content = {"options": options, "files": files}
    (work / MARKER).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return tuple(sorted([MARKER, *files]))


def keep_edits(work: Path, target: Path, earlier: Marker) -> tuple[str, ...]:
    """Carry what a person changed in the kit's own files into the new site; return their names.

    README.md and LICENSE stay as the person wrote them; of every other file the changed one is laid into the
    folder EDITED beside the new one.
    """
    kept = []
    for name, digest in earlier.files.items():
        path = target / name
        if not path.is_file() or path.is_symlink() or _sha256(path) == digest:
            continue
        new = work / name if name in TEXTS else work / _free(target, f"{EDITED}/{name}")
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, new)
        kept.append(name)
    return tuple(kept)


def put_in_place(work: Path, target: Path, earlier: tuple[str, ...]) -> None:
    """Let the new site take the old one's name, with a copy of everything that is not the kit's own.

    The old folder is only renamed until the new one stands, so that a failure or a kill loses nothing; what a
    kill leaves behind is put right by the next `read_marker`. Raises SiteError, OSError.
    """
    backup = _backup(target)
    if target.exists():
        _copy_foreign(target, work, frozenset(earlier) | {MARKER})
        target.rename(backup)
    try:
        work.rename(target)
    except OSError:
        if backup.exists():
            backup.rename(target)
        raise
    _remove(backup)


def _free(target: Path, name: str) -> str:
    """A name that stands for nothing in the folder yet: earlier edits stay beside later ones."""
    numbered = (f"{name}.{n}" for n in itertools.count(2))
    return name if not (target / name).exists() else next(new for new in numbered if not (target / new).exists())


def _parsed(path: Path) -> Marker:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Marker(dict(content["files"]), dict(content["options"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SiteError(
            f"「{path.parent.name}」の記録 {MARKER} が壊れているので、フォルダの名前を変えてから作り直してください。"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _backup(target: Path) -> Path:
    return target.with_name(f".{target.name}.machimap-old")


def _recover(target: Path) -> None:
    """Undo or finish what a kill interrupted: the old site comes back unless the new one already stands."""
    backup = _backup(target)
    if not backup.exists():
        return
    if not target.exists():
        backup.rename(target)
    elif (target / MARKER).exists():
        _remove(backup)


def _copy_foreign(target: Path, work: Path, own: frozenset[str]) -> None:
    for path in _foreign(target, target, own):
        new = work / path.relative_to(target)
        if new.exists() or new.is_symlink():
            raise SiteError(f"あなたのファイル {path.name} とサイトのファイルが同じ名前なので、名前を変えてください。")
        new.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new, symlinks=True)
        else:
            shutil.copy2(path, new, follow_symlinks=False)


def _foreign(folder: Path, target: Path, own: frozenset[str]) -> Iterator[Path]:
    """Yield the files and whole folders that an earlier build did not write, also inside the kit's own folders."""
    for path in sorted(folder.iterdir()):
        name = path.relative_to(target).as_posix()
        if name in own:
            continue
        if path.is_dir() and not path.is_symlink() and any(known.startswith(f"{name}/") for known in own):
            yield from _foreign(path, target, own)
        else:
            yield path


def _remove(folder: Path) -> None:
    """Delete a folder; git's read-only objects need a permission first where the system is Windows."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
    shutil.rmtree(folder, ignore_errors=True)
