"""``kg verify``: whether a release is what its manifest says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.publication import current_release, read_release
from kg.publication import verify as verify_release
from kg.settings import load_settings

__all__ = ["verify"]


def verify(
    release: Annotated[Path | None, typer.Argument(help="Folder of the release; the current one if left out.")] = None,
) -> None:
    """Check every file of a release against its manifest, its counts, and its index and columns against its dump.

    Example: kg verify releases/current
    """
    found = current_release(load_settings().releases) if release is None else read_release(release.resolve())
    quads = verify_release(found)
    typer.echo(f"{found.id}: {quads} quads, as the manifest says")
