"""Bounds of EDTF dates."""

from __future__ import annotations

from datetime import date

import pytest
from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException
from hypothesis import example, given
from hypothesis import strategies as st

from kg.dates import date_bounds

SPAN = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "not_before", "not_after"),
    [
        ("2024-11-07", "2024-11-07", "2024-11-07"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("199X", "1990-01-01", "1999-12-31"),
        ("1989-01-XX", "1989-01-01", "1989-01-31"),
        ("2011-10~", "2011-10-01", "2011-10-31"),
        ("2024-10-28?/2024-11-03?", "2024-10-28", "2024-11-03"),
        ("[2024-11-20,2024-11-21]", "2024-11-20", "2024-11-21"),
    ],
)
def test_a_date_means_the_days_it_is_written_for(text: str, not_before: str, not_after: str) -> None:
    bounds = date_bounds(text)

    assert (str(bounds.not_before), str(bounds.not_after)) == (not_before, not_after)


@pytest.mark.parametrize(("text", "known"), [("2020-09-23/..", "2020-09-23"), ("2020-09-23/", "2020-09-23")])
def test_an_open_or_unknown_end_is_not_invented(text: str, known: str) -> None:
    """The library itself puts an unknown end ten years after the start."""
    assert date_bounds(text).not_before == date.fromisoformat(known)
    assert date_bounds(text).not_after is None


def test_an_open_or_unknown_start_is_not_invented() -> None:
    for text in ("../2024-01", "/2024-01"):
        assert date_bounds(text).not_before is None
        assert date_bounds(text).not_after == date(2024, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", " 2024", "2024-13", "2024-02-30", "soon", "2024-11-07/2024-11-01", "Y170000", "[" * 5000),
        *("2024-1X", "2024-XX/2025", "../", "{1999,2001..}"),  # the library takes these and fails of itself
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an EDTF date|ends before|outside of the years"):
        date_bounds(text)


@given(SPAN, SPAN)
def test_every_interval_of_days_bounds_itself(one: date, other: date) -> None:
    first, last = sorted((one, other))

    bounds = date_bounds(f"{first}/{last}")

    assert (bounds.not_before, bounds.not_after) == (first, last)


@example("1000-02-29")
@given(st.from_regex(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", fullmatch=True))
def test_a_plain_day_means_what_the_library_says_it_means(text: str) -> None:
    """Plain days do not go through the library; they must not mean anything else for that."""
    try:
        day = date(*parse_edtf(text).lower_strict()[:3])
    except (EDTFParseException, ValueError):  # the library takes 29 February of years that have none
        with pytest.raises(ValueError, match="not an EDTF date"):
            date_bounds(text)
        return
    assert (date_bounds(text).not_before, date_bounds(text).not_after) == (day, day)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        bounds = date_bounds(text)
    except ValueError:
        return
    assert bounds.not_before is None or bounds.not_after is None or bounds.not_before <= bounds.not_after
