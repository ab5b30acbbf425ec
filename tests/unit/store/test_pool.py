"""The pool, with real worker processes: deadlines, deaths, hang-ups, and that nothing of a worker remains."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import (
    BackendBusyError,
    KgError,
    QueryResourceError,
    QueryTimeoutError,
    ReleaseError,
    ResultTooLargeError,
)
from kg.store.backend import QueryRequest
from kg.store.child import Child
from kg.store.pool import WorkerPool
from tests.material_pool import ENDLESS, GREEDY, LIMITS, ask, pool, run, until
from tests.material_processes import network_of

# The longest of each that fits into the bytes of a query: were it admitted, the stack must carry it.
CHAINS = {
    "or": "SELECT * { FILTER(1" + "||1" * 21_000 + ") }",
    "sum": "SELECT (1" + "+1" * 32_000 + " AS ?x) {}",
    "bind": "SELECT * { " + " ".join(f"BIND(1 AS ?x{n})" for n in range(3_700)) + " }",
    "filter": "SELECT * { ?s ?p ?o " + "FILTER(?s=?p)" * 4_900 + " }",
    "not exists": "SELECT * { ?s ?p ?o " + "FILTER NOT EXISTS{?s ?p ?o}" * 2_300 + " }",
    "values rows": "SELECT * { VALUES ?x {" + "1 " * 32_000 + "} }",
    "values columns": "SELECT * { VALUES (" + "".join(f"?v{n} " for n in range(7_000)) + ") {(" + "1 " * 7_000 + ")} }",
    "select": "SELECT " + "".join(f"(1 AS ?v{n})" for n in range(4_500)) + " { ?s ?p ?o }",
    "aggregates": "SELECT " + "".join(f"(COUNT(*) AS ?v{n})" for n in range(3_000)) + " { ?s ?p ?o }",
    "group by": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY " + "".join(f"(1 AS ?v{n})" for n in range(4_500)),
    "order by": "SELECT * { ?s ?p ?o } ORDER BY " + "(1)" * 21_000,
    "having": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } HAVING " + "(1)" * 21_000,
    "from": "SELECT * " + "FROM<x:a>" * 7_000 + " { ?s ?p ?o }",
    "describe": "DESCRIBE " + "<x:a>" * 13_000,
    "in": "SELECT * { ?s ?p ?o FILTER(?o IN (" + "1," * 32_000 + "1)) }",
    "template": "CONSTRUCT { " + "?s ?p []." * 7_000 + " } { ?s ?p ?o }",
    "exists": "SELECT * { FILTER(1" + "&&EXISTS{?s?p?o}" * 4_000 + ") }",
    "deep": "SELECT * { FILTER(" + "STR(" * 60 + "1" + ")" * 60 + ") }",
    "deep groups": "SELECT * " + "{" * 64 + "}" * 64,
    "deep exists": "SELECT * { " + "FILTER EXISTS{" * 60 + "?s ?p ?o" + "}" * 60 + " }",
}


def test_a_query_is_answered_whole(store_path: Path) -> None:
    async def work() -> bytes:
        async with pool(store_path) as started:
            return await ask(started, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")

    assert b'"2000"' in run(work)


def test_a_large_answer_passes_through_a_file_and_is_whole(store_path: Path) -> None:
    async def work() -> tuple[int, bytes]:
        async with pool(store_path) as started:
            answer = await started.answer(
                QueryRequest("SELECT * { ?s ?p ?o . ?a ?p 'word 7' . ?b ?p ?o2 } LIMIT 20000")
            )
            return answer.size_bytes, b"".join(answer.chunks())

    size, body = run(work)
    assert size == len(body) > 2 * 2**20
    assert body.endswith(b"]}}")


def test_a_slow_query_is_stopped_while_others_are_answered(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(LIMITS, query_timeout_s=1.5)) as started:
            before = started.worker_pids
            slow = asyncio.create_task(ask(started, ENDLESS))
            answered = 0
            while not slow.done():
                assert await ask(started)
                answered += 1
                await asyncio.sleep(0.01)
            with pytest.raises(QueryTimeoutError, match="KG_QUERY_TIMEOUT_S"):
                await slow
            assert answered > 10
            await until(lambda: len(started.worker_pids) == 3)
            assert len(before & started.worker_pids) == 2

    run(work)


def test_a_greedy_query_is_stopped_and_the_next_is_answered(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path) as started:
            with pytest.raises(QueryResourceError, match="KG_WORKER_MEMORY_MB"):
                await ask(started, GREEDY)
            assert await ask(started)

    run(work)


def test_a_worker_that_keeps_much_of_its_memory_after_a_query_is_replaced(store_path: Path) -> None:
    """Otherwise the next query, an innocent one, would meet the limit. Here it is rdflib that stays loaded."""
    mentions_service = "ASK { ?s <http://example.com/service> ?o }"

    async def work() -> None:
        async with pool(store_path, replace(LIMITS, worker_memory_bytes=64 * 2**20)) as started:
            before = started.worker_pids
            assert await ask(started)
            assert started.worker_pids == before
            assert b"false" in await ask(started, mentions_service)
            assert len(before - started.worker_pids) == 1

    run(work)


def test_no_row_breaks_a_worker_even_without_admission(store_path: Path) -> None:
    """Some are too slow and some too large, but the stack holds."""

    async def outcome(started: WorkerPool, text: str) -> str:
        try:
            await ask(started, text)
        except KgError as error:
            return type(error).__name__
        return "answered"

    async def work() -> dict[str, str]:
        tight = replace(LIMITS, query_timeout_s=1.0, queue_timeout_s=60.0, worker_memory_bytes=2 * 2**30)
        async with pool(store_path, tight) as started:
            found = await asyncio.gather(*(outcome(started, text) for text in CHAINS.values()))
            return dict(zip(CHAINS, found, strict=True))

    fair = {"answered", QueryTimeoutError.__name__, ResultTooLargeError.__name__}
    assert {name: found for name, found in run(work).items() if found not in fair} == {}


def test_even_without_admission_the_longest_query_does_not_overflow_the_stack(store_path: Path) -> None:
    texts = [
        "SELECT (" + "STR(" * 13_000 + "1" + ")" * 13_000 + " AS ?x) {}",
        "SELECT * " + "{" * 32_700 + "}" * 32_700,
    ]

    async def work() -> None:
        async with pool(store_path, replace(LIMITS, worker_memory_bytes=2**30)) as started:
            for text in texts:
                assert await ask(started, text)

    run(work)


def test_a_client_that_hangs_up_frees_its_worker(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path) as started:
            before = started.worker_pids
            query = asyncio.create_task(ask(started, ENDLESS))
            await asyncio.sleep(0.2)
            query.cancel()
            with pytest.raises(asyncio.CancelledError):
                await query
            await until(lambda: len(started.worker_pids) == 3)
            assert len(before & started.worker_pids) == 2

    run(work)


def test_a_client_that_hangs_up_when_the_answer_comes_leaves_no_file_of_it(
    store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> set[str]:
        names = {str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
        return {name for name in names if name.endswith("(deleted)")}

    async def work() -> None:
        async with pool(store_path) as started:
            before, finish = files(), Child._finish
            query = asyncio.create_task(ask(started, "SELECT * { ?s ?p ?o . ?a ?p ?b } LIMIT 20000"))
            monkeypatch.setattr(Child, "_finish", lambda child: (finish(child), query.cancel()))
            with pytest.raises(asyncio.CancelledError):
                await query
            assert files() <= before

    run(work)


def test_who_waits_too_long_for_a_worker_is_told_so(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path, replace(LIMITS, queue_timeout_s=0.3, short_s=20.0)) as started:
            busy = [asyncio.create_task(ask(started, ENDLESS)) for _ in range(2)]
            await asyncio.sleep(0.1)
            with pytest.raises(BackendBusyError, match="KG_WORKERS") as refused:
                await ask(started)
            assert refused.value.work_s == 0
            for query in busy:
                query.cancel()
            await asyncio.gather(*busy, return_exceptions=True)
            assert await ask(started)

    run(work)


def test_a_worker_that_is_killed_from_outside_is_replaced(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path) as started:
            before = started.worker_pids
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            await until(lambda: not before & started.worker_pids)
            assert await ask(started)
            await until(lambda: started._idle.qsize() == len(started.worker_pids) == 3)  # the dead are forgotten

    run(work)


def test_a_worker_that_is_lost_the_moment_another_has_started_is_replaced(store_path: Path) -> None:
    async def work() -> None:
        async with pool(store_path) as started:
            for _ in range(3):
                started._retire(next(iter(started._children)))
                while len(started.worker_pids) < LIMITS.workers + 1:
                    await asyncio.sleep(0)
                started._retire(next(iter(started._children)))
                await until(lambda: len(started.worker_pids) == LIMITS.workers + 1)

    run(work)


def test_workers_have_left_the_network(store_path: Path) -> None:
    allowed = "import sys; from kg.store.isolation import leave_network; sys.exit(0 if leave_network() else 1)"
    if subprocess.run([sys.executable, "-c", allowed], check=False).returncode:
        pytest.skip("this kernel lets no process leave the network")

    async def work() -> None:
        async with pool(store_path) as started:
            for pid in started.worker_pids:
                assert network_of(pid) != network_of(os.getpid())

    run(work)


def test_a_store_that_is_missing_is_a_release_error(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(ReleaseError, match="cannot be opened"):
            await WorkerPool(tmp_path / "nothing", LIMITS).start()

    run(work)


def test_closing_twice_does_nothing_more(store_path: Path) -> None:
    async def work() -> None:
        started = WorkerPool(store_path, LIMITS)
        await started.start()
        await started.aclose()
        await started.aclose()

    run(work)
