"""The pool under attack, with real processes: whatever kills a worker, the next query is answered and nothing stays."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from kg.errors import BackendBusyError, QueryResourceError, QueryTimeoutError, ResultTooLargeError
from tests.material_pool import ENDLESS, GREEDY, LIMITS, ask, pool, run, until, zygote_of
from tests.material_processes import children_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.store.pool import WorkerPool

KILLS: Final = 1000
LARGE: Final = "SELECT * { ?s ?p ?o . ?a ?p 'word 7' . ?b ?p ?o2 } LIMIT 20000"


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


async def hang_up(started: WorkerPool) -> None:
    query = asyncio.create_task(ask(started, ENDLESS))
    await asyncio.sleep(0.003)
    query.cancel()
    with pytest.raises(asyncio.CancelledError):
        await query


async def overrun(started: WorkerPool) -> None:
    with pytest.raises(QueryTimeoutError, match="the request's own limit"):
        await ask(started, ENDLESS, timeout_s=0.003)


async def kill_all(started: WorkerPool) -> None:
    """From outside; and wait until the pool has seen it."""
    before = started.worker_pids
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    while before & started.worker_pids:
        await asyncio.sleep(0.001)


async def die_at_work(started: WorkerPool) -> None:
    query = asyncio.create_task(ask(started, ENDLESS))
    await asyncio.sleep(0.003)
    await kill_all(started)
    with pytest.raises(QueryResourceError):
        await query


async def die_while_answering(started: WorkerPool) -> None:
    """Of an answer too large for the socket, the first piece is here when its worker dies."""
    query = asyncio.create_task(ask(started, LARGE))
    while not any(child._inbox._missing_bytes for child in started._children):
        await asyncio.sleep(0)
    await kill_all(started)
    with pytest.raises(QueryResourceError):
        await query


def test_a_thousand_kills_leave_no_zombie_no_descriptor_and_no_memory(store_path: Path, dataset_path: Path) -> None:
    causes = (hang_up, overrun, kill_all, die_at_work, overrun, die_while_answering)

    async def work() -> None:
        limits = replace(LIMITS, queue_timeout_s=60.0, short_s=60.0)
        async with pool(store_path, limits, dataset=dataset_path) as started:
            for cause in causes * 5:
                await cause(started)
                await ask(started)
            gc.collect()
            zygote, open_before, resident_before = zygote_of(started), descriptors(), resident_bytes()
            done = 0
            while started.figures().killed < KILLS:
                await causes[done % len(causes)](started)
                assert await ask(started)
                done += 1
            await until(lambda: set(children_of(zygote)) == started.worker_pids and len(started.worker_pids) == 3)
            assert "Z" not in children_of(zygote).values()
            assert descriptors() == open_before
            gc.collect()
            assert resident_bytes() - resident_before < 4 * 2**20
            assert zygote_of(started) == zygote

    run(work)


def test_a_query_that_dies_of_its_memory_is_told_so_and_harms_no_other(store_path: Path, dataset_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(LIMITS, short_s=60.0), dataset=dataset_path) as started:
            for _ in range(5):
                greedy = asyncio.create_task(ask(started, GREEDY))
                assert b'"2000"' in await ask(started, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
                with pytest.raises(QueryResourceError, match="KG_WORKER_MEMORY_MB") as stopped:
                    await greedy
                assert stopped.value.work_s > 0

    run(work)


def test_the_kernel_ends_a_query_that_the_parent_does_not(store_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second clock, of CPU time: here the parent's own never rings."""
    limits = replace(LIMITS, query_timeout_s=600.0, short_s=60.0)  # not in the long lane, which may get little time
    monkeypatch.setattr("kg.store.pool._CPU_MARGIN_S", -599)

    async def work() -> None:
        async with pool(store_path, limits) as started:
            with pytest.raises(QueryResourceError):
                await ask(started, ENDLESS)
            assert await ask(started)

    run(work)


def test_a_worker_that_dies_while_it_answers_gives_no_part_of_the_answer(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(LIMITS, short_s=60.0)) as started:
            whole = await ask(started, LARGE)
            assert whole.endswith(b"]}}")
            for _ in range(10):
                await die_while_answering(started)
            assert await ask(started, LARGE) == whole

    run(work)


def test_a_result_over_the_cap_is_refused_before_it_is_whole(store_path: Path) -> None:
    """Eight thousand million rows are never evaluated: the first ones over the cap end it."""

    async def work() -> None:
        async with pool(store_path, replace(LIMITS, result_bytes_max=10_000)) as started:
            with pytest.raises(ResultTooLargeError):
                await ask(started, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
            before = started.figures()
            assert await ask(started)
            assert started.figures() == before  # its worker is as good as new

    run(work)


def test_a_dump_over_the_cap_is_refused_long_before_it_fills_the_memory(store_path: Path) -> None:
    """The engine keeps every triple of a CONSTRUCT, to write none twice: here they would be four million."""

    async def work() -> None:
        async with pool(store_path) as started:
            with pytest.raises(ResultTooLargeError):
                await ask(started, "CONSTRUCT { ?a <http://example.com/p> ?d } { ?a ?b ?c . ?d ?e ?f }")
            assert await ask(started)

    run(work)


@pytest.mark.parametrize("held", ["in memory", "on disk"])
def test_a_pool_recovers_when_the_zygote_is_killed(store_path: Path, dataset_path: Path, held: str) -> None:
    async def work() -> None:
        async with pool(store_path, dataset=dataset_path if held == "in memory" else None) as started:
            before, zygote = started.worker_pids, zygote_of(started)
            query = asyncio.create_task(ask(started, ENDLESS))
            await asyncio.sleep(0.05)
            os.kill(zygote, signal.SIGKILL)
            with pytest.raises(QueryResourceError):
                await query
            await until(lambda: not before & started.worker_pids)
            assert b'"2000"' in await ask(started, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
            await until(lambda: len(started.worker_pids) == 3)
            assert zygote_of(started) != zygote
            assert not any(is_running(pid) for pid in (zygote, *before))

    run(work)


@pytest.mark.parametrize("room", range(5))
def test_a_worker_that_is_lost_while_too_many_files_are_open_is_replaced_when_there_is_room(
    store_path: Path, room: int, caplog: pytest.LogCaptureFixture
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def work() -> None:
        async with pool(store_path) as started:
            started._retire(next(iter(started._children)))
            with ExitStack() as files:
                files.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
                taken = max(int(path.name) for path in Path("/proc/self/fd").iterdir()) + 1
                resource.setrlimit(resource.RLIMIT_NOFILE, (taken + 8, hard))
                opened = list(files_until_there_is_no_room())
                for descriptor in opened[room:]:
                    files.callback(os.close, descriptor)
                for descriptor in opened[:room]:
                    os.close(descriptor)
                await asyncio.sleep(0.3)
            await until(lambda: len(started.worker_pids) == LIMITS.workers + 1)
            assert await ask(started)

    run(work)

    assert [record for record in caplog.records if record.exc_info] == []


def files_until_there_is_no_room() -> Iterator[int]:
    with suppress(OSError):
        while True:
            yield os.open(os.devnull, os.O_RDONLY)


def test_neither_zygote_nor_workers_outlive_a_parent_that_is_killed(store_path: Path, dataset_path: Path) -> None:
    program = f"""
import asyncio, pathlib
from tests.material_pool import ENDLESS, ask, pool, zygote_of
async def main():
    async with pool(pathlib.Path({str(store_path)!r}), dataset=pathlib.Path({str(dataset_path)!r})) as started:
        query = asyncio.create_task(ask(started, ENDLESS))
        async with asyncio.timeout(20):
            while len(started.worker_pids) < 4:
                await asyncio.sleep(0.05)
        print(zygote_of(started), *started.worker_pids, flush=True)
        await query
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        processes = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()

    assert len(processes) == 5  # the zygote, three workers ready, one in the long lane
    asyncio.run(until(lambda: not any(is_running(pid) for pid in processes)))


def test_closing_a_pool_that_is_at_work_leaves_nothing(store_path: Path, dataset_path: Path) -> None:
    async def work() -> list[int]:
        async with pool(store_path, dataset=dataset_path) as started:
            queries = [asyncio.create_task(ask(started, ENDLESS)) for _ in range(6)]
            await asyncio.sleep(0.6)
            processes = [zygote_of(started), *started.worker_pids]
        outcomes = await asyncio.wait_for(asyncio.gather(*queries, return_exceptions=True), timeout=20)
        assert {type(outcome) for outcome in outcomes} == {BackendBusyError}
        return processes

    before = descriptors()
    assert not any(is_running(pid) for pid in run(work))
    assert descriptors() == before


def test_every_worker_draws_its_own_lots(store_path: Path, dataset_path: Path) -> None:
    """Forks of one process share its generators of random numbers, if these were ever used."""

    async def work() -> set[bytes]:
        async with pool(store_path, dataset=dataset_path) as started:
            found = set()
            for _ in range(8):
                found.add(await ask(started, "SELECT (UUID() AS ?u) (RAND() AS ?r) (BNODE() AS ?b) {}"))
                await hang_up(started)
            return found

    assert len(run(work)) == 8


def test_a_worker_has_no_file_open_but_its_own(store_path: Path, dataset_path: Path) -> None:
    """Neither the parent's files nor the socket that the zygote takes orders from."""

    async def work() -> None:
        async with pool(store_path, dataset=dataset_path) as started:
            for pid in started.worker_pids:
                links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
                assert sorted(name.partition(":")[0] for name in links) == [*["/dev/null"] * 3, "socket"]

    run(work)
