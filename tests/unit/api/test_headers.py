"""Headers that every response carries, and how headers are written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.headers import STANDING, StandingHeaders, header_lines

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


def test_headers_are_lines() -> None:
    assert header_lines([(b"a", b"b"), (b"c", b"")]) == b"a: b\r\nc: \r\n"
    assert header_lines([]) == b""


def test_standing_headers_come_after_those_of_the_response_and_in_no_other_message() -> None:
    own: list[Message] = [
        {"type": "http.response.start", "status": 404, "headers": [(b"a", b"b")]},
        {"type": "http.response.start", "status": 200},
        {"type": "http.response.body", "body": b"c"},
    ]
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in own:
            await send(dict(message))

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {}

    asyncio.run(StandingHeaders(app)({"type": "http"}, nothing, keep))
    assert sent[0]["headers"] == [(b"a", b"b"), *STANDING]
    assert sent[1]["headers"] == STANDING
    assert sent[2] == own[2]


def test_every_response_is_fenced_in() -> None:
    fields = dict(STANDING)

    assert b"default-src 'self'" in fields[b"content-security-policy"]
    assert b"unsafe" not in fields[b"content-security-policy"]
    assert fields[b"x-content-type-options"] == b"nosniff"
    assert fields[b"referrer-policy"] == b"no-referrer"
