"""Figures: levels are set, totals only grow, whoever's they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import generate_latest

from api.metrics import Metrics
from api.service import Service, Serving
from kg.publication import PublishedRelease
from kg.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from kg.store.backend import Answer, QueryRequest


@dataclass
class Figures:
    """As a pool gives them."""

    busy: int = 0
    long: int = 0
    waiting: int = 0
    started: int = 0
    killed: int = 0


@dataclass
class Backend:
    """A backend that does nothing but count."""

    now: Figures = field(default_factory=Figures)

    def figures(self) -> Figures:
        """Those it was made with."""
        return self.now

    async def answer(self, request: QueryRequest) -> Answer:
        """Nobody asks."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing is open."""


def serving(folder: Path, name: str, **figures: int) -> Serving:
    return Serving(PublishedRelease(name, folder / name), Backend(Figures(**figures)))


def scraped(metrics: Metrics, service: Service) -> dict[str, float]:
    text = generate_latest(metrics.collector(service)).decode()
    return {name: float(value) for name, value in re.findall(r"^(habeas_\S+) (\S+)$", text, re.MULTILINE)}


def test_before_a_release_is_open_there_are_figures_all_the_same() -> None:
    figures = scraped(Metrics(), Service(Settings()))

    assert figures["habeas_web_processes"] == 1
    assert figures["habeas_web_memory_bytes"] > 2**20
    assert not [name for name in figures if name.startswith("habeas_release_info")]


def test_workers_are_counted_over_all_releases(tmp_path: Path) -> None:
    metrics, service = Metrics(), Service(Settings())
    service._serving = serving(tmp_path, "r1", busy=2, long=1, waiting=4, started=5, killed=2)
    first = scraped(metrics, service)
    again = scraped(metrics, service)
    service._serving = serving(tmp_path, "r2", started=4, killed=1)
    second = scraped(metrics, service)

    assert (first["habeas_queries_short"], first["habeas_queries_waiting"]) == (2, 4)
    assert (first["habeas_queries_long"], second["habeas_queries_long"]) == (1, 0)
    assert again["habeas_workers_started_total"] == first["habeas_workers_started_total"] == 5
    assert (second["habeas_workers_started_total"], second["habeas_workers_killed_total"]) == (9, 3)
    assert 'habeas_release_info{release="r1"}' in first
    assert 'habeas_release_info{release="r1"}' not in second
    assert second['habeas_release_info{release="r2"}'] == 1


def test_others_can_have_their_figures_read() -> None:
    metrics, service = Metrics(), Service(Settings())
    now = {"cache_bytes": 10.0, "cache_hits": 3.0}
    metrics.watch(cache_bytes=lambda: now["cache_bytes"], cache_hits=lambda: now["cache_hits"])
    scraped(metrics, service)
    now |= {"cache_bytes": 7.0, "cache_hits": 5.0}
    figures = scraped(metrics, service)

    assert (figures["habeas_cache_bytes"], figures["habeas_cache_hits_total"]) == (7, 5)


def test_a_request_is_counted_by_route_and_outcome_and_its_query_by_stage() -> None:
    metrics, service = Metrics(), Service(Settings())
    metrics.count("/sparql", "timeout", 12.5, {"queue": 0.0004, "work": 12.0})
    figures = scraped(metrics, service)

    labels = 'outcome="timeout",route="/sparql"'
    assert figures[f"habeas_request_duration_seconds_count{{{labels}}}"] == 1
    assert figures[f'habeas_request_duration_seconds_bucket{{le="10.0",{labels}}}'] == 0
    assert figures[f'habeas_request_duration_seconds_bucket{{le="30.0",{labels}}}'] == 1
    assert figures['habeas_query_duration_seconds_bucket{le="0.001",stage="queue"}'] == 1
    assert figures['habeas_query_duration_seconds_sum{stage="work"}'] == 12
