"""Alignments and mappings lead from terms that exist, say what is lost, and are neither imported nor released."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from kg.resources import ontology_files, rule_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

ONTOLOGY: Final = Path(__file__).parents[2] / "ontology"
FILES: Final = (*sorted(ONTOLOGY.glob("alignments/*.ttl")), *sorted(ONTOLOGY.glob("mappings/*.ttl")))
BASE: Final = "https://w3id.org/habeas/"
HAB: Final = f"{BASE}ontology#"

EXACT: Final = (RDFS.subClassOf, RDFS.subPropertyOf, SKOS.exactMatch)
LOSSY: Final = (SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
# Relations that must never follow from a claim of ours in somebody else's terms.
JUDGING: Final = ("isAttributedTo", "affects", "orderedBy", "designatedAs", "chargeKind")
# By code, a mapping repeats no label of a list that is not ours to publish.
LABELS: Final = (RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.definition, RDFS.comment)


def faults(graph: Graph, defined: set[str]) -> Iterator[str]:
    """What is wrong with one alignment, in a word each."""
    for subject, relation, target in graph:
        if relation in (*EXACT, *LOSSY):
            if str(subject) not in defined:
                yield "a term that is not defined"
            if str(target).startswith(BASE):
                yield "a target of our own"
            if relation in LOSSY and not any(_is_note(note) for note in graph.objects(subject, SKOS.note)):
                yield "no word of what is lost"
            if relation in EXACT and str(subject).removeprefix(HAB) in JUDGING:
                yield "a judgement that would follow"
        elif relation == OWL.imports:
            yield "an import"
        elif relation in LABELS:
            yield "a label"


def _is_note(note: Node) -> bool:
    return isinstance(note, Literal) and note.language == "en" and str(note).endswith(".")


def defined_terms() -> set[str]:
    """Terms and concepts of the ontology."""
    return {str(subject) for path in ontology_files() for subject in Graph().parse(path).subjects(RDF.type)}


def test_the_other_vocabularies_are_all_there() -> None:
    assert {path.stem for path in FILES} == {
        *("prov-o", "org", "schema-org", "sem", "lode", "cidoc-crm", "owl-time", "followthemoney", "wikidata"),
        *("huridocs", "acled", "cameo"),
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_alignment_is_sound(path: Path) -> None:
    graph = Graph().parse(path)

    assert any(relation in (*EXACT, *LOSSY) for relation in graph.predicates())
    assert sorted(faults(graph, defined_terms())) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_alignment_says_what_it_is(path: Path) -> None:
    graph = Graph().parse(path)
    module = URIRef(f"{BASE}ontology/{path.parent.name}/{path.stem}")

    assert set(graph.subjects(RDF.type, OWL.Ontology)) == {module}
    assert graph.value(module, DCTERMS.title)
    assert graph.value(module, DCTERMS.description)
    assert str(graph.value(module, DCTERMS.license)) == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hab:Arrst skos:exactMatch <x:a> .", "a term that is not defined"),
        ("hab:Arrest skos:exactMatch hab:Release .", "a target of our own"),
        ("hab:Arrest skos:closeMatch <x:a> .", "no word of what is lost"),
        ('hab:Arrest skos:closeMatch <x:a> ; skos:note "lost"@en .', "no word of what is lost"),
        ("hab:isAttributedTo rdfs:subPropertyOf <x:perpetrator> .", "a judgement that would follow"),
        ("<x:alignment> owl:imports <x:all> .", "an import"),
        ('<x:a> skos:prefLabel "Somebody else\'s label"@en .', "a label"),
    ],
)
def test_what_an_alignment_must_not_do_is_found(text: str, fault: str) -> None:
    prefixes = f"@prefix hab: <{HAB}> . @prefix skos: <{SKOS}> . @prefix rdfs: <{RDFS}> . @prefix owl: <{OWL}> ."

    assert list(faults(Graph().parse(data=f"{prefixes} {text}", format="turtle"), defined_terms())) == [fault]


def test_no_alignment_is_loaded_or_imported() -> None:
    loaded = {path.parent.name for path in (*ontology_files(), *rule_files())}
    imports = {str(target) for path in ontology_files() for target in Graph().parse(path).objects(None, OWL.imports)}

    assert loaded == {"ontology", "vocabularies", "rules"}
    assert imports
    assert not any(re.search(r"/(alignments|mappings)/", target) for target in imports)
