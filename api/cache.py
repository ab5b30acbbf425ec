"""What is kept for the next who asks, and work that is done once for all who ask at the same time.

Nothing here knows what a request is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from kg.errors import KgError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

__all__ = ["ByteCache", "Flights"]

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")

# One entry may take no more than this share, or it would push out all that is asked more often.
_SHARE_MAX: Final = 1 / 8
# What an entry takes beside its content: keys, objects and the table's own place, roughly.
_ENTRY_BYTES: Final = 512


class ByteCache(Generic[K, V]):
    """Values by key, up to a number of bytes; what was asked for longest ago leaves first.

    Attributes:
        size_bytes: what the entries take now, as told to ``put``.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value of a key, which thereby was asked for last."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def takes(self, size_bytes: int) -> bool:
        """Whether a value of this size would be kept."""
        return size_bytes + _ENTRY_BYTES <= self._bytes_max * _SHARE_MAX

    def put(self, key: K, value: V, size_bytes: int) -> None:
        """Keep a value, unless it takes more than its share."""
        self._drop(key)
        if not self.takes(size_bytes):
            return
        self._entries[key] = value, size_bytes + _ENTRY_BYTES
        self.size_bytes += size_bytes + _ENTRY_BYTES
        while self.size_bytes > self._bytes_max:
            self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Keep nothing."""
        self._entries.clear()
        self.size_bytes = 0

    def _drop(self, key: K) -> None:
        _, size_bytes = self._entries.pop(key, (None, 0))
        self.size_bytes -= size_bytes


class _AbandonedError(Exception):
    """Whoever did some work has left."""


class Flights(Generic[V]):
    """Work under way, by key: who asks for the same while it runs waits for it too."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Future[V]] = {}

    def __len__(self) -> int:
        """How many pieces of work are under way."""
        return len(self._flights)

    async def join(self, key: Hashable, work: Callable[[], Coroutine[None, None, V]]) -> V:
        """Wait for the work of a key, or do it if nobody does.

        It is part of the call of who asked first, for a task of its own would cost more than most work does. If that
        call is cancelled, the next of those who wait begins anew.

        Raises:
            KgError: what the work raised, to each who waits.
        """
        while (flight := self._flights.get(key)) is not None:
            with suppress(_AbandonedError):
                return await asyncio.shield(flight)
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            flight.set_result(await work())
        except KgError as error:
            flight.set_exception(error)
            raise
        finally:
            del self._flights[key]
            if not flight.done():
                flight.set_exception(_AbandonedError())
            flight.exception()  # there may be nobody else to hear of it
        return flight.result()
