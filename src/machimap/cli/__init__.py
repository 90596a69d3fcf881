"""The command `machimap`: the whole hour, Lab, a map, a site, the datasets and their state."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

import click

from machimap import __version__
from machimap.cli import bridge, hour, maintenance, release, site
from machimap.cli.groups import PROGRAM_FAULT, JapaneseGroup
from machimap.errors import MachimapError

FAULT, STOPPED = 2, 130


@click.group(cls=JapaneseGroup, name="machimap", invoke_without_command=True)
@click.version_option(__version__, message="machimap %(version)s", help="版を表示する")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """まちマップ：自分のまちのハザードマップをつくり、OSSとして公開する教材。

    「まち」には「八王子市」「広島県府中市」「大阪市北区」や「132012」のように、まちの名前かコードを書きます。
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (
    hour.workshop,
    hour.lab,
    hour.map_,
    hour.rescue,
    bridge.bridge,
    site.site,
    release.release,
    maintenance.data,
    hour.doctor,
    maintenance.course,
):
    commands.add_command(command)


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
        # What the interrupted kernel's watchers still say on the way out is no news to who pressed Ctrl+C.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
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
