"""The gate before a publication, and the publication."""

from __future__ import annotations

from pathlib import Path

import click

from machimap.cli.groups import FOLDER, PROGRAM_FAULT, JapaneseGroup


@click.group(cls=JapaneseGroup)
def release() -> None:
    """公開の前に確かめ、足りないものを下書きし、公開する。"""


@release.command()
@click.argument("folder", type=FOLDER, metavar="フォルダ")
@click.option("--no-write", is_flag=True, help="CHECKLIST.md を書かない")
@click.pass_context
def check(ctx: click.Context, folder: Path, no_write: bool) -> None:
    """公開してよいかを確かめ、表を見せて CHECKLIST.md に書く。"""
    from machimap import release

    report = release.check(folder, write=not no_write)
    click.echo(report.text())
    ctx.exit(0 if report.passed else PROGRAM_FAULT)


@release.command()
@click.argument("folder", type=FOLDER, metavar="フォルダ")
def prepare(folder: Path) -> None:
    """足りないファイルを、release.yml の答えから下書きする。"""
    from machimap import release

    written = release.prepare(folder)
    click.echo("\n".join(f"書きました：{name}" for name in written) or "足りないファイルはありません。")
    click.echo("次に release.yml に答えを書き、`machimap release check` で確かめてください。")


@release.command()
@click.argument("folder", type=FOLDER, metavar="フォルダ")
@click.option("--remote", metavar="アドレス", help="公開先のリポジトリ（ssh、https、file のアドレス）")
@click.option("--local", type=FOLDER, metavar="フォルダ", help="アカウントがないとき、zip とリポジトリを書き出す先")
@click.option("--tag", metavar="版", help="版の名前（v1.0.0 の形。付けないと、きょうの日付）")
def publish(folder: Path, remote: str | None, local: Path | None, tag: str | None) -> None:
    """確認に合格したフォルダを記録し、版を付けて、公開先に送る。"""
    from machimap import release

    if (remote is None) == (local is None):
        raise release.ReleaseError("公開先が決まらないので、--remote か --local のどちらか1つを付けてください。")
    if remote is not None:
        done = release.publish(folder, remote, tag=tag)
        click.echo(f"公開しました：{done.target}（{done.branch}、{done.tag}、{done.commit}）")
        return
    for path in release.publish_locally(folder, local, tag=tag).values():
        click.echo(f"できました：{path}")
