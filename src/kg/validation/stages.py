"""The two validations of a build: each source by itself, and the release as a whole.

Relations in: ``quad``, ``default_graph``. Out: a row of ``problem`` for every breach of a source shape.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kg.claims import Problem, record_problems
from kg.columns import count, ntriples, ntriples_by_source
from kg.errors import NotConformingError
from kg.vocab import SHAPES

from .compiled import compile  # noqa: A004 - shapes
from .preparation import Columns
from .reference import validate, validate_each
from .report import Severity, ValidationReport, render_text
from .shapes import Shapes, Stage, load_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from .compiled import CompiledShapes
    from .report import ValidationResult

__all__ = ["validate_release", "validate_sources"]


# To plan the statements of all shapes takes the columns a second, whatever the data; in the same time the reference
# engine validates that many triples. Both give the same report.
_COLUMNS_FROM_TRIPLES: Final = 5_000


def validate_sources(db: duckdb.DuckDBPyConnection, *, validated: Callable[[int], None]) -> str:
    """Hold the triples of each source, its claims and its provenance together, against the source shapes.

    Args:
        db: the build's database.
        validated: is called after each source with how many were validated by then.

    Returns:
        The report of what is only a warning, source by source, for those who may read the sources.
    """
    warnings = []
    for done, (source, report) in enumerate(_each_report(db, load_shapes(Stage.SOURCE)), start=1):
        record_problems(db, dict.fromkeys(_problems(db, source, report)))
        warnings.append(_warnings(db, source, report))
        validated(done)
    return "".join(warnings)


def _each_report(db: duckdb.DuckDBPyConnection, shapes: Shapes) -> Iterator[tuple[int, ValidationReport]]:
    if count(db, "quad") >= _COLUMNS_FROM_TRIPLES:
        yield from _compiled(shapes, by_graph=True).validate_each(db, "quad")
        return
    texts = ((str(source), text) for source, text in ntriples_by_source(db, "quad"))
    for name, report in validate_each(texts, shapes=shapes, processes=os.cpu_count() or 1):
        yield int(name), report


@lru_cache(maxsize=4)
def _compiled(shapes: Shapes, *, by_graph: bool) -> CompiledShapes:
    return compile(shapes, by_graph=by_graph)


def _warnings(db: duckdb.DuckDBPyConnection, source: int, report: ValidationReport) -> str:
    told = ValidationReport(tuple(r for r in report.results if r.severity is not Severity.VIOLATION))
    if not told.results:
        return ""
    path = db.execute("SELECT path FROM source WHERE id = ?", [source]).fetchone()
    return f"{path[0] if path else source}\n{render_text(told)}\n"


def _problems(db: duckdb.DuckDBPyConnection, source: int, report: ValidationReport) -> Iterator[Problem]:
    """A problem for each violation; the same for what several constraints of one shape find in one place."""
    for result in report.results:
        if result.severity is Severity.VIOLATION:
            what, _, remedy = result.message.partition(". ")
            claim = _claim_of(db, source, result)
            yield Problem(
                source, result.shape.removeprefix(SHAPES), f"{what.rstrip('.')}.", remedy, _iri(result), claim
            )


def _claim_of(db: duckdb.DuckDBPyConnection, source: int, result: ValidationResult) -> str | None:
    """The graph of the source that says what breaks the rule: the very triple, or what comes nearest to it."""
    row = db.execute(
        "SELECT g.lexical FROM quad AS q JOIN term AS s ON s.id = q.s JOIN term AS p ON p.id = q.p "
        "JOIN term AS o ON o.id = q.o JOIN term AS g ON g.id = q.g WHERE q.source = ? AND s.text = ? "
        "ORDER BY p.lexical IS DISTINCT FROM ?, o.text IS DISTINCT FROM ?, g.lexical LIMIT 1",
        [source, result.focus_node, result.path, result.value],
    ).fetchone()
    return None if row is None else str(row[0])


def _iri(result: ValidationResult) -> str | None:
    return result.focus_node[1:-1] if result.focus_node.startswith("<") else None


def validate_release(db: duckdb.DuckDBPyConnection) -> str:
    """Hold the release's default graph against the release shapes, and return the report of what is only a warning.

    Raises:
        NotConformingError: with the report; all that the graph holds is public, so the report may quote it.
    """
    shapes = load_shapes(Stage.RELEASE)
    if count(db, "default_graph") >= _COLUMNS_FROM_TRIPLES:
        report = _compiled(shapes, by_graph=False).validate(Columns(db, "default_graph", "dataset"))
    else:
        report = validate(ntriples(db, "default_graph"), shapes=shapes)
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
