"""There is one way to write the ontology and the shapes, so that a diff shows a change of meaning and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pytest

from ontology.canonical import canonical, turtle_files

if TYPE_CHECKING:
    from pathlib import Path

FILES: Final = turtle_files()

CANONICAL: Final = """\
# What grows, and where.

@prefix hab: <https://w3id.org/habeas/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

# Plants

hab:Plant a owl:Class ;
    rdfs:label "plant"@en, "расліна"@be, "растение"@ru ;
    owl:disjointWith hab:Stone, hab:Animal ;
    skos:definition "A living being, of the \\"green\\" kind, that ends with a hash # and a stop . here."@en ;
    hab:height 12, 3.5, true .

# A remark that belongs to what follows.
hab:Stone a owl:Class .
hab:Sand a owl:Class .

hab:garden hab:asks \"\"\"
        SELECT ?x WHERE {
          ?x ?y "\\\\d" . # a comment in a query is no comment of the file
        }\"\"\" ;
    hab:on "2031-04-01"^^xsd:date ;
    skos:hasTopConcept
        hab:Plant,
        hab:Animal .
"""


def triples(text: str) -> set[str]:
    return {str(quad.triple) for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)}


def test_there_are_files_to_check() -> None:
    names = {path.name for path in FILES}

    assert {"core.ttl", "measure.ttl", "prov-o.ttl", "huridocs.ttl", "proceedings.ttl", "time.ttl"} <= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_is_written_in_the_one_way(path: Path) -> None:
    """If this fails, run `python ontology/canonical.py` and look at the diff."""
    text = path.read_text(encoding="utf-8")

    assert text == canonical(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_rewriting_a_file_keeps_its_meaning(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert triples(canonical(text)) == triples(text)


def test_canonical_text_stays_as_it_is() -> None:
    assert canonical(CANONICAL) == CANONICAL


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("a prefix in another place", "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n", ""),
        ("a prefix that is not used", "@prefix owl:", "@prefix prov: <http://www.w3.org/ns/prov#> .\n@prefix owl:"),
        ("an IRI written out", "rdfs:label", "<http://www.w3.org/2000/01/rdf-schema#label>"),
        ("languages in another order", '"plant"@en, "расліна"@be', '"расліна"@be, "plant"@en'),
        ("a value twice", "hab:Stone, hab:Animal", "hab:Stone, hab:Animal, hab:Stone"),
        ("another order than the file's own", "hab:Stone, hab:Animal", "hab:Animal, hab:Stone"),
        ("predicates in another order", "a owl:Class ;\n    rdfs:label", "rdf:type owl:Class ;\n    rdfs:label"),
        ("another indentation", "\n    rdfs:label", "\n  rdfs:label"),
        ("lines run together", "hab:Stone a owl:Class .\n", "hab:Stone a owl:Class ."),
        ("no empty line", "\n\nhab:garden", "\nhab:garden"),
        ("two empty lines", "\n\nhab:garden", "\n\n\nhab:garden"),
        ("a number in quotes", "12, 3.5", '"12"^^xsd:integer, 3.5'),
        ("values on one line", "Concept\n        hab:Plant,\n        hab:Animal", "Concept hab:Plant, hab:Animal"),
        ("a subject in two places", "hab:Sand a owl:Class .", "hab:Sand a owl:Class .\nhab:Plant hab:height 12 ."),
        ("spaces after a comment", "# Plants\n", "# Plants  \n"),
    ],
)
def test_what_is_written_in_another_way_is_brought_back(what: str, old: str, new: str) -> None:
    assert old in CANONICAL, what
    changed = CANONICAL.replace(old, new, 1)
    if what == "a prefix in another place":
        changed = changed.replace("# Plants", "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n\n# Plants", 1)
    changed = changed.replace("rdf:type", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>")

    assert changed != CANONICAL
    assert canonical(changed) == CANONICAL


def test_another_meaning_is_another_text() -> None:
    assert canonical(CANONICAL.replace("hab:height 12", "hab:height 13")) != CANONICAL


def test_the_order_of_subjects_is_the_author_s() -> None:
    stone, sand = "hab:Stone a owl:Class .\n", "hab:Sand a owl:Class .\n"
    turned = CANONICAL.replace(stone + sand, sand + stone)

    assert canonical(turned) == turned


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hab:Plant hab:height [ ] .", "blank node"),
        ("[ ] hab:height 1 .", "blank node"),
        (
            "hab:Plant # tall\n hab:height 1 .",
            "inside of a statement",
        ),
    ],
)
def test_what_would_be_lost_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        canonical(f"@prefix hab: <https://w3id.org/habeas/ontology#> .\n{text}")
