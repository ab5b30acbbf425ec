"""``kg build``: make a release of a data folder and publish it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.importers import MANIFEST_NAME, read_inputs
from kg.release import OnProblem
from kg.release import build as build_release
from kg.settings import load_settings

from .talk import progress, say

__all__ = ["build"]

_QUARANTINED = 3


def build(
    data: Annotated[Path | None, typer.Option(help="Folder of the sources; KG_DATA where it is left out.")] = None,
    releases: Annotated[
        Path | None, typer.Option(help="Folder to publish in; KG_RELEASES where it is left out.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first source that cannot be taken.")] = False,
) -> None:
    """Build the release that follows from a data folder, publish it, and print its path.

    A source that is malformed, does not conform or differs from the manifest is set aside and reported; the others are
    built, and the exit code is 3. The same inputs give the same release: a second build does nothing.

    Example: kg build --data data --releases releases
    """
    settings = load_settings()
    inputs = read_inputs(data or settings.data)
    if inputs.manifest is None:
        say(f"There is no {MANIFEST_NAME}: sizes and hashes are not checked. Write one with: kg validate --accept")
    with progress() as tell:
        outcome = build_release(
            inputs,
            releases or settings.releases,
            on_problem=OnProblem.STOP if strict else OnProblem.SET_ASIDE,
            progress=tell,
        )
    if not outcome.is_new:
        say("Nothing has changed; this release is there already.")
    if outcome.quarantine_report:
        say(f"Set aside:\n{outcome.quarantine_report}\n")
    typer.echo(outcome.release.path)
    if outcome.quarantine_report:
        raise typer.Exit(_QUARANTINED)
