"""A server extension that keeps what a save would cover: of two tabs on one notebook, neither loses what was typed."""

from __future__ import annotations

import glob
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from machimap.course.files import write_whole

FOLDER = "前の版"
KEPT = 20
_STAMP = "[0-9]" * 8 + "-" + "[0-9]" * 6 + "-" + "[0-9]" * 6


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(keep)


def keep(*, model: dict, path: str, contents_manager: Any, **_: object) -> None:
    """Put the notebook on disk beside, in work/前の版, when the one that is saved lacks the text of a cell of it.

    The KEPT newest of each notebook stay. They have no outputs. What is no notebook is left alone.
    """
    if model.get("type") != "notebook" or not model.get("content"):
        return
    root = Path(contents_manager.root_dir)
    standing = _notebook(root / path)
    typed = {"", *(_text(cell) for cell in model["content"]["cells"])}
    if all(_text(cell) in typed for cell in standing.get("cells", [])):
        return
    name = path.strip("/").removesuffix(".ipynb").replace("/", "_")
    folder = root / "work" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_without_outputs(standing), ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / f"{name}_{datetime.now():%Y%m%d-%H%M%S-%f}.ipynb", text)
    for old in sorted(folder.glob(f"{glob.escape(name)}_{_STAMP}.ipynb"))[:-KEPT]:
        old.unlink(missing_ok=True)


def _notebook(path: Path) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("cells"), list) else {}


def _text(cell: dict) -> str:
    source = cell.get("source", "")
    return (source if isinstance(source, str) else "".join(source)).strip()


def _without_outputs(notebook: dict) -> dict:
    bare = [
        cell | {"outputs": [], "execution_count": None} if "outputs" in cell else cell for cell in notebook["cells"]
    ]
    return notebook | {"cells": bare}
