"""The instructor's guide, made of its data: plans, handout, questions, slides, and the tables in pages by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from machimap import store
from machimap.course.files import write_whole
from machimap.course.guide.runsheet import FOLDER, Guide, GuideError, load

__all__ = ["FOLDER", "Guide", "GuideError", "build", "differences", "guide", "products"]

BY_HAND = ("room.md",)


def guide(root: Path | None = None) -> Guide:
    """Return the run sheet, the stumbles and the measured seconds of the checkout. Raises GuideError."""
    from machimap.course.guide import deck

    root = root or store.kit_root()
    return load(root, deck.titles(deck.notebook(_text(root, deck.MASTER))))


def products(root: Path | None = None) -> dict[str, str]:
    """Return the text of every page that is made, by its path below the root; the deck's notebook is run for it.

    Raises GuideError when the data do not fit together, LessonFailed when a cell of the deck fails.
    """
    from machimap.course.guide import deck, pages
    from machimap.course.lessons import to_bytes

    root = root or store.kit_root()
    told = guide(root)
    with tempfile.TemporaryDirectory() as folder:
        book = deck.executed(deck.notebook(_text(root, deck.MASTER)), Path(folder))
    made = {f"plan-{one.minutes}.md": pages.plan(told, one) for one in told.variants}
    made |= {name.replace(".md", ".html"): pages.printable(text) for name, text in made.items()}
    made |= {"faq.md": pages.faq(told), "handout.html": pages.handout(told)}
    made |= {deck.BOOK: to_bytes(book).decode(), deck.PAGE: pages.deck(told, deck.slides(book))}
    made |= {name: pages.filled(told, _text(root, name)) for name in BY_HAND}
    return {f"{FOLDER}/{name}": text for name, text in made.items()}


def build(root: Path | None = None) -> list[Path]:
    """Write every page that differs; return those written. Raises GuideError, LessonFailed."""
    root = root or store.kit_root()
    wrong = {root / name: text for name, text in products(root).items() if not _is(root / name, text)}
    for path, text in wrong.items():
        write_whole(path, text)
    return list(wrong)


def differences(root: Path | None = None) -> list[str]:
    """Return in words which pages are not what the data make of them; nothing is written."""
    root = root or store.kit_root()
    return [f"{name} がもとのデータと違う" for name, text in products(root).items() if not _is(root / name, text)]


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def _text(root: Path, name: str) -> str:
    try:
        return (root / FOLDER / name).read_text(encoding="utf-8")
    except OSError as error:
        raise GuideError(
            f"{FOLDER}/{name} が見つからないので、リポジトリのフォルダで動かしているか確かめてください。"
        ) from error
