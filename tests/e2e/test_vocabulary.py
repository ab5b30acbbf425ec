"""Terms and code lists, dereferenced over the project's own release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from rdflib import SKOS, Graph, URIRef

from api.representations import FORMATS
from kg.resources import ontology_files
from tests.documents import triples_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HTML = {"Accept": "text/html"}
TURTLE = {"Accept": "text/turtle"}


@pytest.fixture
def terms(habeas: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=habeas) as client:
        yield client


def test_the_ontology_is_a_page_for_people_and_turtle_for_programs(terms: httpx.Client) -> None:
    page, data = terms.get("/ontology", headers=HTML), terms.get("/ontology", headers=TURTLE)

    assert page.headers["content-type"].startswith("text/html")
    assert 'id="Pardon"' in page.text
    assert page.headers["vary"].startswith("Accept,")
    described = Graph().parse(data=data.text, format="turtle")
    assert (URIRef("https://w3id.org/habeas/ontology#Pardon"), SKOS.definition, None) in described


def test_every_module_and_code_list_has_both(terms: httpx.Client) -> None:
    files = ontology_files()
    assert len(files) > 20
    for file in files:
        path = f"/vocab/{file.stem}" if file.parent.name == "vocabularies" else f"/ontology/{file.stem}"
        for headers in (HTML, TURTLE):
            assert terms.get(path, headers=headers).status_code == 200, path


def test_shapes_are_documented_by_stage(terms: httpx.Client) -> None:
    page, data = terms.get("/shapes", headers=HTML), terms.get("/shapes", headers=TURTLE)

    assert 'id="Person-key"' in page.text
    shape = URIRef("https://w3id.org/habeas/shapes#Person-key")
    assert (shape, None, None) in Graph().parse(data=data.text, format="turtle")
    for stage in ("source", "release"):
        assert terms.get(f"/shapes/{stage}", headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "path", ["/ontology", "/ontology/core", "/vocab", "/vocab/confidence", "/shapes", "/shapes/source"]
)
def test_terms_are_the_same_in_every_format(terms: httpx.Client, path: str) -> None:
    """By Accept and by suffix; compared without blank nodes, which have no names to compare."""
    read = {}
    for suffix, media_type in FORMATS.items():
        answer = terms.get(f"{path}.{suffix}")
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert terms.get(path, headers={"Accept": media_type}).headers["content-type"] == answer.headers["content-type"]
        if suffix != "html":
            read[suffix] = {t for t in triples_of(answer) if not any(term.startswith("_:") for term in t)}
    assert len(read["ttl"]) > 10
    assert all(found == read["ttl"] for found in read.values())


def test_the_context_of_our_json_ld_is_served_at_its_own_address(terms: httpx.Client) -> None:
    answer = terms.get("/context.jsonld")

    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.json()["@context"]["Pardon"] == "hab:Pardon"
    again = terms.get("/context.jsonld", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_graph_of_the_release_leads_to_its_triples(terms: httpx.Client) -> None:
    answer = terms.get("/graph/derived")

    assert (answer.status_code, answer.headers["location"]) == (303, "/graphs/graph/derived")
    assert terms.get("/graph/nothing").status_code == 404
    assert terms.get("/graph/derived", headers=TURTLE, follow_redirects=True).status_code == 200


def test_a_concept_leads_to_its_place_in_its_code_list(terms: httpx.Client) -> None:
    answer = terms.get("/vocab/sensitivity/public", headers=HTML)

    assert (answer.status_code, answer.headers["location"]) == (303, "/vocab/sensitivity#public")
    assert 'id="public' in terms.get("/vocab/sensitivity", headers=HTML).text


def test_the_version_of_a_module_leads_to_the_module(terms: httpx.Client) -> None:
    versions = Graph().parse(data=terms.get("/ontology/core.ttl").text, format="turtle")
    (iri,) = versions.objects(None, URIRef("http://www.w3.org/2002/07/owl#versionIRI"))

    answer = terms.get(str(iri).removeprefix("https://w3id.org/habeas"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/ontology/core")


@pytest.mark.parametrize(
    "path",
    [
        "/ontology/nothing",
        "/ontology/core.exe",
        "/ontology/core/9.9.9",
        "/vocab/nothing",
        "/vocab/sensitivity/nothing",
        "/vocab/..%2F..%2Fmanifest.json",
        "/ontology/%2e%2e",
        "/ontology/Core",
    ],
)
def test_what_is_not_there_is_404(terms: httpx.Client, path: str) -> None:
    assert terms.get(path, headers=HTML).status_code == 404


def test_a_format_that_is_not_offered_is_406(terms: httpx.Client) -> None:
    assert terms.get("/ontology", headers={"Accept": "image/png"}).status_code == 406


def test_every_link_between_the_pages_leads_somewhere(terms: httpx.Client) -> None:
    """From the first page on, every address of our own that a page names."""
    waiting, seen = ["/ontology", "/vocab"], set()
    while waiting:
        path = waiting.pop()
        answer = terms.get(path, headers=HTML, follow_redirects=True)
        assert answer.status_code == 200, path
        seen.add(path)
        if "text/html" in answer.headers["content-type"]:
            links = (answer.url.join(link) for link in _links(answer.text))
            ours = {
                link.path for link in links if link.host == "127.0.0.1" and link.path.startswith(("/onto", "/vocab"))
            }
            waiting += sorted(ours - seen - set(waiting))

    assert len(seen) > 40


def _links(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('href="')[1:]]
