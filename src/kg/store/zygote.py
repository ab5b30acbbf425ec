"""The process that workers are forked from: it has left the network, and has loaded what they share.

Run as ``python -m kg.store.zygote FD`` by the pool, with one end of a socket pair (SOCK_SEQPACKET) as its only open
file. It is given ``Orders``, says ``Ready``, and then forks one worker for each socket that is passed to it; it
answers each with the worker's process id and a descriptor of the process. It has one thread, always.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zstandard
from pyoxigraph import RdfFormat, Store

from .frames import PID, Orders, Ready
from .isolation import die_with_parent, leave_network, no_core_dumps, threads_running
from .worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main"]

_ORDERS_BYTES_MAX: Final = 2**16


def _load(path: Path, quads: int) -> Store:
    """The dataset in memory. One transaction: slower to load than in bulk, and faster to ask (bench/stores.py).

    Raises:
        ValueError: it does not hold so many quads; a file cut short unpacks without an error.
    """
    store = Store()
    with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        store.load(plain, format=RdfFormat.N_QUADS)
    if len(store) != quads:
        raise ValueError(f"it holds {len(store)} quads, and the manifest says {quads}. Build the release again.")
    return store


def _prepare(control: socket.socket, orders: Orders) -> Store | None:
    """Do once what every worker would do: the network goes first, for only a process with one thread can leave it."""
    isolated = not orders.services and leave_network()
    die_with_parent()
    no_core_dumps()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead: no zombie, ever
    if orders.services:
        from . import parsed  # noqa: F401, PLC0415 - slow to load, and needed only where SERVICE may be used

    if orders.columns is not None:
        from .columns_evaluation import load_parser  # noqa: PLC0415 - as slow, and needed in no other zygote

        load_parser()

    dataset = None if orders.dataset is None else _load(Path(orders.dataset), orders.quads)
    if threads_running() != 1:
        raise OSError("the zygote has more than one thread, and may not fork")
    gc.collect()
    gc.freeze()  # or the first collection in each worker would copy what they share
    control.send(Ready(isolated=isolated).encode())
    return dataset


def _requests(control: socket.socket) -> Iterator[int]:
    """Sockets that workers are wanted for, as descriptors, until the pool is gone."""
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            return
        yield descriptors[0]


def _be_worker(descriptor: int, orders: Orders, dataset: Store | None, zygote: int) -> None:
    """Never returns: what the zygote was about to do next is not a worker's to do."""
    try:
        Worker(socket.socket(fileno=descriptor), orders, dataset).run(zygote)
    finally:
        os._exit(0)


def _serve(control: socket.socket, orders: Orders, dataset: Store | None) -> None:
    zygote = os.getpid()
    for descriptor in _requests(control):
        pid = os.fork()
        if pid == 0:
            control.close()
            _be_worker(descriptor, orders, dataset, zygote)
        os.close(descriptor)
        process = os.pidfd_open(pid)
        socket.send_fds(control, [PID.pack(pid)], [process])
        os.close(process)


def main(descriptor: int) -> None:
    """Fork workers until the other end of an inherited socket is closed."""
    with socket.socket(fileno=descriptor) as control:
        content = control.recv(_ORDERS_BYTES_MAX)
        if not content:
            return
        orders = Orders.decode(content)
        try:
            dataset = _prepare(control, orders)
        except (OSError, SyntaxError, ValueError, zstandard.ZstdError) as error:
            control.send(Ready(error=str(error)).encode())
            return
        _serve(control, orders, dataset)


if __name__ == "__main__":
    main(int(sys.argv[1]))
