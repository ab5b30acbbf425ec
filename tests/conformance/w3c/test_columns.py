"""The W3C's query-evaluation cases, answered by SQL over columns: what is accepted is right, and most is accepted."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import Any

import pyoxigraph as ox
import pytest

from kg.columns.compile import Arrangement, Solutions, compile, run_compiled  # noqa: A004
from kg.errors import KgError
from tests.refilled import Refilled
from tests.solutions import same_graph, same_order, same_rows, to_oxigraph
from tests.w3c_cases import Case, Rows, cases

# Of the 585 cases with an answer that keeps its terms; the rest is refused, each with its reason.
ACCEPTED = 502
ACCEPTED_SHARE = 0.8


def outcome(case: Case, columns: Refilled, *, is_arranged: bool) -> str:
    """What became of a case: "pass", "fail", or why it is refused."""
    try:
        db = columns.fill(case.quads, case.graphs)
        arrangement = Arrangement(db) if is_arranged else None
        got = run_compiled(db, compile(case.text, base=case.base, arrangement=arrangement))
    except KgError as error:
        return str(error)
    return "pass" if is_expected(case, got) else "fail"


def is_rdf_11(case: Case) -> bool:
    """Whether columns hold its data: they hold no triple terms and no directions of text."""
    objects = [quad.object for quad in case.quads]
    return not any(isinstance(o, ox.Triple) or (isinstance(o, ox.Literal) and o.direction) for o in objects)


def is_expected(case: Case, got: Any) -> bool:
    if isinstance(case.expected, bool):
        return got is case.expected
    if not isinstance(case.expected, Rows):
        triples = [ox.Triple(*map(to_oxigraph, triple)) for triple in got]
        return same_graph(case.expected, triples)
    assert isinstance(got, Solutions)
    if set(got.variables) != set(case.expected.variables):
        return False
    order = [got.variables.index(name) for name in case.expected.variables]
    rows = [tuple(to_oxigraph(row[i]) for i in order) for row in got.rows]
    if case.expected.is_ordered:
        return same_order(case.expected.rows, rows)
    if case.is_lax:
        return same_rows(list(dict.fromkeys(case.expected.rows)), list(dict.fromkeys(rows)))
    return same_rows(case.expected.rows, rows)


@pytest.fixture(scope="module", params=[True, False], ids=["for one database", "for any"])
def outcomes(request: pytest.FixtureRequest) -> dict[str, str]:
    every = list(cases())
    fit = [case for case in every if is_rdf_11(case)]
    found = {case.name: "data beyond RDF 1.1" for case in every}
    quads, graphs = [q for case in fit for q in case.quads], {name for case in fit for name in case.graphs}
    with closing(Refilled(quads, graphs)) as columns:
        return found | {case.name: outcome(case, columns, is_arranged=request.param) for case in fit}


def test_every_case_that_is_accepted_has_the_answer_of_the_suite(outcomes: dict[str, str]) -> None:
    assert len(outcomes) > 500
    assert [name for name, result in outcomes.items() if result == "fail"] == []


def test_most_cases_are_accepted(outcomes: dict[str, str]) -> None:
    refused = Counter(result for result in outcomes.values() if result not in {"pass", "fail"})

    assert all(refused)
    assert len(outcomes) - refused.total() >= max(ACCEPTED, ACCEPTED_SHARE * len(outcomes)), refused
