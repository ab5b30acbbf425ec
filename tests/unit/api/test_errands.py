"""Work in the web process: paid by whoever asks, one piece at a time for each client, and never endless."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from api.budgets import CLIENT, Budgets
from api.errands import Errands
from kg.errors import BackendBusyError, BudgetSpentError
from kg.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


def request() -> Request:
    return Request({"type": "http", "state": {}})


def spend(seconds: float) -> None:
    """Use that much CPU time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def in_loop(settings: Settings, work: Callable[[Errands], object]) -> None:
    """Run a coroutine function with errands of its own."""

    async def run() -> None:
        errands = Errands(Budgets(settings), settings)
        try:
            await work(errands)  # type: ignore[misc]
        finally:
            errands.close()

    asyncio.run(run())


def test_work_is_paid_for_until_nothing_is_left() -> None:
    async def work(errands: Errands) -> None:
        CLIENT.set("192.0.2.1")
        asked = request()
        assert await errands.run(asked, lambda: (spend(0.06), "done")[1]) == "done"
        assert asked.state.timings_s["work"] >= 0.05
        with pytest.raises(BudgetSpentError):
            await errands.run(request(), lambda: "never")
        CLIENT.set("192.0.2.2")
        assert await errands.run(request(), lambda: "another client") == "another client"

    in_loop(Settings(budget_s=0.05), work)


async def hung_up(errands: Errands, *works: Callable[[], object]) -> None:
    """Ask for work, and hang up while it is done."""
    task = asyncio.create_task(errands.run_each(request(), works))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_who_hangs_up_pays_for_all_that_is_worked_on() -> None:
    async def work(errands: Errands) -> None:
        CLIENT.set("192.0.2.1")
        await hung_up(errands, lambda: spend(0.4))
        # Its turn comes when that is done, and paid; what it then asks for is the last.
        await errands.run(request(), lambda: None)
        with pytest.raises(BudgetSpentError):
            await errands.run(request(), lambda: "never")

    in_loop(Settings(budget_s=0.35), work)


def test_work_that_fails_is_paid_for_and_frees_the_turn() -> None:
    def fail() -> None:
        spend(0.06)
        raise ZeroDivisionError

    async def work(errands: Errands) -> None:
        CLIENT.set("192.0.2.1")
        with pytest.raises(ZeroDivisionError):
            await errands.run(request(), fail)
        with pytest.raises(BudgetSpentError):
            await errands.run(request(), lambda: "never")

    in_loop(Settings(budget_s=0.05), work)


def test_who_hangs_up_keeps_its_one_thread_and_others_go_on() -> None:
    async def work(errands: Errands) -> None:
        gate, begun = threading.Event(), []
        CLIENT.set("192.0.2.1")
        for number in range(4):
            await hung_up(errands, lambda number=number: (begun.append(number), gate.wait(10)))  # type: ignore[misc]
        CLIENT.set("192.0.2.2")
        assert await asyncio.wait_for(errands.run(request(), lambda: "at once"), 5) == "at once"
        assert begun == [0]
        gate.set()

    in_loop(Settings(), work)


def test_nothing_more_is_done_for_who_hung_up() -> None:
    async def work(errands: Errands) -> None:
        gate, begun = threading.Event(), []
        CLIENT.set("192.0.2.1")
        works = [lambda number=number: (begun.append(number), gate.wait(10)) for number in range(4)]  # type: ignore[misc]
        await hung_up(errands, *works)
        gate.set()
        assert await errands.run(request(), lambda: "next") == "next"
        assert begun == [0]

    in_loop(Settings(), work)


def test_others_have_their_turn_between_two_pieces_of_work() -> None:
    async def work(errands: Errands) -> None:
        done: list[str] = []

        def piece(name: str) -> None:
            spend(0.02)
            done.append(name)

        async def ask(client: str, pieces: int) -> None:
            CLIENT.set(client)
            await errands.run_each(request(), [partial(piece, client)] * pieces)

        await asyncio.gather(ask("192.0.2.1", 20), ask("192.0.2.2", 20), ask("192.0.2.3", 1))
        assert done.index("192.0.2.3") < 10

    in_loop(Settings(), work)


def test_a_client_has_one_piece_of_work_under_way_and_others_go_on() -> None:
    async def work(errands: Errands) -> None:
        gate = threading.Event()
        CLIENT.set("192.0.2.1")
        greedy = [asyncio.create_task(errands.run(request(), lambda: gate.wait(5))) for _ in range(20)]
        await asyncio.sleep(0.05)
        CLIENT.set("192.0.2.2")
        assert await asyncio.wait_for(errands.run(request(), lambda: "at once"), 5) == "at once"
        gate.set()
        assert await asyncio.gather(*greedy) == [True] * 20

    in_loop(Settings(), work)


def test_work_that_takes_too_long_is_given_up_and_the_next_goes_on() -> None:
    async def work(errands: Errands) -> None:
        gate = threading.Event()
        CLIENT.set("192.0.2.1")
        with pytest.raises(BackendBusyError):
            await errands.run(request(), lambda: gate.wait(5))
        CLIENT.set("192.0.2.2")
        assert await errands.run(request(), lambda: "next") == "next"
        gate.set()

    in_loop(Settings(queue_timeout_s=0.1, query_timeout_s=0.1), work)
