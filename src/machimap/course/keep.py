"""Take a learner's work home in one zip, bring it back on another machine, and catch up with the class."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from machimap import __version__, places, store
from machimap.course.session import home, place_folder, remember, remembered, work_root
from machimap.errors import MachimapError

MANIFEST = "machimap-work.json"
VERSION = 1
NOTEBOOK_FOLDERS = ("notebooks", "exercises")
LARGEST_BYTES = 500_000_000
_LEFT_OUT = (".lab", "backup-", ".restoring-", "machimap-work-", "seat.json")


class KeepError(MachimapError):
    """The work cannot be saved, or what was given is not saved work."""


@dataclass(frozen=True)
class Restored:
    """What came back: the names below the home folder, and the folder that keeps what stood there before (or None)."""

    names: tuple[str, ...]
    backup: Path | None

    def __str__(self) -> str:
        if not self.names:
            return "持ち帰ったものは、もう全部ここにあります。"
        moved = f"前からあったものは work/{self.backup.name} に移しました。" if self.backup else ""
        return (
            f"{len(self.names)}個を戻しました（{'、'.join(self.names[:4])} など）。{moved}ノートは開き直してください。"
        )


def save(folder: str | Path | None = None) -> Path:
    """Write the learner's work and changed notebooks into one zip (in work/ by default), and return its path.

    Raises KeepError when it cannot be written; a zip half written is not left behind.
    """
    root = work_root()
    target = Path(folder or root) / f"machimap-work-{datetime.now():%Y%m%d-%H%M%S}.zip"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
            told = {"version": VERSION, "machimap": __version__, "made": datetime.now().isoformat(timespec="seconds")}
            out.writestr(MANIFEST, json.dumps(told))
            for path in _works(root):
                out.write(path, f"work/{path.relative_to(root).as_posix()}")
            for name in _changed_notebooks():
                out.write(home() / name, name)
    except OSError as error:
        with suppress(OSError):
            target.unlink()
        raise KeepError(
            "持ち帰る zip を書き込めないので、ディスクの空きを増やすか、別のフォルダを選んでください。"
        ) from error
    return target


def restore(source: str | Path | bytes) -> Restored:
    """Bring saved work back; what stands there and differs is moved to work/backup-…, nothing is lost.

    source: the zip's path or its bytes. Raises KeepError for anything that is not saved work, before anything changes.
    """
    root = work_root()
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(".restoring-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=root) as scratch:
        _unpack(source, Path(scratch))
        came = [path for top in ("work", *NOTEBOOK_FOLDERS) for path in sorted((Path(scratch) / top).glob("*"))]
        backup, names = _backup_folder(root), []
        for path in came:
            name = path.relative_to(scratch).as_posix()
            target = root / path.name if path.parent.name == "work" else home() / name
            if _same(path, target):
                continue
            if target.exists():
                _move(target, backup / name)
            _move(path, target)
            names.append(name)
    return Restored(tuple(names), backup if backup.exists() else None)


def rescue(lesson: str, municipality: str = "") -> Restored:
    """Bring a learner who fell behind to the start of a lesson ("02"): the lessons before it are run to their end, and
    its notebook and exercise are as they were given out.

    What the learner made is moved to work/backup-…; when a lesson fails, everything is put back. Raises NotebookMissing,
    places.PlaceError, LessonFailed.
    """
    from machimap.course.execute import HOUR, environment, notebook_path, run

    number = str(lesson).strip().zfill(2)
    notebook_path(number)
    place = places.find(municipality) if municipality.strip() else remembered()
    root = work_root()
    folder, backup = place_folder(place, root), _backup_folder(root)
    if folder.exists():
        _move(folder, backup / "work" / folder.name)
    names = [f"work/{folder.name}"]
    try:
        with environment(MACHIMAP_WORK=str(root)):
            for before in (one for one in HOUR if one < number):
                path = notebook_path(before)
                parameters = {"municipality": place.lg_code, "output_dir": str(folder)}
                run(path, parameters, folder / "notebooks" / path.name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if (backup / "work" / folder.name).exists():
            _move(backup / "work" / folder.name, folder)
            shutil.rmtree(backup, ignore_errors=True)
        raise
    remember(place)
    for name, body in pristine().items():
        path = home() / name
        if path.name.startswith(f"{number}_") and path.exists() and path.read_bytes() != body:
            _move(path, backup / name)
            path.write_bytes(body)
            names.append(name)
    return Restored(tuple(names), backup if backup.exists() else None)


def pristine() -> dict[str, bytes]:
    """Return the notebooks as they are given out, by their path below the home folder."""
    root = store.kit_root()
    if (root / "lessons").is_dir():
        from machimap.course.building import products
        from machimap.course.lessons import to_bytes

        return {made.path: to_bytes(made.book) for made in products(root) if made.folder in NOTEBOOK_FOLDERS}
    paths = (path for folder in NOTEBOOK_FOLDERS for path in sorted((root / folder).glob("*.ipynb")))
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}


def _works(root: Path) -> list[Path]:
    tops = [path for path in sorted(root.glob("*")) if not path.name.startswith(_LEFT_OUT)]
    every = (path for top in tops for path in ([top] if top.is_file() else sorted(top.rglob("*"))))
    return [path for path in every if path.is_file() and not path.is_symlink() and path.suffix not in (".lock", ".tmp")]


def _changed_notebooks() -> list[str]:
    return [
        name for name, body in pristine().items() if (home() / name).is_file() and (home() / name).read_bytes() != body
    ]


def _unpack(source: str | Path | bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as saved:
            told = json.loads(saved.read(MANIFEST))
            if told["version"] != VERSION:
                raise KeepError(
                    "この zip は新しい Machimap で作られたものなので、Machimap を新しくしてから戻してください。"
                )
            members = [member for member in saved.infolist() if not member.is_dir() and member.filename != MANIFEST]
            if sum(member.file_size for member in members) > LARGEST_BYTES:
                raise KeepError("この zip は大きすぎるので、Machimap の「持ち帰る」で作った zip を選んでください。")
            if not all(_allowed(member.filename) for member in members):
                raise KeepError(
                    "この zip にはここに置けないファイルがあるので、「持ち帰る」で作った zip を選んでください。"
                )
            saved.extractall(folder, members)
    except FileNotFoundError as error:
        raise KeepError("その zip が見つからないので、名前と場所を確かめてください。") from error
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError) as error:
        raise KeepError(
            "持ち帰った zip ではないか壊れているので、「持ち帰る」で作った zip を選んでください。"
        ) from error
    except OSError as error:
        raise KeepError(
            "zip の中身を書き込めないので、ディスクの空きを増やしてから、もう一度選んでください。"
        ) from error


def _allowed(name: str) -> bool:
    path = PurePosixPath(name)
    inside = len(path.parts) > 1 and ".." not in path.parts and "\\" not in name and ":" not in name
    if not inside or path.is_absolute():
        return False
    if path.parts[0] == "work":
        return not path.parts[1].startswith(_LEFT_OUT)
    return path.parts[0] in NOTEBOOK_FOLDERS and len(path.parts) == 2 and path.suffix == ".ipynb"


def _same(one: Path, other: Path) -> bool:
    if one.is_file():
        return other.is_file() and one.read_bytes() == other.read_bytes()
    if not other.is_dir():
        return False
    mine, theirs = ({path.relative_to(top) for path in top.rglob("*") if path.is_file()} for top in (one, other))
    return mine == theirs and all((one / name).read_bytes() == (other / name).read_bytes() for name in mine)


def _backup_folder(root: Path) -> Path:
    """Return a folder name that is not taken yet; it is made when something is moved into it."""
    stamp = f"backup-{datetime.now():%Y%m%d-%H%M%S}"
    taken = {path.name for path in root.glob("backup-*")}
    return root / next(name for name in (stamp, *(f"{stamp}-{n}" for n in range(2, 1000))) if name not in taken)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
