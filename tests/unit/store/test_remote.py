"""A remote endpoint as a backend: what is sent and what is not, deadlines, caps, cancelling, an endpoint down."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import pytest

from kg.errors import (
    BackendBusyError,
    NotAcceptableError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    RemoteError,
    RemoteUnavailableError,
    ResultTooLargeError,
    SettingsError,
)
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat
from kg.store.remote import RemoteEndpoint
from kg.store.remote_http import Address
from tests.material_pool import LIMITS

from .remote_server import chunks, drips, endless, head, hostile, response, says, silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

T = TypeVar("T")

TRUE = b'{"head":{},"boolean":true}'
ASK = QueryRequest("ASK {}")


def run(test: Coroutine[None, None, T]) -> T:
    """Run a test's body; no thread of an endpoint may outlive it."""
    before = set(threading.enumerate())  # endpoints of other tests may still be open
    result = asyncio.run(test)
    end = time.monotonic() + 2
    while any(thread.name.startswith("remote") for thread in set(threading.enumerate()) - before):
        assert time.monotonic() < end, "a thread lingers"
        time.sleep(0.01)
    return result


@asynccontextmanager
async def endpoint(
    url: str, *, timeout_s: float = 5.0, bytes_max: int = 10_000, workers: int = 2, pause_s: float = 60.0
) -> AsyncIterator[RemoteEndpoint]:
    limits = replace(
        LIMITS, workers=workers, query_timeout_s=timeout_s, queue_timeout_s=0.5, result_bytes_max=bytes_max
    )
    async with RemoteEndpoint(Address(url), limits, circuit_pause_s=pause_s) as remote:
        yield remote


async def outcome(remote: RemoteEndpoint, request: QueryRequest = ASK) -> type[Exception] | bytes:
    """The body, or the class of the error."""
    try:
        return (await remote.answer(request)).read()
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return type(error)


@pytest.mark.parametrize(
    "url",
    ["", "sparql", "ftp://example.com/", "file:///etc/passwd", "http://", "http://user:secret@example.com/",
     "http://example.com:99999/", "http://[::1/", "http://example.com/a b", "http://example.com/\r\nX: y", "http://exämple.com/"],
)  # fmt: skip
def test_what_is_no_plain_http_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Address(url)

    assert "secret" not in str(caught.value)


def test_a_query_is_sent_by_the_protocol_and_its_answer_taken() -> None:
    request = QueryRequest(
        "ASK { <id/x> ?p ?o }",
        FormatChoice(ResultFormat.CSV, ResultFormat.XML, GraphFormat.TURTLE),
        default_graphs=("http://example.com/d", "http://example.com/e"),
        named_graphs=("http://example.com/n",),
        client="192.0.2.1",
    )

    async def test(url: str) -> tuple[str, bytes, set[str]]:
        async with endpoint(f"{url}/sparql?infer=false") as remote:
            answer = await remote.answer(request)
            return answer.media_type, answer.read(), set(answer.timings_s)

    with hostile(says(response(TRUE))) as server:
        media_type, body, timings = run(test(server.url))

    assert media_type == "application/sparql-results+xml"
    assert body.endswith(b"<boolean>true</boolean></sparql>")
    assert timings == {"queue", "work"}
    (asked,) = server.asked
    assert asked.line == "POST /sparql?infer=false HTTP/1.1"
    assert asked.form == {
        "query": ["BASE <https://w3id.org/habeas/> ASK { <id/x> ?p ?o }"],
        "default-graph-uri": ["http://example.com/d", "http://example.com/e"],
        "named-graph-uri": ["http://example.com/n"],
    }
    assert asked.headers.keys() == {
        "accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"
    }  # fmt: skip
    assert asked.headers["accept"] == "application/sparql-results+json"
    assert asked.headers["accept-encoding"] == "identity"


def test_name_and_password_go_to_the_endpoint_only_where_they_are_set() -> None:
    async def test(address: Address) -> None:
        async with RemoteEndpoint(address, LIMITS) as remote:
            (await remote.answer(ASK)).read()

    with hostile(says(response(TRUE))) as server:
        run(test(Address(server.url, user="reader", password="öffne")))

    assert server.asked[0].headers["authorization"] == "Basic cmVhZGVyOsO2ZmZuZQ=="


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(url: str) -> type[Exception] | bytes:
        async with endpoint(url) as remote:
            return await outcome(remote)

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with hostile(says(response(TRUE))) as server:
        assert run(test(server.url)) == TRUE


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("DROP ALL", QueryRefusedError),
        ("PREFIX : <http://example.com/> INSERT DATA { :a :b :c }", QueryRefusedError),
        ("D\\u0045LETE WHERE { ?s ?p ?o }", QueryRefusedError),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", QueryRefusedError),
        ("SELECT * { SERV\\u0049CE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }", QueryRefusedError),
        ("SELEC", QuerySyntaxError),
        ("DELETE FROM GRAPH <http://example.com/> { ?s ?p ?o }", QuerySyntaxError),
        ('DEFINE get:soft "replacing" SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }', QuerySyntaxError),
    ],
)
def test_what_is_no_plain_query_is_never_sent(text: str, error: type[Exception]) -> None:
    async def test(url: str) -> None:
        async with endpoint(url) as remote:
            with pytest.raises(error) as caught:
                await remote.answer(QueryRequest(text))
            if isinstance(caught.value, QuerySyntaxError):
                assert caught.value.line == 1

    with hostile(says(response(TRUE))) as server:
        run(test(server.url))

    assert server.asked == []


def test_a_form_that_the_client_does_not_accept_is_not_asked_for() -> None:
    async def test(url: str) -> type[Exception] | bytes:
        async with endpoint(url) as remote:
            return await outcome(remote, QueryRequest("ASK {}", FormatChoice(boolean=None)))

    with hostile(says(response(TRUE))) as server:
        assert run(test(server.url)) is NotAcceptableError

    assert server.asked == []


def test_a_redirect_is_not_followed() -> None:
    async def test(url: str) -> type[Exception] | bytes:
        async with endpoint(url) as remote:
            return await outcome(remote)

    with hostile(says(response(TRUE))) as other, hostile(says(b"")) as server:
        server.behave = says(
            response(b"", f"Location: {other.url}/", "Set-Cookie: a=b", status="307 Temporary Redirect")
        )
        assert run(test(server.url)) is RemoteError

    assert other.asked == []


def test_a_graph_without_its_length_is_asked_for_again_in_a_format_with_an_end() -> None:
    lines = b'<http://example.com/a> <http://example.com/p> "x" .\n'
    document = b'[{"@id":"http://example.com/a","http://example.com/p":[{"@value":"x"}]}]'
    request = QueryRequest("CONSTRUCT WHERE { ?s ?p ?o }", FormatChoice(graph=GraphFormat.N_TRIPLES))

    async def test(url: str) -> list[type[Exception] | bytes]:
        async with endpoint(url) as remote:
            return [await outcome(remote, request) for _ in range(2)]

    with hostile(says(b"")) as server:

        def behave(connection: object) -> None:
            streams = server.asked[-1].headers["accept"] == "application/n-triples"
            sent = chunks(lines, b"", media_type="application/n-triples")
            says(sent if streams else response(document, media_type="application/ld+json"))(connection)  # type: ignore[arg-type]

        server.behave = behave
        assert run(test(server.url)) == [lines, lines]

    accepted = [asked.headers["accept"] for asked in server.asked]
    assert accepted == ["application/n-triples", "application/ld+json", "application/ld+json"]


@pytest.mark.parametrize(
    "behave",
    [
        silent(20),
        drips(head(), pause_s=0.05),
        drips(response(TRUE + b" " * 2000), pause_s=0.01),
        drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, pause_s=0.01),
        endless(head() + b'{"head":{"vars":[]},"results":{"bindings":[', b"{},"),
    ],
)
def test_an_answer_that_does_not_come_is_given_up(behave: object) -> None:
    async def test(url: str) -> tuple[float, float]:
        async with endpoint(url, timeout_s=0.5, bytes_max=2**30) as remote:
            start = time.monotonic()
            with pytest.raises(QueryTimeoutError) as caught:
                await remote.answer(QueryRequest("SELECT * {}" if "endless" in repr(behave) else "ASK {}"))
            return time.monotonic() - start, caught.value.work_s

    with hostile(behave) as server:  # type: ignore[arg-type]
        taken_s, work_s = run(test(server.url))

    assert 0.4 < taken_s < 1.5
    assert 0.4 < work_s < 1.5


def test_a_request_lowers_the_deadline_and_never_raises_it() -> None:
    async def test(url: str) -> list[float]:
        taken = []
        async with endpoint(url, timeout_s=0.8) as remote:
            for timeout_s in (0.2, 100.0):
                start = time.monotonic()
                with pytest.raises(QueryTimeoutError):
                    await remote.answer(QueryRequest("ASK {}", timeout_s=timeout_s))
                taken.append(time.monotonic() - start)
        return taken

    with hostile(silent(20)) as server:
        lowered, raised = run(test(server.url))

    assert lowered < 0.7
    assert 0.7 < raised < 2.0


def test_a_cancelled_call_closes_its_connection() -> None:
    async def test(url: str) -> None:
        async with endpoint(url) as remote:
            call = asyncio.create_task(remote.answer(ASK))
            while server.open_connections == 0:
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            server.behave = says(response(TRUE))
            assert await outcome(remote) == TRUE

    def watch(connection: object) -> None:
        connection.settimeout(5)  # type: ignore[attr-defined]
        gone.append(connection.recv(1) == b"")  # type: ignore[attr-defined]

    gone: list[bool] = []
    with hostile(watch) as server:
        run(test(server.url))

    assert gone == [True]


def test_an_answer_over_the_cap_is_not_taken() -> None:
    async def test(url: str) -> type[Exception] | bytes:
        async with endpoint(url, bytes_max=10) as remote:
            return await outcome(remote)

    with hostile(says(response(TRUE))) as server:
        assert run(test(server.url)) is ResultTooLargeError


def test_no_more_queries_are_out_than_places() -> None:
    most = 0

    def behave(connection: object) -> None:
        nonlocal most
        most = max(most, server.open_connections)
        time.sleep(0.15)
        says(response(TRUE))(connection)  # type: ignore[arg-type]

    async def test(url: str) -> list[type[Exception] | bytes]:
        async with endpoint(url, workers=2) as remote:
            return await asyncio.gather(*(outcome(remote) for _ in range(6)))

    with hostile(behave) as server:
        assert run(test(server.url)) == [TRUE] * 6

    assert most == 2


def test_who_waits_too_long_for_a_place_is_told_so() -> None:
    async def test(url: str) -> list[type[Exception] | bytes]:
        async with endpoint(url, workers=1, timeout_s=2) as remote:
            return await asyncio.gather(*(outcome(remote) for _ in range(2)))

    with hostile(silent(20)) as server:
        assert set(run(test(server.url))) == {QueryTimeoutError, BackendBusyError}


def test_an_endpoint_that_is_down_is_left_alone_and_taken_up_again() -> None:
    async def test(url: str) -> None:
        async with endpoint(url, pause_s=0.3) as remote:
            assert [await outcome(remote) for _ in range(5)] == [RemoteError] * 5
            await asyncio.sleep(0.1)
            asked = len(server.asked)
            with pytest.raises(RemoteUnavailableError) as caught:
                await remote.answer(ASK)
            assert caught.value.retry_after_s == 1
            assert len(server.asked) == asked, "it is left alone"
            server.behave = says(response(TRUE))
            await asyncio.sleep(0.6)
            assert await outcome(remote) == TRUE

    with hostile(says(b"")) as server:
        run(test(server.url))


def test_an_endpoint_that_is_not_there_is_an_error_and_then_left_alone() -> None:
    async def test(url: str) -> list[type[Exception] | bytes]:
        async with endpoint(url) as remote:
            first = [await outcome(remote) for _ in range(5)]
            await asyncio.sleep(0.1)
            return [*first, await outcome(remote)]

    with hostile(says(b"")) as server:
        url = server.url
    assert run(test(url)) == [RemoteError] * 5 + [RemoteUnavailableError]


def test_heavy_queries_do_not_shut_out_the_others() -> None:
    """They fail in a row, yet the endpoint answers what is simple."""

    def behave(connection: object) -> None:
        heavy = "?heavy" in server.asked[-1].form["query"][0]
        (silent(20) if heavy else says(response(TRUE)))(connection)  # type: ignore[arg-type]

    async def test(url: str) -> None:
        async with endpoint(url, timeout_s=0.2) as remote:
            for _ in range(8):
                assert await outcome(remote, QueryRequest("ASK { ?heavy ?p ?o }")) is QueryTimeoutError
            assert await outcome(remote) == TRUE

    with hostile(behave) as server:
        run(test(server.url))


def test_an_error_of_the_endpoint_names_neither_its_address_nor_its_words() -> None:
    async def test(url: str) -> str:
        async with endpoint(url) as remote:
            with pytest.raises(RemoteError) as caught:
                await remote.answer(ASK)
            return str(caught.value)

    with hostile(says(response(b"stack trace at /srv/secret", status="500 Internal"))) as server:
        message = run(test(server.url))

    assert "secret" not in message
    assert "127.0.0.1" not in message
