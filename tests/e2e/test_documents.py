"""Documents: the same in every format, by profile and language, in pages, with signposts, whoever asks."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest
from pyld import jsonld

from api.jsonld import CONTEXT, as_json_ld, context_text
from api.representations import ALTERNATES, FORMATS, OWN, SCHEMA_ORG
from tests.documents import links_of, quads_of, triples_of
from tests.serving import SMALL, serve, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "https://w3id.org/habeas/"
PATHS = ["/doc/group/freed-2031", "/doc/event/amnesty-2031", "/claim/k7f3m2qa", "/source/tern-1", "/doc/conflict/c1"]
GRAPHS = ("ttl", "nt", "jsonld", "rdf")
HUB = f"{BASE}id/place/hub"
MANY = 257


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service over a release with one very connected place, with pages of 50 quads."""
    events = "".join(
        f"claim:k{n:07d} {{ <{BASE}id/event/e{n}> hab:atPlace <{HUB}> . }}\n" for n in range(MANY)
    ) + "".join(
        f"graph:provenance {{ claim:k{n:07d} a hab:Claim ; hab:reportedIn source:tern-1 ; "
        "prov:wasAttributedTo organisation:ministry . }\n"
        for n in range(MANY)
    )
    releases = write_release(tmp_path_factory.mktemp("crowded") / "releases", trig=SMALL + events)
    with serve(releases, KG_PAGE_QUADS="50") as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_every_format_says_the_same(client: httpx.Client, path: str) -> None:
    read = {suffix: client.get(f"{path}.{suffix}") for suffix in FORMATS if suffix != "html"}
    for suffix, response in read.items():
        assert response.headers["content-type"].partition(";")[0] == FORMATS[suffix]
        assert client.get(path, headers={"Accept": FORMATS[suffix]}).content, suffix
    triples = {suffix: triples_of(response) for suffix, response in read.items()}

    assert len(triples["ttl"]) > 2
    assert triples["ttl"] == triples["nt"] == triples["jsonld"] == triples["rdf"]
    assert triples["ttl"] <= triples["trig"]


def test_trig_holds_each_claim_in_its_graph_and_the_default_graph_what_turtle_says(client: httpx.Client) -> None:
    quads = quads_of(client.get("/doc/group/freed-2031.trig"))
    sizes = {(o, g) for s, p, o, g in quads if p == f"<{BASE}ontology#size>" and g.startswith(f"{BASE}claim/")}

    assert sizes == {
        (f'"{size}"^^<http://www.w3.org/2001/XMLSchema#integer>', f"{BASE}claim/{key}")
        for size, key in ((12, "k7f3m2qa"), (11, "m4p8w2xz"))
    }
    assert {quad[:3] for quad in quads if quad[3] == ""} == triples_of(client.get("/doc/group/freed-2031.ttl"))
    speaker = (
        "<http://www.w3.org/ns/prov#wasAttributedTo>",
        f"<{BASE}id/organisation/ministry>",
        f"{BASE}graph/provenance",
    )
    assert (f"<{BASE}claim/k7f3m2qa>", *speaker) in quads


def test_turtle_has_prefixes_named_as_the_sources_name_them(client: httpx.Client) -> None:
    text = client.get("/doc/group/freed-2031.ttl").text

    assert "@prefix group: <https://w3id.org/habeas/id/group/> ." in text
    assert "\ngroup:freed-2031 a hab:PersonGroup" in text


def test_json_ld_is_framed_with_our_context_and_the_thing_is_its_root(client: httpx.Client) -> None:
    document = client.get("/doc/group/freed-2031.jsonld").json()

    assert document["@context"] == CONTEXT
    assert (document["@id"], document["@type"]) == ("id:group/freed-2031", "PersonGroup")
    assert set(document["size"]) == {"11", "12"}
    assert document["@reverse"]["affects"]["@id"] == "id:event/amnesty-2031"
    assert client.get("/context.jsonld").text == context_text()


def test_a_claim_in_json_ld_is_a_graph_with_who_says_it(client: httpx.Client) -> None:
    document = client.get("/claim/k7f3m2qa.jsonld").json()

    assert document["wasAttributedTo"]["@id"] == "id:organisation/ministry"
    assert {node["@id"] for node in document["@graph"]} == {"id:group/freed-2031", "id:event/amnesty-2031"}


def test_no_other_context_is_ever_fetched() -> None:
    with pytest.raises(jsonld.JsonLdError) as caught:
        as_json_ld(f"{BASE}id/group/g", [], context="https://example.com/context.jsonld")

    assert "no context but our own" in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"Accept-Profile": "<https://schema.org/>"}},
        {"headers": {"Accept-Profile": "<http://schema.org/>;q=0.9, <https://example.com/none>"}},
        {"headers": {"Accept-Profile": "schema"}},
        {"params": {"_profile": "schema"}},
        {
            "params": {"_profile": "https://schema.org/", "_mediatype": "text/turtle"},
            "headers": {"Accept": "image/png"},
        },
        {"params": {"_profile": "schema"}, "headers": {"Accept-Profile": f"<{OWN}>"}},
    ],
)
def test_a_document_is_given_by_the_profile_of_schema_org(
    client: httpx.Client, asked: dict[str, dict[str, str]]
) -> None:
    """W3C Content Negotiation by Profile §7.1 and §7.2; arguments come before headers."""
    response = client.get("/doc/organisation/harbour-watch", **asked)  # type: ignore[arg-type]  # params and headers

    assert response.headers["content-profile"] == f"<{SCHEMA_ORG}>"
    assert [target for target, _ in links_of(response)["profile"]] == [SCHEMA_ORG]
    assert "Accept-Profile" in response.headers["vary"]
    names = {o for _, p, o in triples_of(response) if p == "<https://schema.org/name>"}
    assert names == {'"Harbour Watch"@en', '"Портовая варта"@be'}


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"Accept-Profile": "<https://example.com/none>"}},
        {"params": {"_profile": "none"}},
        {"params": {"_profile": ""}},
        {"params": {"_mediatype": "image/png"}},
        {"params": {"_profile": "schema", "_mediatype": "text/html"}},
        {"headers": {"Accept-Profile": "schema;q=0, habeas;q=0, alt;q=0"}},
    ],
)
def test_a_profile_that_is_not_offered_is_refused(client: httpx.Client, asked: dict[str, dict[str, str]]) -> None:
    assert client.get("/doc/group/freed-2031", **asked).status_code == 406  # type: ignore[arg-type]  # as above


def test_the_alternates_view_lists_every_representation_and_each_is_there(client: httpx.Client) -> None:
    response = client.get("/doc/group/freed-2031", params={"_profile": "alt"})
    altr = "<http://www.w3.org/ns/dx/connegp/altr#"
    named = {o.strip("<>") for s, p, o in triples_of(response) if p.startswith(altr)}

    assert response.headers["content-profile"] == f"<{ALTERNATES}>"
    assert len(named) == len(FORMATS) + 2 * len(GRAPHS)
    for address in named:
        assert client.get(address).status_code == 200, address


def test_links_are_signposts(client: httpx.Client) -> None:
    """FAIR Signposting Profile: cite-as, describedby, item or collection, licence, type; and every format."""
    page = client.get("/doc/group/freed-2031", headers={"Accept": "text/html"})
    links, data = links_of(page), links_of(client.get("/doc/group/freed-2031.ttl"))

    assert [target for target, _ in links["cite-as"]] == [f"{BASE}id/group/freed-2031"]
    assert [target for target, _ in links["canonical"]] == ["/doc/group/freed-2031"]
    assert links["describedby"] == [("/doc/group/freed-2031.ttl", {"type": "text/turtle"})]
    assert [target for target, _ in links["license"]] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert (f"{BASE}ontology#PersonGroup", {}) in links["type"]
    assert [target for target, _ in data["describes"]] == [f"{BASE}id/group/freed-2031"]
    own = {(target, named["type"]) for target, named in links["alternate"] if named["format"] == OWN}
    assert own == {(f"/doc/group/freed-2031.{suffix}", media_type) for suffix, media_type in FORMATS.items()}
    name = links_of(client.get("/id/group/freed-2031"))
    assert [target for target, _ in name["describedby"]] == ["/doc/group/freed-2031"]
    for relation in ("alternate", "collection", "describedby", "timegate", "timemap"):
        for target, _ in links[relation]:
            assert client.get(target, follow_redirects=True).status_code == 200, target


@pytest.mark.parametrize(
    ("languages", "title"),
    [
        ("be", "Портовая варта"),
        ("be-BY, en;q=0.5", "Портовая варта"),
        ("fr, *;q=0.1", "Harbour Watch"),
        ("en;q=0.1, be;q=0.9", "Портовая варта"),
        ("be;q=0", "Harbour Watch"),
        ("; ;;q=x, @", "Harbour Watch"),
        ("", "Harbour Watch"),
    ],
)
def test_a_page_is_titled_in_the_language_of_its_reader(client: httpx.Client, languages: str, title: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": languages}
    response = client.get("/doc/organisation/harbour-watch", headers=headers)

    assert f"{title}</h1>" in response.text
    assert "Accept-Language" in response.headers["vary"]


def test_a_page_holds_schema_org_for_machines_that_read_pages(client: httpx.Client) -> None:
    """Escaped so that nothing in it ends the element; the policy stays as strict as everywhere."""
    response = client.get("/doc/event/amnesty-2031", headers={"Accept": "text/html"})
    text = response.text.partition('<script type="application/ld+json">')[2].partition("</script>")[0]

    assert json.loads(text)["name"] == {"@language": "en", "@value": "<script>alert(1)</script> amnesty"}
    assert "<" not in text
    assert response.headers["content-security-policy"].startswith("default-src 'self';")


def test_what_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    for path, headers in (
        ("/doc/group/freed-2031", {}),
        ("/claim/k7f3m2qa.trig", {}),
        ("/releases", {"Accept": "text/html"}),
    ):
        first = client.get(path, headers=headers)
        again = client.get(path, headers={**headers, "If-None-Match": first.headers["etag"]})

        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["vary"]) == (first.headers["etag"], first.headers["vary"])
    others = [
        client.get("/doc/group/freed-2031", headers=headers).headers["etag"]
        for headers in (
            {},
            {"Accept": "text/html"},
            {"Accept": "text/html", "Accept-Language": "be"},
            {"Accept-Profile": "schema"},
        )
    ]
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(
    "path", [*PATHS, "/id/group/freed-2031", "/releases", "/ontology", "/timemap/doc/group/freed-2031"]
)
def test_head_and_options_work(client: httpx.Client, path: str) -> None:
    get, head, options = (client.request(method, path) for method in ("GET", "HEAD", "OPTIONS"))

    assert (head.status_code, head.content) == (get.status_code, b"")
    same = ("content-type", "etag", "link", "location", "vary", "content-length")
    assert [head.headers.get(name) for name in same] == [get.headers.get(name) for name in same]
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("suffix", ["trig", "nt", "jsonld", "rdf", "html"])
def test_a_very_connected_thing_comes_in_pages_that_are_the_whole_together(crowded: httpx.Client, suffix: str) -> None:
    """Every quad that names it is on one of them, and each page but the last tells of the next."""
    address, pages, seen = f"/doc/place/hub.{suffix}", 0, ""
    events: set[str] = set()
    while address:
        response = crowded.get(address)
        assert response.status_code == 200
        pages += 1
        seen += response.text
        if suffix != "html":
            events |= {s for s, p, _ in triples_of(response) if p == f"<{BASE}ontology#atPlace>"}
            assert "PartialCollectionView" in response.text
        following = links_of(response).get("next", [])
        address = f"{following[0][0]}" if following else ""
        if address:
            number = address.rpartition("=")[2]
            address = f"/doc/place/hub.{suffix}?page={number}"

    assert pages == -(-2 * MANY // 50)  # each triple in its claim's graph, and in the default graph
    if suffix == "html":
        events = {f"<{BASE}id/event/e{n}>" for n in range(MANY) if f'/doc/event/e{n}"' in seen}
    assert events == {f"<{BASE}id/event/e{n}>" for n in range(MANY)}


def test_a_page_in_the_middle_links_to_all_sides(crowded: httpx.Client) -> None:
    links = links_of(crowded.get("/doc/place/hub.ttl?page=3"))

    for relation, target in (("first", ""), ("prev", "?page=2"), ("next", "?page=4"), ("canonical", "?page=3")):
        assert [found for found, _ in links[relation]] == [f"/doc/place/hub{target}"]
    assert "next" not in links_of(crowded.get("/doc/place/hub.ttl?page=11"))


@pytest.mark.parametrize(
    ("page", "status"), [("12", 404), ("999999", 404), ("0", 400), ("-1", 400), ("x", 400), ("", 400), ("9" * 30, 400)]
)
def test_a_page_that_is_none_is_refused(crowded: httpx.Client, page: str, status: int) -> None:
    assert crowded.get("/doc/place/hub", params={"page": page}).status_code == status


def test_a_short_document_says_that_it_is_whole_by_saying_nothing(client: httpx.Client) -> None:
    response = client.get("/doc/group/freed-2031.ttl")

    assert not links_of(response).keys() & {"next", "prev", "first"}
    assert "PartialCollectionView" not in response.text


def test_every_page_of_a_thing_together_is_every_quad_that_names_it(tmp_path: Path) -> None:
    """Against the release itself, in pages so small that they cut between the graphs of one triple."""
    releases = write_release(tmp_path / "releases")
    query = f"SELECT ?g ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o FILTER(<{BASE}id/group/freed-2031> IN (?s, ?o)) }} }}"
    with serve(releases, KG_PAGE_QUADS="10") as url, httpx.Client(base_url=url) as client:
        rows = client.get("/sparql", params={"query": query, "format": "json"}).json()["results"]["bindings"]
        found = set()
        for page in (1, 2):
            found |= quads_of(client.get(f"/doc/group/freed-2031.trig?page={page}"))
        named = {(s, p, o, g) for s, p, o, g in found if f"<{BASE}id/group/freed-2031>" in (s, o) and g}

    assert len(rows) > 8
    assert len(named) == len(rows)
