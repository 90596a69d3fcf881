"""The site that residents open: made, kept current, handed on."""

from __future__ import annotations

from pathlib import Path

import click

from machimap.cli.groups import FOLDER, JapaneseGroup


class _PlaceFirst(JapaneseGroup):
    """`machimap site 八王子市` builds; `machimap site refresh …` is a command of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = next((word for word in args if not word.startswith("-")), None)
        if named not in self.commands and "--help" not in args[:1]:
            args = ["build", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_PlaceFirst)
def site() -> None:
    """公開用のサイトのフォルダをつくる。まちの名前を続けて書く。"""


@site.command()
@click.argument("place", metavar="まち", help="まちの名前かコード")
@click.option(
    "-o", "--output", type=FOLDER, metavar="フォルダ", help="公開用のフォルダ（ふつうは work/ のそのまちの site/）"
)
@click.option("--hazard", metavar="災害", help="開いたときの災害の種類（洪水、津波など）")
@click.option("--url", default="", metavar="アドレス", help="公開するときの住所（QRコードになる）")
@click.option(
    "--licence", default="CC-BY-4.0", metavar="名前", help="データと文章のライセンス（CC-BY-4.0 か CC-BY-SA-4.0）"
)
@click.option(
    "--layer", type=click.Path(path_type=Path), metavar="ファイル", help="独自の区域（GeoJSON、Shapefile、GeoPackage）"
)
@click.option("--layer-class", metavar="列", help="独自の区域の、区分の列")
@click.option("--layer-title", metavar="題", help="独自の区域の、地図での名前")
@click.option("--layer-credit", default="", metavar="出典", help="独自の区域の出典")
@click.option(
    "--layer-crs", metavar="測り方", help="独自の区域の測り方（ファイルに書かれていないとき。EPSG:2450 の形）"
)
def build(
    place: str,
    output: Path | None,
    hazard: str | None,
    url: str,
    licence: str,
    layer: Path | None,
    layer_class: str | None,
    layer_title: str | None,
    layer_credit: str,
    layer_crs: str | None,
) -> None:
    """公開用のサイトのフォルダをつくる（まちの名前だけを書いたときも、これになる）。"""
    from machimap import places, site
    from machimap.course.session import place_folder, work_root

    found = places.find(place)
    areas = None
    if layer:
        areas = site.read_layer(layer, found, column=layer_class, title=layer_title, credit=layer_credit, crs=layer_crs)
    folder = output or place_folder(found, work_root()) / "site"
    report = site.build(found, folder, hazard=hazard, url=url, licence=licence, layer=areas)
    for line in report.notes:
        click.echo(line)
    for name in report.kept:
        click.echo(f"あなたが直した {name} を残しました。")
    click.echo(f"できました：{folder / 'index.html'}（ダブルクリックすると、ブラウザで開きます）")


@site.command()
@click.argument("folder", type=FOLDER, metavar="フォルダ")
@click.option("--allow-drop", is_flag=True, help="件数が大きく減っていても続ける")
def refresh(folder: Path, allow_drop: bool) -> None:
    """公開元の新しい一覧とくらべ、サイトを作り直して、ちがいを data/更新の記録.md に書く。"""
    from machimap import site

    click.echo(site.refresh(folder, allow_drop=allow_drop).text())


@site.command()
@click.argument("folder", type=FOLDER, metavar="フォルダ")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="フォルダ", help="書き出す先")
def export(folder: Path, output: Path) -> None:
    """サイトの zip、テンプレートの形のフォルダ、決裁の用紙をつくる。"""
    from machimap import places, site
    from machimap.site.folder import read_marker

    options = read_marker(folder).options
    if not options:
        raise site.SiteError(f"「{folder}」はサイトのフォルダではないので、サイトのフォルダを指定してください。")
    for path in site.write_all(output, folder, places.find(options["place"])).values():
        click.echo(f"できました：{path}")


@site.command()
@click.argument("folder", type=FOLDER, metavar="フォルダ")
@click.option("--kit", metavar="部品", help="まちマップの入手先（pip install に続けて書くもの）")
def workflow(folder: Path, kit: str | None) -> None:
    """毎月、一覧を新しくするプルリクエストを開く仕組み（GitHub Actions）を書く。"""
    from machimap import site

    already = (folder / site.WORKFLOW).exists()
    path = site.write_workflow(folder, **({"kit": kit} if kit else {}))
    click.echo(f"もうあるので、そのままにしました：{path}" if already else f"できました：{path}")
