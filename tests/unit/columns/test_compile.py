"""SPARQL over columns: small data, each rule of SPARQL that SQL does not have by itself."""

from __future__ import annotations

import os
import time
import warnings
from typing import TYPE_CHECKING

import pytest

from kg.columns.compile import Solutions, answer, compile, coverage, open_columns  # noqa: A004
from kg.columns.compile.constants import _reader
from kg.errors import KgError, QuerySyntaxError, QueryUnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = f"PREFIX : <http://example.org/> PREFIX xsd: <{XSD}> "
NQUADS = f"""\
<http://example.org/a> <http://example.org/p> <http://example.org/b> .
<http://example.org/b> <http://example.org/p> <http://example.org/c> .
<http://example.org/a> <http://example.org/n> "01"^^<{XSD}integer> .
<http://example.org/a> <http://example.org/n> "1.0"^^<{XSD}decimal> .
<http://example.org/b> <http://example.org/n> "x"^^<{XSD}integer> .
<http://example.org/a> <http://example.org/l> "it's"@en .
<http://example.org/b> <http://example.org/d> "2020-01-01"^^<{XSD}date> .
<http://example.org/c> <http://example.org/d> "2020-01-01Z"^^<{XSD}date> .
<http://example.org/a> <http://example.org/p> <http://example.org/b> <http://example.org/g> .
"""
# Of which the product would take half a minute.
SIZE = 20_000
HOSTILE = [
    "'); DROP TABLE term; --",
    "' OR '1'='1",
    "$1 $2 $999 ?",
    '\\"; SELECT 1',
    "%_\\%",
    "/* */ -- {0} {{}} {x}",
    "\u202e\U0001f600\t",
    "E'\\x27' U&'\\0027'",
]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_columns(NQUADS.encode()) as columns:
        yield columns


def rows(db: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str | None, ...]]:
    """The lexical forms of a SELECT's solutions, sorted."""
    found = answer(db, PREFIXES + query)
    assert isinstance(found, Solutions)
    return sorted((tuple(t and t.lexical for t in row) for row in found.rows), key=str)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?n { :a :n ?n FILTER(?n = 1) }", [("01",), ("1.0",)]),
        ("SELECT ?n { :a :n ?n FILTER(sameTerm(?n, 01)) }", [("01",)]),
        ("SELECT ?n { :b :n ?n FILTER(?n = 1 || true) }", [("x",)]),
        ("SELECT ?n { :b :n ?n FILTER(!(?n + 1 = 1)) }", []),
        ("SELECT ?x { ?x :d ?d FILTER(?d = '2020-01-01'^^xsd:date) }", [("http://example.org/b",)]),
        ("SELECT ?x { ?x :d ?d FILTER(?d != '2020-01-01'^^xsd:date) }", []),
        (
            "SELECT ?x { ?x :d ?d FILTER(?d < '2020-01-03Z'^^xsd:date) }",
            [("http://example.org/b",), ("http://example.org/c",)],
        ),
        ("SELECT ?v { VALUES ?v { 'x'^^xsd:date } FILTER(?v != 1) }", []),
        ("SELECT ?v { VALUES ?v { 'x'^^xsd:date } VALUES ?w { 1 } FILTER(?v != ?w) }", []),
        ("SELECT ?d { :b :d ?d FILTER(?d != 1) }", [("2020-01-01",)]),
        ("SELECT (SUM(?n) AS ?s) { ?x :n ?n }", [(None,)]),
        ("SELECT (SUM(?n) AS ?s) (AVG(?n) AS ?m) { :a :n ?n }", [("2", "1")]),
        ("SELECT (COUNT(*) AS ?c) { ?x :nothing ?n }", [("0",)]),
        ("SELECT (STRLEN(GROUP_CONCAT(DISTINCT ?v)) AS ?n) { VALUES ?v { 'a' 'a'@en 'a' } }", [("3",)]),
        ("SELECT (GROUP_CONCAT(?v) AS ?n) { VALUES ?v { 'a' :a } }", [(None,)]),
        ("SELECT (GROUP_CONCAT(?v) AS ?n) { VALUES ?v {} }", [("",)]),
        ("SELECT ?n { :a :n ?n } VALUES () { }", []),
        ("SELECT ?n { :a :n ?n VALUES () { } }", []),
        ("SELECT ?n { :a :n ?n FILTER(?n = 1.0) } VALUES () { () () }", [("01",), ("01",), ("1.0",), ("1.0",)]),
        ("SELECT (1 + STRLEN(:a) AS ?x) (1e0 + :a AS ?y) (1e0 * 'a' AS ?z) {}", [(None, None, None)]),
        ("SELECT (AVG(STRLEN(?v)) AS ?m) (SUM(STRLEN(?v)) AS ?s) { VALUES ?v { 'ab' :a } }", [(None, None)]),
        ("SELECT (COUNT(*) AS ?c) { ?x :p* ?y }", [("12",)]),
        ("SELECT (COUNT(*) AS ?c) { ?x (:p|:p*) ?y }", [("14",)]),
        ("SELECT (COUNT(*) AS ?c) { ?x (:p*|^:p|:p*) ?y }", [("26",)]),
        ("SELECT (SUBSTR('abc', STRLEN(:a)) AS ?x) {}", [(None,)]),
        ("SELECT (1/3 AS ?third) {}", [("0.333333333333333333",)]),
        ("SELECT (xsd:integer(-2.5e0) AS ?i) (xsd:decimal(-0.25e0) AS ?d) {}", [("-2", "-0.25")]),
        ("SELECT (CONCAT() AS ?x) (COALESCE() AS ?y) ('a' IN () AS ?z) {}", [("", None, "false")]),
        ("SELECT (REPLACE('aba', '(ab)|(a)', '[$1-$2]') AS ?x) {}", [("[ab-][-a]",)]),
        ("SELECT (REPLACE('a.b', '.', '-', 'q') AS ?x) (REGEX('a b', 'a [ ] B', 'ix') AS ?y) {}", [("a-b", "true")]),
        ("SELECT ?x { :a :p+ ?x }", [("http://example.org/b",), ("http://example.org/c",)]),
        ("SELECT ?x { :nowhere :p* ?x }", [("http://example.org/nowhere",)]),
        ("SELECT ?x ?y { :a :p ?x OPTIONAL { ?x :p ?y FILTER(?x = :z) } }", [("http://example.org/b", None)]),
        ("SELECT ?x { ?x :p ?y FILTER NOT EXISTS { ?y :p ?z FILTER(?x = :a) } }", [("http://example.org/b",)]),
        ("SELECT ?x { ?x :p ?y FILTER EXISTS { ?x :n ?n . ?y :p ?z FILTER(?n = 1) } }", [("http://example.org/a",)]),
        (
            "SELECT ?x { ?x :p ?y FILTER NOT EXISTS { ?x :n ?n . ?y :p ?z FILTER(?n < 2) } }",
            [("http://example.org/b",)],
        ),
        (
            "SELECT ?x { ?x :p ?y FILTER EXISTS { ?y :p ?z OPTIONAL { ?x :d ?d } FILTER(!BOUND(?d)) } }",
            [("http://example.org/a",)],
        ),
        (
            "SELECT ?x { ?x :p ?y FILTER EXISTS { ?y :p ?z OPTIONAL { ?z :d ?d } FILTER(BOUND(?d) && ?x = :a) } }",
            [("http://example.org/a",)],
        ),
        ("SELECT ?x { ?x :p ?y MINUS { ?a :nothing ?b } }", [("http://example.org/a",), ("http://example.org/b",)]),
        ("SELECT ?g { GRAPH ?g { ?x :p ?y } }", [("http://example.org/g",)]),
        ("SELECT ?v { VALUES ?v { :new UNDEF } }", [("http://example.org/new",), (None,)]),
        ("SELECT (STR(?x) < isIRI(?x) AS ?y) (isIRI(?x) >= 1 AS ?z) { :a :p ?x }", [(None, None)]),
        ("SELECT (1e0 / ?n AS ?x) { VALUES ?n { '-0'^^xsd:integer '-0.0'^^xsd:decimal } }", [("INF",), ("INF",)]),
        ("SELECT ?n (COUNT(*) AS ?c) { VALUES ?x { '07' '7' '+7' } } GROUP BY (xsd:integer(?x) AS ?n)", [("7", "3")]),
        ("SELECT ?x { VALUES ?x { '--13'^^xsd:gMonth '2020'^^xsd:gYear } FILTER(?x != 'a') }", [("2020",)]),
        ("SELECT ?l { ?x :l ?l FILTER(LANGMATCHES(LANG(?l), 'EN') && CONTAINS(?l, \"'\")) }", [("it's",)]),
        ("SELECT ?x { ?x :p ?y FILTER(LANG(?x) != UCASE('b'@en)) }", []),
        ("SELECT ?n { :a :n ?n } ORDER BY DESC(STR(?n)) LIMIT 1", [("1.0",)]),
        ("SELECT ?x ?y { ?x !^:p ?y FILTER(isIRI(?x)) }", []),
        (
            "SELECT ?x ?y { ?x !(^:n|^:d|^:l) ?y }",
            [("http://example.org/b", "http://example.org/a"), ("http://example.org/c", "http://example.org/b")],
        ),
        (
            "SELECT ?x ?y { ?x !(:n|:d|:l|^:n|^:d|^:l|^:p) ?y }",
            [("http://example.org/a", "http://example.org/b"), ("http://example.org/b", "http://example.org/c")],
        ),
        (
            "SELECT ?v { VALUES ?v { :new :a } FILTER EXISTS { ?v :p* ?z } }",
            [("http://example.org/a",), ("http://example.org/new",)],
        ),
        ("SELECT ?v { VALUES ?v { :new :a } FILTER NOT EXISTS { ?z :p? ?v } }", []),
        (
            "SELECT ?v { VALUES ?v { 'new' :a } FILTER EXISTS { ?z :n ?n OPTIONAL { ?v :p* ?o } FILTER(BOUND(?o)) } }",
            [("http://example.org/a",), ("new",)],
        ),
        (
            "SELECT ?v { VALUES ?v { :new } FILTER EXISTS { GRAPH :g { ?v :p* ?z . ?v :p* ?w } } }",
            [("http://example.org/new",)],
        ),
        ("SELECT ?v { VALUES ?v { :new } FILTER EXISTS { ?v :p+ ?z } }", []),
        (
            "SELECT ?x { ?x :d ?d FILTER EXISTS { ?a :p ?b MINUS { ?b :p ?c } } }",
            [("http://example.org/b",), ("http://example.org/c",)],
        ),
        ("SELECT ?x { ?x :d ?d FILTER EXISTS { ?a :n ?n MINUS { ?a :p ?b } } }", []),
        ("SELECT (DATATYPE(xsd:dateTime('2020-01-01T00:00:00Z'^^xsd:dateTimeStamp)) AS ?x) {}", [(f"{XSD}dateTime",)]),
        (
            "SELECT (YEAR(?d) AS ?y) (DAY(?d) AS ?z) { VALUES ?d { '2020-01-02T00:00:00Z'^^xsd:dateTimeStamp } }",
            [("2020", "2")],
        ),
        (
            "SELECT ('NaN'^^xsd:double < STRLEN(?v) AS ?x) (STRLEN(?v) >= 'NaN'^^xsd:float AS ?y) { VALUES ?v { :a } }",
            [(None, None)],
        ),
        (
            "SELECT (STRLEN(?v) = 'NaN'^^xsd:float AS ?x) (STRLEN(?v) != 'NaN'^^xsd:float AS ?y) { VALUES ?v { :a } }",
            [(None, None)],
        ),
    ],
)  # fmt: skip
def test_a_query_has_the_solutions_that_sparql_gives(
    db: duckdb.DuckDBPyConnection, query: str, expected: list[tuple[str | None, ...]]
) -> None:
    assert rows(db, query) == expected


@pytest.mark.parametrize(
    "inner",
    [
        "?x :low ?l . ?y :high ?h FILTER(?l <= ?h)",
        "?x :low ?l . OPTIONAL { ?y :high ?h } FILTER(?l <= ?h && ?x != ?y)",
    ],
)
def test_what_only_the_row_outside_connects_is_no_product(inner: str) -> None:
    number = f'"%d"^^<{XSD}integer>'
    lines = [
        f"<http://example.org/{n}> <http://example.org/{name}> {value} ."
        for n in range(SIZE)
        for name, value in (
            ("p", f"<http://example.org/{n + SIZE}>"),
            ("low", number % n),
        )
    ]
    lines += [
        f"<http://example.org/{n + SIZE}> <http://example.org/high> {number % (n % (SIZE // 2))} ." for n in range(SIZE)
    ]
    with open_columns("".join(f"{line}\n" for line in sorted(lines)).encode()) as columns:
        began = time.process_time()

        assert rows(columns, f"SELECT (COUNT(*) AS ?n) {{ ?x :p ?y FILTER NOT EXISTS {{ {inner} }} }}") == [
            (str(SIZE // 2),)
        ]
        assert time.process_time() - began < 5


def test_ask_and_construct_are_answered(db: duckdb.DuckDBPyConnection) -> None:
    triples = answer(db, PREFIXES + "CONSTRUCT { ?y :of [ :is ?x ] . ?n :p ?x } { ?x :p ?y OPTIONAL { ?x :n ?n } }")

    assert answer(db, "CONSTRUCT WHERE { }") == []
    assert answer(db, PREFIXES + "ASK { :a :p :b }") is True
    assert answer(db, PREFIXES + "ASK { :b :p :a }") is False
    assert isinstance(triples, list)
    assert len({s for s, _, _ in triples if s.kind == 1}) == 4 - 1
    assert all(s.kind != 3 for s, _, _ in triples)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT * { ?s rdf:type ?o }", "prefix"),
        ("DESCRIBE :a", "DESCRIBE"),
        ("SELECT * { ?s ?p ?o FILTER(REGEX(?o, '\\\\w')) }", "regular"),
        ("SELECT (REGEX('aa', '( ?:a)', 'x') AS ?x) {}", "regular"),
        ("SELECT (REGEX('a', '^a$', 'm') AS ?x) {}", "flag"),
        ("SELECT (REPLACE('a', 'a', '$1') AS ?x) {}", "groups"),
        ("SELECT (REPLACE('a', 'a', '\\\\$1') AS ?x) {}", "escapes"),
        ("SELECT (RAND() AS ?r) {}", "RAND"),
        ("SELECT ?s ?n { ?s :n ?n } GROUP BY ?s", "grouped"),
        ("SELECT * { ?s :n ?n BIND(1 AS ?n) }", "BIND"),
        ("SELECT (:f(1) AS ?x) {}", "function"),
        ("SELECT * { ?s ?p", "SPARQL"),
        ("SELECT * { ?s !() ?o }", "path"),
        ("SELECT * { ?x :d ?d FILTER EXISTS { ?a :n ?n MINUS { ?x :n ?n } } }", "MINUS"),
        ("SELECT * { ?s :n ?n OPTIONAL { ?s :d ?x } FILTER EXISTS { ?a :n ?b MINUS { ?c :d ?x } } }", "MINUS"),
        ("SELECT * { ?s :n ?n OPTIONAL { ?s :d ?x } FILTER EXISTS { ?x :p* ?y } }", "no steps"),
        ("SELECT * { ?s :n ?n BIND(STR(?s) AS ?x) FILTER EXISTS { ?y :p? ?x } }", "no steps"),
        ("SELECT * { ?s :n ?n FILTER EXISTS { ?s (:p|:q*) ?x } }", "no steps"),
    ],
)
def test_what_is_not_covered_is_refused_with_a_reason(query: str, why: str) -> None:
    reasons = coverage(PREFIXES + query)

    assert len(reasons) == 1
    assert why in reasons[0]
    with pytest.raises((QueryUnsupportedError, QuerySyntaxError)):
        compile(PREFIXES + query)


def test_what_the_data_makes_inexact_is_refused_while_it_runs() -> None:
    huge = f'<http://example.org/a> <http://example.org/n> "{"9" * 40}"^^<{XSD}integer> .\n'
    with open_columns(huge.encode()) as db:
        assert rows(db, "SELECT ?n { ?x :n ?n }") == [("9" * 40,)]
        with pytest.raises(QueryUnsupportedError):
            answer(db, PREFIXES + "SELECT (SUM(?n) AS ?s) { ?x :n ?n }")
        with pytest.raises(QueryUnsupportedError):
            answer(db, PREFIXES + "SELECT ?n { ?x :n ?n FILTER(?n > 1) }")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_query_says_never_becomes_sql(db: duckdb.DuckDBPyConnection, text: str) -> None:
    """As a literal, a language-free string to search, an IRI and a separator; and nothing of it is in the SQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    query = (
        f'SELECT ?v (CONCAT(?v, "{escaped}") AS ?w) (GROUP_CONCAT(?v; SEPARATOR="{escaped}") AS ?c) '
        f'{{ VALUES ?v {{ "{escaped}" }} FILTER(CONTAINS(?v, "{escaped}") && ?v = "{escaped}") }} GROUP BY ?v'
    )

    assert rows(db, query) == [(text, text + text, text)]
    assert text not in compile(PREFIXES + query).sql
    assert rows(db, "SELECT ?x { ?x :p :c }") == [("http://example.org/b",)]


def test_what_a_query_says_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Of literals whose lexical form is not one of their datatype, rdflib tells in their own words."""
    with warnings.catch_warnings(record=True) as said:
        for literal in ("'secret'^^xsd:integer", "'secret'^^xsd:boolean", "'secret'^^xsd:date", "secret"):
            coverage(PREFIXES + f"ASK {{ ?x :p {literal} }}")

    assert caplog.text == ""
    assert said == []


def test_a_variable_that_nothing_binds_is_named_by_select_all(db: duckdb.DuckDBPyConnection) -> None:
    found = answer(db, PREFIXES + "SELECT * { { SELECT ?x ?never { :a :p ?x } } }")

    assert isinstance(found, Solutions)
    assert set(found.variables) == {"x", "never"}
    assert len(found.rows) == 1


def test_the_names_of_variables_never_become_sql() -> None:
    compiled = compile("SELECT ?SELECT ?_x { ?SELECT ?éléphant ?_x }")

    assert compiled.variables == ("SELECT", "_x")
    assert "éléphant" not in compiled.sql


@pytest.mark.parametrize("statement", ["SELECT * FROM read_csv('/etc/passwd')", "SET enable_external_access = true"])
def test_the_database_reads_nothing_else(db: duckdb.DuckDBPyConnection, statement: str) -> None:
    for database in (db, _reader(os.getpid())[0]):  # of the columns, and of the constants of queries
        with pytest.raises(Exception, match=r"disabled|locked|Cannot"):
            database.execute(statement)


def test_what_is_not_rdf_11_is_not_loaded() -> None:
    with pytest.raises(KgError):
        open_columns(b'<http://example.org/a> <http://example.org/p> "x"@ar--rtl .\n')
