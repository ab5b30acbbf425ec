"""What is known and what is given: dates that overlap, links, numbers, and what cannot be compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reconciliation.comparing import agreement
from api.reconciliation.properties import properties
from api.reconciliation.requests import Condition, Given, Quantifier
from api.terms import Term
from kg.vocab import EDTF

days = st.dates().filter(lambda day: 1000 <= day.year <= 2999).map(lambda day: day.isoformat())


def agreed(
    name: str, values: list[str], documented: list[str], quantifier: Quantifier = Quantifier.ANY
) -> float | None:
    """How far values agree with those that are documented, as EDTF where they are dates."""
    condition = Condition(name, tuple(Given(value) for value in values), quantifier)
    kind = "uri" if name == "link" else "literal"
    return agreement(condition, properties()[name], [Term(kind, value, datatype=EDTF) for value in documented], {})


@pytest.mark.parametrize(
    ("given_date", "documented", "result"),
    [
        ("1962", "1962-09-25", 1.0),
        ("1962-09", "1962-09-25", 1.0),
        ("1962-09-25", "1962", 1.0),
        ("25.09.1962", "1962-09-25", 1.0),
        ("5.9.1962", "1962-09-05", 1.0),
        ("1962-09-25T00:00:00Z", "1962-09-25", 1.0),
        ("1962-09-25 00:00:00", "1962-09-25", 1.0),
        ("1962-09-26", "1962-09-25", 0.0),
        ("1961", "1962-09-25", 0.0),
        ("2031-05-02", "2031-05-01/2031-05-03", 1.0),
        ("2040", "2031-05-01/..", 1.0),
        ("1989-01", "1989-01-XX", 1.0),
        ("1962-13", "1962", None),
        ("the year of the flood", "1962", None),
        ("1962", "unknown", None),
        ("1962", "..", None),
        ("", "1962", None),
    ],
)
def test_dates_agree_where_their_days_overlap(given_date: str, documented: str, result: float | None) -> None:
    assert agreed("birth", [given_date], [documented]) == result


@given(day=days, other=days)
def test_two_days_agree_if_they_are_one(day: str, other: str) -> None:
    assert agreed("birth", [day], [other]) == float(day == other)
    assert agreed("birth", [day[:4]], [day]) == 1.0


@pytest.mark.parametrize(
    ("values", "quantifier", "result"),
    [
        (["1970", "1980"], Quantifier.ANY, 1.0),
        (["1970", "1980"], Quantifier.ALL, 0.0),
        (["1970"], Quantifier.NONE, 0.0),
        (["1980", "1990"], Quantifier.NONE, 1.0),
        (["1970", "?"], Quantifier.ALL, 1.0),
        (["?"], Quantifier.NONE, None),
        ([], Quantifier.ALL, None),
    ],
)
def test_several_values_are_counted_as_the_client_says(
    values: list[str], quantifier: Quantifier, result: float | None
) -> None:
    assert agreed("birth", values, ["1970-05-02"], quantifier) == result


def test_links_are_one_in_every_spelling() -> None:
    entity = "http://www.wikidata.org/entity/Q42"
    for spelling in ("Q42", "wd:Q42", "wikidata:Q42", "https://www.wikidata.org/wiki/Q42", entity):
        assert agreed("link", [spelling], [entity]) == 1.0, spelling
    assert agreed("link", ["Q43"], [entity]) == 0.0
    assert agreed("link", ["Douglas"], [entity]) is None


def test_numbers_are_compared_as_numbers() -> None:
    assert agreed("size", ["12"], ["12"]) == 1.0
    assert agreed("size", ["12.0"], ["12"]) == 1.0
    assert agreed("size", ["13"], ["12", "13"]) == 1.0
    assert agreed("size", ["13"], ["12"]) == 0.0
    assert agreed("size", ["a dozen"], ["12"]) is None


@given(value=st.text(max_size=30), documented=st.lists(st.text(max_size=30), max_size=3))
def test_nothing_breaks_a_comparison(value: str, documented: list[str]) -> None:
    for name in properties():
        assert agreed(name, [value], documented) in (None, 0.0, 1.0)
    assert agreed("name", [value], [value]) == 1.0
