"""Start JupyterLab at notebook 00: in Japanese, without the news, leaving the user's own settings alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

from machimap import store
from machimap.course.execute import notebook_path
from machimap.course.session import RECORD
from machimap.errors import MachimapError

COPY = "machimap-lessons"
GIVEN_OUT = ("notebooks", "exercises")


class LabMissing(MachimapError):
    """JupyterLab is not installed in this Python."""


def lab(*, browser: bool = True, port: int | None = None, options: tuple[str, ...] = ()) -> int:
    """Run JupyterLab until it is stopped; return its exit code.

    In a checkout it serves the repository; from an installed wheel, a copy of the notebooks and exercises in
    ./machimap-lessons. `options` go to JupyterLab as they are. Raises LabMissing, NotebookMissing.
    """
    command, folder = lab_command(browser=browser, port=port, options=options)
    with subprocess.Popen(command, cwd=folder) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                server.terminate()


def lab_command(
    *, browser: bool = True, port: int | None = None, options: tuple[str, ...] = (), root: Path | None = None
) -> tuple[list[str], Path]:
    """Return the command that starts JupyterLab with this Python, and the folder that it serves.

    root: serve a copy of the lessons made in this folder, also from a checkout.
    root, the only user of many containers, is let in: the server listens on this computer only, with a token.
    """
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise LabMissing("JupyterLab が入っていないので、`pip install -r requirements.txt` で入れてください。")
    folder, start = lessons_folder(root)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        start,
        f"--ServerApp.root_dir={folder}",
        lab_settings(folder / "work" / ".lab"),
        *terminal(),
    ]
    command += [] if browser else ["--no-browser"]
    command += [f"--port={port}"] if port is not None else []
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*command, *options], folder


def lessons_folder(root: Path | None = None) -> tuple[Path, str]:
    """Return the folder that Lab serves, and the path of notebook 00 in it.

    root: the folder in which the copy is made (the current one by default); a checkout needs no copy unless
    `root` is given. A notebook in the copy is renewed only as long as the learner has not changed it.
    """
    kit, first = store.kit_root(), notebook_path("00")
    if root is None and (kit / "pyproject.toml").exists():
        return kit, first.relative_to(kit).as_posix()
    folder = (root or Path.cwd()) / COPY
    _copy([path for name in GIVEN_OUT for path in sorted((kit / name).glob("[0-9][0-9]_*.ipynb"))], folder)
    return folder, first.relative_to(kit).as_posix()


def _copy(paths: list[Path], folder: Path) -> None:
    """Copy notebooks into the folder of the same name, leaving alone every one that is not as it was given out."""
    record = folder / RECORD
    given = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    for path in paths:
        name = f"{path.parent.name}/{path.name}"
        target = folder / name
        if not target.exists() or given.get(name) == _sha256(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            given[name] = _sha256(target)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(given, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lab_settings(folder: Path) -> str:
    """Write the kit's defaults (language, no news) into a folder, made if need be; return the option that puts them
    under the user's own settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = resources.files("machimap.course").joinpath("overrides.json").read_text(encoding="utf-8")
    (folder / "overrides.json").write_text(text, encoding="utf-8")
    return f"--LabApp.app_settings_dir={folder}"


def terminal() -> list[str]:
    """Return the option with which a terminal of JupyterLab finds the kit's commands, where it would not by itself.

    A server that was not started from a terminal opens login shells, and these forget the path of this Python.
    """
    if os.name == "nt":
        return []
    shell = os.environ.get("SHELL") or shutil.which("bash") or "sh"
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    settings = {"shell_command": ["env", f"PATH={path}", shell]}
    return [f"--ServerApp.terminado_settings={settings!r}"]
