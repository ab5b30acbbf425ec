"""The catalogue, the dump, the sitemap and robots.txt, over the project's own release."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.robotparser import RobotFileParser

import httpx
import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from kg.publication import current_release
from tests.material import dataset_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SPDX = Namespace("http://spdx.org/rdf/terms#")
SHAPES = Path(__file__).with_name("dcat-ap-shapes.ttl")
DATASET = URIRef("https://w3id.org/habeas/dataset")
CATALOG = URIRef("https://w3id.org/habeas/catalog")
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture(scope="module")
def client(habeas: str) -> Iterator[httpx.Client]:
    """A client of the service over the project's own release."""
    with httpx.Client(base_url=habeas, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def catalog(client: httpx.Client) -> Graph:
    """The catalogue."""
    return Graph().parse(data=client.get("/catalog", headers={"Accept": "text/turtle"}).text, format="turtle")


def violations(graph: Graph) -> list[str]:
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=Graph().parse(SHAPES))
    assert isinstance(report, Graph)
    paths = [str(path) for path in report.objects(None, URIRef("http://www.w3.org/ns/shacl#resultPath"))]
    assert conforms == (not paths)
    return paths


def test_the_catalogue_conforms_to_dcat_ap(catalog: Graph) -> None:
    assert violations(catalog) == []
    assert len(list(catalog.subjects(RDF.type, DCAT.Distribution))) > 6


@pytest.mark.parametrize(
    ("subject", "predicate"),
    [
        (CATALOG, DCTERMS.publisher),
        (CATALOG, DCTERMS.title),
        (DATASET, DCTERMS.description),
        (URIRef(f"{DATASET}#dump"), DCAT.accessURL),
        (URIRef("https://w3id.org/habeas/sparql#service"), DCAT.endpointURL),
    ],
)
def test_a_catalogue_that_lacks_what_is_mandatory_does_not_conform(
    catalog: Graph, subject: URIRef, predicate: URIRef
) -> None:
    broken = Graph() + catalog
    broken.remove((subject, predicate, None))

    assert violations(broken) == [str(predicate)]


def test_a_catalogue_with_a_wrong_range_does_not_conform(catalog: Graph) -> None:
    broken = Graph() + catalog
    broken.set((URIRef(f"{DATASET}#dump"), DCAT.byteSize, Literal(-1)))

    assert violations(broken) == [str(DCAT.byteSize)]


def test_every_file_is_there_and_what_the_catalogue_says_of_it(
    catalog: Graph, client: httpx.Client, habeas: str
) -> None:
    files = 0
    for distribution, address in catalog.subject_objects(DCAT.downloadURL):
        assert str(address).startswith(f"{habeas}/")
        answer = client.get(str(address))
        checksum = catalog.value(distribution, SPDX.checksum)
        assert answer.status_code == 200, address
        assert str(catalog.value(checksum, SPDX.checksumValue)) == hashlib.sha256(answer.content).hexdigest()
        assert int(str(catalog.value(distribution, DCAT.byteSize))) == len(answer.content)
        said = str(catalog.value(distribution, DCAT.mediaType)).removeprefix(
            "https://www.iana.org/assignments/media-types/"
        )
        compressed = catalog.value(distribution, DCAT.compressFormat)
        sent = answer.headers["content-type"].partition(";")[0]
        assert sent == (str(compressed).rpartition("media-types/")[2] if compressed else said)
        files += 1
    assert files == 13


def test_the_catalogue_comes_in_all_formats_and_as_a_page(catalog: Graph, client: httpx.Client) -> None:
    for media_type, name in (("application/n-triples", "nt"), ("application/rdf+xml", "xml")):
        answer = client.get("/catalog", headers={"Accept": media_type})
        assert isomorphic(Graph().parse(data=answer.content, format=name), catalog)
        again = client.get("/catalog", headers={"Accept": media_type, "If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert "SPARQL" in client.get("/catalog", headers={"Accept": "text/html"}).text
    assert client.get("/catalog", headers={"Accept": "image/png"}).status_code == 406


def test_every_link_of_its_page_leads_somewhere(client: httpx.Client) -> None:
    page = client.get("/catalog", headers={"Accept": "text/html"}).text.partition("<main")[2].partition("</main>")[0]
    links = [part.partition('"')[0] for part in page.split('href="')[1:]]

    assert len(links) > 7
    for link in links:
        assert client.get(link, headers={"Accept": "text/html,*/*;q=0.5"}).status_code == 200, link


def test_the_dataset_is_described_where_its_name_leads(client: httpx.Client) -> None:
    answer = client.get("/dataset")
    assert (answer.status_code, answer.headers["location"]) == (303, "/.well-known/void")


def test_the_files_of_the_release_say_the_same_under_our_names(releases: Path) -> None:
    release = current_release(releases)
    for name in ("void.ttl", "dcat.ttl", "links/index.ttl"):
        graph = Graph().parse(release.path / name)
        assert len(graph) > 20
        assert not any("127.0.0.1" in str(term) for triple in graph for term in triple)
    assert violations(Graph().parse(release.path / "dcat.ttl")) == []


def test_the_sitemap_lists_every_page_of_things_claims_and_sources(
    client: httpx.Client, habeas: str, releases: Path
) -> None:
    index = ET.fromstring(client.get("/sitemap.xml").content)
    parts = [str(loc.text) for loc in index.findall("s:sitemap/s:loc", SITEMAP)]
    listed: list[str] = []
    for part in parts:
        urls = ET.fromstring(client.get(part).content)
        assert 0 < len(urls) <= 50_000
        assert len(urls.findall("s:url/s:lastmod", SITEMAP)) == len(urls)
        listed += [str(loc.text) for loc in urls.findall("s:url/s:loc", SITEMAP)]
    subjects = {line.partition(" ")[0].strip("<>") for line in dataset_of(current_release(releases)).splitlines()}
    kinds = ("id/", "claim/", "source/")
    ours = {iri.removeprefix("https://w3id.org/habeas/") for iri in subjects}
    pages = {iri.replace("id/", "doc/", 1) for iri in ours if iri.startswith(kinds)}

    assert len(listed) == len(set(listed)) > 1000
    assert set(listed) == {f"{habeas}/{path}" for path in pages}
    for address in sorted(listed)[::97]:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("part", ["0", "2", "01", "x", "-1", "..%2F1", "9" * 30])
def test_a_part_of_the_sitemap_that_is_not_there_is_404(client: httpx.Client, part: str) -> None:
    assert client.get(f"/sitemap/{part}.xml").status_code == 404


def test_crawlers_may_read_pages_but_not_walk_through_queries(client: httpx.Client, habeas: str) -> None:
    rules = RobotFileParser()
    rules.parse(client.get("/robots.txt").text.splitlines())

    assert rules.site_maps() == [f"{habeas}/sitemap.xml"]
    for path in ("/", "/doc/organisation/viasna", "/links/wikidata.nt", "/catalog", "/sparql"):
        assert rules.can_fetch("anybody", f"{habeas}{path}"), path
    for path in (
        "/sparql?query=ASK{}",
        "/sparql?format=html&query=ASK{}",
        "/sameas?uri=x",
        "/graphs?default",
        "/metrics",
    ):
        assert not rules.can_fetch("anybody", f"{habeas}{path}"), path


def test_a_part_of_a_table_can_be_asked_for(client: httpx.Client) -> None:
    """So DuckDB reads over the network what a query needs, and no more."""
    whole = client.get("/dumps/columns/quad.parquet").content
    part = client.get("/dumps/columns/quad.parquet", headers={"Range": "bytes=-4"})

    assert (part.status_code, part.content) == (206, whole[-4:])
    assert part.content == b"PAR1"


@pytest.mark.parametrize("folder", ["/dumps/", "/dumps/columns/"])
def test_the_catalogue_lists_what_lies_in_the_folders_of_dumps(client: httpx.Client, folder: str) -> None:
    moved = client.get(folder, headers={"Accept": "text/html"})

    assert (moved.status_code, moved.headers["location"]) == (303, "/catalog")
    page = client.get(moved.headers["location"], headers={"Accept": "text/html"}).text
    for name in ("dataset.nq.zst", "columns/quad.parquet", "columns/columns.duckdb"):
        assert f'href="/dumps/{name}"' in page


def test_columns_are_files_of_the_release_and_nothing_else(client: httpx.Client) -> None:
    answer = client.get("/dumps/columns/run.parquet")
    again = client.get("/dumps/columns/run.parquet", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("..%2Fmanifest.json", "other.parquet", "Quad.parquet", ".duckdb", "quad.parquet%00"):
        assert client.get(f"/dumps/columns/{name}").status_code == 404, name
