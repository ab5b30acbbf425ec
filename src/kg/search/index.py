"""Ask the search index of a release."""

from __future__ import annotations

import math
import weakref
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import tantivy

from kg.errors import ReleaseError
from kg.names import compare, keys, words

from .entries import Entry, Hit, Page
from .queries import Queries
from .ranking import rank
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Narrowing", "SearchIndex"]

_LIMIT_MAX: Final = 1000
_OFFSET_MAX: Final = 10_000
# How many of those that share most keys with a name are compared with it, and by how many of their names each.
_CANDIDATES: Final = 20
_NAMES_MAX: Final = 64
# Of how many finds the order is made better than the inverted index can.
_RANKED: Final = 100


class Narrowing(TypedDict, total=False):
    """What is found of all that fits.

    Attributes:
        types: things of at least one of these classes, by IRI; of all, where there are none.
        not_before: things that last until this day (YYYY-MM-DD) or longer; "" for no bound. What has no date is found
            only without bounds, and nothing is found with a bound that is no day.
        not_after: things that begin on this day or earlier; "" for no bound.
    """

    types: Sequence[str]
    not_before: str
    not_after: str


class SearchIndex:
    """An index that ``write_index`` wrote, open for reading; threads may share it.

    Whatever the text, a question takes bounded time and memory and raises nothing: of a long text the beginning counts.
    """

    def __init__(self, index: tantivy.Index, rows: Rows) -> None:
        self._searcher = index.searcher()
        self._queries = Queries(index.schema)
        self._rows = rows

    @classmethod
    def open(cls, folder: Path) -> SearchIndex:
        """Open the index in a folder, in which nothing is written: it may be read-only.

        Raises:
            ReleaseError: there is no index, or it cannot be read.
        """
        try:
            return cls._open(folder, mkdtemp(prefix="habeas-search-"))
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{folder}: the search index cannot be read ({error}). Build the release again."
            ) from error

    @classmethod
    def _open(cls, folder: Path, place: str) -> SearchIndex:
        """Open it by links to its files: whoever opens an index writes a lock beside it. The links are soon gone."""
        try:
            for file in folder.iterdir():
                (Path(place) / file.name).symlink_to(file.absolute())
            index = tantivy.Index.open(place)
            index.config_reader("manual")
            opened = cls(index, Rows(folder))
            # The library has a thread that may write its lock once more, while the links are being removed.
            weakref.finalize(opened, rmtree, place, ignore_errors=True)
            return opened
        finally:
            rmtree(place, ignore_errors=True)

    def find(self, iri: str) -> Entry | None:
        """The entry with an IRI, or into which the thing with that IRI was merged."""
        found = self._searcher.search(self._queries.iri(iri), 1, count=False)
        return next(self._entries([address for _, address in found.hits]), None)

    def match(self, name: str, *, types: Sequence[str] = (), limit: int = 10) -> list[Hit]:
        """Things by a name in any spelling, best first; an entry is of one of ``types``, where any are given."""
        limit = min(max(limit, 0), _LIMIT_MAX)
        words = [{key: weight * self._rarity(key) for key, weight in word.items()} for word in keys(name)]
        if not words or not limit:
            return []
        found = self._searcher.search(self._queries.name(words, types), max(_CANDIDATES, limit), count=False)
        hits = [_compare(name, entry) for entry in self._entries([address for _, address in found.hits])]
        hits.sort(key=lambda hit: (-hit.score, hit.entry.iri))
        return hits[:limit]

    def _rarity(self, key: str) -> float:
        """How much a key tells: its inverse document frequency, as BM25 has it (Robertson and Zaragoza 2009)."""
        with_it = self._searcher.doc_freq("key", key)
        return math.log(1 + (self._searcher.num_docs - with_it + 0.5) / (with_it + 0.5))

    def complete(self, prefix: str, *, types: Sequence[str] = (), limit: int = 10) -> list[Hit]:
        """Things of whose names the last word begins as the last word of ``prefix`` does, best first."""
        wanted = words(prefix)
        return list(self._page(self._queries.prefix(wanted, types), wanted, 0, limit).hits)

    def search(self, text: str, *, offset: int = 0, limit: int = 20, **narrowing: Unpack[Narrowing]) -> Page:
        """Things whose names and texts hold every word of ``text``, the last as the beginning of a word.

        A word of a name is found in other spellings and scripts too, by its sound. A name with the very words of the
        text comes first.

        Args:
            text: in any script; all things are found where it is empty, and none where it holds signs only.
            offset: how many hits to leave out, up to 10,000.
            limit: how many hits to give, up to 1,000.
            narrowing: types and days, see ``Narrowing``.
        """
        wanted = words(text)
        if text.strip() and not wanted:
            return Page((), 0)
        days = narrowing.get("not_before", ""), narrowing.get("not_after", "")
        return self._page(self._queries.text(wanted, narrowing.get("types", ()), days), wanted, offset, limit)

    def _page(self, query: tantivy.Query, wanted: Sequence[str], offset: int, limit: int) -> Page:
        """A part of what is found: the first ``_RANKED`` in the order of ``rank``, then as the index has them."""
        offset, limit = min(max(offset, 0), _OFFSET_MAX), min(max(limit, 0), _LIMIT_MAX)
        found = self._searcher.search(query, max(_RANKED, offset + limit), count=True)
        # The library's types leave the count out.
        total: int = found.count  # type: ignore[attr-defined]
        hits = self._rank(wanted, found.hits[:_RANKED])[offset : offset + limit]
        rest = found.hits[max(offset, _RANKED) : offset + limit]
        return Page((*hits, *self._rank(wanted, rest)), total)

    def _rank(self, wanted: Sequence[str], found: list[tuple[float, tantivy.DocAddress]]) -> list[Hit]:
        entries = self._entries([address for _, address in found])
        return rank(wanted, zip(entries, (weight for weight, _ in found), strict=True))

    def _entries(self, addresses: list[tantivy.DocAddress]) -> Iterator[Entry]:
        for number in self._searcher.fast_field_values("number", addresses):
            assert number is not None  # every entry has one
            yield self._rows[int(number)]


def _compare(name: str, entry: Entry) -> Hit:
    """The entry, by that of its names that fits best."""
    best = max(((compare(name, spelling), spelling) for spelling in entry.names[:_NAMES_MAX]), key=lambda c: c[0].score)
    return Hit(entry, 100.0 * best[0].score, best[1], best[0].features)
