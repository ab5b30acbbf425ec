"""Work that a web process does itself for a client: beside the event loop, in turn, and paid from the client's budget.

The index of names is asked here and in no worker: an answer takes milliseconds, and every question is bounded. So is
the text of a long query, which is read here, and the page of a result.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import thread_time
from typing import TYPE_CHECKING, Final, TypeVar
from weakref import WeakValueDictionary

from kg.errors import BackendBusyError
from kg.store.backend import QueryRequest

from .budgets import CLIENT
from .terms import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from concurrent.futures import Future

    from starlette.requests import Request

    from kg.settings import Settings
    from kg.store.backend import QueryBackend

    from .budgets import Budgets

__all__ = ["Errands", "errands_of"]

T = TypeVar("T")

# Python runs one thread at a time; the second is there for what the index does outside of it.
_THREADS: Final = 2


class Errands:
    """Runs work for clients; each has one piece under way at a time, those of its own wait."""

    def __init__(self, budgets: Budgets, settings: Settings) -> None:
        self._budgets = budgets
        self._patience_s = settings.queue_timeout_s + settings.query_timeout_s
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="errand")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, request: Request, work: Callable[[], T]) -> T:
        """Do some work, and charge the CPU time that it takes; ``run_each`` says what it raises."""
        return (await self.run_each(request, [work]))[0]

    async def run_each(self, request: Request, works: Iterable[Callable[[], T]]) -> list[T]:
        """Do one piece of work after the other; between two of them others have their turn, and who hung up is left.

        What is left to the client, and the time it took, are put into the state of the request ("budget", "timings_s").

        Raises:
            BudgetSpentError: the client has nothing left.
            BackendBusyError: its turn did not come, or the work was not done, in the time a query may take.
        """
        client, notes = CLIENT.get(), request.scope.setdefault("state", {})
        left = await self._budgets.check(client)
        notes.setdefault("budget", left)
        timings_s = notes.setdefault("timings_s", {"work": 0.0})
        async with self._in_time():
            return [await self._piece(client, work, timings_s) for work in works]

    async def do(self, client: str, work: Callable[[], T]) -> T:
        """Do some work of which the response tells nothing, and charge the CPU time; raises what ``run_each`` does."""
        await self._budgets.check(client)
        async with self._in_time():
            return await self._piece(client, work, {"work": 0.0})

    async def select(self, request: Request, backend: QueryBackend, text: str) -> list[Row]:
        """The rows of a query of ours that answers what a client asks; it is paid for like a query of the client's."""
        client = CLIENT.get()
        answer = await backend.answer(QueryRequest(text, client=client))
        work_s = answer.timings_s.get("work", 0.0)
        request.scope["state"]["timings_s"]["work"] += work_s
        await self._budgets.charge(client, work_s)
        return rows_of(json.loads(answer.read()))

    def close(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience_s):
                yield
        except TimeoutError as error:
            raise BackendBusyError("The service is busy with other work; try again in a moment.") from error

    async def _piece(self, client: str, work: Callable[[], T], timings_s: dict[str, float]) -> T:
        turn = self._turns.setdefault(client, asyncio.Lock())
        await turn.acquire()
        spent_s: list[float] = []
        job = self._threads.submit(_timed, work, spent_s)
        # Whoever hangs up neither gets for nothing what a thread goes on with, nor another thread beside it.
        paid = asyncio.create_task(self._paid(client, job, spent_s, turn))
        try:
            return await asyncio.shield(paid)
        except asyncio.CancelledError:
            job.cancel()  # unless it has begun
            raise
        finally:
            timings_s["work"] += sum(spent_s)

    async def _paid(self, client: str, job: Future[T], spent_s: list[float], turn: asyncio.Lock) -> T:
        try:
            return await asyncio.wrap_future(job)
        finally:
            try:
                await self._budgets.charge(client, sum(spent_s))
            finally:
                turn.release()


def _timed(work: Callable[[], T], spent_s: list[float]) -> T:
    began = thread_time()
    try:
        return work()
    finally:
        spent_s.append(thread_time() - began)


def errands_of(request: Request) -> Errands:
    """The errands of the application that a request came to."""
    errands: Errands = request.app.state.errands
    return errands
