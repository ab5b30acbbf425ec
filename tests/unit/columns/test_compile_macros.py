"""Macros as text: a statement means the same with their text in it as where a database holds them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from kg.columns.compile import macros
from kg.columns.compile.macros import expanded

FUNCTIONS = Path(macros.__file__).with_name("functions.sql").read_text("utf-8")
TERMS = [("integer", "-7"), ("decimal", "1.50"), ("double", "1.5e-7"), ("date", "2020-01-01"), ("string", "it's, (so")]


@pytest.mark.parametrize(
    "call", ["num_term(n)", "num_term(num_add(n, {'t': 2, 'd': 1, 'f': 1}))", "moment_of(d, v).us"]
)
def test_a_macro_as_text_gives_what_the_macro_gives(call: str) -> None:
    rows = ", ".join(f"('http://www.w3.org/2001/XMLSchema#{d}', '{v.replace(chr(39), chr(39) * 2)}')" for d, v in TERMS)
    given = f"SELECT d, v, num_of(d, v) AS n FROM (VALUES {rows}) AS w(d, v)"
    sql = f"SELECT {call} FROM ({given}) WHERE n.t < 8 OR {'moment' in call}"
    with duckdb.connect() as db:
        alone = db.execute(expanded(sql)).fetchall()
        db.execute(FUNCTIONS)

        assert db.execute(sql).fetchall() == alone
        assert alone


def test_what_is_in_quotes_or_after_a_point_is_no_macro() -> None:
    sql = "SELECT 'eq(1, 2)', a.string('x'), b.lt -- iri('x')"

    assert expanded(sql) == sql
