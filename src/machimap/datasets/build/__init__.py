"""Make the bundled datasets from the publishers' own files, and say what changed since the last edition."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from machimap import store
from machimap.datasets.build import descriptor, hachioji, national, schemas, shelters, staging, yaizu
from machimap.datasets.build.report import BuildReport
from machimap.datasets.build.sources import SHELTER_LIST, SITE_LIST, BuildError
from machimap.datasets.bundled import resource_name

__all__ = ["BUILDERS", "BuildError", "BuildReport", "build"]

_SEPARATE = {"hachioji": hachioji, "yaizu": yaizu, "schemas": schemas}
BUILDERS = (*national.DATASETS, *_SEPARATE)


def build(
    from_dir: Path,
    target: Path | None = None,
    *,
    only: tuple[str, ...] = BUILDERS,
    retrieved: date | None = None,
    allow_drop: bool = False,
) -> BuildReport:
    """Build the datasets named in `only` from the publishers' files below `from_dir` into `target`.

    target: the folder of the datasets (the bundled ones by default). boundaries, municipalities and shelters
    depend on each other: naming one of the first two builds all three; shelters alone needs the national
    lists only, takes places and polygons from the present edition in `target` and renews the row counts in
    municipalities. retrieved: the day the files of the named datasets were taken; without it the date in the
    present descriptor stays.

    Everything is made in a scratch folder first: a failure leaves the old edition whole. Raises BuildError
    for missing or contradictory files, when a list (全国 or a prefecture) lost more than 5 % of its rows
    (unless `allow_drop`), and when a dataset whose credit tells the date changed and `retrieved` is missing.
    """
    target = target or store.datasets_root()
    unknown = set(only) - set(BUILDERS)
    if unknown:
        raise BuildError(
            f"「{'、'.join(sorted(unknown))}」というデータセットは作れないので、{'、'.join(BUILDERS)}から選んでください。"
        )
    report = BuildReport()
    with staging.scratch(target) as work:
        names = list(national.build(from_dir, target, work, only, report, allow_drop=allow_drop))
        for name in [name for name in _SEPARATE if name in only]:
            _separate(name, from_dir, work, report)
            names.append(name)
        for name in names:
            _seal(work / name, name, _date_of(name, target, retrieved, named=name in only))
            _check_date(name, work, target, retrieved)
        staging.replace(work, target, names)
    return report


def _separate(name: str, from_dir: Path, work: Path, report: BuildReport) -> None:
    source = from_dir / name if (from_dir / name).is_dir() else from_dir
    folder = work / name
    folder.mkdir()
    resources = _SEPARATE[name].build(source, folder)
    descriptor.write(folder, name, date(1970, 1, 1), resources)
    report.lines.append(f"{descriptor.templates()[name]['title']}：{len(resources)}ファイル")


def _seal(folder: Path, name: str, retrieved: date) -> None:
    resources = None
    if name == "shelters":
        resources = [
            descriptor.csv_resource(
                resource_name(kind, path.stem),
                f"{kind}/{path.name}",
                shelters.fields(kind),
                title=f"{kind}（都道府県コード{path.stem}）",
            )
            for kind in (SITE_LIST, SHELTER_LIST)
            for path in sorted((folder / kind).glob("*.csv"))
        ]
    elif (folder / "datapackage.json").exists():
        resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    descriptor.write(folder, name, retrieved, resources)


def _date_of(name: str, target: Path, retrieved: date | None, *, named: bool) -> date:
    path = target / name / "datapackage.json"
    if retrieved and (named or not path.exists()):
        return retrieved
    if not path.exists():
        raise BuildError(
            f"データセット「{name}」を初めて作るので、取得した日を --retrieved 2026-01-31 の形で付けてください。"
        )
    return date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["retrieved"])


def _check_date(name: str, work: Path, target: Path, retrieved: date | None) -> None:
    dated = "{retrieved}" in descriptor.templates()[name]["credit"]
    if dated and not retrieved and _hashes(work / name) != _hashes(target / name):
        raise BuildError(
            f"「{name}」の中身が変わり、出典に書く取得日も変わるので、ファイルを取得した日を "
            "--retrieved 2026-01-31 の形で付けてください。"
        )


def _hashes(folder: Path) -> dict[str, str]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {entry["path"]: entry["hash"] for entry in package["resources"]}
