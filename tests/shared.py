"""Material that is not part of the project but lies beside it: the W3C suites."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared(path: str) -> Path:
    """A file or folder of the shared material (``HABEAS_SHARED``); the test is skipped where it is missing."""
    found = Path(os.environ.get("HABEAS_SHARED", ROOT.parent / "shared")) / path
    if not found.exists():
        pytest.skip(f"{found} is missing; HABEAS_SHARED names the folder that holds {path}")
    return found
