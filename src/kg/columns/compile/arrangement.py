"""What is known of a database before a query runs: SQL that rests on it is shorter, and for that database alone.

To plan a statement takes DuckDB longer than to run it over a million quads: to leave out what need not be asked pays.
"""

# ruff: noqa: S608 - what stands in this SQL is made of our own names and numbers

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

import duckdb
from rdflib import RDF, URIRef

from .constants import EXACT, known
from .dictionary import Terms
from .terms import Term

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TYPE", "Arrangement", "Ids"]

# The column of ``subject`` that holds a type, of which a subject may have several, each in a row of its own.
TYPE: Final = "type"
_MOMENTS: Final = {1: "dateTime", 2: "date"}
_ROWS_KEPT: Final = 1024


class Ids(NamedTuple):
    """A range of ids, the last one included."""

    first: int
    last: int

    def holds(self, other: Ids) -> bool:
        """Whether all of another range is in this one."""
        return self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        """The range as SQL."""
        return f"{self.first} AND {self.last}"


class Arrangement:
    """What a database has in ``subject``, ``quad``, ``run`` and ``position``; it must stay as it is.

    Attributes:
        properties: of which properties ``subject`` has a column, by IRI, and its name.
        ids: of each property, by IRI, the least and the greatest id of its objects, whatever their graph.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        # Several filters of a query ask about one date; each time takes a millisecond.
        self._row = functools.lru_cache(_ROWS_KEPT)(lambda sql: db.execute(sql).fetchone())
        self._runs = {name: Ids(*ids) for name, *ids in db.execute("FROM run").fetchall()}
        ends = db.execute(
            "SELECT id, lexical, least, greatest FROM term "
            "JOIN (SELECT p AS id, min(o) AS least, max(o) AS greatest FROM quad GROUP BY p) USING (id)"
        ).fetchall()
        self.ids = {URIRef(iri): Ids(*objects) for _, iri, *objects in ends}
        columns = self._columns()
        self.properties = {URIRef(iri): f"p{number}" for number, iri, *_ in ends if f"p{number}" in columns}
        self.properties |= {RDF.type: TYPE} if columns else {}

    def _columns(self) -> set[str]:
        """The columns of ``subject``; none where there is no such table."""
        try:
            return {name for (name,) in self._db.execute("SELECT column_name FROM (DESCRIBE subject)").fetchall()}
        except duckdb.CatalogException:
            return set()

    def is_ordered(self, ids: Ids) -> bool:
        """Whether terms with these ids have the order of ORDER BY."""
        return self._row(f"SELECT id FROM position WHERE id BETWEEN {ids} LIMIT 1") is None

    def bounds(self, ids: Ids, constants: Sequence[Term]) -> list[tuple[int, int]] | None:
        """Where constants stand among ids: of each, the first that is not less and the first that is greater.

        None where these ids are not all of one class in which each constant has a place.
        """
        values = [known(constant) for constant in constants]
        classes = {"exact" if value.t in EXACT else _MOMENTS.get(value.c or 0) for value in values}
        run = self._runs.get(next(iter(classes)) or "") if len(classes) == 1 else None
        if run is None or not run.holds(ids) or any(value.tz is not None for value in values):
            return None
        tests = [f"d {{}} {v.number()[1]}" if v.t in EXACT else f"us {{}} {v.moment()[1]}" for v in values]
        counts = ", ".join(f"count(*) FILTER ({test.format(sign)})" for test in tests for sign in ("<", "<="))
        row = self._row(f"SELECT {counts} FROM value WHERE id BETWEEN {run}")
        assert row is not None
        ends = [run.first + number for number in row]
        return list(zip(ends[::2], ends[1::2], strict=True))

    def are(self, ids: Sequence[int], terms: Sequence[Term]) -> bool:
        """Whether these, which the dictionary has, are the ids of these terms, one by one."""
        return Terms(self._db, (), Term).column("id", ids) == list(terms)
