"""``/``: what this is, how much it holds, and a query to begin with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from kg.errors import QueryError, ReleaseError

from ..lookups import example_queries, select
from ..rendering import render
from ..service import service_of
from ..signposts import LICENSE, link

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["add_landing"]

# Where a machine goes on from here (RFC 8288, RFC 8631).
_LINKS: Final = ", ".join(
    (
        link("/.well-known/void", "describedby", type="text/turtle"),
        link("/openapi.json", "service-desc", type="application/json"),
        link("/docs", "service-doc", type="text/html"),
        link("/sparql", "service-meta", type="text/turtle"),
        link("/releases", "version-history"),
        link("/context.jsonld", "related", type="application/ld+json"),
        *(link(f"/{terms}", "related", type="text/turtle") for terms in ("ontology", "vocab", "shapes")),
        link(LICENSE, "license"),
    )
)


def add_landing(app: FastAPI) -> None:
    """Serve it."""
    app.add_route("/", _landing, include_in_schema=False)


async def _landing(request: Request) -> Response:
    service = service_of(request)
    figures: dict[str, str] = {}
    # The page says what this is, whatever the workers do.
    with suppress(QueryError, ReleaseError), service.use() as serving:
        if not serving.figures:
            row = (await select(serving.backend, "figures"))[0]
            serving.figures = {"release": serving.release.id} | {name: term.value for name, term in row.items()}
        figures = serving.figures
    base = str(request.base_url).rstrip("/")
    response = render("landing", figures=figures, base=base, examples=example_queries())
    response.headers["Link"] = _LINKS
    return response
