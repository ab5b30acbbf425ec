"""Who takes the next place: by client, in order, and never more waiting than a bound."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import BackendBusyError
from kg.store import lanes
from kg.store.lanes import Lane, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence


PATIENCE_S = 20.0


async def turns_of(lane: Lane, clients: Sequence[str]) -> list[str]:
    """The order in which queries, queued in the order given behind one that holds the only place, get theirs."""
    first = Turn("first", PATIENCE_S)
    await lane.take(first)
    order: list[str] = []

    async def one(client: str) -> None:
        turn = Turn(client, PATIENCE_S)
        await lane.take(turn)
        order.append(client)
        await asyncio.sleep(0)
        lane.give_back(turn)

    tasks = [asyncio.create_task(one(client)) for client in clients]
    await asyncio.sleep(0)
    lane.give_back(first)
    await asyncio.gather(*tasks)
    return order


def test_the_queue_goes_round_by_client() -> None:
    order = asyncio.run(turns_of(Lane(1, "X"), ["heavy"] * 5 + ["a", "b", "a"]))

    assert order == ["heavy", "a", "b", "heavy", "a", "heavy", "heavy", "heavy"]


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.integers(1, 3))
def test_everybody_is_served_and_nobody_waits_for_two_of_another(clients: list[str], places: int) -> None:
    """While one waits, each other client gets at most one place more than it does."""
    lane = Lane(places, "X")
    order = asyncio.run(turns_of(lane, clients))

    assert Counter(order) == Counter(clients)
    assert lane.busy == lane.waiting == 0
    if places == 1:
        for end, client in enumerate(order):
            before = Counter(order[:end])
            assert all(before[other] <= before[client] + 1 for other in before)


def test_a_place_goes_to_who_holds_fewest() -> None:
    async def work() -> list[str]:
        lane = Lane(2, "X")
        held = [Turn("heavy", PATIENCE_S), Turn("heavy", PATIENCE_S)]
        for turn in held:
            await lane.take(turn)
        order: list[str] = []

        async def one(client: str) -> None:
            await lane.take(Turn(client, PATIENCE_S))
            order.append(client)

        tasks = [asyncio.create_task(one(client)) for client in ("heavy", "light")]
        await asyncio.sleep(0)
        for turn in held:
            lane.give_back(turn)
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(work()) == ["light", "heavy"]


def test_a_client_that_holds_all_places_of_a_shared_lane_gives_its_newest_back() -> None:
    async def work() -> list[int]:
        lane = Lane(3, "X", is_shared=True)
        evicted: list[int] = []
        turns = [Turn("heavy", PATIENCE_S, evict=lambda n=n: evicted.append(n)) for n in range(3)]
        for turn in turns:
            assert lane.try_take(turn)
        other = Turn("other", PATIENCE_S)
        assert lane.try_take(other)
        assert not lane.try_take(Turn("third", PATIENCE_S))  # now no client holds them all
        for turn in (*turns, other):  # the one whose place was taken gives none back
            lane.give_back(turn)
        assert lane.busy == 0
        return evicted

    assert asyncio.run(work()) == [2]


@pytest.mark.parametrize(("places", "is_shared"), [(1, True), (2, False)])
def test_an_only_place_and_one_of_the_short_lane_are_never_taken_away(places: int, *, is_shared: bool) -> None:
    async def work() -> bool:
        lane = Lane(places, "X", is_shared=is_shared)
        for _ in range(places):
            assert lane.try_take(Turn("heavy", PATIENCE_S, evict=pytest.fail))
        return lane.try_take(Turn("other", PATIENCE_S))

    assert not asyncio.run(work())


def test_who_waits_too_long_is_told_so_and_forgotten() -> None:
    async def work() -> None:
        lane = Lane(1, "KG_X")
        holder, late = Turn("a", PATIENCE_S), Turn("b", 0.02)
        await lane.take(holder)
        with pytest.raises(BackendBusyError, match="KG_X"):
            await lane.take(late)
        assert late.patience_s <= 0
        assert lane.waiting == 0
        lane.give_back(holder)
        assert lane.busy == 0

    asyncio.run(work())


def test_a_place_that_comes_when_its_query_was_given_up_is_the_next_ones() -> None:
    """Both orders: given up just before, and just after the place was granted."""

    async def work(*, granted_first: bool) -> None:
        lane = Lane(1, "X")
        holder = Turn("a", PATIENCE_S)
        await lane.take(holder)
        given_up, patient = (asyncio.create_task(lane.take(Turn(name, PATIENCE_S))) for name in "bc")
        await asyncio.sleep(0)
        if granted_first:
            lane.give_back(holder)
            given_up.cancel()
        else:
            given_up.cancel()
            lane.give_back(holder)
        await patient
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert (lane.busy, lane.waiting) == (1, 0)

    for granted_first in (True, False):
        asyncio.run(work(granted_first=granted_first))


def test_a_flood_is_turned_away_and_no_other_client_with_it() -> None:
    async def work() -> None:
        lane = Lane(1, "X")
        await lane.take(Turn("heavy", PATIENCE_S))
        flood = [asyncio.create_task(lane.take(Turn("heavy", PATIENCE_S))) for _ in range(1000)]
        await asyncio.sleep(0)
        waiting = lane.waiting
        assert sum(task.done() for task in flood) == 1000 - waiting > 0
        light = asyncio.create_task(lane.take(Turn("light", PATIENCE_S)))
        await asyncio.sleep(0.01)
        assert not light.done()
        assert lane.waiting == waiting  # the newest of the flood has made room
        for task in (*flood, light):
            task.cancel()
        outcomes = await asyncio.gather(*flood, light, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {BackendBusyError, asyncio.CancelledError}
        assert lane.waiting == 0

    asyncio.run(work())


async def use(lane: Lane, client: str, seconds: float) -> None:
    turn = Turn(client, PATIENCE_S)
    await lane.take(turn)
    await asyncio.sleep(seconds)
    lane.give_back(turn)


def test_who_has_held_places_for_long_of_late_comes_after_who_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_LITTLE_S", 0.05)
    heavy = [f"heavy{n}" for n in range(5)]

    async def work() -> list[str]:
        lane = Lane(1, "X")
        for client in heavy:
            await use(lane, client, 0.06)
        return await turns_of(lane, [*heavy, "light", "other"])

    assert asyncio.run(work()) == ["light", "other", *heavy]


def test_what_was_used_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_LITTLE_S", 0.05)
    monkeypatch.setattr(lanes, "_HALVED_AFTER_S", 0.02)

    async def work() -> list[str]:
        lane = Lane(1, "X")
        await use(lane, "heavy", 0.06)
        await asyncio.sleep(0.2)
        return await turns_of(lane, ["heavy", "light"])

    assert asyncio.run(work()) == ["heavy", "light"]


def test_a_lane_remembers_only_so_many_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_LITTLE_S", 0.02)

    async def work() -> dict[str, tuple[float, float]]:
        lane = Lane(1, "X")
        await use(lane, "heavy", 0.04)
        for n in range(5000):
            await use(lane, f"light{n}", 0)
        return lane._used

    kept = asyncio.run(work())
    assert "heavy" in kept
    assert len(kept) <= 1025


def test_one_may_wait_for_less_than_all_of_its_time() -> None:
    async def work() -> float:
        lane = Lane(1, "X")
        await lane.take(Turn("a", PATIENCE_S))
        turn = Turn("b", PATIENCE_S)
        with pytest.raises(BackendBusyError):
            await lane.take(turn, 0.02)
        return turn.patience_s

    assert PATIENCE_S - 5 < asyncio.run(work()) < PATIENCE_S
