"""The service behind a proxy that takes a prefix off the path: routes stay as they are, and links lead back through it.

The prefix is ``KG_ROOT_PATH`` or, with ``KG_FORWARDED_PREFIX``, what a trusted proxy says in ``X-Forwarded-Prefix``.
Addresses of our own begin with "/" in pages, in ``Location`` and in ``Link``; the prefix is put before them here, in
one place, for all pages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from uvicorn.middleware.proxy_headers import _TrustedHosts

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kg.settings import Settings

__all__ = ["Prefix"]

_HEADER: Final = b"x-forwarded-prefix"
_PREFIX: Final = re.compile(rb"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]{1,64}){1,8}")
# Templates quote every attribute, and escape every quote in what they are given.
_ATTRIBUTE: Final = re.compile(rb'((?:href|src|action)=")/(?!/)')
_TARGET: Final = re.compile(rb"</(?!/)")
# uvicorn gives the client that a trusted proxy names this port, which no connection has.
_FORWARDED_PORT: Final = 0


class Prefix:
    """ASGI middleware; it must be the outermost one."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._own = settings.root_path.encode()
        self._is_told = settings.forwarded_prefix
        self._trusted = _TrustedHosts(settings.forwarded_allow_ips)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its path as the client wrote it, and the prefix as ``root_path``."""
        prefix = self._prefix_of(scope) if scope["type"] == "http" else b""
        if not prefix:
            await self._app(scope, receive, send)
            return
        text = prefix.decode()
        inner = {**scope, "root_path": text, "path": text + scope["path"], "raw_path": prefix + scope["raw_path"]}
        await self._app(inner, receive, _Prefixed(send, prefix))

    def _prefix_of(self, scope: Scope) -> bytes:
        # A proxy that knows nothing of the header passes on what a client writes there.
        if not self._is_told:
            return self._own
        said = next((value for name, value in scope["headers"] if name == _HEADER), b"").rstrip(b"/")
        if said and _PREFIX.fullmatch(said) and self._is_trusted(scope.get("client")):
            return bytes(said)
        return self._own

    def _is_trusted(self, client: tuple[str, int] | None) -> bool:
        return client is None or client[1] == _FORWARDED_PORT or client[0] in self._trusted


class _Prefixed:
    """Puts the prefix before our own addresses in what is sent; a page is sent whole."""

    def __init__(self, send: Send, prefix: bytes) -> None:
        self._send = send
        self._prefix = prefix
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Send a message on."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": [(name, self._header(name, value)) for name, value in message["headers"]]}
            if self._is_page(message):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._send_page(self._start)

    def _header(self, name: bytes, value: bytes) -> bytes:
        if name.lower() == b"location" and value.startswith(b"/"):
            return self._prefix + value
        return _TARGET.sub(b"<" + self._prefix + b"/", value) if name.lower() == b"link" else value

    @staticmethod
    def _is_page(start: Message) -> bool:
        headers = {name.lower(): value for name, value in start["headers"]}
        return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers

    async def _send_page(self, start: Message) -> None:
        content = _ATTRIBUTE.sub(rb"\1" + self._prefix + b"/", bytes(self._body))
        length = (b"content-length", str(len(content)).encode())
        kept = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": content})
