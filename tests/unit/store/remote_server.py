"""A server that behaves and misbehaves on demand, down to single bytes."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket

JSON = "application/sparql-results+json"


@dataclass
class Asked:
    """One request, as it came: its first line, its headers by lower-case name, and its form."""

    line: str
    headers: dict[str, str]
    form: dict[str, list[str]]


@dataclass
class Hostile:
    """A server; ``behave`` writes the response to one request, and what it was asked is kept."""

    url: str
    behave: Callable[[socket], None]
    asked: list[Asked] = field(default_factory=list)
    open_connections: int = 0


@contextmanager
def hostile(behave: Callable[[socket], None]) -> Iterator[Hostile]:
    """A server on a free port, until the block ends."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), socketserver.StreamRequestHandler)
    server.daemon_threads = True
    told = Hostile(f"http://127.0.0.1:{server.server_address[1]}", behave)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode().strip()
            headers = {}
            while header := self.rfile.readline().decode().strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            form = parse_qs(self.rfile.read(int(headers.get("content-length", "0"))).decode())
            told.asked.append(Asked(line, headers, form))
            told.open_connections += 1
            try:
                told.behave(self.connection)
            except OSError:
                pass  # the client has gone
            finally:
                told.open_connections -= 1

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def head(*headers: str, status: str = "200 OK", media_type: str = JSON) -> bytes:
    """The head of a response."""
    return "\r\n".join((f"HTTP/1.1 {status}", f"Content-Type: {media_type}", *headers, "", "")).encode()


def response(body: bytes, *headers: str, status: str = "200 OK", media_type: str = JSON) -> bytes:
    """A whole response with its length."""
    return head(f"Content-Length: {len(body)}", *headers, status=status, media_type=media_type) + body


def chunks(*pieces: bytes, media_type: str = JSON) -> bytes:
    """A response in chunks, without the one that ends it."""
    sent = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head("Transfer-Encoding: chunked", media_type=media_type) + sent


def says(content: bytes) -> Callable[[socket], None]:
    """Send this, and close."""
    return lambda connection: connection.sendall(content)


def drips(content: bytes, *, pause_s: float) -> Callable[[socket], None]:
    """Send this byte by byte."""

    def behave(connection: socket) -> None:
        for n in range(len(content)):
            connection.sendall(content[n : n + 1])
            time.sleep(pause_s)

    return behave


def endless(start: bytes, piece: bytes) -> Callable[[socket], None]:
    """Send the start, and then one piece after the other for ever."""

    def behave(connection: socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)

    return behave


def silent(seconds: float) -> Callable[[socket], None]:
    """Say nothing for so long, then close."""
    return lambda _: time.sleep(seconds)
