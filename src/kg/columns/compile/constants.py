"""The number and the moment that a constant of a query is, by the same macros that read the data."""

from __future__ import annotations

import functools
import os
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

import duckdb

from kg.columns.database import lock

from .macros import expanded
from .terms import LITERAL, STRING, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from .terms import Term

__all__ = ["EXACT", "LEAST_ODD", "Known", "known", "read", "typed_row"]

# A query may say many things once: beyond this many, all is forgotten.
_ONE_AT_A_TIME: Final = threading.Lock()
MOST_KEPT: Final = 10_000
EXACT: Final = (1, 2)
LEAST_ODD: Final = 8


class Known(NamedTuple):
    """A constant's row of ``value``; the columns that begin with a NULL are all NULL."""

    t: int | None = None
    d: Decimal | None = None
    f: float | None = None
    c: int | None = None
    us: int | None = None
    tz: int | None = None

    def number(self) -> tuple[str, str, str]:
        """t, d and f as SQL."""
        return _sql(self.t, "TINYINT"), _sql(self.d, "DECIMAL(38, 18)"), _sql(self.f, "DOUBLE")

    def moment(self) -> tuple[str, str, str]:
        """c, us and tz as SQL."""
        return _sql(self.c, "TINYINT"), _sql(self.us, "BIGINT"), _sql(self.tz, "INTEGER")

    @property
    def family(self) -> str | None:
        """What "<" compares this value with: "number", "date" or "dateTime"; None if it is none that fits in here."""
        if self.t is not None and self.t < LEAST_ODD:
            return "number"
        return {1: "dateTime", 2: "date"}.get(self.c or 0)


_READ: Final = """SELECT d, v, n.t, n.d, n.f, m.c, m.us, m.tz
FROM (
    SELECT d, v, num_of(d, v) AS n, moment_of(d, v) AS m
    FROM (SELECT unnest($1::VARCHAR[]) AS d, unnest($2::VARCHAR[]) AS v))"""
# Parameters of EXECUTE are none of the statement around it, so what is asked about goes through a variable.
_ASK: Final = "SET VARIABLE asked = ?"
_ANSWER: Final = "EXECUTE reader(getvariable('asked').d, getvariable('asked').v)"
_KNOWN: Final[dict[tuple[str, str], Known]] = {}


def known(term: Term) -> Known:
    """What number and what moment a term is."""
    read([term])
    return _KNOWN.get((term.datatype, term.lexical), Known())


def read(terms: Iterable[Term]) -> None:
    """Find out about several terms at once, which takes hardly longer than one."""
    wanted = {(t.datatype, t.lexical) for t in terms if t.kind == LITERAL and t.datatype.startswith(XSD)}
    new = sorted(text for text in wanted if text not in _KNOWN and text[0] != STRING)
    if new:
        with _ONE_AT_A_TIME:
            db, ask, answer = _reader(os.getpid())
            db.execute(ask, [dict(zip("dv", map(list, zip(*new, strict=True)), strict=True))])
            found = db.execute(answer).fetchall()
        if len(_KNOWN) + len(new) > MOST_KEPT:
            _KNOWN.clear()
        _KNOWN.update({(d, v): Known(*row) for d, v, *row in found})


def typed_row(term: Term) -> str:
    """The columns t, d, f, c, us and tz of a term as SQL."""
    value = known(term)
    return ", ".join((*value.number(), *value.moment()))


def _sql(value: object, kind: str) -> str:
    # Numbers of our own: their text holds nothing that a query said.
    return f"NULL::{kind}" if value is None else f"'{value}'::{kind}"


@functools.lru_cache(maxsize=1)
def _reader(process: int) -> tuple[duckdb.DuckDBPyConnection, duckdb.Statement, duckdb.Statement]:
    """An empty database of this process, and the statements that ask it and have its answer.

    To plan what finds out takes longer than all else; it reads no table, so that DuckDB keeps its plan. One that a fork
    took along would wait for threads that it has not.
    """
    del process
    db = duckdb.connect(config={"threads": 1})
    db.execute("SET VARIABLE optimizers = (SELECT string_agg(name, ',') FROM duckdb_optimizers())")
    db.execute("SET disabled_optimizers = getvariable('optimizers')")
    lock(db)
    db.execute(f"PREPARE reader AS {expanded(_READ)}")
    ask, answer = (db.extract_statements(sql)[0] for sql in (_ASK, _ANSWER))
    return db, ask, answer
