"""``/links/`` and ``/sameas``, over a release with merges, decisions against a link, and things that are not public."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import httpx
import pytest
from rdflib import Graph

from kg.vocab import ID
from tests.material import build_release, write_data
from tests.serving import serve
from tests.unit.identity.test_exports import HEAD, HIDDEN, PUBLIC, ROWS, row

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEM = "http://www.wikidata.org/entity/Q1"
EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"
IVANOVA, OLD, OLDEST = (f"{ID}organisation/{key}" for key in ("ivanova", "old", "oldest"))
CHAIN = row(subject_id="organisation:oldest", predicate_id="dcterms:isReplacedBy", object_id="organisation:old")
CLOSE = row(subject_id="organisation:author", predicate_id="skos:closeMatch", object_id="wd:Q1")
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("links")
    people = PUBLIC.replace("organisation:old a", "organisation:oldest a hab:Organisation . organisation:old a")
    files = {
        "sources/a.trig": people,
        "sources/b.trig": HIDDEN,
        "links/x.sssom.tsv": HEAD + "".join([*ROWS, CHAIN, CLOSE]),
    }
    outcome = build_release(write_data(folder / "data", files), folder / "releases")
    assert outcome.quarantine_report == ""
    with serve(folder / "releases") as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


def same_as(client: httpx.Client, uri: str, accept: str = "application/json") -> httpx.Response:
    return client.get("/sameas", params={"uri": uri}, headers={"Accept": accept})


def test_the_index_leads_to_every_file(client: httpx.Client) -> None:
    index = client.get("/links/").json()

    assert [entry["key"] for entry in index] == ["habeas", "wikidata"]
    for entry in index:
        for name in entry["files"]:
            assert client.get(f"/links/{name}").status_code == 200
        assert f'href="/links/{name}"' in client.get("/links/", headers=HTML).text
    assert client.get("/links").headers["location"] == "/links/"
    assert len(Graph().parse(data=client.get("/links/", headers={"Accept": "text/turtle"}).text, format="turtle")) > 10


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/n-triples"),
        ("text/turtle", "text/turtle"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
    ],
)
def test_all_links_to_a_dataset_come_in_each_format(client: httpx.Client, accept: str, content_type: str) -> None:
    answer = client.get("/links/wikidata", headers={"Accept": accept})

    assert answer.headers["content-type"].partition(";")[0] == content_type
    assert "Q1" in answer.text
    tag = {"Accept": accept, "If-None-Match": answer.headers["etag"]}
    assert client.get("/links/wikidata", headers=tag).status_code == 304


@pytest.mark.parametrize("name", ["none", "none.nt", "index.json", "index.ttl", "..%2Fmanifest.json", "x" * 200])
def test_what_is_not_there_is_404(client: httpx.Client, name: str) -> None:
    assert client.get(f"/links/{name}").status_code == 404


def test_a_format_that_is_not_offered_is_406(client: httpx.Client) -> None:
    for path in ("/links/", "/links/wikidata", f"/sameas?uri={ITEM}"):
        assert client.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_each_link_of_the_exports_is_dereferenced_and_found_in_both_directions(client: httpx.Client) -> None:
    """Decisions against a link are of things that are there, too; but they are no links."""
    rows = [
        found
        for entry in client.get("/links/").json()
        for found in csv.DictReader(io.StringIO(client.get(f"/links/{entry['key']}.csv").text))
    ]
    assert len(rows) == 7
    for found in rows:
        for iri in {found["subject"], found["object"]}:
            if iri.startswith(ID):
                path = iri.removeprefix("https://w3id.org/habeas")
                assert client.get(path, headers=HTML, follow_redirects=True).status_code == 200, iri
        if found["modifier"] == "Not":
            assert found["object"] not in same_as(client, found["subject"]).text
        else:
            assert found["object"] in same_as(client, found["subject"]).text
            assert found["subject"] in same_as(client, found["object"]).text


@pytest.mark.parametrize(
    "uri",
    [
        IVANOVA,
        OLD,
        OLDEST,
        IVANOVA.replace("https:", "http:"),
        IVANOVA.replace("/id/", "/doc/") + ".ttl",
    ],
)
def test_a_thing_is_found_by_each_name_of_ours(client: httpx.Client, uri: str) -> None:
    """A chain of merges is followed to its end."""
    (thing,) = same_as(client, uri).json()["things"]

    assert thing["iri"] == IVANOVA
    assert thing["former"] == [OLD, OLDEST]
    assert thing["links"] == [{"predicate": EXACT, "iri": ITEM, "dataset": "wikidata"}]


def test_a_thing_is_found_by_its_address_at_this_service(client: httpx.Client, url: str) -> None:
    assert same_as(client, f"{url}/id/organisation/old").json()["things"][0]["iri"] == IVANOVA


@pytest.mark.parametrize(
    "uri",
    [
        ITEM,
        ITEM.replace("http:", "https:"),
        "https://www.wikidata.org/wiki/Q1",
        "http://www.wikidata.org/wiki/Special:EntityData/Q1.ttl",
    ],
)
def test_a_thing_is_found_by_each_form_of_its_item(client: httpx.Client, uri: str) -> None:
    said = same_as(client, uri).json()

    assert (said["uri"], said["canonical"]) == (uri, ITEM)
    assert [thing["iri"] for thing in said["things"]] == [f"{ID}organisation/author", IVANOVA]


def test_only_what_was_reviewed_is_exact(client: httpx.Client) -> None:
    said = {thing["iri"]: thing["links"][0]["predicate"] for thing in same_as(client, ITEM).json()["things"]}

    assert said == {IVANOVA: EXACT, f"{ID}organisation/author": "http://www.w3.org/2004/02/skos/core#closeMatch"}


def test_all_formats_say_the_same(client: httpx.Client) -> None:
    turtle = Graph().parse(data=same_as(client, OLD, "text/turtle").text, format="turtle")
    triples = Graph().parse(data=same_as(client, OLD, "application/n-triples").text, format="nt")

    assert set(turtle) == set(triples)
    assert {tuple(map(str, triple)) for triple in turtle} == {
        (IVANOVA, EXACT, ITEM),
        (OLD, "http://purl.org/dc/terms/isReplacedBy", IVANOVA),
        (OLDEST, "http://purl.org/dc/terms/isReplacedBy", IVANOVA),
    }
    assert "sameAs" not in turtle.serialize()
    page = same_as(client, OLD, "text/html").text
    for iri in (IVANOVA, OLD, OLDEST, ITEM):
        assert iri in page


def test_a_thing_without_links_is_told_as_one(client: httpx.Client) -> None:
    (thing,) = same_as(client, f"{ID}organisation/reviewer").json()["things"]

    assert (thing["former"], thing["links"]) == ([], [])
    assert "linked with nothing yet" in same_as(client, f"{ID}organisation/reviewer", "text/html").text


@pytest.mark.parametrize(
    "uri",
    [
        f"{ID}organisation/sidorova",  # it is there, but not public
        "http://www.wikidata.org/entity/Q3",
        "http://www.wikidata.org/entity/Q2",  # decided against
        f"{ID}organisation/nobody",
        "https://example.org/",
    ],
)
def test_what_is_not_known_or_not_public_is_404_in_clear_words(client: httpx.Client, uri: str) -> None:
    answer = same_as(client, uri)

    assert answer.status_code == 404
    assert "no thing of this name" in answer.json()["detail"]
    assert same_as(client, uri, "text/html").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?uri=",
        "?uri=Q1",
        "?uri=javascript:alert(1)",
        "?uri=urn:x:y",
        "?uri=http://x/%3E%20%7D%20DROP%20ALL%20%7B",
        "?uri=http://x/%00",
        "?uri=http://x/%5B",
        "?uri=http://x/50%25off",
        "?uri=http://x/%C2%85",
        "?uri=http://x/%FF%0A",
        "?uri=http://x&uri=http://y",
        f"?uri=http://x/{'y' * 2048}",
    ],
)
def test_what_is_no_name_is_400(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/sameas{query}")
    assert answer.status_code == 400
    assert json.loads(answer.text)["detail"]


def test_a_browser_gets_a_form(client: httpx.Client) -> None:
    assert '<form action="/sameas"' in client.get("/sameas", headers=HTML).text
