"""The default graph of a query that names several: their merge, in which each triple stands once.

The engine reads the graphs one after the other and counts a triple that two of them hold twice, as in no RDF graph it
can be (SPARQL 1.1 §13.2.1, RDF 1.1 Semantics §4.1). So they are put together first, in memory, within the query's own
limits of time and memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["merged_store"]


def merged_store(store: Store, default: Sequence[NamedNode], named: Sequence[NamedNode]) -> Store:
    """A store whose default graph is the merge of ``default``, and which holds the graphs ``named`` beside it."""
    merged = Store()
    merged.extend(_quads(store, default, named))
    return merged


def _quads(store: Store, default: Sequence[NamedNode], named: Sequence[NamedNode]) -> Iterator[Quad]:
    for graph in default:
        for quad in store.quads_for_pattern(None, None, None, graph):
            yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())
    for graph in named:
        yield from store.quads_for_pattern(None, None, None, graph)
