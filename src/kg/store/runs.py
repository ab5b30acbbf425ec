"""One query on its way through a pool: its clock, its claim to a place, and its worker."""

from __future__ import annotations

import asyncio
import math
from time import monotonic
from typing import TYPE_CHECKING

from ..errors import BackendBusyError, QueryTimeoutError
from .child import KilledError
from .frames import encode_request
from .lanes import Turn

if TYPE_CHECKING:
    from .backend import QueryRequest
    from .child import Child, Result
    from .pool import PoolLimits

__all__ = ["Run", "closed_error"]


class Run:
    """One query on its way: its clock, its claim to a place, and its worker.

    Attributes:
        frame: the query as a worker is sent it.
        turn: its claim to a place.
        work_s: seconds for which workers were busy with it so far, those before it came here included.
        child: the worker that is busy with it.
        result: what it was answered; None where it ended without, or has not.
        evicted: whether its place in the long lane was given to somebody else.
    """

    def __init__(self, request: QueryRequest, limits: PoolLimits) -> None:
        self.frame = encode_request(request)
        self.turn = Turn(request.client, limits.queue_timeout_s - request.waited_s, self._evict)
        self.work_s = self._earlier_s = self._spent_s = request.spent_s
        self.child: Child | None = None
        self.result: Result | None = None
        self.evicted = False
        self._timeout_s, self._limit = limits.query_timeout_s, "KG_QUERY_TIMEOUT_S"
        if request.timeout_s is not None and request.timeout_s < self._timeout_s:
            self._timeout_s, self._limit = request.timeout_s, "the request's own limit"
        self._waited_s = request.waited_s
        self._loop = asyncio.get_running_loop()
        self._now = monotonic  # the clock of uvloop stands still for a millisecond at a time
        self._begun = self._asked = self._now()
        self._whole_s = limits.queue_timeout_s + limits.short_s + limits.query_timeout_s
        self._last = self._begun + self._whole_s - self._spent_s - self._waited_s

    def ask(self, child: Child) -> None:
        """Begin to work on it; its deadline counts from here."""
        self._earlier_s = self.work_s
        self._asked = self._now()
        child.ask(self.frame)

    async def wait(self, child: Child, seconds: float = math.inf) -> Result | None:
        """Wait for the reply; None if it did not come within some seconds, or the worker's place was taken away.

        Raises:
            QueryTimeoutError: it did not come by the deadline.
            QueryError: what the worker met.
        """
        end = self._asked + self._timeout_s - self._spent_s
        left_s = min(end, self._last) - self._now()
        timer = self._loop.call_later(max(0.0, min(seconds, left_s)), child.wake)
        try:
            result = self.result = await child.reply
        except KilledError:
            if self.evicted:
                return None
            raise closed_error() from None
        finally:
            timer.cancel()
            self.work_s = self._earlier_s + self._now() - self._asked
        if result is None and left_s <= seconds:
            if self._last < end:
                raise _timeout_error(self._whole_s, "its time from first to last, waiting included")
            raise _timeout_error(self._timeout_s, self._limit)
        return result

    @property
    def waited_s(self) -> float:
        """Seconds that it has waited, those before it came here included; when it is over."""
        return self._waited_s + self._now() - self._begun - (self.work_s - self._spent_s)

    def timings_s(self) -> dict[str, float]:
        """Seconds by stage, when it is over."""
        return {"queue": self.waited_s, "work": self.work_s}

    def _evict(self) -> None:
        self.evicted = True
        if self.child is not None:
            self.child.kill()


def _timeout_error(seconds: float, limit: str) -> QueryTimeoutError:
    return QueryTimeoutError(
        f"The query was stopped after {seconds:g} s ({limit}). "
        "Ask for less at once: name a property or a thing, or add LIMIT."
    )


def closed_error() -> BackendBusyError:
    """What is said to a query whose pool is closed."""
    return BackendBusyError("The workers that this query was given to are being closed. Try again in a moment.")
