"""``/ontology`` and ``/vocab``: the terms as the release documents them, for people or as Turtle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from kg.errors import NotAcceptableError
from kg.vocab import BASE, VOCAB

from ..lookups import ask
from ..negotiation import negotiate
from ..results import HTML
from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["add_vocabulary"]

_TURTLE: Final = "text/turtle"
_OFFERS: Final = (_TURTLE, HTML)
_SUFFIXES: Final = {HTML: "html", _TURTLE: "ttl"}
_CONTENT_TYPES: Final = {"html": HTML, "ttl": _TURTLE, "css": "text/css"}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,79}")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


def add_vocabulary(app: FastAPI) -> None:
    """Serve them."""
    for folder in ("ontology", "vocab"):
        for path in (f"/{folder}", f"/{folder}.{{suffix}}"):
            app.add_route(path, _document, include_in_schema=False)
        app.add_route(f"/{folder}/{{name}}", _document, include_in_schema=False)
    app.add_route("/ontology/{module}/{version}", _version, include_in_schema=False)
    app.add_route("/vocab/{scheme}/{concept}", _concept, include_in_schema=False)


async def _document(request: Request) -> Response:
    """The documentation of all terms, of one module or of one code list; by suffix, or by what the client accepts."""
    folder = request.url.path.split("/")[1].partition(".")[0]
    name, _, suffix = request.path_params.get("name", "").partition(".")
    suffix = suffix or request.path_params.get("suffix", "")
    if (name and _NAME.fullmatch(name) is None) or suffix not in ("", *_CONTENT_TYPES):
        raise HTTPException(404, "There is no such address.")
    suffix = suffix or _negotiated(request)
    path = service_of(request).release.path / "docs" / (f"{folder}/{name}.{suffix}" if name else f"{folder}.{suffix}")
    if not path.is_file():
        raise HTTPException(404, "The release that is served has no such module or code list.")
    return FileResponse(path, headers={"Vary": "Accept"}, media_type=_CONTENT_TYPES[suffix])


def _negotiated(request: Request) -> str:
    chosen = negotiate(request.headers.get("accept"), _OFFERS)
    if chosen is None:
        raise NotAcceptableError(f"This is offered as {', '.join(_OFFERS)}; the request accepts none of them.")
    return _SUFFIXES[chosen]


async def _version(request: Request) -> Response:
    """The version IRI of a module leads to the module, where the release has that version of it."""
    module, version = request.path_params["module"], request.path_params["version"]
    if _VERSION.fullmatch(version) is None:
        raise HTTPException(404, "There is no such address.")
    await _require(request, f"{BASE}ontology/{module}/{version}", module)
    return RedirectResponse(f"/ontology/{module}", 303)


async def _concept(request: Request) -> Response:
    """A concept is described where its code list is: 303, to its place there."""
    scheme, concept = request.path_params["scheme"], request.path_params["concept"]
    await _require(request, f"{VOCAB}{scheme}/{concept}", scheme, concept)
    return RedirectResponse(f"/vocab/{scheme}#{concept}", 303)


async def _require(request: Request, iri: str, *names: str) -> None:
    if not all(_NAME.fullmatch(name) for name in names):
        raise HTTPException(404, "There is no such address.")
    with service_of(request).use() as serving:
        if not await ask(serving.backend, "known", thing=iri):
            raise HTTPException(404, "The release that is served has no such term.")
