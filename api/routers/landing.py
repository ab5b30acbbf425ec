"""``/``: what this is, how much it holds, and a query to begin with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from kg.errors import QueryError, ReleaseError

from ..lookups import example_queries, select
from ..rendering import render
from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["add_landing"]


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
    return render("landing", figures=figures, base=base, examples=example_queries())
