"""What SQL for one database rests on: the rows of subjects, and the order of ids."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF

from kg.columns.compile import Arrangement, Solutions, answer, answers, compile, open_columns, run_compiled  # noqa: A004

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from kg.columns.compile import Compiled

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
TYPE: Final = str(RDF.type)
TRIPLE: Final = st.tuples(
    st.sampled_from(["a:x", "a:y", "a:z"]),
    st.sampled_from([TYPE, "a:p", "a:q", "a:r"]),
    st.sampled_from(["a:x", "a:y", "a:o"]),
    st.sampled_from(["", "", "<a:g> "]),
)


def lines(quads: list[tuple[str, ...]]) -> bytes:
    return "".join(f"<{s}> <{p}> <{o}> {g}.\n" for s, p, o, g in quads).encode()


def dates(*days: str) -> bytes:
    return "".join(f'<a:{day}> <a:on> "{day}"^^<{XSD}date> .\n' for day in days).encode()


def asked(db: duckdb.DuckDBPyConnection, query: str, *, is_arranged: bool) -> tuple[Compiled, list[tuple[Any, ...]]]:
    """A query compiled, and its solutions as texts in an order of their own."""
    compiled = compile(query, arrangement=Arrangement(db) if is_arranged else None)
    found = run_compiled(db, compiled)
    assert isinstance(found, Solutions)
    return compiled, sorted((tuple(term and term.lexical for term in row) for row in found.rows), key=str)


@settings(max_examples=40, deadline=None)
@given(st.lists(TRIPLE, max_size=12, unique=True))
def test_a_subject_has_a_row_for_each_type_and_a_column_for_each_property_of_one_object(
    quads: list[tuple[str, ...]],
) -> None:
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for s, p, o, g in quads:
        if not g:
            said[s][p].append(o)
    properties = {p for of in said.values() for p in of} - {TYPE}
    single = {p for p in properties if all(len(of[p]) <= 1 for of in said.values())}

    with open_columns(lines(quads), threads=1) as db:
        names = dict(db.execute("SELECT id, lexical FROM term").fetchall())
        columns = {str(iri): name for iri, name in Arrangement(db).properties.items()}
        listed = ", ".join(columns[p] for p in sorted(single))
        rows = db.execute(f"SELECT s, is_first, type{listed and ', '}{listed} FROM subject").fetchall()

    assert columns.keys() == single | {TYPE}
    wanted = [
        (s, number == 0, kind, *(next(iter(of[p]), None) for p in sorted(single)))
        for s, of in said.items()
        for number, kind in enumerate(sorted(of[TYPE]) or [None])
    ]
    found = [(names[s], is_first, *map(names.get, ids)) for s, is_first, *ids in rows]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_no_more_than_the_hundred_most_frequent_properties_have_a_column() -> None:
    quads = [(f"a:{s}", f"a:p{p}", "a:o", "") for p in range(101) for s in range(1 if p == 50 else 2)]
    with open_columns(lines(quads), threads=1) as db:
        properties = Arrangement(db).properties
        rare = asked(db, "SELECT ?s { ?s <a:p50> ?o ; <a:p51> ?o }", is_arranged=True)[1]

    assert set(map(str, properties)) == {TYPE} | {f"a:p{p}" for p in range(101) if p != 50}
    assert rare == [("a:0",)]


PATTERNS: Final = [
    "?s <a:p> ?o",
    "?s <a:p> ?o ; <a:q> ?q",
    "?s <a:p> ?o ; a ?t",
    "?s a ?t, ?u ; <a:q> ?q",
    "?s a <a:A> ; a ?t",
    "?s a <a:A>, <a:B> ; <a:p> ?s",
    "?s <a:p>/<a:q> ?o",
    "<a:2> <a:p> ?o ; a ?t",
    "?s <a:p> ?o, ?u",
    "?s <a:q> ?q OPTIONAL { ?s <a:p> ?o ; a ?t }",
    "?s <a:several> ?o ; <a:q> ?q",
    "?s <a:nowhere> ?o ; <a:q> ?q",
    "GRAPH ?g { ?s <a:p> ?o ; a ?t }",
]


@pytest.fixture(scope="module")
def few() -> Iterator[duckdb.DuckDBPyConnection]:
    quads = [
        *[("a:1", "a:p", "a:1", ""), ("a:1", "a:q", "a:2", ""), ("a:1", TYPE, "a:A", ""), ("a:1", TYPE, "a:B", "")],
        *[("a:2", "a:p", "a:1", ""), ("a:2", TYPE, "a:A", ""), ("a:3", "a:q", "a:3", "")],
        *[("a:1", "a:several", "a:2", ""), ("a:1", "a:several", "a:3", "")],
        *[("a:1", "a:p", "a:2", "<a:g> "), ("a:1", "a:p", "a:3", "<a:g> "), ("a:1", TYPE, "a:A", "<a:g> ")],
        *[("a:1", "a:p", "a:2", "<a:h> "), ("a:2", "a:q", "a:3", "<a:h> ")],
    ]
    with open_columns(lines(quads), threads=1) as db:
        yield db


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("clause", ["", "FROM <a:g>", "FROM <a:g> FROM <a:h>"])
def test_rows_of_subjects_give_the_solutions_that_quads_give(
    few: duckdb.DuckDBPyConnection, pattern: str, clause: str
) -> None:
    query = f"SELECT * {clause} {{ {pattern} }}"
    (compiled, found), (_, wanted) = (asked(few, query, is_arranged=is_arranged) for is_arranged in (True, False))

    assert found == wanted
    assert ("subject" in compiled.sql) == (not clause and "GRAPH" not in pattern)


COMPARED: Final = [
    '?d < "2022-06-15"^^xsd:date',
    '?d <= "2022-06-15"^^xsd:date',
    '?d > "2022-06-15"^^xsd:date',
    '?d >= "2022-06-15"^^xsd:date',
    '?d = "2022-06-15"^^xsd:date',
    '?d != "2022-06-15"^^xsd:date',
    '"2022-06-15"^^xsd:date < ?d',
    '"2022-06-15"^^xsd:date >= ?d',
    '"2022-06-16"^^xsd:date = ?d',
    '!(?d <= "2022-06-16"^^xsd:date)',
    '?d <= "2022-06-15T12:00:00"^^xsd:dateTime',
    '?d <= "2022-06-15Z"^^xsd:date',
    '?d <= "2022-02-30"^^xsd:date',
    "?d <= 5",
    '?d <= "2022-06-15"',
]
VALUES: Final = 'VALUES ?e { "2022-06-14"^^xsd:date "2022-06-15"^^xsd:date "2022-06-17"^^xsd:date }'


@pytest.fixture(
    scope="module",
    params=[
        dates("2022-06-14", "2022-06-15", "2022-06-16", "2022-06-17"),
        dates("2022-06-14", "2022-06-16", "2022-06-17"),
        dates("2022-06-14", "2022-06-15", "2022-06-15Z", "2022-06-16-10:00", "2022-06-20Z"),
        dates("2022-06-14", "2022-06-15") + f'<a:n> <a:on> "5"^^<{XSD}integer> .\n<a:t> <a:on> "t" .\n'.encode(),
    ],
    ids=["each day", "a day that the data lack", "zones", "kinds"],
)
def days(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_columns(request.param, threads=1) as db:
        yield db


@pytest.mark.parametrize("test", [*COMPARED, "?d <= ?e", "?e < ?d", "?d = ?e", "?d > ?e"])
def test_a_comparison_by_ids_is_the_comparison_of_values(days: duckdb.DuckDBPyConnection, test: str) -> None:
    values = VALUES if "?e" in test else ""
    query = f"PREFIX xsd: <{XSD}> SELECT ?s {{ ?s <a:on> ?d {values} FILTER({test}) }}"
    found, wanted = (asked(days, query, is_arranged=is_arranged)[1] for is_arranged in (True, False))

    assert found == wanted


NUMBERS: Final = ["-3", "0", "1", "01", "1.0", "1.5", "2", "10", "99999999"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6),
    st.sampled_from(["<", "<=", "=", "!=", ">", ">="]),
    st.sampled_from([*NUMBERS, "0.5", "7"]),
)
def test_numbers_that_are_equal_stand_together_whatever_they_look_like(data: list[str], sign: str, than: str) -> None:
    text = "".join(
        f'<a:{n}> <a:n> "{number}"^^<{XSD}{"decimal" if "." in number else "integer"}> .\n'
        for n, number in enumerate(data)
    )
    constant = f'"{than}"^^<{XSD}decimal>'
    with open_columns(text.encode(), threads=1) as db:
        compiled, found = asked(db, f"SELECT ?s {{ ?s <a:n> ?n FILTER(?n {sign} {constant}) }}", is_arranged=True)

    meant = {"<": "__lt__", "<=": "__le__", "=": "__eq__", "!=": "__ne__", ">": "__gt__", ">=": "__ge__"}[sign]
    assert found == [(f"a:{n}",) for n, number in enumerate(data) if getattr(float(number), meant)(float(than))]
    assert "typed" not in compiled.sql


def test_what_ids_tell_is_not_looked_up() -> None:
    query = f'SELECT ?s {{ ?s <a:on> ?d FILTER(?d <= "2022-06-15"^^<{XSD}date>) }} ORDER BY ?d'
    compiled = {}
    for name, data in (("dates", dates("2022-06-14", "2022-06-16")), ("zones", dates("2022-06-14", "2022-06-16Z"))):
        with open_columns(data, threads=1) as db:
            compiled[name] = asked(db, query, is_arranged=True)[0].sql

    assert "typed" not in compiled["dates"]
    assert "typed" in compiled["zones"]


def test_terms_whose_place_is_not_their_id_are_put_in_order_all_the_same() -> None:
    text = "".join(
        f'<a:{n}> <a:n> "{number}"^^<{XSD}decimal> .\n<a:{n}> <a:m> "{9 - n}" .\n'
        for n, number in enumerate(["1", "01", "0.5", "3"])
    )
    with open_columns(text.encode(), threads=1) as db:
        found = answer(db, "SELECT ?s { ?s <a:n> ?n ; <a:m> ?m } ORDER BY ?n ?m")

    assert isinstance(found, Solutions)
    assert [row[0] and row[0].lexical for row in found.rows] == ["a:2", "a:1", "a:0", "a:3"]


@pytest.mark.parametrize(("longest", "kept"), [(10_000, {1, 2}), (10, {0})])
def test_the_statements_that_were_parsed_are_forgotten_in_time(
    monkeypatch: pytest.MonkeyPatch, longest: int, kept: set[int]
) -> None:
    monkeypatch.setattr(answers, "MOST_PARSED", 2)
    monkeypatch.setattr(answers, "LONGEST_PARSED", longest)
    with open_columns(dates("2022-06-14", "2022-06-15"), threads=1) as db:
        for _ in range(2):
            for offset in range(4):
                found = answer(db, f"SELECT ?d {{ ?s <a:on> ?d }} ORDER BY ?d LIMIT {1 + offset}")
                assert isinstance(found, Solutions)
                assert len(found.rows) == min(2, 1 + offset)
                assert len(answers._PARSED[db]) in kept
