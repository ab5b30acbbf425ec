"""Claims as relations: whether each source says who says what, and which of them must be set aside.

Relations in: ``quad``, ``source``. Out: ``provenance``, ``declared``, and a row of ``problem`` wherever a source breaks
a rule of ``claims.sql``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .columns import run
from .dates import date_bounds
from .errors import ClaimError
from .vocab import CLAIM, EDTF, HAB, PROVENANCE_GRAPH, PUBLIC, SOURCE, VOCAB

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import duckdb

__all__ = [
    "Problem",
    "check_claims",
    "check_dates",
    "quarantine",
    "read_problems",
    "record_problems",
    "refuse_two_levels",
]

_SQL: Final = Path(__file__).with_name("claims.sql")
_DATES: Final = Path(__file__).with_name("claims_dates.sql")
_QUARANTINE: Final = Path(__file__).with_name("claims_quarantine.sql")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a source: the rule, what, the term and claim concerned where known, and how to mend it."""

    source: int
    rule: str
    what: str
    remedy: str
    term: str | None = None
    claim: str | None = None


def record_problems(db: duckdb.DuckDBPyConnection, problems: Iterable[Problem]) -> None:
    """Add rows to ``problem``."""
    rows = [(p.source, p.rule, p.what, p.term, p.claim, p.remedy) for p in problems]
    if rows:
        db.executemany("INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?)", rows)


def read_problems(db: duckdb.DuckDBPyConnection) -> list[Problem]:
    """All rows of ``problem``, in a fixed order."""
    rows = db.execute("SELECT source, rule, what, remedy, term, claim FROM problem ORDER BY ALL").fetchall()
    return [Problem(*row) for row in rows]


def quarantine(db: duckdb.DuckDBPyConnection) -> None:
    """Set aside every source that has a problem; what a claim that is not public says is struck from the problems."""
    run(db, _QUARANTINE, provenance=PROVENANCE_GRAPH, hab=HAB, public=PUBLIC, claims=CLAIM)


def check_claims(db: duckdb.DuckDBPyConnection) -> None:
    """Find every statement that no declared claim makes, and every name that two files describe."""
    run(db, _SQL, provenance=PROVENANCE_GRAPH, hab=HAB, vocab=VOCAB, claims=CLAIM, sources=SOURCE)


def check_dates(db: duckdb.DuckDBPyConnection) -> None:
    """Find the bounds of every EDTF date, each text once, and a problem wherever one is no date.

    The bounds go to ``date_bound`` (id, not_before, not_after); the problem names the claim, not the text.
    """
    dates = db.execute("SELECT id, lexical FROM term WHERE datatype = ? ORDER BY id", [EDTF]).fetchall()
    rows = [(number, *_bounds(text)) for number, text in dates]
    db.execute("CREATE OR REPLACE TABLE date_bound (id INTEGER, not_before DATE, not_after DATE, is_date BOOLEAN)")
    if rows:
        columns = zip(*rows, strict=True)
        db.execute(
            "INSERT INTO date_bound SELECT unnest($1), unnest($2), unnest($3), unnest($4)", [*map(list, columns)]
        )
    run(db, _DATES)


def _bounds(text: str) -> tuple[date | None, date | None, bool]:
    try:
        bounds = date_bounds(text)
    except ValueError:
        return None, None, False
    return bounds.not_before, bounds.not_after, True


def refuse_two_levels(db: duckdb.DuckDBPyConnection) -> None:
    """Stop where an accepted claim or source has two levels of sensitivity: nobody can know which one was meant.

    Raises:
        ClaimError: names the claims, never what they say.
    """
    rows = db.execute(
        "SELECT subject FROM provenance WHERE predicate = ? || 'sensitivity' "
        "AND source IN (SELECT id FROM source WHERE verdict = 'accepted') "
        "GROUP BY subject HAVING count(DISTINCT object) > 1 ORDER BY subject",
        [HAB],
    ).fetchall()
    if rows:
        names = ", ".join(str(row[0]) for row in rows)
        raise ClaimError(f"more than one sensitivity on {names}. Keep the one that holds, and build again.")
