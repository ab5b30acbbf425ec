"""The service description and VoID: each sentence of them is held against the server and against the dump."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pyshacl
import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store
from rdflib import FOAF, RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.query import Result

from kg.publication import current_release
from tests.material import dataset_of
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
DATASET = URIRef("https://w3id.org/habeas/dataset")
SHAPES = Path(__file__).with_name("description-shapes.ttl")
WELL_KNOWN = "/.well-known/void"
# rdflib's JSON-LD parser warns of itself.
JSON_LD_WARNS = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


class Format(NamedTuple):
    """A format of https://www.w3.org/ns/formats/: its media type, and what rdflib calls it (empty: it reads none)."""

    media_type: str
    name: str
    is_graph: bool


KNOWN = {
    FORMATS.SPARQL_Results_JSON: Format("application/sparql-results+json", "json", is_graph=False),
    FORMATS.SPARQL_Results_XML: Format("application/sparql-results+xml", "xml", is_graph=False),
    FORMATS.SPARQL_Results_CSV: Format("text/csv", "csv", is_graph=False),
    FORMATS.SPARQL_Results_TSV: Format("text/tab-separated-values", "tsv", is_graph=False),
    FORMATS.Turtle: Format("text/turtle", "turtle", is_graph=True),
    FORMATS["N-Triples"]: Format("application/n-triples", "nt", is_graph=True),
    FORMATS["JSON-LD"]: Format("application/ld+json", "json-ld", is_graph=True),
    FORMATS.RDF_XML: Format("application/rdf+xml", "xml", is_graph=True),
    FORMATS.N3: Format("text/n3", "n3", is_graph=True),
    FORMATS.TriG: Format("application/trig", "", is_graph=True),
    FORMATS["N-Quads"]: Format("application/n-quads", "", is_graph=True),
    FORMATS["RDF_JSON"]: Format("application/rdf+json", "", is_graph=True),
    FORMATS["RDFa"]: Format("application/xhtml+xml", "", is_graph=True),
}


@pytest.fixture(scope="module")
def client(habeas: str) -> Iterator[httpx.Client]:
    """A client of the service over the project's own release."""
    with httpx.Client(base_url=habeas, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def dump(releases: Path) -> Store:
    """That release, read from its dump."""
    store = Store()
    store.load(dataset_of(current_release(releases)), format=RdfFormat.N_QUADS)
    return store


def graph_of(response: httpx.Response) -> Graph:
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    name = next(known.name for known in KNOWN.values() if known.media_type == media_type)
    return Graph().parse(data=response.content, format=name)


def conforms(graph: Graph) -> None:
    is_conforming, _, report = pyshacl.validate(graph, shacl_graph=Graph().parse(SHAPES))
    assert is_conforming, report


@pytest.fixture(scope="module")
def service(client: httpx.Client) -> Graph:
    """The service description."""
    return graph_of(client.get("/sparql", headers={"Accept": "text/turtle"}))


@pytest.fixture(scope="module")
def void(client: httpx.Client) -> Graph:
    """The description of the dataset."""
    return graph_of(client.get(WELL_KNOWN))


def number(graph: Graph, subject: Node | None, name: URIRef) -> int:
    value = graph.value(subject, name)
    assert isinstance(value, Literal), name
    return int(value)


# The three cases of the W3C's suite (sparql11/service-description), which are written in words only.


@pytest.mark.parametrize("accept", ["*/*", "text/turtle", "application/rdf+xml"])
def test_returns_rdf(client: httpx.Client, accept: str) -> None:
    assert (None, RDF.type, SD.Service) in graph_of(client.get("/sparql", headers={"Accept": accept}))


def test_has_endpoint_triple(service: Graph, habeas: str) -> None:
    assert list(service.subject_objects(SD.endpoint)) == [
        (service.value(predicate=RDF.type, object=SD.Service), URIRef(f"{habeas}/sparql"))
    ]


def test_conforms_to_schema(service: Graph, void: Graph) -> None:
    conforms(service)
    conforms(void)
    service.remove((None, SD.endpoint, None))
    with pytest.raises(AssertionError):
        conforms(service)


@JSON_LD_WARNS
def test_each_format_is_advertised_if_it_is_offered(client: httpx.Client) -> None:
    """Each known format is asked for, and what comes is read; whatever else is advertised is unknown to this test."""
    service = graph_of(client.get("/sparql", headers={"Accept": "text/turtle"}))
    offered = set()
    for iri, known in KNOWN.items():
        query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3" if known.is_graph else "SELECT ?s { ?s ?p ?o } LIMIT 3"
        answer = client.get("/sparql", params={"query": query}, headers={"Accept": known.media_type})
        if answer.status_code == 406:
            continue
        offered.add(iri)
        assert answer.headers["content-type"].partition(";")[0] == known.media_type
        result = graph_of(answer) if known.is_graph else Result.parse(io.BytesIO(answer.content), format=known.name)
        assert len(result) == 3

    assert set(service.objects(None, SD.resultFormat)) == offered
    assert len(offered) == 8


def test_the_graphs_are_those_of_the_dump(client: httpx.Client, dump: Store) -> None:
    service = graph_of(client.get("/sparql", headers={"Accept": "text/turtle"}))
    sizes = Counter(quad.graph_name.value for quad in dump if isinstance(quad.graph_name, NamedNode))
    listed = {
        str(service.value(graph, SD.name)): number(service, service.value(graph, SD.graph), VOID.triples)
        for graph in service.objects(None, SD.namedGraph)
    }
    claims = {name for name in sizes if name.startswith("https://w3id.org/habeas/claim/")}

    assert listed == {name: size for name, size in sizes.items() if name not in claims}
    default = next(service.objects(None, SD.defaultGraph))
    assert number(service, default, VOID.triples) == len(list(dump.quads_for_pattern(None, None, None, DefaultGraph())))
    assert any(f" {len(claims)} claims " in str(text) for text in service.objects()), "how many claims beside them"


def test_void_counts_what_the_dump_holds(void: Graph, dump: Store) -> None:
    triples = [quad.triple for quad in dump.quads_for_pattern(None, None, None, DefaultGraph())]
    types = Counter(triple.object.value for triple in triples if triple.predicate.value == str(RDF.type))
    properties = Counter(triple.predicate.value for triple in triples)
    subjects = {str(triple.subject) for triple in triples}
    partitions = {
        str(void.value(part, VOID["class"])): number(void, part, VOID.entities)
        for part in void.objects(DATASET, VOID.classPartition)
    }

    assert number(void, DATASET, VOID.triples) == len(triples)
    assert number(void, DATASET, VOID.distinctSubjects) == len(subjects)
    assert number(void, DATASET, VOID.distinctObjects) == len({str(triple.object) for triple in triples})
    assert number(void, DATASET, VOID.entities) == sum("/habeas/id/" in subject for subject in subjects)
    assert number(void, DATASET, VOID.classes) == len(types)
    assert number(void, DATASET, VOID.properties) == len(properties)
    assert partitions == dict(types)
    assert {
        str(void.value(part, VOID.property)): number(void, part, VOID.triples)
        for part in void.objects(DATASET, VOID.propertyPartition)
    } == dict(properties)
    for part in void.objects(DATASET, VOID.propertyPartition):
        using = [triple for triple in triples if triple.predicate.value == str(void.value(part, VOID.property))]
        assert number(void, part, VOID.distinctSubjects) == len({str(triple.subject) for triple in using})
        assert number(void, part, VOID.distinctObjects) == len({str(triple.object) for triple in using})
    spaces = tuple(map(str, void.objects(DATASET, VOID.vocabulary)))
    assert all(term.startswith(spaces) for term in (*types, *properties))


def test_each_linkset_counts_the_links_of_the_dump(void: Graph, dump: Store, client: httpx.Client, habeas: str) -> None:
    graph = NamedNode("https://w3id.org/habeas/graph/links")
    links = [quad.triple for quad in dump.quads_for_pattern(None, None, None, graph)]
    counted = Counter((triple.predicate.value, _dataset_of(triple.object.value)) for triple in links)
    linksets = list(void.subjects(RDF.type, VOID.Linkset))

    assert len(counted) > 2
    assert {
        (str(void.value(linkset, VOID.linkPredicate)), str(void.value(linkset, VOID.objectsTarget))): number(
            void, linkset, VOID.triples
        )
        for linkset in linksets
    } == counted
    assert {void.value(linkset, VOID.subjectsTarget) for linkset in linksets} == {DATASET}
    subsets = list(void.objects(DATASET, VOID.subset))
    assert sum(number(void, subset, VOID.triples) for subset in subsets) == len(links)
    for subset in subsets:
        dump_of = str(void.value(subset, VOID.dataDump))
        assert dump_of.startswith(habeas)
        assert len(graph_of(client.get(dump_of))) == number(void, subset, VOID.triples)


def _dataset_of(iri: str) -> str:
    datasets = {
        "http://www.wikidata.org/entity/": "http://www.wikidata.org/entity/Q2013",
        "https://api.nobelprize.org/2.1/laureate/": "https://data.nobelprize.org/",
    }
    (found,) = (dataset for prefix, dataset in datasets.items() if iri.startswith(prefix))
    return found


def test_what_void_points_to_is_there(void: Graph, client: httpx.Client, habeas: str) -> None:
    examples = [str(iri) for iri in void.objects(DATASET, VOID.exampleResource)]
    space = str(void.value(DATASET, VOID.uriSpace))

    assert len(examples) == 3
    for iri in examples:
        assert iri.startswith(space)
        assert client.get(f"/id/{iri.removeprefix(space)}", follow_redirects=True).status_code == 200
    for iri in void.objects(DATASET, VOID.feature):
        path = f"/doc/{examples[0].removeprefix(space)}"
        answer = client.get(path, headers={"Accept": KNOWN[URIRef(str(iri))].media_type})
        assert answer.headers["content-type"].partition(";")[0] == KNOWN[URIRef(str(iri))].media_type
    assert void.value(DATASET, VOID.sparqlEndpoint) == URIRef(f"{habeas}/sparql")
    for name in (VOID.dataDump, FOAF.homepage):
        address = str(void.value(DATASET, name))
        assert address.startswith(f"{habeas}/")
        assert client.get(address).status_code == 200


@JSON_LD_WARNS
@pytest.mark.parametrize("address", ["/sparql", WELL_KNOWN])
def test_all_formats_say_the_same(client: httpx.Client, address: str) -> None:
    turtle = graph_of(client.get(address, headers={"Accept": "text/turtle"}))
    assert len(turtle) > 40
    for media_type in ("application/n-triples", "application/ld+json", "application/rdf+xml"):
        answer = client.get(address, headers={"Accept": media_type})
        assert answer.headers["content-type"] == media_type
        assert answer.headers["vary"] == "Accept"
        assert isomorphic(graph_of(answer), turtle), media_type


@pytest.mark.parametrize("address", ["/sparql", WELL_KNOWN])
def test_what_a_client_has_is_not_sent_again(client: httpx.Client, address: str) -> None:
    headers = {"Accept": "text/turtle"}
    tag = client.get(address, headers=headers).headers["etag"]
    again = client.get(address, headers={**headers, "If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(address, headers={"Accept": "application/ld+json", "If-None-Match": tag}).status_code == 200
    assert client.head(address, headers=headers).headers["content-length"] != "0"


def test_only_a_request_for_rdf_without_a_query_is_one_for_the_description(client: httpx.Client) -> None:
    turtle = {"Accept": "text/turtle"}
    assert client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.8"}).headers["content-type"][:9] == "text/html"
    assert client.get("/sparql?default-graph-uri=urn:x", headers=turtle).status_code == 400
    assert client.get("/sparql", headers={"Accept": "text/csv"}).status_code == 400
    assert client.post("/sparql", headers=turtle, data={"x": ""}).status_code == 400
    assert client.get(WELL_KNOWN, headers={"Accept": "text/csv"}).status_code == 406


def test_the_limits_are_those_that_are_set(small_releases: Path) -> None:
    with serve(small_releases, KG_QUERY_TIMEOUT_S="7.5", KG_QUERY_BYTES_MAX="4096", KG_WORKERS="1") as url:
        service = graph_of(httpx.get(f"{url}/sparql", headers={"Accept": "text/turtle"}))
    text = " ".join(map(str, service.objects()))

    assert "stopped after 7.5 s" in text
    assert "4,096 bytes" in text
