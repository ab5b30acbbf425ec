"""A release on its way to a remote store, and a service in front of it: the same answers as from the release itself."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from pyoxigraph import DefaultGraph, RdfFormat, parse

from kg.publication import current_release
from tests.endpoints import oxigraph
from tests.material import dataset_of
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

KG = Path(sys.executable).with_name("kg")
QUESTIONS = sorted((Path(__file__).parents[1] / "conformance" / "competency").glob("*/query.rq"))
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
TSV = {"Accept": "text/tab-separated-values"}


def publish(releases: Path, store: str, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``kg publish`` against a store."""
    return subprocess.run(
        [KG, "publish", "--to", f"{store}/update", "--query", f"{store}/query", *options],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "KG_RELEASES": str(releases), **more},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def update(store: str, text: str) -> None:
    answer = httpx.post(f"{store}/update", content=text, headers={"Content-Type": "application/sparql-update"})
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def published(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store into which the project's own release has been published."""
    with oxigraph(tmp_path_factory.mktemp("store") / "database") as store:
        done = publish(releases, store, KG_PUBLISH_USER="writer", KG_PUBLISH_PASSWORD="secret")
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{current_release(releases).id} {store}/query\n"
        assert "secret" not in done.stdout + done.stderr
        yield store


@pytest.fixture(scope="module")
def facade(releases: Path, published: str) -> Iterator[str]:
    """A service in front of that store."""
    with serve(releases, KG_REMOTE=f"{published}/query") as url:
        yield url


@pytest.mark.parametrize("query", QUESTIONS, ids=lambda path: path.parent.name)
def test_a_question_has_the_same_answer(facade: str, query: Path) -> None:
    assert len(QUESTIONS) >= 30
    answer = httpx.post(f"{facade}/sparql", data={"query": query.read_text("utf-8")}, headers=TSV, timeout=30)

    assert answer.status_code == 200, answer.text
    assert answer.text == query.with_name("expected.tsv").read_text("utf-8")


def test_a_thing_has_its_page(facade: str, habeas: str) -> None:
    path = "/doc/person/ales-bialiatski"
    pages = [
        httpx.get(f"{url}{path}", headers={"Accept": "application/n-triples"}, timeout=30) for url in (facade, habeas)
    ]

    assert [page.status_code for page in pages] == [200, 200]
    assert sorted(pages[0].text.splitlines()) == sorted(pages[1].text.splitlines())


def test_kg_query_asks_an_endpoint(releases: Path, published: str) -> None:
    command = [
        KG,
        "query",
        "--endpoint",
        f"{published}/query",
        "--format",
        "csv",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    ]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "KG_RELEASES": "/nowhere"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)

    quads = parse(dataset_of(current_release(releases)).encode(), RdfFormat.N_QUADS)
    assert done.stdout.splitlines() == ["n", str(sum(quad.graph_name == DefaultGraph() for quad in quads))]


def test_the_example_of_the_help_finds_the_release_there(releases: Path, published: str) -> None:
    told = subprocess.run([KG, "publish", "--help"], capture_output=True, text=True, check=True).stdout
    example = re.search(r"Example: kg publish --to (\S+) --query (\S+)", " ".join(told.split()))
    assert example is not None
    command = example[0].removeprefix("Example: kg ").replace("http://127.0.0.1:7878", published)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "KG_RELEASES": str(releases)}
    done = subprocess.run([KG, *command.split()], env=environment, capture_output=True, text=True, check=True)

    assert "holds the release already" in done.stderr


def test_a_rehearsal_sends_nothing(releases: Path, tmp_path: Path) -> None:
    with oxigraph(tmp_path / "database") as store:
        done = publish(releases, store, "--dry-run")
        quads = httpx.get(f"{store}/store", headers={"Accept": "application/n-quads"}).text

    assert done.returncode == 0
    assert f"{current_release(releases).manifest()['quads']} quads" in done.stderr
    assert quads == ""


def test_a_load_that_broke_off_goes_on_and_is_not_served_before_its_end(releases: Path, tmp_path: Path) -> None:
    with oxigraph(tmp_path / "database") as store:
        assert publish(releases, store).returncode == 0
        # As if the first call had been killed before its last update.
        update(
            store,
            "DELETE { GRAPH <https://w3id.org/habeas/graph/meta> { ?s ?p ?o } } "
            "INSERT { GRAPH <https://w3id.org/habeas/graph/loading> { ?s ?p ?o } } WHERE { GRAPH ?meta "
            "{ ?s ?p ?o FILTER (?p = <http://purl.org/dc/terms/identifier> && CONTAINS(STR(?s), 'dataset')) } }",
        )
        update(store, "DELETE WHERE { ?s <https://w3id.org/habeas/ontology#size> ?o }")
        with serve(releases, KG_REMOTE=f"{store}/query") as url:
            early = httpx.post(f"{url}/sparql", data={"query": "ASK {}"}, timeout=30)
            done = publish(releases, store)
            end = time.monotonic() + 20
            while (late := httpx.post(f"{url}/sparql", data={"query": "ASK {}"}, timeout=30)).status_code != 200:
                assert time.monotonic() < end, late.text
                time.sleep(0.2)

    assert early.status_code == 503
    assert early.json()["type"].endswith("/no-release")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("INSERT DATA { <http://example.com/a> <http://example.com/b> 1 }", "not empty"),
        ("INSERT DATA { GRAPH <http://example.com/g> { <urn:a:a> <urn:a:b> 1 } }", "not empty"),
        (
            "INSERT DATA { GRAPH <https://w3id.org/habeas/graph/meta> { "
            '<https://w3id.org/habeas/dataset> <http://purl.org/dc/terms/identifier> "0123456789ab" } }',
            "another release",
        ),
    ],
)  # fmt: skip
def test_a_store_that_holds_something_else_is_left_alone(
    releases: Path, tmp_path: Path, before: str, said: str
) -> None:
    with oxigraph(tmp_path / "database") as store:
        update(store, before)
        held = httpx.get(f"{store}/store", headers={"Accept": "application/n-quads"}).text
        done = publish(releases, store)
        kept = httpx.get(f"{store}/store", headers={"Accept": "application/n-quads"}).text
        with serve(releases, KG_REMOTE=f"{store}/query") as url:
            assert httpx.post(f"{url}/sparql", data={"query": "ASK {}"}).status_code == 503

    assert done.returncode == 3
    assert said in done.stderr
    assert kept == held


def test_a_store_whose_default_graph_is_the_union_of_all_is_not_served(releases: Path, tmp_path: Path) -> None:
    whole = dataset_of(current_release(releases)).encode()
    with oxigraph(tmp_path / "database", whole, "--union-default-graph") as store:
        done = publish(releases, store)
        with serve(releases, KG_REMOTE=f"{store}/query") as url:
            answer = httpx.post(f"{url}/sparql", data={"query": "ASK {}"})
            readiness = httpx.get(f"{url}/health/ready").status_code

    assert done.returncode == 3
    assert "--default-graph" in done.stderr
    assert (answer.status_code, readiness) == (503, 503)


def test_an_address_has_the_id_of_the_release_in_it(releases: Path, tmp_path: Path) -> None:
    """So that each release has a dataset of its own; here it stands where the store does not look."""
    with oxigraph(tmp_path / "database") as store:
        done = publish(releases, store, "--query", f"{store}/query?of={{release}}")
        with serve(releases, KG_REMOTE=f"{store}/query?of={{release}}") as url:
            answer = httpx.post(f"{url}/sparql", data={"query": "ASK {}"}, timeout=30)

    assert done.stdout.endswith(f"/query?of={current_release(releases).id}\n")
    assert answer.status_code == 200


def test_an_address_that_is_none_is_a_mistake_of_usage(releases: Path) -> None:
    done = publish(releases, "ftp://example.com")

    assert done.returncode == 2
    assert "http://" in done.stderr
