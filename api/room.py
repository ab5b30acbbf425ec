"""Room for results that lie in files while they are sent: so much for all clients together, a part of it for each.

A client reads as slowly as it likes, within bounds, and its result is kept as long. Nobody may fill the disk so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from kg.errors import BackendBusyError

if TYPE_CHECKING:
    from kg.settings import Settings

    from .answers import Result

__all__ = ["Room"]

# The part of it that one client may take.
_SHARE: Final = 1 / 4


class Room:
    """What results in files take, until nobody reads them any more; those in memory take nothing of it."""

    def __init__(self, settings: Settings) -> None:
        # The largest result must find room.
        self._bytes_max = max(settings.result_files_mb * 2**20, settings.result_bytes_max)
        self._share_bytes = max(int(self._bytes_max * _SHARE), settings.result_bytes_max)
        self._clients: WeakKeyDictionary[Result, str] = WeakKeyDictionary()

    @property
    def held_bytes(self) -> int:
        """What they take now."""
        return sum(result.size_bytes for result in list(self._clients))

    def take(self, result: Result, client: str) -> None:
        """Give a client's result room.

        Raises:
            BackendBusyError: there is none.
        """
        if result.content is not None:
            return
        own_bytes = sum(held.size_bytes for held, whose in list(self._clients.items()) if whose == client)
        if own_bytes + result.size_bytes > self._share_bytes:
            raise BackendBusyError(
                "As many long results as one client may have are being sent to you (KG_RESULT_FILES_MB). "
                "Read them to their end first, or ask for less at once."
            )
        if self.held_bytes + result.size_bytes > self._bytes_max:
            raise BackendBusyError(
                "As many long results as there is room for are being sent (KG_RESULT_FILES_MB). "
                "Try again in a moment, or ask for less at once."
            )
        self._clients[result] = client

    def take_too(self, result: Result, other: Result) -> None:
        """Count what another result was made into, for the same client; it is hardly ever longer, and never refused."""
        if result.content is None and other in self._clients:
            self._clients[result] = self._clients[other]
