"""One worker as the parent sees it: asked, lowered in priority, killed."""

from __future__ import annotations

import asyncio
import io
import math
import os
import signal
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from ..errors import QueryResourceError, ReleaseError
from .backend import IN_MEMORY_BYTES
from .frames import FAILED, READY, REPLY, WORN, error_of, media_type_of

if TYPE_CHECKING:
    import socket

__all__ = ["Child", "KilledError", "Result"]

_PIECE_BYTES: Final = 256 * 1024
# Enough to give way: beside a query at the priority it had, this one gets about a tenth of a core.
_LOWER_BY: Final = 10
_LOWEST: Final = 19
# The clock of a process that counts what the scheduler gave it (linux/posix-timers.h, CPUCLOCK_SCHED).
_SCHEDULED: Final = 2


class Result(NamedTuple):
    """What a worker answered: the media type and length of a body, and the body, open at its start."""

    media_type: str
    size_bytes: int
    body: IO[bytes]


class KilledError(Exception):
    """The worker was killed while it was at work."""


class Child:
    """A worker process and the socket to it.

    Args:
        pid: its process id.
        process: a descriptor of the process, which this object closes when the process has ended.
        connection: our end of the socket to it.

    Attributes:
        pid: its process id.
        is_low: whether its priority was lowered, which cannot be undone.
        reply: what it answers to what it was asked last; see ``ask`` and ``wake``.
        ended: done when nothing of the process is left; if it died, that is after all it said was read.
    """

    def __init__(self, pid: int, process: int, connection: socket.socket) -> None:
        self.pid = pid
        self.is_low = False
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._process = process
        self._connection = connection
        self.reply: asyncio.Future[Result | None] = self._loop.create_future()
        self._busy = False
        self._inbox = _Inbox()
        self._worn = False
        self._killed = False
        connection.settimeout(0)
        self._loop.add_reader(connection.fileno(), self._on_readable)

    async def greet(self) -> None:
        """Wait until its store is open.

        Raises:
            ReleaseError: the store cannot be opened, or the process ended before it was.
        """
        self._busy = True
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self._wait_for_end)
            undo.callback(self.kill)
            try:
                await self.reply
            except (KilledError, QueryResourceError) as error:
                raise ReleaseError("A query worker ended while it was starting.") from error
            undo.pop_all()

    async def _wait_for_end(self) -> None:
        await self.ended

    @property
    def is_free(self) -> bool:
        """Whether it has answered everything it was asked, and may be asked again."""
        return not self._killed and not self._busy and not self._worn

    def ask(self, frame: bytes) -> None:
        """Have a query evaluated; the result of ``reply`` is the whole answer.

        That future raises:
            QueryError: what the worker met.
            QueryResourceError: the worker died of the query.
            KilledError: it was killed.
        """
        self.reply = self._loop.create_future()
        self._busy = True
        self._send(frame)

    def wake(self) -> None:
        """Let who waits for the reply go on without it: the result is None, and the reply will be in a new future."""
        if self._busy and not self.reply.done():
            reply, self.reply = self.reply, self._loop.create_future()
            reply.set_result(None)

    def forget(self, taken: Result | None) -> None:
        """Let go of the last reply, and close its body, unless it is the one that was taken."""
        reply, self.reply = self.reply, self._loop.create_future()
        if reply.done() and not reply.cancelled() and reply.exception() is None:
            left = reply.result()
            if left is not None and left is not taken:
                left.body.close()

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU that its process has taken (clock_getcpuclockid(3)); without end where it has ended."""
        try:
            return time.clock_gettime(~self.pid << 3 | _SCHEDULED)
        except OSError:
            return math.inf

    def lower_priority(self) -> None:
        """Let all its threads give way to every other worker from now on."""
        self.is_low = True
        with suppress(ProcessLookupError, PermissionError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PGRP, self.pid, min(_LOWEST, own + _LOWER_BY))

    def kill(self) -> None:
        """End the process now. ``ended`` tells when it is gone."""
        if self._killed:
            return
        self._killed = True
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        self._loop.remove_reader(self._connection.fileno())
        self._loop.remove_writer(self._connection.fileno())
        self._connection.close()
        self._inbox.close()
        self._raise(KilledError())
        self._loop.add_reader(self._process, self._on_end)

    def _send(self, frame: bytes | memoryview) -> None:
        """Send a frame, almost always at once; a rest goes when there is room."""
        try:
            sent = self._connection.send(frame)
        except BlockingIOError:
            sent = 0
        except ConnectionError:
            return  # it is dead, and the reader will say so
        if sent < len(frame):
            self._loop.add_writer(self._connection.fileno(), self._send_rest, memoryview(frame)[sent:])

    def _send_rest(self, rest: memoryview) -> None:
        self._loop.remove_writer(self._connection.fileno())
        self._send(rest)

    def _on_readable(self) -> None:
        try:
            piece = self._connection.recv(_PIECE_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            piece = b""
        if not piece:
            self._fail(_death())
            return
        try:
            is_whole = self._inbox.take(piece)
        except OSError:
            self._fail(QueryResourceError("The result could not be kept until it is sent: no room for its file."))
            return
        if is_whole:
            self._finish()

    def _finish(self) -> None:
        """Hand over a whole reply; the worker is free again."""
        kind, flags, size_bytes, body = self._inbox.empty()
        self._worn = bool(flags & WORN)
        if not self._busy or self.reply.done():  # who asked is gone
            body.close()
        elif kind == READY:
            self.reply.set_result(None)
        elif kind == FAILED:
            self._raise(error_of(body.read()))
        else:
            self.reply.set_result(Result(media_type_of(kind), size_bytes, body))
        self._busy = False

    def _fail(self, error: QueryResourceError) -> None:
        self._raise(error)
        self.kill()

    def _raise(self, error: Exception) -> None:
        if self._busy and not self.reply.done():
            self.reply.set_exception(error)
            self.reply.exception()  # perhaps nobody waits for it any more
        self._busy = False

    def _on_end(self) -> None:
        self._loop.remove_reader(self._process)
        os.close(self._process)
        self.ended.set_result(None)


class _Inbox:
    """One reply while it comes in: the header, then the body, in memory or in an unnamed temporary file."""

    def __init__(self) -> None:
        self._head = b""
        self._fields = (0, 0, 0)
        self._body: IO[bytes] | None = None
        self._missing_bytes = 0

    def take(self, piece: bytes) -> bool:
        """Add what has come; whether the reply is now whole.

        Raises:
            OSError: there is no room for it.
        """
        if self._body is None:
            self._head += piece
            if len(self._head) < REPLY.size:
                return False
            self._fields = REPLY.unpack_from(self._head)
            self._missing_bytes = self._fields[0]
            self._body = io.BytesIO() if self._missing_bytes <= IN_MEMORY_BYTES else _file()
            piece = self._head[REPLY.size :]
        self._body.write(piece)
        self._missing_bytes -= len(piece)
        return self._missing_bytes == 0

    def empty(self) -> tuple[int, int, int, IO[bytes]]:
        """The kind, the flags, the length and the body of the whole reply; the next can come."""
        body = self._body
        assert body is not None, "the reply is whole"
        body.seek(0)
        size_bytes, kind, flags = self._fields
        self._head, self._body = b"", None
        return kind, flags, size_bytes, body

    def close(self) -> None:
        """Drop what has come of a reply."""
        if self._body is not None:
            self._body.close()
            self._body = None


def _death() -> QueryResourceError:
    return QueryResourceError(
        "The query was stopped: it needs more memory than it may take (KG_WORKER_MEMORY_MB), or it broke the engine. "
        "Ask for less at once."
    )


def _file() -> IO[bytes]:
    return tempfile.TemporaryFile()
