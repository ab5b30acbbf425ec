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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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

# Budgets are counted in whole microseconds.
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


@dataclass(frozen=True, slots=True)
class Budget:
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
        self._limit = RateLimitItemPerSecond(round(settings.budget_s * _PER_S), settings.budget_window_s)
        self._limiter = FixedWindowRateLimiter(_storage(settings.budget_storage))
        self._budget_s = settings.budget_s
        self._window_s = settings.budget_window_s
        # The header field RateLimit-Policy (§3 of the draft); the unit is ours, for none of the registered fits.
        self.policy = f'"{_POLICY}";q={int(self._budget_s)};w={self._window_s};qu="seconds-of-work"'.encode()

    async def check(self, client: str) -> Budget:
        """What is left to a client, who may be asking for more work.

        Raises:
            BudgetSpentError: nothing.
        """
        try:
            reset_at, left = await self._limiter.get_window_stats(self._limit, client)
        except StorageError:
            # Better an unlimited client than none served: workers, queue and deadline still bound what one can do.
            _LOG.warning("Budgets cannot be read; queries are answered without.")
            return Budget(self._budget_s, self._window_s)
        untouched = left == self._limit.amount
        reset_s = self._window_s if untouched else max(1, math.ceil(reset_at - time.time()))
        if left == 0:
            raise BudgetSpentError(
                f"Your queries took {self._budget_s:g} s of work within {self._window_s} s (KG_BUDGET_S), which is "
                f"all that one client may cause. There is more in {reset_s} s.",
                retry_after_s=reset_s,
            )
        return Budget(left / _PER_S, reset_s)

    async def charge(self, client: str, work_s: float) -> None:
        """Take what a query of a client's cost."""
        cost = round(work_s * _PER_S)
        if cost <= 0:
            return
        try:
            await self._limiter.hit(self._limit, client, cost=cost)
        except StorageError:
            _LOG.warning("A budget could not be charged.")


def _storage(address: str) -> Storage:
    if address == "memory://":
        return _Memory()
    try:
        storage = storage_from_string(f"async+{address}", wrap_exceptions=True)
    except ConfigurationError as error:
        raise SettingsError(f"KG_BUDGET_STORAGE: {error}. See docs/settings.md.") from error
    assert isinstance(storage, Storage)
    return storage


class _Memory(Storage):
    """Counters in this process; the library's own grows with the number of clients, and starts threads to clean up.

    All windows are of one length, so the order in which they begin is the order in which they end.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[str, list[float]] = {}  # key: spent, end

    @property
    def base_exceptions(self) -> type[Exception]:
        return StorageError  # nothing here fails

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        window = self._window(key)
        if window is None:
            self._make_room()
            window = self._windows[key] = [0, time.time() + expiry]
        window[0] += amount
        return int(window[0])

    async def get(self, key: str) -> int:
        window = self._window(key)
        return 0 if window is None else int(window[0])

    async def get_expiry(self, key: str) -> float:
        window = self._window(key)
        return time.time() if window is None else window[1]

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _window(self, key: str) -> list[float] | None:
        window = self._windows.get(key)
        if window is not None and window[1] <= time.time():
            del self._windows[key]
            return None
        return window

    def _make_room(self) -> None:
        now = time.time()
        while self._windows:
            oldest = next(iter(self._windows))
            if self._windows[oldest][1] > now and len(self._windows) < _CLIENTS_MAX:
                return
            del self._windows[oldest]
