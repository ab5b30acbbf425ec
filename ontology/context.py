"""The JSON-LD context of the ontology: a short name for every class and property, with the kind of value it takes.

Run ``python ontology/context.py`` to write ``ontology/context.jsonld`` anew after a change of the ontology.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rdflib import OWL, RDF, RDFS, XSD, Graph, URIRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdflib.term import Node

__all__ = ["CONTEXT", "context", "modules"]

CONTEXT: Final = Path(__file__).with_name("context.jsonld")

_BASE: Final = "https://w3id.org/habeas/"
_HAB: Final = f"{_BASE}ontology#"
# One prefix for all concepts and one for all things: a prefix for each list would take the name of a property from it.
_PREFIXES: Final = {
    "hab": _HAB,
    "vocab": f"{_BASE}vocab/",
    "id": f"{_BASE}id/",
    "claim": f"{_BASE}claim/",
    "source": f"{_BASE}source/",
    "graph": f"{_BASE}graph/",
    "dcterms": "http://purl.org/dc/terms/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# What the data use of other vocabularies. Texts stay without a type, so that they can have a language.
_BORROWED: Final[dict[str, str | dict[str, str]]] = {
    "label": "rdfs:label",
    "altLabel": "skos:altLabel",
    "note": "skos:note",
    "publisher": {"@id": "dcterms:publisher", "@type": "@id"},
    "language": "dcterms:language",
    "url": {"@id": "schema:url", "@type": "xsd:anyURI"},
    "wasAttributedTo": {"@id": "prov:wasAttributedTo", "@type": "@id"},
    "wasRevisionOf": {"@id": "prov:wasRevisionOf", "@type": "@id"},
    "wasInvalidatedBy": {"@id": "prov:wasInvalidatedBy", "@type": "@id"},
    "hadPrimarySource": {"@id": "prov:hadPrimarySource", "@type": "@id"},
}
_UNTYPED: Final = {RDF.langString, RDFS.Literal, XSD.string}
_RANGE: Final = URIRef("https://schema.org/rangeIncludes")
_KINDS: Final = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def modules() -> tuple[Path, ...]:
    """The modules of the ontology, sorted by path."""
    return tuple(sorted(Path(__file__).parent.glob("*.ttl")))


def context(files: Iterable[Path]) -> str:
    """The JSON-LD 1.1 context of the terms that the Turtle ``files`` define, as the text of a file."""
    graph = Graph()
    for path in files:
        graph.parse(path)
    terms = {str(term) for kind in _KINDS for term in graph.subjects(RDF.type, kind) if str(term).startswith(_HAB)}
    entries = {term.removeprefix(_HAB): _definition(graph, URIRef(term)) for term in sorted(terms)}
    return json.dumps({"@context": {"@version": 1.1, **_PREFIXES, **_BORROWED, **entries}}, indent=2) + "\n"


def _definition(graph: Graph, term: Node) -> str | dict[str, str]:
    name = f"hab:{str(term).removeprefix(_HAB)}"
    if (term, RDF.type, OWL.ObjectProperty) in graph:
        return {"@id": name, "@type": "@id"}
    ranges = list(graph.objects(term, _RANGE))
    if (term, RDF.type, OWL.DatatypeProperty) in graph and len(ranges) == 1 and ranges[0] not in _UNTYPED:
        return {"@id": name, "@type": _shortened(str(ranges[0]))}
    return name


def _shortened(iri: str) -> str:
    name = next(name for name, namespace in _PREFIXES.items() if iri.startswith(namespace))
    return f"{name}:{iri.removeprefix(_PREFIXES[name])}"


if __name__ == "__main__":
    CONTEXT.write_text(context(modules()), encoding="utf-8")
