"""Random shapes, data and changes: the report kept up to date is the report on the data as they are.

A case is a baseline and three changes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyoxigraph
from hypothesis import given
from hypothesis import strategies as st

from kg.vocab import CLAIM
from tests.conformance.test_shacl_random import TARGETS, shapes_graphs, triples
from tests.shacl import EX, PREFIXES, columns_of, compiled, tried

if TYPE_CHECKING:
    from kg.validation import Columns, ValidationReport, ValidationResult

Quad = tuple[str, str, str, str]
SUBCLASS = "rdfs:subClassOf"
GRAPHS = ("", f"<{CLAIM}one>", f"<{CLAIM}two>")

quads = st.tuples(triples, st.sampled_from(GRAPHS)).map(lambda both: (*both[0], both[1]))
# Of the hierarchy of classes less often than its share of the data: it makes a full run.
changed = quads.filter(lambda quad: quad[1] != SUBCLASS) | quads
changes = st.tuples(
    st.lists(changed, max_size=4), st.lists(changed, max_size=4), st.sets(st.integers(0, 20), max_size=4)
)

PATTERNS = (
    "$this ex:p ?x", "?x ex:p $this", "?x ex:q ?y", "?y ex:r ?x", "$this ex:p/ex:q ?y", "?x ex:p* ?y", "?x ^ex:q+ ?y",
    "?x (ex:p|ex:r)? ?y", "$this a ex:C", "?y a ex:D", "?x ?v ?y", "?y ex:q $this", "?x !(ex:p|ex:q) ?y",
    "?z ex:r ex:a",
)  # fmt: skip
groups = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2).map(" . ".join)
parts = st.one_of(
    groups.map(lambda text: f"OPTIONAL {{ {text} }}"),
    groups.map(lambda text: f"FILTER NOT EXISTS {{ {text} }}"),
    groups.map(lambda text: f"FILTER EXISTS {{ {text} FILTER (?x != ?y) }}"),
    st.tuples(groups, groups).map(lambda both: f"{{ {both[0]} }} UNION {{ {both[1]} }}"),
    st.tuples(groups, groups).map(lambda both: f"{{ {both[0]} OPTIONAL {{ {both[1]} }} }}"),
    groups.map(lambda text: f"{{ SELECT $this (COUNT(*) AS ?n) WHERE {{ {text} }} GROUP BY $this }}"),
    st.just("FILTER (?x != ex:a)"),
)
wheres = st.tuples(groups, st.lists(parts, max_size=2)).map(lambda both: " ".join([both[0] + " .", *both[1]]))
rules = st.tuples(wheres, st.sampled_from(TARGETS)).map(
    lambda both: (
        f'ex:R {both[1]} ; sh:sparql [ a sh:SPARQLConstraint ; sh:message "It holds."@en ; sh:select '
        f'"""PREFIX ex: <{EX}> SELECT DISTINCT $this WHERE {{ {both[0]} }}""" ] .\n'
    )
)


def nquads(found: set[Quad] | list[Quad]) -> bytes:
    """N-Quads of quads in Turtle's terms."""
    trig = PREFIXES + "".join(f"{g} {{ {s} {p} {o} }}\n" for s, p, o, g in found)
    parsed = pyoxigraph.parse(trig, format=pyoxigraph.RdfFormat.TRIG)
    return pyoxigraph.serialize(parsed, format=pyoxigraph.RdfFormat.N_QUADS) or b""


def held(columns: Columns) -> set[str]:
    """The quads that the columns hold, as lines of N-Quads; each once, or it fails."""
    rows = columns.db.execute(
        "SELECT concat_ws(' ', s.text, p.text, o.text, g.text, '.') FROM triple AS t JOIN term AS s ON s.id = t.s "
        "JOIN term AS p ON p.id = t.p JOIN term AS o ON o.id = t.o LEFT JOIN term AS g ON g.id = t.g"
    ).fetchall()
    assert len(rows) == len(set(rows))
    return {str(line) for (line,) in rows}


def bare(report: ValidationReport) -> set[ValidationResult]:
    return {replace(result, claims=()) for result in report.results}


def hierarchy(found: set[Quad]) -> set[Quad]:
    return {(s, p, o, "") for s, p, o, _ in found if p == SUBCLASS}


@given(
    shapes_graphs | rules,
    st.lists(quads, min_size=3, max_size=16, unique=True),
    st.lists(changes, min_size=3, max_size=3),
)
@tried(6)
def test_the_report_kept_up_to_date_is_the_report_on_the_data_as_they_are(
    shapes: str, data: list[Quad], asked: list[tuple[list[Quad], list[Quad], set[int]]]
) -> None:
    engine = compiled(shapes)
    now = set(data)
    with TemporaryDirectory() as folder, columns_of(Path(folder), {}) as columns:
        baseline = engine.baseline(columns)
        baseline.apply(nquads(data), b"")
        for added, strange, numbers in asked:
            removed = [*strange, *(quad for at, quad in enumerate(sorted(now)) if at in numbers)]
            before, now = now, now - set(removed) | set(added)
            earlier = baseline.report

            change = baseline.apply(nquads(added), nquads(removed))

            assert held(columns) == set(nquads(now).decode().splitlines())
            assert change.is_full == (hierarchy(before) != hierarchy(now))
            assert change.report == engine.validate(columns)
            assert bare(change.new) == bare(change.report) - bare(earlier)
            assert bare(change.resolved) == bare(earlier) - bare(change.report)
