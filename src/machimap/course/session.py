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


@dataclass(frozen=True)
class Session:
    """The place of this notebook and the folder that its results go to."""

    place: Place
    folder: Path


def start(municipality: str = "", output_dir: str = "") -> Session:
    """Return the place and the folder (made) for a notebook, and show errors as one sentence from now on.

    municipality: any text that `places.find` takes; "" means what was chosen before, else 八王子市.
    output_dir: "" means work/<lg_code>_<name>. Raises places.PlaceError.
    """
    show_sentences()
    place = places.find(municipality) if str(municipality).strip() else remembered()
    folder = Path(output_dir) if str(output_dir).strip() else place_folder(place, work_root())
    folder.mkdir(parents=True, exist_ok=True)
    session = Session(place, folder)
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
    """Return the folder of the learner's notebooks/ and exercises/: that of the copy which holds RECORD (the current
    one or one above), else the checkout, else the current folder.
    """
    here, kit = Path.cwd(), store.kit_root()
    copy = next((folder for folder in (here, *here.parents) if (folder / RECORD).is_file()), None)
    return copy or (kit if (kit / "pyproject.toml").exists() else here)


def place_folder(place: Place, root: Path) -> Path:
    """Return the folder of one place's results below `root`."""
    return root / place.slug


def remember(place: Place) -> None:
    """Keep the chosen place for the other notebooks (written whole or not at all)."""
    kept = {"lg_code": place.lg_code, "name": place.full_name}
    write_whole(_choice_file(), json.dumps(kept, ensure_ascii=False))


def remembered() -> Place:
    """Return the place chosen before, or 八王子市 when nothing usable is kept (said in one line)."""
    path = _choice_file()
    if not path.exists():
        return places.by_code(DEFAULT_LG_CODE)
    try:
        return places.by_code(json.loads(path.read_text(encoding="utf-8"))["lg_code"])
    except (ValueError, KeyError, TypeError, OSError, places.PlaceError):
        default = places.by_code(DEFAULT_LG_CODE)
        print(f"前に選んだまちの記録を読めないため、{default.name}で始めます。00 のノートで選び直せます。")
        return default


def _tell_the_class() -> None:
    """Report which notebook was begun, where the server tells its path and a class is held."""
    from machimap.course import classroom

    classroom.report(notebook=Path(os.environ.get("JPY_SESSION_NAME", "")).stem)


def _choice_file() -> Path:
    return work_root() / "choice.json"
