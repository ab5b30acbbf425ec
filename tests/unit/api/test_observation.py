"""What is known of a request wherever it is answered: whose turn its queries take."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

from api.lookups import ask, construct
from api.metrics import Metrics
from api.observation import Observation
from kg.store.backend import Answer, GraphFormat

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from kg.store.backend import QueryRequest


class Asked:
    """A backend that says yes, and remembers whose queries it was asked."""

    def __init__(self) -> None:
        self.clients: list[str] = []

    async def answer(self, request: QueryRequest) -> Answer:
        """Yes."""
        self.clients.append(request.client)
        body = b'{"boolean": true}'
        return Answer("application/sparql-results+json", len(body), io.BytesIO(body))

    async def aclose(self) -> None:
        """Nothing is open."""


def test_the_queries_behind_a_page_take_the_turn_of_whoever_opens_it() -> None:
    """Two clients at once, so that one cannot be taken for the other."""
    backend = Asked()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await ask(backend, "known", thing="http://example.com/thing")
        await asyncio.sleep(0)
        await construct(backend, "claim", graph_format=GraphFormat.TURTLE, thing="http://example.com/thing")

    async def open_page(client: str) -> None:
        async def nothing() -> Message:
            return {"type": "http.request"}

        async def ignore(message: Message) -> None:
            pass

        scope = {"type": "http", "method": "GET", "headers": [], "client": (client, 1)}
        await Observation(page, Metrics())(scope, nothing, ignore)

    async def both() -> None:
        await asyncio.gather(open_page("192.0.2.1"), open_page("2001:db8:0:7:1::9"))

    asyncio.run(both())
    assert sorted(backend.clients) == ["192.0.2.1", "192.0.2.1", "2001:db8:0:7::/64", "2001:db8:0:7::/64"]
