"""Which identifiers name a thing of ours, and whom they must not give away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kg.rdf import is_iri
from kg.vocab import ID

from .properties import link_of

if TYPE_CHECKING:
    from kg.search import Entry, SearchIndex

    from .requests import Given

__all__ = ["entry_of", "foreign_link", "is_private_person"]

# Opaque keys as `kg mint` makes them; whoever has a public role has a readable one.
_OPAQUE: Final = re.compile(r"[a-z][2-9a-z]{7}")
_PERSON: Final = f"{ID}person/"
_OUR_PATH: Final = re.compile(r"[a-z]+/[a-z0-9-]{1,120}")


def is_private_person(iri: str) -> bool:
    """Whether an IRI names a person under a key that says nothing."""
    return iri.startswith(_PERSON) and _OPAQUE.fullmatch(iri.removeprefix(_PERSON)) is not None


def entry_of(index: SearchIndex, given: Given) -> Entry | None:
    """The thing that an identifier of ours names: its IRI, one that it had before, or the end of one ("person/…")."""
    for text in (given.id, given.text):
        if text and is_iri(text) and (entry := index.find(text)) is not None:
            return entry
        if _OUR_PATH.fullmatch(text) and (entry := index.find(ID + text)) is not None:
            return entry
    return None


def foreign_link(given: Given) -> str:
    """The IRI in another dataset that a value stands for; empty where it stands for none."""
    return next((link for text in (given.id, given.text) if (link := link_of(text))), "")
