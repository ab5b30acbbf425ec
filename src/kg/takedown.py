"""What has been taken down stays out of every release, however often it is imported anew.

Relations in: ``disclosed``, ``current_claim``, ``public_name``. Out: the same without every quad that touches what is
on the list, what was judged to be the same, and what can no longer stand without it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .columns import count, run
from .errors import SourceError
from .vocab import BASE, CLAIM, HAB, ID, OPAQUE_KEY, PROVENANCE_GRAPH, SOURCE, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

__all__ = ["Answer", "Reason", "Takedown", "read_takedowns", "take_down"]

_SQL: Final = Path(__file__).with_name("takedown.sql")
_STEP: Final = Path(__file__).with_name("takedown_step.sql")
_REMOVAL: Final = Path(__file__).with_name("takedown_removal.sql")
_NAMED: Final = Path(__file__).with_name("takedown_named.sql")
_COLUMNS: Final = ["iri", "date", "reason", "answer"]
_IRI: Final = re.compile(rf"{re.escape(ID)}[a-z-]+/[a-z0-9-]+|(?:{re.escape(CLAIM)}|{re.escape(SOURCE)})[a-z0-9-]+")
# Only of these may be told that they were there. An opaque key, and any other kind of thing, may be a private person's.
_TOLD: Final = re.compile(rf"{re.escape(ID)}(?:election|office|organisation|person|place)/(?!{OPAQUE_KEY}$)[a-z0-9-]+")


class Reason(StrEnum):
    """Why something was taken down, or (``NAMESAKE``) was not; more than this is told nowhere."""

    REQUEST = "request"
    SAFETY = "safety"
    LAW = "law"
    ERROR = "error"
    NAMESAKE = "namesake"


class Answer(StrEnum):
    """What its address answers: that it was removed (410), or what any unknown address answers (404).

    ``KEPT`` is for what holds the name of somebody who was taken down, and means another: it stays as it is.
    """

    GONE = "gone"
    UNKNOWN = "unknown"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Takedown:
    """One line of the list."""

    iri: str
    day: date
    reason: Reason
    answer: Answer


def read_takedowns(content: bytes, *, where: str) -> tuple[Takedown, ...]:
    """Read ``takedowns.csv``: a line for each IRI, with the columns iri, date, reason and answer.

    Raises:
        SourceError: a line does not hold; it names the line and never what stands in it.
    """
    try:
        lines = list(csv.reader(io.StringIO(rebased(content.decode("utf-8")), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused("It is not CSV in UTF-8.", where) from error
    if not lines or lines[0] != _COLUMNS:
        raise _refused(f"Its first line is not {','.join(_COLUMNS)}.", where)
    found: dict[str, Takedown] = {}
    for number, line in enumerate(lines[1:], 2):
        takedown = _takedown(line, f"{where}:{number}")
        if takedown.iri in found:
            raise _refused("The same IRI stands in two lines.", f"{where}:{number}")
        found[takedown.iri] = takedown
    return tuple(found.values())


def _takedown(line: list[str], where: str) -> Takedown:
    try:
        iri, day, reason, answer = line
        takedown = Takedown(iri, date.fromisoformat(day), Reason(reason), Answer(answer))
    except ValueError as error:
        raise _refused("It has not four columns, or one holds what it may not.", where) from error
    if _IRI.fullmatch(iri) is None:
        raise _refused("It names no thing, claim or source of ours.", where)
    if takedown.answer is Answer.GONE and _TOLD.fullmatch(iri) is None:
        raise _refused("Of such a name nobody may be told that it was there; its answer is “unknown”.", where)
    if (takedown.answer is Answer.KEPT) is not (takedown.reason is Reason.NAMESAKE):
        raise _refused("What is kept has the reason “namesake”, and nothing else has it.", where)
    return takedown


def _refused(what: str, where: str) -> SourceError:
    return SourceError(what, where=where, remedy="docs/takedown.md says what the list holds. Nothing was published.")


def take_down(
    db: duckdb.DuckDBPyConnection, takedowns: Iterable[Takedown], merges: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Remove what is on the list from what was disclosed.

    Args:
        db: the build's database, after disclosure.
        takedowns: the list.
        merges: pairs of IRIs that were judged to name one thing, which goes under all of its names.

    Returns:
        Of what may be told that it was removed: the day, by IRI. Whatever the list says, nothing is among them that
        was not disclosed just before, and no person without a disclosed public role.

    Raises:
        SourceError: what is left holds the name of a person on the list.
    """
    everything = list(takedowns)
    listed = [takedown for takedown in everything if takedown.answer is not Answer.KEPT]
    _load(db, "taken_down", ("iri",), [(takedown.iri,) for takedown in listed])
    _load(db, "merged", ("a", "b"), list(merges))
    run(db, _SQL, provenance=PROVENANCE_GRAPH, hab=HAB, persons=f"{ID}person/")
    before = -1
    while (now := count(db, "removed")) != before:
        before = now
        run(db, _STEP, provenance=PROVENANCE_GRAPH, hab=HAB)
    run(db, _REMOVAL)
    _refuse_names(db, [(takedown.iri,) for takedown in everything if takedown.answer is Answer.KEPT])
    tellable = {str(row[0]) for row in db.execute("SELECT iri FROM tellable").fetchall()}
    return dict(_told(listed, tellable))


def _refuse_names(db: duckdb.DuckDBPyConnection, looked_at: list[tuple[str, ...]]) -> None:
    """Stop where the name of a person who was taken down stands in what is left, and nobody has looked at it."""
    _load(db, "looked_at", ("iri",), looked_at)
    run(db, _NAMED, persons=f"{ID}person/", claims=CLAIM, base=BASE)
    named = [str(row[0]) for row in db.execute("SELECT iri FROM still_named ORDER BY iri").fetchall()]
    if named:
        raise SourceError(
            f"{len(named)} that stay hold the name of a person who is taken down:\n" + "\n".join(named),
            where="takedowns.csv",
            remedy="List each: to go too, or with the reason “namesake” and the answer “kept” if it means another. "
            "Nothing was published.",
        )


def _load(db: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    db.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({', '.join(f'{column} VARCHAR' for column in columns)})")
    if rows:
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in columns)})", rows)  # noqa: S608 - ours


def _told(listed: Iterable[Takedown], tellable: set[str]) -> Iterator[tuple[str, str]]:
    for takedown in sorted(listed, key=lambda one: one.iri):
        if takedown.answer is Answer.GONE and takedown.iri in tellable:
            yield takedown.iri, takedown.day.isoformat()
