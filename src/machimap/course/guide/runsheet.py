"""The run sheet of the course as data: what happens at which minute, with which cells, and what to do when late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from machimap.course.guide.sections import Notebook, read
from machimap.errors import MachimapError

FOLDER = "docs/instructor"
HOUR = 60
LATE = 5
ANYTIME, ASKED = "いつでも", "質問"
SHARE_OF_MINUTES = 0.5


class GuideError(MachimapError):
    """The run sheet, the stumbles or the deck cannot be made into the guide; says what does not fit."""


@dataclass(frozen=True)
class Stumble:
    """Where people get stuck: what is seen, the one line to say, why, and the words that the kit shows."""

    id: str
    where: str
    when: str
    say: str
    more: str
    shown: tuple[str, ...] = ()
    menu: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    handout: bool = False


@dataclass(frozen=True)
class Step:
    """What happens from one minute on: the sections of a notebook, or something that is in none (`title`)."""

    id: str
    minute: int
    minutes: int
    say: str
    checkpoint: str
    late: tuple[str, ...]
    notebook: str = ""
    cells: tuple[str, ...] = ()
    title: str = ""
    slides: tuple[int, ...] = ()
    stuck: tuple[str, ...] = ()
    handout: str = ""

    @property
    def lesson(self) -> str:
        """The number of the lesson ("02"), or ""."""
        return Path(self.notebook).name[:2] if self.notebook else ""

    @property
    def practice(self) -> bool:
        """Whether the notebook is an exercise."""
        return self.notebook.startswith("exercises/")


@dataclass(frozen=True)
class Variant:
    """One way to spend the time: 60, 30 or 180 minutes."""

    minutes: int
    title: str
    audience: str
    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        """Return one step by its id."""
        return next(step for step in self.steps if step.id == step_id)

    def of(self, notebook: str) -> list[Step]:
        """Return the steps of one notebook."""
        return [step for step in self.steps if step.notebook == notebook]

    def planned(self, notebook: str) -> int:
        """Return the minutes that one notebook is given."""
        return sum(step.minutes for step in self.of(notebook))

    @property
    def notebooks(self) -> list[str]:
        """The notebooks in the order in which they are opened."""
        return list(dict.fromkeys(step.notebook for step in self.steps if step.notebook))

    def jumps(self, step: Step) -> list[tuple[list[Step], Step | None]]:
        """Return what a class leaves out that is late at a step: each run of steps, and where it goes on (None: the end)."""
        found: list[tuple[list[Step], Step | None]] = []
        for number, one in enumerate(self.steps):
            if one.id in step.late:
                follows = self.steps[number + 1] if number + 1 < len(self.steps) else None
                run = found.pop()[0] if found and found[-1][1] is one else []
                found.append(([*run, one], follows))
        return found


@dataclass(frozen=True)
class Seconds:
    """What a section takes to run: without the network, and with one that never answers."""

    offline: float
    silent: float


@dataclass(frozen=True)
class Measured:
    """The seconds of every section, on which day and machine they were taken, and those until a kernel stands."""

    day: str
    machine: str
    place: str
    kernel: float
    sections: dict[tuple[str, str], Seconds]

    def seconds(self, step: Step, first: bool = False) -> Seconds:
        """Return what the cells of a step take; `first`: with the cells above the notebook's first section."""
        names = [*([""] if first else []), *step.cells]
        taken = [self.sections[step.notebook, name] for name in names]
        return Seconds(sum(one.offline for one in taken), sum(one.silent for one in taken))


@dataclass(frozen=True)
class Guide:
    """All that the pages are made of."""

    root: Path
    variants: tuple[Variant, ...]
    stumbles: dict[str, Stumble]
    measured: Measured
    slides: tuple[str, ...]

    def variant(self, minutes: int) -> Variant:
        """Return the variant of so many minutes."""
        return next(one for one in self.variants if one.minutes == minutes)

    @cached_property
    def books(self) -> dict[str, Notebook]:
        """The notebooks that the steps name, by their path."""
        return {name: read(self.root, name) for name in {name for one in self.variants for name in one.notebooks}}


def load(root: Path, slides: tuple[str, ...]) -> Guide:
    """Return the guide below `root`; `slides` are the titles of the deck's pages. Raises GuideError."""
    folder = root / FOLDER
    stumbles = [_made(Stumble, one, "stumbles.yml") for one in _yaml(folder / "stumbles.yml")]
    variants = tuple(_variant(one) for one in _yaml(folder / "runsheet.yml")["variants"])
    guide = Guide(root, variants, {one.id: one for one in stumbles}, _measured(folder / "measured.yml"), slides)
    for fault in faults(guide):
        raise GuideError(f"{fault}ので、{FOLDER} の runsheet.yml か、名前の出たファイルを直してください。")
    return guide


def faults(guide: Guide) -> Iterator[str]:
    """Yield in words what does not fit: minutes, cells, slides, stumbles, the lessons' 所要時間, the seconds measured."""
    for variant in guide.variants:
        ids = [step.id for step in variant.steps]
        if len(set(ids)) < len(ids):
            yield f"{variant.minutes}分の進め方に、同じ id が2つある"
            return
        yield from _minutes(variant)
        for step in variant.steps:
            yield from (f"{variant.minutes}分の {step.id}：{fault}" for fault in _step(guide, variant, step))
        for name in variant.notebooks:
            yield from (f"{variant.minutes}分の {name}：{fault}" for fault in _notebook(guide, variant, name))
    pages = [page for step in guide.variant(HOUR).steps for page in step.slides]
    if pages != list(range(1, len(guide.slides) + 1)):
        yield f"1時間の進め方で、スライドが1枚目から{len(guide.slides)}枚目まで順に出てこない"


def _minutes(variant: Variant) -> Iterator[str]:
    if variant.steps[0].minute != 0:
        yield f"{variant.minutes}分の進め方が、0分から始まっていない"
    for step in variant.steps:
        if step.minutes <= 0:
            yield f"{variant.minutes}分の {step.id} の次の時刻が、前に戻っているか、終わりを過ぎている"


def _step(guide: Guide, variant: Variant, step: Step) -> Iterator[str]:
    if bool(step.notebook) == bool(step.title) or bool(step.notebook) != bool(step.cells):
        yield "notebook と cells か、title か、どちらか一方が要る"
    yield from (f"stumbles.yml に {one} がない" for one in step.stuck if one not in guide.stumbles)
    yield from (f"スライドに {page} 枚目がない" for page in step.slides if not 1 <= page <= len(guide.slides))
    later = {one.id: one.minutes for one in variant.steps[variant.steps.index(step) :]}
    if not step.late or any(one not in later for one in step.late):
        yield "late に、このあとの id が書かれていない"
    elif sum(later[one] for one in step.late) < min(LATE, variant.minutes - step.minute):
        yield f"late を全部飛ばしても、{LATE}分を取り戻せない"


def _notebook(guide: Guide, variant: Variant, name: str) -> Iterator[str]:
    book = guide.books[name]
    if not book.titles:
        yield "ファイルがない"
        return
    cells = [title for step in variant.of(name) for title in step.cells]
    if unknown := [title for title in cells if title not in book.titles]:
        yield f"「{unknown[0]}」という見出しがない"
        return
    if cells != [title for title in book.titles if title in cells]:
        yield "見出しの順がノートと違うか、2度出てくる"
    if variant.minutes >= HOUR and (left := [title for title in book.titles if title not in cells]):
        yield f"「{left[0]}」がどこにも出てこない"
    planned, told = variant.planned(name), book.minutes
    if (variant.minutes == HOUR and planned != told) or (planned - told) * (variant.minutes - HOUR) < 0:
        yield f"進め方では{planned}分、ノートの所要時間は{told}分で合わない"
    yield from _seconds(guide, variant, name)


def _seconds(guide: Guide, variant: Variant, name: str) -> Iterator[str]:
    if missing := [title for title in ("", *guide.books[name].titles) if (name, title) not in guide.measured.sections]:
        yield f"measured.yml に「{missing[0] or 'はじめ'}」の秒数がない（bench/bench_runsheet.py で測り直す）"
        return
    for step in variant.of(name):
        taken = guide.measured.seconds(step, first=step is variant.of(name)[0])
        if max(taken.offline, taken.silent) > step.minutes * 60 * SHARE_OF_MINUTES:
            yield f"{step.id} は動かすだけで{max(taken.offline, taken.silent):.0f}秒かかり、{step.minutes}分の半分を超える"


def _variant(told: dict[str, Any]) -> Variant:
    minutes, steps = told["minutes"], told["steps"]
    ends = [step["minute"] for step in steps[1:]] + [minutes]
    made = [
        _made(Step, {**step, "minutes": end - step["minute"]}, "runsheet.yml")
        for step, end in zip(steps, ends, strict=True)
    ]
    return Variant(minutes, told["title"], told["audience"], tuple(made))


def _made(kind: type, told: dict[str, Any], name: str) -> Any:
    """Return a frozen entry of a file; its lists become tuples."""
    try:
        return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})
    except TypeError as error:
        raise GuideError(
            f"{name} の {told.get('id', '名前のない項目')} に足りないか余分なものがある（{error}）ので、直してください。"
        ) from error


def _measured(path: Path) -> Measured:
    told = _yaml(path)
    sections = {
        (name, section["name"]): Seconds(section["offline"], section["silent"])
        for name, every in told["notebooks"].items()
        for section in every
    }
    return Measured(str(told["day"]), told["machine"], told["place"], told["kernel"], sections)


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GuideError(
            f"{path.name} が見つからないので、リポジトリのフォルダで動かしているか確かめてください。"
        ) from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f"{place.line + 1}行目" if place else "どこか"
        raise GuideError(
            f"{path.name} の{where}が YAML として読めないので、字下げと引用符を直してください。"
        ) from error
