"""Where the material beside the project lies that some tests need: ``HABEAS_SHARED``, or ``../shared``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["shared"]

_FOLDER = Path(os.environ.get("HABEAS_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def shared(path: str) -> Path:
    """A file or folder of that material; the test that asks is skipped where it is missing."""
    found = _FOLDER / path
    if not found.exists():
        pytest.skip(f"{path} is not there; set HABEAS_SHARED to the folder that holds it")
    return found
