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
def asking(server: Server, query: str) -> Iterator[socket.socket]:
    """A connection with a small window, over which a query was sent."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect((host, int(port)))
        head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n\r\n"
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
