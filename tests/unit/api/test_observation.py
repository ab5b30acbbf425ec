"""A request is seen once: its id, its line, its figures."""

from __future__ import annotations

import asyncio
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from api.lookups import ask, select
from api.metrics import Metrics
from api.observation import NO_ROUTE, Observation
from kg.store.backend import Answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kg.store.backend import QueryRequest


def run(app: ASGIApp, *headers: tuple[bytes, bytes], method: str = "GET") -> tuple[list[Message], dict[str, Any]]:
    """What was sent for a request, and the line that tells of it."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "path": "/secret", "headers": list(headers)}
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        asyncio.run(Observation(app, Metrics())(scope, receive, send))
    (line,) = lines
    return sent, dict(line)


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    scope.setdefault("state", {}).update(route="/{key}", outcome="cached", timings_s={"work": 0.1})
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b"hel", "more_body": True})
    await send({"type": "http.response.body", "body": b"lo"})


def test_a_request_is_told_by_template_status_outcome_and_size() -> None:
    sent, line = run(hello)

    assert sent[0]["headers"] == [(b"a", b"b"), (b"x-request-id", line.pop("request_id").encode())]
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/{key}",
        "status": 200,
        "outcome": "cached",
        "bytes": 5,
    }


def test_a_head_request_has_no_bytes() -> None:
    assert run(hello, method="HEAD")[1]["bytes"] == 0


@pytest.mark.parametrize("given_id", [b"ivanova", b"proxy-7.a_B", b"0123456789abcdef", b""])
def test_an_id_is_never_one_that_the_request_names(given_id: bytes) -> None:
    ids = set()
    for _ in range(3):
        sent, line = run(hello, (b"x-request-id", given_id))
        assert dict(sent[0]["headers"])[b"x-request-id"].decode() == line["request_id"]
        assert re.fullmatch(r"[0-9a-f]{16}", line["request_id"])
        ids.add(line["request_id"].encode())

    assert len(ids | {given_id}) == 4


@pytest.mark.parametrize(
    ("status", "outcome", "level"),
    [
        (204, "answered", "info"),
        (303, "answered", "info"),
        (304, "not-modified", "info"),
        (404, "not-found", "info"),
        (405, "other", "info"),
        (503, "other", "info"),
        (500, "other", "error"),
    ],
)
def test_where_no_route_says_how_it_ended_the_status_does(status: int, outcome: str, level: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    line = run(app)[1]
    assert (line["route"], line["outcome"], line["log_level"]) == (NO_ROUTE, outcome, level)


def test_what_is_not_found_is_told_as_that_whatever_the_route_says() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] |= {"outcome": "other"}
        await send({"type": "http.response.start", "status": 404, "headers": []})

    assert run(app)[1]["outcome"] == "not-found"


def test_a_client_that_hung_up_is_told_as_gone() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """Nobody is there to answer."""

    line = run(app)[1]
    assert (line["status"], line["outcome"]) == (None, "gone")


def test_a_request_that_is_called_off_is_answered_with_503() -> None:
    """As uvicorn does it when it stops and has waited for long enough."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    sent, line = run(app)
    headers = dict(sent[0]["headers"])
    assert (sent[0]["status"], line["status"]) == (503, 503)
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"retry-after"] == b"5"
    assert b"x-request-id" in headers
    assert json.loads(sent[1]["body"])["status"] == 503


def test_an_answer_that_is_called_off_breaks_off() -> None:
    """So that the client does not take what it has for the whole."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(app)


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> Message:
        return {}

    asyncio.run(Observation(app, Metrics())({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]


class Asked:
    """A backend that says yes, and remembers whose queries it was asked."""

    def __init__(self) -> None:
        self.clients: list[str] = []

    async def answer(self, request: QueryRequest) -> Answer:
        """Yes."""
        self.clients.append(request.client)
        body = b'{"boolean": true, "results": {"bindings": []}}'
        return Answer("application/sparql-results+json", len(body), io.BytesIO(body))

    async def aclose(self) -> None:
        """Nothing is open."""


def test_the_queries_behind_a_page_take_the_turn_of_whoever_opens_it() -> None:
    """Two clients at once, so that one cannot be taken for the other."""
    backend = Asked()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await ask(backend, "known", thing="http://example.com/thing")
        await asyncio.sleep(0)
        await select(backend, "labels", nodes=["http://example.com/thing"])

    async def open_page(client: str) -> None:
        async def nothing() -> Message:
            return {"type": "http.request"}

        async def ignore(message: Message) -> None:
            pass

        scope = {"type": "http", "method": "GET", "headers": [], "client": (client, 1)}
        await Observation(page, Metrics())(scope, nothing, ignore)

    async def both() -> None:
        await asyncio.gather(open_page("192.0.2.1"), open_page("2001:db8:0:7:1::9"))

    asyncio.run(both())
    assert sorted(backend.clients) == ["192.0.2.1", "192.0.2.1", "2001:db8:0:7::/64", "2001:db8:0:7::/64"]
