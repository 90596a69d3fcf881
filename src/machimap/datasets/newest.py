"""The newest national list of one municipality, straight from its publisher."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd

from machimap import online, store
from machimap.datasets.build import national, shelters
from machimap.datasets.build.sources import SHELTER_LIST, SITE_LIST
from machimap.datasets.bundled import table
from machimap.errors import MachimapError
from machimap.places import Place

SERVICES = {SITE_LIST: "sites_csv", SHELTER_LIST: "shelters_csv"}
_MARKS = {SITE_LIST: "洪水", SHELTER_LIST: "受入対象者"}
_NEEDED = {"共通ID", "施設・場所名", "住所", "緯度", "経度"}


class NewestError(MachimapError):
    """The publisher's newest list cannot be had, or is not what it should be."""


class NotPublished(NewestError):
    """The publisher has no such list of this municipality (404)."""


def address(place: Place, kind: str) -> str:
    """Return where the publisher keeps a list of a municipality (of a ward: that of its city)."""
    code = (place.parent_lg_code or place.lg_code)[:5]
    return table("hazards", "services").set_index("key").loc[SERVICES[kind], "url"].replace("{code}", code)


def newest(place: Place, kind: str, limits: online.Limits = online.DEFAULT) -> pd.DataFrame:
    """Return the newest rows of a national list for one place, in the columns of `datasets.shelters`.

    The publisher is asked anew; an earlier answer does not count. Names and codes are mended as in the bundled
    lists (`machimap.datasets.build`). Raises NotPublished when the source has none, NewestError when it gives no
    answer, one that is cut or something else, rows of another municipality, or rows that cannot be used.
    """
    raw = _rows(_answer(address(place, kind), limits), kind)
    code = (place.parent_lg_code or place.lg_code)[:5]
    other = raw[raw["共通ID"].str[1:6] != code]
    if len(other):
        raise NewestError(
            f"公開元の{kind}に、ほかの市区町村の行が{len(other)}行まざっているので、何も変えずに、時間をおいて試してください。"
        )
    twice = int(raw["共通ID"].duplicated().sum())
    if twice:
        raise NewestError(
            f"公開元の{kind}に、同じ共通IDの行が{twice}行重なっているので、何も変えずに、公開元に確かめてください。"
        )
    built = _built(raw, kind)
    if len(built.set_aside):
        raise NewestError(
            f"公開元の{kind}に、位置を読めない行が{len(built.set_aside)}行あるので、何も変えずに、公開元に確かめてください。"
        )
    rows = built.table.astype({"緯度": float, "経度": float})
    column = "所在地_全国地方公共団体コード" if place.parent_lg_code else "全国地方公共団体コード"
    return rows[rows[column] == place.lg_code].reset_index(drop=True)


def _answer(url: str, limits: online.Limits) -> bytes:
    try:
        answer = online.fetch(url, "csv", replace(limits, fresh_days=0.0, missing_hours=0.0))
    except online.NotFound as error:
        raise NotPublished(
            "公開元に新しい一覧が見つからないので、何も変えずに、時間をおいて試してください。"
        ) from error
    except online.OnlineError as error:
        raise NewestError("公開元の新しい一覧を取れなかったので、何も変えずに、時間をおいて試してください。") from error
    if answer.stale:
        raise NewestError("公開元につながらず前に取った一覧しかないので、何も変えずに、時間をおいて試してください。")
    return answer.body


def _rows(body: bytes, kind: str) -> pd.DataFrame:
    lines = list(csv.reader(io.StringIO(_text(body), newline="")))
    head = lines[0] if lines else []
    if not {*_NEEDED, _MARKS[kind]} <= set(head):
        raise NewestError(f"公開元から届いたものが{kind}の形でないので、何も変えずに、時間をおいて試してください。")
    rows = [line for line in lines[1:] if any(line)]
    if any(len(line) != len(head) for line in rows):
        raise NewestError(f"公開元から届いた{kind}が途中で切れているので、何も変えずに、時間をおいて試してください。")
    return pd.DataFrame(rows, columns=head, dtype=object).astype(str)


def _text(body: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NewestError("公開元から届いたものの文字を読めないので、何も変えずに、時間をおいて試してください。")


def _built(raw: pd.DataFrame, kind: str) -> shelters.BuiltList:
    edition = national.present(Path(store.datasets_root()))
    if edition is None:
        raise NewestError(f"市区町村の表がそろっていないので、{store.RESTORE_HINT}。")
    return shelters.build(kind, raw, edition.places, edition.shapes, edition.changes)
