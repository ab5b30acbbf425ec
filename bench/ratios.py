"""Ratios between engines that were asked the same queries, and growth between two sizes of data."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from comparison import differences
from figures import geometric_mean, growth, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asking import Query
    from processes import Cost
    from serve import Asked

__all__ = ["Ratios", "Size", "growth_table", "ratios", "ratios_summary", "ratios_table"]

OURS, PLAIN, OXIGRAPH, VIRTUOSO = "facade", "facade-index", "oxigraph", "virtuoso"
PEERS = (OXIGRAPH, VIRTUOSO)
# Whose answer the others are held against: the first that gave one; ours last.
BELIEVED = (OXIGRAPH, PLAIN, VIRTUOSO, OURS)


@dataclass(frozen=True, slots=True)
class Ratios:
    """How many times as long a peer takes as the facade with columns: None where it gave no right answer.

    ``at_least`` says that Oxigraph did not end, and that its deadline stands for its time; ``wrong`` names the engines
    whose answer is another one than that of the first engine in ``BELIEVED`` that gave one.
    """

    query: str
    oxigraph: float | None
    virtuoso: float | None
    at_least: bool
    wrong: tuple[str, ...]

    @property
    def to_the_better(self) -> float | None:
        """How many times as long as the better of the two the facade takes."""
        known = [ratio for ratio in (self.oxigraph, self.virtuoso) if ratio is not None]
        return 1 / min(known) if known else None


def ratios(query: str, asked: Mapping[str, Asked], deadline_s: float) -> Ratios:
    """One query's ratios.

    Args:
        query: its name.
        asked: what each engine gave; those that were not started are not there.
        deadline_s: what counts as Oxigraph's time where it did not end.
    """
    truth = next((asked[name].answer for name in BELIEVED if name in asked and asked[name].answer is not None), None)
    wrong = tuple(
        name
        for name, own in asked.items()
        if truth is not None and own.answer is not None and differences(truth, own.answer)
    )
    found = {name: own.median_ms for name, own in asked.items() if name not in wrong}
    is_ended = OXIGRAPH not in asked or not asked[OXIGRAPH].unanswered
    if not is_ended:
        found[OXIGRAPH] = 1000 * deadline_s
    ours = found.get(OURS)
    oxigraph, virtuoso = (
        peer / ours if (peer := found.get(name)) is not None and ours is not None else None for name in PEERS
    )
    return Ratios(query, oxigraph, virtuoso, not is_ended, wrong)


def ratios_table(told: Sequence[tuple[Query, dict[str, Asked]]], found: Sequence[Ratios]) -> str:
    """Medians in ms of each engine; how many times as long as the facade the peers take."""
    names = [name for name in (OURS, PLAIN, OXIGRAPH, VIRTUOSO) if name in told[0][1]]
    rows = []
    for (query, asked), ratio in zip(told, found, strict=True):
        row: list[object] = [query.name]
        for name in names:
            own = asked[name].median_ms
            row.append(asked[name].trouble or (f"{short(own)} (wrong)" if name in ratio.wrong else own))
        row += [f"{'> ' * ratio.at_least}{short(ratio.oxigraph)}", ratio.virtuoso, ratio.to_the_better]
        rows.append(row)
    return table(["query", *(f"{name} ms" for name in names), "× Oxigraph", "× Virtuoso", "÷ the better"], rows)


def ratios_summary(found: Sequence[Ratios]) -> str:
    """The geometric means, and the worst query."""
    oxigraph, virtuoso = (geometric_mean(getattr(ratio, peer) for ratio in found) for peer in PEERS)
    worst = max(found, key=lambda ratio: ratio.to_the_better or 0)
    return (
        f"In geometric mean {short(oxigraph)} × as fast as Oxigraph (aim 30), {short(virtuoso)} × as fast as Virtuoso "
        f"(aim 3). At worst, {worst.query} takes {short(worst.to_the_better)} × the better of the two (aim 1.5).\n"
    )


def short(value: float | None) -> str:
    """Three figures, or a dash."""
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


@dataclass
class Size:
    """What was measured at one size.

    Attributes:
        quads: how many there are.
        medians_ms: of each query for the facade with columns.
        dates_ms: "held on date D", one for each date.
        loads: what loading took, by engine.
    """

    quads: int
    medians_ms: dict[str, float] = field(default_factory=dict)
    dates_ms: list[float] = field(default_factory=list)
    loads: dict[str, Cost] = field(default_factory=dict)

    def costs(self) -> dict[str, float]:
        """All of it by name, in whatever unit: they are compared with themselves."""
        dates = {"held on any date": statistics.median(self.dates_ms)} if self.dates_ms else {}
        return {**self.medians_ms, **dates, **{f"loading {name}": cost.seconds for name, cost in self.loads.items()}}


def growth_table(small: Size, large: Size) -> str:
    """How many times as long each takes on ten times the data."""
    before, after = small.costs(), large.costs()
    rows = [
        [name, before[name], cost, growth((small.quads, before[name]), (large.quads, cost))]
        for name, cost in after.items()
        if name in before
    ]
    heads = ["ms, loading s", f"{small.quads:,} quads", f"{large.quads:,} quads", "× for ten times the data (aim 11)"]
    return table(heads, rows)
