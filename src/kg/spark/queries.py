"""Compiled queries, answered by Spark."""

# ruff: noqa: S608 - what stands in this SQL are names of our own; what a query says goes into parameters

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from kg.columns.compile import Solutions, Term
from kg.columns.compile.answers import constructed
from kg.columns.compile.compiling import statement

from .dialect import compiler_macros
from .failures import stopped
from .statements import Statements

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from kg.columns.compile import Compiled
    from kg.columns.compile.answers import Triple

__all__ = ["run_compiled"]


def run_compiled(session: SparkSession, compiled: Compiled) -> Solutions | bool | list[Triple]:
    """Answer a compiled query on the tables of a session, as ``kg.columns.compile.run_compiled`` does on DuckDB.

    Raises:
        QueryUnsupportedError: Spark does not compute something in it as DuckDB does, or the data holds values that
            cannot be computed with exactly.
        KgError: Spark failed.
    """
    statements = Statements(session, compiler_macros())
    try:
        ids = term_ids(session, [value for value in compiled.parameters if isinstance(value, Term)])
        # The macros are written out here: some of them in other words.
        sql, texts = statement(replace(compiled, sql=compiled.called), ids)
        found = statements.frame(sql, {str(i): text for i, text in enumerate(texts, start=1)}).collect()
    except (PySparkException, Py4JError) as error:
        raise stopped(error) from error
    finally:
        statements.forget()
    if compiled.form == "ASK":
        return bool(found[0][0])
    places = range(0, 4 * len(compiled.variables), 4)
    rows = [tuple(_term(*row[place : place + 4]) for place in places) for row in found]
    if compiled.form == "SELECT":
        return Solutions(compiled.variables, rows)
    return list(dict.fromkeys(constructed(compiled, rows)))


def term_ids(session: SparkSession, terms: list[Term]) -> dict[Term, int]:
    """The ids of those terms that the dictionary has."""
    if not terms:
        return {}
    # Asked for by its text alone, which Parquet's own statistics can answer to.
    texts = {f"t{i}": text for i, text in enumerate({term.lexical for term in terms})}
    marks = ", ".join(f":{name}" for name in texts)
    sql = f"SELECT id, kind, lexical, datatype, language FROM term WHERE lexical IN ({marks})"
    found = {Term(*row[1:]): int(row[0]) for row in session.sql(sql, args=texts).collect()}
    return {term: found[term] for term in terms if term in found}


def _term(kind: int | None, lexical: str, datatype: str, language: str) -> Term | None:
    return None if kind is None else Term(kind, lexical, datatype, language)
