"""Ratios count right answers only, and a query that a peer does not end counts with its deadline."""

from __future__ import annotations

from collections import Counter

import pytest
from processes import Cost
from ratios import Size, growth_table, ratios, ratios_summary
from serve import Asked

RIGHT, WRONG = Counter(["1"]), Counter(["2"])


def took(ms: float, answer: Counter[str] = RIGHT) -> Asked:
    return Asked(seconds=[ms / 1000], answer=answer)


UNENDED = Asked(trouble="no answer after 30.0 s", unanswered=True)
REFUSED = Asked(trouble="500 after 0.1 s")


def test_ratios_say_how_many_times_as_long_the_peers_take() -> None:
    found = ratios("q", {"facade": took(10), "oxigraph": took(400), "virtuoso": took(5)}, 30)

    assert (found.oxigraph, found.virtuoso) == pytest.approx((40, 0.5))
    assert found.to_the_better == pytest.approx(2)
    assert found.wrong == ()


def test_a_peer_with_a_wrong_answer_has_no_ratio() -> None:
    found = ratios("q", {"facade": took(10), "oxigraph": took(400), "virtuoso": took(5, WRONG)}, 30)

    assert (found.oxigraph, found.virtuoso) == (pytest.approx(40), None)
    assert found.to_the_better == pytest.approx(1 / 40)
    assert found.wrong == ("virtuoso",)


def test_an_empty_answer_is_held_against_the_others_too() -> None:
    asked = {"oxigraph": took(400, Counter()), "facade": took(10, Counter()), "virtuoso": took(5)}

    assert ratios("q", asked, 30).wrong == ("virtuoso",)


def test_our_own_wrong_answer_leaves_no_ratio() -> None:
    found = ratios("q", {"facade": took(10, WRONG), "oxigraph": took(400), "virtuoso": took(5)}, 30)

    assert (found.oxigraph, found.virtuoso, found.to_the_better) == (None, None, None)
    assert found.wrong == ("facade",)


def test_what_does_not_end_counts_with_the_deadline_and_what_is_refused_does_not_count() -> None:
    asked = {"facade": took(10), "facade-index": took(99), "oxigraph": UNENDED, "virtuoso": REFUSED}
    found = ratios("q", asked, 30)

    assert (found.oxigraph, found.virtuoso, found.at_least) == (3000, None, True)
    assert "(wrong)" not in ratios_summary([found])


def test_without_oxigraphs_answer_that_of_the_index_is_believed_and_not_ours() -> None:
    asked = {"facade": took(10, WRONG), "facade-index": took(99), "oxigraph": UNENDED, "virtuoso": took(50)}

    assert ratios("q", asked, 30).wrong == ("facade",)


def test_the_summary_has_the_geometric_means_and_the_worst_query() -> None:
    found = [
        ratios("one", {"facade": took(1), "oxigraph": took(100), "virtuoso": took(9)}, 30),
        ratios("two", {"facade": took(10), "oxigraph": took(10), "virtuoso": took(10)}, 30),
    ]

    told = ratios_summary(found)

    assert "10 × as fast as Oxigraph" in told
    assert "3 × as fast as Virtuoso" in told
    assert "two takes 1 × the better" in told


def test_growth_compares_what_was_measured_at_both_sizes() -> None:
    small = Size(1_000, {"a": 5.0, "b": 1.0}, [1.0, 9.0, 2.0], {"columns": Cost(1.0, 1.0, 1.0)})
    large = Size(10_000, {"a": 55.0, "c": 1.0}, [20.0], {"columns": Cost(8.0, 9.0, 1.0)})

    rows = growth_table(small, large).splitlines()[2:]

    assert [row.rsplit("|", 2)[1].strip() for row in rows] == ["11", "10", "8"]
