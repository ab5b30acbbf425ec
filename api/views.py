"""Rows of a query as pages want them: statements by property, the values of a property side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .terms import Label, Row, Term

__all__ = ["Property", "Value", "by_property", "name_of"]

_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
# What a thing is and what it is called comes last: it is rarely why somebody reads on.
_LAST: Final = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    f"{_RDFS}label",
    "http://www.w3.org/2004/02/skos/core#altLabel",
)


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
