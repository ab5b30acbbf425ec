"""What every route does besides answering: it is known by its template, and OPTIONS says what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["complete_routes"]

_READING: Final = {"GET", "HEAD"}
_READING_AND_OPTIONS: Final = "GET, HEAD, OPTIONS"


def complete_routes(routes: Iterable[BaseRoute]) -> None:
    """Have each route name its template in ``scope["state"]["route"]``, and those that are only read take OPTIONS."""
    for route in routes:
        if isinstance(route, Route):
            only_read = route.methods == _READING
            route.app = _Named(route.app, route.path, only_read=only_read)
            if only_read:
                route.methods = _READING | {"OPTIONS"}
        elif isinstance(route, Mount):
            route.app = _Named(route.app, route.path, only_read=True)


class _Named:
    def __init__(self, app: ASGIApp, path: str, *, only_read: bool) -> None:
        self._app = app
        self._path = path
        self._only_read = only_read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["route"] = self._path
        allowed = {"Allow": _READING_AND_OPTIONS}
        if not self._only_read or scope["method"] in _READING:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=allowed)(scope, receive, send)
        else:
            raise HTTPException(405, headers=allowed)
