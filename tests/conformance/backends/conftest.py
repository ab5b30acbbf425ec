"""Each backend that is there, over the same dataset."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pytest
from pyoxigraph import RdfFormat, Store, parse, serialize

from kg.store.backend import Answer, FormatChoice, QueryBackend, QueryRequest
from kg.store.pool import WorkerPool
from kg.store.remote import RemoteEndpoint
from kg.store.remote_http import Address
from tests.endpoints import HAS_VIRTUOSO, oxigraph, virtuoso
from tests.material_pool import LIMITS as MATERIAL

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

T = TypeVar("T")

NUMBERS = 1500
LIMITS = replace(MATERIAL, workers=4, query_timeout_s=4.0, queue_timeout_s=5.0, result_bytes_max=200_000)
NO_VIRTUOSO = pytest.mark.skipif(not HAS_VIRTUOSO, reason="Virtuoso (Debian virtuoso-opensource-7) is not installed")


class Backend(NamedTuple):
    """A backend in a loop of its own."""

    name: str
    port: QueryBackend
    runner: asyncio.Runner

    def run(self, work: Coroutine[None, None, T]) -> T:
        """Run something in the backend's loop."""
        return self.runner.run(work)

    def ask(self, text: str, formats: FormatChoice = FormatChoice(), **more: object) -> Answer:  # noqa: B008 - immutable
        """Ask one query."""
        return self.run(self.port.answer(QueryRequest(text, formats, **more)))  # type: ignore[arg-type]


def dataset() -> bytes:
    """The suite's dataset and numbers enough for a query that takes long, as N-Quads."""
    quads = serialize(parse(path=Path(__file__).with_name("dataset.trig")), format=RdfFormat.N_QUADS)
    assert quads is not None
    numbers = (
        f'<http://example.com/n{n}> <http://example.com/is> "{n}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
        for n in range(NUMBERS)
    )
    return quads + "".join(numbers).encode()


@pytest.fixture(scope="session", params=["pool", "oxigraph", pytest.param("virtuoso", marks=NO_VIRTUOSO)])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """An embedded pool, and remote endpoints of two makers."""
    folder = tmp_path_factory.mktemp(request.param) / "database"
    with ExitStack() as stack:
        started: WorkerPool | RemoteEndpoint
        if request.param == "pool":
            store = Store(str(folder))
            store.load(dataset(), format=RdfFormat.N_QUADS)
            store.flush()
            started = WorkerPool(folder, LIMITS)
        elif request.param == "oxigraph":
            started = RemoteEndpoint(Address(f"{stack.enter_context(oxigraph(folder, dataset()))}/query"), LIMITS)
        else:
            started = RemoteEndpoint(Address(stack.enter_context(virtuoso(folder, dataset()))), LIMITS)
        runner = stack.enter_context(asyncio.Runner())
        stack.callback(lambda: runner.run(started.aclose()))
        runner.run(started.start())
        yield Backend(request.param, started, runner)
