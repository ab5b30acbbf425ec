"""Plain questions answered on the connection: a GET of ``/sparql`` for which nobody needs to build an application.

The way through uvicorn's cycle, the middlewares, and the objects of a request and a response takes longer than a
lookup in the engine. This way takes the same steps by the same parts (``answers``, ``protocol``, ``results``), and
writes the response in one piece. Whatever it does not write itself it hands over, with what it has: an error, a kept
answer, a result that is long or to be packed. So both ways say the same, and a test holds them equal.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from kg.errors import KgError
from kg.store.backend import QueryRequest

from .budgets import client_of
from .delivery import ALWAYS, REVALIDATED, UNKEPT, VARY, budget_left, server_timing
from .encoding import PACKED_BYTES_MIN
from .headers import STANDING, header_lines
from .observation import name_request, tell
from .protocol import Operation, read_query_string
from .results import Accepted, accept, accept_named, content_type

if TYPE_CHECKING:
    from starlette.types import Scope
    from uvicorn._types import ASGI3Application

    from .answers import Answered, Answers, Result
    from .metrics import Metrics

__all__ = ["Direct", "DirectCycle", "Question"]

_PATH: Final = "/sparql"
_TARGET: Final = b"/sparql?"
# What asks for more than an answer.
_ASKING_MORE: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"if-none-match"})
_FORWARDED: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})
_OK: Final = 200


class Question(NamedTuple):
    """What a request asks.

    Attributes:
        operation: the query and its dataset.
        accepted: the formats that its client takes.
        is_forwarded: whether a proxy says whose request it is.
        may_be_packed: whether the client takes a content coding.
    """

    operation: Operation
    accepted: Accepted
    is_forwarded: bool
    may_be_packed: bool


class Direct:
    """Answers such questions.

    Args:
        answers: what answers them.
        metrics: where they are counted.
        trusted: proxies that are believed (``KG_FORWARDED_ALLOW_IPS``).
    """

    def __init__(self, answers: Answers, metrics: Metrics, trusted: str) -> None:
        self._answers = answers
        self._metrics = metrics
        self._proxies = ProxyHeadersMiddleware(_nothing, trusted)
        self._standing: dict[tuple[str, bool], bytes] = {}

    def read(self, target: bytes, headers: list[tuple[bytes, bytes]]) -> Question | None:
        """The question of a GET request; None where it is one for the application.

        Args:
            target: of the request, as it was sent.
            headers: of the request, names in lower case.
        """
        if not target.startswith(_TARGET) or b"#" in target:
            return None
        accepts: list[bytes] = []
        is_forwarded = may_be_packed = False
        for name, value in headers:
            if name == b"accept":
                accepts.append(value)
            elif name == b"accept-encoding":
                may_be_packed = True
            elif name in _FORWARDED:
                is_forwarded = True
            elif name in _ASKING_MORE:
                return None
        try:
            operation = read_query_string(target[len(_TARGET) :])
            named = operation.format_name
            accepted = accept(b", ".join(accepts).decode("latin-1")) if named is None else accept_named(named)
        except (KgError, HTTPException):
            return None
        if operation.query is None or operation.is_explained or accepted.is_page:
            return None
        return Question(operation, accepted, is_forwarded, may_be_packed)

    async def respond(self, scope: Scope, question: Question) -> bytes | None:
        """The response to a question, from its first header on; None where the application is to give it.

        What the application needs for that stands in the scope's state then: "answered", or "raised".
        """
        if question.is_forwarded:
            await self._proxies(scope, _nothing, _nothing)  # type: ignore[arg-type] # it writes to the scope only
        notes: dict[str, Any] = scope["state"]
        notes["route"] = _PATH
        request_id = name_request(scope)
        self._metrics.in_flight += 1
        try:
            answered = notes["answered"] = await self._answers.answer(
                _request(question, client_of(scope)), variant=question.accepted.variant, known=frozenset(), notes=notes
            )
            return self._response(answered, question, notes, request_id)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the application tells what nobody expected
            notes["raised"] = error
            return None
        finally:
            self._metrics.in_flight -= 1

    def tell(self, scope: Scope, *, is_sent: bool) -> None:
        """Count and log how a request ended: with the whole response, or because the client hung up."""
        size_bytes = scope["state"]["answered"].result.size_bytes if is_sent else 0
        tell(self._metrics, scope, status=_OK if is_sent else 0, size_bytes=size_bytes)

    def _response(
        self, answered: Answered, question: Question, notes: dict[str, Any], request_id: bytes
    ) -> bytes | None:
        result = _own_result(answered, question)
        if result is None:
            return None
        notes["timings_s"]["total"] = perf_counter() - notes["began"]
        notes["outcome"] = "answered"
        head = self._head(answered, result, question, notes)
        return b"".join((head, b"x-request-id: ", request_id, b"\r\n\r\n", result.content or b""))

    def _head(self, answered: Answered, result: Result, question: Question, notes: dict[str, Any]) -> bytes:
        """All header lines but the request's id."""
        media_type = question.accepted.media_types.get(result.media_type, result.media_type)
        standing = self._standing.get((media_type, bool(answered.tag)))
        if standing is None:
            standing = self._standing[media_type, bool(answered.tag)] = self._standing_lines(media_type, answered)
        timing = server_timing(answered, notes["timings_s"])
        varying = f"content-length: {result.size_bytes}\r\nserver-timing: {timing}\r\n"
        if answered.tag:
            varying += f'etag: W/"{answered.tag}"\r\n'
        if "budget" in notes:
            varying += f"ratelimit: {budget_left(notes)}\r\n"
        return standing + varying.encode()

    def _standing_lines(self, media_type: str, answered: Answered) -> bytes:
        """The header lines that are the same for all results of a format."""
        return header_lines(
            [
                (b"content-type", content_type(media_type).encode()),
                (b"vary", VARY.encode()),
                (b"cache-control", (REVALIDATED if answered.tag else UNKEPT).encode()),
                (b"ratelimit-policy", self._answers.budgets.policy),
                *ALWAYS,
                *STANDING,
            ]
        )


class DirectCycle(RequestResponseCycle):
    """uvicorn's way through one request, with a shorter one before it."""

    direct: Direct
    question: Question
    task: asyncio.Task[None] | None = None

    def hang_up(self) -> None:
        """The client is gone: whatever is done for it ends."""
        if self.task is not None and not self.response_started:
            self.task.cancel()

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Answer, or have the application answer."""
        self.task = asyncio.current_task()
        scope: Scope = self.scope  # type: ignore[assignment] # two names of one thing
        response = await self.direct.respond(scope, self.question)
        self.task = None
        if response is None and not self.disconnected:
            await super().run_asgi(app)
            return
        if response is not None and self.flow.write_paused:
            await self.flow.drain()
        if response is not None and not self.disconnected:
            self._send(response)
        self.direct.tell(scope, is_sent=self.response_complete)

    def _send(self, response: bytes) -> None:
        closing = b"" if self.keep_alive else b"connection: close\r\n"
        self.response_started = self.response_complete = True
        self.transport.write(STATUS_LINE[_OK] + header_lines(self.default_headers) + closing + response)
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _request(question: Question, client: str) -> QueryRequest:
    operation = question.operation
    return QueryRequest(
        operation.query or "",
        question.accepted.formats,
        operation.default_graphs,
        operation.named_graphs,
        operation.timeout_s,
        client,
    )


def _own_result(answered: Answered, question: Question) -> Result | None:
    """The result that this way can send; None where it is another's."""
    result = answered.result
    if result is None or result.content is None or answered.is_cached:
        return None
    return None if question.may_be_packed and result.size_bytes >= PACKED_BYTES_MIN else result


async def _nothing(*_: object) -> None:
    """An application that does nothing, and what it would receive and send."""
