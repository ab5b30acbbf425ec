"""What the rules say of disagreements: each conflict is found once, with its claims, and has a kind."""

from __future__ import annotations

import pytest

from tests.rules import BASE, NOT_CURRENT, claim, conflict_key, conflicts, kinds

# Conflicts about one thing


def test_sizes_31_and_30_are_one_conflict_with_two_claims() -> None:
    office = claim("office", "group:freed hab:size 31 .")
    activist = claim("activist", "group:freed hab:size 30 .")
    key = conflict_key("group/freed", "size")

    assert conflicts(office, activist) == {
        (key, "type", "Conflict"),
        (key, "conflictsOnSubject", "freed"),
        (key, "conflictsOnProperty", "size"),
        (key, "conflictingClaim", "office"),
        (key, "conflictingClaim", "activist"),
        (key, "conflictingValue", "31"),
        (key, "conflictingValue", "30"),
        (key, "conflictKind", "unexplained"),
    }


def test_two_claims_of_the_same_value_are_no_conflict() -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 31 .")

    assert conflicts(*claims) == set()


def test_one_number_written_in_two_ways_is_no_conflict() -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", 'group:freed hab:size "031"^^xsd:integer .')

    assert conflicts(*claims) == set()


def test_three_claims_of_two_values_are_one_conflict_with_all_three() -> None:
    claims = (claim(key, f"group:freed hab:size {size} .") for key, size in (("a", 31), ("b", 30), ("c", 31)))
    triples = conflicts(*claims)

    assert {value for _, name, value in triples if name == "conflictingClaim"} == {"a", "b", "c"}
    assert {value for _, name, value in triples if name == "conflictingValue"} == {"30", "31"}
    assert len({conflict for conflict, _, _ in triples}) == 1


def test_a_claim_that_gives_two_values_is_in_conflict_with_itself() -> None:
    triples = conflicts(claim("a", "group:freed hab:size 31, 30 ."))

    assert {value for _, name, value in triples if name == "conflictingClaim"} == {"a"}


@pytest.mark.parametrize("status", NOT_CURRENT)
def test_a_claim_that_is_not_current_is_in_no_conflict(status: str) -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .", status)

    assert conflicts(*claims) == set()


def test_of_a_conflict_the_claims_that_are_not_current_are_left_out() -> None:
    claims = (
        claim("a", "group:freed hab:size 31 ."),
        claim("b", "group:freed hab:size 30 .", "corrected"),
        claim("c", "group:freed hab:size 3 .", "retracted"),
    )
    triples = conflicts(*claims)

    assert {value for _, name, value in triples if name == "conflictingClaim"} == {"a", "b"}
    assert {value for _, name, value in triples if name == "conflictingValue"} == {"30", "31"}


@pytest.mark.parametrize(
    ("subject", "first", "second"),
    [
        ("event:pardon", 'hab:when "2031-11-20"^^edtf:EDTF', 'hab:when "2031-11-21"^^edtf:EDTF'),
        ("count:stock", "hab:value 1278", "hab:value 1287"),
        ("tenure:second", "hab:termNumber 2", "hab:termNumber 3"),
    ],
)
def test_every_single_valued_property_of_the_ontology_can_conflict(subject: str, first: str, second: str) -> None:
    triples = conflicts(claim("a", f"{subject} {first} ."), claim("b", f"{subject} {second} ."))

    assert {name for _, name, _ in triples} >= {"conflictKind", "conflictingClaim", "conflictingValue"}


def test_properties_that_may_have_many_values_are_in_no_conflict() -> None:
    claims = (
        claim("a", "group:freed hab:hasMember <x:ivanova> ; hab:sizeAtLeast 20 ."),
        claim("b", "group:freed hab:hasMember <x:petrov> ; hab:sizeAtLeast 25 ."),
    )

    assert conflicts(*claims) == set()


def test_a_property_that_data_declare_single_valued_is_not_taken_for_one() -> None:
    """Only the ontology says so; a claim cannot make other people's claims conflict."""
    declaration = claim("x", "hab:hasMember a hab:SingleValuedProperty .")
    claims = claim("a", "group:freed hab:hasMember <x:ivanova> ."), claim("b", "group:freed hab:hasMember <x:petrov> .")

    assert conflicts(declaration, *claims) == set()


def test_a_reviewer_types_a_conflict_with_a_claim_about_it() -> None:
    key = conflict_key("group/freed", "size")
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:cut-off .")

    kinds = {(conflict, value) for conflict, name, value in conflicts(*claims, review) if name == "conflictKind"}
    assert kinds == {(key, "cut-off")}


def test_a_retracted_review_leaves_the_conflict_unexplained() -> None:
    key = conflict_key("group/freed", "size")
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:cut-off .", "retracted")

    assert kinds(*claims, review) == {key: {"unexplained"}}


def test_a_review_of_one_conflict_leaves_the_others_unexplained() -> None:
    groups = ("freed", "arrested")
    claims = [claim(f"{group}-{size}", f"group:{group} hab:size {size} .") for group in groups for size in (30, 31)]
    freed = conflict_key("group/freed", "size")
    review = claim("editors", f"<{BASE}id/conflict/{freed}> hab:conflictKind conflict-kind:cut-off .")

    kinds = {(conflict, value) for conflict, name, value in conflicts(*claims, review) if name == "conflictKind"}
    assert kinds == {(freed, "cut-off"), (conflict_key("group/arrested", "size"), "unexplained")}


def test_a_review_without_a_conflict_derives_nothing() -> None:
    key = conflict_key("group/freed", "size")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:cut-off .")

    assert conflicts(claim("a", "group:freed hab:size 31 ."), review) == set()


def test_what_a_reviewer_says_goes_before_what_a_rule_could_tell() -> None:
    key = conflict_key("event/pardon", "when")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:transcription .")

    assert kinds(*dates("2031-07", "2031-07-02"), review) == {key: {"transcription"}}


# Dates


def dates(*texts: str) -> list[str]:
    """Claims that each date one pardon; a text may end in the kind of date, "2031-05-16 decree-signed"."""
    claims = []
    for number, text in enumerate(texts):
        date, _, kind = text.partition(" ")
        what = f"; hab:dateKind date-kind:{kind}" if kind else ""
        claims.append(claim(f"date-{number}", f'event:pardon hab:when "{date}"^^edtf:EDTF {what} .'))
    return claims


PARDON = conflict_key("event/pardon", "when")


@pytest.mark.parametrize(
    "texts",
    [
        ("2031-07", "2031-07-02"),
        ("2031", "2031-07-02"),
        ("2031", "2031-07"),
        ("2031", "2031-07", "2031-07-02"),
        ("2031-07-XX", "2031-07-02"),
        ("2031", "2031-22"),
        ("2031-07", "2031-07-02/2031-07-05"),
        ("2031-10-28/2031-11-03", "2031-10-30"),
        ("2031-10-28/2031-11-03", "2031-11-03"),
        ("2031-10-28/2031-11-03", "2031-10-29/2031-11-01"),
    ],
)
def test_a_finer_date_within_a_coarser_one_differs_in_precision(texts: tuple[str, ...]) -> None:
    assert kinds(*dates(*texts)) == {PARDON: {"precision"}}


@pytest.mark.parametrize(
    "texts",
    [
        ("2031-07", "2031-08-02"),
        ("2031-07-02", "2031-07-03"),
        ("2031", "2031-07-02", "2031-07-03"),
        ("2031-1", "2031-11-02"),
        ("2031-07~", "2031-07-02"),
        ("2031-10-28/2031-11-03", "2031-11-04"),
        ("2031-10-28/2031-11-03", "2031-10-30/2031-11-04"),
        ("2031-07", "2031-07-31/2031-08-01"),
        ("2031-07-02/..", "2031-07-02"),
    ],
)
def test_dates_that_do_not_lie_within_each_other_stay_unexplained(texts: tuple[str, ...]) -> None:
    assert kinds(*dates(*texts)) == {PARDON: {"unexplained"}}


def test_dates_of_different_moments_differ_in_the_kind_of_date() -> None:
    assert kinds(*dates("2031-05-16 decree-signed", "2031-05-22 announcement")) == {PARDON: {"date-kind"}}


@pytest.mark.parametrize(
    "texts",
    [
        ("2031-05-16 announcement", "2031-05-22 announcement"),
        ("2031-05-16 decree-signed", "2031-05-22"),
        ("2031-05-16 decree-signed", "2031-05-22 announcement", "2031-05-23 announcement"),
    ],
)
def test_dates_of_one_moment_or_of_an_unknown_one_stay_unexplained(texts: tuple[str, ...]) -> None:
    assert kinds(*dates(*texts)) == {PARDON: {"unexplained"}}


def test_numbers_are_never_taken_for_dates() -> None:
    claims = claim("a", "count:stock hab:value 2031 ."), claim("b", "count:stock hab:value 20310702 .")

    assert kinds(*claims) == {conflict_key("count/stock", "value"): {"unexplained"}}
