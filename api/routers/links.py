"""``/links/``: the decisions on which things of other datasets are ours, and which are not, by dataset."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from ..descriptions import accepted, document_response, release_file
from ..etags import not_modified, standing, tag_of
from ..rendering import render
from ..results import HTML
from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["add_links"]

_JSON: Final = "application/json"
_TURTLE: Final = "text/turtle"
_INDEX: Final = (_JSON, _TURTLE, HTML)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,119}")
# N-Triples are Turtle too (RDF 1.1 N-Triples §1).
_SUFFIXES: Final = {
    "application/n-triples": "nt",
    _TURTLE: "nt",
    "text/tab-separated-values": "sssom.tsv",
    "text/csv": "csv",
}
_MEDIA_TYPES: Final = {
    ".nt": "application/n-triples",
    ".sssom.tsv": "text/tab-separated-values; charset=utf-8",
    ".csv": "text/csv; charset=utf-8; header=present",
}


def add_links(app: FastAPI) -> None:
    """Serve them."""
    app.add_route("/links", _without_slash, include_in_schema=False)
    app.add_route("/links/", _index, include_in_schema=False)
    app.add_route("/links/{name}", _file, include_in_schema=False)


async def _without_slash(_: Request) -> Response:
    return RedirectResponse("/links/", 308)


async def _index(request: Request) -> Response:
    media_type = accepted(request, _INDEX)
    if media_type == _TURTLE:
        return document_response(request, "links/index.ttl", media_type)
    index = json.loads(release_file(request, "links/index.json").read_text("utf-8"))
    if media_type == HTML:
        return render("links", links=index, release=service_of(request).release.id)
    tag = tag_of(service_of(request).release.id, "links", media_type)
    return not_modified(request, tag) or JSONResponse(index, headers=standing(tag))


async def _file(request: Request) -> Response:
    """One file by its name; or all links to a dataset, by the format that the client accepts."""
    name = request.path_params["name"]
    suffix = next((suffix for suffix in _MEDIA_TYPES if name.endswith(suffix)), "")
    if _NAME.fullmatch(name) is None:
        raise HTTPException(404, "There is no such address.")
    if suffix:
        path, media_type = release_file(request, f"links/{name}"), _MEDIA_TYPES[suffix]
    else:
        release_file(request, f"links/{name}.nt")  # before the format, so that what is not there is 404
        chosen = accepted(request, tuple(_SUFFIXES))
        path = release_file(request, f"links/{name}.{_SUFFIXES[chosen]}")
        media_type = _TURTLE if chosen == _TURTLE else _MEDIA_TYPES[f".{_SUFFIXES[chosen]}"]
    tag = tag_of(service_of(request).release.id, path.name, media_type)
    return not_modified(request, tag) or FileResponse(path, headers=standing(tag), media_type=media_type)
