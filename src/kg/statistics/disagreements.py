"""Where current claims disagree: each conflict with its kind, and who gives which value where."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .reading import Statement, read_claims, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyoxigraph import Store

    from .reading import Claim

__all__ = ["Disagreement", "DisagreementsReport", "report_disagreements"]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A conflict on one property: its kinds, what it is about, and every statement of a value that takes part in it.

    ``subject`` names all its subjects, ``labels`` what each statement is about.
    """

    conflict: str
    kinds: tuple[str, ...]
    subject: str
    property: str
    statements: tuple[Statement, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DisagreementsReport:
    """All disagreements by kind and subject, and how much the release documents.

    ``editorial_claims`` are those of the editors' own references, among ``claims``. A conflict of two kinds is counted
    under both.
    """

    disagreements: tuple[Disagreement, ...]
    claims: int
    editorial_claims: int
    sources: int
    speakers: int
    conflicts_by_kind: Mapping[str, int]


def report_disagreements(store: Store) -> DisagreementsReport:
    """List the disagreements of a release, and count what it documents."""
    claims = read_claims(store)
    by_conflict: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(store, "conflicts"):
        by_conflict[row["conflict"]].append(row)
    disagreements = [_disagreement(found, claims) for found in by_conflict.values()]
    return DisagreementsReport(
        disagreements=tuple(sorted(disagreements, key=lambda d: (d.kinds, d.subject, d.property))),
        claims=len(claims),
        editorial_claims=sum(claim.is_editorial for claim in claims.values()),
        sources=len({claim.source for claim in claims.values()}),
        speakers=len({claim.speaker for claim in claims.values()}),
        conflicts_by_kind=Counter(kind for each in disagreements for kind in each.kinds),
    )


def _disagreement(found: Sequence[Mapping[str, str]], claims: Mapping[str, Claim]) -> Disagreement:
    said = [
        Statement(row["about"], row["property"], row["value"], claims[row["claim"]])
        for row in found
        if row["claim"] in claims
    ]
    return Disagreement(
        conflict=found[0]["conflict"],
        kinds=tuple(sorted({row.get("kindLabel", row["kind"]) for row in found})),
        subject=" / ".join(dict.fromkeys(row.get("subjectLabel", row["subject"]) for row in found)),
        property=found[0].get("propertyLabel", found[0]["property"]),
        statements=tuple(dict.fromkeys(said)),
        labels={row["about"]: row.get("aboutLabel", row["about"]) for row in found},
    )
