"""SERVICE: to the endpoints that an operator lists, and to no others, however the clause is written."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Store

from kg.errors import QueryRefusedError
from kg.store.backend import QueryRequest
from kg.store.evaluation import evaluate
from kg.store.parsed import services_of
from tests.material_pool import LIMITS, ask, pool, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESULTS = b'{"head":{"vars":["v"]},"results":{"bindings":[{"v":{"type":"literal","value":"from afar"}}]}}'
LISTED = ("http://listed.example/sparql", "http://listed.example/data/")
PATTERN = "{ ?s ?p ?v }"


class Endpoint(BaseHTTPRequestHandler):
    """Answers every question alike, and remembers where it was asked."""

    asked: list[str]

    def do_POST(self) -> None:  # noqa: D102
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:  # noqa: D102
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(RESULTS)))
        self.end_headers()
        self.wfile.write(RESULTS)

    def log_message(self, *_: object) -> None:  # noqa: D102
        pass


@contextmanager
def endpoint() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Handler", (Endpoint,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_a_listed_endpoint_is_asked_and_its_neighbour_is_not(store_path: Path) -> None:
    with endpoint() as (url, asked):

        async def work() -> None:
            async with pool(store_path, replace(LIMITS, services=(f"{url}/sparql",))) as started:
                assert b"from afar" in await ask(started, f"SELECT * {{ SERVICE <{url}/sparql> {PATTERN} }}")
                for other in (f"<{url}/other>", f"<{url}/sparql/>", "?anywhere"):
                    with pytest.raises(QueryRefusedError, match="KG_SERVICES"):
                        await ask(started, f"SELECT * {{ SERVICE {other} {PATTERN} }}")

        run(work)
    assert asked == ["/sparql"]


def test_without_a_list_no_endpoint_is_asked(store_path: Path) -> None:
    with endpoint() as (url, asked):
        texts = [
            f"SELECT * {{ SERVICE <{url}/sparql> {PATTERN} }}",
            f"SELECT * {{ SERVICE SILENT <{url}/sparql> {PATTERN} }}",
            f"SELECT * {{ SERV\\u0049CE <{url}/sparql> {PATTERN} }}",
        ]

        async def work() -> None:
            async with pool(store_path) as started:
                for text in texts:
                    with pytest.raises(QueryRefusedError, match="SERVICE"):
                        await ask(started, text)

        run(work)
    assert asked == []


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <http://other.example/sparql> {}",
        "SERVICE <http://listed.example/sparql/below> {}",
        "SERVICE <http://listed.example/sparql?x> {}",
        "SERVICE <http://listed.example/data> {}",
        "SERVICE <http://listed.example/data/../private> {}",
        "SERVICE <http://listed.example/data/a/..> {}",
        "SERVICE <http://listed.example/data/./..;/private> {}",
        "SERVICE <http://listed.example/data/%2E%2e/private> {}",
        "SERVICE <http://listed.example/data/..%2fprivate> {}",
        "SERVICE <http://listed.example/data/..%5Cprivate> {}",
        "SERVICE <https://listed.example/sparql> {}",
        "SERVICE <HTTP://listed.example/sparql> {}",
        "SERVICE <http://listed.example.other.example/data/> {}",
        "SERVICE ?v {}",
        "BIND(<http://listed.example/sparql> AS ?v) SERVICE ?v {}",
        "SERVICE listed:sparql {}",
        "SERVICE <sparql> {}",
        "SERVICE <//listed.example/sparql> {}",
        "SERVICE <http://listed.example/sparql> { SERVICE <http://other.example/> {} }",
        "SERVICE <http://listed.example/sparql> {} SERVICE <http://other.example/> {}",
        "SERVICE SILENT <http://other.example/> {}",
        "#\rSERVICE <http://other.example/> {}\n",
        "# \\u000D SERVICE <http://other.example/> {}\n",
        'BIND("\\u0022 AS ?x) # " AS ?x) SERVICE <http://other.example/> {}\n',
        "BIND('''\\U00000027\\u0027\\u0027 AS ?x) # ''' AS ?x) SERVICE <http://other.example/> {}\n",
        "?s <http://x.example/\\u003E> '#' . SERVICE <http://other.example/> {}",
    ],
)
def test_what_is_not_on_the_list_is_refused(clause: str) -> None:
    query = f"BASE <http://listed.example/> PREFIX listed: <http://listed.example/> SELECT * {{ {clause} }}"

    with pytest.raises(QueryRefusedError, match="SERVICE"):
        evaluate(Store(), QueryRequest(query), size_max=10**6, services=LISTED)


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <{url}/sparql> {{ ?s ?p ?v }}",
        "SERVICE SILENT <{url}/data/> {{ ?s ?p ?v }}",
        "SERVICE <{url}/data/a.b/c..d/sparql?x=1> {{ ?s ?p ?v }}",
        "SERVICE <{url}/\\u0073parql> {{ ?s ?p ?v }}",
        "{{ SERVICE <{url}/sparql> {{ ?s ?p ?v }} }} UNION {{ SERVICE <{url}/data/b> {{ ?s ?p ?v }} }}",
    ],
)
def test_what_is_on_the_list_is_asked(clause: str) -> None:
    with endpoint() as (url, asked):
        query = f"SELECT * {{ {clause.format(url=url)} }}"
        listed = (f"{url}/sparql", f"{url}/data/")
        assert b"from afar" in evaluate(Store(), QueryRequest(query), size_max=10**6, services=listed)[1]

    assert len(asked) == clause.count("SERVICE")


def test_a_clause_inside_another_is_judged_too() -> None:
    nested = "SELECT * {{ SERVICE <http://listed.example/sparql> {{ ?s ?p ?v {{ SERVICE <{}> {{ ?s ?p ?v }} }} }} }}"

    assert services_of(nested.format("x:y")) == ("http://listed.example/sparql", "x:y")
    with pytest.raises(QueryRefusedError, match="KG_SERVICES"):
        evaluate(Store(), QueryRequest(nested.format("http://other.example/")), size_max=1000, services=LISTED)
