"""Any municipal table to the national standard, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from machimap.cli.groups import FILE, FOLDER, Japanese

if TYPE_CHECKING:
    from machimap.bridge.model import Model
    from machimap.bridge.pipeline import Bridged

_SHOWN_QUESTIONS = 8


@click.command(cls=Japanese)
@click.argument("file", type=FILE, metavar="ファイル", help="もとの表（CSV、Excel、ods、JSON、GeoJSON、それらの zip）")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="フォルダ", help="書き出す先")
@click.option("--recipe", type=FILE, metavar="レシピ", help="前に書き出した recipe.yml（同じ対応をくり返す）")
@click.option("--target", metavar="一覧", help="出す一覧の形（指定緊急避難場所一覧 か 公共施設一覧）")
@click.option("--place", default="", metavar="まち", help="どの行も同じまちのとき、その名前かコード")
@click.option("--replace", is_flag=True, help="別の表の一覧が入っているフォルダでも、置きかえる")
@click.option("--online", is_flag=True, help="座標や市区町村の分からない住所を、国土地理院の住所検索で調べる")
@click.option("--tokyo-datum", is_flag=True, help="緯度経度は古い日本測地系なので、世界測地系に直す")
@click.option("--ai", is_flag=True, help="残った列の対応を、設定した生成AIに提案させる（送る文を先に表示する）")
@click.option("--yes", is_flag=True, help="生成AIに送る文を表示したあと、たずねずに送る")
@click.option("--encoding", default="", metavar="文字コード", help="文字コードを決める（cp932、utf-8 など）")
@click.option("--sheet", default="", metavar="シート", help="Excel や ods のシートの名前か番号を決める")
@click.option("--member", default="", metavar="ファイル", help="zip の中のファイルを決める")
@click.option(
    "--header-row", default=0, type=int, metavar="行", help="見出しの行の番号を決める（見出しがないときは -1）"
)
@click.option("--header-rows", default=0, type=int, metavar="行数", help="見出しの行数を決める")
def bridge(
    file: Path,
    output: Path,
    recipe: Path | None,
    target: str | None,
    place: str,
    replace: bool,
    online: bool,
    tokyo_datum: bool,
    ai: bool,
    yes: bool,
    **reading: str | int,
) -> None:
    """どんな表も、自治体標準オープンデータセットの形にする。変えたことは、すべて報告に残す。"""
    from machimap.bridge import BridgeError, convert, target_names

    options = {name: value for name, value in reading.items() if value}
    chosen = {
        "target": target or target_names()[0],
        "place": place,
        "recipe": recipe,
        "options": options,
        "tokyo_datum": tokyo_datum,
    }
    model = _asked(file, chosen, yes) if ai else None
    bridged = convert(file, **chosen, online=online, model=model)
    paths = bridged.write(output, replace=replace)
    for line in summary(bridged, output, paths):
        click.echo(line)
    if bridged.blocked:
        raise BridgeError(bridged.blocked)
    if bridged.table.empty:
        raise BridgeError(
            "公開できる行が1行もなく、一覧を書いていないので、"
            f"{output / '報告.html'} の要確認を上から見て、直してから、やり直してください。"
        )


def _asked(file: Path, chosen: dict, yes: bool) -> Model | None:
    """Show exactly what would be sent, and where; return the model only when the clerk agrees."""
    from machimap.bridge import Model, convert
    from machimap.bridge.model import prompt

    model = Model.from_environment()
    bridged = convert(file, **chosen)
    click.echo(f"生成AI「{model.name}」（{model.base_url}）に、次の文を送ります。")
    click.echo("----- ここから -----")
    click.echo(prompt(bridged.reading.table, bridged.mapping, bridged.target))
    click.echo("----- ここまで -----")
    if yes or click.confirm("この文を送ってよいですか", default=False):
        return model
    click.echo("送らずに、生成AIなしで続けます。")
    return None


def summary(bridged: Bridged, folder: Path, paths: list[Path]) -> list[str]:
    """Return what to print: reading, mapping, account, score, what to do next."""
    return [
        "■ 読み取り",
        *(f"　{told.about}：{told.value}（{told.why.rstrip('。')}）" for told in bridged.reading.conclusions),
        "■ 列の対応",
        *_mapping_lines(bridged),
        *_difference_lines(bridged),
        *_offer_lines(bridged),
        "■ 行とセル",
        f"　{bridged.account}",
        f"　変えたセル {len(bridged.changes)}、要確認 {len(bridged.checks)}",
        "■ 点数",
        f"　前 {bridged.score_before} → 後 {bridged.score_after}（100点満点）",
        *_check_lines(bridged),
        *(_next_lines(bridged, folder, paths) if len(bridged.table) and not bridged.blocked else []),
    ]


def _next_lines(bridged: Bridged, folder: Path, paths: list[Path]) -> list[str]:
    from machimap.bridge.report import package

    licences = package.licences(package.found(folder))
    told = (
        f"　3. datapackage.json のライセンス（{licences}）が、このままでよいか見てから公開する"
        if licences
        else "　3. datapackage.json にライセンスを書き足してから公開する"
    )
    return [
        "■ 次にすること",
        f"　1. {folder / '報告.html'} を開き、要確認を上から見る",
        f"　2. 列の対応が違うときは {folder / 'recipe.yml'} を直し、--recipe を付けてやり直す",
        told,
        f"　4. {folder / '公開しない'} の中のファイルは、そのまま公開しない",
        *(f"　5. 公開するときは、出典も書く：{line.removeprefix('出典：')}" for line in bridged.credits),
        f"できました：{paths[0]}",
    ]


def _mapping_lines(bridged: Bridged) -> list[str]:
    from machimap.bridge.mapping import SURE

    lines = []
    for match in bridged.mapping.matches:
        source = f"「{_flat(match.source)}」" if match.source else f"決まった値「{match.constant}」"
        pick = f"の「{match.pick}」" if match.pick else ""
        mark = "　← 確かめる" if match.confidence < SURE and match.by != "人" else ""
        lines.append(f"　{match.target} ← {source}{pick}（{match.confidence:.2f}・{match.by}）{mark}")
    if bridged.mapping.unmapped:
        lines.append(f"　別に残した列：{'、'.join(map(_flat, bridged.mapping.unmapped))}")
    if bridged.persons:
        told = "、".join(map(_flat, bridged.persons))
        lines.append(f"　⚠ 人のことが書かれていそうな列（公開しないほうに残した）：{told}")
    return [*lines, *_published_lines(bridged)]


def _published_lines(bridged: Bridged) -> list[str]:
    from machimap.bridge.asking import PERSONS
    from machimap.bridge.persons import told

    found = bridged.checks.loc[bridged.checks["重さ"] == PERSONS, "問題"]
    texts = [told(bridged.published_texts)] if bridged.published_texts else []
    return [f"　⚠ {_flat(text)}" for text in (*found, *texts)]


def _difference_lines(bridged: Bridged) -> list[str]:
    if not bridged.differences:
        return []
    return ["■ レシピを作ったときと違うところ", *(f"　{told.text}" for told in bridged.differences)]


def _offer_lines(bridged: Bridged) -> list[str]:
    if bridged.answer is None:
        return []
    lines = [f"　{offer.target} ← 「{_flat(offer.source)}」（{offer.evidence}）" for offer in bridged.offers]
    told = "　提案は使っていません。recipe.yml で「採用: はい」に直し、--recipe を付けてやり直すと使います。"
    return ["■ 生成AIの提案", *lines, *(f"　{text}" for text in bridged.answer.refused), *([told] if lines else [])]


def _check_lines(bridged: Bridged) -> list[str]:
    from machimap.bridge import questions

    if bridged.checks.empty:
        return ["■ 要確認", "　ありません。"]
    asked = questions(bridged.checks)
    lines = ["■ 要確認（同じ問題をまとめて、重いものから）"]
    for one in asked.head(_SHOWN_QUESTIONS).to_dict("records"):
        lines += [f"　{one['どこ']}「{one['列']}」：{_flat(one['問題'])}", f"　　→ {_flat(one['すること'])}"]
    if len(asked) > _SHOWN_QUESTIONS:
        lines.append(f"　ほかに {len(asked) - _SHOWN_QUESTIONS} つの問題（報告にあります）")
    return lines


def _flat(text: object) -> str:
    return " ".join(str(text).split())
