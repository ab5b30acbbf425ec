"""Disagreements: who gives which value where, and how much is documented."""

from __future__ import annotations

from kg.statistics import DisagreementsReport, report_disagreements
from tests.unit.statistics.material import claim, release_of

KINDS = 'graph:ontology { conflict-kind:cut-off skos:prefLabel "cut-off"@en . hab:size rdfs:label "size"@en . }'


def conflict(kinds: str, subjects: str, prop: str, values: str) -> str:
    """A conflict of the claims a and b as a rule derives it; each argument is a list in Turtle."""
    return (
        f"graph:conflicts {{ conflict:c a hab:Conflict ; hab:conflictKind {kinds} ; "
        f"hab:conflictsOnSubject {subjects} ; hab:conflictsOnProperty {prop} ; "
        f"hab:conflictingClaim claim:a, claim:b ; hab:conflictingValue {values} . }}"
    )


def report_of(*trig: str) -> DisagreementsReport:
    return report_disagreements(release_of(KINDS, *trig))


OFFICE = claim(
    "a", 'group:freed rdfs:label "the freed"@en ; hab:size 31 . group:others hab:size 30 .', speaker="office"
)
ACTIVIST = claim("b", "group:freed hab:size 30 .", speaker="activist")
CONFLICT = conflict("conflict-kind:cut-off", "group:freed", "hab:size", "30, 31")


def test_each_value_is_told_with_who_says_so() -> None:
    """The office also says 30, but of another group."""
    (found,) = report_of(OFFICE, ACTIVIST, CONFLICT).disagreements

    assert (found.kinds, found.subject, found.property) == (("cut-off",), "the freed", "size")
    assert sorted((s.value, s.claim.speaker_name) for s in found.statements) == [
        ("30", "The activist"),
        ("31", "The office"),
    ]


def test_a_conflict_of_two_kinds_and_two_subjects_is_one_disagreement() -> None:
    counts = claim("a", "count:one hab:value 115 ."), claim("b", "count:two hab:value 128 .")
    kinds = "conflict-kind:cut-off, conflict-kind:counting-rule"
    report = report_of(*counts, conflict(kinds, "count:one, count:two", "hab:value", "115, 128"))
    (found,) = report.disagreements

    assert sorted((s.about.rpartition("/")[2], s.value) for s in found.statements) == [("one", "115"), ("two", "128")]
    assert sum(report.conflicts_by_kind.values()) == 2


def test_two_subjects_that_are_linked_keep_their_own_values() -> None:
    counts = claim("a", "count:one hab:value 115 ; hab:subcountOf count:two ."), claim("b", "count:two hab:value 128 .")
    typed = conflict("conflict-kind:cut-off", "count:one, count:two", "hab:value", "115, 128")
    (found,) = report_of(*counts, typed).disagreements

    assert sorted((s.about.rpartition("/")[2], s.value) for s in found.statements) == [("one", "115"), ("two", "128")]


def test_a_value_that_stands_on_a_thing_of_the_subject_is_found_there() -> None:
    results = (
        claim("a", 'count:first hab:share 83.5 ; hab:resultOf event:candidacy ; rdfs:label "of participants"@en .'),
        claim("b", "count:second hab:share 84.4 ; hab:resultOf event:candidacy ."),
    )
    typed = conflict("conflict-kind:denominator", "event:candidacy", "hab:share", "83.5, 84.4")
    (found,) = report_of(*results, typed).disagreements

    assert sorted((s.about.rpartition("/")[2], s.value) for s in found.statements) == [
        ("first", "83.5"),
        ("second", "84.4"),
    ]
    assert "of participants" in found.labels.values()


def test_the_figures_count_current_claims_their_sources_and_speakers() -> None:
    reference = claim("e", "group:freed hab:size 31 .", source="reference", speaker="editors")
    retracted = claim("r", "group:freed hab:size 3 .", source="gone", speaker="nobody", status="retracted")
    report = report_of(OFFICE, ACTIVIST, reference, retracted, CONFLICT)

    assert (report.claims, report.editorial_claims, report.sources, report.speakers) == (3, 1, 2, 3)
    assert report.conflicts_by_kind == {"cut-off": 1}


def test_an_empty_release_has_no_disagreements() -> None:
    report = report_disagreements(release_of())

    assert (report.disagreements, report.claims) == ((), 0)
