"""Columns that endless queries keep busy: who asks for little is answered all the same."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.serving import serve, write_release, write_release_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDLESS = "SELECT (SUM(STRLEN(CONCAT(STR(?a), STR(?d), STR(?g)))) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } # %s"
LIGHT = "SELECT (COUNT(*) AS ?n) { ?s <http://example.com/number> ?o FILTER(?o < %s) }"
ENDLESS_CLIENTS, LIGHT_CLIENTS, ROUNDS = 12, 4, 1
SECONDS = 4.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = write_release(tmp_path_factory.mktemp("busy") / "releases")
    write_release_columns(folder)
    limits = {"KG_QUERY_TIMEOUT_S": "2", "KG_QUEUE_TIMEOUT_S": "3", "KG_SHORT_S": "0.1", "KG_BUDGET_S": "10000"}
    with serve(folder, KG_COLUMNS_QUADS_MIN="0", KG_COLUMNS_WORKERS="1", KG_COLUMNS_THREADS="1", **limits) as started:
        yield started


def ask(url: str, query: str, client: str) -> httpx.Response:
    return httpx.get(
        f"{url}/sparql", params={"query": query}, headers={"X-Forwarded-For": client, "Accept": "text/csv"}, timeout=30
    )


def test_clients_with_endless_queries_do_not_take_the_turns_of_the_others(url: str) -> None:
    end = time.monotonic() + SECONDS

    def endless(client: int) -> set[int]:
        seen = set()
        while time.monotonic() < end:
            seen.add(ask(url, ENDLESS % time.monotonic(), f"10.0.0.{client}").status_code)
        return seen

    def light(client: int) -> list[str]:
        time.sleep(1)
        return [ask(url, LIGHT % (100 * client + n), f"10.0.1.{client}").text for n in range(ROUNDS)]

    with ThreadPoolExecutor(ENDLESS_CLIENTS + LIGHT_CLIENTS) as threads:
        heavy = [threads.submit(endless, client) for client in range(ENDLESS_CLIENTS)]
        answered = list(threads.map(light, range(LIGHT_CLIENTS)))
        assert {status for one in heavy for status in one.result()} == {503}

    assert answered == [[f"n\r\n{100 * client + n}\r\n" for n in range(ROUNDS)] for client in range(LIGHT_CLIENTS)]
