"""Quads added to and removed from columns: what of them changes anything, and what of that changes the data graph."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from kg.columns.compile.macros import expanded
from kg.columns.compile.terms import LITERAL
from kg.errors import KgError, SourceError
from kg.rdf import to_nquads

from .delta_quads import read_quads, read_term
from .preparation import Columns
from .rows import as_parameters, as_relation, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from kg.columns.compile import Term

    from .delta_dictionary import Dictionary
    from .delta_index import Index, Triple

__all__ = ["Changed", "Layout", "changed_columns", "layout_of"]

_REMEDY: Final = "Name a relation of ids with the columns s, p, o and g, or give N-Quads as bytes."
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?", re.ASCII)
_QUAD: Final = dict.fromkeys("spog", "INTEGER")

# Ids, with None for the default graph.
Quad = tuple[int, int, int, int | None]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change adds to columns and removes from them, in ids.

    Args:
        added: quads that were not there.
        removed: quads that were.
        plus: what of that comes into the data graph.
        minus: what goes from it.
    """

    added: set[Quad]
    removed: set[Quad]
    plus: set[Triple]
    minus: set[Triple]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the quads of columns stand.

    Args:
        columns: the columns.
        held: SELECT of all quads (s, p, o, g), with NULL for g in the default graph.
        is_one: whether the triples of all graphs make up the data graph, and not those of the default graph alone.
        tables: each table, its columns as made of (s, p, o, g), and which of the quads belong there.
        made: a table that is made of the quads, and goes when they change.
    """

    columns: Columns
    held: str
    is_one: bool
    tables: tuple[tuple[str, str, str], ...]
    made: str | None = None

    def add(self, quads: Collection[Quad]) -> None:
        """Write quads, none of which is there, into the columns."""
        for table, ends, where in self.tables if quads else ():
            # Where a table tells the source of a quad, that of a change is none of the files, which count from 1.
            source = ", 0 AS source" if "source" in columns_of(self.columns.db, table) else ""
            self._run(f"INSERT INTO {table} BY NAME SELECT {ends}{source} FROM ({{}}) WHERE {where}", quads)

    def remove(self, quads: Collection[Quad]) -> None:
        """Take quads out of the columns."""
        for table, ends, where in self.tables if quads else ():
            # Where no quad is without a number for its graph, the plainer condition is the faster one.
            graph = "=" if "coalesce" in ends else "IS NOT DISTINCT FROM"
            same = "q.s = r.s AND q.p = r.p AND q.o = r.o" + (f" AND q.g {graph} r.g" if "g" in ends else "")
            only = " AND q.g = 0" if "coalesce" in ends and all(quad[3] is None for quad in quads) else ""
            self._run(
                f"DELETE FROM {table} AS q USING (SELECT {ends} FROM ({{}}) WHERE {where}) AS r WHERE {same}{only}",
                quads,
            )

    def there(self, quads: Collection[Quad]) -> set[Quad]:
        """All quads of the columns that tell the triples of some quads."""
        if not quads:
            return set()
        return set(
            self._run(
                f"SELECT h.s, h.p, h.o, h.g FROM ({self.held}) AS h JOIN (SELECT DISTINCT s, p, o FROM ({{}})) AS w "
                "ON w.s = h.s AND w.p = h.p AND w.o = h.o",
                quads,
            ).fetchall()
        )

    def _run(self, statement: str, quads: Collection[Quad]) -> duckdb.DuckDBPyConnection:
        return self.columns.db.execute(statement.format(as_relation(_QUAD)), as_parameters(_QUAD, list(quads)))


def layout_of(columns: Columns) -> Layout:
    """Where the quads of columns stand.

    Raises:
        KgError: they cannot be changed: a relation is no table, or the database is open for reading alone.
    """
    if columns == Columns.of_release(columns.db):
        tables: tuple[tuple[str, str, str], ...] = (("quad", "s, p, o, coalesce(g, 0) AS g", "true"),)
        held = "SELECT s, p, o, nullif(g, 0) AS g FROM quad"
        layout = Layout(columns, held, is_one=False, tables=tables, made="subject")
    elif columns.triples == columns.said:
        tables = ((columns.said, "s, p, o, g", "true"),)
        layout = Layout(columns, f"SELECT s, p, o, g FROM {columns.said}", is_one=True, tables=tables)
    else:
        tables = ((columns.triples, "s, p, o", "g IS NULL"), (columns.said, "s, p, o, g", "g IS NOT NULL"))
        named = f"SELECT s, p, o, g FROM {columns.said} WHERE g IS NOT NULL"
        held = f"SELECT s, p, o, NULL::INTEGER AS g FROM {columns.triples} UNION ALL {named}"
        layout = Layout(columns, held, is_one=False, tables=tables)
    for table, _, _ in layout.tables:
        _check(columns.db, table)
    return layout


def _check(db: duckdb.DuckDBPyConnection, table: str) -> None:
    found = db.execute(
        "SELECT d.readonly FROM duckdb_tables() AS t JOIN duckdb_databases() AS d USING (database_oid) "
        "WHERE t.table_name = ?",
        [table],
    ).fetchone()
    if found is None:
        raise KgError(f"{table} is no table, so nothing can be added to it. Make a table of it first.")
    if found[0]:
        raise KgError("The columns are open for reading alone. Work on a copy of their database.")


@contextmanager
def changed_columns(
    layout: Layout, dictionary: Dictionary, index: Index, added: bytes | str, removed: bytes | str
) -> Iterator[tuple[Changed, Callable[[Callable[[], object]], None]]]:
    """What a change is, and what writes it: to be called once. It is undone where what is done meanwhile fails.

    What writes it calls what it is given as soon as only the database has something left to do.

    New terms are written at once, and stay. Not one transaction from end to end: in DuckDB, a statement that fails ends
    the transaction, and who validates must be able to try another way.

    Args:
        layout: where the quads of the columns stand.
        dictionary: their terms.
        index: their data graph.
        added: N-Quads or N-Triples, or the name of a relation (s, p, o, g) of ids.
        removed: the same.

    Raises:
        SourceError: it is not well-formed, or no such relation.
        KgError: it holds more than RDF 1.1.
    """
    texts = {side: _read(text, where=side) for side, text in (("added", added), ("removed", removed))}
    with _transaction(layout.columns.db):
        ids = _identified(layout.columns, dictionary, texts)
        wanted = {side: _in_ids(quads, ids) for side, quads in texts.items()}
        for side, relation in (("added", added), ("removed", removed)):
            if isinstance(relation, str):
                wanted[side].update(_held_in(layout.columns.db, relation, where=side))
        changed = _compare(layout, index, wanted["added"], wanted["removed"])
    with ExitStack() as undo:

        def write(is_under_way: Callable[[], object]) -> None:
            _change(layout, added=changed.added, removed=changed.removed, is_under_way=is_under_way)
            undo.callback(_change, layout, added=changed.removed, removed=changed.added)

        yield changed, write
        undo.pop_all()


def _change(
    layout: Layout, *, added: set[Quad], removed: set[Quad], is_under_way: Callable[[], object] = lambda: None
) -> None:
    with _transaction(layout.columns.db):
        if layout.made and (added or removed):
            layout.columns.db.execute(f"DROP TABLE IF EXISTS {layout.made}")
        layout.add(added)
        is_under_way()
        layout.remove(removed)


@contextmanager
def _transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    db.begin()
    with ExitStack() as undo:
        undo.callback(db.rollback)
        yield
        undo.pop_all()
    db.commit()


def _read(text: bytes | str, *, where: str) -> list[tuple[str | None, ...]]:
    if not isinstance(text, bytes | str):
        raise SourceError(f"It is {text!r}.", where=where, remedy=_REMEDY)
    if isinstance(text, str) or not text.strip():
        return []
    return read_quads(to_nquads(text, suffix=".nq", where=where))


def _held_in(db: duckdb.DuckDBPyConnection, relation: str, *, where: str) -> list[Quad]:
    if not _NAME.fullmatch(relation):
        raise SourceError("It is text, and no name of a relation.", where=where, remedy=_REMEDY)
    try:
        return db.execute(f"SELECT s::INTEGER, p::INTEGER, o::INTEGER, g::INTEGER FROM {relation}").fetchall()
    except duckdb.Error as error:
        raise SourceError(f"{relation} cannot be read.", where=where, remedy=_REMEDY) from error


def _identified(
    columns: Columns, dictionary: Dictionary, quads: dict[str, list[tuple[str | None, ...]]]
) -> dict[str, int]:
    """The ids of terms by their texts; new ones of what is added come into the dictionary, others have none."""
    terms = {text: read_term(text) for side in quads.values() for quad in side for text in quad if text is not None}
    ids = dictionary.ids(set(terms.values()))
    coming = {text for quad in quads["added"] for text in quad if text is not None}
    new = {terms[text]: text for text in sorted(coming) if terms[text] not in ids}
    if new:
        ids |= dictionary.add(new)
        _write_beside(columns, {term: ids[term] for term in new})
    graphs = {ids[terms[quad[3]]] for quad in quads["added"] if quad[3] is not None}
    if graphs and columns_of(columns.db, "graph"):
        new_ones = "SELECT unnest($1::INTEGER[]) EXCEPT SELECT g FROM graph"
        columns.db.execute(f"INSERT INTO graph (g) {new_ones}", [list(graphs)])
    return {text: ids[term] for text, term in terms.items() if term in ids}


def _write_beside(columns: Columns, new: dict[Term, int]) -> None:
    """Bring new terms into whatever stands beside the dictionary."""
    literals = [(number, term.lexical, term.datatype) for term, number in new.items() if term.kind == LITERAL]
    if columns.values is not None and literals:
        kinds = {"id": "INTEGER", "lexical": "VARCHAR", "datatype": "VARCHAR"}
        typed = expanded(
            "SELECT id, num_of(datatype, lexical) AS num, moment_of(datatype, lexical) AS moment "
            f"FROM ({as_relation(kinds)})"
        )
        columns.db.execute(
            f"INSERT INTO {columns.values} BY NAME SELECT id, num.t, num.d, num.f, moment.c, moment.us, moment.tz "
            f"FROM ({typed}) WHERE num IS NOT NULL OR moment IS NOT NULL",
            as_parameters(kinds, literals),
        )
    # Ids are in order no longer, and nobody may take them to be.
    if columns_of(columns.db, "run"):
        columns.db.execute("DELETE FROM run")
    if columns_of(columns.db, "position"):
        columns.db.execute("INSERT INTO position SELECT unnest($1::INTEGER[]), NULL", [list(new.values())])


def _in_ids(quads: list[tuple[str | None, ...]], ids: dict[str, int]) -> set[Quad]:
    """Those of the quads all of whose terms are known."""
    return {
        (ids[s], ids[p], ids[o], None if g is None else ids[g])
        for s, p, o, g in quads
        if s in ids and p in ids and o in ids and (g is None or g in ids)
    }


def _compare(layout: Layout, index: Index, wanted: set[Quad], unwanted: set[Quad]) -> Changed:
    """What of a change is one: what is asked for both ways is added, and what is there is not added."""
    if layout.is_one:
        there = layout.there(wanted | unwanted)
    else:
        both = wanted | unwanted
        there = layout.there({quad for quad in both if quad[3] is not None})
        there |= {quad for quad in both if quad[3] is None and quad[:3] in index}
    added, removed = wanted - there, (unwanted - wanted) & there
    # A triple is in the data graph as long as any quad of those that make it up says so.
    told_before, told_now, come, gone = (
        {quad[:3] for quad in quads if layout.is_one or quad[3] is None}
        for quads in (there, (there - removed) | added, added, removed)
    )
    return Changed(added, removed, plus=come - told_before, minus=gone - told_now)
