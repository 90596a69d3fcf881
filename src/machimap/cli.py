"""The command `machimap`: the whole hour, Lab, a map, a site, the datasets and their state."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from machimap import __version__, store
from machimap.errors import MachimapError

FAULT, PROGRAM_FAULT, STOPPED = 2, 1, 130
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class _Japanese(click.Command):
    """Help pages with Japanese headings."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="使い方：")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        words = {"[OPTIONS]": "[オプション]", "COMMAND": "コマンド", "[COMMAND]": "[コマンド]", "[ARGS]...": ""}
        pieces = " ".join(super().collect_usage_pieces(ctx)).split()
        return [text for piece in pieces if (text := words.get(piece, piece))]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "この説明を表示する"
        return option

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        arguments = [param for param in self.get_params(ctx) if isinstance(param, click.Argument)]
        if arguments:
            with formatter.section("引数"):
                formatter.write_dl([record for argument in arguments if (record := argument.get_help_record(ctx))])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx))]
        with formatter.section("オプション"):
            formatter.write_dl(records)


class _JapaneseGroup(_Japanese, click.Group):
    """A group of commands, listed in the order in which they are written."""

    command_class = _Japanese

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("コマンド"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in self.commands])


@click.group(cls=_JapaneseGroup, name="machimap", invoke_without_command=True)
@click.version_option(__version__, message="machimap %(version)s", help="版を表示する")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """まちマップ：自分のまちのハザードマップをつくり、OSSとして公開する教材。

    「まち」には「八王子市」「広島県府中市」「大阪市北区」や「132012」のように、まちの名前かコードを書きます。
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@commands.command()
@click.argument("place", metavar="まち", help="まちの名前かコード")
@click.option("--output-root", type=FOLDER, metavar="フォルダ", help="結果を置くフォルダ（ふつうは work/）")
def workshop(place: str, output_root: Path | None) -> None:
    """1時間の内容（ノート00〜03）を最後まで実行する。"""
    from machimap import course

    click.echo(course.workshop(place, output_root=output_root, say=click.echo).text())


@commands.command()
@click.option("--no-browser", is_flag=True, help="ブラウザを開かず、アドレスだけを表示する")
@click.option("--port", type=click.IntRange(1, 65535), metavar="番号", help="使うポートの番号（ふつうは8888）")
@click.pass_context
def lab(ctx: click.Context, no_browser: bool, port: int | None) -> None:
    """JupyterLab を日本語で開き、ノート00から始める。"""
    from machimap.course.lab import lab as start_lab

    ctx.exit(start_lab(browser=not no_browser, port=port))


@commands.command("map")
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


@commands.command()
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


@commands.group(cls=_JapaneseGroup, invoke_without_command=True)
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


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="結果を JSON で表示する")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """動かないときに、このパソコンの状態を調べる。"""
    from machimap import doctor

    checks = doctor.examine()
    click.echo(doctor.as_json(checks) if as_json else doctor.as_text(checks))
    ctx.exit(doctor.exit_code(checks))


@commands.group(cls=_JapaneseGroup)
def course() -> None:
    """レッスンの原本からノートをつくる（管理者用）。"""


@course.command("build")
@click.option("--check", "only_check", is_flag=True, help="書き換えず、原本と違うノートを知らせる")
@click.pass_context
def build_course(ctx: click.Context, only_check: bool) -> None:
    """原本（lessons/）から notebooks/ と solutions/ をつくる。"""
    from machimap import course

    if only_check:
        wrong = course.check()
        click.echo("\n".join(wrong) or "ノートは原本のとおりです。")
        ctx.exit(PROGRAM_FAULT if wrong else 0)
    changed = course.build()
    click.echo("\n".join(f"書き直しました：{path}" for path in changed) or "ノートは原本のとおりです。")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 well, 1 a check or the program failed, 2 a learner can act, 130 stopped.

    Every fault is one Japanese sentence on stderr; `MACHIMAP_TRACEBACK=1` shows the traceback of a fault
    that the kit does not know.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = commands.main(args=arguments, prog_name="machimap", standalone_mode=False)
    except MachimapError as error:
        _leave(str(error), FAULT)
    except click.UsageError as error:
        _leave(_usage_fault(error), FAULT)
    except (click.Abort, KeyboardInterrupt):
        _leave("中断しました。", STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAULT)
    except Exception as error:
        if os.environ.get("MACHIMAP_TRACEBACK"):
            raise
        _leave(_unknown_fault(error), FAULT if isinstance(error, OSError) else PROGRAM_FAULT)
    sys.exit(code if isinstance(code, int) else 0)


def _leave(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)


def _usage_fault(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "machimap"
    if isinstance(error, click.MissingParameter):
        what = f"{_name(error.param)} が書かれていない"
    elif isinstance(error, click.NoSuchOption):
        what = f"{error.option_name} というオプションはない"
    elif isinstance(error, click.BadParameter):
        what = f"{_name(error.param)} に書いたものが使えない"
    else:
        what = "コマンドの書き方が違う"
    return f"{what}ので、`{path} --help` で使い方を確かめてください。"


def _name(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return "・".join(param.opts)
    return f"「{param.metavar}」" if isinstance(param, click.Argument) and param.metavar else "引数"


def _unknown_fault(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"{error.filename or 'ファイル'} に書き込めない（読めない）ので、別のフォルダを選ぶか、開いているアプリを閉じてください。"
    if isinstance(error, OSError):
        return f"ファイルを扱えなかった（{error.strerror or error}：{error.filename or ''}）ので、フォルダと空き容量を確かめてください。"
    if isinstance(error, ImportError):
        return f"必要な部品 {error.name or error} を読み込めないので、`machimap doctor` でこのパソコンの状態を調べてください。"
    return (
        f"予想していない失敗（{type(error).__name__}：{error}）なので、`machimap doctor` の結果と、"
        "MACHIMAP_TRACEBACK=1 を付けて動かしたときの表示を添えて知らせてください。"
    )


if __name__ == "__main__":
    main()
