"""What the rules say of disagreements about shares of the votes, and between two counts."""

from __future__ import annotations

import pytest

from tests.rules import NOT_CURRENT, claim, conflict_key, conflicts, kinds

# Shares of the votes

CANDIDACY = conflict_key("situation/candidacy", "share")
STANDS = claim("stands", "situation:candidacy a hab:Candidacy .")


def share(key: str, share: str, rest: str, status: str = "") -> str:
    """A claim about one result of the candidacy; ``rest`` is its election, stage and base."""
    known = f"result:{key} hab:resultOf situation:candidacy ; hab:share {share} ; {rest} ."
    return claim(f"share-{key}", known, status)


FINAL = "hab:inElection election:e2031 ; hab:resultStage result-stage:final"


def test_shares_of_two_bases_differ_by_the_denominator() -> None:
    triples = conflicts(
        STANDS,
        share("a", "83.0", f"{FINAL} ; hab:base election-base:participants"),
        share("b", "84.4", f"{FINAL} ; hab:base election-base:valid-votes"),
    )

    assert triples == {
        (CANDIDACY, "type", "Conflict"),
        (CANDIDACY, "conflictsOnSubject", "candidacy"),
        (CANDIDACY, "conflictsOnProperty", "share"),
        (CANDIDACY, "conflictingClaim", "share-a"),
        (CANDIDACY, "conflictingClaim", "share-b"),
        (CANDIDACY, "conflictingValue", "83"),
        (CANDIDACY, "conflictingValue", "84.4"),
        (CANDIDACY, "conflictKind", "denominator"),
    }


@pytest.mark.parametrize("base", ["hab:base election-base:participants", "hab:base election-base:not-stated", ""])
def test_shares_of_one_base_or_of_an_unknown_one_stay_unexplained(base: str) -> None:
    claims = (
        STANDS,
        share("a", "83.0", f"{FINAL} ; hab:base election-base:participants"),
        share("b", "84.4", f"{FINAL} ; {base}".rstrip("; ")),
    )

    assert kinds(*claims) == {CANDIDACY: {"unexplained"}}


def test_a_base_that_the_editors_work_out_explains_the_shares() -> None:
    claims = (
        STANDS,
        share("a", "77.4", f"{FINAL} ; hab:base election-base:valid-votes"),
        share("b", "75.6", f"{FINAL} ; hab:base election-base:not-stated"),
        claim("editors", "result:b hab:base election-base:participants ."),
    )

    assert kinds(*claims) == {CANDIDACY: {"denominator"}}


def test_a_share_without_a_stage_may_be_of_any_stage() -> None:
    claims = (
        STANDS,
        share("a", "77.4", f"{FINAL} ; hab:base election-base:valid-votes"),
        share("b", "75.6", "hab:inElection election:e2031 ; hab:resultStage result-stage:not-stated"),
    )

    assert kinds(*claims) == {CANDIDACY: {"unexplained"}}


@pytest.mark.parametrize(
    "rest",
    [
        "hab:inElection election:e2031 ; hab:resultStage result-stage:preliminary",
        "hab:inElection election:e2036 ; hab:resultStage result-stage:final",
        "hab:inElection election:e2031-round-2 ; hab:resultStage result-stage:final",
    ],
)
def test_another_stage_election_or_round_is_no_conflict(rest: str) -> None:
    claims = STANDS, share("a", "83.0", f"{FINAL} ; hab:base election-base:participants"), share("b", "82.6", rest)

    assert conflicts(*claims) == set()


def test_equal_shares_are_no_conflict() -> None:
    assert conflicts(STANDS, share("a", "83.0", FINAL), share("b", "83.00", FINAL)) == set()


@pytest.mark.parametrize("status", NOT_CURRENT)
def test_a_share_that_is_not_current_is_in_no_conflict(status: str) -> None:
    assert conflicts(STANDS, share("a", "83.0", FINAL), share("b", "84.4", FINAL, status)) == set()


# Counts beside each other

COUNTS = conflict_key("count/one", "count/other", "value")
STOCK = "hab:measure measure:stock-recognised-prisoners"
TOTAL = "hab:measure measure:released-in-period"
ONE_DAY = """graph:derived {
  count:one hab:notBefore "2031-11-30"^^xsd:date ; hab:notAfter "2031-11-30"^^xsd:date .
  count:other hab:notBefore "2031-11-30"^^xsd:date ; hab:notAfter "2031-11-30"^^xsd:date .
}"""


def two_counts(one: str, other: str, days: str = ONE_DAY) -> tuple[str, str, str]:
    """Two counts with what their claims say of them, and the days that the build derives for them."""
    return claim("one", f"count:one {one} ."), claim("other", f"count:other {other} ."), days


def test_two_counts_as_of_one_day_without_a_common_number_are_a_conflict_about_both() -> None:
    triples = conflicts(*two_counts(f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 1021"))

    assert triples == {
        (COUNTS, "type", "Conflict"),
        (COUNTS, "conflictsOnSubject", "one"),
        (COUNTS, "conflictsOnSubject", "other"),
        (COUNTS, "conflictsOnProperty", "value"),
        (COUNTS, "conflictingClaim", "one"),
        (COUNTS, "conflictingClaim", "other"),
        (COUNTS, "conflictingValue", "833"),
        (COUNTS, "conflictingValue", "1021"),
        (COUNTS, "conflictKind", "unexplained"),
    }


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (f"{STOCK} ; hab:value 833", "hab:measure measure:stock-other-definition ; hab:value 1021", {"definition"}),
        (
            f"{STOCK} ; hab:value 833 ; hab:countingDefinition counting-definition:viasna-political-prisoner",
            f"{STOCK} ; hab:value 1021 ; hab:countingDefinition counting-definition:wider-definition",
            {"definition"},
        ),
        (
            f"{STOCK} ; hab:value 833 ; hab:countingDefinition counting-definition:viasna-political-prisoner",
            f"{STOCK} ; hab:value 1021 ; hab:countingDefinition counting-definition:not-stated",
            {"unexplained"},
        ),
        (f"{STOCK} ; hab:value 1371", f"{STOCK} ; hab:value 1400 ; hab:comparator comparator:about", {"precision"}),
        (f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 1400 ; hab:comparator comparator:about", {"unexplained"}),
        (f"{STOCK} ; hab:value 1278", f"{STOCK} ; hab:value 1250 ; hab:comparator comparator:more-than", {"precision"}),
        (
            f"{STOCK} ; hab:value 1278",
            f"{STOCK} ; hab:value 1300 ; hab:comparator comparator:at-least",
            {"unexplained"},
        ),
        (f"{STOCK} ; hab:value 1190", f"{STOCK} ; hab:value 1200 ; hab:comparator comparator:almost", {"precision"}),
        (f"{TOTAL} ; hab:value 227", "hab:measure measure:pardoned-in-period ; hab:value 207", {"counting-rule"}),
        (
            f'{TOTAL} ; hab:value 115 ; hab:periodStart "2031-07"^^edtf:EDTF',
            f'{TOTAL} ; hab:value 128 ; hab:periodStart "2031-01-01"^^edtf:EDTF',
            {"counting-rule"},
        ),
        (
            f"{TOTAL} ; hab:value 115 ; hab:cutOffInclusive false",
            f"{TOTAL} ; hab:value 146 ; hab:cutOffInclusive true",
            {"cut-off"},
        ),
        (
            f"{TOTAL} ; hab:value 115 ; hab:cutOffInclusive false",
            "hab:measure measure:pardoned-in-period ; hab:value 146 ; hab:cutOffInclusive true",
            {"counting-rule", "cut-off"},
        ),
    ],
)
def test_what_differs_between_two_counts_is_the_kind_of_their_conflict(one: str, other: str, kind: set[str]) -> None:
    assert kinds(*two_counts(one, other)) == {COUNTS: kind}
    assert kinds(*two_counts(other, one)) == {COUNTS: kind}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 833"),
        (f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 160 ; hab:subcountOf count:one"),
        (f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 160 ; hab:characteristic characteristic:woman"),
        (f"{STOCK} ; hab:value 833", f"{TOTAL} ; hab:value 160"),
        (f"{STOCK} ; hab:value 833 ; hab:population place:a", f"{STOCK} ; hab:value 90 ; hab:population place:b"),
        (
            'hab:measure measure:clemency-rounds ; hab:value 3 ; hab:periodStart "2031"^^edtf:EDTF',
            "hab:measure measure:clemency-rounds ; hab:value 7",
        ),
    ],
)
def test_counts_of_different_things_are_no_conflict(one: str, other: str) -> None:
    assert conflicts(*two_counts(one, other)) == set()


def test_counts_as_of_two_days_are_no_conflict() -> None:
    days = ONE_DAY.replace('other hab:notBefore "2031-11-30"', 'other hab:notBefore "2031-11-29"')

    assert conflicts(*two_counts(f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 1021", days)) == set()


def test_a_count_that_is_also_given_as_the_other_s_number_is_no_conflict_between_them() -> None:
    """The disagreement is then one about the count itself."""
    again = claim("again", "count:other hab:value 833 .")
    triples = conflicts(*two_counts(f"{STOCK} ; hab:value 833", f"{STOCK} ; hab:value 1021"), again)

    assert {conflict for conflict, _, _ in triples} == {conflict_key("count/other", "value")}


def test_every_conflict_has_a_kind() -> None:
    about_one = claim("a", "count:stock hab:value 2031 ."), claim("b", "count:stock hab:value 20310702 .")
    triples = conflicts(*about_one, *two_counts(f"{STOCK} ; hab:value 1", f"{STOCK} ; hab:value 2"))
    found = {conflict for conflict, _, _ in triples}

    assert len(found) == 2
    assert {conflict for conflict, name, _ in triples if name == "conflictKind"} == found
