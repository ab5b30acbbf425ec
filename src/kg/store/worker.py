"""The child process: opens a release read-only, evaluates one query after the other, and may be killed at any time.

Run as ``python -m kg.store.worker FD`` by the pool, with one end of a socket pair as its only open file.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Final

from ..errors import KgError
from .frames import LENGTH_BYTES, Outcome, Ready, WorkerOrders, decode_request, encode_frame, frame_length, outcome_of
from .isolation import address_space_bytes, die_with_parent, leave_network, limit_cpu, limit_memory, no_core_dumps

if TYPE_CHECKING:
    from pyoxigraph import Store

__all__ = ["main"]

# A worker that keeps this share of its allowance after a query is replaced before it fails an innocent one.
_WORN_SHARE: Final = 0.25


def _read_frame(stream: BinaryIO) -> bytes | None:
    prefix = stream.read(LENGTH_BYTES)
    if len(prefix) < LENGTH_BYTES:
        return None
    return stream.read(frame_length(prefix))


def _answer(store: Store, content: bytes, orders: WorkerOrders) -> tuple[Outcome, bytes]:
    # Imported after the process has left the network; see `main`.
    from .evaluation import evaluate  # noqa: PLC0415

    try:
        media_type, body = evaluate(store, decode_request(content), size_max=orders.result_bytes_max)
    except KgError as error:
        return outcome_of(error), b""
    return Outcome(media_type=media_type, size_bytes=len(body)), body


def _open(connection: socket.socket, orders: WorkerOrders, *, isolated: bool) -> Store | None:
    from pyoxigraph import Store  # noqa: PLC0415 - see `main`

    try:
        store = Store.read_only(orders.store)
    except OSError as error:
        connection.sendall(encode_frame(Ready(error=str(error))))
        return None
    limit_memory(orders.memory_bytes)
    connection.sendall(encode_frame(Ready(isolated=isolated)))
    return store


def _serve(connection: socket.socket, stream: BinaryIO, orders: WorkerOrders, *, isolated: bool) -> None:
    store = _open(connection, orders, isolated=isolated)
    if store is None:
        return
    worn_bytes = address_space_bytes() + int(_WORN_SHARE * orders.memory_bytes)
    while (content := _read_frame(stream)) is not None:
        limit_cpu(orders.cpu_s)
        outcome, body = _answer(store, content, orders)
        worn = address_space_bytes() - len(body) > worn_bytes
        connection.sendall(encode_frame(replace(outcome, worn=worn)))
        connection.sendall(body)


def main(descriptor: int) -> None:
    """Serve requests from an inherited socket until it is closed.

    The network goes first: only a process with one thread can leave it, and the engine starts threads.
    """
    isolated = leave_network()
    die_with_parent()
    no_core_dumps()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rb") as stream:
        content = _read_frame(stream)
        if content is None:
            return
        orders = WorkerOrders(**json.loads(content))
        threading.stack_size(orders.stack_bytes)
        thread = threading.Thread(target=_serve, args=(connection, stream, orders), kwargs={"isolated": isolated})
        thread.start()
        thread.join()


if __name__ == "__main__":
    main(int(sys.argv[1]))
