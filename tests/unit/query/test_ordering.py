"""ORDER BY as the index is asked it: an order in which nothing stands behind what is greater."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, Store

from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.settings import Settings
from tests.random_queries import DATES, WORDS, XSD, typed

LIMITS: Final = QueryLimits.of(Settings())
ZONES: Final = ("", "Z", "-05:00", "+14:00")
# The terms of a kind are drawn together: it takes some twenty of two kinds to lead a sort astray.
KINDS: Final = [
    WORDS,
    DATES,
    [str(number) for number in range(-20, 120, 3)],
    [f'"{number}x"' for number in range(40)],
    [f'"{number}"' for number in range(0, 99, 5)],
    [f'"{text}"@{tag}' for text in ("a", "b", "10", "9") for tag in ("en", "be", "be-latn")],
    typed("integer", "01", "x", "99999999999999999999", "-0"),
    typed("decimal", "1.5", "10.25", "-3.0", "2"),
    typed("double", "1.5E0", "NaN", "INF", "-INF", "1e3", "x"),
    typed("boolean", "true", "false", "1", "0", "x"),
    typed("dateTime", *(f"2020-01-{day:02}T12:00:00{zone}" for day in range(1, 9) for zone in ZONES)),
    typed("dateTimeStamp", "2020-01-03T12:00:00Z", "2020-01-05T00:00:00+01:00"),
    typed("date", *(f"2020-01-{day:02}{zone}" for day in range(1, 9) for zone in ZONES)),
    typed("duration", "P1D", "P10D", "P2D", "P1M", "P30D", "P31D", "P2Y", "P10Y", "P730D", "P1Y6M", "PT36H", "-P1D"),
    typed("dayTimeDuration", "PT1H", "P1D", "PT90M", "P40D"),
    typed("yearMonthDuration", "P1Y", "P13M", "P2M"),
    typed("gYear", "2019", "2020", "1999Z", "-0044"),
    typed("time", "12:00:00", "09:30:00Z", "23:00:00-05:00"),
    [f'"{number}"^^<http://example.org/own>' for number in range(0, 30, 4)],
    [f"<http://example.org/{name}>" for name in ("a", "b", "10", "9")],
    ["_:a", "_:b"],
]  # fmt: skip
TERMS: Final = st.lists(st.sampled_from(KINDS), min_size=1, max_size=4).flatmap(
    lambda kinds: st.lists(st.sampled_from([term for kind in kinds for term in kind]), min_size=30, max_size=90)
)
# SPARQL 1.1 §15.1: blank nodes before IRIs before literals, and what "<" finds less before what is greater.
BEHIND_GREATER: Final = """SELECT ?v ?w {{
    VALUES (?i ?s) {{ {0} }} VALUES (?j ?t) {{ {0} }} ?s <urn:v> ?v . ?t <urn:v> ?w
    FILTER(?i < ?j && (COALESCE(?w < ?v, false) || isBlank(?w) && !isBlank(?v) || isIRI(?w) && isLiteral(?v))) }}"""


@pytest.mark.parametrize("condition", ["?v", "DESC(?v)", "(?v)", "COALESCE(?unbound, ?v)"])
@settings(max_examples=100, deadline=None)
@given(TERMS)
def test_nothing_stands_behind_what_is_greater(condition: str, terms: list[str]) -> None:
    store = Store()
    store.update(f"INSERT DATA {{ {''.join(f'<urn:{n}> <urn:v> {term} .' for n, term in enumerate(terms))} }}")
    ordered = rows(store, planned(f"SELECT ?s {{ ?s <urn:v> ?v }} ORDER BY {condition}"))
    if condition.startswith("DESC"):
        ordered.reverse()
    places = "".join(f"({place} {subject})" for place, (subject,) in enumerate(ordered))

    assert len(ordered) == len(terms)
    assert rows(store, BEHIND_GREATER.format(places)) == []


def test_what_is_unbound_stands_first() -> None:
    query = "SELECT ?n ?v { VALUES (?n ?v) { (1 2) (2 UNDEF) (3 <x:a>) } } ORDER BY ?v"

    assert [number for number, _ in rows(Store(), planned(query))] == [integer(2), integer(3), integer(1)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?v { ?s ?p ?v } ORDER BY ?p DESC(?v)", 2),
        ("SELECT ?v { ?s ?p ?v } order by desc ( ?v ) LIMIT 2", 1),
        ("SELECT ?p { ?s ?p ?v } GROUP BY ?p HAVING(COUNT(*) > 1) ORDER BY MAX(?v) DESC(COUNT(*)) ?p", 2),
        ("SELECT ?v { { SELECT ?v { ?s ?p ?v } ORDER BY (?v) LIMIT 2 } } ORDER BY COALESCE(?w, ?v)", 2),
        ("SELECT ?v { ?s ?p ?v FILTER EXISTS { ?s ?q ?w . ?w ?q ?v } } ORDER BY ?v", 1),
        ("CONSTRUCT { ?s ?p ?v } { ?s ?p ?v } ORDER BY IF(?v = 1, ?v, ?s)", 1),
        ("SELECT DISTINCT ?v { ?s ?p ?v } ORDER BY xsd:integer(?v) ?v OFFSET 1", 1),
    ],
)
def test_every_key_that_may_mix_kinds_is_written_anew_and_read_by_the_engine(query: str, expected: int) -> None:
    store = Store()
    store.update("INSERT DATA { <x:a> <x:p> 1, 10, 9 ; <x:q> <x:a> . <x:b> <x:p> 1 }")
    text = planned(f"PREFIX xsd: <{XSD}> {query}")

    assert text.count("isNUMERIC") == expected
    assert sorted(map(str, store.query(text))) == sorted(map(str, store.query(f"PREFIX xsd: <{XSD}> {query}")))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?v { ?s ?p ?v } ORDER BY STR(?v) DESC(STRLEN(?v)) (YEAR(?v)) xsd:integer(?v) <x:cast>(?v)",
        "SELECT ?v { ?s ?p ?v } ORDER BY RAND() (IF(RAND() > 0.5, ?v, ?s)) DESC(COALESCE(BNODE(), 1))",
        "SELECT ?v { ?s ?p ?v } ORDER BY EXISTS { ?v ?p ?s } (NOT EXISTS { ?v ?p ?s })",
        f"SELECT ?v {{ ?s ?p ?v }} ORDER BY ({' + '.join(['?v'] * 99)})",
        f"SELECT ?v {{ ?s ?p ?v }} ORDER BY {'?v ' * 9}",
        "SELECT ?v { ?s ?p ?v } ORDER BY",
        "SELECT ?v { ?s ?p ?v } ORDER BY ASC ?v",
        "SELECT ?v { ?s ?p ?v } ORDER BY ?v)",
        "SELECT ?order ?by { ?order <x:order> ?by } # ORDER BY ?order",
        "SELECT ?v { ?s ?p 'ORDER BY ?v' }",
        "SELECT ?v { ?s ?p ?v } ORDER BY ?\\u0076",
    ],
)
def test_what_has_one_kind_or_is_no_key_stays_as_it_is(query: str) -> None:
    assert plan(query, LIMITS).text == query


@pytest.mark.parametrize("key", ["()", "(?v ?w)", "ASC(?v, ?w)", "(?v AS ?w)", "nothing(?v)", "LIMIT (1)", "5(?v)"])
def test_what_is_no_sparql_does_not_become_it(key: str) -> None:
    with pytest.raises(SyntaxError):
        Store().query(plan(f"SELECT ?v {{ ?s ?p ?v }} ORDER BY {key}", LIMITS).text)


def test_the_plan_says_which_line_was_changed() -> None:
    (sentence,) = plan("SELECT ?v {\n?s ?p ?v\n} ORDER BY ?v", LIMITS).rewrites

    assert sentence.startswith("ORDER BY on line 3 ")


def planned(query: str) -> str:
    asked = plan(query, LIMITS)
    assert any(sentence.startswith("ORDER BY") for sentence in asked.rewrites)
    return asked.text


def rows(store: Store, text: str) -> list[tuple[str, ...]]:
    solutions = store.query(text)
    assert isinstance(solutions, QuerySolutions)
    return [tuple(map(str, solution)) for solution in solutions]


def integer(number: int) -> str:
    return f'"{number}"^^<{XSD}integer>'
