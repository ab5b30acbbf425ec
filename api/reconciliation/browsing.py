"""What people see while they judge: suggestions as they type, and a preview of what they point at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..entries import days_of_entry, name_of_entry
from ..terms import Label, Term
from .identity import entry_of
from .manifest import type_members
from .properties import properties
from .requests import Given
from .shapes import entity_suggestion, property_members

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kg.search import Entry, SearchIndex

    from ..classes import Classes

__all__ = ["KINDS", "preview_of", "preview_of_term", "suggest", "suggest_entities"]

_OTHER_NAMES_MAX: Final = 12

# What a template takes, or a JSON object.
_Members = dict[str, Any]


def suggest_entities(
    index: SearchIndex, classes: Classes, prefix: str, *, types: Sequence[str], part: tuple[int, int]
) -> list[_Members]:
    """Things of whose names a word begins so, or the one that an identifier names; all things for no prefix.

    Each is of one of ``types`` (IRIs of classes) where there are any; ``part`` is how many to leave out and to give.
    """
    offset, limit = part
    identified = entry_of(index, Given(prefix)) if prefix else None
    if identified is not None:
        return [entity_suggestion(identified, classes)][offset:]
    if not prefix:
        hits = index.search("", types=types, offset=offset, limit=limit).hits
    else:
        hits = tuple(index.complete(prefix, types=types, limit=offset + limit)[offset:])
    return [entity_suggestion(hit.entry, classes) for hit in hits]


def suggest(kind: str, classes: Classes, prefix: str) -> list[_Members]:
    """Types or properties of whose names a word begins so, or that have that id; all of them for no prefix."""
    return [members for members in KINDS[kind](classes) if _begins(members, prefix.casefold())]


def _begins(members: Mapping[str, Any], prefix: str) -> bool:
    name: str = members["name"].casefold()
    last_part = str(members["id"]).rpartition("#")[2]
    return (
        name.startswith(prefix)
        or any(word.startswith(prefix) for word in name.split())
        or prefix in (members["id"].casefold(), last_part.casefold())
    )


def _types(classes: Classes) -> list[_Members]:
    return [type_members(known, classes) for known in classes.by_iri.values()]


def _properties(_: Classes) -> list[_Members]:
    return [property_members(known) for known in properties().values()]


KINDS: Final[Mapping[str, Callable[[Classes], list[_Members]]]] = {"type": _types, "property": _properties}


def preview_of(entry: Entry, classes: Classes) -> _Members:
    """What a preview of a thing shows."""
    label = name_of_entry(entry)
    kinds = classes.narrowest_first(entry.types)
    return {
        "iri": entry.iri,
        "label": label,
        "href": Term("uri", entry.iri).href,
        "kind": kinds[0].name if kinds else "",
        "days": days_of_entry(entry),
        "others": [name for name in dict.fromkeys(entry.names) if name != label.text][:_OTHER_NAMES_MAX],
        "text": next(iter(entry.texts), ""),
    }


def preview_of_term(members: Mapping[str, Any]) -> _Members:
    """What a preview of a type or a property shows."""
    return {
        "iri": members["id"],
        "label": Label(members["name"]),
        "href": Term("uri", members["id"]).href,
        "kind": "",
        "days": "",
        "others": [],
        "text": members.get("description", ""),
    }
