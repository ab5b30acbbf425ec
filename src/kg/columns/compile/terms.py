"""RDF terms as the compiler and its answers hold them, and as SQL."""

from __future__ import annotations

from typing import Final, NamedTuple

from rdflib import BNode, Literal, URIRef

from kg.errors import QueryUnsupportedError

__all__ = ["BLANK", "IRI", "LANG_STRING", "LITERAL", "STRING", "XSD", "Term", "refuse", "term_of"]

BLANK: Final = 1
IRI: Final = 2
LITERAL: Final = 3
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
STRING: Final = XSD + "string"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LANG_STRING: Final = _RDF + "langString"
_BEYOND_RDF_11: Final = {_RDF + "dirLangString"}


class Term(NamedTuple):
    """One RDF 1.1 term; ``datatype`` and ``language`` are empty where the kind has none."""

    kind: int
    lexical: str
    datatype: str = ""
    language: str = ""


def refuse(reason: str) -> QueryUnsupportedError:
    """The error for what the compiler does not cover."""
    return QueryUnsupportedError(f"The columns do not answer this: {reason}.")


def term_of(node: object) -> Term:
    """The term that rdflib's parser read.

    Raises:
        QueryUnsupportedError: it is no RDF 1.1 term, or holds a character that SQL text cannot hold.
    """
    if "\0" in str(node):
        raise refuse("the character U+0000")
    if isinstance(node, URIRef):
        return Term(IRI, str(node))
    if isinstance(node, BNode):
        return Term(BLANK, str(node))
    if isinstance(node, Literal):
        if node.language is not None:
            return Term(LITERAL, str(node), LANG_STRING, node.language.lower())
        datatype = str(node.datatype) if node.datatype is not None else STRING
        if datatype not in _BEYOND_RDF_11:
            return Term(LITERAL, str(node), datatype)
    raise refuse("a term that is not RDF 1.1")
