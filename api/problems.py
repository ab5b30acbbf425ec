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
    QueryUnsupportedError,
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

__all__ = ["ProblemType", "UnexpectedErrors", "handle_errors", "problem", "problem_types"]

_LOG: Final = logging.getLogger(__name__)

_MEDIA_TYPE: Final = "application/problem+json"
_HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What a client is told, and what is counted.

    ``kind`` ends the type IRI, and is empty for what HTTP itself defines (about:blank); ``outcome`` is what it counts
    as among the answers to queries.
    """

    status: int
    title: str
    kind: str = ""
    retry_after_s: int | None = None
    outcome: str = "other"


_PROBLEMS: Final[Mapping[type[Exception], ProblemType]] = {
    QuerySyntaxError: ProblemType(400, "The query cannot be read", "query-syntax", outcome="syntax"),
    QueryRefusedError: ProblemType(
        400, "The query asks for what this service does not do", "query-refused", outcome="refused"
    ),
    # 400 would say that it is no SPARQL (SPARQL 1.1 Protocol §2.1.6).
    QueryUnsupportedError: ProblemType(
        422, "The query calls for what is not offered here", "query-unsupported", outcome="refused"
    ),
    NotAcceptableError: ProblemType(406, "No offered format is acceptable", "not-acceptable", outcome="not-acceptable"),
    ResultTooLargeError: ProblemType(413, "The result is too large", "result-too-large", outcome="too-large"),
    QueryTimeoutError: ProblemType(503, "The query took too long", "query-timeout", 60, "timeout"),
    QueryResourceError: ProblemType(503, "The query needed too much", "query-resources", 60, "resources"),
    BackendBusyError: ProblemType(503, "The service is busy", "busy", 5, "busy"),
    BudgetSpentError: ProblemType(429, "This client has used up its share", "budget-spent", outcome="budget"),
    ReleaseError: ProblemType(503, "No release is being served", "no-release", 5),
    RemoteUnavailableError: ProblemType(503, "The endpoint behind this service is down", "remote-unavailable"),
    RemoteError: ProblemType(502, "The endpoint behind this service failed", "remote"),
    KgError: ProblemType(500, "The service failed", "internal"),
}
# Where nobody has said more than the status does.
_NO_ADDRESS: Final = "There is no such address here. /docs lists all that there are."
_UNEXPECTED: Final = ProblemType(500, "The service failed", "internal")


def problem_types() -> dict[str, ProblemType]:
    """All problems that have a type of their own, by the end of its IRI."""
    return {problem.kind: problem for problem in _PROBLEMS.values()}


def _problem_of(error: Exception) -> ProblemType:
    if isinstance(error, HTTPException):
        return ProblemType(error.status_code, http.HTTPStatus(error.status_code).phrase)
    return next((_PROBLEMS[known] for known in type(error).__mro__ if known in _PROBLEMS), _UNEXPECTED)


def _members(problem: ProblemType, error: Exception) -> dict[str, Any]:  # RFC 9457 §3: any JSON
    members: dict[str, Any] = {
        "type": f"{BASE}problem/{problem.kind}" if problem.kind else "about:blank",
        "title": problem.title,
        "status": problem.status,
    }
    if isinstance(error, HTTPException):
        is_bare = (error.status_code, error.detail) == (404, problem.title)
        members["detail"] = _NO_ADDRESS if is_bare else error.detail
    elif isinstance(error, QueryError):
        members["detail"] = str(error)
    elif isinstance(error, ReleaseError):  # its words may name folders of the server
        members["detail"] = "No release is being served at the moment. Try again soon."
    for place in ("line", "column"):
        if getattr(error, place, None) is not None:
            members[place] = getattr(error, place)
    return members


def problem(request: Request, error: Exception) -> Response:
    """The response to an error: a page where the client would rather have one."""
    known = _problem_of(error)
    request.state.outcome = known.outcome
    members = _members(known, error)
    response: Response
    if negotiate(request.headers.get("accept"), (_MEDIA_TYPE, "application/json", _HTML)) == _HTML:
        query = getattr(request.state, "query", None)  # so that it can be mended where it was written
        response = render("problem", status=known.status, problem=members, query=query, formats=list(FORMAT_NAMES))
    else:
        response = Response(json.dumps(members), known.status, {"Vary": "Accept"}, _MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    retry_after_s = getattr(error, "retry_after_s", known.retry_after_s)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    for name, value in (getattr(error, "headers", None) or {}).items():
        response.headers[name] = value
    return response


async def _on_error(request: Request, error: Exception) -> Response:
    return problem(request, error)


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
            await problem(Request(scope), error)(scope, receive, send)
