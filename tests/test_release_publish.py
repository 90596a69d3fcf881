"""Publishing for real: bare repositories, git's own HTTP server, and every way in which a push goes wrong."""

import os
import shutil
import subprocess
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from machimap import release, site
from release_world import TODAY, git, passing, repository


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    return passing(tmp_path_factory.mktemp("publish") / "site")


@pytest.fixture
def folder(master, tmp_path, monkeypatch):
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return repository(shutil.copytree(master, tmp_path / "site"))


@pytest.fixture
def bare(tmp_path):
    path = tmp_path / "公開先.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    return path


@pytest.fixture
def http_server(tmp_path):
    """git's own smart HTTP server (`git http-backend`) behind a small web server; `.refuse` is a status to give."""
    root = tmp_path / "srv"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(root / "a.git")], check=True)
    git(root / "a.git", "config", "http.receivepack", "true")

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            if server.refuse:
                self.send_response(server.refuse)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            environment = os.environ | {
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "REMOTE_USER": "test",
                "REMOTE_ADDR": "127.0.0.1",
                "CONTENT_LENGTH": str(len(body)),
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, capture_output=True, env=environment, check=False
            )
            head, _, rest = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest)

        do_GET = do_POST = answer

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.refuse, server.repository = 0, root / "a.git"
    server.address = f"http://127.0.0.1:{server.server_port}/a.git"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def publish(folder, remote, **options):
    return release.publish(folder, str(remote), today=TODAY, **options)


def fails(folder, remote, words, assert_one_sentence, **options):
    """The publication fails with one sentence, and the folder keeps its commit and gets no tag."""
    before = set(git(folder, "tag").split())
    names = sorted(path.name for path in folder.iterdir())
    with pytest.raises(release.ReleaseError, match=words) as caught:
        publish(folder, remote, **options)
    assert_one_sentence(caught.value)
    assert set(git(folder, "tag").split()) == before
    assert set(names) <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("form", ["path", "file", "http"])
def test_a_folder_that_passes_goes_out_with_commit_and_tag(folder, bare, http_server, form):
    remote = {"path": bare, "file": bare.as_uri(), "http": http_server.address}[form]
    target = http_server.repository if form == "http" else bare
    done = publish(folder, remote)
    assert done.tag == "v2026.11.23"
    assert git(target, "tag").split() == [done.tag]
    assert git(target, "rev-parse", "--short", "main").strip() == done.commit
    assert "index.html" in git(target, "ls-tree", "--name-only", "main").split()
    assert git(folder, "status", "--porcelain") == ""


def test_a_folder_without_git_becomes_a_repository(folder, bare, tmp_path):
    shutil.rmtree(folder / ".git")
    (tmp_path / "gitconfig").write_text(
        "[user]\n\tname = machimap-test\n\temail = test@example.invalid\n", encoding="utf-8"
    )
    assert publish(folder, bare).branch == "main"


def test_the_tags_of_one_day_are_counted_and_a_version_may_be_chosen(folder, bare):
    assert publish(folder, bare).tag == "v2026.11.23"
    (folder / "メモ.md").write_text("書き足した", encoding="utf-8")
    assert publish(folder, bare).tag == "v2026.11.23.2"
    assert publish(folder, bare, tag="v1.0.0").tag == "v1.0.0"


@pytest.mark.parametrize("tag", ["1.0.0", "v1", "v1.0.0; rm -rf /", "--delete", "さくら"])
def test_a_version_that_is_none_is_refused(folder, bare, tag, assert_one_sentence):
    fails(folder, bare, "版の名前", assert_one_sentence, tag=tag)


def test_an_existing_tag_is_refused_here_and_there(folder, bare, tmp_path, assert_one_sentence):
    publish(folder, bare, tag="v1.0.0")
    fails(folder, bare, "もう使われている", assert_one_sentence, tag="v1.0.0")
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(bare), str(other)], check=True)
    git(other, "-c", "user.name=a", "-c", "user.email=a@example.invalid", "tag", "-am", "x", "v2.0.0")
    git(other, "push", "-q", "origin", "v2.0.0")
    fails(folder, bare, "同じ名前の版", assert_one_sentence, tag="v2.0.0")
    assert publish(folder, bare, tag="v2.0.1").tag == "v2.0.1"


def test_what_does_not_pass_does_not_go_out(folder, bare, assert_one_sentence):
    (folder / "SUPPORT.md").unlink()
    fails(folder, bare, "公開前の確認に1項目", assert_one_sentence)
    assert git(bare, "branch") == ""


def test_a_secret_that_came_in_since_the_last_time_stops_it(folder, bare, assert_one_sentence):
    publish(folder, bare)
    (folder / "a.env").write_text("API_KEY=" + "k9Jd82la" + "Wq7Zp3\n", encoding="utf-8")
    fails(folder, bare, "公開前の確認", assert_one_sentence)


def test_a_rejected_push_loses_nothing_and_the_next_try_works(folder, bare, tmp_path, assert_one_sentence):
    publish(folder, bare)
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(bare), str(other)], check=True)
    (other / "よそ.md").write_text("よその変更", encoding="utf-8")
    git(other, "add", "--all")
    git(other, "-c", "user.name=a", "-c", "user.email=a@example.invalid", "commit", "-qm", "よその変更")
    git(other, "push", "-q", "origin", "main")
    (folder / "うち.md").write_text("うちの変更", encoding="utf-8")
    fails(folder, bare, "git pull --rebase", assert_one_sentence)
    assert "うちの変更" in (folder / "うち.md").read_text(encoding="utf-8")
    git(folder, "pull", "-q", "--rebase", str(bare), "main")
    assert publish(folder, bare).tag == "v2026.11.23.2"


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_password_is_told_and_never_waits(folder, http_server, status, assert_one_sentence):
    http_server.refuse = status
    began = time.monotonic()
    fails(folder, http_server.address, "許可がなく", assert_one_sentence)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "remote",
    ["http://127.0.0.1:9/a.git", "ssh://127.0.0.1:9/a.git", "/does/not/exist.git", "https://nowhere.invalid/a.git"],
)
def test_without_a_network_the_commit_stays_and_the_sentence_says_so(folder, remote, assert_one_sentence):
    (folder / "メモ.md").write_text("書き足した", encoding="utf-8")
    fails(folder, remote, "記録は手元に残っている", assert_one_sentence)
    assert git(folder, "status", "--porcelain") == ""


def test_a_server_that_refuses_the_branch_is_told(folder, bare, assert_one_sentence):
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no; exit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    fails(folder, bare, "断った", assert_one_sentence)


def test_a_merge_in_progress_is_left_alone(folder, bare, assert_one_sentence):
    git(folder, "switch", "-qc", "b")
    (folder / "LICENSE").write_text("b", encoding="utf-8")
    git(folder, "commit", "-qam", "b")
    git(folder, "switch", "-q", "main")
    (folder / "LICENSE").write_text("a", encoding="utf-8")
    git(folder, "commit", "-qam", "a")
    subprocess.run(["git", "merge", "b"], cwd=folder, capture_output=True, check=False)
    fails(folder, bare, "途中", assert_one_sentence)
    assert (folder / ".git" / "MERGE_HEAD").exists()


def test_a_detached_head_is_left_alone(folder, bare, assert_one_sentence):
    git(folder, "checkout", "-q", "--detach")
    fails(folder, bare, "枝", assert_one_sentence)


def test_without_an_identity_one_sentence_says_what_to_set(folder, bare, assert_one_sentence):
    git(folder, "config", "--unset", "user.email")
    fails(folder, bare, "user.email", assert_one_sentence)


def test_the_pages_workflow_is_written_once_and_asks_for_no_more_than_it_needs(folder, bare):
    publish(folder, bare)
    path = folder / ".github" / "workflows" / "pages.yml"
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert all(step["uses"].partition("@")[2].count(".") == 2 for step in flow["jobs"]["pages"]["steps"])
    path.write_text("name: わたしの\n", encoding="utf-8")
    publish(folder, bare)
    assert path.read_text(encoding="utf-8") == "name: わたしの\n"


def test_the_published_site_carries_the_monthly_workflow(folder, bare, tmp_path):
    publish(folder, bare)
    subprocess.run(["git", "clone", "-q", str(bare), str(tmp_path / "clone")], check=True)
    flow = yaml.safe_load((tmp_path / "clone" / site.WORKFLOW).read_text(encoding="utf-8"))
    assert any("site refresh" in step.get("run", "") for step in flow["jobs"]["refresh"]["steps"])
    assert any("gh pr create" in step.get("run", "") for step in flow["jobs"]["refresh"]["steps"])


def test_without_an_account_there_is_a_zip_and_a_repository(folder, tmp_path, assert_one_sentence):
    out = tmp_path / "持ち帰り"
    paths = release.publish_locally(folder, out, today=TODAY)
    with zipfile.ZipFile(paths["zip"]) as packed:
        assert packed.testzip() is None
        assert "site/index.html" in packed.namelist()
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(paths["repository"]), str(clone)], check=True)
    assert git(clone, "tag").split() == ["v2026.11.23"]
    assert (clone / "index.html").read_bytes() == (folder / "index.html").read_bytes()
    with pytest.raises(release.ReleaseError, match="もうある") as caught:
        release.publish_locally(folder, out.parent / "別" / ".." / "持ち帰り", tag="v9.9.9", today=TODAY)
    assert_one_sentence(caught.value)


def test_the_way_out_must_lie_outside_the_folder(folder, assert_one_sentence):
    with pytest.raises(release.ReleaseError, match="外を指定") as caught:
        release.publish_locally(folder, folder / "出口", today=TODAY)
    assert_one_sentence(caught.value)
    assert not (folder / "出口").exists()


def test_the_command_publishes(folder, bare, assert_one_sentence):
    from machimap.cli import commands

    done = CliRunner().invoke(commands, ["release", "publish", str(folder), "--remote", str(bare), "--tag", "v1.2.3"])
    assert done.exit_code == 0, done.output
    assert git(bare, "tag").split() == ["v1.2.3"]
    done = CliRunner().invoke(commands, ["release", "publish", str(folder)])
    assert isinstance(done.exception, release.ReleaseError)
    assert_one_sentence(done.exception)
    assert Path(folder).is_dir()
