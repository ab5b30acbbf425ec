"""JSON-LD 1.1 with our own context, framed so that a thing is the root and all that names it hangs below it.

Nothing is fetched: the one context that is known here is served by us, at ``CONTEXT``.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pyld import jsonld

from kg.resources import shipped
from kg.vocab import BASE, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .documents import Quad
    from .terms import Term

__all__ = ["CONTEXT", "SCHEMA_CONTEXT", "as_json_ld", "context_text", "embedded"]

CONTEXT: Final = f"{BASE}context.jsonld"
SCHEMA_CONTEXT: Final = {"@vocab": "https://schema.org/"}
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"

# JSON-LD: objects of many types.
_Node = dict[str, Any]
_Context = str | dict[str, str]


@cache
def context_text() -> str:
    """The context, as the text that is served."""
    return rebased((shipped("ontology") / "context.jsonld").read_text("utf-8"))


def _load(url: str, _: _Node) -> _Node:
    if url != CONTEXT:
        raise jsonld.JsonLdError("no context but our own is known here", "habeas.offline")
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": _context()}


@cache
def _context() -> _Node:
    context: _Node = json.loads(context_text())
    return context


def as_json_ld(iri: str, quads: Iterable[Quad], *, context: _Context = CONTEXT) -> bytes:
    """A document about ``iri``; statements of other graphs than its own and the default graph are left out.

    The root is the thing. What names it hangs below ``@reverse``; what cannot be reached from it is ``@included``; and
    where the thing is a claim, ``@graph`` is what the claim says.
    """
    quads = list(quads)
    around = [quad for quad in quads if quad.graph != iri]
    document = _framed(iri, around, context)
    inside = _nodes(quad for quad in quads if quad.graph == iri)
    if inside:
        document["@graph"] = _compacted(inside, context)
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def embedded(iri: str, quads: Iterable[Quad], context: _Context = CONTEXT) -> str:
    """The same for a script element of a page, with nothing in it that could end the element."""
    text = as_json_ld(iri, quads, context=context).decode()
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def _framed(iri: str, quads: list[Quad], context: _Context) -> _Node:
    nodes = _nodes(quads)
    inverse = sorted({quad.predicate.value for quad in quads if quad.value.is_iri and quad.value.value == iri})
    frame: _Node = {"@context": context, "@id": iri}
    if inverse:
        frame["@reverse"] = {name: {} for name in inverse}
    options = {"documentLoader": _load, "embed": "@once", "omitGraph": True}
    framed: _Node = jsonld.frame(nodes, frame, options)
    document = {"@context": context, **framed}
    reached = _ids(jsonld.expand(framed, {"documentLoader": _load}))
    rest = [node for node in nodes if node["@id"] not in reached]
    if rest:
        document["@included"] = _compacted(rest, context)
    return document


def _compacted(nodes: list[_Node], context: _Context) -> list[_Node]:
    compacted = jsonld.compact(nodes, context, {"documentLoader": _load, "graph": True})
    found: list[_Node] = compacted["@graph"]
    return found


def _ids(node: object) -> set[str]:
    """The nodes that something is said of below a node of expanded JSON-LD."""
    if isinstance(node, list):
        return {found for item in node for found in _ids(item)}
    if not isinstance(node, dict):
        return set()
    own = {node["@id"]} if "@id" in node and len(node) > 1 else set()
    return own | {found for value in node.values() for found in _ids(value)}


def _nodes(quads: Iterable[Quad]) -> list[_Node]:
    """Expanded JSON-LD: one object for each subject."""
    nodes: dict[str, _Node] = {}
    for quad in quads:
        node = nodes.setdefault(quad.subject.value, {"@id": quad.subject.value})
        if quad.predicate.value == _RDF_TYPE:
            node.setdefault("@type", []).append(quad.value.value)
        else:
            node.setdefault(quad.predicate.value, []).append(dict(_value(quad.value)))
    return list(nodes.values())


def _value(term: Term) -> Iterator[tuple[str, str]]:
    if term.kind != "literal":
        yield "@id", term.value if term.is_iri else f"_:{term.value}"
        return
    yield "@value", term.value
    if term.language:
        yield "@language", term.language
    elif term.datatype not in ("", _XSD_STRING):
        yield "@type", term.datatype
