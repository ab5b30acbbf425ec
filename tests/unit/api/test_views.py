"""What stands above the values of a property, and above its subjects on the page of a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Store

from api.terms import Label, Term
from api.views import Property
from kg.vocab import HAB

ONTOLOGY = Path(__file__).parents[3] / "ontology"
# Properties between things, which have pages; values from a code list have none.
BETWEEN_THINGS = """
PREFIX hab: <https://w3id.org/habeas/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?property ?label WHERE {
  ?property a owl:ObjectProperty ; rdfs:label ?label
  FILTER(LANG(?label) = "en") FILTER NOT EXISTS { ?property hab:valuesFrom ?list }
}"""
VERBS = {
    "is",
    "has",
    "had",
    "was",
    "may",
    "affects",
    "announces",
    "enacts",
    "follows",
    "precedes",
    "replaces",
    "undoes",
}
RELATIONS = {"about", "against", "at", "by", "from", "in", "of", "on", "to", "under", "uses", "conflicts"}


def labels() -> list[tuple[str, str]]:
    store = Store()
    for path in sorted(ONTOLOGY.glob("*.ttl")):
        store.load(path=path)
    return [(row["property"].value, row["label"].value) for row in store.query(BETWEEN_THINGS)]  # type: ignore[union-attr, index]


def test_seen_from_its_value_every_property_reads_the_right_way_round() -> None:
    """Somebody is the "candidate" of a candidacy: on their page the candidacy must not be called their candidate."""
    found = labels()
    backwards = [
        heading
        for iri, label in found
        for heading in [Property(Term("uri", iri), ()).seen_from_value({iri: Label(label, "en")}, "X")]
        if not (set(heading.split()) & (VERBS | RELATIONS))
    ]

    assert len(found) > 40
    assert backwards == []


@pytest.mark.parametrize(
    ("name", "label", "heading"),
    [
        ("grantedBy", Label("granted by", "en"), "granted by Anna"),
        ("holder", Label("holder", "en"), "holder of"),
        ("holder", Label("хто займае", "be"), "хто займае Anna"),
    ],
)
def test_a_verb_is_followed_by_the_value_and_an_english_noun_by_of(name: str, label: Label, heading: str) -> None:
    term = Term("uri", HAB + name)

    assert Property(term, ()).seen_from_value({term.value: label}, "Anna") == heading
