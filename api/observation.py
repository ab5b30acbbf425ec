"""Every request is seen once from outside: it gets an id, and is counted and logged when it has been answered."""

from __future__ import annotations

import asyncio
import json
import secrets
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import structlog
from starlette.responses import Response

from .budgets import CLIENT, client_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .metrics import Metrics

__all__ = ["NO_ROUTE", "Observation", "name_request", "tell"]

NO_ROUTE: Final = "none"

_LOG: Final = structlog.get_logger()
_ID_BYTES: Final = 8
_GONE: Final = "gone"
# What the status says better than a route.
_OUTCOMES: Final = {304: "not-modified", 404: "not-found", 406: "not-acceptable", 410: "not-found"}
_ERROR: Final = 400
_UNEXPECTED: Final = 500


class Observation:
    """ASGI middleware that does it; of a request it keeps the method, the route's template and how it ended.

    Where a route says ``scope["state"]["outcome"]`` and ``["timings_s"]``, these are used.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        status, size_bytes, request_id = 0, 0, name_request(scope)

        async def watch(message: Message) -> None:
            nonlocal status, size_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            else:
                size_bytes += len(message.get("body", b""))
            await send(message)

        self._metrics.in_flight += 1
        try:
            await self._app(scope, receive, watch)
        except asyncio.CancelledError:  # the service stops, and has waited for long enough
            if status:
                raise  # only a broken connection tells the client that what it has is not the whole
            await _stopping()(scope, receive, watch)
        finally:
            self._metrics.in_flight -= 1
            tell(self._metrics, scope, status=status, size_bytes=0 if scope["method"] == "HEAD" else size_bytes)


def name_request(scope: Scope) -> bytes:
    """Give a request an id, under which everything of it is logged, and say whose turn it takes; its clock starts."""
    state: dict[str, Any] = scope.setdefault("state", {})  # as ASGI has it
    if "request_id" not in state:
        state["began"] = perf_counter()
        # Never what a client names it: that would be logged.
        state["request_id"] = secrets.token_hex(_ID_BYTES).encode()
        CLIENT.set(client_of(scope))
        structlog.contextvars.bind_contextvars(request_id=state["request_id"].decode())
    request_id: bytes = state["request_id"]
    return request_id


def tell(metrics: Metrics, scope: Scope, *, status: int, size_bytes: int) -> None:
    """Count and log how a request ended; status 0 where the client hung up."""
    state: dict[str, Any] = scope["state"]
    route = state.get("route", NO_ROUTE)
    outcome = _OUTCOMES.get(status) or state.get("outcome") or _outcome(status)
    duration_s = perf_counter() - state["began"]
    metrics.count(route, outcome, duration_s, state.get("timings_s", {}))
    log = _LOG.error if status == _UNEXPECTED else _LOG.info
    log(
        "request",
        method=scope["method"],
        route=route,
        status=status or None,
        outcome=outcome,
        duration_ms=round(1000 * duration_s, 3),
        bytes=size_bytes,
    )


def _outcome(status: int) -> str:
    if not status:
        return _GONE
    return "answered" if status < _ERROR else "other"


def _stopping() -> Response:
    problem = {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The service is being stopped or restarted. Try again in a moment.",
    }
    return Response(json.dumps(problem), 503, {"Retry-After": "5"}, "application/problem+json")
