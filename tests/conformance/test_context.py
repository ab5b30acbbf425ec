"""The JSON-LD context has every term, and what goes through it comes out with the same meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from rdflib import OWL, RDF, Dataset, Graph

from ontology.context import CONTEXT, context, modules

if TYPE_CHECKING:
    from collections.abc import Iterable

# rdflib's own parsers use what rdflib has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated", "ignore:Dataset.* is deprecated")

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = tuple(sorted((ROOT / "data").glob("*/*.trig")))
HAB: Final = "https://w3id.org/habeas/ontology#"
KINDS: Final = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def entries() -> dict[str, Any]:  # a context is free JSON
    """The context as it is shipped."""
    found: dict[str, Any] = json.loads(CONTEXT.read_text(encoding="utf-8"))["@context"]
    return found


def defined() -> set[str]:
    """Every class and property of the ontology."""
    graph = Graph()
    for path in modules():
        graph.parse(path)
    return {str(term) for kind in KINDS for term in graph.subjects(RDF.type, kind) if str(term).startswith(HAB)}


def missing(terms: Iterable[str], context_entries: dict[str, Any]) -> set[str]:
    """The terms for which the context has no entry of their own name."""
    prefixes = context_entries
    found = set()
    for name, entry in context_entries.items():
        iri = entry["@id"] if isinstance(entry, dict) else str(entry)
        prefix, _, local = iri.partition(":")
        if local == name and prefix in prefixes:
            found.add(f"{prefixes[prefix]}{local}")
    return set(terms) - found


def as_triples(document: dict[str, Any]) -> set[tuple[str, ...]]:
    """What a JSON-LD document says."""
    graph = Graph().parse(data=json.dumps({"@context": entries(), **document}), format="json-ld")
    return {tuple(term.n3() for term in triple) for triple in graph}


def quads(dataset: Dataset) -> set[tuple[str, ...]]:
    """All statements of a dataset with the names of their graphs."""
    return {(s.n3(), p.n3(), o.n3(), str(graph)) for s, p, o, graph in dataset.quads()}


def test_every_class_and_property_has_its_entry() -> None:
    assert len(defined()) > 100

    assert missing(defined(), entries()) == set()


def test_a_term_without_an_entry_is_missed() -> None:
    left = {name: entry for name, entry in entries().items() if name != "Arrest"}

    assert missing(defined(), left) == {f"{HAB}Arrest"}


def test_the_context_is_that_of_the_ontology() -> None:
    """If this fails, run `python ontology/context.py`."""
    assert CONTEXT.read_text(encoding="utf-8") == context(modules())


def test_a_new_term_changes_the_context(tmp_path: Path) -> None:
    path = tmp_path / "garden.ttl"
    path.write_text(
        f"@prefix hab: <{HAB}> . @prefix owl: <{OWL}> . @prefix schema: <https://schema.org/> .\n"
        "hab:height a owl:DatatypeProperty ; schema:rangeIncludes <http://www.w3.org/2001/XMLSchema#integer> ."
    )

    assert '"@type": "xsd:integer"' in context([path])
    assert context([path]) != context(modules())


def test_names_are_read_as_links_dates_and_numbers() -> None:
    written = {
        "@id": "id:event/pardon-1",
        "@type": "Pardon",
        "when": "2031-04-01",
        "affects": {"@id": "id:group/freed", "@type": "PersonGroup", "size": 31},
        "motive": "vocab:motive/unclear",
        "label": {"@value": "a pardon", "@language": "en"},
    }
    base = "https://w3id.org/habeas/"
    pardon, group = f"<{base}id/event/pardon-1>", f"<{base}id/group/freed>"

    assert as_triples(written) == {
        (pardon, f"<{RDF.type}>", f"<{HAB}Pardon>"),
        (pardon, f"<{HAB}when>", '"2031-04-01"^^<http://id.loc.gov/datatypes/edtf/EDTF>'),
        (pardon, f"<{HAB}affects>", group),
        (pardon, f"<{HAB}motive>", f"<{base}vocab/motive/unclear>"),
        (pardon, "<http://www.w3.org/2000/01/rdf-schema#label>", '"a pardon"@en'),
        (group, f"<{RDF.type}>", f"<{HAB}PersonGroup>"),
        (group, f"<{HAB}size>", '"31"^^<http://www.w3.org/2001/XMLSchema#integer>'),
    }


def test_there_are_sources_to_send_through_it() -> None:
    assert len(SOURCES) > 50


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_source_comes_back_with_the_same_statements(path: Path) -> None:
    source = Dataset().parse(path, format="trig")
    written = source.serialize(format="json-ld", context=entries(), auto_compact=False)
    returned = Dataset().parse(data=written, format="json-ld")

    assert quads(returned) == quads(source)
    assert '"hab:' not in written.partition('"@graph"')[2], "every term has its short name"
