"""DuckDB databases that hold a dataset as the compiled SQL reads it: made in memory, or a release's own."""

# ruff: noqa: S608 - what stands in this SQL is made of our own files

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import duckdb

from kg.columns.database import lock
from kg.columns.files import connect_columns
from kg.columns.tables import define_functions, load_tables
from kg.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["POSITION", "open_columns", "open_release_columns"]

# What the table ``position`` holds, as a query.
POSITION: Final = Path(__file__).with_name("position.sql")


def open_columns(
    nquads: bytes | Path, *, graphs: Iterable[str] = (), memory_mb: int = 2048, threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """Load canonical N-Quads into a new database in memory, which from then on reads nothing else.

    Args:
        nquads: one quad a line as ``kg.rdf.to_nquads`` writes them, or a file of such lines.
        graphs: IRIs of named graphs that exist although they may be empty.
        memory_mb: what DuckDB may hold, in MiB.
        threads: how many threads DuckDB may use.

    Raises:
        KgError: a line is no quad of RDF 1.1.
    """
    db = duckdb.connect(config={"memory_limit": f"{memory_mb}MiB", "threads": threads})
    define_functions(db)
    if isinstance(nquads, Path):
        load_tables(db, nquads, graphs=graphs)
    else:
        with TemporaryDirectory(prefix="habeas-columns-") as folder:
            file = Path(folder) / "lines.nq"
            file.write_bytes(nquads)
            load_tables(db, file, graphs=graphs)
    _finish(db)
    return db


def open_release_columns(folder: Path, *, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """Open the columns of a release, read-only, in a database that reads and writes nothing else.

    Queries are answered on this connection: what tells the order of terms stands there, and not on its cursors.

    Args:
        folder: ``columns/`` of the release.
        memory_mb: what DuckDB may hold, in MiB; a query that needs more fails, and spills nothing.
        threads: how many threads DuckDB may use.

    Raises:
        ReleaseError: the columns are missing, cannot be read, are of another version than this code, or need more
            memory.
    """
    db = connect_columns(folder, memory_mb=memory_mb, threads=threads)
    try:
        _finish(db)
    except duckdb.Error as error:
        db.close()
        raise ReleaseError(f"The columns in {folder} cannot be asked ({type(error).__name__}).") from error
    return db


def _finish(db: duckdb.DuckDBPyConnection) -> None:
    # Where `run` is empty, terms were added, and their ids are in no order.
    db.execute(
        f"CREATE TEMP TABLE position AS FROM ({POSITION.read_text(encoding='utf-8')}) WHERE EXISTS (FROM run) "
        "UNION ALL SELECT id, NULL FROM term WHERE NOT EXISTS (FROM run)"
    )
    lock(db)
