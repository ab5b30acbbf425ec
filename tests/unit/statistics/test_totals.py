"""Totals read from a release, explained, and told with the claims behind both sides."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from kg.statistics import ExplainedTotal, report_totals
from tests.unit.statistics.material import claim, freed, release_of, total

if TYPE_CHECKING:
    from pyoxigraph import Store

LIST = (
    freed("summer", "2031-07-02", 18, kind="Release"),
    freed("august", "2031-08-16", 30),
    freed("november", "2031-11-07", 31),
)


def totals_of(store: Store, *asked: int) -> list[ExplainedTotal]:
    return list(report_totals(store, asked=asked).totals)


def test_a_total_is_explained_from_the_list_with_its_claims() -> None:
    (found,) = totals_of(release_of(*LIST, total("t", 48, "2031-11-07")))

    assert (found.total.label, found.total.counter) == ("the total of t", "The gazette")
    assert [statement.claim.iri.rpartition("/")[2] for statement in found.total.statements] == ["total-t"]
    assert [entry.size for entry in found.explanations[0].counted] == [18, 30]
    assert found.documented == 79


def test_the_measure_of_a_total_says_whether_releases_that_were_no_pardon_count() -> None:
    (found,) = totals_of(release_of(*LIST, total("t", 61, "2031-11-07", measure="pardoned-in-period")))

    assert (found.explanations[0].rule.kind or "").endswith("#Pardon")
    assert [entry.label for entry in found.explanations[0].left_out] == ["the freed of summer"]


def test_a_changed_size_makes_a_total_unexplained() -> None:
    """The same question on other data: nothing is known beforehand."""
    changed = (freed("summer", "2031-07-02", 19, kind="Release"), *LIST[1:])
    (found,) = totals_of(release_of(*changed, total("t", 48, "2031-11-07")))

    assert found.explanations == ()
    assert found.documented == 80


def test_a_changed_date_gives_another_explanation() -> None:
    early = (*LIST[:2], freed("november", "2031-06-07", 31))
    (before,) = totals_of(release_of(*LIST, total("t", 79, "2031-11-07")))
    (after,) = totals_of(release_of(*early, total("t", 48, "2031-11-07")))

    assert before.explanations[0].rule.start == date(2031, 1, 1)
    assert after.explanations[0].rule.start == date(2031, 7, 1)


def test_the_editors_reading_of_a_rule_is_compared_and_never_used() -> None:
    said = 'count:t hab:cutOffInclusive {} ; hab:periodStart "2031-07"^^edtf:EDTF .'
    right = claim("e", said.format("false"), source="reference")
    wrong = claim("e", said.format("true"), source="reference")
    claimed = total("t", 48, "2031-11-07")
    (agreed,), (differs,), (silent,) = (totals_of(release_of(*LIST, claimed, *more)) for more in ([right], [wrong], []))

    assert [each.agrees_with_editors for each in (agreed, differs, silent)] == [True, False, None]
    assert agreed.explanations[0].rule == differs.explanations[0].rule == silent.explanations[0].rule


def test_the_start_that_the_source_states_is_taken_from_its_claim() -> None:
    stated = total("t", 48, "2031-11-07", more='; hab:periodStart "2031-07"^^edtf:EDTF')
    (found,) = totals_of(release_of(*LIST, stated))

    assert found.total.question.start == found.explanations[0].rule.start == date(2031, 7, 1)


def test_a_rounded_number_is_not_searched() -> None:
    (found,) = totals_of(release_of(*LIST, total("t", 48, "2031-11-07", more="; hab:comparator comparator:about")))

    assert (found.total.is_exact, found.explanations) == (False, ())


def test_counts_of_a_part_are_no_totals() -> None:
    for part in ("hab:subcountOf count:all", "hab:characteristic <https://w3id.org/habeas/vocab/characteristic/woman>"):
        assert totals_of(release_of(*LIST, total("t", 18, "2031-11-07", more=f"; {part}"))) == []


def test_a_total_that_was_retracted_is_not_told() -> None:
    retracted = claim(
        "t",
        "count:t a hab:Count ; hab:measure measure:released-in-period ; hab:value 48 .",
        status="retracted",
    )

    assert totals_of(release_of(*LIST, retracted)) == []


def test_two_values_of_one_count_are_two_totals() -> None:
    other = claim("b", "count:t hab:value 79 .", speaker="tribune")
    found = totals_of(release_of(*LIST, total("t", 48, "2031-11-07"), other))

    assert sorted(each.total.question.value for each in found) == [48, 79]
    assert all(each.explanations for each in found)


def test_a_number_that_no_claim_gives_is_explained_when_it_is_asked_for() -> None:
    claimed, asked = totals_of(release_of(*LIST, total("t", 48, "2031-11-07")), 48, 79)

    assert claimed.total.statements
    assert asked.total.statements == ()
    assert [entry.size for entry in asked.explanations[0].counted] == [18, 30, 31]


def test_groups_that_may_overlap_are_told() -> None:
    adviser = claim("o", "group:august hab:mayOverlap group:summer, group:elsewhere .", speaker="adviser")
    report = report_totals(release_of(*LIST, adviser))

    assert [
        (s.about.rpartition("/")[2], s.value.rpartition("/")[2], s.claim.speaker_name) for s in report.overlaps
    ] == [("august", "summer", "The adviser")]


def test_an_empty_release_has_no_totals() -> None:
    report = report_totals(release_of())

    assert (report.totals, report.entries) == ((), ())
