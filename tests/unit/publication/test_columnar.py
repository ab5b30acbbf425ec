"""Columns get as many threads as their release is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.publication import threads_for


@pytest.mark.parametrize(
    ("quads", "threads"), [(0, 1), (1_000_000, 1), (3_999_999, 1), (4_000_000, 2), (10_000_000, 3)]
)
def test_a_release_gets_a_thread_for_each_four_million_quads_begun(quads: int, threads: int) -> None:
    assert threads_for(quads, 64) == threads


@given(st.integers(0, 10**12), st.integers(1, 64))
def test_no_release_gets_more_threads_than_the_setting_says_or_none(quads: int, most: int) -> None:
    assert 1 <= threads_for(quads, most) <= most
