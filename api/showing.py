"""A document about one thing as a response: in the format, by the profile and on the page that a request asks for."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from kg.vocab import CLAIM, ID, SOURCE

from .alternates import alternates_of, pages_of
from .documents import read_document
from .etags import not_modified, standing, tag_of
from .jsonld import SCHEMA_CONTEXT, embedded
from .lookups import select
from .naming import read_names
from .rendering import render
from .representations import ALTERNATES, FORMATS, SCHEMA_ORG, VARY, choose
from .results import HTML, content_type
from .serialisation import serialise
from .signposts import Place, link, signposts
from .views import Beside, page_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from .documents import Document, Quad
    from .representations import Choice
    from .seen import Seen
    from .terms import Term

__all__ = ["KINDS", "Kind", "identify", "show"]

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
# A thing of more kinds than these does not tell them all in a header.
_TYPES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document: where it stands, what it is about, and the name of its page and its query."""

    path: str
    iri_prefix: str
    name: str


KINDS: Final = (
    Kind("/doc/{type}/{key}", ID, "thing"),
    Kind("/claim/{key}", CLAIM, "claim"),
    Kind("/source/{key}", SOURCE, "source"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be shown, of which release, and how."""

    kind: Kind
    iri: str
    address: str
    seen: Seen
    choice: Choice
    base: str
    tag: str

    def place(self, quads: Iterable[Quad] = (), *, has_next: bool = False) -> Place:
        """Where the document stands."""
        classes = [q.value.value for q in quads if q.subject.value == self.iri and q.predicate.value == _RDF_TYPE]
        types = tuple(dict.fromkeys(classes))[:_TYPES_MAX]
        return Place(self.iri, self.address, types, has_next, self.seen.profiles)

    def headers(self, place: Place) -> dict[str, str]:
        """The headers of the response."""
        return {
            **standing(self.tag, VARY),
            **self.seen.headers,
            "Link": signposts(place, self.choice, *self.seen.links),
            "Content-Profile": f"<{self.choice.profile}>",
            "Content-Type": content_type(self.choice.content_type),
        }


async def identify(request: Request, seen: Seen) -> Response:
    """A thing is not a document: 303, to the document about it; 308, to what it was merged into."""
    path = _path(request)
    survivor = await seen.survivor_of(ID + path)
    if survivor:
        return RedirectResponse(f"{seen.root}/id/{survivor.removeprefix(ID)}", 308, seen.headers)
    links = ", ".join([link(f"{seen.root}/doc/{path}", "describedby"), *seen.links])
    return RedirectResponse(f"{seen.root}/doc/{path}", 303, {**seen.headers, "Link": links})


async def show(request: Request, kind: Kind, seen: Seen) -> Response:
    """The document about a thing, a claim or a source, as the request asks for it.

    Raises:
        HTTPException: 404, there is no such document or page of it; 410, what it was about has been removed.
        NotAcceptableError: it is not offered as the request wants it.
    """
    suffix = request.path_params["key"].partition(".")[2]
    path = _path(request)
    iri, address = kind.iri_prefix + path, seen.root + kind.path.partition("{")[0] + path
    choice, base = choose(request, suffix, profiles=seen.profiles), str(request.base_url).rstrip("/")
    tag = tag_of(*seen.state, base, address, *choice.variant)
    # Before it is asked whether the client has it: "*" is whatever there is, which may be nothing.
    survivor = await seen.survivor_of(iri)
    if survivor:
        target = address.removesuffix(path) + survivor.removeprefix(kind.iri_prefix)
        return RedirectResponse(target + (f".{suffix}" if suffix else ""), 308, seen.headers)
    unchanged = not_modified(request, tag, VARY)
    if unchanged is not None:
        return unchanged
    wanted = _Wanted(kind, iri, address, seen, choice, base, tag)
    return await (_by_own_model(wanted) if choice.profile not in (SCHEMA_ORG, ALTERNATES) else _by_other(wanted))


async def _by_own_model(wanted: _Wanted) -> Response:
    choice = wanted.choice
    document = await read_document(wanted.seen.reading, wanted.kind.name, wanted.iri, choice.page)
    if not document.quads and choice.page > 1:
        raise HTTPException(404, "There is no such page of this document.")
    place = wanted.place(document.quads, has_next=document.has_next)
    if choice.media_type == HTML:
        return await _page(wanted, document, place)
    has_graphs = choice.media_type == FORMATS["trig"] or (
        choice.media_type == FORMATS["jsonld"] and wanted.kind.name == "claim"
    )
    quads = [*(document.dataset if has_graphs else document.graph), *pages_of(place, choice, wanted.base)]
    content = await asyncio.to_thread(serialise, wanted.iri, quads, choice.media_type)
    return Response(content, headers=wanted.headers(place))


async def _by_other(wanted: _Wanted) -> Response:
    """By the model of schema.org; or which models and formats there are."""
    place = wanted.place()
    quads = list(alternates_of(place, wanted.base))
    if wanted.choice.profile == SCHEMA_ORG:
        quads = await wanted.seen.reading.quads("schema-org", thing=wanted.iri)
    profile = wanted.choice.profile
    content = await asyncio.to_thread(serialise, wanted.iri, quads, wanted.choice.media_type, profile=profile)
    return Response(content, headers=wanted.headers(place))


async def _page(wanted: _Wanted, document: Document, place: Place) -> Response:
    beside = await _beside(wanted, document)
    response = render(
        wanted.kind.name,
        iri=wanted.iri,
        place=place,
        choice=wanted.choice,
        formats=FORMATS,
        release=wanted.seen.past_release,
        json_ld=beside.json_ld,
        **page_values(document, wanted.choice.languages, beside),
    )
    for name, value in wanted.headers(place).items():
        response.headers[name] = value
    return response


async def _beside(wanted: _Wanted, document: Document) -> Beside:
    """What a page tells beside its document; of a past release, no more than what its claims and things are called.

    Conflicts and the terms of schema.org are told without the claims that they come from, so nobody can say whether
    these are still known.
    """
    reading = wanted.seen.reading
    # The page of a source shows each claim whole.
    is_source = wanted.kind.name == "source"
    names = {} if is_source else await read_names(reading, document, wanted.choice.languages)
    if wanted.seen.past_release:
        return Beside(names)
    conflicts: dict[str, dict[Term, None]] = {}
    for row in await select(reading.backend, "conflicts", thing=wanted.iri):
        conflicts.setdefault(row["property"].value, {})[row["conflict"]] = None
    schema = await reading.quads("schema-org", thing=wanted.iri)
    json_ld = await asyncio.to_thread(embedded, wanted.iri, schema, SCHEMA_CONTEXT)
    return Beside(names, {name: tuple(found) for name, found in conflicts.items()}, json_ld)


def _path(request: Request) -> str:
    """TYPE/KEY, or KEY, of the address, without its suffix."""
    parts = [request.path_params["key"].partition(".")[0]]
    if "type" in request.path_params:
        parts.insert(0, request.path_params["type"])
    if not all(_KEY.fullmatch(part) for part in parts):
        raise HTTPException(404, "There is no such address.")
    return "/".join(parts)
