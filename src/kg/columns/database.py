"""Open a build's database and run a stage's SQL file."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from pathlib import Path

import duckdb

__all__ = ["count", "lock", "open_database", "run"]


def open_database(path: Path, *, memory_mb: int = 4096, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Create the database of one build, with the relations of ``schema.sql``, all empty.

    Args:
        path: a file that does not exist yet.
        memory_mb: what DuckDB may hold in memory, in MiB, before it spills beside ``path``.
        threads: how many threads DuckDB may use.
    """
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": f"{memory_mb}MiB", "threads": threads}
    db = duckdb.connect(path, config=config)
    db.execute("SET preserve_insertion_order = false")
    for name in ("schema.sql", "text.sql"):
        run(db, Path(__file__).with_name(name))
    return db


def lock(db: duckdb.DuckDBPyConnection) -> None:
    """From now on a database reads and writes no files but its own, asks no other host, and stays so."""
    db.execute("SET enable_progress_bar = false; SET enable_external_access = false; SET lock_configuration = true")


def run(db: duckdb.DuckDBPyConnection, file: Path, **variables: str) -> None:
    """Run a file of SQL statements; it reads each of ``variables`` with ``getvariable('name')``."""
    for name, value in variables.items():
        db.execute(f"SET VARIABLE {name} = ?", [value])
    db.execute(file.read_text(encoding="utf-8"))


def count(db: duckdb.DuckDBPyConnection, relation: str) -> int:
    """How many rows a relation has."""
    row = db.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert row is not None
    return int(row[0])
