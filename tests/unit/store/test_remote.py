"""The client of a remote endpoint, against a server that behaves and misbehaves on demand."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from kg.errors import QueryRefusedError, QueryTimeoutError, RemoteError, ResultTooLargeError
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat
from kg.store.remote import RemoteEndpoint

ANSWER = b'{"head":{},"boolean":true}'

if TYPE_CHECKING:
    from collections.abc import Iterator


class Endpoint(BaseHTTPRequestHandler):
    """Answers by path; keeps what it was asked."""

    asked: list[tuple[str, dict[str, list[str]]]] = []  # noqa: RUF012 - one server a test

    def do_POST(self) -> None:
        """Take a query."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((self.headers["Accept"], form))
        status, media_type, length = {
            "/good": (200, "application/sparql-results+json; charset=utf-8", len(ANSWER)),
            "/page": (200, "text/html", len(ANSWER)),
            "/broken-off": (200, "application/sparql-results+json", 10_000),
            "/wrong": (400, "text/plain", len(ANSWER)),
            "/down": (503, "text/plain", len(ANSWER)),
            "/slow": (200, "application/sparql-results+json", len(ANSWER)),
        }[self.path]
        if self.path == "/slow":
            time.sleep(2)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        Endpoint.asked.clear()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def ask(url: str, request: QueryRequest, *, timeout_s: float = 10.0, bytes_max: int = 1000) -> tuple[str, bytes]:
    answer = asyncio.run(RemoteEndpoint(url, timeout_s=timeout_s, result_bytes_max=bytes_max).answer(request))
    return answer.media_type, answer.read()


def test_a_query_is_sent_by_the_protocol_and_its_answer_taken() -> None:
    formats = FormatChoice(ResultFormat.CSV, ResultFormat.JSON, GraphFormat.TURTLE)
    request = QueryRequest(
        "ASK {}", formats, default_graphs=("http://example.com/d",), named_graphs=("http://example.com/n",)
    )
    with endpoint() as url:
        media_type, body = ask(f"{url}/good", request)

    assert (media_type, body) == ("application/sparql-results+json", ANSWER)
    accepted, form = Endpoint.asked[0]
    assert accepted == "text/csv, application/sparql-results+json, text/turtle"
    assert form == {
        "query": ["ASK {}"],
        "default-graph-uri": ["http://example.com/d"],
        "named-graph-uri": ["http://example.com/n"],
    }


@pytest.mark.parametrize(
    ("path", "said"),
    [("page", "text/html"), ("broken-off", "broke off"), ("wrong", "refused"), ("down", "503")],
)
def test_what_is_no_whole_answer_is_a_remote_error(path: str, said: str) -> None:
    with endpoint() as url, pytest.raises(RemoteError, match=said):
        ask(f"{url}/{path}", QueryRequest("ASK {}"))


def test_an_endpoint_that_is_not_there_is_a_remote_error() -> None:
    with endpoint() as url:
        pass
    with pytest.raises(RemoteError, match="cannot be asked"):
        ask(url, QueryRequest("ASK {}"))


def test_an_answer_over_the_cap_is_not_taken() -> None:
    with endpoint() as url, pytest.raises(ResultTooLargeError):
        ask(f"{url}/good", QueryRequest("ASK {}"), bytes_max=10)


def test_an_answer_that_does_not_come_is_given_up() -> None:
    with endpoint() as url, pytest.raises((QueryTimeoutError, RemoteError)):
        ask(f"{url}/slow", QueryRequest("ASK {}"), timeout_s=0.2)


def test_an_update_is_never_sent() -> None:
    with endpoint() as url, pytest.raises(QueryRefusedError):
        ask(f"{url}/good", QueryRequest("DROP ALL"))

    assert Endpoint.asked == []
