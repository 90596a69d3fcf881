"""Keep a published site current: the publisher's newest lists, a difference that a clerk can review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from machimap import __version__, places
from machimap.datasets.build import diff
from machimap.datasets.newest import NotPublished, address, newest
from machimap.places import Place
from machimap.site import own_layer, pages
from machimap.site.build import build
from machimap.site.exports import site_table
from machimap.site.folder import SiteError, read_marker
from machimap.site.map_data import SHELTERS, SITES
from machimap.spreadsheet import safe_cell

RECORD = Path("data") / "更新の記録.md"
WORKFLOW = Path(".github") / "workflows" / "refresh.yml"
MAX_DROP, FEW_ROWS = diff.MAX_DROP, 2
_TITLE = "# 更新の記録\n"


@dataclass(frozen=True)
class Refreshed:
    """Whether the site changed, how each list did, the record that a clerk reviews, and how many cells else changed."""

    changed: bool
    differences: tuple[diff.Difference, ...]
    record: str
    others: int = 0

    def text(self) -> str:
        """One line for each list."""
        lines = [difference.summary() for difference in self.differences]
        lines += [f"そのほかの変更（住所、備考など）：{self.others:,}か所"] if self.others else []
        return "\n".join([*lines, "サイトを作り直しました。" if self.changed else "変わったところはありません。"])


def refresh(site_folder: Path, *, today: date | None = None, allow_drop: bool = False) -> Refreshed:
    """Bring a site up to the publisher's newest lists and write what changed; with no change nothing is written.

    Added, removed, moved by more than 30 m, renamed and differently designated places are written to RECORD, the
    newest on top. Both lists are read before anything is written. Raises SiteError for a folder that is no site or
    whose lists have no ID or share none with the publisher's, and for a list that shrank by more than 5 % and FEW_ROWS rows, or lost half of its
    places (unless allow_drop); datasets.newest.NewestError when a list cannot be had.
    """
    site_folder = Path(site_folder).resolve()  # the folder is renamed while it may be the current one
    options = read_marker(site_folder).options
    if not options:
        raise SiteError(f"「{site_folder.name}」はサイトのフォルダではないので、サイトのフォルダを指定してください。")
    place = places.find(options["place"])
    before = {kind: _with_ids(site_table(site_folder, kind), kind) for kind in (SITES, SHELTERS)}
    after = {kind: _newest(place, kind, before[kind]) for kind in (SITES, SHELTERS)}
    for kind in before:
        _check_same_ids(before[kind], after[kind], kind)
    before = {kind: _like(before[kind], after[kind]) for kind in before}
    differences = tuple(diff.compare(kind, before[kind], _like(after[kind], before[kind])) for kind in before)
    if not allow_drop:
        for difference in differences:
            _check_drop(difference)
    if not any(_changed(before[kind], after[kind]) for kind in before):
        return Refreshed(False, differences, "")
    day = (today or date.today()).isoformat()
    others = {kind: _others(before[kind], after[kind]) for kind in before}
    record = _record(place, differences, others, day)
    build(
        place,
        site_folder,
        hazard=options["hazard"],
        sites=after[SITES],
        shelters=after[SHELTERS],
        layer=own_layer.from_site(site_folder, options.get("layer")),
        licence=options["licence"],
        url=options["url"],
        dated=day,
    )
    _write_record(site_folder / RECORD, record)
    return Refreshed(True, differences, record, sum(map(len, others.values())))


def write_workflow(site_folder: Path, kit: str = f"machimap=={__version__}") -> Path:
    """Write the monthly workflow that opens the difference as a pull request; return its path.

    kit: what `pip install` takes to install Machimap. An existing workflow stays as it is.
    """
    path = site_folder / WORKFLOW
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages.render("exports/refresh.yml", kit=kit), encoding="utf-8")
    return path


def _with_ids(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    ids = table.get("ID", pd.Series(dtype=str))
    if len(table) and (len(ids) != len(table) or (ids == "").any() or ids.duplicated().any()):
        raise SiteError(
            f"サイトの{kind}が国の一覧の形（ID）でないので、もとの表を直してから `machimap site まち` で作り直してください。"
        )
    return table


def _check_same_ids(before: pd.DataFrame, after: pd.DataFrame, kind: str) -> None:
    if len(before) and len(after) and not before["ID"].isin(after["ID"]).any():
        raise SiteError(
            f"サイトの{kind}のIDが国の一覧と1つも合わず、何も変えていないので、自分の表からつくったサイトは、その表を新しくして `machimap site まち` で作り直してください。"
        )


def _newest(place: Place, kind: str, before: pd.DataFrame) -> pd.DataFrame:
    """The newest list; where the site has no rows and the publisher no list, it is still without rows."""
    try:
        return newest(place, kind)
    except NotPublished:
        if len(before):
            raise
        return before


def _like(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """A list with every column of the other one, so that both can be laid side by side."""
    missing = [name for name in other.columns if name not in table.columns]
    return table.assign(**{name: float("nan") if name in ("緯度", "経度") else "" for name in missing})


def _others(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The changed cells that `diff.compare` does not tell (address, notes, a few metres): ID, 名称, 列, 前, 後."""
    old, new = before.set_index("ID"), after.set_index("ID")
    both = old.index.intersection(new.index)
    far = set(diff.compare("", before, _like(after, before)).moved["ID"])
    told = {"名称", *(name for name in new.columns if name.startswith("災害種別_") or name.endswith("との重複"))}
    rows = [
        (key, new.at[key, "名称"], name, old.at[key, name], new.at[key, name])
        for name in new.columns
        for key in both
        if name not in told and not (name in ("緯度", "経度") and key in far)
        if safe_cell(str(old.at[key, name])) != safe_cell(str(new.at[key, name]))
    ]
    return pd.DataFrame(rows, columns=["ID", "名称", "列", "前", "後"]).sort_values("ID", kind="stable")


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    def plain(table: pd.DataFrame) -> pd.DataFrame:
        return (
            table.sort_values("ID", ignore_index=True).reindex(columns=sorted(after.columns)).astype(str).map(safe_cell)
        )

    return not plain(before).equals(plain(after))


def _check_drop(difference: diff.Difference) -> None:
    lost, gone = difference.before - difference.after, len(difference.removed)
    shrank = lost > max(FEW_ROWS, difference.before * MAX_DROP) or (difference.before > 0 and difference.after == 0)
    if shrank or gone > max(FEW_ROWS, difference.before / 2):
        raise SiteError(
            f"{difference.kind}が{difference.before}件から{difference.after}件（なくなったもの{gone}件）と大きく減り、何も変えていないので、"
            "公開元に確かめてから --allow-drop を付けてください。"
        )


def _record(place: Place, differences: tuple[diff.Difference, ...], others: dict[str, pd.DataFrame], day: str) -> str:
    parts = [f"## {day}　{place.full_name}\n"]
    for difference in differences:
        parts.append(f"### {difference.kind}\n\n{difference.summary()}\n\n公開元：{address(place, difference.kind)}\n")
        for title, table in (difference.tables() | {"そのほかの変更": others[difference.kind]}).items():
            if len(table):
                parts.append(f"#### {title}（{len(table)}件）\n\n{_markdown(table)}\n")
    return "\n".join(parts)


def _markdown(table: pd.DataFrame) -> str:
    head = [str(name) for name in table.columns]
    rows = [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return text or "（空）"


def _write_record(path: Path, record: str) -> None:
    earlier = path.read_text(encoding="utf-8").removeprefix(_TITLE) if path.exists() else ""
    path.write_text(f"{_TITLE}\n{record}{earlier}", encoding="utf-8")
