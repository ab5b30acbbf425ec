"""A pool of disposable workers over one immutable release. The parent keeps the clock, and kills.

The engine can be neither interrupted nor trusted with its own stack, so a query runs in a process that is thrown away
when the query is over its deadline, over its memory, or no longer wanted. One warm worker more than may run at once
stands ready, so that after a kill nobody waits for a start.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

from ..errors import BackendBusyError, QueryTimeoutError, ReleaseError
from .child import Child
from .frames import WorkerOrders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Coroutine
    from pathlib import Path

    from ..settings import Settings
    from .backend import Answer, QueryRequest

__all__ = ["PoolLimits", "WorkerPool"]

T = TypeVar("T")

_LOG: Final = logging.getLogger(__name__)

_SPARES: Final = 1
_RETRY_FIRST_S: Final = 0.5
_RETRY_LAST_S: Final = 30.0
_CPU_MARGIN_S: Final = 1
# Measured on pyoxigraph 0.5.13: at most 1.9 kB of stack per byte of query (a run of "{"); twice that, in whole pages.
_STACK_BYTES_PER_QUERY_BYTE: Final = 4096


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What the workers of a pool may take; each is the setting of its name.

    Attributes:
        workers: queries that run at once.
        query_timeout_s: seconds from the moment a worker is free to the last byte of its answer.
        queue_timeout_s: seconds that a query waits for a free worker.
        worker_memory_bytes: memory of one query, beyond what an idle worker has mapped.
        query_bytes_max: longest query; it sets the workers' stack.
        result_bytes_max: largest result, as serialised.
    """

    workers: int
    query_timeout_s: float
    queue_timeout_s: float
    worker_memory_bytes: int
    query_bytes_max: int
    result_bytes_max: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that an operator has set."""
        return cls(
            workers=settings.workers,
            query_timeout_s=settings.query_timeout_s,
            queue_timeout_s=settings.queue_timeout_s,
            worker_memory_bytes=settings.worker_memory_mb * 2**20,
            query_bytes_max=settings.query_bytes_max,
            result_bytes_max=settings.result_bytes_max,
        )


class WorkerPool:
    """Answers queries over one release; use it as an asynchronous context manager, or ``start`` and ``aclose``."""

    def __init__(self, store: Path, limits: PoolLimits) -> None:
        self._limits = limits
        self._orders = WorkerOrders(
            store=str(store),
            memory_bytes=limits.worker_memory_bytes,
            stack_bytes=limits.query_bytes_max * _STACK_BYTES_PER_QUERY_BYTE,
            result_bytes_max=limits.result_bytes_max,
            cpu_s=math.ceil(limits.query_timeout_s) + _CPU_MARGIN_S,
        )
        self._places = asyncio.Semaphore(limits.workers)
        self._idle: asyncio.Queue[Child] = asyncio.Queue()
        self._children: set[Child] = set()
        self._starts: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.aclose()

    @property
    def worker_pids(self) -> frozenset[int]:
        """Process ids of the workers that run or stand ready."""
        return frozenset(child.pid for child in self._children)

    async def start(self) -> None:
        """Start all workers.

        Raises:
            ReleaseError: the store cannot be opened; nothing is left running.
        """
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.aclose)
            starts = (self._add_child() for _ in range(self._limits.workers + _SPARES))
            for failure in await asyncio.gather(*starts, return_exceptions=True):
                if failure is not None:
                    raise failure
            undo.pop_all()
        if not all(child.isolated for child in self._children):
            _LOG.warning("The kernel does not let query workers leave the network. SERVICE is refused all the same.")

    async def answer(self, request: QueryRequest) -> Answer:
        """Evaluate a query, as ``QueryBackend.answer`` promises; a cancelled call kills its worker."""
        async with self._free_child() as child:
            try:
                async with asyncio.timeout(self._limits.query_timeout_s):
                    return await child.ask(request)
            except TimeoutError as error:
                raise QueryTimeoutError(
                    f"The query was stopped after {self._limits.query_timeout_s:g} s (KG_QUERY_TIMEOUT_S). "
                    "Ask for less at once: name a property or a thing, or add LIMIT."
                ) from error

    async def aclose(self) -> None:
        """Kill all workers and wait until nothing of them is left."""
        self._closed = True
        for start in self._starts:
            start.cancel()
        await asyncio.gather(*self._starts, return_exceptions=True)
        await asyncio.gather(*self._ends, *(child.end() for child in self._children))
        self._children.clear()

    @asynccontextmanager
    async def _free_child(self) -> AsyncIterator[Child]:
        patience = asyncio.get_running_loop().time() + self._limits.queue_timeout_s
        await self._in_time(self._places.acquire(), patience)
        try:
            child = await self._in_time(self._idle.get(), patience)
            while not child.alive:
                self._give_back(child)
                child = await self._in_time(self._idle.get(), patience)
            try:
                yield child
            finally:
                self._give_back(child)
        finally:
            self._places.release()

    async def _in_time(self, awaited: Awaitable[T], patience: float) -> T:
        try:
            async with asyncio.timeout_at(patience):
                return await awaited
        except TimeoutError as error:
            raise BackendBusyError(
                f"All {self._limits.workers} query workers were busy for {self._limits.queue_timeout_s:g} s "
                "(KG_WORKERS, KG_QUEUE_TIMEOUT_S). Try again in a moment."
            ) from error

    def _give_back(self, child: Child) -> None:
        if self._closed:
            child.kill()  # `aclose` waits for it
        elif child.settled and child.alive:
            self._idle.put_nowait(child)
        else:
            child.kill()
            self._children.discard(child)
            _keep(self._ends, child.end())
            _keep(self._starts, self._replace())

    async def _add_child(self) -> None:
        child = await Child.start(self._orders)
        self._children.add(child)
        self._idle.put_nowait(child)

    async def _replace(self) -> None:
        wait_s = _RETRY_FIRST_S
        while not self._closed:
            try:
                await self._add_child()
            except (ReleaseError, OSError) as error:
                _LOG.warning("A query worker could not be started: %s. Next try in %g s.", error, wait_s)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _RETRY_LAST_S)
            else:
                return


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
    """Start a task that nobody awaits now, and hold it until it is done (the loop holds it weakly)."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
