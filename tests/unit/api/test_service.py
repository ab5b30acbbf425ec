"""Which release is served, for how long, and what happens when another cannot take its place."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from api.service import Service
from kg.errors import BackendBusyError, KgError, QueryResourceError, ReleaseError
from kg.settings import Settings
from kg.store.columnar import Columnar
from tests.serving import point_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kg.publication import PublishedRelease
    from kg.store.backend import Answer, QueryRequest

PATIENCE_S = 0.4

pytestmark = pytest.mark.anyio


@dataclass
class Figures:
    """As a pool gives them."""

    busy: int
    long: int = 0
    waiting: int = 0
    started: int = 0
    killed: int = 0


@dataclass
class Backend:
    """A backend that never answers, or with an error, and knows what became of it."""

    error: Exception | None = None
    busy: int = 0
    is_closed: bool = False

    def figures(self) -> Figures:
        """What it was made with."""
        return Figures(self.busy)

    async def answer(self, _: QueryRequest) -> Answer:
        """Never."""
        if self.error is not None:
            raise self.error
        await asyncio.sleep(3600)
        raise AssertionError

    async def aclose(self) -> None:
        """Know it."""
        self.is_closed = True


class ServiceOfBackends(Service):
    """A service that is given its backends: one for each release, or what happens where it is opened."""

    def __init__(self, releases: Path, backends: dict[str, Backend | Exception], reload_s: float = 0) -> None:
        part_s = PATIENCE_S / 4
        super().__init__(
            Settings(
                releases=releases, reload_s=reload_s, query_timeout_s=part_s, queue_timeout_s=part_s, short_s=part_s
            )
        )
        self.backends = backends

    async def _backend_of(self, release: PublishedRelease) -> Backend:
        backend = self.backends[release.id]
        if isinstance(backend, Exception):
            raise backend
        return backend


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def service_of(
    folder: Path,
    reload_s: float = 0,
    kind: type[ServiceOfBackends] = ServiceOfBackends,
    **backends: Backend | Exception,
) -> AsyncIterator[ServiceOfBackends]:
    """A service over the first of some releases."""
    for name in backends:
        (folder / name / "store").mkdir(parents=True)
        (folder / name / "manifest.json").touch()
    point_to(folder, next(iter(backends)))
    service = kind(folder, backends, reload_s)
    await service.open()
    try:
        yield service
    finally:
        await service.aclose()


async def follow(service: Service, name: str) -> None:
    """Make a release the current one, and have the service look until it has looked."""
    point_to(service.settings.releases, name)
    service.look_now()
    await asyncio.sleep(0.2)


async def test_a_release_is_closed_when_its_last_request_has_its_answer(tmp_path: Path) -> None:
    old, new = Backend(), Backend()
    async with service_of(tmp_path, r1=old, r2=new) as service:
        with service.use() as serving:
            await follow(service, "r2")
            assert service.release.id == "r2"
            assert (serving.release.id, old.is_closed) == ("r1", False)
        await asyncio.sleep(0.2)
        assert (old.is_closed, new.is_closed) == (True, False)
    assert new.is_closed


async def test_a_request_that_never_ends_holds_its_release_no_longer_than_a_query_may_take(tmp_path: Path) -> None:
    old = Backend()
    async with service_of(tmp_path, r1=old, r2=Backend()) as service:
        with service.use():
            await follow(service, "r2")
            assert not old.is_closed
            await asyncio.sleep(PATIENCE_S)
            assert old.is_closed


async def test_a_scan_is_given_the_longer_time_that_it_may_take(tmp_path: Path) -> None:
    old = Backend()
    async with service_of(tmp_path, r1=old, r2=Backend()) as service:
        settings = service.settings.model_copy(update={"short_s": PATIENCE_S})
        service.serving.columns = Columnar(tmp_path, settings, threads=1)
        with service.use():
            await follow(service, "r2")
            await asyncio.sleep(2 * PATIENCE_S)
            assert not old.is_closed


async def test_a_service_that_ends_closes_the_releases_that_are_still_in_use(tmp_path: Path) -> None:
    old, new = Backend(), Backend()
    async with service_of(tmp_path, r1=old, r2=new) as service:
        service.use().__enter__()
        await follow(service, "r2")
    assert old.is_closed
    assert new.is_closed


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ReleaseError("r2: the store is broken."), "r2: the store is broken."),
        (QueryResourceError("A worker died."), "A worker died."),
        (OSError(12, "Cannot allocate memory"), "[Errno 12] Cannot allocate memory"),
        (ValueError("Ivanova"), "ValueError"),
    ],
)
async def test_whatever_is_wrong_with_a_release_the_old_one_stays_and_the_next_is_served(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, words: str
) -> None:
    async with service_of(tmp_path, r1=Backend(), r2=error, r3=Backend()) as service:
        await follow(service, "r2")
        assert service.release.id == "r1"
        assert caplog.messages == [f"The new release is not served: {words}"]
        await follow(service, "r2")
        assert len(caplog.messages) == 1
        await follow(service, "r3")
        assert service.release.id == "r3"
        assert (service.reloads, service.failed_reloads) == (1, 1)


async def test_of_a_release_whose_columns_stop_the_service_from_opening_it_no_worker_is_left(tmp_path: Path) -> None:
    new = Backend()
    async with service_of(tmp_path, r1=Backend(), r2=new) as service:
        (tmp_path / "r2" / "columns").mkdir()
        (tmp_path / "r2" / "manifest.json").write_bytes(b"cut sh")
        await follow(service, "r2")
        assert service.release.id == "r1"
        assert new.is_closed


async def test_where_no_process_can_be_started_for_columns_the_index_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("kg.store.nursery.subprocess.Popen", refuse)
    async with service_of(tmp_path, r1=Backend(), r2=Backend()) as service:
        (tmp_path / "r2" / "columns").mkdir()
        (tmp_path / "r2" / "manifest.json").write_text('{"quads": 5000000}', "utf-8")
        await follow(service, "r2")
        assert (service.release.id, service.serving.columns) == ("r2", None)
        assert caplog.messages == ["The columns of release r2 are not used: [Errno 12] Cannot allocate memory"]


@pytest.mark.parametrize("failures", [2, 3])
async def test_a_release_that_cannot_be_opened_is_tried_twice_more(tmp_path: Path, failures: int) -> None:
    class Moody(ServiceOfBackends):
        async def _backend_of(self, release: PublishedRelease) -> Backend:
            if release.id == "r2":
                tries.append(release.id)
                if len(tries) <= failures:
                    raise OSError(12, "Cannot allocate memory")
            return await super()._backend_of(release)

    tries: list[str] = []
    async with service_of(tmp_path, kind=Moody, reload_s=0.02, r1=Backend(), r2=Backend()) as service:
        point_to(tmp_path, "r2")
        await asyncio.sleep(0.4)
        assert (service.release.id, len(tries)) == ("r2" if failures == 2 else "r1", 3)
        assert service.failed_reloads == 1


async def test_a_release_that_could_be_opened_later_is_tried_when_somebody_asks(tmp_path: Path) -> None:
    async with service_of(tmp_path, r1=Backend(), r2=ReleaseError("Not yet.")) as service:
        await follow(service, "r2")
        service.backends["r2"] = Backend()
        await asyncio.sleep(0.2)
        assert service.release.id == "r1"
        service.look_now()
        await asyncio.sleep(0.2)
        assert service.release.id == "r2"


@pytest.mark.parametrize(
    ("error", "busy", "ready"),
    [
        (BackendBusyError("All are busy."), 2, True),
        (BackendBusyError("None came."), 0, False),  # all workers are lost, and no other could be started
        (QueryResourceError("It died."), 1, False),
    ],
)
async def test_ready_means_that_a_worker_answers_or_is_busy(
    tmp_path: Path, error: KgError, *, busy: int, ready: bool
) -> None:
    async with service_of(tmp_path, r1=Backend(error, busy)) as service:
        assert await service.is_ready() == ready


@pytest.mark.parametrize("busy", [0, 1])
async def test_who_asks_whether_it_is_ready_does_not_wait_for_long(tmp_path: Path, busy: int) -> None:
    async with service_of(tmp_path, r1=Backend(busy=busy)) as service:
        began = time.monotonic()
        assert await service.is_ready() == bool(busy)
        assert time.monotonic() - began < 3


async def test_while_no_release_is_open_nothing_is_ready(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with service_of(tmp_path, r1=ReleaseError("It is broken.")) as service:
        assert not await service.is_ready()
        with pytest.raises(ReleaseError), service.use():
            pass
