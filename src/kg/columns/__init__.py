"""Quads as columns: one DuckDB database per build, in which every stage is a relation in and a relation out."""

from .database import count, open_database, run
from .export import ntriples, ntriples_by_source, write_nquads
from .files import COLUMNS_VERSION, DATABASE, check_columns, write_columns
from .load import load_lines, load_sources, load_triples, register_iri

__all__ = [
    "COLUMNS_VERSION",
    "DATABASE",
    "check_columns",
    "count",
    "load_lines",
    "load_sources",
    "load_triples",
    "ntriples",
    "ntriples_by_source",
    "open_database",
    "register_iri",
    "run",
    "write_columns",
    "write_nquads",
]
