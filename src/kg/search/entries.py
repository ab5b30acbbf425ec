"""What goes into the search index of a release, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entry", "Hit", "Page"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a release, as it is indexed.

    Attributes:
        iri: of the thing; of the survivor, where others were merged into it.
        labels: text by language tag ("" for none), from rdfs:label.
        names: every spelling, the labels among them, as they are printed.
        types: IRIs of its classes, their superclasses among them.
        texts: further texts that name or describe it: comments, titles, definitions.
        not_before, not_after: first and last day that it concerns, ISO 8601; "" where that is unknown.
        former: IRIs that were merged into it, by which it is found too.
    """

    iri: str
    labels: Mapping[str, str]
    names: tuple[str, ...]
    types: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    not_before: str = ""
    not_after: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found.

    Attributes:
        entry: as it was indexed.
        score: from 0.0 to 100.0; 100 where a name is the same but for case and marks.
        name: the spelling that fits best; "" where a text was found.
        features: what the score is made of, by name, each from 0.0 to 1.0.
    """

    entry: Entry
    score: float
    name: str = ""
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what was found, best first, and how much there is in all (exact up to a bound, see ``is_exact``)."""

    hits: tuple[Hit, ...]
    total: int
    is_exact: bool = True
