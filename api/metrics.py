"""Figures for Prometheus: of requests, by route and outcome, and of the workers, the cache and the release.

No label holds a path, an address, or anything that a client wrote. ``docs/operations.md`` lists them for people; a
test compares the two. With several web processes (``PROMETHEUS_MULTIPROC_DIR``, which ``kg serve`` sets before this
module is imported) whichever process is asked answers for all.
"""

from __future__ import annotations

import asyncio
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
    "queries_short": "Queries that run, and have not for long (KG_SHORT_S, KG_WORKERS).",
    "queries_long": "Queries that have run for longer, with low priority (KG_LONG_WORKERS).",
    "queries_waiting": "Queries that wait for a worker.",
    "cache_bytes": "Results kept for the next who asks.",
    "result_files_bytes": "Long results that are being sent.",
    "web_processes": "Web processes that run.",
    "web_memory_bytes": "Resident memory of the web processes, their workers not counted.",
}
_TOTALS: Final = {
    "cache_hits": "Answers that were kept already.",
    "cache_misses": "Answers that may be kept, and were not.",
    "quick_answers": "Kept answers given before any route was asked: they are in no other figure, and in no log.",
    "answers_by_index": "Queries that the index has answered.",
    "answers_by_columns": "Queries that the columns have answered.",
    "answers_refused_by_columns": "Queries that the columns were to answer, and the index has answered.",
    "workers_started": "Workers started.",
    "workers_killed": "Workers killed: over their time or memory, or no longer wanted.",
    "reloads": "Releases that took the place of another.",
    "reloads_failed": "Releases that could not be opened, and times that the pointer could not be followed.",
}


class Metrics:
    """The figures of one application.

    Attributes:
        in_flight: requests that are being answered; whoever answers them counts.
    """

    def __init__(self) -> None:
        self._own = own = CollectorRegistry()
        self.in_flight = 0
        # Finding a series by its labels takes longer than counting in it.
        self._request_series = cache(
            Histogram(
                "habeas_request_duration_seconds",
                "Time from a request's head to the last byte of its answer.",
                ("route", "outcome"),
                buckets=_BUCKETS_S,
                registry=own,
            ).labels
        )
        self._stage_series = cache(
            Histogram(
                "habeas_query_duration_seconds",
                "Time that a client's query waited for a worker (queue), and was worked on (work).",
                ("stage",),
                buckets=_BUCKETS_S,
                registry=own,
            ).labels
        )
        self._levels = {
            name: Gauge(f"habeas_{name}", told, registry=own, multiprocess_mode="livesum")
            for name, told in _LEVELS.items()
        }
        self._totals = {name: Counter(f"habeas_{name}", told, registry=own) for name, told in _TOTALS.items()}
        self._watched: dict[str, Callable[[], float]] = {}
        self._seen: dict[str, float] = {}
        self._backend: object = None

    def watch(self, **figures: Callable[[], float]) -> None:
        """Have figures read from somebody who knows them: ``metrics.watch(cache_bytes=lambda: cache.size_bytes)``."""
        self._watched |= figures

    def count(self, route: str, outcome: str, duration_s: float, stages_s: Mapping[str, float]) -> None:
        """Count a request that has been answered."""
        self._request_series(route, outcome).observe(duration_s)
        for stage, seconds in stages_s.items():
            self._stage_series(stage).observe(seconds)

    async def keep_sampling(self, service: Service) -> None:
        """Take the levels of this process every second, so that another may answer for it."""
        while True:
            self.sample(service)
            await asyncio.sleep(_SAMPLE_S)

    def sample(self, service: Service) -> None:
        """Take the figures of now."""
        if service.backend is not self._backend:  # its workers are counted from nought again
            self._backend = service.backend
            self._seen |= {"workers_started": 0, "workers_killed": 0}
        now = self._of_this_process(service) | {name: read() for name, read in self._watched.items()}
        for name, figure in now.items():
            if name in self._levels:
                self._levels[name].set(figure)
            else:
                self._totals[name].inc(figure - self._seen.get(name, 0))
                self._seen[name] = figure

    def _of_this_process(self, service: Service) -> dict[str, float]:
        resident_pages = int(_STATM.read_text("ascii").split()[1])
        figures: dict[str, float] = {
            "requests_in_flight": self.in_flight,
            "web_processes": 1,
            "web_memory_bytes": resident_pages * os.sysconf("SC_PAGE_SIZE"),
            "reloads": service.reloads,
            "reloads_failed": service.failed_reloads,
        }
        if (pool := service.figures) is not None:
            figures |= {"queries_short": pool.busy, "queries_long": pool.long, "queries_waiting": pool.waiting}
            figures |= {"workers_started": pool.started, "workers_killed": pool.killed}
        return figures

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
