"""Work that a web process does itself for a client: beside the event loop, in turn, and paid from the client's budget.

The index of names is asked here and in no worker: an answer takes milliseconds, and every question is bounded.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Final, TypeVar
from weakref import WeakValueDictionary

from kg.errors import BackendBusyError
from kg.store.backend import QueryRequest

from .budgets import CLIENT
from .terms import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from kg.settings import Settings
    from kg.store.backend import QueryBackend

    from .budgets import Budgets

__all__ = ["Errands", "errands_of"]

T = TypeVar("T")

# Python runs one thread at a time; the second is there for what the index does outside of it.
_THREADS: Final = 2


class Errands:
    """Runs work for clients; each has one piece of work under way at a time, the others of its own wait."""

    def __init__(self, budgets: Budgets, settings: Settings) -> None:
        self._budgets = budgets
        self._patience_s = settings.queue_timeout_s + settings.query_timeout_s
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="errand")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, request: Request, work: Callable[[], T]) -> T:
        """Do some work, and charge the CPU time that it takes.

        What is left to the client, and the time it took, are put into the state of the request ("budget", "timings_s").

        Raises:
            BudgetSpentError: the client has nothing left.
            BackendBusyError: its turn did not come, or the work was not done, in the time a query may take.
        """
        client, notes = CLIENT.get(), request.scope.setdefault("state", {})
        left = await self._budgets.check(client)
        notes.setdefault("budget", left)
        timings_s = notes.setdefault("timings_s", {"work": 0.0})
        turn = self._turns.setdefault(client, asyncio.Lock())
        try:
            async with asyncio.timeout(self._patience_s), turn:
                return await self._paid(client, work, timings_s)
        except TimeoutError as error:
            raise BackendBusyError("The service is busy with other names; try again in a moment.") from error

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

    async def _paid(self, client: str, work: Callable[[], T], timings_s: dict[str, float]) -> T:
        began, work_s = perf_counter(), None
        try:
            done, work_s = await asyncio.get_running_loop().run_in_executor(self._threads, _timed, work)
        finally:
            # Whoever hangs up does not get for nothing what a thread goes on with.
            spent_s = perf_counter() - began if work_s is None else work_s
            timings_s["work"] += spent_s
            await self._budgets.charge(client, spent_s)
        return done


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = thread_time()
    return work(), thread_time() - began


def errands_of(request: Request) -> Errands:
    """The errands of the application that a request came to."""
    errands: Errands = request.app.state.errands
    return errands
