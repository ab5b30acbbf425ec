"""Past releases, opened when somebody asks for one and closed when nobody has for a while.

Each costs a worker and its memory, so few are open at once: the one unused for longest makes room for another.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from kg.errors import BackendBusyError, KgError
from kg.publication import published_releases
from kg.rdf import index_names
from kg.store.pool import PoolLimits, WorkerPool

from .representations import choose
from .service import Serving, service_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from kg.publication import PublishedRelease
    from kg.settings import Settings

    from .service import Service

__all__ = ["CURRENT", "PastReleases", "past_of", "to_current"]

CURRENT: Final = "current"

_REST: Final = re.compile(r"(?:/[a-z0-9][a-z0-9-]{0,119})*(?:\.[a-z]+)?")
_LOOKUPS_KEPT: Final = 4096


class PastReleases:
    """The releases before the current one; close it at the end."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings: Settings = service.settings
        self._open: dict[str, Serving] = {}  # the last one used is the last one here
        self._changing = asyncio.Lock()
        self._closing: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def opened(self) -> tuple[str, ...]:
        """The ids of those that are open now."""
        return tuple(self._open)

    async def all(self) -> list[PublishedRelease]:
        """Every release that may be read, oldest first; the last one is the current one.

        Raises:
            ReleaseError: none is served.
        """
        current = self._service.release
        if self._settings.past_releases == 0:
            return [current]
        published = await asyncio.to_thread(published_releases, self._settings.releases)
        return [release for release in published if release.id != current.id] + [current]

    async def holding(self, iri: str) -> list[PublishedRelease]:
        """Those of them that say anything of a thing, oldest first."""
        return await asyncio.to_thread(_holding, await self.all(), iri)

    @asynccontextmanager
    async def use(self, release_id: str) -> AsyncIterator[Serving]:
        """A release, held open until the block ends.

        Raises:
            HTTPException: 404, there is no such release.
            BackendBusyError: as many as may be open are in use.
            ReleaseError: it cannot be opened.
        """
        if release_id == self._service.release.id:
            with self._service.use() as current:
                yield current
            return
        release = next((known for known in await self.all() if known.id == release_id), None)
        if release is None:
            raise HTTPException(404, "There is no such release. /releases lists them.")
        async with self._changing:
            serving = await self._opened(release)
            serving.uses += 1
        try:
            yield serving
        finally:
            serving.uses -= 1
            self._close_later(release_id)

    async def aclose(self) -> None:
        """Close all of them."""
        for timer in self._closing.values():
            timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._changing:
            for release_id in self.opened:
                await self._close(release_id)

    async def _opened(self, release: PublishedRelease) -> Serving:
        serving = self._open.pop(release.id, None)
        if serving is None:
            await self._make_room()
            serving = Serving(release, await self._backend_of(release))
        self._open[release.id] = serving
        return serving

    async def _make_room(self) -> None:
        while len(self._open) >= self._settings.past_releases:
            unused = next((name for name, serving in self._open.items() if serving.uses == 0), None)
            if unused is None:
                raise BackendBusyError("As many past releases as may be open are being read. Try again in a moment.")
            await self._close(unused)

    async def _backend_of(self, release: PublishedRelease) -> WorkerPool:
        # One query at a time, and from the disk: what is rarely asked for must not take memory from the current one.
        limits = replace(PoolLimits.of(self._settings), workers=1, long_workers=1, memory_quads_max=0)
        pool = WorkerPool(release.store, limits)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(pool.aclose)
            await pool.start()
            undo.pop_all()
        return pool

    def _close_later(self, release_id: str) -> None:
        """Close a release when it has not been used for a while."""
        timer = self._closing.pop(release_id, None)
        if timer is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._closing[release_id] = loop.call_later(self._settings.past_idle_s, self._close_soon, release_id)

    def _close_soon(self, release_id: str) -> None:
        task = asyncio.get_running_loop().create_task(self._close_unused(release_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close_unused(self, release_id: str) -> None:
        async with self._changing:
            serving = self._open.get(release_id)
            if serving is not None and serving.uses == 0:
                await self._close(release_id)

    async def _close(self, release_id: str) -> None:
        timer = self._closing.pop(release_id, None)
        if timer is not None:
            timer.cancel()
        await self._open.pop(release_id).backend.aclose()


def to_current(request: Request) -> Response:
    """From ``/release/current/…`` to the same address of the release that is served now.

    Raises:
        HTTPException: 404, there can be no such address.
        NotAcceptableError: that will not be acceptable either.
    """
    root = request.scope.get("root_path", "")
    rest = request.url.path.removeprefix(f"{root}/release/{CURRENT}")
    if _REST.fullmatch(rest) is None:
        raise HTTPException(404, "There is no such address.")
    choose(request, rest.partition(".")[2])
    target = f"/release/{service_of(request).release.id}{rest}"
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(target + query, 302, {"Cache-Control": "no-cache"})


def past_of(request: Request) -> PastReleases:
    """The past releases beside the service of this request's application."""
    past: PastReleases = request.app.state.past
    return past


def _holding(releases: list[PublishedRelease], iri: str) -> list[PublishedRelease]:
    found = []
    for release in releases:
        with suppress(KgError):  # one that cannot be opened can show nothing
            if _names(release.store, iri):
                found.append(release)
    return found


@lru_cache(maxsize=_LOOKUPS_KEPT)
def _names(store: Path, iri: str) -> bool:
    return index_names(store, iri)  # a release never changes
