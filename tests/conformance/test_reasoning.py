"""A reasoner finds no contradiction in the ontology with all data, and concludes of nobody what nobody said."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import owlrl
import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, Graph

from kg.resources import ontology_files

if TYPE_CHECKING:
    from rdflib.term import Node

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = tuple(sorted(ROOT.glob("data/*/*.trig")))
ALIGNMENTS: Final = (*sorted(ROOT.glob("ontology/alignments/*.ttl")), *sorted(ROOT.glob("ontology/mappings/*.ttl")))
HAB: Final = "https://w3id.org/habeas/ontology#"

PREFIXES: Final = """\
@prefix hab: <https://w3id.org/habeas/ontology#> .
@prefix person: <https://w3id.org/habeas/id/person/> .
@prefix event: <https://w3id.org/habeas/id/event/> .
@prefix group: <https://w3id.org/habeas/id/group/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def flat(*paths: Path) -> str:
    """All triples of the files but words for readers, without their graphs, as N-Triples."""
    quads = (quad for path in paths for quad in ox.parse(path=path))
    triples = [quad.triple for quad in quads if not (isinstance(quad.object, ox.Literal) and quad.object.language)]
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert text
    return text.decode()


@cache
def ontology() -> str:
    return flat(*ontology_files())


def closed(*texts: str) -> tuple[Graph, list[str]]:
    """What follows from the ontology and the Turtle ``texts`` by OWL 2 RL, and the contradictions that were found."""
    graph = Graph().parse(data=ontology(), format="nt")
    for text in texts:
        graph.parse(data=PREFIXES + text, format="turtle")
    reasoner = owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False)
    reasoner.closure()
    return graph, [str(message) for message in reasoner.error_messages]


def kinds(graph: Graph) -> dict[Node, set[Node]]:
    """The classes of ours that each thing is said to be of."""
    found: dict[Node, set[Node]] = {}
    for thing, kind in graph.subject_objects(RDF.type):
        if str(kind).startswith(HAB):
            found.setdefault(thing, set()).add(kind)
    return found


def concluded(*texts: str) -> set[tuple[str, str]]:
    """Kinds that the reasoner gives to things beyond those that are said, and the more general ones that follow."""
    said = Graph().parse(data=ontology(), format="nt")
    for text in texts:
        said.parse(data=PREFIXES + text, format="turtle")
    expected = {
        thing: {above for kind in found for above in said.transitive_objects(kind, RDFS.subClassOf)}
        for thing, found in kinds(said).items()
    }
    graph, _ = closed(*texts)
    return {
        (str(thing), str(kind)) for thing, found in kinds(graph).items() for kind in found - expected.get(thing, set())
    }


def test_there_is_something_to_reason_over() -> None:
    assert len(SOURCES) > 50
    assert len(ALIGNMENTS) > 10


def test_the_ontology_with_all_data_is_consistent() -> None:
    _, contradictions = closed(flat(*SOURCES))

    assert contradictions == []


def test_it_stays_consistent_with_every_alignment() -> None:
    _, contradictions = closed(flat(*SOURCES), flat(*ALIGNMENTS))

    assert contradictions == []


@pytest.mark.parametrize(
    "text",
    [
        "event:x a hab:Arrest, hab:Detention .",
        "person:x a hab:Person, hab:Organisation .",
        "person:x a hab:Person, hab:PersonGroup .",
        "event:x a hab:Pardon, hab:Amnesty .",
        "event:x a hab:Detention, hab:CustodyOrder .",
        "event:x a hab:Result, hab:Election .",
        "event:x a hab:LegalAct, hab:LegalProvision .",
        "event:x a hab:Claim, hab:Source .",
    ],
)
def test_a_thing_of_two_kinds_that_exclude_each_other_is_a_contradiction(text: str) -> None:
    _, contradictions = closed(text)

    assert contradictions


def test_nothing_is_concluded_of_anybody_from_all_data() -> None:
    """Being affected by, named in, or said to be responsible for something makes nobody anything."""
    assert concluded(flat(*SOURCES)) == set()


def test_a_bare_attribution_makes_nobody_anything() -> None:
    relations = ("isAttributedTo", "orderedBy", "decidedBy", "affects", "performedBy", "prosecutedBy", "grantedBy")
    text = " ".join(f"event:x hab:{relation} person:{relation} ." for relation in relations)

    assert concluded(text) == set()


def test_a_range_would_conclude_what_nobody_said() -> None:
    text = "hab:isAttributedTo rdfs:range hab:Organisation . event:x hab:isAttributedTo person:x ."

    assert {kind.removeprefix(HAB) for _, kind in concluded(text)} == {"Organisation", "Agent"}


def test_parts_of_parts_are_parts_and_precedence_is_the_other_side_of_following() -> None:
    graph, _ = closed("group:a hab:subgroupOf group:b . group:b hab:subgroupOf group:c . event:x hab:follows event:y .")
    words = {tuple(re.split(r"[/#]", str(term))[-1] for term in triple) for triple in graph}

    assert {("a", "subgroupOf", "c"), ("y", "precedes", "x")} <= words
