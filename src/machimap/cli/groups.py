"""Commands whose help pages have Japanese headings, and the types of their arguments."""

from __future__ import annotations

from pathlib import Path

import click

PROGRAM_FAULT = 1
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class Japanese(click.Command):
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
        records = [(name, text.replace("[required]", "（必ず書く）")) for name, text in records]
        with formatter.section("オプション"):
            formatter.write_dl(records)


class JapaneseGroup(Japanese, click.Group):
    """A group of commands, listed in the order in which they are written."""

    command_class = Japanese

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("コマンド"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in self.commands])
