"""The one gate: only what is public leaves it, and nothing after it can see the rest.

Relations in: ``quad``, ``source``, ``provenance``, ``declared``. Out: ``public_name`` (claims and sources that may be
named), ``current_claim`` (those not retracted or superseded) and ``disclosed``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from .columns import run
from .vocab import CLAIM, HAB, NOT_CURRENT, PROVENANCE_GRAPH, PUBLIC, SOURCE

if TYPE_CHECKING:
    import duckdb

__all__ = ["disclose"]

_SQL: Final = Path(__file__).with_name("disclosure.sql")


def disclose(db: duckdb.DuckDBPyConnection) -> None:
    """Let out the quads of public claims about whose source nothing is secret, and no quad that names a hidden claim.

    A claim is as strict as its source. A missing, an unknown and a doubled level count as confidential (MODEL §4).
    """
    db.execute("SET VARIABLE not_current = ?", [list(NOT_CURRENT)])
    run(db, _SQL, provenance=PROVENANCE_GRAPH, hab=HAB, public=PUBLIC, claims=CLAIM, sources=SOURCE)
