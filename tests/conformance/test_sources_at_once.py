"""All sources in one run of the compiled shapes: what the reference engine says of each of them by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.columns import load_sources, open_database
from kg.validation import Shapes, Stage, load_shapes, render_text, validate_each
from kg.validation import compile as compile_shapes
from tests.conformance.test_shapes import DATA, VIOLATING, flat, rules
from tests.shacl import PREFIXES, canonical, graph_of
from tests.unit.validation.test_compiled import BEYOND, STOPPED

if TYPE_CHECKING:
    from pathlib import Path

    from kg.validation import ValidationReport


def at_once(folder: Path, shapes: Shapes, sources: list[bytes]) -> list[ValidationReport]:
    engine = compile_shapes(shapes, by_graph=True)
    with open_database(folder / "sources.duckdb") as db:
        load_sources(db, enumerate(sources))
        found = list(engine.validate_each(db, "quad"))
    assert [source for source, _ in found] == list(range(len(sources)))
    assert not any(report.by_reference for _, report in found) or engine.coverage().reference
    return [report for _, report in found]


def by_themselves(shapes: Shapes, sources: list[bytes]) -> list[ValidationReport]:
    named = [(str(number), source) for number, source in enumerate(sources)]
    return [report for _, report in validate_each(named, shapes=shapes, processes=1)]


def test_each_source_has_the_report_that_the_reference_gives_of_it_alone(tmp_path: Path) -> None:
    """On what breaks each of our shapes, on our own files, and on a file that uses what no longer is to be used."""
    broken = [flat(path) for path in VIOLATING if rules()[path.parent.name] is Stage.SOURCE]
    own = [flat(path) for path in sorted(DATA.rglob("*.trig"))]
    assert len(broken) > 100
    assert own
    shapes = load_shapes(Stage.SOURCE)

    found = at_once(tmp_path, shapes, broken + own)

    expected = by_themselves(shapes, broken + own)
    assert [report.results for report in found] == [report.results for report in expected]
    assert list(map(render_text, found)) == list(map(render_text, expected))
    assert sum(not report.conforms for report in found) > 100


SHAPES = """
ex:Count sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:maxCount 1 .
ex:Class sh:targetObjectsOf ex:p ; sh:class ex:C .
ex:Value sh:targetClass ex:C ; sh:path ex:q ; sh:hasValue ex:v ; sh:in ( ex:v 1 ) ; sh:minInclusive 1 .
ex:Node sh:targetNode ex:a ; sh:property [ sh:path ( ex:p [ sh:zeroOrMorePath ex:q ] ) ; sh:maxCount 2 ] .
ex:Query sh:targetSubjectsOf ex:q ; sh:sparql [ sh:message "{?value} of {$this}, {?none}, {?some}" ; sh:select '''
  SELECT $this (MAX(?x) AS ?some) (COUNT(DISTINCT ?x) AS ?value) WHERE {
    $this <http://example.org/q> ?x . FILTER NOT EXISTS { ?y <http://example.org/p> ?x }
  } GROUP BY $this''' ] .
"""
SOURCES = (
    "ex:a ex:p ex:b . ex:b a ex:C ; ex:q ex:v .",
    "ex:a ex:p ex:c . ex:c a ex:D ; ex:q 1 .",
    "ex:D rdfs:subClassOf ex:C . ex:a ex:p ex:c . ex:c a ex:D ; ex:q 0 .",
    "ex:a ex:p ex:b, ex:c ; ex:q ex:b . ex:b ex:q ex:d . ex:d ex:q ex:e . ex:e ex:q ex:d .",
    "ex:b ex:q ex:b .",
)


def test_nothing_of_one_source_is_seen_in_another(tmp_path: Path) -> None:
    """Neither its classes, nor its values, nor what a query counts."""
    shapes = Shapes(graph_of(SHAPES), ())
    sources = [canonical(PREFIXES + text) for text in SOURCES]

    found = at_once(tmp_path, shapes, sources)

    assert [places(report) for report in found] == [places(report) for report in by_themselves(shapes, sources)]
    assert all(report.results for report in found)


def places(report: ValidationReport) -> set[tuple[str | None, ...]]:
    """The results, and of rules in SPARQL what is told; the engines have other words for those of SHACL Core."""
    return {
        (r.shape, r.focus_node, r.path, r.value, r.component, r.severity, r.constraint and r.message)
        for r in report.results
    }


def test_a_shape_that_a_value_in_one_source_stops_is_checked_by_the_reference_in_all(tmp_path: Path) -> None:
    shapes = Shapes(graph_of(STOPPED), ())
    sources = [canonical(PREFIXES + text) for text in (BEYOND, "ex:a ex:p 1 ; ex:q 2 .")]
    engine = compile_shapes(shapes, by_graph=True)

    with open_database(tmp_path / "sources.duckdb") as db:
        load_sources(db, enumerate(sources))
        found = [report for _, report in engine.validate_each(db, "quad")]

    assert [report.by_reference for report in found] == [("http://example.org/S",)] * 2
    assert [report.results for report in found] == [report.results for report in by_themselves(shapes, sources)]
