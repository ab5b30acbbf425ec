"""The triples of a data graph by subject and by object, so that what stands at few nodes is found among many.

Sorted arrays, made once and held in memory, 24 bytes a triple: a statement takes longer to be planned than a thousand
nodes take to be looked up. Changes since then are kept beside them.
"""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Final

from kg.errors import KgError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .delta_queries import Position
    from .preparation import Columns

__all__ = ["Index", "Key", "Surroundings", "TooMany", "Triple"]

Triple = tuple[int, int, int]
# A node, and a property of its triples; None for all of them.
Key = tuple[int, int | None]

_AT_ONCE: Final = 100_000


class TooMany(KgError):  # noqa: N818 - it is caught where it arises, and means that everything is validated
    """More triples are read than it pays to read one by one."""


class _Order:
    """Triples sorted by one end, property and the other end."""

    def __init__(self, columns: Columns, here: Position, there: Position) -> None:
        distinct = "" if columns.is_sorted else "DISTINCT"
        listed = f"{here}, p, {there}"
        found = columns.db.execute(f"SELECT {distinct} {listed} FROM {columns.triples} ORDER BY {listed}")
        numbers = array("i")
        while rows := found.fetchmany(_AT_ONCE):
            numbers.extend(chain.from_iterable(rows))
        self.nodes, self._predicates, self.ends = (numbers[place::3] for place in range(3))

    def around(self, node: int) -> range:
        """Where the triples of a node stand."""
        first = bisect_left(self.nodes, node)
        return range(first, bisect_right(self.nodes, node, first))

    def of(self, places: range, predicate: int | None) -> range:
        """Those of a node's places that have a property."""
        if predicate is None or not places:
            return places
        first = bisect_left(self._predicates, predicate, places.start, places.stop)
        return range(first, bisect_right(self._predicates, predicate, first, places.stop))

    def pairs(self, places: range) -> Iterator[tuple[int, int]]:
        """The properties and other ends, one by one: there can be many."""
        return ((self._predicates[place], self.ends[place]) for place in places)


class Index:
    """The triples of columns as they were when this was made (``extra`` came since, ``gone`` went since)."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.extra: set[Triple] = set()
        self.gone: set[Triple] = set()
        self.leaving, self.arriving = _Order(columns, "s", "o"), _Order(columns, "o", "s")

    def __len__(self) -> int:
        """How many triples there are now."""
        return len(self.leaving.ends) + len(self.extra) - len(self.gone)

    def __contains__(self, triple: Triple) -> bool:
        """Whether a triple is there now."""
        subject, predicate, value = triple
        places = self.leaving.of(self.leaving.around(subject), predicate)
        first = bisect_left(self.leaving.ends, value, places.start, places.stop)
        is_old = first < places.stop and self.leaving.ends[first] == value
        return triple in self.extra or (is_old and triple not in self.gone)

    def drift(self) -> int:
        """How many triples came or went since."""
        return len(self.extra) + len(self.gone)

    def change(self, plus: Iterable[Triple], minus: Iterable[Triple]) -> None:
        """Keep up with the data graph: what came was not in it, and what went was."""
        for triples, here, there in ((minus, self.extra, self.gone), (plus, self.gone, self.extra)):
            for triple in triples:
                if triple in here:
                    here.remove(triple)
                else:
                    there.add(triple)


class Surroundings:
    """The data graph before and after a change together, looked up node by node.

    Args:
        index: the data graph before the change.
        more: triples that came, or that belong to it beside those of the columns.
        minus: triples that went.
        limit: how many triples may be looked up, before ``TooMany`` is raised.
    """

    def __init__(self, index: Index, more: set[Triple], minus: set[Triple], limit: int) -> None:
        self.near: set[Triple] = set()
        self._index = index
        self._limit = limit
        self._minus = minus
        self._out: dict[int, dict[int, list[Triple]]] = {}
        self._around: dict[int, range] = {}
        self._more: dict[tuple[str, int], list[Triple]] = defaultdict(list)
        for triple in more | index.extra:
            for position, node in zip("spo", triple, strict=True):
                self._more[position, node].append(triple)

    def at(self, position: Position, keys: set[Key], *, one: bool = False) -> dict[Key, list[Triple]]:
        """The triples that have a node at a position, by node and property; what is found is ``near``.

        Args:
            position: where the node stands.
            keys: the nodes, each with the property.
            one: whether any one triple of many is enough.
        """
        if position == "s":
            found = {key: self._leaving(key) for key in keys}
        elif position == "o":
            found = {key: self._arriving(key, one=one) for key in keys}
        else:
            found = {(node, p): self.of_property(node) for node, p in keys}
        for triples in found.values():
            self.near.update(triples)
        if len(self.near) > self._limit:
            raise TooMany
        return found

    def of_property(self, predicate: int | None) -> list[Triple]:
        """All triples of a property; of all properties where it is None."""
        where = "" if predicate is None else f" WHERE p = {predicate}"
        found = self._index.columns.db.execute(f"SELECT s, p, o FROM {self._index.columns.triples}{where}")
        rows = found.fetchmany(self._limit + 1)
        if len(rows) > self._limit:
            raise TooMany
        more = (triple for (at, _), found in self._more.items() if at == "p" for triple in found)
        return [*rows, *{t for t in (*more, *self._minus) if predicate in (None, t[1])}.difference(rows)]

    def _leaving(self, key: Key) -> list[Triple]:
        node, predicate = key
        by_predicate = self._out.get(node)
        if by_predicate is None:
            by_predicate = self._out[node] = self._all_leaving(node)
        if predicate is None:
            return list(chain.from_iterable(by_predicate.values()))
        return by_predicate.get(predicate, [])

    def _all_leaving(self, node: int) -> dict[int, list[Triple]]:
        order, gone = self._index.leaving, self._index.gone
        found: dict[int, list[Triple]] = {}
        old = ((node, p, o) for p, o in order.pairs(self._bounded(order.around(node))))
        for triple in chain(self._more.get(("s", node), ()), (triple for triple in old if triple not in gone)):
            found.setdefault(triple[1], []).append(triple)
        return found

    def _arriving(self, key: Key, *, one: bool) -> list[Triple]:
        node, predicate = key
        found = [triple for triple in self._more.get(("o", node), ()) if predicate in (None, triple[1])]
        order, gone = self._index.arriving, self._index.gone
        places = self._around.get(node)
        if places is None:
            places = self._around[node] = order.around(node)
        places = order.of(places, predicate)
        for p, subject in order.pairs(places if one else self._bounded(places)):
            triple = (subject, p, node)
            if triple not in gone:
                found.append(triple)
                if one and triple not in self._minus:
                    break
        return found

    def _bounded(self, places: range) -> range:
        if len(places) > self._limit:
            raise TooMany
        return places
