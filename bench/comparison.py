"""Answers of two engines compared: as multisets of rows, term by term; numbers by value, blank nodes as such."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyoxigraph

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["differences", "read_answer"]

XSD = "http://www.w3.org/2001/XMLSchema#"
NUMERIC = {
    XSD + name
    for name in (
        *("integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger"),
        *("positiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "negativeInteger", "nonPositiveInteger"),
    )
}
SHOWN = 3


def read_answer(media_type: str, body: bytes) -> Counter[str]:
    """The rows or triples of an answer, each as one text in which equal terms are written alike.

    Args:
        media_type: of SPARQL results in JSON, or of a graph as Turtle or N-Triples; parameters may follow.
        body: the whole answer.

    Raises:
        ValueError, SyntaxError: it is not of that type, or of another type.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind in {"application/sparql-results+json", "application/json"}:
        return _rows(json.loads(body))
    formats = {"text/turtle": pyoxigraph.RdfFormat.TURTLE, "application/n-triples": pyoxigraph.RdfFormat.N_TRIPLES}
    if kind not in formats:
        raise ValueError(f"its type is {media_type}")
    quads = list(pyoxigraph.parse(body, format=formats[kind]))
    # A graph is a set: a triple that is written twice is there once.
    return Counter({" ".join(map(_graph_term, (q.subject, q.predicate, q.object))) for q in quads})


def differences(one: Counter[str], other: Counter[str]) -> list[str]:
    """What only one of the two has: how many rows, and the first few; nothing where the two are equal."""
    told = []
    for name, only in (("only in the first", one - other), ("only in the second", other - one)):
        if only:
            told.append(f"{only.total()} rows {name}, such as {'; '.join(sorted(only)[:SHOWN])}")
    return told


def _rows(document: Mapping[str, Any]) -> Counter[str]:
    if "boolean" in document:
        return Counter([f"boolean {document['boolean']}"])
    variables = sorted(document["head"]["vars"])
    return Counter(
        " ".join(f"?{name} {_json_term(row[name])}" if name in row else f"?{name} unbound" for name in variables)
        for row in document["results"]["bindings"]
    )


def _json_term(term: Mapping[str, str]) -> str:
    if term["type"] == "uri":
        return f"<{term['value']}>"
    if term["type"] == "bnode":
        return "blank"
    # "typed-literal" is what engines of before 2013 write.
    return _literal(term["value"], term.get("datatype", ""), term.get("xml:lang", ""))


def _graph_term(term: object) -> str:
    if isinstance(term, pyoxigraph.Literal):
        return _literal(term.value, term.datatype.value, term.language or "")
    return "blank" if isinstance(term, pyoxigraph.BlankNode) else str(term)


def _literal(text: str, datatype: str, language: str) -> str:
    if language:
        return f"{json.dumps(text)}@{language.lower()}"
    if datatype in NUMERIC:
        return f"number {_number(text)}"
    return json.dumps(text) if datatype in {"", XSD + "string"} else f"{json.dumps(text)}^^{datatype}"


def _number(text: str) -> str:
    """The value in one writing, to twelve figures: engines round quotients in different places."""
    try:
        return f"{Decimal(text.replace('INF', 'Infinity')):.11e}"
    except InvalidOperation:
        return f"ill-typed {text}"
