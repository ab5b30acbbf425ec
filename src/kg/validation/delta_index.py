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
    from collections.abc import Callable, Collection, Iterable, Iterator

    from .delta_queries import Position
    from .preparation import Columns

__all__ = ["Index", "Surroundings", "TooMany", "Triple"]

Triple = tuple[int, int, int]

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

    def properties(self, places: range) -> Iterator[int]:
        """Those of a node's triples, each once."""
        first = places.start
        while first < places.stop:
            yield self._predicates[first]
            first = bisect_right(self._predicates, self._predicates[first], first, places.stop)

    def pairs(self, places: range) -> Iterator[tuple[int, int]]:
        """The properties and other ends, one by one: there can be many."""
        return ((self._predicates[place], self.ends[place]) for place in places)


class Index:
    """The triples of columns, and what came and went since this was made."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.leaving, self.arriving = _Order(columns, "s", "o"), _Order(columns, "o", "s")
        self.gone: set[Triple] = set()
        self._came: set[Triple] = set()
        self._came_at: dict[tuple[Position, int], set[Triple]] = defaultdict(set)

    def __len__(self) -> int:
        """How many triples there are now."""
        return len(self.leaving.ends) + len(self._came) - len(self.gone)

    def __contains__(self, triple: Triple) -> bool:
        """Whether a triple is there now."""
        subject, predicate, value = triple
        places = self.leaving.of(self.leaving.around(subject), predicate)
        first = bisect_left(self.leaving.ends, value, places.start, places.stop)
        is_old = first < places.stop and self.leaving.ends[first] == value
        return triple in self._came or (is_old and triple not in self.gone)

    def came(self, position: Position, node: int) -> Collection[Triple]:
        """What came since, and has a node as subject or as object."""
        return self._came_at.get((position, node), ())

    def drift(self) -> int:
        """How many triples came or went since."""
        return len(self._came) + len(self.gone)

    def change(self, plus: Iterable[Triple], minus: Iterable[Triple]) -> None:
        """Keep up with the data graph: what came was not in it, and what went was."""
        for triple in minus:
            if triple in self._came:
                self._came.remove(triple)
                self._leave("s", triple[0], triple)
                self._leave("o", triple[2], triple)
            else:
                self.gone.add(triple)
        for triple in plus:
            if triple in self.gone:
                self.gone.remove(triple)
            else:
                self._came.add(triple)
                self._came_at["s", triple[0]].add(triple)
                self._came_at["o", triple[2]].add(triple)

    def _leave(self, position: Position, node: int, triple: Triple) -> None:
        """Keep no node of which nothing came: over many changes there can be more of them than triples."""
        there = self._came_at[position, node]
        there.remove(triple)
        if not there:
            del self._came_at[position, node]


class Surroundings:
    """The data graph before and after a change together, looked up node by node.

    Args:
        index: the data graph before the change.
        more: triples that came, or that belong to it beside those of the columns.
        minus: triples that went.
        limit: how many triples may be looked up, before ``TooMany`` is raised.
        await_columns: called before the columns themselves are read, which the change may be on its way into.
    """

    def __init__(
        self,
        index: Index,
        more: set[Triple],
        minus: set[Triple],
        limit: int,
        await_columns: Callable[[], object] = lambda: None,
    ) -> None:
        self.near: set[Triple] = set()
        self._await_columns = await_columns
        self._index = index
        self._limit = limit
        self._minus = minus
        self._out: dict[int, dict[int, list[Triple]]] = {}
        self._around: dict[int, range] = {}
        self._found: dict[tuple[Position, int, int | None, bool], list[Triple]] = {}
        self._more: dict[tuple[str, int], list[Triple]] = defaultdict(list)
        for triple in more:
            for position, node in zip("spo", triple, strict=True):
                self._more[position, node].append(triple)

    def at(self, position: Position, node: int, predicate: int | None, *, one: bool = False) -> list[Triple]:
        """The triples that have a node at a position; what is found is ``near``.

        Args:
            position: where the node stands.
            node: the node.
            predicate: the property of the triples, None for all of them.
            one: whether any one triple of many is enough.

        Raises:
            TooMany: more is near than may be.
        """
        key = position, node, predicate, one
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._look_up(position, node, predicate, one=one)
            self.near.update(found)
            if len(self.near) > self._limit:
                raise TooMany
        return found

    def begin_again(self) -> None:
        """Have nothing near again."""
        self.near.clear()
        self._found.clear()

    def _look_up(self, position: Position, node: int, predicate: int | None, *, one: bool) -> list[Triple]:
        if position == "s":
            return self._leaving(node, predicate)
        return self._arriving(node, predicate, one=one) if position == "o" else self.of_property(node)

    def properties(self, position: Position, node: int) -> set[int]:
        """Those of the triples that have a node as subject or as object."""
        if position == "s":
            return {*self._leaving_of(node)}
        order = self._index.arriving
        return {*order.properties(self._arriving_at(node)), *(p for _, p, _ in self._beside("o", node))}

    def of_property(self, predicate: int | None) -> list[Triple]:
        """All triples of a property; of all properties where it is None."""
        self._await_columns()
        where = "" if predicate is None else f" WHERE p = {predicate}"
        found = self._index.columns.db.execute(f"SELECT s, p, o FROM {self._index.columns.triples}{where}")
        rows = found.fetchmany(self._limit + 1)
        if len(rows) > self._limit:
            raise TooMany
        more = (triple for (at, _), found in self._more.items() if at == "p" for triple in found)
        return [*rows, *{t for t in (*more, *self._minus) if predicate in (None, t[1])}.difference(rows)]

    def _leaving(self, node: int, predicate: int | None) -> list[Triple]:
        found = self._leaving_of(node)
        return list(chain.from_iterable(found.values())) if predicate is None else found.get(predicate, [])

    def _leaving_of(self, node: int) -> dict[int, list[Triple]]:
        """The triples of a subject, by property."""
        found = self._out.get(node)
        if found is None:
            found = self._out[node] = {}
            order, gone = self._index.leaving, self._index.gone
            for triple in self._beside("s", node):
                found.setdefault(triple[1], []).append(triple)
            for p, value in order.pairs(self._bounded(order.around(node))):
                triple = (node, p, value)
                if triple not in gone:
                    found.setdefault(p, []).append(triple)
        return found

    def _arriving(self, node: int, predicate: int | None, *, one: bool) -> list[Triple]:
        found = [triple for triple in self._beside("o", node) if predicate in (None, triple[1])]
        order, gone = self._index.arriving, self._index.gone
        places = order.of(self._arriving_at(node), predicate)
        for p, subject in order.pairs(places if one else self._bounded(places)):
            triple = (subject, p, node)
            if triple not in gone:
                found.append(triple)
                if one and triple not in self._minus:
                    break
        return found

    def _arriving_at(self, node: int) -> range:
        places = self._around.get(node)
        if places is None:
            places = self._around[node] = self._index.arriving.around(node)
        return places

    def _beside(self, position: Position, node: int) -> Iterator[Triple]:
        """What the arrays lack of a node's triples."""
        return chain(self._more.get((position, node), ()), self._index.came(position, node))

    def _bounded(self, places: range) -> range:
        if len(places) > self._limit:
            raise TooMany
        return places
