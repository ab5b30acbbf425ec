"""Canonical N-Quads into the tables that compiled SQL reads (``compile/schema.sql``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from kg.errors import KgError

from .database import count, run

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["define_functions", "load_tables", "make_subjects"]

_HERE: Final = Path(__file__).parent
# What the longest line may take, and what each thread reads at once: small for nearly all datasets, which is faster by
# a third, then large enough for what the build takes (``kg.rdf``), twice over.
_BYTES: Final = ((2**21, 2**25), (2**26, 2**28))


def define_functions(db: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the macros that loading and compiled SQL call; the database itself stays as it is."""
    functions = (_HERE / "compile" / "functions.sql").read_text(encoding="utf-8")
    db.execute(functions.replace("CREATE MACRO", "CREATE TEMP MACRO"))


def load_tables(db: duckdb.DuckDBPyConnection, nquads: Path, *, graphs: Iterable[str] = ()) -> None:
    """Make the tables in a database that has none, and fill them.

    Args:
        db: with the macros of ``define_functions``.
        nquads: one quad a line as ``kg.rdf.to_nquads`` writes them, plain or with Zstandard (``.zst``).
        graphs: IRIs of named graphs that exist although they may be empty.

    Raises:
        KgError: a line is no quad of RDF 1.1, or longer than 64 MiB.
    """
    run(db, _HERE / "compile" / "schema.sql")
    run(db, _HERE / "text.sql")
    _encode(db, nquads, "\n".join(graphs))
    if count(db, "coded WHERE is_quad IS NOT TRUE") > 0:
        raise KgError(
            f"{nquads}: a line is no quad of RDF 1.1. Columns hold no triple terms and no directions of text."
        )
    run(db, _HERE / "compile" / "arrange.sql")
    make_subjects(db)


def make_subjects(db: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``subject`` of what ``quad`` holds."""
    run(db, _HERE / "compile" / "subject.sql")
    db.execute("CREATE OR REPLACE TABLE subject AS FROM wide; DROP TABLE wide")


def _encode(db: duckdb.DuckDBPyConnection, nquads: Path, graphs: str) -> None:
    for line_bytes, piece_bytes in _BYTES:
        sizes = {"line_bytes": str(line_bytes), "piece_bytes": str(piece_bytes)}
        db.begin()
        try:
            run(db, _HERE / "compile" / "load.sql", path=str(nquads), graphs=graphs, **sizes)
        except duckdb.InvalidInputException as error:
            db.rollback()
            if line_bytes == _BYTES[-1][0] or "line size" not in str(error):
                # Not in DuckDB's words: they quote the line.
                raise KgError(f"{nquads}: it is not N-Quads in UTF-8, of lines of at most 64 MiB.") from None
        else:
            db.commit()
            return
