"""The triples of a data graph by subject and by object, so that what stands at few nodes is found among many.

Made once, as lists: to find a thousand nodes, one small column is read. Changes since then are kept beside it.
"""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kg.errors import KgError
from kg.rdf import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from .delta_queries import Position
    from .preparation import Columns

__all__ = ["Index", "Key", "Surroundings", "TooMany", "Triple", "planned_quickly"]

Triple = tuple[int, int, int]
# A node, and a property of its triples; None for all of them.
Key = tuple[int, int | None]

_OUT: Final = "SELECT node, e.p, e.o FROM (SELECT node, unnest(ends) AS e FROM {} SEMI JOIN {} USING (node))"
_IN: Final = "SELECT unnest(ends[1:$most]), p, node FROM {} SEMI JOIN {} USING (node, p)"
_IN_ANY: Final = "SELECT unnest(ends), p, node FROM {} SEMI JOIN {} USING (node)"
_NODES: Final = "(SELECT unnest($nodes::INTEGER[]) AS node)"
_PAIRS: Final = "(SELECT unnest($nodes::INTEGER[]) AS node, unnest($predicates::INTEGER[]) AS p)"


# What the other optimizers of DuckDB save in running little data, they take several times over in planning.
_WORTHWHILE: Final = (
    *("build_side_probe_side", "column_lifetime", "cte_filter_pusher", "cte_inlining", "deliminator"),
    *("filter_pushdown", "join_filter_pushdown", "join_order", "unused_columns"),
)


class TooMany(KgError):  # noqa: N818 - it is caught where it arises, and means that everything is validated
    """More triples are read than it pays to read one by one."""


class Index:
    """The triples of columns as they were when this was made (``extra`` came since, ``gone`` went since)."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.extra: set[Triple] = set()
        self.gone: set[Triple] = set()
        name = f"kept_{sha256(columns.triples.encode())[:12]}"
        self.leaving, self.arriving = f"{name}_leaving", f"{name}_arriving"
        triples = f"(SELECT {'' if columns.is_sorted else 'DISTINCT'} s, p, o FROM {columns.triples})"
        columns.db.execute(
            f"CREATE OR REPLACE TEMP TABLE {self.leaving} AS "
            f"SELECT s AS node, list({{'p': p, 'o': o}}) AS ends FROM {triples} GROUP BY s"
        )
        columns.db.execute(
            f"CREATE OR REPLACE TEMP TABLE {self.arriving} AS "
            f"SELECT o AS node, p, list(s) AS ends FROM {triples} GROUP BY o, p"
        )

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
        self._went = Counter((o, p) for _, p, o in (*index.gone, *minus))
        self._out: dict[int, list[Triple]] = {}
        self._in: dict[Key, list[Triple]] = {}
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
            found = self._leaving(keys)
        elif position == "o":
            found = self._arriving(keys, one=one)
            self._in.update(found)
        else:
            found = {(node, p): self.of_property(node) for node, p in keys}
        for triples in found.values():
            self.near.update(triples)
        if len(self.near) > self._limit:
            raise TooMany
        return found

    def found(self, position: Position, key: Key) -> list[Triple]:
        """What ``at`` has found before of a subject or an object."""
        if position == "o":
            return self._in.get(key, [])
        return [triple for triple in self._out.get(key[0], ()) if key[1] in (None, triple[1])]

    def of_property(self, predicate: int | None) -> list[Triple]:
        """All triples of a property; of all properties where it is None."""
        where = "" if predicate is None else f" WHERE p = {predicate}"
        rows = self._rows(f"SELECT s, p, o FROM {self._index.columns.triples}{where}", {})
        more = (triple for (at, _), found in self._more.items() if at == "p" for triple in found)
        return [*rows, *{t for t in (*more, *self._minus) if predicate in (None, t[1])}.difference(rows)]

    def _leaving(self, keys: set[Key]) -> dict[Key, list[Triple]]:
        new = {node for node, _ in keys} - self._out.keys()
        self._out.update((node, list(self._more["s", node])) for node in new)
        for triple in self._rows(_OUT.format(self._index.leaving, _NODES), {"nodes": list(new)}) if new else ():
            if triple not in self._index.gone:
                self._out[triple[0]].append(triple)
        return {key: self.found("s", key) for key in keys}

    def _arriving(self, keys: set[Key], *, one: bool) -> dict[Key, list[Triple]]:
        found = {(node, p): [t for t in self._more["o", node] if p in (None, t[1])] for node, p in keys}
        pairs = [(node, p) for node, p in keys if p is not None]
        # So many that one is left of each, whatever went.
        most = 1 + max((self._went[node, p] for node, p in pairs), default=0) if one else self._limit + 1
        values = {"nodes": [node for node, _ in pairs], "predicates": [p for _, p in pairs], "most": most}
        for triple in self._rows(_IN.format(self._index.arriving, _PAIRS), values) if pairs else ():
            if triple not in self._index.gone:
                found[triple[2], triple[1]].append(triple)
        nodes = [node for node, p in keys if p is None]
        for triple in self._rows(_IN_ANY.format(self._index.arriving, _NODES), {"nodes": nodes}) if nodes else ():
            if triple not in self._index.gone:
                found[triple[2], None].append(triple)
        return found

    def _rows(self, select: str, values: dict[str, object]) -> list[Triple]:
        result = self._index.columns.db.execute(select, values or None).fetchmany(self._limit + 1)
        if len(result) > self._limit:
            raise TooMany
        return result


@contextmanager
def planned_quickly(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have statements planned for little data, where the configuration is not locked."""
    row = db.execute(
        "SELECT current_setting('lock_configuration'), current_setting('disabled_optimizers'), string_agg(name, ',') "
        "FROM duckdb_optimizers() WHERE name NOT IN (SELECT unnest($1::VARCHAR[]))",
        [list(_WORTHWHILE)],
    ).fetchone()
    assert row is not None
    is_locked, before, others = row
    if is_locked:
        yield
        return
    db.execute(f"SET disabled_optimizers = '{others}'")
    try:
        yield
    finally:
        db.execute(f"SET disabled_optimizers = '{before or ''}'")
