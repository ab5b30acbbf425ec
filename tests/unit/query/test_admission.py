"""Admission: what is measured, what is refused, and that the scan cannot be led astray or slowed down."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import QueryRefusedError, QuerySyntaxError
from kg.query.admission import MEASURES, QueryLimits, admit, is_plain, measure
from kg.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = QueryLimits.of(Settings())

# Text made of what SPARQL is made of, so that brackets, quotes and escapes meet in every order.
WORDS = (
    *("SELECT", "WHERE", "FILTER", "BIND", "VALUES", "OPTIONAL", "UNION", "MINUS", "GRAPH", "CONSTRUCT", "EXISTS"),
    *("?a", "a:b", "_:b", "1", "1.5", "a", "<x:a>", "'s'", "é"),
)
MARKS = (
    *("{", "}", "(", ")", "[", "]", "<", ">", "<<", ">>", "<<(", ")>>", "{|", "|}"),
    *('"', "'", '"""', "'''", "\\", "#", "\\u0022", '\\"'),
    *(".", ";", ",", "|", "||", "/", "^", "!", "?", ":", "@"),
)
PIECES = st.lists(st.sampled_from([*WORDS, *MARKS, "\n", "\r", "\x00"]), max_size=60).map(" ".join)

GROWN: dict[str, Callable[[int], str]] = {
    "nested calls": lambda n: "SELECT (" + "STR(" * n + "1" + ")" * n + " AS ?x) {}",
    "nested groups": lambda n: "SELECT * " + "{" * n + "}" * n,
    "nested blank nodes": lambda n: "SELECT * {?s ?p " + "[?p " * n + "1" + "]" * n + "}",
    "nested lists": lambda n: "SELECT * {?s ?p " + "(" * n + "1" + ")" * n + "}",
    "nested paths": lambda n: "SELECT * {?s " + "(" * n + "a" + ")*" * n + " ?o}",
    "nested EXISTS": lambda n: "SELECT * {" + "FILTER EXISTS {" * n + "}" * n + "}",
    "nested triple terms": lambda n: "SELECT * {?s ?p " + "<<(?s ?p " * n + "?o" + ")>>" * n + "}",
    "nested annotations": lambda n: "SELECT * {?s ?p ?o " + "{|?p ?o " * n + "|}" * n + "}",
    "a run of negations": lambda n: "SELECT (" + "!" * n + "1 AS ?x) {}",
    "sentences": lambda n: "SELECT * {" + "?s ?p ?o." * n + "}",
    "predicates": lambda n: "SELECT * {?s ?p ?o" + ";?p ?o" * n + "}",
    "objects": lambda n: "SELECT * {?s ?p ?o" + ",?o" * n + "}",
    "list members": lambda n: "SELECT * {?s ?p (" + "1 " * n + ")}",
    "inner groups": lambda n: "SELECT * {" + "{?s ?p ?o}" * n + "}",
    "graphs": lambda n: "SELECT * {" + "GRAPH ?g {?s ?p ?o}" * n + "}",
    "sub-selects": lambda n: "SELECT * {" + "{SELECT * {?s ?p ?o}}" * n + "}",
    "path sequence": lambda n: "SELECT * {?s a" + "/a" * n + " ?o}",
    "path alternatives": lambda n: "SELECT * {?s (a" + "|a" * n + ")* ?o}",
    "UNION": lambda n: "SELECT * {{}" + "UNION{}" * n + "}",
    "OPTIONAL": lambda n: "SELECT * {?s ?p ?o " + "OPTIONAL{?s ?p ?o}" * n + "}",
    "MINUS": lambda n: "SELECT * {?s ?p ?o " + "minus{?s ?p ?o}" * n + "}",
    "blocks of VALUES": lambda n: "SELECT * {?s ?p ?o " + "VALUES ?s {1}" * n + "}",
}

# What costs its square in planning, so that only a long row of it hurts.
LONG: dict[str, Callable[[int], str]] = {
    "||": lambda n: "SELECT * { ?s ?p ?o FILTER(1" + "||?s" * n + ") }",
    "&&": lambda n: "SELECT * { ?s ?p ?o FILTER(1" + "&&?s=1" * n + ") }",
    "+": lambda n: "SELECT (1" + "+1" * n + " AS ?x) {}",
    "- and *": lambda n: "SELECT (1" + "-1*2" * n + " AS ?x) {}",
    "|| in a call": lambda n: "SELECT * { ?s ?p ?o FILTER COALESCE(1" + "||?s" * n + ") }",
    "FILTER": lambda n: "SELECT * { ?s ?p ?o " + "FILTER(?s=?p)" * n + " }",
    "FILTER of calls": lambda n: "SELECT * { ?s ?p ?o " + "FILTER isIRI(?s)" * n + " }",
    "FILTER EXISTS": lambda n: "SELECT * { ?s ?p ?o " + "FILTER EXISTS{?s ?p ?o}" * n + " }",
    "BIND": lambda n: "SELECT * { " + " ".join(f"BIND(1 AS ?x{i})" for i in range(n)) + " }",
    "SELECT": lambda n: "SELECT " + "".join(f"(COUNT(*) AS ?v{i})" for i in range(n)) + " { ?s ?p ?o }",
    "GROUP BY": lambda n: "SELECT (1 AS ?n) { ?s ?p ?o } GROUP BY " + "".join(f"(1 AS ?v{i})" for i in range(n)),
    "HAVING": lambda n: "SELECT (1 AS ?n) { ?s ?p ?o } HAVING " + "(1)" * n,
    "ORDER BY": lambda n: "SELECT * { ?s ?p ?o } ORDER BY " + "DESC(1)" * n,
    "DESCRIBE": lambda n: "DESCRIBE " + "<x:a>" * n,
    "DESCRIBE WHERE": lambda n: "DESCRIBE " + "<x:a>" * n + " { ?s ?p ?o } LIMIT 1",
}
ROWS: dict[str, Callable[[int], str]] = {
    "terms": lambda n: "SELECT * { VALUES ?x {" + '1 "2"^^a:b <x:a> "a"@en ' * (n // 4) + "1 " * (n % 4) + "} }",
    "UNDEF": lambda n: "SELECT * { VALUES ?x {" + "undef " * n + "} }",
    "booleans": lambda n: "SELECT * { VALUES ?x {" + "true " * n + "} }",
    "tuples": lambda n: "SELECT * { VALUES (?x ?y) {" + '(1 "a"^^a:b)' * n + "} }",
    "nothing": lambda n: "SELECT * { VALUES () {" + "()" * n + "} }",
    "triple terms": lambda n: "SELECT * { VALUES ?x {" + "<<( a:b a:c a:d )>>" * n + "} }",
    "after the query": lambda n: "SELECT * { ?s ?p ?x } VALUES ?x {" + "1 " * n + "}",
    "of two blocks": lambda n: (
        "SELECT * { VALUES ?x {" + "1 " * (n // 2) + "} VALUES ?y {" + "1 " * (n - n // 2) + "} }"
    ),
}


@pytest.mark.parametrize("grow", GROWN.values(), ids=GROWN)
def test_what_grows_without_end_is_refused_and_a_little_of_it_is_not(grow: Callable[[int], str]) -> None:
    admit(grow(3), LIMITS)
    with pytest.raises(QueryRefusedError, match=r"KG_QUERY_\w+_MAX"):
        admit(grow(200), LIMITS)


@pytest.mark.parametrize("grow", LONG.values(), ids=LONG)
def test_what_costs_its_square_is_refused_from_a_length_on(grow: Callable[[int], str]) -> None:
    admit(grow(400), LIMITS)
    with pytest.raises(QueryRefusedError, match="KG_QUERY_EXPRESSIONS_MAX"):
        admit(grow(1_001), LIMITS)


@pytest.mark.parametrize("grow", ROWS.values(), ids=ROWS)
def test_rows_of_values_are_counted_however_they_are_written(grow: Callable[[int], str]) -> None:
    limits = replace(LIMITS, values_max=50)
    assert measure(grow(50)).rows == 50
    admit(grow(50), limits)
    with pytest.raises(QueryRefusedError, match="KG_QUERY_VALUES_MAX"):
        admit(grow(51), limits)


def test_a_refusal_names_the_limit_the_value_and_the_setting() -> None:
    with pytest.raises(QueryRefusedError) as refusal:
        admit("SELECT * " + "{" * 70 + "}" * 70, LIMITS)

    for part in ("70", "64", "KG_QUERY_NESTING_MAX"):
        assert part in str(refusal.value)


def test_a_query_is_measured_in_bytes_and_not_in_characters() -> None:
    limits = replace(LIMITS, bytes_max=40)
    admit("SELECT * { ?s ?p 'abcdefghijkl' }", limits)
    with pytest.raises(QueryRefusedError, match="KG_QUERY_BYTES_MAX"):
        admit("SELECT * { ?s ?p 'абвгдежзийкл' }", limits)


@pytest.mark.parametrize(
    ("quoted"),
    [
        "'((((('",
        '"[[[["',
        '"""{{{ " {{{"""',
        "'''((( ' ((('''",
        "'\\'((('",
        '"\\"[[["',
        "<http://example.com/((((>",
        "1 # ((((( [[[[ {{{{\n",
        "1 # (((((\r",
        "ex:a\\(\\(\\(",
        "'UNION { OPTIONAL { MINUS {'",
    ],
)
def test_what_is_quoted_does_not_count(quoted: str) -> None:
    shape = measure(f"SELECT * {{ ?s ?p {quoted} }}")

    assert (shape.nesting, shape.patterns, shape.unions) == (1, 1, 0)


@pytest.mark.parametrize(
    ("query", "patterns", "path_steps"),
    [
        ("SELECT * { ?s ?p ?o }", 1, 0),
        ("SELECT * { ?s ?p ?o . ?s ?p ?o . }", 2, 0),
        ("SELECT * { ?s ?p ?o , ?o ; ?p ?o }", 3, 0),
        ("SELECT * { ?s a ex:A . FILTER(?x < ?y, ex:f(1, 2)) ?s ?p ?o }", 2, 0),
        ("SELECT * { ?s ?p [ ?p ?o ; ?p ?o ] }", 3, 0),
        ("SELECT * { ?s ?p [] , () }", 2, 0),
        ("SELECT * { ?s ?p (1 2 3) }", 7, 0),
        ("SELECT * { ?s a/(b|c)* ?o }", 1, 3),
        ("SELECT * { ?s a/b ?o ; a/b/c ?o . ?s a ?o }", 3, 3),
        ("SELECT * { ?s ?p 1.5 . ?s ?p ex:a.b . }", 2, 0),
        ("SELECT * { VALUES (?x ?y) { (1 2) (3 4) (5 6) } ?s ?p ?o }", 2, 0),
        ("SELECT * { { ?s ?p ?o } UNION { ?s ?p ?o } UNION { ?s ?p ?o } }", 1, 0),
        ("CONSTRUCT { ?a ?b ?c . ?d ?e ?f . ?g ?h [ ?i ?j ] } WHERE { ?s ?p ?o }", 1, 0),
        ("CONSTRUCT WHERE { ?a ?b ?c . ?d ?e ?f }", 2, 0),
        ("SELECT ?a (?b / ?c AS ?d) { ?s ?p ?o } GROUP BY ?a ORDER BY ?a ?b", 1, 0),
        ("SELECT * { { SELECT ?a (COUNT(?b) AS ?n) { ?s ?p ?o . ?s ?p ?o } GROUP BY ?a ?c } }", 2, 0),
        ("SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?s ?p ?o . ?s ?p ?o . ?s ?p ?o } }", 3, 0),
        ("ASK { FILTER EXISTS { ?s ?p ?o } ?s ?p ?o }", 1, 0),
        ('SELECT * { ?s ?p ("1"^^ex:a "b"@en) }', 5, 0),
        ("PREFIX ex: <x:a> prefix : <x:b> SELECT * { ?s ex:a/:b ?o }", 1, 2),
    ],
)
def test_patterns_are_counted_as_they_are_joined(query: str, patterns: int, path_steps: int) -> None:
    shape = measure(query)

    assert (shape.patterns, shape.path_steps) == (patterns, path_steps)


@pytest.mark.parametrize(
    ("query", "expressions"),
    [
        ("SELECT * { ?s ?p -1 . ?s a*/b+ ?o }", 0),
        ("SELECT (?a AS ?b) (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?a", 3),
        ("SELECT * { ?s ?p ?o FILTER(?s = 1 || ?s = 2 && !?o) }", 3),
        ("SELECT * { ?s ?p ?o BIND(?o + 1 AS ?x) FILTER EXISTS { ?s ?p ?x } }", 3),
        ("SELECT * { VALUES (?x ?y) { (-1 1) } } ORDER BY DESC(?x) (?y / 2)", 3),
        ("DESCRIBE <x:a> ?b", 2),
    ],
)
def test_expressions_are_counted_with_their_operators(query: str, expressions: int) -> None:
    assert measure(query).expressions == expressions


def test_a_comparison_is_not_taken_for_an_iri() -> None:
    """``<((((?b)))>`` would hide its brackets if it were read as one."""
    query = "SELECT * { ?s ?p ?a FILTER(?a<" + "(" * 80 + "?b" + ")" * 80 + ">?c) }"

    with pytest.raises(QueryRefusedError, match="KG_QUERY_NESTING_MAX"):
        admit(query, LIMITS)


@pytest.mark.parametrize("opening", ["'", '"', "'''", '"""'])
def test_a_string_that_never_closes_is_reported_where_it_opens(opening: str) -> None:
    with pytest.raises(QuerySyntaxError) as error:
        admit(f"SELECT *\n{{ ?s ?p {opening}abc", LIMITS)

    assert (error.value.line, error.value.column) == (2, 9)


@given(st.one_of(st.text(), PIECES))
def test_any_text_is_admitted_or_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(QueryRefusedError, QuerySyntaxError):
        admit(text, LIMITS)


@given(PIECES)
def test_the_scan_takes_no_more_steps_than_there_are_characters(text: str) -> None:
    with contextlib.suppress(QuerySyntaxError):
        assert measure(text).tokens <= len(text)


@given(PIECES, st.integers(1, 8))
def test_what_looks_plain_is_within_all_limits(text: str, limit: int) -> None:
    limits = QueryLimits(4096, *[limit] * 5)
    if is_plain(text.upper(), limits):
        admit(text, limits)


PLAIN_WORDS = (
    *("SELECT", "WHERE", "FILTER", "BIND", "OPTIONAL", "UNION", "MINUS", "GRAPH", "EXISTS", "VALUES", "FROM"),
    *("?a", "a:b", "<x:a/b>", "1", "a", "UNDEF", "{|", "|}", *"{}[].;,|/!<>"),
)
PLAIN_PIECES = st.lists(st.sampled_from(PLAIN_WORDS), max_size=40).map(" ".join)


@given(PLAIN_PIECES, st.integers(1, 20))
def test_what_looks_plain_is_within_all_limits_whatever_plain_words_it_has(text: str, limit: int) -> None:
    limits = QueryLimits(4096, *[limit] * 5)
    if is_plain(text.upper(), limits):
        admit(text, limits)


def test_lookups_look_plain() -> None:
    lookup = "PREFIX a: <https://a.example/b/> SELECT ?p ?o { GRAPH ?g { a:b ?p ?o } OPTIONAL { ?g a:c/a:d ?d } }"

    assert is_plain(lookup.upper(), LIMITS)
    assert not is_plain(f"{lookup} ORDER BY (?p)".upper(), LIMITS)


@pytest.mark.parametrize("fill", [*"{[!.;,/|", "UNION", "OPTIONAL", "MINUS", "FILTER", "BIND"])
def test_what_is_long_does_not_look_plain(fill: str) -> None:
    limits = QueryLimits(4096, *[10] * 5)

    assert is_plain(f"ASK {{ {fill} }}", limits)
    assert not is_plain(f"ASK {{ {f' {fill} ' * 11} }}", limits)


@given(PIECES.map(lambda text: f"{text} " * 30), st.integers(1, 12), st.integers(1, 60))
def test_a_text_that_is_read_no_further_would_have_been_refused_whole(text: str, few: int, many: int) -> None:
    limits = QueryLimits(10**6, nesting_max=few, patterns_max=few, union_max=few, values_max=many, expressions_max=many)
    with contextlib.suppress(QuerySyntaxError):  # of a string behind the place where reading stopped
        whole = measure(text)
        over = any(getattr(whole, measured) > getattr(limits, limit) for measured, limit, _, _ in MEASURES)
        with pytest.raises(QueryRefusedError) if over else contextlib.nullcontext():
            admit(text, limits)


# Where only the end tells what a thing is (a list may turn out to be a path), it is read to its end.
@pytest.mark.parametrize("name", [name for name in {**GROWN, **LONG, **ROWS} if name != "list members"])
def test_a_refused_text_is_read_no_further_than_to_the_limit(name: str) -> None:
    grow = {**GROWN, **LONG, **ROWS}[name]
    limits = replace(LIMITS, bytes_max=10**7, expressions_max=100, values_max=100)
    read = measure(grow(20_000), limits=limits).tokens

    assert read < 3_000
    assert measure(grow(200)).tokens > 200


@given(st.integers(0, 300), st.sampled_from(["{}", "()", "[]"]))
def test_nesting_is_the_depth_of_brackets(depth: int, pair: str) -> None:
    opened, closed = pair

    assert measure(f"SELECT * {{ {opened * depth}{closed * depth} }}").nesting == depth + 1
