"""The columns of a release: a Parquet file for each table, and a DuckDB file with all of them (``docs/columns.md``)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

from kg.errors import ReleaseError

from .database import run
from .tables import define_functions, load_tables

__all__ = ["COLUMNS_VERSION", "check_columns", "connect_columns", "write_columns"]

# Of the tables in compile/schema.sql: one more with each change that who reads the files would notice.
COLUMNS_VERSION: Final = 2
_DATABASE: Final = "columns.duckdb"
_TABLES: Final = ("term", "value", "quad", "graph", "run")
_REMEDY: Final = (
    "Move the release away and build it again, with this version of kg: kg build. Until then KG_COLUMNS=off leaves its "
    'queries to its index (docs/operations.md, "A damaged release").'
)
_HERE: Final = Path(__file__).parent
# Readers may have a DuckDB that is older than ours.
_STORAGE: Final = "v1.4.0"


def write_columns(nquads: Path, folder: Path, *, memory_mb: int = 2048, threads: int = 2) -> None:
    """Write the columns of a dataset.

    The Parquet files are the same bytes each time; the DuckDB file has the same rows each time.

    Args:
        nquads: the dataset as canonical N-Quads, plain or with Zstandard (``.zst``).
        folder: where they go; it is made.
        memory_mb: what DuckDB may hold, in MiB, before it spills into ``folder`` for the time being.
        threads: how many threads DuckDB may use.

    Raises:
        KgError: a line is no quad of RDF 1.1.
        ReleaseError: there is too little memory or disk.
    """
    folder.mkdir(parents=True)
    settings = {**_sizes(memory_mb, threads), "storage_compatibility_version": _STORAGE}
    try:
        with duckdb.connect(folder / _DATABASE, config=settings) as db:
            _write(db, nquads, folder)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise ReleaseError(
            f"{folder}: the columns cannot be written ({type(error).__name__}, with {memory_mb} MiB of memory). "
            "Ten million quads take some 1.3 GiB of memory, and on disk 100 MB and what does not fit into memory."
        ) from error


def _write(db: duckdb.DuckDBPyConnection, nquads: Path, folder: Path) -> None:
    _be_silent(db)
    define_functions(db)
    load_tables(db, nquads)
    db.execute(f"CREATE TABLE about AS SELECT {COLUMNS_VERSION}::INTEGER AS version")
    db.execute("SET VARIABLE folder = ?", [str(folder)])
    # In the order of the tables, which DuckDB keeps (its setting preserve_insertion_order).
    for table in _TABLES:
        place = f"(getvariable('folder') || '/{table}.parquet')"
        db.execute(f"COPY {table} TO {place} (FORMAT parquet, COMPRESSION zstd)")


def connect_columns(folder: Path, *, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """Open the DuckDB file of a release's columns, read-only; what does not fit into memory is not spilled.

    Raises:
        ReleaseError: it is missing, cannot be read, or is of another version than this code.
    """
    file = folder / _DATABASE
    try:
        db = duckdb.connect(file, read_only=True, config={**_sizes(memory_mb, threads), "temp_directory": ""})
        found = db.execute("SELECT version FROM about").fetchall()
    except duckdb.Error as error:
        what = "cannot be read" if file.exists() else "is missing"
        raise ReleaseError(f"{file}: the file of columns {what} ({type(error).__name__}). {_REMEDY}") from error
    if found != [(COLUMNS_VERSION,)]:
        db.close()
        raise ReleaseError(f"{file}: its columns are of version {found}, and not {COLUMNS_VERSION}. {_REMEDY}")
    return db


def check_columns(folder: Path, nquads: Path, *, memory_mb: int = 2048, threads: int = 2) -> None:
    """Hold columns against their dataset: its quads and terms, all and only these, in both kinds of files.

    Args:
        folder: the columns.
        nquads: the dataset as canonical N-Quads, plain or with Zstandard (``.zst``).
        memory_mb: what DuckDB may hold, in MiB.
        threads: how many threads DuckDB may use.

    Raises:
        ReleaseError: they are not of that dataset, or cannot be read.
    """
    connect_columns(folder, memory_mb=memory_mb, threads=threads).close()
    with TemporaryDirectory(prefix="habeas-check-") as spilled, duckdb.connect(config=_sizes(memory_mb, threads)) as db:
        _be_silent(db)
        db.execute("SET temp_directory = ?", [spilled])
        db.execute(
            f"ATTACH '{str(folder / _DATABASE).replace(chr(39), chr(39) * 2)}' AS columns (READ_ONLY); USE columns"
        )
        try:
            # The planner would hold the quads, and stream the terms past them.
            db.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
            _check_parquet(db, folder)
            run(db, _HERE / "text.sql")
            run(db, _HERE / "compile" / "subject.sql")
            run(db, _HERE / "check.sql", folder=str(folder), path=str(nquads))
            wrong = [str(row[0]) for row in db.execute("SELECT what FROM wrong ORDER BY what").fetchall()]
        except duckdb.Error as error:
            raise ReleaseError(
                f"{folder / _DATABASE}: what is in it cannot be read ({type(error).__name__}). {_REMEDY}"
            ) from error
    if wrong:
        raise ReleaseError(f"{folder}: {'; '.join(wrong)}. {_REMEDY}")


def _check_parquet(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """See that each Parquet file can be read from its first row to its last."""
    for table in _TABLES:
        file = folder / f"{table}.parquet"
        try:
            db.execute("SELECT sum(hash(line)::HUGEINT) FROM read_parquet(?) AS line", [str(file)])
        except duckdb.Error as error:
            what = "cannot be read to its end" if file.exists() else "is missing"
            raise ReleaseError(f"{file}: the file {what} ({type(error).__name__}). {_REMEDY}") from error


def _be_silent(db: duckdb.DuckDBPyConnection) -> None:
    """Without DuckDB's own bar, which it draws wherever it is called from."""
    db.execute("SET enable_progress_bar = false")


def _sizes(memory_mb: int, threads: int) -> dict[str, Any]:  # the type of DuckDB's argument
    return {"memory_limit": f"{memory_mb}MiB", "threads": threads}
