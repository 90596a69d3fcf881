"""What every kernel beside the lessons loads, so that even a cell run out of order is answered in one sentence.

`ipython_kernel_config.py` names it; a kernel elsewhere in the same environment is left as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Show errors as one sentence from now on, if this kernel runs in a folder of lessons."""
    from machimap import store
    from machimap.course.friendly import show_sentences
    from machimap.course.session import lessons_home

    if lessons_home() or Path.cwd().is_relative_to(store.kit_root()):
        show_sentences()
