"""From queries to candidates: who has such a name or link, how well the rest fits, and whether that settles it.

The score of a candidate is the mean of the likeness of its name (weight 1) and of the agreement of each property that
the client gives (weights in ``properties.toml``), times 100; a type that is a wish counts too. What is not documented
counts half: it speaks neither for nor against. All that goes into it is told among the features, so that a client can
weigh it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kg.names import telling_words
from kg.vocab import HAB

from .comparing import agreement, tells_apart
from .identity import is_private_person
from .properties import Property, properties
from .requests import TypeRule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kg.search import Entry, Hit

    from ..terms import Term
    from .requests import Condition, Given, Query

__all__ = ["Candidate", "Found", "candidates"]

# A candidate is taken for the thing itself from here on, with so much between it and the next.
_SAFE_SCORE: Final = 95.0
_SAFE_GAP: Final = 5.0
_UNKNOWN: Final = 0.5
# Of a property that is not in the table: it may speak for or against, and nobody can tell.
_UNKNOWN_WEIGHT: Final = 0.3
# Of a type that is a wish; a type that is asked for is a condition.
_TYPE_WEIGHT: Final = 0.3
_PERSON: Final = f"{HAB}Person"
# One word may be a given name, or the name of a family.
_FULL_NAME_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a query.

    Attributes:
        hits: by name, best first.
        identified: things that are named by an identifier of theirs, here or elsewhere.
        related: things that have a value which the query asks for.
        meant: the things that values of conditions may mean.
        types: the classes asked for, by IRI.
    """

    hits: Sequence[Hit] = ()
    identified: Sequence[Entry] = ()
    related: Sequence[Entry] = ()
    meant: Mapping[Given, frozenset[str]] = field(default_factory=dict)
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be the one that a client means.

    Attributes:
        score: from 0.0 to 100.0.
        name: the spelling that fits best; "" where it was not found by name.
        features: what the score is made of, each from 0.0 to 1.0.
        is_match: whether this is safely the thing.
    """

    entry: Entry
    score: float
    name: str
    features: Mapping[str, float]
    is_match: bool = False


def candidates(query: Query, found: Found, documented: Mapping[tuple[str, str], Collection[Term]]) -> list[Candidate]:
    """The candidates for a query, best first, as many as it wants.

    Args:
        query: what is looked for.
        found: what may be it.
        documented: values by the IRI of a thing and the id of a property.
    """
    if found.identified:
        return _identified(query, found, documented)[: query.limit]
    ranked = [
        scored
        for entry, name, features in _named(found)
        if (scored := _scored(query, found, documented, (entry, name, features))) is not None
    ]
    ranked.sort(key=lambda candidate: (-candidate.score, candidate.entry.iri))
    if ranked and _is_safe(ranked) and _is_settled(query, found, documented, ranked[0].entry):
        best = ranked[0]
        ranked[0] = Candidate(best.entry, best.score, best.name, best.features, is_match=True)
    return ranked[: query.limit]


def _identified(query: Query, found: Found, documented: Mapping[tuple[str, str], Collection[Term]]) -> list[Candidate]:
    """What an identifier names: no match where that is two things, or not what is asked for."""
    # By an identifier here and one elsewhere, the same is found twice.
    entries = {entry.iri: entry for entry in found.identified}.values()
    listed = []
    for entry in entries:
        features = {"identifier": 1.0}
        is_match = _is_as_asked(query, found, documented, (entry, features)) and len(entries) == 1
        listed.append(Candidate(entry, 100.0, "", features, is_match))
    return listed


def _is_as_asked(
    query: Query,
    found: Found,
    documented: Mapping[tuple[str, str], Collection[Term]],
    identified: tuple[Entry, dict[str, float]],
) -> bool:
    entry, features = identified
    if not _has_types(entry, query, found, features) or not features.get("type", 1.0):
        return False
    required = [condition for condition in query.conditions if condition.is_required]
    return all(_agreed(row, properties().get(row.property), entry, documented, found) == 1.0 for row in required)


def _named(found: Found) -> list[tuple[Entry, str, dict[str, float]]]:
    by_name = [(hit.entry, hit.name, _name_features(hit)) for hit in found.hits]
    named = {hit.entry.iri for hit in found.hits}
    return by_name + [(entry, "", {}) for entry in found.related if entry.iri not in named]


def _name_features(hit: Hit) -> dict[str, float]:
    parts = {f"name:{feature}": value for feature, value in hit.features.items()}
    return {"name": min(hit.score, 100.0) / 100, **parts}


def _scored(
    query: Query,
    found: Found,
    documented: Mapping[tuple[str, str], Collection[Term]],
    likeness: tuple[Entry, str, dict[str, float]],
) -> Candidate | None:
    """A candidate with its score; None where it lacks what is required."""
    entry, name, features = likeness
    if not _has_types(entry, query, found, features):
        return None
    total, weights = (features["name"], 1.0) if "name" in features else (0.0, 0.0)
    if query.types and query.type_rule is TypeRule.SHOULD:
        total, weights = total + _TYPE_WEIGHT * features["type"], weights + _TYPE_WEIGHT
    for condition in query.conditions:
        known = properties().get(condition.property)
        agreed = _agreed(condition, known, entry, documented, found)
        if condition.is_required and agreed != 1.0:
            return None
        weight = known.weight if known else _UNKNOWN_WEIGHT
        total, weights = total + weight * (_UNKNOWN if agreed is None else agreed), weights + weight
        if agreed is not None:
            features[f"property:{condition.property}"] = agreed
    return Candidate(entry, round(100 * total / weights, 2) if weights else 0.0, name, features)


def _agreed(
    condition: Condition,
    known: Property | None,
    entry: Entry,
    documented: Mapping[tuple[str, str], Collection[Term]],
    found: Found,
) -> float | None:
    if known is None:
        return None
    return agreement(condition, known, documented.get((entry.iri, condition.property), ()), found.meant)


def _has_types(entry: Entry, query: Query, found: Found, features: dict[str, float]) -> bool:
    if not query.types:
        return True
    held = [known in entry.types for known in found.types]
    features["type"] = float(any(held))
    return {
        TypeRule.ANY: any(held),
        TypeRule.ALL: len(found.types) == len(query.types) and all(held),
        TypeRule.SHOULD: True,
    }[query.type_rule]


def _is_safe(ranked: Sequence[Candidate]) -> bool:
    """Whether the best candidate fits well, alone up there, and is contradicted by nothing."""
    best = ranked[0]
    agreed = [value for name, value in best.features.items() if name.startswith("property:")]
    is_of_type = best.features.get("type", 1.0) > 0.0
    if best.score < _SAFE_SCORE or "name" not in best.features or 0.0 in agreed or not is_of_type:
        return False
    return len(ranked) == 1 or best.score - ranked[1].score >= _SAFE_GAP


def _is_settled(
    query: Query, found: Found, documented: Mapping[tuple[str, str], Collection[Term]], entry: Entry
) -> bool:
    """Whether what is asked for can mean no other person.

    A name alone never settles who a private person is: there are namesakes whom no dataset knows. Nor does a single
    word settle who any person is, whatever titles, initials or marks stand around it.
    """
    if _PERSON not in entry.types:
        return True
    if not any(len(telling_words(given.text)) >= _FULL_NAME_WORDS for given in query.names):
        return False
    return not is_private_person(entry.iri) or any(
        tells_apart(condition, known, documented.get((entry.iri, known.id), ()), found.meant)
        for condition in query.conditions
        if (known := properties().get(condition.property)) is not None
    )
