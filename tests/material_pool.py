"""Pools for tests: limits, queries that are a nuisance, and what must be gone when a pool is closed."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from kg.store.backend import QueryRequest
from kg.store.pool import PoolLimits, WorkerPool
from tests.material_processes import children_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

T = TypeVar("T")

LIMITS = PoolLimits(
    workers=2,
    query_timeout_s=30.0,
    queue_timeout_s=10.0,
    worker_memory_bytes=256 * 2**20,
    query_bytes_max=65_536,
    result_bytes_max=8 * 2**20,
    long_workers=2,
    short_s=0.25,
    memory_quads_max=10_000,
    services=(),
)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# Ten letters, doubled until they are 40 GB.
GREEDY = (
    'SELECT (STRLEN(?x32) AS ?n) { BIND("abcdefghij" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(32))
    + " }"
)


@asynccontextmanager
async def pool(store: Path, limits: PoolLimits = LIMITS, *, dataset: Path | None = None) -> AsyncIterator[WorkerPool]:
    """A started pool: from disk, or from a dataset in memory."""
    quads = None if dataset is None else 2002
    async with WorkerPool(store, limits, dataset=dataset, quads=quads) as started:
        yield started


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine, and see that no process outlives it."""

    async def watched() -> T:
        return await work()

    others = set(children_of(os.getpid()))  # servers of other tests
    result = asyncio.run(watched())
    assert set(children_of(os.getpid())) <= others
    return result


async def ask(started: WorkerPool, text: str = "ASK {}", *, client: str = "", timeout_s: float | None = None) -> bytes:
    """The whole answer to a query."""
    return (await started.answer(QueryRequest(text, client=client, timeout_s=timeout_s))).read()


async def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait for something that happens soon."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


def zygote_of(started: WorkerPool) -> int:
    """The process that the workers of a pool were forked from."""
    worker = next(iter(started.worker_pids))
    (zygote,) = (pid for pid in children_of(os.getpid()) if worker in children_of(pid))
    return zygote
