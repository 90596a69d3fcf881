"""The site that residents open."""

from __future__ import annotations

from pathlib import Path

import click

from machimap.cli.groups import FOLDER, Japanese


@click.command(cls=Japanese)
@click.argument("place", metavar="まち", help="まちの名前かコード")
@click.option(
    "-o", "--output", type=FOLDER, metavar="フォルダ", help="公開用のフォルダ（ふつうは work/ のそのまちの site/）"
)
def site(place: str, output: Path | None) -> None:
    """公開用のサイトのフォルダをつくる。"""
    from machimap import places, site
    from machimap.course.session import place_folder, work_root

    found = places.find(place)
    folder = output or place_folder(found, work_root()) / "site"
    site.build(found, folder)
    click.echo(f"できました：{folder / 'index.html'}（ダブルクリックすると、ブラウザで開きます）")
