"""The list of who went free: everybody once, with the claims behind it."""

from __future__ import annotations

from datetime import date

from kg.statistics import Entry, read_claims, read_entries
from tests.unit.statistics.material import claim, freed, release_of


def entries_of(*trig: str) -> dict[str, Entry]:
    """The list by the last word of each subject."""
    store = release_of(*trig)
    return {entry.subject.rpartition("/")[2]: entry for entry in read_entries(store, read_claims(store))}


def test_a_group_is_one_entry_however_many_acts_and_claims_tell_of_it() -> None:
    later = claim("b", 'event:release a hab:Release ; hab:affects group:may ; hab:when "2031-05-06"^^edtf:EDTF .')
    (entry,) = entries_of(freed("may", "2031-05-03", 31), later).values()

    assert (entry.size, entry.day, entry.last_day) == (31, date(2031, 5, 3), date(2031, 5, 6))
    assert {kind.rpartition("#")[2] for kind in entry.kinds} == {"Pardon", "Release"}
    assert {statement.value for statement in entry.statements} == {"31", "2031-05-03", "2031-05-06"}


def test_of_two_sizes_the_one_that_more_claims_give_is_taken_and_both_are_shown() -> None:
    others = [claim(key, f"group:may hab:size {size} .", speaker=key) for key, size in (("b", 30), ("c", 30))]
    entry = entries_of(freed("may", "2031-05-03", 31), *others)["may"]

    assert entry.size == 30
    assert sorted((s.value, s.claim.speaker_name) for s in entry.statements if s.property.endswith("size")) == [
        ("30", "The b"),
        ("30", "The c"),
        ("31", "The gazette"),
    ]


def test_of_two_sizes_that_equally_many_give_the_larger_is_taken() -> None:
    assert entries_of(freed("may", "2031-05-03", 31), claim("b", "group:may hab:size 30 ."))["may"].size == 31


def test_of_two_sizes_that_equally_many_give_the_surer_is_taken() -> None:
    other = claim("b", "group:may hab:size 30 .")
    surer = "graph:provenance { claim:b hab:confidence confidence:medium . }"

    assert entries_of(freed("may", "2031-05-03", 31), other, surer)["may"].size == 30


def test_a_retracted_claim_gives_no_size_and_no_evidence() -> None:
    retracted = [claim(key, "group:may hab:size 99 .", status="retracted") for key in ("b", "c")]
    entry = entries_of(freed("may", "2031-05-03", 31), *retracted)["may"]

    assert entry.size == 31
    assert "99" not in {statement.value for statement in entry.statements}


def test_a_person_is_an_entry_of_one() -> None:
    pardon = 'event:p a hab:Pardon ; hab:affects person:ivanova ; hab:when "2031"^^edtf:EDTF .'
    entry = entries_of(claim("a", f"person:ivanova a hab:Person . {pardon}"))["ivanova"]

    assert (entry.size, entry.day) == (1, date(2031, 1, 1))
    assert [statement.property.rpartition("#")[2] for statement in entry.statements] == ["affects", "when"]


def test_a_person_freed_on_two_occasions_is_two_entries() -> None:
    store = release_of(
        claim(
            "a",
            "person:ivanova a hab:Person . "
            'event:one a hab:Release ; hab:affects person:ivanova ; hab:when "2031-05"^^edtf:EDTF . '
            'event:two a hab:Release ; hab:affects person:ivanova ; hab:when "2033-05"^^edtf:EDTF .',
        )
    )

    assert [entry.day for entry in read_entries(store, read_claims(store))] == [date(2031, 5, 1), date(2033, 5, 1)]


def test_a_pardon_and_the_release_that_follows_it_are_one_occasion_of_a_person() -> None:
    entry = entries_of(
        claim(
            "a",
            "person:ivanova a hab:Person . "
            'event:one a hab:Pardon ; hab:affects person:ivanova ; hab:when "2031-05-01"^^edtf:EDTF . '
            "event:two a hab:Release ; hab:follows event:one ; hab:affects person:ivanova ; "
            'hab:when "2031-05-20"^^edtf:EDTF .',
        )
    )["ivanova"]

    assert (entry.day, entry.last_day, len(entry.acts)) == (date(2031, 5, 1), date(2031, 5, 20), 2)


def test_subgroups_and_members_are_not_counted_beside_their_group() -> None:
    women = freed("women", "", 3, more="group:women hab:subgroupOf group:may .")
    member = claim(
        "m",
        "person:ivanova a hab:Person . group:women hab:hasMember person:ivanova . "
        'event:home a hab:Release ; hab:affects person:ivanova ; hab:when "2031-05-03"^^edtf:EDTF .',
    )

    assert set(entries_of(freed("may", "2031-05-03", 31), women, member)) == {"may"}


def test_a_member_who_was_freed_at_another_time_too_is_counted_for_that() -> None:
    member = claim(
        "m",
        "person:ivanova a hab:Person . group:may hab:hasMember person:ivanova . "
        'event:before a hab:Release ; hab:affects person:ivanova ; hab:when "2021-06"^^edtf:EDTF .',
    )

    assert set(entries_of(freed("may", "2031-05-03", 31), member)) == {"ivanova", "may"}


def test_an_act_that_is_a_part_of_another_one_is_not_counted_beside_it() -> None:
    part = freed("first-bus", "2031-05-03", 12, kind="Release", more="event:first-bus hab:partOf event:may .")

    assert set(entries_of(freed("may", "2031-05-03", 31), part)) == {"may"}


def test_an_act_that_was_undone_is_not_in_the_list() -> None:
    rescission = claim("r", "event:rescission a hab:PardonRescission ; hab:undoes event:may .")

    assert entries_of(freed("may", "2031-05-03", 31), rescission) == {}


def test_a_group_without_a_size_and_the_population_of_a_total_are_not_in_the_list() -> None:
    unnumbered = claim("a", "event:x a hab:Release ; hab:affects group:x . group:x a hab:PersonGroup .")
    population = freed("all-year", "2031", 115, kind="Release")
    running = claim("t", "count:t hab:measure measure:released-in-period ; hab:population group:all-year .")

    assert entries_of(unnumbered, population, running) == {}


def test_an_entry_without_a_date_stands_at_the_end() -> None:
    assert list(entries_of(freed("undated", "", 18), freed("may", "2031-05-03", 31))) == ["may", "undated"]


def test_a_subclass_of_release_is_a_release() -> None:
    narrower = "graph:ontology { hab:ParoleRelease rdfs:subClassOf hab:Release . }"

    assert set(entries_of(narrower, freed("may", "2031-05-03", 4, kind="ParoleRelease"))) == {"may"}
