"""Counting rules: which entries of a list a published total takes in, found by trying every rule there is.

A rule says from when it counts, up to which day and whether that day is in, which kinds of act it counts, and which one
entry it leaves out. Each departure from the plainest reading has a price, and the price orders the rules:

======================================================================================================  =====
departure                                                                                               price
======================================================================================================  =====
the start is the one that the total's own claim states                                                     0
the start is 1 January of the year of the last day                                                         1
the start is 1 January of another year; or there is none, and the list counts from its beginning           2
the start is the first of a month / another day                                                          3/4
the start is not the one that the total's own claim states (added to the price of the start)               5
the total's claim states no last day, and it is that of an entry                                           1
the last day is left out                                                                                   1
only acts of a kind are counted, or every kind, against what the total's measure says                      3
one entry is left out though start, last day and kind take it in                                           4
======================================================================================================  =====

The more rules are tried, the more numbers fit one by chance. On the list of 2023 to 2025, of the numbers from 100 to
260, one or two in a hundred have a rule of price 2 or less when the last day is stated, and 11 to 57 in a hundred have
one at some price; when no last day is stated, nearly all have. Only a cheap rule tells something, and none is proof.

Of rules that take in the same entries only the cheapest counts; rules that take in others are other explanations.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .listing import Entry

__all__ = ["Explanation", "Question", "Rule", "explain", "taken_in"]

_DAY: Final = timedelta(days=1)
_YEAR_OF_CUT_OFF, _OTHER_YEAR, _NO_START, _MONTH, _SOME_DAY = 1, 2, 2, 3, 4
_AGAINST_STATED_START: Final = 5
_NO_STATED_CUT_OFF: Final = 1
_LAST_DAY_OUT: Final = 1
_OTHER_KIND: Final = 3
_LEFT_OUT: Final = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A total, and what its own claim says of its rule: the start, the last day, and the kind of act that it counts.

    None stands for what is not said; for the kind it stands for any.
    """

    value: int
    start: date | None = None
    cut_off: date | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One counting rule; None stands for the beginning (``start``), any act (``kind``), nothing (``without``)."""

    start: date | None
    cut_off: date
    is_inclusive: bool
    kind: str | None
    without: str | None
    price: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule that gives a total, with the entries that it takes in.

    ``left_out`` are the other entries from the rule's start up to its last day. ``earliest_start`` is the first day
    from which one may count and take in the same entries (None: any), and the day of the first entry is the last one.
    """

    rule: Rule
    counted: tuple[Entry, ...]
    left_out: tuple[Entry, ...]
    earliest_start: date | None


def explain(question: Question, entries: Iterable[Entry]) -> list[Explanation]:
    """Every explanation of a total from a list, cheapest first; entries without a day are never taken in.

    The time grows with the length of the list, and with its square where the question has no last day.
    """
    dated = sorted((entry for entry in entries if entry.day is not None), key=_day)
    if question.value < 1:
        return []
    kinds = [None, *sorted({kind for entry in dated for kind in entry.kinds})]
    found: dict[frozenset[str], tuple[Rule, list[Entry]]] = {}
    for kind in kinds:
        for rule, counted in _rules(question, kind, [e for e in dated if kind is None or kind in e.kinds]):
            key = frozenset(_key(entry) for entry in counted)
            if key not in found or _order(rule) < _order(found[key][0]):
                found[key] = rule, counted
    ordered = sorted(found.values(), key=lambda pair: _order(pair[0]))
    return [_explanation(rule, counted, dated) for rule, counted in ordered]


def taken_in(rule: Rule, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that a rule takes in."""
    return [entry for entry in entries if _is_within(rule, entry) and _is_counted(rule, entry)]


def _rules(question: Question, kind: str | None, counted: Sequence[Entry]) -> Iterator[tuple[Rule, list[Entry]]]:
    """The rules for one kind of act that give the total, each with what it takes in."""
    days = [_day(entry) for entry in counted]
    sums = [0, *accumulate(entry.size for entry in counted)]
    possible = {0, *(entry.size for entry in counted)}
    for cut_off, is_inclusive in _ends(question, days):
        end = bisect_right(days, cut_off) if is_inclusive else bisect_left(days, cut_off)
        for start, price in _starts(question, days[:end], cut_off).items():
            first = 0 if start is None else bisect_left(days, start)
            surplus = sums[end] - sums[first] - question.value
            for without in _left_out(surplus, counted[first:end]) if surplus in possible else ():
                total_price = (
                    price
                    + _NO_STATED_CUT_OFF * (question.cut_off is None)
                    + _LAST_DAY_OUT * (not is_inclusive)
                    + _OTHER_KIND * (kind != question.kind)
                    + _LEFT_OUT * (without is not None)
                )
                rule = Rule(start, cut_off, is_inclusive, kind, without, total_price)
                yield rule, [entry for entry in counted[first:end] if _key(entry) != without]


def _ends(question: Question, days: Sequence[date]) -> Iterator[tuple[date, bool]]:
    """The last days to try, and whether each is in."""
    if question.cut_off is not None:
        yield question.cut_off, True
        yield question.cut_off, False
    else:
        yield from ((last_day, True) for last_day in dict.fromkeys(days))


def _starts(question: Question, days: Sequence[date], cut_off: date) -> dict[date | None, int]:
    """The starts to try, each with its price."""
    against = 0 if question.start is None else _AGAINST_STATED_START
    prices: dict[date | None, int] = {}
    for entry_day in days:
        prices[entry_day] = _SOME_DAY + against
    for entry_day in days:
        prices[entry_day.replace(day=1)] = _MONTH + against
    for entry_day in days:
        prices[date(entry_day.year, 1, 1)] = _OTHER_YEAR + against
    prices[None] = _NO_START + against
    prices[date(cut_off.year, 1, 1)] = _YEAR_OF_CUT_OFF + against
    if question.start is not None:
        prices[question.start] = 0
    return prices


def _left_out(surplus: int, counted: Iterable[Entry]) -> Iterator[str | None]:
    """What must be left out of the counted entries, so that nothing is over: nothing, or one of them."""
    if surplus == 0:
        yield None
    yield from (_key(entry) for entry in counted if entry.size == surplus)


def _explanation(rule: Rule, counted: Sequence[Entry], dated: Sequence[Entry]) -> Explanation:
    taken = {_key(entry) for entry in counted}
    left_out = tuple(entry for entry in dated if _is_within(rule, entry) and _key(entry) not in taken)
    earlier = [_day(entry) for entry in dated if _day(entry) < _day(counted[0]) and _is_counted(rule, entry)]
    return Explanation(rule, tuple(counted), left_out, max(earlier) + _DAY if earlier else None)


def _is_within(rule: Rule, entry: Entry) -> bool:
    """Whether an entry lies between a rule's start and its last day, that day included."""
    return entry.day is not None and (rule.start is None or rule.start <= entry.day) and entry.day <= rule.cut_off


def _is_counted(rule: Rule, entry: Entry) -> bool:
    """Whether a rule counts an entry, its start apart."""
    in_time = rule.is_inclusive or entry.day != rule.cut_off
    return in_time and (rule.kind is None or rule.kind in entry.kinds) and _key(entry) != rule.without


def _order(rule: Rule) -> tuple[int, bool, bool, date, date, str, str]:
    """Cheapest first; of equal prices the rule that leaves out nothing, then the one with the later start."""
    return (
        rule.price,
        rule.without is not None,
        not rule.is_inclusive,
        rule.cut_off,
        rule.start or date.min,
        rule.kind or "",
        rule.without or "",
    )


def _key(entry: Entry) -> str:
    """What tells an entry from any other: a person may have several."""
    return " ".join((entry.subject, *sorted(entry.acts)))


def _day(entry: Entry) -> date:
    return entry.day or date.max
