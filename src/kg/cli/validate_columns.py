"""``kg validate --engine``: the default graph of the current release, or of other columns, against its shapes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kg.columns import DATABASE
from kg.columns.compile import open_release_columns
from kg.errors import KgError, SettingsError
from kg.publication import current_release
from kg.settings import load_settings
from kg.validation import Columns, Stage, compile, load_shapes, read_shapes  # noqa: A004 - shapes
from kg.vocab import SHAPES

from .on_spark import Master, cluster_of, validate_on_spark
from .talk import say

if TYPE_CHECKING:
    from kg.validation import ValidationReport

__all__ = ["ColumnsOptions", "validate_columns"]

_MEMORY_MB: Final = 2048
# So many shapes that are not checked are named.
_NAMED: Final = 10


class _Engine(StrEnum):
    fast = "fast"
    reference = "reference"
    both = "both"
    spark = "spark"


@dataclass(frozen=True, slots=True)
class ColumnsOptions:
    """What of a release is checked, and by whom: the options of ``kg validate`` that are about columns."""

    engine: Annotated[
        _Engine | None,
        typer.Option(help="Check the current release and no sources: by its columns, by pySHACL, both, or on Spark."),
    ] = None
    shapes: Annotated[
        list[Path] | None, typer.Option(help="Shapes in Turtle, in place of a release's own; may be repeated.")
    ] = None
    shape: Annotated[
        list[str] | None, typer.Option(help="Only this shape: its IRI, or shapes:Name; may be repeated.")
    ] = None
    focus: Annotated[list[str] | None, typer.Option(help="Only this focus node, an IRI; may be repeated.")] = None
    limit: Annotated[int | None, typer.Option(min=1, help="Tell so many results of each shape at most.")] = None
    columns: Annotated[
        str | None, typer.Option(help="The folder of the columns, if not that of the current release.")
    ] = None
    master: Master = None

    def __bool__(self) -> bool:
        """Whether columns are asked for at all."""
        return any((self.engine, self.master, self.columns, self.shapes, self.shape, self.focus, self.limit))


def validate_columns(chosen: ColumnsOptions) -> ValidationReport:
    """Hold the default graph of columns against the shapes of a release, or against others.

    Raises:
        SettingsError: the options do not go together.
        ShapesError: a shape that was asked for is not there, or the shapes are broken.
        KgError: a focus node is not there, or two engines do not agree.
    """
    _check(chosen)
    releases = load_settings().releases
    if chosen.engine is _Engine.spark:
        cluster = cluster_of(chosen.master, chosen.columns)
        place = cluster.place(releases)
        return validate_on_spark(lambda opened: _validate(opened, chosen), master=cluster.master, columns=place)
    folder = _folder(chosen.columns) if chosen.columns else current_release(releases).columns
    threads = load_settings().columns_threads
    with closing(open_release_columns(folder, memory_mb=_MEMORY_MB, threads=threads)) as db:
        return _validate(Columns.of_release(db), chosen)


def _check(chosen: ColumnsOptions) -> None:
    if chosen.engine is None:
        raise SettingsError(
            "--shapes, --shape, --focus, --limit, --columns and --master are for columns: add --engine fast, "
            "--engine reference, --engine both, or --engine spark."
        )
    if chosen.engine is not _Engine.spark and chosen.master:
        raise SettingsError("--master is for --engine spark.")


def _folder(columns: str) -> Path:
    folder = Path(columns)
    if not (folder / DATABASE).is_file():
        raise SettingsError(f"--columns {columns}: it holds no {DATABASE}. Name the folder columns/ of a release.")
    return folder


def _validate(columns: Columns, chosen: ColumnsOptions) -> ValidationReport:
    focus = [node.strip("<>") for node in chosen.focus or ()]
    missing = sorted(set(focus) - columns.known(focus))
    if missing:
        raise KgError(f"{', '.join(missing)}: the data graph has no such node. Write its IRI out as the data have it.")
    shapes = [name.replace("shapes:", SHAPES, 1) if name.startswith("shapes:") else name for name in chosen.shape or ()]
    held = compile(read_shapes(chosen.shapes) if chosen.shapes else load_shapes(Stage.RELEASE))
    if unused := held.coverage().unused:
        named = ", ".join([*unused[:_NAMED], *(["…"] if len(unused) > _NAMED else [])])
        say(f"{len(unused)} shapes are not checked: they have no target, and no other shape names them ({named}).")
    return held.validate(
        columns,
        focus=focus or None,
        shapes=shapes or None,
        limit_per_shape=chosen.limit,
        # Spark takes the place of DuckDB below the columns, not theirs.
        engine="fast" if chosen.engine is _Engine.spark else str(chosen.engine),
    )
