"""The search index of a release: everything that has a name, found by name (any spelling) or by text."""

from __future__ import annotations

from .collecting import read_entries
from .entries import Entry, Hit, Page
from .index import SearchIndex
from .writing import write_index

__all__ = ["Entry", "Hit", "Page", "SearchIndex", "read_entries", "write_index"]
