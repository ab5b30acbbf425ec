"""Who reads slowly gets everything; who stops reading is let go, however little is left to send."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.serving import Server, serve_process, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 0.3
STALLED_S = 3 * PATIENCE_S
ROWS = "SELECT * {{ ?s <http://example.com/number> ?n . ?t <http://example.com/number> ?m }} LIMIT {}"


@pytest.fixture(scope="module")
def server(small_releases: Path) -> Iterator[Server]:
    with serve_process(small_releases, KG_BODY_TIMEOUT_S=str(PATIENCE_S), KG_QUERY_TIMEOUT_S="60") as started:
        yield started


@contextlib.contextmanager
def asking(server: Server, query: str, headers: str = "") -> Iterator[socket.socket]:
    """A connection with a small window, over which a query was sent."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect((host, int(port)))
        head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n{headers}\r\n"
        connection.sendall(head.encode())
        yield connection


def size_of(server: Server, query: str) -> int:
    answer = httpx.get(f"{server.url}/sparql", params={"query": query}, headers={"Accept": "text/csv"}, timeout=60)
    assert answer.status_code == 200
    return len(answer.content)


@pytest.mark.parametrize(("rows", "bytes_per_s"), [(10_000, 100_000), (60_000, 500_000)])
def test_who_reads_slowly_gets_everything(server: Server, rows: int, bytes_per_s: int) -> None:
    """Sent from memory, and from a file; each takes several times as long as a client may do nothing."""
    whole = size_of(server, ROWS.format(rows))
    began, received, head = time.monotonic(), b"", b""
    with asking(server, ROWS.format(rows)) as connection:
        while not head or len(received) < len(head) + whole:
            piece = connection.recv(4096)
            assert piece, f"cut off after {len(received):,} of {whole:,} bytes"
            received += piece
            head = received[: received.index(b"\r\n\r\n") + 4]
            time.sleep(max(0.0, began + len(received) / bytes_per_s - time.monotonic()))

    assert time.monotonic() - began > 3 * STALLED_S


def test_of_a_long_answer_nobody_takes_so_little_that_it_never_ends(server: Server) -> None:
    """Of this one a 120th is several times the least that is asked of everybody."""
    whole = size_of(server, ROWS.format(400_000))
    assert whole / 120 > 30_000
    with asking(server, ROWS.format(400_000)) as connection, pytest.raises(ConnectionResetError):
        read(connection, bytes_per_s=15_000 / STALLED_S, seconds=10)


def read(connection: socket.socket, *, bytes_per_s: float, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(len(connection.recv(8192)) / bytes_per_s)


def test_who_does_not_read_long_results_gets_no_more_of_them_and_others_do_while_there_is_room(
    small_releases: Path,
) -> None:
    settings = {"KG_RESULT_FILES_MB": "32", "KG_RESULT_BYTES_MAX": "12000000", "KG_FORWARDED_ALLOW_IPS": "*"}
    with contextlib.ExitStack() as opened:
        server = opened.enter_context(serve_process(small_releases, KG_QUERY_TIMEOUT_S="60", **settings))
        readers = opened.enter_context(contextlib.ExitStack())

        def ask(host: int, number: int = 0) -> bytes:
            query = f"{ROWS.format(200_000)} # {host} {number}"
            reader = readers.enter_context(asking(server, query, f"X-Forwarded-For: 192.0.2.{host}\r\n"))
            return reader.recv(1024)

        assert ask(1).startswith(b"HTTP/1.1 200")
        refused = ask(1, 1)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in refused
        assert [ask(host)[9:12] for host in (2, 3, 4)] == [b"200", b"200", b"503"]
        assert figure_of(server, "habeas_result_files_bytes") > 24_000_000
        readers.close()
        until(lambda: figure_of(server, "habeas_result_files_bytes") == 0)
        assert ask(1, 2).startswith(b"HTTP/1.1 200")


def figure_of(server: Server, name: str) -> float:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


@pytest.mark.parametrize("rows", [400, 60_000])
def test_who_stops_reading_is_let_go(server: Server, rows: int) -> None:
    """Also where all of it lies in the buffers, and nothing waits for room in them."""
    whole = size_of(server, ROWS.format(rows))
    with asking(server, ROWS.format(rows)) as connection:
        received = len(connection.recv(1024))
        assert received > 0
        time.sleep(STALLED_S + 2 * PATIENCE_S + 1)
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                received += len(piece)

    assert received < whole
    until(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)
