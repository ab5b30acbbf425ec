"""Leaves an endpoint alone while it is down, so that nobody waits for what will not come."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

from ..errors import RemoteUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Circuit"]

_FAILURES_MAX: Final = 5


class Circuit:
    """Closed while the endpoint answers, open while it does not (a circuit breaker).

    A failure may be the fault of one heavy query, so failures alone open nothing. After some in a row the endpoint is
    asked the simplest question there is, beside the clients' queries; only if it does not answer that, queries are
    refused. The question is asked again after each pause, and the first answer closes the circuit.

    Args:
        is_there: asks the question; it raises nothing.
        pause_s: seconds between two questions while the circuit is open.
    """

    def __init__(self, is_there: Callable[[], Awaitable[bool]], *, pause_s: float) -> None:
        self._is_there = is_there
        self._pause_s = pause_s
        self._failures = 0
        self._open_until: float | None = None
        self._watch: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Do nothing if the endpoint may be asked.

        Raises:
            RemoteUnavailableError: the circuit is open.
        """
        if self._open_until is not None:
            wait_s = max(1, math.ceil(self._open_until - asyncio.get_running_loop().time()))
            raise RemoteUnavailableError(
                "The endpoint behind this service does not answer and is left alone for a moment.", retry_after_s=wait_s
            )

    def note_answer(self) -> None:
        """The endpoint has answered, be it with a refusal."""
        self._failures = 0

    def note_failure(self) -> None:
        """It has failed, or was too slow."""
        self._failures += 1
        if self._failures >= _FAILURES_MAX and self._watch is None:
            self._watch = asyncio.create_task(self._ask_until_it_answers())

    async def aclose(self) -> None:
        """Ask no more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _ask_until_it_answers(self) -> None:
        while not await self._is_there():
            self._open_until = asyncio.get_running_loop().time() + self._pause_s
            await asyncio.sleep(self._pause_s)
        self._open_until = None
        self._failures = 0
        self._watch = None
