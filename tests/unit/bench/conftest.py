"""The scripts under bench/ import one another by their plain names, as they do when they are run."""

from __future__ import annotations

import sys
from pathlib import Path

# At the end of the path: no script may take the place of an installed package.
sys.path.append(str(Path(__file__).resolve().parents[3] / "bench"))
