"""Descriptions that a release holds in Turtle, served in any format of graphs.

The build writes them with relative addresses, against the base of all our names; here the address of this service, as
the request names it, takes the place of that base.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kg.errors import NotAcceptableError
from kg.rdf import convert_turtle
from kg.store.backend import GraphFormat
from kg.vocab import BASE

from .etags import not_modified, standing, tag_of
from .negotiation import negotiate
from .results import content_type
from .service import service_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.requests import Request

__all__ = ["accepted", "base_of", "document_response", "release_file"]

_PREFIX: Final = re.compile(r"^@prefix (\S*): <([^>]*)> \.$", re.MULTILINE)


def base_of(request: Request) -> str:
    """Where this service is, as the request names it; without a slash at its end."""
    return str(request.base_url).rstrip("/")


def accepted(request: Request, offers: Sequence[str]) -> str:
    """The best of the media types that are offered.

    Raises:
        NotAcceptableError: the request accepts none.
    """
    chosen = negotiate(request.headers.get("accept"), offers)
    if chosen is None:
        raise NotAcceptableError(f"This is offered as {', '.join(offers)}; the request accepts none of them.")
    return chosen


def release_file(request: Request, name: str) -> Path:
    """A file of the release that is served.

    Args:
        request: any.
        name: its path below the release; never what a client wrote without a check.

    Raises:
        HTTPException: 404, the release has none.
    """
    path = service_of(request).release.path / name
    if not path.is_file():
        raise HTTPException(404, "The release that is served holds no such file.")
    return path


def document_response(request: Request, name: str, media_type: str) -> Response:
    """The Turtle file ``name`` of the release, in a format of graphs."""
    base = base_of(request)
    path = release_file(request, name)
    tag = tag_of(service_of(request).release.id, name, base, media_type)
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        return unchanged
    text = path.read_text("utf-8").replace(f"@base <{BASE}>", f"@base <{base}/>", 1)
    content = text.encode()
    if media_type != GraphFormat.TURTLE:
        content = convert_turtle(text, media_type, prefixes=dict(_PREFIX.findall(text)))
    return Response(content, headers={**standing(tag), "Content-Type": content_type(media_type)})
