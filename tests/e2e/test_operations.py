"""Running the service: its log, its figures, its health, and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.material_processes import alive, descendants_of
from tests.serving import GRACE_S, Server, figures_of, port_of, serve_process, until

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
GREEDY = (
    'SELECT (STRLEN(?x32) AS ?n) { BIND("Ivanova" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(32))
    + " }"
)

# What clients send below, and nobody may find anywhere: words, names, addresses, agents.
MARKS = ("ivanova", "203.0.113.77", "secretagent", "k7f3m2qa", "freed-2031", "tern-1", "ministry", "<>")
QUERIES = (
    "SELECT * { ?ivanova ?p ?o } LIMIT 1",
    'SELECT * { ?s ?p "Ivanova" ',
    "SELECT * { <https://w3id.org/habeas/claim/k7f3m2qa> ?p ?o }",
    "SELECT * { SERVICE <http://203.0.113.77/> { ?ivanova ?p ?o } }",
    "INSERT DATA { <urn:ivanova> <urn:p> <urn:o> }",
    "SELECT * { ?s ?p ?o } # Ivanova " + "x" * 70_000,
    "SELECT (<urn:ivanova>(1) AS ?x) {}",
    f"{ENDLESS} # Ivanova",
    GREEDY,
)
PATHS = (
    "/doc/group/freed-2031",
    "/doc/group/ivanova",
    "/claim/k7f3m2qa.ttl",
    "/source/tern-1",
    "/id/organisation/ministry",
    "/ivanova",
    "/static/../ivanova",
    "/static/ivanova.css",
    "/ontology/ivanova",
    "/vocab/ivanova/ivanova",
    "/doc/group/%0a%7B%22event%22:%22ivanova%22%7D",
    "/health/ready?ivanova",
    "/metrics?ivanova",
)
MALFORMED = (
    b"IVANOVA / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /ivanova HTTP/1.1\r\nIvanova: \x01\r\n\r\n",
    b"GET /ivanova HTTP/9.9\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: ivanova\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nivanova",
    b"GET /ivanova HTTP/1.1\r\nHost: x\r\nUpgrade: ivanova\r\nConnection: upgrade\r\n\r\n",
)
HEADERS = {
    "User-Agent": "SecretAgent/1.0",
    "X-Forwarded-For": "203.0.113.77",
    "Forwarded": "for=203.0.113.77",
    "Referer": "https://ivanova.example/",
    "Cookie": "ivanova=1",
    "X-Request-ID": "Ivanova",
    "Origin": "https://ivanova.example",
}


@pytest.fixture(scope="module")
def server(small_releases: Path) -> Iterator[Server]:
    settings = {"KG_QUERY_TIMEOUT_S": "1", "KG_WORKER_MEMORY_MB": "256"}
    with serve_process(small_releases, **settings) as started:
        yield started


def requests_in(server: Server) -> list[dict[str, Any]]:
    """The lines that tell of requests; every line of the log is JSON."""
    whole, _, _ = server.log.read_text("utf-8").rpartition("\n")
    lines = [json.loads(line) for line in whole.splitlines()]
    return [line for line in lines if line["event"] == "request"]


def request_with_id(server: Server, request_id: str) -> dict[str, Any]:
    """The line of one request; it is written when the client has its answer, and maybe knows it."""
    until(lambda: any(line["request_id"] == request_id for line in requests_in(server)))
    (line,) = (line for line in requests_in(server) if line["request_id"] == request_id)
    return line


def ask(server: Server, query: str, **headers: str) -> httpx.Response:
    content_type = {"Content-Type": "application/sparql-query"}
    return httpx.post(f"{server.url}/sparql", content=query, headers=headers | content_type, timeout=60)


# ---- The log and the figures


def test_nothing_that_a_client_sends_is_logged_or_counted(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=60, headers=HEADERS) as client:
        for query in QUERIES:
            for accept in ("text/html", "*/*", "application/sparql-results+xml;q=Ivanova"):
                client.get("/sparql", params={"query": query[:20_000]}, headers={"Accept": accept})
            client.post("/sparql", data={"query": query, "ivanova": "ivanova"})
            client.post("/sparql", content=query, headers={"Content-Type": "application/ivanova"})
        for path in PATHS:
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"):
                client.request(method, path)
    for request in MALFORMED:
        with socket.create_connection(("127.0.0.1", port_of(server)), timeout=5) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    figures = httpx.get(f"{server.url}/metrics").text.lower()
    log = server.log.read_text("utf-8").lower()

    told = requests_in(server)
    assert len(told) > len(QUERIES) + len(PATHS)
    assert {"answered", "not-found"} <= {line["outcome"] for line in told}
    assert {200, 303, 400, 404, 405, 415, 503} <= {line["status"] for line in told}
    for mark in MARKS:
        assert mark not in log
        assert mark not in figures
    assert "127.0.0.1" not in "".join(map(json.dumps, told))


def test_a_request_is_told_in_one_line_with_the_id_that_its_answer_bears(server: Server) -> None:
    answer = httpx.get(f"{server.url}/doc/group/freed-2031")
    request_id = answer.headers["x-request-id"]

    line = request_with_id(server, request_id)
    assert 0 < line.pop("duration_ms") < 60_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": request_id,
        "method": "GET",
        "route": "/doc/{type}/{key}",
        "status": 200,
        "outcome": "answered",
        "bytes": int(answer.headers["content-length"]),
    }


def test_an_error_bears_an_id_too(server: Server) -> None:
    for answer in (httpx.get(f"{server.url}/nowhere"), ask(server, "SELECT"), httpx.put(f"{server.url}/")):
        assert request_with_id(server, answer.headers["x-request-id"])["status"] == answer.status_code


def test_a_client_that_hangs_up_is_told_as_gone(server: Server) -> None:
    def gone() -> list[dict[str, Any]]:
        return [line for line in requests_in(server) if line["outcome"] == "gone"]

    before = len(gone())
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    with socket.create_connection(("127.0.0.1", port_of(server))) as connection:
        connection.sendall(f"{head}Content-Length: {len(ENDLESS)}\r\n\r\n{ENDLESS}".encode())
        time.sleep(0.3)

    until(lambda: len(gone()) > before)
    assert [(line["status"], line["bytes"]) for line in gone()[before:]] == [(None, 0)]


def test_figures_count_requests_by_route_and_what_runs_now(server: Server) -> None:
    count = 'habeas_request_duration_seconds_count{outcome="answered",route="/doc/{type}/{key}"}'
    before = figures_of(server).get(count, 0)
    for key in ("group/freed-2031", "event/amnesty-2031"):
        assert httpx.get(f"{server.url}/doc/{key}").status_code == 200
    with ThreadPoolExecutor() as others:
        slow = others.submit(ask, server, ENDLESS)
        until(lambda: figures_of(server)["habeas_requests_in_flight"] == 2)
        slow.result()
    until(lambda: figures_of(server)["habeas_requests_in_flight"] == 1)
    figures = figures_of(server)

    assert figures[count] == before + 2
    assert figures['habeas_release_info{release="2031-05-03-small"}'] == 1


def test_figures_have_few_labels(server: Server) -> None:
    """What is counted stays as long whatever clients send."""
    for number in range(30):
        httpx.get(f"{server.url}/doc/group/nobody-{number}")
        httpx.get(f"{server.url}/nowhere/{number}")
        httpx.request(f"M{number}", f"{server.url}/")
    length = len(figures_of(server))
    for number in range(30):
        httpx.get(f"{server.url}/doc/event/nobody-{number}")
        httpx.get(f"{server.url}/nobody/{number}")

    assert len(figures_of(server)) == length


def test_the_page_for_operators_names_every_figure_and_no_other(server: Server) -> None:
    kinds = re.findall(r"^# TYPE (habeas_\w+) (\w+)$", httpx.get(f"{server.url}/metrics").text, re.MULTILINE)
    text = DOCS.read_text("utf-8")

    assert len(kinds) > 10
    assert set(re.findall(r"^\| `(habeas_\w+)[^`]*` \| (\w+) \|", text, re.MULTILINE)) == set(kinds)
    mentioned = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"habeas_\w+", text)}
    assert mentioned == {name for name, _ in kinds}


def test_the_page_for_operators_names_every_field_of_the_log(server: Server) -> None:
    answer = httpx.get(f"{server.url}/")

    for field in request_with_id(server, answer.headers["x-request-id"]):
        assert f"| `{field}` |" in DOCS.read_text("utf-8")


# ---- Health, and methods


def test_a_busy_service_is_ready_and_says_so_soon(small_releases: Path) -> None:
    settings = {"KG_WORKERS": "1", "KG_SHORT_S": "60", "KG_QUEUE_TIMEOUT_S": "20", "KG_QUERY_TIMEOUT_S": "5"}
    with serve_process(small_releases, **settings) as server, ThreadPoolExecutor() as others:
        slow = [others.submit(ask, server, f"{ENDLESS} # {n}") for n in range(2)]
        time.sleep(0.5)
        began = time.monotonic()
        answer = httpx.get(f"{server.url}/health/ready", timeout=30)
        took = time.monotonic() - began
        assert not any(one.done() for one in slow)

    assert (answer.status_code, answer.json()["release"]) == (200, "2031-05-03-small")
    assert took < 5


def test_a_service_without_a_release_is_alive_and_not_ready(tmp_path: Path) -> None:
    with serve_process(tmp_path) as server:
        assert httpx.get(f"{server.url}/health/live").json() == {"status": "live"}
        answer = httpx.get(f"{server.url}/health/ready")
        figures = figures_of(server)

    assert (answer.status_code, answer.json()) == (503, {"status": "starting"})
    assert int(answer.headers["retry-after"]) > 0
    assert figures["habeas_reloads_failed_total"] == 1


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/metrics", "/doc/group/freed-2031"])
def test_what_is_only_read_says_so(client: httpx.Client, path: str) -> None:
    read, head, options = (client.request(method, path) for method in ("GET", "HEAD", "OPTIONS"))

    assert (read.status_code, head.status_code, head.content) == (200, 200, b"")
    assert head.headers["content-type"] == read.headers["content-type"]
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        refused = client.request(method, path)
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_static_files_say_so_too(client: httpx.Client) -> None:
    path = re.findall(r'"(/static/[^"]+)"', client.get("/").text)[0]

    assert client.options(path).headers["allow"] == client.put(path).headers["allow"] == "GET, HEAD, OPTIONS"


# ---- The end


def test_a_stopped_service_answers_what_runs_and_leaves_nothing(small_releases: Path) -> None:
    with serve_process(small_releases, KG_QUERY_TIMEOUT_S="600") as server, ThreadPoolExecutor() as others:
        family = set(descendants_of(server.pid))
        slow = others.submit(ask, server, ENDLESS)
        time.sleep(0.5)
        began = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        answer = slow.result()
        took = time.monotonic() - began
        until(lambda: not alive(family))
        line = request_with_id(server, answer.headers["x-request-id"])

    assert (answer.status_code, answer.headers["connection"]) == (503, "close")
    assert int(answer.headers["retry-after"]) > 0
    assert GRACE_S <= took < GRACE_S + 5
    assert line["status"] == 503


def test_a_query_that_ends_in_time_is_answered_although_the_service_stops(small_releases: Path) -> None:
    with serve_process(small_releases, KG_QUERY_TIMEOUT_S="1") as server, ThreadPoolExecutor() as others:
        slow = others.submit(ask, server, ENDLESS)
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGTERM)

        assert slow.result().json()["type"].endswith("query-timeout")
