"""Whether two answers are the same: multisets of solutions, and graphs, up to the names of blank nodes.

Numbers count as the same if they are of one datatype and value, as the W3C's suites have it: no text of SPARQL says in
which of its lexical forms a computed number is written.
"""

from __future__ import annotations

import struct
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.columns.compile import Term

XSD = "http://www.w3.org/2001/XMLSchema#"
ROW = ox.NamedNode("urn:test:row")


def to_oxigraph(term: Term | None) -> Any:
    """A term of ``kg.columns.compile`` as pyoxigraph's."""
    if term is None:
        return None
    if term.kind == 1:
        return ox.BlankNode("b" + term.lexical.encode().hex())
    if term.kind == 2:
        return ox.NamedNode(term.lexical)
    if term.language:
        return ox.Literal(term.lexical, language=term.language)
    return ox.Literal(term.lexical, datatype=ox.NamedNode(term.datatype))


def of_columns(term: Term | None) -> Any:
    """The same where blank nodes of the data keep their labels on both sides."""
    return ox.BlankNode(term.lexical) if term is not None and term.kind == 1 else to_oxigraph(term)


def canonical(term: Any) -> Any:
    """The same term with a number's value in one lexical form, and a language in small letters."""
    if not isinstance(term, ox.Literal):
        return term
    if term.language is not None:
        return ox.Literal(term.value, language=term.language.lower(), direction=term.direction)
    value = _canonical_value(term.value, term.datatype.value.removeprefix(XSD))
    return ox.Literal(value, datatype=term.datatype)


def _canonical_value(value: str, name: str) -> str:
    try:
        if name == "float":
            return repr(struct.unpack("f", struct.pack("f", float(value)))[0])
        if name == "double":
            return repr(float(value))
        if name == "decimal" or name.lower().endswith(("integer", "long", "int", "short", "byte")):
            return f"{Decimal(value).normalize():f}"
    except (ValueError, InvalidOperation, OverflowError):
        return value
    return {"1": "true", "0": "false"}.get(value, value) if name == "boolean" else value


def same_graph(left: Iterable[Any], right: Iterable[Any]) -> bool:
    """Whether two sets of triples are isomorphic."""
    graphs = []
    for triples in (left, right):
        dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, canonical(t.object)) for t in triples)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        graphs.append(dataset)
    return graphs[0] == graphs[1]


def same_rows(left: Sequence[Sequence[Any]], right: Sequence[Sequence[Any]]) -> bool:
    """Whether two multisets of solutions are the same; None stands for an unbound variable."""
    ground, blank = [], []
    for rows in (left, right):
        made = [tuple(canonical(term) for term in row) for row in rows]
        ground.append(Counter(row for row in made if not _has_blank(row)))
        blank.append([row for row in made if _has_blank(row)])
    if ground[0] != ground[1] or len(blank[0]) != len(blank[1]):
        return False
    return not blank[0] or same_graph(_as_triples(blank[0]), _as_triples(blank[1]))


def same_order(left: Sequence[Sequence[Any]], right: Sequence[Sequence[Any]]) -> bool:
    """Whether two sequences of solutions are the same, blank nodes counting as equal."""
    made = [
        [["_:" if isinstance(t, ox.BlankNode) else canonical(t) for t in row] for row in rows] for rows in (left, right)
    ]
    return made[0] == made[1]


def _has_blank(row: Sequence[Any]) -> bool:
    return any(isinstance(term, ox.BlankNode | ox.Triple) for term in row)


def _as_triples(rows: Sequence[Sequence[Any]]) -> list[ox.Triple]:
    made = []
    for number, row in enumerate(rows):
        node = ox.BlankNode(f"row{number}")
        made.append(ox.Triple(node, ROW, ROW))
        made += [ox.Triple(node, ox.NamedNode(f"urn:test:{i}"), t) for i, t in enumerate(row) if t is not None]
    return made
