"""The fork server of a class: `python -m machimap.hub SOCKET`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# A thread pool of the linear algebra library would be lost in every forked process.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from machimap.hub.forking import serve
from machimap.hub.loading import load

serve(Path(sys.argv[1]), load)
