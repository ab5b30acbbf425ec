"""Dates as sources give them: the door to the ``edtf`` library (Extended Date/Time Format, ISO 8601-2:2019 annex A).

Bounds are those of the date as written. An approximate (~) or uncertain (?) date is not widened, because no source says
by how much; an open or unknown end stays without a bound. A date is never invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException

if TYPE_CHECKING:
    from time import struct_time

__all__ = ["DateBounds", "date_bounds"]

# EDTF lets a year be anything; outside of these a record about living people is a slip of the pen.
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 2999
_DAY: Final = re.compile(r"[12]\d{3}-\d\d-\d\d", re.ASCII)
_LONGEST: Final = 100
_UNKNOWN_ENDS: Final = ("", "..")


@dataclass(frozen=True, slots=True)
class DateBounds:
    """The first and the last day that a date can mean; None where that end is open or unknown."""

    not_before: date | None
    not_after: date | None


def date_bounds(text: str) -> DateBounds:
    """The bounds of an EDTF date such as "2024-11-07", "2024-10-28/2024-11-03", "2011-10~" or "1989-01-XX".

    Raises:
        ValueError: the text is not EDTF level 0 to 2, the year is outside of 1000 to 2999, or the date ends before it
            starts.
    """
    if _DAY.fullmatch(text):
        # Most dates are plain days, and the library's grammar takes 5 ms for one.
        return _day(text)
    if text != text.strip() or len(text) > _LONGEST:
        raise ValueError(f"{text[:_LONGEST]!r} is not an EDTF date: it has white space around it, or is too long")
    start, _, end = text.partition("/")
    try:
        parsed = parse_edtf(text)
        lower = None if start in _UNKNOWN_ENDS else _to_date(parsed.lower_strict(), text)
        upper = None if "/" in text and end in _UNKNOWN_ENDS else _to_date(parsed.upper_strict(), text)
    # The library trips over some texts that its own grammar takes: "2024-1X", "../", "{1999,2001..}".
    except (EDTFParseException, AttributeError, TypeError) as error:
        raise ValueError(f"{text!r} is not an EDTF date") from error
    if lower is not None and upper is not None and upper < lower:
        raise ValueError(f"{text!r} ends before it starts")
    return DateBounds(lower, upper)


def _day(text: str) -> DateBounds:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an EDTF date: there is no such day") from error
    return DateBounds(day, day)


def _to_date(moment: struct_time | float, text: str) -> date | None:
    if isinstance(moment, float):  # the library's infinity: an open end
        return None
    if not _FIRST_YEAR <= moment.tm_year <= _LAST_YEAR:
        raise ValueError(f"{text!r} reaches outside of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return date(*moment[:3])
