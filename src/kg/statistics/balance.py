"""Stock and flow: whether a stock of prisoners follows from the one a month before, by each counter's own figures.

    residual = stock at the end − (stock at the end of the month before + recognised − released)

A residual below zero are people who left the stock for a reason that the flows do not document: a served term, a
death, a recognition withdrawn, a release that nobody published. One above zero are people who came in undocumented.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from kg.dates import date_bounds

from .listing import read_entries
from .reading import Statement, most_claimed, read_claims, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Store

    from .listing import Entry
    from .reading import Claim

__all__ = ["Balance", "Figure", "Gap", "MonthlyBalance", "balance_months", "report_balance"]

_STOCK: Final = "stock"
_RECOGNISED: Final = "recognised"
_RELEASED: Final = "released"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A stock at a day (``first`` is ``last``), or a flow from ``first`` to ``last``, by one counter and definition.

    ``role`` is "stock", "recognised" or "released"; ``value`` is what most of the ``statements`` say.
    """

    role: str
    counter: str
    counter_label: str
    definition: str
    first: date
    last: date
    value: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class MonthlyBalance:
    """One month by one counter; ``released`` is the counter's own figure, or None: then ``entries`` are added up."""

    month: date
    before: Figure
    recognised: Figure
    released: Figure | None
    entries: tuple[Entry, ...]
    after: Figure

    @property
    def released_value(self) -> int:
        """How many were released: the counter's figure, or the documented list's sum."""
        return sum(entry.size for entry in self.entries) if self.released is None else self.released.value

    @property
    def expected(self) -> int:
        """The stock that follows from the stock before and the flows."""
        return self.before.value + self.recognised.value - self.released_value

    @property
    def residual(self) -> int:
        """The stock as counted, less the stock that follows from the flows."""
        return self.after.value - self.expected


@dataclass(frozen=True, slots=True)
class Gap:
    """A month of which a counter gives some of the figures, and the days or roles of those that are missing."""

    month: date
    counter_label: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """The months that have all figures, and those that have some."""

    months: tuple[MonthlyBalance, ...]
    gaps: tuple[Gap, ...]


def report_balance(store: Store) -> Balance:
    """Balance every month for which a release has the figures."""
    claims = read_claims(store)
    return balance_months(_read_figures(store, claims), read_entries(store, claims))


def balance_months(figures: Iterable[Figure], entries: Sequence[Entry]) -> Balance:
    """Balance each month of each counter and definition that has a stock at both ends and the recognitions.

    Where a counter publishes no releases of the month, the entries whose first day lies in it stand for them.
    """
    series: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        series[figure.counter, figure.definition].append(figure)
    outcomes = [_balance(month, series[key], entries) for key in sorted(series) for month in _months(series[key])]
    return Balance(
        months=tuple(outcome for outcome in outcomes if isinstance(outcome, MonthlyBalance)),
        gaps=tuple(outcome for outcome in outcomes if isinstance(outcome, Gap)),
    )


def _balance(month: date, figures: Sequence[Figure], entries: Sequence[Entry]) -> MonthlyBalance | Gap:
    end = _end(month)
    before = _find(figures, _STOCK, month - _DAY, month - _DAY)
    after = _find(figures, _STOCK, end, end)
    recognised = _find(figures, _RECOGNISED, month, end)
    if before is None or after is None or recognised is None:
        wanted = {
            f"stock at {month - _DAY}": before,
            f"recognised in {month:%Y-%m}": recognised,
            f"stock at {end}": after,
        }
        return Gap(month, figures[0].counter_label, tuple(name for name, figure in wanted.items() if figure is None))
    released = _find(figures, _RELEASED, month, end)
    within = tuple(entry for entry in entries if entry.day is not None and month <= entry.day <= end)
    return MonthlyBalance(month, before, recognised, released, () if released else within, after)


def _months(figures: Iterable[Figure]) -> list[date]:
    """The first days of the months that have a figure of recognitions, or a stock at both ends."""
    recognised = {f.first for f in figures if f.role == _RECOGNISED and f.first.day == 1 and f.last == _end(f.first)}
    ends = {f.last for f in figures if f.role == _STOCK and f.last == _end(f.last)}
    return sorted(recognised | {end.replace(day=1) for end in ends if end.replace(day=1) - _DAY in ends})


def _find(figures: Iterable[Figure], role: str, first: date, last: date) -> Figure | None:
    return next((f for f in figures if (f.role, f.first, f.last) == (role, first, last)), None)


def _end(day: date) -> date:
    """The last day of the month of ``day``."""
    return (day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY


def _read_figures(store: Store, claims: Mapping[str, Claim]) -> list[Figure]:
    """The exact figures: "about 1,400" or "over 1,250" balances nothing."""
    by_count: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(store, "figures"):
        if row["claim"] in claims and row["isExact"] == "true":
            by_count[row["count"]].append(row)
    return [_figure(found, claims) for found in by_count.values()]


def _figure(found: Sequence[Mapping[str, str]], claims: Mapping[str, Claim]) -> Figure:
    row = found[0]
    start = date_bounds(row["start"]).not_before if "start" in row else None
    statements = tuple(
        dict.fromkeys(Statement(row["count"], "value", each["value"], claims[each["claim"]]) for each in found)
    )
    return Figure(
        role=row["role"],
        counter=row["counter"],
        counter_label=row.get("counterLabel", row["counter"]),
        definition=row.get("definition", ""),
        first=start or date.fromisoformat(row["first"]),
        last=date.fromisoformat(row["last"]),
        value=most_claimed(statements),
        statements=statements,
    )
