"""``/graphs`` by the SPARQL 1.1 Graph Store Protocol, for reading."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import httpx
import pytest
from pyoxigraph import DefaultGraph, RdfFormat, Store, parse

from kg.publication import current_release
from tests.material import dataset_of
from tests.serving import serve

if TYPE_CHECKING:
    from pathlib import Path

    from pyoxigraph import Triple

BASE = "https://w3id.org/habeas/"
DERIVED = f"{BASE}graph/derived"
FORMATS = {"text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"}


def triples_of(response: httpx.Response) -> set[Triple]:
    media_type = response.headers["content-type"].partition(";")[0]
    return {quad.triple for quad in parse(response.content, format=RdfFormat.from_media_type(media_type))}


def graph(client: httpx.Client, iri: str, **headers: str) -> httpx.Response:
    return client.get("/graphs", params={"graph": iri}, headers=headers)


def test_each_graph_is_what_the_dump_says_it_is(habeas: str, releases: Path) -> None:
    """The default graph, every graph of ours, and one claim."""
    # Through a store, which writes 81.0 as 81, and so does the service.
    dump = Store()
    dump.load(dataset_of(current_release(releases)), format=RdfFormat.N_QUADS)
    dumped: dict[str, set[Triple]] = defaultdict(set)
    for quad in dump:
        dumped["" if quad.graph_name == DefaultGraph() else quad.graph_name.value].add(quad.triple)
    ours = [name for name in dumped if name.startswith(f"{BASE}graph/")]
    assert {name.removeprefix(f"{BASE}graph/") for name in ours} >= {"provenance", "derived", "ontology", "links"}
    claim = next(name for name in dumped if name.startswith(f"{BASE}claim/"))

    with httpx.Client(base_url=habeas, timeout=30) as client:
        assert triples_of(client.get("/graphs?default")) == dumped[""]
        for name in [*ours, claim]:
            assert triples_of(graph(client, name)) == dumped[name], name
            assert triples_of(client.get(f"/graphs/{name.removeprefix(BASE)}")) == dumped[name], name


@pytest.mark.parametrize("media_type", sorted(FORMATS))
def test_a_graph_comes_in_the_format_that_is_asked_for(client: httpx.Client, media_type: str) -> None:
    response = graph(client, DERIVED, Accept=media_type)

    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert len(triples_of(response)) == 2


def test_head_says_what_get_would(client: httpx.Client) -> None:
    got, head = (client.request(method, "/graphs", params={"graph": DERIVED}) for method in ("GET", "HEAD"))

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == got.headers[name]
    assert client.head("/graphs", params={"graph": f"{BASE}graph/none"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/graphs", 400),
        (f"/graphs?default&graph={DERIVED}", 400),
        (f"/graphs?graph={DERIVED}&graph={DERIVED}", 400),
        ("/graphs?default&default", 400),
        ("/graphs?default=yes", 400),
        (f"/graphs/graph/derived?graph={DERIVED}", 400),
        ("/graphs?graph=graph/derived", 400),
        ("/graphs?graph=", 400),
        ("/graphs?graph=urn:x>}%20%23", 400),
        ("/graphs?graph=%ff", 400),
        ("/graphs?graph=urn:habeas:none", 404),
        ("/graphs/graph/none", 404),
        ("/graphs/", 400),
    ],
)
def test_a_request_names_one_graph_that_is_there(client: httpx.Client, address: str, status: int) -> None:
    response = client.get(address)

    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


def test_what_is_not_acceptable_is_told(client: httpx.Client) -> None:
    response = graph(client, DERIVED, Accept="text/csv")

    assert response.status_code == 406
    assert all(media_type in response.json()["detail"] for media_type in FORMATS)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/graphs?default", f"/graphs?graph={DERIVED}", "/graphs/graph/derived"])
def test_nothing_is_written(client: httpx.Client, method: str, address: str) -> None:
    before = triples_of(client.get(address))
    response = client.request(
        method, address, content="<urn:a> <urn:b> <urn:c> .", headers={"Content-Type": "text/turtle"}
    )

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert triples_of(client.get(address)) == before


def test_options_tell_what_may_be_done(client: httpx.Client) -> None:
    response = client.options("/graphs")

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_what_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    tag = graph(client, DERIVED).headers["etag"]

    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        response = graph(client, DERIVED, **{"If-None-Match": known})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
    assert graph(client, DERIVED, **{"If-None-Match": '"other"'}).status_code == 200
    assert graph(client, DERIVED, **{"If-None-Match": tag, "Accept": "application/ld+json"}).status_code == 200
    assert graph(client, f"{BASE}graph/links", **{"If-None-Match": tag}).status_code == 200


def test_a_graph_costs_its_reader_what_a_query_would(small_releases: Path) -> None:
    """Work is charged to the client; what is kept already, and what the client has, is not."""
    with (
        serve(small_releases, KG_BUDGET_S="0.001", KG_BUDGET_WINDOW_S="600") as url,
        httpx.Client(base_url=url) as client,
    ):
        derived = graph(client, DERIVED)
        assert derived.status_code == 200
        for media_type in sorted(FORMATS):
            client.get("/graphs?default", headers={"Accept": media_type})
        refused = graph(client, f"{BASE}graph/provenance")
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
        assert graph(client, DERIVED).content == derived.content
        assert graph(client, DERIVED, **{"If-None-Match": derived.headers["etag"]}).status_code == 304


def test_what_is_left_of_the_budget_is_told_beside_a_graph_and_beside_an_error(client: httpx.Client) -> None:
    whole = client.get("/graphs", params={"default": ""})
    missing = client.get("/graphs", params={"graph": "http://example.com/no-such-graph"})

    assert (whole.status_code, missing.status_code) == (200, 404)
    assert all(response.headers["ratelimit-policy"].startswith('"work";q=') for response in (whole, missing))
