"""The project's own files agree: the lock, the environments, the licences, the wheel, the commands of CI."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
EXPORT = ("export", "--frozen", "--no-dev", "--no-emit-project", "--no-header")
REGISTRIES = (
    "files.python" + "hosted.org",
    "pypi.org" + "/simple",
    "registry.npm" + "js.org",
    "conda.ana" + "conda.org",
)


def run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


def uv(*arguments: str, cwd: Path = ROOT) -> str:
    if shutil.which("uv") is None:
        pytest.skip("uv が入っていないので、鍵ファイルと wheel は確かめない")
    done = run("uv", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository_files() -> list[Path]:
    """Every file that is tracked or would be with the next commit."""
    done = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if done.returncode != 0:
        pytest.skip("Git のリポジトリではないので、登録されたファイルは確かめない")
    return [ROOT / name for name in sorted(set(done.stdout.split("\0"))) if name and (ROOT / name).is_file()]


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked() -> dict[str, str]:
    """Package → version of every line of requirements.txt that stands for a package."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", text, flags=re.MULTILINE))


def without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def test_the_committed_lock_is_what_uv_resolves(tmp_path):
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    if (ROOT / "uv.lock").exists():
        shutil.copy(ROOT / "uv.lock", tmp_path / "uv.lock")
    uv("lock", cwd=tmp_path)
    fresh = uv(*EXPORT, cwd=tmp_path)
    assert without_comments((ROOT / "requirements.txt").read_text(encoding="utf-8")) == without_comments(fresh)


def test_every_direct_dependency_is_pinned_and_locked():
    pins = [Requirement(text) for text in pyproject()["project"]["dependencies"]]
    assert pins
    for pin in pins:
        (only,) = pin.specifier
        assert only.operator == "=="
        assert locked()[pin.name.lower()] == only.version


def test_the_lock_carries_hashes():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_every_imported_package_is_a_direct_dependency():
    """What the library imports must not hang on another package's dependencies."""
    from importlib.metadata import packages_distributions

    owners = packages_distributions()
    direct = {Requirement(text).name.lower() for text in pyproject()["project"]["dependencies"]}
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        found |= set(re.findall(r"^\s*(?:from|import) ([A-Za-z_]\w*)", path.read_text(encoding="utf-8"), re.MULTILINE))
    outside = {name for name in found if name in owners and name != "machimap"}
    missing = {name for name in outside if not direct & {owner.lower().replace("_", "-") for owner in owners[name]}}
    assert not missing


def test_the_conda_environment_is_python_and_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"] == ["python=3.11", "pip", {"pip": ["-r requirements.txt"]}]


def test_after_the_environment_only_the_kit_itself_is_added():
    script = ROOT / "postBuild"
    installs = [line for line in script.read_text(encoding="utf-8").splitlines() if line.startswith("pip install")]
    assert installs == ["pip install --no-deps --no-cache-dir --editable ."]
    assert os.access(script, os.X_OK)


def test_no_file_names_a_package_registry():
    found = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in repository_files()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    ]
    assert not found


def test_no_file_of_the_resolver_is_in_the_repository():
    assert "uv.lock" not in {path.name for path in repository_files()}


def test_every_file_has_a_licence():
    done = run(sys.executable, "-m", "reuse", "lint", "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == 0, summary["non_compliant"]
    assert set(summary["summary"]["used_licenses"]) >= {"MIT", "CC-BY-4.0"}


@pytest.fixture(scope="module")
def bill_of_materials() -> list[str]:
    """The SPDX document that reuse makes of the repository, one part a file."""
    return run(sys.executable, "-m", "reuse", "spdx").stdout.split("\n\n")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "datasets").glob("*/datapackage.json")), ids=lambda path: path.parent.name
)
def test_a_dataset_has_the_licence_of_its_descriptor(path, bill_of_materials):
    wanted = {entry["name"] for entry in json.loads(path.read_text(encoding="utf-8"))["licenses"]}
    block = next(part for part in bill_of_materials if f"./{path.relative_to(ROOT).as_posix()}\n" in part)
    found = set(re.findall(r"^LicenseInfoInFile: (\S+)$", block, re.MULTILINE))
    assert {name.removeprefix("LicenseRef-") for name in found} == wanted


def test_publiccode_has_what_the_standard_asks_for():
    code = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert {"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType"} <= set(code)
    assert code["softwareVersion"] == pyproject()["project"]["version"]
    assert code["legal"]["license"] == pyproject()["project"]["license"]
    assert code["maintenance"]["type"] == "community"
    assert all(contact["name"] for contact in code["maintenance"]["contacts"])
    assert {"localisationReady", "availableLanguages"} <= set(code["localisation"])
    for description in code["description"].values():
        assert len(description["shortDescription"]) <= 150
        assert 150 <= len(description["longDescription"]) <= 10_000
        assert description["features"]


def test_ci_and_the_readme_run_the_same_tests():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["test"]["steps"]
    assert "bash .ci/run" in [step.get("run") for step in steps]
    command = re.search(r"^(uv run pytest)\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert command
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()[-1] == command[1]
    assert run("bash", "-n", ".ci/run").returncode == 0


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with the kit installed from its wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--quiet", "--out-dir", str(folder))
    (wheel,) = folder.glob("*.whl")
    target = folder / "site-packages"
    uv("pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", str(target), str(wheel))
    return target


def kit(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("MACHIMAP_")}
    env |= {"PYTHONPATH": str(installed), "MACHIMAP_OFFLINE": "1"}
    return run(sys.executable, *arguments, cwd=cwd, env=env)


def test_an_installed_kit_finds_its_whole_data_outside_the_checkout(installed, tmp_path):
    done = kit(installed, tmp_path, "-c", "from machimap import store; print(store.kit_root())")
    assert Path(done.stdout.strip()) == installed / "machimap" / "_kit"
    done = kit(installed, tmp_path, "-m", "machimap.cli", "data", "verify")
    assert done.returncode == 0, done.stderr
    count = sum(
        len(json.loads(path.read_text(encoding="utf-8"))["resources"])
        for path in (ROOT / "datasets").glob("*/datapackage.json")
    )
    assert f"{count}ファイル" in done.stdout


def test_an_installed_kit_carries_the_notebooks_and_draws_a_map(installed, tmp_path):
    kit_folder = installed / "machimap" / "_kit"
    for folder in ("notebooks", "exercises", "solutions"):
        there = {path.name for path in (kit_folder / folder).glob("*")}
        assert there == {path.name for path in (ROOT / folder).glob("*.ipynb")}
    # Every kernel of the environment reads it: machimap lab, a hub, Binder, papermill.
    assert "machimap.course.startup" in (installed / "etc/ipython/ipython_kernel_config.py").read_text(encoding="utf-8")
    # And every server of it: what a save covers is kept.
    told = json.loads((installed / "etc/jupyter/jupyter_server_config.d/machimap.json").read_text(encoding="utf-8"))
    assert told["ServerApp"]["jpserver_extensions"] == {"machimap.course.versions": True}
    done = kit(installed, tmp_path, "-m", "machimap.cli", "map", "焼津市", "-o", "map.html")
    assert done.returncode == 0, done.stderr
    assert "焼津市" in (tmp_path / "map.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_readme_shows_what_comes_out_with_words_for_who_cannot_see_it(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pictures = re.findall(r"!\[([^\]]*)\]\((?!https://)([^)]+)\)", text)
    assert pictures
    for words, path in pictures:
        assert len(words) > 40
        assert (ROOT / path).stat().st_size <= 200_000
    first_screen = text[:1500]
    assert "uv run machimap workshop" in first_screen
    assert "uv run pytest" in first_screen
