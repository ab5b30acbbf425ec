"""Dates and durations in words: EDTF (ISO 8601-2:2019 annex A, levels 0 to 2), xsd:date, xsd:dateTime, xsd:duration.

Words say no more than what is written. What is no such form, or names a day that there is not, stays as it is written.
"""

from __future__ import annotations

import re
from calendar import month_name
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["date_in_words", "duration_in_words"]

_SIGN: Final = "[?~%]?"
_DATE: Final = re.compile(
    rf"(?P<y_>{_SIGN})(?P<y>[0-9][0-9X]{{3}})(?P<_y>{_SIGN})"
    rf"(?:-(?P<m_>{_SIGN})(?P<m>[0-9]{{2}}|XX)(?P<_m>{_SIGN})"
    rf"(?:-(?P<d_>{_SIGN})(?P<d>[0-9]{{2}}|XX)(?P<_d>{_SIGN}))?)?",
    re.ASCII,
)
_TIME: Final = re.compile(r"(.+)T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|([+-])(\d\d(?::?\d\d)?))?", re.ASCII)
_DURATION: Final = re.compile(
    r"(-)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)
_UNITS: Final = ("year", "month", "day", "hour", "minute", "second")

_SEASONS: Final = ("spring", "summer", "autumn", "winter")
_ORDINALS: Final = ("first", "second", "third", "fourth")
# What stands in the place of a month (ISO 8601-2 §4.8): parts of a year, before the year.
_PARTS_OF_YEAR: Final = {
    **{21 + n: f"{season} " for n, season in enumerate(_SEASONS)},
    **{25 + n: f"northern {season} " for n, season in enumerate(_SEASONS)},
    **{29 + n: f"southern {season} " for n, season in enumerate(_SEASONS)},
    **{33 + n: f"{_ORDINALS[n]} quarter of " for n in range(4)},
    **{37 + n: f"{_ORDINALS[n]} third of " for n in range(3)},
    **{40 + n: f"{_ORDINALS[n]} half of " for n in range(2)},
}
_IS_UNCERTAIN: Final = "?%"
_IS_APPROXIMATE: Final = "~%"


def date_in_words(text: str) -> str:
    """A date as people say it: "about November 2021" for "2021-11~", "2007 or earlier" for "[..2007]"."""
    try:
        return _in_words(text)
    except ValueError:
        return text


def duration_in_words(text: str) -> str:
    """A duration as people say it: "19 years 6 months" for "P19Y6M"."""
    parts = _DURATION.fullmatch(text)
    if parts is None:
        return text
    counted = ((number, unit) for number, unit in zip(parts.groups()[1:], _UNITS, strict=True) if number is not None)
    words = " ".join(f"{number} {unit}{'' if number == '1' else 's'}" for number, unit in counted)
    return f"minus {words}" if parts[1] else words


def _in_words(text: str) -> str:
    if text[:1] == "[" and text[-1:] == "]":
        return _set(text[1:-1], "some time from", "or")
    if text[:1] == "{" and text[-1:] == "}":
        return _set(text[1:-1], "all from", "and")
    if "/" in text:
        return _interval(*text.split("/", 1))
    time = _TIME.fullmatch(text)
    return _date(text) if time is None else f"{_date(time[1])}, {_clock(time)}"


def _interval(start: str, end: str) -> str:
    """An end that is "..", is open: the interval goes on there; one that is empty, nobody knows."""
    ends = {"": "unknown", "..": "open"}
    if start in ends and end in ends:
        return f"start {ends[start]}, end {ends[end]}"
    if start in ends:
        return f"until {_date(end)}" + ("" if start else ", start unknown")
    if end in ends:
        return f"from {_date(start)} on" if end else f"from {_date(start)}, end unknown"
    return f"{_date(start)} to {_date(end)}"


def _set(members: str, between: str, joint: str) -> str:
    """One of some dates, or all of them."""
    rest = {"or": ("or earlier", "or later"), "and": ("and all before", "and all after")}[joint]

    def words(member: str) -> str:
        first, dots, last = member.partition("..")
        if not dots:
            return _date(member)
        if not first:
            return f"{_date(last)} {rest[0]}"
        return f"{between} {_date(first)} to {_date(last)}" if last else f"{_date(first)} {rest[1]}"

    *before, end = (words(member.strip()) for member in members.split(","))
    return f"{', '.join(before)} {joint} {end}" if before else end


def _clock(time: re.Match[str]) -> str:
    _, clock, seconds, zone, sign, offset = time.groups()
    if seconds not in (None, "00"):
        clock = f"{clock}:{seconds}"
    if zone is None:
        return clock
    return f"{clock} UTC" if offset is None else f"{clock} UTC{'+' if sign == '+' else '−'}{offset}"


def _date(text: str) -> str:
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no date of one of the forms known here")
    return _qualified(_plain(parts["y"], parts["m"], parts["d"]), dict(_signs(parts)))


def _plain(year: str, month: str | None, day: str | None) -> str:
    if "X" in year:
        year = f"some year from {year.replace('X', '0')} to {year.replace('X', '9')}"
    if month is None:
        return year
    if month == "XX":
        of = f"some month of {year}"
    elif int(month) in _PARTS_OF_YEAR and day is None:
        of = f"{_PARTS_OF_YEAR[int(month)]}{year}"
    elif 1 <= int(month) <= len(month_name) - 1:
        of = f"{month_name[int(month)]} {'of ' if 'some' in year else ''}{year}"
    else:
        raise ValueError(f"there is no month {month}")
    return of if day is None else _day(year, month, day, of)


def _day(year: str, month: str, day: str, of: str) -> str:
    if day == "XX":
        return f"some day of {year if month == 'XX' else of}"
    # A leap year, where the year is not known.
    date(int(year) if year.isdecimal() else 2000, 1 if month == "XX" else int(month), int(day))
    return f"day {int(day)} of {of}" if month == "XX" else f"{int(day)} {of}"


def _signs(parts: re.Match[str]) -> Iterator[tuple[str, str]]:
    """What is uncertain or approximate: a sign after a part holds for all before it too, one before it for it alone."""
    names = [name for name in "ymd" if parts[name] is not None]
    for place, name in enumerate(names):
        after = "".join(parts[f"_{later}"] for later in names[place:])
        yield name, parts[f"{name}_"] + after


def _qualified(words: str, signs: dict[str, str]) -> str:
    names = {"y": "year", "m": "month", "d": "day"}
    notes = []
    for word, sign in (("approximate", _IS_APPROXIMATE), ("uncertain", _IS_UNCERTAIN)):
        of = [names[part] for part, given in signs.items() if set(given) & set(sign)]
        if len(of) < len(signs):
            notes += [f"{' and '.join(of)} {word}"] if of else []
        elif word == "approximate":
            words = f"about {words}"
        else:
            notes.append(word)
    return f"{words} ({', '.join(notes)})" if notes else words
