"""How far what is documented of a thing agrees with what a client knows of it."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kg.dates import date_bounds

from .properties import link_of
from .requests import Quantifier

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from ..terms import Term
    from .properties import Property
    from .requests import Condition, Given

__all__ = ["agreement", "tells_apart"]

# A year, a month or a day, as people and spreadsheets write them; the time of a day is left out.
_GIVEN: Final = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?)?(?:[T ][0-9]{2}:.*)?")
_DOTTED: Final = re.compile(r"(0?[1-9]|[12][0-9]|3[01])\.(0?[1-9]|1[0-2])\.([12][0-9]{3})")
_DATES_KEPT: Final = 4096
# A date that is documented less exactly than so fits too many people.
_EXACT: Final = timedelta(days=2 * 366)


def agreement(
    condition: Condition, known: Property, documented: Collection[Term], meant: Mapping[Given, frozenset[str]]
) -> float | None:
    """How far a condition holds: 1.0 agrees, 0.0 contradicts; None where nothing is documented or can be compared.

    Args:
        condition: what the client gives.
        known: the property that it is about.
        documented: the values of that property.
        meant: for what is a thing: the IRIs that a value given may mean.
    """
    found = [
        compared
        for given in condition.values
        if (compared := _compare(given, known, documented, meant.get(given, frozenset()))) is not None
    ]
    if not found:
        return None
    if condition.quantifier is Quantifier.ALL:
        return float(all(found))
    return float(any(found) is not (condition.quantifier is Quantifier.NONE))


def tells_apart(
    condition: Condition, known: Property, documented: Collection[Term], meant: Mapping[Given, frozenset[str]]
) -> bool:
    """Whether a condition holds that few people of one name can share.

    One value is given, of a property that identifies (``properties.toml``); it means one thing, and what is documented
    is as exact. That something is *not* so tells nobody apart.
    """
    if not known.identifies or condition.quantifier is Quantifier.NONE or len(condition.values) != 1:
        return False
    if known.kind == "thing" and len(meant.get(condition.values[0], ())) != 1:
        return False
    exact = [term for term in documented if known.kind != "date" or _is_exact(term.value)]
    return agreement(condition, known, exact, meant) == 1.0


def _is_exact(documented: str) -> bool:
    days = _documented_days(documented)
    return days is not None and date.fromisoformat(days[1]) - date.fromisoformat(days[0]) <= _EXACT


def _compare(given: Given, known: Property, documented: Collection[Term], meant: frozenset[str]) -> bool | None:
    if not documented:
        return None
    if known.kind == "thing":
        return any(term.value in meant for term in documented) if meant else None
    compare = _COMPARISONS[known.kind]
    found = [compare(given.id or given.text, term.value) for term in documented]
    return _any_known(found)


def _any_known(found: Iterable[bool | None]) -> bool | None:
    known = [compared for compared in found if compared is not None]
    return any(known) if known else None


def _same_days(given: str, documented: str) -> bool | None:
    left, right = _given_days(given), _documented_days(documented)
    if left is None or right is None:
        return None
    return max(left[0], right[0]) <= min(left[1], right[1])


def _given_days(text: str) -> tuple[str, str] | None:
    """The first and the last day that a client's date can mean, in ISO 8601.

    Not by the library for EDTF: its grammar takes 5 ms for a date, and clients may give thousands.
    """
    dotted = _DOTTED.fullmatch(text)
    parts = _GIVEN.fullmatch(f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2}" if dotted else text)
    if parts is None:
        return None
    year, month, day = parts.groups()
    return f"{year}-{month or '01'}-{day or '01'}", f"{year}-{month or '12'}-{day or '31'}"


# The same come again and again.
@lru_cache(_DATES_KEPT)
def _documented_days(text: str) -> tuple[str, str] | None:
    try:
        bounds = date_bounds(text)
    except ValueError:
        return None
    first, last = bounds.not_before or date.min, bounds.not_after or date.max
    return None if first == date.min and last == date.max else (first.isoformat(), last.isoformat())


def _same_link(given: str, documented: str) -> bool | None:
    link = link_of(given)
    return link_of(documented) == link if link else None


def _same_number(given: str, documented: str) -> bool | None:
    try:
        return math.isclose(float(given), float(documented))
    except ValueError:
        return None


def _same_text(given: str, documented: str) -> bool | None:
    return given.casefold() == documented.casefold()


_COMPARISONS: Final[Mapping[str, Callable[[str, str], bool | None]]] = {
    "date": _same_days,
    "link": _same_link,
    "number": _same_number,
    "text": _same_text,
}
