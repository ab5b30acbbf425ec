"""Quads added to and removed from columns: what of them changes anything, and what of that changes the data graph."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.columns import count, run
from kg.columns.compile.macros import expanded
from kg.errors import KgError
from kg.rdf import to_nquads

from .delta_quads import read_quads, read_term
from .preparation import Columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import duckdb

__all__ = ["Layout", "changed_columns", "changed_subjects", "layout_of", "make_table", "texts_of"]

_HERE: Final = Path(__file__).parent
_SIDES: Final = {1: "added", 2: "removed"}
_DICTIONARY: Final = ("text", "kind", "lexical", "datatype", "language")
_TERM: Final = {"number": "INTEGER", **dict.fromkeys(_DICTIONARY, "VARCHAR"), "kind": "TINYINT"}
_QUAD: Final = {**dict.fromkeys("spog", "INTEGER"), "is_added": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the quads of columns stand.

    Args:
        columns: the columns.
        held: SELECT of all quads (s, p, o, g), with NULL for g in the default graph.
        is_one: whether the triples of all graphs make up the data graph, and not those of the default graph alone.
        tables: each table, its columns as made of (s, p, o, g), and which of the quads belong there.
    """

    columns: Columns
    held: str
    is_one: bool
    tables: tuple[tuple[str, str, str], ...]

    def add(self, quads: str) -> None:
        """Write a relation of quads, none of which is there, into the columns."""
        for table, ends, where in self.tables:
            # Where a table tells the source of a quad, that of a change is none of the files, which count from 1.
            source = ", 0 AS source" if "source" in _columns_of(self.columns.db, table) else ""
            self.columns.db.execute(f"INSERT INTO {table} BY NAME SELECT {ends}{source} FROM {quads} WHERE {where}")

    def remove(self, quads: str) -> None:
        """Take a relation of quads out of the columns."""
        for table, ends, where in self.tables:
            # Where no quad is without a number for its graph, the plainer condition is the faster one.
            graph = "=" if "coalesce" in ends else "IS NOT DISTINCT FROM"
            same = "q.s = r.s AND q.p = r.p AND q.o = r.o" + (f" AND q.g {graph} r.g" if "g" in ends else "")
            self.columns.db.execute(
                f"DELETE FROM {table} AS q USING (SELECT {ends} FROM {quads} WHERE {where}) AS r WHERE {same}"
            )


def layout_of(columns: Columns) -> Layout:
    """Where the quads of columns stand.

    Raises:
        KgError: they cannot be changed: a relation is no table, or the database is open for reading alone.
    """
    if columns == Columns.of_release(columns.db):
        tables: tuple[tuple[str, str, str], ...] = (("quad", "s, p, o, coalesce(g, 0) AS g", "true"),)
        layout = Layout(columns, "SELECT s, p, o, nullif(g, 0) AS g FROM quad", is_one=False, tables=tables)
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


def _columns_of(db: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    found = db.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]).fetchall()
    return {str(name) for (name,) in found}


@contextmanager
def changed_columns(layout: Layout, added: bytes | str, removed: bytes | str) -> Iterator[None]:
    """Change columns, and change them back where what is done meanwhile fails; only new terms stay.

    Not one transaction from end to end: in DuckDB, a statement that fails ends the transaction, and who validates
    must be able to try another way.
    """
    db = layout.columns.db
    try:
        with _transaction(db):
            _compare(layout, added, removed)
            _exchange(layout, "delta_removed", "delta_added")
        with ExitStack() as undo:
            undo.callback(_undo, layout)
            yield
            undo.pop_all()
    finally:
        _drop_relations(db)


def _exchange(layout: Layout, old: str, new: str) -> None:
    layout.remove(old)
    layout.add(new)


def _undo(layout: Layout) -> None:
    with _transaction(layout.columns.db):
        _exchange(layout, "delta_added", "delta_removed")


@contextmanager
def _transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    db.begin()
    with ExitStack() as undo:
        undo.callback(db.rollback)
        yield
        undo.pop_all()
    db.commit()


def _compare(layout: Layout, added: bytes | str, removed: bytes | str) -> None:
    """Make the relations of ``delta_change.sql``; new terms of ``added`` come into the dictionary.

    Args:
        layout: where the quads of the columns stand.
        added: N-Quads or N-Triples, or the name of a relation (s, p, o, g) of ids.
        removed: the same.

    Raises:
        SourceError: it is not well-formed.
        KgError: it holds more than RDF 1.1.
    """
    db = layout.columns.db
    make_table(db, "delta_wanted", _QUAD, [])
    texts = {number: text for number, text in enumerate((added, removed), start=1) if isinstance(text, bytes)}
    _load(
        layout.columns,
        {n: to_nquads(text, suffix=".nq", where=_SIDES[n]) for n, text in texts.items() if text.strip()},
    )
    for relation, is_added in ((added, True), (removed, False)):
        if isinstance(relation, str):
            db.execute(f"INSERT INTO delta_wanted SELECT s, p, o, g, {is_added} FROM {relation}")
    db.execute(f"CREATE TEMP VIEW delta_held AS {layout.held}")
    db.execute("SET VARIABLE delta_is_one = ?", [layout.is_one])
    run(db, _HERE / "delta_change.sql")


def _load(columns: Columns, nquads: dict[int, bytes]) -> None:
    """N-Quads into ``delta_wanted``."""
    if not nquads:
        return
    quads = [(quad, side == 1) for side, text in nquads.items() for quad in read_quads(text)]
    numbers = {text: n for n, text in enumerate(sorted({t for quad, _ in quads for t in quad if t is not None}))}
    make_table(columns.db, "delta_term", _TERM, [(n, text, *read_term(text)) for text, n in numbers.items()])
    rows = [(*(None if text is None else numbers[text] for text in quad), is_added) for quad, is_added in quads]
    make_table(columns.db, "delta_quad", _QUAD, rows)
    run(columns.db, _HERE / "delta_terms.sql")
    _write_terms(columns)


def _write_terms(columns: Columns) -> None:
    """Bring ``delta_new`` into the dictionary, and into whatever stands beside it."""
    db = columns.db
    if _columns_of(db, "graph"):
        graphs = "SELECT DISTINCT i.id FROM delta_quad AS q JOIN delta_id AS i ON i.number = q.g WHERE q.is_added"
        if found := db.execute(graphs).fetchall():
            new = "SELECT unnest($1::INTEGER[]) AS g EXCEPT SELECT g FROM graph"
            db.execute(f"INSERT INTO graph (g) {new}", [[row[0] for row in found]])
    if not count(db, "delta_new"):
        return
    listed = ["id", *(name for name in _DICTIONARY if name in _columns_of(db, "term"))]
    db.execute(f"INSERT INTO term BY NAME SELECT {', '.join(listed)} FROM delta_new")
    if columns.values is not None and count(db, "delta_new WHERE kind = 3"):
        typed = expanded(
            "SELECT id, num_of(datatype, lexical) AS num, moment_of(datatype, lexical) AS moment FROM delta_new"
        )
        db.execute(
            f"INSERT INTO {columns.values} BY NAME SELECT id, num.t, num.d, num.f, moment.c, moment.us, moment.tz "
            f"FROM ({typed} WHERE kind = 3) WHERE num IS NOT NULL OR moment IS NOT NULL"
        )
    # Ids are in order no longer, and nobody may take them to be.
    if _columns_of(db, "run"):
        db.execute("DELETE FROM run")


def make_table(
    db: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    """A temporary table of rows; ``columns`` gives each column's type."""
    listed = ", ".join(f"unnest(${column}::{kind}[]) AS {column}" for column, kind in columns.items())
    values = {column: [row[i] for row in rows] for i, column in enumerate(columns)}
    db.execute(f"CREATE TEMP TABLE {name} AS SELECT {listed}", values)


def changed_subjects(db: duckdb.DuckDBPyConnection) -> set[str]:
    """The subjects of all quads that came or went, in N-Triples."""
    rows = db.execute("SELECT s FROM delta_added UNION SELECT s FROM delta_removed").fetchall()
    return texts_of(db, [int(node) for (node,) in rows])


def texts_of(db: duckdb.DuckDBPyConnection, nodes: Collection[int]) -> set[str]:
    """Nodes of the dictionary in N-Triples."""
    run(db, _HERE / "preparation.sql")
    text = "shacl_text(kind, lexical, datatype, language)"
    wanted = "(SELECT unnest($1::INTEGER[]) AS id)"
    rows = db.execute(f"SELECT {text} FROM term SEMI JOIN {wanted} USING (id)", [list(nodes)]).fetchall()
    return {str(found) for (found,) in rows}


def _drop_relations(db: duckdb.DuckDBPyConnection) -> None:
    """Leave no relation of a change behind."""
    for kind in ("view", "table"):
        listed = f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE temporary AND starts_with({kind}_name, 'delta_')"
        names = [str(name) for (name,) in db.execute(listed).fetchall()]
        db.execute("; ".join(f"DROP {kind} {name}" for name in names) or "SELECT 0")
