"""What one client may cause: seconds of work in each window of time (library ``limits``, fixed windows).

A budget is looked at before a query is asked, and charged afterwards with what the query really took, so that nobody
has to guess what it will cost. The last queries may therefore overdraw it, each by one deadline at the most.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple

from limits import RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from kg.errors import BudgetSpentError, SettingsError

if TYPE_CHECKING:
    from starlette.types import Scope

    from kg.settings import Settings

__all__ = ["CLIENT", "Budget", "Budgets", "client_of"]

_LOG: Final = logging.getLogger(__name__)

# The library counts in whole numbers: microseconds.
_PER_S: Final = 1_000_000
_CLIENTS_MAX: Final = 50_000
# A provider gives a household 2^64 addresses or more.
_IPV6_PREFIX: Final = 64
_POLICY: Final = "work"

# Whose request is being answered; our own queries behind a page wait in that client's turn.
CLIENT: Final[ContextVar[str]] = ContextVar("client", default="")


def client_of(scope: Scope) -> str:
    """Whose request this is: the peer's address, of IPv6 its /64; empty where there is none. Never to be logged."""
    host: str = (scope.get("client") or ("",))[0]
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _IPV6_PREFIX), strict=False))


class Budget(NamedTuple):
    """What is left to one client.

    Attributes:
        left_s: seconds of work, never below 0.
        reset_s: seconds until the window ends and the next one begins.
    """

    left_s: float
    reset_s: int

    def field(self, spent_s: float = 0.0) -> str:
        """The header field RateLimit (draft-ietf-httpapi-ratelimit-headers §4), once some of it has been spent."""
        return f'"{_POLICY}";r={max(0, int(self.left_s - spent_s))};t={self.reset_s}'


class Budgets:
    """The budgets of all clients."""

    def __init__(self, settings: Settings) -> None:
        """Find the place they are kept in.

        Raises:
            SettingsError: there is no such place, or the library that reaches it is not installed.
        """
        self._budget_s = settings.budget_s
        self._window_s = settings.budget_window_s
        is_local = settings.budget_storage == "memory://"
        self._windows: _Windows | _SharedWindows = _Windows(self._window_s) if is_local else _SharedWindows(settings)
        # The header field RateLimit-Policy (§3 of the draft); the unit is ours, for none of the registered fits.
        self.policy = f'"{_POLICY}";q={int(self._budget_s)};w={self._window_s};qu="seconds-of-work"'.encode()

    async def check(self, client: str) -> Budget:
        """What is left to a client, who may be asking for more work.

        Raises:
            BudgetSpentError: nothing.
        """
        try:
            spent_s, ends_at = await self._windows.look(client)
        except StorageError:
            # Better an unlimited client than none served: workers, queue and deadline still bound what one can do.
            _LOG.warning("Budgets cannot be read; queries are answered without.")
            return Budget(self._budget_s, self._window_s)
        reset_s = max(1, math.ceil(ends_at - time.time())) if spent_s else self._window_s
        if spent_s >= self._budget_s:
            raise BudgetSpentError(
                f"Your queries took {self._budget_s:g} s of work within {self._window_s} s (KG_BUDGET_S), which is "
                f"all that one client may cause. There is more in {reset_s} s.",
                retry_after_s=reset_s,
            )
        return Budget(self._budget_s - spent_s, reset_s)

    async def charge(self, client: str, work_s: float) -> None:
        """Take what a query of a client's cost."""
        if work_s <= 0:
            return
        try:
            await self._windows.add(client, work_s)
        except StorageError:
            _LOG.warning("A budget could not be charged.")


class _SharedWindows:
    """Windows in a storage that several processes or machines share, by the library ``limits``."""

    def __init__(self, settings: Settings) -> None:
        self._limit = RateLimitItemPerSecond(round(settings.budget_s * _PER_S), settings.budget_window_s)
        try:
            storage = storage_from_string(f"async+{settings.budget_storage}", wrap_exceptions=True)
        except ConfigurationError as error:
            raise SettingsError(f"KG_BUDGET_STORAGE: {error}. See docs/settings.md.") from error
        assert isinstance(storage, Storage)
        self._limiter = FixedWindowRateLimiter(storage)

    async def look(self, client: str) -> tuple[float, float]:
        """Seconds that a client has spent in its window, and when that ends, as a Unix time."""
        ends_at, left = await self._limiter.get_window_stats(self._limit, client)
        return (self._limit.amount - left) / _PER_S, ends_at

    async def add(self, client: str, work_s: float) -> None:
        """Add to what a client has spent."""
        cost = round(work_s * _PER_S)
        if cost:
            await self._limiter.hit(self._limit, client, cost=cost)


class _Windows:
    """Windows in this process; the library's own grow with the number of clients, and start threads to clean up.

    All are of one length, so the order in which they begin is the order in which they end.
    """

    def __init__(self, window_s: int) -> None:
        self._window_s = window_s
        self._windows: dict[str, list[float]] = {}  # client: seconds spent, end

    async def look(self, client: str) -> tuple[float, float]:
        """Seconds that a client has spent in its window, and when that ends, as a Unix time."""
        window = self._window(client)
        return (0.0, 0.0) if window is None else (window[0], window[1])

    async def add(self, client: str, work_s: float) -> None:
        """Add to what a client has spent."""
        window = self._window(client)
        if window is None:
            self._make_room()
            window = self._windows[client] = [0.0, time.time() + self._window_s]
        window[0] += work_s

    def _window(self, client: str) -> list[float] | None:
        window = self._windows.get(client)
        if window is not None and window[1] <= time.time():
            del self._windows[client]
            return None
        return window

    def _make_room(self) -> None:
        now = time.time()
        while self._windows:
            oldest = next(iter(self._windows))
            if self._windows[oldest][1] > now and len(self._windows) < _CLIENTS_MAX:
                return
            del self._windows[oldest]
