"""``/id/…``, ``/doc/…``, ``/claim/…``, ``/source/…``: what the release says of one thing, and who says so."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..limits import while_connected
from ..seen import Seen
from ..service import service_of
from ..showing import KINDS, identify, show
from .memento import links_to_past

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from ..showing import Kind

__all__ = ["add_things"]


def add_things(app: FastAPI) -> None:
    """Serve them."""
    app.add_route("/id/{type}/{key}", _identifier, include_in_schema=False)
    for kind in KINDS:
        app.add_route(kind.path, _endpoint(kind), include_in_schema=False)


async def _identifier(request: Request) -> Response:
    with _seen(request) as seen:
        return await identify(request, seen)


def _endpoint(kind: Kind) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        with _seen(request) as seen:
            return await while_connected(request, show(request, kind, seen))

    return endpoint


@contextmanager
def _seen(request: Request) -> Iterator[Seen]:
    """The release that is served now, held open until the block ends."""
    service = service_of(request)
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    with service.use() as serving:
        yield Seen(serving, serving, service.settings.page_quads, links=links_to_past(path))
