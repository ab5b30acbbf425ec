"""The search for counting rules: pure, on lists with invented groups."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.statistics import Entry, Explanation, Question, explain

PARDON: Final = "Pardon"
RELEASE: Final = "Release"


def entry(key: str, day: date | None, size: int, *kinds: str) -> Entry:
    """A group with no claims behind it: the search does not read them."""
    return Entry(key, key, frozenset({f"act-{key}"}), frozenset(kinds or (PARDON,)), day, day, size, ())


LIST: Final = (
    entry("minister", date(2030, 5, 4), 1),
    entry("summer", date(2031, 7, 2), 18, RELEASE),
    entry("august", date(2031, 8, 16), 30),
    entry("september", date(2031, 9, 4), 37),
    entry("november", date(2031, 11, 7), 31, PARDON, RELEASE),
    entry("january", date(2032, 1, 18), 23),
    entry("undated", None, 500),
)


def sizes(explanation: Explanation) -> list[int]:
    return [each.size for each in explanation.counted]


def test_the_groups_of_the_last_day_may_be_left_out() -> None:
    best, *_ = explain(Question(85, cut_off=date(2031, 11, 7)), LIST)

    assert sizes(best) == [18, 30, 37]
    assert (best.rule.start, best.rule.is_inclusive) == (date(2031, 1, 1), False)
    assert [each.size for each in best.left_out] == [31]


def test_the_same_day_may_be_counted_in() -> None:
    best, *_ = explain(Question(116, cut_off=date(2031, 11, 7)), LIST)

    assert (sizes(best), best.rule.is_inclusive, best.left_out) == ([18, 30, 37, 31], True, ())


def test_a_total_of_pardons_leaves_out_what_was_no_pardon() -> None:
    best, *_ = explain(Question(98, cut_off=date(2031, 11, 7), kind=PARDON), LIST)

    assert (sizes(best), best.rule.kind, best.rule.price) == ([30, 37, 31], PARDON, 1)
    assert [each.subject for each in best.left_out] == ["summer"]


def test_a_total_of_releases_may_turn_out_to_count_pardons_only_at_a_price() -> None:
    mixed = (
        entry("a", date(2031, 3, 1), 5),
        entry("b", date(2031, 4, 1), 7, RELEASE),
        entry("c", date(2031, 5, 1), 9),
    )
    best, *_ = explain(Question(14, cut_off=date(2031, 5, 1)), mixed)

    assert (sizes(best), best.rule.kind, best.rule.price) == ([5, 9], PARDON, 4)


def test_one_group_may_be_left_out_though_the_rule_takes_it_in() -> None:
    best, *_ = explain(Question(79, cut_off=date(2031, 11, 7)), LIST)

    assert (sizes(best), best.rule.without) == ([18, 30, 31], "september act-september")


def test_the_start_may_be_the_first_of_a_month_or_the_beginning_of_the_list() -> None:
    in_month, *_ = explain(Question(91, cut_off=date(2032, 1, 18), kind=PARDON), LIST)
    from_start, *_ = explain(Question(117, cut_off=date(2031, 11, 7)), LIST)

    assert (in_month.rule.start, sizes(in_month)) == (date(2031, 9, 1), [37, 31, 23])
    assert (from_start.rule.start, sizes(from_start)) == (None, [1, 18, 30, 37, 31])


def test_the_range_of_starts_that_take_in_the_same_is_told() -> None:
    best, *_ = explain(Question(116, cut_off=date(2031, 11, 7)), LIST)

    assert best.earliest_start == date(2030, 5, 5)
    assert best.counted[0].day == date(2031, 7, 2)


def test_the_start_that_the_claim_states_is_preferred_to_a_plainer_one() -> None:
    stated, *_ = explain(Question(116, date(2031, 7, 1), date(2031, 11, 7)), LIST)
    against, *_ = explain(Question(98, date(2031, 7, 1), date(2031, 11, 7)), LIST)

    assert (stated.rule.start, stated.rule.price) == (date(2031, 7, 1), 0)
    assert (against.rule.start, against.rule.kind) == (date(2031, 7, 1), PARDON), "rather another kind than start"


def test_a_total_without_a_last_day_ends_with_a_group_of_the_list() -> None:
    best, *_ = explain(Question(48), LIST)

    assert (best.rule.start, best.rule.cut_off, sizes(best)) == (date(2031, 1, 1), date(2031, 8, 16), [18, 30])


def test_every_list_that_gives_the_total_is_told_once_and_the_plainest_first() -> None:
    twins = (entry("a", date(2031, 3, 1), 10), entry("b", date(2031, 4, 1), 10), entry("c", date(2031, 5, 1), 10))
    found = explain(Question(20, cut_off=date(2031, 5, 1)), twins)

    assert [[each.subject for each in one.counted] for one in found] == [["a", "b"], ["b", "c"], ["a", "c"]]
    assert [one.rule.price for one in found] == [2, 3, 5]


def test_a_total_that_no_rule_gives_is_unexplained() -> None:
    assert explain(Question(499, cut_off=date(2031, 11, 7)), LIST) == []


@pytest.mark.parametrize("value", [0, -1])
def test_nothing_needs_no_explanation(value: int) -> None:
    assert explain(Question(value, cut_off=date(2031, 11, 7)), LIST) == []


def test_an_empty_list_explains_nothing() -> None:
    assert explain(Question(5), ()) == []


def test_a_group_without_a_day_is_in_no_total() -> None:
    assert explain(Question(500), LIST) == []


def test_other_data_give_another_explanation_or_none() -> None:
    """Nothing in the search knows the answer."""
    question = Question(116, cut_off=date(2031, 11, 7))
    one_more = [entry("august", date(2031, 8, 16), 31) if each.subject == "august" else each for each in LIST]
    later = [entry("summer", date(2031, 12, 2), 18, RELEASE) if each.subject == "summer" else each for each in LIST]

    assert explain(question, LIST)
    assert explain(question, one_more) == []
    assert explain(question, later) == []


ENTRIES = st.lists(
    st.builds(
        lambda number, offset, size, kinds: entry(str(number), date(2031, 1, 1) + timedelta(offset), size, *kinds),
        st.integers(0, 10**6),
        st.integers(0, 400),
        st.integers(1, 60),
        st.sets(st.sampled_from([PARDON, RELEASE]), min_size=1),
    ),
    unique_by=lambda each: each.subject,
    max_size=12,
)


@given(ENTRIES, st.integers(1, 200), st.none() | st.integers(0, 400))
def test_every_explanation_adds_up_and_comes_in_order(entries: list[Entry], value: int, offset: int | None) -> None:
    cut_off = None if offset is None else date(2031, 1, 1) + timedelta(offset)
    found = explain(Question(value, cut_off=cut_off), entries)

    assert [one.rule.price for one in found] == sorted(one.rule.price for one in found)
    assert len({frozenset(each.subject for each in one.counted) for one in found}) == len(found)
    for one in found:
        assert sum(each.size for each in one.counted) == value
        assert all(each.day is not None and each.day <= one.rule.cut_off for each in one.counted)


@given(ENTRIES.filter(bool), st.data())
def test_what_was_counted_by_a_plain_rule_is_explained(entries: list[Entry], data: st.DataObject) -> None:
    ordered = sorted(entries, key=lambda each: (each.day or date.max, each.subject))
    last = data.draw(st.sampled_from(ordered)).day
    counted = [each for each in ordered if each.day is not None and last is not None and each.day <= last]
    found = explain(Question(sum(each.size for each in counted), cut_off=last), entries)

    assert {frozenset(each.subject for each in one.counted) for one in found} >= {frozenset(e.subject for e in counted)}
