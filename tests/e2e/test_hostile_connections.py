"""What may come over a raw connection: broken framing, endless heads, silence. Never a 500, never a hang, no harm."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.material_processes import workers_of
from tests.serving import Server, serve_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 1.0
ASK = f"/sparql?query={quote('ASK {}')}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
QUERY_TYPE = "Content-Type: application/sparql-query\r\n"


@pytest.fixture(scope="module")
def server(small_releases: Path) -> Iterator[Server]:
    with serve_process(small_releases, KG_BODY_TIMEOUT_S=str(PATIENCE_S), KG_QUERY_TIMEOUT_S="600") as started:
        yield started


@pytest.fixture(autouse=True)
def others_are_served(server: Server) -> Iterator[None]:
    """Whatever a test does to its connection, the next client is answered, and no traceback was logged."""
    yield
    answer = httpx.get(f"{server.url}{ASK}%23{time.monotonic()}", timeout=10)
    assert (answer.status_code, answer.json()["boolean"]) == (200, True)
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "Exception" not in log


@contextlib.contextmanager
def connect(server: Server, *, timeout_s: float = 20) -> Iterator[socket.socket]:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=timeout_s) as connection:
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65_536):
            received += piece
    return received


def send(server: Server, request: str | bytes) -> bytes:
    """What the server answers to some bytes until it closes the connection."""
    with connect(server) as connection:
        connection.sendall(request.encode("latin-1") if isinstance(request, str) else request)
        return read_all(connection)


def statuses(received: bytes) -> list[int]:
    """The status of each response in a row."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
FRAMING = {
    "both lengths": f"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "both lengths the other way round": f"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "two lengths": f"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {{}}{SMUGGLED}",
    "the same length twice": f"Content-Length: 6\r\nContent-Length: 6\r\n\r\nASK {{}}{SMUGGLED}",
    "a list of lengths": f"Content-Length: 6, 6\r\n\r\nASK {{}}{SMUGGLED}",
    "a negative length": f"Content-Length: -6\r\n\r\nASK {{}}{SMUGGLED}",
    "a signed length": f"Content-Length: +6\r\n\r\nASK {{}}{SMUGGLED}",
    "a length past all numbers": f"Content-Length: {'9' * 40}\r\n\r\nASK {{}}{SMUGGLED}",
    "an unknown coding": f"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "chunked and more": f"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "a chunk of no size": f"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK {{}}\r\n0\r\n\r\n{SMUGGLED}",
    "a chunk past all numbers": f"Transfer-Encoding: chunked\r\n\r\n{'f' * 20}\r\nASK {{}}\r\n0\r\n\r\n{SMUGGLED}",
    "a chunk longer than it says": f"Transfer-Encoding: chunked\r\n\r\n3\r\nASK {{}}\r\n0\r\n\r\n{SMUGGLED}",
    "a line that is folded": f"X-A: b\r\n c: d\r\nContent-Length: 6\r\n\r\nASK {{}}{SMUGGLED}",
    "a space before the colon": f"Content-Length : 6\r\n\r\nASK {{}}{SMUGGLED}",
    "a bare line feed": f"Content-Length: 6\n\nASK {{}}{SMUGGLED}",
}


@pytest.mark.parametrize("rest", FRAMING.values(), ids=FRAMING)
def test_a_body_of_doubtful_length_is_refused_and_nothing_behind_it_is_read(server: Server, rest: str) -> None:
    received = send(server, f"POST /sparql HTTP/1.1\r\nHost: a\r\n{QUERY_TYPE}{rest}")

    assert statuses(received) in ([400], [413])
    assert b"connection: close" in received
    assert b"smuggled" not in received
    assert b" 404 " not in received


REQUESTS = {
    "no HTTP": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400]),
    "an old version": ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", [505]),
    "the oldest version": ("GET /\r\n\r\n", [505]),
    "another version": ("GET / HTTP/2.0\r\nHost: a\r\nConnection: close\r\n\r\n", [505]),
    "a version to come": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]),
    "no host": (f"GET {ASK} HTTP/1.1\r\nConnection: close\r\n\r\n", [400]),
    "two hosts": (f"GET {ASK} HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n", [400]),
    "two hosts where none is needed": (f"GET {ASK} HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", [400]),
    "two hosts and a wish for another protocol": (
        f"GET {ASK} HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        [400],
    ),
    "no method": (" / HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
    "an unknown method": ("BREW /sparql HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
    "CONNECT": ("CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", [400, 404, 405]),
    "a NUL in the address": ("GET /sparql?query=\x00 HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
    "a NUL in a header": ("GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n", [400]),
    "bytes in the path": ("GET /sp\xc0\xafrql HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
    "no name of a header": ("GET / HTTP/1.1\r\n: a\r\n\r\n", [400]),
}


@pytest.mark.parametrize(("request_", "expected"), REQUESTS.values(), ids=REQUESTS)
def test_what_is_no_request_is_refused(server: Server, request_: str, expected: list[int]) -> None:
    received = send(server, request_)

    assert len(statuses(received)) == 1
    assert statuses(received)[0] in expected
    if statuses(received) in ([400], [505]):
        assert b"application/problem+json" in received
        assert b"nosniff" in received


QUERIES = {
    "NUL": ("query=ASK%20%7B%7D%00", [400]),
    "no hexadecimal": ("query=%ZZ", [400]),
    "half an escape": ("query=ASK%20%7B%7D%2", [400]),
    "an overlong slash": ("query=%C0%AF", [400]),
    "an overlong NUL": ("query=%C0%80", [400]),
    "a lone surrogate": ("query=%ED%A0%80", [400]),
    "past the last character": ("query=%F4%90%80%80", [400]),
    "bytes as they are": ("query=\xff\xfe", [400]),
    "a broken name": ("%FF=1&query=ASK%20%7B%7D", [400]),
    "query twice": ("query=ASK%20%7B%7D&query=ASK%20%7B%7D", [400]),
    "format twice": ("query=ASK%20%7B%7D&format=json&format=xml", [400]),
    "timeout twice": ("query=ASK%20%7B%7D&timeout=1&timeout=2", [400]),
    "explain twice": ("query=ASK%20%7B%7D&explain&explain", [400]),
    "many unknown": ("query=ASK%20%7B%7D" + "&a=b" * 10_000, [200]),
    "many graphs": ("query=ASK%20%7B%7D" + "&default-graph-uri=x:a" * 2_000, [200]),
    "a semicolon is no separator": ("query=ASK%20%7B%7D;format=xml", [400]),
    "a surrogate by escape": ("query=" + quote("ASK { ?s ?p '\\uD800' }"), [400]),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES)
def test_parameters_that_are_broken_repeated_or_many(server: Server, query: str, expected: list[int]) -> None:
    received = send(server, f"GET /sparql?{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert statuses(received) == expected


def test_an_address_or_headers_without_end_are_cut_off(server: Server) -> None:
    for start, status in (("GET /sparql?query=", 414), ("GET / HTTP/1.1\r\nX-A: ", 431), ("GET / HTTP/1.1\r\n", 431)):
        with connect(server) as connection:
            connection.sendall(start.encode())
            with contextlib.suppress(ConnectionError):  # the server may close while we are still sending
                for number in range(1_000):
                    connection.sendall(b"x-%d: y\r\n" % number * 500 if start.endswith("1.1\r\n") else b"a" * 5_000)
            assert statuses(read_all(connection)) in ([status], [])


@pytest.mark.parametrize(("fill", "status"), [(60_000, 200), (70_000, 414)])
def test_a_long_address_is_answered_or_refused_in_words(server: Server, fill: int, status: int) -> None:
    received = send(server, f"GET {ASK}%23{'a' * fill} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert statuses(received) == [status]


def test_many_headers_are_refused_in_words(server: Server) -> None:
    received = send(server, f"GET {ASK} HTTP/1.1\r\nHost: a\r\nAccept: {'*/*,' * 5_000}*/*\r\n\r\n")

    assert statuses(received) == [431]


def test_a_head_that_comes_drop_by_drop_is_given_up(server: Server) -> None:
    with connect(server, timeout_s=0.1) as connection:
        began = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        received = b""
        while time.monotonic() < began + 10 * PATIENCE_S and not received:
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"x: y\r\n")
            with contextlib.suppress(TimeoutError):
                received = connection.recv(4096)
        assert statuses(received) == [408]
        assert time.monotonic() - began >= PATIENCE_S


def test_a_client_that_says_nothing_is_let_go(server: Server) -> None:
    with connect(server) as connection:
        assert statuses(read_all(connection)) == [408]


def test_a_body_that_comes_drop_by_drop_is_given_up(server: Server) -> None:
    head = f"POST /sparql HTTP/1.1\r\nHost: a\r\n{QUERY_TYPE}Content-Length: 1000\r\n\r\n"
    with connect(server, timeout_s=0.2) as connection:
        connection.sendall(head.encode())
        received = b""
        end = time.monotonic() + 10
        while time.monotonic() < end and not received:
            connection.sendall(b"#")
            with contextlib.suppress(TimeoutError):
                received = connection.recv(4096)
        assert statuses(received) == [408]
        assert b"connection: close" in received


def test_a_client_that_goes_in_the_middle_of_a_body_leaves_nothing(server: Server) -> None:
    head = f"POST /sparql HTTP/1.1\r\nHost: a\r\n{QUERY_TYPE}Content-Length: 1000\r\n\r\nASK"
    for _ in range(20):
        with connect(server) as connection:
            connection.sendall(head.encode())


def test_a_bomb_is_refused_by_its_name(server: Server) -> None:
    request = f"POST /sparql HTTP/1.1\r\nHost: a\r\n{QUERY_TYPE}Content-Encoding: gzip\r\nContent-Length: 3\r\n"

    assert statuses(send(server, f"{request}Connection: close\r\n\r\n\x1f\x8b\x08")) == [415]


def test_requests_in_a_row_are_answered_in_a_row(server: Server) -> None:
    """Kept answers, others, and errors; the quick must not overtake the slow."""
    texts = [f"ASK {{ <x:{number}> ?p ?o }}" for number in (1, 1, 1, 2, 1, 3, 1)]
    paths = [f"/sparql?query={quote(text)}" for text in texts] + ["/sparql?query=SELECT", "/nothing", ASK]
    for _ in range(2):
        row = "".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n" for path in paths)
        received = send(server, f"{row}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert statuses(received) == [200] * 7 + [400, 404, 200, 200]
        assert received.count(b'"boolean":false') == 7
        assert received.rindex(b'"boolean":true') > received.rindex(b'"boolean":false')


UPGRADE = "Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {}\r\nHTTP2-Settings: AAMAAABk\r\n"
LAST = f"GET {ASK} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
POST = f"POST /sparql HTTP/1.1\r\n{QUERY_TYPE}"
BODIES = {
    "none": f"GET {ASK} HTTP/1.1\r\n{{}}\r\n",
    "of some length": f"{POST}{{}}Content-Length: 6\r\n\r\nASK {{{{}}}}",
    "in chunks": f"{POST}{{}}Transfer-Encoding: chunked\r\n\r\n6\r\nASK {{{{}}}}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("protocol", ["h2c", "websocket", "TLS/1.0, anything"])
@pytest.mark.parametrize("request_", BODIES.values(), ids=BODIES)
def test_a_wish_for_another_protocol_is_ignored(server: Server, request_: str, protocol: str) -> None:
    """The answer is that of HTTP/1.1, and neither the body nor the next request is lost or taken for the other."""
    wish = request_.format(UPGRADE.format(protocol))
    received = send(server, wish * 3 + LAST)

    assert statuses(received) == [200] * 4
    assert received.count(b'"boolean":true') == 4


def test_a_wish_for_another_protocol_may_come_in_pieces(server: Server) -> None:
    whole = (BODIES["of some length"].format(UPGRADE.format("h2c")) * 2 + LAST).encode()
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(whole), 16):
            connection.sendall(whole[start : start + 16])
            time.sleep(0.002)
        assert statuses(read_all(connection)) == [200] * 3


def test_behind_a_tunnel_that_is_refused_nothing_is_read(server: Server) -> None:
    received = send(server, f"CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n{SMUGGLED}")

    assert statuses(received) == [400]
    assert b"connection: close" in received


def test_rubbish_behind_a_request_ends_the_connection(server: Server) -> None:
    received = send(server, f"GET {ASK} HTTP/1.1\r\nHost: a\r\n\r\nrubbish\r\n\r\n")

    assert statuses(received) in ([200, 400], [200], [])


@pytest.mark.parametrize(
    "head",
    [
        f"GET {ASK} HTTP/1.0",
        f"GET {ASK} HTTP/1.0\r\nConnection: keep-alive",
        f"GET {ASK} HTTP/1.1\r\nHost:\r\nConnection: close",
        f"GET http://elsewhere.example{ASK} HTTP/1.1\r\nHost: a\r\nConnection: close",
        f'GET {ASK} HTTP/1.1\r\nHost: "><script>\r\nConnection: close',
        f"GET {ASK} HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: h2c",
        f"GET {ASK} HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket",
        f"GET {ASK} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close",
    ],
)
def test_what_is_strange_and_lawful_is_answered(server: Server, head: str) -> None:
    for _ in range(3):
        received = send(server, f"{head}\r\n\r\n")
        assert b" 200 OK\r\n" in received or b" 400 " in received
        assert b" 500 " not in received


def test_a_client_that_hangs_up_ends_its_query_and_frees_its_worker(server: Server) -> None:
    """More of them than there are workers; the deadline is far away."""
    for number in range(6):
        before = set(workers_of(server.pid))
        with connect(server) as connection:
            path = f"/sparql?query={quote(ENDLESS)}%23{number}"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            time.sleep(0.4)
        until(lambda: bool(before - set(workers_of(server.pid))))  # noqa: B023 - it is called at once


LONG = "SELECT * { ?s <http://example.com/number> ?n . ?t <http://example.com/number> ?m } LIMIT 60000"


def test_clients_that_never_read_hold_no_worker_and_are_let_go(server: Server) -> None:
    with contextlib.ExitStack() as opened:
        for number in range(8):
            connection = opened.enter_context(connect(server))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            path = f"/sparql?query={quote(LONG)}%23{number % 2}"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        until(lambda: connections_of(server) >= 8)
        for number in range(20):
            answer = httpx.get(f"{server.url}{ASK}%23read{number}", timeout=5)
            assert answer.status_code == 200
        until(lambda: connections_of(server) == 0)


def test_kept_answers_that_nobody_reads_do_not_pile_up(server: Server) -> None:
    """Each of these is given by the connection itself; a full buffer and a long row of requests stop them."""
    path = f"/sparql?query={quote('SELECT ?n { ?s <http://example.com/number> ?n } LIMIT 300')}"
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n\r\n".encode()
    for _ in range(3):
        httpx.get(server.url + path, headers={"Accept": "text/csv"})
    with connect(server, timeout_s=2) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        before = memory_of(server.pid)
        with pytest.raises((TimeoutError, ConnectionError)):
            connection.sendall(request * 200_000)
        assert memory_of(server.pid) - before < 16 * 2**20


def test_who_leaves_a_row_of_requests_ends_them_all(server: Server) -> None:
    """Uvicorn itself tells only the last of them, and the query that runs would run on."""
    before = set(workers_of(server.pid))
    with connect(server) as connection:
        slow = f"GET /sparql?query={quote(ENDLESS)}%23row HTTP/1.1\r\nHost: a\r\n\r\n"
        connection.sendall((slow + f"GET {ASK} HTTP/1.1\r\nHost: a\r\n\r\n").encode())
        time.sleep(0.4)
    until(lambda: bool(before - set(workers_of(server.pid))))


def test_trailers_without_end_are_cut_off_and_take_no_memory(server: Server) -> None:
    """A query runs on meanwhile, so nothing but their number can end them."""
    before = memory_of(server.pid)
    head = f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    with connect(server) as connection:
        connection.sendall(head.encode())
        time.sleep(0.3)
        with pytest.raises(ConnectionError):
            connection.sendall(b"a:b\r\n" * 10_000_000)

    assert memory_of(server.pid) - before < 32 * 2**20


def test_a_trailer_is_no_header(server: Server) -> None:
    head = f"GET {ASK}%23trailer HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n"
    received = send(server, f"{head}Transfer-Encoding: chunked\r\n\r\n0\r\nAccept: application/json\r\n\r\n")

    assert statuses(received) == [200]
    assert b"text/html" in received.partition(b"\r\n\r\n")[0]


def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def connections_of(server: Server) -> int:
    """How many connections the server holds open (``/proc/net/tcp``: local address second, state fourth)."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(port) and row[3] == "01" for row in rows)


def memory_of(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
