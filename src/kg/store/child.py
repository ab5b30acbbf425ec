"""One worker as the parent sees it: started, asked, killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import tempfile
from typing import IO, TYPE_CHECKING, Any, Final, Self

from ..errors import QueryResourceError, ReleaseError
from .backend import Answer
from .frames import LENGTH_BYTES, Outcome, Ready, encode_frame, encode_request, error_of, frame_length

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from .backend import QueryRequest
    from .frames import WorkerOrders

__all__ = ["Child"]

_IN_MEMORY_BYTES: Final = 2**20
_PIECE_BYTES: Final = 256 * 1024
_GONE: Final = (asyncio.IncompleteReadError, ConnectionError)


class Child:
    """A started worker process and the socket to it.

    Attributes:
        isolated: whether it has left the network.
        settled: whether it has answered everything it was asked, so that it may be asked again. A worker that is
            not settled, or worn, is only good for ``kill``.
    """

    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.isolated = False
        self.settled = False

    @classmethod
    async def start(cls, orders: WorkerOrders) -> Self:
        """Start a worker and wait until its store is open.

        Raises:
            ReleaseError: the store cannot be opened, or the process ended before it was.
        """
        async with contextlib.AsyncExitStack() as undo:
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            with theirs:
                process = await _spawn(theirs)
            undo.callback(_kill, process)
            child = cls(process, *await asyncio.open_connection(sock=ours))
            undo.push_async_callback(child.end)
            await child._greet(orders)
            undo.pop_all()
        return child

    async def _greet(self, orders: WorkerOrders) -> None:
        try:
            self._writer.write(encode_frame(orders))
            ready = Ready(**await self._read_header())
        except _GONE as error:
            raise ReleaseError("A query worker ended while it was starting.") from error
        if ready.error:
            raise ReleaseError(f"The store {orders.store} cannot be opened: {ready.error}")
        self.isolated = ready.isolated
        self.settled = True

    async def _read_header(self) -> dict[str, Any]:  # fields of Ready or Outcome: both ends are one version
        length = frame_length(await self._reader.readexactly(LENGTH_BYTES))
        header: dict[str, Any] = json.loads(await self._reader.readexactly(length))
        return header

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended, as far as the parent knows."""
        return self._process.returncode is None

    async def ask(self, request: QueryRequest) -> Answer:
        """Have a query evaluated; the whole answer is here before this returns.

        Raises:
            QueryError: what the worker met; it can be asked again if it is ``settled``.
            QueryResourceError: the worker died of the query.
        """
        self.settled = False
        try:
            self._writer.write(encode_request(request))
            outcome = Outcome(**await self._read_header())
            body = await self._read_body(outcome.size_bytes)
        except _GONE as error:
            raise QueryResourceError(
                "The query was stopped: it needs more memory than it may take (KG_WORKER_MEMORY_MB), or it broke the "
                "engine. Ask for less at once."
            ) from error
        self.settled = not outcome.worn
        if outcome.error:
            body.close()
            raise error_of(outcome)
        return Answer(media_type=outcome.media_type, size_bytes=outcome.size_bytes, body=body)

    async def _read_body(self, size_bytes: int) -> IO[bytes]:
        body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
        with contextlib.ExitStack() as undo:
            undo.callback(body.close)
            while size_bytes > 0:
                piece = await self._reader.read(min(size_bytes, _PIECE_BYTES))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", size_bytes)
                body.write(piece)
                size_bytes -= len(piece)
            body.seek(0)
            undo.pop_all()
        return body

    def kill(self) -> None:
        """End the process now; ``end`` must follow."""
        _kill(self._process)

    async def end(self) -> None:
        """Kill the process if it runs, and wait until nothing of it is left, neither a zombie nor a descriptor."""
        self.kill()
        await self._process.wait()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


async def _spawn(theirs: socket.socket) -> Process:
    # Its words go nowhere: the engine's panics quote the query.
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "kg.store.worker", str(theirs.fileno())),
        pass_fds=[theirs.fileno()],
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
    )


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
