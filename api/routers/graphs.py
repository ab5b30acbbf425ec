"""``/graphs``: the SPARQL 1.1 Graph Store Protocol for reading (GET and HEAD), direct and indirect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kg.errors import NotAcceptableError
from kg.query.formats import GRAPH_MEDIA_TYPES
from kg.vocab import BASE

from ..etags import not_modified, standing, tag_of
from ..limits import while_connected
from ..lookups import ask, construct
from ..negotiation import negotiate
from ..results import respond
from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from ..service import Service

__all__ = ["add_graphs"]

_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_NAME_ONE: Final = "Name one graph: /graphs?graph=IRI, or /graphs?default for the default graph."


def add_graphs(app: FastAPI) -> None:
    """Serve it."""
    for path in ("/graphs", "/graphs/{name:path}"):
        app.add_route(path, _graphs, methods=list(_METHODS), include_in_schema=False)


async def _graphs(request: Request) -> Response:
    if request.method == "OPTIONS":
        allowed = ", ".join(_METHODS)
        return Response(status_code=204, headers={"Allow": allowed, "Access-Control-Allow-Methods": allowed})
    media_type = negotiate(request.headers.get("accept"), list(GRAPH_MEDIA_TYPES))
    if media_type is None:
        raise NotAcceptableError(f"Graphs are offered as {', '.join(GRAPH_MEDIA_TYPES)}; the request accepts none.")
    return await while_connected(request, _graph(request, media_type))


async def _graph(request: Request, media_type: str) -> Response:
    service = service_of(request)
    graph = await _known(service, _named(request))
    tag = tag_of(service.release.id, graph, media_type)
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        return unchanged
    query, names = ("graph", {"thing": graph}) if graph else ("default-graph", {})
    answer = await construct(service, query, graph_format=GRAPH_MEDIA_TYPES[media_type], **names)
    response = respond(answer, media_type)
    response.headers.update(standing(tag))
    return response


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


async def _known(service: Service, names: tuple[str, ...]) -> str:
    """The first name that the release has a graph of; empty for the default graph."""
    for name in names:
        if await ask(service, "graph-known", thing=name):
            return name
    if not names:
        return ""
    raise HTTPException(404, "The release that is served has no such graph. The description of /sparql lists some.")
