"""What a hostile or careless client meets, at a real server with small limits."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.material_processes import network_of, workers_of
from tests.serving import Server, serve_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TIMEOUT_S = 2.0
MARGIN_S = 8.0
WORKERS = 2
LONG_WORKERS = 2

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
GREEDY = (
    'SELECT (STRLEN(?x32) AS ?n) { BIND("abcdefghij" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(32))
    + " }"
)
_NUMBERS = itertools.count()
HOSTILE = {
    "nested calls": "SELECT (" + "STR(" * 960 + "1" + ")" * 960 + " AS ?x) {}",
    "nested groups": "SELECT * " + "{" * 2_304 + "}" * 2_304,
    "flat predicates": "SELECT * {?s ?p ?o" + ";?p ?o" * 5_000 + "}",
    "joined patterns": "SELECT * {" + "?s ?p ?o ." * 100 + "}",
    "path steps": "SELECT * {?s a" + "/a" * 7_000 + " ?o}",
    "unions": "SELECT * {{}" + "UNION{}" * 7_000 + "}",
    "negations": "SELECT (" + "!" * 10_000 + "1 AS ?x) {}",
    "a long text": "SELECT * {} # " + "x" * 70_000,
}


@pytest.fixture(scope="module")
def server(small_releases: Path) -> Iterator[Server]:
    settings = {
        "KG_WORKERS": str(WORKERS),
        "KG_LONG_WORKERS": str(LONG_WORKERS),
        "KG_BUDGET_S": "100000",
        "KG_QUERY_TIMEOUT_S": str(TIMEOUT_S),
        "KG_QUEUE_TIMEOUT_S": "1",
        "KG_WORKER_MEMORY_MB": "256",
        "KG_RESULT_BYTES_MAX": "100000",
        "KG_BODY_TIMEOUT_S": "1",
    }
    with serve_process(small_releases, **settings) as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


def ask(client: httpx.Client, query: str = "") -> httpx.Response:
    """Ask a query, or one that nobody has asked before, so that a worker has to answer it."""
    query = query or f"ASK {{}} # {next(_NUMBERS)}"
    return client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"})


def problem_of(response: httpx.Response) -> str:
    """The last part of the problem's type."""
    return str(response.json()["type"]).rpartition("/")[2]


def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_a_slow_query_is_stopped_at_its_deadline_while_another_client_is_answered(client: httpx.Client) -> None:
    with ThreadPoolExecutor() as others:
        began = time.monotonic()
        slow = others.submit(ask, client, ENDLESS)
        answered = 0
        while not slow.done():
            assert ask(client).status_code == 200
            answered += 1
        took = time.monotonic() - began

    response = slow.result()
    assert (response.status_code, problem_of(response)) == (503, "query-timeout")
    assert int(response.headers["retry-after"]) > 0
    assert TIMEOUT_S <= took < TIMEOUT_S + MARGIN_S
    assert answered > 10


def test_when_all_places_are_taken_a_slow_query_is_told_to_come_back_and_a_light_one_is_answered(
    client: httpx.Client,
) -> None:
    with ThreadPoolExecutor() as others:
        slow = [others.submit(ask, client, f"{ENDLESS} # {n}") for n in range(LONG_WORKERS + 1)]
        time.sleep(0.5)
        assert ask(client).status_code == 200
        responses = [one.result() for one in slow]
    assert {response.status_code for response in responses} == {503}
    assert all(int(response.headers["retry-after"]) > 0 for response in responses)
    assert sorted(map(problem_of, responses)) == ["busy", *["query-timeout"] * LONG_WORKERS]


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_what_would_break_a_parser_is_refused_before_it(client: httpx.Client, query: str) -> None:
    response = ask(client, query)

    assert response.status_code in (400, 413)
    assert response.headers["content-type"] == "application/problem+json"
    assert ask(client).status_code == 200


def test_a_query_that_takes_too_much_memory_is_stopped(client: httpx.Client) -> None:
    response = ask(client, GREEDY)

    assert (response.status_code, problem_of(response)) == (503, "query-resources")
    assert "retry-after" in response.headers
    assert ask(client).status_code == 200


def test_a_result_over_the_cap_is_refused_whole(client: httpx.Client) -> None:
    response = ask(client, "SELECT * { ?s ?p ?o . ?s ?q ?r }")

    assert (response.status_code, problem_of(response)) == (413, "result-too-large")
    assert "LIMIT" in response.json()["detail"]


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("word", ["SERVICE", "service", "SERV\\u0049CE"])
def test_no_query_makes_the_service_call_anybody(client: httpx.Client, word: str, silent: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        response = ask(client, f"SELECT * {{ {word} {silent}<http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
        with pytest.raises(TimeoutError):
            listener.accept()

    assert (response.status_code, problem_of(response)) == (422, "query-unsupported")


def test_from_fetches_nothing(client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        response = ask(client, f"SELECT * FROM <{address}> FROM NAMED <{address}> {{ ?s ?p ?o }}")
        with pytest.raises(TimeoutError):
            listener.accept()

    assert response.json()["results"]["bindings"] == []


def test_the_workers_see_no_network(server: Server) -> None:
    probe = "import sys; from kg.store.isolation import leave_network; sys.exit(0 if leave_network() else 1)"
    if subprocess.run([sys.executable, "-c", probe], check=False).returncode:
        pytest.skip("this kernel lets no process leave the network")

    workers = workers_of(server.pid)
    assert len(workers) == WORKERS + 1
    assert network_of(os.getpid()) not in {network_of(pid) for pid in workers}


def test_a_client_that_hangs_up_stops_its_query(small_releases: Path) -> None:
    """The deadline is far away, so only the hang-up can have stopped it."""
    with serve_process(small_releases, KG_QUERY_TIMEOUT_S="600") as server:
        before = set(workers_of(server.pid))
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            time.sleep(0.5)
        until(lambda: len(set(workers_of(server.pid)) - before) == 1 and len(workers_of(server.pid)) == WORKERS + 1)


def test_killed_workers_leave_nothing_behind_in_a_server(server: Server, client: httpx.Client) -> None:
    """Of a thousand kills tells ``tests/unit/store/test_pool_hostile.py``."""

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{server.pid}/fd"))  # noqa: PTH208 - one number of a folder of links

    ask(client)
    before = descriptors()
    for _ in range(3):
        assert ask(client, GREEDY).status_code == 503
    until(lambda: len(workers_of(server.pid)) == WORKERS + 1)
    until(lambda: "Z" not in workers_of(server.pid).values())
    until(lambda: descriptors() <= before + 1)


def test_a_body_over_its_limit_is_not_read(client: httpx.Client) -> None:
    for content_type in ("application/sparql-query", "application/x-www-form-urlencoded"):
        response = client.post("/sparql", content=b"x" * 10**6, headers={"Content-Type": content_type})
        assert (response.status_code, response.headers["connection"]) == (413, "close")


def test_a_body_of_unknown_length_is_not_read_past_its_limit(client: httpx.Client) -> None:
    pieces = (b"x" * 10_000 for _ in range(1_000))
    with contextlib.suppress(httpx.WriteError):  # the server may close while we are still sending
        response = client.post("/sparql", content=pieces, headers={"Content-Type": "application/sparql-query"})
        assert response.status_code == 413
    assert ask(client).status_code == 200


def test_a_body_that_does_not_come_is_given_up(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    headers = (f"Host: {host}", "Content-Type: application/sparql-query", "Content-Length: 100")
    head = "\r\n".join(("POST /sparql HTTP/1.1", *headers, "", ""))
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{head}ASK".encode())
        assert b" 408 " in connection.recv(4096)


def test_a_server_without_a_release_says_so_and_opens_it_when_it_comes(small_releases: Path, tmp_path: Path) -> None:
    with serve_process(tmp_path) as server:
        for path in ("/health/ready", "/sparql?query=ASK%7B%7D", "/doc/group/freed-2031"):
            response = httpx.get(server.url + path)
            assert response.status_code == 503
            assert "retry-after" in response.headers
        assert httpx.get(f"{server.url}/health/live").status_code == 200
        assert httpx.get(f"{server.url}/").status_code == 200
        release = (small_releases / "current").resolve()
        (tmp_path / release.name).symlink_to(release)
        (tmp_path / "current").symlink_to(release.name)
        until(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)


def test_a_server_that_is_stopped_takes_its_workers_along(small_releases: Path) -> None:
    with serve_process(small_releases) as server:
        workers = set(workers_of(server.pid))

    assert len(workers) == WORKERS + 1
    until(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in workers))  # noqa: PTH110 - a link of /proc
