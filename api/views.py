"""A document as pages want it: statements by property, the values of a property side by side, with who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from kg.vocab import CLAIM, HAB, LINKS_GRAPH, ONTOLOGY_GRAPH, PROVENANCE_GRAPH

from .terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .documents import Document, Quad
    from .terms import Label, Row

__all__ = ["Beside", "Property", "Value", "by_property", "is_name", "name_of", "page_values"]

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
# What stands above the subjects of a property that is called by a noun, on the page of its value, in English; a verb
# needs nothing: "granted by" somebody.
_SEEN_FROM_VALUE: Final = {
    f"{HAB}candidate": "candidate of",
    f"{HAB}conflictingClaim": "one side of",
    f"{HAB}conflictsOnSubject": "claims disagree on",
    f"{HAB}holder": "holder of",
    f"{HAB}honour": "honour of",
    f"{HAB}population": "population of",
    f"{HAB}previousCount": "previous count of",
    "http://purl.org/dc/terms/publisher": "publisher of",
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
        conflicts: on the value, where claims disagree.
    """

    term: Term
    values: tuple[Value, ...]
    conflicts: tuple[Term, ...] = ()

    def seen_from_value(self, labels: Mapping[str, Label], value: str) -> str:
        """What stands above the subjects on the page of a value: "holder of", "granted by Alexander Lukashenko"."""
        label = labels.get(self.term.value)
        words = label.text if label else self.term.words
        is_english = label is None or label.language in ("", "en")
        return (is_english and _SEEN_FROM_VALUE.get(self.term.value)) or f"{words} {value}"


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page tells beside its document.

    Attributes:
        conflicts: on which claims disagree, by the IRI of the property.
        names: of claims and conflicts, which have no labels.
        json_ld: the thing in the terms of schema.org.
    """

    names: Mapping[str, Label]
    conflicts: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    json_ld: str = ""


def name_of(term: Term, labels: Mapping[str, Label]) -> str:
    """What a term is called on a page."""
    label = labels.get(term.value) if term.is_iri else None
    return label.text if label else term.local_name if term.is_iri else term.text


def is_name(predicate: Term) -> bool:
    """Whether it tells what a thing is or is called."""
    return predicate.value in _LAST


def by_property(
    rows: Iterable[Row],
    column: str,
    *,
    labels: Mapping[str, Label],
    conflicts: Mapping[str, tuple[Term, ...]] = MappingProxyType({}),
) -> tuple[Property, ...]:
    """Group rows by their property, and then by the term in a column ("value", "subject"); what is disputed first.

    Args:
        rows: with the columns "property" and ``column``.
        column: what stands beside the property.
        labels: by IRI; they give the order.
        conflicts: on which claims disagree, by the IRI of the property.
    """
    grouped: dict[Term, dict[Term, list[Row]]] = {}
    for row in rows:
        grouped.setdefault(row["property"], {}).setdefault(row[column], []).append(row)
    properties = (
        Property(term, tuple(_value(value, given) for value, given in values.items()), conflicts.get(term.value, ()))
        for term, values in grouped.items()
    )
    return tuple(sorted(properties, key=lambda p: (_rank(p), name_of(p.term, labels).casefold())))


def _value(term: Term, rows: Iterable[Row]) -> Value:
    """The rows of one value, what was published first before the others."""
    return Value(term, tuple(sorted(rows, key=lambda row: row["publishedOn"].value if "publishedOn" in row else "")))


def _rank(found: Property) -> int:
    if found.conflicts:
        return -1
    return 1 + _LAST.index(found.term.value) if found.term.value in _LAST else 0


def page_values(document: Document, languages: Sequence[str], beside: Beside) -> dict[str, Any]:
    """What the templates of things, claims and sources take, by name.

    Args:
        document: one page of it.
        languages: of the reader.
        beside: what the page tells beside it.
    """
    labels = {**document.labels(languages), **beside.names}
    attributed = _attributed(document)
    said = [_row(quad, attributed) for quad in document.quads if quad.graph in attributed]
    own = [row for row in said if row["subject"].value == document.iri]
    others = [row for row in said if row["subject"].value != document.iri]
    return {
        "title": name_of(Term("uri", document.iri), labels),
        "is_named": document.iri in labels,
        "language": labels[document.iri].language if document.iri in labels else "",
        "labels": labels,
        "statements": by_property(own, "value", labels=labels, conflicts=beside.conflicts),
        "mentions": by_property(others, "subject", labels=labels),
        "told": _told(own, others),
        "says": _says(document, attributed),
        **_recorded(document, labels, set(attributed)),
    }


def _told(own: Iterable[Row], others: Iterable[Row]) -> str:
    """How many claims describe a thing, how many more name it, and of how many speakers; empty where none does."""
    describing = {row["claim"]: row["speaker"] for row in own}
    naming = {row["claim"]: row["speaker"] for row in others if row["claim"] not in describing}
    more = "more claim" if describing else "claim"
    return "; ".join(
        f"{_number(len(claims), noun)} by {_number(len(set(claims.values())), 'speaker')} {verbs[len(claims) > 1]} it"
        for claims, noun, verbs in (
            (describing, "claim", ("describes", "describe")),
            (naming, more, ("names", "name")),
        )
        if claims
    )


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


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
