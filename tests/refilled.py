"""One opened database for many small datasets: its dictionary is loaded once, its quads are put in anew each time.

To open a database takes some 0.3 s of CPU, nearly all for the plans of the load; to put in quads takes one millisecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.columns.compile import open_columns
from kg.columns.compile.terms import LANG_STRING, Term
from kg.columns.tables import make_subjects

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb


class Refilled:
    """A database whose dictionary holds all terms that any of its datasets will use.

    Args:
        quads: in which these terms appear.
        graphs: names of graphs that may be empty.
    """

    def __init__(self, quads: Iterable[ox.Quad], graphs: Iterable[str] = ()) -> None:
        lines = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
        assert lines is not None
        self.db: duckdb.DuckDBPyConnection = open_columns(lines, graphs=graphs, threads=1)
        rows = self.db.execute("SELECT kind, lexical, datatype, language, id FROM term").fetchall()
        self._ids = {Term(*row[:4]): row[4] for row in rows}

    def close(self) -> None:
        """Give the database up."""
        self.db.close()

    def fill(self, quads: Iterable[ox.Quad], graphs: Iterable[str] = ()) -> duckdb.DuckDBPyConnection:
        """Hold these quads, and these named graphs although they may be empty, and nothing else."""
        rows = sorted({self._row(quad) for quad in quads}, key=lambda row: (row[3] != 0, row[1], row[0], row[2]))
        named = {row[3] for row in rows if row[3]} | {self._ids[term_of(ox.NamedNode(name))] for name in graphs}
        for table, found in (("quad", rows), ("graph", [(g,) for g in sorted(named)])):
            self.db.execute(f"DELETE FROM {table}")
            if found:
                values = ", ".join(f"({', '.join(map(str, row))})" for row in found)
                self.db.execute(f"INSERT INTO {table} VALUES {values}")
        make_subjects(self.db)
        return self.db

    def _row(self, quad: ox.Quad) -> tuple[int, int, int, int]:
        graph = quad.graph_name
        s, p, o = (self._ids[term_of(term)] for term in (quad.subject, quad.predicate, quad.object))
        return s, p, o, 0 if isinstance(graph, ox.DefaultGraph) else self._ids[term_of(graph)]


def term_of(term: object) -> Term:
    """A term of pyoxigraph as ``kg.columns.compile``'s."""
    if isinstance(term, ox.BlankNode):
        return Term(1, term.value)
    if isinstance(term, ox.NamedNode):
        return Term(2, term.value)
    assert isinstance(term, ox.Literal)
    if term.language is not None:
        return Term(3, term.value, LANG_STRING, term.language.lower())
    return Term(3, term.value, term.datatype.value)
