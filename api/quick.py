"""Answers given before anything else happens: whole responses by the bytes of the request line and its headers.

The connection (``api/connections.py``) asks here first. An application around an empty body takes as long through ASGI
as a good engine takes for a lookup; a kept answer is to cost less than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse

from kg.errors import ReleaseError

from .cache import ByteCache
from .headers import STANDING, header_lines

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .service import Service, Serving

__all__ = ["QuickAnswers"]

Headers = list[tuple[bytes, bytes]]

# What decides a kept answer, beside method and address.
_DECIDING: Final = frozenset({b"accept", b"accept-encoding"})
# What asks for more than a kept answer; such a request takes the long way.
_ASKING_MORE: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_CONDITION: Final = b"if-none-match"
# A longer response would lie in memory for as long as its client takes to read it.
_BYTES_MAX: Final = 64 * 1024
# What 304 repeats of the response (RFC 9110 §15.4.5), and what browsers need beside it.
_REPEATED: Final = frozenset({b"cache-control", b"etag", b"vary", b"access-control-allow-origin"})


@dataclass(frozen=True, slots=True)
class _Quick:
    """A response from behind the header Date on, and the same as 304."""

    whole: bytes
    not_modified: bytes
    tag: bytes


class QuickAnswers:
    """The responses that are asked for most, of the release that is served now.

    Attributes:
        given: how many were given since the start; no application sees these requests.
    """

    def __init__(self, service: Service, bytes_max: int) -> None:
        self._service = service
        self._responses: ByteCache[tuple[object, ...], _Quick] = ByteCache(bytes_max)
        self._serving: Serving | None = None
        self.given = 0

    @property
    def size_bytes(self) -> int:
        """What they take now."""
        return self._responses.size_bytes

    def find(self, target: bytes, headers: Headers, date: bytes) -> bytes | None:
        """The whole response to a GET request without a body, ready to be sent; None if it is not here.

        Args:
            target: of the request, as it was sent.
            headers: of the request, names in lower case.
            date: header lines that the response is to begin with.
        """
        deciding: list[object] = [target]
        condition = None
        for header in headers:
            name = header[0]
            if name in _DECIDING:
                deciding.append(header)
            elif name == _CONDITION:
                condition = header[1]
            elif name in _ASKING_MORE:
                return None
        if not self._is_current():
            return None
        found = self._responses.get(tuple(deciding))
        if found is None:
            return None
        if condition is not None and condition != found.tag:
            return None
        self.given += 1
        if condition is None:
            return b"HTTP/1.1 200 OK\r\n" + date + found.whole
        return b"HTTP/1.1 304 Not Modified\r\n" + date + found.not_modified

    def keep(self, request: Request, response: Response, serving: Serving) -> None:
        """Keep a response with a result for the next request like this one, unless it is long."""
        if request.method != "GET" or isinstance(response, StreamingResponse) or len(response.body) > _BYTES_MAX:
            return
        if serving is not self._serving:
            self._responses.clear()
            self._serving = serving
        headers = [*response.raw_headers, *STANDING]
        quick = _Quick(
            whole=header_lines(headers) + b"\r\n" + bytes(response.body),
            not_modified=header_lines(header for header in headers if header[0] in _REPEATED) + b"\r\n",
            tag=response.headers["etag"].encode("latin-1"),
        )
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        key = (target, *(header for header in request.scope["headers"] if header[0] in _DECIDING))
        self._responses.put(key, quick, len(quick.whole) + len(quick.not_modified) + sum(map(len, _flat(key))))

    def _is_current(self) -> bool:
        try:
            if self._service.serving is self._serving:
                return True
        except ReleaseError:
            pass
        self._responses.clear()
        self._serving = None  # nor may what it no longer says stay in memory
        return False


def _flat(key: tuple[object, ...]) -> list[bytes]:
    target, *headers = key
    assert isinstance(target, bytes)
    return [target, *(part for header in headers if isinstance(header, tuple) for part in header)]
