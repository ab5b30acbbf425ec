"""The rules of ontology/rules in general, and the envelope of a group's size in particular."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.rules import BASE, CURRENT, NOT_CURRENT, RULES, claim, derived

if TYPE_CHECKING:
    from pathlib import Path

ENVELOPE: Final = "10-group-size-envelope.rq"


def sizes(*trig: str) -> dict[str, str]:
    """The envelope that is derived for the one group of ``trig``."""
    return {predicate: value for _, predicate, value in derived(ENVELOPE, *trig)}


def test_there_are_rules_and_each_names_its_graph_and_its_reason() -> None:
    assert {ENVELOPE, "20-conflicts.rq"} <= {path.name for path in RULES}
    for path in RULES:
        first, second, *_ = path.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(rf"# graph: {BASE}graph/[a-z]+", first), path.name
        assert re.match(r"# \w", second), path.name


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_a_rule_derives_nothing_from_nothing(path: Path) -> None:
    assert derived(path.name) == set()


# The envelope of a group's size


def test_sizes_31_and_30_give_the_envelope_30_to_31() -> None:
    office = claim("office", "group:freed hab:size 31 .")
    activist = claim("activist", "group:freed hab:size 30 .")

    assert derived(ENVELOPE, office, activist) == {("freed", "sizeAtLeast", "30"), ("freed", "sizeAtMost", "31")}


def test_one_size_is_both_ends_of_its_envelope() -> None:
    assert sizes(claim("a", "group:freed hab:size 31 .")) == {"sizeAtLeast": "31", "sizeAtMost": "31"}


def test_numbers_are_compared_as_numbers_and_not_as_text() -> None:
    claims = claim("a", "group:freed hab:size 9 ."), claim("b", "group:freed hab:size 100 .")

    assert sizes(*claims) == {"sizeAtLeast": "9", "sizeAtMost": "100"}


def test_a_group_known_only_from_below_has_no_upper_end() -> None:
    assert sizes(claim("a", "group:arrested hab:sizeAtLeast 101 .")) == {"sizeAtLeast": "101"}


def test_a_group_known_only_from_above_has_no_lower_end() -> None:
    assert sizes(claim("a", "group:arrested hab:sizeAtMost 40 .")) == {"sizeAtMost": "40"}


def test_a_lower_bound_within_the_stated_sizes_leaves_the_upper_end() -> None:
    """'At least 13 of them identified' does not open the range of a group that is said to have 30 persons."""
    claims = claim("a", "group:freed hab:size 30 ."), claim("b", "group:freed hab:sizeAtLeast 13 .")

    assert sizes(*claims) == {"sizeAtLeast": "13", "sizeAtMost": "30"}


def test_a_lower_bound_above_every_stated_size_opens_the_upper_end() -> None:
    """The naive largest number would say 'at most 101' of a group that somebody calls larger than a hundred."""
    claims = claim("a", "group:arrested hab:size 30 ."), claim("b", "group:arrested hab:sizeAtLeast 101 .")

    assert sizes(*claims) == {"sizeAtLeast": "30"}


def test_an_upper_bound_below_every_stated_size_opens_the_lower_end() -> None:
    claims = claim("a", "group:arrested hab:size 30 ."), claim("b", "group:arrested hab:sizeAtMost 20 .")

    assert sizes(*claims) == {"sizeAtMost": "30"}


def test_two_bounds_in_one_claim_are_the_envelope() -> None:
    assert sizes(claim("a", "group:freed hab:sizeAtLeast 20 ; hab:sizeAtMost 25 .")) == {
        "sizeAtLeast": "20",
        "sizeAtMost": "25",
    }


@pytest.mark.parametrize("status", NOT_CURRENT)
def test_a_claim_that_is_not_current_does_not_widen_the_envelope(status: str) -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 3 .", status)

    assert sizes(*claims) == {"sizeAtLeast": "31", "sizeAtMost": "31"}


@pytest.mark.parametrize("status", CURRENT)
def test_a_current_claim_widens_the_envelope(status: str) -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .", status)

    assert sizes(*claims) == {"sizeAtLeast": "30", "sizeAtMost": "31"}


def test_equal_sizes_never_merge_two_groups() -> None:
    claims = claim("a", "group:november-2031 hab:size 31 ."), claim("b", "group:november-2032 hab:size 31 .")

    assert {group for group, _, _ in derived(ENVELOPE, *claims)} == {"november-2031", "november-2032"}


def test_the_envelope_is_read_from_claims_and_not_from_derived_triples() -> None:
    """Running the rules a second time must give the same envelope."""
    earlier_run = "graph:derived { group:freed hab:sizeAtLeast 1 ; hab:sizeAtMost 999 . }"

    assert sizes(claim("a", "group:freed hab:size 31 ."), earlier_run) == {"sizeAtLeast": "31", "sizeAtMost": "31"}
