"""What a notebook says when the world changed under it: another municipality was chosen, or none yet."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from machimap import places
from machimap.course.files import write_whole
from machimap.course.session import choice_file, chosen, work_root
from machimap.places import Place

FIRST, LAST = "01", "04"
_watched: dict[str, Place] = {}


def begun(place: Place, *, by_choice: bool) -> None:
    """Say in one sentence what a learner would not expect of the place with which this notebook begins, and watch it.

    by_choice: the place is the chosen one, not one named in the notebook. Nothing is said where the notebook is not
    known, or in 00, where the place is chosen.
    """
    number, is_exercise = _notebook()
    if not FIRST <= number <= LAST:
        return
    if by_choice and not choice_file().exists():
        print(f"まだ 00 でまちを選んでいないので、{place.name}で進めます。")
    said = _other_place(place, number, is_exercise)
    if said:
        print(said)
    if not is_exercise:
        _keep(number, place)
    if by_choice:
        _watch(place)


def _other_place(place: Place, number: str, is_exercise: bool) -> str:
    """Return what to say if the lessons before this notebook were done for another place."""
    before = {
        one: code for one, code in sorted(_kept().items()) if FIRST <= one < number or (is_exercise and one == number)
    }
    others = [one for one, code in before.items() if code != place.lg_code]
    if not others or others[-1] != max(before):
        return ""
    with suppress(places.PlaceError):
        other = places.by_code(before[others[-1]])
        return (
            f"{others[-1]} は{other.full_name}で動かしましたが、いまのまちは{place.full_name}なので、"
            f"{others[0]} から動かし直すか、00 で{other.name}を選び直してください。"
        )
    return ""


def _watch(place: Place) -> None:
    """From now on, say after a cell if another place has been chosen elsewhere; does nothing outside IPython."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and not _watched:
        shell.events.register("post_run_cell", _look)
    _watched["place"] = _watched["said"] = place


def _look(_result: object) -> None:
    now = chosen()
    if now is None or now == _watched["said"]:
        return
    _watched["said"] = now
    if now != _watched["place"]:
        print(
            f"00 で{now.full_name}が選ばれましたが、このノートはまだ{_watched['place'].full_name}なので、"
            "まちを変えるときは、いちばん上のセルから順に動かし直してください。"
        )


def _notebook() -> tuple[str, bool]:
    """Return the number of this notebook ("" where the server does not tell its path), and if it is an exercise."""
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    number, _, rest = path.name.partition("_")
    return (number if rest and number.isdigit() and len(number) == 2 else ""), path.parent.name == "exercises"


def _kept() -> dict[str, str]:
    """Return with which place each lesson was begun last, by number; what cannot be read counts as nothing."""
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
        return {str(number): str(code) for number, code in kept.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _keep(number: str, place: Place) -> None:
    with suppress(OSError):
        write_whole(_file(), json.dumps(_kept() | {number: place.lg_code}))


def _file() -> Path:
    return work_root() / "lessons.json"
