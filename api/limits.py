"""What a client may do to a connection: how much it sends, how long it takes, and when it hangs up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import Request

__all__ = ["HangUp", "read_body", "while_connected"]

T = TypeVar("T")

_UNWATCHED_S: Final = 0.05


async def read_body(request: Request, *, bytes_max: int, timeout_s: float) -> bytes:
    """Read a request body whole.

    Raises:
        HTTPException: 413, it is larger than ``bytes_max``, or says that it will be; 408, it took too long.
    """
    # What is left unread would be taken for the next request.
    close = {"Connection": "close"}
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > bytes_max:
        raise HTTPException(413, f"The body may be {bytes_max:,} bytes long.", close)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for piece in request.stream():
                body += piece
                if len(body) > bytes_max:
                    raise HTTPException(413, f"The body may be {bytes_max:,} bytes long.", close)
    except TimeoutError as error:
        raise HTTPException(408, f"The body was not here whole after {timeout_s:g} s.", close) from error
    return bytes(body)


class HangUp:
    """Cancels what a block waits for when the client hangs up; the body must have been read.

    Most answers are there before it would pay to look, so the look-out begins after a moment.
    """

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._watch: asyncio.Task[None] | None = None
        self._happened = False

    async def __aenter__(self) -> Self:
        """Look out from a moment later on."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = loop.call_later(_UNWATCHED_S, lambda: setattr(self, "_watch", loop.create_task(self._wait())))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop looking.

        Raises:
            ClientDisconnect: the client hung up, and the block was cancelled.
        """
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._happened and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise ClientDisconnect

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._happened = True
        self._task.cancel()


async def while_connected(request: Request, work: Coroutine[None, None, T]) -> T:
    """Do some work for as long as somebody waits for it; the body must have been read.

    Raises:
        ClientDisconnect: the client hung up, and the work was cancelled.
    """
    async with HangUp(request):
        return await work
