"""A machine that knows nothing but the first page reaches everything that is published, in every format.

It follows what machines follow: the header Link, the description of the dataset, and the IRIs in the data, which it
looks up below the service's own address, as w3id.org would redirect them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest
from rdflib import URIRef

from api.representations import FORMATS
from kg.publication import current_release
from tests.documents import dataset_of, links_of
from tests.material import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BASE = "https://w3id.org/habeas/"
RDF = "application/trig, text/turtle;q=0.9, */*;q=0.1"
# What is not an address: the dataset's terms lie behind a fragment, and uriSpace is a beginning.
_PART = re.compile(r"#.*")
# The same document in other formats and at other times names nothing new; one of each kind is asked for all.
_REPEATED = re.compile(
    r"(?<!/context)\.(html|nt|jsonld|rdf|ttl|trig)$|^/(timemap|timegate)/|_profile=|^/release/[^/]+/"
)


@pytest.fixture(scope="module")
def client(habeas: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=habeas, timeout=60, follow_redirects=True) as client:
        yield client


def own_path(iri: str, client: httpx.Client) -> str:
    """Where an IRI of ours, or a link of the service, leads on the service; empty for what is elsewhere."""
    for base in (BASE, f"{client.base_url}".rstrip("/") + "/"):
        if iri.startswith(base) and iri != base:
            return "/" + _PART.sub("", iri.removeprefix(base))
    return _PART.sub("", iri) if iri.startswith("/") else ""


def found_in(response: httpx.Response) -> Iterable[str]:
    """Every link of an answer: of its header, and the IRIs of its data."""
    for targets in links_of(response).values():
        yield from (target for target, _ in targets)
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type in ("application/trig", "text/turtle", "application/ld+json"):
        for quad in dataset_of(response.text, media_type).quads():
            yield from (str(term) for term in quad if isinstance(term, URIRef))


@pytest.fixture(scope="module")
def walked(client: httpx.Client) -> dict[str, int]:
    """Every path that was reached from the first page, with the status that it answered."""
    reached: dict[str, int] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        response = client.get(path, headers={"Accept": RDF})
        reached[path] = response.status_code
        if response.status_code == 200:
            found = {own_path(target, client) for target in found_in(response)} - reached.keys() - {""}
            waiting += [target for target in found if not _REPEATED.search(target)]
    return reached


def published(releases: Path) -> set[str]:
    """The path of every thing, claim, source, code list, module and graph that the dump names."""
    iris = set(re.findall(rf"<{re.escape(BASE)}([^>]*)>", names_of(current_release(releases))))
    return {"/" + _PART.sub("", iri) for iri in iris if not iri.startswith("ontology#")} - {"/"}


def test_the_walk_reaches_everything_that_is_published(walked: dict[str, int], releases: Path) -> None:
    missing = sorted(published(releases) - walked.keys())

    assert len(published(releases)) > 1000
    assert missing == []


def test_no_link_is_dead(walked: dict[str, int]) -> None:
    dead = {path: status for path, status in walked.items() if status != 200}

    assert len(walked) > 1500
    assert dead == {}


def test_every_kind_of_address_is_reached(walked: dict[str, int]) -> None:
    kinds = Counter(path.split("/")[1].partition(".")[0] for path in walked)

    for kind in (
        "id",
        "doc",
        "claim",
        "source",
        "vocab",
        "ontology",
        "graph",
        "release",
        "releases",
        "sparql",
        "context",
    ):
        assert kinds[kind], kind


@pytest.fixture(scope="module")
def one_of_each(walked: dict[str, int]) -> list[str]:
    """The path of one document of each kind."""
    kinds: dict[str, str] = {}
    for path in sorted(walked):
        match = re.fullmatch(r"/(id/[a-z-]+|claim|source|vocab|ontology|shapes|release)/[a-z0-9-]+", path)
        if match:
            kinds.setdefault(match[1], path.replace("/id/", "/doc/"))
    assert len(kinds) > 15
    return list(kinds.values())


@pytest.mark.parametrize("suffix", FORMATS)
def test_one_document_of_each_kind_is_there_in_every_format(
    client: httpx.Client, one_of_each: list[str], suffix: str
) -> None:
    for path in one_of_each:
        response = client.get(f"{path}.{suffix}")
        assert response.status_code == 200, path
        assert response.headers["content-type"].partition(";")[0] == FORMATS[suffix]


def test_every_link_of_one_document_of_each_kind_leads_somewhere(client: httpx.Client, one_of_each: list[str]) -> None:
    followed = 0
    for path in one_of_each:
        for targets in links_of(client.get(path)).values():
            for target in {target for target, _ in targets if target.startswith("/")}:
                assert client.get(target).status_code == 200, target
                followed += 1

    assert followed > 200
