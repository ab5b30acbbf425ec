"""``/ontology``, ``/vocab`` and ``/shapes``: terms, code lists and shapes as the release documents them.

Pages and Turtle are files of the release; the other formats are made of the Turtle.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from kg.rdf import convert_turtle
from kg.vocab import BASE, VOCAB

from ..descriptions import base_of
from ..etags import not_modified, standing, tag_of
from ..jsonld import context_text
from ..lookups import ask
from ..representations import FORMATS, OWN, VARY, choose
from ..results import HTML, content_type
from ..serialisation import PREFIXES
from ..service import service_of
from ..signposts import Place, signposts

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.requests import Request

    from ..representations import Choice

__all__ = ["add_vocabulary"]

_TURTLE: Final = FORMATS["ttl"]
_STYLE: Final = "css"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,79}")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


def add_vocabulary(app: FastAPI) -> None:
    """Serve them, and ``/context.jsonld``."""
    for folder in ("ontology", "vocab", "shapes"):
        for path in (f"/{folder}", f"/{folder}.{{suffix}}"):
            app.add_route(path, _document, include_in_schema=False)
        app.add_route(f"/{folder}/{{name}}", _document, include_in_schema=False)
    app.add_route("/ontology/{module}/{version}", _version, include_in_schema=False)
    app.add_route("/vocab/{scheme}/{concept}", _concept, include_in_schema=False)
    app.add_route("/vocab/{scheme}/", _namespace, include_in_schema=False)
    app.add_route("/context.jsonld", _json_ld_context, include_in_schema=False)


async def _document(request: Request) -> Response:
    """The documentation of all terms, of one module, code list or stage; by suffix, or by what the client accepts."""
    root = request.scope.get("root_path", "")
    folder = request.url.path.removeprefix(root).split("/")[1].partition(".")[0]
    name, _, suffix = request.path_params.get("name", "").partition(".")
    suffix = suffix or request.path_params.get("suffix", "")
    if name and _NAME.fullmatch(name) is None:
        raise HTTPException(404, "There is no such address.")
    release = service_of(request).release
    file = release.path / "docs" / (f"{folder}/{name}" if name else folder)
    if suffix == _STYLE:
        return FileResponse(_existing(file, _STYLE), media_type="text/css")
    choice = choose(request, suffix, profiles=(OWN,))
    path = f"/{folder}/{name}" if name else f"/{folder}"
    place = Place(BASE + path.removeprefix("/"), path, profiles=(OWN,))
    tag = tag_of(release.id, base_of(request), path, *choice.variant)
    headers = {**standing(tag, VARY), "Link": signposts(place, choice)}
    unchanged = not_modified(request, tag, VARY)
    return await asyncio.to_thread(_written, file, choice, headers) if unchanged is None else unchanged


def _written(file: Path, choice: Choice, headers: dict[str, str]) -> Response:
    headers = {**headers, "Content-Type": content_type(choice.content_type)}
    if choice.media_type == HTML:
        return FileResponse(_existing(file, "html"), headers=headers)
    turtle = _existing(file, "ttl")
    if choice.media_type == _TURTLE:
        return FileResponse(turtle, headers=headers)
    return Response(convert_turtle(turtle.read_text("utf-8"), choice.media_type, prefixes=PREFIXES), headers=headers)


def _existing(file: Path, suffix: str) -> Path:
    path = file.with_name(f"{file.name}.{suffix}")
    if not path.is_file():
        raise HTTPException(404, "The release that is served has no such module, code list or shapes.")
    return path


async def _json_ld_context(request: Request) -> Response:
    """The context that our JSON-LD names: a short name for every term."""
    text = context_text()
    tag = tag_of(text)
    headers = {**standing(tag), "Content-Type": FORMATS["jsonld"]}
    return not_modified(request, tag) or Response(text, headers=headers)


async def _version(request: Request) -> Response:
    """The version IRI of a module leads to the module, where the release has that version of it."""
    module, version = request.path_params["module"], request.path_params["version"]
    if _VERSION.fullmatch(version) is None:
        raise HTTPException(404, "There is no such address.")
    await _require(request, f"{BASE}ontology/{module}/{version}", module)
    return RedirectResponse(f"/ontology/{module}", 303)


async def _namespace(request: Request) -> Response:
    """The namespace of a code list's concepts, as descriptions of datasets name it, leads to the list."""
    scheme = request.path_params["scheme"]
    await _require(request, f"{VOCAB}{scheme}", scheme)
    return RedirectResponse(f"/vocab/{scheme}", 303)


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
