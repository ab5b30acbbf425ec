"""When a candidate is taken for the thing itself: only where that is safe, whatever was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reconciliation.matching import Found, candidates
from api.reconciliation.properties import properties
from api.reconciliation.requests import Condition, Given, Quantifier, Query, TypeRule
from api.terms import Term
from kg.search import Entry, Hit
from kg.vocab import EDTF, HAB, ID

PUBLIC = Entry(f"{ID}person/mila-tern", {"en": "Mila Tern"}, ("Mila Tern",), (f"{HAB}Person",))
PRIVATE = Entry(f"{ID}person/k7f3m2qa", {"en": "Ivo Gull"}, ("Ivo Gull",), (f"{HAB}Person",))
OFFICE = Entry(f"{ID}office/master", {"en": "harbour master"}, ("harbour master",), (f"{HAB}Office",))

BORN = {
    (PUBLIC.iri, "birth"): [Term("literal", "1970-05-02", datatype=EDTF)],
    (PRIVATE.iri, "birth"): [Term("literal", "1980", datatype=EDTF)],
}


def query(name: str, /, *, types: tuple[str, ...] = (), rule: TypeRule = TypeRule.ANY, **known: str) -> Query:
    conditions = tuple(Condition(pid, (Given(value),)) for pid, value in known.items())
    return Query((Given(name),), types, rule, 10, conditions)


def matched(asked: Query, *hits: tuple[Entry, float], types: tuple[str, ...] = ()) -> list[str]:
    """The IRIs of those that are taken for the thing."""
    found = Found(hits=[Hit(entry, score, entry.names[0], {}) for entry, score in hits], types=types)
    return [candidate.entry.iri for candidate in candidates(asked, found, BORN) if candidate.is_match]


def test_a_full_name_that_stands_alone_settles_who_a_public_person_is() -> None:
    assert matched(query("Mila Tern"), (PUBLIC, 100)) == [PUBLIC.iri]
    assert matched(query("Mila Tern"), (PUBLIC, 100), (PRIVATE, 94)) == [PUBLIC.iri]


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        (query("Mila Tern"), [(PUBLIC, 94.9)]),
        (query("Mila Tern"), [(PUBLIC, 100), (PRIVATE, 95.1)]),
        (query("Mila Tern", birth="1971"), [(PUBLIC, 100)]),
        (query("Mila Tern", shoe="42"), [(PUBLIC, 100)]),
        (query("Mila Tern", organisation="Harbour Watch"), [(PUBLIC, 100)]),
        (query("Tern"), [(PUBLIC, 100)]),
        (query("Ivo Gull"), [(PRIVATE, 100)]),
        (query("Gull", birth="1980"), [(PRIVATE, 100)]),
        (query("Ivo Gull"), []),
        *(
            (query(name), [(PUBLIC, 100)])
            for name in ("Tern ,", "Mr Tern", "M. Tern", "M Tern", "Tern - Tern", "Prof. Dr Tern")
        ),
        *(
            (query(name), [(PUBLIC, 100)])
            for name in ("спадар Тэрн", "Пан Тэрн", "Госпожа Терн", "Профессор Терн", "Tern 2")
        ),
    ],
)
def test_what_is_not_safe_is_left_to_people(asked: Query, hits: list[tuple[Entry, float]]) -> None:
    assert matched(asked, *hits) == []


def test_a_private_person_is_settled_by_what_else_is_known() -> None:
    assert matched(query("Ivo Gull", birth="1980-03"), (PRIVATE, 100)) == [PRIVATE.iri]


CLUB, OTHER_CLUB = f"{ID}organisation/club", f"{ID}organisation/other-club"


@pytest.mark.parametrize(
    ("condition", "documented", "meant", "settles"),
    [
        (Condition("name", (Given("Ivo Gull"),)), [Term("literal", "Ivo Gull", "en")], (), False),
        (Condition("organisation", (Given("Watch"),), Quantifier.NONE), [Term("uri", CLUB)], (OTHER_CLUB,), False),
        (Condition("office", (Given("master"),), Quantifier.NONE), [Term("uri", CLUB)], (OTHER_CLUB,), False),
        (Condition("birth", (Given("1800"),), Quantifier.NONE), [Term("literal", "1980", datatype=EDTF)], (), False),
        (Condition("birth", (Given("1980"),)), [Term("literal", "1950/2000", datatype=EDTF)], (), False),
        (Condition("birth", (Given("1980"), Given("1981"))), [Term("literal", "1980", datatype=EDTF)], (), False),
        (Condition("organisation", (Given("club"),)), [Term("uri", CLUB)], (CLUB,), False),
        (Condition("office", (Given("master"),)), [Term("uri", CLUB)], (CLUB, OTHER_CLUB), False),
        (Condition("office", (Given("master"),)), [Term("uri", CLUB)], (CLUB,), True),
        (Condition("birth", (Given("1980"),)), [Term("literal", "1979/1980", datatype=EDTF)], (), True),
        (Condition("link", (Given("Q7"),)), [Term("uri", "http://www.wikidata.org/entity/Q7")], (), True),
    ],
)
def test_only_what_few_namesakes_share_settles_who_a_private_person_is(
    condition: Condition, documented: list[Term], meant: tuple[str, ...], *, settles: bool
) -> None:
    asked = Query((Given("Ivo Gull"),), (), TypeRule.ANY, 10, (condition,))
    found = Found(
        hits=[Hit(PRIVATE, 100, "Ivo Gull", {})], meant={given: frozenset(meant) for given in condition.values}
    )
    (best,) = candidates(asked, found, {(PRIVATE.iri, condition.property): documented})

    assert best.score >= 95
    assert best.is_match is settles


@pytest.mark.parametrize("name", ["Mila A. Tern", "Dr Mila Tern", "Tern, Mila", "Мила Терн"])
def test_a_full_name_settles_with_whatever_stands_around_it(name: str) -> None:
    assert matched(query(name), (PUBLIC, 100)) == [PUBLIC.iri]


def test_one_word_is_enough_for_what_is_no_person() -> None:
    assert matched(query("master"), (OFFICE, 100)) == [OFFICE.iri]


def test_what_is_of_another_type_is_no_match_even_where_the_type_is_a_wish() -> None:
    asked = query("Mila Tern", types=("Office",), rule=TypeRule.SHOULD)
    assert matched(asked, (PUBLIC, 100), types=(f"{HAB}Office",)) == []


def test_an_identifier_that_leads_to_two_things_settles_nothing() -> None:
    one = candidates(query("Q1"), Found(identified=(PUBLIC,)), {})
    two = candidates(query("Q1"), Found(identified=(PUBLIC, PRIVATE)), {})

    assert [candidate.is_match for candidate in one] == [True]
    assert [candidate.is_match for candidate in two] == [False, False]


@pytest.mark.parametrize(
    ("types", "conditions", "is_match"),
    [
        ((), (), True),
        (("Person",), (Condition("birth", (Given("1970"),), is_required=True),), True),
        ((), (Condition("birth", (Given("1971"),)),), True),
        ((), (Condition("birth", (Given("1971"),), is_required=True),), False),
        ((), (Condition("shoe", (Given("42"),), is_required=True),), False),
        (("Office",), (), False),
    ],
)
def test_an_identifier_is_no_match_against_a_type_or_what_is_required(
    types: tuple[str, ...], conditions: tuple[Condition, ...], *, is_match: bool
) -> None:
    """It is told all the same: whoever gave it can see what does not fit."""
    asked = Query((Given("Q1"),), types, TypeRule.ANY, 10, conditions)
    found = Found(identified=(PUBLIC,), types=tuple(HAB + name for name in types))
    (best,) = candidates(asked, found, BORN)

    assert best.entry is PUBLIC
    assert best.is_match is is_match


entries = st.sampled_from([PUBLIC, PRIVATE, OFFICE])
hits = st.lists(st.tuples(entries, st.floats(0, 130)), max_size=3, unique_by=lambda hit: hit[0].iri)
known = st.dictionaries(
    st.sampled_from([*properties(), "shoe"]), st.sampled_from(["1970", "1980", "x", ""]), max_size=3
)


@given(hits=hits, name=st.sampled_from(["Mila Tern", "Ivo Gull", "x", ""]), known=known)
def test_at_most_one_is_a_match_it_is_the_best_and_it_stands_apart(
    hits: list[tuple[Entry, float]], name: str, known: dict[str, str]
) -> None:
    found = Found(hits=[Hit(entry, score, entry.names[0], {"weakest": 0.0}) for entry, score in hits])
    ranked = candidates(query(name, **known), found, BORN)
    scores = [candidate.score for candidate in ranked]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)
    assert not any(candidate.is_match for candidate in ranked[1:])
    if ranked and ranked[0].is_match:
        assert scores[0] >= 95
        assert len(scores) == 1 or scores[0] - scores[1] >= 5
        agreed = [value for name, value in ranked[0].features.items() if name.startswith("property:")]
        assert 0.0 not in agreed
        assert ranked[0].entry is not PRIVATE or 1.0 in agreed
