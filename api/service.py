"""What a request finds behind the web: the settings, the release that is served, and the backend that answers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kg.errors import BackendBusyError, QueryError, ReleaseError
from kg.publication import current_release, open_remote
from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.store.backend import QueryRequest
from kg.store.pool import PoolLimits, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from kg.publication import PublishedRelease
    from kg.query.plan import QueryPlan
    from kg.settings import Settings
    from kg.store.backend import Answer, QueryBackend

__all__ = ["Service", "Serving", "service_of"]

_LOG: Final = logging.getLogger(__name__)

_RETRY_S: Final = 2.0
# A longer text is scanned beside the event loop, which other clients wait for.
_SCAN_HERE_CHARACTERS: Final = 4096


class Serving:
    """One release, open, with the backend that answers for it.

    Attributes:
        figures: how much the release holds; counted once, for it never changes.
        uses: requests that are being answered from it.
    """

    def __init__(self, release: PublishedRelease, backend: QueryBackend) -> None:
        self.release = release
        self.backend = backend
        self.figures: dict[str, str] = {}
        self.uses = 0


class Service:
    """What the application serves, and may be asked of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._limits = QueryLimits.of(settings)
        self._serving: Serving | None = None
        self._waiting: asyncio.Task[None] | None = None

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
        """Open the current release; while there is none, go on looking for one."""
        try:
            await self._open_current()
        except ReleaseError as error:
            _LOG.warning("No release is served yet: %s", error)
            self._waiting = asyncio.create_task(self._wait_for_release())

    async def aclose(self) -> None:
        """Stop the workers."""
        if self._waiting is not None:
            self._waiting.cancel()
        if self._serving is not None:
            await self._serving.backend.aclose()

    async def plan(self, text: str) -> QueryPlan:
        """Admit and plan a client's query.

        Raises:
            QueryRefusedError: it is over a limit.
            QuerySyntaxError: a string is never closed.
        """
        if len(text) > _SCAN_HERE_CHARACTERS:
            return await asyncio.to_thread(plan, text, self._limits)
        return plan(text, self._limits)

    async def answer(self, request: QueryRequest) -> Answer:
        """Answer a query that has been planned, or one of this service's own.

        Raises:
            QueryError: one of its subclasses.
            ReleaseError: no release is open.
        """
        with self.use() as serving:
            return await serving.backend.answer(request)

    async def is_ready(self) -> bool:
        """Whether a release is open and a worker answers, or would if others were not before."""
        try:
            (await self.answer(QueryRequest("ASK {}"))).read()
        except BackendBusyError:
            return True
        except (QueryError, ReleaseError):
            return False
        return True

    async def _open_current(self) -> None:
        release = current_release(self.settings.releases)
        self._serving = Serving(release, await self._backend_of(release))

    async def _backend_of(self, release: PublishedRelease) -> QueryBackend:
        if self.settings.remote:
            return await open_remote(self.settings, release)
        pool = WorkerPool(release.store, PoolLimits.of(self.settings))
        await pool.start()
        return pool

    async def _wait_for_release(self) -> None:
        while self._serving is None:
            await asyncio.sleep(_RETRY_S)
            try:
                await self._open_current()
            except ReleaseError:
                continue


def service_of(request: Request) -> Service:
    """The service that the application of this request was started with."""
    service: Service = request.app.state.service
    return service
