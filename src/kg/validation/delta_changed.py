"""Quads added to and removed from columns: what of them changes anything, and what of that changes the data graph."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.columns import load_sources, open_database, run
from kg.errors import KgError
from kg.rdf import to_nquads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from .columnar import Columns

__all__ = ["add_quads", "check_columns", "compare_quads", "drop_relations", "make_table", "remove_quads"]

_CHANGE: Final = Path(__file__).with_name("delta_change.sql")
_SIDES: Final = {1: "added", 2: "removed"}
_TERM: Final = {
    "number": "INTEGER",
    "text": "VARCHAR",
    "kind": "TINYINT",
    **dict.fromkeys(("lexical", "datatype", "language"), "VARCHAR"),
}


def check_columns(columns: Columns) -> None:
    """Make sure that both relations can be changed.

    Raises:
        KgError: one is no table.
    """
    tables = {str(name) for (name,) in columns.db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for name in (columns.triples, columns.said):
        if name not in tables:
            raise KgError(f"{name} is no table, so nothing can be added to it. Make a table of it first.")


def compare_quads(columns: Columns, added: bytes | str, removed: bytes | str) -> None:
    """Make the relations of ``delta_change.sql``; new terms of ``added`` come into the dictionary.

    Args:
        columns: what is to be changed.
        added: N-Quads or N-Triples, or the name of a relation (s, p, o, g) of ids.
        removed: the same.

    Raises:
        SourceError: it is not well-formed.
        KgError: it holds more than RDF 1.1.
    """
    db = columns.db
    db.execute(
        "CREATE TEMP TABLE delta_wanted (s INTEGER, p INTEGER, o INTEGER, g INTEGER, is_added BOOLEAN)",
    )
    texts = {number: text for number, text in enumerate((added, removed), start=1) if isinstance(text, bytes)}
    _load(db, {number: _canonical(text, _SIDES[number]) for number, text in texts.items() if text.strip()})
    for relation, is_added in ((added, True), (removed, False)):
        if isinstance(relation, str):
            db.execute(f"INSERT INTO delta_wanted SELECT s, p, o, g, {is_added} FROM {relation}")
    db.execute(f"CREATE TEMP VIEW delta_held AS {_held(columns)}")
    db.execute("SET VARIABLE delta_is_one = ?", [_is_one(columns)])
    run(db, _CHANGE)


def _is_one(columns: Columns) -> bool:
    return columns.triples == columns.said


def _held(columns: Columns) -> str:
    if _is_one(columns):
        return f"SELECT s, p, o, g FROM {columns.said}"
    named = f"SELECT s, p, o, g FROM {columns.said} WHERE g IS NOT NULL"
    return f"SELECT s, p, o, NULL::INTEGER AS g FROM {columns.triples} UNION ALL {named}"


def _canonical(text: bytes, name: str) -> bytes:
    return to_nquads(text, suffix=".nq", where=name)


def _load(db: duckdb.DuckDBPyConnection, nquads: dict[int, bytes]) -> None:
    """N-Quads into ``delta_wanted``; they are read in a database of their own, whose dictionary is small."""
    with open_database(Path(":memory:"), memory_mb=1024) as side:
        if load_sources(side, nquads.items()):
            raise KgError("What is to be added or removed holds triples inside of triples. Columns hold RDF 1.1.")
        terms = side.execute("SELECT id, text, kind, lexical, datatype, language FROM term").fetchall()
        quads = side.execute("SELECT s, p, o, g, source = 1 FROM quad").fetchall()
    make_table(db, "delta_term", _TERM, terms)
    ends = {**dict.fromkeys("spog", "INTEGER"), "is_added": "BOOLEAN"}
    make_table(db, "delta_quad", ends, quads)
    _number_terms(db)
    db.execute(
        "INSERT INTO delta_wanted SELECT s.id, p.id, o.id, g.id, q.is_added FROM delta_quad AS q "
        "JOIN delta_id AS s ON s.number = q.s JOIN delta_id AS p ON p.number = q.p "
        "JOIN delta_id AS o ON o.number = q.o LEFT JOIN delta_id AS g ON g.number = q.g "
        "WHERE q.g IS NULL OR g.id IS NOT NULL"
    )


def _number_terms(db: duckdb.DuckDBPyConnection) -> None:
    """``delta_id`` (number, id): the terms that the dictionary has, and those that come new with what is added."""
    db.execute(
        "CREATE TEMP TABLE delta_id AS SELECT n.number, t.id FROM delta_term AS n JOIN term AS t ON t.text = n.text"
    )
    db.execute(
        "CREATE TEMP TABLE delta_new AS SELECT n.*, (SELECT coalesce(max(id), 0) FROM term)::INTEGER "
        "+ (row_number() OVER (ORDER BY n.text))::INTEGER AS id FROM delta_term AS n "
        "WHERE n.number NOT IN (SELECT number FROM delta_id) AND n.number IN "
        "(SELECT unnest([s, p, o, g]) FROM delta_quad WHERE is_added)"
    )
    db.execute("INSERT INTO term BY NAME SELECT id, text, kind, lexical, datatype, language FROM delta_new")
    db.execute("INSERT INTO delta_id SELECT number, id FROM delta_new")


def make_table(
    db: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    """A temporary table of rows; ``columns`` gives each column's type."""
    listed = ", ".join(f"unnest(${column}::{kind}[]) AS {column}" for column, kind in columns.items())
    values = {column: [row[i] for row in rows] for i, column in enumerate(columns)}
    db.execute(f"CREATE TEMP TABLE {name} AS SELECT {listed}", values)


def add_quads(columns: Columns) -> None:
    """Write ``delta_added`` into the columns."""
    for relation, ends, where in _written(columns):
        # Where a table tells the source of a quad, that of a change is none of the files, which count from 1.
        row = columns.db.execute(
            "SELECT count(*) > 0 FROM duckdb_columns() WHERE table_name = ? AND column_name = 'source'", [relation]
        ).fetchone()
        source = ", 0 AS source" if row and row[0] else ""
        columns.db.execute(f"INSERT INTO {relation} BY NAME SELECT {ends}{source} FROM delta_added WHERE {where}")


def remove_quads(columns: Columns) -> None:
    """Take ``delta_removed`` out of the columns."""
    for relation, ends, where in _written(columns):
        same = " AND ".join(f"q.{end} IS NOT DISTINCT FROM r.{end}" for end in ends.split(", "))
        columns.db.execute(
            f"DELETE FROM {relation} AS q USING (SELECT * FROM delta_removed WHERE {where}) AS r WHERE {same}"
        )


def _written(columns: Columns) -> list[tuple[str, str, str]]:
    """Each relation, its columns, and which of the quads belong there."""
    if _is_one(columns):
        return [(columns.said, "s, p, o, g", "true")]
    return [(columns.triples, "s, p, o", "g IS NULL"), (columns.said, "s, p, o, g", "g IS NOT NULL")]


def drop_relations(db: duckdb.DuckDBPyConnection) -> None:
    """Leave no relation of a change behind."""
    for kind in ("view", "table"):
        listed = f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE temporary AND starts_with({kind}_name, 'delta_')"
        for (name,) in db.execute(listed).fetchall():
            db.execute(f"DROP {kind} {name}")
