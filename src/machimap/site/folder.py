"""The folder of a site: whose files stand in it, and the new site in the old one's place without a loss."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from machimap.errors import MachimapError

MARKER = ".machimap-site.json"


class SiteError(MachimapError):
    """The site cannot be written where it was asked for, or not from what was given."""


def own_files(target: Path) -> tuple[str, ...]:
    """Return the files that an earlier build wrote; raises SiteError for a folder with foreign files."""
    _recover(target)
    if not target.exists():
        return ()
    if not target.is_dir():
        raise SiteError(f"「{target.name}」はフォルダではありません。別の名前のフォルダを指定してください。")
    marker = target / MARKER
    if marker.exists():
        try:
            return tuple(json.loads(marker.read_text(encoding="utf-8"))["files"])
        except (ValueError, KeyError, TypeError) as error:
            raise SiteError(
                f"「{target.name}」の記録 {MARKER} が壊れています。フォルダの名前を変えてから作り直してください。"
            ) from error
    foreign = sorted(path.name for path in target.iterdir() if path.name != ".git")
    if foreign:
        raise SiteError(
            f"「{target.name}」には、ほかのファイル（{'、'.join(foreign[:3])}）が入っています。"
            "何も書き換えていないので、空のフォルダを指定してください。"
        )
    return ()


def write_marker(work: Path) -> tuple[str, ...]:
    """Write down which files the new site holds, and return their names (relative, the marker included)."""
    names = (path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())
    files = tuple(sorted([MARKER, *names]))
    (work / MARKER).write_text(json.dumps({"files": files}, ensure_ascii=False, indent=1), encoding="utf-8")
    return files


def put_in_place(work: Path, target: Path, earlier: tuple[str, ...]) -> None:
    """Let the new site take the old one's name, with a copy of everything that is not the kit's own.

    The old folder is only renamed until the new one stands, so that a failure or a kill loses nothing; what a
    kill leaves behind is put right by the next `own_files`. Raises SiteError, OSError.
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
