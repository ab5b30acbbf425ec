"""What a change is looked up in: the triples of the data by node, and the dictionary by term."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg.validation
from kg.columns import run
from kg.columns.compile.terms import LANG_STRING, STRING, Term
from kg.validation import Columns
from kg.validation.delta_dictionary import Dictionary, write_term
from kg.validation.delta_index import Index, Surroundings, TooMany
from kg.validation.delta_part import identify
from kg.validation.delta_quads import read_term
from kg.validation.rows import insert_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.validation.delta_index import Triple
    from kg.validation.delta_queries import Position

MACROS = Path(kg.validation.__file__).with_name("preparation.sql")
number = st.integers(1, 4)
triples = st.sets(st.tuples(number, number, number), max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
kinds = st.one_of(
    st.tuples(st.just(1), st.text("abc01", min_size=1), st.just(""), st.just("")),
    st.tuples(st.just(2), st.text("abc:/#é", min_size=1), st.just(""), st.just("")),
    st.tuples(st.just(3), texts, st.sampled_from([STRING, "urn:a:b"]), st.just("")),
    st.tuples(st.just(3), texts, st.just(LANG_STRING), st.just("en")),
)
terms = kinds.map(lambda parts: Term(*parts))
little = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        run(found, MACROS)
        found.execute(
            "CREATE TABLE term (id INTEGER, kind TINYINT, lexical VARCHAR, datatype VARCHAR, language VARCHAR)"
        )
        found.execute("CREATE TABLE triple (s INTEGER, p INTEGER, o INTEGER)")
        yield found


def index_of(db: duckdb.DuckDBPyConnection, found: Iterable[Triple]) -> Index:
    db.execute("DELETE FROM triple")
    insert_rows(db, "triple", dict.fromkeys("spo", "INTEGER"), list(found))
    return Index(Columns(db, "triple", "triple"))


@little
@given(triples, st.lists(st.tuples(triples, triples), max_size=3), triples)
def test_what_is_near_is_what_stands_there_before_or_after_a_change(
    db: duckdb.DuckDBPyConnection,
    data: set[Triple],
    changes: list[tuple[set[Triple], set[Triple]]],
    coming: set[Triple],
) -> None:
    index, now = index_of(db, data), set(data)
    for plus, minus in changes:
        index.change(plus - now, minus & now - plus)
        now = (now - minus) | plus
    going = set(sorted(now)[::2])
    around = Surroundings(index, coming - now, going, 100)

    assert len(index) == len(now)
    assert [t in index for t in sorted(now | coming)] == [t in now for t in sorted(now | coming)]
    positions: list[tuple[Position, int]] = [("s", 0), ("o", 2)]
    for at, place in positions:
        for node in range(1, 5):
            there = {t for t in now | coming if t[place] == node}
            assert around.properties(at, node) >= {p for _, p, _ in there}
            for p in (None, 1, 2):
                wanted = {t for t in there if p in (None, t[1])}
                assert set(around.at(at, node, p)) == wanted
                one = set(around.at(at, node, p, one=True))
                assert one <= wanted
                # Before the change as after it, one is left as long as there is any.
                assert bool(one & now) == bool(wanted & now)
                assert bool(one - going) == bool(wanted - going)
    assert around.near == now | coming


def test_what_came_and_went_again_takes_no_memory(db: duckdb.DuckDBPyConnection) -> None:
    """An index is made anew when it has drifted, and it has not where each change takes back the one before."""
    index = index_of(db, {(1, 1, 1)})
    tracemalloc.start()
    for node in range(2, 20_002):
        index.change([(node, 1, node)], [])
        index.change([], [(node, 1, node)])
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert index.drift() == 0
    assert left < 1_000_000


def test_more_triples_than_the_limit_are_not_gathered(db: duckdb.DuckDBPyConnection) -> None:
    index = index_of(db, {(s, 1, 9) for s in range(1, 50)})

    assert len(Surroundings(index, set(), set(), 10).at("o", 9, 1, one=True)) == 1
    with pytest.raises(TooMany):
        Surroundings(index, set(), set(), 10).at("o", 9, 1)


@little
@given(st.lists(terms, unique=True, max_size=6), st.lists(terms, unique=True, max_size=6))
def test_a_dictionary_finds_what_it_has_and_what_is_added(
    db: duckdb.DuckDBPyConnection, old: list[Term], more: list[Term]
) -> None:
    db.execute("DELETE FROM term")
    for at, term in enumerate(old, start=1):
        db.execute("INSERT INTO term VALUES (?, ?, ?, ?, ?)", [at, *term])
    dictionary, numbers = Dictionary(db), {term: at for at, term in enumerate(old, start=1)}
    new = [term for term in more if term not in numbers]

    assert dictionary.ids([*old, *more]) == numbers
    numbers |= dictionary.add({term: write_term(term) for term in new})
    assert dictionary.ids([*old, *more]) == numbers
    assert dictionary.terms([*numbers.values(), 99]) == {at: term for term, at in numbers.items()}
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))


def test_a_dictionary_forgets_what_was_added_where_that_is_undone(db: duckdb.DuckDBPyConnection) -> None:
    dictionary, first, second = Dictionary(db), Term(2, "urn:a:1"), Term(2, "urn:a:2")
    db.begin()
    dictionary.add({first: "<urn:a:1>"})
    db.rollback()

    assert dictionary.ids([first]) == {}
    dictionary.add({second: "<urn:a:2>"})
    assert dictionary.ids([first, second]) == {second: 1}


def test_a_term_of_shapes_that_the_data_lack_has_a_number_that_stands_for_nothing(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """So has a blank node, whatever its label."""
    dictionary = Dictionary(db)
    dictionary.add({Term(1, "a"): "_:a", Term(2, "urn:a:o"): "<urn:a:o>"})

    known = identify(dictionary, [Term(1, "a"), Term(2, "urn:a:o"), Term(2, "urn:a:none")])

    assert [number > 0 for number in known.values()] == [False, True, False]
    assert -1 not in known.values()


@little
@given(terms)
def test_a_term_is_written_as_sql_writes_it_and_read_again(db: duckdb.DuckDBPyConnection, term: Term) -> None:
    row = db.execute("SELECT shacl_text(?, ?, ?, ?)", list(term)).fetchone()

    assert row == (write_term(term),)
    assert read_term(write_term(term)) == term
