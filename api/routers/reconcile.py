"""``/reconcile``: matching names from elsewhere with things of the release (``api/reconciliation``), over HTTP.

Versions 0.1 and 0.2 stand at ``/reconcile``, version 1.0-draft at ``/reconcile/1.0-draft``; what both have alike, and
the draft's own operations, are found below either.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from ..answers import answers_of
from ..classes import classes_of, index_of
from ..delivery import UNKEPT, tell_budget
from ..descriptions import base_of
from ..errands import errands_of
from ..limits import read_body, while_connected
from ..parameters import bounded_text, read_parameters, whole_number
from ..reconciliation.answering import reconcile
from ..reconciliation.browsing import KINDS, preview_of, preview_of_term, suggest, suggest_entities
from ..reconciliation.extension import draft_extension_members, extend, extension_members
from ..reconciliation.identity import entry_of
from ..reconciliation.manifest import DRAFT_PATH, PATH, draft_manifest, manifest
from ..reconciliation.properties import properties
from ..reconciliation.requests import (
    Given,
    read_extension,
    read_json,
    read_named_queries,
    read_queries,
    read_query,
)
from ..reconciliation.shapes import candidate_members, draft_candidate_members, property_members
from ..rendering import render, render_text
from ..service import service_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeAlias

    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.search import Entry

    from ..classes import Classes
    from ..service import Serving

    Handler: TypeAlias = Callable[[Request, Serving, Mapping[str, str]], Awaitable[Response]]

__all__ = ["add_reconcile"]

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_JAVASCRIPT: Final = "text/javascript"
_ANSWERING: Final = ["GET", "HEAD", "POST", "OPTIONS"]
_TAKING: Final = ["POST", "OPTIONS"]
_EXPOSED: Final = "RateLimit, RateLimit-Policy, Retry-After"
# A name of a function in JavaScript, or of one in an object; nothing else can be said with it.
_CALLBACK: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}(\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){0,4}")
_SUGGESTED: Final = 10
_SUGGESTED_MAX: Final = 50
_OFFSET_MAX: Final = 900
_ID_CHARACTERS_MAX: Final = 512

# A JSON object.
_Members = dict[str, Any]


def add_reconcile(app: FastAPI) -> None:
    """Serve it."""

    def add(path: str, handler: Handler, methods: list[str] | None = None) -> None:
        app.add_route(path, partial(_served, handler, methods or []), methods=methods, include_in_schema=False)

    add(PATH, _old, _ANSWERING)
    add(DRAFT_PATH, _draft)
    for root in (PATH, DRAFT_PATH):
        add(f"{root}/match", _match, _TAKING)
        add(f"{root}/extend", _extend, _TAKING)
        add(f"{root}/extend/propose", _propose)
        add(f"{root}/suggest/{{kind}}", _suggest)
        add(f"{root}/preview", _preview)
    add(f"{PATH}/flyout/{{kind}}", _flyout)
    add(f"{PATH}/view", _view)


async def _served(handler: Handler, methods: list[str], request: Request) -> Response:
    if request.method == "OPTIONS":
        return _options(methods)
    parameters = read_parameters(request.scope["query_string"])
    _check_callback(parameters)
    if request.method == "POST" and methods == _ANSWERING:
        parameters = _joined(parameters, read_parameters(await _body(request, _FORM)))
        _check_callback(parameters)
    with service_of(request).use() as serving:
        response = await handler(request, serving, parameters)
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    tell_budget(response, answers_of(request), request.scope["state"])
    return response


def _options(methods: list[str]) -> Response:
    allowed = ", ".join(methods)
    return Response(
        status_code=204,
        headers={
            "Allow": allowed,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type",
            "Access-Control-Max-Age": "86400",
        },
    )


def _joined(address: Mapping[str, str], form: Mapping[str, str]) -> dict[str, str]:
    if not address.keys().isdisjoint(form):
        raise HTTPException(400, "A parameter is given more than once.")
    return {**address, **form}


async def _body(request: Request, media_type: str) -> bytes:
    given, *parameters = (part.strip() for part in request.headers.get("content-type", "").lower().split(";"))
    charsets = [name.partition("=")[2].strip('"') for name in parameters if name.startswith("charset=")]
    if given != media_type or charsets not in ([], ["utf-8"]) or "content-encoding" in request.headers:
        raise HTTPException(415, f"Send the request as {media_type} in UTF-8, not compressed.")
    settings = service_of(request).settings
    return await read_body(request, bytes_max=settings.reconcile_bytes_max, timeout_s=settings.body_timeout_s)


def _check_callback(parameters: Mapping[str, str]) -> None:
    if "callback" in parameters and _CALLBACK.fullmatch(parameters["callback"]) is None:
        raise HTTPException(400, "The parameter “callback” is the name of a function.")


def _reply(parameters: Mapping[str, str], members: _Members) -> Response:
    """An answer as JSON or, for the callback of version 0.1, as a script that calls it."""
    # ASCII alone, so that the script holds no line separator of Unicode's, which would break it.
    content = json.dumps(members, allow_nan=False, separators=(",", ":"))
    callback = parameters.get("callback")
    if callback is None:
        return Response(content, 200, {"Cache-Control": UNKEPT}, _JSON)
    # The comment keeps the answer from being read as anything else that begins with the client's own words.
    return Response(f"/**/{callback}({content});", 200, {"Cache-Control": UNKEPT}, _JAVASCRIPT)


async def _old(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    """Versions 0.1 and 0.2: one address for all that is asked."""
    settings = service_of(request).settings
    asked = [name for name in ("queries", "query", "extend") if name in parameters]
    if len(asked) > 1:
        raise HTTPException(400, "One of “queries”, “query” and “extend” is asked at a time.")
    classes = await classes_of(serving)
    if not asked:
        return _reply(parameters, manifest(base_of(request), classes, settings))
    value = parameters[asked[0]]
    if asked == ["extend"]:
        wanted = read_extension(read_json(value), settings)
        return _reply(parameters, extension_members(await while_connected(request, extend(request, serving, wanted))))
    named = {"": read_query(value, settings)} if asked == ["query"] else read_named_queries(read_json(value), settings)
    found = await while_connected(request, reconcile(request, serving, list(named.values())))
    results = {
        name: {"result": [candidate_members(candidate, classes) for candidate in candidates]}
        for name, candidates in zip(named, found, strict=True)
    }
    return _reply(parameters, results[""] if asked == ["query"] else results)


async def _draft(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    """Version 1.0-draft: its manifest."""
    classes = await classes_of(serving)
    return _reply(parameters, draft_manifest(base_of(request), classes, service_of(request).settings))


async def _match(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    queries = read_queries(read_json(await _body(request, _JSON)), service_of(request).settings)
    classes = await classes_of(serving)
    found = await while_connected(request, reconcile(request, serving, queries))
    results = [
        {"candidates": [draft_candidate_members(candidate, classes) for candidate in candidates]}
        for candidates in found
    ]
    return _reply(parameters, {"results": results})


async def _extend(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    wanted = read_extension(read_json(await _body(request, _JSON)), service_of(request).settings)
    extended = await while_connected(request, extend(request, serving, wanted))
    return _reply(parameters, draft_extension_members(extended))


async def _propose(_: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    """The properties that can be fetched of things of a type; all of them where none is named."""
    classes = await classes_of(serving)
    named = bounded_text(parameters, "type", characters_max=_ID_CHARACTERS_MAX)
    limit = whole_number(parameters, "limit", _SUGGESTED_MAX, bounds=(0, _SUGGESTED_MAX))
    iri = classes.resolve(named) or named
    proposed = [known for known in properties().values() if not named or known.fits(_with_broader(classes, iri))]
    members: _Members = {"properties": [property_members(known) for known in proposed][: limit or None]}
    if named:
        members["type"] = named
    if "limit" in parameters:
        members["limit"] = limit
    return _reply(parameters, members)


def _with_broader(classes: Classes, iri: str) -> set[str]:
    found, left = set[str](), [iri]
    while left:
        here = left.pop()
        if here not in found:
            found.add(here)
            left += classes.by_iri[here].broader if here in classes.by_iri else ()
    return found


async def _suggest(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    """Suggestions while somebody types; ``offset`` was called ``cursor`` before the draft."""
    kind = request.path_params["kind"]
    prefix = bounded_text(parameters, "prefix", characters_max=service_of(request).settings.search_characters_max)
    cursor = whole_number(parameters, "cursor", 0, bounds=(0, _OFFSET_MAX))
    offset = whole_number(parameters, "offset", cursor, bounds=(0, _OFFSET_MAX))
    limit = whole_number(parameters, "limit", _SUGGESTED, bounds=(1, _SUGGESTED_MAX))
    classes = await classes_of(serving)
    if kind in KINDS:
        return _reply(parameters, {"result": suggest(kind, classes, prefix)[offset : offset + limit]})
    if kind != "entity":
        raise HTTPException(404, "Suggested are entities, types and properties.")
    named = bounded_text(parameters, "type", characters_max=_ID_CHARACTERS_MAX)
    types = (classes.resolve(named) or named,) if named else ()
    look = partial(suggest_entities, index_of(serving), classes, prefix, types=types, part=(offset, limit))
    return _reply(parameters, {"result": await while_connected(request, errands_of(request).run(request, look))})


async def _preview(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    entry = _entry(serving, parameters)
    request.scope["state"]["is_framed"] = True
    return render("preview", **preview_of(entry, await classes_of(serving)))


async def _flyout(request: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    kind, classes = request.path_params["kind"], await classes_of(serving)
    if kind == "entity":
        shown = preview_of(_entry(serving, parameters), classes)
    else:
        known = KINDS[kind](classes) if kind in KINDS else []
        found = [members for members in known if members["id"] == parameters.get("id")]
        if not found:
            raise HTTPException(404, "There is no such type or property.")
        shown = preview_of_term(found[0])
    return _reply(parameters, {"id": parameters["id"], "html": render_text("flyout", **shown)})


async def _view(_: Request, serving: Serving, parameters: Mapping[str, str]) -> Response:
    """To the page of a thing."""
    href = preview_of(_entry(serving, parameters), await classes_of(serving))["href"]
    if not href:
        raise HTTPException(404, "This thing has no page.")
    return RedirectResponse(href, 303)


def _entry(serving: Serving, parameters: Mapping[str, str]) -> Entry:
    identifier = bounded_text(parameters, "id", characters_max=_ID_CHARACTERS_MAX)
    entry = entry_of(index_of(serving), Given("", identifier))
    if entry is None:
        raise HTTPException(404, "The release that is served has no thing of this name.")
    return entry
