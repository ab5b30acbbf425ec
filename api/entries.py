"""What is shown of a thing of the index: its name, and what tells it from its namesakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .terms import Label, Term, choose_label

if TYPE_CHECKING:
    from kg.search import Entry

    from .classes import Classes

__all__ = ["days_of_entry", "description_of_entry", "name_of_entry"]

_DESCRIPTION_CHARACTERS: Final = 160


def name_of_entry(entry: Entry) -> Label:
    """What a thing is called, for a reader of English."""
    labels = [Label(text, language) for language, text in entry.labels.items() if text]
    names = [Label(name) for name in entry.names if name]
    return choose_label(labels or names or [Label(Term("uri", entry.iri).local_name)])


def days_of_entry(entry: Entry) -> str:
    """The days that it concerns, "2024-11-07" or "2020-08-09–2020-08-11"; an end that is open is left out."""
    if entry.not_before == entry.not_after:
        return entry.not_before
    return f"{entry.not_before}–{entry.not_after}"


def description_of_entry(entry: Entry, classes: Classes) -> str:
    """What tells a thing from its namesakes: its kind, its days, and the beginning of its first text."""
    kinds = [kind.name for kind in classes.narrowest_first(entry.types)[:1]]
    text = next(iter(entry.texts), "")
    shortened = text if len(text) <= _DESCRIPTION_CHARACTERS else text[: _DESCRIPTION_CHARACTERS - 1].rstrip() + "…"
    return "; ".join(part for part in (*kinds, days_of_entry(entry), shortened) if part)
