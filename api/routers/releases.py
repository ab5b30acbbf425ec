"""``/releases``, ``/release/R`` and ``/dataset``: which releases there are, and when each was published."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kg.vocab import BASE

from ..documents import Quad
from ..etags import not_modified, standing, tag_of
from ..past import CURRENT, past_of, to_current
from ..rendering import render
from ..representations import FORMATS, OWN, VARY, choose
from ..results import HTML, content_type
from ..serialisation import serialise
from ..signposts import LICENSE, Place, link, signposts
from ..terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.publication import PublishedRelease

__all__ = ["add_releases"]

_DATASET: Final = f"{BASE}dataset"
_DCTERMS: Final = "http://purl.org/dc/terms/"
_VOID: Final = "http://rdfs.org/ns/void#"
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_REVISION: Final = "http://www.w3.org/ns/prov#wasRevisionOf"
_XSD_DATE_TIME: Final = "http://www.w3.org/2001/XMLSchema#dateTime"


def add_releases(app: FastAPI) -> None:
    """Serve them."""
    for path in ("/releases", "/releases.{suffix}"):
        app.add_route(path, _all, include_in_schema=False)
    app.add_route("/release/{release}", _one, include_in_schema=False)


async def _all(request: Request) -> Response:
    return await _respond(request, "", request.path_params.get("suffix", ""))


async def _one(request: Request) -> Response:
    name, _, suffix = request.path_params["release"].partition(".")
    if name == CURRENT:
        return to_current(request)
    return await _respond(request, name, suffix)


async def _respond(request: Request, name: str, suffix: str) -> Response:
    """The document about one release; about all of them where the name is empty."""
    choice = choose(request, suffix, profiles=(OWN,))
    releases = await past_of(request).all()
    numbers = [number for number, release in enumerate(releases) if name in ("", release.id)]
    if not numbers:
        raise HTTPException(404, "There is no such release. /releases lists them.")
    path = f"/release/{name}" if name else "/releases"
    place = Place(BASE + path.removeprefix("/"), path, (f"{_VOID}Dataset",) if name else (), profiles=(OWN,))
    tag = tag_of(*(release.id for release in releases), str(request.base_url), path, *choice.variant)
    unchanged = not_modified(request, tag, VARY)
    if unchanged is not None:
        return unchanged
    quads = [quad for number in numbers for quad in _described(releases, number)]
    if choice.media_type == HTML:
        shown = [releases[number] for number in reversed(numbers)]
        response: Response = render("releases", name=name, releases=shown, place=place, choice=choice, formats=FORMATS)
    else:
        response = Response(await asyncio.to_thread(serialise, place.iri, quads, choice.media_type))
    headers = {**standing(tag, VARY), "Link": signposts(place, choice, *_around(releases, numbers, name))}
    response.headers.update({**headers, "Content-Type": content_type(choice.content_type)})
    return response


def _around(releases: Sequence[PublishedRelease], numbers: Sequence[int], name: str) -> Iterator[str]:
    """Links from the list to each release, and from each to the list and its neighbours (RFC 5829)."""
    if not name:
        yield from (link(f"/release/{release.id}", "item") for release in reversed(releases))
        return
    yield link("/releases", "version-history")
    for number, relation in ((numbers[0] - 1, "predecessor-version"), (numbers[0] + 1, "successor-version")):
        if 0 <= number < len(releases):
            yield link(f"/release/{releases[number].id}", relation)


def _described(releases: Sequence[PublishedRelease], number: int) -> Iterator[Quad]:
    """One release as RDF; the numbers count from the oldest one."""
    release = releases[number]
    own = Term("uri", f"{BASE}release/{release.id}")

    def said(name: str, value: Term) -> Quad:
        return Quad("", own, Term("uri", name), value)

    yield said(_TYPE, Term("uri", f"{_VOID}Dataset"))
    yield said(f"{_DCTERMS}isVersionOf", Term("uri", _DATASET))
    yield said(f"{_DCTERMS}identifier", Term("literal", release.id))
    yield said(f"{_DCTERMS}issued", Term("literal", f"{release.released_at:%Y-%m-%dT%H:%M:%SZ}", "", _XSD_DATE_TIME))
    yield said(f"{_DCTERMS}license", Term("uri", LICENSE))
    if number > 0:
        yield said(_REVISION, Term("uri", f"{BASE}release/{releases[number - 1].id}"))
