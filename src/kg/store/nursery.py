"""Where workers come from, as the pool sees it: one zygote process, started again should it ever end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Final

from ..errors import ReleaseError
from .child import Child
from .frames import PID, Ready

if TYPE_CHECKING:
    from .frames import Orders

__all__ = ["Nursery"]

_MESSAGE_BYTES_MAX: Final = 2**16


class Nursery:
    """Forks workers, one after the other. ``start`` first, ``aclose`` at the end.

    Attributes:
        isolated: whether its workers have left the network.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._zygote: _Zygote | None = None
        self._turn = asyncio.Lock()
        self.isolated = False

    async def start(self) -> None:
        """Start the zygote, and wait until it has loaded what workers share.

        Raises:
            ReleaseError: the release cannot be loaded, or the process ended before it was.
        """
        async with self._turn:
            await self._living_zygote()

    async def fork(self) -> Child:
        """A new worker, its store open; if the zygote is gone, from another one.

        Raises:
            ReleaseError: the release cannot be opened, the zygote ended, or this process may open no further file.
        """
        ours, theirs = socket.socketpair()
        with ExitStack() as undo, theirs:
            undo.callback(ours.close)
            async with self._turn:
                zygote = await self._living_zygote()
                pid, process = await zygote.fork(theirs)
            undo.pop_all()
        child = Child(pid, process, ours)
        await child.greet()
        return child

    async def aclose(self) -> None:
        """Kill the zygote, and wait until nothing of it is left."""
        async with self._turn:
            await self._end_zygote()

    async def _living_zygote(self) -> _Zygote:
        if self._zygote is None or self._zygote.has_ended():
            await self._end_zygote()
            self._zygote = _Zygote()
            async with AsyncExitStack() as undo:
                undo.push_async_callback(self._end_zygote)
                ready = await self._zygote.greet(self._orders)
                undo.pop_all()
            self.isolated = ready.isolated
        return self._zygote

    async def _end_zygote(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            await zygote.end()


class _Zygote:
    """The process, and the socket to it."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._control.settimeout(0)
        # Its words go nowhere: the engine's panics quote the query.
        quiet = subprocess.DEVNULL
        with ExitStack() as undo, theirs:
            undo.callback(self._control.close)
            self._process = subprocess.Popen(  # noqa: S603 - our own program, with no word of a client's
                [sys.executable, "-P", "-m", "kg.store.zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=quiet,
                stdout=quiet,
                stderr=quiet,
            )
            undo.pop_all()

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    async def greet(self, orders: Orders) -> Ready:
        try:
            self._control.send(orders.encode())
            content, _ = await self._receive()
        except ConnectionError as error:
            raise ReleaseError("The process that query workers are forked from ended while it was starting.") from error
        ready = Ready.decode(content)
        if ready.error:
            raise ReleaseError(f"The release cannot be loaded ({orders.dataset}): {ready.error}")
        return ready

    async def fork(self, connection: socket.socket) -> tuple[int, int]:
        """The process id of a new worker, and a descriptor of the process.

        Raises:
            ReleaseError: the zygote ended, or this process may open no further file.
        """
        try:
            socket.send_fds(self._control, [b"f"], [connection.fileno()])
            content, descriptors = await self._receive()
        except OSError as error:
            self._process.kill()
            raise ReleaseError("The process that query workers are forked from has ended.") from error
        except asyncio.CancelledError:
            self._process.kill()  # its answer would be taken for that to the next request
            raise
        if not descriptors:
            # The kernel drops what there is no room for; the worker ends when it finds nobody at its socket.
            raise ReleaseError("No descriptor of a new query worker could be received: too many files are open.")
        return PID.unpack(content)[0], descriptors[0]

    async def _receive(self) -> tuple[bytes, list[int]]:
        await _readable(self._control.fileno())
        content, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES_MAX, 1)
        if not content:
            raise ConnectionResetError
        return content, descriptors

    async def end(self) -> None:
        self._control.close()
        if self.has_ended():
            return
        process = os.pidfd_open(self._process.pid)  # still ours: only this class waits for it
        try:
            signal.pidfd_send_signal(process, signal.SIGKILL)
            await _readable(process)
        finally:
            os.close(process)
            self._process.wait()


async def _readable(descriptor: int) -> None:
    """Wait until something can be read from a descriptor, or until the process that it stands for has ended."""
    loop = asyncio.get_running_loop()
    event = loop.create_future()
    loop.add_reader(descriptor, _tell, event)
    try:
        await event
    finally:
        loop.remove_reader(descriptor)


def _tell(event: asyncio.Future[None]) -> None:
    if not event.done():
        event.set_result(None)
