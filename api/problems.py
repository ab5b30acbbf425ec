"""Errors as HTTP: the one table from a KgError to RFC 9457, as problem+json or, for browsers, as a page."""

from __future__ import annotations

import http
import json
import logging
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from kg.errors import (
    BackendBusyError,
    BudgetSpentError,
    KgError,
    NotAcceptableError,
    QueryError,
    QueryRefusedError,
    QueryResourceError,
    QuerySyntaxError,
    QueryTimeoutError,
    ReleaseError,
    RemoteError,
    RemoteUnavailableError,
    ResultTooLargeError,
)
from kg.query.formats import FORMAT_NAMES
from kg.vocab import BASE

from .negotiation import negotiate
from .rendering import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["UnexpectedErrors", "handle_errors"]

_LOG: Final = logging.getLogger(__name__)

_MEDIA_TYPE: Final = "application/problem+json"
_HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class _Problem:
    """What a client is told; ``kind`` ends the type IRI, and is empty for what HTTP itself defines (about:blank)."""

    status: int
    title: str
    kind: str = ""
    retry_after_s: int | None = None


_PROBLEMS: Final[Mapping[type[Exception], _Problem]] = {
    QuerySyntaxError: _Problem(400, "The query cannot be read", "query-syntax"),
    QueryRefusedError: _Problem(400, "The query asks for what this service does not do", "query-refused"),
    NotAcceptableError: _Problem(406, "No offered format is acceptable", "not-acceptable"),
    ResultTooLargeError: _Problem(413, "The result is too large", "result-too-large"),
    QueryTimeoutError: _Problem(503, "The query took too long", "query-timeout", 60),
    QueryResourceError: _Problem(503, "The query needed too much", "query-resources", 60),
    BackendBusyError: _Problem(503, "The service is busy", "busy", 5),
    BudgetSpentError: _Problem(429, "This client has used up its share", "budget-spent"),
    ReleaseError: _Problem(503, "No release is being served", "no-release", 5),
    RemoteUnavailableError: _Problem(503, "The endpoint behind this service is down", "remote-unavailable"),
    RemoteError: _Problem(502, "The endpoint behind this service failed", "remote"),
    KgError: _Problem(500, "The service failed", "internal"),
}
_UNEXPECTED: Final = _Problem(500, "The service failed", "internal")


def _problem_of(error: Exception) -> _Problem:
    if isinstance(error, HTTPException):
        return _Problem(error.status_code, http.HTTPStatus(error.status_code).phrase)
    return next((_PROBLEMS[known] for known in type(error).__mro__ if known in _PROBLEMS), _UNEXPECTED)


def _members(problem: _Problem, error: Exception) -> dict[str, Any]:  # RFC 9457 §3: any JSON
    members: dict[str, Any] = {
        "type": f"{BASE}problem/{problem.kind}" if problem.kind else "about:blank",
        "title": problem.title,
        "status": problem.status,
    }
    if isinstance(error, HTTPException):
        members["detail"] = error.detail
    elif isinstance(error, QueryError):
        members["detail"] = str(error)
    elif isinstance(error, ReleaseError):  # its words may name folders of the server
        members["detail"] = "No release is being served at the moment. Try again soon."
    for place in ("line", "column"):
        if getattr(error, place, None) is not None:
            members[place] = getattr(error, place)
    return members


def _respond(request: Request, error: Exception) -> Response:
    problem = _problem_of(error)
    members = _members(problem, error)
    response: Response
    if negotiate(request.headers.get("accept"), (_MEDIA_TYPE, "application/json", _HTML)) == _HTML:
        query = getattr(request.state, "query", None)  # so that it can be mended where it was written
        response = render("problem", status=problem.status, problem=members, query=query, formats=list(FORMAT_NAMES))
    else:
        response = Response(json.dumps(members), problem.status, {"Vary": "Accept"}, _MEDIA_TYPE)
    retry_after_s = getattr(error, "retry_after_s", problem.retry_after_s)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    for name, value in (getattr(error, "headers", None) or {}).items():
        response.headers[name] = value
    return response


async def _on_error(request: Request, error: Exception) -> Response:
    return _respond(request, error)


def handle_errors(app: FastAPI) -> None:
    """Have an application answer errors with problems."""
    app.add_exception_handler(KgError, _on_error)
    app.add_exception_handler(HTTPException, _on_error)


class UnexpectedErrors:
    """ASGI middleware that answers what nobody foresaw, and logs where it happened but not what it said.

    The words of an exception may hold a query or the name of a person.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            return None
        except Exception as error:  # noqa: BLE001 - this is the place
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _LOG.error("%s at %s:%s", type(error).__qualname__, frame.filename, frame.lineno)
            if started:
                # Only a broken connection tells the client that what it has is not the whole.
                raise ConnectionAbortedError("a response broke off") from None
            await _respond(Request(scope), error)(scope, receive, send)
