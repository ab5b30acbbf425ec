"""How far a client has taken what was written, asked of real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from api.sockets import delivery_of, drop

SENT = b"x" * 5_000_000


async def connected() -> tuple[asyncio.Transport, socket.socket]:
    """A transport, and the client at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, accepted)
    return transport, client


def read(client: socket.socket, size_bytes: int) -> None:
    while size_bytes:
        size_bytes -= len(client.recv(min(size_bytes, 65_536)))


def test_what_arrives_is_counted_and_what_does_not_waits() -> None:
    async def work() -> None:
        transport, client = await connected()
        assert delivery_of(transport) == (0, False)
        transport.write(SENT)
        with contextlib.closing(client):
            await asyncio.sleep(0.2)
            at_first = delivery_of(transport)
            assert at_first.is_waiting
            assert at_first.taken_bytes < len(SENT)
            await asyncio.sleep(0.2)
            assert delivery_of(transport) == at_first
            await asyncio.to_thread(read, client, len(SENT))
            assert delivery_of(transport) == (len(SENT), False)
            transport.abort()

    asyncio.run(work())


def test_who_is_dropped_gets_no_more() -> None:
    async def work() -> None:
        transport, client = await connected()
        transport.write(SENT)
        await asyncio.sleep(0.2)
        drop(transport)
        await asyncio.sleep(0.2)
        with contextlib.closing(client), pytest.raises(ConnectionResetError):
            read(client, len(SENT))

    asyncio.run(work())


def test_where_no_tcp_is_nothing_waits() -> None:
    async def work() -> None:
        ours, other = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, ours)
        transport.write(SENT)
        with contextlib.closing(other):
            assert delivery_of(transport) == (0, False)
            drop(transport)

    asyncio.run(work())
