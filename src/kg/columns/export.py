"""Relations back to text: N-Triples for the validator, sorted N-Quads for the release."""
# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .database import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["ntriples", "ntriples_by_source", "write_nquads"]


def ntriples(db: duckdb.DuckDBPyConnection, relation: str) -> bytes:
    """The distinct triples of a relation (s, p, o) as canonical N-Triples, sorted by code point."""
    return b"".join(text for _, text in ntriples_by_source(db, f"(SELECT s, p, o, 0 AS source FROM {relation})"))


def ntriples_by_source(db: duckdb.DuckDBPyConnection, relation: str) -> Iterator[tuple[int, bytes]]:
    """The distinct triples of each source of a relation (s, p, o, source), as ``ntriples`` gives them, by source id."""
    rows = db.execute(
        "SELECT source, string_agg(line, '' ORDER BY line) FROM ("
        "SELECT DISTINCT source, s.text || ' ' || p.text || ' ' || o.text || ' .' || chr(10) AS line "
        f"FROM {relation} AS t "
        "JOIN term AS s ON s.id = t.s JOIN term AS p ON p.id = t.p JOIN term AS o ON o.id = t.o"
        ") GROUP BY source ORDER BY source"
    ).fetchall()
    for source, text in rows:
        yield int(source), str(text).encode()


def write_nquads(db: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
    """Write the distinct quads of a relation (s, p, o, g) as canonical N-Quads, sorted by code point."""
    db.execute(f"CREATE OR REPLACE TEMP VIEW exported AS SELECT s, p, o, g FROM {relation}")
    run(db, Path(__file__).with_name("export.sql"), path=str(path))
