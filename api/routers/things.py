"""``/id/…``, ``/doc/…``, ``/claim/…``, ``/source/…``: what the release says of one thing, and who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from kg.errors import NotAcceptableError
from kg.query.formats import GRAPH_MEDIA_TYPES, GRAPH_SUFFIXES
from kg.vocab import CLAIM, DERIVED_GRAPH, ID, SOURCE

from ..limits import while_connected
from ..lookups import ask, construct, labels_of, select
from ..negotiation import negotiate
from ..rendering import render
from ..results import HTML, respond
from ..service import service_of
from ..terms import Term
from ..views import by_property, name_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.store.backend import QueryBackend

__all__ = ["add_things"]

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")
_HTML_SUFFIX: Final = "html"

# What a template takes, by name.
_Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of address: where it stands, what it names, how it is shown."""

    path: str
    iri_prefix: str
    page: str
    graph: str
    values: Callable[[QueryBackend, str], Awaitable[_Values]]


def add_things(app: FastAPI) -> None:
    """Serve them."""
    app.add_route("/id/{type}/{key}", _identifier, include_in_schema=False)
    for kind in _KINDS:
        app.add_route(kind.path, _endpoint(kind), include_in_schema=False)


async def _identifier(request: Request) -> Response:
    """A thing is not a document: 303, to the document about it."""
    path = "/".join(_checked(request.path_params[part]) for part in ("type", "key"))
    with service_of(request).use() as serving:
        await _require(serving.backend, ID + path)
        survivor = await _survivor(serving.backend, ID + path)
    if survivor:
        return RedirectResponse(f"/id/{survivor}", 308)
    return RedirectResponse(f"/doc/{path}", 303)


def _endpoint(kind: _Kind) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        with service_of(request).use() as serving:
            return await while_connected(request, _document(request, kind, serving.backend))

    return endpoint


async def _document(request: Request, kind: _Kind, backend: QueryBackend) -> Response:
    key, _, suffix = request.path_params["key"].partition(".")
    media_type = _media_type(request, suffix)
    parts = [*([request.path_params["type"]] if "type" in request.path_params else []), key]
    path = "/".join(map(_checked, parts))
    iri = kind.iri_prefix + path
    await _require(backend, iri)
    survivor = await _survivor(backend, iri) if kind.iri_prefix == ID else ""
    if survivor:
        return RedirectResponse(f"/doc/{survivor}" + (f".{suffix}" if suffix else ""), 308)
    if media_type == HTML:
        address = request.url.path.removesuffix(f".{suffix}") if suffix else request.url.path
        values = await kind.values(backend, iri)
        return render(kind.page, iri=iri, address=address, suffixes=list(GRAPH_SUFFIXES), **values)
    answer = await construct(backend, kind.graph, graph_format=GRAPH_MEDIA_TYPES[media_type], thing=iri)
    return respond(answer, media_type)


def _checked(part: str) -> str:
    if _KEY.fullmatch(part) is None:
        raise HTTPException(404, "There is no such address.")
    return part


def _media_type(request: Request, suffix: str) -> str:
    if suffix:
        if suffix != _HTML_SUFFIX and suffix not in GRAPH_SUFFIXES:
            raise HTTPException(404, "There is no such address.")
        return HTML if suffix == _HTML_SUFFIX else GRAPH_SUFFIXES[suffix].value
    offers = [*GRAPH_MEDIA_TYPES, HTML]
    chosen = negotiate(request.headers.get("accept"), offers)
    if chosen is None:
        raise NotAcceptableError(f"This is offered as {', '.join(offers)}; the request accepts none of them.")
    return chosen


async def _survivor(backend: QueryBackend, iri: str) -> str:
    """TYPE/KEY of the thing into which another was merged; empty where it was not."""
    rows = await select(backend, "survivor", thing=iri)
    return rows[0]["survivor"].value.removeprefix(ID) if rows else ""


async def _require(backend: QueryBackend, iri: str) -> None:
    if not await ask(backend, "known", thing=iri):
        raise HTTPException(404, "The release that is served says nothing of this.")


async def _thing(backend: QueryBackend, iri: str) -> _Values:
    statements, mentions, context, conflicts = [
        await select(backend, name, thing=iri) for name in ("statements", "mentions", "context", "conflicts")
    ]
    thing = Term("uri", iri)
    labels = await labels_of(backend, [*statements, *mentions, *context, *conflicts, {"thing": thing}])
    disputed = frozenset(row["property"].value for row in conflicts)
    derived = [row for row in context if row["graph"].value == DERIVED_GRAPH]
    links = [row for row in context if row["graph"].value != DERIVED_GRAPH]
    return {
        "title": name_of(thing, labels),
        "labels": labels,
        "statements": by_property(statements, "value", labels=labels, disputed=disputed),
        "mentions": by_property(mentions, "subject", labels=labels),
        "derived": by_property(derived, "value", labels=labels),
        "links": by_property(links, "value", labels=labels),
        "claims": len({row["claim"] for row in statements}),
        "speakers": len({row["speaker"] for row in statements}),
    }


async def _claim(backend: QueryBackend, iri: str) -> _Values:
    says = await select(backend, "claim-says", thing=iri)
    provenance = await select(backend, "provenance", thing=iri)
    labels = await labels_of(backend, [*says, *provenance])
    return {"labels": labels, "says": says, "provenance": by_property(provenance, "value", labels=labels)}


async def _source(backend: QueryBackend, iri: str) -> _Values:
    says = await select(backend, "source-says", thing=iri)
    provenance = await select(backend, "provenance", thing=iri)
    source = Term("uri", iri)
    labels = await labels_of(backend, [*says, *provenance, {"source": source}])
    return {
        "title": name_of(source, labels),
        "labels": labels,
        "says": says,
        "provenance": by_property(provenance, "value", labels=labels),
    }


_KINDS: Final = (
    _Kind("/doc/{type}/{key}", ID, "thing", "thing", _thing),
    _Kind("/claim/{key}", CLAIM, "claim", "claim", _claim),
    _Kind("/source/{key}", SOURCE, "source", "source", _source),
)
