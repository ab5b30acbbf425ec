"""From what a client accepts to the formats that are asked of the backend, and from its answer to a response."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from starlette.responses import Response, StreamingResponse

from kg.errors import NotAcceptableError
from kg.query.formats import (
    BOOLEAN_MEDIA_TYPES,
    GRAPH_MEDIA_TYPES,
    SOLUTIONS_MEDIA_TYPES,
    format_choice,
)
from kg.store.backend import IN_MEMORY_BYTES, FormatChoice, GraphFormat, ResultFormat

from .negotiation import negotiate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.store.backend import Answer

__all__ = ["HTML", "Accepted", "accept", "accept_named", "content_type", "respond"]

HTML: Final = "text/html"
_TEXT_FORMATS: Final = (ResultFormat.CSV, ResultFormat.TSV, GraphFormat.TURTLE, HTML)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client takes, for each form that its query may have.

    Attributes:
        formats: for the backend; behind a page stand JSON and Turtle.
        media_types: of the response, by the media type of the backend's answer.
    """

    formats: FormatChoice
    media_types: Mapping[str, str]

    @property
    def is_page(self) -> bool:
        """Whether it would rather have a page than any format."""
        return HTML in self.media_types.values()

    @property
    def variant(self) -> str:
        """What of the response's representation the formats do not tell: under which names they are sent."""
        return ",".join(self.media_types.values())


@lru_cache(maxsize=256)
def accept(header: str | None) -> Accepted:
    """Read an Accept header.

    Raises:
        NotAcceptableError: it fits no form of query.
    """
    forms = (SOLUTIONS_MEDIA_TYPES, BOOLEAN_MEDIA_TYPES, GRAPH_MEDIA_TYPES)
    solutions, boolean, graph = (negotiate(header, [*offered, HTML]) for offered in forms)
    if solutions is boolean is graph is None:
        offered = dict.fromkeys([*SOLUTIONS_MEDIA_TYPES, *GRAPH_MEDIA_TYPES, HTML])
        raise NotAcceptableError(f"Results are offered as {', '.join(offered)}; the request accepts none of them.")
    formats = FormatChoice(
        solutions=ResultFormat.JSON if solutions == HTML else SOLUTIONS_MEDIA_TYPES.get(solutions or ""),
        boolean=ResultFormat.JSON if boolean == HTML else BOOLEAN_MEDIA_TYPES.get(boolean or ""),
        graph=GraphFormat.TURTLE if graph == HTML else GRAPH_MEDIA_TYPES.get(graph or ""),
    )
    chosen = zip((formats.boolean, formats.solutions, formats.graph), (boolean, solutions, graph), strict=True)
    return Accepted(formats, {known.value: media_type for known, media_type in chosen if known and media_type})


def accept_named(name: str) -> Accepted:
    """Read the parameter ``format``: "html", or a name of ``kg.query.formats``.

    Raises:
        NotAcceptableError: there is no such name.
    """
    return accept(HTML) if name == "html" else Accepted(format_choice(name), {})


def content_type(media_type: str) -> str:
    """The Content-Type of a body in a format; all of them are UTF-8, and text types say so."""
    return f"{media_type}; charset=utf-8" if media_type in _TEXT_FORMATS else media_type


def respond(answer: Answer, media_type: str) -> Response:
    """A whole answer as a response of known length."""
    headers = {"Vary": "Accept", "Content-Type": content_type(media_type)}
    if answer.size_bytes <= IN_MEMORY_BYTES:
        return Response(answer.read(), headers=headers)
    return StreamingResponse(answer.chunks(), headers={**headers, "Content-Length": str(answer.size_bytes)})
