"""Addresses that open the course in a browser, in Lab at notebook 00: on Binder, and on a hub with nbgitpuller."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

import yaml

from machimap import store
from machimap.course.execute import notebook_path
from machimap.errors import MachimapError

BINDER = "https://mybinder.org"
BRANCH = "main"


class LinksError(MachimapError):
    """The address of the repository, or of the hub, is not known."""


def repository() -> str:
    """Return the repository's public address, as publiccode.yml tells it, without ".git".

    Raises LinksError outside a checkout, or when publiccode.yml tells no address.
    """
    path = store.kit_root() / "publiccode.yml"
    try:
        url = str(yaml.safe_load(path.read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise LinksError(
            "リポジトリのアドレスが分からないので、publiccode.yml のあるフォルダの Machimap で動かしてください。"
        ) from error
    return _address(url, "publiccode.yml の url").removesuffix(".git")


def binder_link() -> str:
    """Return the address that opens notebook 00 on Binder; raises LinksError.

    The form of the path: https://mybinder.readthedocs.io (GitHub has a short one, any other Git server a general one).
    """
    url = repository()
    parts = urlsplit(url)
    where = f"gh{parts.path}" if parts.netloc == "github.com" else f"git/{quote(url, safe='')}"
    return f"{BINDER}/v2/{where}/{BRANCH}?{urlencode({'urlpath': _lab_path()})}"


def binder_badge() -> str:
    """Return the Markdown of the badge that opens notebook 00 on Binder; raises LinksError."""
    return f"[![Binder で開く]({BINDER}/badge_logo.svg)]({binder_link()})"


def hub_link(hub: str) -> str:
    """Return the address that fetches the repository into a learner's home on a JupyterHub and opens notebook 00.

    hub: "https://hub.example.jp". The hub's environment needs nbgitpuller, which names the folder after the last part
    of the repository's address (https://nbgitpuller.readthedocs.io). Raises LinksError.
    """
    url = repository()
    query = {"repo": url, "branch": BRANCH, "urlpath": _lab_path(url.rsplit("/", 1)[1])}
    return f"{_address(hub, 'ハブのアドレス')}/hub/user-redirect/git-pull?{urlencode(query)}"


def _lab_path(folder: str = "") -> str:
    path = notebook_path("00").relative_to(store.kit_root()).as_posix()
    return "/".join(part for part in ("lab/tree", folder, path) if part)


def _address(text: str, what: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise LinksError(f"{what}「{text}」は使えないので、`https://` から始まる形で書いてください。")
    return text.strip().rstrip("/")
