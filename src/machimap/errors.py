"""The root of Machimap's exceptions: one Japanese sentence that says what to do next."""

from __future__ import annotations


class MachimapError(Exception):
    """A fault that a learner can act on; `str(error)` is one Japanese sentence, the cause is chained."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [f"⚠ {self}"]
