"""The answer to a query: run its SQL, read its rows as terms."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb

from kg.errors import QueryResourceError

from .compiling import Compiled, compile  # noqa: A004 - the name of what it does
from .terms import BLANK, IRI, LITERAL, Term, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Row", "Solutions", "Triple", "answer", "constructed", "run_compiled", "stream"]

Row = tuple[Term | None, ...]
Triple = tuple[Term, Term, Term]
BATCH_ROWS: Final = 2048


@dataclass(frozen=True)
class Solutions:
    """The solutions of a SELECT, in their order; None where a variable is unbound."""

    variables: tuple[str, ...]
    rows: list[Row]


def answer(db: duckdb.DuckDBPyConnection, text: str, *, base: str | None = None) -> Solutions | bool | list[Triple]:
    """Answer a query on a database of ``open_columns``: SELECT, ASK or CONSTRUCT.

    Raises:
        QuerySyntaxError: it is not SPARQL 1.1.
        QueryUnsupportedError: it is not covered, or the data holds values that cannot be computed with exactly.
        QueryResourceError: it needs more memory than it may have.
    """
    return run_compiled(db, compile(text, base=base))


def run_compiled(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> Solutions | bool | list[Triple]:
    """Answer a compiled query; errors as of ``answer``."""
    if compiled.form == "ASK":
        with _refusing():
            row = db.execute(compiled.sql, _bound(db, compiled)).fetchone()
        return row is not None and bool(row[0])
    rows = [row for batch in stream(db, compiled) for row in batch]
    if compiled.form == "SELECT":
        return Solutions(compiled.variables, rows)
    return list(dict.fromkeys(constructed(compiled, rows)))


def stream(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> Iterator[list[Row]]:
    """The solutions of a compiled SELECT or CONSTRUCT in batches of at most ``BATCH_ROWS``, as they are found.

    The connection answers nothing else until the last batch is read; errors as of ``answer``, at any batch.
    """
    width = len(compiled.variables)
    with _refusing():
        found = db.execute(compiled.sql, _bound(db, compiled))
        while batch := found.fetchmany(BATCH_ROWS):
            yield [tuple(_term(value) for value in row[:width]) for row in batch]


@contextmanager
def _refusing() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise QueryResourceError("The query needs more memory than it may have.") from error
    except (duckdb.InvalidInputException, duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        raise refuse("values in the data that cannot be computed with exactly") from error


def _bound(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> list[int | str]:
    """The values of the parameters: each term by its id, or by a negative number where the dictionary lacks it."""
    terms = [value for value in compiled.parameters if isinstance(value, Term)]
    ids: dict[Term, int] = {}
    if terms:
        marks = ", ".join("(?::TINYINT, ?, ?, ?)" for _ in terms)
        sql = (
            f"SELECT t.kind, t.lexical, t.datatype, t.language, t.id FROM (VALUES {marks}) AS w(k, v, d, l) "
            "JOIN term AS t ON t.kind = w.k AND t.lexical = w.v AND t.datatype = w.d AND t.language = w.l"
        )
        found = db.execute(sql, [part for term in terms for part in term]).fetchall()
        ids = {Term(*row[:4]): row[4] for row in found}
    return [v if not isinstance(v, Term) else ids.get(v, -1 - i) for i, v in enumerate(compiled.parameters)]


def _term(value: dict[str, Any] | None) -> Term | None:
    return None if value is None else Term(value["k"], value["v"], value["d"], value["l"])


def constructed(compiled: Compiled, rows: Iterable[Row]) -> Iterator[Triple]:
    """The template of a CONSTRUCT filled in; what is unbound or no triple is left out (§16.2)."""
    for number, row in enumerate(rows):
        known = dict(zip(compiled.variables, row, strict=True))
        for places in compiled.template:
            s, p, o = (_filled(place, known, number) for place in places)
            if s is not None and p is not None and o is not None and s.kind != LITERAL and p.kind == IRI:
                yield s, p, o


def _filled(place: str | Term, known: dict[str, Term | None], number: int) -> Term | None:
    if isinstance(place, str):
        return known.get(place)
    # A blank node of the template is a new one in each solution; the dictionary's labels have no dot.
    return Term(BLANK, f"{place.lexical}.{number}") if place.kind == BLANK else place
