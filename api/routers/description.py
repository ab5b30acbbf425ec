"""What this service is and holds, for machines: SPARQL 1.1 Service Description, and VoID.

All figures are counted in the release that is served, once. A figure that takes too long is left out, never guessed.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from starlette.responses import Response

from kg.errors import NotAcceptableError, QueryResourceError, QueryTimeoutError
from kg.rdf import convert_turtle
from kg.store.backend import GraphFormat, QueryRequest, ResultFormat

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
_COUNTED: Final = ("totals", "distinct", "entities", "classes", "properties", "graphs", "claims", "examples")
_LOCAL_NAME: Final = re.compile(r"[^/#]*$")

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
    return await _describe(request, "service", media_type)


async def _void(request: Request) -> Response:
    media_type = negotiate(request.headers.get("accept"), DESCRIPTION_MEDIA_TYPES)
    if media_type is None:
        raise NotAcceptableError(f"This is offered as {', '.join(DESCRIPTION_MEDIA_TYPES)}; the request accepts none.")
    return await _describe(request, "void", media_type)


async def _describe(request: Request, page: str, media_type: str) -> Response:
    service, base = service_of(request), str(request.base_url).rstrip("/")
    with service.use() as serving:
        tag = tag_of(serving.release.id, page, base, media_type)
        unchanged = not_modified(request, tag)
        if unchanged is not None:
            return unchanged
        facts = await facts_of(serving)
    text = render_turtle(
        page,
        base=base,
        release=serving.release.id,
        prefixes=_PREFIXES,
        formats=_FORMATS if page == "service" else [_FORMATS[known] for known in GraphFormat],
        limits=service.settings,
        facts=facts,
        vocabularies=_vocabularies(facts),
    )
    is_turtle = media_type == GraphFormat.TURTLE
    content = text.encode() if is_turtle else convert_turtle(text, media_type, prefixes=_PREFIXES)
    return Response(content, headers={**standing(tag), "Content-Type": content_type(media_type)})


def _vocabularies(facts: Facts) -> list[str]:
    """The namespaces of all classes and properties in use."""
    terms = [row["class"] for row in facts["classes"]] + [row["property"] for row in facts["properties"]]
    return sorted({_LOCAL_NAME.sub("", term.value) for term in terms})


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
