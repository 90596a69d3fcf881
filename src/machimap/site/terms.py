"""The licences that a site may bear: the page that tells each, and what it allows in one line."""

from __future__ import annotations

LICENCES = {
    "CC-BY-4.0": ("https://creativecommons.org/licenses/by/4.0/deed.ja", "出典を書けば、だれでも自由に使えます"),
    "CC-BY-SA-4.0": (
        "https://creativecommons.org/licenses/by-sa/4.0/deed.ja",
        "出典を書き、作り変えたものも同じ条件で公開すれば、だれでも自由に使えます",
    ),
}
