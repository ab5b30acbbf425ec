"""Under another base every name is another one, from the data to the pages; nothing keeps its written name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from kg.publication import current_release, verify
from tests.documents import links_of
from tests.material import dataset_of
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://data.example.org/graph/"
WRITTEN = "w3id.org/habeas"
TURTLE = {"Accept": "text/turtle"}


@pytest.fixture(scope="module")
def rebased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own data as a release under another base."""
    releases = tmp_path_factory.mktemp("rebased") / "releases"
    command = [Path(sys.executable).with_name("kg"), "build", "--data", ROOT / "data", "--releases", releases]
    done = subprocess.run(command, env={**os.environ, "KG_BASE_IRI": BASE}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return releases


@pytest.fixture(scope="module")
def client(rebased: Path) -> Iterator[httpx.Client]:
    with serve(rebased, KG_BASE_IRI=BASE) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_no_name_in_the_release_is_the_written_one(rebased: Path) -> None:
    release = current_release(rebased)

    assert verify(release) > 20_000
    assert f"<{BASE}id/organisation/viasna>" in dataset_of(release)
    assert WRITTEN not in dataset_of(release)
    files = [path for path in release.path.rglob("*") if path.is_file() and path.suffix in (".html", ".ttl", ".txt")]
    assert len(files) > 80
    assert [path for path in files if WRITTEN in path.read_text()] == []


@pytest.mark.parametrize("suffix", ["html", "ttl", "nt", "trig", "jsonld", "rdf"])
def test_documents_name_things_under_it(client: httpx.Client, suffix: str) -> None:
    for path in (
        "doc/organisation/viasna",
        "claim/u3rqytzd",
        "source/ap-2024-11-07",
        "ontology",
        "vocab/confidence",
        "shapes",
    ):
        response = client.get(f"/{path}.{suffix}")
        assert response.status_code == 200, path
        assert WRITTEN not in response.text, path
        assert WRITTEN not in str(response.headers), path
    assert [target for target, _ in links_of(client.get("/doc/organisation/viasna"))["cite-as"]] == [
        f"{BASE}id/organisation/viasna"
    ]


@pytest.mark.parametrize(
    "path",
    ["/", "/sparql", "/.well-known/void", "/docs", "/openapi.json", "/context.jsonld", "/releases", "/problem/busy"],
)
def test_pages_and_descriptions_name_nothing_else(client: httpx.Client, path: str) -> None:
    for headers in ({"Accept": "text/html"}, TURTLE, {}):
        response = client.get(path, headers=headers)
        assert response.status_code in (200, 406)
        assert WRITTEN not in response.text
        assert WRITTEN not in str(response.headers)


def test_a_page_shows_claims_and_conflicts_as_under_the_written_base(client: httpx.Client, habeas: str) -> None:
    path = "/doc/group/pardoned-2024-11-07"
    here = client.get(path, headers={"Accept": "text/html"}).text
    there = httpx.get(habeas + path, headers={"Accept": "text/html"}).text

    assert here.count("claims disagree") == there.count("claims disagree") > 0
    assert here.count('class="claim"') == there.count('class="claim"') > 5
