"""What a maintainer runs: the datasets and the notebooks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import ModuleType

import click

from machimap import store
from machimap.cli.groups import FOLDER, PROGRAM_FAULT, JapaneseGroup


@click.group(cls=JapaneseGroup, invoke_without_command=True)
@click.pass_context
def data(ctx: click.Context) -> None:
    """入っているデータと出典の一覧を表示する。"""
    if ctx.invoked_subcommand is not None:
        return
    for name in store.dataset_names():
        package = store.descriptor(name)
        rows = sum(entry.get("rows", 0) for entry in package["resources"])
        counted = f"{rows:,}行（CSV）　" if rows else ""
        click.echo(f"{name}  {package['title']}")
        click.echo(f"  {package['credit']}")
        click.echo(f"  取得日 {package['retrieved']}　{counted}{len(package['resources'])}ファイル\n")


@data.command()
def verify() -> None:
    """すべてのデータのファイルが壊れていないか（sha256）を調べる。"""
    from machimap.doctor import damaged_files

    count, faults = damaged_files()
    if not count:
        raise store.DatasetMissing(f"データのフォルダ {store.datasets_root()} が空なので、{store.RESTORE_HINT}。")
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise store.DatasetDamaged(f"{count}ファイルのうち{len(faults)}ファイルが使えないので、{store.RESTORE_HINT}。")
    click.echo(f"{count}ファイルを調べました。すべて正常です。")


@data.command()
@click.argument("names", nargs=-1, metavar="[名前]...", help="データセットの名前（なければ全部）")
def seal(names: tuple[str, ...]) -> None:
    """データを手で直したあと、大きさ・sha256・行数を説明ファイルに書き直す（管理者用）。"""
    from machimap.datasets.sealing import seal as seal_folder

    for name in names or store.dataset_names():
        store.descriptor(name)
        seal_folder(store.datasets_root() / name)
        click.echo(f"{name}：説明ファイルを書き直しました。")


@data.command("build")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    metavar="フォルダ",
    help="公開元から取ってきたファイルのフォルダ",
)
@click.option("--only", "only", multiple=True, metavar="名前", help="作り直すデータセット（何度でも書ける）")
@click.option("--retrieved", type=click.DateTime(["%Y-%m-%d"]), metavar="年-月-日", help="ファイルを取得した日")
@click.option("--allow-drop", is_flag=True, help="件数が5%を超えて減っても続ける")
@click.option("--report", "report_folder", type=FOLDER, metavar="フォルダ", help="追加・削除・移動の報告を書くフォルダ")
def build_data(
    source: Path, only: tuple[str, ...], retrieved: datetime | None, allow_drop: bool, report_folder: Path | None
) -> None:
    """公開元のファイルからデータセットを作り直し、前の版との違いを報告する（管理者用）。"""
    from machimap.datasets.build import BUILDERS, build

    day = retrieved.date() if retrieved else None
    report = build(source, only=only or BUILDERS, retrieved=day, allow_drop=allow_drop)
    click.echo(report.text())
    if report_folder:
        report.write(report_folder)
        click.echo(f"報告を書きました：{report_folder}")


@click.group(cls=JapaneseGroup)
def course() -> None:
    """レッスンの原本からノートを、進行表から講師用のページをつくる（管理者用）。"""


@course.command("build")
@click.option("--check", "only_check", is_flag=True, help="書き換えず、原本と違うノートを知らせる")
@click.pass_context
def build_course(ctx: click.Context, only_check: bool) -> None:
    """原本（lessons/）から notebooks/、exercises/、solutions/ をつくる。"""
    from machimap import course

    _make(ctx, course, "ノートは原本のとおりです。", only_check=only_check)


@course.command()
@click.option("--hub", metavar="アドレス", help="nbgitpuller のある JupyterHub のアドレス（https://hub.example.jp）")
def links(hub: str | None) -> None:
    """00 のノートをブラウザで開くアドレス（Binder、JupyterHub）を表示する。"""
    from machimap.course.links import binder_badge, hub_link

    click.echo(hub_link(hub) if hub else binder_badge())


@course.command("guide")
@click.option("--check", "only_check", is_flag=True, help="書き換えず、もとのデータと違うページを知らせる")
@click.pass_context
def build_guide(ctx: click.Context, only_check: bool) -> None:
    """進行表（docs/instructor/runsheet.yml）から、講師用の進め方、配る紙、スライドをつくる。"""
    from machimap.course import guide

    _make(ctx, guide, "講師用のページは、もとのデータのとおりです。", only_check=only_check)


def _make(ctx: click.Context, what: ModuleType, as_it_is: str, *, only_check: bool) -> None:
    """Build what a module makes from its masters and name the files, or only name what differs and exit with 1."""
    if only_check:
        wrong = what.differences()
        click.echo("\n".join(wrong) or as_it_is)
        ctx.exit(PROGRAM_FAULT if wrong else 0)
    click.echo("\n".join(f"書き直しました：{path}" for path in what.build()) or as_it_is)
