"""The disagreements of a release, as text and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables import aligned, short

if TYPE_CHECKING:
    from kg.statistics import Disagreement, DisagreementsReport

__all__ = ["as_rows", "as_text"]


def as_text(report: DisagreementsReport) -> str:
    """Each disagreement with its statements, then the figures."""
    blocks = [_block(each) for each in report.disagreements]
    by_kind = sorted(report.conflicts_by_kind.items(), key=lambda item: (-item[1], item[0]))
    figures = [
        ("documented", "number"),
        ("claims", report.claims),
        ("  of these by the editors, on reference facts", report.editorial_claims),
        ("sources", report.sources),
        ("speakers", report.speakers),
        ("conflicts", len(report.disagreements)),
        *((f"  {kind}", number) for kind, number in by_kind),
    ]
    return "\n".join([*blocks, aligned(figures)])


def as_rows(report: DisagreementsReport) -> list[dict[str, object]]:
    """One row a statement."""
    return [
        {
            "conflict": each.conflict,
            "kind": " + ".join(each.kinds),
            "subject": statement.about,
            "subject_label": each.labels[statement.about],
            "property": statement.property,
            "value": statement.value,
            "claim": statement.claim.iri,
            "speaker": statement.claim.speaker_name,
            "source": statement.claim.source,
            "source_title": statement.claim.source_title,
            "address": statement.claim.address,
            "locator": statement.claim.locator,
        }
        for each in report.disagreements
        for statement in each.statements
    ]


def _block(each: Disagreement) -> str:
    several = len(each.labels) > 1
    lines = [
        (
            f"{each.labels[s.about]}: {s.value}" if several else s.value,
            s.claim.speaker_name,
            short(s.claim.source),
            s.claim.locator,
            short(s.claim.iri),
        )
        for s in each.statements
    ]
    heading = f"{' + '.join(each.kinds)}: {each.property} of {each.subject} ({short(each.conflict)})\n"
    return heading + aligned([(each.property, "documented by", "source", "place", "claim"), *lines], indent=2)
