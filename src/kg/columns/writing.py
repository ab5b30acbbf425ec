"""The program that ``files.write_columns`` runs: python -m kg.columns.writing DUMP FOLDER MEMORY_MB THREADS."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import duckdb

from kg.errors import KgError, ReleaseError

from .files import COLUMNS_VERSION, DATABASE, REFUSED, TABLES, be_silent, sizes
from .tables import define_functions, load_tables

__all__: list[str] = []

# Readers may have a DuckDB that is older than ours.
_STORAGE: Final = "v1.4.0"


def _write(nquads: Path, folder: Path, *, memory_mb: int, threads: int) -> None:
    settings = {**sizes(memory_mb, threads), "storage_compatibility_version": _STORAGE}
    try:
        with duckdb.connect(folder / DATABASE, config=settings) as db:
            _fill(db, nquads, folder)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise ReleaseError(
            f"{folder}: the columns cannot be written ({type(error).__name__}, with {memory_mb} MiB of memory). "
            "Ten million quads take some 1.3 GiB of memory, and on disk 100 MB and what does not fit into memory."
        ) from error


def _fill(db: duckdb.DuckDBPyConnection, nquads: Path, folder: Path) -> None:
    be_silent(db)
    define_functions(db)
    load_tables(db, nquads)
    db.execute(f"CREATE TABLE about AS SELECT {COLUMNS_VERSION}::INTEGER AS version")
    db.execute("SET VARIABLE folder = ?", [str(folder)])
    # In the order of the tables, which DuckDB keeps (its setting preserve_insertion_order).
    for table in TABLES:
        place = f"(getvariable('folder') || '/{table}.parquet')"
        db.execute(f"COPY {table} TO {place} (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    dump, columns, megabytes, lanes = sys.argv[1:]
    try:
        _write(Path(dump), Path(columns), memory_mb=int(megabytes), threads=int(lanes))
    except KgError as refusal:
        sys.stderr.write(str(refusal))
        sys.exit(REFUSED)
