"""Quads in the formats of documents, with the prefixes that our own source files use."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from kg.errors import NotAcceptableError
from kg.rdf import convert_nquads
from kg.vocab import BASE, CLAIM, GRAPH, HAB, ID, SOURCE, VOCAB

from .jsonld import CONTEXT, SCHEMA_CONTEXT, as_json_ld
from .representations import FORMATS, SCHEMA_ORG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .documents import Quad

__all__ = ["PREFIXES", "serialise"]

# Where two namespaces begin alike, the longer one is written.
PREFIXES: Final = {
    "as": "https://www.w3.org/ns/activitystreams#",
    "claim": CLAIM,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "graph": GRAPH,
    "hab": HAB,
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "release": f"{BASE}release/",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "source": SOURCE,
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# One prefix for each kind of thing and each code list, named as it is, as in data/sources.
_OF_A_KIND: Final = re.compile(rf"({re.escape(ID)}|{re.escape(VOCAB)})([a-z][a-z0-9-]*)/")
_XML_CANNOT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def serialise(iri: str, quads: Iterable[Quad], media_type: str, *, profile: str = "") -> bytes:
    """A document about ``iri``.

    Args:
        iri: what it is about; its own statements come first.
        quads: what it says.
        media_type: one of ``FORMATS``, pages left out.
        profile: that of schema.org has a context of its own.

    Raises:
        NotAcceptableError: RDF/XML is asked for, and XML cannot express a character.
    """
    ordered = sorted(quads, key=lambda quad: (quad.graph, quad.subject.value != iri, quad.subject.value))
    if media_type == FORMATS["jsonld"]:
        return as_json_ld(iri, ordered, context=SCHEMA_CONTEXT if profile == SCHEMA_ORG else CONTEXT)
    text = "".join(map(_line, ordered))
    if media_type == FORMATS["rdf"] and _XML_CANNOT.search("".join(quad.value.value for quad in ordered)):
        raise NotAcceptableError("It holds a character that XML cannot express. Ask for another format.")
    return convert_nquads(text, media_type, prefixes=_prefixes(ordered))


def _line(quad: Quad) -> str:
    graph = f" <{quad.graph}>" if quad.graph else ""
    return f"{quad.subject.ntriples} {quad.predicate.ntriples} {quad.value.ntriples}{graph} .\n"


def _prefixes(quads: Iterable[Quad]) -> dict[str, str]:
    """The prefixes that some quads need."""
    needed: dict[str, str] = {}
    for iri in {iri for quad in quads for iri in (*quad.iris, quad.value.datatype)}:
        prefix, namespace = _prefix_of(iri)
        if prefix and needed.get(prefix, namespace) == namespace:
            needed[prefix] = namespace
    return dict(sorted(needed.items()))


@cache
def _by_length() -> list[tuple[str, str]]:
    return sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def _prefix_of(iri: str) -> tuple[str, str]:
    kind = _OF_A_KIND.match(iri)
    if kind is not None:
        return kind[2], kind[0]
    return next(((prefix, name) for prefix, name in _by_length() if iri.startswith(name)), ("", ""))
