"""The two lanes, with real processes: light queries wait for light ones only, and nobody has the long lane alone."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kg.errors import BackendBusyError, QueryTimeoutError, ResultTooLargeError
from kg.store.backend import QueryRequest
from kg.store.pool import PoolFigures
from tests.material_pool import ENDLESS, LIMITS, ask, pool, run, until

if TYPE_CHECKING:
    from kg.store.pool import WorkerPool

# Four million pairs: some tenths of a second, wherever it runs.
MEDIUM = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
PATIENT = replace(LIMITS, queue_timeout_s=120.0, query_timeout_s=120.0, short_s=0.05)


def nice_of(pid: int) -> set[int]:
    """The priorities of all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int((task / "stat").read_text().rpartition(")")[2].split()[16]) for task in tasks}


def heavy(started: WorkerPool, clients: str, text: str = ENDLESS) -> list[asyncio.Task[bytes]]:
    """One query for each client."""
    return [asyncio.create_task(ask(started, text, client=client)) for client in clients]


async def stop(queries: list[asyncio.Task[bytes]]) -> None:
    for query in queries:
        query.cancel()
    await asyncio.gather(*queries, return_exceptions=True)


@pytest.mark.parametrize("clients", ["abcdefgh", "aaaaaaaa"])
def test_light_queries_are_answered_while_heavy_ones_run_and_wait(store_path: Path, clients: str) -> None:
    """Even if all come from one address, as behind a proxy: the lane tells them apart, not the client."""

    async def work() -> None:
        async with pool(store_path, replace(PATIENT, workers=1, long_workers=1)) as started:
            queries = heavy(started, clients)
            for _ in range(50):
                assert await ask(started, client="light" if "b" in clients else "a")
            assert not any(query.done() for query in queries)
            await until(lambda: started.figures().waiting == 7)
            assert await ask(started, client="light")
            assert started.figures().long == 1
            await stop(queries)

    run(work)


def test_a_query_that_is_no_longer_short_goes_on_with_low_priority_and_is_answered(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, PATIENT) as started:
            before = started.worker_pids
            query = asyncio.create_task(started.answer(QueryRequest(MEDIUM)))
            await until(lambda: started.figures().long == 1)
            assert started.figures().busy == 0
            low = [pid for pid in before if nice_of(pid) != {os.getpriority(os.PRIO_PROCESS, 0)}]
            assert [nice_of(pid) for pid in low] == [{os.getpriority(os.PRIO_PROCESS, 0) + 10}]
            answer = await query
            assert b'"4000000"' in answer.read()
            assert answer.timings_s["work"] > 0.05
            assert 0 <= answer.timings_s["queue"] < answer.timings_s["work"]
            # Its priority cannot be raised again, so it goes; another stands ready since it left the short lane.
            assert low[0] not in started.worker_pids
            await until(lambda: len(started.worker_pids) == 3)
            assert started.figures() == PoolFigures(busy=0, long=0, waiting=0, started=4, killed=1)

    run(work)


def test_where_the_long_lane_is_full_a_query_waits_for_it_and_runs_anew(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(PATIENT, long_workers=1)) as started:
            endless = heavy(started, "a")
            await until(lambda: started.figures().long == 1)
            waiting = asyncio.create_task(started.answer(QueryRequest(MEDIUM, client="b")))
            await until(lambda: started.figures().waiting == 1)
            assert started.figures().busy == 0
            assert await ask(started, client="b")
            await stop(endless)
            answer = await waiting
            assert b'"4000000"' in answer.read()
            assert answer.timings_s["queue"] > 0

    run(work)


def test_who_waits_too_long_for_the_long_lane_is_told_so(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(PATIENT, long_workers=1, queue_timeout_s=0.3)) as started:
            endless = heavy(started, "a")
            await until(lambda: started.figures().long == 1)
            with pytest.raises(BackendBusyError, match="KG_LONG_WORKERS") as refused:
                await ask(started, ENDLESS, client="b")
            assert refused.value.work_s >= 0.05
            assert not endless[0].done()
            await stop(endless)

    run(work)


def test_a_client_does_not_hold_all_long_places_while_another_wants_one(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, PATIENT) as started:
            endless = heavy(started, "aaa")
            await until(lambda: started.figures().long == 2 and started.figures().waiting == 1)
            assert b'"4000000"' in await ask(started, MEDIUM, client="b")
            assert not any(query.done() for query in endless)
            await until(lambda: started.figures().long == 2 and started.figures().waiting == 1)
            await stop(endless)
            await until(lambda: started.figures().long == 0)
            assert await ask(started)

    run(work)


def test_a_request_may_lower_its_deadline_and_not_raise_it(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(LIMITS, query_timeout_s=0.6)) as started:
            with pytest.raises(QueryTimeoutError, match=r"0\.1 s \(the request's own limit\)") as own:
                await ask(started, ENDLESS, timeout_s=0.1)
            assert 0.1 <= own.value.work_s < 0.6
            with pytest.raises(QueryTimeoutError, match=r"0\.6 s \(KG_QUERY_TIMEOUT_S\)") as ours:
                await ask(started, ENDLESS, timeout_s=30)
            assert ours.value.work_s >= 0.6

    run(work)


def test_a_deadline_in_the_long_lane_counts_the_work_done_there(store_path: Path) -> None:
    """A query that ran anew has the whole of its time; beside other work, either of the two may be that one."""

    async def work() -> None:
        limits = replace(PATIENT, long_workers=1, query_timeout_s=1.0, short_s=0.2)
        async with pool(store_path, limits) as started:
            stopped = await asyncio.gather(*heavy(started, "ab"), return_exceptions=True)
            assert [type(error) for error in stopped] == [QueryTimeoutError] * 2
            went_on_s, ran_anew_s = sorted(error.work_s for error in stopped if isinstance(error, QueryTimeoutError))
            assert went_on_s >= 1.0
            assert ran_anew_s >= 1.2

    run(work)


def test_a_result_over_the_cap_says_how_long_a_worker_was_busy_with_it(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(LIMITS, result_bytes_max=1024)) as started:
            with pytest.raises(ResultTooLargeError) as stopped:
                await ask(started, "SELECT * { ?s ?p ?o }")
            assert stopped.value.work_s > 0

    run(work)


def test_a_light_query_that_others_keep_from_the_cpu_stays_a_short_one(store_path: Path) -> None:
    """Time in which its worker could not run does not count, be it twice as long as a query may be short."""

    async def work() -> None:
        async with pool(store_path, replace(PATIENT, workers=1, long_workers=1, short_s=0.2)) as started:
            before = started.worker_pids
            for pid in before:
                os.kill(pid, signal.SIGSTOP)
            # A signal takes its time: a worker may have answered before it stands still.
            while any(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T" for pid in before):
                await asyncio.sleep(0.01)
            query = asyncio.create_task(ask(started))
            await asyncio.sleep(0.4)
            assert (started.figures().busy, started.figures().long) == (1, 0)
            for pid in before:
                os.kill(pid, signal.SIGCONT)
            assert await query
            assert (started.worker_pids, started.figures().killed) == (before, 0)

    run(work)
