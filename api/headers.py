"""Headers that every response carries, and the fence around an unexpected error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["FRAMED", "STANDING", "StandingHeaders", "header_lines"]

_POLICY: Final = b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
STANDING: Final = [
    (b"content-security-policy", _POLICY + b"'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # an address of ours may hold a query
    (b"access-control-allow-origin", b"*"),  # everything here is public, and no request carries credentials
]
# Those of a page that other sites may show in a frame; a route says so by ``scope["state"]["is_framed"]``.
FRAMED: Final = [(b"content-security-policy", _POLICY + b"*"), *STANDING[1:]]


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent in HTTP/1.1."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


class StandingHeaders:
    """ASGI middleware that adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                standing = FRAMED if "is_framed" in scope.get("state", ()) else STANDING
                message["headers"] = [*message.get("headers", ()), *standing]
            await send(message)

        await self._app(scope, receive, send_with_headers)
