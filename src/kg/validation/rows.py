"""Rows of Python's as rows of a database: as parameters, for there are not many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

__all__ = ["as_parameters", "as_relation", "columns_of", "insert_rows", "make_table"]


def as_relation(columns: Mapping[str, str]) -> str:
    """A SELECT of rows that come as parameters, a list for each column; ``columns`` gives the column's type."""
    return "SELECT " + ", ".join(f"unnest(${column}::{kind}[]) AS {column}" for column, kind in columns.items())


def as_parameters(columns: Mapping[str, str], rows: Sequence[tuple[object, ...]]) -> dict[str, list[object]]:
    """The parameters of ``as_relation``."""
    return {column: [row[place] for row in rows] for place, column in enumerate(columns)}


def columns_of(db: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """The names of a table's columns; none where there is no such table."""
    found = db.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]).fetchall()
    return {str(name) for (name,) in found}


def make_table(
    db: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    """A temporary table of rows; ``columns`` gives each column's type."""
    db.execute(f"CREATE TEMP TABLE {name} AS {as_relation(columns)}", as_parameters(columns, rows))


def insert_rows(
    db: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Rows into a table that has at least these columns."""
    db.execute(f"INSERT INTO {name} BY NAME {as_relation(columns)}", as_parameters(columns, rows))
