"""A file of one's own: find it, and say in a clerk's words why one cannot be a table."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path

from machimap.bridge import BridgeError, Reading, read
from machimap.course.session import home

_BUTTON = "このセルを動かし直し、ボタン「自分のファイルを選ぶ」で選んでください。"
_EMPTIED = f'いちばん上のセルの `source` を `""` に戻して動かし、{_BUTTON}'
_WINDOWS = re.compile(r"[A-Za-z]:|\\\\")
_CONTROL = re.compile(r"[\x00-\x1f]")
_ASK = "表として読めないので、もとの Excel か CSV をもらって、それを選んでください。"
_PASTE = "の文書なので、中の表を Excel に貼り付け、xlsx で保存してから選んでください。"
_SAID = {
    "PDF": f"PDFで、{_ASK}",
    "画像": f"画像で、{_ASK}",
    "Word": f" Word {_PASTE}",
    "PowerPoint": f" PowerPoint {_PASTE}",
}
_BEGINS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "画像"),
    (b"\xff\xd8\xff", "画像"),
    (b"GIF8", "画像"),
    (b"II*\x00", "画像"),
    (b"MM\x00*", "画像"),
)
_ENDS = {
    ".pdf": "PDF",
    ".doc": "Word",
    ".docx": "Word",
    ".ppt": "PowerPoint",
    ".pptx": "PowerPoint",
} | dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic"), "画像")
_BOOKS = (".xlsx", ".xlsm")
_ZIP = b"PK\x03\x04"


def opened(source: str | Path) -> tuple[str, bytes]:
    """Return the name and the content of a file, looked for beside the notebook and in the folder of the lessons.

    Raises BridgeError, which says where it was looked for, and that another computer's disk cannot be reached.
    """
    written = str(source).strip()
    if os.name != "nt" and _WINDOWS.match(written):
        shown = _CONTROL.sub("…", written)
        raise BridgeError(
            f"「{shown}」は手元のパソコンの中の場所で、このノートが動いているコンピューターからは見えないので、{_EMPTIED}"
        )
    if _CONTROL.search(written):
        raise BridgeError("`source` の「\\」が別の文字になっているので、「\\」を全部「/」に書きかえてください。")
    folders = list(dict.fromkeys((Path.cwd(), home())))
    path = next((folder / written for folder in folders if (folder / written).is_file()), folders[0] / written)
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        looked = [path.parent] if Path(written).is_absolute() or path.is_file() else folders
        where = "と".join(f"「{folder.name}」" for folder in looked)
        raise BridgeError(
            f"「{Path(written).name}」を{where}のフォルダで開けないので、場所と名前を確かめるか、{_EMPTIED}"
        ) from error


def as_table(name: str, body: bytes) -> Reading:
    """Read a file of one's own. Raises BridgeError, which says what to bring instead."""
    kind = _kind(name, body)
    if kind:
        raise BridgeError(f"「{name}」は{_SAID[kind]}")
    if not body:
        raise BridgeError(f"「{name}」は中身が空なので、もとの表を開いて保存し直してから、もう一度選んでください。")
    if Path(name).suffix.lower() in _BOOKS and body.startswith(_ZIP) and not zipfile.is_zipfile(io.BytesIO(body)):
        raise BridgeError(
            f"「{name}」は途中で切れているか壊れているので、Excel で開けるか確かめ、xlsx で保存し直すか、"
            "もう一度もらってください。"
        )
    return read(body, name=name)


def _kind(name: str, body: bytes) -> str:
    """Return what a file is that holds no table: by its first bytes, else, where it cannot be text, by its name."""
    begun = next((kind for mark, kind in _BEGINS if body.startswith(mark)), "")
    return begun or _ENDS.get(Path(name).suffix.lower(), "")
