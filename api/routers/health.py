"""``/health``: for whoever keeps the service running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["add_health"]


def add_health(app: FastAPI) -> None:
    """Serve ``/health/live`` and ``/health/ready``."""
    app.add_route("/health/live", _live, include_in_schema=False)
    app.add_route("/health/ready", _ready, include_in_schema=False)


async def _live(request: Request) -> JSONResponse:  # noqa: ARG001 - every endpoint takes one
    """The process runs."""
    return JSONResponse({"status": "live"}, headers={"Cache-Control": "no-store"})


async def _ready(request: Request) -> JSONResponse:
    """A release is open and a worker answers; 503 until then."""
    service = service_of(request)
    ready = await service.is_ready()
    content = {"status": "ready", "release": service.release.id} if ready else {"status": "starting"}
    headers = {"Cache-Control": "no-store"} | ({} if ready else {"Retry-After": "5"})
    return JSONResponse(content, 200 if ready else 503, headers)
