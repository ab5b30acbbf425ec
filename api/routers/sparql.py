"""``/sparql``: the SPARQL 1.1 Protocol for programs, a form with results for people."""

from __future__ import annotations

import json
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kg.errors import KgError
from kg.query.formats import FORMAT_NAMES
from kg.store.backend import GraphFormat, QueryRequest

from ..answers import Answers, answers_of
from ..budgets import client_of
from ..delivery import ALWAYS, EXPOSED, UNKEPT, deliver, known_tags, list_of, server_timing, tell_budget
from ..explain import explain
from ..limits import HangUp
from ..lookups import example_queries
from ..problems import problem
from ..protocol import ACCEPT_QUERY, read_operation
from ..rendering import render
from ..results import HTML, Accepted, accept, accept_named
from ..terms import rows_of
from .description import description_media_type, description_response

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..answers import Answered, Result

__all__ = ["SparqlFirst", "add_sparql"]

_PATH: Final = "/sparql"
_METHODS: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
# A page shows a result whole or, from here on, not at all: a browser cannot hold it, and a part would mislead.
_SHOWN_BYTES_MAX: Final = 2 * 2**20
# A longer page takes longer to write than other clients should have to wait.
_WRITTEN_HERE_BYTES: Final = 16 * 1024


def add_sparql(app: FastAPI) -> None:
    """Serve it."""
    app.add_route(_PATH, _sparql, methods=list(_METHODS), include_in_schema=False)


class SparqlFirst:
    """ASGI middleware that knows one address without asking the router, which costs as much as a lookup does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a query, or pass the request on."""
        if scope["type"] != "http" or scope["path"] != _PATH or scope["root_path"] or scope["method"] not in _METHODS:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["route"] = _PATH
        response = await _sparql(Request(scope, receive, send))
        await response(scope, receive, send)


async def _sparql(request: Request) -> Response:
    if request.method == "OPTIONS":
        return _options()
    answers = answers_of(request)
    notes: dict[str, Any] = request.scope.setdefault("state", {})
    try:
        if "raised" in notes:  # on the connection already (``api/direct.py``)
            raise notes["raised"]
        response = await _respond(request, answers, notes)
    except (KgError, HTTPException) as error:
        response = problem(request, error)
    tell_budget(response, answers, notes)
    response.raw_headers += ALWAYS
    if notes.get("outcome") == "cached" and "ETag" in response.headers:
        answers.quick.keep(request, response, notes["serving"])
    return response


async def _respond(request: Request, answers: Answers, notes: dict[str, Any]) -> Response:
    if not request.scope["query_string"] and request.method in ("GET", "HEAD"):
        description = description_media_type(request)
        if description is not None:
            return await description_response(request, description)
    operation = await read_operation(request, answers.service.settings)
    notes["query"] = operation.query or ""
    named = operation.format_name
    wanted = accept(list_of(request, "accept")) if named is None else accept_named(named)
    if operation.query is None or (wanted.is_page and not operation.query.strip()):
        if wanted.is_page:
            return _page("")
        raise HTTPException(400, "The request names no query: send the parameter “query”.", {"Vary": "Accept"})
    query = QueryRequest(
        text=operation.query,
        formats=wanted.formats,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        timeout_s=operation.timeout_s,
        client=client_of(request.scope),
    )
    if operation.is_explained:
        return await _explained(answers, query, wanted)
    async with HangUp(request):
        return await _answer(request, answers, query, wanted)


async def _answer(request: Request, answers: Answers, query: QueryRequest, wanted: Accepted) -> Response:
    notes = request.scope["state"]
    began = notes.setdefault("began", perf_counter())
    answered = notes.get("answered")
    if answered is None:
        answered = await answers.answer(query, variant=wanted.variant, known=known_tags(request), notes=notes)
    response = await _shown(request, answers, answered, wanted)
    timings_s = notes.setdefault("timings_s", {})
    timings_s["total"] = perf_counter() - began
    response.headers["Server-Timing"] = server_timing(answered, timings_s)
    notes["serving"] = answered.serving
    notes["outcome"] = "not-modified" if answered.result is None else "cached" if answered.is_cached else "answered"
    return response


async def _explained(answers: Answers, query: QueryRequest, wanted: Accepted) -> Response:
    explained = await explain(answers, query)
    response: Response = JSONResponse(explained.members(), headers={"Vary": "Accept"})
    if wanted.is_page:
        response = render("explain", query=query.text, explained=explained, formats=list(FORMAT_NAMES))
    response.headers["Cache-Control"] = UNKEPT
    return response


async def _shown(request: Request, answers: Answers, answered: Answered, wanted: Accepted) -> Response:
    result = answered.result
    if result is None:
        return await deliver(request, answers, answered, "")
    media_type = wanted.media_types.get(result.media_type, result.media_type)
    if media_type != HTML:
        return await deliver(request, answers, answered, media_type)
    if result.size_bytes <= _WRITTEN_HERE_BYTES:
        return _result_page(request.state.query, result)
    write = partial(_result_page, request.state.query, result)
    return await answers.errands.do(client_of(request.scope), write)


def _options() -> Response:
    allowed = ", ".join(_METHODS)
    return Response(
        status_code=204,
        headers={
            "Allow": allowed,
            "Accept-Query": ACCEPT_QUERY,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
            "Access-Control-Expose-Headers": EXPOSED,
            "Access-Control-Max-Age": "86400",
        },
    )


def _page(query: str, **result: Any) -> Response:  # noqa: ANN401 - what the template takes
    shown = {"boolean": None, "variables": None, "rows": None, "graph": None, "too_large_bytes": None, **result}
    page = render("sparql", query=query, examples=example_queries(), formats=list(FORMAT_NAMES), **shown)
    page.headers["Cache-Control"] = "no-cache"
    return page


def _result_page(query: str, result: Result) -> Response:
    if result.content is None or result.size_bytes > _SHOWN_BYTES_MAX:
        return _page(query, too_large_bytes=result.size_bytes)
    if result.media_type == GraphFormat.TURTLE:
        return _page(query, graph=result.content.decode())
    results = json.loads(result.content)
    if "boolean" in results:
        return _page(query, boolean=results["boolean"])
    return _page(query, variables=results["head"]["vars"], rows=rows_of(results))
