"""What a worker does from its fork to its end: evaluates one query after the other, and may be killed at any time."""

from __future__ import annotations

import math
import os
import signal
import threading
from functools import partial
from itertools import count
from time import process_time
from typing import TYPE_CHECKING, Final

from pyoxigraph import Store

from ..errors import KgError, ReleaseError
from .evaluation import evaluate
from .frames import FAILED, READY, REPLY, REQUEST, WORN, decode_request, encode_error, kind_of
from .isolation import address_space_bytes, be_first_to_die, die_with_parent, limit_cpu, limit_memory

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import BinaryIO

    from .backend import QueryRequest
    from .frames import ColumnsPlace, Orders

    Evaluate = Callable[[QueryRequest], tuple[str, bytes]]

__all__ = ["Worker"]

# A worker that keeps this share of its allowance after a query is replaced before it fails an innocent one.
_WORN_SHARE: Final = 0.25
# DuckDB keeps what it has read, up to a limit of its own that is half of the allowance (``columnar``).
_WORN_SHARE_OF_COLUMNS: Final = 0.75
# A scan on several threads gives way to lookups a little, and to the web process.
_COLUMNS_NICE: Final = 3
# Both are looked at only where it pays: what they cost is felt in a lookup.
_LIGHT_S: Final = 0.005
_LIGHT_IN_A_ROW: Final = 64
_CPU_SLACK_S: Final = 1
_ONE_MESSAGE_BYTES: Final = 64 * 1024


class Worker:
    """One worker, from the inside.

    Args:
        connection: its end of the socket pair; when the other end is closed, it ends.
        orders: its limits, and where the release is.
        dataset: the release in memory, inherited from the zygote; None to read it from disk.
    """

    def __init__(self, connection: socket.socket, orders: Orders, dataset: Store | None) -> None:
        self._connection = connection
        self._orders = orders
        self._dataset = dataset

    def run(self, zygote: int) -> None:
        """Serve until the connection is closed, or until process ``zygote``, this one's parent, ends."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)  # so that the parent can lower the priority of all its threads at once
        die_with_parent()
        be_first_to_die()
        if os.getppid() != zygote:  # it ended before the kernel was told
            return
        threading.stack_size(self._orders.stack_bytes)
        thread = threading.Thread(target=self._serve)
        thread.start()
        thread.join()

    def _serve(self) -> None:
        with self._connection.makefile("rb") as stream:
            try:
                evaluating = self._open()
            except ReleaseError as error:
                self._send(FAILED, encode_error(error))
            else:
                self._answer_all(stream, evaluating)
            stream.read()  # until the parent has read why: a process id must not be free before it is known

    def _open(self) -> Evaluate:
        """Open the release: after the fork, which would leave the threads of an engine behind."""
        evaluating = self._over_index() if self._orders.columns is None else self._over_columns(self._orders.columns)
        limit_memory(self._orders.memory_bytes)
        self._send(READY, b"")
        return evaluating

    def _over_index(self) -> Evaluate:
        store = self._opened_store() if self._dataset is None else self._dataset
        return partial(evaluate, store, size_max=self._orders.result_bytes_max, services=self._orders.services)

    def _over_columns(self, place: ColumnsPlace) -> Evaluate:
        from .columns_evaluation import open_columns_evaluation  # noqa: PLC0415 - their zygote has loaded it

        os.nice(_COLUMNS_NICE)
        return open_columns_evaluation(place, size_max=self._orders.result_bytes_max)

    def _opened_store(self) -> Store:
        try:
            return Store.read_only(self._orders.store)
        except OSError as error:
            raise ReleaseError(f"The store {self._orders.store} cannot be opened: {error}") from error

    def _answer_all(self, stream: BinaryIO, evaluating: Evaluate) -> None:
        share = _WORN_SHARE if self._orders.columns is None else _WORN_SHARE_OF_COLUMNS
        worn_bytes = address_space_bytes() + int(share * self._orders.memory_bytes)
        limited_at = -math.inf
        for number in count(1):
            prefix = stream.read(REQUEST.size)
            if len(prefix) < REQUEST.size:
                return
            header = REQUEST.unpack(prefix)
            content = stream.read(header[0] + header[1])
            begun = process_time()
            if begun - limited_at > _CPU_SLACK_S:
                limit_cpu(self._orders.cpu_s + _CPU_SLACK_S)
                limited_at = begun
            kind, body = self._answer(evaluating, header, content)
            is_looked_at = process_time() - begun > _LIGHT_S or number % _LIGHT_IN_A_ROW == 0
            worn = is_looked_at and address_space_bytes() - len(body) > worn_bytes
            self._send(kind, body, flags=WORN if worn else 0)

    @staticmethod
    def _answer(evaluating: Evaluate, header: tuple[int, ...], content: bytes) -> tuple[int, bytes]:
        try:
            media_type, body = evaluating(decode_request(header, content))
        except KgError as error:
            return FAILED, encode_error(error)
        return kind_of(media_type), body

    def _send(self, kind: int, body: bytes, *, flags: int = 0) -> None:
        header = REPLY.pack(len(body), kind, flags)
        if len(body) <= _ONE_MESSAGE_BYTES:
            self._connection.sendall(header + body)
        else:
            self._connection.sendall(header)
            self._connection.sendall(body)
