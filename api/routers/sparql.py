"""``/sparql``: the SPARQL 1.1 Protocol for programs, a form with results for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kg.query.formats import FORMAT_NAMES
from kg.store.backend import GraphFormat, QueryRequest

from ..limits import while_connected
from ..lookups import example_queries
from ..protocol import read_operation
from ..rendering import render
from ..results import HTML, accept, accept_named, respond
from ..service import service_of
from ..terms import rows_of
from .description import description_media_type, description_response

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.store.backend import Answer

__all__ = ["add_sparql"]

_METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
# A page shows a result whole or, from here on, not at all: a browser cannot hold it, and a part would mislead.
_SHOWN_BYTES_MAX: Final = 2 * 2**20


def add_sparql(app: FastAPI) -> None:
    """Serve it."""
    app.add_route("/sparql", _sparql, methods=list(_METHODS), include_in_schema=False)


async def _sparql(request: Request) -> Response:
    if request.method == "OPTIONS":
        return _options()
    description = description_media_type(request) if request.method != "POST" else None
    if description is not None:
        return await description_response(request, description)
    service = service_of(request)
    operation = await read_operation(request, service.settings)
    request.state.query = operation.query or ""
    named = operation.format_name
    wanted = accept(request.headers.get("accept")) if named is None else accept_named(named)
    if operation.query is None or (wanted.is_page and not operation.query.strip()):
        if wanted.is_page:
            return _page("")
        raise HTTPException(400, "The request names no query: send the parameter “query”.", {"Vary": "Accept"})
    planned = await service.plan(operation.query)
    query = QueryRequest(planned.text, wanted.formats, operation.default_graphs, operation.named_graphs)
    answer = await while_connected(request, service.answer(query))
    media_type = wanted.media_types.get(answer.media_type, answer.media_type)
    return _result_page(operation.query, answer) if media_type == HTML else respond(answer, media_type)


def _options() -> Response:
    allowed = ", ".join(_METHODS)
    return Response(
        status_code=204,
        headers={
            "Allow": allowed,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": "Accept, Content-Type",
            "Access-Control-Max-Age": "86400",
        },
    )


def _page(query: str, **result: Any) -> Response:  # noqa: ANN401 - what the template takes
    shown = {"boolean": None, "variables": None, "rows": None, "graph": None, "too_large_bytes": None, **result}
    return render("sparql", query=query, examples=example_queries(), formats=list(FORMAT_NAMES), **shown)


def _result_page(query: str, answer: Answer) -> Response:
    if answer.size_bytes > _SHOWN_BYTES_MAX:
        answer.body.close()
        return _page(query, too_large_bytes=answer.size_bytes)
    content = answer.read()
    if answer.media_type == GraphFormat.TURTLE:
        return _page(query, graph=content.decode())
    results = json.loads(content)
    if "boolean" in results:
        return _page(query, boolean=results["boolean"])
    return _page(query, variables=results["head"]["vars"], rows=rows_of(results))
