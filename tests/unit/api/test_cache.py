"""What is kept, up to a number of bytes, and work done once for all who ask at the same time."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cache import ByteCache, Flights
from kg.errors import QueryTimeoutError

MIB = 2**20


def test_what_was_asked_for_longest_ago_leaves_first() -> None:
    cache: ByteCache[str, int] = ByteCache(MIB)
    for number in range(8):
        cache.put(str(number), number, MIB // 8 - 600)
    assert cache.get("0") == 0
    for number in range(8, 12):
        cache.put(str(number), number, MIB // 8 - 600)

    assert cache.get("0") == 0
    assert cache.get("1") is None
    assert cache.get("11") == 11


def test_what_takes_more_than_its_share_is_not_kept_and_pushes_nothing_out() -> None:
    cache: ByteCache[str, int] = ByteCache(MIB)
    cache.put("small", 1, 100)
    cache.put("large", 2, MIB // 8 + 1)

    assert (cache.get("small"), cache.get("large"), len(cache)) == (1, None, 1)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20_000))), st.integers(0, 100_000))
def test_it_never_takes_more_bytes_than_it_may(puts: list[tuple[int, int]], bytes_max: int) -> None:
    cache: ByteCache[int, int] = ByteCache(bytes_max)
    for key, size_bytes in puts:
        cache.put(key, size_bytes, size_bytes)
        assert 0 <= cache.size_bytes <= bytes_max
        assert cache.get(key) in (size_bytes, None)
    cache.clear()
    assert (cache.size_bytes, len(cache)) == (0, 0)


class Work:
    """Work that ends when it is told to, and counts how often it began and was stopped."""

    def __init__(self) -> None:
        self.begun = 0
        self.stopped = 0
        self.may_end = asyncio.Event()

    async def begin(self) -> str:
        """Begin it."""
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return "done"


async def _both_wait(flights: Flights[str], work: Work) -> tuple[asyncio.Task[str], asyncio.Task[str]]:
    first, second = (asyncio.create_task(flights.join("key", work.begin)) for _ in range(2))
    await asyncio.sleep(0.01)
    return first, second


def test_two_who_ask_the_same_at_once_cause_it_once() -> None:
    async def check() -> None:
        flights: Flights[str] = Flights()
        work = Work()
        tasks = await _both_wait(flights, work)
        work.may_end.set()
        assert await asyncio.gather(*tasks) == ["done", "done"]
        assert (work.begun, len(flights)) == (1, 0)

    asyncio.run(check())


def test_who_began_it_may_leave_and_the_next_begins_anew() -> None:
    async def check() -> None:
        flights: Flights[str] = Flights()
        work = Work()
        first, second = await _both_wait(flights, work)
        first.cancel()
        await asyncio.sleep(0.01)
        work.may_end.set()
        assert await second == "done"
        assert (work.begun, work.stopped, first.cancelled(), len(flights)) == (2, 1, True, 0)

    asyncio.run(check())


def test_when_the_last_leaves_it_is_stopped_and_the_next_begins_anew() -> None:
    async def check() -> None:
        flights: Flights[str] = Flights()
        work = Work()
        for task in await _both_wait(flights, work):
            task.cancel()
        await asyncio.sleep(0.01)
        assert (work.stopped, len(flights)) == (1, 0)
        work.may_end.set()
        assert await flights.join("key", work.begin) == "done"
        assert work.begun == 2

    asyncio.run(check())


def test_its_error_reaches_each_who_waits() -> None:
    async def fail() -> str:
        await asyncio.sleep(0.01)
        raise QueryTimeoutError

    async def check() -> None:
        flights: Flights[str] = Flights()
        outcomes = await asyncio.gather(*(flights.join("key", fail) for _ in range(2)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [QueryTimeoutError, QueryTimeoutError]
        with pytest.raises(QueryTimeoutError):
            await flights.join("key", fail)

    asyncio.run(check())
