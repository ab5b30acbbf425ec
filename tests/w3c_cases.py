"""The query-evaluation cases of the W3C's SPARQL suites, as data: what to load, what to ask, what is the answer."""

from __future__ import annotations

import collections
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pyoxigraph as ox
from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection

from .shared import shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "https://w3c.github.io/rdf-tests/sparql/"
SUITES = ("sparql10", "sparql11", "sparql12")
# What asks for entailment or a protocol is no matter of evaluating a query.
OTHER = ("entailment", "protocol", "service-description", "http-rdf-update")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
DAWGT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#")
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>")
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """The expected solutions; ``is_ordered`` where the suite gives their order."""

    variables: tuple[str, ...]
    rows: list[Row]
    is_ordered: bool = False


@dataclass(frozen=True)
class Case:
    """One case; ``is_lax`` where any number of duplicates from one to all is right (REDUCED)."""

    name: str
    iri: str
    text: str
    base: str
    quads: list[ox.Quad]
    graphs: list[str]
    expected: Rows | bool | list[ox.Quad]
    is_lax: bool = False
    services: bool = field(default=False)


def cases() -> Iterator[Case]:
    """All cases whose expected answer is in a format that keeps terms (CSV does not)."""
    root = shared("suites/w3c-rdf-tests/sparql")
    for suite in SUITES:
        for manifest in sorted(root.glob(f"{suite}/**/manifest.ttl")):
            folder = str(manifest.parent.relative_to(root))
            if folder != suite and not any(part in folder for part in OTHER):
                yield from _of_manifest(root, folder)


def _of_manifest(root: Path, folder: str) -> Iterator[Case]:
    graph = Graph()
    graph.parse(root / folder / "manifest.ttl", format="turtle", publicID=f"{BASE}{folder}/manifest.ttl")
    for entries in graph.objects(None, MF.entries):
        for test in Collection(graph, entries):
            is_query = (test, URIRef(RDF_TYPE), MF.QueryEvaluationTest) in graph
            result = graph.value(test, MF.result)
            if is_query and result is not None and (test, DAWGT.approval, DAWGT.Withdrawn) not in graph:
                yield _case(root, graph, folder, test, str(result))


def _case(root: Path, graph: Graph, folder: str, test: Any, result: str) -> Case:
    action = graph.value(test, MF.action)
    query = graph.value(action, QT.query) or action
    quads: list[ox.Quad] = []
    for file in graph.objects(action, QT.data):
        quads += quads_of(root, str(file))
    text = local(root, str(query)).read_bytes().decode("utf-8", "surrogatepass")
    named = [str(file) for file in graph.objects(action, QT.graphData)]
    # What a query names with FROM is read from where it says, and is a graph like any other.
    asked = [urljoin(str(query), iri) for iri in FROM.findall(text)]
    for file in dict.fromkeys([*named, *(iri for iri in asked if local(root, iri).is_file())]):
        quads += [ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(file)) for q in quads_of(root, file)]
    return Case(
        name=f"{folder}/{str(test).rpartition('#')[2]}",
        iri=str(test),
        text=text,
        base=str(query),
        quads=quads,
        graphs=named,
        expected=expected_of(root, result),
        is_lax=graph.value(test, MF.resultCardinality) == MF.LaxCardinality,
        services=graph.value(action, QT.serviceData) is not None,
    )


def local(root: Path, iri: str) -> Path:
    """The file of an IRI of the suites."""
    return root / iri.removeprefix(BASE)


def quads_of(root: Path, iri: str) -> list[ox.Quad]:
    """What a file of data holds; its blank nodes are its own."""
    formats = {".rdf": ox.RdfFormat.RDF_XML, ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".trig": ox.RdfFormat.TRIG, ".nq": ox.RdfFormat.N_QUADS}  # fmt: skip  # noqa: E501
    path = local(root, iri)
    parsed = ox.parse(path.read_bytes(), format=formats[path.suffix], base_iri=iri, rename_blank_nodes=True)
    return list(parsed)  # type: ignore[arg-type]  # quads of one graph


def expected_of(root: Path, iri: str) -> Rows | bool | list[ox.Quad]:
    """The expected answer, as a file of results or of RDF says it."""
    path = local(root, iri)
    formats = {".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON, ".tsv": ox.QueryResultsFormat.TSV}
    if path.suffix in formats:
        results = ox.parse_query_results(path.read_bytes(), format=formats[path.suffix])
        if isinstance(results, ox.QueryBoolean):
            return bool(results)
        names = tuple(variable.value for variable in results.variables)
        return Rows(names, [tuple(row[name] for name in names) for row in results])
    if path.suffix == ".csv":
        return Rows((), [])
    return _from_graph(quads_of(root, iri))


def _from_graph(quads: list[ox.Quad]) -> Rows | bool | list[ox.Quad]:
    """An answer written as RDF: a result set (its own vocabulary), or the triples of a CONSTRUCT."""
    described: dict[str, list[tuple[str, Any]]] = collections.defaultdict(list)
    for quad in quads:
        described[str(quad.subject)].append((quad.predicate.value, quad.object))
    roots = [s for s, said in described.items() if (RDF_TYPE, ox.NamedNode(RS + "ResultSet")) in said]
    if not roots:
        return quads
    said = described[roots[0]]
    for predicate, value in said:
        if predicate == RS + "boolean":
            return bool(value.value == "true")
    names = tuple(value.value for predicate, value in said if predicate == RS + "resultVariable")
    rows = []
    for solution in (described[str(value)] for predicate, value in said if predicate == RS + "solution"):
        bindings = [dict(described[str(value)]) for predicate, value in solution if predicate == RS + "binding"]
        row = {binding[RS + "variable"].value: binding[RS + "value"] for binding in bindings}
        index = next((int(value.value) for predicate, value in solution if predicate == RS + "index"), None)
        rows.append((index, tuple(row.get(name) for name in names)))
    is_ordered = bool(rows) and all(index is not None for index, _ in rows)
    if is_ordered:
        rows.sort(key=lambda row: row[0] or 0)
    return Rows(names, [row for _, row in rows], is_ordered)
