"""What a request finds behind the web: the settings, the release that is open, and the backend that answers for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from kg.errors import BackendBusyError, QueryError, ReleaseError
from kg.publication import current_release
from kg.query.admission import QueryLimits, admit
from kg.store.backend import QueryRequest
from kg.store.pool import PoolLimits, WorkerPool

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.publication import PublishedRelease
    from kg.settings import Settings
    from kg.store.backend import Answer, QueryBackend

__all__ = ["Service", "service_of"]

_LOG: Final = logging.getLogger(__name__)

_RETRY_S: Final = 2.0
# A longer text is scanned beside the event loop, which other clients wait for.
_SCAN_HERE_CHARACTERS: Final = 4096


class Service:
    """One release, open, and what may be asked of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._limits = QueryLimits.of(settings)
        self.figures: dict[str, str] = {}  # how much the release holds; counted once, for it never changes
        self._release: PublishedRelease | None = None
        self._backend: QueryBackend | None = None
        self._waiting: asyncio.Task[None] | None = None

    @property
    def release(self) -> PublishedRelease:
        """The release that is served.

        Raises:
            ReleaseError: none is open yet.
        """
        if self._release is None:
            raise ReleaseError("No release is open yet. Try again in a moment.")
        return self._release

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
        if self._backend is not None:
            await self._backend.aclose()

    async def answer(self, request: QueryRequest) -> Answer:
        """Admit a client's query, and answer it.

        Raises:
            QueryError: one of its subclasses.
            ReleaseError: no release is open.
        """
        if len(request.text) > _SCAN_HERE_CHARACTERS:
            await asyncio.to_thread(admit, request.text, self._limits)
        else:
            admit(request.text, self._limits)
        return await self.answer_own(request)

    async def answer_own(self, request: QueryRequest) -> Answer:
        """Answer a query of this service's own, such as one behind a page.

        Raises:
            QueryError: one of its subclasses.
            ReleaseError: no release is open.
        """
        if self._backend is None:
            raise ReleaseError("No release is open yet. Try again in a moment.")
        return await self._backend.answer(request)

    async def is_ready(self) -> bool:
        """Whether a release is open and a worker answers, or would if others were not before."""
        try:
            (await self.answer_own(QueryRequest("ASK {}"))).read()
        except BackendBusyError:
            return True
        except (QueryError, ReleaseError):
            return False
        return True

    async def _open_current(self) -> None:
        release = current_release(self.settings.releases)
        pool = WorkerPool(release.store, PoolLimits.of(self.settings))
        await pool.start()
        self._release, self._backend = release, pool

    async def _wait_for_release(self) -> None:
        while self._backend is None:
            await asyncio.sleep(_RETRY_S)
            try:
                await self._open_current()
            except ReleaseError:
                continue


def service_of(request: Request) -> Service:
    """The service that the application of this request was started with."""
    service: Service = request.app.state.service
    return service
