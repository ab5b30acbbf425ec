"""Many clients in one process: each with an address of its own, one kept-alive connection, and a pause between queries.

What they take of the CPU is little beside a server's, but not nothing: for requests a second use wrk (load.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from figures import percentile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Client", "Group", "Reply", "run_groups"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status (0 where no whole answer did in time), seconds to its last byte, the body."""

    status: int
    seconds: float
    body: bytes = b""


class Client:
    """One client, by its X-Forwarded-For; a connection that breaks is opened anew with the next query."""

    def __init__(self, url: str, address: str, deadline_s: float) -> None:
        self._parts = urlsplit(url)
        self._address = address
        self._deadline_s = deadline_s
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, query: str | bytes) -> Reply:
        """POST a query as a form and read the answer whole."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline_s):
                status, body = await self._exchange(urlencode({"query": query}).encode())
        except (OSError, EOFError, TimeoutError, ValueError):
            self.close()
            return Reply(0, time.perf_counter() - began)
        return Reply(status, time.perf_counter() - began, body)

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, form: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._parts.hostname, self._parts.port, limit=1 << 20)
        reader, writer = self._streams
        head = (
            f"POST {self._parts.path} HTTP/1.1\r\nHost: {self._parts.netloc}\r\nX-Forwarded-For: {self._address}\r\n"
            "Accept: application/sparql-results+json, text/turtle;q=0.9\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        writer.write(head.encode() + form)
        await writer.drain()
        said = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in said[1:] if ": " in line)
        body = await _body(reader, headers)
        if headers.get("connection") == "close":
            self.close()
        return int(said[0].split()[1]), body


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """RFC 9112 §6 and §7.1, as far as servers use it here."""
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers["content-length"]))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readline()
    return body


@dataclass
class Group:
    """Clients of one kind, and what they met.

    Attributes:
        name: as results call them.
        count: how many.
        network: the first three numbers of their addresses.
        query: the text of the n-th query of the m-th client.
        pause_s: between an answer and the next query.
        seconds: of each answer with status 200.
        statuses: how often each status came; 0 where no answer did.
    """

    name: str
    count: int
    network: str
    query: Callable[[int, int], str]
    pause_s: float
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def percentile_ms(self, share: float) -> float | None:
        """Of the answers with status 200; None where there is none."""
        return 1000 * percentile(self.seconds, share) if self.seconds else None

    def told(self) -> str:
        """The statuses, most frequent first."""
        return ", ".join(f"{status or 'no answer'}: {count:,}" for status, count in self.statuses.most_common())


async def run_groups(url: str, groups: list[Group], *, seconds: float, deadline_s: float) -> None:
    """Let all clients ask for some seconds; nothing goes on after another ``deadline_s``."""
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        for group in groups:
            for number in range(group.count):
                client = Client(url, f"{group.network}.{number + 1}", deadline_s)
                tasks.create_task(_go_on(client, group, number, until))


async def _go_on(client: Client, group: Group, number: int, until: float) -> None:
    # Not all at once: clients of one kind come evenly over one pause.
    await asyncio.sleep(group.pause_s * number / group.count)
    turn = 0
    while time.monotonic() < until:
        reply = await client.ask(group.query(number, turn))
        group.statuses[reply.status] += 1
        if reply.status == 200:
            group.seconds.append(reply.seconds)
        turn += 1
        await asyncio.sleep(group.pause_s)
    client.close()
