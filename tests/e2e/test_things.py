"""Things, claims and sources: names, documents, and pages on which every statement stands with who makes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import rdflib

from tests.documents import triples_of

if TYPE_CHECKING:
    import httpx

BASE = "https://w3id.org/habeas/"
GROUP = rdflib.URIRef(f"{BASE}id/group/freed-2031")
SIZE = rdflib.URIRef(f"{BASE}ontology#size")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "nt": ("application/n-triples", "nt"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "xml"),
    "trig": ("application/trig", "trig"),
}


def page(client: httpx.Client, path: str) -> str:
    """The text of a page, with its markup."""
    response = client.get(path, headers={"Accept": BROWSER})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"].startswith("Accept")
    return response.text


def words(markup: str) -> str:
    """What of a page is read."""
    shown = re.sub(r"<script.*?</script>", "", markup, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def test_the_name_of_a_thing_leads_to_the_document_about_it(client: httpx.Client) -> None:
    response = client.get("/id/group/freed-2031")

    assert (response.status_code, response.headers["location"]) == (303, "/doc/group/freed-2031")


@pytest.mark.parametrize(
    "path",
    [
        "/id/group/nobody",
        "/doc/group/nobody",
        "/doc/group/nobody.ttl",
        "/claim/k2222222",
        "/source/nothing",
        "/doc/group/Freed-2031",
        "/doc/group/freed-2031.exe",
        "/doc/group/freed%2E2031",
        "/id/group/freed-2031%3E%20%7D%20%23",
        "/claim/%E2%98%83",
        "/doc/group",
    ],
)
def test_what_is_unknown_is_not_found(client: httpx.Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "told"), [("/nothing", "There is no such address here."), ("/doc/group/nobody", "says nothing of this.")]
)
def test_a_page_that_is_not_found_says_what_to_try(client: httpx.Client, path: str, told: str) -> None:
    markup = client.get(path, headers={"Accept": BROWSER}).text

    assert told in words(markup)
    assert set(re.findall(r'href="(/[a-z]*)"', markup.partition("<main")[2])) == {"/search", "/docs", "/"}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("by_suffix", [True, False])
def test_a_document_is_given_in_every_format_by_suffix_and_by_accept(
    client: httpx.Client, suffix: str, *, by_suffix: bool
) -> None:
    media_type, _ = FORMATS[suffix]
    path, accept = (f"/doc/group/freed-2031.{suffix}", "*/*") if by_suffix else ("/doc/group/freed-2031", media_type)
    response = client.get(path, headers={"Accept": accept})

    assert response.headers["content-type"].partition(";")[0] == media_type
    triples = triples_of(response)
    assert {o for s, p, o in triples if (s, p) == (GROUP.n3(), SIZE.n3())} == {
        f'"{size}"^^<http://www.w3.org/2001/XMLSchema#integer>' for size in (11, 12)
    }
    assert (f"<{BASE}id/event/amnesty-2031>", f"<{BASE}ontology#affects>", GROUP.n3()) in triples


def test_a_document_that_is_not_acceptable_is_refused(client: httpx.Client) -> None:
    assert client.get("/doc/group/freed-2031", headers={"Accept": "image/png"}).status_code == 406


def test_a_page_shows_each_statement_with_who_makes_it(client: httpx.Client) -> None:
    text = words(page(client, "/doc/group/freed-2031"))

    assert "people freed in May 2031" in text
    assert "11 Harbour Watch , in The Tern on the amnesty , paragraph 4, said 1 May 2031" in text
    assert "12 Ministry of Mercy , in The Tern on the amnesty , paragraph 1, published 2 May 2031" in text
    assert "high confidence" in text


def test_a_date_in_words_keeps_its_exact_value(client: httpx.Client) -> None:
    markup = page(client, "/doc/group/freed-2031")

    assert '<time datetime="2031-05-01" title="2031-05-01">1 May 2031</time>' in markup


def test_values_on_which_claims_disagree_stand_together_first(client: httpx.Client) -> None:
    text = words(page(client, "/doc/group/freed-2031"))

    disputed = text.index("size claims disagree")
    assert disputed < text.index("Harbour Watch") < text.index("Ministry of Mercy") < text.index("вызваленыя")


def test_a_page_says_in_which_language_a_name_is(client: httpx.Client) -> None:
    assert '<span lang="be">вызваленыя</span>' in page(client, "/doc/group/freed-2031")


def test_a_page_tells_what_was_derived_from_what_was_said(client: httpx.Client) -> None:
    text = words(page(client, "/doc/group/freed-2031"))

    assert text.index("What follows from the claims") < text.index("size at least 11")


def test_what_a_claim_says_is_text_and_never_markup(client: httpx.Client) -> None:
    markup = page(client, "/doc/event/amnesty-2031")

    assert re.findall(r"<script[^>]*>", markup) == ['<script type="application/ld+json">']
    assert markup.count("</script>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt; amnesty" in markup


def test_a_page_names_where_a_thing_is_named(client: httpx.Client) -> None:
    markup = page(client, "/doc/group/freed-2031")

    assert 'href="/doc/event/amnesty-2031"' in markup
    assert "affects people freed in May 2031" in words(markup)


@pytest.mark.parametrize("path", ["/doc/group/freed-2031?_profile=schema", "/graphs/graph/derived"])
def test_where_there_is_no_page_a_browser_gets_turtle(client: httpx.Client, path: str) -> None:
    response = client.get(path, headers={"Accept": BROWSER})

    assert response.headers["content-type"].startswith("text/turtle")


def test_a_claim_shows_what_it_says_and_who_says_it(client: httpx.Client) -> None:
    text = words(page(client, "/claim/k7f3m2qa"))
    graph = rdflib.Graph().parse(data=client.get("/claim/k7f3m2qa.ttl").content, format="turtle")

    for part in ("Ministry of Mercy", "The Tern on the amnesty", "paragraph 1", "people freed in May 2031", "size 12"):
        assert part in text
    assert (GROUP, SIZE, rdflib.Literal(12)) in graph
    assert (GROUP, SIZE, rdflib.Literal(11)) not in graph
    assert graph.value(rdflib.URIRef(f"{BASE}claim/k7f3m2qa"), rdflib.PROV.wasAttributedTo) is not None


def test_a_source_shows_every_statement_that_was_read_in_it(client: httpx.Client) -> None:
    text = words(page(client, "/source/tern-1"))
    graph = rdflib.Graph().parse(data=client.get("/source/tern-1.nt").content, format="nt")

    for part in ("The Tern on the amnesty", "paragraph 1 Ministry of Mercy", "paragraph 4 Harbour Watch"):
        assert part in text
    assert len(set(graph.subjects(rdflib.URIRef(f"{BASE}ontology#reportedIn")))) == 3


def test_the_first_page_tells_how_much_there_is_and_gives_a_query(client: httpx.Client) -> None:
    text = words(page(client, "/"))

    assert "claims 3" in text
    assert "sources 1" in text
    assert "curl " in text
    assert "Habeas maintainers" in text


@pytest.mark.parametrize("path", ["/", "/sparql", "/doc/group/freed-2031", "/claim/k7f3m2qa", "/source/tern-1"])
def test_a_page_can_be_read_by_everybody(client: httpx.Client, path: str) -> None:
    markup = page(client, path)

    assert '<html lang="en">' in markup
    assert markup.count("<h1") == markup.count("<main") == 1
    assert '<a class="skip" href="#main">' in markup
    # Data in a script element are not run (HTML §4.12.1), so no policy has to allow them.
    assert not re.search(r'<(script(?! type="application/ld\+json">)|style)|\son\w+=|\sstyle=', markup)
    for field in re.findall(r'<(?:textarea|select)[^>]* id="(\w+)"', markup):
        assert f'<label for="{field}">' in markup


def test_every_link_of_a_page_to_this_service_leads_somewhere(client: httpx.Client) -> None:
    seen = {"/"}
    waiting = ["/", "/doc/group/freed-2031"]
    while waiting:
        for link in re.findall(r'(?:href|src)="(/[^"#]*)"', page(client, waiting.pop())):
            address = link.replace("&amp;", "&")
            # This small release has neither terms nor an index of names; test_walk.py follows all of a whole one.
            elsewhere = (
                "/ontology",
                "/vocab",
                "/shapes",
                "/search",
                "/reconcile",
                "/doc/group/pardoned",
                "/doc/event/pardon",
            )
            if address in seen or address.startswith(elsewhere) or "viasna" in address:
                continue
            seen.add(address)
            response = client.get(address, headers={"Accept": BROWSER}, follow_redirects=True)
            assert response.status_code == 200, address
            if "html" in response.headers["content-type"] and "?" not in address and not response.history:
                waiting.append(address)

    assert len(seen) > 20


def test_a_merged_thing_leads_to_its_survivor_for_ever(client: httpx.Client) -> None:
    for address, target in (
        ("/id/group/freed-in-may", "/id/group/freed-2031"),
        ("/doc/group/freed-in-may", "/doc/group/freed-2031"),
        ("/doc/group/freed-in-may.ttl", "/doc/group/freed-2031.ttl"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (308, target)


def test_no_redirect_goes_to_a_host_that_the_request_names(client: httpx.Client) -> None:
    for path in ("/sparql/", "/doc/group/freed-2031/", "/ontology/"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 404
        assert "evil.example" not in str(answer.headers)
