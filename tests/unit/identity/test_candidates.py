"""What is asked of another dataset, and what of its answers becomes a candidate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.errors import SourceError
from kg.identity import read_decisions
from kg.identity.candidates import (
    Candidate,
    Undecided,
    propose,
    query_by_identity,
    query_by_name,
    written,
)
from kg.identity.things import Thing
from kg.vocab import ID
from tests.unit.identity.test_judgements import HEAD, row

VIASNA = Thing(f"{ID}organisation/watch", (("Harbour Watch", "en"), ("Портовая варта", "be")))
OTHER = "http://www.wikidata.org/entity/Q1"
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")


def named(thing: str, name: str, kind: str = "uri") -> dict[str, dict[str, str]]:
    return {"thing": {"type": kind, "value": thing}, "name": {"type": "literal", "value": name}}


def test_the_query_finds_each_name_with_its_language_and_without_one() -> None:
    store = Store()
    for number, literal in enumerate(
        [Literal("Harbour Watch"), Literal("Портовая варта", language="be"), Literal("Harbour Watch", language="de")]
    ):
        store.add(Quad(NamedNode(f"http://example.org/{number}"), LABEL, literal))
    found = {str(solution["thing"]) for solution in store.query(query_by_name([VIASNA]))}  # type: ignore[union-attr,index]

    assert found == {"<http://example.org/0>", "<http://example.org/1>"}


@given(st.text(min_size=1, max_size=40), st.sampled_from(["en", "be-tarask", "x y", '"']))
def test_no_name_of_ours_breaks_out_of_the_query(name: str, language: str) -> None:
    store = Store()
    store.add(Quad(NamedNode("http://example.org/x"), LABEL, Literal(name)))
    found = list(store.query(query_by_name([Thing(ID + "x/y", ((name, language),))])))  # type: ignore[arg-type]

    assert len(found) <= 1


def test_what_is_linked_already_is_looked_for_too() -> None:
    thing = Thing(VIASNA.iri, VIASNA.names, linked=("https://viaf.org/viaf/1", "no iri> <"))
    query = query_by_identity([thing, VIASNA])
    same = [{"thing": {"type": "uri", "value": OTHER}, "known": {"type": "uri", "value": "https://viaf.org/viaf/1"}}]

    assert "<https://viaf.org/viaf/1>" in query
    assert "no iri" not in query
    assert query_by_identity([VIASNA]) == ""
    assert [(c.object, c.method, c.confidence) for c in propose([thing], [], same)] == [(OTHER, "MappingChaining", 0.9)]


def test_a_name_alone_is_never_sure() -> None:
    (candidate,) = propose([VIASNA], [named(OTHER, "harbour watch")], [])

    assert candidate.confidence == 0.8
    assert (candidate.subject, candidate.object) == (VIASNA.iri, OTHER)


def test_an_endpoint_that_answers_something_else_gives_no_candidate() -> None:
    """What has no name like ours, though it was returned for one."""
    assert propose([VIASNA], [named(OTHER, "Department of Fish")], []) == []


@pytest.mark.parametrize(
    "thing",
    [
        "http://example.org/a> . <a:b> <c:d> <e:f",
        "javascript:alert(1)",
        "urn:x",
        "",
        "http://exa mple.org/",
        "http://example.org/\t",
        "http://example.org/" + "x" * 3000,
        "https://w3id.org/habeas/id/person/other",
        "https://w3id.org/habeas/claim/a2b3c4d5",
    ],
)
def test_a_name_that_could_do_harm_is_no_candidate(thing: str) -> None:
    assert propose([VIASNA], [named(thing, "Harbour Watch")], []) == []
    assert propose([VIASNA], [named(OTHER, "Harbour Watch", kind="bnode")], []) == []


def test_many_names_of_one_thing_are_bounded() -> None:
    rows = [named(OTHER, f"Name {number}") for number in range(5000)] + [named(OTHER, "Harbour Watch")]
    assert propose([VIASNA], rows, []) == []


def test_each_form_of_an_item_is_one_candidate() -> None:
    rows = [named(OTHER, "Harbour Watch"), named("https://www.wikidata.org/wiki/Q1", "Harbour Watch")]
    assert [candidate.object for candidate in propose([VIASNA], rows, [])] == [OTHER]


def test_what_has_been_decided_is_not_proposed_again() -> None:
    rows = [
        row(object_id="wd:Q1", predicate_modifier="Not"),
        row(subject_id="person:petrova", object_id="wd:Q2", predicate_id="skos:closeMatch"),
        row(subject_id="person:matched", object_id="wd:Q3"),
        row(subject_id="person:old", predicate_id="dcterms:isReplacedBy", object_id="person:new"),
        row(subject_id="person:old", object_id="wd:Q4", predicate_modifier="Not"),
    ]
    undecided = Undecided(read_decisions([("x", (HEAD + "".join(rows)).encode())]))
    wd = "http://www.wikidata.org/entity/"

    assert not undecided.is_open(f"{ID}person/ivanova", f"{wd}Q1"), "decided against"
    assert undecided.is_open(f"{ID}person/ivanova", f"{wd}Q2"), "another item is open still"
    assert not undecided.is_open(f"{ID}person/petrova", f"{wd}Q2"), "linked"
    assert not undecided.is_open(f"{ID}person/matched", f"{wd}Q9"), "its exact match there is known"
    assert undecided.is_open(f"{ID}person/matched", "https://example.org/9"), "but not in another dataset"
    assert not undecided.is_open(f"{ID}person/new", f"{wd}Q4"), "decided against before the merge"


def test_a_file_of_candidates_is_sssom_that_the_build_refuses_until_somebody_decides() -> None:
    text = written(
        [Candidate(VIASNA.iri, OTHER, 0.8, "LexicalMatching", 'A "b|c', "d")], endpoint="http://example.org/"
    )
    with pytest.raises(SourceError, match="Nobody has decided"):
        read_decisions([("x", text.encode())])
    decided = text.replace("confidence\t", "reviewer_id\tconfidence\t").replace(
        "\t0.8\t", "\thttps://orcid.org/0000-0001\t0.8\t"
    )
    decided = decided.replace("status=proposed", "").replace("skos:closeMatch", "skos:exactMatch")

    (decision,) = read_decisions([("x", decided.encode())])
    assert (decision.judgement.subject, decision.judgement.object) == (VIASNA.iri, OTHER)
