"""The three languages of the site: each one file of words, with readings for やさしい日本語."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from importlib import resources

import pandas as pd
import yaml
from markupsafe import Markup

from machimap import datasets, hazards
from machimap.places import Place

NAMES = ("ja", "easy", "en")
FROM_TABLES = ("kinds", "layers", "classes", "styles", "bases", "sentences")
_RUBY = re.compile(r"\{([^|{}]+)\|([^|{}]+)\}")


@dataclass(frozen=True)
class Language:
    """The words of one language: `page` for the templates, `app` for the script, and those of the hazard tables."""

    name: str
    lang: str
    self: str
    folder: str
    page: dict[str, str]
    app: dict[str, str]
    directions: list[str]
    kinds: dict[str, str]
    layers: dict[str, str]
    classes: dict[str, str]
    styles: dict[str, str]
    bases: dict[str, str]
    sentences: dict[str, str]

    @property
    def root(self) -> str:
        """The way from a page of this language to the site's own folder."""
        return "../" if self.folder else ""

    def place_name(self, place: Place) -> str:
        """The municipality as this language writes it: 「八王子市」, "Hachioji (八王子市)"."""
        return self._romaji(place, place.name)

    def full_name(self, place: Place) -> str:
        """The same with its prefecture."""
        return self._romaji(place, place.full_name)

    def notes(self, layer_id: str, prefecture_code: str) -> list[str]:
        """The caveats and conditions of a layer, sentence by sentence; a credit line stays as its publisher wrote it."""
        texts = [hazards.layer(layer_id)["caveat"], *hazards.conditions(layer_id, prefecture_code)]
        return [self._sentences(text) for text in texts]

    def _sentences(self, text: str) -> str:
        parts = sentences(text)
        if any(part not in self.sentences for part in parts):
            return text
        return (" " if self.lang == "en" else "").join(self.sentences[part] for part in parts)

    def _romaji(self, place: Place, japanese: str) -> str:
        romaji = place.romaji.split(" ")[0].capitalize()
        return f"{romaji} ({japanese})" if self.lang == "en" and romaji else japanese


def languages() -> tuple[Language, ...]:
    """Return the languages of the site, 日本語 first."""
    tables = _from_tables()
    return tuple(Language(name=name, **(tables | words(name))) for name in NAMES)


def words(name: str) -> dict:
    """Return the file of one language as it stands, by section."""
    return yaml.safe_load(
        resources.files("machimap.site").joinpath("strings", f"{name}.yml").read_text(encoding="utf-8")
    )


def expected() -> dict[str, set[str]]:
    """Return the words that a language must hold because the hazard tables hold them, by section."""
    table = hazards.layers()
    texts = [*table["caveat"], *datasets.table("hazards", "prefecture-terms")["condition"]]
    return {
        "kinds": set(hazards.kinds()["key"]),
        "layers": set(table.index),
        "classes": {label for layer_id in table.index for label in hazards.legend(layer_id)["label"]},
        "styles": {"designated", "not_designated", "unknown", "site", "shelter", "shelter_background"},
        "bases": set(hazards.base_layers()["key"]),
        "sentences": {part for text in texts for part in sentences(text)},
    }


def sentences(text: str) -> list[str]:
    """Return the sentences of a Japanese text, each with its 。."""
    return re.findall(r"[^。]+。?", text)


def ruby(words: str) -> Markup:
    """Return words as markup in which 「{漢字|かんじ}」 is a reading and `<b>` emphasis; all else is text."""
    safe = html.escape(words).replace("&lt;b&gt;", "<b>").replace("&lt;/b&gt;", "</b>")
    return Markup(_RUBY.sub(r"<ruby>\1<rt>\2</rt></ruby>", safe))


def plain(words: str) -> str:
    """Return words without readings, for titles and labels that hold no markup."""
    return _RUBY.sub(r"\1", words)


def fill(words: str, **values: object) -> str:
    """Return words with each `<name>` filled; a value's braces cannot become a reading."""
    for name, value in values.items():
        text = str(value).translate({ord("{"): "｛", ord("}"): "｝", ord("|"): "｜"})
        words = words.replace(f"<{name}>", text)
    return words


def _from_tables() -> dict[str, dict[str, str]]:
    """The Japanese words as the tables of the hazards hold them."""
    wanted = expected()
    table, styles, bases = hazards.layers(), hazards.styles(), hazards.base_layers()
    same: dict[str, dict[str, str]] = {name: {word: word for word in wanted[name]} for name in FROM_TABLES}
    return same | {
        "layers": dict(table["label"]),
        "styles": {key: label.replace("この災害", "<hazard>") for key, label in styles["label"].items()},
        "bases": dict(pd.Series(bases["name"].values, index=bases["key"])),
    }
