"""The one list of who went free, and when: every group and person that a pardon, an amnesty or a release affects, once.

A group is one entry however many acts affect it. A person is one entry for each occasion: acts that follow one another
or whose dates overlap are one occasion. Subgroups, members, and acts that are a part of another act are left out where
the whole is in the list at that time. A group of which no claim gives the size cannot be added up, and is left out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from kg.vocab import HAB

from .reading import day, most_claimed, rows, statements_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from pyoxigraph import Store

    from .reading import Claim, Statement

__all__ = ["Act", "Entry", "arrange", "read_entries"]

_SIZE: Final = f"{HAB}size"
_WHEN: Final = f"{HAB}when"
_AFFECTS: Final = f"{HAB}affects"


@dataclass(frozen=True, slots=True)
class Act:
    """A pardon, an amnesty or a release that affects ``subject``, from its first to its last possible day (or None)."""

    iri: str
    subject: str
    kinds: frozenset[str]
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A group or person that went free on one occasion.

    ``day`` is the first day that a current claim gives to any of the acts, None where no claim dates them; ``size`` is
    what most current claims say, or the surest where as many say another (1 for a person), and ``statements`` are all
    of them, of size and of date.
    """

    subject: str
    label: str
    acts: frozenset[str]
    kinds: frozenset[str]
    day: date | None
    last_day: date | None
    size: int
    statements: tuple[Statement, ...]


def read_entries(store: Store, claims: Mapping[str, Claim]) -> tuple[Entry, ...]:
    """The list that a release documents, by day; entries without a day stand at the end."""
    found = rows(store, "acts")
    said = statements_by(rows(store, "act_claims"), claims, about="about")
    labels = {row["subject"]: row.get("subjectLabel", row["subject"]) for row in found}
    persons = {row["subject"] for row in found if row["isPerson"] == "true"}
    wholes: dict[str, set[str]] = defaultdict(set)
    for row in rows(store, "parts"):
        wholes[row["part"]].add(row["whole"])
    linked = {frozenset((row["later"], row["earlier"])) for row in rows(store, "follows")}
    occasions = (
        _entry(acts, labels, said, is_person=acts[0].subject in persons)
        for acts in _occasions(_acts(found), persons, linked)
    )
    return arrange([entry for entry in occasions if entry is not None], wholes)


def arrange(entries: Sequence[Entry], wholes: Mapping[str, AbstractSet[str]]) -> tuple[Entry, ...]:
    """The entries by day, without those that are a part of another entry.

    Args:
        entries: candidates, in any order.
        wholes: what each group, person or act is directly a part of.
    """
    kept = (entry for entry in entries if not any(_is_part(entry, other, wholes) for other in entries))
    return tuple(sorted(kept, key=lambda entry: (entry.day or date.max, entry.subject)))


def _acts(found: Iterable[Mapping[str, str]]) -> list[Act]:
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    bounds: dict[tuple[str, str], tuple[date | None, date | None]] = {}
    for row in found:
        key = (row["act"], row["subject"])
        kinds[key].add(row["kind"])
        bounds[key] = day(row, "first"), day(row, "last")
    return [Act(*key, frozenset(kinds[key]), *bounds[key]) for key in kinds]


def _occasions(
    acts: Sequence[Act], persons: AbstractSet[str], linked: AbstractSet[frozenset[str]]
) -> Iterable[list[Act]]:
    """The acts on each group, and on each person at each occasion."""
    by_subject: dict[str, list[list[Act]]] = defaultdict(list)
    for act in sorted(acts, key=lambda act: (act.first or date.min, act.iri)):
        occasions = by_subject[act.subject]
        same = [occasion for occasion in occasions if _is_same_occasion(act, occasion, linked)]
        if act.subject not in persons:
            same = occasions[:]
        for occasion in same:
            occasions.remove(occasion)
        occasions.append([act, *(other for occasion in same for other in occasion)])
    return (occasion for subject in sorted(by_subject) for occasion in by_subject[subject])


def _is_same_occasion(act: Act, occasion: Iterable[Act], linked: AbstractSet[frozenset[str]]) -> bool:
    return any(
        frozenset((act.iri, other.iri)) in linked or _overlaps((act.first, act.last), (other.first, other.last))
        for other in occasion
    )


def _entry(
    acts: Sequence[Act],
    labels: Mapping[str, str],
    said: Mapping[tuple[str, str], Sequence[Statement]],
    *,
    is_person: bool,
) -> Entry | None:
    """The entry of one occasion; None where no current claim gives the size of the group, or none tells of the act."""
    subject = acts[0].subject
    iris = sorted({act.iri for act in acts})
    sizes = list(said.get((subject, _SIZE), ()))
    dates = [statement for iri in iris for statement in said.get((iri, _WHEN), ())]
    told = [s for iri in iris for s in said.get((iri, _AFFECTS), ()) if s.value == subject]
    if not (told if is_person else sizes):
        return None
    days = [act.first for act in acts if act.first is not None]
    last_days = [act.last for act in acts if act.last is not None]
    return Entry(
        subject=subject,
        label=labels[subject],
        acts=frozenset(iris),
        kinds=frozenset(kind for act in acts for kind in act.kinds),
        day=min(days, default=None),
        last_day=max(last_days, default=None),
        size=1 if is_person else most_claimed(sizes),
        statements=(*(told if is_person else sizes), *dates),
    )


def _is_part(entry: Entry, other: Entry, wholes: Mapping[str, AbstractSet[str]]) -> bool:
    """Whether an entry is within another one: a part of it at an overlapping time."""
    if entry.subject == other.subject or not _overlaps((entry.day, entry.last_day), (other.day, other.last_day)):
        return False
    above, reached = {entry.subject, *entry.acts}, set[str]()
    while above:
        reached |= above
        above = {whole for part in above for whole in wholes.get(part, ())} - reached
    return bool(reached & {other.subject, *other.acts} - {entry.subject, *entry.acts})


def _overlaps(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Whether two spans share a day; an unknown end reaches as far as it can."""
    return (one[0] or date.min) <= (other[1] or date.max) and (other[0] or date.min) <= (one[1] or date.max)
