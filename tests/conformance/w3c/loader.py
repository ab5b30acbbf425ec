"""The service as it is, with a door through which a test suite loads data: ``uvicorn --factory …loader:create_app``.

The door takes the writing half of the Graph Store Protocol (PUT, POST, DELETE) at ``/graphs``, where the service itself
only reads; there, DELETE without a graph empties all. It takes updates at ``/graphs/update``, for data whose graphs
share blank nodes. What was written is published as a release of its own, and served from the next request on. All this
exists in tests only: nothing in ``api`` or ``kg`` knows of it.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
import shutil
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from uuid import uuid4

import zstandard
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse
from starlette.requests import Request
from starlette.responses import Response

from api.app import create_app as create_service
from api.service import Serving
from kg.publication import read_release
from kg.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.service import Service

DOOR = "/graphs"
UPDATES = "/graphs/update"
# The runner numbers the blank nodes of each file it loads: the same data again has other numbers.
NUMBERED_FILE = re.compile(r"_:f(\d+)x")

Graph = NamedNode | DefaultGraph


class Door:
    """ASGI middleware that keeps what was written, and has it served."""

    def __init__(self, app: FastAPI, releases: Path) -> None:
        self._app = app
        self._releases = releases
        self._store = Store()
        self._writes: list[str] = []
        self._served: str | None = None
        self._one_after_the_other = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a write; have what was written served before anything else is answered."""
        if scope["type"] == "lifespan":
            send = without_other_ways(scope, send)
        if scope["type"] == "http":
            async with self._one_after_the_other:
                if scope["path"].startswith(DOOR) and scope["method"] in ("PUT", "POST", "DELETE"):
                    response = await self._write(Request(scope, receive))
                    await response(scope, receive, send)
                    return
                await self._serve_written(self._app.state.service)
        await self._app(scope, receive, send)

    async def _write(self, request: Request) -> Response:
        graph = graph_of(request)
        body = await request.body()
        self._writes.append(f"{request.method} {request.url} {graph} {body.decode()}")
        if request.url.path == UPDATES:
            self._store.update(body.decode())
            return Response(status_code=204)
        if request.method == "DELETE":
            return self._delete(request, graph)
        is_new = graph != DefaultGraph() and not self._store.contains_named_graph(graph)
        if request.method == "PUT":
            self._store.clear_graph(graph)
        self._store.add_graph(graph)
        self._store.extend(quads_of(request, body, graph))
        return Response(status_code=201 if is_new else 204, headers={"Location": graph.value} if is_new else {})

    def _delete(self, request: Request, graph: Graph) -> Response:
        if not request.url.query and request.url.path == DOOR:
            self._store.clear()
            self._writes.clear()
            return Response(status_code=204)
        is_known = self._store.contains_named_graph(graph)
        self._store.remove_graph(graph)
        return Response(status_code=204 if is_known else 404)

    async def _serve_written(self, service: Service) -> None:
        written = with_files_numbered_anew("\n".join(self._writes))
        if written == self._served:
            return
        release = self._releases / str(uuid4())
        release.mkdir()
        store = Store(str(release / "store"))
        store.extend(self._store)
        for graph in self._store.named_graphs():
            store.add_graph(graph)
        store.flush()
        del store
        (release / "dataset.nq.zst").write_bytes(zstandard.compress(self._store.dump(format=RdfFormat.N_QUADS)))
        (release / "manifest.json").write_text(json.dumps({"quads": len(self._store)}))
        published = read_release(release)
        last, service._serving = service._serving, Serving(published, await service._backend_of(published))
        if last is not None:
            await last.backend.aclose()
            shutil.rmtree(last.release.path)
        self._served = written


def without_other_ways(scope: Scope, send: Send) -> Send:
    """Keep connections from answering before the door is asked (``api/direct.py``, ``api/quick.py``)."""

    async def send_without(message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            for way in ("direct", "quick_answers"):
                del scope["state"][way]
        await send(message)

    return send_without


def graph_of(request: Request) -> Graph:
    """The graph that a write names (Graph Store Protocol §4), or a new one where it names none."""
    given = parse_qs(request.url.query, keep_blank_values=True)
    if "default" in given:
        return DefaultGraph()
    if "graph" in given:
        return NamedNode(given["graph"][0])
    return NamedNode(f"{request.url}/{uuid4()}" if request.url.path == DOOR else str(request.url))


def quads_of(request: Request, body: bytes, graph: Graph) -> list[Quad]:
    """The triples of a body, as quads of a graph."""
    return [
        Quad(triple.subject, triple.predicate, triple.object, graph)
        for media_type, content in parts_of(request.headers["content-type"], body)
        for triple in parse(content, format=RdfFormat.from_media_type(media_type), base_iri=str(request.url))
    ]


def parts_of(media_type: str, body: bytes) -> list[tuple[str, bytes]]:
    """The media types and contents of a body: several where it is multipart/form-data (§5.5)."""
    if not media_type.startswith("multipart/"):
        return [(media_type, body)]
    head = f"Content-Type: {media_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    return [(part.get_content_type(), part.get_content()) for part in message.iter_parts()]


def with_files_numbered_anew(text: str) -> str:
    """The text with the numbers of the runner's files in the order in which they stand there."""
    numbers: dict[str, int] = {}
    return NUMBERED_FILE.sub(lambda match: f"_:f{numbers.setdefault(match[1], len(numbers))}x", text)


def create_app() -> ASGIApp:
    """The service of the environment's settings, and the door before it."""
    settings = load_settings()
    return Door(create_service(settings), settings.releases)
