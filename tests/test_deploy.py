"""What is written down for the machine room agrees with what runs: the lock, the Kubernetes values, the guide."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from traitlets.config.loader import PyFileConfigLoader

from hub_world import DEPLOY, PASSWORD, ROOT
from test_project import EXPORT, uv, without_comments


def values():
    return yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def one_machine(monkeypatch):
    """The configuration as the hub of one machine reads it."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("MACHIMAP_HUB_PASSWORD", PASSWORD)
        monkeypatch.setenv("MACHIMAP_HUB_DIR", folder)
        monkeypatch.setenv("MACHIMAP_FORK_SOCKET", "")
        yield PyFileConfigLoader("jupyterhub_config.py", path=str(DEPLOY)).load_config()


def test_the_hubs_lock_is_what_uv_resolves_and_agrees_with_the_kits():
    group = ("export", "--frozen", "--only-group", "hub", *EXPORT[3:])
    uv("lock")
    fresh = uv(*group)
    mine = (DEPLOY / "requirements.txt").read_text(encoding="utf-8")
    assert without_comments(mine) == without_comments(fresh)
    pins = [dict(re.findall(r"^([\w.-]+)==([^ ;\\\n]+)", text, re.MULTILINE)) for text in (mine, _kits_lock())]
    assert {name for name in pins[0] if pins[1].get(name, pins[0][name]) != pins[0][name]} == set()
    assert "jupyterhub" in pins[0]


def test_the_proxys_lock_names_no_address():
    lock = json.loads((DEPLOY / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages["node_modules/configurable-http-proxy"]["version"]
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


def test_kubernetes_gives_what_one_machine_gives(one_machine):
    alone, many = one_machine, values()
    hub, learner = many["hub"]["config"], many["singleuser"]
    assert hub["JupyterHub"]["authenticator_class"] == alone.JupyterHub.authenticator_class
    assert hub["Authenticator"]["username_pattern"] == alone.Authenticator.username_pattern
    assert hub["Authenticator"]["allow_all"] is alone.Authenticator.allow_all
    assert learner["defaultUrl"] == alone.Spawner.default_url
    assert learner["memory"]["limit"] == alone.Spawner.mem_limit
    for argument in ("--ServerApp.terminals_enabled=False", "--MappingKernelManager.cull_idle_timeout=3600"):
        assert argument in learner["cmd"][-1]
        assert argument in alone.Spawner.args
    mounted = learner["storage"]["extraVolumeMounts"][0]
    volume = yaml.safe_load((DEPLOY / "kubernetes" / "class-volume.yaml").read_text(encoding="utf-8"))
    assert learner["extraEnv"]["MACHIMAP_CLASS"] == mounted["mountPath"]
    assert learner["storage"]["extraVolumes"][0]["persistentVolumeClaim"]["claimName"] == volume["metadata"]["name"]


def test_the_command_of_a_pod_puts_the_lessons_into_an_empty_home(tmp_path):
    """Run up to the server itself, whose place a command that tells its folder takes."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    server = bin_folder / "jupyterhub-singleuser"
    server.write_text("#!/bin/sh\npwd\n", encoding="utf-8")
    server.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    path = f"{bin_folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"HOME": str(home), "PATH": path}
    done = subprocess.run(
        values()["singleuser"]["cmd"], cwd=home, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(home / "machimap-lessons")
    assert (home / "machimap-lessons" / "notebooks" / "00_hajimeni.ipynb").is_file()


def test_every_file_and_command_of_the_guide_exists():
    guide = (DEPLOY / "README.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"(?:deploy|bench|tests|src)/[\w./-]+\w/?", guide))
    assert len(paths) > 4
    assert {path for path in paths if not (ROOT / path).exists()} == set()
    unit = (DEPLOY / "machimap-hub.service").read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE).group(1)
    assert (ROOT / started.rpartition("/opt/machimap/")[2]).is_file()
    password = re.search(r"echo '(\w+)=", guide).group(1)
    assert password in (DEPLOY / "jupyterhub_config.py").read_text(encoding="utf-8")


def _kits_lock() -> str:
    return (ROOT / "requirements.txt").read_text(encoding="utf-8")
