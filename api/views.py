"""A document as pages want it: statements by property, the values of a property side by side, with who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kg.vocab import CLAIM, HAB, LINKS_GRAPH, ONTOLOGY_GRAPH, PROVENANCE_GRAPH

from .terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .documents import Document, Quad
    from .terms import Label, Row

__all__ = ["Property", "Value", "by_property", "name_of", "page_values"]

_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
# What a thing is and what it is called comes last: it is rarely why somebody reads on.
_LAST: Final = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    f"{_RDFS}label",
    "http://www.w3.org/2004/02/skos/core#altLabel",
)
# What a page tells of a claim, by the name that its template has for it.
_OF_CLAIM: Final = {
    "http://www.w3.org/ns/prov#wasAttributedTo": "speaker",
    f"{HAB}reportedIn": "source",
    f"{HAB}locator": "locator",
    f"{HAB}claimedOn": "claimedOn",
    f"{HAB}confidence": "confidence",
    f"{HAB}claimStatus": "status",
}
_PUBLISHED_ON: Final = f"{HAB}publishedOn"
_DIGITS_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property (or one subject, seen from its object), with the rows that give it."""

    term: Term
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A property with its values.

    Attributes:
        term: its IRI.
        values: in the order of the rows.
        disputed: whether claims disagree on the value.
    """

    term: Term
    values: tuple[Value, ...]
    disputed: bool = False


def name_of(term: Term, labels: Mapping[str, Label]) -> str:
    """What a term is called on a page."""
    label = labels.get(term.value) if term.is_iri else None
    return label.text if label else term.local_name if term.is_iri else term.text


def by_property(
    rows: Iterable[Row], column: str, *, labels: Mapping[str, Label], disputed: frozenset[str] = frozenset()
) -> tuple[Property, ...]:
    """Group rows by their property, and then by the term in a column ("value", "subject"); what is disputed first.

    Args:
        rows: with the columns "property" and ``column``.
        column: what stands beside the property.
        labels: by IRI; they give the order.
        disputed: IRIs of the properties on which claims disagree.
    """
    grouped: dict[Term, dict[Term, list[Row]]] = {}
    for row in rows:
        grouped.setdefault(row["property"], {}).setdefault(row[column], []).append(row)
    properties = (
        Property(term, tuple(Value(value, tuple(given)) for value, given in values.items()), term.value in disputed)
        for term, values in grouped.items()
    )
    return tuple(sorted(properties, key=lambda p: (_rank(p), name_of(p.term, labels).casefold())))


def _rank(found: Property) -> int:
    if found.disputed:
        return -1
    return 1 + _LAST.index(found.term.value) if found.term.value in _LAST else 0


def page_values(document: Document, languages: Sequence[str], disputed: frozenset[str]) -> dict[str, Any]:
    """What the templates of things, claims and sources take, by name.

    Args:
        document: one page of it.
        languages: of the reader.
        disputed: IRIs of the properties on which claims disagree.
    """
    labels = document.labels(languages)
    attributed = _attributed(document)
    said = [_row(quad, attributed) for quad in document.quads if quad.graph in attributed]
    own = [row for row in said if row["subject"].value == document.iri]
    others = [row for row in said if row["subject"].value != document.iri]
    return {
        "title": name_of(Term("uri", document.iri), labels),
        "language": labels[document.iri].language if document.iri in labels else "",
        "labels": labels,
        "statements": by_property(own, "value", labels=labels, disputed=disputed),
        "mentions": by_property(others, "subject", labels=labels),
        "claims": len({row["claim"] for row in own}),
        "speakers": len({row["speaker"] for row in own}),
        "says": _says(document, attributed),
        **_recorded(document, labels, set(attributed)),
    }


def _attributed(document: Document) -> dict[str, Row]:
    """Who says what each claim says, where and when; claims of which that is not known are left out."""
    claims: dict[str, Row] = {}
    published: dict[str, Term] = {}
    for quad in (*document.around, *document.quads):
        if quad.graph != PROVENANCE_GRAPH:
            continue
        if quad.predicate.value == _PUBLISHED_ON:
            published[quad.subject.value] = quad.value
        elif quad.predicate.value in _OF_CLAIM and quad.subject.value.startswith(CLAIM):
            row = claims.setdefault(quad.subject.value, {"claim": quad.subject})
            row[_OF_CLAIM[quad.predicate.value]] = quad.value
    whole = {claim: row for claim, row in claims.items() if "speaker" in row and "source" in row}
    for row in whole.values():
        if row["source"].value in published:
            row["publishedOn"] = published[row["source"].value]
    return whole


def _row(quad: Quad, attributed: Mapping[str, Row]) -> Row:
    return {"subject": quad.subject, "property": quad.predicate, "value": quad.value, **attributed[quad.graph]}


def _says(document: Document, attributed: Mapping[str, Row]) -> list[Row]:
    """What a claim says; or what was read in a source, in the order of the places in it."""
    inside = [quad for quad in document.quads if quad.graph == document.iri]
    rows = [_row(quad, attributed) for quad in (*inside, *document.says) if quad.graph in attributed]
    return rows if inside else sorted(rows, key=lambda row: (_place_in(row), row["claim"].value))


def _place_in(row: Row) -> list[tuple[int, str]]:
    """A key by which "paragraph 9" comes before "paragraph 10"."""
    parts = re.split(r"(\d+)", row["locator"].value) if "locator" in row else []
    return [(int(part), "") if part.isdecimal() and len(part) < _DIGITS_MAX else (-1, part) for part in parts]


def _recorded(document: Document, labels: Mapping[str, Label], claims: set[str]) -> dict[str, Any]:
    """What no claim says of it, by the graph in which it stands, and what else is recorded that names it."""
    quads = [q for q in document.quads if q.graph not in ("", ONTOLOGY_GRAPH, document.iri) and q.graph not in claims]
    rows = [{"subject": quad.subject, "property": quad.predicate, "value": quad.value} for quad in quads]
    own = [(quad.graph, row) for quad, row in zip(quads, rows, strict=True) if quad.subject.value == document.iri]
    return {
        "provenance": by_property((row for graph, row in own if graph == PROVENANCE_GRAPH), "value", labels=labels),
        "links": by_property((row for graph, row in own if graph == LINKS_GRAPH), "value", labels=labels),
        "derived": by_property((r for g, r in own if g not in (PROVENANCE_GRAPH, LINKS_GRAPH)), "value", labels=labels),
        "record": by_property((r for r in rows if r["subject"].value != document.iri), "subject", labels=labels),
    }
