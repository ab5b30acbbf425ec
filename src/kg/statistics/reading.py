"""What a release says, with who says so: its queries, its current claims, and the values that they give."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.rdf import select
from kg.vocab import rebased

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Store

__all__ = ["Claim", "Statement", "day", "most_claimed", "read_claims", "rows", "statements_by"]

_QUERIES: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Claim:
    """A current claim: its IRI, its speaker's IRI and name, its source's IRI and title, and where it stands in that.

    ``address`` and ``locator`` are "" where nothing gives them; a claim is editorial where its source is a reference of
    the editors' own. ``sureness`` is the confidence of the record: 2 high, 1 medium, 0 low or not said.
    """

    iri: str
    speaker: str
    speaker_name: str
    source: str
    source_title: str
    address: str
    locator: str
    is_editorial: bool
    sureness: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One value that one claim gives to one property of one thing."""

    about: str
    property: str
    value: str
    claim: Claim


def rows(store: Store, query: str) -> list[dict[str, str]]:
    """The rows of the query ``QUERY.rq`` of this package."""
    return select(store, rebased((_QUERIES / f"{query}.rq").read_text(encoding="utf-8")))


def read_claims(store: Store) -> dict[str, Claim]:
    """Every current claim by IRI."""
    return {
        row["claim"]: Claim(
            iri=row["claim"],
            speaker=row["speaker"],
            speaker_name=row.get("speakerLabel", row["speaker"]),
            source=row["source"],
            source_title=row.get("sourceLabel", ""),
            address=row.get("address", ""),
            locator=row.get("locator", ""),
            is_editorial=row["isEditorial"] == "true",
            sureness=int(row["sureness"]),
        )
        for row in rows(store, "claims")
    }


def statements_by(
    found: Iterable[Mapping[str, str]], claims: Mapping[str, Claim], *, about: str
) -> dict[tuple[str, str], list[Statement]]:
    """Rows with a claim as statements, by what they are about (the variable of that name) and their property.

    Rows whose claim is not current are left out. A row without a property says a value.
    """
    result: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for row in found:
        if row["claim"] in claims:
            key = (row[about], row.get("property", "value"))
            result[key].append(Statement(*key, row["value"], claims[row["claim"]]))
    return dict(result)


def most_claimed(statements: Sequence[Statement]) -> int:
    """The whole number that most of the statements give; of those that equally many give, the surest, then the largest.

    Raises:
        ValueError: there is no statement, or a value is no whole number.
    """
    votes = Counter(int(statement.value) for statement in statements)
    surest = {n: max(s.claim.sureness for s in statements if int(s.value) == n) for n in votes}
    return max(votes, key=lambda number: (votes[number], surest[number], number))


def day(row: Mapping[str, str], name: str) -> date | None:
    """The xsd:date of a row; None where it is unbound."""
    return date.fromisoformat(row[name]) if name in row else None
