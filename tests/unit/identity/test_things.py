"""Which things another dataset is asked about: what nobody's business is there stays here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store

from kg.identity.things import read_things
from kg.vocab import HAB, ID

PREFIXES = """\
@prefix hab: <https://w3id.org/habeas/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix person: <https://w3id.org/habeas/id/person/> .
@prefix event: <https://w3id.org/habeas/id/event/> . @prefix group: <https://w3id.org/habeas/id/group/> .
@prefix situation: <https://w3id.org/habeas/id/situation/> . @prefix place: <https://w3id.org/habeas/id/place/> .
@prefix organisation: <https://w3id.org/habeas/id/organisation/> .
"""
PEOPLE = """
person:minister a hab:Person ; rdfs:label "Minister Tern"@en ; hab:hasPublicRole <urn:role> .
person:k7f3m2qa a hab:Person ; rdfs:label "Ivan Sandpiper"@en .
"""
# Each is asked about under no class at all.
PRIVATE = {
    "a person without a public role": ("person:k7f3m2qa", ""),
    "one with a readable key": ("person:some-one", 'person:some-one a hab:Person ; rdfs:label "N"@en .'),
    "one without a type": ("person:some-one", 'person:some-one rdfs:label "N"@en .'),
    "one of another type": ("person:some-one", 'person:some-one a hab:Organisation ; rdfs:label "N"@en .'),
    "a person who is named otherwise": ("organisation:one", 'organisation:one a hab:Person ; rdfs:label "N"@en .'),
    "a public one with an opaque key": (
        "person:m4p8w2xz",
        'person:m4p8w2xz a hab:Person ; rdfs:label "N"@en ; hab:hasPublicRole <urn:role> .',
    ),
    "an event with an opaque key": ("event:b2c3d4e5", 'event:b2c3d4e5 a hab:Arrest ; rdfs:label "N"@en .'),
    "an event that affects one": (
        "event:x",
        'event:x a hab:Arrest ; rdfs:label "N"@en ; hab:affects person:k7f3m2qa .',
    ),
    "one that affects somebody of whom nothing is said": (
        "event:x",
        'event:x a hab:Arrest ; rdfs:label "N"@en ; hab:affects person:minister , person:unknown .',
    ),
    "a situation of one": (
        "situation:x",
        'situation:x a hab:Candidacy ; rdfs:label "N"@en ; hab:candidate person:k7f3m2qa .',
    ),
    "a group with one": (
        "group:x",
        'group:x a hab:PersonGroup ; rdfs:label "N"@en ; hab:hasMember person:minister , person:k7f3m2qa .',
    ),
    "what affects a group of a group with one": (
        "event:x",
        'event:x a hab:Pardon ; rdfs:label "N"@en ; hab:affects group:all . group:all hab:hasMember group:x . '
        "group:x hab:subgroupOf group:all ; hab:hasMember person:k7f3m2qa .",
    ),
    "a case in which one is": (
        "situation:x",
        'situation:x a hab:LegalCase ; rdfs:label "N"@en . event:y hab:inCase situation:x ; '
        "hab:affects person:k7f3m2qa .",
    ),
    "the event that a situation of one starts with": (
        "event:x",
        'event:x a hab:Arrest ; rdfs:label "N"@en . situation:y hab:startedBy event:x ; hab:affects person:k7f3m2qa .',
    ),
    "an event with the name of one": (
        "event:x",
        'event:x a hab:Arrest ; rdfs:label "arrest of IVAN SANDPIPER, 2020" .',
    ),
    "an organisation with the name of one": (
        "organisation:x",
        'organisation:x a hab:Organisation ; rdfs:label "Friends" ; skos:altLabel "Friends of Ivan  Sandpiper" .',
    ),
}


def store_of(turtle: str) -> Store:
    store = Store()
    store.load((PREFIXES + PEOPLE + turtle).encode(), format=RdfFormat.TURTLE)
    return store


def asked(turtle: str, *classes: str) -> set[str]:
    return {thing.iri.removeprefix(ID) for thing in read_things(store_of(turtle), [HAB + name for name in classes])}


def test_things_are_read_by_class_with_their_names_and_links() -> None:
    (only,) = read_things(
        store_of(
            """organisation:a rdfs:label "A"@en ; skos:altLabel "А"@be ; a <urn:C> ;
            skos:exactMatch <http://o.example/a> .
            organisation:b rdfs:label "B" ; a hab:Organisation . organisation:c a <urn:C> .
            <http://o.example/d> rdfs:label "D" ; a <urn:C> ."""
        ),
        ["urn:C"],
    )

    assert (only.iri, only.names, only.linked) == (
        f"{ID}organisation/a",
        (("A", "en"), ("А", "be")),
        ("http://o.example/a",),
    )


def test_unasked_only_things_of_a_few_classes_are_sent() -> None:
    more = """place:port a hab:Place ; rdfs:label "Port" . organisation:watch a hab:Organisation ; rdfs:label "Watch" .
    event:flood a hab:Protest ; rdfs:label "The great protest" . group:crowd a hab:PersonGroup ; rdfs:label "Crowd" .
    situation:untyped rdfs:label "Untyped" ."""

    assert asked(more) == {"person/minister", "place/port", "organisation/watch"}
    assert asked(more, "Protest") == {"event/flood"}
    assert asked(more, "Protest", "PersonGroup") == {"event/flood", "group/crowd"}


@pytest.mark.parametrize(("thing", "turtle"), PRIVATE.values(), ids=PRIVATE)
def test_what_leads_to_a_private_person_is_never_sent_whatever_is_asked_for(thing: str, turtle: str) -> None:
    store = store_of(turtle + PEOPLE.replace("k7f3m2qa", "n2n3n4n5").replace("Sandpiper", "Plover"))
    kind, _, key = thing.partition(":")
    classes = {str(quad.object.value) for quad in store if quad.predicate.value.endswith("#type")}  # type: ignore[union-attr]
    assert any(quad.subject.value == f"{ID}{kind}/{key}" for quad in store)  # type: ignore[union-attr]

    for wanted in ((), classes):
        sent = {one.iri for one in read_things(store, wanted)}
        assert f"{ID}{kind}/{key}" not in sent
        assert f"{ID}person/minister" in sent


def test_public_persons_do_not_hide_what_they_are_in() -> None:
    more = 'event:x a hab:Award ; rdfs:label "Award to Minister Tern" ; hab:affects person:minister , place:port .'

    assert asked(more, "Award") == {"event/x"}


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_no_way_leads_from_what_is_sent_to_a_private_person(edges: list[tuple[int, int]]) -> None:
    """Number 0 leads to the person; ways may be long, and go round."""
    turtle = "event:n0 hab:affects person:k7f3m2qa ."
    turtle += "".join(f'event:n{n} a hab:Event ; rdfs:label "N" .' for n in range(9))
    turtle += "".join(f"event:n{start} hab:follows event:n{end} ." for start, end in edges)
    reached = {0}
    for _ in range(9):
        reached |= {start for start, end in edges if end in reached}

    assert asked(turtle, "Event") == {f"event/n{n}" for n in set(range(9)) - reached}
