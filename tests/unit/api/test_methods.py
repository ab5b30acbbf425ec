"""What every route does besides answering, on routes of all kinds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from api.methods import complete_routes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

READING = "GET, HEAD, OPTIONS"


async def template(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.scope["state"]["route"])


async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(scope["state"]["route"])(scope, receive, send)


ROUTES = [
    Route("/read/{key}", template),
    Route("/asked", template, methods=["GET", "POST", "OPTIONS"]),
    Mount("/files", mounted),
]
complete_routes(ROUTES)


def send(method: str, path: str) -> httpx.Response:
    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=ROUTES))
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            return await client.request(method, path)

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("path", "route"),
    [("/read/1", "/read/{key}"), ("/read/2", "/read/{key}"), ("/asked", "/asked"), ("/files/a", "/files")],
)
def test_a_request_is_known_by_the_template_of_its_route(path: str, route: str) -> None:
    assert send("GET", path).text == route


@pytest.mark.parametrize("path", ["/read/1", "/files/a"])
def test_what_is_only_read_says_so_and_takes_nothing_else(path: str) -> None:
    assert send("HEAD", path).status_code == 200
    options = send("OPTIONS", path)
    assert (options.status_code, options.headers["allow"], options.content) == (204, READING, b"")
    for method in ("POST", "PUT", "DELETE", "PATCH", "BREW"):
        assert send(method, path).status_code == 405


def test_what_takes_more_answers_for_itself() -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert send(method, "/asked").text == "/asked"
