"""What this service is, for machines: SPARQL 1.1 Service Description, and the VoID of the release that is served.

All figures of the service description are counted in that release, once; one that takes too long is left out, never
guessed. Those of VoID were counted when the release was built.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from starlette.responses import Response

from kg.errors import QueryResourceError, QueryTimeoutError
from kg.rdf import convert_turtle
from kg.store.backend import GraphFormat, QueryRequest, ResultFormat

from ..descriptions import accepted, document_response
from ..etags import not_modified, standing, tag_of
from ..lookups import query_text
from ..negotiation import negotiate
from ..rendering import render_turtle
from ..results import HTML, content_type
from ..service import service_of
from ..terms import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

    from ..service import Serving
    from ..terms import Row

__all__ = [
    "DESCRIPTION_MEDIA_TYPES",
    "Facts",
    "add_description",
    "description_media_type",
    "description_response",
    "facts_of",
]

DESCRIPTION_MEDIA_TYPES: Final = tuple(known.value for known in GraphFormat)

# Names in http://www.w3.org/ns/formats/ of all that results come in.
_FORMATS: Final[Mapping[str, str]] = {
    ResultFormat.JSON: "SPARQL_Results_JSON",
    ResultFormat.XML: "SPARQL_Results_XML",
    ResultFormat.CSV: "SPARQL_Results_CSV",
    ResultFormat.TSV: "SPARQL_Results_TSV",
    GraphFormat.TURTLE: "Turtle",
    GraphFormat.N_TRIPLES: "N-Triples",
    GraphFormat.JSON_LD: "JSON-LD",
    GraphFormat.RDF_XML: "RDF_XML",
}
_PREFIXES: Final = {
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
}
_COUNTED: Final = ("totals", "graphs", "claims")

# The rows of each query of ``queries/description/``; none where they could not be had.
Facts = dict[str, list["Row"]]

_facts: WeakKeyDictionary[Serving, asyncio.Task[Facts]] = WeakKeyDictionary()


def add_description(app: FastAPI) -> None:
    """Serve ``/.well-known/void``; ``/sparql`` itself answers with ``description_response``."""
    app.add_route("/.well-known/void", _void, include_in_schema=False)


def description_media_type(request: Request) -> str | None:
    """The format in which a request without any parameter asks for the service description, or None for a page."""
    chosen = negotiate(request.headers.get("accept"), [*DESCRIPTION_MEDIA_TYPES, HTML])
    return None if chosen == HTML or request.scope["query_string"] else chosen


async def description_response(request: Request, media_type: str) -> Response:
    """The service description (SPARQL 1.1 Service Description §2)."""
    service, base = service_of(request), str(request.base_url).rstrip("/")
    with service.use() as serving:
        tag = tag_of(serving.release.id, "service", base, media_type)
        unchanged = not_modified(request, tag)
        if unchanged is not None:
            return unchanged
        facts = await facts_of(serving)
    text = render_turtle(
        "service", base=base, prefixes=_PREFIXES, formats=_FORMATS, limits=service.settings, facts=facts
    )
    is_turtle = media_type == GraphFormat.TURTLE
    content = text.encode() if is_turtle else convert_turtle(text, media_type, prefixes=_PREFIXES)
    return Response(content, headers={**standing(tag), "Content-Type": content_type(media_type)})


async def _void(request: Request) -> Response:
    """The dataset, in the terms of VoID (https://www.w3.org/TR/void/)."""
    return document_response(request, "void.ttl", accepted(request, DESCRIPTION_MEDIA_TYPES))


async def facts_of(serving: Serving) -> Facts:
    """What has been counted in a release; counted once, for whoever asks first, and to the end if they hang up."""
    task = _facts.get(serving)
    if task is None or (task.done() and (task.cancelled() or task.exception())):
        task = _facts[serving] = asyncio.create_task(_count(serving))
    return await asyncio.shield(task)


async def _count(serving: Serving) -> Facts:
    return {name: await _rows(serving, f"description/{name}") for name in _COUNTED}


async def _rows(serving: Serving, name: str) -> list[Row]:
    try:
        answer = await serving.backend.answer(QueryRequest(query_text(name)))
    except (QueryTimeoutError, QueryResourceError):
        return []
    return rows_of(json.loads(answer.read()))
