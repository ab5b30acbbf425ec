"""The two validations of a build: each source by itself, and the release as a whole.

Relations in: ``quad``, ``default_graph``. Out: a row of ``problem`` for every breach of a source shape.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kg.claims import Problem, record_problems
from kg.columns import ntriples, ntriples_by_source
from kg.errors import NotConformingError
from kg.vocab import SHAPES

from .reference import validate, validate_each
from .report import Severity, ValidationReport, render_text
from .shapes import Stage, load_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from .report import ValidationResult

__all__ = ["validate_release", "validate_sources"]


def validate_sources(db: duckdb.DuckDBPyConnection, *, validated: Callable[[int], None]) -> str:
    """Hold the triples of each source, its claims and its provenance together, against the source shapes.

    Args:
        db: the build's database.
        validated: is called after each source with how many were validated by then.

    Returns:
        The report of what is only a warning, source by source, for those who may read the sources.
    """
    warnings = []
    texts = ((str(source), text) for source, text in ntriples_by_source(db, "quad"))
    reports = validate_each(texts, shapes=load_shapes(Stage.SOURCE), processes=os.cpu_count() or 1)
    for done, (source, report) in enumerate(reports, start=1):
        record_problems(db, _problems(int(source), report))
        warnings.append(_warnings(db, int(source), report))
        validated(done)
    return "".join(warnings)


def _warnings(db: duckdb.DuckDBPyConnection, source: int, report: ValidationReport) -> str:
    told = ValidationReport(tuple(r for r in report.results if r.severity is not Severity.VIOLATION))
    if not told.results:
        return ""
    path = db.execute("SELECT path FROM source WHERE id = ?", [source]).fetchone()
    return f"{path[0] if path else source}\n{render_text(told)}\n"


def _problems(source: int, report: ValidationReport) -> Iterator[Problem]:
    for result in report.results:
        if result.severity is Severity.VIOLATION:
            what, _, remedy = result.message.partition(". ")
            yield Problem(source, result.shape.removeprefix(SHAPES), f"{what.rstrip('.')}.", remedy, _iri(result))


def _iri(result: ValidationResult) -> str | None:
    return result.focus_node[1:-1] if result.focus_node.startswith("<") else None


def validate_release(db: duckdb.DuckDBPyConnection) -> str:
    """Hold the release's default graph against the release shapes, and return the report of what is only a warning.

    Raises:
        NotConformingError: with the report; all that the graph holds is public, so the report may quote it.
    """
    report = validate(ntriples(db, "default_graph"), shapes=load_shapes(Stage.RELEASE))
    told = render_text(report.with_claims(lambda result: _claims_of(db, result)))
    if not report.conforms:
        raise NotConformingError(f"the release breaks its shapes, and nothing was published.\n{told}")
    return told


def _claims_of(db: duckdb.DuckDBPyConnection, result: ValidationResult) -> list[str]:
    """The claims that speak of the focus node, of the value where there is one."""
    rows = db.execute(
        "SELECT DISTINCT g.lexical FROM resolved AS r JOIN term AS s ON s.id = r.s JOIN term AS o ON o.id = r.o "
        "JOIN current_claim AS c ON c.id = r.g JOIN term AS g ON g.id = r.g "
        "WHERE s.text = ? AND (? IS NULL OR o.text = ?) ORDER BY ALL",
        [result.focus_node, result.value, result.value],
    ).fetchall()
    return [str(row[0]) for row in rows]
