"""Binder: what repo2docker does with the repository, what a learner then meets, and the links that lead there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
import websocket
import yaml
from click.testing import CliRunner
from packaging.markers import Marker

from binder_world import (
    BASE_URL,
    ROOT,
    TOKEN,
    Image,
    Server,
    base_versions,
    environment_yml,
    fresh_environment,
    repository_copy,
    run,
)
from machimap import places, store
from machimap.cli import commands
from machimap.course import links

FIRST = "notebooks/00_hajimeni.ipynb"
TEXTS = ("README.md", "README.en.md", "docs/binder.md")


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    """The lines of the Dockerfile that repo2docker writes for the repository."""
    said = run(sys.executable, "-m", "repo2docker", "--no-build", "--debug", ".", cwd=ROOT)
    return said[said.index("FROM ") :].splitlines()


def position(dockerfile: list[str], pattern: str) -> int:
    (found,) = [number for number, line in enumerate(dockerfile) if re.search(pattern, line)]
    return found


def test_the_environment_is_installed_from_the_whole_repository_before_the_kit(dockerfile):
    """environment.yml names requirements.txt, so the repository must stand in the home before pip runs."""
    steps = (
        rf"^COPY .*environment-2epy-2d{environment_yml()[0].replace('.', '-2e')}-2dlinux-2d64-2elock\S* /tmp/env/",
        r"^COPY --chown=0:0 src/ \$\{REPO_DIR\}/$",
        r'env update -p \$\{NB_PYTHON_PREFIX\} --file "environment\.yml"',
        r"^RUN chmod \+x postBuild$",
        r"^RUN \./postBuild$",
        r"^ENTRYPOINT ",
    )
    where = [position(dockerfile, step) for step in steps]
    assert where == sorted(where)


def test_the_learners_home_is_the_repository_and_nothing_else_is_installed_or_started(dockerfile):
    text = "\n".join(dockerfile)
    assert "ARG REPO_DIR=${HOME}" in dockerfile
    assert "requirements.txt" not in text
    assert "R2D_ENTRYPOINT" not in text
    assert len(re.findall(r"^USER \$\{NB_USER\}$", text, re.MULTILINE)) == 2


def test_pip_gets_the_lock_and_nothing_beside_it():
    assert environment_yml() == ("3.11", ["-r requirements.txt"])


def installed(image: Image) -> dict[str, str]:
    listed = json.loads(image.run("python", "-m", "pip", "list", "--format=json"))
    return {re.sub(r"[-_.]+", "-", one["name"]).lower(): one["version"] for one in listed}


def locked() -> dict[str, str]:
    """Package → version of the lock, for this platform and Python."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)(?: ; ([^\\\n]+))?", text, flags=re.MULTILINE)
    return {name: version for name, version, marker in lines if not marker or Marker(marker.strip()).evaluate()}


@pytest.mark.slow
def test_every_locked_package_replaces_the_one_of_the_base(binder_image):
    base, there = base_versions(environment_yml()[0]), installed(binder_image)
    assert base["jupyterlab"] != locked()["jupyterlab"], "基の版と同じなら、この確認は要りません。"
    assert {name: there.get(name) for name in locked()} == locked()
    assert {"notebook", "jupyterhub", "jupyter-resource-usage"} <= set(there)


@pytest.mark.slow
def test_only_the_bases_own_notebook_interface_is_out_of_step(binder_image):
    """Its Lab is older than ours; so its button is off, and nobody meets it."""
    done = subprocess.run(
        [binder_image.prefix / "bin/python", "-m", "pip", "check"],
        env=binder_image.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert {line.split()[0] for line in done.stdout.splitlines() if "requirement" in line} == {"notebook"}, done.stdout
    extensions = binder_image.run("jupyter", "labextension", "list")
    states = dict(re.findall(r"^\s+(@?\S+) v\S+ \S*?(enabled|disabled)", extensions, re.MULTILINE))
    assert states["@jupyter-notebook/lab-extension"] == "disabled"
    assert states["@jupyter-widgets/jupyterlab-manager"] == "enabled"


@pytest.mark.slow
def test_lab_is_japanese_and_without_news(binder_server):
    locale = binder_server.get("lab/api/settings/@jupyterlab/translation-extension:plugin").json()
    assert locale["schema"]["properties"]["locale"]["default"] == "ja_JP"
    assert locale["raw"].strip() in ("", "{}")
    news = binder_server.get("lab/api/settings/@jupyterlab/apputils-extension:notification").json()
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
    words = binder_server.get("lab/api/translations/ja_JP").json()["data"]["jupyterlab"]
    assert words["Run All Cells"] == ["すべてのセルを実行"]
    assert f'"baseUrl": "{BASE_URL}"' in binder_server.get(f"lab/tree/{FIRST}").text


@pytest.mark.slow
def test_every_notebook_is_signed_as_trusted(binder_image):
    code = """
import sys, nbformat
from nbformat.sign import NotebookNotary
notary = NotebookNotary()
for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=4)
    print(notary.check_signature(notebook), path)
notebook.cells[0].source += "x"
print(notary.check_signature(notebook), "changed")
"""
    paths = [
        path.relative_to(ROOT)
        for folder in ("notebooks", "exercises", "solutions")
        for path in sorted((ROOT / folder).glob("*.ipynb"))
    ]
    said = binder_image.run("python", "-c", code, *paths).splitlines()
    assert said == [f"True {path}" for path in paths] + ["False changed"]


class Kernel:
    """A kernel of an open notebook, reached as Lab does: a session over HTTP, then its websocket."""

    def __init__(self, server: Server, path: str) -> None:
        answer = server.post(
            "api/sessions", {"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        )
        self.id = answer["kernel"]["id"]
        address = server.url.replace("http://", "ws://") + f"api/kernels/{self.id}/channels?token={TOKEN}"
        self.socket = websocket.create_connection(address, timeout=90)

    def run(self, code: str) -> list[dict]:
        """Run a cell; return what it put out."""
        asked = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "session": asked, "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        outputs = []
        while True:
            came = json.loads(self.socket.recv())
            if came["parent_header"].get("msg_id") != asked:
                continue
            if came["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                outputs.append({"type": came["msg_type"]} | came["content"])
            if came["msg_type"] == "status" and came["content"]["execution_state"] == "idle":
                return outputs


@pytest.fixture
def open_kernel(binder_server):
    kernels = []

    def start(path: str) -> Kernel:
        kernels.append(Kernel(binder_server, path))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.socket.close()
        binder_server.delete(f"api/kernels/{kernel.id}")


@pytest.mark.slow
def test_00_opens_and_its_first_cells_run_in_the_learners_home(binder_server, open_kernel):
    notebook = binder_server.get(f"api/contents/{FIRST}").json()["content"]
    kernel = open_kernel(FIRST)
    outputs = [one for cell in notebook["cells"] if cell["cell_type"] == "code" for one in kernel.run(cell["source"])]
    assert not [one for one in outputs if one["type"] == "error"]
    said = "".join(one["text"] for one in outputs if one["type"] == "stream" and one["name"] == "stdout")
    town = places.find("八王子市")
    assert f"{town.full_name}\n指定緊急避難場所：{town.counts['指定緊急避難場所']}か所" in said
    assert any("application/vnd.jupyter.widget-view+json" in one.get("data", {}) for one in outputs)
    home = binder_server.image.home
    (folder,) = kernel.run("print(session.folder)")
    assert folder["text"].strip() == str(home / "work" / town.slug)
    assert not (home / "notebooks" / "work").exists()


@pytest.mark.slow
@pytest.mark.parametrize("path", [FIRST, "exercises/01_opendata.ipynb"])
def test_an_error_in_the_very_first_cell_is_one_sentence(open_kernel, path):
    (output,) = open_kernel(path).run("print(machi)")
    assert output["type"] == "error"
    (said,) = output["traceback"]
    assert re.fullmatch(r"⚠ [^。\n]*「machi」[^。\n]*ください。", said), said


@pytest.fixture(scope="module")
def lock_alone(tmp_path_factory) -> Image:
    """The lock in an environment of its own, without Binder's base, and the kit as postBuild puts it there."""
    image = fresh_environment(tmp_path_factory.mktemp("alone"))
    python = image.prefix / "bin/python"
    run("uv", "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", "requirements.txt", cwd=ROOT)
    image.run("./postBuild")
    return image


@pytest.mark.slow
def test_the_lock_alone_runs_00(lock_alone):
    town = places.find("焼津市")
    lock_alone.run("machimap", "doctor", "--json")
    code = f"""
from pathlib import Path
from machimap.course.execute import notebook_path, run
run(notebook_path("00"), {{"municipality": "{town.lg_code}"}}, Path("work/done.ipynb"))
"""
    lock_alone.run("python", "-c", code)
    done = nbformat.read(lock_alone.home / "work/done.ipynb", as_version=4)
    said = "".join(one.text for cell in done.cells for one in cell.get("outputs", []) if one.output_type == "stream")
    assert f"{town.full_name}\n指定緊急避難場所：{town.counts['指定緊急避難場所']}か所" in said
    check = lock_alone.run("python", "-m", "pip", "check")
    assert "No broken requirements" in check


def repository() -> str:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))["url"].removesuffix(".git")


def test_the_project_tells_one_address_of_itself():
    release = yaml.safe_load((ROOT / "release.yml").read_text(encoding="utf-8"))
    assert links.repository() == repository() == release["repository_url"]
    assert repository().startswith(release["organisation_url"] + "/")


def binder_links(text: str) -> list[str]:
    return re.findall(r"https://mybinder\.org/v2/[^\s)\"'>]+", text)


@pytest.mark.parametrize("name", TEXTS)
def test_every_binder_link_opens_00_in_lab(name):
    found = binder_links((ROOT / name).read_text(encoding="utf-8"))
    assert found
    for link in found:
        parts = urlsplit(link)
        provider, rest = parts.path.removeprefix("/v2/").split("/", 1)
        owner_and_name, branch = rest.rsplit("/", 1)
        assert (provider, f"https://github.com/{owner_and_name}", branch) == ("gh", repository(), "main")
        (path,) = parse_qs(parts.query)["urlpath"]
        assert path == f"lab/tree/{FIRST}"
        assert (ROOT / FIRST).is_file()


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_badge_says_what_it_opens(name):
    badge = re.search(r"\[!\[([^\]]+)\]\((\S+)\)\]\((\S+)\)", (ROOT / name).read_text(encoding="utf-8"))
    words, picture, link = badge.groups()
    assert "Binder" in words
    assert picture == "https://mybinder.org/badge_logo.svg"
    assert link == links.binder_link()
    assert (ROOT / "docs/binder.md").is_file()
    assert "(docs/binder.md)" in (ROOT / name).read_text(encoding="utf-8")


def test_the_command_prints_the_badge_and_the_link_of_a_hub():
    printed = CliRunner().invoke(commands, ["course", "links"])
    assert printed.output.strip() == links.binder_badge()
    printed = CliRunner().invoke(commands, ["course", "links", "--hub", "https://hub.example.jp/"])
    parts = urlsplit(printed.output.strip())
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://hub.example.jp/hub/user-redirect/git-pull"
    folder = repository().rsplit("/", 1)[1]
    wanted = {"repo": [repository()], "branch": ["main"], "urlpath": [f"lab/tree/{folder}/{FIRST}"]}
    assert parse_qs(parts.query) == wanted


def test_a_repository_elsewhere_than_github_has_its_own_binder_link(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "kit_root", lambda: tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / FIRST).write_bytes((ROOT / FIRST).read_bytes())
    (tmp_path / "publiccode.yml").write_text("url: https://git.example.jp/bosai/machimap.git\n", encoding="utf-8")
    parts = urlsplit(links.binder_link())
    assert unquote(parts.path) == "/v2/git/https://git.example.jp/bosai/machimap/main"
    assert parse_qs(parts.query) == {"urlpath": [f"lab/tree/{FIRST}"]}


@pytest.mark.parametrize("text", [None, "name: x\n", "url: [\n", "url: machimap\n"])
def test_an_unknown_address_is_told_in_one_sentence(text, tmp_path, monkeypatch, assert_one_sentence):
    monkeypatch.setattr(store, "kit_root", lambda: tmp_path)
    if text is not None:
        (tmp_path / "publiccode.yml").write_text(text, encoding="utf-8")
    with pytest.raises(links.LinksError) as caught:
        links.binder_link()
    assert_one_sentence(caught.value)


def test_a_hub_without_https_is_told_in_one_sentence(assert_one_sentence):
    with pytest.raises(links.LinksError) as caught:
        links.hub_link("hub.example.jp")
    assert_one_sentence(caught.value)


@pytest.fixture
def published(tmp_path) -> Path:
    """A Git repository as it will be published, with the last part of its address as its name."""
    folder = repository_copy(tmp_path / repository().rsplit("/", 1)[1])
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    run(*git, "init", "--quiet", "--initial-branch=main", cwd=folder)
    run(*git, "add", ".", cwd=folder)
    run(*git, "commit", "--quiet", "-m", "published", cwd=folder)
    return folder


@pytest.mark.slow
def test_the_hub_link_fetches_the_lessons_and_00_runs_there(published, binder_server, open_kernel):
    query = parse_qs(urlsplit(links.hub_link("https://hub.example.jp")).query)
    asked = {"repo": str(published), "branch": query["branch"][0]}
    said = binder_server.get("git-pull/api", **asked).text
    assert '"phase": "finished"' in said, said
    path = query["urlpath"][0].removeprefix("lab/tree/")
    assert binder_server.get(f"lab/tree/{path}").status_code == 200
    kernel = open_kernel(path)
    kernel.run("from machimap import course")
    kernel.run("session = course.start('焼津市')")
    (output,) = kernel.run("print(course.session.home())")
    assert output["text"].strip() == str(binder_server.image.home / published.name)
