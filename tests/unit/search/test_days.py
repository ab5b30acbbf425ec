"""Days as numbers."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - Hypothesis reads the annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.search.days import day_number


@given(st.dates(), st.dates())
def test_numbers_sort_as_days_do(one: date, other: date) -> None:
    first, second = day_number(one.isoformat()), day_number(other.isoformat())

    assert first is not None
    assert second is not None
    assert (first < second) == (one < other)


@pytest.mark.parametrize("text", ["", "2024", "2024-11", "2024-11-07T00:00", " 2024-11-07", "٢٠٢٤-١١-٠٧", "-024-11-07"])
def test_what_is_no_day_has_no_number(text: str) -> None:
    assert day_number(text) is None
