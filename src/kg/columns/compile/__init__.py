"""SPARQL to one SQL statement over columns: exact, or refused (``docs/adr/0019``)."""

from .answers import Solutions, answer, constructed, run_compiled, stream, written
from .arrangement import Arrangement
from .compiling import Compiled, compile, coverage, statement  # noqa: A004 - the name of what it does
from .store import open_columns, open_release_columns
from .terms import Term

__all__ = [
    "Arrangement",
    "Compiled",
    "Solutions",
    "Term",
    "answer",
    "compile",
    "constructed",
    "coverage",
    "open_columns",
    "open_release_columns",
    "run_compiled",
    "statement",
    "stream",
    "written",
]
