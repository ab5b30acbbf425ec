"""Documents of the service read back with rdflib, offline: JSON-LD with the context that we serve put in its place."""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING

import rdflib

from api.jsonld import CONTEXT, context_text

if TYPE_CHECKING:
    import httpx

PARSERS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/trig": "trig",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}


def dataset_of(content: str, media_type: str) -> rdflib.Dataset:
    """What a document says, in its graphs."""
    if media_type == "application/ld+json":
        document = json.loads(content)
        if isinstance(document, dict) and document.get("@context") == CONTEXT:
            document["@context"] = json.loads(context_text())["@context"]
        content = json.dumps(document)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's JSON-LD parser warns of itself
        return rdflib.Dataset().parse(data=content, format=PARSERS[media_type])


def triples_of(response: httpx.Response) -> set[tuple[str, ...]]:
    """The triples of a document, whichever graphs they stand in, in N-Triples."""
    return {quad[:3] for quad in quads_of(response)}


def quads_of(response: httpx.Response) -> set[tuple[str, ...]]:
    """The quads of a document; the graph is empty for the default graph."""
    media_type = response.headers["content-type"].partition(";")[0]
    found = set()
    for s, p, o, g in dataset_of(response.text, media_type).quads():
        graph = "" if g is None or str(g) == "urn:x-rdflib:default" else str(g)
        found.add((s.n3(), p.n3(), o.n3(), graph))
    return found


def links_of(response: httpx.Response) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """The header Link: by relation, each target with its attributes (RFC 8288)."""
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for target, attributes in re.findall(r'<([^>]*)>((?:; ?[\w-]+="[^"]*")*)', response.headers.get("link", "")):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        for relation in named.pop("rel").split():
            found.setdefault(relation, []).append((target, named))
    return found
