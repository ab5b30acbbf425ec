"""Past releases: few are open at once, and none for longer than it is wanted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from starlette.exceptions import HTTPException

from api.past import PastReleases
from api.service import Service
from kg.errors import BackendBusyError
from kg.settings import Settings
from kg.store.backend import QueryRequest
from kg.store.pool import WorkerPool
from tests.serving import write_release

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

DAYS = ("2031-05-01-a", "2031-05-02-b", "2031-05-03-c", "2031-05-04-d")
GROUP = "https://w3id.org/habeas/id/group/freed-2031"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four releases; the last one is current."""
    folder = tmp_path_factory.mktemp("past") / "releases"
    for name in DAYS:
        write_release(folder, name)
    return folder


def opened(releases: Path, **settings: float) -> AbstractAsyncContextManager[PastReleases]:
    @asynccontextmanager
    async def past() -> AsyncIterator[PastReleases]:
        service = Service(Settings(releases=releases, workers=1, **settings))  # type: ignore[arg-type]  # numbers
        await service.open()
        found = PastReleases(service)
        try:
            yield found
        finally:
            await found.aclose()
            await service.aclose()

    return past()


def test_no_more_are_open_than_may_be_and_the_one_unused_for_longest_goes(releases: Path) -> None:
    async def run() -> None:
        async with opened(releases, past_releases=2) as past:
            for name in (*DAYS[:3], DAYS[1], DAYS[0]):
                async with past.use(name) as serving:
                    assert (await serving.backend.answer(QueryRequest("ASK {}"))).read()
            assert past.opened == (DAYS[1], DAYS[0])

    asyncio.run(run())


def test_one_that_is_in_use_is_not_closed_for_another(releases: Path) -> None:
    async def run() -> None:
        async with opened(releases, past_releases=1) as past, past.use(DAYS[0]) as serving:
            with pytest.raises(BackendBusyError):
                async with past.use(DAYS[1]):
                    pass
            assert (await serving.backend.answer(QueryRequest("ASK {}"))).read()

    asyncio.run(run())


def test_many_at_once_open_it_once(releases: Path) -> None:
    async def run() -> None:
        async with opened(releases, past_releases=1) as past:

            async def ask() -> int:
                async with past.use(DAYS[0]) as serving:
                    (await serving.backend.answer(QueryRequest("ASK {}"))).read()
                    return id(serving)

            assert len(set(await asyncio.gather(*(ask() for _ in range(5))))) == 1

    asyncio.run(run())


def test_one_that_nobody_uses_is_closed_and_opened_again_when_it_is_wanted(releases: Path) -> None:
    async def run() -> None:
        async with opened(releases, past_idle_s=0.2) as past:
            async with past.use(DAYS[0]) as serving:
                await asyncio.sleep(0.5)
                assert past.opened == (DAYS[0],)
            pool = serving.backend
            assert isinstance(pool, WorkerPool)
            for _ in range(100):
                if not past.opened:
                    break
                await asyncio.sleep(0.05)
            assert (past.opened, pool.worker_pids) == ((), frozenset())
            async with past.use(DAYS[0]) as again:
                assert (await again.backend.answer(QueryRequest("ASK {}"))).read()

    asyncio.run(run())


def test_the_current_one_is_not_opened_twice(releases: Path) -> None:
    async def run() -> None:
        async with opened(releases) as past, past.use(DAYS[3]):
            assert past.opened == ()

    asyncio.run(run())


@pytest.mark.parametrize("past_releases", [0, 2])
def test_without_places_there_is_no_past(releases: Path, past_releases: int) -> None:
    async def run() -> None:
        async with opened(releases, past_releases=past_releases) as past:
            found = [release.id for release in await past.holding(GROUP)]
            assert found == (list(DAYS) if past_releases else [DAYS[3]])
            if not past_releases:
                with pytest.raises(HTTPException):
                    async with past.use(DAYS[0]):
                        pass

    asyncio.run(run())


@pytest.mark.parametrize("name", ["", "..", "current", "2031-05-01", "2031-99-01-a", "../2031-05-01-a", "2031-05-01-z"])
def test_a_name_that_is_no_release_is_not_found(releases: Path, name: str) -> None:
    async def run() -> None:
        async with opened(releases) as past:
            with pytest.raises(HTTPException, match="404"):
                async with AsyncExitStack() as stack:
                    await stack.enter_async_context(past.use(name))

    asyncio.run(run())
