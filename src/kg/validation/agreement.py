"""Whether the columns and the reference engine agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rdflib import SH

from ..errors import KgError

if TYPE_CHECKING:
    from rdflib import Graph

    from .report import ValidationReport, ValidationResult

__all__ = ["refuse_difference"]


def refuse_difference(fast: ValidationReport, reference: ValidationReport, shapes: Graph) -> None:
    """Hold two reports on the same data against each other.

    Args:
        fast: that of the columns.
        reference: that of the reference engine.
        shapes: the shapes graph.

    Raises:
        KgError: they tell of different results.
    """
    asking = _asking(shapes)
    first, second = (
        {_told(replace(r, value=None) if r.path and r.component in asking else r) for r in report.results}
        for report in (fast, reference)
    )
    differing = first ^ second
    if differing:
        named = ", ".join(sorted({str(shape) for shape, *_ in differing}))
        raise KgError(
            f"The columns and the reference engine do not agree on {len(differing)} results of {named}. "
            "Believe neither until it is known which of them is right."
        )


def _asking(graph: Graph) -> set[str]:
    """The components with ASK validators: of what these find on a path, pySHACL leaves out the value."""
    validators = set(graph.subjects(SH.ask))
    return {
        str(c) for p in (SH.validator, SH.propertyValidator) for c, v in graph.subject_objects(p) if v in validators
    }


def _told(result: ValidationResult) -> tuple[str | None, ...]:
    return result.shape, result.part, result.focus_node, result.path, result.value, result.component, result.severity
