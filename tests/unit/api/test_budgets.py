"""Seconds of work, by client and window."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import budgets as module
from api.budgets import Budgets, client_of
from kg.errors import BudgetSpentError, SettingsError
from kg.settings import Settings


def budgets(**settings: Any) -> Budgets:
    return Budgets(Settings(**{"budget_s": 2, "budget_window_s": 30, **settings}))


def spend(kept: Budgets, client: str, work_s: float) -> None:
    asyncio.run(kept.charge(client, work_s))


def left(kept: Budgets, client: str = "192.0.2.1") -> float:
    return asyncio.run(kept.check(client)).left_s


@pytest.mark.parametrize("storage", ["memory://", "memory:///of-the-library"])
def test_work_is_charged_to_the_client_who_caused_it_and_to_no_other(storage: str) -> None:
    kept = budgets(budget_storage=storage)
    spend(kept, "192.0.2.1", 0.5)

    assert left(kept) == 1.5
    assert left(kept, "192.0.2.2") == 2
    spend(kept, "192.0.2.1", 7)
    with pytest.raises(BudgetSpentError) as caught:
        left(kept)
    assert 0 < caught.value.retry_after_s <= 30
    assert left(kept, "192.0.2.2") == 2


def test_a_new_window_brings_a_new_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = budgets()
    spend(kept, "192.0.2.1", 2)
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 31)

    assert left(kept) == 2


@given(st.lists(st.integers(0, 400_000), max_size=20))
def test_nothing_is_lost_or_invented(costs_us: list[int]) -> None:
    kept = budgets(budget_s=1000)
    for cost_us in costs_us:
        spend(kept, "192.0.2.1", cost_us / 1_000_000)

    assert left(kept) == pytest.approx(1000 - sum(costs_us) / 1_000_000, abs=1e-9)


def test_many_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLIENTS_MAX", 100)
    kept = budgets()
    for number in range(1000):
        spend(kept, f"192.0.2.{number}", 2)

    assert len(kept._windows._windows) == 100  # type: ignore[union-attr] # those of this process
    assert left(kept, "192.0.2.0") == 2
    with pytest.raises(BudgetSpentError):
        left(kept, "192.0.2.999")


def test_what_the_headers_say() -> None:
    kept = budgets()
    spend(kept, "192.0.2.1", 0.5)

    assert kept.policy.decode() == '"work";q=2;w=30;qu="seconds-of-work"'
    assert asyncio.run(kept.check("192.0.2.1")).field(0.4) in ('"work";r=1;t=30', '"work";r=1;t=29')


@pytest.mark.parametrize("address", ["nowhere://", "redis://localhost:1", "nonsense"])
def test_a_place_that_cannot_be_used_is_a_setting_that_cannot(address: str) -> None:
    """The client library of redis is the operator's to install."""
    with pytest.raises(SettingsError, match="KG_BUDGET_STORAGE"):
        budgets(budget_storage=address)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:0:0:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_a_client_is_an_address_or_what_a_provider_gives_one_household(one: str, other: str, *, same: bool) -> None:
    assert (client_of({"client": (one, 1)}) == client_of({"client": (other, 2)})) is same


@given(st.text())
def test_any_peer_is_some_client(host: str) -> None:
    assert isinstance(client_of({"client": (host, 1)}), str)
    assert client_of({"client": None}) == client_of({}) == ""
