"""Growth is told from noise: a leak is found, and a server that takes memory and gives it back has none."""

from __future__ import annotations

import random

import pytest
from soak import growth

HALF_AN_HOUR = [10.0 * n for n in range(180)]
CHANCE = random.Random(7)


def test_a_level_figure_does_not_grow() -> None:
    assert growth([(at, 300.0) for at in HALF_AN_HOUR], 20).holds


def test_what_queries_take_and_give_back_does_not_count() -> None:
    peaks = [(at, 300.0 + CHANCE.choice([0, 0, 0, 900]) + CHANCE.random()) for at in HALF_AN_HOUR]

    assert growth(peaks, 20).holds


def test_what_is_taken_once_at_the_start_does_not_count() -> None:
    assert growth([(at, min(300.0, 100 + at)) for at in HALF_AN_HOUR], 20).holds


def test_a_leak_is_found_behind_the_peaks() -> None:
    """Sixty MiB in twenty minutes, below peaks of nine hundred."""
    leaking = [(at, 300.0 + at / 20 + CHANCE.choice([0, 0, 0, 900])) for at in HALF_AN_HOUR]
    found = growth(leaking, 20)

    assert found.grown == pytest.approx(60, rel=0.15)
    assert not found.holds
