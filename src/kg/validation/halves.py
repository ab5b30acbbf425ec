"""Shapes that the columns hold until values in the data stop them: beyond what they compute exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdflib.term import Node

    Found = TypeVar("Found")

__all__ = ["INEXACT", "run_exactly"]

# What `error(…)` of functions.sql raises, and numbers that do not fit. Want of memory is none of these.
INEXACT: Final = (duckdb.InvalidInputException, duckdb.OutOfRangeException, duckdb.ConversionException)


def run_exactly(roots: Sequence[Node], run: Callable[[Sequence[Node]], Found]) -> tuple[list[Found], set[Node]]:
    """Run shapes all at once or, where the data stop that, in halves, and halves of these, down to those to blame.

    Returns:
        What each run found, and the shapes that cannot be run.
    """
    if not roots:
        return [], set()
    try:
        return [run(roots)], set()
    except INEXACT:
        if len(roots) == 1:
            return [], set(roots)
    middle = len(roots) // 2
    (first, stopped), (second, stopped_too) = (run_exactly(half, run) for half in (roots[:middle], roots[middle:]))
    return [*first, *second], stopped | stopped_too
