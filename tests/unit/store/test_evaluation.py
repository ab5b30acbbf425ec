"""One query, evaluated by the real engine: forms and formats, the dataset, errors, what XML cannot hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from pyoxigraph import RdfFormat, Store

from kg.errors import (
    NotAcceptableError,
    QueryRefusedError,
    QuerySyntaxError,
    ResultTooLargeError,
)
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat
from kg.store.evaluation import evaluate

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = "http://example.com/graph/"
XML = FormatChoice(ResultFormat.XML, ResultFormat.XML, GraphFormat.RDF_XML)


@pytest.fixture(scope="module")
def store(store_path: Path) -> Store:
    return Store.read_only(str(store_path))


def body(store: Store, text: str, formats: FormatChoice | None = None) -> bytes:
    return evaluate(store, QueryRequest(text, formats or FormatChoice()), size_max=10**6)[1]


def values(store: Store, request: QueryRequest) -> set[str]:
    """The values of ``?v`` in a result."""
    results = json.loads(evaluate(store, request, size_max=10**6)[1])
    return {row["v"]["value"] for row in results["results"]["bindings"]}


@pytest.mark.parametrize("query", ["ASK {}", "SELECT * {}", "CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <x:a>"])
def test_a_form_without_an_accepted_format_is_not_acceptable(store: Store, query: str) -> None:
    with pytest.raises(NotAcceptableError, match=query.partition(" ")[0]):
        body(store, query, FormatChoice(None, None, None))


def test_what_is_accepted_is_chosen_by_the_form(store: Store) -> None:
    formats = FormatChoice(ResultFormat.TSV, ResultFormat.XML, GraphFormat.N_TRIPLES)
    chosen = [
        evaluate(store, QueryRequest(query, formats), size_max=10**6)[0]
        for query in ("SELECT * {}", "ASK {}", "CONSTRUCT WHERE { ?s ?p 'word 1' }")
    ]

    assert chosen == [ResultFormat.TSV.value, ResultFormat.XML.value, GraphFormat.N_TRIPLES.value]


@pytest.mark.parametrize(
    ("query", "default_graphs", "named_graphs", "expected"),
    [
        ("SELECT ?v { <thing/0> ?p ?v }", (), (), {"word 0"}),
        ("SELECT ?v FROM <graph/a> { <thing/0> ?p ?v }", (), (), {"a"}),
        ("SELECT ?v FROM NAMED <graph/b> { GRAPH ?g { ?s ?p ?v } }", (), (), {"b"}),
        ("SELECT ?v { <thing/0> ?p ?v }", ("a",), (), {"a"}),
        ("SELECT ?v { <thing/0> ?p ?v }", ("a", "b"), (), {"a", "b"}),
        ("SELECT ?v { GRAPH ?g { ?s ?p ?v } }", ("a",), (), set()),
        ("SELECT ?v { GRAPH ?g { ?s ?p ?v } }", (), ("b",), {"b"}),
        ("SELECT ?v { <thing/0> ?p ?v }", (), ("b",), set()),
        ("SELECT ?v FROM <graph/b> { <thing/0> ?p ?v }", ("a",), (), {"a"}),
        ("SELECT ?v FROM NAMED <graph/b> { GRAPH ?g { ?s ?p ?v } }", ("a",), (), set()),
        ("SELECT ?v FROM <graph/none> { ?s ?p ?v }", (), (), set()),
    ],
)
def test_the_dataset_is_the_protocols_or_else_the_querys_or_else_the_store(
    store: Store, query: str, default_graphs: tuple[str, ...], named_graphs: tuple[str, ...], expected: set[str]
) -> None:
    request = QueryRequest(
        f"BASE <http://example.com/> {query}",
        default_graphs=tuple(GRAPH + name for name in default_graphs),
        named_graphs=tuple(GRAPH + name for name in named_graphs),
    )

    assert values(store, request) == expected


def test_a_graph_that_is_no_iri_is_refused(store: Store) -> None:
    with pytest.raises(QueryRefusedError, match="absolute IRI"):
        evaluate(store, QueryRequest("ASK {}", default_graphs=("a graph",)), size_max=100)


@pytest.mark.parametrize(
    ("query", "line", "column", "said"),
    [
        ("SELECT * WHERE { ?s ?p }", 1, 25, "cannot be read on"),
        ("SELECT *\nWHERE {\n  ?s ?p é ?o }", 3, 11, "é"),
        ("SELECT * { ?s foaf:name ?o }", 1, 24, "Prefix not found"),
        ("", 1, 1, "at the end"),
    ],
)
def test_a_syntax_error_has_its_place(store: Store, query: str, line: int, column: int, said: str) -> None:
    with pytest.raises(QuerySyntaxError, match=said) as error:
        body(store, query)

    assert error.value.line == line
    assert abs((error.value.column or 0) - column) <= 2


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <x:a> <x:b> <x:c> }",
        "DELETE WHERE { ?s ?p ?o }",
        "PREFIX x: <x:> DROP ALL",
        "CLEAR DEFAULT",
        "LOAD <http://example.com/>",
        "INS\\u0045RT DATA { <x:a> <x:b> <x:c> }",
    ],
)
def test_an_update_is_told_from_a_query_that_is_wrong(store: Store, update: str) -> None:
    with pytest.raises(QueryRefusedError, match="updates are not served"):
        body(store, update)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://example.com/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://example.com/> { ?s ?p ?o } }",
        "SELECT * { SERVICE ?anywhere { ?s ?p ?o } }",
        "SELECT * { SERV\\u0049CE <http://example.com/> { ?s ?p ?o } }",
        "SELECT * { \\U00000053ERVICE <http://example.com/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { { SELECT * { OPTIONAL { SERVICE <x:y> {} } } } } }",
        "SELECT (EXISTS { SERVICE <x:y> {} } AS ?x) {}",
        "CONSTRUCT { ?s ?p ?o } WHERE { { ?s ?p ?o } UNION { SERVICE <x:y> { ?s ?p ?o } } }",
        "SELECT * { #\rSERVICE <http://example.com/> { ?s ?p ?o }\n}",
        "SELECT * { ?s <http://example.com/#> '#' . SERVICE <x:y> {} }",
    ],
)
def test_no_query_federates(store: Store, query: str) -> None:
    with pytest.raises(QueryRefusedError, match="SERVICE"):
        body(store, query)


@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?s <http://example.com/service> 'SERVICE' } # SERVICE",
        "SELECT ?service { BIND(1 AS ?service) }",
        "PREFIX service: <http://example.com/> ASK { ?s service:a ?o }",
    ],
)
def test_the_word_service_alone_is_no_reason_to_refuse(store: Store, query: str) -> None:
    assert body(store, query)


def test_what_cannot_be_checked_for_service_is_refused(store: Store) -> None:
    nested = "SELECT * " + "{ " * 60 + "?s <http://example.com/service> <<( ?a ?b ?c )>> " + "} " * 60

    with pytest.raises(QueryRefusedError, match="SERVICE"):
        body(store, nested)


def test_an_unknown_function_is_refused_and_not_answered_with_nothing(store: Store) -> None:
    with pytest.raises(QueryRefusedError, match="x:secret"):
        body(store, "SELECT (<x:secret>(?o) AS ?x) { ?s ?p ?o } LIMIT 1")


def test_a_result_over_the_cap_is_an_error_and_not_a_part(store: Store) -> None:
    with pytest.raises(ResultTooLargeError, match="KG_RESULT_BYTES_MAX"):
        evaluate(store, QueryRequest("SELECT * { ?s ?p ?o }"), size_max=100_000)


def test_a_result_of_exactly_the_cap_is_whole(store: Store) -> None:
    whole = body(store, "SELECT * { ?s ?p ?o }")

    assert evaluate(store, QueryRequest("SELECT * { ?s ?p ?o }"), size_max=len(whole))[1] == whole


@pytest.mark.parametrize("character", ["\\u0000", "\\u0001", "\\u000B", "\\u001F", "\\uFFFE", "\\uFFFF"])
def test_what_xml_cannot_hold_is_an_error_there_and_none_elsewhere(store: Store, character: str) -> None:
    query = f'SELECT ("a{character}b" AS ?v) {{}}'

    with pytest.raises(NotAcceptableError, match="XML"):
        body(store, query, XML)
    assert values(store, QueryRequest(query)) == {json.loads(f'"a{character}b"')}


def test_a_carriage_return_survives_xml(store: Store) -> None:
    tree = ET.fromstring(body(store, 'SELECT ("a\\rb\\r\\n" AS ?v) {}', XML))

    assert [node.text for node in tree.iter() if node.tag.endswith("literal")] == ["a\rb\r\n"]


def test_a_predicate_that_is_no_xml_name_is_an_error_in_rdf_xml(store: Store) -> None:
    with pytest.raises(NotAcceptableError, match="XML"):
        body(store, "CONSTRUCT { <x:a> <http://example.com/31> 1 } WHERE {}", XML)


def test_relative_iris_are_read_against_the_base_of_our_own_names(store: Store) -> None:
    assert values(store, QueryRequest("SELECT ?v { BIND(<id/person/somebody> AS ?v) }")) == {
        "https://w3id.org/habeas/id/person/somebody"
    }


@pytest.mark.parametrize(
    "text",
    ["SELECT ?from { ?s ?p ?from FILTER(?from > 1 && $from < 9) }", "PREFIX a: <x:> SELECT * { a:from a:x_from ?v }"],
)
def test_a_name_that_ends_in_from_is_no_clause(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Reading such a query for its clauses took a hundred times as long as answering it."""
    monkeypatch.setattr("kg.store.parsed.dataset_of", lambda _: pytest.fail("it was read for its clauses"))

    evaluate(Store(), QueryRequest(text), size_max=10_000)


TWICE = "SELECT (COUNT(*) AS ?v) {} WHERE {{ ?s ?p ?o }}"


@pytest.mark.parametrize(
    ("dataset", "default_graphs"),
    [
        ("FROM <x:a> FROM <x:b>", ()),
        ("from <x:a>\nFrom <x:b> FROM NAMED <x:a>", ()),
        ("FROM <x:a> FROM <x:a> FROM <x:b>", ()),
        ("FROM<x:a>FROM<x:b>", ()),
        ("FROM <x:a> #\nFROM#\n<x:b>", ()),
        ("", ("x:a", "x:b")),
        ("", ("x:a", "x:a", "x:b", "x:none")),
        ("FROM <x:none> FROM <x:void>", ("x:a", "x:b")),
    ],
)
def test_a_triple_of_two_graphs_stands_once_in_their_merge(dataset: str, default_graphs: tuple[str, ...]) -> None:
    """SPARQL 1.1 §13.2.1: the default graph is the RDF merge of the graphs that FROM names."""
    store = Store()
    quads = b'<x:s> <x:p> "1" <x:a> .\n<x:s> <x:p> "1" <x:b> .\n<x:s> <x:p> "2" <x:b> .'
    store.load(quads, format=RdfFormat.N_QUADS)

    assert values(store, QueryRequest(TWICE.format(dataset), default_graphs=default_graphs)) == {"2"}


def test_a_blank_node_of_two_graphs_stays_one_in_their_merge_and_named_graphs_stay_as_they_are() -> None:
    store = Store()
    store.load(b'_:b <x:p> "1" <x:a> .\n_:b <x:q> "2" <x:b> .\n_:b <x:p> "1" <x:c> .', format=RdfFormat.N_QUADS)
    text = "SELECT ?v FROM <x:a> FROM <x:b> FROM NAMED <x:c> { ?n <x:p> ?one ; <x:q> ?v . GRAPH ?g { ?n <x:p> ?one } }"

    assert values(store, QueryRequest(text)) == {"2"}


def test_the_graphs_of_a_dataset_clause_are_read_with_base_and_prefixes(store: Store) -> None:
    text = "PREFIX g: <http://example.com/graph/> SELECT ?v FROM g:a FROM <graph/b> { <thing/0> ?p ?v }"

    assert values(store, QueryRequest(f"BASE <http://example.com/> {text}")) == {"a", "b"}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?v) FROM <x:a> FROM <x:b> { ?s ?p ?o FILTER(!isTRIPLE(?o)) }",
        "SELECT (COUNT(*) AS ?v) FROM <x:a> FROM <x:b> { " + 60 * "{ " + "?s ?p ?o" + 60 * " }" + " }",
        "SELECT (COUNT(*) AS ?v) FROM <x:a> FROM <x:b> { ?s ?p ?o FILTER(?o != '\\u0022') }",
    ],
)
def test_several_graphs_of_a_query_that_cannot_be_read_for_them_are_refused(store: Store, text: str) -> None:
    """The engine would answer, and count what two graphs hold twice."""
    with pytest.raises(QueryRefusedError, match="default-graph-uri"):
        body(store, text)

    assert evaluate(store, QueryRequest(text, default_graphs=("x:a", "x:b")), size_max=10**6)[1]


def test_an_unknown_prefix_of_a_graph_is_a_mistake_of_the_query(store: Store) -> None:
    with pytest.raises(QuerySyntaxError, match="Prefix not found"):
        body(store, "SELECT * FROM unknown:a FROM unknown:b { ?s ?p ?o }")


def test_a_mistake_in_a_query_of_several_graphs_has_its_place(store: Store) -> None:
    with pytest.raises(QuerySyntaxError) as error:
        body(store, "SELECT * FROM <x:a> FROM <x:b> {\n ?s ?p }")

    assert error.value.line == 2
