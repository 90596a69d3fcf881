"""A site's first page inside the notebook, for those who have only JupyterLab in a browser.

JupyterLab serves a folder's pages without their own scripts and styles, so that the site would look broken there.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from machimap.course.checking import Shown
from machimap.errors import MachimapError

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"?]+)[^"]*">')
_SCRIPT = re.compile(r'<script src="([^"?]+)[^"]*" defer></script>\s*')
_OTHER_PAGE = re.compile(r'(<a\b[^>]*?) href="(?!https?:|#)[^"]*"')


class NoSite(MachimapError):
    """The folder holds no site."""


def preview(folder: str | Path) -> Shown:
    """Return the first page of a site's folder for the notebook, in a frame that cannot reach the notebook.

    Links to the site's other pages are text here. Raises NoSite.
    """
    root = Path(folder)
    try:
        page = one_page(root)
    except OSError as error:
        raise NoSite(f"「{root.name}」にサイトがないので、サイトをつくるセルから順に動かしてください。") from error
    return Shown(
        f"{root.name}/index.html のページ",
        f'<iframe srcdoc="{html.escape(page)}" title="できたサイト" sandbox="allow-scripts allow-popups" '
        'style="width:100%;height:max(400px,70vh);border:1px solid #bbb;background:#fff"></iframe>',
    )


def one_page(root: Path) -> str:
    """Return index.html with its styles and scripts inside. Raises OSError."""

    def text(name: str) -> str:
        return (root / name).read_text(encoding="utf-8")

    page = _OTHER_PAGE.sub(r"\1", _POLICY.sub("", text("index.html")))
    scripts = [text(name).replace("</script", "<\\/script") for name in _SCRIPT.findall(page)]
    page = _STYLE.sub(lambda found: f"<style>{text(found[1])}</style>", _SCRIPT.sub("", page))
    return page.replace("</body>", "".join(f"<script>{script}</script>" for script in scripts) + "</body>")
