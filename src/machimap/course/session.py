"""What a notebook needs at its top: the place, the folder, and errors in one Japanese sentence."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from machimap import places, store
from machimap.course.files import write_whole
from machimap.course.friendly import show_sentences
from machimap.places import Place

DEFAULT_LG_CODE = "132012"
RECORD = ".machimap.json"
_started: list[Session] = []
_made: set[Path] = set()


@dataclass(frozen=True)
class Session:
    """The place of this notebook and the path of the folder that its results go to, which is made when it is used."""

    place: Place
    path: Path

    @property
    def folder(self) -> Path:
        """The folder, made where it is not there; where it has been deleted one sentence says so."""
        self.keep()
        return self.path

    def keep(self) -> None:
        """Make the folder where it is not there; where it has been deleted, the record of the choice with it."""
        known = self.path in _made
        _made.add(self.path)
        if self.path.is_dir():
            return
        self.path.mkdir(parents=True)
        if known:
            if not choice_file().exists():
                remember(self.place)
            print(
                f"「{self.path.name}」のフォルダがなくなっていたので、作り直しました（前につくったものは、"
                "01 から順に動かすと、もう一度できます）。"
            )


def start(municipality: str = "", output_dir: str = "") -> Session:
    """Return the place and the folder for a notebook, and show errors as one sentence from now on.

    municipality: any text that `places.find` takes; "" means what was chosen before, else 八王子市.
    output_dir: "" means work/<lg_code>_<name>. The folder is made, but not for the 八王子市 that nobody has chosen:
    that one is made when something is put there. Raises places.PlaceError.
    """
    from machimap.course import notice

    show_sentences()
    named = str(municipality).strip()
    place = places.find(municipality) if named else remembered()
    folder = Path(output_dir) if str(output_dir).strip() else place_folder(place, work_root())
    notice.begun(place, by_choice=not named)
    session = Session(place, folder)
    if named or str(output_dir).strip() or choice_file().exists():
        _made.discard(folder)
        session.keep()
    _started.append(session)
    _tell_the_class()
    return session


def started() -> list[Session]:
    """Return the sessions that this notebook has started, the latest last."""
    return list(_started)


def work_root() -> Path:
    """Return the folder of all results: MACHIMAP_WORK, else work/ beside the notebooks."""
    chosen = os.environ.get("MACHIMAP_WORK")
    return Path(chosen) if chosen else home() / "work"


def home() -> Path:
    """Return the folder of the learner's notebooks/ and exercises/: `lessons_home`, else the checkout, else the
    current folder.
    """
    kit = store.kit_root()
    return lessons_home() or (kit if (kit / "pyproject.toml").exists() else Path.cwd())


def lessons_home() -> Path | None:
    """Return the folder of lessons that this kernel runs in (a copy with its RECORD, or a repository), or None."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if _holds_lessons(folder)), None)


def place_folder(place: Place, root: Path) -> Path:
    """Return the folder of one place's results below `root`."""
    return root / place.slug


def remember(place: Place) -> None:
    """Keep the chosen place for the other notebooks (written whole or not at all)."""
    kept = {"lg_code": place.lg_code, "name": place.full_name}
    write_whole(choice_file(), json.dumps(kept, ensure_ascii=False))


def remembered() -> Place:
    """Return the place chosen before, or 八王子市 when nothing usable is kept (said in one line)."""
    place = chosen()
    if place is not None:
        return place
    default = places.by_code(DEFAULT_LG_CODE)
    if choice_file().exists():
        print(f"前に選んだまちの記録を読めないため、{default.name}で始めます。00 のノートで選び直せます。")
    return default


def chosen() -> Place | None:
    """Return the place chosen in 00, or None where nothing usable is kept."""
    try:
        return places.by_code(json.loads(choice_file().read_text(encoding="utf-8"))["lg_code"])
    except (ValueError, KeyError, TypeError, OSError, places.PlaceError):
        return None


def choice_file() -> Path:
    """Return the path of the record of the chosen place."""
    return work_root() / "choice.json"


def _holds_lessons(folder: Path) -> bool:
    return (folder / RECORD).is_file() or all((folder / name).is_dir() for name in ("lessons", "notebooks"))


def _tell_the_class() -> None:
    """Report which notebook was begun, where the server tells its path and a class is held."""
    from machimap.course import classroom

    classroom.report(notebook=Path(os.environ.get("JPY_SESSION_NAME", "")).stem)
