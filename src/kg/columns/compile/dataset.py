"""The dataset that a query or a request chooses (SPARQL 1.1 §13.2, SPARQL 1.1 Protocol §2.1.4)."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from typing import TYPE_CHECKING

from .terms import term_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdflib import URIRef
    from rdflib.plugins.sparql.parserutils import CompValue

    from .relations import Context

__all__ = ["chosen", "restrict"]


def chosen(tree: CompValue) -> tuple[list[URIRef], list[URIRef]]:
    """The graphs that the query names with FROM, and with FROM NAMED."""
    clauses = tree.datasetClause or []
    return [c.default for c in clauses if c.default is not None], [c.named for c in clauses if c.named is not None]


def restrict(context: Context, default: Sequence[URIRef], named: Sequence[URIRef]) -> None:
    """Let a query ask a dataset of these graphs only.

    Args:
        context: of the query.
        default: whose triples, each of them once, are the default graph.
        named: the named graphs; one that nothing is known of is there, and empty.
    """
    defaults, names = ([context.constant_id(term_of(iri)) for iri in dict.fromkeys(iris)] for iris in (default, named))
    parts = []
    if defaults:
        merged = "DISTINCT " if len(defaults) > 1 else ""
        parts.append(f"SELECT {merged}s, p, o, 0 AS g FROM quad WHERE g IN ({', '.join(defaults)})")
    if names:
        parts.append(f"SELECT s, p, o, g FROM quad WHERE g IN ({', '.join(names)})")
    rows = f"SELECT unnest([{', '.join(names)}]::INTEGER[]) AS g"
    context.ctes += [
        f"dataset AS NOT MATERIALIZED ({' UNION ALL '.join(parts)})",
        f"named AS NOT MATERIALIZED ({rows})",
    ]
    context.quads, context.graphs, context.has_subjects = "dataset", "named", False
