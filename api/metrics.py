"""Figures for Prometheus: of requests, by route and outcome, and of the workers, the cache and the release.

No label holds a path, an address, or anything that a client wrote. ``docs/operations.md`` lists them for people; a
test compares the two. With several web processes (``PROMETHEUS_MULTIPROC_DIR``, which ``kg serve`` sets before this
module is imported) whichever process is asked answers for all.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.responses import Response

from .service import service_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fastapi import FastAPI
    from prometheus_client.metrics_core import Metric
    from starlette.requests import Request

    from .service import Service

__all__ = ["Metrics", "add_metrics"]

disable_created_metrics()  # type: ignore[no-untyped-call] # when each series began doubles their number

_SAMPLE_S: Final = 1.0
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_STATM: Final = Path("/proc/self/statm")
_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_LEVELS: Final = {
    "requests_in_flight": "Requests that are being answered.",
    "queries_waiting": "Queries that wait for a worker.",
    "workers_busy": "Workers that evaluate a query.",
    "workers_long": "Of these, workers whose query is no longer short (KG_SHORT_S).",
    "cache_bytes": "Results kept for the next who asks.",
    "web_processes": "Web processes that run.",
    "web_memory_bytes": "Resident memory of the web processes, their workers not counted.",
}
_TOTALS: Final = {
    "workers_started": "Workers started for the release that is served, those of earlier releases included.",
    "workers_killed": "Workers killed: over their time or memory, or no longer wanted.",
    "reloads": "Releases that took the place of another.",
    "reloads_failed": "Releases that could not be opened, and times that the pointer could not be followed.",
}


@runtime_checkable
class _Counted(Protocol):
    """A backend that counts its workers."""

    def figures(self) -> _PoolFigures: ...


class _PoolFigures(Protocol):
    @property
    def busy(self) -> int: ...
    @property
    def long(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def started(self) -> int: ...
    @property
    def killed(self) -> int: ...


class Metrics:
    """The figures of one application.

    Attributes:
        in_flight: requests that are being answered; whoever answers them counts.
    """

    def __init__(self) -> None:
        self._own = own = CollectorRegistry()
        self.in_flight = 0
        self._requests = Histogram(
            "habeas_request_duration_seconds",
            "Time from a request's head to the last byte of its answer.",
            ("route", "outcome"),
            buckets=_BUCKETS_S,
            registry=own,
        )
        self._stages = Histogram(
            "habeas_query_duration_seconds",
            "Time that a client's query waited for a worker (queue), and was worked on (work).",
            ("stage",),
            buckets=_BUCKETS_S,
            registry=own,
        )
        self._levels = {
            name: Gauge(f"habeas_{name}", told, registry=own, multiprocess_mode="livesum")
            for name, told in _LEVELS.items()
        }
        self._totals = {name: Counter(f"habeas_{name}", told, registry=own) for name, told in _TOTALS.items()}
        self._watched: dict[str, Callable[[], float]] = {}
        self._seen: dict[str, float] = {}
        self._backend: object = None

    def watch(self, **levels: Callable[[], float]) -> None:
        """Have a level read from somebody who knows it: ``metrics.watch(cache_bytes=lambda: cache.size_bytes)``."""
        self._watched |= levels

    def count(self, route: str, outcome: str, duration_s: float, stages_s: Mapping[str, float]) -> None:
        """Count a request that has been answered."""
        self._requests.labels(route, outcome).observe(duration_s)
        for stage, seconds in stages_s.items():
            self._stages.labels(stage).observe(seconds)

    async def keep_sampling(self, service: Service) -> None:
        """Take the levels of this process every second, so that another may answer for it."""
        while True:
            self.sample(service)
            await asyncio.sleep(_SAMPLE_S)

    def sample(self, service: Service) -> None:
        """Take the levels and totals of now."""
        levels = {name: read() for name, read in self._watched.items()} | {
            "requests_in_flight": self.in_flight,
            "web_processes": 1,
            "web_memory_bytes": int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        }
        totals = {"reloads": service.reloads, "reloads_failed": service.failed_reloads}
        backend = service.backend
        if backend is not self._backend:  # its workers are counted from nought again
            self._backend = backend
            self._seen |= {"workers_started": 0, "workers_killed": 0}
        if isinstance(backend, _Counted):
            now = backend.figures()
            levels |= {"workers_busy": now.busy, "workers_long": now.long, "queries_waiting": now.waiting}
            totals |= {"workers_started": now.started, "workers_killed": now.killed}
        for name, level in levels.items():
            self._levels[name].set(level)
        for name, total in totals.items():
            self._totals[name].inc(total - self._seen.get(name, 0))
            self._seen[name] = total

    def collector(self, service: Service) -> Collector:
        """All figures of now, of all web processes."""
        self.sample(service)
        return _Scrape(self._own, service.release.id if service.backend is not None else None)


class _Scrape(Collector):
    def __init__(self, own: CollectorRegistry, release_id: str | None) -> None:
        self._own = own
        self._release_id = release_id

    def collect(self) -> Iterator[Metric]:
        yield from _of_all_processes(Path(os.environ[_FOLDER])) if _FOLDER in os.environ else self._own.collect()
        release = GaugeMetricFamily("habeas_release_info", "The release that is served; always 1.", labels=["release"])
        if self._release_id is not None:
            release.add_metric([self._release_id], 1)
        yield release


def _of_all_processes(folder: Path) -> Iterable[Metric]:
    """What every process has written; levels of those that have ended count no more."""
    for process_id in {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*.db")}:
        if not Path("/proc", process_id).exists():
            mark_process_dead(int(process_id), str(folder))  # type: ignore[no-untyped-call]
    metrics: Iterable[Metric] = MultiProcessCollector(None, str(folder)).collect()  # type: ignore[no-untyped-call]
    return metrics


def add_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Serve ``/metrics``."""

    async def respond(request: Request) -> Response:
        content = generate_latest(metrics.collector(service_of(request)))
        return Response(content, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"})

    app.add_route("/metrics", respond, include_in_schema=False)
