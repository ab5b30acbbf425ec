"""Walks go to the index, scans to the columns."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.query import routing
from kg.vocab import HAB, ID, VOCAB

QUERIES = sorted(Path(__file__).parents[3].glob("bench/queries/*.rq"))
PREFIXES = (
    f"PREFIX hab: <{HAB}> PREFIX person: <{ID}person/> PREFIX status: <{VOCAB}status/> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
)
NODE = f"<{ID}person/x2>"

WALKS = (
    f"SELECT * {{ {NODE} ?p ?o }}",
    "SELECT * { person:x2 ?p ?o . ?o ?q ?r }",
    "SELECT (COUNT(*) AS ?n) { ?event hab:affects person:x2 }",
    "SELECT (COUNT(*) AS ?n) { ?event hab:affects ?p FILTER(?p != ?q) ?p hab:knows person:x2 }",
    'SELECT ?p { ?p rdfs:label "Dalia"@en } ORDER BY ?p',
    "SELECT * { ?c (hab:partOf|^hab:holds)+/hab:near person:x2 } ORDER BY ?c",
    "SELECT DISTINCT ?o { { person:a ?p ?o } UNION { person:b ?p ?o } }",
    "SELECT DISTINCT ?o { GRAPH ?g { ?s ?p ?o ; hab:of person:x2 } }",
    "SELECT DISTINCT ?o { VALUES ?s { person:a person:b } ?s ?p ?o }",
    "SELECT * { { SELECT ?s (MAX(?d) AS ?last) { ?s hab:of person:x2 ; hab:on ?d } GROUP BY ?s } }",
    "SELECT (COUNT(*) AS ?n) { ?s hab:says [ hab:of person:x2 ] }",
    "SELECT (COUNT(*) AS ?n) { [] hab:of person:x2 }",
    f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o . {NODE} ?q ?s }}",
    f"ASK {{ ?s hab:of ?o, {NODE} MINUS {{ ?s a hab:X }} }}",
)
SCANS = (
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?s { ?s a hab:Person }",
    "SELECT ?s { ?s a <http://example.com/Person> }",
    "SELECT ?s { ?s hab:status status:alive }",
    "SELECT ?s { ?s a hab:Person FILTER NOT EXISTS { ?s hab:knows person:x2 } }",
    "SELECT ?s { ?s a hab:Person MINUS { ?s hab:knows person:x2 } }",
    "SELECT ?s { ?s a hab:Person OPTIONAL { ?s hab:knows person:x2 } }",
    "SELECT ?s { ?s hab:size ?n FILTER(?s IN (person:a, person:b)) }",
    "SELECT ?s { ?s hab:size 12 }",
    "SELECT DISTINCT ?o { { person:a ?p ?o } UNION { ?s hab:knows ?o } }",
    "SELECT * { GRAPH <http://example.com/g> { ?s hab:knows ?o } }",
    'SELECT * { VALUES ?d { "2022-01-01"^^<http://example.com/day> } ?s hab:on ?e FILTER(?e < ?d) }',
    "CONSTRUCT { person:x2 hab:size ?n } WHERE { SELECT (COUNT(*) AS ?n) { ?s a hab:Person } }",
    'SELECT ?s { ?s rdfs:label ?l FILTER(STRSTARTS(?l, "{ person:x2 ")) } LIMIT 5',
    "ASK { ?s hab:knows ?o FILTER NOT EXISTS { ?o hab:knows ?s } }",
    "SELECT ?s { ?s hab:knows ?o } ORDER BY ?s LIMIT 1",
)
NEITHER = (
    "ASK {}",
    "SELECT (1 AS ?one) {}",
    "SELECT * { ?s ?p ?o } LIMIT 10",
    "ASK { ?s a hab:Person }",
    f"DESCRIBE {NODE}",
    "DESCRIBE ?s { ?s a hab:Person }",
    "SELECT * { SERVICE <http://example.com/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o FILTER(?o = '\\u0041') }",
    "SELECT * { ?s ?p ?o",
    'SELECT * { ?s ?p "o }',
    "",
)
PIECES = (
    *("a", "?s", "person:x", '"x"', "^^", "@en", *"{}[]().;,^/|*"),
    *("GRAPH", "VALUES", "UNION", "SELECT", "FILTER", "OPTIONAL", "MINUS", "CONSTRUCT", "WHERE", "BIND"),
)


def route(text: str) -> routing.Route:
    return routing.route(text, text.upper())


@pytest.mark.parametrize("query", WALKS)
def test_a_walk_from_a_node_goes_to_the_index(query: str) -> None:
    chosen = route(PREFIXES + query)

    assert not chosen.is_scan
    assert "walks" in chosen.reason


@pytest.mark.parametrize("query", SCANS)
def test_what_starts_nowhere_goes_to_the_columns(query: str) -> None:
    assert route(PREFIXES + query).is_scan


@pytest.mark.parametrize("query", NEITHER)
def test_what_columns_do_no_better_goes_to_the_index(query: str) -> None:
    assert not route(PREFIXES + query).is_scan


def test_the_measured_queries_go_where_they_are_answered_faster() -> None:
    assert len(QUERIES) == 18
    for file in QUERIES:
        text = file.read_text("utf-8")
        query = re.sub(r"\$\w+\$", NODE, text)

        assert route(query).is_scan == ("# kind: analytic" in text), file.name


LONG = (
    # Names before the first WHERE, none of them a node; their prefix stands where a search for it ends last.
    "CONSTRUCT { <http://WHERE> ?p " + "v:a , " * 9000 + "?o } WHERE { ?s ?p ?o } # PREFIX v: <" + HAB + ">",
    "CONSTRUCT { <http://WHERE> ?p " + "v:a , " * 640 + "?o } WHERE { ?s ?p ?o } # PREFIX v: <" + HAB + ">",
    "SELECT * { ?s " + "?p/" * 20_000 + "?p ?o }",
    "SELECT * { " + "{} UNION " * 6000 + "{ ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o " + ";" * 60_000 + "}",
    # Each of these IRIs would end at the first `>`, and there is none.
    "SELECT * { ?s ?p ?o } " + "PREFIX :<" * 7000,
)


@pytest.mark.parametrize("text", LONG, ids=len)
def test_the_longest_text_has_its_way_soon(text: str) -> None:
    began = process_time()
    for _ in range(3):
        assert route(text).reason

    assert process_time() - began < 3  # the first took that long each time


@given(st.text() | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_has_a_way(text: str) -> None:
    assert route(text).reason
    assert route("SELECT (COUNT(*) AS ?n) WHERE {" + text + "}").reason
