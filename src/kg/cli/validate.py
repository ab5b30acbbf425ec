"""``kg validate``: whether sources can be taken, and what is wrong where they cannot."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kg.errors import SettingsError, SourceError
from kg.importers import accept as accept_files
from kg.importers import read_inputs, select
from kg.release import check
from kg.settings import load_settings
from kg.validation import render_ndjson, render_text, render_turtle

from .options import with_options
from .talk import progress, say
from .validate_columns import ColumnsOptions, validate_columns

if TYPE_CHECKING:
    from kg.importers import Inputs
    from kg.release import CheckOutcome

__all__ = ["validate"]

_NOT_CONFORMING = 1


class _Format(StrEnum):
    text = "text"
    ndjson = "ndjson"
    turtle = "turtle"


_RENDER: Final = {_Format.text: render_text, _Format.ndjson: render_ndjson, _Format.turtle: render_turtle}


@with_options("chosen", ColumnsOptions)
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of the data folder; all of them if left out.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The data folder; KG_DATA where it is left out.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Record what conforms in the manifest.")] = False,
    form: Annotated[_Format, typer.Option("--format", help="How to print what is wrong.")] = _Format.text,
    *,
    chosen: ColumnsOptions,
) -> None:
    """Check sources as a build would: well-formed, every statement in a claim, conforming to the source shapes.

    Prints what is wrong, where, and how to mend it. Exit code 0: all conform; 1: some do not. With --accept, files that
    conform are recorded in the manifest with their size and SHA-256; without it, they are held against the manifest.

    With --engine, what is checked is the default graph of the current release, or of --columns, against the shapes of a
    release, or --shapes (docs/validation.md): by the columns, by pySHACL, by both of them, which must agree, or on a
    cluster.

    Example: kg validate data/sources/2024-11-07-ap-31-pardoned.trig
    """
    if chosen:
        if files or data or accept:
            raise SettingsError(
                "Files, --data and --accept are about sources, and --engine about a release: ask for one of them."
            )
        _tell_columns(form, chosen)
        return
    if form is _Format.turtle:
        raise SettingsError("--format turtle writes a validation report of a release: add --engine fast.")
    folder = data or load_settings().data
    inputs = read_inputs(folder, with_manifest=not accept)
    if files:
        inputs = select(inputs, [_relative(file, folder) for file in files])
    with progress() as tell:
        outcome = check(inputs, progress=tell)
    if form is _Format.text:
        typer.echo(outcome.report, nl=False)
    else:
        for path, problem in outcome.problems:
            typer.echo(json.dumps({**asdict(problem), "source": path}, ensure_ascii=False))
    if outcome.warnings:
        say(outcome.warnings)
    say(f"{len(outcome.accepted)} of {len(outcome.accepted) + len(outcome.refused)} files conform.")
    if accept:
        _accept(folder, inputs, outcome, whole=not files)
    if outcome.refused:
        raise typer.Exit(_NOT_CONFORMING)


def _tell_columns(form: _Format, chosen: ColumnsOptions) -> None:
    report = validate_columns(chosen)
    typer.echo(_RENDER[form](report), nl=False)
    if report.left_out:
        say(f"{report.left_out:,} more results are left out over the limit.")
    if report.by_reference and chosen.engine != "reference":
        say(f"pySHACL checked, as the columns cannot: {', '.join(report.by_reference)}.")
    if not report.conforms:
        raise typer.Exit(_NOT_CONFORMING)


def _accept(folder: Path, inputs: Inputs, outcome: CheckOutcome, *, whole: bool) -> None:
    contents = {source.path: source.content for source in inputs.sources if source.path in outcome.accepted}
    accept_files(folder, contents, whole=whole)
    say(f"{len(contents)} files are recorded in the manifest.")


def _relative(file: Path, folder: Path) -> str:
    try:
        return file.resolve(strict=True).relative_to(folder.resolve()).as_posix()
    except (OSError, ValueError) as error:
        raise SourceError(
            f"It is not a file below {folder}.",
            where=str(file),
            remedy="Name a file of the data folder, or set --data.",
        ) from error
