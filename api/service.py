"""What a request finds behind the web: the settings, the release that is served, and the backend that answers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from kg.errors import BackendBusyError, KgError, QueryError, ReleaseError
from kg.publication import current_release, open_columnar, open_remote
from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.search import SearchIndex
from kg.store.backend import QueryRequest
from kg.store.pool import PoolLimits, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from starlette.requests import Request

    from kg.publication import PublishedRelease
    from kg.query.plan import QueryPlan
    from kg.settings import Settings
    from kg.store.backend import Answer, QueryBackend
    from kg.store.columnar import Columnar
    from kg.store.pool import PoolFigures

__all__ = ["Service", "Serving", "service_of"]

_LOG: Final = logging.getLogger(__name__)

# While nothing is served, the pointer is looked at this often whatever KG_RELOAD_S says.
_RETRY_S: Final = 2.0
_IDLE_CHECK_S: Final = 0.1
# Looks at which a release is opened again that could not be opened: the machine may have been busy, or its memory full.
_TRIES: Final = 3
# Whoever asks whether the service is ready does not wait for long, and may not be kept by the queue.
_PROBE_S: Final = 2.0


@runtime_checkable
class _Counted(Protocol):
    """A backend that counts its workers."""

    def figures(self) -> PoolFigures: ...


class Serving:
    """One release, open, with the backend that answers for it.

    Attributes:
        search: its index of names and texts; None for a release that was built without.
        columns: what answers queries that scan; None where the release has none, or the settings want none.
        figures: how much the release holds; counted once, for it never changes.
        uses: requests that are being answered from it.
    """

    def __init__(
        self,
        release: PublishedRelease,
        backend: QueryBackend,
        search: SearchIndex | None = None,
        columns: Columnar | None = None,
    ) -> None:
        self.release = release
        self.backend = backend
        self.search = search
        self.columns = columns
        self.figures: dict[str, str] = {}
        self.uses = 0

    async def aclose(self) -> None:
        """Stop all workers."""
        await self.backend.aclose()
        if self.columns is not None:
            await self.columns.aclose()


class Service:
    """What the application serves, and may be asked of it.

    Attributes:
        reloads: releases that took the place of another since the start.
        failed_reloads: releases that could not be opened, and times that the pointer could not be followed.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reloads = 0
        self.failed_reloads = 0
        self._limits = QueryLimits.of(settings)
        self._serving: Serving | None = None
        self._tried: Path | None = None
        self._tries = 0
        self._told = ""
        self._asked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def serving(self) -> Serving:
        """The release that is served now.

        Raises:
            ReleaseError: none is open yet.
        """
        if self._serving is None:
            raise ReleaseError("No release is open yet. Try again in a moment.")
        return self._serving

    @property
    def release(self) -> PublishedRelease:
        """The release that is served now.

        Raises:
            ReleaseError: none is open yet.
        """
        return self.serving.release

    @property
    def backend(self) -> QueryBackend | None:
        """What answers for that release; None while none is open."""
        return None if self._serving is None else self._serving.backend

    @contextmanager
    def use(self) -> Iterator[Serving]:
        """The release that is served now, held open until the block ends.

        Raises:
            ReleaseError: none is open yet.
        """
        serving = self.serving
        serving.uses += 1
        try:
            yield serving
        finally:
            serving.uses -= 1

    async def open(self) -> None:
        """Open the current release, and from now on whichever takes its place."""
        await self._look()
        self._keep(self._watch())

    def look_now(self) -> None:
        """Look for a new release at once, be it one that could not be opened before."""
        self._tried = None
        self._asked.set()

    async def aclose(self) -> None:
        """Stop looking, and stop the workers of every release that is open."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._serving is not None:
            await self._serving.aclose()

    def plan(self, text: str) -> QueryPlan:
        """Admit and plan a client's query; a long one takes a tenth of a second.

        Raises:
            QueryRefusedError: it is over a limit.
            QuerySyntaxError: a string is never closed.
        """
        has_columns = self._serving is not None and self._serving.columns is not None
        planned = plan(text, self._limits, has_columns=has_columns)
        if self.settings.remote:  # other engines have other traps
            return planned._replace(text=text, rewrites=())
        return planned

    async def answer(self, request: QueryRequest) -> Answer:
        """Answer a query that has been planned, or one of this service's own.

        Raises:
            QueryError: one of its subclasses.
            ReleaseError: no release is open.
        """
        with self.use() as serving:
            return await serving.backend.answer(request)

    @property
    def figures(self) -> PoolFigures | None:
        """What the workers are doing, those of columns too; None where nothing is open, or where there are none."""
        backend = self.backend
        if self._serving is None or not isinstance(backend, _Counted):
            return None
        columns = self._serving.columns
        return backend.figures() if columns is None else backend.figures() + columns.figures()

    async def is_ready(self) -> bool:
        """Whether a release is open and a worker answers, or would if others were not before; within 2 s."""
        try:
            async with asyncio.timeout(_PROBE_S):
                (await self.answer(QueryRequest("ASK {}", client="health"))).read()
        except (BackendBusyError, TimeoutError):
            figures = self.figures
            return figures is None or figures.busy + figures.long > 0
        except (QueryError, ReleaseError):
            return False
        return True

    async def _watch(self) -> None:
        while True:
            wait_s = _RETRY_S if self._serving is None else self.settings.reload_s or None
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._asked.wait()
            self._asked.clear()
            await self._look()

    async def _look(self) -> None:
        # Whatever is wrong with a new release, what is served stays, and the next one is looked for.
        (failure,) = await asyncio.gather(self._follow_pointer(), return_exceptions=True)
        if failure is not None:
            self._tell(failure)

    async def _follow_pointer(self) -> None:
        """Serve what ``current`` points to.

        Raises:
            Exception: it cannot be opened; nothing has changed.
        """
        release = await asyncio.to_thread(current_release, self.settings.releases)
        if not self._is_tried(release):
            search = await asyncio.to_thread(_search_of, release)
            async with AsyncExitStack() as undo:
                backend = await self._backend_of(release)
                undo.push_async_callback(backend.aclose)
                opened = Serving(release, backend, search, await open_columnar(self.settings, release))
                undo.pop_all()
            self._switch(opened)

    def _is_tried(self, release: PublishedRelease) -> bool:
        """Whether this release is served, or could not be opened often enough since the pointer moved to it."""
        served = self._serving and self._serving.release.path
        self._tries = self._tries + 1 if release.path == self._tried else 1
        self._tried = release.path
        return served is not None and (release.path == served or self._tries > _TRIES)

    def _switch(self, opened: Serving) -> None:
        old, self._serving, self._told = self._serving, opened, ""
        if old is not None:
            self.reloads += 1
            _LOG.info("Release %s took the place of %s.", opened.release.id, old.release.id)
            self._keep(self._retire(old))

    async def _retire(self, old: Serving) -> None:
        """Close a backend when nobody uses it any more, or when any query of theirs is over its time."""
        short_s = self.settings.short_s if old.columns is None else old.columns.short_s
        patience_s = self.settings.queue_timeout_s + short_s + self.settings.query_timeout_s
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    while old.uses:
                        await asyncio.sleep(_IDLE_CHECK_S)
        finally:
            await old.aclose()

    def _tell(self, error: BaseException) -> None:
        words = str(error) if isinstance(error, KgError | OSError) else type(error).__qualname__
        if words != self._told:  # once, not at every look
            self._told = words
            self.failed_reloads += 1
            what = "No release is served yet" if self._serving is None else "The new release is not served"
            _LOG.warning("%s: %s", what, words)

    async def _backend_of(self, release: PublishedRelease) -> QueryBackend:
        if self.settings.remote:
            return await open_remote(self.settings, release)
        quads = release.manifest().get("quads")
        pool = WorkerPool(release.store, PoolLimits.of(self.settings), dataset=release.dataset, quads=quads)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(pool.aclose)
            await pool.start()
            (await pool.answer(QueryRequest("ASK {}"))).read()
            undo.pop_all()
        return pool

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        """Start a task, and hold it until it is done (the loop holds it weakly)."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _search_of(release: PublishedRelease) -> SearchIndex | None:
    return SearchIndex.open(release.search) if release.search.is_dir() else None


def service_of(request: Request) -> Service:
    """The service that the application of this request was started with."""
    service: Service = request.app.state.service
    return service
