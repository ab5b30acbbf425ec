"""The drawing of the model is that of today's ontology."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from rdflib import Graph
from rdflib.namespace import OWL, RDF

from kg.resources import ontology_files

SVG: Final = Path(__file__).parents[2] / "docs" / "diagram.svg"
HAB: Final = "https://w3id.org/habeas/ontology#"


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Every word that the drawing shows."""
    texts = ET.parse(SVG).getroot().iter("{http://www.w3.org/2000/svg}text")
    return set(re.findall(r"\w+(?::\w+)?", unescape(" ".join(text.text or "" for text in texts))))


def terms_of(kind: str) -> set[str]:
    """The local names of our terms of one kind of OWL."""
    graph = Graph()
    for path in ontology_files():
        graph.parse(path)
    return {str(term).removeprefix(HAB) for term in graph.subjects(RDF.type, OWL[kind]) if str(term).startswith(HAB)}


def test_the_drawing_names_the_classes_of_the_ontology_and_no_others(words: set[str]) -> None:
    classes = terms_of("Class")
    assert len(classes) > 30
    shown = {word for word in words if word[0].isupper()} - {"Modules", "What", "Who"}

    assert shown == classes, "draw it again: python docs/diagram.py"


def test_the_drawing_names_the_properties_between_things(words: set[str]) -> None:
    properties = terms_of("ObjectProperty")
    assert len(properties) > 40

    assert properties - words == set(), "draw it again: python docs/diagram.py"


def test_the_drawing_fetches_nothing_and_tells_nothing_of_who_drew_it() -> None:
    text = SVG.read_text(encoding="utf-8")

    assert "<!" not in text
    assert not re.search(r"(href|src)=", text)
