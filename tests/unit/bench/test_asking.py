"""The 18 queries: each is SPARQL once it is filled, says its kind, and is filled alike each time."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pyoxigraph
import pytest
from asking import Query, Subjects, fill, read_queries, target

QUERIES = read_queries()
SUBJECTS = Subjects(
    persons=tuple(f"https://w3id.org/habeas/id/person/p{n}" for n in range(30)),
    arrests=tuple(f"https://w3id.org/habeas/id/event/a{n}" for n in range(40)),
)


def test_there_are_eighteen_of_three_kinds() -> None:
    assert len(QUERIES) == 18
    assert {query.kind for query in QUERIES} == {"lookup", "walk", "analytic"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_filled_query_is_sparql(query: Query) -> None:
    text = fill(query, SUBJECTS, 3)

    assert "$" not in text
    pyoxigraph.Store().query(text)


def test_lookups_vary_with_their_number_and_come_round_again() -> None:
    lookups = [query for query in QUERIES if query.kind == "lookup"]

    assert len(lookups) == 3
    for query in lookups:
        assert len({fill(query, SUBJECTS, n) for n in range(30)}) == 30
        assert fill(query, SUBJECTS, 0) == fill(query, SUBJECTS, 30 * 40)


def test_a_target_carries_the_query_whole_and_a_default_graph_only_where_no_graph_is_named() -> None:
    plain, named = (query for query in QUERIES if query.name in {"01-person", "02-who-says-so"})
    for query, given in ((plain, ["g"]), (named, None)):
        parts = urlsplit(target("/sparql", fill(query, SUBJECTS, 1), "g"))
        parameters = parse_qs(parts.query)

        assert parts.path == "/sparql"
        pyoxigraph.Store().query(parameters["query"][0])
        assert parameters.get("default-graph-uri") == given
