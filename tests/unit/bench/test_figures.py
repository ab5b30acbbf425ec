"""Percentiles, slopes and tables, held against what they are by definition."""

from __future__ import annotations

import pytest
from figures import geometric_mean, growth, percentile, slope, table
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.99, 99), (0.991, 100), (1.0, 100)]
)
def test_a_percentile_of_one_to_a_hundred_is_its_rank(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


@given(NUMBERS, st.floats(0, 1))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(v <= found for v in values) >= share * len(values) - 1e-9
    assert all(sum(v <= w for v in values) < share * len(values) + 1e-9 for w in values if w < found)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_a_percentile_of_nothing_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_a_slope_is_the_growth_of_a_line_and_no_growth_of_a_flat_one() -> None:
    assert slope([(x, 3 * x + 1) for x in range(10)]) == pytest.approx(3)
    assert slope([(x, 7.0) for x in range(10)]) == pytest.approx(0)
    assert slope([(1.0, 2.0)]) == slope([]) == 0.0


@given(st.floats(0.1, 3), st.floats(1e-3, 1e3), st.floats(1.1, 100))
def test_growth_is_that_of_the_power_law_through_both(power: float, cost: float, times: float) -> None:
    assert growth((1000, cost), (1000 * times, cost * times**power)) == pytest.approx(10**power)


@pytest.mark.parametrize(("small", "large"), [((1, 1), (1, 2)), ((0, 1), (1, 2)), ((1, 0), (2, 2))])
def test_growth_between_equal_sizes_or_from_nothing_is_refused(
    small: tuple[float, float], large: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match="growth"):
        growth(small, large)


def test_a_geometric_mean_is_of_what_there_is() -> None:
    assert geometric_mean([10.0, None, 0.1, 8.0]) == pytest.approx(2)
    assert geometric_mean([None]) is None


def test_a_table_keeps_its_columns_whatever_a_cell_holds() -> None:
    lines = table(["a", "b"], [[1234, "x|y"], [None, 0.123456], [1234.5, 7]]).splitlines()

    assert lines[2:] == ["| 1,234 | x\\|y |", "| – | 0.123 |", "| 1,234 | 7 |"]
