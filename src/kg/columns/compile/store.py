"""A DuckDB database in memory that holds a dataset as the compiled SQL reads it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import duckdb

from kg.columns.database import count, run
from kg.errors import KgError

from .macros import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["open_columns"]

_HERE: Final = Path(__file__).parent
_COLUMNS: Final = _HERE.parent


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
    db.execute("SET preserve_insertion_order = false; CREATE SCHEMA incoming; USE incoming")
    run(db, _COLUMNS / "schema.sql")
    with TemporaryDirectory(prefix="habeas-columns-") as folder:
        file = Path(folder) / "lines.nq"
        if isinstance(nquads, bytes):
            file.write_bytes(nquads)
        path = file if isinstance(nquads, bytes) else nquads
        if path.stat().st_size:
            run(db, _COLUMNS / "load.sql", pattern=str(path))
            if count(db, "unread") + count(db, "(SELECT 1 FROM term WHERE language LIKE '%--%')") > 0:
                raise KgError("A line is no quad of RDF 1.1. Columns hold no triple terms and no directions of text.")
    db.execute("USE main")
    run(db, _HERE / "schema.sql")
    db.execute("SET VARIABLE graphs = ?", ["\n".join(graphs)])
    db.execute(expanded((_HERE / "load.sql").read_text(encoding="utf-8")))
    db.execute("SET enable_external_access = false; SET lock_configuration = true")
    return db
