"""Open files of unknown origin: how large they really are is counted while they are inflated, not read off a header."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from machimap.bridge.records import ReadingError

MAX_BYTES = 100_000_000
MAX_INFLATED = 400_000_000
MAX_MEMBERS = 2_000
MAX_CELLS = 20_000_000
MAX_ROWS = 2_000_000
_CHUNK = 1 << 20
_CLIMBING = re.compile(r"(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, RuntimeError, IndexError)


def contents(source: str | Path | bytes, name: str) -> tuple[bytes, str]:
    """Return the bytes and what to call the file. Raises ReadingError for a missing and for a too large file."""
    if isinstance(source, bytes):
        body, title = source, name
    else:
        path = Path(source)
        title = name or path.name
        try:
            with path.open("rb") as stream:
                body = stream.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise ReadingError(f"「{title}」を開けないので、ファイルの場所と名前を確かめてください。") from error
    if len(body) > MAX_BYTES:
        raise ReadingError(
            f"{called(title)}は大きすぎる（{MAX_BYTES // 1_000_000}MBまで）ので、行を分けて小さくしてから選んでください。"
        )
    return body, title


def bounded(text: str, mark: str, title: str) -> str:
    """Return a text whose rows and cells (or, in JSON, brackets) fit the memory. Raises ReadingError otherwise."""
    if text.count("\n") > MAX_ROWS or text.count(mark) > MAX_CELLS:
        raise ReadingError(
            f"{called(title)}は行かセルが多すぎる（{MAX_ROWS:,}行まで）ので、いくつかのファイルに分けてから選んでください。"
        )
    return text


def called(title: str) -> str:
    """Return how a sentence names the file."""
    return f"「{title}」" if title else "このファイル"


def open_zip(body: bytes, title: str) -> zipfile.ZipFile:
    """Open a zip whose members are safe to read: none climbs out, none is locked, and together they are no bomb.

    Raises ReadingError otherwise. Names that are not marked as UTF-8 are read as CP932, as Windows writes them.
    """
    name = called(title)
    try:
        try:
            archive = zipfile.ZipFile(io.BytesIO(body), metadata_encoding="cp932")
        except UnicodeDecodeError:
            archive = zipfile.ZipFile(io.BytesIO(body))
    except _BROKEN as error:
        raise broken(title) from error
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise ReadingError(
            f"{name}には{len(members):,}個もファイルが入っているので、表のファイルだけを取り出して選んでください。"
        )
    if any(_CLIMBING.search(member.orig_filename) or _CLIMBING.search(member.filename) for member in members):
        raise ReadingError(
            f"{name}の中に、フォルダの外を指すあやしい名前のファイルがあるので、開かずに配布元へ確かめてください。"
        )
    if any(member.flag_bits & 1 for member in members):
        raise ReadingError(f"{name}にはパスワードがかかっているので、外したファイルを選んでください。")
    return archive


def inflated(archive: zipfile.ZipFile, title: str, limit: int = MAX_INFLATED) -> Iterator[tuple[str, bytes]]:
    """Yield each member's name with its content piece by piece; the whole archive may come to `limit` bytes.

    A piece overlaps nothing; the first of a member comes with its name, the next ones with the same name. Raises
    ReadingError as soon as the limit is passed, or when a member is broken.
    """
    total = 0
    for member in archive.infolist():
        try:
            with archive.open(member) as stream:
                while piece := stream.read(_CHUNK):
                    total += len(piece)
                    if total > limit:
                        raise too_large(title)
                    yield member.filename, piece
        except _BROKEN as error:
            raise broken(title) from error


def take(archive: zipfile.ZipFile, member: str, title: str) -> bytes:
    """Return one member's bytes, at most MAX_BYTES of them. Raises ReadingError for more, or a broken member."""
    try:
        with archive.open(member) as stream:
            body = stream.read(MAX_BYTES + 1)
    except (*_BROKEN, KeyError) as error:
        raise broken(title) from error
    if len(body) > MAX_BYTES:
        raise too_large(title)
    return body


def leaf(member: str) -> str:
    """Return a member's own name without its folders."""
    return PurePosixPath(member.replace("\\", "/")).name


def broken(title: str) -> ReadingError:
    """Return the fault of a file that is cut or damaged."""
    return ReadingError(f"{called(title)}は途中で切れているか壊れているので、もう一度ダウンロードしてください。")


def too_large(title: str) -> ReadingError:
    """Return the fault of a file that swells when it is opened."""
    return ReadingError(
        f"{called(title)}は開くと異常に大きくなるファイルなので、開かずに配布元へ確かめるか、CSVで受け取り直してください。"
    )


def too_wide(title: str, rows: int, columns: int) -> ReadingError:
    """Return the fault of a sheet whose blank cells alone would fill the memory."""
    return ReadingError(
        f"{called(title)}の表が広すぎる（{rows:,}行×{columns:,}列）ので、"
        "表から離れたセルに残った文字を消して保存し直してください。"
    )


def locked(title: str) -> ReadingError:
    """Return the fault of a workbook behind a password."""
    return ReadingError(f"{called(title)}にはパスワードがかかっているので、表計算ソフトで外して保存し直してください。")
