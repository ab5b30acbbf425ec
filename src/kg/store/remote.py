"""A SPARQL 1.1 endpoint somewhere else as a backend: asked by the protocol, believed only if its answer is whole.

Before a query leaves, it is evaluated over nothing, by workers like those that answer from a release. So an endpoint is
sent only what these have read as a SPARQL 1.1 query without SERVICE; a syntax error has its line and column; and the
form of the query is known, so that the answer is asked for in a format whose end can be seen. What an endpoint
understands beyond the standard, such as an update sent as a query, never reaches it.
"""

from __future__ import annotations

import asyncio
import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from pyoxigraph import Store

from ..errors import BackendBusyError, QueryError, QueryTimeoutError, RemoteError
from ..vocab import BASE
from .backend import BY_REMOTE, Answer, FormatChoice, GraphFormat, QueryRequest, ResultFormat
from .lanes import Lane, Turn
from .pool import PoolLimits, WorkerPool
from .remote_circuit import Circuit
from .remote_http import Address, Exchange, query_request
from .remote_results import Wanted, read_results

__all__ = ["RemoteEndpoint"]

_PROBE: Final = QueryRequest("ASK {}")
_PROBE_S: Final = 3.0
_CIRCUIT_PAUSE_S: Final = 5.0
# Each form in a format of its own, so that the media type tells the form.
_WANTED: Final = {
    ResultFormat.TSV.value: Wanted.SOLUTIONS,
    ResultFormat.XML.value: Wanted.BOOLEAN,
    GraphFormat.N_TRIPLES.value: Wanted.GRAPH_WITH_LENGTH,
}


class RemoteEndpoint:
    """Answers queries from one endpoint; use it as an asynchronous context manager, or ``start`` and ``aclose``.

    Args:
        address: the endpoint.
        limits: as of a pool; ``workers`` is how many queries are sent at once.
        circuit_pause_s: seconds for which an endpoint that is down is left alone.
    """

    def __init__(self, address: Address, limits: PoolLimits, *, circuit_pause_s: float = _CIRCUIT_PAUSE_S) -> None:
        self._address = address
        self._limits = limits
        self._places = Lane(limits.workers, "KG_WORKERS")
        # One thread more than places, for the circuit's question.
        self._threads = ThreadPoolExecutor(limits.workers + 1, thread_name_prefix="remote")
        self._circuit = Circuit(self._is_there, pause_s=circuit_pause_s)
        self._nothing = TemporaryDirectory(prefix="habeas-nothing-", ignore_cleanup_errors=True)
        Store(self._nothing.name).flush()
        self._rehearsals = WorkerPool(Path(self._nothing.name), replace(limits, services=()))
        self._graphs_have_length = True

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.aclose()

    async def start(self) -> None:
        """Start the workers that read queries; the endpoint is not asked anything yet.

        Raises:
            ReleaseError: they cannot be started.
        """
        await self._rehearsals.start()

    async def aclose(self) -> None:
        """Stop the workers and forget the endpoint; threads end with the calls that they serve."""
        await self._circuit.aclose()
        await self._rehearsals.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._nothing.cleanup()

    async def answer(self, request: QueryRequest) -> Answer:
        """Ask the endpoint, as ``QueryBackend.answer`` promises; a cancelled call cuts the connection.

        Raises:
            RemoteUnavailableError: the endpoint is down and is left alone for a while.
            RemoteError: it failed, or what it sent is not a whole result.
            QueryError: another of its subclasses.
        """
        self._circuit.check()
        wanted, spent_s = await self._rehearse(request)
        queued = time.monotonic()
        turn = Turn(request.client, self._limits.queue_timeout_s)
        await self._places.take(turn)
        begun = time.monotonic()
        try:
            media_type, body = await self._fetch(request, wanted, self._limit_s(request) - spent_s)
        except QueryError as error:
            error.work_s = time.monotonic() - begun + spent_s
            raise
        finally:
            self._places.give_back(turn)
        timings_s = {"queue": begun - queued, "work": time.monotonic() - begun + spent_s}
        return Answer(media_type, len(body), io.BytesIO(body), timings_s, route=BY_REMOTE)

    async def select(self, text: str) -> bytes:
        """The rows of a SELECT query of our own as JSON results; no worker reads it first, so ``start`` may come later.

        Raises:
            QueryError: the endpoint gave no whole answer.
        """
        _, body = await self._fetch_in_time(QueryRequest(text), Wanted.SOLUTIONS, self._limits.query_timeout_s)
        return body

    def _limit_s(self, request: QueryRequest) -> float:
        own = self._limits.query_timeout_s
        return own if request.timeout_s is None else min(own, request.timeout_s)

    async def _rehearse(self, request: QueryRequest) -> tuple[Wanted, float]:
        """What the query is to be answered with, and the seconds that it took to find out."""
        formats = request.formats
        told_apart = FormatChoice(
            solutions=formats.solutions and ResultFormat.TSV,
            boolean=formats.boolean and ResultFormat.XML,
            graph=formats.graph and GraphFormat.N_TRIPLES,
        )
        rehearsal = QueryRequest(
            request.text, told_apart, request.default_graphs, request.named_graphs, request.timeout_s, request.client
        )
        begin = time.monotonic()
        with await self._rehearsals.answer(rehearsal) as answer:
            return _WANTED[answer.media_type], answer.timings_s.get("work", time.monotonic() - begin)

    async def _fetch(self, request: QueryRequest, wanted: Wanted, timeout_s: float) -> tuple[str, bytes]:
        """The answer, with what the circuit is to know of it."""
        try:
            result = await self._fetch_in_time(request, wanted, timeout_s)
        except (BackendBusyError, QueryTimeoutError, RemoteError):
            self._circuit.note_failure()
            raise
        except QueryError:
            self._circuit.note_answer()
            raise
        self._circuit.note_answer()
        return result

    async def _fetch_in_time(self, request: QueryRequest, wanted: Wanted, timeout_s: float) -> tuple[str, bytes]:
        media_type = _media_type(request.formats, wanted)
        try:
            async with asyncio.timeout(timeout_s):
                if wanted is Wanted.GRAPH_WITH_LENGTH:
                    return media_type, await self._fetch_graph(request, media_type)
                body = await self._exchange(request, wanted, media_type)
        except TimeoutError as error:
            raise QueryTimeoutError(
                f"The remote endpoint gave no whole answer within {self._limit_s(request):g} s (KG_QUERY_TIMEOUT_S). "
                "Ask for less at once: name a property or a thing, or add LIMIT."
            ) from error
        assert body is not None  # only a graph may have no visible end
        return media_type, body

    async def _fetch_graph(self, request: QueryRequest, media_type: str) -> bytes:
        body = None
        if self._graphs_have_length:
            body = await self._exchange(request, Wanted.GRAPH_WITH_LENGTH, media_type)
            self._graphs_have_length = body is not None
        if body is None:
            body = await self._exchange(request, Wanted.GRAPH_WITH_END, media_type)
        assert body is not None
        return body

    async def _exchange(self, request: QueryRequest, wanted: Wanted, media_type: str) -> bytes | None:
        dataset = [("default-graph-uri", iri) for iri in request.default_graphs]
        dataset += [("named-graph-uri", iri) for iri in request.named_graphs]
        exchange = Exchange(
            query_request(
                self._address, f"BASE <{BASE}> {request.text}", accept=wanted.media_types[0], dataset=dataset
            ),
            timeout_s=self._limits.query_timeout_s,
        )
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._converse, exchange, wanted, media_type
            )
        finally:
            exchange.abort()

    def _converse(self, exchange: Exchange, wanted: Wanted, media_type: str) -> bytes | None:
        try:
            with exchange:
                return read_results(exchange, wanted, media_type, size_max=self._limits.result_bytes_max)
        except QueryError as error:
            # The engine's objects must end in the thread they began in; the frames of a traceback would carry them off.
            error.__context__ = None
            raise error.with_traceback(None) from None

    async def _is_there(self) -> bool:
        try:
            async with asyncio.timeout(_PROBE_S):
                await self._exchange(_PROBE, Wanted.BOOLEAN, ResultFormat.JSON.value)
        except (QueryError, TimeoutError):
            return False
        return True


def _media_type(formats: FormatChoice, wanted: Wanted) -> str:
    chosen: ResultFormat | GraphFormat | None
    if wanted is Wanted.SOLUTIONS:
        chosen = formats.solutions
    elif wanted is Wanted.BOOLEAN:
        chosen = formats.boolean
    else:
        chosen = formats.graph
    assert chosen is not None  # else the rehearsal has refused it
    return chosen.value
