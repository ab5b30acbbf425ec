"""Which literals are well-formed: shapes (``datatypes.toml``) and queries (``functions.sql``) say the same."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rdflib import XSD

import kg.validation
from kg.columns.compile.macros import expanded
from kg.validation.datatypes import define_values

if TYPE_CHECKING:
    from collections.abc import Iterator

# Any: what TOML holds.
SPACES: Final[dict[str, Any]] = {
    name: space
    for name, space in tomllib.loads(
        Path(kg.validation.__file__).with_name("datatypes.toml").read_text("utf-8")
    ).items()
    if name != "boolean"  # neither a number nor a moment
}
CHARACTERS: Final = "0123459-+:.TZPYMDHSeEINFa "
CASES: Final = 200


@st.composite
def literals(draw: st.DrawFn) -> tuple[str, str]:
    """A datatype, and a lexical form of it or one that is nearly one."""
    name = draw(st.sampled_from(sorted(SPACES)))
    text = draw(st.from_regex(SPACES[name]["pattern"], fullmatch=True, alphabet=CHARACTERS))
    at = draw(st.integers(0, len(text)))
    change = draw(st.sampled_from(["", "", *CHARACTERS]))
    return str(XSD[name]), draw(
        st.sampled_from([text, text[:at] + change + text[at + 1 :], text[:at] + change + text[at:]])
    )


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        define_values(connection)
        yield connection


# To find fewer cases that fail would take minutes; the assertion names them.
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(literals(), min_size=CASES // 2, max_size=CASES))
def test_queries_and_shapes_agree_on_which_literals_are_well_formed(
    db: duckdb.DuckDBPyConnection, cases: list[tuple[str, str]]
) -> None:
    asked = expanded(
        "SELECT d, v, shacl_well_formed(v, d) IS TRUE AS is_valid, num_of(d, v) AS n, moment_of(d, v) AS m "
        "FROM (SELECT unnest($1::VARCHAR[]) AS d, unnest($2::VARCHAR[]) AS v)"
    )
    rows = db.execute(
        f"SELECT d, v, is_valid, n.t, m.c FROM ({asked})", [[d for d, _ in cases], [v for _, v in cases]]
    ).fetchall()

    assert len(rows) == len(cases)
    # 9: a number that does not fit in, of which a query only says that it does not compute with it.
    assert [
        (d, v) for d, v, is_valid, t, c in rows if t != 9 and is_valid != (c is not None if t == 8 else t is not None)
    ] == []
