"""N-Quads and N-Triples text into the columns. Python never loops over quads here."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from kg.errors import KgError

from .database import count, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

__all__ = ["load_lines", "load_sources", "load_triples", "register_iri"]

_LOAD: Final = Path(__file__).with_name("load.sql")


def load_sources(db: duckdb.DuckDBPyConnection, sources: Iterable[tuple[int, bytes]]) -> set[int]:
    """Load sources, each an id of the relation ``source`` and its N-Quads, into ``quad``.

    Returns:
        The ids of the sources that hold more than RDF 1.1 (triple terms); none of their quads is loaded.
    """
    with TemporaryDirectory(prefix="habeas-load-") as folder:
        for source_id, nquads in sources:
            (Path(folder) / f"{source_id}.nq").write_bytes(nquads)
        if not any(Path(folder).iterdir()):
            return set()
        run(db, _LOAD, pattern=f"{folder}/*.nq")
    db.execute("CREATE OR REPLACE TEMP MACRO source_of(file) AS parse_filename(file, true)::INTEGER")
    db.execute(
        "INSERT INTO quad SELECT s, p, o, g, source_of(filename) FROM incoming "
        "WHERE filename NOT IN (SELECT filename FROM unread) ORDER BY ALL"
    )
    return {int(row[0]) for row in db.execute("SELECT source_of(filename) FROM unread").fetchall()}


def load_triples(db: duckdb.DuckDBPyConnection, ntriples: bytes, *, into: str, graph: str | None = None) -> None:
    """Load N-Triples into the relation ``into`` (s, p, o), or (s, p, o, g) where ``graph`` names the graph by IRI.

    Raises:
        KgError: it is not N-Triples, or holds a triple inside of a triple.
    """
    if not ntriples:
        return
    with TemporaryDirectory(prefix="habeas-load-") as folder:
        file = Path(folder) / "triples.nq"
        file.write_bytes(ntriples)
        run(db, _LOAD, pattern=str(file))
    if count(db, "unread") > 0:
        raise KgError("what was to be loaded is not N-Triples of RDF 1.1. A rule or a link wrote it.")
    if graph is None:
        db.execute(f"INSERT INTO {into} SELECT DISTINCT s, p, o FROM incoming ORDER BY ALL")
        return
    register_iri(db, graph)
    db.execute(f"INSERT INTO {into} SELECT DISTINCT s, p, o, term_id(iri(?)) FROM incoming ORDER BY ALL", [graph])


def load_lines(db: duckdb.DuckDBPyConnection, relation: str, *, into: str, graph: str | None = None) -> None:
    """Load N-Triples that stand in the column ``line`` of a relation, as ``load_triples`` does."""
    row = db.execute(f"SELECT string_agg(line || chr(10), '' ORDER BY line) FROM {relation}").fetchone()
    assert row is not None
    load_triples(db, (row[0] or "").encode(), into=into, graph=graph)


def register_iri(db: duckdb.DuckDBPyConnection, iri: str) -> None:
    """Give an IRI its place in the dictionary, where it has none yet."""
    db.execute(
        "INSERT INTO term "
        "SELECT (SELECT coalesce(max(id), 0) + 1 FROM term), iri($1), 2, $1, '', '' "
        "WHERE term_id(iri($1)) IS NULL",
        [iri],
    )
