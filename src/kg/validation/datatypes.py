"""Which literals are well-formed, and how two of them compare: SQL macros, made from ``datatypes.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rdflib import XSD

from kg.columns import run

from .paths import Unsupported

if TYPE_CHECKING:
    import duckdb
    from rdflib.term import Node

__all__ = ["COMPARABLE", "EXACT", "define_values", "quoted", "well_formed"]

# What SPARQL 1.1 §17.3 orders, and xsd:date as XPath orders it.
COMPARABLE: Final = frozenset({"boolean", "date", "dateTime", "double", "float", "string"})
_FOLDER: Final = Path(__file__).parent
# Any: what TOML holds.
_SPACES: Final[dict[Node, dict[str, Any]]] = {
    XSD[name]: space for name, space in tomllib.loads((_FOLDER / "datatypes.toml").read_text("utf-8")).items()
}
EXACT: Final = frozenset(name for name, space in _SPACES.items() if space.get("is_exact"))


def define_values(db: duckdb.DuckDBPyConnection) -> None:
    """Define ``shacl_well_formed(lexical, datatype)``, ``shacl_compare(a, b)`` and what they rest on, for a connection.

    A literal of a datatype that ``datatypes.toml`` does not name is well-formed.
    """
    run(db, _FOLDER / "values.sql")
    for statement in _from_table():
        db.execute(statement)
    run(db, _FOLDER / "comparison.sql")


def quoted(text: str) -> str:
    """``text`` as a string of SQL.

    Raises:
        Unsupported: it holds U+0000, which marks places in our statements.
    """
    if "\0" in text:
        raise Unsupported("it holds the character U+0000")
    return "'" + text.replace("'", "''") + "'"


@cache
def _from_table() -> tuple[str, ...]:
    exact = ", ".join(quoted(str(name)) for name in sorted(EXACT, key=str))
    cases = " ".join(f"WHEN {quoted(str(name))} THEN {well_formed('lexical', name)}" for name in _SPACES)
    return (
        f"CREATE OR REPLACE TEMP MACRO shacl_xsd(name) AS {quoted(str(XSD))} || name",
        f"CREATE OR REPLACE TEMP MACRO shacl_is_exact(datatype) AS datatype IN ({exact})",
        f"CREATE OR REPLACE TEMP MACRO shacl_well_formed(lexical, datatype) AS CASE datatype {cases} ELSE true END",
    )


def well_formed(lexical: str, datatype: Node) -> str:
    """The SQL condition that a lexical form, an SQL expression, stands for a value of a datatype."""
    space = _SPACES.get(datatype, {})
    parts = [
        f"regexp_full_match({lexical}, {quoted(space['pattern'])})" if "pattern" in space else "true",
        *(
            f"shacl_decimal({lexical}) {sign} shacl_decimal({quoted(space[bound])})"
            for bound, sign in (("least", ">="), ("greatest", "<="))
            if bound in space
        ),
        *([f"shacl_day_exists(shacl_parts({lexical}))"] if "is_calendar" in space else []),
    ]
    return " AND ".join(parts)
