"""Apply reviewed judgements to disclosed quads.

Relations in: ``disclosed``. Out: ``redirect`` (old, survivor), ``resolved`` (disclosed quads with survivors in the
place of what was merged) and ``link`` (the linkset).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.columns import load_lines, run
from kg.errors import ClaimError
from kg.vocab import BASE, REPLACED_BY

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from .judgements import Judgement

__all__ = ["resolve"]

_SQL: Final = Path(__file__).with_name("resolution.sql")


def resolve(db: duckdb.DuckDBPyConnection, judgements: Iterable[Judgement]) -> None:
    """Merge what was judged to be one, and link what was judged to be another dataset's.

    A judgement about a thing that no disclosed quad speaks of draws nothing: its IRI must not become public so.

    Raises:
        ClaimError: a thing is merged into two others, or merges go round in a circle.
    """
    db.execute("CREATE OR REPLACE TEMP TABLE judgement (subject VARCHAR, predicate VARCHAR, object VARCHAR)")
    rows = [(j.subject, j.predicate, j.object) for j in judgements]
    if rows:
        db.executemany("INSERT INTO judgement VALUES (?, ?, ?)", rows)
    run(db, _SQL, replaced_by=REPLACED_BY, base=BASE)
    _refuse_ambiguous_merges(db)
    db.execute("CREATE OR REPLACE TABLE link (s INTEGER, p INTEGER, o INTEGER)")
    load_lines(db, "link_text", into="link")


def _refuse_ambiguous_merges(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "SELECT t.lexical FROM merge AS m JOIN term AS t ON t.id = m.old LEFT JOIN redirect AS r ON r.old = m.old "
        "GROUP BY t.lexical HAVING count(DISTINCT r.survivor) <> 1 ORDER BY t.lexical"
    ).fetchall()
    if rows:
        names = ", ".join(str(row[0]) for row in rows)
        raise ClaimError(
            f"merged into two things, or in a circle: {names}. Mend the dcterms:isReplacedBy rows in data/links."
        )
