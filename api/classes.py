"""The classes of which a release has things that can be found: for filters, for suggestions, and beside each thing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from starlette.exceptions import HTTPException

from kg.vocab import HAB

from .lookups import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kg.search import SearchIndex

    from .service import Serving
    from .terms import Row

__all__ = ["Classes", "ThingClass", "classes_of", "index_of"]

# A release never changes, so this is asked once for each.
_KEPT: Final[WeakKeyDictionary[Serving, Classes]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ThingClass:
    """A class.

    Attributes:
        name: in English.
        broader: IRIs of the classes right above it.
        count: how many things of it can be found.
    """

    iri: str
    name: str
    definition: str
    broader: tuple[str, ...]
    count: int

    @property
    def words(self) -> str:
        """The name with its definition."""
        return f"{self.name}: {self.definition}" if self.definition else self.name


class Classes:
    """The classes of a release by IRI, in the order of their names."""

    def __init__(self, classes: Iterable[ThingClass]) -> None:
        self.by_iri: Mapping[str, ThingClass] = {
            known.iri: known for known in sorted(classes, key=lambda known: known.name.casefold())
        }

    def resolve(self, name: str) -> str | None:
        """The IRI of a class that is named by it, by its last part ("Person"), or with our prefix ("hab:Person")."""
        return next((iri for iri in (name, HAB + name.removeprefix("hab:")) if iri in self.by_iri), None)

    def narrowest_first(self, iris: Iterable[str]) -> list[ThingClass]:
        """Those of some classes that are known here; what others are kinds of comes after them."""
        known = [self.by_iri[iri] for iri in iris if iri in self.by_iri]
        broader = {above for found in known for above in found.broader}
        return sorted(known, key=lambda found: (found.iri in broader, found.count, found.name))


async def classes_of(serving: Serving) -> Classes:
    """The classes of a release."""
    classes = _KEPT.get(serving)
    if classes is None:
        rows = await select(serving.backend, "classes")
        classes = _KEPT[serving] = await asyncio.to_thread(_classes, rows, index_of(serving))
    return classes


def index_of(serving: Serving) -> SearchIndex:
    """The index of the release that is served.

    Raises:
        HTTPException: 503, it has none.
    """
    if serving.search is None:
        raise HTTPException(503, "The release that is served has no index of names.", {"Retry-After": "60"})
    return serving.search


def _classes(rows: Iterable[Row], index: SearchIndex) -> Classes:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["class"].value, []).append(row)
    counts = {iri: index.search("", types=(iri,), limit=1).total for iri in grouped}
    return Classes(_class(iri, grouped[iri], counts[iri]) for iri in grouped if counts[iri])


def _class(iri: str, rows: list[Row], count: int) -> ThingClass:
    broader = tuple(dict.fromkeys(row["broader"].value for row in rows if "broader" in row))
    definition = rows[0]["definition"].value if "definition" in rows[0] else ""
    return ThingClass(iri, rows[0]["label"].value, definition, broader, count)
