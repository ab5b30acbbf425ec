"""The columns of a release: a Parquet file for each table, and a DuckDB file with all of them (``docs/columns.md``)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

from kg.errors import ReleaseError

from .database import run

__all__ = [
    "COLUMNS_VERSION",
    "DATABASE",
    "REFUSED",
    "TABLES",
    "be_silent",
    "check_columns",
    "connect_columns",
    "sizes",
    "write_columns",
]

# Of the tables in compile/schema.sql: one more with each change that who reads the files would notice.
COLUMNS_VERSION: Final = 2
DATABASE: Final = "columns.duckdb"
TABLES: Final = ("term", "value", "quad", "graph", "run")
_REMEDY: Final = (
    "Move the release away and build it again, with this version of kg: kg build. Until then KG_COLUMNS=off leaves its "
    'queries to its index (docs/operations.md, "A damaged release").'
)
_HERE: Final = Path(__file__).parent
# How the process that writes columns says that its last words are the text of an error.
REFUSED: Final = 3


def write_columns(nquads: Path, folder: Path, *, memory_mb: int = 2048, threads: int = 2) -> None:
    """Write the columns of a dataset, in a process of its own.

    The Parquet files are the same bytes each time; the DuckDB file has the same rows each time. Between its rows it has
    what the memory of its process held before, so that process has read nothing but the dataset.

    Args:
        nquads: the dataset as canonical N-Quads, plain or with Zstandard (``.zst``).
        folder: where they go; it is made.
        memory_mb: what DuckDB may hold, in MiB, before it spills into ``folder`` for the time being.
        threads: how many threads DuckDB may use.

    Raises:
        ReleaseError: a line is no quad of RDF 1.1; there is too little memory or disk; or the process was ended.
    """
    folder.mkdir(parents=True)
    command = [sys.executable, "-P", "-m", "kg.columns.writing", str(nquads), str(folder), str(memory_mb), str(threads)]
    quiet = subprocess.DEVNULL
    done = subprocess.run(  # noqa: S603 - our own program
        command, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode == REFUSED:
        raise ReleaseError(done.stderr.strip())
    if done.returncode:
        how = f"was ended by signal {-done.returncode}" if done.returncode < 0 else f"failed:\n{done.stderr}"
        raise ReleaseError(f"{folder}: the columns cannot be written: their process {how}")


def connect_columns(folder: Path, *, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """Open the DuckDB file of a release's columns, read-only; what does not fit into memory is not spilled.

    Raises:
        ReleaseError: it is missing, cannot be read, or is of another version than this code.
    """
    file = folder / DATABASE
    try:
        db = duckdb.connect(file, read_only=True, config={**sizes(memory_mb, threads), "temp_directory": ""})
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
    with TemporaryDirectory(prefix="habeas-check-") as spilled, duckdb.connect(config=sizes(memory_mb, threads)) as db:
        be_silent(db)
        db.execute("SET temp_directory = ?", [spilled])
        db.execute(
            f"ATTACH '{str(folder / DATABASE).replace(chr(39), chr(39) * 2)}' AS columns (READ_ONLY); USE columns"
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
                f"{folder / DATABASE}: what is in it cannot be read ({type(error).__name__}). {_REMEDY}"
            ) from error
    if wrong:
        raise ReleaseError(f"{folder}: {'; '.join(wrong)}. {_REMEDY}")


def _check_parquet(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """See that each Parquet file can be read from its first row to its last."""
    for table in TABLES:
        file = folder / f"{table}.parquet"
        try:
            db.execute("SELECT sum(hash(line)::HUGEINT) FROM read_parquet(?) AS line", [str(file)])
        except duckdb.Error as error:
            what = "cannot be read to its end" if file.exists() else "is missing"
            raise ReleaseError(f"{file}: the file {what} ({type(error).__name__}). {_REMEDY}") from error


def be_silent(db: duckdb.DuckDBPyConnection) -> None:
    """Without DuckDB's own bar, which it draws wherever it is called from."""
    db.execute("SET enable_progress_bar = false")


def sizes(memory_mb: int, threads: int) -> dict[str, Any]:  # the type of DuckDB's argument
    """What DuckDB may hold, as its settings."""
    return {"memory_limit": f"{memory_mb}MiB", "threads": threads}
