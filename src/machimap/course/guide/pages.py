"""The pages of the guide: text from the run sheet, the stumbles, the measured seconds and the tables of hazards."""

from __future__ import annotations

import re
from importlib import resources
from itertools import groupby

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from machimap.course.guide.runsheet import ANYTIME, ASKED, HOUR, LATE, Guide, GuideError, Step, Variant
from machimap.course.hosts import hosts

MANY_LETTERS = 300
_BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- /\2 -->)", re.DOTALL)


def plan(guide: Guide, variant: Variant) -> str:
    """Return the minute-by-minute plan of a variant (Markdown)."""
    rows = [_row(guide, variant, one) for one in variant.steps]
    parts = [(part, list(group)) for part, group in groupby(rows, lambda row: _part(guide, variant, row["step"]))]
    return _render("plan.md", guide=guide, variant=variant, rows=rows, parts=parts)


def printable(text: str) -> str:
    """Return a page of Markdown as HTML for paper; its links stay as they are."""
    title = next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")
    return _render("page.html", title=title, body=Markup(MarkdownIt("commonmark").enable("table").render(text)))


def faq(guide: Guide) -> str:
    """Return every stumble with its one line and why (Markdown), by lesson."""
    groups = {ANYTIME: "いつでも起きること"} | {book[10:12]: _title(guide, book) for book in _lessons(guide)}
    groups[ASKED] = "受講者に聞かれること"
    by_group = {
        title: [one for one in guide.stumbles.values() if one.where == where] for where, title in groups.items()
    }
    return _render("faq.md", groups=by_group)


def handout(guide: Guide) -> str:
    """Return the learners' sheet, one page of A4 (HTML)."""
    hour = guide.variant(HOUR)
    return _render(
        "handout.html",
        hour=hour,
        rows=[
            (step, _title(guide, step.notebook) if step.notebook else step.title) for step in hour.steps if step.handout
        ],
        stumbles=[one for one in guide.stumbles.values() if one.handout],
    )


def deck(guide: Guide, slides: list[str]) -> str:
    """Return the slides as one HTML file; what to say stands below a slide when N is pressed."""
    said = [
        [(step, variant.minutes) for variant in guide.variants for step in variant.steps if page in step.slides]
        for page in range(1, len(slides) + 1)
    ]
    pages = [
        (Markup(inside), [f"{minutes}分の進め方、{step.minute}分：{step.say}" for step, minutes in notes])
        for inside, notes in zip(slides, said, strict=True)
    ]
    return _render("deck.html", pages=pages)


def filled(guide: Guide, text: str) -> str:
    """Return a page written by hand with its blocks `<!-- name -->` … `<!-- /name -->` made anew."""
    blocks = {"hosts": _hosts, "measured": lambda: _measured(guide), "seconds": lambda: _waits(guide)}

    def body(found: re.Match[str]) -> str:
        if found[2] not in blocks:
            raise GuideError(f"「<!-- {found[2]} -->」という場所に入れるものがないので、名前を直してください。")
        return f"{found[1]}{blocks[found[2]]()}\n{found[3]}"

    return _BLOCK.sub(body, text)


def clock(minute: int) -> str:
    """Return minutes as hours and minutes ("1:05")."""
    return f"{minute // 60}:{minute % 60:02}"


def late_words(variant: Variant, step: Step) -> str:
    """Return what a class does that is LATE minutes behind when this step should begin."""
    told = []
    for left, follows in variant.jumps(step):
        names = "".join(f"「{_short(one)}」" for one in left)
        told.append(
            f"{names}を飛ばして「{_short(follows)}」へ" if follows else f"{names}を短くして、時間どおりに終わる"
        )
    return ("いま" if step.id in step.late else "このあと") + "、".join(told)


def _row(guide: Guide, variant: Variant, step: Step) -> dict[str, object]:
    book = guide.books.get(step.notebook)
    first = bool(step.notebook) and step is variant.of(step.notebook)[0]
    titles = ("", *step.cells) if first else step.cells
    return {
        "step": step,
        "from": clock(step.minute),
        "to": clock(step.minute + step.minutes),
        "what": _what(step),
        "code": book.code(titles) if book else None,
        "letters": book.letters(titles) if book else 0,
        "much": bool(book) and book.letters(titles) > MANY_LETTERS * step.minutes,
        "seconds": guide.measured.seconds(step, first) if step.notebook else None,
        "stumbles": [guide.stumbles[one] for one in step.stuck],
        "late": late_words(variant, step),
    }


def _part(guide: Guide, variant: Variant, step: Step) -> str:
    if not step.notebook:
        return f"{step.title}（{step.minutes}分）"
    link = f"[{_title(guide, step.notebook)}](../../{step.notebook})"
    return f"{link}（{variant.planned(step.notebook)}分）"


def _what(step: Step) -> str:
    return f"{_label(step)}　{' ／ '.join(step.cells)}" if step.notebook else step.title


def _label(step: Step) -> str:
    return f"{step.lesson} の練習" if step.practice else step.lesson


def _short(step: Step) -> str:
    if not step.notebook:
        return step.title
    if step.practice:
        return _label(step)
    numbers = [cell.split(".")[0] for cell in step.cells if cell[0].isdigit()]
    return f"{step.lesson} の {numbers[0]}" + (f"〜{numbers[-1]}" if len(numbers) > 1 else "")


def _lessons(guide: Guide) -> list[str]:
    return [name for name in guide.variant(HOUR).notebooks if name.startswith("notebooks/")]


def _title(guide: Guide, name: str) -> str:
    """Return the heading of a notebook's first cell."""
    return guide.books[name].sections[0][1][0].source.splitlines()[0].lstrip("# ").strip()


def _hosts() -> str:
    lines = ["| 通すホスト（HTTPS、443番） | そこから来るもの | 通さないと |", "|---|---|---|"]
    lost = {
        "layers": "区域の色が出ない。深さは「データなし」と出る",
        "base-layers": "背景が白い。境界と印は出る",
        "services": "使えないと1文が出る。入っている一覧で続けられる",
    }
    return "\n".join([*lines, *(f"| `{one.name}` | {one.text()} | {lost[one.table]} |" for one in hosts())])


def _measured(guide: Guide) -> str:
    measured = guide.measured
    lines = [
        f"{measured.day} に、{measured.machine}で、{measured.place}の全部のセルを順に動かして測りました。",
        "1人だけが使っているときの秒数です。おおぜいで1台を使うと、長くなります。",
        "",
        "| ノート | 通信しないとき | 返事のない網のとき | 1時間の進め方の分 |",
        "|---|---|---|---|",
    ]
    hour = guide.variant(HOUR)
    for name in dict.fromkeys(name for name, _ in measured.sections):
        taken = [value for (book, _), value in measured.sections.items() if book == name]
        planned = f"{hour.planned(name)}分" if hour.of(name) else "－"
        lines.append(
            f"| `{name}` | {sum(one.offline for one in taken):.1f}秒 | {sum(one.silent for one in taken):.1f}秒 | {planned} |"
        )
    return "\n".join(
        [*lines, "", f"このほかに、ノートを開いて計算の準備ができるまでに {measured.kernel:.1f}秒かかります。"]
    )


def _waits(guide: Guide) -> str:
    taken = {name: value for name, value in guide.measured.sections.items() if value.silent - value.offline > 1}
    if not taken:
        return "返事のない網でも、どの節も、通信しないときと1秒もちがいませんでした。"
    lines = [
        f"- {name[10:12]} の「{title or 'はじめ'}」：{value.offline:.1f}秒 → {value.silent:.1f}秒"
        for (name, title), value in taken.items()
    ]
    return "\n".join(
        ["返事のない網で、1秒より長く待った節は次のとおりです（通信しないとき → 返事のない網のとき）。", "", *lines]
    )


def _render(name: str, **values: object) -> str:
    environment = Environment(
        loader=FunctionLoader(_source),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=name.endswith(".html"),
    )
    return environment.get_template(name).render(clock=clock, late_minutes=LATE, asked=ASKED, **values)


def _source(name: str) -> str:
    return resources.files("machimap.course.guide").joinpath("templates", name).read_text(encoding="utf-8")
