"""What a client may do to a connection: how much it sends, how long it takes, and when it hangs up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import Request

__all__ = ["read_body", "while_connected"]

T = TypeVar("T")


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


async def while_connected(request: Request, work: Coroutine[None, None, T]) -> T:
    """Do some work for as long as somebody waits for it; the body must have been read.

    Raises:
        ClientDisconnect: the client hung up, and the work was cancelled.
    """
    task = asyncio.create_task(work)
    watch = asyncio.create_task(_hang_up(request))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        for unfinished in (task, watch):
            unfinished.cancel()
        await asyncio.wait((task, watch))


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
