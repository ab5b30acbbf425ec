"""One connection: uvicorn's own protocol, with bounds on what it leaves unbounded, and quick answers.

uvicorn with httptools waits for ever for the head of a request and for a client that does not read, and takes a head
of any length. Run as ``uvicorn --http api.connections:Connection``.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from .direct import DirectCycle
from .headers import STANDING, header_lines
from .sockets import delivery_of, drop

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

    from uvicorn._types import ASGI3Application

    from .direct import Direct
    from .quick import QuickAnswers

__all__ = ["Connection"]

# httptools reads no longer request target; a longer query is to be posted.
_TARGET_BYTES_MAX: Final = 65_535
# Without the request line. Some of our own code takes time for each word of Accept.
_FIELDS_BYTES_MAX: Final = 16 * 1024
_HEAD_BYTES_MAX: Final = _TARGET_BYTES_MAX + _FIELDS_BYTES_MAX
# Of a body, beside its content; one in chunks of a few bytes each is nobody's who means well.
_REST_BYTES_MAX: Final = 64 * 1024
# Requests that wait for the answer to one before them; no browser or library of today sends even two.
_PIPELINE_MAX: Final = 50
# What a head may take is what a body may (KG_BODY_TIMEOUT_S). A client that takes less than this in a multiple of that
# time is no longer there for us.
_PATIENCE_S: Final = 10.0
_STALLED_TIMES: Final = 3
_TAKEN_BYTES_MIN: Final = 4096
# Of a long answer it has to take as much as brings all of it to an end in so many of those times: an hour.
_TIMES_MAX: Final = 120
# How often a connection looks at its clocks, as a part of that time; one timer for all costs a request nothing.
_TICK: Final = 0.5
# How long a client that sends on while it is answered is not read from, nor its hang-up noticed.
_UNWATCHED_S: Final = 0.05
# What the parser knows beside them has other rules for where a request ends, or is no HTTP of this kind.
_VERSIONS: Final = ("1.1", "1.0")
_TITLES: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    414: "URI Too Long",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    505: "HTTP Version Not Supported",
}


class Connection(HttpToolsProtocol):
    """A connection whose head, silence and backlog are bounded, and whose kept answers are given at once."""

    _timer: TimerHandle | None = None
    _head_since: float | None = None  # when the head that is not whole yet began
    _head_bytes = 0  # of it, in all pieces but the first
    _in_body = False
    _rest_bytes = 0  # of a body, without its content: the sizes of chunks, and trailers
    _taken_bytes = 0  # when the client was last seen to read, or to have read all
    _taken_at = 0.0
    _skips = False  # this request is answered already; its body, if any, is nobody's
    _refused = False
    _running: RequestResponseCycle | None = None
    _whole_bytes = 0  # of its answer
    _quick_at = 0.0  # the last quick answer, which does not start uvicorn's own clock

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Start the clocks."""
        super().connection_made(transport)
        self._quick: QuickAnswers | None = self.app_state.get("quick_answers")
        self._direct: Direct | None = self.app_state.get("direct")
        self._patience_s: float = self.app_state.get("patience_s", _PATIENCE_S)
        self._head_since = self._taken_at = self.loop.time()
        self._timer = self.loop.call_later(_TICK * self._patience_s, self._tick)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop them, and tell whoever works for this client."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)
        # uvicorn tells only the last request of a pipeline; the one that is being answered would run on.
        for cycle in (self._running, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
                if isinstance(cycle, DirectCycle):
                    cycle.hang_up()

    def data_received(self, data: bytes) -> None:
        """Parse what came, as long as nothing was refused and no head grows without end."""
        if self._refused:
            return
        if self._head_since is not None:
            self._head_bytes += len(data)
        elif self._in_body:
            self._rest_bytes += len(data)
        self._unset_keepalive_if_required()
        self._parse(memoryview(data))
        if self._in_body and self._rest_bytes > _REST_BYTES_MAX:
            self._refuse(431)
        if self._head_since is not None and self._head_bytes > _HEAD_BYTES_MAX:
            self._refuse(414 if len(self.url) > _TARGET_BYTES_MAX else 431)

    def _parse(self, data: memoryview) -> None:
        rest: memoryview | None = data
        try:
            while rest is not None and not self._refused:
                rest = self._parse_message(rest)
        except HttpParserError:
            self._refuse(400)

    def _parse_message(self, data: memoryview) -> memoryview | None:
        """Parse to the end, or to a head that asks for another protocol; what follows it."""
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._ignore_upgrade()
            return data[upgrade.args[0] :]
        return None

    def _ignore_upgrade(self) -> None:
        """Read a head once more as if it asked for no other protocol, as RFC 9110 §7.8 allows.

        The parser takes all that is behind such a head, body or next request, for bytes of the other protocol.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":  # what follows may be meant for somebody else
            self._refuse(400)
            return
        line = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
        self.parser = HttpRequestParser(self)  # the other one may be closed
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        others = [(name, value) for name, value in self.headers if name != b"upgrade"]
        self.parser.feed_data(line + header_lines(others) + b"\r\n")

    def on_message_begin(self) -> None:
        """A new request begins."""
        self._skips = self._in_body = False
        self._head_since, self._head_bytes, self._rest_bytes = self.loop.time(), 0, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; a trailer is dropped, for it came too late to mean what a header does."""
        if self._head_since is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: answer at once, or hand it to the application."""
        self._head_since = None
        if self.parser.should_upgrade():
            self._skips = True  # for it will be read again
            return
        if not self._refused and (status := self._fault()):
            self._refuse(status)
        self._skips = self._refused or self._answer_at_once() or self._answer_directly()
        self._in_body = True
        if not self._skips:
            super().on_headers_complete()
            if self.pipeline and isinstance(self._running, DirectCycle):
                # uvicorn reads on when the application asks it to; without reading, no hang-up is ever noticed.
                self.loop.call_later(_UNWATCHED_S, self.flow.resume_reading)

    def _fault(self) -> int:
        """The status that a whole head is refused with; 0 where it is in order."""
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            return 505
        if len(self.url) > _TARGET_BYTES_MAX:
            return 414
        if sum(len(name) + len(value) for name, value in self.headers) > _FIELDS_BYTES_MAX:
            return 431
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and version == "1.1"):  # RFC 9112 §3.2
            return 400
        return 429 if len(self.pipeline) >= _PIPELINE_MAX else 0

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._rest_bytes -= len(body)
        if not self._skips:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_body = False
        if not self._skips:
            super().on_message_complete()

    @property
    def _is_free(self) -> bool:
        """Whether no earlier request is still being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running, self._whole_bytes = cycle, 0
        super()._start_asgi_task(cycle, app)

    @property
    def _is_plain(self) -> bool:
        """Whether the request could hardly be simpler; a client that does not read is waited for elsewhere."""
        if not self._is_free or self.flow.write_paused or self.parser.get_method() != b"GET":
            return False
        return self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()

    def _answer_directly(self) -> bool:
        """Begin to answer, if it is a plain question."""
        if self._direct is None or self.root_path or not self._is_plain:
            return False
        question = self._direct.read(self.url, self.headers)
        if question is None:
            return False
        path, _, query_string = self.url.partition(b"?")
        self.scope |= {"method": "GET", "path": path.decode(), "raw_path": path, "query_string": query_string}
        self.cycle = cycle = DirectCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.direct, cycle.question, cycle.more_body = self._direct, question, False
        self._start_asgi_task(cycle, self.app)
        return True

    def _answer_at_once(self) -> bool:
        if self._quick is None or not self._is_plain:
            return False
        response = self._quick.find(self.url, self.headers, header_lines(self.server_state.default_headers))
        if response is None:
            return False
        self.transport.write(response)
        self.server_state.total_requests += 1
        self._quick_at = self.loop.time()
        return True

    def _refuse(self, status: int) -> None:
        """Say why, and close; or only close, where the words would be taken for a part of an answer under way."""
        self._refused = True
        own = self.cycle is not None and self.cycle.more_body and not self.cycle.response_started and not self.pipeline
        if not self._is_free and not own:
            self.transport.abort()
            return
        if not self._is_free:  # the application waits for the rest of a body that will never make sense
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        content = json.dumps({"type": "about:blank", "title": _TITLES[status], "status": status}).encode()
        headers = [
            *self.server_state.default_headers,
            *STANDING,
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        self.transport.write(STATUS_LINE[status] + header_lines(headers) + b"\r\n" + content)
        self.transport.close()

    def _tick(self) -> None:
        now = self.loop.time()
        self._timer = self.loop.call_later(_TICK * self._patience_s, self._tick)
        if self._is_stalled(now):
            drop(self.transport)
        elif self._is_free and not self._refused:
            self._close_if_idle(now)

    def _is_stalled(self, now: float) -> bool:
        # By what arrived: buffers tell of room in steps that a slow client needs minutes for, or not at all.
        taken_bytes, is_waiting = delivery_of(self.transport)
        left_bytes = (
            0 if self._running is None else self._running.expected_content_length
        )  # to be written; all at first
        self._whole_bytes = max(self._whole_bytes, left_bytes) if is_waiting else 0
        least_bytes = max(_TAKEN_BYTES_MIN, self._whole_bytes // _TIMES_MAX)
        if not is_waiting or taken_bytes - self._taken_bytes >= least_bytes:
            self._taken_bytes, self._taken_at = taken_bytes, now
        return now - self._taken_at > _STALLED_TIMES * self._patience_s

    def _close_if_idle(self, now: float) -> None:
        if self._head_since is not None:
            if now - self._head_since > self._patience_s:
                self._refuse(408)
        elif self.timeout_keep_alive_task is None and now - self._quick_at > self.timeout_keep_alive:
            self.transport.close()
