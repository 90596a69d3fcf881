"""What Binder makes of the repository, without its container: the same steps in the same order, and the same start.

The Dockerfile, the versions of the base environment and the entry point are repo2docker's own; conda-forge's packages of
that base come from the Python index instead, in the same versions.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest
import requests
import yaml

ROOT = Path(__file__).resolve().parents[1]
BUILDPACKS = Path(str(resources.files("repo2docker"))) / "buildpacks"
OURS = ("MACHIMAP_", "JUPYTER", "JPY_", "IPYTHON", "PYTHON", "VIRTUAL_ENV", "XDG_", "NB_")
TOKEN = "binder-test-token"
BASE_URL = "/user/machimap-machimap-abc123/"


def run(*command: object, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command and return what it says; a failure shows all of it."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def outside() -> dict[str, str]:
    """The environment variables of this machine without those that a container would not have."""
    return {key: value for key, value in os.environ.items() if not key.startswith(OURS)}


def repository_copy(target: Path) -> Path:
    """Copy what the next commit would hold, as Binder copies its clone."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, sorted(set(listed.split("\0")))):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def environment_yml() -> tuple[str, list[str]]:
    """The Python version and the lines for pip of environment.yml."""
    *packages, last = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (python,) = [package.split("=")[1] for package in packages if package.startswith("python=")]
    return python, last["pip"]


def base_versions(python: str) -> dict[str, str]:
    """Package → version of the base environment that repo2docker puts under ours: what its table asks for, as locked."""
    table = yaml.safe_load((BUILDPACKS / f"conda/environment.py-{python}.yml").read_text(encoding="utf-8"))
    asked = {re.split(r"[=<>]", line)[0] for line in table["dependencies"]} - {"python", "nodejs", "pip"}
    lock = (BUILDPACKS / f"conda/environment.py-{python}-linux-64.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"/([a-z0-9_.-]+)-([0-9][^-/]*)-[^-/]+\.(?:conda|tar\.bz2)", lock))
    return {name.replace("jupyterhub-singleuser", "jupyterhub"): locked[name] for name in sorted(asked)}


@dataclass(frozen=True)
class Image:
    """What a build leaves: the learner's home (the repository) and the Python environment."""

    home: Path
    prefix: Path

    @property
    def environment(self) -> dict[str, str]:
        return outside() | {
            "HOME": str(self.home),
            "REPO_DIR": str(self.home),
            "PATH": f"{self.prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "LANG": "en_US.UTF-8",
            "MACHIMAP_OFFLINE": "1",
        }

    def run(self, *command: object, cwd: Path | None = None) -> str:
        return run(*command, cwd=cwd or self.home, env=self.environment)

    def python(self, code: str) -> str:
        return self.run(self.prefix / "bin/python", "-c", code).strip()


def fresh_environment(folder: Path) -> Image:
    """A home with a copy of the repository, and an environment that holds pip alone."""
    python, _ = environment_yml()
    run("uv", "venv", "--quiet", "--seed", "--python", python, folder / "env", cwd=ROOT)
    return Image(repository_copy(folder / "home"), folder / "env")


def build(folder: Path) -> Image:
    """Do what the Dockerfile does: the base, environment.yml's pip lines as mamba hands them to pip, postBuild."""
    python, lines = environment_yml()
    image = fresh_environment(folder)
    base = [f"{name}=={version}" for name, version in base_versions(python).items()]
    run("uv", "pip", "install", "--quiet", "--python", image.prefix / "bin/python", *base, cwd=ROOT)
    asked = image.home / "mambaf"
    asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
    image.run("python", "-m", "pip", "install", "--quiet", "-U", "-r", asked, "--no-input")
    asked.unlink()
    image.run("./postBuild")
    return image


@pytest.fixture(scope="session")
def binder_image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The environment and the home that Binder gives a learner."""
    return build(tmp_path_factory.mktemp("binder"))


@dataclass(frozen=True)
class Server:
    """A running server of one learner, as BinderHub starts it."""

    url: str
    image: Image
    pid: int
    log: Path

    def get(self, path: str, **query: str) -> requests.Response:
        answer = requests.get(self.url + path, params=query | {"token": TOKEN}, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def post(self, path: str, content: dict) -> dict:
        answer = requests.post(self.url + path, json=content, params={"token": TOKEN}, timeout=60)
        assert answer.status_code == 201, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def delete(self, path: str) -> None:
        assert requests.delete(self.url + path, params={"token": TOKEN}, timeout=60).status_code == 204


@pytest.fixture(scope="session")
def binder_server(binder_image: Image) -> Iterator[Server]:
    """Lab, started through the image's entry point with the options of BinderHub."""
    with running(binder_image) as server:
        yield server


@contextmanager
def running(image: Image) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.base_url={BASE_URL}",
        f"--ServerApp.token={TOKEN}",
        "--ServerApp.trust_xheaders=True",
        "--ServerApp.port_retries=0",
        "--ServerApp.allow_root=True",
    ]
    command = [sys.executable, BUILDPACKS / "repo2docker-entrypoint", "jupyter-lab", "--no-browser", *options]
    log = image.home.parent / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=image.home, env=image.environment, stdout=stream, stderr=stream, start_new_session=True
        )
        try:
            url = f"http://127.0.0.1:{port}{BASE_URL}"
            _wait(url, process, log)
            yield Server(url, image, process.pid, log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            requests.get(url + "api", timeout=10)
            return
        except requests.ConnectionError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))
