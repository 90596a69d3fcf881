"""A folded part of a notebook's form that keys can open."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets


class Fold(widgets.VBox):
    """One folded part whose inside is made when it is opened for the first time; a button, so that keys open it."""

    def __init__(self, make: Callable[[], list[widgets.Widget]], *, is_open: bool = False) -> None:
        self._make, self._made = make, False
        self.inside = widgets.VBox()
        self.head = widgets.ToggleButton(value=is_open)
        self.head.layout = widgets.Layout(
            width="98%", display="flex", justify_content="flex-start", align_items="center"
        )
        self.head.style.font_weight = "bold"
        self.head.observe(lambda _: self._opened(), "value")
        super().__init__([self.head, self.inside])
        self.inside.layout.margin = "4px 0 8px 8px"
        self._opened()

    def called(self, title: str) -> None:
        """Set the head."""
        self.head.description = title

    def again(self) -> None:
        """Make the inside anew, now if it is open."""
        self._made = False
        self._opened()

    def _opened(self) -> None:
        is_open = self.head.value
        self.head.icon = "caret-down" if is_open else "caret-right"
        self.inside.layout.display = None if is_open else "none"
        if is_open and not self._made:
            self._made = True
            self.inside.children = tuple(self._make())
