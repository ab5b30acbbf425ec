"""What a query's names stand for: prefixes, relative IRIs, escapes, labels of blank nodes."""

from __future__ import annotations

import pytest

from kg.columns.compile import Term, compile  # noqa: A004 - the name of what it does
from kg.columns.compile.terms import IRI
from kg.errors import QuerySyntaxError, QueryUnsupportedError

BASE = "http://example.com/a/b?c#d"


@pytest.mark.parametrize(
    ("head", "written", "meant"),
    [
        ("", "<>", "http://example.com/a/b?c"),
        ("", "<?>", "http://example.com/a/b?"),
        ("", "<#e>", "http://example.com/a/b?c#e"),
        ("", "<../e:f>", "http://example.com/e:f"),
        ("", "<//example.org/g>", "http://example.org/g"),
        ("", "<http://example.com/../%7e>", "http://example.com/../%7e"),
        ("BASE <h/>", "<i>", "http://example.com/a/h/i"),
        ("BASE <urn:a:>", "<b>", "urn:b"),
        ("BASE <h/> PREFIX p: <j#>", "p:k", "http://example.com/a/h/j#k"),
        ("PREFIX p: <http://example.com/>", r"p:a\-b\,c", "http://example.com/a-b,c"),
        ("PREFIX p: <http://example.com/>", "p:", "http://example.com/"),
        ("PREFIX p: <http://example.com/> PREFIX q: <http://example.com/>", "p:r", "http://example.com/r"),
        ("PREFIX p: <http://example.com/> PREFIX p: <http://example.org/>", "p:r", "http://example.org/r"),
    ],
)
def test_names_stand_for_what_rfc_3986_and_sparql_say(head: str, written: str, meant: str) -> None:
    compiled = compile(f"{head} SELECT * {{ ?s ?p {written} }}", base=BASE)

    assert Term(IRI, meant, "", "") in compiled.parameters


def test_a_relative_iri_with_no_base_is_refused() -> None:
    with pytest.raises(QueryUnsupportedError, match="IRI"):
        compile("SELECT * { ?s ?p <a> }")


@pytest.mark.parametrize(
    "pattern",
    [
        "?s ?p _:a OPTIONAL { _:a ?q ?r }",
        "{ ?s ?p _:a } UNION { _:a ?q ?r }",
        "?s ?p _:a { ?t ?q ?r } _:a ?q ?r",
        "?s ?p _:a FILTER EXISTS { _:a ?q ?r }",
        "?s ?p _:a { SELECT * { _:a ?q ?r } }",
    ],
)
def test_a_blank_node_belongs_to_one_basic_graph_pattern(pattern: str) -> None:
    with pytest.raises(QuerySyntaxError, match="two basic graph patterns"):
        compile(f"SELECT * {{ {pattern} }}")


@pytest.mark.parametrize(
    "pattern", ["?s ?p _:a . _:a ?q ?r", "?s ?p _:a FILTER(?s != ?p) _:a ?q ?r", "[] ?p [] OPTIONAL { [] ?q [] }"]
)
def test_a_blank_node_may_stand_twice_in_one_basic_graph_pattern(pattern: str) -> None:
    assert compile(f"SELECT * {{ {pattern} }}").form == "SELECT"
