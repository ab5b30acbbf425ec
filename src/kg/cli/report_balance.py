"""Stock and flow by month, as text and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables import aligned, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.statistics import Balance, MonthlyBalance, Statement

__all__ = ["as_rows", "as_text"]

_HEADER = ("month", "counted by", "stock before", "recognised", "released", "follows", "stock after", "residual")
_NOTE = """\
follows = stock before + recognised - released. released is the counter's own figure where it publishes one (own), else
the sum of the groups and persons who are documented as released or pardoned in that month (list), of whom some may
never have been recognised. A residual below zero are people who left the count undocumented (a served term, a release
that nobody published, a recognition withdrawn); one above zero are people who came into it undocumented.
"""


def as_text(balance: Balance) -> str:
    """A line a month, the months that lack a figure, and the claims behind each figure."""
    lines = [_summary(month) for month in balance.months]
    gaps = [(f"{gap.month:%Y-%m}", gap.counter_label, ", ".join(gap.missing)) for gap in balance.gaps]
    claims = [
        (
            f"{month.month:%Y-%m}",
            figure,
            statement.value,
            statement.claim.speaker_name,
            short(statement.claim.source),
            short(statement.claim.iri),
        )
        for month in balance.months
        for figure, _, statement in _evidence(month)
    ]
    return "\n".join(
        [
            aligned([_HEADER, *lines]) + _NOTE,
            "Months of which not every figure is documented\n"
            + aligned([("month", "counted by", "not documented"), *gaps], indent=2),
            "The claims behind each figure\n"
            + aligned([("month", "figure", "says", "documented by", "source", "claim"), *claims], indent=2),
        ]
    )


def as_rows(balance: Balance) -> list[dict[str, object]]:
    """One row a statement behind a figure, with the month's equation on each."""
    return [
        {
            "month": f"{month.month:%Y-%m}",
            "counted_by": month.before.counter_label,
            "stock_before": month.before.value,
            "recognised": month.recognised.value,
            "released": month.released_value,
            "released_from": _released_from(month),
            "follows": month.expected,
            "stock_after": month.after.value,
            "residual": month.residual,
            "figure": figure,
            "about": about,
            "property": statement.property,
            "value": statement.value,
            "claim": statement.claim.iri,
            "speaker": statement.claim.speaker_name,
            "source": statement.claim.source,
            "source_title": statement.claim.source_title,
            "address": statement.claim.address,
            "locator": statement.claim.locator,
        }
        for month in balance.months
        for figure, about, statement in _evidence(month)
    ]


def _summary(month: MonthlyBalance) -> tuple[object, ...]:
    return (
        f"{month.month:%Y-%m}",
        month.before.counter_label,
        month.before.value,
        month.recognised.value,
        f"{month.released_value} ({_released_from(month)})",
        month.expected,
        month.after.value,
        month.residual,
    )


def _released_from(month: MonthlyBalance) -> str:
    return "list" if month.released is None else "own"


def _evidence(month: MonthlyBalance) -> Iterator[tuple[str, str, Statement]]:
    """Each statement behind a month's equation: the figure it belongs to, and what it is about."""
    figures = (
        ("stock before", month.before),
        ("recognised", month.recognised),
        ("released", month.released),
        ("stock after", month.after),
    )
    for name, figure in figures:
        for statement in () if figure is None else figure.statements:
            yield name, statement.about, statement
    for entry in month.entries:
        for statement in entry.statements:
            yield f"released: {entry.label}", entry.subject, statement
