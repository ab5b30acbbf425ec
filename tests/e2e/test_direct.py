"""Two ways through the service: on the connection, and through the application. Nobody can tell which one was taken."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.e2e.failing import FAULT
from tests.serving import Server, serve_process, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = "application/sparql-results+json"
NUMBERS = "SELECT ?n { ?s <http://example.com/number> ?n }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SELECT = "SELECT ?p { <https://w3id.org/habeas/id/group/freed-2031> ?p ?o }"
GRAPH = "https://w3id.org/habeas/graph/provenance"
# A request that says so is the application's.
LONG_WAY = {"Connection": "close"}
# What no two responses have in common, made alike.
VARYING = {
    "date": (".*", ""),
    "x-request-id": (".*", ""),
    "server-timing": (r"dur=[\d.]+", "dur="),
    "ratelimit": (";[rt]=\\d+", ""),
    "connection": (".*", ""),
}

REQUESTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "rows": ({"query": SELECT}, {"Accept": JSON}),
    "anything": ({"query": SELECT}, {}),
    "CSV": ({"query": SELECT}, {"Accept": "text/csv;q=0.9, text/html;q=0.1"}),
    "a format by name": ({"query": SELECT, "format": "tsv"}, {"Accept": "text/html"}),
    "a boolean": ({"query": "ASK {}"}, {"Accept": JSON}),
    "triples": ({"query": f"CONSTRUCT WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"}, {"Accept": "text/turtle"}),
    "a dataset": ({"query": SELECT, "default-graph-uri": GRAPH}, {"Accept": JSON}),
    "what changes": ({"query": "SELECT (RAND() AS ?r) { FILTER(false) }"}, {"Accept": JSON}),
    "what is rewritten": (
        {"query": "SELECT * { ?s a ?c FILTER NOT EXISTS { ?s ?p ?o . ?o ?q ?r } }"},
        {"Accept": JSON},
    ),
    "what is packed": ({"query": NUMBERS}, {"Accept": JSON, "Accept-Encoding": "gzip"}),
    "what is not packed": ({"query": NUMBERS}, {"Accept": JSON, "Accept-Encoding": "identity"}),
    "no SPARQL": ({"query": "SELECT * { ?s"}, {"Accept": JSON}),
    "an update": ({"query": "DELETE WHERE { ?s ?p ?o }"}, {"Accept": JSON}),
    "what is refused": ({"query": "ASK " + "{" * 65 + "}" * 65}, {}),
    "a service": ({"query": "SELECT * { SERVICE <http://example.com/> { ?s ?p ?o } }"}, {}),
    "what takes too long": ({"query": ENDLESS, "timeout": "0.3"}, {}),
    "what is too long": ({"query": "SELECT * { ?s ?p ?o . ?t ?q ?r }"}, {"Accept": JSON}),
    "no such format": ({"query": SELECT}, {"Accept": "image/png"}),
    "triples as CSV": ({"query": "CONSTRUCT WHERE { ?s ?p ?o }"}, {"Accept": "text/csv"}),
    "a parameter twice": ({"query": SELECT, "timeout": "0"}, {}),
    "a page": ({"query": SELECT}, {"Accept": "text/html"}),
    "an explanation": ({"query": SELECT, "explain": ""}, {"Accept": "application/json"}),
    "a condition that holds": ({"query": SELECT}, {"Accept": JSON, "If-None-Match": "*"}),
    "a condition that does not": ({"query": SELECT}, {"Accept": JSON, "If-None-Match": '"x"'}),
}


@pytest.fixture(scope="module")
def server(small_releases: Path) -> Iterator[Server]:
    # Nothing is kept, so that both ways have to ask; and little is sent at once.
    with serve_process(small_releases, KG_CACHE_MB="0", KG_RESULT_BYTES_MAX="200000") as started:
        yield started


def ask(server: Server, parameters: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{server.url}/sparql", params=parameters, headers=headers, timeout=30)


def told(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """A response without what no two have in common."""
    headers = dict(response.headers)
    for name, (varying, by) in VARYING.items():
        if name in headers:
            headers[name] = re.sub(varying, by, headers[name])
    headers.pop("connection", None)
    return response.status_code, headers, response.content


@pytest.mark.parametrize("name", REQUESTS)
def test_both_ways_say_the_same(server: Server, name: str) -> None:
    parameters, headers = REQUESTS[name]
    direct = ask(server, parameters, headers)
    through = ask(server, parameters, {**headers, **LONG_WAY})

    assert told(direct) == told(through)


@pytest.mark.parametrize("way", [{}, LONG_WAY], ids=["direct", "through"])
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"query": SELECT, "format": "json"}, {"status": 200, "outcome": "answered"}),
        ({"query": "SELECT"}, {"status": 400, "outcome": "syntax", "level": "info"}),
        ({"query": ENDLESS, "timeout": "0.2"}, {"status": 503, "outcome": "timeout"}),
    ],
)
def test_both_ways_are_told_in_one_line(
    server: Server, way: dict[str, str], parameters: dict[str, str], expected: dict[str, Any]
) -> None:
    response = ask(server, parameters, way)
    request_id = response.headers["x-request-id"]
    until(lambda: request_id in server.log.read_text("utf-8"))  # a line may follow its response
    lines = [json.loads(line) for line in server.log.read_text("utf-8").splitlines()]
    (line,) = (line for line in lines if line.get("request_id") == request_id)

    assert line["duration_ms"] >= 1000 * float(parameters.get("timeout", 0))
    assert line["bytes"] == len(response.content)
    assert {**line, **expected} == line
    assert (line["method"], line["route"], line["event"]) == ("GET", "/sparql", "request")


def test_what_nobody_expected_is_told_on_both_ways_and_quotes_nothing(small_releases: Path) -> None:
    with serve_process(small_releases, factory="tests.e2e.failing:create_app", KG_CACHE_MB="0") as started:
        direct, through = (ask(started, {"query": FAULT}, {"Accept": JSON, **way}) for way in ({}, LONG_WAY))
        assert direct.status_code == 500
        assert told(direct) == told(through)
        assert ask(started, {"query": SELECT}, {"Accept": JSON}).status_code == 200
        until(lambda: started.log.read_text("utf-8").count('"status": 500') == 2)
        log = started.log.read_text("utf-8")

    assert log.count('"ValueError at ') == 2
    assert "Ivanova" not in log


def test_both_ways_are_counted_as_one_route(server: Server) -> None:
    def counted() -> int:
        series = 'habeas_request_duration_seconds_count{outcome="answered",route="/sparql"} '
        text = httpx.get(f"{server.url}/metrics").text
        return int(float(text.partition(series)[2].partition("\n")[0] or 0))

    before = counted()
    for way in ({}, LONG_WAY, {}):
        ask(server, {"query": SELECT}, way)

    assert counted() == before + 3


def test_a_proxy_is_believed_on_both_ways(small_releases: Path) -> None:
    with serve_process(small_releases, KG_BUDGET_S="0.2", KG_QUERY_TIMEOUT_S="0.3", KG_CACHE_MB="0") as server:
        for number, way in enumerate(({}, LONG_WAY)):
            one, other = ({"X-Forwarded-For": f"192.0.2.{2 * number + of}"} | way for of in range(2))
            assert ask(server, {"query": ENDLESS}, one).status_code == 503
            assert ask(server, {"query": "ASK {}"}, one).status_code == 429
            assert ask(server, {"query": "ASK {}"}, other).status_code == 200
