"""How a query is answered: kept already, or planned, paid for, evaluated once and kept."""

from __future__ import annotations

import io
import os
import sys
import weakref
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from kg.errors import QueryError, QueryResourceError, QueryTimeoutError
from kg.query.plan import ask
from kg.store.backend import BY_COLUMNS, BY_INDEX, BY_INDEX_AFTER_COLUMNS, BY_INDEX_FOR_ROOM, IN_MEMORY_BYTES

from .budgets import Budgets
from .cache import ByteCache, Flights
from .errands import Errands
from .quick import QuickAnswers
from .room import Room

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping
    from typing import IO

    from starlette.requests import Request

    from kg.query.plan import QueryPlan
    from kg.store.backend import Answer, QueryRequest

    from .service import Service, Serving

__all__ = ["Answered", "Answers", "Result", "answers_of"]

_PIECE_BYTES: Final = 64 * 1024
# A shorter text is planned in about the time that any request takes; a longer one is looked at by who can pay for it.
_PLANNED_FREELY_CHARACTERS: Final = 1024
# A longer text is scanned beside the event loop, which other clients wait for.
_PLANNED_HERE_CHARACTERS: Final = 4096
# What a worker costs that has to be replaced, however soon it was.
_KILLED_S: Final = 0.1
_TAG_BYTES: Final = 16
_NOT_BY_COLUMNS: Final = (BY_INDEX_AFTER_COLUMNS, BY_INDEX_FOR_ROOM)
# One part in so many of what may be kept is for responses that are ready to be sent.
_QUICK_SHARE: Final = 4


def _own_version() -> str:
    try:
        return version("habeas-kg")
    except PackageNotFoundError:
        return ""


_VERSION: Final = _own_version()


class Result:
    """A whole result, which any number of requests may read, each from its start.

    Attributes:
        media_type: a value of ``ResultFormat`` or ``GraphFormat``.
        size_bytes: its length.
        content: all of it; None where it is too long for memory and lies in an unnamed file.
    """

    __slots__ = ("__weakref__", "_descriptor", "content", "media_type", "size_bytes")

    def __init__(self, media_type: str, size_bytes: int, body: bytes | IO[bytes]) -> None:
        self.media_type = media_type
        self.size_bytes = size_bytes
        self.content = body if isinstance(body, bytes) else None
        if not isinstance(body, bytes):
            self._descriptor = body.fileno()
            weakref.finalize(self, body.close)

    @classmethod
    def of(cls, answer: Answer) -> Result:
        """The result that a backend has answered with."""
        # A remote endpoint's answer, which was read to its end before it was believed, is in memory whatever its size.
        in_memory = answer.size_bytes <= IN_MEMORY_BYTES or isinstance(answer.body, io.BytesIO)
        return cls(answer.media_type, answer.size_bytes, answer.read() if in_memory else answer.body)

    def pieces(self) -> Iterator[bytes]:
        """The result in pieces."""
        if self.content is not None:
            yield self.content
            return
        offset = 0
        while piece := os.pread(self._descriptor, _PIECE_BYTES, offset):
            yield piece
            offset += len(piece)


class Kept(NamedTuple):
    """A result with what was changed about its query."""

    result: Result
    rewrites: tuple[str, ...]
    route: str = ""


class Evaluated(NamedTuple):
    """What came of an evaluation: the result, seconds by stage, and what has evaluated it."""

    result: Result
    timings_s: Mapping[str, float]
    route: str


class Answered(NamedTuple):
    """What came of a request.

    Attributes:
        serving: the release that answered.
        tag: names release, request and representation; empty where the answer may be another one next time.
        result: None where the client has it already.
        is_cached: nothing was planned or evaluated for it.
        route: what has evaluated it (``Answer.route``); empty where nothing was evaluated, now or before.
    """

    serving: Serving
    tag: str
    result: Result | None
    rewrites: tuple[str, ...] = ()
    is_cached: bool = False
    route: str = ""


class Answers:
    """Answers queries from what a service serves.

    Attributes:
        budgets: what is left to each client.
        errands: work for clients beside the event loop.
        room: what long results take until they are sent.
        quick: answers that are given without asking here.
        hits, misses: how often a result was kept already, and how often one that may be kept was not.
        by_route: how many queries were evaluated, by what has evaluated them.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.budgets = Budgets(service.settings)
        self.errands = Errands(self.budgets, service.settings)
        self.room = Room(service.settings)
        self._bytes_max = service.settings.cache_mb * 2**20
        self.quick = QuickAnswers(service, self._bytes_max // _QUICK_SHARE)
        self.hits = 0
        self.misses = 0
        self.by_route: Counter[str] = Counter()
        self._flights: Flights[Evaluated] = Flights()
        # One for each release; it goes when the release does.
        self._caches: WeakKeyDictionary[Serving, ByteCache[Hashable, Kept]] = WeakKeyDictionary()

    @property
    def figures(self) -> dict[str, Callable[[], float]]:
        """What may be counted of them, by the names of ``api/metrics.py``."""
        return {
            "cache_bytes": lambda: self.quick.size_bytes + sum(cache.size_bytes for cache in self._caches.values()),
            "result_files_bytes": lambda: self.room.held_bytes,
            "cache_hits": lambda: self.hits,
            "cache_misses": lambda: self.misses,
            "quick_answers": lambda: self.quick.given,
            "answers_by_index": lambda: self.by_route[BY_INDEX],
            "answers_by_columns": lambda: self.by_route[BY_COLUMNS],
            "answers_refused_by_columns": lambda: (
                self.by_route[BY_INDEX_AFTER_COLUMNS] + self.by_route[BY_INDEX_FOR_ROOM]
            ),
        }

    def cache_of(self, serving: Serving) -> ByteCache[Hashable, Kept]:
        """What is kept of a release."""
        cache = self._caches.get(serving)
        if cache is None:
            cache = self._caches[serving] = ByteCache(self._bytes_max - self._bytes_max // _QUICK_SHARE)
        return cache

    def is_kept(self, serving: Serving, request: QueryRequest) -> bool:
        """Whether the result of a query is kept."""
        return self.cache_of(serving).get(_key(request)) is not None

    async def answer(
        self, request: QueryRequest, *, variant: str, known: frozenset[str], notes: dict[str, Any]
    ) -> Answered:
        """Answer a client's query.

        Args:
            request: the query as the client sent it.
            variant: what else decides how the result is represented.
            known: tags of what the client has; "*" stands for whatever there is.
            notes: where "timings_s" (a dict of seconds by stage) and "budget" are put, also on the way to an error.

        Raises:
            QueryError: one of its subclasses.
            ReleaseError: no release is open.
        """
        with self.service.use() as serving:
            tag = _tag(serving.release.id, request, variant)
            kept = self.cache_of(serving).get(_key(request))
            if kept is None:
                answered = await self._fresh(serving, request, tag=tag, known=known, notes=notes)
            else:
                self.hits += 1
                answered = Answered(serving, tag, kept.result, kept.rewrites, is_cached=True, route=kept.route)
        if answered.tag and not known.isdisjoint((tag, "*")):
            return answered._replace(result=None)
        return answered

    async def _fresh(
        self, serving: Serving, request: QueryRequest, *, tag: str, known: frozenset[str], notes: dict[str, Any]
    ) -> Answered:
        began = perf_counter()
        planned = await self.plan(request)
        timings_s = notes["timings_s"] = {"plan": perf_counter() - began}
        if planned.is_fixed and tag in known:  # only a whole answer of this release ever had this tag
            return Answered(serving, tag, None, planned.rewrites)
        notes["budget"] = await self.budgets.check(request.client)
        if planned.is_fixed:
            self.misses += 1
            # By client too, or one would wait in another's turn, and share what it is told there.
            flight = (serving, _key(request), request.timeout_s, request.client)
            result, took_s, route = await self._flights.join(flight, lambda: self._evaluate(serving, planned, request))
        else:
            result, took_s, route = await self._evaluate(serving, planned, request)
        timings_s.update(took_s)
        rewrites = _rewrites(planned, route)
        return Answered(serving, tag if planned.is_fixed else "", result, rewrites, route=route)

    async def plan(self, request: QueryRequest) -> QueryPlan:
        """Admit and plan a client's query.

        Raises:
            BackendBusyError: it is long, and was not planned in the time a query may take.
            BudgetSpentError: it is long, and its client may cause no more work.
            QueryRefusedError: it is over a limit.
            QuerySyntaxError: a string is never closed.
        """
        if len(request.text) <= _PLANNED_FREELY_CHARACTERS:
            return self.service.plan(request.text)
        if len(request.text) > _PLANNED_HERE_CHARACTERS:
            return await self.errands.do(request.client, partial(self.service.plan, request.text))
        async with self.charged(request.client):
            return self.service.plan(request.text)

    @asynccontextmanager
    async def charged(self, client: str) -> AsyncIterator[None]:
        """Some work for a client that ends when it hangs up, and is charged to it; what does not is for ``errands``.

        Raises:
            BudgetSpentError: the client may cause no more.
        """
        await self.budgets.check(client)
        began = perf_counter()
        try:
            yield
        finally:
            await self.budgets.charge(client, perf_counter() - began)

    async def _evaluate(self, serving: Serving, planned: QueryPlan, request: QueryRequest) -> Evaluated:
        began = perf_counter()
        work_s: float | None = None
        try:
            answer = await ask(serving.backend, planned, request, columns=serving.columns)
            work_s = answer.timings_s.get("work")
        except QueryError as error:
            killed = isinstance(error, (QueryResourceError, QueryTimeoutError))
            work_s = max(error.work_s, _KILLED_S) if killed else error.work_s
            raise
        finally:
            # Of a query that was called off nobody tells what it took; its client waited no shorter.
            await self.budgets.charge(request.client, perf_counter() - began if work_s is None else work_s)
        result = Result.of(answer)
        self.room.take(result, request.client)
        if planned.is_fixed and result.content is not None:
            asked = (request.text, *request.default_graphs, *request.named_graphs)
            size_bytes = len(result.content) + sum(map(sys.getsizeof, asked))
            self.cache_of(serving).put(
                _key(request), Kept(result, _rewrites(planned, answer.route), answer.route), size_bytes
            )
        self.by_route[answer.route] += 1
        return Evaluated(result, answer.timings_s, answer.route)


def _rewrites(planned: QueryPlan, route: str) -> tuple[str, ...]:
    """What was changed about a query for the backend that has evaluated it; columns take it as it is written."""
    return () if route == BY_COLUMNS else planned.rewrites


def _key(request: QueryRequest) -> Hashable:
    return request.text, request.formats, request.default_graphs, request.named_graphs


def _tag(release_id: str, request: QueryRequest, variant: str) -> str:
    """Everything that decides the answer, in one word; our own version too, for it writes the answer."""
    formats = request.formats
    chosen = (formats.solutions or "", formats.boolean or "", formats.graph or "")
    graphs = repr((request.default_graphs, request.named_graphs))
    named = "\0".join((_VERSION, release_id, variant, *chosen, graphs, request.text))
    return blake2b(named.encode("utf-8", "surrogatepass"), digest_size=_TAG_BYTES).hexdigest()


def answers_of(request: Request) -> Answers:
    """The answers of the application that a request came to."""
    answers: Answers = request.app.state.answers
    return answers
