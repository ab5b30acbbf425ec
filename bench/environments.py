"""Virtual environments for what is compared with, each below bench/out/, so that none meets the project's packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from datasets import OUT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["python_with"]


def python_with(name: str, *packages: str | Path) -> Path:
    """The Python of the environment ``name``, which has ``packages``, as pip takes them; made where it is not there.

    Raises:
        OSError, SubprocessError: it cannot be made.
    """
    folder = OUT / name
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
        install = [python, "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(install, check=True, timeout=1800, stdout=sys.stderr)
        (folder / "ready").touch()
    return python
