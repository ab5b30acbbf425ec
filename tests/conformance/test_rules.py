"""Each rule of ontology/rules derives what it says from small data, and nothing from claims that are not current."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

ONTOLOGY: Final = Path(__file__).parents[2] / "ontology"
RULES: Final = tuple(sorted((ONTOLOGY / "rules").glob("*.rq")))
ENVELOPE: Final = "10-group-size-envelope.rq"
CONFLICTS: Final = "20-conflicts.rq"

BASE: Final = "https://w3id.org/habeas/"
PREFIXES: Final = "\n".join(
    f"@prefix {name}: <{iri}> ."
    for name, iri in {
        "hab": f"{BASE}ontology#",
        "claim": f"{BASE}claim/",
        "claim-status": f"{BASE}vocab/claim-status/",
        "conflict-kind": f"{BASE}vocab/conflict-kind/",
        "count": f"{BASE}id/count/",
        "edtf": "http://id.loc.gov/datatypes/edtf/",
        "event": f"{BASE}id/event/",
        "graph": f"{BASE}graph/",
        "group": f"{BASE}id/group/",
        "tenure": f"{BASE}id/tenure/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }.items()
)
CURRENT: Final = ("", "asserted", "corrected")
NOT_CURRENT: Final = ("retracted", "superseded")


def claim(key: str, content: str, status: str = "") -> str:
    """A claim that says ``content`` (Turtle), with its record in the provenance graph."""
    state = f"; hab:claimStatus claim-status:{status}" if status else ""
    return f"claim:{key} {{ {content} }}\ngraph:provenance {{ claim:{key} a hab:Claim {state} . }}"


def store_of(*trig: str) -> ox.Store:
    """The claims, the ontology, and the default graph as a release has it: every triple once more, in no graph."""
    store = ox.Store()
    store.load("\n".join((PREFIXES, *trig)).encode(), format=ox.RdfFormat.TRIG)
    for path in sorted(ONTOLOGY.glob("*.ttl")):
        store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(f"{BASE}graph/ontology"))
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return store


def derived(rule: str, *trig: str) -> set[tuple[str, str, str]]:
    """What ``rule`` derives from ``trig``, each triple as its terms' last words."""
    triples = store_of(*trig).query((ONTOLOGY / "rules" / rule).read_text(encoding="utf-8"))
    assert isinstance(triples, ox.QueryTriples)
    return {(word(triple.subject), word(triple.predicate), word(triple.object)) for triple in triples}


def word(term: object) -> str:
    """The last part of an IRI, or the text of a literal."""
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return re.split(r"[/#]", term.value)[-1] if isinstance(term, ox.NamedNode) else term.value


def conflict_key(subject: str, property_name: str) -> str:
    """The key of a conflict, as a reviewer would work it out to type it."""
    return hashlib.sha256(f"{BASE}id/{subject}|{BASE}ontology#{property_name}".encode()).hexdigest()[:16]


def sizes(*trig: str) -> dict[str, str]:
    """The envelope that is derived for the one group of ``trig``."""
    return {predicate: value for _, predicate, value in derived(ENVELOPE, *trig)}


def test_there_are_rules_and_each_names_its_graph_and_its_reason() -> None:
    assert {ENVELOPE, CONFLICTS} <= {path.name for path in RULES}
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


# Conflicts


def test_sizes_31_and_30_are_one_conflict_with_two_claims() -> None:
    office = claim("office", "group:freed hab:size 31 .")
    activist = claim("activist", "group:freed hab:size 30 .")
    key = conflict_key("group/freed", "size")

    assert derived(CONFLICTS, office, activist) == {
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

    assert derived(CONFLICTS, *claims) == set()


def test_one_number_written_in_two_ways_is_no_conflict() -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", 'group:freed hab:size "031"^^xsd:integer .')

    assert derived(CONFLICTS, *claims) == set()


def test_three_claims_of_two_values_are_one_conflict_with_all_three() -> None:
    claims = (claim(key, f"group:freed hab:size {size} .") for key, size in (("a", 31), ("b", 30), ("c", 31)))
    triples = derived(CONFLICTS, *claims)

    assert {value for _, name, value in triples if name == "conflictingClaim"} == {"a", "b", "c"}
    assert {value for _, name, value in triples if name == "conflictingValue"} == {"30", "31"}
    assert len({conflict for conflict, _, _ in triples}) == 1


def test_a_claim_that_gives_two_values_is_in_conflict_with_itself() -> None:
    triples = derived(CONFLICTS, claim("a", "group:freed hab:size 31, 30 ."))

    assert {value for _, name, value in triples if name == "conflictingClaim"} == {"a"}


@pytest.mark.parametrize("status", NOT_CURRENT)
def test_a_claim_that_is_not_current_is_in_no_conflict(status: str) -> None:
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .", status)

    assert derived(CONFLICTS, *claims) == set()


def test_of_a_conflict_the_claims_that_are_not_current_are_left_out() -> None:
    claims = (
        claim("a", "group:freed hab:size 31 ."),
        claim("b", "group:freed hab:size 30 .", "corrected"),
        claim("c", "group:freed hab:size 3 .", "retracted"),
    )
    triples = derived(CONFLICTS, *claims)

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
    triples = derived(CONFLICTS, claim("a", f"{subject} {first} ."), claim("b", f"{subject} {second} ."))

    assert {name for _, name, _ in triples} >= {"conflictKind", "conflictingClaim", "conflictingValue"}


def test_properties_that_may_have_many_values_are_in_no_conflict() -> None:
    claims = (
        claim("a", "group:freed hab:hasMember <x:ivanova> ; hab:sizeAtLeast 20 ."),
        claim("b", "group:freed hab:hasMember <x:petrov> ; hab:sizeAtLeast 25 ."),
    )

    assert derived(CONFLICTS, *claims) == set()


def test_a_property_that_data_declare_single_valued_is_not_taken_for_one() -> None:
    """Only the ontology says so; a claim cannot make other people's claims conflict."""
    declaration = claim("x", "hab:hasMember a hab:SingleValuedProperty .")
    claims = claim("a", "group:freed hab:hasMember <x:ivanova> ."), claim("b", "group:freed hab:hasMember <x:petrov> .")

    assert derived(CONFLICTS, declaration, *claims) == set()


def test_a_reviewer_types_a_conflict_with_a_claim_about_it() -> None:
    key = conflict_key("group/freed", "size")
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:cut-off .")

    kinds = {
        (conflict, value) for conflict, name, value in derived(CONFLICTS, *claims, review) if name == "conflictKind"
    }
    assert kinds == {(key, "cut-off")}


def test_a_retracted_review_leaves_the_conflict_unexplained() -> None:
    key = conflict_key("group/freed", "size")
    claims = claim("a", "group:freed hab:size 31 ."), claim("b", "group:freed hab:size 30 .")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:cut-off .", "retracted")

    kinds = {value for _, name, value in derived(CONFLICTS, *claims, review) if name == "conflictKind"}
    assert kinds == {"unexplained"}


def test_a_review_of_one_conflict_leaves_the_others_unexplained() -> None:
    groups = ("freed", "arrested")
    claims = [claim(f"{group}-{size}", f"group:{group} hab:size {size} .") for group in groups for size in (30, 31)]
    freed = conflict_key("group/freed", "size")
    review = claim("editors", f"<{BASE}id/conflict/{freed}> hab:conflictKind conflict-kind:cut-off .")

    kinds = {
        (conflict, value) for conflict, name, value in derived(CONFLICTS, *claims, review) if name == "conflictKind"
    }
    assert kinds == {(freed, "cut-off"), (conflict_key("group/arrested", "size"), "unexplained")}


def test_a_review_without_a_conflict_derives_nothing() -> None:
    key = conflict_key("group/freed", "size")
    review = claim("editors", f"<{BASE}id/conflict/{key}> hab:conflictKind conflict-kind:cut-off .")

    assert derived(CONFLICTS, claim("a", "group:freed hab:size 31 ."), review) == set()
