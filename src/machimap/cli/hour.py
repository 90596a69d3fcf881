"""What a learner runs: the whole hour, Lab, a map, and the state of this computer."""

from __future__ import annotations

from pathlib import Path

import click

from machimap.cli.groups import FILE, FOLDER, Japanese


@click.command(cls=Japanese)
@click.argument("place", metavar="まち", help="まちの名前かコード")
@click.option("--output-root", type=FOLDER, metavar="フォルダ", help="結果を置くフォルダ（ふつうは work/）")
def workshop(place: str, output_root: Path | None) -> None:
    """1時間の内容（ノート00〜03）を最後まで実行する。"""
    from machimap import course

    click.echo(course.workshop(place, output_root=output_root, say=click.echo).text())


@click.command(cls=Japanese)
@click.option("--no-browser", is_flag=True, help="ブラウザを開かず、アドレスだけを表示する")
@click.option("--port", type=click.IntRange(1, 65535), metavar="番号", help="使うポートの番号（ふつうは8888）")
@click.pass_context
def lab(ctx: click.Context, no_browser: bool, port: int | None) -> None:
    """JupyterLab を日本語で開き、ノート00から始める。"""
    from machimap.course.lab import lab as start_lab

    ctx.exit(start_lab(browser=not no_browser, port=port))


@click.command("map", cls=Japanese)
@click.argument("place", metavar="まち", help="まちの名前かコード")
@click.option(
    "-o", "--output", type=FILE, metavar="ファイル", help="地図のファイル名（ふつうは work/ のそのまちのフォルダの中）"
)
@click.option("--hazard", metavar="災害", help="災害の種類（洪水、津波など）。付けないと、すべての避難場所")
def map_(place: str, output: Path | None, hazard: str | None) -> None:
    """まちの地図の HTML を1つつくる。"""
    from machimap import maps, places
    from machimap.course.session import place_folder, work_root

    found = places.find(place)
    name = f"ハザードマップ_{hazard}.html" if hazard else "ハザードマップ.html"
    path = output or place_folder(found, work_root()) / name
    maps.hazard_map(found, hazard=hazard).save(path)
    click.echo(f"できました：{path}（ダブルクリックすると、ブラウザで開きます）")


@click.command(cls=Japanese)
@click.argument("lesson", metavar="番号", help="どのノートの始めに追いつくか（01、02、03）")
@click.argument(
    "place", metavar="[まち]", required=False, default="", help="まちの名前かコード（なければ、選んであるまち）"
)
def rescue(lesson: str, place: str) -> None:
    """遅れた人を、そのノートの始めまで進める（つくったものは work/backup-… に残す）。"""
    from machimap import course

    click.echo(f"{lesson} の始めまで進めました。{course.rescue(lesson, place)}")


@click.command(cls=Japanese)
@click.option("--json", "as_json", is_flag=True, help="結果を JSON で表示する")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """動かないときに、このパソコンの状態を調べる。"""
    from machimap import doctor

    checks = doctor.examine()
    click.echo(doctor.as_json(checks) if as_json else doctor.as_text(checks))
    ctx.exit(doctor.exit_code(checks))
