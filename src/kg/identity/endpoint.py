"""Another dataset's SPARQL endpoint, asked politely: one request at a time, with pauses, limits and a name of our own.

SPARQLWrapper writes the requests, ``kg.store`` sends them (it follows no redirect). What comes back is taken whole or
not at all, and no name in it is trusted.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from kg.errors import BackendBusyError, QueryTimeoutError, RemoteError, ResultTooLargeError
from kg.store.remote_http import Exchange, query_request
from kg.store.remote_results import Wanted, read_results

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.store.remote_http import Address

__all__ = ["TOO_MUCH", "Endpoint", "LimitReachedError", "Politeness"]

_JSON: Final = "application/sparql-results+json"
_TRIES: Final = 4
_BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)

# What a smaller batch may cure.
TOO_MUCH: Final = (QueryTimeoutError, ResultTooLargeError)

# One row of SPARQL results in JSON, by variable.
_Row = dict[str, dict[str, Any]]


class LimitReachedError(RemoteError):
    """As many requests as were allowed have been sent; what was found is kept."""


@dataclass(frozen=True, slots=True)
class Politeness:
    """How an endpoint is treated.

    Attributes:
        pause_s: seconds between the end of one request and the beginning of the next.
        timeout_s: seconds that one request may take.
        wait_s_max: longest Retry-After that is waited for; for more, come back another day.
        requests_max: requests in one run.
        result_bytes_max: largest result.
    """

    pause_s: float = 1.0
    timeout_s: float = 60.0
    wait_s_max: float = 600.0
    requests_max: int = 1000
    result_bytes_max: int = 4 * 2**20


class Endpoint:
    """An endpoint that is asked from one thread.

    Args:
        address: where it is.
        politeness: how it is treated.
        sleep: what waits, in seconds.
    """

    def __init__(
        self, address: Address, politeness: Politeness, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._address = address
        self._politeness = politeness
        self._sleep = sleep
        self.requests = 0

    def select(self, query: str) -> list[_Row]:
        """The rows of a SELECT query.

        Raises:
            LimitReachedError: no more requests are allowed.
            QueryTimeoutError, ResultTooLargeError: there was too much to answer; ask for less.
            BackendBusyError: it had too much to do ``_TRIES`` times.
            RemoteError: it cannot be reached, asks to wait for too long, sends to another address, or answers with
                something else than SPARQL results.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._select(query)
            except BackendBusyError:
                if tries_left == 0:
                    raise
        raise AssertionError  # the last try returns or raises

    def _select(self, query: str) -> list[_Row]:
        if self.requests >= self._politeness.requests_max:
            raise LimitReachedError(f"{self.requests} requests were sent, as many as were allowed in one run.")
        if self.requests:
            self._sleep(self._politeness.pause_s)
        self.requests += 1
        request = query_request(self._address, query, accept=_JSON)
        exchange = Exchange(request, timeout_s=self._politeness.timeout_s)
        # The timeout of the connection counts silence only; this one counts all.
        timer = threading.Timer(self._politeness.timeout_s, exchange.abort)
        started = time.monotonic()
        timer.start()
        try:
            with exchange:
                self._wait_as_asked(exchange)
                return self._rows(exchange)
        except RemoteError as error:
            if time.monotonic() - started >= self._politeness.timeout_s:
                raise QueryTimeoutError("The remote endpoint took too long.") from error
            raise
        finally:
            timer.cancel()

    def _rows(self, exchange: Exchange) -> list[_Row]:
        size_max = self._politeness.result_bytes_max
        body = read_results(exchange, Wanted.SOLUTIONS, _JSON, size_max=size_max)
        assert body is not None  # only graphs can lack an end
        rows: list[_Row] = json.loads(body)["results"]["bindings"]
        return rows

    def _wait_as_asked(self, exchange: Exchange) -> None:
        """Wait where the endpoint is busy and says for how long.

        Raises:
            BackendBusyError: it was waited for; ask again.
            RemoteError: it asks for more patience than there is.
        """
        if exchange.response.status not in _BUSY:
            return
        wait_s = _seconds(exchange.response.headers.get("Retry-After", ""), otherwise=10 * self._politeness.pause_s)
        if wait_s > self._politeness.wait_s_max:
            raise RemoteError(f"The remote endpoint asks to come back in {wait_s:,.0f} s. Run this again then.")
        self._sleep(wait_s)
        raise BackendBusyError("The remote endpoint has too much to do. Run this again later.")


def _seconds(retry_after: str, *, otherwise: float) -> float:
    """What Retry-After asks for (RFC 9110 §10.2.3): seconds, or a date; ``otherwise`` where it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for numbers that no date has
        return otherwise
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
