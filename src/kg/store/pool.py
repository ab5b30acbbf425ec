"""A pool of disposable workers over one immutable release. The parent keeps the clock, and kills.

The engine can be neither interrupted nor trusted with its own stack, so a query runs in a process that is thrown away
when the query is over its deadline, over its memory, or no longer wanted. Workers are forked from a process that has
loaded all they share (``zygote``), and one more than may run at once stands ready: after a kill nobody waits.

There are two lanes. Every query starts in the short one. A query that is still running when it can no longer count as
short goes on in the long lane, with low priority; if there is no place, it is stopped, waits for one, and runs anew.
So light queries wait for light ones only. In both lanes places are shared out fairly between clients.

"Short" is counted in time on the CPU, so that a light query does not become a long one by others' work.

From first to last an answer takes at most ``queue_timeout_s + short_s + query_timeout_s``.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import AsyncExitStack
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final, Self

from ..errors import BackendBusyError, QueryError, ReleaseError
from .backend import Answer
from .frames import ColumnsPlace, Orders
from .lanes import Lane
from .nursery import Nursery
from .runs import Run, closed_error

if TYPE_CHECKING:
    from pathlib import Path

    from ..settings import Settings
    from .backend import QueryRequest
    from .child import Child, Result
    from .lanes import Turn

__all__ = ["PoolFigures", "PoolLimits", "WorkerPool"]

_LOG: Final = logging.getLogger(__name__)

_SPARES: Final = 1
# A query is no longer short if it had this share of a period of ``short_s`` on the CPU, or after so many periods.
_BUSY_SHARE: Final = 0.5
_SHORT_PERIODS: Final = 4
_RETRY_FIRST_S: Final = 0.05
_RETRY_LAST_S: Final = 30.0
_CPU_MARGIN_S: Final = 1
# Of the time that a query waits, its share for a short place among columns: the rest is for one at the index.
_SHORT_WAIT_SHARE: Final = 0.5
# Measured on pyoxigraph 0.5.13: at most 1.9 kB of stack per byte of query (a run of "{"); twice that, in whole pages.
_STACK_BYTES_PER_QUERY_BYTE: Final = 4096


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What the workers of a pool may take; each is the setting of its name.

    Attributes:
        workers: short queries that run at once.
        query_timeout_s: seconds that a query may run, where it runs to its end.
        queue_timeout_s: seconds that a query waits, in all.
        worker_memory_bytes: memory of one query, beyond what an idle worker has mapped.
        query_bytes_max: longest query; it sets the workers' stack.
        result_bytes_max: largest result, as serialised.
        long_workers: further queries that run at once, with low priority.
        short_s: seconds for which a query counts as short.
        memory_quads_max: a release of at most so many quads is held in memory.
        services: endpoints that SERVICE may name. If there is one, workers keep the network.
    """

    workers: int
    query_timeout_s: float
    queue_timeout_s: float
    worker_memory_bytes: int
    query_bytes_max: int
    result_bytes_max: int
    long_workers: int
    short_s: float
    memory_quads_max: int
    services: tuple[str, ...]

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
            long_workers=settings.long_workers,
            short_s=settings.short_s,
            memory_quads_max=settings.memory_quads_max,
            services=tuple(settings.services.split()),
        )


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """What a pool is doing, and has done since its start.

    Attributes:
        busy: queries that run in the short lane.
        long: queries that run in the long lane.
        waiting: queries that wait for a place in either.
        started: workers started so far.
        killed: workers killed or lost so far, those of ``aclose`` left out.
    """

    busy: int
    long: int
    waiting: int
    started: int
    killed: int

    def __add__(self, other: PoolFigures) -> PoolFigures:
        """The figures of two pools as one."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return PoolFigures(*(one + another for one, another in pairs))


class WorkerPool:
    """Answers queries over one release; use it as an asynchronous context manager, or ``start`` and ``aclose``.

    Args:
        store: the release's Oxigraph folder.
        limits: what queries may take.
        dataset: the release as N-Quads, packed with zstandard.
        quads: how many quads it has; if that is known and small enough, workers share ``dataset`` in memory.
        columns: where the release's columns are, for workers that answer from these and not from the index.
    """

    def __init__(
        self,
        store: Path,
        limits: PoolLimits,
        *,
        dataset: Path | None = None,
        quads: int | None = None,
        columns: ColumnsPlace | None = None,
    ) -> None:
        held = quads if dataset is not None and quads is not None and quads <= limits.memory_quads_max else None
        orders = Orders(
            store=str(store),
            dataset=None if held is None else str(dataset),
            quads=held or 0,
            memory_bytes=limits.worker_memory_bytes,
            stack_bytes=limits.query_bytes_max * _STACK_BYTES_PER_QUERY_BYTE,
            result_bytes_max=limits.result_bytes_max,
            cpu_s=(math.ceil(limits.query_timeout_s) + _CPU_MARGIN_S) * (1 if columns is None else columns.threads),
            services=limits.services,
            columns=columns,
        )
        setting = "KG_WORKERS" if columns is None else "KG_COLUMNS_WORKERS"
        self._limits = limits
        self._short_wait_s = math.inf if columns is None else limits.queue_timeout_s * _SHORT_WAIT_SHARE
        self._nursery = Nursery(orders)
        self._short = Lane(limits.workers, setting)
        self._long = Lane(limits.long_workers, "KG_LONG_WORKERS" if columns is None else setting, is_shared=True)
        self._children: set[Child] = set()
        self._idle: asyncio.LifoQueue[Child] = asyncio.LifoQueue()  # the last one's caches are warm
        self._starts: set[asyncio.Task[None]] = set()
        self._dying: set[asyncio.Future[None]] = set()
        self._started = self._killed = 0
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

    def figures(self) -> PoolFigures:
        """What it is doing, and has done."""
        return PoolFigures(
            busy=self._short.busy,
            long=self._long.busy,
            waiting=self._short.waiting + self._long.waiting,
            started=self._started,
            killed=self._killed,
        )

    async def start(self) -> None:
        """Load the release, and start all workers.

        Raises:
            ReleaseError: the release cannot be opened; nothing is left running.
        """
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.aclose)
            await self._nursery.start()
            for _ in range(self._limits.workers + _SPARES):
                await self._add_child()
            undo.pop_all()
        if not self._nursery.isolated and not self._limits.services:
            _LOG.warning("The kernel does not let query workers leave the network. SERVICE is refused all the same.")

    async def answer(self, request: QueryRequest) -> Answer:
        """Evaluate a query, as ``QueryBackend.answer`` promises; a cancelled call kills its worker."""
        run = Run(request, self._limits)
        try:
            result = await self._run_short(run)
            while result is None:
                result = await self._run_long(run)
        except QueryError as error:
            error.work_s, error.waited_s = run.work_s, run.waited_s
            raise
        return Answer(result.media_type, result.size_bytes, result.body, run.timings_s())

    async def aclose(self) -> None:
        """Kill all workers and wait until nothing of them is left."""
        self._closed = True
        for start in self._starts:
            start.cancel()
        await asyncio.gather(*self._starts, return_exceptions=True)
        for child in tuple(self._children):
            self._retire(child)
        await asyncio.gather(*self._dying)
        await self._nursery.aclose()

    async def _run_short(self, run: Run) -> Result | None:
        """Run a query while it is short, and on in the long lane if there is a place; None if it must run anew."""
        lane = self._short
        await lane.take(run.turn, self._short_wait_s - run.waited_s)
        try:
            child = await self._take_child(run)
            run.ask(child)
            result = await self._short_answer(run, child)
            if result is not None or not self._long.try_take(run.turn):
                return result
            lane.give_back(run.turn)
            lane = self._long
            self._lower(child)
            return await run.wait(child)
        finally:
            self._let_go(run)
            lane.give_back(run.turn)

    async def _short_answer(self, run: Run, child: Child) -> Result | None:
        """Wait for the reply to a query for as long as it counts as short; None if it did not come.

        A light query that others keep from the CPU is light all the same: it is given a little longer.
        """
        begun_s = child.cpu_s
        for _ in range(_SHORT_PERIODS):
            result = await run.wait(child, self._limits.short_s)
            if result is not None:
                return result
            if child.cpu_s - begun_s > self._limits.short_s * _BUSY_SHARE:
                break
        return None

    async def _run_long(self, run: Run) -> Result | None:
        """Run a query from its start, with low priority, when there is a place for it; None if that is taken away."""
        run.evicted = False
        await self._long.take(run.turn)
        try:
            child = await self._take_child(run)
            if run.evicted:
                return None
            self._lower(child)
            run.ask(child)
            return await run.wait(child)
        finally:
            self._let_go(run)
            self._long.give_back(run.turn)

    async def _take_child(self, run: Run) -> Child:
        """A free worker: almost always one stands ready."""
        while run.child is None or not run.child.is_free:
            if self._closed:
                raise closed_error()
            run.child = self._idle.get_nowait() if self._idle.qsize() else await self._next_child(run.turn)
        return run.child

    async def _next_child(self, turn: Turn) -> Child:
        try:
            async with asyncio.timeout(turn.patience_s):
                return await self._idle.get()
        except TimeoutError as error:
            raise BackendBusyError("No query worker could be started in time. Try again in a moment.") from error

    def _lower(self, child: Child) -> None:
        """Let a worker give way to all others; it stays so, and another takes its place in the short lane."""
        child.lower_priority()
        self._fill()

    def _let_go(self, run: Run) -> None:
        child, run.child = run.child, None
        if child is None:
            return
        child.forget(run.result)  # a reply may have come at the moment when nobody wanted it any more
        if child.is_free and not child.is_low and not self._closed:
            self._idle.put_nowait(child)
        else:
            self._retire(child)

    def _retire(self, child: Child) -> None:
        child.kill()
        if child in self._children:
            self._children.remove(child)
            self._dying.add(child.ended)
            child.ended.add_done_callback(self._dying.discard)
            self._forget_dead()
            if not self._closed:
                self._killed += 1
                self._fill()

    def _forget_dead(self) -> None:
        """Drop idle workers that somebody else has killed: the last in is the first out, so they would stay."""
        idle = [self._idle.get_nowait() for _ in range(self._idle.qsize())]
        for child in idle:
            if child.is_free:
                self._idle.put_nowait(child)

    def _fill(self) -> None:
        """Start as many workers as are missing; those of the long lane do not count."""
        if self._closed:
            return
        ready = sum(not child.is_low for child in self._children)
        starting = sum(not start.done() for start in self._starts)  # one that is done is still in the set for a moment
        for _ in range(ready + starting, self._limits.workers + _SPARES):
            task = asyncio.create_task(self._start_one())
            self._starts.add(task)  # the loop holds it weakly
            task.add_done_callback(self._starts.discard)

    async def _add_child(self) -> None:
        child = await self._nursery.fork()
        self._started += 1
        self._children.add(child)
        child.ended.add_done_callback(lambda _: self._retire(child))
        self._idle.put_nowait(child)

    async def _start_one(self) -> None:
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
