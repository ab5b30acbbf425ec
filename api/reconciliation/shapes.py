"""Candidates, suggestions and values as the protocol writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kg.vocab import EDTF

from ..entries import description_of_entry, name_of_entry
from .properties import properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.search import Entry

    from ..classes import Classes
    from ..terms import Term
    from .matching import Candidate
    from .properties import Property

__all__ = [
    "FEATURES",
    "candidate_members",
    "draft_candidate_members",
    "entity_suggestion",
    "property_members",
    "value_members",
]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_WHOLE: Final = frozenset(f"{_XSD}{name}" for name in ("integer", "int", "long", "nonNegativeInteger"))
_DECIMAL: Final = frozenset(f"{_XSD}{name}" for name in ("decimal", "double", "float"))
_DAYS: Final = frozenset((EDTF, f"{_XSD}date"))
_DAY: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
# Larger ones are no whole numbers of JavaScript's, or no numbers of JSON's; they are given as text.
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
# What the features are that every candidate may have; the others are named after what they compare.
FEATURES: Final[Mapping[str, str]] = {
    "name": "likeness of the name",
    "type": "is of a type that is asked for",
    "identifier": "is named by an identifier",
}

# A JSON object.
_Members = dict[str, Any]


def candidate_members(candidate: Candidate, classes: Classes) -> _Members:
    """A candidate in versions 0.1 and 0.2."""
    members = _candidate(candidate, classes)
    members["features"] = [{"id": name, "value": round(value, 4)} for name, value in candidate.features.items()]
    return members


def draft_candidate_members(candidate: Candidate, classes: Classes) -> _Members:
    """A candidate in version 1.0-draft."""
    members = _candidate(candidate, classes)
    language = name_of_entry(candidate.entry).language
    if language:
        members["lang"] = language
    members["features"] = [
        {"id": name, "name": _feature_name(name), "value": round(value, 4)}
        for name, value in candidate.features.items()
    ]
    return members


def _candidate(candidate: Candidate, classes: Classes) -> _Members:
    entry, name = candidate.entry, name_of_entry(candidate.entry).text
    description = description_of_entry(entry, classes)
    if candidate.name and candidate.name != name:
        description = f"{candidate.name}; {description}" if description else candidate.name
    members: _Members = {"id": entry.iri, "name": name}
    if description:
        members["description"] = description
    kinds = [{"id": kind.iri, "name": kind.name} for kind in classes.narrowest_first(entry.types)]
    return {**members, "type": kinds, "score": candidate.score, "match": candidate.is_match}


def _feature_name(feature: str) -> str:
    group, _, name = feature.partition(":")
    if group == "property":
        known = properties().get(name)
        return f"agreement of the {known.name if known else name}"
    return FEATURES.get(feature, f"likeness of the name: {name.replace('_', ' ')}")


def entity_suggestion(entry: Entry, classes: Classes) -> _Members:
    """A thing among suggestions."""
    kinds = classes.narrowest_first(entry.types)
    return {
        "id": entry.iri,
        "name": name_of_entry(entry).text,
        "description": description_of_entry(entry, classes),
        "notable": [{"id": kind.iri, "name": kind.name} for kind in kinds[:2]],
    }


def property_members(known: Property) -> _Members:
    """A property among suggestions and proposals."""
    return {"id": known.id, "name": known.name, "description": known.description}


def value_members(term: Term, things: Mapping[str, str], words: Mapping[str, str]) -> _Members:
    """A value of a property as data extension writes it.

    Args:
        term: the value.
        things: what things that can be matched here are called, by IRI; any other IRI is text.
        words: what other IRIs are called.
    """
    if term.is_iri:
        name = things.get(term.value)
        return {"id": term.value, "name": name} if name else {"str": words.get(term.value, term.value)}
    if term.datatype in _DAYS and _DAY.fullmatch(term.value):
        return {"date": f"{term.value}T00:00:00Z"}
    if term.datatype in _WHOLE and _WHOLE_NUMBER.fullmatch(term.value):
        return {"int": int(term.value)}
    if term.datatype in _DECIMAL and _NUMBER.fullmatch(term.value):
        return {"float": float(term.value)}
    return {"str": term.value}
