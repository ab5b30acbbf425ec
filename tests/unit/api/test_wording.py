"""Dates and durations in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, RdfFormat, parse

from api.wording import date_in_words, duration_in_words
from kg.dates import date_bounds
from kg.vocab import EDTF

DATA = Path(__file__).parents[3] / "data"
DURATION = "http://www.w3.org/2001/XMLSchema#duration"
# What only those read who know the standard.
RAW = re.compile(r"[?~%\[\]{}/X]|\.\.|\d-\d|\dT\d|\dZ|P\d")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024-11-07", "7 November 2024"),
        ("2024-11", "November 2024"),
        ("2024", "2024"),
        ("2024-22", "summer 2024"),
        ("2024-29", "southern spring 2024"),
        ("2024-36", "fourth quarter of 2024"),
        ("2024-39", "third third of 2024"),
        ("2024-41", "second half of 2024"),
        ("2024?", "2024 (uncertain)"),
        ("2021-11~", "about November 2021"),
        ("2021-11-07%", "about 7 November 2021 (uncertain)"),
        ("2004-06~-11", "11 June 2004 (year and month approximate)"),
        ("2004-?06-~11", "11 June 2004 (day approximate, month uncertain)"),
        ("2024-10-28?/2024-11-03?", "28 October 2024 (uncertain) to 3 November 2024 (uncertain)"),
        ("2025-03-25/..", "from 25 March 2025 on"),
        ("2003-10-22/", "from 22 October 2003, end unknown"),
        ("../2024", "until 2024"),
        ("/2024", "until 2024, start unknown"),
        ("../..", "start open, end open"),
        ("[..2007-08-28]", "28 August 2007 or earlier"),
        ("[2007-08-28..]", "28 August 2007 or later"),
        ("[2007,2009..2011]", "2007 or some time from 2009 to 2011"),
        ("{2007-01,2009-02,2010}", "January 2007, February 2009 and 2010"),
        ("{..2007}", "2007 and all before"),
        ("{2007..}", "2007 and all after"),
        ("198X", "some year from 1980 to 1989"),
        ("1989-XX", "some month of 1989"),
        ("1989-01-XX", "some day of January 1989"),
        ("1989-XX-XX", "some day of 1989"),
        ("156X-12-25", "25 December of some year from 1560 to 1569"),
        ("2024-XX-07", "day 7 of some month of 2024"),
        ("2024-11-07T10:30:00+03:00", "7 November 2024, 10:30 UTC+03:00"),
        ("2024-11-07T10:30:05Z", "7 November 2024, 10:30:05 UTC"),
    ],
)
def test_a_date_is_told_in_words(text: str, words: str) -> None:
    date_bounds(text)  # data may have it

    assert date_in_words(text) == words


@pytest.mark.parametrize("text", ["", "2031-02-31", "2031-13", "2031-26-01", "soon", "Y170000", "[", "[]", "1/2/3"])
def test_what_is_no_date_stays_as_it_is_written(text: str) -> None:
    assert date_in_words(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P18Y", "18 years"),
        ("P19Y6M", "19 years 6 months"),
        ("P1Y1M15D", "1 year 1 month 15 days"),
        ("PT36H", "36 hours"),
        ("P1DT0.5S", "1 day 0.5 seconds"),
        ("-P1D", "minus 1 day"),
        ("P", "P"),
        ("P1DT", "P1DT"),
        ("long", "long"),
    ],
)
def test_a_duration_is_told_in_words(text: str, words: str) -> None:
    assert duration_in_words(text) == words


def test_no_date_or_duration_of_the_data_shows_raw_signs() -> None:
    values = {
        (quad.object.datatype.value, quad.object.value)
        for path in sorted(DATA.rglob("*.trig"))
        for quad in parse(path=path, format=RdfFormat.TRIG)
        if isinstance(quad.object, Literal)
    }
    dates = [text for datatype, text in values if datatype == EDTF]
    durations = [text for datatype, text in values if datatype == DURATION]

    assert len(dates) > 100
    assert len(durations) > 5
    assert [text for text in dates if RAW.search(date_in_words(text))] == []
    assert [text for text in durations if RAW.search(duration_in_words(text))] == []


# Every form that the shapes let pass (shapes/source/dates.ttl) and a build takes, and more, which date_bounds refuses.
SIGN = r"[?~%]?"
YEAR = r"[12][0-9][0-9X]{2}"
DAY = rf"{SIGN}{YEAR}{SIGN}(-{SIGN}(0[1-9]|1[0-2]|XX){SIGN}(-{SIGN}(0[1-9]|[12][0-9]|XX){SIGN})?)?"
SEASON = r"[12][0-9]{3}-(2[1-9]|3[0-9]|4[01])"
TIMED = r"[12][0-9]{3}-0[1-9]-[01][1-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-]0[0-9]:[03]0)?"
END = rf"({DAY}|{SEASON}|\.\.)?"
MEMBERS = rf"(\.\.)?({DAY}|{YEAR}\.\.{YEAR})(,({DAY}|{YEAR}\.\.{YEAR})){{0,2}}(\.\.)?"
FORMS = [DAY, SEASON, TIMED, f"{END}/{END}", rf"\[{MEMBERS}\]", rf"\{{{MEMBERS}\}}"]


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)  # the library that says what a build takes is slow
@given(st.data())
def test_no_date_that_a_build_takes_shows_raw_signs(form: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(form, fullmatch=True))
    try:
        date_bounds(text)
    except ValueError:
        return

    assert not RAW.search(date_in_words(text)), date_in_words(text)


@given(st.text("0123456789X-/.,?~%[]{}TZ:+ ", max_size=24))
def test_any_text_has_words(text: str) -> None:
    assert date_in_words(text) or not text
    assert duration_in_words(text) or not text
