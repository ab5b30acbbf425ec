"""Write the lock files anew: ``python requirements/lock.py`` (it needs ``uv``, which the dev lock brings)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-annotate",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
)


def lock(name: str, *sources: str) -> None:
    """Resolve ``sources`` into ``requirements/NAME.lock``, keeping the versions that are in it already."""
    target = FOLDER / f"{name}.lock"
    command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *sources, f"--output-file={target}"]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own command, no input from outside


if __name__ == "__main__":
    lock("dev", "pyproject.toml", "--group=dev")
    lock("runtime", "pyproject.toml", "--constraint=requirements/dev.lock")
    lock("build", "requirements/build.in", "--constraint=requirements/dev.lock")
