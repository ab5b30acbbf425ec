"""What the parameters of SHACL Core's constraints say, as SQL for the templates of ``constraints.toml``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rdflib import SH, XSD, Graph, Literal, URIRef

from .datatypes import COMPARABLE, EXACT, quoted, well_formed
from .paths import Unsupported, read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdflib.term import Node

__all__ = ["NODE_KINDS", "SIMPLE", "check_bound", "is_true", "language_ranges", "number"]

NODE_KINDS: Final = {
    SH.BlankNode: "1",
    SH.IRI: "2",
    SH.Literal: "3",
    SH.BlankNodeOrIRI: "1, 2",
    SH.BlankNodeOrLiteral: "1, 3",
    SH.IRIOrLiteral: "2, 3",
}


def _node_kinds(term: Node) -> str:
    """The kinds of term that a value of sh:nodeKind allows."""
    if not isinstance(term, URIRef) or term not in NODE_KINDS:
        raise Unsupported("its sh:nodeKind is none that SHACL knows")
    return NODE_KINDS[term]


def _datatype(term: Node) -> str:
    """What holds of a literal of a datatype: it has it, and is well-formed."""
    return f"t.datatype = {quoted(str(term))} AND ({well_formed('t.lexical', term)})"


def check_bound(term: Node) -> None:
    """Refuse a bound (sh:minInclusive and its like) that SPARQL cannot compare with anything."""
    if not isinstance(term, Literal) or term.language:
        raise Unsupported("its bound is not a value that SPARQL orders")
    if term.datatype is not None and term.datatype not in EXACT | {XSD[name] for name in COMPARABLE}:
        raise Unsupported(f"it orders values of {term.datatype}, which SPARQL does not")


def number(term: Node) -> str:
    """A count or a length: an integer from 0 on."""
    if not isinstance(term, Literal) or not re.fullmatch(r"\+?[0-9]{1,18}", str(term)) or term.datatype not in EXACT:
        raise Unsupported("a count or a length is no whole number from 0 on")
    return str(int(term))


SIMPLE: Final[dict[str, Callable[[Node], str]]] = {
    "datatype": _datatype,
    "maxLength": number,
    "minLength": number,
    "nodeKind": _node_kinds,
}


def is_true(term: Node | None) -> bool:
    """Whether it is the boolean true."""
    return isinstance(term, Literal) and term.datatype == XSD.boolean and str(term) in {"true", "1"}


def language_ranges(graph: Graph, term: Node) -> str:
    """What holds of a literal whose language one of the basic language ranges matches (RFC 4647 §3.3.1)."""
    ranges = [str(member).lower() for member in read_list(graph, term)]
    return " OR ".join(["false", *(_matches(wanted) for wanted in ranges)])


def _matches(wanted: str) -> str:
    if wanted == "*":
        return "true"
    return f"lower(t.language) = {quoted(wanted)} OR starts_with(lower(t.language), {quoted(wanted + '-')})"
