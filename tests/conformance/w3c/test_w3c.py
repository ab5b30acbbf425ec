"""The suites of the W3C for SPARQL, over HTTP: the real service, with a door for test data (``loader``)."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from tests.serving import free_port, serve_process, write_release
from tests.shared import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
RUNNERS = "suites/run"
CASES = 1076
# What the engine itself passes over HTTP (`oxigraph serve` 0.5.13).
ENGINE_PASSES = 1043
# A closed port, which ``federated.py`` puts in the place of an endpoint that is meant to fail.
UNREACHABLE = "http://127.0.0.1:9/sparql"
# A release is held in memory or read from disk; each format is asked of one of the two.
HELD = {"json": "memory", "xml": "disk", "tsv": "memory"}
SUITES = {
    "sparql10": "http://www.w3.org/2001/sw/DataAccess/tests/data-r2/",
    "sparql11": "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/",
    "sparql12": "https://w3c.github.io/rdf-tests/sparql/sparql12/",
}


class Loader(NamedTuple):
    """A service that takes test data, and the port of the endpoints that its queries may name."""

    url: str
    federated_port: int


@pytest.fixture(scope="module", params=["memory", "disk"])
def loader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    """The service with the door, as it is set by default but for the number of workers and the list of endpoints."""
    port = free_port()
    releases = tmp_path_factory.mktemp("w3c")
    settings = {"KG_WORKERS": "1", "KG_RELOAD_S": "0", "KG_SERVICES": f"http://127.0.0.1:{port}/ {UNREACHABLE}"}
    if request.param == "disk":
        settings["KG_MEMORY_QUADS_MAX"] = "0"
    with serve_process(releases, factory="tests.conformance.w3c.loader:create_app", **settings) as server:
        yield Loader(server.url, port)


def run(runner: str, loader: Loader, folder: Path, *options: str) -> dict[str, str]:
    """What became of each case of a suite ("pass", "fail"), by "suite/folder/name"; what it skips is left out."""
    results = folder / "results.json"
    command = [sys.executable, HERE / "federated.py", str(loader.federated_port), shared(RUNNERS) / runner]
    door = [] if "--load" in options else ["--gsp-url", f"{loader.url}/graphs", "--side-store"]
    urls = ["--query-url", f"{loader.url}/sparql", *door]
    subprocess.run([*command, *urls, "--json", results, *options], check=True, capture_output=True)
    return {row["test"]: row["status"] for row in json.loads(results.read_text())["rows"] if row["status"] != "skip"}


def misses() -> set[str]:
    """The IRIs of the cases that are known to fail, each of which has a reason."""
    groups = tomllib.loads((HERE / "misses.toml").read_text())["misses"]
    assert all(group["reason"] and group["tests"] for group in groups)
    return {iri for group in groups for iri in group["tests"]}


def iri_of(case: str) -> str:
    suite, folder, name = case.split("/")
    return f"{SUITES[suite]}{folder}/manifest#{name}"


def test_the_protocol_is_kept_and_updates_are_refused(loader: Loader, tmp_path: Path) -> None:
    outcomes = run("w3c_protocol.py", loader, tmp_path, "--read-only")

    assert len(outcomes) == 34
    assert {case for case, outcome in outcomes.items() if outcome == "fail"} == set()


def test_no_update_of_the_suite_changes_anything(tmp_path: Path) -> None:
    """Asked of the service itself, without any door."""
    releases = write_release(tmp_path / "releases")

    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in releases.rglob("*") if path.is_file()}

    everything = {"query": "SELECT ?s ?p ?o WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?s ?p ?o"}
    with serve_process(releases) as server:
        before = state(), httpx.get(f"{server.url}/sparql", params=everything).text
        outcomes = run("w3c_protocol.py", Loader(server.url, free_port()), tmp_path, "--read-only", "--load", "none")
        after = state(), httpx.get(f"{server.url}/sparql", params=everything).text

    updates = {outcome for case, outcome in outcomes.items() if "update" in case}
    assert (updates, len(before[0]) > 3) == ({"pass"}, True)
    assert before == after


@pytest.mark.parametrize(("loader", "accept"), [(held, accept) for accept, held in HELD.items()], indirect=["loader"])
def test_queries_are_answered_as_the_suites_ask(loader: Loader, tmp_path: Path, accept: str) -> None:
    """A new miss fails this, and so does a case that is listed as a miss and passes."""
    updates = f"{loader.url}/graphs/update"
    outcomes = run("w3c_eval_http.py", loader, tmp_path, "--no-update", "--update-url", updates, "--accept", accept)

    assert len(outcomes) == CASES
    assert {iri_of(case) for case, outcome in outcomes.items() if outcome == "fail"} == misses()
    assert CASES - len(misses()) >= ENGINE_PASSES


def test_graphs_are_read_as_the_graph_store_protocol_asks(loader: Loader, tmp_path: Path) -> None:
    """The door writes, and the service reads; that it refuses to write is told in ``tests/e2e/test_graphs.py``."""
    outcomes = run("w3c_gsp.py", loader, tmp_path)

    assert len(outcomes) == 13
    assert {case for case, outcome in outcomes.items() if outcome == "fail"} == set()
