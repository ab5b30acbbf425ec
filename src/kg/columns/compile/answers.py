"""The answer to a query: run its SQL, read its rows as terms."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from weakref import WeakKeyDictionary

import duckdb

from kg.errors import QueryResourceError

from .arrangement import Arrangement
from .compiling import Compiled, compile, statement  # noqa: A004 - the name of what it does
from .dictionary import Terms
from .terms import BLANK, IRI, LITERAL, Term, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Row", "Solutions", "Triple", "answer", "constructed", "run_compiled", "stream", "written"]

Row = tuple[Term | None, ...]
Triple = tuple[Term, Term, Term]
T = TypeVar("T")
BATCH_ROWS: Final = 2**14
MOST_KEPT: Final = 10_000
# So many statements of so many characters take some 20 MiB.
MOST_PARSED: Final = 64
LONGEST_PARSED: Final = 2**13
_PARSED: Final[WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[str, duckdb.Statement]]] = WeakKeyDictionary()
_IDS: Final[WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[Term, int]]] = WeakKeyDictionary()


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
    return run_compiled(db, compile(text, base=base, arrangement=Arrangement(db)))


def run_compiled(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> Solutions | bool | list[Triple]:
    """Answer a compiled query; errors as of ``answer``."""
    if compiled.form == "ASK":
        with _refusing():
            row = _execute(db, compiled).fetchone()
        return row is not None and bool(row[0])
    rows = [row for batch in stream(db, compiled) for row in batch]
    if compiled.form == "SELECT":
        return Solutions(compiled.variables, rows)
    return list(dict.fromkeys(constructed(compiled, rows)))


def stream(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> Iterator[list[Row]]:
    """The solutions of a compiled SELECT or CONSTRUCT in batches of at most ``BATCH_ROWS``, as they are found.

    The connection answers nothing else until the last batch is read; errors as of ``answer``, at any batch.
    """
    return written(db, compiled, Term)


def written(
    db: duckdb.DuckDBPyConnection, compiled: Compiled, form: Callable[[int, str, str, str], T]
) -> Iterator[list[tuple[T | None, ...]]]:
    """The same as ``stream``, each term as ``form`` writes it.

    Args:
        db: the columns, which do not change from one call to the next.
        compiled: the query.
        form: takes a term's kind, lexical form, datatype and language, and gives the same for the same; what it gave
            is kept for the terms of the dictionary that were read last.
    """
    terms = Terms(db, compiled.parameters, form)
    with _refusing():
        found = _execute(db, compiled)
        while batch := found.fetchmany(BATCH_ROWS):
            # Without variables there is one column all the same, of which nobody asks.
            columns = list(map(terms.column, compiled.kinds, zip(*batch, strict=True)))
            yield list(zip(*columns, strict=True)) if columns else [()] * len(batch)


@contextmanager
def _refusing() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise QueryResourceError("The query needs more memory than it may have.") from error
    except (duckdb.InvalidInputException, duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        raise refuse("values in the data that cannot be computed with exactly") from error


def _found(db: duckdb.DuckDBPyConnection, terms: Iterable[Term]) -> dict[Term, int]:
    """The ids of those terms that the dictionary has."""
    wanted = list(terms)
    texts = list({term.lexical for term in wanted})
    if not texts:
        return {}
    # Whole terms are compared here: one text may be many terms, and a list of texts is the quickest to look for.
    marks = ", ".join("?" * len(texts))
    sql = f"SELECT kind, lexical, datatype, language, id FROM term WHERE lexical IN ({marks})"
    found = {Term(*row[:4]): row[4] for row in db.execute(sql, texts).fetchall()}
    return {term: found[term] for term in wanted if term in found}


def _execute(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> duckdb.DuckDBPyConnection:
    known = _IDS.setdefault(db, {})
    known.update(_found(db, (v for v in compiled.parameters if isinstance(v, Term) and v not in known)))
    if len(known) > MOST_KEPT:
        kept = {term: known[term] for term in compiled.parameters if term in known and isinstance(term, Term)}
        known.clear()
        known.update(kept)
    sql, texts = statement(compiled, known)
    return db.execute(_parsed(db, sql), texts)


def _parsed(db: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """To read the text of a statement takes a tenth of the time of most answers."""
    kept = _PARSED.setdefault(db, {})
    if sql not in kept:
        if len(kept) == MOST_PARSED:
            kept.clear()
        (found,) = db.extract_statements(sql)
        if len(sql) > LONGEST_PARSED:
            return found
        kept[sql] = found
    return kept[sql]


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
