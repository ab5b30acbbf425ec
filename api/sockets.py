"""What the kernel knows of a connection, and a transport does not: how much of what was sent has arrived."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from asyncio import Transport

__all__ = ["Delivery", "delivery_of", "drop"]

# Of struct tcp_info (linux/tcp.h; since Linux 4.6): segments sent and not acknowledged, bytes acknowledged (RFC 4898,
# tcpEStatsAppHCThruOctetsAcked), bytes not sent yet.
_UNACKNOWLEDGED: Final = struct.Struct("@24xI")
_ACKNOWLEDGED: Final = struct.Struct("@120xQ")
_UNSENT: Final = struct.Struct("@144xI")
_INFO_BYTES: Final = 148
_NO_LINGERING: Final = struct.pack("@ii", 1, 0)


class Delivery(NamedTuple):
    """How far the client's system has taken what was written to a connection.

    Attributes:
        taken_bytes: since the connection began; never falls.
        is_waiting: whether more was written than that.
    """

    taken_bytes: int
    is_waiting: bool


def delivery_of(transport: Transport) -> Delivery:
    """How far a client has taken what was written; nothing waits where there is no such client any more."""
    try:
        info = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
        (taken_bytes,) = _ACKNOWLEDGED.unpack_from(info)
        in_kernel = _UNACKNOWLEDGED.unpack_from(info) != (0,) or _UNSENT.unpack_from(info) != (0,)
    except (OSError, struct.error):
        return Delivery(0, is_waiting=False)
    return Delivery(taken_bytes, is_waiting=in_kernel or transport.get_write_buffer_size() > 0)


def drop(transport: Transport) -> None:
    """End a connection at once, and have the kernel forget what it would still send (some MiB, for minutes)."""
    with contextlib.suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()
