"""Published running totals, each explained from the list of who went free, with the claims behind both sides."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from kg.dates import date_bounds
from kg.vocab import HAB

from .listing import read_entries
from .reading import day, read_claims, rows, statements_by
from .rules import Explanation, Question, Rule, explain, taken_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from pyoxigraph import Store

    from .listing import Entry
    from .reading import Claim, Statement

__all__ = ["ExplainedTotal", "Total", "TotalsReport", "explain_totals", "report_totals"]

_START: Final = f"{HAB}periodStart"
_INCLUSIVE: Final = f"{HAB}cutOffInclusive"


@dataclass(frozen=True, slots=True)
class Total:
    """A running total that claims give: what they call it, whose count it is, and what they say of its rule.

    ``is_exact`` is False for "about" or "more than": such a number is no sum. ``editors_start`` and
    ``editors_inclusive`` are the editors' reading of the rule (None where they have none); the search does not see it.
    A number that no claim gives has no ``count`` and no ``statements``.
    """

    question: Question
    count: str = ""
    label: str = ""
    counter: str = ""
    is_exact: bool = True
    statements: tuple[Statement, ...] = ()
    editors_start: date | None = None
    editors_inclusive: bool | None = None


@dataclass(frozen=True, slots=True)
class ExplainedTotal:
    """A total and every explanation of it, cheapest first; none where no rule gives it.

    ``documented`` is what the list gives by the plainest reading of what the claim says of its rule, the last day
    included. ``agrees_with_editors`` tells whether the editors' reading takes in the same entries as the first
    explanation; None where they have no reading.
    """

    total: Total
    explanations: tuple[Explanation, ...]
    documented: int
    agrees_with_editors: bool | None


@dataclass(frozen=True, slots=True)
class TotalsReport:
    """All totals with their explanations, the list that they were explained from, and the names of the kinds of act.

    ``overlaps`` are the claims that two entries of the list may share persons.
    """

    totals: tuple[ExplainedTotal, ...]
    entries: tuple[Entry, ...]
    overlaps: tuple[Statement, ...]
    kind_labels: Mapping[str, str]


def report_totals(store: Store, *, asked: Sequence[int] = ()) -> TotalsReport:
    """Explain the totals of a release.

    Args:
        store: the release's index.
        asked: the numbers to explain, whether or not a claim gives them; if there are none, every claimed total.
    """
    claims = read_claims(store)
    entries = read_entries(store, claims)
    totals = _read_totals(store, claims)
    if asked:
        known = {total.question.value for total in totals}
        totals = [total for total in totals if total.question.value in asked]
        totals += [Total(Question(number)) for number in dict.fromkeys(asked) if number not in known]
    return TotalsReport(
        totals=tuple(explain_totals(totals, entries)),
        entries=entries,
        overlaps=tuple(_overlaps(store, claims, {entry.subject for entry in entries})),
        kind_labels={row["kind"]: row.get("kindLabel", row["kind"]) for row in rows(store, "acts")},
    )


def explain_totals(totals: Iterable[Total], entries: Sequence[Entry]) -> Iterable[ExplainedTotal]:
    """Explain each total from the list; a total that is not exact stays without an explanation."""
    for total in totals:
        explanations = tuple(explain(total.question, entries)) if total.is_exact else ()
        plainest = _rule(total, total.question.start, is_inclusive=True)
        yield ExplainedTotal(
            total=total,
            explanations=explanations,
            documented=sum(entry.size for entry in taken_in(plainest, entries)),
            agrees_with_editors=_agreement(total, explanations, entries),
        )


def _overlaps(store: Store, claims: Mapping[str, Claim], listed: AbstractSet[str]) -> Iterable[Statement]:
    found = statements_by(rows(store, "overlaps"), claims, about="subject")
    return (s for said in found.values() for s in said if {s.about, s.value} <= listed)


def _agreement(total: Total, explanations: Sequence[Explanation], entries: Sequence[Entry]) -> bool | None:
    if not explanations or total.question.cut_off is None or total.editors_inclusive is None:
        return None
    rule = _rule(total, total.editors_start or total.question.start, is_inclusive=total.editors_inclusive)
    return set(taken_in(rule, entries)) == set(explanations[0].counted)


def _rule(total: Total, start: date | None, *, is_inclusive: bool) -> Rule:
    """The rule that counts what the total's measure says, from ``start`` to the last day that its claim states."""
    question = total.question
    return Rule(start, question.cut_off or date.max, is_inclusive, question.kind, without=None, price=0)


def _read_totals(store: Store, claims: Mapping[str, Claim]) -> list[Total]:
    """Each value of each count, by last day; two values of one count are two totals."""
    said = statements_by(rows(store, "rules_said"), claims, about="count")
    by_value: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows(store, "totals"):
        if row["claim"] in claims:
            by_value[row["count"], row["value"]].append(row)
    return [_total(found, said, claims) for found in by_value.values()]


def _total(
    found: Sequence[Mapping[str, str]],
    said: Mapping[tuple[str, str], Sequence[Statement]],
    claims: Mapping[str, Claim],
) -> Total:
    row = found[0]
    starts, inclusive = (said.get((row["count"], name), ()) for name in (_START, _INCLUSIVE))
    return Total(
        question=Question(int(row["value"]), _start(starts, by_editors=False), day(row, "cutOff"), row.get("kind")),
        count=row["count"],
        label=row.get("countLabel", row["count"]),
        counter=row.get("counter", ""),
        is_exact=row["isExact"] == "true",
        statements=tuple(s for value in statements_by(found, claims, about="count").values() for s in value),
        editors_start=_start(starts, by_editors=True),
        editors_inclusive=next((s.value == "true" for s in inclusive if s.claim.is_editorial), None),
    )


def _start(said: Iterable[Statement], *, by_editors: bool) -> date | None:
    """The first day of the start that sources state, or of the one that the editors have worked out."""
    starts = (date_bounds(s.value).not_before for s in said if s.claim.is_editorial == by_editors)
    return next(starts, None)
