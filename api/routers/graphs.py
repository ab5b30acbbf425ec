"""``/graphs``: the SPARQL 1.1 Graph Store Protocol for reading (GET and HEAD), direct and indirect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from kg.errors import KgError, NotAcceptableError
from kg.query.formats import GRAPH_MEDIA_TYPES
from kg.store.backend import FormatChoice, QueryRequest
from kg.vocab import BASE, GRAPH

from ..answers import answers_of
from ..budgets import client_of
from ..delivery import deliver, known_tags, list_of, tell_budget
from ..limits import HangUp
from ..lookups import ask, query_text
from ..negotiation import negotiate
from ..problems import problem
from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.store.backend import QueryBackend

    from ..answers import Answered

__all__ = ["add_graphs"]

_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_NAME: Final = re.compile(r"[a-z][a-z-]{0,39}")
_NAME_ONE: Final = "Name one graph: /graphs?graph=IRI, or /graphs?default for the default graph."


def add_graphs(app: FastAPI) -> None:
    """Serve it."""
    for path in ("/graphs", "/graphs/{name:path}"):
        app.add_route(path, _graphs, methods=list(_METHODS), include_in_schema=False)
    app.add_route("/graph/{name}", _graph_name, include_in_schema=False)


async def _graph_name(request: Request) -> Response:
    """The name of one of the release's own graphs leads to the graph: 303."""
    name = request.path_params["name"]
    with service_of(request).use() as serving:
        if _NAME.fullmatch(name) is None or not await ask(serving.backend, "graph-known", thing=GRAPH + name):
            raise HTTPException(404, "The release that is served has no such graph.")
    return RedirectResponse(f"/graphs/graph/{name}", 303)


async def _graphs(request: Request) -> Response:
    if request.method == "OPTIONS":
        allowed = ", ".join(_METHODS)
        return Response(status_code=204, headers={"Allow": allowed, "Access-Control-Allow-Methods": allowed})
    notes: dict[str, Any] = request.scope.setdefault("state", {})
    try:
        response = await _respond(request, notes)
    except (KgError, HTTPException) as error:
        response = problem(request, error)
    tell_budget(response, answers_of(request), notes)
    return response


async def _respond(request: Request, notes: dict[str, Any]) -> Response:
    media_type = negotiate(list_of(request, "accept"), list(GRAPH_MEDIA_TYPES))
    if media_type is None:
        raise NotAcceptableError(f"Graphs are offered as {', '.join(GRAPH_MEDIA_TYPES)}; the request accepts none.")
    names = _named(request)
    async with HangUp(request):
        answered = await _graph(request, names, media_type, notes)
    return await deliver(request, answers_of(request), answered, media_type)


async def _graph(request: Request, names: tuple[str, ...], media_type: str, notes: dict[str, Any]) -> Answered:
    """The graph as the query for it is answered: planned, paid for, and kept."""
    while True:
        with service_of(request).use() as serving:
            graph = await _known(serving.backend, names)
            query = QueryRequest(
                text=query_text("graph", thing=graph) if graph else query_text("default-graph"),
                formats=FormatChoice(solutions=None, boolean=None, graph=GRAPH_MEDIA_TYPES[media_type]),
                client=client_of(request.scope),
            )
            answered = await answers_of(request).answer(
                query, variant=media_type, known=known_tags(request), notes=notes
            )
        if answered.serving is serving:  # else another release took its place, which may not know the graph
            return answered


def _named(request: Request) -> tuple[str, ...]:
    """The names that a request may mean, best first; none for the default graph (Graph Store Protocol §4.1, §4.2).

    Raises:
        HTTPException: 400, it names no graph, or more than one.
    """
    parameters = _parameters(request)
    path = request.path_params.get("name", "")
    if len(parameters) + bool(path) != 1:
        raise HTTPException(400, _NAME_ONE)
    if path:
        return str(request.url), BASE + path
    name, value = parameters[0]
    if name == "default":
        if value:
            raise HTTPException(400, f"The parameter “default” takes no value. {_NAME_ONE}")
        return ()
    return (value,)


def _parameters(request: Request) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise HTTPException(400, "A parameter is not percent-encoded UTF-8.") from error
    return [pair for pair in pairs if pair[0] in ("graph", "default")]


async def _known(backend: QueryBackend, names: tuple[str, ...]) -> str:
    """The first name that the release has a graph of; empty for the default graph."""
    for name in names:
        if await ask(backend, "graph-known", thing=name):
            return name
    if not names:
        return ""
    raise HTTPException(404, "The release that is served has no such graph. The description of /sparql lists some.")
